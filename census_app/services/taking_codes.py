"""Take what the centre put into fields it owns: the codes of resources, as a review brings them.

Written before the letter is kept, and writing it again changes nothing: an interrupted review is complete when it is
applied once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

import msgspec

from census_app.domain.changes import Origin, Put, Step
from census_app.domain.records import RecordId, Value
from census_app.exchange.reserved import AssignmentLine
from census_app.services.lookup import stamp
from census_app.services.ports import Clock, WorkspaceStore


def take_assignments(
    store: WorkspaceStore, lines: Iterable[Mapping[str, object]], *, actor: str, clock: Clock
) -> int:
    """Write assigned values as one step that can be undone, and return how many were new.

    Only fields that the form set gives to the centre are written, and only of records that are here.

    Args:
        lines: Verified lines of the form `assignment`.
        actor: Code of the coordinator who signed them.
    """
    wanted: dict[str, dict[RecordId, dict[str, Value]]] = {}
    for line in lines:
        said = msgspec.convert(line["values"], AssignmentLine)
        if (said.form, said.field) in _owned_by_centre(store):
            records = wanted.setdefault(said.form, {})
            records.setdefault(RecordId(str(line["id"])), {})[said.field] = said.value
    puts = [
        Put(form, record, cast("Mapping[str, Value | None]", values))
        for form, records in wanted.items()
        for record, found in store.records(form, records).items()
        if (values := _new(records[record], found.values))
    ]
    if puts:
        params = {"count": str(len(puts))}
        moment = stamp(clock.now())
        store.write(Step("STEP_CODES", actor, Origin.SUGGESTED, moment, tuple(puts), params))
    return len(puts)


def _owned_by_centre(store: WorkspaceStore) -> frozenset[tuple[str, str]]:
    return frozenset(
        (form.id, field.id)
        for form in store.form_set.forms
        for field in form.stored_fields
        if field.owner == "centre" and field.type == "text"
    )


def _new(given: Mapping[str, Value], present: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in given.items() if present.get(name) != value}
