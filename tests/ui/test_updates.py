"""A newer program from a file, brought from the window: looked at, compared, the open file saved, then started."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QLabel

from census_app import __version__, bootstrap
from census_app.errors import UserError
from census_app.services.ports import WorkspaceStore
from census_app.settings.files import file_sha256
from census_app.settings.installation import Installation
from census_app.ui.catalogue.window import CatalogueWindow
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.desktop import Desktop
from census_app.ui.dialogs.messages import QuestionDialog
from census_app.ui.dialogs.update_dialog import HowToUpdateDialog, UpdateDialog
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.frame import ShellWindow
from census_app.ui.shell.start import StartWindow
from tests.ui.seen import cut_texts, open_placeholders
from tests.unit.settings.test_installation import archive

Until = Callable[[Callable[[], bool]], None]
NEWER, OLDER = "99.0.0", "0.0.1"


@pytest.fixture
def desktop(
    themed: QApplication, services: bootstrap.Services, preferences: Preferences
) -> Iterator[Desktop]:
    made = Desktop(themed, services, preferences)
    yield made
    if made.updates.dialog is not None:
        made.updates.dialog.close()
    if made.window is not None:
        made.window.close()
        made.window.deleteLater()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """The program as it is when it was installed from our archive."""
    made = Installation(tmp_path / "program")
    made.switch_to(made.add(archive(tmp_path / "present.tar.gz", version=__version__)))
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(made.folder(__version__) / "census-desktop"))
    return made


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """A newer program that writes down what it was started with."""
    act = f'[ "$1" = selftest ] || echo "$1" > "{tmp_path}/started"'
    return archive(tmp_path / "census-99.tar.gz", version=NEWER, selftest=act)


@pytest.fixture
def office(store: WorkspaceStore) -> Path:
    store.close()
    return store.path


def publish(path: Path) -> None:
    (path.parent / "SHA256SUMS").write_text(f"{file_sha256(path)}  {path.name}\n")


def menu_entry(window: ShellWindow) -> QAction:
    entries = [a for a in window.menu.actions() if a.text() == window.words("UP_MENU")]
    assert len(entries) == 1
    return entries[0]


def asked(desktop: Desktop) -> UpdateDialog:
    """Open the dialog from where the person finds it."""
    if isinstance(desktop.window, StartWindow):
        desktop.window.update_button.click()
    else:
        assert isinstance(desktop.window, ShellWindow)
        menu_entry(desktop.window).trigger()
    dialog = desktop.updates.dialog
    assert isinstance(dialog, UpdateDialog)
    return dialog


def well_made(dialog: UpdateDialog | HowToUpdateDialog, until: Until) -> None:
    until(lambda: not cut_texts(dialog))  # it grows a moment after a text came
    assert nameless_controls(dialog) + open_placeholders(dialog) == []


def opened(desktop: Desktop, path: Path, until: Until) -> DepartmentWindow:
    desktop.open_file(path)
    window = desktop.window
    assert isinstance(window, DepartmentWindow)
    until(lambda: window.session.problems.checked and not window.runner.busy)
    return window


def test_the_open_file_is_saved_and_the_new_program_opens_it_again(
    desktop: Desktop, place: Installation, newer: Path, office: Path, until: Until, tmp_path: Path
) -> None:
    publish(newer)
    opened(desktop, office, until)
    dialog = asked(desktop)
    assert not dialog.do.isEnabled()
    assert office.name in dialog.lead.text()
    dialog.choose(newer)
    until(dialog.do.isEnabled)
    assert f"{__version__} 版 → {NEWER} 版" in dialog.offer.text()
    well_made(dialog, until)
    dialog.do.click()
    dialog.reject()  # it is under way, and is not left half done
    assert dialog.isVisible()
    until(dialog.restart.isVisible)
    well_made(dialog, until)
    assert place.running == NEWER
    saved = list(office.parent.rglob("*-update.censusdb"))
    assert len(saved) == 1
    assert str(saved[0]) in dialog.said.text()
    dialog.restart.click()
    started = tmp_path / "started"
    until(lambda: started.is_file() and started.read_text() == f"{office}\n")
    assert desktop.window is not None
    assert not desktop.window.isVisible()
    bootstrap.open_workspace(office).close()  # its lock is gone: the new program can open it


@pytest.mark.parametrize(
    ("version", "code"), [(OLDER, "UPDATE_OLDER"), (__version__, "UPDATE_SAME"), ("", "")]
)
def test_what_is_no_newer_program_is_refused_in_words(
    desktop: Desktop, place: Installation, tmp_path: Path, until: Until, version: str, code: str
) -> None:
    file = tmp_path / "census-x.tar.gz"
    if version:
        archive(file, version=version)
        publish(file)
    else:
        file.write_bytes(b"a letter, not a program")
    desktop.show_start()
    dialog = asked(desktop)
    dialog.choose(file)
    until(dialog.said.isVisible)
    told = desktop.words.explain(UserError(code or "UPDATE_ARCHIVE", version=version,
                                           present=__version__, path=str(file), why=""))  # fmt: skip
    assert dialog.said.text().startswith(told.what[:12])
    well_made(dialog, until)
    assert not dialog.do.isEnabled()
    assert place.versions() == [__version__]


def test_without_a_list_the_published_hash_is_typed(
    desktop: Desktop, place: Installation, newer: Path, until: Until
) -> None:
    desktop.show_start()
    dialog = asked(desktop)
    dialog.choose(newer)
    until(dialog.hash.isVisible)
    assert not dialog.do.isEnabled()
    well_made(dialog, until)
    dialog.hash.setText("ab" * 32)
    dialog.do.click()
    until(lambda: "不一致" in dialog.said.text())
    assert place.versions() == [__version__]
    dialog.hash.setText(file_sha256(newer).upper())
    dialog.do.click()
    until(dialog.restart.isVisible)
    assert place.running == NEWER


def test_one_goes_back_to_the_version_before(
    desktop: Desktop, place: Installation, newer: Path, until: Until
) -> None:
    place.switch_to(place.add(newer))
    desktop.show_start()
    dialog = asked(desktop)
    assert dialog.restart.isVisible()  # the newer one waits for the next start
    dialog.back.click()
    question = dialog.findChild(QuestionDialog)
    assert question is not None
    question.accept()
    until(lambda: place.running == __version__)
    until(lambda: __version__ in dialog.offer.text())


def test_the_catalogue_s_window_offers_it_too(
    desktop: Desktop, place: Installation, newer: Path, campaign_file: Path, until: Until
) -> None:
    publish(newer)
    desktop.open_file(campaign_file)
    window = desktop.window
    assert isinstance(window, CatalogueWindow)
    until(lambda: not window.runner.busy)
    dialog = asked(desktop)
    dialog.choose(newer)
    until(dialog.do.isEnabled)
    dialog.do.click()
    until(dialog.restart.isVisible)
    assert place.running == NEWER
    assert list(campaign_file.parent.rglob("*-update.censusdb"))


@pytest.fixture
def campaign_file(tmp_path: Path, services: bootstrap.Services) -> Path:
    path = tmp_path / "目录.censusdb"
    bootstrap.create_catalogue(path, name="省统筹部门", roots_pem="", clock=services.clock).close()
    return path


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_program_that_others_update_says_how(
    desktop: Desktop, preferences: Preferences, language: str, until: Until
) -> None:
    preferences.language = language
    desktop.show_start()
    start = desktop.window
    assert isinstance(start, StartWindow)
    start.update_button.click()
    dialog = desktop.updates.dialog
    assert isinstance(dialog, HowToUpdateDialog)
    well_made(dialog, until)
    shown = " ".join(label.text() for label in dialog.findChildren(QLabel))
    assert __version__ in shown
    assert "bootstrap.py install" in shown
