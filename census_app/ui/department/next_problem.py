"""Which open problem comes next, or before: of the record at hand, then of its neighbours, then anywhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from census_app.domain.findings import Finding, Place
from census_app.domain.records import RecordId
from census_app.ui.department.cursor import cursor_in
from census_app.ui.department.problems import Problems, records_with, weight
from census_app.ui.department.records_page import RecordsPage

NEXT: Final = 1
PREVIOUS: Final = -1
_NOWHERE: Final = Place(1 << 60)

_Spot = tuple[int, int, str, int]
"""Own fields before children, children in their order, fields in the order of the form."""


def next_finding(
    problems: Problems, records: RecordsPage | None, step: int = NEXT
) -> Finding | None:
    """Return the finding to go to from where the cursor is; None when nothing is open.

    Args:
        records: The page that is shown, if it has records.
        step: `NEXT` or `PREVIOUS`.
    """
    if records is None:
        return _gravest(problems.all())
    order = _Order(problems, records)
    spots = sorted(
        ((order.spot(f.form, f.record, f.fields[0]), n, f)
         for n, f in enumerate(records.findings()) if f.blocks_export),
        key=lambda each: each[:2],
    )  # fmt: skip
    cursor = cursor_in(records)
    here = order.spot(*cursor) if cursor.field else (-1, 0, "", 0)
    if step == NEXT:
        found = next((f for spot, _n, f in spots if spot > here), None)
    else:
        found = next((f for spot, _n, f in reversed(spots) if spot < here), None)
    return found or _of_neighbour(problems, records, step)


class _Order:
    """Where fields stand on the page of a record."""

    def __init__(self, problems: Problems, records: RecordsPage) -> None:
        self._problems = problems
        self.form = records.form
        self._forms = [records.form, *records.child_forms]
        self._fields = {
            form.id: {f.id: n for n, f in enumerate(form.field)} for form in self._forms
        }

    def spot(self, form: str, record: RecordId, field: str) -> _Spot:
        """Return what sorts a field of a record."""
        number = next((n for n, each in enumerate(self._forms) if each.id == form), 0)
        place = (self._problems.place(record) or _NOWHERE).number if number else 0
        return number, place, record if number else "", self._fields[form].get(field, 0)


def _of_neighbour(problems: Problems, records: RecordsPage, step: int) -> Finding | None:
    """Return the first (or last) open finding of the next record in the order they were made, around the corner."""
    form = records.form.id
    keys = {
        p.owner: p.owner_key
        for f in records.child_forms
        for i in records_with(problems.rows(f.id), "unfinished")
        if (p := problems.place(RecordId(i))) is not None and p.owner is not None
    }
    for record in records_with(problems.rows(form), "unfinished"):
        place = problems.place(RecordId(record)) or _NOWHERE
        keys.setdefault(RecordId(record), place.number)

    def rank(record: RecordId) -> tuple[int, str]:
        return keys.get(record, _NOWHERE.number), record

    known = sorted(keys, key=rank)
    here = (records.list.current_key, "~")  # behind everything else of the record at hand
    if step != NEXT:
        here = (records.list.current_key, "")
    if step == NEXT:
        ordered = [r for r in known if rank(r) > here] or [r for r in known if r != records.record]
    else:
        ordered = [r for r in known if rank(r) < here] or [r for r in known if r != records.record]
        ordered.reverse()
    if not ordered:
        return _gravest(f for f in problems.all() if f.record != records.record)
    own = [f for f in problems.of_record(form, ordered[0]) if f.blocks_export]
    return own[0] if own else _of_children(problems, records, ordered[0])


def _of_children(problems: Problems, records: RecordsPage, owner: RecordId) -> Finding | None:
    forms = {form.id for form in records.child_forms}
    mine = [
        f
        for f in problems.all()
        if f.form in forms
        and f.blocks_export
        and (p := problems.place(f.record)) is not None
        and p.owner == owner
    ]
    return min(mine, key=lambda f: (problems.place(f.record) or _NOWHERE).number, default=None)


def _gravest(findings: Iterable[Finding]) -> Finding | None:
    return min((f for f in findings if f.blocks_export), key=weight, default=None)
