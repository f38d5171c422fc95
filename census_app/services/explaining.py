"""Explain warnings: a warning leaves only with a short written reason (lesson C4)."""

from __future__ import annotations

from collections.abc import Sequence

from census_app.domain.findings import Finding, Severity
from census_app.errors import UserError
from census_app.services.lookup import stamp
from census_app.services.ports import Clock, Explanation, WorkspaceStore

MINIMUM_LENGTH = 4
"""Characters a reason has at least; "无" explains nothing."""


def explain(
    store: WorkspaceStore, findings: Sequence[Finding], reason: str, *, actor: str, clock: Clock
) -> int:
    """Store one reason for some warnings and return how many it explains.

    The reason is bound to the values it was written about and lapses when they change.

    Raises:
        UserError: `REASON_TOO_SHORT`; `REASON_REFUSED`, the coordinator refused this very reason.
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
    if len(clean) < MINIMUM_LENGTH:
        raise UserError("REASON_TOO_SHORT", minimum=MINIMUM_LENGTH)
    refused = {
        (v.record, v.rule, v.values_sha256)
        for v in store.verdicts()
        if v.choice == "refused" and v.explanation == clean
    }
    if any((f.record, f.rule, f.values_sha256) in refused for f in findings):
        raise UserError("REASON_REFUSED")
    return clean
