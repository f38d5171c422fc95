"""The table of the catalogue: rows over SQL pages, columns as far as there is room."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QTableView
from typing_extensions import override

from census_app.ui.models.record_table import CHILDREN, RecordTableModel
from census_app.ui.shell import theme

TITLE_WIDTH: Final = 220


class RecordTable(QTableView):
    """A table over SQL pages; Enter opens the record.

    The name is always legible: where the window is too narrow, the last columns are left out, and come back when it
    is wider. All of them stand on the record's own page.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(theme.ROW_HEIGHT)
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionsClickable(True)
        head.setMinimumSectionSize(64)

    def fit_columns(self) -> None:
        """Show the columns there is room for, and give the name what is left."""
        model = self.model()
        if not isinstance(model, RecordTableModel) or not model.columns:
            return
        room = self.viewport().width() - TITLE_WIDTH
        kept = [n for n, c in enumerate(model.columns) if c.id == CHILDREN]
        used = sum(model.columns[n].width for n in kept)
        for number, column in enumerate(model.columns):
            if number == 0 or number in kept:
                continue
            used += column.width
            self.setColumnHidden(number, used > room)
            if used > room:
                used = room + 1  # the order of columns is kept: nothing after a hidden one
        for number, column in enumerate(model.columns):
            self.setColumnWidth(number, column.width)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit_columns()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.currentIndex().isValid():
            self.doubleClicked.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)
