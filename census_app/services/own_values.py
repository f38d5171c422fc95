"""What departments said themselves, where a value of the centre lies on top.

Queries, rules and reasons are about a department's own words; lists, statistics and paper show the catalogue as it is.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping

from census_app.domain.records import Record, Value
from census_app.formspec.model import Field
from census_app.formspec.types import value_from_json
from census_app.services.ports import CatalogueStore

OwnValues = Mapping[tuple[str, str], Mapping[str, Value | None]]
"""(form, record) → field → the department's value, None for empty; only where another one is shown."""


def own_values(catalogue: CatalogueStore, department: str) -> OwnValues:
    """Return what a department said wherever the catalogue shows something else."""
    found: dict[tuple[str, str], dict[str, Value | None]] = {}
    for laid in catalogue.laid(department):
        field = catalogue.form_set.form(laid.place.form).field_by_id(laid.place.field)
        values = found.setdefault((laid.place.form, laid.place.record), {})
        values[field.id] = value_of(laid.theirs, field)
    return found


def value_of(text: str, field: Field) -> Value | None:
    """Return the value of canonical JSON; None for `null`."""
    raw = json.loads(text)
    return None if raw is None else value_from_json(raw, field)


def as_said(values: Mapping[str, Value], own: Mapping[str, Value | None]) -> dict[str, Value]:
    """Return a record's values with the department's own in their places."""
    return {name: value for name, value in {**values, **own}.items() if value is not None}


def own_records(catalogue: CatalogueStore, form: str, department: str) -> Iterator[Record]:
    """Yield the records of a form as a department said them, in the order of `stream_records`."""
    own = own_values(catalogue, department)
    return _restored(catalogue.stream_records(form, department), own)


def _restored(records: Iterable[Record], own: OwnValues) -> Iterator[Record]:
    for record in records:
        said = own.get((record.form, record.id))
        yield (
            record
            if said is None
            else dataclasses.replace(record, values=as_said(record.values, said))
        )
