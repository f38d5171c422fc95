"""Opens catalogues on servers for the desktop: asks where, connects off the window's thread, remembers no password."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from census_app.errors import CensusError
from census_app.services.progress import Progress
from census_app.ui.dialogs.messages import ErrorDialog, ProgressDialog
from census_app.ui.shell.tasks import Task, TaskRunner

if TYPE_CHECKING:
    from census_app.services.ports import CatalogueStore
    from census_app.ui.catalogue.server_dialog import ServerDialog, ServerPlace
    from census_app.ui.desktop import Desktop


class Servers(QObject):
    """What a desktop does about servers.

    Args:
        desktop: Knows the window that is shown and shows the next one.
    """

    def __init__(self, desktop: Desktop) -> None:
        super().__init__(desktop)
        self._desktop = desktop
        self.dialog: ServerDialog | None = None

    def ask(self, place: str = "") -> None:
        """Ask where a catalogue is; with a place remembered before, connect there at once."""
        from census_app.ui.catalogue.server_dialog import ServerDialog  # noqa: PLC0415

        desktop = self._desktop
        opening = desktop.services.open_catalogue
        dialog = ServerDialog(opening, desktop.words, place, desktop.window)
        dialog.opened.connect(self._on_opened)
        dialog.rejected.connect(desktop.forget_package)
        self.dialog = dialog
        dialog.open()
        if place:
            QTimer.singleShot(0, dialog, dialog.begin)

    def reopen(self, where: ServerPlace, shown: str = "") -> None:
        """Connect again, with the password that is still known, after the window was closed to be built anew."""
        desktop = self._desktop
        runner = TaskRunner(self._show_error, self._show_progress, self)
        opening = desktop.services.open_catalogue

        def failed(error: Exception) -> None:
            desktop.show_start()
            if not isinstance(error, CensusError):
                raise error
            self._show_error(error)
            self.ask()

        def work(_progress: Progress) -> tuple[CatalogueStore, str]:
            store = opening(where.address)
            return store, store.facts().name

        task = runner.on_database(
            work,
            self,
            partial(self._on_reopened, where, shown),
            failed,
            desktop.words("CS_CONNECTING"),
        )
        task.ended.connect(lambda _task: QTimer.singleShot(0, runner, runner.close))

    def _on_opened(self, where: ServerPlace, store: CatalogueStore, name: str) -> None:
        self.dialog = None
        self._desktop.show_server(where, store, name)

    def _on_reopened(
        self, where: ServerPlace, shown: str, made: tuple[CatalogueStore, str]
    ) -> None:
        self._desktop.show_server(where, *made, shown)

    def _show_error(self, error: CensusError) -> None:
        ErrorDialog(self._desktop.words, error, self._desktop.window).exec()

    def _show_progress(self, task: Task) -> None:
        ProgressDialog(self._desktop.words, task, self._desktop.window).show()
