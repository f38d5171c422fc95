"""Work off the window's thread, with progress and cancel (house style §7.4).

Two pools of the standard library: one thread that owns the database, and a few for reading and hashing. (A QRunnable
made in Python can be freed while its thread is still leaving `run`.) A task lives in the window's thread and owns its
signals; results reach Python callbacks in the window's thread, and only while the object that asked is alive.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, Final, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from shiboken6 import isValid

from census_app.errors import CensusError
from census_app.services.progress import Cancelled, Progress

T = TypeVar("T")
Work = Callable[[Progress], T]
Done = Callable[[Any], None]
Failed = Callable[[Exception], None]

_LOG = logging.getLogger(__name__)
REPORT_EVERY_S: Final = 0.1
LOOK_EVERY_S: Final = 0.05
READING_THREADS: Final = 2


class Task(QObject):
    """One piece of work on a pool; made by `TaskRunner`.

    Signals:
        progressed: done, total (as objects: a Qt int has 32 bits), text; at most ten a second.
        ended: the task itself, once, after the callbacks.
    """

    progressed = Signal(object, object, str)
    ended = Signal(object)
    _returned = Signal(object)
    _raised = Signal(object)

    def __init__(  # made in one place only
        self,
        work: Work[Any],
        owner: QObject,
        done: Done | None,
        failed: Failed,
        title: str,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.title = title
        self._work = work
        self._owner = owner
        self._done = done
        self._failed = failed
        self._stop = threading.Event()
        self._reported_at = 0.0
        queued = Qt.ConnectionType.QueuedConnection
        self._returned.connect(self._on_returned, queued)
        self._raised.connect(self._on_raised, queued)

    def cancel(self) -> None:
        """Ask the work to stop at its next step."""
        self._stop.set()

    @property
    def cancel_requested(self) -> bool:
        """Whether somebody asked to stop."""
        return self._stop.is_set()

    def run_in_pool(self) -> None:
        """Do the work; called by the pool's thread."""
        progress = Progress(on_step=self._report, is_cancelled=self._stop.is_set)
        try:
            result = self._work(progress)
        except Exception as error:  # noqa: BLE001  # a task hands every failure to the window's thread
            self._raised.emit(error)
        else:
            self._returned.emit(result)

    def _report(self, done: int, total: int, text: str) -> None:
        now = time.monotonic()
        if now - self._reported_at >= REPORT_EVERY_S or (total and done >= total):
            self._reported_at = now
            self.progressed.emit(done, total, text)

    def _on_returned(self, result: object) -> None:
        try:
            if self._done is not None and isValid(self._owner):
                self._done(result)
        finally:
            self.ended.emit(self)

    def _on_raised(self, error: Exception) -> None:
        try:
            if isinstance(error, Cancelled):
                _LOG.info("task cancelled: %s", self.title)
            elif isValid(self._owner):
                self._failed(error)
            else:
                _LOG.error("task failed after its window closed", exc_info=error)
        finally:
            self.ended.emit(self)


class TaskRunner(QObject):
    """Runs tasks for one window and remembers those under way.

    Args:
        on_error: Shows an error of the known families; everything else is raised in the window's thread, where the
            crash handler takes it.
        show_progress: Opens a window for a task with a title that runs longer than 400 ms.
    """

    busy_changed = Signal(bool)
    DIALOG_AFTER_MS: Final = 400

    def __init__(
        self,
        on_error: Callable[[CensusError], None],
        show_progress: Callable[[Task], None] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._on_error = on_error
        self._show_progress = show_progress
        self._running: dict[Task, Future[None]] = {}
        self._closed = False
        self._database = ThreadPoolExecutor(1, "census-database")
        self._reading = ThreadPoolExecutor(READING_THREADS, "census-reading")

    def on_database(
        self,
        work: Work[T],
        owner: QObject,
        done: Done | None = None,
        failed: Failed | None = None,
        title: str = "",
    ) -> Task:
        """Run work on the one database thread, after what was asked before it.

        Args:
            owner: The callbacks run only while it exists.
            done: Called with the result in the window's thread.
            failed: Called with the error; the default shows it.
            title: What the progress window says; without it none opens.
        """
        return self._start(self._database, work, owner, done, failed, title)

    def on_reading(
        self,
        work: Work[T],
        owner: QObject,
        done: Done | None = None,
        failed: Failed | None = None,
        title: str = "",
    ) -> Task:
        """Run work that touches no database on the small pool."""
        return self._start(self._reading, work, owner, done, failed, title)

    def from_database(self, call: Callable[[], T], progress: Progress) -> T:
        """Return what a call on the database thread returns; asked by work on the small pool, never by the window.

        Raises:
            Cancelled: The work was asked to stop, or the window closes; the call may still run.
        """
        progress.raise_if_cancelled()
        try:
            future = self._database.submit(call)
        except RuntimeError:  # the pool takes nothing any more
            raise Cancelled from None
        while not wait((future,), LOOK_EVERY_S).done:
            if progress.cancelled:
                future.cancel()
                raise Cancelled
        return future.result()

    @property
    def busy(self) -> bool:
        """Whether any task is under way."""
        return bool(self._running)

    def close(self) -> None:
        """Ask all tasks to stop and wait until both pools are idle; nothing can be asked any more."""
        self._closed = True
        for task in list(self._running):
            task.cancel()
        self._database.shutdown()
        self._reading.shutdown()

    def wait_for_database(self) -> None:
        """Wait until everything asked of the database is done; used while the window closes."""
        if not self._closed:
            self._database.submit(lambda: None).result()

    def _start(
        self,
        pool: ThreadPoolExecutor,
        work: Work[Any],
        owner: QObject,
        done: Done | None,
        failed: Failed | None,
        title: str,
    ) -> Task:
        task = Task(work, owner, done, failed or self.report, title, self)
        if self._closed:
            return task
        task.ended.connect(self._on_ended)
        self._running[task] = pool.submit(task.run_in_pool)
        if len(self._running) == 1:
            self.busy_changed.emit(True)
        if title and self._show_progress is not None:
            waiting = QTimer(task, singleShot=True, interval=self.DIALOG_AFTER_MS)
            waiting.timeout.connect(self._on_long_task)
            waiting.start()
        return task

    def _on_long_task(self) -> None:
        timer = self.sender()
        task = timer.parent() if timer is not None else None
        if isinstance(task, Task) and task in self._running and self._show_progress is not None:
            self._show_progress(task)

    def _on_ended(self, task: Task) -> None:
        self._running.pop(task, None)
        task.deleteLater()  # not at once: we are inside one of its slots
        if not self._running:
            self.busy_changed.emit(False)

    def report(self, error: Exception) -> None:
        """Show an error of the families; raise any other, for the crash handler."""
        if not isinstance(error, CensusError):
            raise error
        self._on_error(error)
