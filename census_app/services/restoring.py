"""Bring back what is gone: a deleted record with its children, as a new step; a former value, as a new edit."""

from __future__ import annotations

from census_app.domain.changes import Origin, Step, StepDone
from census_app.domain.history import HistoryRow
from census_app.domain.records import RecordId
from census_app.errors import UserError
from census_app.formspec.evaluator import RecordEvaluator
from census_app.formspec.titles import title_of
from census_app.services.editing import FormState, RecordEditor
from census_app.services.journalling import value_before
from census_app.services.lookup import context_for, stamp
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.refusing import refuse


def restore_record(
    store: WorkspaceStore, record: RecordId, *, actor: str, clock: Clock
) -> StepDone:
    """Add a deleted record again, under its id, with the children that went with it.

    Raises:
        UserError: `RESTORE_NOTHING`, it is not deleted; `RESTORE_OWNER`, the record it belongs to is deleted;
            `REFUSED_VALUE`.
    """
    operations = store.removed_as_it_was(record)
    first = operations[0].record
    form = store.form_set.form(first.form)
    if first.parent is not None and store.record(form.parent, first.parent) is None:
        raise UserError("RESTORE_OWNER")
    context, today = context_for(store), clock.now().date().isoformat()
    evaluators: dict[str, RecordEvaluator] = {}
    for operation in operations:
        of = store.form_set.form(operation.record.form)
        if of.id not in evaluators:
            evaluators[of.id] = RecordEvaluator(of, store.form_set, today)
        refuse(evaluators[of.id], of, operation.record.values, context)
    params = {"form": form.label.zh, "title": title_of(form, first.values)}
    return store.write(
        Step("STEP_RESTORE", actor, Origin.RESTORED, stamp(clock.now()), tuple(operations), params)
    )


def bring_back(store: WorkspaceStore, row: HistoryRow, *, actor: str, clock: Clock) -> FormState:
    """Give a field the value it had before a change, as a new edit.

    Raises:
        UserError: `RESTORE_FIELD`, the line is not about a field that is still asked; `RECORD_GONE`; `REFUSED_VALUE`.
    """
    value = value_before(row, store.form_set)
    editor = RecordEditor(store, row.form, row.record, actor=actor, clock=clock)
    return editor.set_value(row.field, value, Origin.RESTORED)
