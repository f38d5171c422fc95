"""A newcomer who has lists: three questions, the lists, their preview, and the first problems mended from the check."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QLabel

from census_app.assets import resource
from census_app.ui.department.explain_dialog import ExplainDialog
from census_app.ui.department.import_dialog import ImportDialog
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.desktop import Desktop
from census_app.ui.shell.first_run import FirstRunDialog
from tests.ui.test_newcomer_typing import Typist, Until, active, press, tab_to, write
from tests.ui.test_newcomer_typing import desktop as desktop  # noqa: PLC0414  # a fixture


def test_lists_are_imported_and_their_problems_mended_from_the_check(
    desktop: Desktop, until: Until, tmp_path: Path, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    lists = sorted(Path(str(resource("samples"))).glob("environment/*.xlsx"))
    assert lists

    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, FirstRunDialog)
        write("江苏省环境保护厅")
        press(Qt.Key.Key_Tab)
        write(code)
        press(Qt.Key.Key_Return, Qt.Key.Key_Return, Qt.Key.Key_Return)
        dialog.take_lists(lists)  # as dropped
        press(Qt.Key.Key_Return)

    def accept_preview() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, ImportDialog) or dialog.plan is None or not active(dialog):
            return
        if dialog.apply_button.hasFocus():
            timer.stop()
            press(Qt.Key.Key_Return)

    timer = QTimer(desktop, interval=20)
    timer.timeout.connect(accept_preview)
    desktop.show_start()
    start = desktop.window
    assert start is not None
    until(lambda: active(start))
    QTimer.singleShot(0, answer)
    press(Qt.Key.Key_Return)
    timer.start()
    until(lambda: isinstance(desktop.window, DepartmentWindow))
    window = desktop.window
    assert isinstance(window, DepartmentWindow)
    until(lambda: not timer.isActive())
    typist = Typist(window, until)
    typist.settle()
    until(lambda: window.session.problems.checked and window.session.problems.all() != [])
    typist.settle()
    assert any("导入完成" in label.text() for label in window.notice.findChildren(QLabel))

    typist.step(5)  # the check
    mend_and_explain(typist)


def mend_and_explain(typist: Typist) -> None:
    """Take the certain mend of one kind of problem, and give one reason for all warnings of another."""
    window, until = typist.window, typist.until
    page = window.check_page

    def choose(rule: str) -> None:
        number = next(n for n, g in enumerate(page.model.groups) if g.findings[0].rule == rule)
        page.table.setCurrentIndex(page.model.index(page.model.row_of_group(number), 0))

    def rules() -> set[str]:
        return {f.rule for f in window.session.problems.all() if f.blocks_export}

    choose("ORG-1d")  # its answer is certain: the button that writes it is the primary one
    assert page.detail.mend.property("look") == "primary"
    tab_to(page.detail.mend.text())
    press(Qt.Key.Key_Return)
    until(lambda: "ORG-1d" not in rules())
    typist.settle()
    choose("RES-14b")
    QTimer.singleShot(0, give_reason)
    tab_to(page.detail.explain.text())
    press(Qt.Key.Key_Return)
    until(lambda: "RES-14b" not in rules())
    typist.settle()


def give_reason() -> None:
    """Write one reason for the warnings that were chosen, and end it as one ends a text."""
    dialog = QApplication.activeModalWidget()
    if not isinstance(dialog, ExplainDialog):
        QTimer.singleShot(20, give_reason)
        return
    write("历史数据，已停止更新，留作查询")
    press(Qt.Key.Key_Return, ctrl=True)
