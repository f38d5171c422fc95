"""Print from the department window: read on the database thread, set beside it, shown in the preview."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from census_app.reports.content import Language, Printed
from census_app.services.ports import WorkspaceStore
from census_app.services.progress import Progress
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.shell.translation import Words

if TYPE_CHECKING:
    from census_app.ui.preview.dialog import PreviewDialog

Setting: TypeAlias = Callable[[Progress], Printed]
"""Sets what was read already; needs no file."""
Reading: TypeAlias = Callable[[WorkspaceStore, Progress], Setting | Printed]
"""Reads what a page says; imports what it needs itself, because paper loads slowly. A short one is set at once."""


def language_of(words: Words) -> Language:
    """Return the language of the window as one that pages are printed in."""
    return "en" if words.language == "en" else "zh"


class Paper(QObject):
    """Prepares one document at a time for one page of the window.

    Signals:
        shown: The preview is open.

    Attributes:
        preview: The last one.
    """

    shown = Signal()

    def __init__(self, session: WorkspaceSession, words: Words, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._words, self._window = session, words, parent
        self._title = self._name = ""
        self.preview: PreviewDialog | None = None

    def show(self, read: Reading, title: str, name: str) -> None:
        """Prepare a document and show it; both halves can be stopped.

        Args:
            title: Of the preview.
            name: File name it proposes.
        """
        self._title, self._name = title, name

        def prepare(store: WorkspaceStore, progress: Progress) -> Setting | Printed:
            # What shows pages loads here, where nobody waits for it.
            import census_app.ui.preview.dialog  # noqa: F401, PLC0415

            return read(store, progress)

        self._session.ask(prepare, self, self._on_read, title=self._words("HI_PREPARING"))

    def _on_read(self, setting: Setting | Printed) -> None:
        if isinstance(setting, Printed):
            self._on_set(setting)
            return
        runner = self._session.runner
        runner.on_reading(setting, self, self._on_set, title=self._words("HI_PREPARING"))

    def _on_set(self, printed: Printed) -> None:
        from census_app.ui.preview.dialog import show_preview  # noqa: PLC0415

        self.preview = show_preview(self._window, printed, self._title, self._name, self._words)
        self.shown.emit()
