"""What taking a contribution over would do, record by record, in words for a table. No widgets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from census_app.domain.merging import Key
from census_app.domain.records import RecordId
from census_app.formspec.titles import title_of
from census_app.services.contributing import ContributionPlan, plan_contribution
from census_app.services.ports import Clock, WorkspaceStore

PlanKind = Literal["added", "changed", "removed", "conflict"]


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One record, or one field in conflict.

    Attributes:
        title: Name of the record; empty when it has none.
        fields: Field ids that change; of a conflict the field, none for the whole record.
    """

    kind: PlanKind
    form: str
    title: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ContributionSeen:
    """A contribution that was verified and waits for the person's word."""

    plan: ContributionPlan
    lines: tuple[PlanLine, ...]


def seen_contribution(store: WorkspaceStore, path: Path, clock: Clock) -> ContributionSeen:
    """Verify a contribution and say what it would do; runs on the database thread.

    Raises:
        Refused, UserError, DataProblem: As `plan_contribution`.
    """
    plan = plan_contribution(store, path, clock=clock)
    merge, lines = plan.merge, []
    for (form, _record), line in merge.inserts:
        name = title_of(store.form_set.form(form), line.values)
        lines.append(PlanLine("added", form, name))
    for edit in merge.edits:
        known = {f.id for f in store.form_set.form(edit.key[0]).field}
        fields = tuple(name for name in edit.values if name in known)
        lines.append(PlanLine("changed", edit.key[0], _title(store, edit.key), fields))
    lines += [PlanLine("removed", key[0], _title(store, key)) for key in merge.removes]
    for conflict in merge.conflicts:
        fields = (conflict.field,) if conflict.field else ()
        title = _title(store, (conflict.form, conflict.record))
        lines.append(PlanLine("conflict", conflict.form, title, fields))
    return ContributionSeen(plan, tuple(lines))


def _title(store: WorkspaceStore, key: Key) -> str:
    record = store.record(key[0], RecordId(key[1]))
    return "" if record is None else title_of(store.form_set.form(key[0]), record.values)
