"""Entries of code lists and references to other records, one or several."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from census_app.domain.records import Unfit, Value
from census_app.formspec.field_type import Context, DbValue, FieldType, JsonValue, Parsed
from census_app.formspec.model import Field

_SEPARATORS = re.compile(r"[,，、;；|\n]+")
_ID = re.compile(r"[0-9a-f]{32}")


class CodeType(FieldType):
    """One entry of a code list; imported by label, never by number (domain §3)."""

    name = "code"

    def parse(self, text: str, field: Field, context: Context) -> Parsed:
        """Read a label; other spellings that stand with the list are understood."""
        if not text.strip():
            return Parsed(None)
        code = context.choices.find(field.choices, text, _parent(field, context))
        if code is None:
            return Parsed(Unfit(text))
        return Parsed(code, understood=context.choices.label(field.choices, code, "zh") != text)

    def format(self, value: Value, field: Field, context: Context) -> str:
        """Return the label."""
        return context.choices.label(field.choices, str(value), context.language)


class CodesType(FieldType):
    """Several entries of a code list, in list order."""

    name = "codes"

    def parse(self, text: str, field: Field, context: Context) -> Parsed:
        """Read labels separated by commas, semicolons, 、 or line breaks; one unknown label makes the whole unfit."""
        if not text.strip():
            return Parsed(None)
        whole = context.choices.find(field.choices, text)
        found = (
            [whole] if whole else [context.choices.find(field.choices, p) for p in parts_of(text)]
        )
        codes = [c for c in found if c is not None]
        if not codes or len(codes) != len(found):
            return Parsed(Unfit(text))
        value = context.choices.in_list_order(field.choices, codes)
        return Parsed(value, understood=self.format(value, field, context) != text)

    def format(self, value: Value, field: Field, context: Context) -> str:
        """Return the labels, separated by 、 or commas."""
        joint = ", " if context.language == "en" else "、"
        return joint.join(
            context.choices.label(field.choices, code, context.language) for code in _tuple(value)
        )

    def to_db(self, value: Value) -> DbValue:
        """Return a JSON array."""
        return json.dumps(list(_tuple(value)), ensure_ascii=False, separators=(",", ":"))

    def from_db(self, raw: str | float) -> Value:
        """Return the codes of a JSON array."""
        return tuple(json.loads(str(raw)))

    def to_json(self, value: Value) -> JsonValue:
        """Return the codes."""
        return list(_tuple(value))

    def from_json(self, raw: object) -> Value:
        """Return the codes; an empty or repeating list is refused."""
        if (
            not isinstance(raw, list)
            or not raw
            or not all(isinstance(r, str) and r for r in raw)
            or len(set(raw)) != len(raw)
        ):
            raise ValueError(self.name)
        return tuple(raw)


class ReferenceType(FieldType):
    """Another record, by id; read by its name."""

    name = "reference"

    def parse(self, text: str, field: Field, context: Context) -> Parsed:
        """Read the name of a record of the target form; an unknown name is unfit."""
        if not text.strip():
            return Parsed(None)
        target = context.records.resolve(field.target, text)
        return Parsed(Unfit(text) if target is None else target)

    def format(self, value: Value, field: Field, context: Context) -> str:
        """Return the record's name, or its id when it is not here."""
        return context.records.title(field.target, str(value)) or str(value)

    def from_json(self, raw: object) -> Value:
        """Return the id; only 32 hex digits are accepted."""
        if not isinstance(raw, str) or not _ID.fullmatch(raw):
            raise ValueError(self.name)
        return raw


class ReferencesType(CodesType):
    """Several other records, by id, in the order given."""

    name = "references"

    def parse(self, text: str, field: Field, context: Context) -> Parsed:
        """Read names: first the whole text, then parts between separators; one unknown name makes it unfit."""
        if not text.strip():
            return Parsed(None)
        whole = context.records.resolve(field.target, text)
        found = (
            [whole] if whole else [context.records.resolve(field.target, p) for p in parts_of(text)]
        )
        ids = [i for i in found if i is not None]
        if not ids or len(ids) != len(found):
            return Parsed(Unfit(text))
        return Parsed(tuple(dict.fromkeys(ids)))

    def format(self, value: Value, field: Field, context: Context) -> str:
        """Return the names, separated by 、 or commas."""
        joint = ", " if context.language == "en" else "、"
        names = (context.records.title(field.target, i) or i for i in _tuple(value))
        return joint.join(names)

    def from_json(self, raw: object) -> Value:
        """Return the ids; only 32 hex digits each are accepted."""
        value = super().from_json(raw)
        if not all(_ID.fullmatch(i) for i in _tuple(value)):
            raise ValueError(self.name)
        return value


def _parent(field: Field, context: Context) -> str:
    """Return the code that selects the part of a dependent list, or the empty text."""
    chosen = context.answers.get(field.choices_from) if field.choices_from else None
    return chosen if isinstance(chosen, str) else ""


def parts_of(text: str) -> Iterable[str]:
    """Return what stands between the separators of a list in one text."""
    return [part.strip() for part in _SEPARATORS.split(text) if part.strip()]


def _tuple(value: Value) -> tuple[str, ...]:
    assert isinstance(value, tuple)  # noqa: S101
    return value
