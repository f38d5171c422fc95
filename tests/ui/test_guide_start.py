"""The start window and the three questions of a new workspace, driven by keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QDialog

from census_app import bootstrap
from census_app.errors import EnvironmentProblem
from census_app.storage import location
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.desktop import Desktop
from census_app.ui.shell import theme
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.first_run import ACTOR, FirstRunDialog, NewFile, code_verdict
from census_app.ui.shell.recent import RecentFiles, RecentModel
from census_app.ui.shell.start import StartWindow
from census_app.ui.shell.theme import ThemeName
from census_app.ui.shell.translation import Words

Until = Callable[[Callable[[], bool]], None]
NAME = "江苏省环境保护厅"


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
def dialog(
    preferences: Preferences, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FirstRunDialog]:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    made = FirstRunDialog(Words("zh"), preferences, bootstrap.place_kind, "李四")
    yield made
    made.deleteLater()


# -- files opened before ---------------------------------------------------------------------------------------------


def test_a_file_opened_before_is_one_enter_away(
    desktop: Desktop, until: Until, qtbot: Any, tmp_path: Path, code: str
) -> None:
    desktop.make_workspace(tmp_path / "厅.censusdb", NAME, code)
    desktop.show_start()
    start = desktop.window
    assert isinstance(start, StartWindow)
    start.activateWindow()
    qtbot.waitUntil(lambda: start.focusWidget() is start.recent)
    current = start.recent.current
    assert current is not None
    assert (current.name, current.missing) == (NAME, False)
    qtbot.keyClick(start.recent, Qt.Key.Key_Return)
    until(lambda: isinstance(desktop.window, DepartmentWindow))


def test_a_missing_file_is_marked_and_can_be_taken_off(
    preferences: Preferences, qtbot: Any, tmp_path: Path, store: Any
) -> None:
    files = RecentFiles(preferences)
    files.remember(tmp_path / "gone.censusdb", "旧部门", "2027-02-01T00:00:00Z", training=False)
    files.remember(store.path, NAME, "2027-02-02T00:00:00Z", training=True)
    start = StartWindow(Words("zh"), preferences, bootstrap.place_kind)
    qtbot.addWidget(start)
    shown = start.recent.model()
    assert isinstance(shown, RecentModel)
    assert [f.missing for f in shown.files] == [False, True]
    assert shown.lines(shown.files[0])[0] == f"【训练】{NAME}"
    assert shown.lines(shown.files[1])[1].startswith("文件不在原处")
    assert start.forget.isHidden()
    start.recent.setCurrentIndex(shown.index(1, 0))
    assert not start.forget.isHidden()
    start.forget.click()
    assert [f.path for f in files.all()] == [store.path]
    qtbot.keyClick(start.recent, Qt.Key.Key_Delete)
    assert files.all() == []
    assert not start.nothing.isHidden()
    assert store.path.exists()


def test_recent_files_under_the_model_tester(qtmodeltester: Any, preferences: Preferences) -> None:
    model = RecentModel(Words("en"))
    files = RecentFiles(preferences)
    files.remember(Path("/nowhere/a.censusdb"), "A", "2027-02-01T00:00:00Z", training=False)
    model.show_files(files.all())
    qtmodeltester.check(model)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_control_of_the_start_window_has_a_name(
    preferences: Preferences, qtbot: Any, language: str
) -> None:
    start = StartWindow(Words(language), preferences, bootstrap.place_kind)
    qtbot.addWidget(start)
    assert nameless_controls(start) == []
    dialog = FirstRunDialog(Words(language), preferences, bootstrap.place_kind, "x", start)
    assert nameless_controls(dialog) == []


# -- three questions -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "verdict"),
    [
        ("", ""),
        ("1132", "GD_CODE_SHORT"),
        ("1132O000014000220X", "GD_CODE_LETTER"),
        ("11320000990000017X", "GD_CODE_CHECK"),
        ("11320000990000017P", "GD_CODE_GOOD"),
        ("11320000990000017P0", "GD_CODE_LONG"),
        ("11320000990000017P01", "GD_CODE_SECTION"),
        ("11320000990000017P-1", "GD_CODE_LONG"),
        ("11320000990000017P012", "GD_CODE_LONG"),
    ],
)
def test_a_code_is_judged_while_it_is_typed(typed: str, verdict: str) -> None:
    code, params = code_verdict(typed)
    assert code == verdict
    if code:
        assert "{" not in Words("zh")(code, **params)


def test_the_questions_are_answered_by_keyboard_alone(
    dialog: FirstRunDialog, qtbot: Any, tmp_path: Path, preferences: Preferences
) -> None:
    dialog.show()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    assert not dialog.forth.isEnabled()
    composed = QInputMethodEvent()
    composed.setCommitString(NAME)
    QApplication.sendEvent(dialog.name, composed)
    assert dialog.focusWidget() is dialog.name
    qtbot.keyClick(dialog.name, Qt.Key.Key_Tab)
    qtbot.keyClicks(dialog.focusWidget(), "11320000990000017x")
    assert "应为 P" in dialog.code_note.text()
    assert not dialog.forth.isEnabled()
    qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Backspace)
    qtbot.keyClicks(dialog.focusWidget(), "p")
    assert dialog.code_note.text().startswith("✓")
    qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
    assert dialog.stack.currentIndex() == 1
    assert dialog.actor.text() == "李四"
    qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
    assert dialog.path == tmp_path / f"{NAME}.censusdb"
    assert dialog.place_note.text().startswith("✓")
    qtbot.keyClick(dialog.place, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: dialog.stack.currentIndex() == 1)
    for _step in range(2):
        dialog.forth.click()
    dialog.take_lists([tmp_path / "资源.xlsx"])
    assert "资源.xlsx" in dialog.lists_note.text()
    dialog.forth.click()
    assert dialog.result() == QDialog.DialogCode.Accepted.value
    assert dialog.answers() == NewFile(
        tmp_path / f"{NAME}.censusdb", NAME, "11320000990000017P", "李四",
        (tmp_path / "资源.xlsx",),
    )  # fmt: skip
    assert preferences.text(ACTOR) == "李四"
    assert preferences.text("first_run") == ""


def test_leaving_at_any_step_loses_nothing(
    dialog: FirstRunDialog, preferences: Preferences, tmp_path: Path
) -> None:
    dialog.name.setText(NAME)
    dialog.code.setText("11320000")
    dialog.later.click()
    assert dialog.result() == QDialog.DialogCode.Rejected.value
    again = FirstRunDialog(Words("zh"), preferences, bootstrap.place_kind)
    assert (again.name.text(), again.code.text()) == (NAME, "11320000")
    assert list(tmp_path.glob("*.censusdb")) == []
    again.deleteLater()


@pytest.mark.parametrize(
    ("kind", "said"), [("share", "网络共享"), ("removable", "U 盘"), ("sync", "同步"), ("denied", "不能写入")]
)  # fmt: skip
def test_a_bad_place_is_refused_in_words_before_anything_is_made(
    preferences: Preferences, tmp_path: Path, kind: str, said: str
) -> None:
    dialog = FirstRunDialog(Words("zh"), preferences, lambda _path: kind, "李四")
    dialog.name.setText(NAME)
    dialog.code.setText("11320000990000017P")
    for _step in range(2):
        dialog.forth.click()
    dialog.place.setText(str(tmp_path / "x.censusdb"))
    assert said in dialog.place_note.text()
    assert not dialog.forth.isEnabled()
    dialog.deleteLater()


def test_a_name_that_is_taken_is_refused(dialog: FirstRunDialog, tmp_path: Path) -> None:
    (tmp_path / "x.censusdb").write_bytes(b"")
    dialog.name.setText(NAME)
    dialog.code.setText("11320000990000017P")
    for _step in range(2):
        dialog.forth.click()
    dialog.place.setText(str(tmp_path / "x"))
    assert "已经存在" in dialog.place_note.text()
    assert not dialog.forth.isEnabled()


def test_the_place_check_asks_the_storage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert bootstrap.place_kind(tmp_path / "deep" / "er" / "a.censusdb") == ""
    assert bootstrap.place_kind(Path("//server/share/a.censusdb")) == "share"
    assert bootstrap.place_kind(tmp_path / "OneDrive" / "a.censusdb") == "sync"

    def on_stick(path: Path) -> None:
        raise EnvironmentProblem("DB_LOCATION", path=str(path), kind="removable")

    monkeypatch.setattr(location, "require_fixed_disk", on_stick)
    assert bootstrap.place_kind(tmp_path / "a.censusdb") == "removable"


def test_who_fills_in_stands_in_the_history_and_the_lists_are_previewed(
    desktop: Desktop,
    until: Until,
    preferences: Preferences,
    tmp_path: Path,
    code: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken: list[Any] = []
    monkeypatch.setattr(
        "census_app.ui.department.acts.Acts.import_lists",
        lambda _self, files=(): taken.append(files),
    )
    preferences.remember_text(ACTOR, "王五")
    desktop.show_start()
    start = desktop.window
    assert isinstance(start, StartWindow)
    lists = (tmp_path / "资源.xlsx",)
    start.new_wanted.emit(NewFile(tmp_path / "a.censusdb", NAME, code, "王五", lists))
    until(lambda: taken == [lists])
    window = desktop.window
    assert isinstance(window, DepartmentWindow)
    until(lambda: window.session.problems.checked and not window.runner.busy)
    assert window.session.services.actor == "王五"
    assert "王五" in window.compass.actor_action.text()
