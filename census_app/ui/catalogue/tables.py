"""Tables of objects that are all there already and can be sorted by a click on a head."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar, cast

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QTableView, QWidget
from typing_extensions import override

from census_app.ui.models.text_table import ROW_ROLE, Cell, Heading, TextTableModel, text_table
from census_app.ui.shell import theme

T = TypeVar("T")
_HEAD_MARGIN = 24
"""What stands beside the title in a head: padding at both sides, and room for the arrow."""
_SYMBOL = 46
"""What stands beside the word of a state: padding at both sides, the symbol and its distance."""


def head_width(title: str, at_least: int = 0) -> int:
    """Return a column width in which the title is not cut; languages differ in length."""
    metrics = QFontMetrics(theme.font(theme.HINT_PX))
    return max(at_least, metrics.horizontalAdvance(title) + _HEAD_MARGIN)


def word_width(texts: Iterable[str], at_least: int = 0) -> int:
    """Return a column width in which no state is cut: the longest of its words, and the symbol before it."""
    metrics = QFontMetrics(theme.font(theme.TABLE_PX))
    longest = max((metrics.horizontalAdvance(text) for text in texts), default=0)
    return max(at_least, longest + _SYMBOL)


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """One column of a sortable table.

    Attributes:
        cell: What stands in it.
        key: What it is sorted by; keys of one column are of one type.
    """

    heading: Heading
    cell: Callable[[T], Cell | str]
    key: Callable[[T], str | int]


class SortableTable(QWidget, Generic[T]):
    """A table of objects. Rows are few (departments, packages), so they are sorted here.

    Args:
        many: Several rows can be chosen at once, with Shift, Ctrl and Ctrl+A.

    Signals:
        chosen: The object of the row the person is on.
        opened: The same, after a double click or Enter.
        cell_clicked: The object and the number of the column, after a click on a cell.
    """

    chosen = Signal(object)
    opened = Signal(object)
    cell_clicked = Signal(object, int)

    def __init__(
        self,
        columns: Sequence[Column[T]],
        identity: Callable[[T], Hashable],
        name: str,
        *,
        many: bool = False,
    ) -> None:
        super().__init__()
        self._columns = tuple(columns)
        self._identity = identity
        self._rows: list[T] = []
        self._sort: tuple[int, bool] | None = None
        headings = [_roomy(column.heading) for column in columns]
        self.model = TextTableModel(headings, self)
        self.view = text_table(self.model, name)
        if many:
            self.view.setSelectionMode(QTableView.SelectionMode.ExtendedSelection)
        self.setFocusProxy(self.view)
        head = self.view.horizontalHeader()
        head.setSectionsClickable(True)
        head.setMinimumSectionSize(56)
        head.sectionClicked.connect(self._on_head)
        self.view.selectionModel().currentRowChanged.connect(self._on_current)
        self.view.doubleClicked.connect(self._on_opened)
        self.view.clicked.connect(self._on_clicked)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.view)

    def show_rows(self, rows: Sequence[T]) -> None:
        """Show other rows; the chosen one stays chosen while one of the same identity is there."""
        self._rows = list(rows)
        self._fill()

    def choose(self, wanted: Hashable) -> bool:
        """Choose the row of an identity; False when there is none."""
        for number in range(self.model.rowCount()):
            if self._identity(self._at(number)) == wanted:
                self.view.setCurrentIndex(self.model.index(number, 0))
                return True
        return False

    def choose_first(self) -> None:
        """Choose the first row when none is chosen."""
        if self.model.rowCount() and not self.view.currentIndex().isValid():
            self.view.setCurrentIndex(self.model.index(0, 0))

    def current(self) -> T | None:
        """Return the object of the chosen row."""
        index = self.view.currentIndex()
        return self._at(index.row()) if index.isValid() else None

    def sort_by(self, column: int) -> None:
        """Sort by a column, the first or smallest on top, and choose the first row."""
        self._sort = (column, False)
        self.view.horizontalHeader().setSortIndicator(column, Qt.SortOrder.AscendingOrder)
        self._fill()
        self.view.setCurrentIndex(self.model.index(0, 0))

    def selected(self) -> list[T]:
        """Return the objects of all chosen rows, from the top."""
        rows = sorted(index.row() for index in self.view.selectionModel().selectedRows())
        return [self._at(row) for row in rows]

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        current = self.current()
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and current is not None:
            self.opened.emit(current)
        else:
            super().keyPressEvent(event)

    def _at(self, number: int) -> T:
        return cast("T", self.model.data(self.model.index(number, 0), ROW_ROLE))

    def _fill(self) -> None:
        before = self.current()
        rows = self._rows
        if self._sort is not None:
            column, descending = self._sort
            rows = sorted(rows, key=self._columns[column].key, reverse=descending)
        cells = [[column.cell(row) for column in self._columns] for row in rows]
        self.model.show_rows(cells, rows)
        if before is not None:
            self.choose(self._identity(before))

    def _on_head(self, section: int) -> None:
        again = self._sort is not None and self._sort[0] == section
        descending = not self._sort[1] if again and self._sort else self._first_order(section)
        self._sort = (section, descending)
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        self.view.horizontalHeader().setSortIndicator(section, order)
        self._fill()

    def _first_order(self, section: int) -> bool:
        """Figures begin with the largest, texts with the first."""
        return self.model.headings[section].right

    def _on_current(self, current: QModelIndex) -> None:
        if current.isValid():
            self.chosen.emit(self._at(current.row()))

    def _on_clicked(self, index: QModelIndex) -> None:
        self.cell_clicked.emit(self._at(index.row()), index.column())

    def _on_opened(self, index: QModelIndex) -> None:
        self.opened.emit(self._at(index.row()))


def _roomy(heading: Heading) -> Heading:
    return (
        replace(heading, width=head_width(heading.title, heading.width))
        if heading.width
        else heading
    )
