"""Look at what mending would change, before and after, choose, and write it as one step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget
from typing_extensions import override

from census_app.domain.findings import Finding
from census_app.services.mending import MendLine
from census_app.ui.dialogs.messages import MessageDialog
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.tables import prepare_table
from census_app.ui.shell.translation import Words

Index = QModelIndex | QPersistentModelIndex
_HEADS: Final = ("UI_PROBLEM_RECORD", "UI_COL_FIELD", "UI_MEND_BEFORE", "UI_MEND_AFTER")
RECORD, FIELD, BEFORE, AFTER = range(4)


class MendModel(QAbstractTableModel):
    """Lines with a tick for each finding; certain ones are ticked.

    Signals:
        ticked: The choice changed.
    """

    ticked = Signal()

    def __init__(self, words: Words, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self.lines: list[MendLine] = []
        self._chosen: set[int] = set()

    def show_lines(self, lines: Sequence[MendLine]) -> None:
        """Show lines: the certain ones first, in their order."""
        self.beginResetModel()
        self.lines = sorted(lines, key=lambda line: not line.certain)
        self._chosen = {id(line.finding) for line in self.lines if line.certain}
        if not self._chosen and len({id(line.finding) for line in self.lines}) == 1:
            self._chosen = {id(line.finding) for line in self.lines}
        self.endResetModel()
        self.ticked.emit()

    @property
    def chosen(self) -> list[Finding]:
        """The ticked findings, each once."""
        found = {id(f.finding): f.finding for f in self.lines if id(f.finding) in self._chosen}
        return list(found.values())

    def tick_all(self, *, ticked: bool) -> None:
        """Tick all lines or none."""
        self._chosen = {id(line.finding) for line in self.lines} if ticked else set()
        self._told()

    def _told(self) -> None:
        if self.lines:
            last = self.index(len(self.lines) - 1, len(_HEADS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
        self.ticked.emit()

    @override
    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.lines)

    @override
    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(_HEADS)

    @override
    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        shown = orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return self._words(_HEADS[section]) if shown and 0 <= section < len(_HEADS) else None

    @override
    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsUserCheckable if index.column() == RECORD else flags

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        line, column = self.lines[index.row()], index.column()
        texts = (
            line.title or self._words("UI_UNNAMED"),
            line.field,
            line.before or "—",
            line.after,
        )
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            text = texts[column] or "—"
            likely = column == AFTER and not line.certain
            return self._words("UI_MEND_LIKELY", value=text) if likely else text
        if role == Qt.ItemDataRole.CheckStateRole and column == RECORD:
            ticked = id(line.finding) in self._chosen
            return Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.ForegroundRole and column in {BEFORE, AFTER}:
            colours = theme.tokens()
            if column == BEFORE:
                return QColor(colours.text_2)
            return QColor(colours.good if line.certain else colours.warn)
        return None

    @override
    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or not index.isValid():
            return False
        about = id(self.lines[index.row()].finding)
        if Qt.CheckState(value) is Qt.CheckState.Checked:
            self._chosen.add(about)
        else:
            self._chosen.discard(about)
        self._told()
        return True


class MendDialog(MessageDialog):
    """Shows each change; what is ticked is written when the person agrees."""

    def __init__(self, words: Words, count: int, parent: QWidget | None = None) -> None:
        super().__init__(words("UI_MEND_TITLE"), parent, width=880)
        self._words = words
        self.add_heading(words("UI_MEND_HEAD", count=count), Icon.CHECK, theme.tokens().accent)
        self._tip = page.label(words("UI_READING"), "text2", wrap=True)
        self.column.addWidget(self._tip)
        self.model = MendModel(words, self)
        self.table = QTableView()
        self.table.setModel(self.model)
        prepare_table(self.table, words("UI_MEND_TITLE"), several=True)
        head = self.table.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.setMinimumHeight(11 * theme.ROW_HEIGHT)
        self.column.addWidget(self.table, 1)
        self.buttons.addWidget(page.button(words("UI_MEND_ALL"), self._on_all))
        self.buttons.addWidget(page.button(words("UI_MEND_NONE"), self._on_none))
        self.buttons.addStretch(1)
        self.buttons.addWidget(page.button(words("UI_CANCEL"), self.reject))
        self.apply_button = page.button("", self.accept, "primary")
        self.apply_button.setDefault(True)
        self.buttons.addWidget(self.apply_button)
        self.model.ticked.connect(self._on_ticked)
        self._on_ticked()
        self.finish()

    def show_lines(self, lines: Sequence[MendLine]) -> None:
        """Show what would change."""
        self.model.show_lines(lines)
        likely = any(not line.certain for line in lines)
        self._tip.setText(self._words("UI_MEND_TIP_LIKELY" if likely else "UI_MEND_TIP"))
        if lines:
            self.table.setCurrentIndex(self.model.index(0, 0))
        self.table.setFocus()

    def _on_all(self) -> None:
        self.model.tick_all(ticked=True)

    def _on_none(self) -> None:
        self.model.tick_all(ticked=False)

    def _on_ticked(self) -> None:
        count = len(self.model.chosen)
        self.apply_button.setText(self._words("UI_MEND_APPLY", count=count))
        self.apply_button.setEnabled(bool(count))
