"""Delete records: first say what goes with them and what refers to them, then delete them for a reason.

The reason stands in the history; for records that were handed in it travels with the next submission.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from census_app.domain.changes import StepDone
from census_app.domain.filtering import ColumnFilter
from census_app.domain.records import RecordId
from census_app.errors import UserError
from census_app.formspec.model import Field, Form
from census_app.services.editing import remove_records
from census_app.services.explaining import MINIMUM_LENGTH
from census_app.services.ports import Clock, ListQuery, WorkspaceStore

_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Referrer:
    """A record that stays and refers to one that would go.

    Attributes:
        field: The field with the reference.
        title: Name of the record; empty when it has none.
    """

    form: str
    record: RecordId
    field: str
    title: str


@dataclass(frozen=True, slots=True)
class RemovalPlan:
    """What deleting records would do.

    Attributes:
        records: Those that would go; the department's own record and records that are gone already are left out.
        titles: Their names, in the same order; empty for a record without one.
        children: Number of child records that go with them.
        handed_in: How many of them an earlier package carried: their deletion is handed in as well.
        referrers: Records that stay and refer to one of them, by form, field and name.
        kept: The department's own record was asked for and stays.
    """

    form: str
    records: tuple[RecordId, ...]
    titles: tuple[str, ...]
    children: int = 0
    handed_in: int = 0
    referrers: tuple[Referrer, ...] = ()
    kept: bool = False

    @property
    def reason_needed(self) -> bool:
        """Whether somebody will ask why: several records at once, or records that were handed in."""
        return len(self.records) > 1 or self.handed_in > 0


def plan_removal(store: WorkspaceStore, form_id: str, keys: Sequence[int]) -> RemovalPlan:
    """Say what deleting the records of some row keys would do. Nothing is written."""
    form = store.form_set.form(form_id)
    own = _own_record(store, form)
    records: list[RecordId] = []
    titles: list[str] = []
    children, kept = 0, False
    for start in range(0, len(keys), _PAGE):
        for row in store.rows(form_id, list(keys[start : start + _PAGE]), [form.title]):
            if row.id == own:
                kept = True
                continue
            records.append(row.id)
            titles.append(_text(row.values.get(form.title)))
            children += row.child_count
    before = store.handed_in()
    return RemovalPlan(
        form=form_id,
        records=tuple(records),
        titles=tuple(titles),
        children=children,
        handed_in=sum((form_id, record) in before for record in records),
        referrers=tuple(_referrers(store, form, records)),
        kept=kept,
    )


def apply_removal(
    store: WorkspaceStore, plan: RemovalPlan, reason: str, *, actor: str, clock: Clock
) -> StepDone:
    """Delete the records of a plan, their children with them, as one step.

    Raises:
        UserError: `DELETE_REASON_SHORT`, when a reason is needed and says less than four characters.
    """
    clean = reason.strip()
    if plan.reason_needed and len(clean) < MINIMUM_LENGTH:
        raise UserError("DELETE_REASON_SHORT", minimum=MINIMUM_LENGTH)
    return remove_records(store, plan.form, plan.records, clean, actor=actor, clock=clock)


def _own_record(store: WorkspaceStore, form: Form) -> RecordId | None:
    """Return the department's own record, the first of its form: a file without it says of nobody."""
    if form.id != store.form_set.by_role("department_name")[0].id:
        return None
    rows = store.rows(form.id, list(store.keys(ListQuery(form=form.id))[:1]), [])
    return rows[0].id if rows else None


def _referrers(store: WorkspaceStore, target: Form, records: Sequence[RecordId]) -> list[Referrer]:
    going = set(records)
    found = []
    for form in store.form_set.forms:
        for field in form.stored_fields:
            if field.target == target.id:
                found += [
                    r
                    for r in _referring(store, form, field, records)
                    if not (r.form == target.id and r.record in going)
                ]
    return found


def _referring(
    store: WorkspaceStore, form: Form, field: Field, records: Sequence[RecordId]
) -> list[Referrer]:
    chosen = ColumnFilter(field.id, values=tuple(records))
    keys = store.keys(ListQuery(form=form.id, filters=(chosen,))) if records else ()
    rows = store.rows(form.id, list(keys), [form.title])
    named = [Referrer(form.id, r.id, field.id, _text(r.values.get(form.title))) for r in rows]
    return sorted(named, key=lambda r: (r.title, r.record))


def _text(value: object) -> str:
    given = getattr(value, "text", value)
    return "" if given is None else str(given)
