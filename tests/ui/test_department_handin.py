"""The hand-in as clerk and head walk through it: map, summary, approval, signature, stick, cover; by keyboard alone."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QWidget

from census_app import bootstrap
from census_app.domain.records import RecordId, Value, new_id
from census_app.formspec.model import Text
from census_app.services import checking, delivering, editing
from census_app.services.completeness import CellState, FormMap, MapCell, MapColumn, MapRow
from census_app.services.ports import WorkspaceStore
from census_app.settings import drives
from census_app.settings import files as files_module
from census_app.settings.drives import Drive
from census_app.ui.department.export_page import (
    APPROVAL,
    HANDOVER,
    MAP,
    SIGNING,
    SUMMARY,
    ExportPage,
)
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.models.completeness_table import CompletenessModel
from census_app.ui.preview.dialog import PreviewDialog
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.translation import Words
from tests.ui.conftest import PASSPHRASE, Campaign
from tests.ui.driving import Until, settle

Open = Callable[..., DepartmentWindow]
OFFICE, RESOURCE, ITEM = "internal_office", "information_resource", "data_item"


@pytest.fixture
def office(store: WorkspaceStore, services: bootstrap.Services) -> RecordId:
    """A department without a problem, and one office of it."""
    clock = services.clock
    (own,) = store.stream_records("department")
    values: dict[str, Value | None] = {"org_kind": "government"}
    checking.set_everywhere(store, "department", [own.id], values, actor="李四", clock=clock)
    return add(store, services, OFFICE, name="办公室", duties="协调")


def add(
    store: WorkspaceStore, services: bootstrap.Services, form: str, **values: Value
) -> RecordId:
    return editing.create_record(store, form, values, actor="李四", clock=services.clock)


def export_page(window: DepartmentWindow, until: Until) -> ExportPage:
    window.guide.select("export")
    settle(window, until)
    found = window.page("export")
    assert isinstance(found, ExportPage)
    return found


def guide_note(window: DepartmentWindow) -> tuple[str, str]:
    entry = next(e for e in window.guide._model.entries if e.id == "export")
    return entry.note, entry.tip


@pytest.fixture
def stick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the computer takes for a stick."""
    made = tmp_path / "KINGSTON"
    made.mkdir()
    plug(monkeypatch, Drive(made, "KINGSTON"))
    return made


def plug(monkeypatch: pytest.MonkeyPatch, *found: Drive) -> None:
    monkeypatch.setattr(drives, "removable_drives", lambda: list(found))
    monkeypatch.setattr(delivering, "removable_drives", lambda: list(found))


# -- the map -----------------------------------------------------------------------------------------------------------


def test_a_cell_of_the_map_leads_to_the_problem_of_that_section(
    store: WorkspaceStore,
    services: bootstrap.Services,
    office: RecordId,
    open_window: Open,
    until: Until,
) -> None:
    add(store, services, RESOURCE, name="甲", abstract="本部门产生的甲类信息，供各部门核对使用。")
    worst = add(store, services, RESOURCE, name="乙")
    window = open_window(store)
    page = export_page(window, until)
    view = page.map
    assert page.strip.state(MAP) == "2 条未完成"
    assert view.forms.currentData() == RESOURCE  # where most is to be done
    first = view.model.row_at(view.model.index(0, 0))
    assert first is not None
    assert first.record == worst
    names = [c.id for c in view.model.columns]
    view.table.setFocus()
    view.table.setCurrentIndex(view.model.index(0, 1 + names.index("sharing")))
    assert "个问题" in view._told.text()
    QTest.keyClick(view.table, Qt.Key.Key_Return)
    settle(window, until)
    records = window.records_page()
    assert records is not None
    assert (records.form.id, records.record) == (RESOURCE, worst)
    field = window.field_at_cursor()
    assert records.form.field_by_id(field).section == "sharing"


def test_a_cell_of_the_items_leads_to_the_item_that_is_wrong(
    store: WorkspaceStore,
    services: bootstrap.Services,
    office: RecordId,
    open_window: Open,
    until: Until,
) -> None:
    owner = add(store, services, RESOURCE, name="甲")
    editing.create_record(
        store, ITEM, {"name": "编号"}, actor="t", clock=services.clock, parent=owner
    )
    window = open_window(store)
    view = export_page(window, until).map
    names = [c.id for c in view.model.columns]
    wanted: list[tuple[str, str, str]] = []
    view.field_wanted.connect(lambda *place: wanted.append(place))
    view.table.setCurrentIndex(view.model.index(0, 1 + names.index(ITEM)))
    view.go.click()
    settle(window, until)
    ((form, _record, field),) = wanted
    assert (form, field != "") == (ITEM, True)


def test_only_records_with_problems_are_shown_on_demand_and_another_form_can_be_chosen(
    store: WorkspaceStore,
    services: bootstrap.Services,
    office: RecordId,
    open_window: Open,
    until: Until,
) -> None:
    add(store, services, OFFICE)
    window = open_window(store)
    view = export_page(window, until).map
    assert view.forms.currentData() == OFFICE
    assert view.model.rowCount() == 2
    view.only_open.setChecked(True)
    assert view.model.rowCount() == 1
    view.choose("department")
    assert view.model.rowCount() == 0
    QAbstractItemModelTester(view.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    view.only_open.setChecked(False)
    assert view.model.rowCount() == 1


def test_two_thousand_records_are_shown_within_the_budget(
    words: Words, themed: QApplication
) -> None:
    cells = tuple(MapCell(CellState.FILLED, 8, 6) for _ in range(9))
    rows = tuple(MapRow(new_id(), f"资源{n}", n, cells) for n in range(2000))
    columns = tuple(MapColumn(f"s{n}", Text(zh="分组", en="Section")) for n in range(9))
    model = CompletenessModel(words)
    began = time.thread_time()
    model.show_map(FormMap(RESOURCE, columns, rows))
    spent = time.thread_time() - began
    assert model.rowCount() == 2000
    assert spent < 0.05


# -- approval ----------------------------------------------------------------------------------------------------------


def test_the_head_returns_then_approves_and_the_approval_lapses_with_a_change(
    store: WorkspaceStore,
    services: bootstrap.Services,
    office: RecordId,
    open_window: Open,
    until: Until,
) -> None:
    window = open_window(store)
    page = export_page(window, until)
    stage = page.approval
    page._go_on(APPROVAL)
    assert page.strip.state(APPROVAL) == "草稿"
    stage.submit.click()
    settle(window, until)
    assert guide_note(window)[0] == "待审核"
    assert not stage.send_back.isEnabled()  # a reason is missing
    stage.name.setText("王芳")
    stage.office.setText("副处长")
    stage.remark.setPlainText("请把办公室的职责写全")
    stage.send_back.click()
    settle(window, until)
    note, tip = guide_note(window)
    assert note == "被退回"
    assert "请把办公室的职责写全" in tip  # where the clerk sees it
    assert "请把办公室的职责写全" in stage._remark.text()
    stage.submit.click()
    settle(window, until)
    assert stage.approve.isEnabled()
    stage.approve.click()
    settle(window, until)
    assert page.strip.state(APPROVAL) == "部门审核通过"
    assert not page.signing.caution.isVisibleTo(page.signing)
    checking.set_everywhere(
        store, OFFICE, [office], {"duties": "综合协调"}, actor="李四", clock=services.clock
    )
    window.session.check_now()
    settle(window, until)
    assert page.strip.state(APPROVAL) == "审批已失效"
    assert "失效" in page.signing.caution.text()
    assert guide_note(window)[0] == "须重审"
    assert [a.kind for a in store.acts()] == ["submitted", "returned", "submitted", "approved"]


def test_the_name_of_the_head_is_remembered(
    store: WorkspaceStore, office: RecordId, open_window: Open, until: Until
) -> None:
    window = open_window(store)
    stage = export_page(window, until).approval
    stage.name.setText("王芳")
    stage.office.setText("副处长")
    stage.approve.click()
    settle(window, until)
    assert window.preferences.text("approver_name") == "王芳"
    assert window.preferences.text("approver_office") == "副处长"


# -- summary -----------------------------------------------------------------------------------------------------------


def test_the_summary_names_changes_and_leads_to_them(
    store: WorkspaceStore,
    services: bootstrap.Services,
    office: RecordId,
    campaign: Campaign,
    open_window: Open,
    until: Until,
) -> None:
    campaign.enrol(store)
    campaign.hand_in(store)
    checking.set_everywhere(
        store, OFFICE, [office], {"duties": "综合协调"}, actor="李四", clock=services.clock
    )
    window = open_window(store)
    page = export_page(window, until)
    page._go_on(SUMMARY)
    stage = page.summary
    assert page.strip.state(SUMMARY) == "与上次相比 1 条变化"
    assert stage.model.rowCount() == 1
    told = stage.model.index(0, 2).data()
    assert told.startswith("变更了")
    stage.table.activated.emit(stage.model.index(0, 0))
    settle(window, until)
    records = window.records_page()
    assert records is not None
    assert records.record == office


def test_the_summary_is_previewed(
    store: WorkspaceStore, office: RecordId, open_window: Open, until: Until
) -> None:
    window = open_window(store)
    page = export_page(window, until)
    for button in (page.summary.print_summary, page.summary.print_all):
        button.click()
        settle(window, until)
        assert isinstance(page.paper.preview, PreviewDialog)
        assert page.paper.preview.preview.pages is not None
        page.paper.preview.close()


# -- signature and delivery --------------------------------------------------------------------------------------------


def test_a_stick_is_offered_and_may_be_removed_only_after_it_was_read_back(
    store: WorkspaceStore,
    office: RecordId,
    campaign: Campaign,
    stick: Path,
    open_window: Open,
    until: Until,
) -> None:
    campaign.enrol(store)
    window = open_window(store)
    page = export_page(window, until)
    page._go_on(SIGNING)
    settle(window, until)
    assert page.signing.destination.box.itemText(0) == f"U 盘 KINGSTON（{stick}）"
    page.signing.destination.box.setCurrentIndex(0)
    assert page.signing.target() == (stick, stick)
    page.signing.passphrase.setText(PASSPHRASE)
    page.signing.export.click()
    settle(window, until)
    assert page.stage == HANDOVER
    lines = page.handover.line_texts()
    assert lines[-1] == "现在可以安全拔出 U 盘"
    assert len(list(stick.iterdir())) == 2
    assert nameless_controls(window) == []
    assert page.strip.state(SIGNING) == "第 1 号：已导出 · 等待回执"


def test_a_stick_that_fails_costs_no_number_and_the_package_is_written_elsewhere(
    store: WorkspaceStore,
    office: RecordId,
    campaign: Campaign,
    stick: Path,
    open_window: Open,
    until: Until,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    campaign.enrol(store)
    window = open_window(store)
    page = export_page(window, until)
    real = files_module._write_synced

    def pulled(temporary: Path, *rest: Any) -> str:
        if temporary.is_relative_to(stick):
            plug(monkeypatch)
            raise OSError(errno.EIO, "Input/output error")
        return real(temporary, *rest)

    monkeypatch.setattr(files_module, "_write_synced", pulled)
    page.export(stick, PASSPHRASE, stick)
    settle(window, until)
    assert page.stage == HANDOVER
    assert any("U 盘已不在" in line for line in page.handover.line_texts())
    assert not any("安全" in line for line in page.handover.line_texts())
    assert list(stick.iterdir()) == []
    page.handover.again.click()
    settle(window, until)
    dialog = page.dialog
    assert dialog is not None
    assert nameless_controls(dialog) == []
    dialog.destination.choose(tmp_path / "other")
    settle(window, until)
    dialog.write.click()
    settle(window, until)
    assert len(list((tmp_path / "other").iterdir())) == 2
    assert [p.sequence for p in store.packages() if p.type == "submission"] == [1]


def test_a_full_stick_is_told_before_anything_is_signed(
    store: WorkspaceStore,
    office: RecordId,
    campaign: Campaign,
    stick: Path,
    open_window: Open,
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    campaign.enrol(store)
    window = open_window(store)
    page = export_page(window, until)
    told: list[str] = []
    monkeypatch.setattr(window.runner, "_on_error", lambda error: told.append(error.code))
    monkeypatch.setattr(delivering, "free_bytes", lambda _folder: 0)
    page.export(stick, PASSPHRASE, stick)
    settle(window, until)
    assert told == ["DESTINATION_FULL"]
    assert store.packages() == []
    assert page.stage != HANDOVER


def test_a_write_protected_stick_is_said_in_words_and_cannot_be_chosen_to_sign_for(
    store: WorkspaceStore,
    office: RecordId,
    campaign: Campaign,
    tmp_path: Path,
    open_window: Open,
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    campaign.enrol(store)
    plug(monkeypatch, Drive(tmp_path, "KINGSTON", read_only=True))
    window = open_window(store)
    page = export_page(window, until)
    page.signing.destination.box.setCurrentIndex(0)
    page.signing.passphrase.setText(PASSPHRASE)
    assert "写保护" in page.signing.destination.told.text()
    assert not page.signing.export.isEnabled()
    assert "写保护" in page.signing.blocked.text()


def test_a_folder_on_a_stick_that_is_not_plugged_in_is_no_place_to_write_to(
    store: WorkspaceStore,
    office: RecordId,
    campaign: Campaign,
    stick: Path,
    open_window: Open,
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    campaign.enrol(store)
    window = open_window(store)
    page = export_page(window, until)
    place = page.signing.destination
    place.choose(stick / "普查")
    settle(window, until)
    assert page.signing.target() == (stick / "普查", stick)
    page.signing.passphrase.setText(PASSPHRASE)
    assert page.signing.export.isEnabled()
    plug(monkeypatch)
    place.again.click()
    settle(window, until)
    assert "U 盘不在" in place.told.text()
    assert not page.signing.export.isEnabled()


def test_who_has_handed_in_and_changed_nothing_is_told_so_and_shown_the_package(
    store: WorkspaceStore,
    office: RecordId,
    campaign: Campaign,
    open_window: Open,
    until: Until,
) -> None:
    campaign.enrol(store)
    window = open_window(store)
    page = export_page(window, until)
    page.export(campaign.post, PASSPHRASE)
    settle(window, until)
    window.guide.select("check")
    page = export_page(window, until)
    page._go_on(SIGNING)
    assert "没有改动" in page.signing.caution.text()
    page.signing.last.click()
    settle(window, until)
    assert page.stage == HANDOVER
    assert page.result is not None
    assert page.result.number == 1
    page.handover.cover.click()
    settle(window, until)
    assert isinstance(page.paper.preview, PreviewDialog)
    page.paper.preview.close()


def test_a_section_hands_up_without_approval(
    services: bootstrap.Services, tmp_path: Path, code: str, open_window: Open, until: Until
) -> None:
    section = services.create_workspace(tmp_path / "处室.censusdb", "监测处", f"{code}A1")
    page = export_page(open_window(section), until)
    assert list(page.strip.buttons) == [MAP, SUMMARY, SIGNING]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_stage_names_its_controls(
    store: WorkspaceStore,
    office: RecordId,
    campaign: Campaign,
    open_window: Open,
    until: Until,
    language: str,
) -> None:
    campaign.enrol(store)
    window = open_window(store, Words(language))
    page = export_page(window, until)
    for stage in (MAP, SUMMARY, APPROVAL, SIGNING):
        page._go_on(stage)
        settle(window, until)
        assert nameless_controls(window) == [], stage


# -- by keyboard alone -------------------------------------------------------------------------------------------------


def focus(window: QWidget) -> QWidget:
    """Return what has the focus in a window, also while a window of progress lies over it."""
    found = window.focusWidget()
    assert found is not None
    return found


def tab_to(window: QWidget, wanted: QWidget) -> None:
    """Press Tab until a widget has the focus, as a person would who knows no mouse."""
    for _ in range(40):
        if focus(window) is wanted:
            return
        press_key(window, Qt.Key.Key_Tab)
    raise AssertionError(wanted.accessibleName() or getattr(wanted, "text", str)())


def press_key(window: QWidget, key: Qt.Key) -> None:
    QTest.keyClick(focus(window), key)


def test_from_the_top_of_the_page_to_the_cover_by_keyboard_alone(
    store: WorkspaceStore,
    office: RecordId,
    campaign: Campaign,
    stick: Path,
    open_window: Open,
    until: Until,
    qtbot: Any,
) -> None:
    campaign.enrol(store)
    window = open_window(store)
    page = export_page(window, until)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    page.strip.buttons[MAP].setFocus()
    tab_to(window, page.map.next)
    press_key(window, Qt.Key.Key_Space)
    assert page.stage == SUMMARY
    tab_to(window, page.summary.next)
    press_key(window, Qt.Key.Key_Space)
    assert page.stage == APPROVAL
    assert focus(window) is page.approval.submit
    press_key(window, Qt.Key.Key_Space)
    settle(window, until)
    tab_to(window, page.approval.name)
    for text, line in (("王芳", page.approval.name), ("副处长", page.approval.office)):
        tab_to(window, line)
        line.insert(text)  # as an input method commits it
    tab_to(window, page.approval.approve)
    press_key(window, Qt.Key.Key_Space)
    settle(window, until)
    tab_to(window, page.approval.next)
    press_key(window, Qt.Key.Key_Space)
    settle(window, until)
    assert page.stage == SIGNING
    assert focus(window) is page.signing.passphrase
    page.signing.passphrase.insert(PASSPHRASE)
    tab_to(window, page.signing.destination.box)
    press_key(window, Qt.Key.Key_Home)
    assert page.signing.target() == (stick, stick)
    tab_to(window, page.signing.export)
    press_key(window, Qt.Key.Key_Space)
    settle(window, until)
    assert page.stage == HANDOVER
    assert focus(window) is page.handover.cover
    press_key(window, Qt.Key.Key_Space)
    settle(window, until)
    assert isinstance(page.paper.preview, PreviewDialog)
    printed = page.paper.preview.preview.pages
    assert printed is not None
    assert printed.count == 1
    page.paper.preview.close()
    assert [a.kind for a in store.acts()] == ["submitted", "approved", "handed_in"]
