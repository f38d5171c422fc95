"""A newcomer's run with typing alone: no mouse, from the start window to the preview of the cover sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QWidget

from census_app import bootstrap
from census_app.ui.department import check_round as check_round_module
from census_app.ui.department.export_page import HANDOVER, SIGNING, ExportPage
from census_app.ui.department.records_page import RecordsPage
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.desktop import Desktop
from census_app.ui.forms.grid import ChildGrid
from census_app.ui.forms.grid_view import GridView
from census_app.ui.preview.dialog import PreviewDialog
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.first_run import FirstRunDialog
from census_app.ui.shell.start import StartWindow
from tests.ui.conftest import PASSPHRASE

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def desktop(
    themed: QApplication,
    services: bootstrap.Services,
    preferences: Preferences,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Desktop]:
    monkeypatch.setattr(check_round_module, "CHECK_AFTER_MS", 5)
    made = Desktop(themed, services, preferences)
    yield made
    if made.window is not None:
        made.window.close()
        made.window.deleteLater()


def focus() -> QWidget:
    """Return what gets the next key."""
    above = QApplication.activePopupWidget() or QApplication.activeModalWidget()
    found = above.focusWidget() or above if above is not None else QApplication.focusWidget()
    if found is None:  # nobody gives a window back what a window of progress took
        found = next(w for w in QApplication.topLevelWidgets() if w.isVisible()).focusWidget()
    assert found is not None
    return found


def active(window: QWidget) -> bool:
    """Do what the window manager does for a new window; return whether it has happened."""
    window.activateWindow()
    return window.isActiveWindow()


def press(*keys: Qt.Key, ctrl: bool = False) -> None:
    held = Qt.KeyboardModifier.ControlModifier if ctrl else Qt.KeyboardModifier.NoModifier
    for key in keys:
        above = QApplication.activePopupWidget() or focus().window()
        QTest.keyClick(above.windowHandle(), key, held)  # as the system sends it


def write(text: str) -> None:
    """Type a text: Latin letters by keys, others as an input method commits them."""
    if text.isascii():
        QTest.keyClicks(focus(), text)
        return
    event = QInputMethodEvent()
    event.setCommitString(text)
    QApplication.sendEvent(focus(), event)


def tab_to(wanted: str) -> None:
    """Press Tab until a control of that name or text has the focus."""
    passed = []
    for _ in range(40):
        here = focus()
        text = here.text() if isinstance(here, QAbstractButton) else ""
        if wanted in {here.accessibleName(), text}:
            return
        passed.append(here.accessibleName() or text or type(here).__name__)
        press(Qt.Key.Key_Tab)
    raise AssertionError(f"{wanted}: {passed}")


class Typist:
    """The window and the keys pressed in it."""

    def __init__(self, window: DepartmentWindow, until: Until) -> None:
        self.window, self.until = window, until

    def settle(self) -> None:
        """Wait until nothing is under way."""
        quiet = 0

        def so() -> bool:
            nonlocal quiet
            session = self.window.session
            busy = self.window.runner.busy or session.round.waiting
            busy |= QApplication.activeModalWidget() is not None or not active(self.window)
            quiet = 0 if busy else quiet + 1
            return quiet > 3

        self.until(so)

    def step(self, downs: int) -> None:
        """Go to the guide, to an entry counted from the top, and into its page."""
        press(Qt.Key.Key_F6)
        if focus() is not self.window.guide:
            press(Qt.Key.Key_F6)
        press(Qt.Key.Key_Home, *[Qt.Key.Key_Down] * downs)
        self.settle()
        press(Qt.Key.Key_Return)

    @property
    def records(self) -> RecordsPage:
        found = self.window.records_page()
        assert found is not None
        return found

    def add(self, name: str) -> None:
        """Make a record with Ctrl+N and type its name."""
        count = self.records.list.total
        press(Qt.Key.Key_N, ctrl=True)
        self.until(lambda: self.records.list.total == count + 1)
        self.settle()
        write(name)
        press(Qt.Key.Key_Tab)
        self.settle()
        assert self.records.title == name


def answer_first_questions(code: str) -> None:
    """Answer what the first dialog asks; it runs its own loop."""
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, FirstRunDialog)
    write("江苏省环境保护厅")
    press(Qt.Key.Key_Tab)
    write(code)
    press(Qt.Key.Key_Return)
    press(Qt.Key.Key_A, ctrl=True)
    write("李四")
    press(Qt.Key.Key_Return)  # the file's place is proposed
    press(Qt.Key.Key_Return)
    tab_to("建立并打开")
    press(Qt.Key.Key_Return)


def fill_in(typist: Typist) -> None:
    """Fill in a department, a system, and two resources of five items each."""
    typist.step(0)  # the department: what kind it is
    tab_to("单位类别")
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Down, Qt.Key.Key_Return)
    typist.settle()
    assert typist.records.findings() == ()

    typist.step(1)
    typist.add("排污许可证管理系统")
    typist.step(3)
    for number in range(2):
        typist.add(f"排污许可信息{number}")
        while not isinstance(focus(), ChildGrid):
            press(Qt.Key.Key_PageDown, ctrl=True)
            typist.settle()
        press(Qt.Key.Key_Insert)
        typist.settle()
        assert isinstance(focus(), GridView)
        for item in range(5):
            write(f"许可证编号{item}")
            press(
                Qt.Key.Key_Return if item < 4 else Qt.Key.Key_Tab
            )  # Enter adds a row behind the last
            typist.settle()
    store = typist.window.session.store
    items = list(store.stream_records("data_item"))
    assert sorted(str(i.values["name"]) for i in items)[::2] == [f"许可证编号{n}" for n in range(5)]


def review(typist: Typist) -> ExportPage:
    """Walk through the stages of the hand-in to the signature."""
    typist.step(6)  # review and export
    page = typist.window.page("export")
    assert isinstance(page, ExportPage)
    typist.settle()
    tab_to("下一步：上报内容")
    press(Qt.Key.Key_Return)
    typist.settle()
    tab_to("先上报合格的记录，未完成的预告稍后补报")
    press(Qt.Key.Key_Space)
    typist.settle()
    tab_to("下一步：部门审核")
    press(Qt.Key.Key_Return)
    typist.settle()
    tab_to("下一步：签名与交付")
    press(Qt.Key.Key_Return)
    typist.settle()
    assert page.stage == SIGNING
    return page


def test_from_first_start_to_the_cover_with_typing_alone(
    desktop: Desktop,
    until: Until,
    tmp_path: Path,
    code: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    desktop.show_start()
    start = desktop.window
    assert isinstance(start, StartWindow)
    until(lambda: active(start))
    assert focus() is start.new_button
    QTimer.singleShot(0, lambda: answer_first_questions(code))
    press(Qt.Key.Key_Return)
    until(lambda: isinstance(desktop.window, DepartmentWindow))
    window = desktop.window
    assert isinstance(window, DepartmentWindow)
    until(lambda: active(window))
    typist = Typist(window, until)
    until(lambda: window.session.problems.checked)
    typist.settle()

    fill_in(typist)
    page = review(typist)
    folder = str(tmp_path)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_a: folder)
    write(PASSPHRASE)
    press(Qt.Key.Key_Tab)
    write(PASSPHRASE)
    tab_to("生成申请…")
    press(Qt.Key.Key_Return)
    until(page.signing.card.isVisible)
    typist.settle()
    assert focus() is page.signing.passphrase  # the next thing to type
    write(PASSPHRASE)
    press(Qt.Key.Key_Return)
    until(lambda: page.stage == HANDOVER)
    typist.settle()
    tab_to("打印封面")
    press(Qt.Key.Key_Return)
    until(lambda: isinstance(QApplication.activeModalWidget(), PreviewDialog))
    preview = QApplication.activeModalWidget()
    assert isinstance(preview, PreviewDialog)
    until(lambda: not window.runner.busy)
    press(Qt.Key.Key_Escape)
    until(lambda: QApplication.activeModalWidget() is None)
    assert [p.type for p in window.session.store.packages()][-1] == "submission"
