"""The table of what the page of reports can make: groups of kinds, one line each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem

from census_app.ui.shell import theme

LINE: Final = 32
KIND: Final = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Entry:
    """One line.

    Attributes:
        id: Unique over all groups.
        hint: What it holds and whom it is for, as a tool tip.
    """

    id: str
    name: str
    hint: str = ""


class ReportList(QListWidget):
    """Kinds in groups; a group's title cannot be chosen.

    Signals:
        chosen: Id of the entry.
    """

    chosen = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.currentItemChanged.connect(self._on_current)

    def add_group(self, title: str, entries: Sequence[Entry]) -> None:
        """Add a group below the others; the first entry of all is chosen."""
        head = QListWidgetItem(title, self)
        head.setFlags(Qt.ItemFlag.NoItemFlags)
        head.setSizeHint(QSize(0, LINE))
        head.setForeground(QColor(theme.tokens().text_2))
        for entry in entries:
            item = QListWidgetItem(entry.name, self)
            item.setData(KIND, entry.id)
            item.setToolTip(entry.hint)
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, entry.hint)
            item.setSizeHint(QSize(0, LINE))
        if not self.entry and entries:
            self.choose(entries[0].id)

    @property
    def entry(self) -> str:
        """Id of the chosen entry; empty for none."""
        item = self.currentItem()
        return str(item.data(KIND) or "") if item is not None else ""

    def choose(self, entry: str) -> None:
        """Choose an entry by its id."""
        for row in range(self.count()):
            if self.item(row).data(KIND) == entry:
                self.setCurrentRow(row)
                return

    def _on_current(self, item: QListWidgetItem | None) -> None:
        if item is not None and item.data(KIND):
            self.chosen.emit(str(item.data(KIND)))
