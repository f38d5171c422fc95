"""In the running window: copies, a section taken over, what repeats, records made and followed, keys of the form."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from census_app import bootstrap
from census_app.domain.changes import Origin
from census_app.domain.records import RecordId, Unfit, Value
from census_app.services.editing import create_record
from census_app.services.ports import WorkspaceStore
from census_app.ui.department.copy_section_dialog import CopySectionDialog
from census_app.ui.department.records_page import RecordsPage
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.forms import editor as editor_module
from census_app.ui.forms.section_page import SectionPage
from census_app.ui.preview.dialog import PreviewDialog
from census_app.ui.shell.accessibility import nameless_controls
from tests.ui.driving import Opener, Until, settle

RESOURCE, SYSTEM, ITEM = "information_resource", "information_system", "data_item"
NONE, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def records(store: WorkspaceStore, services: bootstrap.Services) -> dict[str, RecordId]:
    """Two resources and a system; the second resource is the last one made."""

    def add(form: str, parent: RecordId | None = None, **values: Value) -> RecordId:
        return create_record(store, form, values, actor="t", clock=services.clock, parent=parent)

    system = add(SYSTEM, name="排污许可系统")
    first = add(
        RESOURCE, name="排污许可证信息", update_cycle="5", format_class="03",
        source_systems=(system,),
    )  # fmt: skip
    add(ITEM, first, name="许可证编号")
    add(ITEM, first, name="单位名称")
    second = add(RESOURCE, name="企业名录", update_cycle="5", format_class="03")
    return {"system": system, "first": first, "second": second}


@pytest.fixture
def window(
    records: dict[str, RecordId], store: WorkspaceStore, open_window: Opener
) -> DepartmentWindow:
    del records
    return open_window(store)


def show(window: DepartmentWindow, form: str, record: RecordId, until: Until) -> RecordsPage:
    window.show_record(form, record, window.session.form_set.form(form).title)
    settle(window, until)
    page = window.records_page()
    assert page is not None
    assert page.record == record
    return page


def values_of(window: DepartmentWindow, form: str, record: str) -> dict[str, Value]:
    found = window.session.store.record(form, RecordId(record))
    assert found is not None
    return dict(found.values)


def key(window: DepartmentWindow, code: Qt.Key, modifier: Any = NONE) -> None:
    QTest.keyClick(window.focusWidget() or window, code, modifier)


def field_at_cursor(window: DepartmentWindow) -> str:
    page = window.records_page()
    assert page is not None
    return window.field_at_cursor()


def test_the_sheet_of_a_record_is_previewed(
    window: DepartmentWindow, records: dict[str, RecordId], until: Until
) -> None:
    page = show(window, RESOURCE, records["first"], until)
    key(window, Qt.Key.Key_P, CONTROL)
    settle(window, until)
    shown = page.links.paper.preview
    assert isinstance(shown, PreviewDialog)
    assert shown.windowTitle() == "信息资源登记表"
    assert shown.preview.pages is not None
    shown.close()
    assert page.links.print in page.links.button.menu().actions()


def test_a_copy_stands_with_the_cursor_in_its_name_and_one_undo_takes_it_back(
    window: DepartmentWindow, records: dict[str, RecordId], until: Until
) -> None:
    page = show(window, RESOURCE, records["first"], until)
    key(window, Qt.Key.Key_D, CONTROL | SHIFT)
    settle(window, until)
    assert page.record not in {records["first"], records["second"]}
    assert page.state is not None
    assert page.state.values["name"] == "排污许可证信息"
    assert field_at_cursor(window) == "name"
    assert "副本，连同 2 个信息项" in page.links.bar._text.text()
    copy = page.record
    entries = window.session.store.journal(RESOURCE, copy)
    assert {e.origin for e in entries} == {Origin.COPIED}
    page.links.bar._action.click()
    settle(window, until)
    assert window.session.store.record(RESOURCE, copy) is None
    assert page.links.bar.isHidden()


def test_what_repeats_is_offered_for_a_new_record_and_taken_with_one_key(
    window: DepartmentWindow, records: dict[str, RecordId], until: Until
) -> None:
    page = show(window, RESOURCE, records["second"], until)
    page.add()
    settle(window, until)
    bar = page.links.bar
    assert bar.isVisible()
    assert "可以沿用上一条“企业名录”" in bar._text.text()
    assert "更新周期" in bar.toolTip()
    assert "update_cycle" not in values_of(window, RESOURCE, page.record)
    key(window, Qt.Key.Key_L, CONTROL)
    settle(window, until)
    assert values_of(window, RESOURCE, page.record)["update_cycle"] == "5"
    assert "已沿用" in bar._text.text()
    bar._action.click()
    settle(window, until)
    assert "update_cycle" not in values_of(window, RESOURCE, page.record)


def test_typing_on_takes_the_offer_to_undo_away_but_not_what_was_taken(
    window: DepartmentWindow, records: dict[str, RecordId], until: Until
) -> None:
    page = show(window, RESOURCE, records["second"], until)
    page.add()
    settle(window, until)
    key(window, Qt.Key.Key_L, CONTROL)
    settle(window, until)
    QTest.keyClicks(window.focusWidget(), "abc")
    page.flush()
    settle(window, until)
    assert page.links.bar.isHidden()
    assert values_of(window, RESOURCE, page.record)["update_cycle"] == "5"


def test_a_section_is_taken_over_after_it_was_shown_field_by_field(
    window: DepartmentWindow, records: dict[str, RecordId], until: Until
) -> None:
    page = show(window, RESOURCE, records["second"], until)
    page.links.copy_section()
    settle(window, until)
    dialog = window.findChild(CopySectionDialog)
    assert dialog is not None
    assert nameless_controls(dialog) == []
    section = window.session.form_set.form(RESOURCE).field_by_id("source_systems").section
    dialog.section.setCurrentIndex(dialog.section.findData(section))
    assert not dialog.apply_button.isEnabled()
    dialog.take_source(records["first"])
    settle(window, until)
    rows = [
        [dialog._model.item(row, column).text() for column in range(3)]
        for row in range(dialog._model.rowCount())
    ]
    assert ["来源信息系统名称", "—", "排污许可系统"] in rows
    assert "空着" in dialog._note.text()
    dialog.apply_button.click()
    settle(window, until)
    assert values_of(window, RESOURCE, records["second"])["source_systems"] == (records["system"],)
    assert "已从“排污许可证信息”复制" in page.links.bar._text.text()
    window.session.undo()
    settle(window, until)
    assert "source_systems" not in values_of(window, RESOURCE, records["second"])


def test_a_section_of_which_everything_is_unticked_cannot_be_taken_over(
    window: DepartmentWindow, records: dict[str, RecordId], until: Until
) -> None:
    page = show(window, RESOURCE, records["second"], until)
    page.links.copy_section()
    settle(window, until)
    dialog = window.findChild(CopySectionDialog)
    assert dialog is not None
    dialog.take_source(records["first"])
    settle(window, until)
    for row in range(dialog._model.rowCount()):
        dialog._model.item(row).setCheckState(Qt.CheckState.Unchecked)
    assert not dialog.apply_button.isEnabled()
    dialog.reject()


def test_a_system_is_made_where_it_is_referred_to_followed_and_left_again(
    window: DepartmentWindow, records: dict[str, RecordId], until: Until
) -> None:
    page = show(window, RESOURCE, records["second"], until)
    view = page._view
    assert view is not None
    view.go_to("source_systems")
    row = view.row("source_systems")
    assert row is not None
    row.editor.button.opened.emit("企业信用系统")  # type: ignore[attr-defined]
    popup = row.editor.popup  # type: ignore[attr-defined]
    QTest.keyClick(popup.search, Qt.Key.Key_Return, CONTROL)
    settle(window, until)
    made = values_of(window, RESOURCE, records["second"])["source_systems"]
    assert isinstance(made, tuple)
    assert values_of(window, SYSTEM, made[0])["name"] == "企业信用系统"
    assert "已新建政务信息系统“企业信用系统”" in page.links.bar._text.text()
    page.links.bar._action.click()
    settle(window, until)
    systems = window.records_page()
    assert systems is not None
    assert (systems.form.id, systems.record) == (SYSTEM, made[0])
    assert "企业信用系统" in window.notice._text.text()
    window.notice._action.click()
    settle(window, until)
    back = window.records_page()
    assert back is not None
    assert (back.form.id, back.record) == (RESOURCE, records["second"])


def test_a_unit_typed_into_a_number_is_taken_off_with_one_key(
    window: DepartmentWindow, records: dict[str, RecordId], until: Until
) -> None:
    page = show(window, RESOURCE, records["second"], until)
    view = page._view
    assert view is not None
    view.go_to("size_total_gb")
    row = view.row("size_total_gb")
    assert row is not None
    QTest.keyClicks(row.editor.line, "1200 GB")  # type: ignore[attr-defined]
    page.flush()
    settle(window, until)
    assert values_of(window, RESOURCE, page.record)["size_total_gb"] == Unfit("1200 GB")
    assert row._offer.isVisible()
    key(window, Qt.Key.Key_Return, ALT)
    settle(window, until)
    assert str(values_of(window, RESOURCE, page.record)["size_total_gb"]) == "1200"
    assert row.editor.line.text() == "1200"  # type: ignore[attr-defined]


def test_the_offer_for_what_was_just_typed_needs_no_waiting(
    window: DepartmentWindow, records: dict[str, RecordId], until: Until
) -> None:
    page = show(window, RESOURCE, records["second"], until)
    view = page._view
    assert view is not None
    view.go_to("size_total_gb")
    QTest.keyClicks(window.focusWidget(), "30 GB")
    key(window, Qt.Key.Key_Return, ALT)
    settle(window, until)
    assert str(values_of(window, RESOURCE, page.record)["size_total_gb"]) == "30"


def test_escape_keeps_what_was_typed(
    window: DepartmentWindow, records: dict[str, RecordId], until: Until
) -> None:
    page = show(window, RESOURCE, records["second"], until)
    QTest.keyClicks(window.focusWidget(), "2017")
    key(window, Qt.Key.Key_Escape)
    settle(window, until)
    assert "2017" in str(values_of(window, RESOURCE, page.record)["name"])


def test_escape_and_the_clock_leave_a_word_alone_that_is_being_composed(
    window: DepartmentWindow,
    records: dict[str, RecordId],
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = show(window, RESOURCE, records["second"], until)
    line = window.focusWidget()
    assert line is not None
    QApplication.sendEvent(line, QInputMethodEvent("shuju", []))
    page.show_list()
    assert window.focusWidget() is line
    window.session.set_value(RESOURCE, page.record, "is_open", True)
    settle(window, until)
    assert line.composing  # type: ignore[attr-defined]
    monkeypatch.setattr(editor_module, "IDLE_COMMIT_MS", 10)
    done = QInputMethodEvent("", [])
    done.setCommitString("数据")
    QApplication.sendEvent(line, done)
    page.flush()
    settle(window, until)
    assert "数据" in str(values_of(window, RESOURCE, page.record)["name"])
    assert values_of(window, RESOURCE, page.record)["is_open"] is True


@pytest.mark.parametrize("field", ["name", "abstract", "share_type", "class_code", "is_open"])
def test_sections_turn_from_every_kind_of_field_and_the_cursor_goes_along(
    window: DepartmentWindow, records: dict[str, RecordId], until: Until, field: str
) -> None:
    page = show(window, RESOURCE, records["second"], until)
    view = page._view
    assert view is not None
    assert view.go_to(field)
    before = view.tabs.currentIndex()
    key(window, Qt.Key.Key_PageDown, CONTROL)
    assert view.tabs.currentIndex() == before + 1
    shown = view.stack.currentWidget()
    assert shown is not None
    assert shown.isAncestorOf(window.focusWidget())
    key(window, Qt.Key.Key_PageUp, CONTROL)
    assert view.tabs.currentIndex() == before


def test_tab_leads_through_all_sections_and_back(
    window: DepartmentWindow, records: dict[str, RecordId], until: Until
) -> None:
    page = show(window, RESOURCE, records["second"], until)
    view = page._view
    assert view is not None
    view.focus_first()
    seen = [field_at_cursor(window)]
    for _ in range(90):
        key(window, Qt.Key.Key_Tab)
        if not isinstance(view.stack.currentWidget(), SectionPage):
            break
        if field_at_cursor(window) != seen[-1]:
            seen.append(field_at_cursor(window))
    assert page.state is not None
    form = window.session.form_set.form(RESOURCE)
    wanted = [
        f.id
        for f in form.field
        if f.id in page.state.relevant and f.type not in {"calculation", "note"}
    ]
    assert sorted(seen) == sorted(wanted)
    view.show_section("format")
    view._enter_section(last=False)
    key(window, Qt.Key.Key_Backtab, SHIFT)
    assert view.section == "basic"
