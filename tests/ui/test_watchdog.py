"""The watchdog itself: it must bark, and only at what holds the window's thread."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

import pytest
from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from tests.ui import watchdog
from tests.ui.watchdog import CALL_MS, DOUBTS, SURELY, WATCH, Call


def busy(ms: float) -> None:
    """Use the processor for some time."""
    until = time.thread_time() + ms / 1000
    while time.thread_time() < until:
        pass


def work_off(*pieces: Callable[[], None]) -> Callable[[], bool]:
    """Let each piece run as a call of its own; returns what says whether all have ended."""
    ended: list[bool] = []

    def run(piece: Callable[[], None]) -> None:
        piece()
        ended.append(True)

    for piece in pieces:
        QTimer.singleShot(0, partial(run, piece))
    return lambda: len(ended) == len(pieces)


def taken() -> list[str]:
    """Return what was noted, and forget it: here it is wanted."""
    noted, WATCH.slow = WATCH.slow, []
    return noted


@pytest.fixture
def quiet_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else is at work: the yardstick says the same each time, and nothing interrupts."""
    monkeypatch.setattr(watchdog, "_fixed_work", lambda: 1.0)
    monkeypatch.setattr(watchdog, "_interruptions", lambda: 0)
    monkeypatch.setattr(WATCH, "quiet", 1.0)


def test_a_slot_that_takes_too_long_is_named(
    qapp: QApplication, qtbot: Any, quiet_machine: None
) -> None:
    button = QPushButton()
    qtbot.addWidget(button)
    button.clicked.connect(lambda: busy(CALL_MS * SURELY * 4))
    button.show()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert [line for line in taken() if "QPushButton" in line]


def test_several_short_calls_are_not_added_up(qapp: QApplication, qtbot: Any) -> None:
    qtbot.waitUntil(work_off(*[partial(busy, CALL_MS / 5)] * 6))
    assert taken() == []


def test_waiting_costs_nothing(qapp: QApplication, qtbot: Any) -> None:
    qtbot.waitUntil(work_off(partial(time.sleep, CALL_MS * 2 / 1000)))
    assert taken() == []


def test_a_loop_inside_a_call_is_judged_by_itself(qapp: QApplication, qtbot: Any) -> None:
    def dialog() -> None:
        loop = QEventLoop()
        for _ in range(8):
            QTimer.singleShot(0, partial(busy, CALL_MS / 4))
        QTimer.singleShot(1, loop.quit)
        loop.exec()

    qtbot.waitUntil(work_off(dialog))
    assert taken() == []


def test_making_many_foreign_widgets_is_no_construction_of_a_page(
    qapp: QApplication, qtbot: Any, quiet_machine: None
) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)

    def fill() -> None:
        QObject(holder)
        busy(CALL_MS * SURELY * 4)

    qtbot.waitUntil(work_off(fill))
    assert taken()


def test_a_call_that_loads_code_has_the_time_of_a_construction(
    qapp: QApplication, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load() -> None:
        monkeypatch.setitem(sys.modules, "loaded_in_a_call", ModuleType("loaded_in_a_call"))
        busy(CALL_MS * 4)

    qtbot.waitUntil(work_off(load))
    assert taken() == []


def test_the_yardstick_is_the_fastest_ever_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    speeds = iter([4.0, 1.0, *[3.0] * 9, 9.0])
    monkeypatch.setattr(watchdog, "_fixed_work", lambda: next(speeds))
    watch = watchdog.Watch()
    watch.begin("a module")  # on a busy machine
    assert watch.quiet == 4.0
    watch.begin("a module")
    assert watch.load() == 3.0  # one hiccup of nine apart


@pytest.mark.parametrize(("lost", "noted"), [(0, 1), (60, 0)])
def test_a_call_is_forgiven_what_others_took_from_it(
    monkeypatch: pytest.MonkeyPatch, quiet_machine: None, lost: int, noted: int
) -> None:
    monkeypatch.setattr(watchdog, "_interruptions", lambda: 7 + lost)
    monkeypatch.setattr(watchdog, "DOUBTS", 0)
    watch = watchdog.Watch()
    call = Call(0, "QPushButton", "MouseButtonRelease", 0, interrupted=7)
    call.modules = len(sys.modules)
    watch.judge(call, int((CALL_MS + 50) * 1e6))
    assert len(watch.slow) == noted


def test_what_is_slow_each_time_is_found_and_a_hiccup_is_not(quiet_machine: None) -> None:
    watch = watchdog.Watch()
    watch.begin("a module")
    call = Call(0, "Task", "MetaCall", 0, modules=len(sys.modules))
    some = int(CALL_MS * SURELY * 0.9 * 1e6)
    for _ in range(DOUBTS):
        watch.judge(call, some)
    assert not watch.slow
    watch.judge(call, some)
    assert len(watch.slow) == 1
    watch.begin("another module")
    watch.judge(call, some)
    assert not watch.slow
    watch.judge(call, int(CALL_MS * SURELY * 1.1 * 1e6))
    assert len(watch.slow) == 1
