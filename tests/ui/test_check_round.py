"""A round of checking that is given up: it ends at once, says nothing later, and the next one runs."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from census_app import bootstrap
from census_app.services.ports import WorkspaceStore
from census_app.ui.department.check_round import CheckRound
from census_app.ui.shell.tasks import TaskRunner
from tests.ui.driving import Until


def test_a_round_that_is_given_up_makes_room_for_the_next(
    store: WorkspaceStore, services: bootstrap.Services, qapp: QApplication, until: Until
) -> None:
    errors: list[Any] = []
    parent = QObject()
    runner = TaskRunner(errors.append, None, parent)
    made = CheckRound(store, services.clock, runner, parent)
    running: list[bool] = []
    ended: list[object] = []
    made.running_changed.connect(running.append)
    made.ended.connect(ended.append)
    made.now()
    made.stop()
    assert not made.waiting
    made.now()
    until(lambda: not made.waiting and not runner.busy)
    assert running == [True, False, True, False]
    assert len(ended) == 1
    assert errors == []
    runner.close()
    parent.deleteLater()
