"""What `receive` says of a package's warnings: how many came without a reason, or that none did."""

from __future__ import annotations

from pathlib import Path

import pytest

from census_app.cli.receive import findings_line
from census_app.cli.speech import Speech
from census_app.domain.holdings import PackageFacts
from census_app.services.receiving import Received


@pytest.mark.parametrize(
    ("warnings", "reasons", "expected"),
    [
        (706, 706, "规则检查：0 个错误 · 706 个警告（均已说明）"),
        (706, 700, "规则检查：0 个错误 · 706 个警告（6 个未说明）"),
        (2, 0, "规则检查：0 个错误 · 2 个警告（2 个未说明）"),
        (3, 5, "规则检查：0 个错误 · 3 个警告（均已说明）"),
        (0, 0, "规则检查：0 个错误，0 个警告"),
    ],
)
def test_warnings_without_a_reason_are_counted(warnings: int, reasons: int, expected: str) -> None:
    counts = {"explanation": {"put": reasons}} if reasons else {}
    facts = PackageFacts(
        "a" * 64, "1-000001", "submission", "1", 1, "", "", "", "v1", 2, counts, "merged",
        warnings=warnings,
    )  # fmt: skip
    outcome = Received(
        Path("1.census"), "merged", "MERGED", warnings=warnings, unexplained=facts.unexplained
    )
    assert findings_line(outcome, Speech("zh")) == expected
