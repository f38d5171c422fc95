"""Checking last year's records: one key each, several at once, a reason for what is retired; and how a round begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication

from census_app import bootstrap
from census_app.domain.records import RecordId
from census_app.services import editing
from census_app.services.carrying import begin_round
from census_app.services.ports import WorkspaceStore
from census_app.ui.department.begin_round_dialog import BeginRoundDialog
from census_app.ui.department.delta_page import DeltaPage
from census_app.ui.department.export_page import ExportPage
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.desktop import Desktop
from census_app.ui.dialogs.messages import ReasonDialog
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.start import StartWindow
from census_app.ui.shell.translation import Words
from tests.ui.driving import Opener, Until, settle

OFFICE, RESOURCE, ITEM = "internal_office", "information_resource", "data_item"


@pytest.fixture
def last(store: WorkspaceStore, services: bootstrap.Services) -> Path:
    """Last year's file, closed."""

    def add(form: str, parent: RecordId | None = None, **values: Any) -> RecordId:
        return editing.create_record(
            store, form, values, actor="李", clock=services.clock, parent=parent
        )

    for name in ("综合处", "法规处", "监测处"):
        add(OFFICE, name=name)
    add(ITEM, add(RESOURCE, name="排污许可证信息"), name="许可证编号")
    store.close()
    return store.path


@pytest.fixture
def window(
    last: Path, tmp_path: Path, services: bootstrap.Services, open_window: Opener
) -> DepartmentWindow:
    path = tmp_path / "本年.censusdb"
    begin_round(services, path, last)
    return open_window(services.open_workspace(path), page="last_year")


def page_of(window: DepartmentWindow) -> DeltaPage:
    page = window.page("last_year")
    assert isinstance(page, DeltaPage)
    return page


def shown(page: DeltaPage) -> list[tuple[str, str]]:
    rows = range(page.model.rowCount())
    return [(page.model.index(r, 0).data(), page.model.index(r, 2).data()) for r in rows]


def choose(page: DeltaPage, *names: str) -> None:
    selection = page.table.selectionModel()
    selection.clearSelection()
    flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    for row, delta in enumerate(page.listed):
        if delta.title in names:
            selection.setCurrentIndex(page.model.index(row, 0), flags)


def test_the_step_comes_first_and_all_of_last_year_is_open(window: DepartmentWindow) -> None:
    page = page_of(window)
    assert window.compass.feed.entries()[0].id == "last_year"
    assert [state for _name, state in shown(page)] == ["未核对"] * 5
    assert "本轮从“环保厅.censusdb”开始" in page._lead.text()
    QAbstractItemModelTester(page.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    assert not nameless_controls(window)


def test_one_key_confirms_and_goes_on_to_the_next(
    window: DepartmentWindow, until: Until, qtbot: Any
) -> None:
    page = page_of(window)
    page.table.setFocus()
    for key in (Qt.Key.Key_1, Qt.Key.Key_U):
        qtbot.keyClick(page.table, key)
        settle(window, until)
    assert [state for _name, state in shown(page)][:3] == ["与上年一致", "与上年一致", "未核对"]
    assert page.table.currentIndex().row() == 2
    qtbot.keyClick(page.table, Qt.Key.Key_Up)
    qtbot.keyClick(page.table, Qt.Key.Key_0)
    settle(window, until)
    assert shown(page)[1][1] == "未核对"
    window.undo_action.trigger()
    settle(window, until)
    assert shown(page)[1][1] == "与上年一致"


def test_several_are_confirmed_at_once(window: DepartmentWindow, until: Until) -> None:
    page = page_of(window)
    choose(page, "综合处", "法规处", "监测处")
    assert "3 条与上年一致" in page.same_button.text()
    page.same_button.click()
    settle(window, until)
    entry = next(e for e in window.compass.feed.entries() if e.id == "last_year")
    assert (entry.done, entry.total) == (3, 5)
    page.chips[0].click()
    assert [name for name, _state in shown(page)] == ["江苏省环境保护厅", "排污许可证信息"]


def test_changed_opens_the_form_and_shows_what_it_was(
    window: DepartmentWindow, until: Until, qtbot: Any
) -> None:
    page = page_of(window)
    choose(page, "综合处")
    record = page.chosen()[0].record
    qtbot.keyClick(page.table, Qt.Key.Key_2)
    settle(window, until)
    records = window.records_page()
    assert records is not None
    assert (records.form.id, records.record) == (OFFICE, record)
    window.session.set_text(OFFICE, record, "name", "办公室")
    window.guide.select("last_year")
    settle(window, until)
    assert ("办公室", "已修改") in shown(page)
    choose(page, "办公室")
    settle(window, until)
    told = [[page.detail.model.index(0, c).data() for c in range(3)]]
    assert told == [["内设部门名称", "办公室", "综合处"]]


def test_a_mark_without_a_change_stays_to_do(
    window: DepartmentWindow, until: Until, qtbot: Any
) -> None:
    page = page_of(window)
    choose(page, "监测处")
    qtbot.keyClick(page.table, Qt.Key.Key_C)
    settle(window, until)
    window.guide.select("last_year")
    settle(window, until)
    assert ("监测处", "待修改") in shown(page)


def test_what_is_retired_needs_a_reason(
    window: DepartmentWindow, until: Until, monkeypatch: pytest.MonkeyPatch, qtbot: Any
) -> None:
    asked: list[str] = []

    def answer(dialog: ReasonDialog) -> int:
        asked.append(dialog.windowTitle())
        dialog._text.setPlainText("机构撤并")
        return ReasonDialog.DialogCode.Accepted.value

    monkeypatch.setattr(ReasonDialog, "exec", answer)
    page = page_of(window)
    choose(page, "法规处")
    record = page.chosen()[0].record
    qtbot.keyClick(page.table, Qt.Key.Key_3)
    settle(window, until)
    assert asked == ["这 1 条上年记录本年不再报送？"]
    assert ("法规处", "不再报送") in shown(page)
    newest = window.session.store.journal(OFFICE, record)[0]
    assert (newest.sign, newest.reason) == ("-", "机构撤并")


def test_the_departments_own_record_is_not_retired(window: DepartmentWindow, until: Until) -> None:
    page = page_of(window)
    choose(page, "江苏省环境保护厅")
    page.retire()
    settle(window, until)
    assert "不能删除" in page._note.text()
    assert len(page.deltas) == 5


def test_new_records_are_told_and_do_not_count(window: DepartmentWindow, until: Until) -> None:
    page = page_of(window)
    made: list[RecordId] = []
    window.session.create(OFFICE, window, made.append)
    settle(window, until)
    page.refresh()
    settle(window, until)
    assert ("（未命名）", "本年新增") in shown(page)
    assert "0 / 5" in page._head._note.text()


def test_the_hand_in_is_told_how_many_are_open(window: DepartmentWindow, until: Until) -> None:
    window.guide.select("export")
    settle(window, until)
    export = window.page("export")
    assert isinstance(export, ExportPage)
    notice = export.last_year
    assert not notice.isHidden()
    assert "还有 5 条上年记录没有核对" in notice.text.text()
    notice.wanted.emit()
    settle(window, until)
    assert window.guide.current() == "last_year"
    page = page_of(window)
    choose(page, *[delta.title for delta in page.deltas])
    page.confirm()
    settle(window, until)
    notice.refresh()
    settle(window, until)
    assert notice.isHidden()
    assert "都核对完了" in page._note.text()


def test_a_file_that_began_empty_has_no_such_step(
    store: WorkspaceStore,
    services: bootstrap.Services,
    preferences: Preferences,
    words: Words,
    until: Until,
) -> None:
    made = DepartmentWindow(services, store, preferences, words)
    made.show()
    made.start()
    settle(made, until)
    assert "last_year" not in [e.id for e in made.compass.feed.entries()]
    made.close()
    made.deleteLater()


def test_the_dialog_makes_the_new_file(
    last: Path,
    tmp_path: Path,
    services: bootstrap.Services,
    words: Words,
    themed: QApplication,
    until: Until,
    qtbot: Any,
) -> None:
    del themed
    dialog = BeginRoundDialog(services, words)
    qtbot.addWidget(dialog)
    dialog.show()
    assert not dialog.begin.isEnabled()
    dialog.fill(last, tmp_path / "本年")
    assert dialog._with_trust.isHidden()
    assert not nameless_controls(dialog)
    dialog.begin.click()
    until(lambda: dialog.outcome is not None)
    assert dialog.outcome is not None
    assert dialog.outcome.path == tmp_path / "本年.censusdb"
    assert sum(dialog.outcome.counts.values()) == 6


def test_the_dialog_says_what_is_wrong_and_asks_whom_to_believe(
    tmp_path: Path,
    services: bootstrap.Services,
    words: Words,
    themed: QApplication,
    until: Until,
    qtbot: Any,
) -> None:
    del themed
    dialog = BeginRoundDialog(services, words)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.fill(tmp_path / "没有.censusdb", tmp_path / "本年.censusdb")
    dialog.begin.click()
    until(dialog.problem.isVisible)
    assert "找不到文件" in dialog.problem.text()
    package = tmp_path / "a.census"
    package.write_bytes(b"PK\x03\x04 nothing")
    dialog.fill(package, tmp_path / "本年.censusdb")
    assert dialog._with_trust.isVisible()
    assert not dialog.begin.isEnabled()
    dialog.reject()


def test_the_start_page_leads_to_the_new_round(
    last: Path,
    tmp_path: Path,
    services: bootstrap.Services,
    preferences: Preferences,
    themed: QApplication,
    until: Until,
) -> None:
    desktop = Desktop(themed, services, preferences)
    desktop.show_start()
    assert isinstance(desktop.window, StartWindow)
    desktop.window.last_year_button.click()
    assert isinstance(desktop.dialog, BeginRoundDialog)
    desktop.dialog.fill(last, tmp_path / "本年.censusdb")
    desktop.dialog.begin.click()
    until(lambda: isinstance(desktop.window, DepartmentWindow))
    window = desktop.window
    assert isinstance(window, DepartmentWindow)
    settle(window, until)
    assert window.page("last_year") is not None
    window.close()
    window.deleteLater()
