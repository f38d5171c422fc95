"""Copy the whole catalogue to another place: into a file, or into an empty database on a server."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from census_app.exchange.paper import short_groups
from census_app.services.ports import CatalogueStore
from census_app.services.progress import Progress
from census_app.services.relocating import Relocated, copy_open_catalogue
from census_app.settings.files import safe_file_name
from census_app.ui.catalogue.act_dialog import ActDialog
from census_app.ui.catalogue.place_field import FILE, SERVER, SUFFIX, PlaceField
from census_app.ui.catalogue.session import CatalogueSession
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


class CopyDialog(ActDialog):
    """Where to; the copy is compared with the original before it is said to be there.

    Signals:
        copied: What was made, in a sentence.
    """

    copied = Signal(str)

    def __init__(self, session: CatalogueSession, words: Words, parent: QWidget | None) -> None:
        super().__init__(words, words("CS_COPY_TITLE"), parent, 640)
        self._session = session
        self.place = PlaceField(words)
        self.column.addWidget(page.label(words("CS_COPY_LEAD"), "hint", wrap=True))
        self.column.addWidget(self.place)
        self.column.addStretch(1)
        store, state = session.store, session.state
        day = session.clock.now().astimezone().date().isoformat()
        name = state.facts.name if state is not None else words("CT_FILE_STEM")
        # Beside the file it came from the copy would be lost with it; the person chooses better.
        folder = Path.home() if store.shared else store.path.parent
        self.place.suggest(folder / safe_file_name(f"{name} {day}{SUFFIX}"))
        self.place.ways.button(FILE if store.shared else SERVER).setChecked(True)
        self.place.changed.connect(self.update_ready)
        self.finish(words("CS_COPY_VERB"), Icon.COPY)

    @override
    def ready(self) -> bool:
        return self.place.target is not None

    @override
    def act(self) -> None:
        target, copier = self.place.target, self._session.services
        if target is None:
            return

        def work(store: CatalogueStore, _progress: Progress) -> Relocated:
            return copy_open_catalogue(copier, store, target)

        def done(made: Relocated) -> None:
            self.accept()
            self.copied.emit(
                self.words(
                    "CS_COPIED", place=target, packages=made.packages, decisions=made.decisions,
                    digest=short_groups(made.digest, 4),
                )
            )  # fmt: skip

        self._session.ask(work, self, done, self.fail, self.words("CS_COPYING"))
