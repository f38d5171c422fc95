"""Deletes chosen records from the window: plan on the database thread, ask, then one step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from census_app.domain.changes import StepDone
from census_app.domain.records import RecordId
from census_app.services.ports import ListQuery, WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.removing import RemovalPlan, apply_removal, plan_removal
from census_app.ui.department.delete_dialog import DeleteDialog
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.shell.translation import Words


class Removal(QObject):
    """The way from chosen rows to deleted records.

    Args:
        window: Parent of the dialog.

    Signals:
        removed: `StepDone`, after the records are gone.
    """

    removed = Signal(object)

    def __init__(self, window: QWidget, session: WorkspaceSession, words: Words) -> None:
        super().__init__(window)
        self._window, self._session, self._words = window, session, words

    def start(self, form: str, keys: Sequence[int], reason: str = "") -> None:
        """Say what deleting rows would do, ask, and do it."""
        wanted = list(keys)
        self._plan(lambda store, _p: plan_removal(store, form, wanted), reason)

    def start_records(self, form: str, records: Sequence[RecordId], reason: str = "") -> None:
        """Do the same with records."""
        query = ListQuery(form=form, ids=frozenset(records))
        self._plan(lambda store, _p: plan_removal(store, form, store.keys(query)), reason)

    def _plan(self, work: Callable[[WorkspaceStore, Progress], RemovalPlan], reason: str) -> None:
        def planned(plan: RemovalPlan) -> None:
            self._ask(plan, reason)

        self._session.ask(work, self, planned)

    def _ask(self, plan: RemovalPlan, reason: str) -> None:
        if not plan.records:
            return
        dialog = DeleteDialog(
            plan, self._session.form_set, self._words, self._window.window(), reason
        )
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self._remove(plan, dialog.reason)
        dialog.deleteLater()

    def _remove(self, plan: RemovalPlan, reason: str) -> None:
        session = self._session
        services, store = session.services, session.store

        def work(_progress: Progress) -> StepDone:
            return apply_removal(store, plan, reason, actor=services.actor, clock=services.clock)

        # Records that referred to them may show it: every form reads anew what it shows.
        forms = (plan.form, *{r.form for r in plan.referrers})
        session.change(work, forms, self, self.removed.emit)
