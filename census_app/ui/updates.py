"""Brings a newer program from a file for the desktop, or says who does; starts the new one in the place of this one."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QObject, QProcess, QTimer
from PySide6.QtWidgets import QDialog

from census_app import __version__
from census_app.errors import CensusError
from census_app.services.progress import Progress
from census_app.services.updating import (
    Offer,
    Updated,
    go_back,
    look_at,
    other_version,
    refuse_no_newer,
    update,
)
from census_app.settings.installation import Installation, own_installation, own_way
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.dialogs.messages import QuestionDialog
from census_app.ui.dialogs.update_dialog import CHAPTER, HowToUpdateDialog, UpdateDialog
from census_app.ui.shell.frame import ShellWindow
from census_app.ui.shell.tasks import TaskRunner

if TYPE_CHECKING:
    from census_app.ui.catalogue.window import CatalogueWindow
    from census_app.ui.desktop import Desktop


class OpenFile:
    """The file that is open in a window: saved once more by the thread that owns it, and never closed from here.

    Args:
        window: None where no file is open, so that nobody asks for a snapshot.
    """

    def __init__(
        self, window: DepartmentWindow | CatalogueWindow | None, progress: Progress
    ) -> None:
        self._window, self._progress = window, progress

    def open_any(self, path: Path) -> OpenFile:
        """Return itself: the file is open."""
        del path
        return self

    def snapshot(self, reason: str) -> Path:
        """Write a snapshot and return where it lies."""
        window = cast("DepartmentWindow | CatalogueWindow", self._window)
        take = partial(window.session.store.snapshot, reason)
        return window.runner.from_database(take, self._progress)

    def close(self) -> None:
        """Do nothing: the window goes on with it."""


class Updates(QObject):
    """What a desktop does about newer programs.

    Args:
        desktop: Knows the window and the file that are open.
    """

    def __init__(self, desktop: Desktop) -> None:
        super().__init__(desktop)
        self._desktop = desktop
        self._runner: TaskRunner | None = None
        self.dialog: QDialog | None = None

    def ask(self) -> None:
        """Ask for the file, or say who brings a newer version to this computer."""
        place = own_installation()
        if place is None:
            self._say_how()
            return
        desktop = self._desktop
        running = place.running
        dialog = UpdateDialog(
            desktop.words,
            __version__,
            desktop.path.name if desktop.path is not None else "",
            other=other_version(place),
            waiting=running if running not in {"", __version__} else "",
            parent=desktop.window,
        )
        self._runner = TaskRunner(dialog.show_refusal, None, self)
        dialog.file_chosen.connect(partial(self._look, place))
        dialog.update_wanted.connect(partial(self._update, place))
        dialog.back_wanted.connect(partial(self._ask_back, place))
        dialog.restart_wanted.connect(partial(self._restart, place))
        dialog.finished.connect(self._on_finished)
        self.dialog = dialog
        dialog.open()

    def _say_how(self) -> None:
        desktop = self._desktop
        dialog = HowToUpdateDialog(desktop.words, own_way(), __version__, desktop.window)
        dialog.manual_wanted.connect(self._on_manual)
        dialog.finished.connect(dialog.deleteLater)
        self.dialog = dialog
        dialog.open()

    def _on_manual(self) -> None:
        if self.dialog is not None:
            self.dialog.accept()
        window = self._desktop.window
        if isinstance(window, ShellWindow):
            window.show_manual(CHAPTER)
        else:
            self._desktop.show_manual(CHAPTER)

    # -- doing -----------------------------------------------------------------------------------------------------

    def _look(self, place: Installation, path: Path, given: str) -> None:
        def work(_progress: Progress) -> Offer:
            offer = look_at(path, __version__, given=given)
            refuse_no_newer(offer, place)
            return offer

        self._run(work, "show_offer")

    def _update(self, place: Installation, path: Path, given: str) -> None:
        desktop = self._desktop
        window, file = desktop.window, desktop.path
        if isinstance(window, DepartmentWindow) and not window.may_close():
            return  # what was typed is not on the disk, and the person stays with it
        # The start window has no file, nor has a server.
        files = [file] if file is not None else []
        held = cast("DepartmentWindow | CatalogueWindow", window) if files else None

        def work(progress: Progress) -> Updated:
            return update(
                path, place, files, OpenFile(held, progress),
                given=given, present=__version__, progress=progress,
            )  # fmt: skip

        self._run(work, "show_done", busy=True)

    def _ask_back(self, place: Installation) -> None:
        words, other = self._desktop.words, other_version(place)
        question = QuestionDialog(
            words,
            words("UP_BACK_ASK", version=other),
            words("UP_BACK_WHY"),
            words("UP_BACK_DO"),
            self.dialog,
        )
        question.accepted.connect(lambda: self._run(lambda _p: go_back(place), "show_done"))
        question.finished.connect(question.deleteLater)
        question.open()

    def _run(self, work: Any, done: str, *, busy: bool = False) -> None:
        """Run work beside the window and hand its result to a method of the dialog."""
        dialog, runner = self.dialog, self._runner
        if not isinstance(dialog, UpdateDialog) or runner is None:
            return
        if busy:
            dialog.show_busy(busy=True)

        def failed(error: Exception) -> None:
            dialog.show_busy(busy=False)
            if not isinstance(error, CensusError):
                raise error
            dialog.show_refusal(error)

        runner.on_reading(work, dialog, getattr(dialog, done), failed)

    def _on_finished(self) -> None:
        dialog, runner = self.dialog, self._runner
        self.dialog = self._runner = None
        if runner is not None:
            runner.close()
            runner.deleteLater()
        if dialog is not None:
            dialog.deleteLater()

    # -- starting the other one ------------------------------------------------------------------------------------

    def _restart(self, place: Installation) -> None:
        if self.dialog is not None:
            self.dialog.accept()
        QTimer.singleShot(0, self, partial(self._change_over, place))

    def _change_over(self, place: Installation) -> None:
        """Close the window, and with it the file; then start the other program on it."""
        path = self._desktop.path
        if self._desktop.leave():
            process = QProcess()
            process.setProgram(str(place.program()))
            process.setArguments([str(path)] if path is not None else [])
            process.setWorkingDirectory(str(Path.home()))
            process.startDetached()
