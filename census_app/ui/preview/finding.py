"""Find a text in a document: in slices, so that the first places are marked while the rest is still being read."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from typing_extensions import override

from census_app.services.progress import Progress
from census_app.ui.preview.document import Hit, PdfPages
from census_app.ui.shell.tasks import Task, TaskRunner
from census_app.ui.shell.translation import Words

AnyIndex = QModelIndex | QPersistentModelIndex
PAGES_AT_ONCE: Final = 40
MAX_HITS: Final = 5000
"""Places that are listed; that there are more is said."""


class Finder(QObject):
    """Looks for one text at a time.

    Signals:
        found: Further places, in reading order.
        ended: The document was read to its end, or enough was found.
    """

    found = Signal(list)
    ended = Signal()

    def __init__(self, runner: TaskRunner, parent: QObject) -> None:
        super().__init__(parent)
        self._runner = runner
        self._task: Task | None = None
        self._round = 0
        self._count = 0
        self.more = False
        """Whether there may be places beyond `MAX_HITS`."""

    def look_for(self, pages: PdfPages, text: str) -> None:
        """Look for a text; what was looked for before is forgotten."""
        self.stop()
        self._count, self.more = 0, False
        self._look(pages, text, 0)

    def stop(self) -> None:
        """Look no further."""
        self._round += 1
        if self._task is not None:
            self._task.cancel()
            self._task = None

    @property
    def busy(self) -> bool:
        """Whether the document is still being read."""
        return self._task is not None

    def _look(self, pages: PdfPages, text: str, first: int) -> None:
        now = self._round
        last = min(first + PAGES_AT_ONCE, pages.count)

        def work(progress: Progress) -> list[Hit]:
            return pages.find(text, progress, first, last)

        def done(hits: list[Hit]) -> None:
            if now != self._round:
                return
            room = MAX_HITS - self._count
            self.more = len(hits) > room
            self._count += min(len(hits), room)
            self._task = None
            ended = self.more or last == pages.count
            if not ended:
                self._look(pages, text, last)
            if hits:
                self.found.emit(hits[:room])
            if ended:
                self.ended.emit()

        self._task = self._runner.on_reading(work, self, done)


class HitModel(QAbstractListModel):
    """One row a place: its page and the words around it."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self.hits: list[Hit] = []

    def clear(self) -> None:
        """Show nothing."""
        self.beginResetModel()
        self.hits.clear()
        self.endResetModel()

    def add(self, hits: list[Hit]) -> None:
        """Show further places."""
        first = len(self.hits)
        self.beginInsertRows(QModelIndex(), first, first + len(hits) - 1)
        self.hits += hits
        self.endInsertRows()

    @override
    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.hits)

    @override
    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not 0 <= index.row() < len(self.hits):
            return None
        hit = self.hits[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{hit.page + 1}　{hit.text}"
        if role in {Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole}:
            return self._words("PREVIEW_HIT", page=hit.page + 1, text=hit.text)
        return None
