"""The model of a grid of child records: every cell can be edited, problems stand in the cell."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QIcon
from typing_extensions import override

from census_app.domain.records import RecordId
from census_app.formspec.model import Field, Form
from census_app.ui.models.record_table import Column, RecordTableModel, TableRow
from census_app.ui.shell import theme
from census_app.ui.shell.icons import Icon, icon
from census_app.ui.shell.translation import Words

Index = QModelIndex | QPersistentModelIndex
NUMBERS: Final = frozenset({"integer", "decimal", "money"})
_DECORATION: Final = int(Qt.ItemDataRole.DecorationRole)
_IN_WORDS: Final = frozenset(
    {int(Qt.ItemDataRole.ToolTipRole), int(Qt.ItemDataRole.AccessibleDescriptionRole)}
)
"""Roles that tell a cell's problem."""
_WIDTHS: Final = {
    "integer": 90,
    "decimal": 100,
    "money": 100,
    "boolean": 80,
    "date": 104,
    "month": 84,
    "code": 108,
}


def grid_columns(form: Form, language: str) -> list[Column]:
    """Return the columns of a grid: the name, what the form shows in lists, then every other field that is stored."""
    # Blocks from other workbooks begin with the name, its type and its length.
    first = {name: place for place, name in enumerate((form.title, *form.list))}
    fields = sorted(form.stored_fields, key=lambda f: first.get(f.id, len(first)))
    return [column_of(f, language, wide=f.id == form.title) for f in fields]


def column_of(field: Field, language: str, *, wide: bool = False) -> Column:
    """Return the column of a field."""
    label = field.label.get(language)
    unit = field.unit.get(language) if field.unit is not None else ""
    if unit:
        unit = f" ({unit})" if language == "en" else f"（{unit}）"
    tip = field.definition.get(language) if field.definition is not None else ""
    width = 220 if wide else _WIDTHS.get(field.type, 150)
    return Column(field.id, label + unit, field.type in NUMBERS, width, tip)


class GridModel(RecordTableModel):
    """The model of a grid.

    Signals:
        edited: record id, field id, text.

    Attributes:
        tell: Says in words what is wrong with a field of a record; asked when somebody looks.
    """

    edited = Signal(str, str, str)

    def __init__(self, columns: list[Column], words: Words, parent: QObject | None = None) -> None:
        super().__init__(columns, words, parent)
        self.tell: Callable[[RecordId, str], str] = _silent
        self._ranks: array[int] | None = None

    def show_order(self, ranks: array[int] | None) -> None:
        """Number the rows by these places in the order of record; None when they stand in it."""
        self._ranks = ranks
        if self.total:
            self.headerDataChanged.emit(Qt.Orientation.Vertical, 0, self.total - 1)

    def keys_of(self, first: int, last: int) -> array[int]:
        """Return the keys of some rows, the last one included."""
        return self._keys[first : last + 1]

    @property
    def keys(self) -> array[int]:
        """The keys of all rows, as shown."""
        return self._keys

    def weight(self, index: Index) -> str:
        """Return `bad`, `warn` or nothing: how grave the problem of a cell is."""
        row = self.row_at(index.row())
        stand = self._problems.get(row.id) if row is not None else None
        return stand.fields.get(self.columns[index.column()].id, "") if stand is not None else ""

    def problem(self, index: Index) -> str:
        """Return in words what is wrong with a cell, or the empty text."""
        row = self.row_at(index.row())
        if row is None or not self.weight(index):
            return ""
        return self.tell(row.id, self.columns[index.column()].id)

    @override
    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        if orientation is Qt.Orientation.Vertical and role == Qt.ItemDataRole.DisplayRole:
            ranks = self._ranks
            if ranks is not None and section < len(ranks):
                return str(ranks[section] + 1)
            return str(section + 1)
        return super().headerData(section, orientation, role)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == _DECORATION:
            return self._mark(index) if self._problems and index.isValid() else None
        found = super().data(index, role)
        if role not in _IN_WORDS:
            return found
        if role == Qt.ItemDataRole.ToolTipRole and index.isValid():
            parts = (str(found or ""), self.problem(index))
            return "\n".join(part for part in parts if part) or None
        if role == Qt.ItemDataRole.AccessibleDescriptionRole and index.isValid():
            return self.problem(index) or None
        return found

    def _mark(self, index: Index) -> QIcon | None:
        """Return the sign of a problem: colour never speaks alone."""
        weight = self.weight(index)
        if not weight:
            return None
        colours = theme.tokens()
        symbol, colour = (
            (Icon.ERROR, colours.bad) if weight == "bad" else (Icon.ALERT, colours.warn)
        )
        return icon(symbol, colour, 14)

    @override
    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return _FLAGS

    @override
    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        row = self.row_at(index.row()) if index.isValid() else None
        if role != Qt.ItemDataRole.EditRole or row is None:
            return False
        column = self.columns[index.column()]
        text = str(value)
        if row.texts.get(column.id, "") == text:
            return False
        self._show_at_once(index.row(), row, column.id, text)
        self.edited.emit(row.id, column.id, text)
        return True

    def _show_at_once(self, number: int, row: TableRow, column_id: str, text: str) -> None:
        """Show what was typed until the page is read again."""
        shown = TableRow(row.key, row.id, {**row.texts, column_id: text}, row.unfit, row.children)
        self.replace_row(number, shown)


_FLAGS: Final = (
    Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable
)


def _silent(record: RecordId, field: str) -> str:
    del record, field
    return ""
