"""Print from the department window: read on the database thread, set beside it, shown in the preview."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from PySide6.QtWidgets import QWidget

from census_app.reports.content import Language, Printed
from census_app.services.ports import WorkspaceStore
from census_app.services.progress import Progress
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.shell.paper import PaperShown
from census_app.ui.shell.translation import Words

Setting: TypeAlias = Callable[[Progress], Printed]
"""Sets what was read already; needs no file."""
Reading: TypeAlias = Callable[[WorkspaceStore, Progress], Setting | Printed]
"""Reads what a page says; imports what it needs itself, because paper loads slowly. A short one is set at once."""


def language_of(words: Words) -> Language:
    """Return the language of the window as one that pages are printed in."""
    return "en" if words.language == "en" else "zh"


class Paper(PaperShown):
    """Prepares one document at a time for one page of the window."""

    def __init__(self, session: WorkspaceSession, words: Words, parent: QWidget) -> None:
        super().__init__(words, parent)
        self._session = session

    def show(self, read: Reading, title: str, name: str) -> None:
        """Prepare a document and show it; both halves can be stopped.

        Args:
            title: Of the preview.
            name: File name it proposes.
        """
        self.call(title, name)

        def prepare(store: WorkspaceStore, progress: Progress) -> Setting | Printed:
            # What shows pages loads here, where nobody waits for it.
            import census_app.ui.preview.dialog  # noqa: F401, PLC0415

            return read(store, progress)

        self._session.ask(prepare, self, self._on_read, title=self._words("HI_PREPARING"))

    def _on_read(self, setting: Setting | Printed) -> None:
        if isinstance(setting, Printed):
            self.on_printed(setting)
            return
        runner = self._session.runner
        runner.on_reading(setting, self, self.on_printed, title=self._words("HI_PREPARING"))
