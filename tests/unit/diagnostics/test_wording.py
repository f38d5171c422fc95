"""Numbers in sentences: how many is grouped, what a number names is not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from census_app.diagnostics import wording


def test_how_many_is_grouped_and_what_a_number_names_is_not() -> None:
    assert wording.text("CLI_UPDATE_SAVED", "zh", path=12345).endswith("12345")
    told = wording.text("CAT_RECEIVED_OF", "zh", received=1234, total=56789)
    assert "1\u00a0234" in told
    assert "56\u00a0789" in told
    assert wording.grouped(999) == "999"
    assert (
        wording.grouped(10**20 + 1) == "100\u00a0000\u00a0000\u00a0000\u00a0000\u00a0000\u00a0001"
    )
    assert wording.grouped(Decimal("1234567.891"), 2) == "1\u00a0234\u00a0567.89"


@pytest.mark.parametrize(
    ("figure", "shown"),
    [("38204", "38\u00a0204"), ("-1500.25", "-1\u00a0500.25"), ("+2911", "+2\u00a0911")]
    + [(same, same) for same in ("81.4%", "—", "", "12", "2017-11-30", "12345条")],
)
def test_a_figure_in_groups(figure: str, shown: str) -> None:
    assert wording.in_groups(figure) == shown
