"""How far the steps are that ask something about each record. No widgets."""

from __future__ import annotations

from census_app.services.carrying import delta_progress
from census_app.services.clearing import clearing_progress
from census_app.services.ports import Clock, WorkspaceStore
from census_app.ui.department.steps import LAST_YEAR


def own_progress(store: WorkspaceStore, step: str, clock: Clock) -> tuple[int, int]:
    """Return of how many records a step has its answers, and how many it asks about; on the database thread."""
    if step == LAST_YEAR:
        progress = delta_progress(store.deltas())
        return progress.done, progress.total
    return clearing_progress(store, clock=clock)
