"""Which open problem comes next: of the record at hand, then of the next record in the list, then anywhere."""

from __future__ import annotations

from census_app.domain.findings import Finding
from census_app.domain.records import RecordId
from census_app.ui.department.problems import Problems, records_with
from census_app.ui.department.records_page import RecordsPage


def next_finding(problems: Problems, records: RecordsPage | None, field: str) -> Finding | None:
    """Return the finding to go to; None when nothing is open.

    Args:
        records: The page that is shown, if it has records.
        field: Where the cursor is; empty for nowhere.
    """
    if records is None:
        return _anywhere(problems)
    order = {f.id: n for n, f in enumerate(records.form.field)}
    open_ones = [f for f in records.findings() if f.blocks_export]
    own = [f for f in open_ones if f.form == records.form.id]
    own.sort(key=lambda f: order.get(f.fields[0], 0))
    here = order.get(field, -1)
    following = next((f for f in own if order.get(f.fields[0], 0) > here), None)
    if following is not None:
        return following
    of_children = [f for f in open_ones if f.form != records.form.id]
    if of_children and here >= 0:
        return of_children[0]
    return _of_next_record(problems, records)


def _of_next_record(problems: Problems, records: RecordsPage) -> Finding | None:
    form = records.form.id
    ids = sorted(records_with(problems.rows(form), "unfinished"))
    later = [i for i in ids if i > records.record] or ids
    if not later:
        return _anywhere(problems)
    found = problems.of_record(form, RecordId(later[0]))
    return next((f for f in found if f.blocks_export), None)


def _anywhere(problems: Problems) -> Finding | None:
    groups = (group for _rule, group in problems.by_rule() if group[0].blocks_export)
    return next((group[0] for group in groups), None)
