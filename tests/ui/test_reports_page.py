"""The page of reports: a table of kinds, made beside the database thread, with progress, cancel and other groups."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from census_app import bootstrap
from census_app.errors import CensusError
from census_app.reports.catalogue import build_catalogue
from census_app.services import catalogue_sheet
from census_app.services.progress import Cancelled, Progress
from census_app.services.reporting import CATALOGUE_KINDS
from census_app.storage import catalogue
from census_app.ui.catalogue import reports_page
from census_app.ui.catalogue.far_store import SLICE, FarStore
from census_app.ui.catalogue.report_list import Entry
from census_app.ui.catalogue.reports_page import MAKING, PREVIEW, WAITING, ReportsPage
from census_app.ui.catalogue.session import CatalogueSession
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.tasks import TaskRunner
from census_app.ui.shell.translation import Words
from tests.unit.services.province_lines import fill
from tests.unit.storage.test_catalogue import FACTS

Until = Callable[[Callable[[], bool]], None]
PROMPT_S = 0.5


@pytest.fixture
def runner(themed: QApplication) -> Iterator[TaskRunner]:
    del themed
    made = TaskRunner(_never)
    yield made
    made.close()


def _never(error: CensusError) -> None:
    raise AssertionError(error)


class Store:
    """What the far store is asked of."""

    def __init__(self) -> None:
        self.threads: set[str] = set()
        self.go_on = threading.Event()
        self.name = "省目录"

    def stream(self) -> Iterator[int]:
        for number in range(2 * SLICE + 1):
            self.threads.add(threading.current_thread().name)
            yield number

    def slow(self) -> None:
        self.go_on.wait(30)

    def fails(self) -> None:
        raise TimeoutError("of its own")


def done_in_pool(runner: TaskRunner, work: Callable[[Progress], object], until: Until) -> object:
    """Do work on the small pool and return its result or error."""
    owner, told = QObject(), list[object]()
    runner.on_reading(work, owner, told.append, told.append)
    until(lambda: bool(told))
    return told[0]


def test_what_a_store_yields_is_read_on_the_database_thread(
    runner: TaskRunner, until: Until
) -> None:
    store = Store()
    found = done_in_pool(runner, lambda p: list(FarStore(store, runner, p).stream()), until)

    assert found == list(range(2 * SLICE + 1))
    assert len(store.threads) == 1
    assert store.threads.pop().startswith("census-database")


def test_attributes_are_plain_and_errors_come_back(runner: TaskRunner, until: Until) -> None:
    store = Store()
    assert done_in_pool(runner, lambda p: FarStore(store, runner, p).name, until) == "省目录"
    error = done_in_pool(runner, lambda p: FarStore(store, runner, p).fails(), until)
    assert isinstance(error, TimeoutError)


def test_whoever_cancels_does_not_wait_for_the_call_under_way(runner: TaskRunner) -> None:
    store, stop = Store(), threading.Event()
    progress = Progress(is_cancelled=stop.is_set)
    threading.Timer(0.1, stop.set).start()
    begun = time.monotonic()
    with pytest.raises(Cancelled):
        FarStore(store, runner, progress).slow()
    assert time.monotonic() - begun < 0.1 + PROMPT_S
    store.go_on.set()


def test_a_window_that_closes_ends_the_work(themed: QApplication) -> None:
    del themed
    closing = TaskRunner(_never)
    closing.close()
    with pytest.raises(Cancelled):
        closing.from_database(lambda: 1, Progress())


# -- the page ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def page(
    themed: QApplication, services: bootstrap.Services, tmp_path: Path, until: Until
) -> Iterator[ReportsPage]:
    del themed
    store = fill(catalogue.create(tmp_path / "c.censusdb", bootstrap.shipped_form_set(), FACTS))
    runner = TaskRunner(_never)
    session = CatalogueSession(store, services, runner, "zh")
    made = ReportsPage(session, Words("zh"))
    made.resize(1100, 680)
    session.refresh()
    until(lambda: session.state is not None)
    yield made
    made.close_page()
    session.close()
    runner.close()
    made.deleteLater()


def test_every_kind_stands_in_the_table_and_is_made(page: ReportsPage, until: Until) -> None:
    assert nameless_controls(page) == []
    page.show()
    shown: list[object] = [None]
    for kind in CATALOGUE_KINDS:
        if kind == "trust-notice":  # this catalogue has no real root
            continue
        page.kinds.choose(kind)
        until(lambda: page.preview.pages not in (None, shown[-1]))
        shown.append(page.preview.pages)
        until(lambda: page._stack.currentIndex() == PREVIEW)
        assert page.kinds.entry == kind
        assert page.kinds.currentItem().toolTip()


def test_making_says_how_far_it_is_and_stops(
    page: ReportsPage, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = threading.Event()
    setting = build_catalogue

    def slowly(*given: object, **named: object) -> object:
        told = named["told"]
        assert callable(told)
        for done in range(1000):
            told(min(done, 90), 100)
            held.wait(0.01)
        return setting(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(catalogue_sheet, "build_catalogue", slowly)
    page.show()
    until(lambda: page._bar.value() > 40)
    assert page._stack.currentIndex() == MAKING
    task = page._task
    assert task is not None
    ended: list[object] = []
    task.ended.connect(ended.append)
    begun = time.monotonic()
    page._on_cancel()
    assert page._stack.currentIndex() == WAITING
    until(lambda: bool(ended))
    assert time.monotonic() - begun < PROMPT_S
    assert page.preview.pages is None


def test_a_long_report_is_made_when_it_is_asked_for(
    page: ReportsPage, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports_page, "FEW_RECORDS", 1)
    page.show()
    assert page._stack.currentIndex() == WAITING
    page.kinds.choose("indicators")
    until(lambda: page.preview.pages is not None)
    page.kinds.choose("catalogue")
    assert page._stack.currentIndex() == WAITING
    page._on_make()
    until(lambda: page._stack.currentIndex() == PREVIEW)


def test_another_group_brings_panels_of_its_own(page: ReportsPage, until: Until) -> None:
    made: list[str] = []

    def panel(entry: str) -> QWidget:
        made.append(entry)
        return QLabel(entry)

    page.add_group("导出", [Entry("csv", "CSV 表格"), Entry("dcat", "DCAT 目录")], panel)
    page.show()
    until(lambda: page.preview.pages is not None)
    page.kinds.choose("dcat")
    shown = page._stack.currentWidget()
    assert isinstance(shown, QLabel)
    assert shown.text() == "dcat"
    assert page._languages[0].isHidden()
    page.kinds.choose("catalogue")
    assert page._stack.currentIndex() == PREVIEW
    page.kinds.choose("dcat")
    assert made == ["dcat"]
