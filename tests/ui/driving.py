"""How tests drive the real department window: open it, wait until it has nothing left to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QTimer

from census_app.services.ports import WorkspaceStore
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.shell.translation import Words

Until = Callable[[Callable[[], bool]], None]
SHORT_MS = 500
"""Single-shot timers up to this long are about to do something; longer ones wait for the person."""


class Opener(Protocol):
    """Opens a workspace in a window at 1366×768 and waits until it has settled; it is closed after the test."""

    def __call__(
        self, store: WorkspaceStore, words: Words | None = None, *, page: str = ""
    ) -> DepartmentWindow: ...


def settled(window: DepartmentWindow) -> bool:
    """Whether nothing is under way and no short timer runs."""
    if window.runner.busy or window.session.round.waiting:
        return False
    timers = window.findChildren(QTimer)
    return not any(t.isActive() and t.isSingleShot() and t.interval() <= SHORT_MS for t in timers)


def settle(window: DepartmentWindow, until: Until) -> None:
    """Wait until nothing is under way and every short timer has run."""
    quiet = 0

    def so() -> bool:
        nonlocal quiet
        quiet = quiet + 1 if settled(window) else 0
        return quiet > 3

    until(so)
