"""Opening files, the start page, language and theme, as the program does it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel

from census_app import bootstrap
from census_app.domain.addresses import read_address
from census_app.errors import CensusError, EnvironmentProblem
from census_app.services.enrolling import make_root
from census_app.ui import desktop as desktop_module
from census_app.ui.catalogue.server_dialog import ServerPlace
from census_app.ui.catalogue.window import CatalogueWindow
from census_app.ui.department.arrival_dialogs import OutcomeDialog
from census_app.ui.department.unwritten_dialog import UnwrittenDialog
from census_app.ui.department.upgrade_dialog import UpgradeDialog
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.desktop import Desktop, run_desktop
from census_app.ui.shell import theme
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.first_run import NewFile
from census_app.ui.shell.package_dialog import PackageDialog
from census_app.ui.shell.start import StartWindow
from census_app.ui.shell.tasks import TaskRunner
from census_app.ui.shell.theme import ThemeName
from census_app.ui.shell.translation import Words
from tests.ui.seen import cut_texts

if TYPE_CHECKING:
    from tests.ui.conftest import Campaign

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def desktop(
    themed: QApplication, services: bootstrap.Services, preferences: Preferences
) -> Iterator[Desktop]:
    made = Desktop(themed, services, preferences)
    yield made
    if made.window is not None:
        made.window.close()
        made.window.deleteLater()
    theme.apply(themed, ThemeName.LIGHT)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The codes of the errors that were shown."""
    codes: list[str] = []

    class Recorder:
        def __init__(self, words: Words, error: Any, parent: object = None) -> None:
            codes.append(error.code)

        def exec(self) -> int:
            return 0

    monkeypatch.setattr(desktop_module, "ErrorDialog", Recorder)
    return codes


def _settle(desktop: Desktop, until: Until) -> DepartmentWindow:
    until(lambda: isinstance(desktop.window, DepartmentWindow))  # a rebuilt one comes in a moment
    window = desktop.window
    assert isinstance(window, DepartmentWindow)
    until(lambda: window.session.problems.checked and not window.runner.busy)
    return window


def test_the_start_page_says_what_to_do_first(desktop: Desktop) -> None:
    desktop.show_start()
    assert isinstance(desktop.window, StartWindow)
    assert desktop.window.new_button.text() == "新建填报文件"
    assert nameless_controls(desktop.window) == []


def test_a_workspace_is_made_opened_and_remembered(
    desktop: Desktop, until: Until, tmp_path: Path, code: str, preferences: Preferences
) -> None:
    path = tmp_path / "厅.censusdb"
    desktop.make_workspace(path, "江苏省环境保护厅", code)
    window = _settle(desktop, until)
    assert window.windowTitle() == "江苏省环境保护厅 — 厅.censusdb"
    assert preferences.recent_files() == [path]


def test_a_wrong_code_is_told_and_nothing_is_made(
    desktop: Desktop, told: list[str], tmp_path: Path
) -> None:
    desktop.show_start()
    desktop.make_workspace(tmp_path / "x.censusdb", "厅", "123")
    assert told == ["DEPARTMENT_CODE"]
    assert isinstance(desktop.window, StartWindow)
    assert list(tmp_path.glob("*.censusdb")) == []


def test_a_file_that_cannot_be_made_leaves_no_thread_behind(
    desktop: Desktop, told: list[str], until: Until, tmp_path: Path
) -> None:
    desktop.show_start()
    start = desktop.window
    assert isinstance(start, StartWindow)
    start.new_wanted.emit(NewFile(tmp_path / "x.censusdb", "厅", "123", "王五"))
    assert desktop.findChildren(TaskRunner)
    until(lambda: not desktop.findChildren(TaskRunner))
    assert told == ["DEPARTMENT_CODE"]
    assert desktop.window is start


@pytest.mark.parametrize(
    ("content", "code"), [(None, "FILE_MISSING"), (b"not a database at all" * 300, "DB_FOREIGN")]
)
def test_a_file_that_cannot_be_opened_leads_to_the_start_page(
    desktop: Desktop, told: list[str], tmp_path: Path, content: bytes | None, code: str
) -> None:
    path = tmp_path / "x.censusdb"
    if content is not None:
        path.write_bytes(content)
    desktop.open_file(path)
    assert told == [code]
    assert isinstance(desktop.window, StartWindow)


def test_a_package_opened_by_double_click_goes_into_the_file_one_names(
    desktop: Desktop, until: Until, tmp_path: Path, code: str
) -> None:
    path = tmp_path / "office.censusdb"
    bootstrap.create_workspace(path, department="示例厅", code=code).close()
    desktop.open_file(path)
    _settle(desktop, until)
    desktop.show_start()
    package = tmp_path / "review.census"
    package.write_bytes(b"no package")
    desktop.open_file(package)
    dialog = desktop.dialog
    assert isinstance(dialog, PackageDialog)
    assert nameless_controls(dialog) == cut_texts(dialog) == []
    dialog.take.click()
    window = _settle(desktop, until)
    until(lambda: isinstance(window.mail.arrivals.dialog, OutcomeDialog))
    outcome = window.mail.arrivals.dialog
    assert outcome is not None
    assert "review.census" in outcome.windowTitle() + "".join(
        label.text() for label in outcome.findChildren(QLabel)
    )
    outcome.accept()


def test_a_package_is_not_taken_into_another_file_later(
    desktop: Desktop, told: list[str], until: Until, tmp_path: Path, code: str
) -> None:
    package, gone = tmp_path / "review.census", tmp_path / "gone.censusdb"
    package.write_bytes(b"no package")
    desktop.open_file(package)
    dialog = desktop.dialog
    assert isinstance(dialog, PackageDialog)
    dialog.chosen.emit(str(gone))
    assert told == ["FILE_MISSING"]
    dialog.chosen.emit("postgresql+psycopg://nobody@127.0.0.1:1/none")
    asked = desktop.servers.dialog
    assert asked is not None
    asked.reject()
    path = tmp_path / "office.censusdb"
    bootstrap.create_workspace(path, department="示例厅", code=code).close()
    taken: list[object] = []
    desktop.open_file(path)
    window = _settle(desktop, until)
    window.mail.arrivals.ended.connect(taken.append)
    until(lambda: not window.runner.busy)
    assert not window.mail.arrivals.busy
    assert window.mail.arrivals.dialog is None
    assert taken == []


def test_a_package_before_any_file_says_what_to_do(desktop: Desktop, tmp_path: Path) -> None:
    package = tmp_path / "review.census"
    package.write_bytes(b"no package")
    desktop.open_file(package)
    dialog = desktop.dialog
    assert isinstance(dialog, PackageDialog)
    assert not dialog.take.isEnabled()
    assert "还没有打开过" in dialog.nothing.text()
    dialog.reject()


def test_language_and_theme_change_at_once_on_the_same_page(
    desktop: Desktop, until: Until, tmp_path: Path, code: str
) -> None:
    desktop.make_workspace(tmp_path / "厅.censusdb", "江苏省环境保护厅", code)
    _settle(desktop, until).guide.select("resources")
    _settle(desktop, until).language_requested.emit("en")
    window = _settle(desktop, until)
    until(lambda: window.guide.current() == "resources")
    assert window.words.language == "en"
    assert window.top.search.placeholderText().startswith("Search")
    window.theme_requested.emit("dark")
    window = _settle(desktop, until)
    assert theme.tokens() is theme.DARK
    assert desktop.window is window


def test_typing_survives_a_change_of_language(
    desktop: Desktop, until: Until, tmp_path: Path, code: str, qtbot: Any
) -> None:
    desktop.make_workspace(tmp_path / "厅.censusdb", "江苏省环境保护厅", code)
    window = _settle(desktop, until)
    page = window.records_page()
    assert page is not None
    until(lambda: page.state is not None)
    row = page._form_view().row("address")
    assert row is not None
    qtbot.keyClicks(row.editor.line, "Nanjing")  # type: ignore[attr-defined]
    window.language_requested.emit("en")
    window = _settle(desktop, until)
    record = window.session.store.record("department", page.record)
    assert record is not None
    assert record.values["address"] == "Nanjing"


def test_the_program_ends_with_zero_when_its_window_is_closed(
    themed: QApplication,
    services: bootstrap.Services,
    store: Any,
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked_at = data_dir / "opened" / str(os.getpid()) / "ab" / "a.pdf"
    looked_at.parent.mkdir(parents=True)
    looked_at.write_bytes(b"%PDF")
    store.close()
    shown: list[str] = []

    def close_soon(self: Desktop, window: Any) -> None:
        self.window = window
        window.show()
        shown.append(type(window).__name__)
        QTimer.singleShot(50, window.close)

    monkeypatch.setattr(Desktop, "_replace", close_soon)
    assert run_desktop(services, store.path, "zh") == 0
    assert shown == ["DepartmentWindow"]
    assert not looked_at.exists(), "a copy of an attached file outlived the program"


def test_the_program_can_end_after_a_server_did_not_answer_again(
    desktop: Desktop, themed: QApplication, monkeypatch: pytest.MonkeyPatch, until: Until
) -> None:
    told: list[CensusError] = []
    monkeypatch.setattr(desktop.servers, "_show_error", told.append)
    before = themed.quitOnLastWindowClosed()
    themed.setQuitOnLastWindowClosed(False)  # as while a window is built anew
    place = "postgresql://127.0.0.1:1/census"
    desktop.servers.reopen(ServerPlace(read_address(place), place))
    until(lambda: desktop.servers.dialog is not None)
    assert themed.quitOnLastWindowClosed()
    assert (len(told), type(desktop.window)) == (1, StartWindow)
    themed.setQuitOnLastWindowClosed(before)
    assert desktop.servers.dialog is not None
    desktop.servers.dialog.close()


def test_a_catalogue_opens_in_its_own_window(
    desktop: Desktop, until: Until, services: bootstrap.Services, tmp_path: Path
) -> None:
    _key, root = make_root(
        "根", tmp_path / "root", "一二三四五六七八九十甲乙", clock=services.clock
    )
    path = tmp_path / "catalogue.censusdb"
    bootstrap.create_catalogue(path, name="省目录", roots_pem=root.read_text()).close()
    desktop.open_file(path)
    window = desktop.window
    assert isinstance(window, CatalogueWindow)
    until(lambda: not window.runner.busy)
    window.language_requested.emit("en")
    until(lambda: desktop.window is not None)
    again = desktop.window
    assert isinstance(again, CatalogueWindow)
    assert again is not window
    until(lambda: not again.runner.busy)


def test_a_newer_form_set_opens_the_window_anew(
    desktop: Desktop,
    until: Until,
    tmp_path: Path,
    campaign: Campaign,
    v2_folder: Path,
    code: str,
) -> None:
    path = tmp_path / "厅.censusdb"
    desktop.make_workspace(path, "江苏省环境保护厅", code)
    before = _settle(desktop, until)
    campaign.enrol(before.session.store)
    before.mail.arrivals.take([campaign.bundle(v2_folder)])
    until(lambda: isinstance(before.mail.arrivals.dialog, OutcomeDialog))
    until(lambda: not before.runner.busy)
    before.mail.arrivals.dialog.accept()  # type: ignore[union-attr]
    until(lambda: isinstance(before.mail.dialog, UpgradeDialog))
    before.mail.dialog.upgrade.click()  # type: ignore[union-attr]
    until(lambda: desktop.window is not None and desktop.window is not before)
    after = _settle(desktop, until)
    assert after.session.form_set.version == "v2"
    assert after.notice.isHidden()


def test_a_window_with_words_the_disk_refuses_is_not_left_unasked(
    desktop: Desktop, until: Until, tmp_path: Path, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "厅.censusdb"
    desktop.make_workspace(path, "江苏省环境保护厅", code)
    window = _settle(desktop, until)

    def refuse(_store: object, _step: object) -> None:
        raise EnvironmentProblem("DISK_FULL", path="x")

    monkeypatch.setattr(type(window.session.store), "write", refuse)
    window.session.set_text("department", window.session.own_record, "address", "Nanjing")
    until(lambda: window.session.unwritten.refused_by_disk is not None)
    assert window.status.left_text().startswith("1 项改动尚未写入磁盘")
    pressed: list[str] = []

    def press(name: str) -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, UnwrittenDialog)
        assert nameless_controls(dialog) == []
        assert cut_texts(dialog) == []
        assert dialog.text.toPlainText().endswith("→ Nanjing")
        pressed.append(name)
        getattr(dialog, name).click()

    changes: tuple[Callable[[], object], ...] = (
        partial(window.language_requested.emit, "en"),
        window.open_requested.emit,
    )
    for leave in changes:
        QTimer.singleShot(0, window, partial(press, "back"))
        leave()
        assert desktop.window is window
        assert window.isVisible()
        assert (desktop.path, desktop.words.language) == (path, "zh")
    QTimer.singleShot(0, window, partial(press, "drop"))
    desktop.show_start()
    assert pressed == ["back", "back", "drop"]
    assert isinstance(desktop.window, StartWindow)
