"""Lists of records driven as a person would: columns, filters, search, many records at once, possible duplicates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QPushButton

from census_app import bootstrap
from census_app.domain.filtering import EMPTY, ColumnFilter
from census_app.domain.records import RecordId
from census_app.services import editing
from census_app.services.deduplicating import undecided
from census_app.services.ports import ListQuery, WorkspaceStore
from census_app.ui.department.columns_dialog import ColumnsDialog
from census_app.ui.department.delete_dialog import DeleteDialog
from census_app.ui.department.duplicates_dialog import DuplicatesDialog
from census_app.ui.department.fill_dialog import FillDialog
from census_app.ui.department.filter_dialog import FilterDialog
from census_app.ui.department.list_columns import FOUND
from census_app.ui.department.records_page import RecordsPage
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.dialogs.messages import ReasonDialog
from census_app.ui.models.record_table import STATE
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.application import Preferences
from tests.ui.driving import Opener, Until, settle

FORM, CHILD = "information_resource", "data_item"
NAMES = (
    ("排污许可证信息", "1", "每日"),
    ("空气质量监测数据", "2", "全省空气站点小时数据"),
    ("危险废物经营单位", "1", ""),
    ("环评审批结果", "3", ""),
    ("监测断面信息1", "1", ""),
    ("监测断面信息2", "1", ""),
)


@pytest.fixture
def made(store: WorkspaceStore, services: bootstrap.Services) -> list[RecordId]:
    """Six resources; the second has two data items."""
    actor, clock = services.actor, services.clock
    found = [
        editing.create_record(
            store,
            FORM,
            {"name": name, "share_type": share, "abstract": text}
            if text
            else {"name": name, "share_type": share},
            actor=actor,
            clock=clock,
        )
        for name, share, text in NAMES
    ]
    for item in ("站点编码", "二氧化硫浓度"):
        editing.create_record(
            store, CHILD, {"name": item}, actor=actor, clock=clock, parent=found[1]
        )
    return found


@pytest.fixture
def window(made: list[RecordId], store: WorkspaceStore, open_window: Opener) -> DepartmentWindow:
    del made
    return open_window(store)


@pytest.fixture
def page(window: DepartmentWindow, until: Until) -> RecordsPage:
    window.guide.select("resources")
    settle(window, until)
    found = window.records_page()
    assert found is not None
    return found


def names(page: RecordsPage) -> list[str]:
    """Return the names that are listed; their pages are here."""
    rows = [page.list.model.row_at(n) for n in range(page.list.total)]
    return [r.texts["name"] for r in rows if r is not None]


def chip(page: RecordsPage, name: str) -> QPushButton:
    return page.list.chips._chip(name)


# -- search ----------------------------------------------------------------------------------------------------------


def test_a_search_finds_data_items_and_says_where(
    window: DepartmentWindow, page: RecordsPage, until: Until
) -> None:
    window.top.search.setText("站点")
    settle(window, until)
    assert names(page) == ["空气质量监测数据"]
    column = page.list.model.column_of(FOUND)
    assert page.list.model.index(0, column).data() == "…省空气站点小时数据（信息资源摘要中）"
    window.top.search.setText("浓度")
    settle(window, until)
    assert page.list.model.index(0, column).data() == "二氧化硫浓度（信息项中）"
    assert "共 6 条" in page.list.chips.found.text()
    assert "其中 1 条是在信息项里找到的" in page.list.chips.found.text()
    window.top.search.setText("排污")
    settle(window, until)
    assert not page.list.model.index(0, column).data()  # the name shows it


def test_escape_takes_the_search_away_first_and_each_list_has_its_own(
    window: DepartmentWindow, page: RecordsPage, until: Until
) -> None:
    window.top.search.setText("环评")
    settle(window, until)
    assert page.list.total == 1
    window.guide.select("systems")
    settle(window, until)
    assert window.top.search.text() == ""
    window.guide.select("resources")
    settle(window, until)
    assert window.top.search.text() == "环评"
    page.list.table.setFocus()
    page.show_list()  # what Esc does
    settle(window, until)
    assert page.list.total == 6
    assert window.top.search.text() == ""
    assert page.list.current_row().texts["name"] == "环评审批结果"  # type: ignore[union-attr]
    window.top.search.setText("环评")
    window._on_leave_search()  # what Esc does in the search field
    assert page.list.search_text == ""
    settle(window, until)


# -- filters ---------------------------------------------------------------------------------------------------------


def answer_filter(monkeypatch: pytest.MonkeyPatch, act: Callable[[FilterDialog], None]) -> None:
    """Let the dialog be answered by a function once its answers are counted."""

    def run(dialog: FilterDialog) -> int:
        assert nameless_controls(dialog) == []
        act(dialog)
        return dialog.result()

    monkeypatch.setattr(FilterDialog, "exec", run)


def test_filters_and_chips_combine_and_can_be_taken_away(
    window: DepartmentWindow, page: RecordsPage, until: Until
) -> None:
    narrowing = page.list.narrowing
    narrowing.put(ColumnFilter("share_type", values=("1", "2")))
    settle(window, until)
    assert page.list.total == 5
    narrowing.put(ColumnFilter("name", text="监测"))
    settle(window, until)
    assert names(page) == ["空气质量监测数据", "监测断面信息1", "监测断面信息2"]
    chip(page, "alike").click()
    settle(window, until)
    assert names(page) == ["监测断面信息1", "监测断面信息2"]
    assert page.list.chips.found.text() == "找到 2 条，共 6 条"
    shown = page.list.chips._chips
    assert [c.open.toolTip() for c in shown] == [
        "共享类型：无条件共享、有条件共享",
        "信息资源名称：包含“监测”",
    ]
    shown[1].cross.click()
    settle(window, until)
    assert page.list.total == 2
    page.list.chips.clear.click()
    settle(window, until)
    assert page.list.total == 6
    assert not page.list.filtered
    assert not page.list.chips._second.isVisible()


def test_nothing_found_offers_to_show_all_and_a_view_comes_back(
    window: DepartmentWindow, page: RecordsPage, until: Until
) -> None:
    narrowing = page.list.narrowing
    narrowing.put(ColumnFilter("share_type", values=("1",)))
    narrowing.put(ColumnFilter("published_on", low="2016-01-01"))
    page.list.sort("name", descending=True)
    settle(window, until)
    assert page.list._stack.currentIndex() == 2
    assert not page.list.chips.isHidden()
    state, filters, sort = page.list.view_state(), narrowing.filters, narrowing.sort
    page.list.show_all()
    page.list.sort("")
    settle(window, until)
    assert page.list.total == 6
    page.list.restore_view(state)  # as when the file is opened again
    assert (narrowing.filters, narrowing.sort) == (filters, sort)


def test_answers_are_ticked_with_their_counts(
    window: DepartmentWindow, page: RecordsPage, until: Until, qtbot: Any
) -> None:
    narrowing = page.list.narrowing
    fields = list(page.form.stored_fields)
    dialog = FilterDialog(
        fields, {}, "share_type", narrowing.count_answers, window.session.context, window.words
    )
    qtbot.addWidget(dialog)
    dialog.show()
    until(lambda: dialog._ticks.total == 3)
    lines = [dialog._ticks.index(n).data() for n in range(3)]
    assert [" ".join(line.split()) for line in lines] == [
        "无条件共享 4",
        "有条件共享 1",
        "不予共享 1",
    ]
    dialog.list.setFocus()
    dialog.list.setCurrentIndex(dialog._ticks.index(1))
    QTest.keyClick(dialog.list, Qt.Key.Key_Space)
    QTest.mouseClick(
        dialog.list.viewport(),
        Qt.MouseButton.LeftButton,
        pos=dialog.list.visualRect(dialog._ticks.index(2)).center(),
    )
    dialog._on_apply()
    assert dialog.chosen == ColumnFilter("share_type", values=("2", "3"))


def test_a_filter_that_lets_everything_through_is_none_and_a_wrong_end_is_said(
    window: DepartmentWindow, page: RecordsPage, until: Until, qtbot: Any
) -> None:
    narrowing = page.list.narrowing
    dialog = FilterDialog(
        list(page.form.stored_fields), {}, "published_on", narrowing.count_answers,
        window.session.context, window.words,
    )  # fmt: skip
    qtbot.addWidget(dialog)
    dialog.low.setText("去年")
    dialog._on_apply()
    assert not dialog.result()
    assert "去年" in dialog._problem.text()
    dialog.low.setText("2016")
    dialog._on_apply()
    assert dialog.chosen == ColumnFilter("published_on", low="2016-01-01")
    dialog.field_choice.setCurrentIndex(dialog.field_choice.findData("share_type"))
    until(lambda: dialog._ticks.total == 3)
    dialog._on_all()
    dialog._on_apply()
    assert dialog.chosen.says_nothing


def test_the_dialog_narrows_the_list_and_takes_its_filter_away(
    window: DepartmentWindow, page: RecordsPage, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    def contain(dialog: FilterDialog) -> None:
        dialog.text.setText("信息")
        dialog._on_apply()

    answer_filter(monkeypatch, contain)
    page.list.narrowing.ask("name")
    settle(window, until)
    assert page.list.total == 3
    assert page.list.table.head.filtered == {"name"}

    def not_filled(dialog: FilterDialog) -> None:
        dialog.condition.setCurrentIndex(2)
        dialog._on_apply()

    answer_filter(monkeypatch, not_filled)
    page.list.narrowing.ask("abstract")
    settle(window, until)
    assert page.list.total == 2
    answer_filter(monkeypatch, FilterDialog._on_remove)
    page.list.narrowing.ask("name")
    settle(window, until)
    assert page.list.total == 4


# -- sort, columns ---------------------------------------------------------------------------------------------------


def test_a_click_on_the_head_sorts_and_the_funnel_filters(
    window: DepartmentWindow, page: RecordsPage, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = page.list.table.head
    section = page.list.model.column_of("share_type")
    left = head.sectionViewportPosition(section)
    middle = QPoint(left + 12, head.height() // 2)
    QTest.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    settle(window, until)
    assert page.list.narrowing.sort == ("share_type", False)
    assert names(page)[-1] == "环评审批结果"
    asked: list[str] = []
    monkeypatch.setattr(page.list.narrowing, "ask", asked.append)
    edge = QPoint(left + head.sectionSize(section) - 12, head.height() // 2)
    QTest.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=edge)
    assert asked == ["share_type"]
    assert page.list.narrowing.sort == ("share_type", False)


def test_columns_are_chosen_ordered_and_remembered(
    window: DepartmentWindow,
    page: RecordsPage,
    until: Until,
    preferences: Preferences,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def choose(dialog: ColumnsDialog) -> int:
        assert nameless_controls(dialog) == []
        for n in range(dialog.list.count()):
            item = dialog.list.item(n)
            wanted = item.data(Qt.ItemDataRole.UserRole) in {"abstract", "share_type", STATE}
            item.setCheckState(Qt.CheckState.Checked if wanted else Qt.CheckState.Unchecked)
        while dialog.ticked[0] != STATE:
            row = [
                dialog.list.item(n).data(Qt.ItemDataRole.UserRole)
                for n in range(dialog.list.count())
            ].index(STATE)
            dialog.list.setCurrentRow(row)
            QTest.keyClick(dialog.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
        dialog._on_apply()
        return dialog.result()

    monkeypatch.setattr(ColumnsDialog, "exec", choose)
    page.list.ask_columns()
    settle(window, until)
    shown = [c.id for c in page.list.model.columns]
    assert shown == ["name", STATE, "share_type", "abstract"]
    assert page.list.model.index(1, 3).data() == "全省空气站点小时数据"
    remembered = preferences.text(f"list/{FORM}")
    assert "abstract" in remembered
    again = DepartmentWindow(
        window.session.services, window.session.store, preferences, window.words
    )
    other = next(filter(None, (step.page_of(FORM) for step in again.steps.values())))
    assert [c.id for c in other.list.model.columns] == shown
    again._closed = True
    again.runner.close()
    again.deleteLater()
    page.list.menu._on_reset()
    assert page.list.model.columns[1].id != STATE
    assert preferences.text(f"list/{FORM}") == ""


def test_columns_are_moved_and_widened_by_hand_and_none_is_lost_when_it_is_narrow(
    window: DepartmentWindow, page: RecordsPage, until: Until, preferences: Preferences
) -> None:
    table, head = page.list.table, page.list.table.head
    ids = [c.id for c in page.list.model.columns]
    head.moveSection(1, 3)
    moved = [c.id for c in page.list.model.columns]
    assert moved == [ids[0], ids[2], ids[3], ids[1], *ids[4:]]
    assert [head.logicalIndex(n) for n in range(head.count())] == list(range(head.count()))
    section = page.list.model.column_of("share_type")
    head.resizeSection(section, 150)
    head.released.emit()
    assert '"share_type": 150' in preferences.text(f"list/{FORM}")
    window.resize(1024, 700)
    until(lambda: table.viewport().width() < 500)
    assert not any(table.isColumnHidden(n) for n in range(page.list.model.columnCount()))
    assert table.columnWidth(section) == 150
    assert table.horizontalScrollBar().maximum() > 0
    window.resize(1800, 900)
    until(lambda: table.viewport().width() > 1000)
    assert table.horizontalScrollBar().maximum() == 0
    widths = sum(table.columnWidth(n) for n in range(page.list.model.columnCount()))
    assert widths == table.viewport().width()


# -- many at once ----------------------------------------------------------------------------------------------------


def test_a_selection_of_many_outlives_a_refresh(
    window: DepartmentWindow, page: RecordsPage, until: Until
) -> None:
    table = page.list.table
    table.selectRow(1)
    click = table.visualRect(page.list.model.index(3, 0)).center()
    QTest.mouseClick(
        table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, click
    )
    before = page.list.chosen_keys()
    assert len(before) == 2
    page.list.sort("name", descending=True)
    settle(window, until)
    assert sorted(page.list.chosen_keys()) == sorted(before)
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert page._fill.text() == "填写 6 条…"


def test_the_fill_dialog_foretells_and_one_step_does_it(
    window: DepartmentWindow, page: RecordsPage, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.list.table.selectAll()
    seen: list[str] = []

    def answer(dialog: FillDialog) -> int:
        assert nameless_controls(dialog) == []
        dialog.show()
        ids = [f.id for f in dialog._fields]
        dialog._choice.setCurrentIndex(ids.index("share_type"))
        assert not dialog.apply_button.isEnabled()
        dialog.take_value("1")
        until(lambda: dialog.plan is not None)
        seen.extend([dialog.summary.text(), dialog.left_alone.text(), dialog.apply_button.text()])
        seen.append(str(dialog._old.index(0, 0).data()))
        dialog._on_apply()
        return dialog.result()

    monkeypatch.setattr(FillDialog, "exec", answer)
    page._on_fill()
    settle(window, until)
    assert seen[:3] == ["2 条将改为“无条件共享”", "保持不变：4 条已是这样。", "填写 2 条"]
    assert seen[3] in {"有条件共享", "不予共享"}
    store = window.session.store
    assert {r.values["share_type"] for r in store.stream_records(FORM)} == {"1"}
    window._on_undo()
    settle(window, until)
    assert {r.values["share_type"] for r in store.stream_records(FORM)} == {"1", "2", "3"}

    def empty(dialog: FillDialog) -> int:
        ids = [f.id for f in dialog._fields]
        dialog._choice.setCurrentIndex(ids.index("abstract"))
        dialog.clear.setChecked(True)
        until(lambda: dialog.plan is not None)
        dialog._on_apply()
        return dialog.result()

    monkeypatch.setattr(FillDialog, "exec", empty)
    page.list.table.selectAll()
    page._on_fill()
    settle(window, until)
    assert store.count(ListQuery(FORM, filters=(ColumnFilter("abstract", values=(EMPTY,)),))) == 6


def test_many_are_deleted_for_a_reason(
    window: DepartmentWindow, page: RecordsPage, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.list.narrowing.put(ColumnFilter("name", text="监测"))
    settle(window, until)
    page.list.table.selectAll()
    seen: list[bool] = []

    def answer(dialog: DeleteDialog) -> int:
        assert nameless_controls(dialog) == []
        seen.append(dialog.delete_button.isEnabled())
        dialog.give_reason("重复")
        seen.append(dialog.delete_button.isEnabled())
        dialog.give_reason("与其他记录重复")
        seen.append(dialog.delete_button.isEnabled())
        dialog.accept()
        return dialog.result()

    monkeypatch.setattr(DeleteDialog, "exec", answer)
    page.delete()
    settle(window, until)
    assert seen == [False, False, True]
    store = window.session.store
    assert store.count(ListQuery(FORM)) == 3
    gone = [e for e in store.journal(FORM) if e.sign == "-" and not e.field]
    assert {e.reason for e in gone} == {"与其他记录重复"}
    assert len({e.step for e in gone}) == 1
    assert page.list._stack.currentIndex() == 2  # the filter is still there, and finds nothing
    window._on_undo()
    settle(window, until)
    assert store.count(ListQuery(FORM)) == 6
    page.list.show_all()
    settle(window, until)
    page.list.table.selectRow(4)
    settle(window, until)
    page.delete()
    settle(window, until)
    assert page.list.position == 4  # one stays where one was
    assert page.list.current_row().texts["name"] == "监测断面信息2"  # type: ignore[union-attr]


def test_the_context_menu_offers_what_the_buttons_do(
    window: DepartmentWindow, page: RecordsPage, until: Until
) -> None:
    page.list.table.selectAll()
    page.list.menu.over_rows(QPoint(0, 0))
    menu = page.list.menu.shown
    assert menu is not None
    texts = [a.text().split("\t")[0] for a in menu.actions() if a.text()]
    assert {"打开", "填写 6 条…", "删除 6 条…", "全选 6 条"} <= set(texts)
    menu.close()
    page.list.menu.over_head(page.list.model.column_of("share_type"), QPoint(0, 0))
    head_menu = page.list.menu.shown
    assert head_menu is not None
    next(a for a in head_menu.actions() if a.text() == "降序排列").trigger()
    head_menu.close()
    settle(window, until)
    assert page.list.narrowing.sort == ("share_type", True)
    page.list.menu.over_head(page.list.model.column_of("share_type"), QPoint(0, 0))
    assert page.list.menu.shown is not None
    hide = next(a for a in page.list.menu.shown.actions() if a.text() == "不显示“共享类型”")
    hide.trigger()
    page.list.menu.shown.close()
    assert page.list.model.column_of("share_type") == -1


# -- possible duplicates ---------------------------------------------------------------------------------------------


@pytest.fixture
def alike(
    page: RecordsPage, window: DepartmentWindow, until: Until, qtbot: Any
) -> DuplicatesDialog:
    page.compare()
    dialog = window.findChild(DuplicatesDialog)
    assert dialog is not None
    until(lambda: dialog._comparison is not None)
    return dialog


def test_alike_records_stand_side_by_side(alike: DuplicatesDialog, page: RecordsPage) -> None:
    assert nameless_controls(alike) == []
    assert alike._names.stringList() == ["末尾数字不同 · 监测断面信息1（2 条）"]
    told = alike._comparison
    assert told is not None
    assert [f.id for f in told.differing] == ["name"]
    assert alike.delete_button.text() == "删除“监测断面信息1”…"
    alike.table.setCurrentIndex(alike.table.model().index(0, 2))
    assert alike.delete_button.text() == "删除“监测断面信息2”…"
    alike._on_open()
    assert page._target is not None
    assert alike.result() == QDialog.DialogCode.Accepted.value


def test_not_a_duplicate_is_remembered_and_undone(
    alike: DuplicatesDialog,
    window: DepartmentWindow,
    page: RecordsPage,
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def answer(dialog: ReasonDialog) -> int:
        dialog._text.setPlainText("两个断面各有一套数据")
        dialog.accept()
        return dialog.result()

    monkeypatch.setattr(ReasonDialog, "exec", answer)
    alike._on_apart()
    settle(window, until)
    assert alike._names.stringList() == []
    assert chip(page, "alike").isHidden()
    alike.decided.setChecked(True)
    assert alike._names.stringList() == ["✓ 末尾数字不同 · 监测断面信息1（2 条）"]
    assert not alike.apart_button.isEnabled()
    window._on_undo()
    settle(window, until)
    assert len(undecided(alike._groups)) == 2
    assert not chip(page, "alike").isHidden()


def test_the_second_of_two_is_deleted_from_the_comparison(
    alike: DuplicatesDialog, window: DepartmentWindow, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    reasons: list[str] = []

    def answer(dialog: DeleteDialog) -> int:
        reasons.append(dialog.reason)
        dialog.accept()
        return dialog.result()

    monkeypatch.setattr(DeleteDialog, "exec", answer)
    alike.table.setCurrentIndex(alike.table.model().index(0, 2))
    alike._on_delete()
    settle(window, until)
    assert reasons == ["与“监测断面信息1”重复"]
    assert window.session.store.count(ListQuery(FORM)) == 5
    assert alike._names.stringList() == []
