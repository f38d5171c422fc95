"""Where the cursor is on a page with records: in a field of the record, or in a cell of one of its grids."""

from __future__ import annotations

from typing import Final, NamedTuple

from PySide6.QtWidgets import QWidget

from census_app.domain.records import RecordId
from census_app.ui.department.records_page import RecordsPage
from census_app.ui.forms.grid import ChildGrid
from census_app.ui.forms.row import FieldRow
from census_app.ui.forms.view import FormView


class Cursor(NamedTuple):
    """Form, record and field; all empty when the cursor is in no field, as in the list."""

    form: str = ""
    record: RecordId = RecordId("")
    field: str = ""


NOWHERE: Final = Cursor()


def cursor_in(records: RecordsPage) -> Cursor:
    """Return where the cursor is on a page; in a grid, the child record's form and id."""
    # The window's, not the application's: while the person is elsewhere, the window still knows its field.
    focus = records.window().focusWidget()
    widget: QWidget | None = focus
    row: FieldRow | None = None
    while widget is not None and widget is not records:
        if isinstance(widget, ChildGrid):  # an editor inside it belongs to a cell
            inside = focus is widget.view or widget.view.isAncestorOf(focus)
            return _cell_of(widget) if inside else NOWHERE
        if isinstance(widget, FieldRow):
            row = widget  # of which the button that takes an offered value is a part
        if isinstance(widget, FormView) and row is not None:
            return Cursor(records.form.id, records.record, row.field.id)
        widget = widget.parentWidget()
    return NOWHERE


def _cell_of(grid: ChildGrid) -> Cursor:
    index = grid.view.currentIndex()
    row = grid.model.row_at(index.row()) if index.isValid() else None
    if row is None:
        return NOWHERE
    column = grid.model.columns[index.column()].id
    return NOWHERE if column.startswith("\0") else Cursor(grid.form.id, row.id, column)
