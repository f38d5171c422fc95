from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from census_app.errors import CensusError, UserError
from census_app.services.progress import Progress
from census_app.ui.shell.tasks import Task, TaskRunner

Until = Callable[[Callable[[], bool]], None]


class Listener(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.results: list[Any] = []
        self.errors: list[Exception] = []
        self.threads: list[int] = []
        self.told: list[tuple[object, object]] = []

    def done(self, result: object) -> None:
        self.results.append(result)
        self.threads.append(threading.get_ident())

    def progressed(self, done: object, total: object, _text: str) -> None:
        self.told.append((done, total))

    def failed(self, error: Exception) -> None:
        self.errors.append(error)


@pytest.fixture
def shown() -> list[CensusError]:
    return []


@pytest.fixture
def runner(themed: QApplication, shown: list[CensusError]) -> Iterator[TaskRunner]:
    made = TaskRunner(shown.append)
    yield made
    made.close()


def test_all_results_arrive_in_order_in_the_window_thread(runner: TaskRunner, until: Until) -> None:
    listener = Listener()
    for number in range(200):
        runner.on_database(lambda _p, n=number: n, listener, listener.done)  # type: ignore[misc]
    until(lambda: len(listener.results) == 200)
    assert listener.results == list(range(200))
    assert set(listener.threads) == {threading.get_ident()}
    until(lambda: not runner.busy)


def test_the_database_has_one_thread_that_is_not_the_windows(
    runner: TaskRunner, until: Until
) -> None:
    listener = Listener()
    for _ in range(20):
        runner.on_database(lambda _p: threading.get_ident(), listener, listener.done)
    until(lambda: len(listener.results) == 20)
    assert len(set(listener.results)) == 1
    assert listener.results[0] != threading.get_ident()


def test_an_error_of_the_families_is_shown(
    runner: TaskRunner, until: Until, shown: list[CensusError]
) -> None:
    def fail(progress: Progress) -> None:
        raise UserError("NAME_EMPTY")

    runner.on_database(fail, Listener())
    until(lambda: bool(shown))
    assert shown[0].code == "NAME_EMPTY"


def test_an_error_goes_to_who_asked_for_it(
    runner: TaskRunner, until: Until, shown: list[CensusError]
) -> None:
    listener = Listener()

    def fail(progress: Progress) -> None:
        raise UserError("NAME_EMPTY")

    runner.on_database(fail, listener, listener.done, listener.failed)
    until(lambda: bool(listener.errors))
    assert not listener.results
    assert not shown


def test_a_cancelled_task_stops_at_its_next_step_and_says_nothing(
    runner: TaskRunner, until: Until, shown: list[CensusError]
) -> None:
    listener, entered, go_on = Listener(), threading.Event(), threading.Event()

    def work(progress: Progress) -> str:
        entered.set()
        go_on.wait(5)
        progress.step(1, 2)
        return "not reached"

    task = runner.on_database(work, listener, listener.done, listener.failed)
    assert entered.wait(5)
    task.cancel()
    go_on.set()
    until(lambda: not runner.busy)
    assert listener.results == []
    assert listener.errors == []
    assert shown == []


def test_an_answer_to_a_window_that_is_gone_is_dropped(runner: TaskRunner, until: Until) -> None:
    called: list[object] = []
    go_on = threading.Event()
    owner = QObject()
    runner.on_reading(lambda _p: go_on.wait(5), owner, called.append)
    owner.deleteLater()
    QApplication.sendPostedEvents(owner, 0)
    go_on.set()
    until(lambda: not runner.busy)
    assert called == []


def test_progress_is_told_at_most_ten_times_a_second(runner: TaskRunner, until: Until) -> None:
    listener, go_on = Listener(), threading.Event()

    def work(progress: Progress) -> None:
        go_on.wait(5)
        for number in range(5000):
            progress.step(number, 5000, "…")
        progress.step(2**31 + 5, 2**31 + 5)

    task = runner.on_database(work, listener, listener.done)
    task.progressed.connect(listener.progressed)
    go_on.set()
    until(lambda: not runner.busy)
    assert 1 <= len(listener.told) < 40
    assert listener.told[-1] == (2**31 + 5, 2**31 + 5)


def test_a_long_task_with_a_title_opens_its_progress_and_a_short_one_does_not(
    themed: QApplication, until: Until
) -> None:
    opened: list[Task] = []
    runner = TaskRunner(lambda _e: None, opened.append)
    listener, go_on = Listener(), threading.Event()
    runner.on_database(lambda _p: None, listener, listener.done, title="short")
    until(lambda: not runner.busy)
    runner.on_database(lambda _p: go_on.wait(5), listener, listener.done, title="long")
    until(lambda: bool(opened))
    go_on.set()
    until(lambda: not runner.busy)
    assert [task.title for task in opened] == ["long"]
    runner.close()
