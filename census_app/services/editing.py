"""Edit records: one field, a pasted block, a new or deleted record; undo and redo.

Every call is one durable transaction (DESIGN §2 idea 3). A value that breaks a refusing rule is never written,
journalled or logged (SEC-1, SEC-2).
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from census_app.domain.changes import Insert, Move, Origin, Put, Remove, Step, StepDone
from census_app.domain.findings import Finding
from census_app.domain.records import Record, RecordId, Unfit, Value, new_id
from census_app.errors import UserError
from census_app.formspec.evaluator import RecordEvaluator
from census_app.formspec.offers import certain, offer
from census_app.formspec.titles import title_of
from census_app.formspec.types import Context, parse_value
from census_app.formspec.unfit_mends import as_other
from census_app.services import blocks
from census_app.services.arranging import index_behind, room
from census_app.services.defaults import default_values
from census_app.services.lookup import RecordNames, context_for, stamp
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.refusing import merged, refuse

_STAYS: Final = itertools.count()
"""Numbers the stays of all editors: who opens a record again begins another stay, though it is the same field."""


@dataclass(frozen=True, slots=True)
class FormState:
    """What the form shows of one record.

    Attributes:
        understood: Field → text as given, where another spelling was understood.
        findings: Generic checks and one-record rules; rules over several records come with `check_workspace`.
        calculated: Field → text of computed fields.
        saved_at: When the newest change was made durable, UTC.
    """

    form: str
    record: RecordId
    values: Mapping[str, Value]
    understood: Mapping[str, str]
    relevant: frozenset[str]
    required: frozenset[str]
    findings: tuple[Finding, ...]
    calculated: Mapping[str, str]
    saved_at: str = ""


class RecordEditor:
    """Edits one record as a person does: field by field, saved at once.

    Args:
        store: The workspace.
        form_id: The record's form.
        record_id: The record; it must exist.
        actor: Who edits.
        clock: For the journal's time.
    """

    def __init__(
        self, store: WorkspaceStore, form_id: str, record_id: RecordId, *, actor: str, clock: Clock
    ) -> None:
        self._store = store
        self._form = store.form_set.form(form_id)
        self._id = record_id
        self._actor = actor
        self._clock = clock
        self._context = context_for(store)
        self._evaluator = RecordEvaluator(
            self._form, store.form_set, clock.now().date().isoformat()
        )
        self._stay = next(_STAYS)
        self.state = self._load()

    def set_text(self, field_id: str, text: str, origin: Origin = Origin.TYPED) -> FormState:
        """Write what was typed: parsed when it fits, kept as unfit when not."""
        field = self._form.field_by_id(field_id)
        parsed = parse_value(text, field, self._context.beside(self.state.values))
        understood = {field_id: text} if parsed.understood else {}
        return self._write({field_id: parsed.value}, understood, origin)

    def set_value(
        self, field_id: str, value: Value | None, origin: Origin = Origin.TYPED
    ) -> FormState:
        """Write a typed value; None empties the field."""
        return self._write({field_id: value}, {}, origin)

    def set_values(
        self, values: Mapping[str, Value | None], origin: Origin = Origin.TYPED
    ) -> FormState:
        """Write several fields as one step."""
        return self._write(values, {}, origin)

    def finish_stay(self) -> None:
        """End the burst of edits that is one undo step: focus has left the field."""
        self._stay = next(_STAYS)

    def reload(self) -> FormState:
        """Read the record again, after an undo or an import."""
        names = self._context.records
        if isinstance(names, RecordNames):
            names.forget()
        self.state = self._load()
        return self.state

    def _write(
        self, values: Mapping[str, Value | None], understood: Mapping[str, str], origin: Origin
    ) -> FormState:
        would_be = merged(self.state.values, values)
        refuse(self._evaluator, self._form, would_be, self._context)
        at = stamp(self._clock.now())
        labels = "、".join(self._form.field_by_id(f).label.zh for f in values)
        step = Step(
            sentence="STEP_EDIT",
            actor=self._actor,
            origin=origin,
            at=at,
            operations=(Put(self._form.id, self._id, values, understood),),
            params={"field": labels, "title": title_of(self._form, would_be)},
            merge_key=f"{self._id}:{','.join(values)}:{self._stay}",
        )
        self._store.write(step)
        heard = {f: t for f, t in self.state.understood.items() if f not in values} | dict(
            understood
        )
        self.state = self._state(would_be, heard, at)
        return self.state

    def _load(self) -> FormState:
        record = self._store.record(self._form.id, self._id)
        if record is None:
            raise UserError("RECORD_GONE", form=self._form.label.zh)
        return self._state(record.values, self._store.understood(self._form.id, self._id), "")

    def _state(
        self, values: Mapping[str, Value], understood: Mapping[str, str], at: str
    ) -> FormState:
        title = title_of(self._form, values)
        outcome = self._evaluator.evaluate(self._id, values, title)
        return FormState(
            form=self._form.id,
            record=self._id,
            values=values,
            understood=understood,
            relevant=outcome.relevant,
            required=outcome.required,
            findings=tuple(with_offer(f, self._context) for f in outcome.findings),
            calculated={k: "" if v is None else f"{v:g}" if isinstance(v, float) else str(v)
                        for k, v in outcome.calculated.items()},
            saved_at=at,
        )  # fmt: skip


def with_offer(finding: Finding, context: Context, *, names: bool = True) -> Finding:
    """Return an unfit finding with the legal value that is nearest, or the one that is meant for certain.

    Args:
        names: Whether the context may be asked for records by their names here, which reads a file.
    """
    if finding.check != "unfit" or finding.offer is not None:
        return finding
    field = context.form_set.form(finding.form).field_by_id(finding.fields[0])
    value = finding.found.get(field.id)
    if not isinstance(value, Unfit):
        return finding
    sure = certain(value.text, field, context)
    if sure is None and field.target and names:
        parsed = parse_value(value.text, field, context).value
        sure = None if isinstance(parsed, Unfit) else parsed
    near = offer(value.text, field, context) if sure is None else sure
    mend = {} if sure is None else {field.id: sure}
    form = context.form_set.form(finding.form)
    likely = as_other(form, field, value.text) if near is None else {}
    return dataclasses.replace(finding, offer=near, mend=mend, likely=likely)


def create_record(
    store: WorkspaceStore,
    form_id: str,
    values: Mapping[str, Value],
    *,
    actor: str,
    clock: Clock,
    parent: RecordId | None = None,
    after: RecordId | None = None,
) -> RecordId:
    """Add a record, filled with the form's defaults where `values` says nothing, and return its id.

    Args:
        parent: The owning record of a child.
        after: The sibling it follows; None puts it last.
    """
    form = store.form_set.form(form_id)
    context = context_for(store)
    filled = {**default_values(form, context), **values}
    at = clock.now()
    refuse(RecordEvaluator(form, store.form_set, at.date().isoformat()), form, filled, context)
    position = 0
    moves: tuple[Move, ...] = ()
    if parent:
        places = store.places(form_id, parent)
        (position,), moves = room(form_id, places, index_behind(places, after), 1)
    record = Record(
        form=form_id,
        id=new_id(),
        values=filled,
        parent=parent,
        position=position,
        unit=store.facts().department_code,
    )
    store.write(
        Step(
            "STEP_ADD", actor, Origin.TYPED, stamp(at), (*moves, Insert(record)),
            {"form": form.label.zh, "title": title_of(form, filled)},
        )
    )  # fmt: skip
    return record.id


def remove_records(
    store: WorkspaceStore,
    form_id: str,
    ids: Sequence[RecordId],
    reason: str,
    *,
    actor: str,
    clock: Clock,
) -> StepDone:
    """Delete records (children with their parents) as one step; the reason travels if they were handed in."""
    form = store.form_set.form(form_id)
    operations = tuple(Remove(form_id, record, reason) for record in ids)
    params = {"form": form.label.zh, "count": str(len(ids))}
    return store.write(
        Step("STEP_REMOVE", actor, Origin.TYPED, stamp(clock.now()), operations, params)
    )


def set_cells(
    store: WorkspaceStore,
    form_id: str,
    cells: Iterable[tuple[RecordId, str, str]],
    *,
    actor: str,
    clock: Clock,
    origin: Origin = Origin.PASTED,
    parent: RecordId | None = None,
    insert: Sequence[Mapping[str, str]] = (),
    sentence: str = "STEP_PASTE",
) -> StepDone:
    """Write a block of texts as one step: a paste, a fill-down.

    Args:
        cells: Record, field and text; one entry per cell.
        parent: Owner of the inserted rows.
        insert: Rows of texts that go below the last one.
        sentence: What the undo menu calls it.

    Raises:
        UserError: `REFUSED_VALUE`, and nothing is written.
    """
    grouped: dict[RecordId, dict[str, str]] = {}
    for record, field_id, text in cells:
        grouped.setdefault(record, {})[field_id] = text
    block = blocks.understand(store, form_id, grouped, insert)
    return blocks.write(
        store, block, parent, sentence=sentence, origin=origin, actor=actor, clock=clock
    )


def move_record(
    store: WorkspaceStore,
    form_id: str,
    record: RecordId,
    position: int,
    *,
    actor: str,
    clock: Clock,
) -> StepDone:
    """Give a child record another place among its siblings."""
    params = {"form": store.form_set.form(form_id).label.zh}
    operations = (Move(form_id, record, position),)
    return store.write(
        Step("STEP_MOVE", actor, Origin.TYPED, stamp(clock.now()), operations, params)
    )


def undo(store: WorkspaceStore, *, actor: str, clock: Clock) -> StepDone | None:
    """Compensate the newest step in force; None when there is none."""
    return store.undo(actor, stamp(clock.now()))


def redo(store: WorkspaceStore, *, actor: str, clock: Clock) -> StepDone | None:
    """Bring back the step undone last; None when there is none."""
    return store.redo(actor, stamp(clock.now()))
