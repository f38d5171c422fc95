"""Print from the catalogue window what is about one thing: a record's sheet, a department's letter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from census_app.services.ports import CatalogueStore
from census_app.services.progress import Progress
from census_app.ui.catalogue.session import CatalogueSession
from census_app.ui.shell.paper import PaperShown
from census_app.ui.shell.translation import Words

if TYPE_CHECKING:
    from census_app.reports.content import Printed
    from census_app.services.reporting import About


class Paper(PaperShown):
    """Prepares one document at a time for one page of the window."""

    def __init__(self, session: CatalogueSession, words: Words, parent: QWidget) -> None:
        super().__init__(words, parent)
        self._session = session

    def show(self, kind: str, about: About, title: str, name: str) -> None:
        """Prepare a report about one thing and show it; it can be stopped.

        Args:
            kind: One of `services.reporting.KINDS`.
            title: Of the preview.
            name: File name it proposes.
        """
        self.call(title, name)
        clock, language = self._session.clock, self._words.language

        def work(store: CatalogueStore, progress: Progress) -> Printed:
            # What shows pages loads here, where nobody waits for it.
            import census_app.ui.preview.dialog  # noqa: F401, PLC0415
            from census_app.services import reporting  # noqa: PLC0415  # paper loads slowly

            return reporting.report(
                kind, store, language, clock=clock, about=about, progress=progress
            )

        self._session.ask(work, self, self.on_printed, title=self._words("HI_PREPARING"))
