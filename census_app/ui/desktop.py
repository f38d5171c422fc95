"""Opens windows and closes them: start, department, catalogue; language and theme; what happens in a crash."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, Self, cast

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow

from census_app.domain.addresses import Target
from census_app.errors import CensusError
from census_app.services.attaching import take_back
from census_app.services.lookup import stamp
from census_app.services.ports import (
    CatalogueStore,
    Workshop,
    WorkspaceStore,
    as_catalogue,
    as_workspace,
)
from census_app.services.progress import Progress
from census_app.settings.paths import opened_dir
from census_app.ui.department.session import DesktopServices
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.dialogs.messages import CrashDialog, ErrorDialog, ProgressDialog
from census_app.ui.rescue import Rescue
from census_app.ui.servers import Servers
from census_app.ui.shell import theme
from census_app.ui.shell.application import (
    CrashReporter,
    GarbageInWindowThread,
    Preferences,
    collect_garbage_safely,
    create_application,
    is_file_place,
    set_language,
)
from census_app.ui.shell.first_run import ACTOR, SUFFIX, NewFile
from census_app.ui.shell.frame import ShellWindow
from census_app.ui.shell.instance import Instance, show_elsewhere
from census_app.ui.shell.recent import RecentFiles
from census_app.ui.shell.start import StartWindow
from census_app.ui.shell.tasks import Task, TaskRunner
from census_app.ui.shell.theme import ThemeName
from census_app.ui.shell.translation import Words

if TYPE_CHECKING:
    from census_app.services.carrying import RoundBegun
    from census_app.services.founding import CatalogueFounded, CatalogueJoined
    from census_app.ui.catalogue.server_dialog import ServerPlace
    from census_app.ui.updates import Updates

Store = WorkspaceStore | CatalogueStore
THAW_AFTER_MS: Final = 500
PACKAGE_SUFFIX: Final = ".census"


class OpeningServices(DesktopServices, Workshop, Protocol):
    """What opens files; `bootstrap.Services` gives it."""

    def open_any(self, path: Target) -> Store:
        """Open a file as what it is."""

    def acting_as(self, actor: str) -> Self:
        """Return the same for another person."""

    def make_practice(self, path: Path, progress: Progress) -> WorkspaceStore:
        """Make a practice file with planted mistakes."""

    def discard_practice(self, path: Path) -> None:
        """Delete a practice file; a real one is refused."""

    def place_kind(self, path: Path) -> str:
        """Say what speaks against making a file there; see `first_run.PlaceCheck`."""


class Desktop(QObject):
    """Holds the window that is open, and opens the next one.

    Args:
        services: What comes from outside.
    """

    def __init__(
        self, app: QApplication, services: OpeningServices, preferences: Preferences
    ) -> None:
        super().__init__()
        self._app = app
        self._services = services
        self._preferences = preferences
        self.window: QMainWindow | None = None
        self.dialog: QDialog | None = None
        self._path: Path | None = None
        self._server: ServerPlace | None = None
        self._expecting: tuple[str, Path] | None = None  # place, and the package that it shall take
        self.rescue = Rescue(self)
        self.servers = Servers(self)
        self._instance = Instance(services.data_dir(), self)
        self._instance.wanted.connect(self._come_forward)

    @property
    def services(self) -> OpeningServices:
        """What comes from outside."""
        return self._services

    @property
    def path(self) -> Path | None:
        """The file that is open."""
        return self._path

    @property
    def words(self) -> Words:
        """The texts of the language in force."""
        return Words(self._preferences.language)

    def show_start(self) -> None:
        """Show the start window, unless the person stays in the present one."""
        services = self._acting()
        window = StartWindow(self.words, self._preferences, services.place_kind, services.actor)
        window.open_wanted.connect(self.open_file)
        window.server_wanted.connect(self.servers.ask)
        window.new_wanted.connect(self._on_new)
        window.catalogue_wanted.connect(self.new_catalogue)
        window.manual_wanted.connect(self.show_manual)
        window.update_wanted.connect(self._on_update)
        window.practice_wanted.connect(self.open_practice)
        window.last_year_wanted.connect(self.begin_round)
        window.language_requested.connect(self._on_language)
        window.theme_requested.connect(self._on_theme)
        if self._replace(window):
            self._path = self._server = None
            # A window that was to be built anew may have failed.
            self._app.setQuitOnLastWindowClosed(True)

    def open_file(self, path: Path) -> None:
        """Open a file in the window that suits it; an error leaves the present window.

        A package, as a double click brings it, is taken into the file that the person names.
        """
        if path.suffix.lower() == PACKAGE_SUFFIX and path.is_file():
            self._ask_where(path)
        else:
            self._open(path, lambda: self._services.open_any(path))

    def _ask_where(self, package: Path) -> None:
        """Ask which file shall take a package; nothing of the package is read before that file verifies it."""
        from census_app.ui.shell.package_dialog import PackageDialog  # noqa: PLC0415

        if self.window is None:
            self.show_start()
        dialog = PackageDialog(self.words, self._preferences, package, self.window)
        dialog.chosen.connect(partial(self._open_for, package))
        dialog.finished.connect(dialog.deleteLater)
        self.dialog = dialog
        dialog.open()

    def _open_for(self, package: Path, place: str) -> None:
        """Open the file or the catalogue that takes a package."""
        self.dialog, self._expecting = None, (place, package)
        if is_file_place(place):
            self.open_file(Path(place))
        else:
            self.servers.ask(place)

    def _hand_over(self, place: str, window: ShellWindow) -> None:
        """Give a window the package it was opened for; one that waits for another place is forgotten."""
        expecting, self._expecting = self._expecting, None
        if expecting is not None and expecting[0] == place:
            QTimer.singleShot(0, window, partial(window.take_files, [expecting[1]]))

    def forget_package(self) -> None:
        """Let no window take the package that was to be opened: the person did not go on."""
        self._expecting = None

    def make_workspace(self, path: Path, department: str, code: str) -> None:
        """Make a workspace and open it."""
        self._open(path, lambda: self._services.create_workspace(path, department, code))

    def begin_round(self) -> None:
        """Ask for last year's file or package, make this round's file from it, and open that."""
        from census_app.ui.department.begin_round_dialog import BeginRoundDialog  # noqa: PLC0415

        dialog = BeginRoundDialog(self._services, self.words, self.window)
        dialog.begun.connect(self._on_begun)
        self.dialog = dialog
        dialog.open()

    def _on_begun(self, begun: RoundBegun) -> None:
        self.dialog = None
        self.open_file(begun.path)

    def _on_new(self, wanted: NewFile) -> None:
        """Make a workspace on another thread, then show the preview of the lists that were chosen for it."""
        services = self._acting()

        def made(store: WorkspaceStore) -> None:
            self.show_opened_soon(wanted.path, store)
            QTimer.singleShot(0, self, partial(self._import, wanted.lists))

        self._beside().on_database(
            lambda _p: services.create_workspace(wanted.path, wanted.name, wanted.code), self, made
        )

    def _beside(self) -> TaskRunner:
        """Return a runner for one piece of work before there is a window; it goes however the work ends."""
        runner = TaskRunner(self._show_error, self._show_progress, self)
        runner.busy_changed.connect(self._on_beside)
        return runner

    def _on_beside(self, busy: bool) -> None:
        runner = self.sender()
        if isinstance(runner, TaskRunner) and not busy:
            QTimer.singleShot(0, runner, runner.close)  # not at once: its task is not yet through
            QTimer.singleShot(0, runner, runner.deleteLater)

    def _import(self, lists: tuple[Path, ...]) -> None:
        if lists and isinstance(self.window, DepartmentWindow):
            QTimer.singleShot(0, self.window, partial(self.window.acts.import_lists, lists))

    # -- practice --------------------------------------------------------------------------------------------------

    def open_practice(self) -> None:
        """Go on with the practice, or make it."""
        path = self._services.data_dir() / "practice" / f"{self.words('GD_TRAINING')}{SUFFIX}"
        if path.is_file():
            self.open_file(path)
        else:
            self._make_practice(path)

    def restart_practice(self) -> None:
        """Begin the practice of the open file again: it is deleted and made anew."""
        path = self._path
        if path is None:
            return
        self.show_start()  # closes the window and with it the file
        if self._path is not None:
            return  # the person stayed
        try:
            self._services.discard_practice(path)
        except CensusError as error:
            ErrorDialog(self.words, error, self.window).exec()
            return
        self._make_practice(path)

    def _make_practice(self, path: Path) -> None:
        """Make a practice file on another thread; importing and checking its lists takes a second or two."""
        services = self._acting()

        def made(store: WorkspaceStore) -> None:
            self.show_opened(path, store)

        title = self.words("GD_MAKING_PRACTICE")
        self._beside().on_database(
            lambda progress: services.make_practice(path, progress), self, made, title=title
        )

    def _show_error(self, error: CensusError) -> None:
        ErrorDialog(self.words, error, self.window).exec()

    def _show_progress(self, task: Task) -> None:
        ProgressDialog(self.words, task, self.window).show()

    @cached_property
    def updates(self) -> Updates:
        """What is done about newer programs: made when somebody asks, for a start has no use of it."""
        from census_app.ui.updates import Updates  # noqa: PLC0415

        return Updates(self)

    def _on_update(self) -> None:
        self.updates.ask()

    def show_manual(self, chapter: str = "") -> None:
        """Show the manual over the start window."""
        from census_app.ui.shell.manual import ManualDialog  # noqa: PLC0415

        dialog = ManualDialog(self.words, self.window)
        dialog.show_chapter(chapter)
        dialog.finished.connect(dialog.deleteLater)
        dialog.show()

    def _acting(self) -> OpeningServices:
        """Return the services for the person who fills in here."""
        actor = self._preferences.text(ACTOR)
        return self._services.acting_as(actor) if actor else self._services

    def new_catalogue(self) -> None:
        """Ask for what a catalogue needs, make it, say what was made, and open it."""
        from census_app.ui.catalogue.new_dialog import NewCatalogueDialog  # noqa: PLC0415

        dialog = NewCatalogueDialog(self._services, self.words, self._preferences, self.window)
        dialog.founded.connect(self._on_made)
        dialog.joined.connect(self._on_made)
        self.dialog = dialog
        dialog.open()

    def _on_made(self, made: CatalogueFounded | CatalogueJoined) -> None:
        from census_app.ui.catalogue.made_dialog import MadeDialog  # noqa: PLC0415
        from census_app.ui.catalogue.new_dialog import NewCatalogueDialog  # noqa: PLC0415

        dialog = MadeDialog(self.words, made, self.window)
        asked = self.dialog
        where = asked.place.chosen_server if isinstance(asked, NewCatalogueDialog) else None
        dialog.finished.connect(partial(self._open_made, made.target, where))
        self.dialog = dialog
        dialog.open()

    def _open_made(self, target: Target, where: ServerPlace | None, _result: int) -> None:
        self.dialog = None
        if isinstance(target, Path):
            self.open_file(target)
        elif where is not None:
            self.servers.reopen(where)

    def _open(self, path: Path, opening: Callable[[], Store]) -> None:
        with _waiting():
            try:
                store = opening()
            except CensusError as error:
                problem: CensusError | None = error
            else:
                problem = None
        if problem is not None:
            self.forget_package()
            if self.window is None:
                self.show_start()
            locked = problem.code == "DB_LOCKED"
            if locked and show_elsewhere(self._services.data_dir(), path):
                return
            if self.rescue.helps(problem):
                self.rescue.offer(path, problem)
            else:
                ErrorDialog(self.words, problem, self.window).exec()
            return
        self.show_opened(path, store)

    def show_opened(self, path: Path, store: Store) -> None:
        """Show the window of a file that was opened or made elsewhere."""
        self._remember(path, self._name_of(store))  # before the window's own thread begins to read
        self._present(path, self._prepared(store))

    def show_server(self, where: ServerPlace, store: Store, name: str, shown: str = "") -> None:
        """Show the window of a catalogue on a server; `name` is that of the body, `shown` the page to begin with."""
        self._remember(where.place, (name, False))
        window = self._prepared(store)
        QTimer.singleShot(0, self, partial(self._present_server, where, window, shown))

    def _present_server(self, where: ServerPlace, window: ShellWindow, shown: str) -> None:
        if not self._replace(window):
            self.forget_package()
            return
        self._path, self._server = None, where
        self._app.setQuitOnLastWindowClosed(True)
        self._hand_over(where.place, window)
        if shown:
            QTimer.singleShot(0, self, partial(self._select, shown))

    def show_opened_soon(self, path: Path, store: Store) -> None:
        """Do the same in two turns of the event loop: to build a window and to show it takes a moment each."""
        self._remember(path, self._name_of(store))
        window = self._prepared(store)
        QTimer.singleShot(0, self, partial(self._present, path, window))

    def _present(self, path: Path, window: ShellWindow) -> None:
        if not self._replace(window):
            self.forget_package()
            return
        self._path, self._server = path, None
        self._instance.listen(path)
        start = getattr(window, "start", None)
        if start is not None:
            QTimer.singleShot(0, window, start)
        self._hand_over(str(path), window)

    def _come_forward(self) -> None:
        """Show the window to the person who started the program again on its file."""
        if self.window is not None:
            self.window.setWindowState(self.window.windowState() & ~Qt.WindowState.WindowMinimized)
            self.window.raise_()
            self.window.activateWindow()

    @staticmethod
    def _name_of(store: Store) -> tuple[str, bool]:
        """Return whose file it is, and whether it is for practice; nothing else may be reading it yet."""
        workspace = as_workspace(store)
        catalogue = as_catalogue(store)
        name = catalogue.facts().name if catalogue is not None else ""
        training = False
        if workspace is not None:
            name, training = workspace.facts().department_name, workspace.facts().training
        return name, training

    def _remember(self, place: Path | str, told: tuple[str, bool]) -> None:
        """Put a file or a server at the head of the recent ones, with whose it is."""
        name, training = told
        opened = stamp(self._services.clock.now())
        RecentFiles(self._preferences).remember(place, name, opened, training=training)

    def _prepared(self, store: Store) -> ShellWindow:
        window = self._window_for(store)
        window.language_requested.connect(self._on_language)
        window.theme_requested.connect(self._on_theme)
        window.open_requested.connect(self.show_start)
        window.support_requested.connect(self.rescue.support)
        window.update_requested.connect(self._on_update)
        window.server_requested.connect(self.servers.ask)
        window.closing.connect(self._instance.stop)
        window.reopen_requested.connect(self._rebuild)
        if isinstance(window, DepartmentWindow):
            window.practice_again.connect(self.restart_practice)
        return window

    def _window_for(self, store: Store) -> ShellWindow:
        if hasattr(store, "rule_copy"):
            workspace = cast("WorkspaceStore", store)
            return DepartmentWindow(self._acting(), workspace, self._preferences, self.words)
        # The catalogue's window is loaded only for a catalogue: a department's PC never needs it.
        from census_app.ui.catalogue.window import CatalogueWindow  # noqa: PLC0415

        window: ShellWindow = CatalogueWindow(self._services, store, self._preferences, self.words)
        return window

    def _replace(self, window: QMainWindow) -> bool:
        """Show a window in the place of the present one; returns False when the person stays in that."""
        before = self.window
        if isinstance(before, DepartmentWindow) and not before.may_close():
            window.close()
            window.deleteLater()
            if self._path is not None:
                self._instance.listen(self._path)
            return False
        self._instance.stop()
        self.window = window
        window.show()
        if before is not None:
            before.close()
            self._leave(before)
        return True

    def leave(self) -> bool:
        """Close the window, and with it the file and the program; returns False when the person stays."""
        if self.window is not None and not self.window.close():
            return False
        self._app.quit()
        return True

    def _leave(self, window: QMainWindow) -> None:
        """Give up a window that is closed, and look for what it left a moment later."""
        window.deleteLater()
        for collector in self._app.findChildren(GarbageInWindowThread):
            QTimer.singleShot(THAW_AFTER_MS, collector, collector.thaw)

    def _on_language(self, language: str) -> None:
        def change() -> None:
            self._preferences.language = language
            set_language(self._app, language)
            theme.apply(self._app, self._preferences.theme, language)

        self._rebuild(change)

    def _on_theme(self, name: str) -> None:
        def change() -> None:
            self._preferences.theme = ThemeName(name)
            theme.apply(self._app, self._preferences.theme, self._preferences.language)

        self._rebuild(change)

    def _rebuild(self, change: Callable[[], None] = lambda: None) -> None:
        """Build the window anew: close, build, show, a turn of the event loop each.

        Icons and texts are made once, when a window is built; and the file may have changed as a whole.

        Args:
            change: What is to be different in the new one; not done when the person stays in the old one.
        """
        path, server, before = self._path, self._server, self.window
        if before is None or (path is None and server is None):
            change()
            self.show_start()
            return
        self._app.setQuitOnLastWindowClosed(False)  # for a moment there is no window
        shown = before.guide.current() if isinstance(before, ShellWindow) else ""
        if not before.close():  # releases the file; the person may want to stay
            self._app.setQuitOnLastWindowClosed(True)
            return
        self.window = None
        self._leave(before)
        QTimer.singleShot(0, self, partial(self._build_anew, change, path, server, shown))

    def _build_anew(
        self, change: Callable[[], None], path: Path | None, server: ServerPlace | None, shown: str
    ) -> None:
        change()  # now that the old window is gone: a theme dresses every widget there is, for more than a second
        if server is not None:
            self.servers.reopen(server, shown)
        elif path is not None:
            self._reopen(path, shown)

    def _reopen(self, path: Path, shown: str) -> None:
        try:
            store = self._services.open_any(path)
        except CensusError:
            self._app.setQuitOnLastWindowClosed(True)
            self.open_file(path)  # says why, and what can be done
            return
        self._remember(path, self._name_of(store))
        QTimer.singleShot(0, self, partial(self._show_again, path, self._prepared(store), shown))

    def _show_again(self, path: Path, window: ShellWindow, shown: str) -> None:
        self._present(path, window)
        self._app.setQuitOnLastWindowClosed(True)
        if shown:
            QTimer.singleShot(0, self, partial(self._select, shown))

    def _select(self, page_id: str) -> None:
        if isinstance(self.window, ShellWindow):
            self.window.guide.select(page_id)


@contextlib.contextmanager
def _waiting() -> Iterator[None]:
    QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
    try:
        yield
    finally:
        QGuiApplication.restoreOverrideCursor()


def run_desktop(services: OpeningServices, file: Path | None, language: str = "") -> int:
    """Open the window, or the start page when no file is named, and return the exit code when it is closed."""
    preferences = Preferences(services.data_dir())
    if language and not preferences.has_language:
        preferences.language = language
    app = create_application(preferences)
    if file is not None and show_elsewhere(services.data_dir(), file):
        return 0
    collect_garbage_safely(app)
    desktop = Desktop(app, services, preferences)

    def show_crash(text: str) -> None:
        CrashDialog(desktop.words, text, desktop.window).exec()

    reporter = CrashReporter(services.data_dir(), show_crash)
    reporter.install()
    app.setQuitOnLastWindowClosed(True)
    if file is None:
        desktop.show_start()
    else:
        desktop.open_file(file)
    try:
        return app.exec()
    finally:
        take_back(opened_dir(), str(os.getpid()), time.time())
        preferences.save()
        reporter.remove()
