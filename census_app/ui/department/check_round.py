"""One round of checking the whole workspace: copied on the database thread, checked on another, arranged, told.

Edits never wait for the rules: the database thread only makes the private copy and reads the stored reasons.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

from census_app.domain.findings import Finding, Place
from census_app.domain.records import RecordId
from census_app.formspec.evaluator import RuleRun
from census_app.services import checking
from census_app.services.lookup import stamp
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.progress import Progress
from census_app.ui.department.problems import Digest, digest
from census_app.ui.shell.tasks import Task, TaskRunner

if TYPE_CHECKING:
    import sqlite3

CHECK_AFTER_MS: Final = 1500


class CheckRound(QObject):
    """Runs checks one after another, never two at once.

    Signals:
        running_changed: A round begins or ends.
        ended: `Digest` of a round that went through.
    """

    running_changed = Signal(bool)
    ended = Signal(object)

    def __init__(
        self, store: WorkspaceStore, clock: Clock, runner: TaskRunner, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._store, self._clock, self._runner = store, clock, runner
        self._timer = QTimer(self, singleShot=True, interval=CHECK_AFTER_MS)
        self._timer.timeout.connect(self.now)
        self._task: Task | None = None
        self._running = False

    @property
    def waiting(self) -> bool:
        """Whether a round runs or will begin soon."""
        return self._running or self._timer.isActive()

    def soon(self) -> None:
        """Check after a short rest."""
        self._timer.start()

    def now(self) -> None:
        """Check now, or once the present round has ended."""
        self._timer.stop()
        if self._running:
            self._timer.start()
            return
        self._set_running(running=True)
        store = self._store

        def copy(_progress: Progress) -> _Copy:
            manager = store.rule_copy()
            return _Copy(manager, manager.__enter__())

        self._task = self._runner.on_database(copy, self, self._run_rules, self._on_failed)

    def stop(self) -> None:
        """Give up what runs or waits."""
        self._timer.stop()
        if self._task is not None:
            self._task.cancel()

    def _run_rules(self, copied: _Copy) -> None:
        form_set, now = self._store.form_set, self._clock.now()

        def work(progress: Progress) -> _Found:
            with copied.closing():
                run = RuleRun(copied.connection, form_set, now.date().isoformat(), mends=True)
                findings = list(run.findings(progress.step))
                return _Found(findings, run.places(findings), stamp(now))

        self._task = self._runner.on_reading(work, self, self._read_standing, self._on_failed)

    def _read_standing(self, found: _Found) -> None:
        store = self._store

        def work(_progress: Progress) -> checking.Standing:
            return checking.standing_of(store)

        done = partial(self._arrange, found)
        self._task = self._runner.on_database(work, self, done, self._on_failed)

    def _arrange(self, found: _Found, standing: checking.Standing) -> None:
        owners = {form.id: form.parent for form in self._store.form_set.forms if form.parent}

        def work(_progress: Progress) -> Digest:
            findings, places = found.findings, found.places
            report = checking.report_of(standing, findings, found.checked_at, places)
            return digest(report, owners)

        self._task = self._runner.on_reading(work, self, self._on_arranged, self._on_failed)

    def _on_arranged(self, arranged: Digest) -> None:
        self._task = None
        self._set_running(running=False)
        self.ended.emit(arranged)

    def _on_failed(self, error: Exception) -> None:
        self._task = None
        self._set_running(running=False)
        self._runner.report(error)

    def _set_running(self, *, running: bool) -> None:
        self._running = running
        self.running_changed.emit(running)


@dataclass(frozen=True, slots=True)
class _Found:
    """What the rules found, before reasons and offers are joined to it."""

    findings: list[Finding]
    places: dict[RecordId, Place]
    checked_at: str


@dataclass(frozen=True, slots=True)
class _Copy:
    """A private copy of the workspace, opened on one thread and used on another."""

    manager: AbstractContextManager[sqlite3.Connection]
    connection: sqlite3.Connection

    @contextlib.contextmanager
    def closing(self) -> Iterator[None]:
        """Give the copy up at the end."""
        try:
            yield
        finally:
            self.manager.__exit__(None, None, None)
