"""Take answers over from another record: a whole copy, one section, or what repeats from the record before.

Each is one step, whose lines in the history say that they were copied. What names a record - its codes - and what the
centre assigns is never copied.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from census_app.domain.changes import Insert, Operation, Origin, Put, Step, StepDone
from census_app.domain.records import Record, RecordId, Unfit, Value, new_id
from census_app.errors import UserError
from census_app.formspec.evaluator import RecordEvaluator
from census_app.formspec.model import Field, Form
from census_app.formspec.titles import title_of
from census_app.services.defaults import default_values
from census_app.services.lookup import context_for, stamp
from census_app.services.ports import Clock, ListQuery, WorkspaceStore
from census_app.services.refusing import merged, refuse

LOOKED_BACK: Final = 10
"""Records before the last one that are asked whether an answer repeats."""

_CHOSEN: Final = frozenset({"code", "codes", "boolean", "reference", "references"})
_NEVER_REPEATS: Final = frozenset(
    {"longtext", "integer", "decimal", "money", "attachment", "calculation", "note"}
)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One answer that would be taken over.

    Attributes:
        old: The answer now; None when there is none.
        new: The answer afterwards.
    """

    field: str
    old: Value | None
    new: Value


@dataclass(frozen=True, slots=True)
class CarryOver:
    """What a new record could take over from the one before it.

    Attributes:
        source: The record it comes from.
        title: Its name.
        values: Field id → answer, in the order of the form; empty when nothing usually repeats.
    """

    source: RecordId
    title: str
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class CopyDone:
    """A copy that was made.

    Attributes:
        record: The new record.
        title: The name that original and copy share.
        children: How many children came with it.
    """

    record: RecordId
    title: str
    children: int


def copyable_fields(form: Form) -> tuple[Field, ...]:
    """Return the fields of a form whose answers another record may take over: all but names, codes and the centre's."""
    place = form.identity.index(form.title) if form.title in form.identity else len(form.identity)
    codes = set(form.identity[:place])
    return tuple(
        f
        for f in form.stored_fields
        if f.owner != "centre" and f.id not in codes and f.id != form.title
    )


def copy_record(
    store: WorkspaceStore, form_id: str, record_id: RecordId, *, actor: str, clock: Clock
) -> CopyDone:
    """Add a copy of a record with its children, as one step; its name stays the same, for a person to change.

    Raises:
        UserError: `RECORD_GONE`; `REFUSED_VALUE`, an answer may not be here, and nothing is written.
    """
    form = store.form_set.form(form_id)
    original = _record(store, form, record_id)
    at = clock.now()
    fresh = _twin(form, original)
    refuse(
        RecordEvaluator(form, store.form_set, at.date().isoformat()),
        form, fresh.values, context_for(store),
    )  # fmt: skip
    operations = [_insert(store, record_id, fresh)]
    for child in store.form_set.children_of(form_id):
        for each in _children(store, child, record_id):
            twin = replace(each, id=new_id(), parent=fresh.id)
            operations.append(_insert(store, each.id, twin))
    title = title_of(form, original.values)
    params = {"form": form.label.zh, "title": title}
    store.write(Step("STEP_COPY", actor, Origin.COPIED, stamp(at), tuple(operations), params))
    return CopyDone(fresh.id, title, len(operations) - 1)


def section_changes(
    store: WorkspaceStore,
    form_id: str,
    record_id: RecordId,
    source: RecordId,
    section: str,
    *,
    clock: Clock,
) -> tuple[FieldChange, ...]:
    """Return what taking a section over from another record would change, in the order of the form.

    Only answers that the source gives are taken; an empty field of it empties nothing.

    Raises:
        UserError: `RECORD_GONE`, one of the two is not there any more.
    """
    form = store.form_set.form(form_id)
    given = _record(store, form, source).values
    current = _record(store, form, record_id).values
    outcome = RecordEvaluator(form, store.form_set, clock.now().date().isoformat()).evaluate(
        source, given, ""
    )
    changes = []
    for field in copyable_fields(form):
        value = given.get(field.id)
        if field.section != section or field.id not in outcome.relevant or value is None:
            continue
        if _points_to(field, value, record_id) or value == current.get(field.id):
            continue
        changes.append(FieldChange(field.id, current.get(field.id), value))
    return tuple(changes)


def copy_section(
    store: WorkspaceStore,
    form_id: str,
    record_id: RecordId,
    source: RecordId,
    section: str,
    *,
    actor: str,
    clock: Clock,
    fields: Collection[str] | None = None,
) -> StepDone:
    """Take the answers of a section over from another record, as one step.

    Args:
        fields: Only these of the section; None takes all.

    Raises:
        UserError: `RECORD_GONE`; `REFUSED_VALUE`, and nothing is written.
    """
    form = store.form_set.form(form_id)
    changes = section_changes(store, form_id, record_id, source, section, clock=clock)
    values = {c.field: c.new for c in changes if fields is None or c.field in fields}
    label = next((s.label.zh for s in form.section if s.id == section), form.label.zh)
    params = {
        "title": title_of(form, _record(store, form, record_id).values),
        "source": title_of(form, _record(store, form, source).values),
        "section": label,
        "count": str(len(values)),
    }
    return _put(store, form, record_id, source, values, ("STEP_COPY_SECTION", params), actor, clock)


def usual_answers(
    store: WorkspaceStore, form_id: str, record_id: RecordId, *, clock: Clock
) -> CarryOver | None:
    """Return what a new record could take over from the record made before it, or None when there is nothing.

    An answer usually repeats when at least half of the records before gave the same one as the last. Of one record
    alone only chosen answers count. Numbers and long texts never do, since a wrong one would not be noticed.
    """
    form = store.form_set.form(form_id)
    new = store.record(form_id, record_id)
    if new is None:
        return None
    before = _made_before(store, form, record_id)
    if not before:
        return None
    last, earlier = before[0], before[1:]
    defaults = default_values(form, context_for(store))
    values = {
        field.id: last.values[field.id]
        for field in copyable_fields(form)
        if last.values.get(field.id) not in {None, new.values.get(field.id)}
        and new.values.get(field.id) == defaults.get(field.id)
        and not _points_to(field, last.values[field.id], record_id)
        and _repeats(field, last.values[field.id], earlier)
    }
    would_be = merged(new.values, values)
    asked = RecordEvaluator(form, store.form_set, clock.now().date().isoformat()).evaluate(
        record_id, would_be, ""
    )
    kept = {
        field: value
        for field, value in values.items()
        if field in asked.relevant and _fits_beside(form.field_by_id(field), last, would_be)
    }
    return CarryOver(last.id, title_of(form, last.values), kept) if kept else None


def carry_over(
    store: WorkspaceStore, form_id: str, record_id: RecordId, *, actor: str, clock: Clock
) -> tuple[str, ...]:
    """Take over what usually repeats, as one step, and return the fields that were filled.

    Raises:
        UserError: `REFUSED_VALUE`, and nothing is written.
    """
    offered = usual_answers(store, form_id, record_id, clock=clock)
    if offered is None:
        return ()
    form = store.form_set.form(form_id)
    params = {
        "form": form.label.zh, "source": offered.title, "count": str(len(offered.values)),
    }  # fmt: skip
    _put(
        store, form, record_id, offered.source, offered.values, ("STEP_CARRY_OVER", params),
        actor, clock,
    )  # fmt: skip
    return tuple(offered.values)


def _put(
    store: WorkspaceStore,
    form: Form,
    record_id: RecordId,
    source: RecordId,
    values: Mapping[str, Value],
    told: tuple[str, Mapping[str, str]],
    actor: str,
    clock: Clock,
) -> StepDone:
    at = clock.now()
    current = _record(store, form, record_id).values
    refuse(
        RecordEvaluator(form, store.form_set, at.date().isoformat()),
        form, merged(current, values), context_for(store),
    )  # fmt: skip
    heard = store.understood(form.id, source)
    put = Put(form.id, record_id, dict(values), {f: t for f, t in heard.items() if f in values})
    operations: tuple[Operation, ...] = (put,) if values else ()
    return store.write(Step(told[0], actor, Origin.COPIED, stamp(at), operations, told[1]))


def _record(store: WorkspaceStore, form: Form, record_id: RecordId) -> Record:
    found = store.record(form.id, record_id)
    if found is None:
        raise UserError("RECORD_GONE", form=form.label.zh)
    return found


def _twin(form: Form, original: Record) -> Record:
    kept = {f.id for f in copyable_fields(form)} | {form.title}
    return replace(
        original, id=new_id(), values={k: v for k, v in original.values.items() if k in kept}
    )


def _insert(store: WorkspaceStore, original: RecordId, twin: Record) -> Insert:
    heard = store.understood(twin.form, original)
    return Insert(twin, {f: t for f, t in heard.items() if f in twin.values})


def _children(store: WorkspaceStore, form: Form, parent: RecordId) -> list[Record]:
    return _in_order(store, form, store.ids(form.id, store.keys(ListQuery(form.id, parent=parent))))


def _made_before(store: WorkspaceStore, form: Form, record_id: RecordId) -> list[Record]:
    """Return the records made before one, the last first: the one it may take from, and those it is compared with."""
    keys = list(store.keys(ListQuery(form=form.id)))[-LOOKED_BACK - 2 :]
    ids = store.ids(form.id, keys)
    if record_id in ids:
        ids = ids[: ids.index(record_id)]
    return _in_order(store, form, list(reversed(ids[-LOOKED_BACK - 1 :])))


def _in_order(store: WorkspaceStore, form: Form, ids: Sequence[RecordId]) -> list[Record]:
    """Return the records that are there, in the order of the ids, read in bulk."""
    found = store.records(form.id, ids)
    return [found[each] for each in ids if each in found]


def _repeats(field: Field, value: Value, earlier: Sequence[Record]) -> bool:
    if isinstance(value, Unfit) or field.type in _NEVER_REPEATS:
        return False
    if not earlier:
        return field.type in _CHOSEN
    same = sum(record.values.get(field.id) == value for record in earlier)
    return 2 * same >= len(earlier)


def _fits_beside(field: Field, last: Record, values: Mapping[str, Value]) -> bool:
    """Say whether the answer on which a dependent list hangs is the one of the record it comes from."""
    leading = field.choices_from
    return not leading or values.get(leading) == last.values.get(leading)


def _points_to(field: Field, value: Value, record_id: RecordId) -> bool:
    """Say whether an answer would make the record refer to itself."""
    return bool(field.target) and (
        value == record_id or (isinstance(value, tuple) and record_id in value)
    )
