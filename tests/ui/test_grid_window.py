"""The grid of data items in the real window, on a real file: what is pasted, moved, found and typed is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog

from census_app import bootstrap
from census_app.domain.changes import Insert, Origin, Step
from census_app.domain.records import Record, RecordId, new_id
from census_app.services.ports import WorkspaceStore
from census_app.ui.department import check_round as check_round_module
from census_app.ui.department import grid_acts_link as grid_acts_module
from census_app.ui.department import grid_link as grid_link_module
from census_app.ui.department.records_page import RecordsPage
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.dialogs import messages
from census_app.ui.forms import grid_find as grid_find_module
from census_app.ui.forms.grid import ChildGrid
from census_app.ui.forms.paste_dialog import PasteDialog
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.translation import Words

Until = Callable[[Callable[[], bool]], None]
FORM = "data_item"
KEY, MOD = Qt.Key, Qt.KeyboardModifier


class Desk:
    """A window that shows the items of one resource."""

    def __init__(self, window: DepartmentWindow, until: Until, qtbot: Any) -> None:
        self.window, self.until, self.qtbot = window, until, qtbot
        window.guide.select("resources")
        self.settle()
        found = window.records_page()
        assert found is not None
        self.page: RecordsPage = found
        self.page.show_alone()
        assert found._view is not None
        found._view.show_section(FORM)
        self.settle()
        self.grid.view.setFocus()

    @property
    def grid(self) -> ChildGrid:
        return self.page._grids[FORM]

    def settle(self) -> None:
        """Wait until nothing is under way."""
        quiet = 0

        def so() -> bool:
            nonlocal quiet
            window = self.window
            waiting = window.runner.busy or window.session.round.waiting
            waiting |= window._problems_timer.isActive()
            page = window.records_page()
            if page is not None and FORM in page._grids:
                waiting |= bool(page._grids.acts[FORM]._waiting) or page._grids[FORM].bar.waiting
            quiet = 0 if waiting else quiet + 1
            return quiet > 3

        self.until(so)

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = MOD.NoModifier) -> None:
        self.qtbot.keyClick(self.grid.view, key, modifier)
        self.settle()

    def paste(self, text: str, row: int = 0, column: int = 0) -> None:
        if self.grid.model.total:
            self.grid.view.show_cell(min(row, self.grid.model.total - 1), column)
        QGuiApplication.clipboard().setText(text)
        self.press(KEY.Key_V, MOD.ControlModifier)

    def undo(self) -> None:
        self.window._on_undo()
        self.settle()

    def dialog(self) -> PasteDialog:
        found = self.page._grids.acts[FORM].dialog
        assert found is not None
        return found

    def names(self) -> list[object]:
        """The names in the order of record, as they are written."""
        return [r.values.get("name") for r in self.window.session.store.stream_records(FORM)]

    def shown(self) -> list[object]:
        """The names as the grid shows them."""
        return [self.grid.model.index(n, 0).data() for n in range(self.grid.model.total)]


def add_items(store: WorkspaceStore, count: int) -> RecordId:
    owner = new_id()
    unit = store.facts().department_code
    records = [Record("information_resource", owner, {"name": "排污许可"}, unit=unit)]
    records += [
        Record(
            FORM, new_id(), {"name": f"项{n}", "data_type": "C", "data_length": 9 - n % 9}, owner,
            (n + 1) * 1024, unit,
        )
        for n in range(count)
    ]  # fmt: skip
    inserts = tuple(Insert(record) for record in records)
    store.write(Step("STEP_PASTE", "t", Origin.PASTED, "2026-12-01T00:00:00Z", inserts, {}))
    return owner


@pytest.fixture(autouse=True)
def _quick_timers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_round_module, "CHECK_AFTER_MS", 5)
    monkeypatch.setattr(grid_find_module, "SEARCH_AFTER_MS", 5)
    monkeypatch.setattr(grid_link_module, "KEEP_WIDTHS_AFTER_MS", 5)


@pytest.fixture
def open_desk(
    store: WorkspaceStore,
    services: bootstrap.Services,
    preferences: Preferences,
    words: Words,
    until: Until,
    qtbot: Any,
) -> Iterator[Callable[[int], Desk]]:
    made: list[DepartmentWindow] = []

    def open_(items: int) -> Desk:
        add_items(store, items)
        window = DepartmentWindow(services, store, preferences, words)
        made.append(window)
        window.resize(1366, 768)
        window.show()
        window.start()
        window.activateWindow()
        return Desk(window, until, qtbot)

    yield open_
    for window in made:
        window.close()
        window.deleteLater()
        QApplication.processEvents()


OpenDesk = Callable[[int], Desk]


def test_a_plain_block_is_pasted_at_once_and_chosen(open_desk: OpenDesk) -> None:
    desk = open_desk(3)
    desk.paste("甲\tN\t8\n乙\tN\t8\n丙\tN\t8", row=2)
    assert desk.names() == ["项0", "项1", "甲", "乙", "丙"]
    assert desk.shown() == desk.names()
    assert desk.grid.view.span() == (3, 3)
    desk.undo()
    assert desk.names() == ["项0", "项1", "项2"]
    desk.window._on_redo()
    desk.settle()
    assert desk.shown() == ["项0", "项1", "甲", "乙", "丙"]


def test_a_block_with_a_header_is_shown_before_and_can_be_given_up(open_desk: OpenDesk) -> None:
    desk = open_desk(2)
    text = "长度\t名称\t备注\n18\t身份证号\tx\n十八\t住址\ty"
    told: list[object] = []
    desk.window.session.records_changed.connect(told.append)
    desk.window.session.saved.connect(told.append)
    desk.paste(text)
    dialog = desk.dialog()
    assert told == []  # nothing was written yet
    assert dialog.plan.columns == ("data_length", "name", "")
    assert dialog.plan.misfits == 1
    assert nameless_controls(dialog) == []
    dialog.reject()
    desk.settle()
    assert desk.names() == ["项0", "项1"]
    desk.paste(text)
    desk.dialog().accept()
    desk.settle()
    assert desk.names() == ["项0", "项1", "身份证号", "住址"]
    assert desk.shown()[2:] == ["身份证号", "住址"]
    desk.undo()
    assert desk.names() == ["项0", "项1"]


def test_a_column_is_sent_to_another_field_in_the_preview(open_desk: OpenDesk) -> None:
    desk = open_desk(1)
    desk.paste("名称\t长度\t备注\nA\t18\t甲")
    dialog = desk.dialog()
    combo = dialog._combos[2]
    combo.setCurrentIndex(combo.findData("name"))
    combo.activated.emit(combo.currentIndex())
    desk.settle()
    assert dialog.plan.columns == ("", "data_length", "name")
    dialog.end.click()
    dialog.accept()
    desk.settle()
    assert desk.names() == ["项0", "甲"]


def test_a_list_in_one_cell_is_offered_as_rows(open_desk: OpenDesk) -> None:
    desk = open_desk(1)
    desk.paste("姓名（字符型C）、性别(C1)、住址/字符型")
    dialog = desk.dialog()
    assert dialog.split.isChecked()
    dialog.whole.click()
    desk.settle()
    assert dialog.plan.rows == 1
    dialog.split.click()
    desk.settle()
    dialog.accept()
    desk.settle()
    assert desk.names() == ["项0", "姓名", "性别", "住址"]


def test_rows_move_with_the_keys_and_stay_chosen(open_desk: OpenDesk) -> None:
    desk = open_desk(4)
    desk.grid.view.choose_block(0, 0, 2, 1)
    desk.press(KEY.Key_Down, MOD.AltModifier)
    assert desk.names() == desk.shown() == ["项2", "项0", "项1", "项3"]
    assert sorted({i.row() for i in desk.grid.view.selectedIndexes()}) == [1, 2]
    desk.press(KEY.Key_Up, MOD.AltModifier)
    desk.press(KEY.Key_Up, MOD.AltModifier)
    assert desk.names() == ["项0", "项1", "项2", "项3"]
    assert desk.grid.strip.said == desk.window.words("UG_AT_EDGE")


def test_looking_in_another_order_changes_no_place_and_moving_says_why_not(
    open_desk: OpenDesk,
) -> None:
    desk = open_desk(4)
    desk.grid.view.show_cell(1, desk.grid.model.column_of("data_length"))
    desk.grid.view.sort_up()
    desk.settle()
    assert desk.shown() == ["项3", "项2", "项1", "项0"]
    assert desk.names() == ["项0", "项1", "项2", "项3"]
    assert desk.grid.model.headerData(0, Qt.Orientation.Vertical) == "4"
    desk.press(KEY.Key_Up, MOD.AltModifier)
    assert desk.grid.strip.said == desk.window.words("UG_NOT_WHILE_SORTED")
    index = desk.grid.model.index(0, desk.grid.model.column_of("data_length"))
    desk.grid.model.setData(index, "500")
    desk.settle()
    assert desk.shown()[0] == "项3"  # what is edited does not run away
    desk.grid.strip.unsort_wanted.emit()
    desk.settle()
    assert desk.shown() == desk.names()


def test_everything_found_is_replaced_as_one_step(
    open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_desk(12)
    asked: list[str] = []

    def agree(dialog: messages.QuestionDialog) -> QDialog.DialogCode:
        asked.append(dialog.windowTitle())
        return QDialog.DialogCode.Accepted

    monkeypatch.setattr(messages.QuestionDialog, "exec", agree)
    desk.press(KEY.Key_H, MOD.ControlModifier)
    bar = desk.grid.bar
    bar.wanted.setText("项1")
    desk.settle()
    assert len(desk.page._grids.searches[FORM].matches) == 3
    bar.step_wanted.emit(1)
    assert desk.grid.view.currentIndex().row() == 1
    bar.step_wanted.emit(1)
    assert desk.grid.view.currentIndex().row() == 10
    bar.step_wanted.emit(-1)
    bar.replacement.setText("列1")
    bar.replace_wanted.emit(False)
    desk.settle()
    assert desk.names()[1] == "列1"
    assert desk.grid.view.currentIndex().row() == 10
    bar.replace_wanted.emit(True)
    desk.settle()
    assert "2" in asked[0]
    assert desk.names()[10:] == ["列10", "列11"]
    desk.undo()
    assert desk.names()[10:] == ["项10", "项11"]
    assert desk.names()[1] == "列1"


def test_f8_goes_from_cell_to_cell_then_leaves_the_grid(open_desk: OpenDesk) -> None:
    desk = open_desk(3)
    length = desk.grid.model.column_of("data_length")
    desk.paste("二十", row=0, column=length)
    desk.paste("三十", row=2, column=length)
    desk.grid.view.show_cell(0, 0)
    for row in (0, 2):
        desk.press(KEY.Key_F8)
        current = desk.grid.view.currentIndex()
        assert (current.row(), current.column()) == (row, length)
        assert "十" in desk.grid.strip.said
    assert not desk.grid.view.has_problem()
    assert {f.form for f in desk.page.findings() if f.fields[0] == "data_length"} == {FORM}


def test_typing_a_refused_value_writes_nothing_and_shows_what_is_written(
    open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_desk(1)
    told: list[object] = []
    monkeypatch.setattr(messages.ErrorDialog, "exec", lambda _self: told.append(1))
    column = desk.grid.model.column_of("is_secret")
    desk.grid.model.setData(desk.grid.model.index(0, column), "是")
    desk.settle()
    assert told
    assert desk.grid.model.index(0, column).data() == ""


def test_cut_insert_and_delete_are_steps_of_their_own(open_desk: OpenDesk) -> None:
    desk = open_desk(3)
    desk.grid.view.choose_block(0, 0, 1, 2)
    desk.press(KEY.Key_X, MOD.ControlModifier)
    assert desk.names()[0] is None
    desk.paste(QGuiApplication.clipboard().text(), row=2)
    assert desk.names() == [None, "项1", "项0"]
    desk.grid.view.show_cell(1, 0)
    desk.press(KEY.Key_Plus, MOD.ControlModifier)
    assert desk.names() == [None, None, "项1", "项0"]
    assert desk.grid.view.currentIndex().row() == 1
    desk.press(KEY.Key_Minus, MOD.ControlModifier)
    assert desk.names() == [None, "项1", "项0"]
    for _ in range(4):
        desk.undo()
    assert desk.names() == ["项0", "项1", "项2"]


def test_widths_of_columns_are_remembered(
    open_desk: OpenDesk, services: bootstrap.Services, until: Until
) -> None:
    desk = open_desk(1)
    desk.grid.view.setColumnWidth(2, 171)
    until(lambda: "data_length:171" in Preferences(services.data_dir()).text(f"grid/{FORM}"))


def test_after_a_very_large_step_the_whole_file_is_checked(
    open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grid_acts_module, "MOST_CHECKED", 2)
    monkeypatch.setattr(check_round_module, "CHECK_AFTER_MS", 600_000)
    desk = open_desk(3)
    desk.grid.view.choose_block(0, 0, 3, 1)
    desk.qtbot.keyClick(desk.grid.view, KEY.Key_Delete)
    problems = desk.window.session.problems
    desk.until(lambda: len(problems.rows(FORM)) == 3)
    assert {row.fields["name"] for row in problems.rows(FORM).values()} == {"bad"}


def test_thousands_of_rows_are_pasted_while_the_window_answers(open_desk: OpenDesk) -> None:
    """The watchdog of these tests fails it when one call holds the window for 50 ms."""
    desk = open_desk(6000)
    assert desk.grid.model.total == 6000
    rows = (f"字段{n}\t字符型C\t{'二十' if n % 500 == 3 else 18}" for n in range(1500))
    desk.paste("\r\n".join(rows))
    desk.dialog().accept()
    desk.settle()
    assert desk.names()[1499] == "字段1499"
    problems = desk.window.session.problems.rows(FORM)
    assert sum(1 for row in problems.values() if row.fields.get("data_length") == "bad") == 3
    desk.press(KEY.Key_A, MOD.ControlModifier)
    desk.press(KEY.Key_C, MOD.ControlModifier)
    assert QGuiApplication.clipboard().text().count("\n") == 5999
    desk.undo()
    assert desk.names()[0] == "项0"
