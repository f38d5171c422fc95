"""Reopening exactly where one was: page, record, field, list, panel, window; also after the process was killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from census_app import bootstrap
from census_app.services.editing import create_record, remove_records
from census_app.services.ports import ListQuery, WorkspaceStore
from census_app.ui.department import check_round as check_round_module
from census_app.ui.department import compass as compass_module
from census_app.ui.department.cursor import cursor_in
from census_app.ui.department.next_thing import Way
from census_app.ui.department.place import Place, Places
from census_app.ui.department.records_page import RecordsPage
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.translation import Words

Until = Callable[[Callable[[], bool]], None]
Open = Callable[[], DepartmentWindow]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_round_module, "CHECK_AFTER_MS", 5)
    monkeypatch.setattr(compass_module, "KEEP_AFTER_MS", 5)


@pytest.fixture
def records(store: WorkspaceStore, services: bootstrap.Services) -> list[str]:
    """Twelve resources without an abstract; each has one data item."""
    made = []
    for number in range(12):
        values = {"name": f"资源{chr(0x4E00 + number)}"}
        record = create_record(
            store, "information_resource", values, actor="x", clock=services.clock
        )
        create_record(
            store, "data_item", {"name": "姓名"}, actor="x", clock=services.clock, parent=record
        )
        made.append(str(record))
    return made


@pytest.fixture
def opened(
    records: list[str], store: WorkspaceStore, services: bootstrap.Services, words: Words, data_dir: Path,
    preferences: Preferences, until: Until,
) -> Iterator[Open]:  # fmt: skip
    """Open the window on the file, with preferences read from the disk, as a new process would."""
    assert records
    path, made = store.path, list[DepartmentWindow]()
    store.close()
    preferences.save()

    def open_window() -> DepartmentWindow:
        window = DepartmentWindow(
            services, services.open_workspace(path), Preferences(data_dir), words
        )
        window.resize(1200, 700)
        window.show()
        window.start()
        made.append(window)
        until(lambda: window.session.problems.checked and not window.runner.busy)
        until(lambda: not window.session.round.waiting)
        return window

    yield open_window
    for window in made:
        window.close()
        window.deleteLater()
    QApplication.processEvents()


def shown(window: DepartmentWindow) -> RecordsPage:
    page = window.records_page()
    assert page is not None
    return page


def go(window: DepartmentWindow, record: str, field: str, until: Until, form: str = "") -> None:
    window.show_record(form or "information_resource", record, field)  # type: ignore[arg-type]
    until(lambda: cursor_in(shown(window))[1:] == (record, field))


def kept(window: DepartmentWindow, until: Until) -> None:
    """Wait until the place was written by the timer, as it is while a person works."""
    until(lambda: not window.compass._timer.isActive() and not window.runner.busy)


def test_the_same_field_of_the_same_record_has_the_cursor_again(
    opened: Open, records: list[str], until: Until
) -> None:
    window = opened()
    go(window, records[7], "update_cycle", until)
    window.close()
    again = opened()
    until(lambda: cursor_in(shown(again)) == ("information_resource", records[7], "update_cycle"))
    assert again.guide.current() == "resources"
    assert shown(again).record == records[7]


def test_a_killed_process_loses_no_place(
    opened: Open, records: list[str], until: Until, data_dir: Path
) -> None:
    window = opened()
    go(window, records[5], "abstract", until)
    window.panel.tabs.setCurrentIndex(1)
    until(lambda: shown(window).record == records[5])
    kept(window, until)
    # Nothing is closed: what another process reads now is what a killed one leaves behind.
    place = Places(Preferences(data_dir), window.session.store.path).read()
    assert place is not None
    assert place.cursor == ("information_resource", records[5], "abstract")
    assert (place.page, place.panel_tab) == ("resources", 1)


def test_list_section_and_panel_are_as_they_were(
    opened: Open, records: list[str], until: Until
) -> None:
    window = opened()
    go(window, records[3], "name", until)
    page = shown(window)
    page.list._on_head(0)
    page.list._on_head(0)  # descending
    window.top.search.setText("资源")
    chip = next(c for c in page.list._chips.buttons() if c.property("chip") == "errors")
    until(lambda: chip.isEnabled() and not page.list._search_timer.isActive())
    chip.click()
    until(lambda: not window.runner.busy)
    page.list.table.setFocus()
    view = page._form_view()
    view.tabs.setCurrentIndex(2)
    window.panel.tabs.setCurrentIndex(3)
    window.panel.hide()
    window.resize(1024, 660)  # what fits the screen of the tests
    window.close()

    again = opened()
    page = shown(again)
    until(lambda: page.record == records[3] and page.list.chips.states == ["errors"])
    until(lambda: not again.runner.busy)
    assert page.list.narrowing.sort == ("name", True)
    assert page.list.search_text == again.top.search.text() == "资源"
    assert page._form_view().tabs.currentIndex() == 2
    assert cursor_in(page) == ("", "", "")
    assert again.panel.isHidden()
    assert again.panel.tabs.currentIndex() == 3
    assert (again.width(), again.height()) == (1024, 660)


def test_a_cell_of_the_grid_is_found_again(opened: Open, records: list[str], until: Until) -> None:
    window = opened()
    store = window.session.store
    keys = store.keys(_items(records[2]))
    item = store.rows("data_item", list(keys), [])[0].id
    go(window, item, "name", until, form="data_item")
    window.close()
    again = opened()
    until(lambda: cursor_in(shown(again)) == ("data_item", item, "name"))


def test_a_record_that_is_gone_leads_to_its_list(
    opened: Open, records: list[str], until: Until, services: bootstrap.Services
) -> None:
    window = opened()
    go(window, records[4], "abstract", until)
    path = window.session.store.path
    window.close()
    store = services.open_workspace(path)
    remove_records(
        store, "information_resource", [records[4]], "x", actor="x", clock=services.clock  # type: ignore[list-item]
    )  # fmt: skip
    store.close()
    again = opened()
    until(lambda: shown(again).list.total == 11 and shown(again).record == records[0])


@pytest.mark.parametrize("stored", ["", "x", "[]", '{"page": 1}', '{"cursor": [1], "page": "x"}'])
def test_a_place_that_cannot_be_read_is_no_place(
    preferences: Preferences, tmp_path: Path, stored: str
) -> None:
    places = Places(preferences, tmp_path / "a")
    places.write(Place("resources"), b"")
    assert places.read() == Place("resources")
    preferences.remember_text(f"place/{places._key}", stored)
    assert places.read() is None


def test_places_of_files_long_not_opened_are_forgotten(
    preferences: Preferences, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("census_app.ui.department.place.PLACES_KEPT", 2)
    files = [Places(preferences, tmp_path / name) for name in "abc"]
    for each in files:
        each.write(Place("check"), b"g")
    assert [each.read() is not None for each in files] == [False, True, True]


def test_after_a_long_absence_the_window_says_what_is_open(
    opened: Open, records: list[str], until: Until, data_dir: Path
) -> None:
    window = opened()
    assert window.notice.isHidden()
    path = window.session.store.path
    window.close()
    preferences = Preferences(data_dir)
    Places(preferences, path).write(Place("resources", at="2027-02-27T08:00:00Z"), b"")
    again = opened()
    until(lambda: not again.notice.isHidden())
    text = again.notice._text.text()
    assert "02-27" in text
    assert "个问题" in text


def test_the_card_leads_to_the_first_record_with_an_error(
    opened: Open, records: list[str], until: Until
) -> None:
    window = opened()
    until(lambda: window.compass.card.thing.way is Way.PROBLEM)
    assert window.compass.card.thing.step == "department"
    window.compass.card.button.click()
    until(lambda: cursor_in(shown(window))[0] == "department")
    window.compass._go_to_problem("resources")
    until(lambda: cursor_in(shown(window))[0] == "information_resource")


def test_rings_count_a_resource_with_a_broken_item_as_broken(
    opened: Open, records: list[str], until: Until
) -> None:
    window = opened()
    until(lambda: window.compass.feed.standing().checked)
    step = next(s for s in window.compass.feed.standing().steps if s.id == "resources")
    assert (step.total, step.ready, step.errors) == (12, 0, 12)
    entry = next(e for e in window.compass.feed.entries() if e.id == "resources")
    assert entry.tip == "12 条中 0 条可以上报，12 条有错误"
    assert "2017-12-31" in entry.due
    assert entry.late


def _items(record: str) -> ListQuery:
    return ListQuery("data_item", parent=record)
