"""Snapshots while the window is open: every ten minutes if something changed, and at the end (security §8)."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QTimer

from census_app.services.ports import WorkspaceStore
from census_app.ui.shell.tasks import TaskRunner

EVERY_MS: Final = 10 * 60 * 1000


class SnapshotKeeper(QObject):
    """Asks the store for a snapshot now and then, on the database thread.

    A snapshot that fails (a full disk) is reported as any other task; what was saved stays saved.
    """

    def __init__(self, store: WorkspaceStore, runner: TaskRunner, parent: QObject) -> None:
        super().__init__(parent)
        self._store = store
        self._runner = runner
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self.take)
        self._timer.start()

    def take(self) -> None:
        """Take a snapshot unless the newest one holds the same."""
        self._runner.on_database(lambda _p: self._store.snapshot_if_changed("regular"), self)

    def finish(self) -> None:
        """Stop, and take the last one."""
        self._timer.stop()
        self._runner.on_database(lambda _p: self._store.snapshot_if_changed("exit"), self)
