"""What is wrong with some records by themselves: known at once after a paste, before the whole file is checked."""

from __future__ import annotations

from collections.abc import Iterable

from census_app.domain.findings import Finding
from census_app.domain.records import RecordId
from census_app.formspec import block_evaluator
from census_app.services.editing import with_offer
from census_app.services.lookup import context_for
from census_app.services.ports import Clock, WorkspaceStore


def check_rows(
    store: WorkspaceStore, form_id: str, ids: Iterable[RecordId], *, clock: Clock
) -> dict[RecordId, tuple[Finding, ...]]:
    """Return the findings of each record, without rules that look at others; records that are gone are left out."""
    records = store.records(form_id, ids).values()
    form_set = store.form_set
    today = clock.now().date().isoformat()
    found = block_evaluator.own_findings(form_set.form(form_id), form_set, today, records)
    context = context_for(store)
    return {
        record: tuple(with_offer(finding, context) for finding in findings)
        for record, findings in found.items()
    }
