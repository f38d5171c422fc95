"""Explain warnings: a warning leaves only with a short written reason (lesson C4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from census_app.domain.findings import Finding, Severity
from census_app.domain.names import fold
from census_app.errors import UserError
from census_app.services.lookup import stamp
from census_app.services.ports import Clock, Explanation, WorkspaceStore

MINIMUM_LENGTH = 4
"""Characters a reason has at least; "无" explains nothing."""

RECENT: Final = 12

_HOLLOW: Final = frozenset(
    fold(word)
    for word in (
        "没有原因", "没有理由", "无原因", "无理由", "不需要说明", "无需说明", "暂无说明", "没有说明", "不清楚原因",
        "情况属实", "确实如此", "已经核对", "没有问题", "正常情况", "其他原因", "待定待定", "no reason", "none", "n/a",
        "not applicable", "unknown", "okay", "as is", "correct", "test",
    )
)  # fmt: skip
"""Words that look like a reason and say nothing, folded."""


def reason_fault(reason: str) -> str:
    """Return the code of what is wrong with a reason, or nothing: `REASON_TOO_SHORT`, `REASON_HOLLOW`."""
    clean = reason.strip()
    if len(clean) < MINIMUM_LENGTH:
        return "REASON_TOO_SHORT"
    told = fold(clean)
    if told in _HOLLOW or len(set(told)) < 3:
        return "REASON_HOLLOW"
    return ""


def recent_reasons(store: WorkspaceStore, rules: Sequence[str] = ()) -> list[str]:
    """Return reasons given before, each once: those for the same rules first, then the newest of all.

    A reason that the coordinator refused is left out.
    """
    refused = {v.explanation for v in store.verdicts() if v.choice == "refused"}
    known = sorted(store.explanations(), key=lambda e: e.at, reverse=True)
    own = [e.reason for e in known if e.rule in rules]
    found = [r for r in dict.fromkeys([*own, *(e.reason for e in known)]) if r not in refused]
    return found[:RECENT]


def explain(
    store: WorkspaceStore, findings: Sequence[Finding], reason: str, *, actor: str, clock: Clock
) -> int:
    """Store one reason for some warnings and return how many it explains.

    The reason is bound to the values it was written about and lapses when they change.

    Raises:
        UserError: `REASON_TOO_SHORT`; `REASON_HOLLOW`, it says nothing; `REASON_REFUSED`, the coordinator refused this
            very reason.
    """
    clean = checked_reason(store, findings, reason)
    at = stamp(clock.now())
    explanations = [
        Explanation(f.record, f.rule, f.values_sha256, clean, actor, at)
        for f in findings
        if f.severity is Severity.WARNING and f.values_sha256
    ]
    store.explain(explanations)
    return len(explanations)


def checked_reason(store: WorkspaceStore, findings: Sequence[Finding], reason: str) -> str:
    """Return a reason without outer blanks when it may explain some warnings.

    Raises:
        UserError: `REASON_TOO_SHORT`; `REASON_REFUSED`, the coordinator refused this very reason.
    """
    clean = reason.strip()
    fault = reason_fault(clean)
    if fault == "REASON_TOO_SHORT":
        raise UserError("REASON_TOO_SHORT", minimum=MINIMUM_LENGTH)
    if fault:
        raise UserError("REASON_HOLLOW", reason=clean)
    refused = {
        (v.record, v.rule, v.values_sha256)
        for v in store.verdicts()
        if v.choice == "refused" and v.explanation == clean
    }
    if any((f.record, f.rule, f.values_sha256) in refused for f in findings):
        raise UserError("REASON_REFUSED")
    return clean
