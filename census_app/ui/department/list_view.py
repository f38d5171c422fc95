"""The table of a list: whole rows are chosen, columns have the widths a person gave them, nothing is hidden unasked."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QTableView
from typing_extensions import override

from census_app.ui.department.list_columns import ColumnChoice, ListColumns
from census_app.ui.department.list_feed import Spans
from census_app.ui.department.list_header import ListHeader
from census_app.ui.models.list_table import ListTableModel
from census_app.ui.shell.tables import prepare_table


class ListView(QTableView):
    """Shows a list. Enter opens a record, Delete deletes, Alt+Down filters by the column one is in.

    Signals:
        menu_wanted: place on the screen, for a context menu over the chosen rows.
        choice_changed: The person moved a column: the new `ColumnChoice`.
        width_set: Column and its new width, set by the person.
    """

    opened = Signal()
    delete_wanted = Signal()
    filter_wanted = Signal()
    menu_wanted = Signal(QPoint)
    choice_changed = Signal(object)
    width_set = Signal(str, int)

    def __init__(self, model: ListTableModel, columns: ListColumns, name: str) -> None:
        super().__init__()
        self._list, self._columns = model, columns
        self._choice = ColumnChoice()
        self.head = ListHeader(self)
        fields = columns.form.stored_fields
        self.head.can_filter = frozenset(f.id for f in fields if f.type != "attachment")
        self.setHorizontalHeader(self.head)
        columns.head_needs = self.head.needs
        self.setModel(model)
        prepare_table(self, name, several=True)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.head.sectionMoved.connect(self._on_moved)
        self.head.sectionResized.connect(self._on_resized)
        self.head.released.connect(self._fit)  # not while the edge is under the mouse
        self._fit()

    def spans(self) -> Spans:
        """Return the chosen rows as spans in ascending order, however many they are."""
        chosen = self.selectionModel().selection()
        parts = [chosen.at(n) for n in range(chosen.count())]
        ranges = sorted((r.top(), r.bottom()) for r in parts)
        found: list[tuple[int, int]] = []
        for top, bottom in ranges:
            if found and top <= found[-1][1] + 1:
                found[-1] = (found[-1][0], max(found[-1][1], bottom))
            else:
                found.append((top, bottom))
        return tuple(found)

    def show_choice(self, choice: ColumnChoice) -> None:
        """Give the columns of the model their widths."""
        self._choice = choice
        self._fit()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.opened.emit()
        elif event.key() == Qt.Key.Key_Delete:
            self.delete_wanted.emit()
        elif alt and event.key() == Qt.Key.Key_Down:
            self.filter_wanted.emit()
        else:
            super().keyPressEvent(event)

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        place = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            rect = self.visualRect(self.currentIndex())
            place = self.viewport().mapToGlobal(rect.center())
        self.menu_wanted.emit(place)

    def _fit(self) -> None:
        columns = self._list.columns
        widths = self._columns.widths(columns, self._choice, self.viewport().width())
        with QSignalBlocker(self.head):
            for section, width in enumerate(widths):
                self.head.resizeSection(section, width)
        self.head.fit_height()
        self.updateGeometries()
        self.viewport().update()

    def _on_moved(self) -> None:
        """Take the order the mouse has made; the head then stands in the order of the model again."""
        columns = self._list.columns
        order = [columns[self.head.logicalIndex(n)].id for n in range(len(columns))]
        with QSignalBlocker(self.head):
            for place in range(len(columns)):
                self.head.moveSection(self.head.visualIndex(place), place)
        known = self._columns.known
        ids = tuple(i for i in order if i in known)
        self.choice_changed.emit(ColumnChoice(ids, self._choice.widths))

    def _on_resized(self, section: int, before: int, width: int) -> None:
        del before
        column = self._list.columns[section].id
        widths = {**self._choice.widths, column: width}
        self._choice = ColumnChoice(self._choice.ids, widths)
        self.width_set.emit(column, width)
