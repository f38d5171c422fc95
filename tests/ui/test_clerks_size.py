"""A workspace of the size a clerk has: 300 resources of 12 items each and 20 systems; nothing may make the window wait.

The watchdog of these tests measures every call; this test sees to it that there is something to measure.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from census_app import bootstrap
from census_app.domain.changes import Insert, Origin, Step
from census_app.domain.records import POSITION_STEP, Record, RecordId, Value
from census_app.ui.department import check_round as check_round_module
from census_app.ui.department.records_page import RecordsPage
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.translation import Words
from tests.ui.conftest import NAME, FixedClock

RESOURCES, ITEMS, SYSTEMS = 300, 12, 20
SUBJECTS = (
    "排污许可证",
    "水质断面",
    "空气质量",
    "危险废物经营单位",
    "环评审批结果",
    "自然保护区",
    "辐射安全许可",
)
Until = Callable[[Callable[[], bool]], None]


def identity(kind: str, number: int) -> RecordId:
    return RecordId(f"{kind}{number:031x}")


def records() -> Iterator[Record]:
    """Yield the records, mistakes among them: some names double, some without a class."""
    for number in range(SYSTEMS):
        values: dict[str, Value] = {
            "name": f"江苏省{SUBJECTS[number % 7]}管理系统{number}",
            "phase": "1",
        }
        yield Record("information_system", identity("a", number), values, unit="11320000990000017P")
    for number in range(RESOURCES):
        subject = SUBJECTS[number % 7]
        values = {
            "name": f"{subject}信息{number // 2 if number % 9 == 0 else number}",
            "abstract": f"{subject}的基本情况、办理过程和结果。",
            "share_type": str(1 + number % 3),
            "source_systems": (identity("a", number % SYSTEMS),),
        }
        owner = identity("b", number)
        yield Record("information_resource", owner, values, unit="11320000990000017P")
        for item in range(ITEMS):
            place = POSITION_STEP * (item + 1)
            answers: dict[str, Value] = {"name": f"{subject}编号{item}", "data_type": "C"}
            child = identity("c", number * ITEMS + item)
            yield Record("data_item", child, answers, owner, place)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("filled") / "环保厅.censusdb"
    services = bootstrap.Services(clock=FixedClock(), actor="李四")
    store = services.create_workspace(path, NAME, "11320000990000017P")
    inserts = [Insert(record) for record in records()]
    store.write(
        Step(
            "STEP_ADD",
            "李四",
            Origin.IMPORTED,
            "2027-03-01T06:00:00Z",
            tuple(inserts),
            {"form": "", "title": ""},
        )
    )
    store.close()
    return path


@pytest.fixture
def window(
    filled: Path,
    tmp_path: Path,
    preferences: Preferences,
    words: Words,
    services: bootstrap.Services,
    monkeypatch: pytest.MonkeyPatch,
    until: Until,
) -> Iterator[DepartmentWindow]:
    monkeypatch.setattr(check_round_module, "CHECK_AFTER_MS", 5)
    store = bootstrap.open_workspace(Path(shutil.copy(filled, tmp_path / filled.name)))
    made = DepartmentWindow(services, store, preferences, words)
    made.resize(1366, 768)
    made.show()
    made.start()
    until(lambda: made.session.problems.report is not None)
    yield made
    made.close()
    made.deleteLater()
    QApplication.processEvents()


def resources(window: DepartmentWindow, until: Until) -> RecordsPage:
    window.show_page("resources")
    page = window.records_page()
    assert page is not None
    until(lambda: page.list.total == RESOURCES and page.state is not None)
    return page


def quiet(window: DepartmentWindow) -> bool:
    return not window.runner.busy and not window.session.round.waiting


def test_looking_through_the_pages(window: DepartmentWindow, until: Until) -> None:
    for page_id in list(window._by_id):
        window.show_page(page_id)
        until(lambda: quiet(window))
    page = resources(window, until)
    table = page.list.table
    table.setFocus()
    for _ in range(80):
        QTest.keyClick(table, Qt.Key.Key_PageDown)
    until(lambda: quiet(window))
    assert page.list.position == RESOURCES - 1
    for text in ("水质", "水质断面信息", "没有"):
        window.top.search.setText(text)
        until(lambda: quiet(window) and not page.list._search_timer.isActive())
    assert page.list.total == 0
    window.top.search.clear()
    until(lambda: quiet(window) and page.list.total == RESOURCES)


def test_going_from_record_to_record_and_typing(window: DepartmentWindow, until: Until) -> None:
    page = resources(window, until)
    table = page.list.table
    table.setFocus()
    for _ in range(10):
        before = page.record
        QTest.keyClick(table, Qt.Key.Key_Down)
        until(lambda before=before: page.record != before)  # type: ignore[misc]
        until(lambda: page.state is not None and page.state.record == page.record)
    page.show_alone()
    view = page._form_view()
    for section in range(view.tabs.count()):
        view.tabs.setCurrentIndex(section)
        until(lambda: quiet(window))
    view.go_to("name")
    focused = window.focusWidget()
    for _ in range(5):
        QTest.keyClicks(focused, "abcdef")
        until(lambda: quiet(window))
    for _ in range(5):
        window.next_problem()
        until(lambda: quiet(window))


def test_pasting_and_undoing(window: DepartmentWindow, until: Until, qtbot: Any) -> None:
    page = resources(window, until)
    page._form_view().show_section("data_item")
    until(lambda: quiet(window))
    grid = page._grids["data_item"]
    until(lambda: grid.model.total == ITEMS)
    rows = [f"企业信息项{number}" for number in range(300)]
    QGuiApplication.clipboard().setText("\n".join(rows))
    grid.view.setFocus()
    grid.view.setCurrentIndex(grid.model.index(0, grid.model.column_of("name")))
    grid.view.paste()
    until(lambda: quiet(window) and grid.model.total == 300)
    window.session.undo()
    until(lambda: quiet(window) and grid.model.total == ITEMS)
    assert page.record
