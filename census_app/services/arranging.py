"""The order of child records: make room for new ones, insert empty rows, move rows up and down.

A position is a number; neighbours lie 1,024 apart, so that an insertion rarely touches another row.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from census_app.domain.changes import Insert, Move, Origin, Step, StepDone
from census_app.domain.records import POSITION_STEP, Record, RecordId, Value, new_id
from census_app.formspec.evaluator import RecordEvaluator
from census_app.services.defaults import default_values
from census_app.services.lookup import context_for, stamp
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.refusing import refuse

Places = Sequence[tuple[RecordId, int]]
"""Children with their positions, in order."""


def room(
    form_id: str, places: Places, index: int, count: int
) -> tuple[list[int], tuple[Move, ...]]:
    """Return positions for new rows, and the moves that make room when too little is left.

    Args:
        index: How many children stand before the new ones.
        count: Number of new rows.
    """
    left = places[index - 1][1] if index else 0
    if index >= len(places):
        return [left + POSITION_STEP * n for n in range(1, count + 1)], ()
    gap = places[index][1] - left
    if gap > count:
        return [left + gap * n // (count + 1) for n in range(1, count + 1)], ()
    # Renumber everybody, leaving steps free for the new rows.
    order = [*range(1, index + 1), *range(index + count + 1, len(places) + count + 1)]
    moves = tuple(
        Move(form_id, record, POSITION_STEP * place)
        for (record, _position), place in zip(places, order, strict=True)
    )
    return [POSITION_STEP * (index + n) for n in range(1, count + 1)], moves


def index_behind(places: Places, sibling: RecordId | None) -> int:
    """Return how many children stand before a new one that follows a sibling; all of them when it is nobody."""
    return next((n for n, (r, _p) in enumerate(places, 1) if r == sibling), len(places))


def insert_rows(
    store: WorkspaceStore,
    form_id: str,
    parent: RecordId,
    count: int,
    *,
    before: RecordId | None = None,
    after: RecordId | None = None,
    actor: str,
    clock: Clock,
) -> list[RecordId]:
    """Add empty rows, as one step, and return their ids.

    Args:
        before: The sibling they come before; wins over `after`.
        after: The sibling they follow; without either they go to the end.
    """
    form = store.form_set.form(form_id)
    context = context_for(store)
    at = clock.now()
    values: Mapping[str, Value] = default_values(form, context)
    refuse(RecordEvaluator(form, store.form_set, at.date().isoformat()), form, values, context)
    places = store.places(form_id, parent)
    index = index_behind(places, after)
    if before is not None:
        index = next((n for n, (r, _p) in enumerate(places) if r == before), index)
    positions, moves = room(form_id, places, index, count)
    unit = store.facts().department_code
    inserts = [
        Insert(Record(form_id, new_id(), values, parent, position, unit)) for position in positions
    ]
    params = {"form": form.label.zh, "count": str(count), "title": ""}
    sentence = "STEP_ADD" if count == 1 else "STEP_ADD_ROWS"
    step = Step(sentence, actor, Origin.TYPED, stamp(at), (*moves, *inserts), params)
    store.write(step)
    return [insert.record.id for insert in inserts]


def move_rows(
    store: WorkspaceStore,
    form_id: str,
    parent: RecordId,
    rows: Sequence[RecordId],
    by: int,
    *,
    actor: str,
    clock: Clock,
) -> StepDone:
    """Move rows up or down among their siblings, as one step; at the edge they stay.

    Rows that do not stand together are brought together where the first (up) or the last (down) of them is going.

    Args:
        by: Number of rows; negative is up.
    """
    form = store.form_set.form(form_id)
    places = store.places(form_id, parent)
    moving = set(rows)
    numbers = [n for n, (record, _position) in enumerate(places) if record in moving]
    params = {"form": form.label.zh, "count": str(len(numbers))}
    step = Step("STEP_MOVE", actor, Origin.TYPED, stamp(clock.now()), (), params)
    if not numbers or not by:
        return store.write(step)
    staying = [record for record, _position in places if record not in moving]
    first = numbers[0] + by if by < 0 else numbers[-1] + by - len(numbers) + 1
    first = max(0, min(first, len(staying)))
    block = [places[n][0] for n in numbers]
    order = [*staying[:first], *block, *staying[first:]]
    return store.write(dataclasses.replace(step, operations=_moves(form_id, places, order)))


def _moves(form_id: str, places: Places, order: Sequence[RecordId]) -> tuple[Move, ...]:
    """Return the moves that lead to an order; the positions there are dealt out anew."""
    positions = [position for _record, position in places]
    if len(set(positions)) < len(positions) or 0 in positions:
        positions = [POSITION_STEP * n for n in range(1, len(places) + 1)]
    was = dict(places)
    return tuple(
        Move(form_id, record, position)
        for record, position in zip(order, positions, strict=True)
        if was[record] != position
    )
