"""Records as rows and back; the hash of a row. Values convert only through `formspec.types`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from census_app.domain.records import UNKNOWN, Record, RecordId, Unfit, Unknown, Value, Values
from census_app.formspec.model import Field, Form
from census_app.formspec.schema import table_schema
from census_app.formspec.types import DbValue, FieldType, field_type, value_from_json, value_to_json

_ENCODER: Final = msgspec.json.Encoder(order="sorted")

FLAG_SUFFIX: Final = "_unknown"


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where a field lies in a row, counted from the first column of answers; `flag` is -1 without one."""

    field: Field
    type: FieldType
    at: int
    flag: int


class RowCodec:
    """Turns the records of one form into column values and back.

    Args:
        form: The form.

    Attributes:
        names: Names of the answers' columns, in row order.
    """

    names: tuple[str, ...]

    def __init__(self, form: Form) -> None:
        self.form = form
        self.columns = table_schema(form).field_columns
        self.names = tuple(column.name for column in self.columns)
        places = {column.name: n for n, column in enumerate(self.columns)}
        self.slots = {
            f.id: _Slot(f, field_type(f.type), places[f.id], places.get(f.id + FLAG_SUFFIX, -1))
            for f in form.stored_fields
        }
        self._readers = tuple(
            (name, slot.at, slot.flag, slot.type.from_db) for name, slot in self.slots.items()
        )
        self._blank: list[DbValue] = [0 if c.flag else None for c in self.columns]

    def pack(self, values: Values) -> list[DbValue]:
        """Return the answers' columns; unfit values leave theirs NULL, "unknown" sets its flag."""
        row = self._blank.copy()
        slots = self.slots
        for name, value in values.items():
            slot, kind = slots[name], value.__class__
            if kind is Unknown:
                row[slot.flag] = 1
            elif kind is not Unfit:
                row[slot.at] = slot.type.to_db(value)
        return row

    def pack_changes(self, old: Values, new: Values) -> dict[str, DbValue]:
        """Return the columns of the answers that differ, with their new content, in row order."""
        found: dict[str, DbValue] = {}
        for name, slot in self.slots.items():
            before, after = old.get(name), new.get(name)
            if before is after or (before == after and before.__class__ is after.__class__):
                continue
            kind = after.__class__
            empty = after is None or kind is Unknown or kind is Unfit
            found[self.columns[slot.at].name] = None if empty else slot.type.to_db(after)  # type: ignore[arg-type]
            if slot.flag >= 0:
                found[self.columns[slot.flag].name] = int(kind is Unknown)
        return found

    def unpack(
        self, row: Sequence[DbValue], unfit: Mapping[str, str] | None = None
    ) -> dict[str, Value]:
        """Return the values of the answers' columns, with the texts that did not fit."""
        values: dict[str, Value] = {}
        for name, at, flag, from_db in self._readers:
            raw = row[at]
            if raw is not None:
                values[name] = from_db(raw)
            elif flag >= 0 and row[flag]:
                values[name] = UNKNOWN
        if unfit:
            values |= {name: Unfit(text) for name, text in unfit.items() if name in self.slots}
        return values

    def reader_of(self, fields: Iterable[str]) -> SomeAnswers:
        """Return what reads some fields alone, in row order; those of other forms are left out."""
        wanted = set(fields)
        return SomeAnswers(self, [slot for name, slot in self.slots.items() if name in wanted])

    def to_json(self, values: Values) -> dict[str, object]:
        """Return values as the journal keeps them: package form, unfit texts as `{"unfit": text}`."""
        return {name: value_json(v, self.slots[name].field) for name, v in values.items()}

    def from_json(self, raw: Mapping[str, object]) -> dict[str, Value]:
        """Return the values of `to_json`; fields the form no longer has are left out."""
        return {
            name: value_of_json(v, self.slots[name].field)
            for name, v in raw.items()
            if name in self.slots
        }

    def digest(self, record: Record) -> bytes:
        """Return the SHA-256 of the record's canonical line (see `line_digest`)."""
        values = self.to_json(record.values)
        if self.form.parent:
            values["parent_id"] = record.parent
            values["position"] = record.position
        return line_digest(self.form.id, record.id, record.unit, values)


class SomeAnswers:
    """Reads a few of a form's fields, for lists.

    Args:
        codec: Of the form.
        slots: Of the fields.

    Attributes:
        names: The columns a row has to hold, flags included.
    """

    def __init__(self, codec: RowCodec, slots: Sequence[_Slot]) -> None:
        held = sorted(n for slot in slots for n in (slot.at, slot.flag) if n >= 0)
        self.names = tuple(codec.names[n] for n in held)
        places = {n: at for at, n in enumerate(held)} | {-1: -1}
        self._plan = [(s.field.id, places[s.at], places[s.flag], s.type.from_db) for s in slots]

    def unpack(self, row: Sequence[DbValue], unfit: Mapping[str, str] | None) -> dict[str, Value]:
        """Return the values of a row of `names`, with the texts that did not fit."""
        values: dict[str, Value] = {}
        for name, at, flag, from_db in self._plan:
            raw = row[at]
            if raw is not None:
                values[name] = from_db(raw)
            elif flag >= 0 and row[flag]:
                values[name] = UNKNOWN
        if unfit:
            known = {name for name, *_rest in self._plan}
            values |= {name: Unfit(text) for name, text in unfit.items() if name in known}
        return values


def line_digest(form: str, record: str, unit: str, values: Mapping[str, object]) -> bytes:
    """Return the SHA-256 of a record's line as a package carries it (`op` put), without its LF.

    A child's place stands in `values` as `parent_id` and `position`, names that no field may take.
    """
    line = {"form": form, "id": record, "op": "put", "unit": unit, "values": values}
    return hashlib.sha256(_ENCODER.encode(line)).digest()


def value_json(value: Value, field: Field) -> object:
    """Return one value as the journal keeps it."""
    kind = value.__class__
    if kind is str or kind is int or kind is bool:
        return value  # of every type that has such values; a pasted block asks this a hundred thousand times
    if isinstance(value, Unfit):
        return {"unfit": value.text}
    return value_to_json(value, field)


def value_of_json(raw: object, field: Field) -> Value:
    """Return the value of `value_json`; what is not legal any more comes back as unfit text."""
    if isinstance(raw, dict):
        return Unfit(str(raw.get("unfit", "")))
    try:
        return value_from_json(raw, field)
    except ValueError:
        return Unfit(raw if isinstance(raw, str) else msgspec.json.encode(raw).decode())


def json_text(value: object) -> str:
    """Return canonical JSON text."""
    return _ENCODER.encode(value).decode()


def make_record(
    codec: RowCodec,
    head: Sequence[DbValue],
    row: Sequence[DbValue],
    unfit: Mapping[str, str] | None,
) -> Record:
    """Return a record from its `id`, `parent_id`, `position`, `unit_code` and its answers' columns."""
    identity, parent, position, unit = head
    return Record(
        form=codec.form.id,
        id=RecordId(str(identity)),
        values=codec.unpack(row, unfit),
        parent=None if parent is None else RecordId(str(parent)),
        position=int(position or 0),
        unit=str(unit or ""),
    )


RECORD_COLUMNS: Final = ("id", "parent_id", "position", "unit_code")
