"""Records of a workspace as the lines of a contribution, and back.

A contribution carries every value a record holds, also those that are not relevant at present: the other side goes on
with the same record. The own record of the department stays at home, because each workspace is born with one; answers
that refer to it travel as an id both sides know (docs/formats/census-package-1.md). Not responsible for merging.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from census_app.domain.changes import Insert, Move, Operation, Origin, Put, Remove
from census_app.domain.merging import PARENT, POSITION, Edit, Key, Line, LineValues, MergePlan
from census_app.domain.records import Record, RecordId, Unfit, Value
from census_app.formspec.model import Field, Form
from census_app.formspec.types import value_from_json, value_to_json
from census_app.services.ports import WorkspaceStore

_REFERENCES: Final = frozenset({"reference", "references"})
_ENCODE: Final = msgspec.json.Encoder(order="sorted").encode
_WHOLE_HISTORY: Final = 1 << 40
USCC_LENGTH: Final = 18


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An answer that cannot travel, because what was given does not fit its field."""

    form: str
    record: RecordId
    title: str
    field: str


class LineCodec:
    """Turns the records of a workspace into values of lines for one other side, and back.

    Args:
        store: The workspace.
        peer: Code of the other side.
    """

    def __init__(self, store: WorkspaceStore, peer: str) -> None:
        self._store = store
        self._department = store.form_set.by_role("department_name")[0].id
        own, other = store.facts().department_code[:USCC_LENGTH], peer[:USCC_LENGTH]
        self._own = own_record(store) if own == other else None
        self._known_as = known_as(own)

    def records(self) -> dict[Key, Record]:
        """Return every record that travels, by form and id."""
        return {
            (form.id, record.id): record
            for form in self._store.form_set.forms
            for record in self._store.stream_records(form.id)
            if record.id != self._own
        }

    def line(self, record: Record) -> Line:
        """Return a record as it stands; what does not fit its field as `{"unfit": text}`."""
        form = self._store.form_set.form(record.form)
        values: dict[str, object] = {}
        for field in form.stored_fields:
            value = record.values.get(field.id)
            if isinstance(value, Unfit):
                values[field.id] = {"unfit": value.text}
            elif value is not None:
                values[field.id] = self._out(value_to_json(value, field), field)
        if record.parent is not None:
            values |= {PARENT: record.parent, POSITION: record.position}
        return Line(record.unit or self._store.facts().department_code, values)

    def value(self, form: Form, field_id: str, raw: object) -> Value | None:
        """Return the value of a field from a line's values; None for an empty one."""
        if raw is None:
            return None
        if isinstance(raw, Mapping):
            return Unfit(str(raw.get("unfit", "")))
        field = form.field_by_id(field_id)
        return value_from_json(self._in(raw, field), field)

    def raw(self, value: Value | None, field: Field) -> object:
        """Return the value of a field as lines have it; the inverse of `value`."""
        if value is None:
            return None
        if isinstance(value, Unfit):
            return {"unfit": value.text}
        return self._out(value_to_json(value, field), field)

    def operations(self, plan: MergePlan, reasons: Mapping[Key, str]) -> tuple[Operation, ...]:
        """Return what a merge asks the workspace to do; `reasons` are those of its deletions."""
        found: list[Operation] = [self.insert(key, line) for key, line in plan.inserts]
        for edit in plan.edits:
            found += self._edit(edit)
        removed = [Remove(key[0], RecordId(key[1]), reasons[key]) for key in plan.removes]
        return (*found, *removed)

    def insert(self, key: Key, line: Line) -> Insert:
        """Return the operation that adds the record of a line."""
        form, raw = self._store.form_set.form(key[0]), line.values
        read = {
            name: self.value(form, name, raw[name])
            for name in raw
            if name not in {PARENT, POSITION}
        }
        owner, place = raw.get(PARENT), raw.get(POSITION, 0)
        return Insert(
            Record(
                form=form.id,
                id=RecordId(key[1]),
                values={name: value for name, value in read.items() if value is not None},
                parent=RecordId(str(owner)) if owner is not None else None,
                position=place if isinstance(place, int) else 0,
                unit=line.unit,
            )
        )

    def _edit(self, edit: Edit) -> list[Operation]:
        form, record = self._store.form_set.form(edit.key[0]), RecordId(edit.key[1])
        place = edit.values.get(POSITION)
        values = {
            name: self.value(form, name, raw)
            for name, raw in edit.values.items()
            if name not in {PARENT, POSITION}
        }
        found: list[Operation] = [Put(form.id, record, values)] if values else []
        if isinstance(place, int):
            found.append(Move(form.id, record, place))
        return found

    def _out(self, raw: object, field: Field) -> object:
        if isinstance(raw, str):
            raw = raw.replace("\r\n", "\n").replace("\r", "\n")
        return self._swapped(raw, field, self._own, self._known_as)

    def _in(self, raw: object, field: Field) -> object:
        return self._swapped(raw, field, self._known_as, self._own)

    def _swapped(self, raw: object, field: Field, old: str | None, new: str | None) -> object:
        if self._own is None or field.type not in _REFERENCES or field.target != self._department:
            return raw
        if isinstance(raw, list):
            return [new if each == old else each for each in raw]
        return new if raw == old else raw


def own_record(store: WorkspaceStore) -> RecordId | None:
    """Return the record of the department itself, with which the workspace was made; None once it is deleted."""
    form = store.form_set.by_role("department_name")[0].id
    born = [e for e in store.journal(form, limit=_WHOLE_HISTORY) if e.origin is Origin.SYSTEM]
    found = next((e.record for e in reversed(born) if e.sign == "+" and not e.field), None)
    return found if found is not None and store.record(form, found) is not None else None


def known_as(uscc: str) -> str:
    """Return the id by which contributions refer to the department's own record, 32 hex."""
    return hashlib.sha256(f"department:{uscc}".encode("ascii")).hexdigest()[:32]


# -- texts -------------------------------------------------------------------------------------------------------------


def put_line(key: Key, line: Line) -> bytes:
    """Return the canonical `put` line of a record."""
    return _ENCODE(
        {"form": key[0], "id": key[1], "op": "put", "unit": line.unit, "values": line.values}
    )


def delete_line(key: Key, unit: str, reason: str) -> bytes:
    """Return the canonical `delete` line of a record."""
    line = {"form": key[0], "id": key[1], "op": "delete", "unit": unit, "reason": reason[:500]}
    return _ENCODE(line)


def parsed(lines: Mapping[Key, str]) -> dict[Key, Line | None]:
    """Return the records of stored lines; None for one that is said to be gone."""
    return {key: line_of(msgspec.json.decode(text)) for key, text in lines.items()}


def line_of(raw: Mapping[str, Any]) -> Line | None:
    """Return a decoded line; None for one that says the record is gone."""
    return Line(raw["unit"], raw["values"]) if raw["op"] == "put" else None


def subtree_text(lines: Iterable[tuple[Key, Line]]) -> str:
    """Return a record with its children as the JSON text a conflict keeps."""
    whole = [
        {"form": key[0], "id": key[1], "unit": line.unit, "values": line.values}
        for key, line in lines
    ]
    return _ENCODE(whole).decode()


def subtree_of(text: str) -> list[tuple[Key, Line]]:
    """Return the record and its children of `subtree_text`."""
    whole: list[dict[str, Any]] = msgspec.json.decode(text)
    return [((each["form"], each["id"]), Line(each["unit"], each["values"])) for each in whole]


def json_text(value: object) -> str:
    """Return canonical JSON text."""
    return _ENCODE(value).decode()


def fitting(line: Line, base: LineValues, record: Record, title: str) -> tuple[Line, list[LeftOut]]:
    """Return the line without answers that do not fit: what both sides had in common stands in their place.

    So the other side sees no change there, rather than an answer that was emptied.
    """
    unfit = [name for name, raw in line.values.items() if isinstance(raw, Mapping)]
    values = {name: raw for name, raw in line.values.items() if name not in unfit}
    values |= {name: base[name] for name in unfit if name in base}
    left_out = [LeftOut(record.form, record.id, title, name) for name in sorted(unfit)]
    return Line(line.unit, values), left_out


def as_document(text: str) -> dict[str, Any]:
    """Return a stored line as it was written."""
    document: dict[str, Any] = msgspec.json.decode(text)
    return document


def value_of(text: str) -> object:
    """Return the JSON value of a text."""
    value: object = msgspec.json.decode(text)
    return value
