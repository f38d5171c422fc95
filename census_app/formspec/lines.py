"""The values of a package line, checked against the form set at C speed; and how a record becomes such values.

A child record carries its owner and its place as `parent_id` and `position` among its values (docs/formats).
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from census_app.domain.records import Record, RecordId, Unfit, Value, Values
from census_app.formspec.model import Field, Form, FormSet
from census_app.formspec.types import MAX_TEXT, JsonValue, value_from_json, value_to_json

PARENT: Final = "parent_id"
POSITION: Final = "position"

_CANONICAL: Final = msgspec.json.Encoder(order="sorted")
_DECIMAL: Final = r"\A(?!-0\Z)-?(0|[1-9][0-9]{0,10})(\.[0-9]{0,3}[1-9])?\Z"
_HEX: Final = r"\A[0-9a-f]{32}\Z"
_PATTERNS: Final[Mapping[str, str]] = {
    "decimal": _DECIMAL,
    "money": _DECIMAL,
    "reference": _HEX,
}


_DAYS: Final[Mapping[str, str]] = {
    "date": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "month": r"[0-9]{4}-[0-9]{2}",
}
_FINER: Final = frozenset({*_DAYS, "codes", "references"})
"""Types of which msgspec cannot check everything."""


class FormLines:
    """What the `put` lines of a form set may hold; satisfies `exchange.records.LineSchema`.

    Args:
        form_set: The form set the package names.
    """

    def __init__(self, form_set: FormSet) -> None:
        self._structs = {form.id: _struct(form, form_set) for form in form_set.forms}
        self._many = {form: list[struct] for form, struct in self._structs.items()}  # type: ignore[valid-type]
        self._finer = {
            form.id: {f.id: _day_spelling(f) for f in form.stored_fields if f.type in _FINER}
            for form in form_set.forms
        }

    def fault(self, form: str, values: Mapping[str, object]) -> str | None:
        """Return None when the values are legal for the form, else what is wrong."""
        struct = self._structs.get(form)
        if struct is None:
            return f"form {form}"
        try:
            msgspec.convert(values, struct, strict=True)
        except msgspec.ValidationError as error:
            return str(error)
        return self._finer_fault(form, values)

    def all_legal(self, form: str, rows: Sequence[Mapping[str, object]]) -> bool:
        """Say whether the values of many lines are legal for the form, faster than `fault` says it of each."""
        many = self._many.get(form)
        if many is None:
            return False
        try:
            msgspec.convert(rows, many, strict=True)
        except msgspec.ValidationError:
            return False
        answered = set().union(*rows)
        return all(
            _all_fine([row[name] for row in rows if name in row], spelling)
            for name, spelling in self._finer[form].items()
            if name in answered
        )

    def _finer_fault(self, form: str, values: Mapping[str, object]) -> str | None:
        finer = self._finer[form]
        for name in [each for each in finer if each in values]:
            raw = values[name]
            if isinstance(raw, list):
                if len(set(raw)) != len(raw):
                    return f"{name}: repeats"
            elif not _is_day(str(raw), finer[name]):
                return f"{name}: no such day"
        return None


def _all_fine(column: Sequence[object], spelling: str) -> bool:
    """Say whether answers of one field have no entry twice, or are days that exist; few days occur."""
    if spelling:
        return all(_is_day(str(raw), spelling) for raw in set(column))
    return all(isinstance(raw, list) and len(set(raw)) == len(raw) for raw in column)


def line_values(record: Record, form: Form) -> dict[str, JsonValue]:
    """Return a record's values as its `put` line carries them; unfit values have no place in a package."""
    values: dict[str, JsonValue] = {}
    for field in form.stored_fields:
        value = record.values.get(field.id)
        if value is not None and not isinstance(value, Unfit):
            values[field.id] = value_to_json(value, field)
    if form.parent and record.parent is not None:
        values[PARENT] = record.parent
        values[POSITION] = record.position
    return values


def value_json(value: Value | None, field: Field) -> str:
    """Return the canonical JSON text of a value as a line carries it; `null` for an empty or unfit one."""
    raw = None if value is None or isinstance(value, Unfit) else value_to_json(value, field)
    return _CANONICAL.encode(raw).decode()


def value_hash(value: Value | None, field: Field) -> str:
    """Return the hash by which both sides say which value a query was written about (security §6).

    SHA-256 of the canonical JSON of the value as a line carries it, 64 hex. A value that does not fit hashes as what it
    is, so that it equals no legal one.
    """
    text = _unfit_json(value.text) if isinstance(value, Unfit) else value_json(value, field)
    return _sha256(text)


def record_hash(values: Values, form: Form) -> str:
    """Return the same for a query about a whole record: over its answers as a line carries them, without its place."""
    found: dict[str, object] = {}
    for field in form.stored_fields:
        value = values.get(field.id)
        if isinstance(value, Unfit):
            found[field.id] = {"unfit": value.text}
        elif value is not None:
            found[field.id] = value_to_json(value, field)
    return _sha256(_CANONICAL.encode(found).decode())


NOTHING_HASH: Final = hashlib.sha256(b"null").hexdigest()
"""What a query about a department as a whole carries: there is no value."""


def _unfit_json(text: str) -> str:
    return _CANONICAL.encode({"unfit": text}).decode()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def record_from_line(line: Mapping[str, Any], form: Form) -> Record:
    """Return the record of a verified `put` line.

    Raises:
        ValueError: A value is not legal, which verification with `FormLines` excludes.
    """
    raw: Mapping[str, object] = line["values"]
    values: dict[str, Value] = {
        field.id: value_from_json(raw[field.id], field)
        for field in form.stored_fields
        if field.id in raw
    }
    parent, position = raw.get(PARENT), raw.get(POSITION, 0)
    return Record(
        form=form.id,
        id=RecordId(line["id"]),
        values=values,
        parent=RecordId(str(parent)) if parent is not None else None,
        position=position if isinstance(position, int) else 0,
        unit=line["unit"],
    )


def describe(form_set: FormSet, facts: Mapping[str, object]) -> bytes:
    """Return `data/datapackage.json`: a Frictionless descriptor for other tools, never read by this program.

    Args:
        facts: `bytes` and `sha256` of `records.ndjson`.
    """
    fields = [
        {"name": name, "type": "string"} for name in ("form", "id", "unit", "op", "title", "reason")
    ]
    document = {
        "profile": "data-package",
        "name": "census-package",
        "resources": [
            {
                "name": "records",
                "path": "records.ndjson",
                "format": "ndjson",
                "encoding": "utf-8",
                "bytes": facts["bytes"],
                "hash": f"sha256:{facts['sha256']}",
                "schema": {"fields": [*fields, {"name": "values", "type": "object"}]},
            }
        ],
        "forms": [_table_schema(form, form_set) for form in form_set.forms],
    }
    return msgspec.json.encode(document, order="sorted")


_FRICTIONLESS: Final[Mapping[str, str]] = {
    "integer": "integer",
    "decimal": "number",
    "money": "number",
    "date": "date",
    "month": "yearmonth",
    "boolean": "boolean",
    "codes": "array",
    "references": "array",
}


def _table_schema(form: Form, form_set: FormSet) -> dict[str, object]:
    fields: list[dict[str, object]] = []
    for field in form.stored_fields:
        entry: dict[str, object] = {
            "name": field.id,
            "type": _FRICTIONLESS.get(field.type, "string"),
            "title": field.label.zh,
        }
        if field.type == "code":
            codes = [c.code for c in form_set.choice_lists[field.choices].choices]
            entry["constraints"] = {"enum": codes}
        fields.append(entry)
    return {"name": form.id, "title": form.label.zh, "schema": {"fields": fields}}


def _struct(form: Form, form_set: FormSet) -> type[msgspec.Struct]:
    members: list[tuple[str, Any, Any]] = [
        (field.id, _annotation(field, form_set) | UnsetType, UNSET) for field in form.stored_fields
    ]
    if form.parent:
        members.append((PARENT, Annotated[str, Meta(pattern=_HEX)] | UnsetType, UNSET))
        members.append((POSITION, Annotated[int, Meta(ge=0)] | UnsetType, UNSET))
    return msgspec.defstruct(f"Line_{form.id}", members, forbid_unknown_fields=True, gc=False)


def _annotation(field: Field, form_set: FormSet) -> Any:  # a type form
    kind: Any
    if field.type == "boolean":
        kind = bool
    elif field.type == "integer":
        kind = Annotated[int, Meta(ge=-(2**53) + 1, le=2**53 - 1)]
        kind = kind | Literal["unknown"] if field.unknown else kind
    elif field.type == "code":
        kind = _codes(field, form_set)
    elif field.type == "codes":
        kind = Annotated[list[_codes(field, form_set)], Meta(min_length=1)]  # type: ignore[misc]
    elif field.type == "references":
        kind = Annotated[list[Annotated[str, Meta(pattern=_HEX)]], Meta(min_length=1)]
    elif field.type in _DAYS:
        kind = Annotated[str, Meta(max_length=10)]  # and `_is_day`
    elif field.type in _PATTERNS:
        pattern = _PATTERNS[field.type]
        kind = Annotated[str, Meta(pattern=rf"\Aunknown\Z|{pattern}" if field.unknown else pattern)]
    else:
        kind = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]
    return kind


def _codes(field: Field, form_set: FormSet) -> Any:  # a type form
    codes = tuple(c.code for c in form_set.choice_lists[field.choices].choices)
    return Literal[codes]


def _day_spelling(field: Field) -> str:
    """Return the pattern of a date or month, empty for other types."""
    pattern = _DAYS.get(field.type, "")
    return f"unknown|{pattern}" if pattern and field.unknown else pattern


@functools.lru_cache(maxsize=4096)
def _is_day(text: str, spelling: str) -> bool:
    """Say whether a day or month is spelled so and exists; computed once, as few days occur."""
    if re.fullmatch(spelling, text) is None:
        return False
    if text == "unknown":
        return True
    try:
        dt.date.fromisoformat(f"{text}-01" if len(text) == len("2026-10") else text)
    except ValueError:
        return False
    return True
