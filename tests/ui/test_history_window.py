"""The history in the window: of the record, of the field with the cursor, of the whole file; values come back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from census_app import bootstrap
from census_app.domain.changes import Insert, Origin, Step
from census_app.domain.records import Record, RecordId, new_id
from census_app.services.editing import RecordEditor, create_record, remove_records
from census_app.services.lookup import stamp
from census_app.services.ports import WorkspaceStore
from census_app.ui.department import history_dialog as history_dialog_module
from census_app.ui.department.history_dialog import REMOVED, HistoryDialog
from census_app.ui.department.history_tab import FIELD
from census_app.ui.department.side_panel import HISTORY
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.shell.accessibility import nameless_controls
from tests.ui.driving import Opener, Until, settle

RESOURCE, ITEM = "information_resource", "data_item"


@pytest.fixture(autouse=True)
def _quick_timers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_dialog_module, "SEARCH_AFTER_MS", 5)


@pytest.fixture
def record(store: WorkspaceStore, services: bootstrap.Services) -> RecordId:
    """A resource that two people edited, and one that was deleted with its item."""
    clock = services.clock
    made = create_record(store, RESOURCE, {"name": "许可信息"}, actor="李四", clock=clock)
    edit = RecordEditor(store, RESOURCE, made, actor="李四", clock=clock)
    edit.set_text("update_cycle", "每日")
    edit.finish_stay()
    edit = RecordEditor(store, RESOURCE, made, actor="王五", clock=clock)
    edit.set_text("update_cycle", "每月", Origin.PASTED)
    gone = create_record(store, RESOURCE, {"name": "误录信息"}, actor="李四", clock=clock)
    create_record(store, ITEM, {"name": "姓名"}, actor="李四", clock=clock, parent=gone)
    remove_records(store, RESOURCE, [gone], "重复登记", actor="李四", clock=clock)
    return made


@pytest.fixture
def window(
    record: RecordId, store: WorkspaceStore, open_window: Opener, until: Until
) -> DepartmentWindow:
    made = open_window(store)
    made.show_record(RESOURCE, record, "name")
    settle(made, until)
    return made


@pytest.fixture
def dialog(window: DepartmentWindow, until: Until) -> Iterator[HistoryDialog]:
    made = HistoryDialog(window.session, window.words, window.preferences, window)
    made.back_wanted.connect(window.history.bring_back)
    made.show()
    settle(window, until)
    yield made
    made.close()
    made.deleteLater()


def texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel))


def value(window: DepartmentWindow, record: RecordId, field: str) -> object:
    found = window.session.store.record(RESOURCE, record)
    assert found is not None
    return found.values.get(field)


def shown(dialog: HistoryDialog, column: str) -> list[str]:
    at = dialog.model.column_of(column)
    return [str(dialog.model.index(n, at).data()) for n in range(dialog.model.total)]


# -- beside the record -------------------------------------------------------------------------------------------------


def test_the_tab_tells_the_record_and_follows_the_field(
    window: DepartmentWindow, record: RecordId, until: Until
) -> None:
    panel = window.panel
    panel.tabs.setCurrentIndex(HISTORY)
    settle(window, until)
    told = texts(panel.history)
    assert "王五  粘贴" in told
    assert "更新周期：每日 → 每月" in told
    assert "新增记录" in told
    window.show_record(RESOURCE, record, "update_cycle")
    settle(window, until)
    settle(window, until)
    panel.history._scope.button(FIELD).click()
    settle(window, until)
    assert [line.after for line in panel.history.lines] == ["每月", "每日"]
    assert "字段：更新周期" in texts(panel.history)
    window.show_record(RESOURCE, record, "name")
    settle(window, until)
    page = window.records_page()
    assert page is not None
    page.field_entered.emit("name")
    settle(window, until)
    assert [line.after for line in panel.history.lines] == ["许可信息"]
    assert nameless_controls(panel) == []


def bring_back_daily(window: DepartmentWindow, until: Until) -> None:
    """Press the button of the history's line about the first value."""
    window.panel.tabs.setCurrentIndex(HISTORY)
    settle(window, until)
    buttons = window.panel.history.findChildren(QPushButton)
    next(b for b in buttons if b.text() == "改回“每日”").click()
    settle(window, until)


def test_a_former_value_comes_back_from_the_tab_and_can_be_undone(
    window: DepartmentWindow, record: RecordId, until: Until
) -> None:
    bring_back_daily(window, until)
    assert value(window, record, "update_cycle") == "daily"
    assert window.panel.history.lines[0].origin == "恢复"
    window._on_undo()
    settle(window, until)
    assert value(window, record, "update_cycle") == "monthly"


def test_the_offer_to_undo_goes_with_the_next_edit_even_of_the_same_field(
    window: DepartmentWindow, record: RecordId, until: Until
) -> None:
    bring_back_daily(window, until)
    assert not window.notice.isHidden()
    assert window.notice._action.text() == "撤销"
    window.session.set_value(RESOURCE, record, "update_cycle", "yearly")
    settle(window, until)
    assert window.notice.isHidden()  # its button would take the newer edit back
    assert value(window, record, "update_cycle") == "yearly"


# -- the whole file ----------------------------------------------------------------------------------------------------


def test_the_dialog_shows_all_and_filters_by_person_origin_form_and_text(
    dialog: HistoryDialog, window: DepartmentWindow, until: Until
) -> None:
    everything = dialog.model.total
    assert f"共 {everything} 条" in dialog.note.text()
    assert "误录信息 › 姓名" in shown(dialog, "record")
    people = [dialog.person.itemText(n) for n in range(dialog.person.count())]
    assert people[1:] == sorted(["李四", "王五"])
    dialog.person.setCurrentIndex(dialog.person.findData("王五"))
    settle(window, until)
    assert shown(dialog, "after") == ["每月"]
    dialog.person.setCurrentIndex(0)
    dialog.form.setCurrentIndex(dialog.form.findData(ITEM))
    settle(window, until)
    assert set(shown(dialog, "what")) == {"新增记录", "删除记录"}
    dialog.form.setCurrentIndex(0)
    dialog.text.setText("每日")
    settle(window, until)
    assert shown(dialog, "what") == ["更新周期", "更新周期"]
    dialog.text.setText("没有这样的变更")
    settle(window, until)
    assert dialog._stack.currentWidget() is dialog._nothing
    dialog.text.clear()
    dialog.day.setCurrentIndex(1)
    settle(window, until)
    assert 0 < dialog.model.total <= everything
    assert nameless_controls(dialog) == []


def test_the_dialog_leads_to_the_field_and_brings_its_value_back(
    dialog: HistoryDialog, window: DepartmentWindow, record: RecordId, until: Until
) -> None:
    dialog.text.setText("每月")
    settle(window, until)
    went: list[tuple[str, str, str]] = []
    dialog.go_wanted.connect(lambda *place: went.append(place))
    dialog.table.setCurrentIndex(dialog.model.index(0, 0))
    dialog.back.click()
    settle(window, until)
    assert value(window, record, "update_cycle") == "daily"
    dialog.table.setCurrentIndex(dialog.model.index(0, 0))
    dialog.go.click()
    assert went == [(RESOURCE, record, "update_cycle")]


def test_a_deleted_record_is_listed_and_comes_back_with_its_item(
    dialog: HistoryDialog, window: DepartmentWindow, until: Until
) -> None:
    dialog.tabs.setCurrentIndex(REMOVED)
    assert dialog.removed_model.index(0, 0).data() == "误录信息"
    assert dialog.removed_model.index(0, 4).data() == "重复登记"
    assert dialog.removed_model.index(0, 5).data() == "1"
    dialog.restore.click()
    settle(window, until)
    assert "误录信息" in window.session.store.titles(RESOURCE).values()
    assert "姓名" in window.session.store.titles(ITEM).values()
    assert dialog._stack.currentWidget() is dialog._none_removed
    assert "误录信息" in window.undo_action.text()


def test_what_is_filtered_is_written_to_a_workbook(
    dialog: HistoryDialog, window: DepartmentWindow, tmp_path: Path, until: Until
) -> None:
    dialog.person.setCurrentIndex(dialog.person.findData("王五"))
    settle(window, until)
    dialog.write(tmp_path / "变更.xlsx")
    settle(window, until)
    assert "变更.xlsx" in dialog.note.text()
    sheet = openpyxl.load_workbook(tmp_path / "变更.xlsx").active
    assert [cell.value for cell in sheet[2]][8:11] == ["更新周期", "每日", "每月"]
    assert sheet.max_row == 2


def test_the_menu_opens_it_and_says_what_undo_would_do(
    window: DepartmentWindow, until: Until
) -> None:
    assert "删除 1 条信息资源" in window.undo_action.text()
    window.history_action.trigger()
    settle(window, until)
    (opened,) = window.findChildren(HistoryDialog)
    assert opened.isVisible()
    opened.reject()


def test_twenty_thousand_lines_are_scrolled_without_a_pause(
    window: DepartmentWindow, services: bootstrap.Services, until: Until
) -> None:
    """The watchdog of these tests fails what holds the window for 50 ms."""
    store = window.session.store
    operations = tuple(
        Insert(Record("internal_office", new_id(), {"name": f"处室{n}"})) for n in range(20_000)
    )
    at = stamp(services.clock.now())
    params = {"file": "处室.xlsx", "count": "20000"}
    store.write(Step("STEP_IMPORT", "赵六", Origin.IMPORTED, at, operations, params))
    made = HistoryDialog(window.session, window.words, window.preferences, window)
    made.show()
    settle(window, until)
    assert made.model.total > 20_000
    made.table.scrollToBottom()
    settle(window, until)
    made.text.setText("处室19999")
    settle(window, until)
    assert shown(made, "record") == ["处室19999"]
    assert "导入 处室.xlsx（20000 条）" in shown(made, "note")[0]
    made.close()
    made.deleteLater()
