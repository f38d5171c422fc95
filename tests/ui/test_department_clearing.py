"""The judging page: every system answered by keys, what follows said in words, figures that open their list."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication

from census_app import bootstrap
from census_app.domain.records import RecordId
from census_app.services import editing
from census_app.services.ports import WorkspaceStore
from census_app.ui.department.clearing_outcome import NewTargetDialog
from census_app.ui.department.clearing_page import ClearingPage
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.preview.dialog import PreviewDialog
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.translation import Words
from tests.ui.driving import Opener, Until, settle

SYSTEM = "information_system"


@pytest.fixture
def systems(store: WorkspaceStore, services: bootstrap.Services) -> dict[str, RecordId]:
    """Four systems: one with signs, one plain, one of an inner office that must connect, one planned."""
    known: list[dict[str, Any]] = [
        {"name": "档案登记系统", "monthly_uses": 0, "om_contract_end": "2016-05", "user_count": 3},
        {"name": "大气监测平台", "monthly_uses": 900, "user_count": 300},
        {"name": "处室值班系统", "owner_level": "inner_office", "must_connect": True},
        {"name": "水环境系统", "phase": "planned"},
    ]
    return {
        str(values["name"]): editing.create_record(
            store, SYSTEM, values, actor="李", clock=services.clock
        )
        for values in known
    }


@pytest.fixture
def window(
    systems: dict[str, RecordId], store: WorkspaceStore, open_window: Opener
) -> DepartmentWindow:
    del systems
    return open_window(store, page="zombies")


def page_of(window: DepartmentWindow) -> ClearingPage:
    page = window.page("zombies")
    assert isinstance(page, ClearingPage)
    return page


def press(qtbot: Any, *keys: Qt.Key) -> None:
    """Press keys where the focus is."""
    for key in keys:
        target = QApplication.focusWidget()
        assert target is not None
        qtbot.keyClick(target, key)


def answers(window: DepartmentWindow, record: RecordId) -> dict[str, object]:
    found = window.session.store.record(SYSTEM, record)
    assert found is not None
    return dict(found.values)


def test_all_systems_are_listed_with_how_they_stand(window: DepartmentWindow) -> None:
    page = page_of(window)
    rows = [
        [page.list.model.index(r, c).data() for c in range(3)]
        for r in range(page.list.model.rowCount())
    ]
    assert rows == [
        ["档案登记系统", "未认定", "未定"],
        ["大气监测平台", "未认定", "未定"],
        ["处室值班系统", "未认定", "未定"],
        ["水环境系统", "未投入使用", "未定"],
    ]
    assert page.case is not None
    assert page.case.name == "档案登记系统"
    QAbstractItemModelTester(page.list.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    assert not nameless_controls(window)


def test_the_data_is_shown_as_reasons_at_its_question(window: DepartmentWindow) -> None:
    rows = page_of(window).questions.rows
    told = {row.code: row.accessibleDescription() for row in rows}
    assert "每月使用 0 次" in told["Z3"]
    assert "2016-05 已到期" in told["Z4"]
    assert "用户 3 个" in told["Z5"]
    assert told["Z1"] == ""
    assert all(row.reply is None for row in rows)


def test_four_systems_are_done_with_keys_alone(
    window: DepartmentWindow, systems: dict[str, RecordId], until: Until, qtbot: Any
) -> None:
    page = page_of(window)
    page.list.table.setFocus()
    press(qtbot, Qt.Key.Key_Return)
    press(qtbot, Qt.Key.Key_N, Qt.Key.Key_2, Qt.Key.Key_Y, Qt.Key.Key_1, Qt.Key.Key_3)
    assert page.outcome.choice.hasFocus()
    press(qtbot, Qt.Key.Key_3)
    settle(window, until)
    measure = page.outcome.rows["zombie_measure"].editor
    typed_into = QApplication.focusWidget()
    assert typed_into is not None
    assert measure.isAncestorOf(typed_into)
    qtbot.keyClicks(typed_into, "moved, then shut down")
    qtbot.keyClick(typed_into, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    settle(window, until)
    done = answers(window, systems["档案登记系统"])
    assert (done["is_zombie"], done["zombie_reasons"]) == (True, ("Z3", "Z4"))
    assert (done["disposition"], done["zombie_measure"]) == ("clear", "moved, then shut down")

    assert page.case is not None
    assert page.case.name == "大气监测平台"
    press(qtbot, Qt.Key.Key_0, Qt.Key.Key_1, Qt.Key.Key_Return)
    press(qtbot, Qt.Key.Key_0, Qt.Key.Key_1, Qt.Key.Key_Return)
    assert page.outcome.choice.hasFocus()  # the planned one is not judged
    press(qtbot, Qt.Key.Key_1)
    settle(window, until)
    assert answers(window, systems["大气监测平台"])["is_zombie"] is False
    assert "is_zombie" not in answers(window, systems["水环境系统"])
    assert page.found.done == 4
    press(qtbot, Qt.Key.Key_Return)
    assert "都办完了" in page._note.text()


def test_cannot_say_leaves_the_system_unjudged(
    window: DepartmentWindow, systems: dict[str, RecordId], until: Until, qtbot: Any
) -> None:
    page = page_of(window)
    page.questions.focus_open()
    press(qtbot, *[Qt.Key.Key_2] * 4, Qt.Key.Key_3)
    settle(window, until)
    assert "is_zombie" not in answers(window, systems["档案登记系统"])
    assert "说不清" in page.outcome._judgement._text.text()
    assert [str(row.reply) for row in page.questions.rows] == ["no"] * 4 + ["unsure"]


def test_an_undo_takes_a_judgement_back_at_once(
    window: DepartmentWindow, systems: dict[str, RecordId], until: Until, qtbot: Any
) -> None:
    page = page_of(window)
    page.questions.focus_open()
    press(qtbot, Qt.Key.Key_1, Qt.Key.Key_1)
    settle(window, until)
    window.undo_action.trigger()
    settle(window, until)
    assert "zombie_reasons" not in answers(window, systems["档案登记系统"])
    assert [row.reply for row in page.questions.rows] == [None] * 5


def test_merging_in_a_circle_is_said_where_it_happens(
    window: DepartmentWindow, systems: dict[str, RecordId], until: Until
) -> None:
    page, session = page_of(window), window.session
    first, second = systems["档案登记系统"], systems["大气监测平台"]
    page.outcome.disposed.emit("merge")
    settle(window, until)
    assert page.outcome.rows["disposition_target"].isVisible()
    session.set_value(SYSTEM, first, "disposition_target", second)
    session.set_value(SYSTEM, second, "disposition", "merge")
    session.set_value(SYSTEM, second, "disposition_target", first)
    settle(window, until)
    page.refresh()
    settle(window, until)
    assert any("整合成了一圈" in text for text in page.outcome.said)
    assert page.overview.model.index(0, 3).data().startswith("成圈")


def test_a_target_is_registered_on_the_way(
    window: DepartmentWindow, systems: dict[str, RecordId], until: Until, words: Words, qtbot: Any
) -> None:
    page = page_of(window)
    dialog = NewTargetDialog(window.session.context, words, "档案登记系统", window)
    qtbot.addWidget(dialog)
    assert not dialog.make.isEnabled()
    dialog.fill("环境大系统", "planned")
    assert dialog.make.isEnabled()
    assert not nameless_controls(dialog)
    page.make_target(dialog.name, dialog.phase)
    settle(window, until)
    merged = answers(window, systems["档案登记系统"])
    made = answers(window, RecordId(str(merged["disposition_target"])))
    assert (merged["disposition"], made["name"], made["phase"]) == (
        "merge",
        "环境大系统",
        "planned",
    )
    assert page.overview.figures["JG_FIG_AFTER"].accessibleName().startswith("整合后：3")


def test_a_figure_opens_the_list_behind_it(window: DepartmentWindow) -> None:
    page = page_of(window)
    page.tabs.setCurrentIndex(1)
    figure = page.overview.figures["JG_FIG_INNER"]
    assert figure.isEnabled()
    figure.click()
    assert page.tabs.currentIndex() == 0
    assert [case.name for case in page.list.listed] == ["处室值班系统"]
    page.list.show_all()
    assert len(page.list.listed) == 4


def test_connect_list_and_funding_open_the_system(window: DepartmentWindow) -> None:
    page = page_of(window)
    assert page.connect_tab.model.index(0, 1).data() == "没有计划"
    assert "1 个系统" in page.funding_tab.lead.text()
    assert "没有填运维金额" in page.funding_tab.extra.text()
    page.funding_tab.table.activated.emit(page.funding_tab.model.index(0, 0))
    assert page.case is not None
    assert page.case.name == "处室值班系统"


def test_a_list_is_shown_as_it_is_printed(window: DepartmentWindow, until: Until) -> None:
    page = page_of(window)
    assert page.print_button.isHidden()
    page.tabs.setCurrentIndex(2)
    page.print_button.click()
    until(lambda: bool(page.findChildren(PreviewDialog)))
    (shown,) = page.findChildren(PreviewDialog)
    assert shown.windowTitle() == "接入共享平台的信息系统清单"
    shown.close()
    settle(window, until)


def test_the_whole_form_is_one_button_away(window: DepartmentWindow, until: Until) -> None:
    page = page_of(window)
    page._open.click()
    settle(window, until)
    shown = window.records_page()
    assert shown is not None
    assert shown.form.id == SYSTEM


def test_the_guide_counts_what_is_done(
    window: DepartmentWindow, systems: dict[str, RecordId], until: Until
) -> None:
    window.session.set_value(SYSTEM, systems["水环境系统"], "disposition", "retain")
    settle(window, until)
    entry = next(e for e in window.compass.feed.entries() if e.id == "zombies")
    assert (entry.done, entry.total) == (1, 4)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_without_systems_the_page_says_what_to_do(
    store: WorkspaceStore,
    services: bootstrap.Services,
    preferences: Preferences,
    until: Until,
    language: str,
) -> None:
    made = DepartmentWindow(services, store, preferences, Words(language))
    made.show()
    made.start()
    made.guide.select("zombies")
    settle(made, until)
    page = page_of(made)
    assert page._whole.currentIndex() == 1
    page.systems_wanted.emit()
    assert made.guide.current() == "systems"
    made.close()
    made.deleteLater()
