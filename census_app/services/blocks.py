"""Blocks of cells: many texts for many records of one form, understood and written in bulk, as one step.

What is pasted, filled down, emptied and replaced goes this way. Not responsible for what a clipboard holds (`pasting`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from census_app.domain.changes import Insert, Move, Operation, Origin, Put, Step, StepDone
from census_app.domain.records import Record, RecordId, Unfit, Value, new_id
from census_app.formspec.evaluator import RecordEvaluator
from census_app.formspec.model import Field, Form
from census_app.formspec.types import Context, Parsed, format_value, parse_value
from census_app.services.arranging import room
from census_app.services.lookup import context_for, stamp
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.refusing import merged, refuse_many

Texts = Mapping[str, str]
"""Field id → text."""


@dataclass(frozen=True, slots=True)
class Area:
    """Chosen cells: the row keys of some rows, and some fields of each."""

    keys: Sequence[int]
    fields: Sequence[str]


@dataclass(frozen=True, slots=True)
class RowRead:
    """What the texts of one row mean.

    Attributes:
        record: The record they go to; None for a new row.
        current: Its answers before.
        understood: Field → text, where another spelling was understood.
    """

    record: RecordId | None
    current: Mapping[str, Value]
    values: Mapping[str, Value | None]
    understood: Mapping[str, str]

    @property
    def changed(self) -> list[str]:
        """Fields whose answer becomes another one."""
        return [f for f, v in self.values.items() if v != self.current.get(f)]

    @property
    def unfit(self) -> list[str]:
        """Fields whose new answer does not fit."""
        return [f for f in self.changed if isinstance(self.values[f], Unfit)]


@dataclass(frozen=True, slots=True)
class Block:
    """A block that was understood and not yet written.

    Attributes:
        rows: The existing rows, then the new ones.
    """

    form: str
    rows: tuple[RowRead, ...]


def understand(
    store: WorkspaceStore,
    form_id: str,
    texts: Mapping[RecordId, Texts],
    insert: Sequence[Texts] = (),
) -> Block:
    """Say what texts mean for records and for new rows; records that are gone are left out."""
    reader = BlockReader(store.form_set.form(form_id), context_for(store))
    rows = []
    current = store.records(form_id, texts)
    for record, given in texts.items():
        found = current.get(record)
        if found is not None:
            values, understood = reader.read(given, found.values)
            rows.append(RowRead(record, found.values, values, understood))
    for given in insert:
        values, understood = reader.read(given, {})
        rows.append(RowRead(None, {}, values, understood))
    return Block(form_id, tuple(rows))


def write(
    store: WorkspaceStore,
    block: Block,
    parent: RecordId | None,
    *,
    sentence: str,
    origin: Origin,
    actor: str,
    clock: Clock,
) -> StepDone:
    """Write a block as one step; new rows go below the last one.

    Args:
        parent: Owner of the new rows.
        sentence: What the undo menu calls it.

    Raises:
        UserError: `REFUSED_VALUE`, and nothing is written.
    """
    form = store.form_set.form(block.form)
    now = clock.now()
    evaluator = RecordEvaluator(form, store.form_set, now.date().isoformat())
    would_be = (merged(row.current, row.values) for row in block.rows)
    refuse_many(evaluator, form, would_be, context_for(store))
    added = [row for row in block.rows if row.record is None]
    places = store.places(form.id, parent) if parent and added else []
    moves: tuple[Move, ...] = ()
    positions = [0] * len(added)
    if parent and added:
        positions, moves = room(form.id, places, len(places), len(added))
    unit = store.facts().department_code if added else ""
    operations: list[Operation] = [
        Put(form.id, row.record, row.values, row.understood) for row in block.rows if row.record
    ]
    for row, position in zip(added, positions, strict=True):
        filled = {k: v for k, v in row.values.items() if v is not None}
        record = Record(form.id, new_id(), filled, parent, position, unit)
        operations.append(Insert(record, row.understood))
    params = {"form": form.label.zh, "count": str(len(operations))}
    return store.write(Step(sentence, actor, origin, stamp(now), (*moves, *operations), params))


def texts_of(
    store: WorkspaceStore, form_id: str, areas: Sequence[Area], context: Context
) -> list[list[str]]:
    """Return chosen cells as a block, as wide and high as all areas together; cells between them are empty."""
    form = store.form_set.form(form_id)
    keys = list(dict.fromkeys(key for area in areas for key in area.keys))
    names = list(dict.fromkeys(name for area in areas for name in area.fields))
    wanted: dict[int, set[str]] = {}
    for area in areas:
        for key in area.keys:
            wanted.setdefault(key, set()).update(area.fields)
    fields = [form.field_by_id(name) for name in names]
    found = {row.key: row.values for row in store.rows(form_id, keys, names)}
    return [
        [
            format_value(found[key].get(f.id), f, context) if f.id in wanted[key] else ""
            for f in fields
        ]
        for key in keys
        if key in found
    ]


def put_text(
    store: WorkspaceStore,
    form_id: str,
    areas: Sequence[Area],
    text: str,
    *,
    sentence: str,
    origin: Origin,
    actor: str,
    clock: Clock,
) -> StepDone:
    """Give all chosen cells one text, as one step; the empty text empties them.

    Raises:
        UserError: `REFUSED_VALUE`, and nothing is written.
    """
    texts: dict[RecordId, dict[str, str]] = {}
    for area in areas:
        given = dict.fromkeys(area.fields, text)
        for record in store.ids(form_id, area.keys):
            texts.setdefault(record, {}).update(given)
    block = understand(store, form_id, texts)
    return write(store, block, None, sentence=sentence, origin=origin, actor=actor, clock=clock)


def fill_down(
    store: WorkspaceStore,
    form_id: str,
    source: int,
    areas: Sequence[Area],
    *,
    actor: str,
    clock: Clock,
) -> StepDone:
    """Give chosen cells the answers of another row, as one step.

    Args:
        source: Row key of the row whose answers they get.
        areas: The cells to fill.

    Raises:
        UserError: `REFUSED_VALUE`, and nothing is written.
    """
    form = store.form_set.form(form_id)
    given = {
        record.id: record.values
        for record in store.records(form_id, store.ids(form_id, [source])).values()
    }
    answers = next(iter(given.values()), {})
    rows: dict[RecordId, dict[str, Value | None]] = {}
    for area in areas:
        values = {name: answers.get(name) for name in area.fields}
        for record in store.ids(form_id, area.keys):
            if record not in given:
                rows.setdefault(record, {}).update(values)
    current = store.records(form_id, rows)
    block = Block(
        form.id,
        tuple(RowRead(r, current[r].values, v, {}) for r, v in rows.items() if r in current),
    )
    return write(
        store, block, None, sentence="STEP_FILL", origin=Origin.SET, actor=actor, clock=clock
    )


class BlockReader:
    """Reads the texts of many records; a text that comes again in a column is parsed once.

    Args:
        form: The records' form.
        context: For parsing.
    """

    def __init__(self, form: Form, context: Context) -> None:
        self._fields = form.stored_fields
        self._context = context
        self._known: dict[tuple[str, str], Parsed] = {}

    def read(
        self, texts: Mapping[str, str], current: Mapping[str, Value]
    ) -> tuple[dict[str, Value | None], dict[str, str]]:
        """Return the values by field, and the texts that were understood from another spelling.

        Read in the order of the form, so that a dependent list finds the answer it depends on.
        """
        values: dict[str, Value | None] = {}
        understood: dict[str, str] = {}
        for field in self._fields:
            text = texts.get(field.id)
            if text is None:
                continue
            if field.choices_from:
                beside = self._context.beside(merged(current, values))
                parsed = parse_value(text, field, beside)
            else:
                parsed = self._known.get((field.id, text)) or self._parse(field, text)
            values[field.id] = parsed.value
            if parsed.understood:
                understood[field.id] = text
        return values, understood

    def _parse(self, field: Field, text: str) -> Parsed:
        parsed = parse_value(text, field, self._context)
        self._known[(field.id, text)] = parsed
        return parsed
