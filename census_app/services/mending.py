"""Mend findings: write what rules and field types offer, one, many, or all of a group, as one step.

A finding speaks of the values it saw. Where somebody has changed them since, nothing is written: the record is left for
the next check to judge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from census_app.domain.changes import Origin, Put, Step, StepDone
from census_app.domain.findings import Finding
from census_app.domain.records import Record, RecordId, Value
from census_app.formspec.types import Context, format_value
from census_app.services.lookup import stamp
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.refusing import refuse_changes

_PAGE: Final = 500
"""Findings whose records are read at once."""


@dataclass(frozen=True, slots=True)
class MendLine:
    """What a mend would do to one field, in words.

    Attributes:
        certain: Whether this is the one right value, not only a likely one.
    """

    finding: Finding
    title: str
    field: str
    before: str
    after: str
    certain: bool


@dataclass(frozen=True, slots=True)
class Mended:
    """What mending did.

    Attributes:
        written: Findings whose values were written.
        changed_since: Findings left alone because their values are no longer the ones that were checked.
    """

    step: StepDone
    written: int
    changed_since: int


def preview_mends(findings: Sequence[Finding], context: Context) -> list[MendLine]:
    """Return what mending would change, field by field, in the order of the findings; touches no file."""
    lines = []
    for finding in findings:
        form = context.form_set.form(finding.form)
        for name, value in finding.proposal.items():
            field = form.field_by_id(name)
            lines.append(
                MendLine(
                    finding=finding,
                    title=finding.title,
                    field=field.label.get(context.language),
                    before=format_value(finding.found.get(name), field, context),
                    after=format_value(value, field, context),
                    certain=bool(finding.mend),
                )
            )
    return lines


def mend(
    store: WorkspaceStore,
    findings: Sequence[Finding],
    *,
    actor: str,
    clock: Clock,
    progress: Progress | None = None,
) -> Mended:
    """Write what each finding proposes, as one step that can be undone at once; others are left alone.

    Raises:
        UserError: `REFUSED_VALUE`, and nothing is written.
        Cancelled: The person stopped it; nothing is written.
    """
    progress = progress or Progress()
    proposed = [f for f in findings if f.proposal]
    operations: list[Put] = []
    changed_since = 0
    for start in range(0, len(proposed), _PAGE):
        progress.step(start, len(proposed))
        page = proposed[start : start + _PAGE]
        now = _records(store, page)
        for finding in page:
            record = now.get((finding.form, finding.record))
            if record is None or not _still_so(finding, record):
                changed_since += 1
                continue
            operations.append(Put(finding.form, finding.record, dict(finding.proposal)))
    refuse_changes(store, operations, clock)
    params = {"count": str(len(operations))}
    step = Step(
        "STEP_OFFER", actor, Origin.SUGGESTED, stamp(clock.now()), tuple(operations), params
    )
    return Mended(store.write(step), len(operations), changed_since)


def apply_offers(
    store: WorkspaceStore, findings: Sequence[Finding], *, actor: str, clock: Clock
) -> StepDone:
    """Mend and return the step alone.

    Raises:
        UserError: `REFUSED_VALUE`, and nothing is written.
    """
    return mend(store, findings, actor=actor, clock=clock).step


def _records(
    store: WorkspaceStore, findings: Sequence[Finding]
) -> dict[tuple[str, RecordId], Record]:
    """Return the records of findings as they are now, by form and id, read in bulk."""
    wanted: dict[str, list[RecordId]] = {}
    for finding in findings:
        wanted.setdefault(finding.form, []).append(finding.record)
    return {
        (form, record.id): record
        for form, ids in wanted.items()
        for record in store.records(form, ids).values()
    }


def _still_so(finding: Finding, record: Record) -> bool:
    """Say whether the values a finding saw, and those it would replace, are still there."""
    looked_at: dict[str, Value | None] = dict.fromkeys(finding.proposal)
    looked_at |= finding.found
    return all(record.values.get(name) == value for name, value in looked_at.items())
