"""A second start on a file that is open leads to its window; other files and other people do not meet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from census_app import bootstrap
from census_app.services.ports import WorkspaceStore
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.desktop import Desktop, run_desktop
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.instance import Instance, address_of, show_elsewhere

Until = Callable[[Callable[[], bool]], None]


def test_who_listens_for_a_file_is_told_and_nobody_else(
    themed: QApplication, tmp_path: Path, until: Until
) -> None:
    del themed
    heard: list[str] = []
    owner = QObject()
    instance = Instance(tmp_path, owner)
    instance.wanted.connect(lambda: heard.append("wanted"))
    mine, other = tmp_path / "a.censusdb", tmp_path / "b.censusdb"
    assert not show_elsewhere(tmp_path, mine)
    instance.listen(mine)
    assert show_elsewhere(tmp_path, mine)
    assert not show_elsewhere(tmp_path, other)
    assert not show_elsewhere(tmp_path / "elsewhere", mine)
    until(lambda: heard == ["wanted"])
    instance.listen(other)
    assert not show_elsewhere(tmp_path, mine)
    instance.stop()
    assert not show_elsewhere(tmp_path, other)
    instance.stop()


def test_two_names_of_one_file_are_one_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    assert address_of(tmp_path, tmp_path / "link" / "a") == address_of(tmp_path, tmp_path / "a")


def test_a_second_start_shows_the_window_and_ends(
    themed: QApplication,
    services: bootstrap.Services,
    preferences: Preferences,
    store: WorkspaceStore,
    until: Until,
) -> None:
    store.close()
    desktop = Desktop(themed, services, preferences)
    desktop.open_file(store.path)
    window = desktop.window
    assert isinstance(window, DepartmentWindow)
    until(lambda: window.session.problems.checked and not window.runner.busy)
    window.showMinimized()
    assert run_desktop(services, store.path, "zh") == 0
    until(lambda: not window.isMinimized())
    window.close()
    window.deleteLater()
    assert not show_elsewhere(services.data_dir(), store.path)
