"""Refuse what must not be here at all: classified content and passwords (SEC-1, SEC-2).

Asked before anything is written, journalled or logged; the error carries the rule's sentences, never the value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from census_app.domain.changes import Put
from census_app.domain.records import Value
from census_app.errors import BugError, UserError
from census_app.formspec.evaluator import RecordEvaluator
from census_app.formspec.model import Form
from census_app.formspec.sentences import rule_by_id
from census_app.formspec.types import Context
from census_app.services.lookup import context_for
from census_app.services.ports import Clock, WorkspaceStore


def refuse(
    evaluator: RecordEvaluator, form: Form, values: Mapping[str, Value], context: Context
) -> None:
    """Stop a write whose answers break a refusing rule.

    Raises:
        UserError: The rule's id as code, with its sentences but not the value.
    """
    broken = evaluator.refusals(values)
    if not broken:
        return
    rule = rule_by_id(context.form_set, broken[0])
    if rule is None:
        raise BugError("MESSAGE_MISSING", message=broken[0])
    raise UserError(
        "REFUSED_VALUE", rule=rule.id, form=form.label.get(context.language),
        what=rule.message.get(context.language), remedy=rule.remedy.get(context.language),
    )  # fmt: skip


def refuse_changes(store: WorkspaceStore, changes: Sequence[Put], clock: Clock) -> None:
    """Stop a step of changes to many records when one of them would break a refusing rule.

    Raises:
        UserError: `REFUSED_VALUE`.
    """
    context = context_for(store)
    today = clock.now().date().isoformat()
    by_form: dict[str, list[Put]] = {}
    for change in changes:
        by_form.setdefault(change.form, []).append(change)
    for form_id, puts in by_form.items():
        current = store.records(form_id, [p.record for p in puts])
        would_be = {record: found.values for record, found in current.items()}
        for put in puts:
            would_be[put.record] = merged(would_be.get(put.record, {}), put.values)
        form = store.form_set.form(form_id)
        refuse_many(RecordEvaluator(form, store.form_set, today), form, would_be.values(), context)


def refuse_many(
    evaluator: RecordEvaluator, form: Form, rows: Iterable[Mapping[str, Value]], context: Context
) -> None:
    """Stop a write of many records when one of them would break a refusing rule.

    Rows whose deciding answers are the same are asked once.

    Raises:
        UserError: `REFUSED_VALUE`.
    """
    names = evaluator.refusal_fields
    seen: set[tuple[Value | None, ...]] = set()
    for values in rows:
        key = tuple(values.get(name) for name in names)
        if key not in seen:
            seen.add(key)
            refuse(evaluator, form, values, context)


def merged(values: Mapping[str, Value], changed: Mapping[str, Value | None]) -> dict[str, Value]:
    """Return the answers as they would be; None empties one."""
    filled = {**values, **{k: v for k, v in changed.items() if v is not None}}
    return {k: v for k, v in filled.items() if k not in changed or changed[k] is not None}
