"""What the program does when a file does not open for work, and what it shows a technician."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog, QFileDialog, QMainWindow

from census_app.domain.safekeeping import SnapshotFile
from census_app.errors import CensusError
from census_app.services.backing_up import look_into, restore_closed
from census_app.services.ports import CatalogueStore, WorkspaceStore, as_workspace
from census_app.services.progress import Progress
from census_app.services.salvaging import SalvageDone, lost_lines, salvage_file
from census_app.settings.files import free_name
from census_app.ui.dialogs.messages import (
    ErrorDialog,
    MessageDialog,
    ProgressDialog,
    QuestionDialog,
)
from census_app.ui.dialogs.trouble import CODES, TroubleDialog
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.tasks import Task, TaskRunner

if TYPE_CHECKING:
    from census_app.ui.department.reader_window import ReaderWindow
    from census_app.ui.desktop import Desktop

T = TypeVar("T")


class Rescue(QObject):
    """Offers what helps when a file is locked, damaged or newer, and gathers support information.

    Args:
        desktop: Opens files and knows the window that is shown.
    """

    def __init__(self, desktop: Desktop) -> None:
        super().__init__(desktop)
        self._desktop = desktop
        self.dialog: QDialog | None = None
        self.reader: ReaderWindow | None = None

    def helps(self, error: CensusError) -> bool:
        """Say whether there is more to offer than the error itself."""
        return error.code in CODES

    def offer(self, path: Path, error: CensusError) -> None:
        """Show the error with what can be done instead."""
        vault = self._desktop.services.vault

        def newest(_progress: Progress) -> SnapshotFile | None:
            # A catalogue's snapshot is restored on the command line: it has no window to be looked at in.
            for each in reversed(vault.snapshots(path)):
                if look_into(vault, each).contents is not None:
                    return each
            return None

        self._run(newest, partial(self._on_newest, path, error))

    def _on_newest(self, path: Path, error: CensusError, newest: SnapshotFile | None) -> None:
        dialog = TroubleDialog(self._desktop.words, error, newest, self._window)
        acts: dict[str, Callable[[], object]] = {
            "again": partial(self._desktop.open_file, path),
            "look": partial(self.look, path, error),
            "salvage": partial(self.salvage, path),
        }
        if newest is not None:
            acts["look_snapshot"] = partial(self.look_snapshot, newest)
            acts["restore"] = partial(self.restore, path, newest)
        dialog.chosen.connect(lambda act: acts[act]())
        self._open(dialog)

    # -- looking -------------------------------------------------------------------------------------------------------

    def look_snapshot(self, file: SnapshotFile) -> None:
        """Open a snapshot for reading only."""
        vault, words = self._desktop.services.vault, self._desktop.words
        at = file.at.astimezone().strftime("%Y-%m-%d %H:%M")
        told = words("RD_SNAPSHOT", at=at)
        self._run(lambda _p: vault.look(file.path), partial(self._read, told))

    def look(self, path: Path, error: CensusError) -> None:
        """Open a damaged or newer file for reading only."""
        vault, words = self._desktop.services.vault, self._desktop.words
        damaged = error.code == "DB_DAMAGED"
        told = words("RD_DAMAGED" if damaged else "RD_NEWER", file=path.name)
        self._run(lambda _p: vault.look(path, sound=not damaged), partial(self._read, told))

    def _read(self, told: str, store: WorkspaceStore) -> None:
        from census_app.ui.department.reader_window import ReaderWindow  # noqa: PLC0415

        self.close()
        try:
            self.reader = ReaderWindow(store, self._desktop.words, told)
        except CensusError as error:  # so damaged that it does not even say what it is
            store.close()
            self._show_error(error)
            return
        self.reader.done.connect(self._on_read)
        self.reader.show()

    def _on_read(self) -> None:
        reader, self.reader = self.reader, None
        if reader is not None:
            reader.deleteLater()

    def close(self) -> None:
        """Close what is being read."""
        if self.reader is not None:
            self.reader.close()

    # -- mending -------------------------------------------------------------------------------------------------------

    def restore(self, path: Path, file: SnapshotFile) -> None:
        """Put the newest snapshot in the place of a damaged file, after asking."""
        words = self._desktop.words
        at = file.at.astimezone().strftime("%Y-%m-%d %H:%M")
        dialog = QuestionDialog(
            words, words("TR_RESTORE_ASK", at=at), words("TR_RESTORE_WHY"), words("BK_RESTORE_NOW"),
            self._window,
        )  # fmt: skip
        dialog.accepted.connect(partial(self._restore, path, file))
        self._open(dialog)

    def _restore(self, path: Path, file: SnapshotFile) -> None:
        services = self._desktop.services

        def work(_progress: Progress) -> WorkspaceStore | CatalogueStore:
            restore_closed(services.vault, path, file, actor=services.actor, clock=services.clock)
            return services.open_any(path)

        self._run(
            work, partial(self._desktop.show_opened_soon, path), self._desktop.words("BK_RESTORING")
        )

    def salvage(self, path: Path) -> None:
        """Ask where what can be read shall go."""
        words = self._desktop.words
        proposed = free_name(path.with_name(words("TR_SALVAGE_NAME", name=path.stem) + path.suffix))
        name, _kind = QFileDialog.getSaveFileName(
            self._window, words("TR_SALVAGE"), str(proposed), "*.censusdb"
        )
        if name:
            self.salvage_to(path, Path(name))

    def salvage_to(self, path: Path, to: Path) -> None:
        """Save what can be read into a new file, then say what is missing."""
        services, language = self._desktop.services, self._desktop.words.language

        def work(_progress: Progress) -> SalvageDone:
            return salvage_file(
                services.vault,
                path,
                to,
                actor=services.actor,
                clock=services.clock,
                language=language,
            )

        self._run(work, self._on_salvaged, self._desktop.words("TR_SALVAGING"))

    def _on_salvaged(self, done: SalvageDone) -> None:
        words = self._desktop.words
        dialog = SalvagedDialog(done, self._desktop)
        dialog.accepted.connect(partial(self._desktop.open_file, done.saved.path))
        dialog.setWindowTitle(words("TR_SALVAGE"))
        self._open(dialog)

    # -- support -------------------------------------------------------------------------------------------------------

    def support(self) -> None:
        """Show what a technician needs to know of the program and of the open file."""
        from census_app.services.diagnosing import examine  # noqa: PLC0415
        from census_app.services.supporting import Bundle, gather  # noqa: PLC0415
        from census_app.ui.dialogs.support import SupportDialog  # noqa: PLC0415

        desktop, window = self._desktop, self._window
        dialog = SupportDialog(desktop.words, window)
        extra = _screen(window)
        session = getattr(window, "session", None)
        opened = getattr(session, "store", None)
        store = as_workspace(opened) if opened is not None else None
        path = desktop.path

        def work(progress: Progress) -> Bundle:
            return gather(
                desktop.services, examine(desktop.services), store=store, path=path, extra=extra,
                language=desktop.words.language, progress=progress,
            )  # fmt: skip

        runner = getattr(window, "runner", None)
        if isinstance(runner, TaskRunner):
            runner.on_database(work, dialog, dialog.show_bundle)
        else:
            self._run(work, dialog.show_bundle)
        self._open(dialog)

    # -- inside --------------------------------------------------------------------------------------------------------

    @property
    def _window(self) -> QMainWindow | None:
        return self._desktop.window

    def _run(
        self, work: Callable[[Progress], T], done: Callable[[T], object], title: str = ""
    ) -> None:
        """Run work away from the window's thread, with a runner of its own: there may be no window with one."""
        runner = TaskRunner(self._show_error, self._show_progress, self)

        def finished(result: T) -> None:
            runner.close()
            done(result)

        def failed(error: Exception) -> None:
            runner.close()
            runner.report(error)

        runner.on_reading(work, self, finished, failed, title)

    def _show_error(self, error: CensusError) -> None:
        ErrorDialog(self._desktop.words, error, self._window).exec()

    def _show_progress(self, task: Task) -> None:
        ProgressDialog(self._desktop.words, task, self._window).show()

    def _open(self, dialog: QDialog) -> None:
        self.dialog = dialog
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


class SalvagedDialog(MessageDialog):
    """What was saved and what is missing; accepting opens the new file."""

    def __init__(self, done: SalvageDone, desktop: Desktop) -> None:
        words = desktop.words
        super().__init__(words("TR_SALVAGE"), desktop.window, width=600)
        count = sum(done.saved.counts.values())
        self.add_heading(
            words("TR_SALVAGED", count=words.count(count), file=done.saved.path.name),
            Icon.CHECK if not done.saved.lost else Icon.ALERT,
            theme.tokens().good if not done.saved.lost else theme.tokens().warn,
        )
        if done.note is not None:
            text = words(
                "TR_LOST", lost=len(done.missing), doubt=len(done.doubtful), note=done.note.name
            )
            self.add_text(text)
            shown = lost_lines(done.saved, words.language)[:8]
            self.add_text("\n".join(shown), "hint")
        self.add_text(words("TR_SALVAGED_NEXT"))
        self.buttons.addStretch(1)
        self.buttons.addWidget(page.button(words("UI_CLOSE"), self.reject))
        self.buttons.addWidget(page.button(words("TR_OPEN_SAVED"), self.accept, "primary"))
        self.finish()


def _screen(window: QMainWindow | None) -> dict[str, str]:
    """Return what the window system says of itself."""
    from PySide6 import __version__ as pyside  # noqa: PLC0415
    from PySide6.QtGui import QGuiApplication  # noqa: PLC0415

    found = {"pyside": pyside, "window system": QGuiApplication.platformName()}
    screen = window.screen() if window is not None else QGuiApplication.primaryScreen()
    if screen is not None:
        size = screen.size()
        found["screen"] = f"{size.width()}x{size.height()} at {screen.devicePixelRatio():.2f}"
    return found
