"""A table that knows what is chosen in it: cells as areas, rows by their keys, however many; edges, frame."""

from __future__ import annotations

from array import array

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    Qt,
)
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QTableView
from typing_extensions import override

from census_app.services.blocks import Area
from census_app.ui.forms.grid_model import GridModel
from census_app.ui.shell import theme

_CHOOSE = QItemSelectionModel.SelectionFlag.ClearAndSelect


class ChoosingTable(QTableView):
    """The table, as far as cells are chosen in it."""

    def __init__(self, model: GridModel) -> None:
        super().__init__()
        self.grid_model = model
        self.setModel(model)

    def areas(self) -> list[Area]:
        """Return the chosen cells."""
        names = [c.id for c in self.grid_model.columns]
        return [
            Area(
                self.grid_model.keys_of(part.top(), part.bottom()),
                names[part.left() : part.right() + 1],
            )
            for part in self.parts()
        ]

    def span(self) -> tuple[int, int]:
        """Return rows and columns of the choice when it is one rectangle, else 1, 1."""
        parts = self.parts()
        if len(parts) != 1:
            return 1, 1
        return parts[0].height(), parts[0].width()

    def chosen_count(self) -> int:
        """Return how many cells are chosen."""
        return sum(p.width() * p.height() for p in self.parts())

    def place(self) -> tuple[int, int]:
        """Return row and column where a paste begins: the first chosen cell, else the end."""
        parts = self.parts()
        if parts:
            return min(p.top() for p in parts), min(p.left() for p in parts)
        return self.grid_model.total, 0

    def chosen_rows(self) -> array[int]:
        """Return the keys of all rows in which a cell is chosen, in order."""
        numbers: set[int] = set()
        for part in self.parts():
            numbers.update(range(part.top(), part.bottom() + 1))
        keys = self.grid_model.keys
        return array("q", (keys[n] for n in sorted(numbers)))

    def show_cell(self, row: int, column: int, *, focus: bool = True) -> None:
        """Bring a cell on the screen and choose it."""
        index = self.grid_model.index(row, column)
        self.selectionModel().setCurrentIndex(index, _CHOOSE)
        self.scrollTo(index)
        if focus:
            self.setFocus()

    def choose_block(self, row: int, column: int, rows: int, columns: int) -> None:
        """Choose a rectangle of cells, as far as there are such cells."""
        model = self.grid_model
        first = model.index(min(row, model.total - 1), min(column, model.columnCount() - 1))
        last = model.index(
            min(row + rows, model.total) - 1, min(column + columns, model.columnCount()) - 1
        )
        keep = QItemSelectionModel.SelectionFlag.NoUpdate
        self.selectionModel().setCurrentIndex(first, keep)
        self.selectionModel().select(QItemSelection(first, last), _CHOOSE)

    def choose_rows(self, rows: list[int], column: int) -> None:
        """Choose whole rows, after they were moved."""
        model, last = self.grid_model, len(self.grid_model.columns) - 1
        chosen = QItemSelection()
        for row in rows:
            chosen.select(model.index(row, 0), model.index(row, last))
        keep = QItemSelectionModel.SelectionFlag.NoUpdate
        self.selectionModel().setCurrentIndex(model.index(rows[0], column), keep)
        self.selectionModel().select(chosen, _CHOOSE)
        self.scrollTo(model.index(rows[0], column))

    def go_to_edge(self, event: QKeyEvent) -> bool:
        """Go to an edge of the table with Ctrl and an arrow, Home or End; with Shift choose up to there."""
        current = self.currentIndex()
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        last_row, last = self.grid_model.total - 1, self.grid_model.columnCount() - 1
        row, column = current.row(), current.column()
        goals: dict[int, tuple[int, int]] = {
            Qt.Key.Key_Home: (0 if control else row, 0),
            Qt.Key.Key_End: (last_row if control else row, last),
        }
        if control:
            goals |= {
                Qt.Key.Key_Up: (0, column),
                Qt.Key.Key_Down: (last_row, column),
                Qt.Key.Key_Left: (row, 0),
                Qt.Key.Key_Right: (row, last),
            }
        goal = goals.get(event.key())
        if goal is None or not current.isValid():
            return False
        index = self.grid_model.index(*goal)
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._choose_to(index)
        else:
            self.selectionModel().setCurrentIndex(index, _CHOOSE)
        self.scrollTo(index)
        return True

    def _choose_to(self, index: QModelIndex) -> None:
        """Choose from where the choice began up to a cell."""
        parts = [p for p in self.parts() if p.contains(self.currentIndex())]
        anchor = self.currentIndex()
        if parts and parts[0].height() * parts[0].width() > 1:
            # The corner that lies opposite to the current cell.
            part = parts[0]
            row = part.bottom() if anchor.row() == part.top() else part.top()
            column = part.right() if anchor.column() == part.left() else part.left()
            anchor = self.grid_model.index(row, column)
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
        self.selectionModel().select(QItemSelection(anchor, index), _CHOOSE)

    def parts(self) -> list[QItemSelectionRange]:
        """Return the chosen rectangles; the current cell when there are none."""
        chosen = self.selectionModel().selection()
        parts = [part for n in range(chosen.count()) if (part := chosen.at(n)).isValid()]
        current = self.currentIndex()
        if not parts and current.isValid():
            return [QItemSelectionRange(current)]  # the framed cell, when only the cursor came here
        return parts

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        current = self.currentIndex()
        if not current.isValid() or not self.hasFocus():
            return
        # The frame of a spreadsheet's current cell, to be seen among many chosen ones.
        frame = self.visualRect(current).adjusted(0, 0, -1, -1)
        painter = QPainter(self.viewport())
        painter.setPen(QPen(QColor(theme.tokens().accent), 2))
        painter.drawRect(frame)
        painter.end()
