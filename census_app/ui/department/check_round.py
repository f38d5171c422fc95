"""One round of checking the whole workspace: copied on the database thread, checked on another, arranged, told.

Edits never wait for the rules: the database thread only makes the private copy and reads the stored reasons.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from census_app.domain.findings import Finding, Place
from census_app.domain.records import RecordId
from census_app.formspec.evaluator import RuleRun
from census_app.services import checking
from census_app.services.lookup import stamp
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.progress import Progress
from census_app.ui.department.private_copy import PrivateCopy
from census_app.ui.department.problems import Digest, digest
from census_app.ui.shell.tasks import Task, TaskRunner, Work

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
        self._number = 0

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
        self._number += 1
        self._set_running(running=True)
        store, number = self._store, self._number

        def copied(made: PrivateCopy) -> None:
            if number == self._number:
                self._run_rules(made)
            else:  # given up while it was made
                self._runner.on_reading(lambda _p: made.close(), self)

        self._task = self._runner.on_database(
            lambda _p: PrivateCopy.of(store), self, copied, partial(self._on_failed, number)
        )

    def stop(self) -> None:
        """Give up what runs or waits; what it finds later is nobody's. Another round can begin at once."""
        self._timer.stop()
        self._number += 1
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if self._running:
            self._set_running(running=False)

    def _run_rules(self, copied: PrivateCopy) -> None:
        form_set, now = self._store.form_set, self._clock.now()

        def work(progress: Progress) -> _Found:
            with copied.using() as connection:
                run = RuleRun(connection, form_set, now.date().isoformat(), mends=True)
                findings = list(run.findings(progress.step))
                return _Found(findings, run.places(findings), stamp(now))

        self._go_on(self._runner.on_reading, work, self._read_standing)

    def _read_standing(self, found: _Found) -> None:
        store = self._store

        def work(_progress: Progress) -> checking.Standing:
            return checking.standing_of(store)

        self._go_on(self._runner.on_database, work, partial(self._arrange, found))

    def _arrange(self, found: _Found, standing: checking.Standing) -> None:
        owners = {form.id: form.parent for form in self._store.form_set.forms if form.parent}

        def work(_progress: Progress) -> Digest:
            findings, places = found.findings, found.places
            report = checking.report_of(standing, findings, found.checked_at, places)
            return digest(report, owners)

        self._go_on(self._runner.on_reading, work, self._on_arranged)

    def _go_on(
        self, run: Callable[..., Task], work: Work[Any], then: Callable[[Any], None]
    ) -> None:
        """Do the next part of this round, unless the round was given up meanwhile."""
        number = self._number

        def done(result: object) -> None:
            if number == self._number:
                then(result)

        self._task = run(work, self, done, partial(self._on_failed, number))

    def _on_arranged(self, arranged: Digest) -> None:
        self._task = None
        self._set_running(running=False)
        self.ended.emit(arranged)

    def _on_failed(self, number: int, error: Exception) -> None:
        if number == self._number:
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
