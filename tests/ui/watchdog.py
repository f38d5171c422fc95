"""Watches the window's thread: no call may hold it longer than a person feels.

Every event is delivered through `QApplication.notify`, so the time between entering and leaving it at one level of
event loop is what the window could not do anything else in. Measured is CPU time of the thread, so that a neighbour
on the machine does not count. A busy neighbour makes even CPU time longer (shared caches, shared cores, time that the
host of a virtual machine takes away): a call that seems too long is judged in units of a fixed piece of work, done
right after it and compared with the fastest that was ever seen in this process; and for each time that the system took
the processor away from it (and with it what lay in the caches) it is forgiven a moment. On a quiet machine neither
changes anything.

What happens once in a process is no fault of a call: a call in which a module is loaded, or a page is made, has the
time of a construction. Fonts are drawn once and modules set aside from collections before the first test (conftest).
"""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from PySide6.QtCore import QEvent, QObject, QThread
from PySide6.QtWidgets import QApplication, QWidget

if sys.platform == "linux":
    import resource

CALL_MS: Final = 50.0
CONSTRUCTION_MS: Final = 300.0
"""For a call in which a page, a dialog or a section of a form is made or first shown, or code is loaded."""

INTERRUPTION_MS: Final = 1.0
"""What it costs to find everything out of the caches after somebody else had the processor."""
DOUBTS: Final = 3
"""How often a module's tests may exceed a limit in one kind of call, by less than `SURELY` times: a shared machine has
hiccups that no yardstick measures, while what is slow by itself is slow each time."""
SURELY: Final = 3

PAGE_LIKE: Final = ("Page", "Dialog", "Window", "View", "Panel", "Card", "Grid", "List")
_EXPLAIN: Final = bool(os.environ.get("CENSUS_WATCHDOG_STACKS"))
"""Set it to learn where a call is when its time is up."""


@dataclass
class Call:
    """One delivery at the outermost level of an event loop.

    Attributes:
        inner: CPU time spent in loops that ran inside it, ns; they judge their own calls.
        made: Whether something like a page was polished or got children: it is being shown for the first time.
        modules: How many were loaded when it began.
        interrupted: How often the thread had lost the processor when it began.
    """

    level: int
    receiver: str
    event: str
    began: int
    inner: int = 0
    made: bool = False
    modules: int = 0
    interrupted: int = 0


@dataclass
class Watch:
    """What was seen since the last `begin`."""

    quiet: float = float("inf")
    slow: list[str] = field(default_factory=list)
    open: list[Call] = field(default_factory=list)
    longest: tuple[float, str] = (0.0, "")
    where: str = ""
    doubtful: Counter[tuple[str, str]] = field(default_factory=Counter)

    def begin(self, where: str) -> None:
        """Forget what was seen in the test before; `where` is the module of the test, which keeps its doubts."""
        if where != self.where:
            self.doubtful.clear()
        self.where = where
        self.slow, self.longest = [], (0.0, "")
        self.quiet = min(self.quiet, _fixed_work())  # the first test may have met a busy machine

    def load(self) -> float:
        """Return how many times slower a fixed piece of work is now than it was at its fastest."""
        tried = sorted(_fixed_work() for _ in range(10))
        self.quiet = min(self.quiet, tried[0])
        return tried[-2] / self.quiet  # the slowest may be a hiccup

    def judge(self, call: Call, spent_ns: int) -> None:
        """Note a call that took too long."""
        spent = spent_ns / 1e6
        name = f"{call.event} to {call.receiver}"
        self.longest = max(self.longest, (spent, name))
        first = call.made or len(sys.modules) > call.modules
        limit = CONSTRUCTION_MS if first else CALL_MS
        if spent <= limit:
            return
        taken = INTERRUPTION_MS * (_interruptions() - call.interrupted)
        load = self.load()
        if spent / load <= limit + taken:
            return
        kind = "first showing" if first else "call"
        self.doubtful[kind, name] += 1
        if spent / load > limit * SURELY or self.doubtful[kind, name] > DOUBTS:
            self.slow.append(
                f"{spent / load:.0f} ms ({spent:.0f} ms, load {load:.1f}) in a {kind}, "
                f"{self.doubtful[kind, name]} in this module: {name}"
            )


def _interruptions() -> int:
    """Return how often this thread has lost the processor to somebody else; 0 where the system does not say."""
    if sys.platform != "linux":
        return 0
    return resource.getrusage(resource.RUSAGE_THREAD).ru_nivcsw


def _fixed_work() -> float:
    """Return how long a fixed piece of work takes now, ms of CPU: it counts, and makes things all over the memory."""
    began = time.thread_time_ns()
    made = {str(number): [number] for number in range(3000)}
    total = sum(len(each) for each in made.values())
    for number in range(5000):
        total += number % 7
    return (time.thread_time_ns() - began) / 1e6


WATCH = Watch()


class WatchedApplication(QApplication):
    """The application of the tests of the window; everything else of it is Qt's."""

    def notify(self, receiver: QObject, event: QEvent) -> bool:
        calls = WATCH.open
        level = QThread.currentThread().loopLevel()
        if calls and calls[-1].level == level:
            if not calls[-1].made:
                _look(receiver, event, calls[-1])
            return bool(super().notify(receiver, event))
        name, kind = type(receiver).__name__, event.type().name
        call = Call(level, name, kind, time.thread_time_ns())
        call.modules, call.interrupted = len(sys.modules), _interruptions()
        _look(receiver, event, call)
        calls.append(call)
        try:
            return bool(super().notify(receiver, event))
        finally:
            calls.pop()
            whole = time.thread_time_ns() - call.began
            if calls:
                calls[-1].inner += whole
            WATCH.judge(call, whole - call.inner)


_FIRST: Final = frozenset(
    {
        QEvent.Type.Polish,
        QEvent.Type.ChildAdded,
        QEvent.Type.ChildPolished,
        QEvent.Type.DeferredDelete,  # a window that goes takes all its pages with it, and nobody waits for it
    }
)


def _look(receiver: QObject, event: QEvent, call: Call) -> None:
    if event.type() in _FIRST and isinstance(receiver, QWidget):
        kind = type(receiver)
        call.made = kind.__module__.startswith("census_app") and kind.__name__.endswith(PAGE_LIKE)


class Sampler(threading.Thread):
    """Prints where the window's thread is when a call has lasted too long; only for finding the cause."""

    def __init__(self) -> None:
        super().__init__(name="Tmr-watchdog", daemon=True)
        self._main = threading.get_ident()

    def run(self) -> None:
        shown: Any = None
        while True:
            time.sleep(0.02)
            call = WATCH.open[-1] if WATCH.open else None
            if call is not None and call is not shown:
                time.sleep(CALL_MS / 1000)
                if WATCH.open and WATCH.open[-1] is call:
                    shown = call
                    frame = sys._current_frames()[self._main]
                    print(f"--- {call.event} to {call.receiver}")  # noqa: T201
                    traceback.print_stack(frame, limit=14)


if _EXPLAIN:
    Sampler().start()
