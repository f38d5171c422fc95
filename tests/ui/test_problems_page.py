"""The page of all problems, driven as a person would: groups, filters, mends, reasons, keys, 20,000 lines."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QWidget

from census_app import bootstrap
from census_app.domain.findings import Finding, Place, Severity
from census_app.domain.records import RecordId
from census_app.formspec.choices import ChoiceIndex
from census_app.formspec.types import Context
from census_app.services.checking import CheckReport
from census_app.services.editing import RecordEditor, create_record
from census_app.services.explaining import explain
from census_app.services.ports import WorkspaceStore
from census_app.ui.department import check_page as check_page_module
from census_app.ui.department.check_page import CLEAR, LIST, NOTHING, CheckPage
from census_app.ui.department.cursor import cursor_in
from census_app.ui.department.explain_dialog import ExplainDialog
from census_app.ui.department.lazy_column import FIRST
from census_app.ui.department.mend_dialog import AFTER, RECORD, MendDialog
from census_app.ui.department.next_problem import PREVIOUS
from census_app.ui.department.problem_groups import (
    BY_RECORD,
    BY_RULE,
    BY_SECTION,
    Arranger,
    Wanted,
    kind_of,
)
from census_app.ui.department.side_panel import SidePanel
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.forms.titles import TitleCache
from census_app.ui.models.problem_list import SAID, STANDS, WHAT
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.translation import Words
from tests.ui.driving import Opener, Until, settle

FORM_SET = bootstrap.shipped_form_set()
RESOURCE, ITEM = "information_resource", "data_item"


@pytest.fixture(autouse=True)
def _quick_timers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_page_module, "SEARCH_AFTER_MS", 5)


@pytest.fixture
def records(store: WorkspaceStore, services: bootstrap.Services) -> list[RecordId]:
    """Three resources with the same mistakes, the first with an item that has one."""
    made = []
    for name, condition in (
        ("许可　信息", "无"),
        ("处罚管理系统", "没有"),
        ("监测信息", "需经处室同意"),
    ):
        record = create_record(store, RESOURCE, {"name": name}, actor="李四", clock=services.clock)
        edit = RecordEditor(store, RESOURCE, record, actor="李四", clock=services.clock)
        edit.set_text("share_type", "无条件共享")
        edit.set_text("share_condition", condition)
        edit.set_text("records_total_wan", "1200条")
        edit.set_text("published_on", "1980-01-01")
        made.append(record)
    create_record(
        store, ITEM, {"name": "姓　名"}, actor="李四", clock=services.clock, parent=made[0]
    )
    return made


@pytest.fixture
def window(records: list[RecordId], store: WorkspaceStore, open_window: Opener) -> DepartmentWindow:
    del records
    return open_window(store, page="check")


def group_about(page: CheckPage, rule: str) -> int:
    return next(n for n, g in enumerate(page.model.groups) if g.first.rule == rule)


def choose_group(page: CheckPage, number: int) -> None:
    page.table.setCurrentIndex(page.model.index(page.model.row_of_group(number), WHAT))


def texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel))


def value(window: DepartmentWindow, record: RecordId, field: str) -> object:
    found = window.session.store.record(RESOURCE, record)
    assert found is not None
    return found.values.get(field)


# -- arranging ---------------------------------------------------------------------------------------------------------


def test_every_grouping_holds_every_problem_once(window: DepartmentWindow) -> None:
    session = window.session
    arranger = Arranger(session.context, window.words, session.problems.places)
    everything = session.problems.all()
    for grouping in (BY_RULE, BY_RECORD, BY_SECTION):
        groups = arranger.arrange(everything, Wanted(grouping)).groups
        assert sorted(id(f) for g in groups for f in g.findings) == sorted(map(id, everything))
        assert all(g.label for g in groups)


def test_items_stand_below_their_resource_when_grouped_by_record(
    window: DepartmentWindow, records: list[RecordId]
) -> None:
    session = window.session
    arranger = Arranger(session.context, window.words, session.problems.places)
    groups = arranger.arrange(session.problems.all(), Wanted(BY_RECORD, form=RESOURCE)).groups
    own = next(g for g in groups if g.key == (RESOURCE, records[0]))
    assert {f.form for f in own.findings} == {RESOURCE, ITEM}
    assert own.label == "许可　信息 · 信息资源"


def test_text_finds_name_owner_words_and_rule(window: DepartmentWindow) -> None:
    session = window.session
    arranger = Arranger(session.context, window.words, session.problems.places)
    everything = session.problems.all()

    def found(text: str, **more: str) -> list[Finding]:
        wanted = Wanted(text=text, **more)
        return [f for g in arranger.arrange(everything, wanted).groups for f in g.findings]

    assert {f.title for f in found("处罚")} == {"处罚管理系统"}
    assert any(f.form == ITEM for f in found("许可 信息"))
    assert {f.rule for f in found("res-11")} >= {"RES-11"}
    assert all(kind_of(f) == "warnings" for f in found("", kind="warnings"))
    assert found("没有这样的文字") == []


# -- the page ----------------------------------------------------------------------------------------------------------


def test_the_page_counts_all_and_says_what_is_known_of_one(window: DepartmentWindow) -> None:
    page = window.check_page
    shown = sum(len(g.findings) for g in page.model.groups)
    assert shown == len(window.session.problems.all())
    assert f"共 {shown} 个问题" in page._head._note.text()
    number = group_about(page, "RES-11")
    page.model.set_open(number, opened=True)
    page.table.setCurrentIndex(page.model.index(page.model.row_of_group(number) + 1, WHAT))
    told = texts(page.detail)
    for part in ("许可　信息", "现在填的是", "怎样改", "改为", "无条件", "示例", "依据"):
        assert part in told
    assert page.detail.mend.text() == "改为“无条件”"
    assert nameless_controls(page) == []


def test_chips_form_and_search_narrow_and_one_click_shows_all_again(
    window: DepartmentWindow, until: Until
) -> None:
    page = window.check_page
    everything = page.model.rowCount()
    page._chips[1].click()
    settle(window, until)
    assert {kind_of(f) for g in page.model.groups for f in g.findings} == {"warnings"}
    page.text.setText("没有这样的文字")
    settle(window, until)
    assert page._stack.currentIndex() == NOTHING
    page.show_all()
    settle(window, until)
    assert page._stack.currentIndex() == LIST
    assert sum(len(g.findings) for g in page.model.groups) <= everything + 200
    page.forms.setCurrentIndex(page.forms.findData("department"))
    settle(window, until)
    assert {g.first.form for g in page.model.groups} == {"department"}


def test_groups_switch_and_open_by_keyboard(
    window: DepartmentWindow, until: Until, qtbot: Any
) -> None:
    page = window.check_page
    page._grouping.button(2).click()
    settle(window, until)
    assert all(len(g.key) == 2 for g in page.model.groups)
    for number in range(len(page.model.groups)):
        page.model.set_open(number, opened=False)
    choose_group(page, 0)
    page.table.setFocus()
    rows = page.model.rowCount()
    qtbot.keyClick(page.table, Qt.Key.Key_Right)
    assert page.model.rowCount() > rows
    qtbot.keyClick(page.table, Qt.Key.Key_Down)
    qtbot.keyClick(page.table, Qt.Key.Key_Left)
    qtbot.keyClick(page.table, Qt.Key.Key_Left)
    assert page.model.rowCount() == rows
    qtbot.keyClick(page.table, Qt.Key.Key_Return)
    qtbot.keyClick(page.table, Qt.Key.Key_Down)
    first = page.model.groups[0].findings[0]
    qtbot.keyClick(page.table, Qt.Key.Key_Return)
    settle(window, until)
    shown = window.records_page()
    assert shown is not None
    assert shown.record == first.record


def test_a_group_is_mended_after_a_look_and_one_undo_takes_it_back(
    window: DepartmentWindow, records: list[RecordId], until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = window.check_page
    choose_group(page, group_about(page, "RES-11"))
    assert page.detail.mend.text() == "改正 3 处…"
    seen: dict[str, object] = {}

    def answer(dialog: MendDialog) -> int:
        until(lambda: bool(dialog.model.lines))
        seen["lines"] = [(line.before, line.after, line.certain) for line in dialog.model.lines]
        seen["chosen"] = len(dialog.model.chosen)
        seen["text"] = dialog.apply_button.text()
        seen["nameless"] = nameless_controls(dialog)
        return QDialog.DialogCode.Accepted.value

    monkeypatch.setattr(MendDialog, "exec", answer)
    page.detail.mend.click()
    settle(window, until)
    assert seen["lines"] == [
        ("无", "无条件", True),
        ("没有", "无条件", True),
        ("需经处室同意", "无条件", False),
    ]
    assert (seen["chosen"], seen["text"], seen["nameless"]) == (2, "改正 2 处", [])
    assert [value(window, r, "share_condition") for r in records] == [
        "无条件",
        "无条件",
        "需经处室同意",
    ]
    assert "已改正 2 处" in window.notice._text.text()
    window._on_undo()
    settle(window, until)
    assert value(window, records[0], "share_condition") == "无"


def test_ticks_decide_what_is_mended(themed: QApplication, window: DepartmentWindow) -> None:
    from census_app.services.mending import preview_mends  # noqa: PLC0415

    findings = [f for f in window.session.problems.all() if f.rule == "RES-11"]
    dialog = MendDialog(window.words, len(findings), window)
    dialog.show_lines(preview_mends(findings, window.session.context))
    model = dialog.model
    assert model.index(2, AFTER).data() == "无条件（待确认）"
    assert model.setData(model.index(0, RECORD), 0, Qt.ItemDataRole.CheckStateRole)
    assert dialog.apply_button.text() == "改正 1 处"
    model.tick_all(ticked=False)
    assert not dialog.apply_button.isEnabled()
    model.tick_all(ticked=True)
    assert len(model.chosen) == 3
    dialog.deleteLater()


def test_warnings_of_a_group_get_one_reason_and_hollow_words_are_refused(
    window: DepartmentWindow,
    services: bootstrap.Services,
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page, store = window.check_page, window.session.store
    other = [f for f in window.session.problems.all() if f.rule == "RES-3"]
    explain(store, other, "名称沿用批复文件", actor="王五", clock=services.clock)
    window.session.check_now()
    settle(window, until)
    warned = next(n for n, g in enumerate(page.model.groups)
                  if g.first.severity is Severity.WARNING and g.first.explanation is None)  # fmt: skip
    about = page.model.groups[warned].findings
    choose_group(page, warned)

    def answer(dialog: ExplainDialog) -> int:
        until(lambda: dialog.recent.count() == 1)
        for hollow in ("无", "没有原因", "无无无无"):
            dialog._text.setPlainText(hollow)
            assert not dialog._accept.isEnabled()
        dialog.recent.setCurrentRow(0)
        dialog._on_recent()
        assert dialog._accept.isEnabled()
        assert nameless_controls(dialog) == []
        return QDialog.DialogCode.Accepted.value

    monkeypatch.setattr(ExplainDialog, "exec", answer)
    page.detail.explain.click()
    settle(window, until)
    reasons = {e.record: e.reason for e in store.explanations() if e.rule == about[0].rule}
    assert reasons == {f.record: "名称沿用批复文件" for f in about}


def test_the_place_in_the_list_is_kept_through_a_check(
    window: DepartmentWindow, until: Until
) -> None:
    page = window.check_page
    number = len(page.model.groups) - 1
    choose_group(page, number)
    key = page.model.groups[number].key
    window.session.check_now()
    settle(window, until)
    now, place = page.model.place(page.table.currentIndex().row())
    assert (page.model.groups[now].key, place) == (key, -1)


# -- keys and the bottom line ------------------------------------------------------------------------------------------


def test_f8_and_shift_f8_walk_there_and_back(
    window: DepartmentWindow, records: list[RecordId], until: Until
) -> None:
    window.show_record(RESOURCE, records[0], "name")
    settle(window, until)
    page = window.records_page()
    assert page is not None

    def spot() -> tuple[str, str]:
        cursor = cursor_in(page)
        return cursor.record or page.record, cursor.field

    walked = [spot()]
    for _ in range(4):
        window.next_problem()
        settle(window, until)
        walked.append(spot())
    assert len(set(walked)) == 5
    for expected in reversed(walked[1:-1]):
        window.next_problem(PREVIOUS)
        settle(window, until)
        assert spot() == expected


def test_the_bottom_line_says_how_far_the_check_is_and_leads_to_it(
    window: DepartmentWindow, records: list[RecordId], until: Until
) -> None:
    told = window.status.left_text()
    assert "已检查 " in told
    assert "个错误" in told
    window._on_checking(True)
    assert "正在检查" in window.status.left_text()
    assert "个错误" in window.status.left_text()
    window._on_checking(False)
    window.show_record(RESOURCE, records[0], "name")
    settle(window, until)
    window.status._left.click()
    settle(window, until)
    assert window.pages.currentWidget() is window.check_page
    window.session.problems.mark()
    window.session.problems.take_report(CheckReport((), "2027-03-01T06:32:05Z", {}))
    window._show_status()
    assert "没有待处理的问题" in window.status.left_text()
    window.check_page.refresh()
    settle(window, until)
    assert window.check_page._stack.currentIndex() == CLEAR


def test_a_file_that_was_never_checked_says_so(
    store: WorkspaceStore, services: bootstrap.Services, preferences: Preferences, words: Words,
    qtbot: Any,
) -> None:  # fmt: skip
    made = DepartmentWindow(services, store, preferences, words)
    assert "尚未检查" in made.status.left_text()
    made.close()
    made.deleteLater()


# -- many --------------------------------------------------------------------------------------------------------------


def many(count: int) -> tuple[tuple[Finding, ...], dict[RecordId, Place]]:
    rules = ("RES-1b", "RES-3", "RES-10b", "RES-15b")
    findings, places = [], {}
    for number in range(count):
        record = RecordId(f"{number // 4:032x}")
        findings.append(
            Finding(
                rules[number % 4], Severity.WARNING, RESOURCE, record, ("name",), f"资源{number // 4}",
                values_sha256=str(number), mend={"name": "改名"} if number % 4 == 1 else {},
            )
        )  # fmt: skip
        places[record] = Place(number // 4)
    return tuple(findings), places


def test_twenty_thousand_problems_are_all_there_and_stay_fluent(
    window: DepartmentWindow, until: Until
) -> None:
    """The watchdog of these tests fails what holds the window for 50 ms."""
    findings, places = many(20_000)
    page = window.check_page
    report = CheckReport(findings, "2027-03-01T06:32:05Z", {}, places)
    window.session.problems.mark()
    window.session.problems.take_report(report)
    for grouping in (0, 1, 2):
        page._grouping.button(grouping).setChecked(True)
        page.refresh()
        settle(window, until)
        assert sum(len(g.findings) for g in page.model.groups) == 20_000
    page._grouping.button(0).setChecked(True)
    page.refresh()
    settle(window, until)
    page.model.set_open(0, opened=True)
    assert page.model.rowCount() == 4 + 5000
    page.table.scrollToBottom()
    page.table.setCurrentIndex(page.model.index(page.model.rowCount() - 1, WHAT))
    page.table.selectAll()
    assert len(page.detail.findings) == 20_000
    last = page.model.index(4999, SAID)
    assert last.data()
    assert page.model.index(0, STANDS).data().startswith("5\u00a0000")
    page.text.setText("资源4999")
    settle(window, until)
    assert sum(len(g.findings) for g in page.model.groups) == 4
    assert page.model.index(0, WHAT) != QModelIndex()


def test_a_thousand_cards_are_made_as_they_come_into_sight(
    themed: QApplication, words: Words, until: Until, qtbot: Any
) -> None:
    context = Context(FORM_SET, ChoiceIndex(FORM_SET), TitleCache())
    findings, _places = many(1000)
    panel = SidePanel(words)
    qtbot.addWidget(panel)
    panel.resize(320, 600)
    panel.show_problems(findings, context, 1000, with_record=True)
    column = panel._problems
    assert panel.tabs.tabText(0) == "问题 1000"
    assert column.waiting == 1001 - FIRST
    panel.show()
    bar = column.verticalScrollBar()
    until(lambda: bar.maximum() > 0 and not column._timer.isActive())
    left = column.waiting
    assert left > 900
    bar.setValue(bar.maximum())
    until(lambda: column.waiting < left)
    made = column._column
    panel.show_problems(findings, context, 1000, with_record=True)
    assert column._column is made, "what is shown already is not made anew"
