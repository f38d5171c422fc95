"""Chooses the columns of a list and their order."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.domain.names import fold
from census_app.ui.department.list_columns import ColumnChoice, ListColumns
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


class _Columns(QListWidget):
    """Columns to tick; Alt with an arrow, or the mouse, gives one another place."""

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if alt and event.key() in {Qt.Key.Key_Up, Qt.Key.Key_Down}:
            self.shift(-1 if event.key() == Qt.Key.Key_Up else 1)
        else:
            super().keyPressEvent(event)

    def shift(self, by: int) -> None:
        """Move the current column up or down among those that are shown; it becomes one of them."""
        row = self.currentRow()
        to = row + by
        while 0 <= to < self.count() and self.item(to).isHidden():
            to += by
        if row < 0 or not 0 <= to < self.count():
            return
        item = self.takeItem(row)
        self.insertItem(to, item)
        self.setCurrentItem(item)


class ColumnsDialog(QDialog):
    """Ticks columns and puts them in order; `choice` is what was decided.

    Args:
        columns: What there is to choose from.
        choice: What is chosen now.
    """

    def __init__(
        self,
        columns: ListColumns,
        choice: ColumnChoice,
        words: Words,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._columns, self._words = columns, words
        self.choice = choice
        self.setWindowTitle(words("UI_COLUMNS_TITLE"))
        self.setMinimumSize(440, 520)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(8)
        tip = words("UI_COLUMNS_TIP", name=columns.title.title)
        column.addWidget(page.label(tip, "text2", wrap=True))
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.search.setPlaceholderText(words("UI_COLUMNS_SEARCH"))
        self.search.setAccessibleName(words("UI_COLUMNS_SEARCH"))
        self.search.textChanged.connect(self._on_search)
        column.addWidget(self.search)
        self.list = _Columns()
        self.list.setAccessibleName(words("UI_COLUMNS_TITLE"))
        self.list.setUniformItemSizes(True)
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        column.addWidget(self.list, 1)
        column.addLayout(self._order_line())
        column.addLayout(self._buttons())
        ids = columns.given if choice.ids is None else choice.ids
        self._fill(ids)

    def _order_line(self) -> QHBoxLayout:
        words, row = self._words, QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(page.button(words("UI_COLUMNS_UP"), self._on_up, "small", Icon.ARROW_UP))
        row.addWidget(
            page.button(words("UI_COLUMNS_DOWN"), self._on_down, "small", Icon.ARROW_DOWN)
        )
        row.addStretch(1)
        row.addWidget(page.button(words("UI_COLUMNS_RESET"), self._on_reset, "link"))
        return row

    def _buttons(self) -> QHBoxLayout:
        words, row = self._words, QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(page.button(words("UI_CANCEL"), self.reject))
        made = page.button(words("UI_COLUMNS_APPLY"), self._on_apply, "primary")
        made.setDefault(True)
        row.addWidget(made)
        return row

    def _fill(self, ids: Sequence[str]) -> None:
        known = self._columns.known
        self.list.clear()
        shown = [i for i in ids if i in known]
        for column in [*shown, *(i for i in known if i not in shown)]:
            item = QListWidgetItem(known[column].title)
            item.setData(Qt.ItemDataRole.UserRole, column)
            item.setToolTip(known[column].tip)
            on = column in shown
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
            # An item takes no other: a drop lands between two of them.
            item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsDropEnabled)
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    @property
    def ticked(self) -> tuple[str, ...]:
        """The ids that are ticked, in order."""
        items = [self.list.item(n) for n in range(self.list.count())]
        checked = [i for i in items if i.checkState() == Qt.CheckState.Checked]
        return tuple(str(i.data(Qt.ItemDataRole.UserRole)) for i in checked)

    def _on_search(self, text: str) -> None:
        wanted = fold(text)
        for number in range(self.list.count()):
            item = self.list.item(number)
            item.setHidden(bool(wanted) and wanted not in fold(item.text()))

    def _on_up(self) -> None:
        self.list.shift(-1)

    def _on_down(self) -> None:
        self.list.shift(1)

    def _on_reset(self) -> None:
        self.search.clear()
        self.choice = ColumnChoice()
        self._fill(self._columns.given)

    def _on_apply(self) -> None:
        ids = self.ticked
        self.choice = ColumnChoice(None if ids == self._columns.given else ids, self.choice.widths)
        self.accept()
