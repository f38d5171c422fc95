"""Any list of records, however long: row keys from one query, pages of rows on demand (house style §7.2).

The model holds keys and the last pages; it asks for a page by signal and shows placeholders until it comes. It never
reads anything itself, so `data()` neither waits nor raises.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QIcon
from typing_extensions import override

from census_app.domain.records import RecordId
from census_app.ui.shell import theme
from census_app.ui.shell.icons import Icon, icon
from census_app.ui.shell.translation import Words

Index = QModelIndex | QPersistentModelIndex
PAGE: Final = 200
PAGES_KEPT: Final = 50
PLACEHOLDER: Final = "…"
ID_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 1
# As the numbers Qt asks with: comparing those with members of the enumeration takes longer than the answer.
_DISPLAY: Final = int(Qt.ItemDataRole.DisplayRole)
_EDIT: Final = int(Qt.ItemDataRole.EditRole)
_TOOL_TIP: Final = int(Qt.ItemDataRole.ToolTipRole)
_ALIGNMENT: Final = int(Qt.ItemDataRole.TextAlignmentRole)
_FOREGROUND: Final = int(Qt.ItemDataRole.ForegroundRole)
_BACKGROUND: Final = int(Qt.ItemDataRole.BackgroundRole)
_NEVER_SAID: Final = frozenset({int(Qt.ItemDataRole.FontRole), int(Qt.ItemDataRole.CheckStateRole)})
"""Roles that every cell is asked for at each painting, and none answers."""
STATE: Final = "\0state"
CHILDREN: Final = "\0children"
NUMBER: Final = "\0number"
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        id: Field id, or `STATE`, `CHILDREN`, `NUMBER` for what is not a field.
        right: Figures stand right-aligned, their head too.
        tip: Definition of the field, for the head.
    """

    id: str
    title: str
    right: bool = False
    width: int = 0
    tip: str = ""
    blank: str = ""
    """What stands in an empty cell, such as "(unnamed)" for a record without a name."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row in words, made on the database thread.

    Attributes:
        texts: By column, in the order of the columns that are fields.
        unfit: Fields whose text does not fit.
        department: Whose it is, in a catalogue: another may hold the same id.
    """

    key: int
    id: RecordId
    texts: Mapping[str, str]
    unfit: frozenset[str] = frozenset()
    children: int = 0
    department: str = ""


@dataclass(frozen=True, slots=True)
class RowProblems:
    """How a record stands: open errors, open warnings, warnings with a reason, notices."""

    errors: int = 0
    warnings: int = 0
    explained: int = 0
    notices: int = 0
    fields: Mapping[str, str] = field(default_factory=dict)
    """Field → `bad` or `warn`, for the cells of a grid."""


class RecordTableModel(QAbstractTableModel):
    """Rows of records for table views.

    Signals:
        page_wanted: number of a page that is needed; answer with `put_page`.
    """

    page_wanted = Signal(int)

    def __init__(
        self, columns: Sequence[Column], words: Words, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._words = words
        self._keys: array[int] = array("q")
        self._pages: OrderedDict[int, list[TableRow]] = OrderedDict()
        self._asked: set[int] = set()
        self._stale: set[int] = set()
        self._problems: Mapping[str, RowProblems] = {}
        self.generation = 0

    # -- filling ---------------------------------------------------------------------------------------------------

    def set_keys(self, keys: array[int]) -> None:
        """Show other rows: the outcome of a query."""
        self.beginResetModel()
        self._keys = keys
        self._pages.clear()
        self._asked.clear()
        self._stale.clear()
        self.generation += 1
        self.endResetModel()

    def update_keys(self, keys: array[int]) -> None:
        """Show what became of the same rows: those that stay keep choice, current cell and texts until read anew."""
        old = self._keys
        if keys == old:
            self.refresh()
            return
        head = _common(old, keys)
        tail = min(_common(old[::-1], keys[::-1]), min(len(old), len(keys)) - head)
        gone, new = len(old) - head - tail, len(keys) - head - tail
        if gone and new and gone != new:
            self.set_keys(keys)
            return
        nowhere = QModelIndex()
        if gone < new:
            self.beginInsertRows(nowhere, head, head + new - 1)
        elif new < gone:
            self.beginRemoveRows(nowhere, head, head + gone - 1)
        known = {row.key: row for page in self._pages.values() for row in page}
        self._keys = keys
        self._pages = OrderedDict(
            (number, self._page_of(number, known))
            for number in self._pages
            if self.page_keys(number)
        )
        self._asked.clear()
        self.generation += 1
        if gone < new:
            self.endInsertRows()
        elif new < gone:
            self.endRemoveRows()
        self.refresh()

    def put_page(self, generation: int, number: int, rows: Sequence[TableRow]) -> None:
        """Take the rows of a page; an answer to an older query is dropped."""
        if generation != self.generation:
            return
        self._asked.discard(number)
        self._stale.discard(number)
        self._pages[number] = shown = self._page_of(number, {row.key: row for row in rows})
        self._pages.move_to_end(number)
        while len(self._pages) > PAGES_KEPT:
            self._pages.popitem(last=False)
        first = number * PAGE
        self.dataChanged.emit(
            self.index(first, 0), self.index(first + len(shown) - 1, len(self.columns) - 1)
        )

    def page_keys(self, number: int) -> list[int]:
        """Return the keys of a page."""
        return list(self._keys[number * PAGE : (number + 1) * PAGE])

    def refresh(self) -> None:
        """Read the pages anew when they are next looked at; what stands there stays until then."""
        self._stale = set(self._pages)
        if self._pages:
            self.dataChanged.emit(
                self.index(0, 0), self.index(len(self._keys) - 1, len(self.columns) - 1)
            )

    def set_problems(self, problems: Mapping[str, RowProblems]) -> None:
        """Take how each record stands."""
        self._problems = problems
        if self._keys:
            self.dataChanged.emit(
                self.index(0, 0), self.index(len(self._keys) - 1, len(self.columns) - 1)
            )

    # -- asking ----------------------------------------------------------------------------------------------------

    @property
    def total(self) -> int:
        """Number of rows."""
        return len(self._keys)

    def row_at(self, row: int) -> TableRow | None:
        """Return a row when its page is here."""
        page = self._pages.get(row // PAGE)
        if page is None or row % PAGE >= len(page):
            return None
        found = page[row % PAGE]
        return found if found.id else None

    def replace_row(self, number: int, row: TableRow) -> None:
        """Show another content for a row whose page is here."""
        page = self._pages.get(number // PAGE)
        if page is not None and number % PAGE < len(page):
            page[number % PAGE] = row
            self.dataChanged.emit(self.index(number, 0), self.index(number, len(self.columns) - 1))

    def key_at(self, row: int) -> int:
        """Return the key of a row."""
        return self._keys[row]

    def find_key(self, key: int) -> int:
        """Return the row of a key, or -1."""
        try:
            return self._keys.index(key)
        except ValueError:
            return -1

    def column_of(self, column_id: str) -> int:
        """Return the position of a column, or -1."""
        return next((n for n, c in enumerate(self.columns) if c.id == column_id), -1)

    @override
    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._keys)

    @override
    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.columns)

    @override
    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        if orientation is Qt.Orientation.Vertical:
            return section + 1 if role == Qt.ItemDataRole.DisplayRole else None
        if not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tip or None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column.right else _LEFT
        return None

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        number = index.row()
        if role in _NEVER_SAID or not 0 <= number < len(self._keys):
            return None
        column = self.columns[index.column()]
        if role == _ALIGNMENT:
            return _RIGHT if column.right else _LEFT
        row = self._row(number)
        if row is None:
            return PLACEHOLDER if role == _DISPLAY else None
        if role == ID_ROLE:
            return row.id
        if column.id == STATE:
            return self._state(row, role)
        return self._cell(number, row, column, role)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _page_of(self, number: int, known: Mapping[int, TableRow]) -> list[TableRow]:
        gone = TableRow(0, RecordId(""), {})
        return [known.get(key, gone) for key in self.page_keys(number)]

    def _row(self, number: int) -> TableRow | None:
        page = number // PAGE
        rows = self._pages.get(page)
        if (rows is None or page in self._stale) and page not in self._asked:
            self._asked.add(page)
            self._stale.discard(page)
            self.page_wanted.emit(page)
            return self.row_at(number)  # who was asked may have answered at once
        if rows is None or number % PAGE >= len(rows):
            return None
        found = rows[number % PAGE]
        return found if found.id else None

    def _cell(self, number: int, row: TableRow, column: Column, role: int) -> object:
        # Asked some ten thousand times while a person scrolls: nothing is made that is not asked for.
        if role == _FOREGROUND:
            return self._colour(row, column)
        if role == _BACKGROUND:
            return self._background(row, column) if self._problems else None
        if role == _DISPLAY:
            return self._text(number, row, column).replace("\n", " ") or column.blank
        if role == _EDIT:
            return self._text(number, row, column)
        if role == _TOOL_TIP:
            return self._text(number, row, column) or None
        return None

    def _text(self, number: int, row: TableRow, column: Column) -> str:
        if column.id == NUMBER:
            return str(number + 1)
        if column.id == CHILDREN:
            return self._words.count(row.children)
        return row.texts.get(column.id, "")

    @staticmethod
    def _colour(row: TableRow, column: Column) -> QColor | None:
        if column.id in {NUMBER, CHILDREN}:
            return QColor(theme.tokens().text_2)
        if column.blank and not row.texts.get(column.id):
            return QColor(theme.tokens().text_2)
        return QColor(theme.tokens().bad) if column.id in row.unfit else None

    def _background(self, row: TableRow, column: Column) -> QColor | None:
        stand = self._problems.get(row.id)
        weight = stand.fields.get(column.id, "") if stand is not None else ""
        if not weight:
            return None
        colours = theme.tokens()
        return QColor(colours.bad_weak if weight == "bad" else colours.warn_weak)

    def _state(self, row: TableRow, role: int) -> object:
        stand = self._problems.get(row.id, RowProblems())
        colours = theme.tokens()
        if stand.errors:
            text = self._words("UI_ROW_ERRORS", count=stand.errors)
            symbol, colour = Icon.ERROR, colours.bad
        elif stand.warnings:
            text = self._words("UI_ROW_WARNINGS", count=stand.warnings)
            symbol, colour = Icon.ALERT, colours.warn
        else:
            text = self._words("UI_ROW_EXPLAINED" if stand.explained else "UI_ROW_GOOD")
            symbol, colour = Icon.CHECK, colours.good
        if role == Qt.ItemDataRole.DisplayRole:
            return text
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(colour)
        if role == Qt.ItemDataRole.DecorationRole:
            return _decoration(symbol, colour)
        return None


def _decoration(symbol: Icon, colour: str) -> QIcon:
    return icon(symbol, colour, 14)


def _common(first: array[int], second: array[int]) -> int:
    """Return how many keys both begin with; halving, since slices compare faster than any loop."""
    low, high = 0, min(len(first), len(second))
    while low < high:
        middle = (low + high + 1) // 2
        if first[low:middle] == second[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
