"""What a field type is: every Qt-free form of a value (parse, format, bind, JSON) has one owner."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from typing import ClassVar, Final, Protocol

from census_app.domain.records import Unfit, Value
from census_app.formspec.choices import ChoiceIndex
from census_app.formspec.model import Field, FormSet

JsonValue = str | bool | int | list[str]
DbValue = str | int | float | None

MAX_TEXT: Final = 20_000
"""Longest text a package carries (security §1)."""

CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[\ud800-\udfff]")
"""Characters a package may not carry."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a text means for a field.

    Attributes:
        value: None for an empty text; `Unfit` when it does not fit.
        understood: Whether the text is another spelling of the value, which is then shown to the person.
    """

    value: Value | None
    understood: bool = False


class ReferenceResolver(Protocol):
    """Finds records by their names; given by whoever knows the workspace."""

    def resolve(self, form_id: str, text: str) -> str | None:
        """Return the id of the record of that form with that name, or None."""

    def title(self, form_id: str, record_id: str) -> str | None:
        """Return the name of a record, or None."""


class NoRecords:
    """A resolver that knows no record."""

    def resolve(self, form_id: str, text: str) -> str | None:
        """Return None."""
        return None

    def title(self, form_id: str, record_id: str) -> str | None:
        """Return None."""
        return None


@dataclass(frozen=True, slots=True)
class Context:
    """What parsing and formatting need beside the field: code lists, names of records, language.

    Attributes:
        answers: The record's other answers, by which a dependent list is read.
    """

    form_set: FormSet
    choices: ChoiceIndex
    records: ReferenceResolver
    language: str = "zh"
    answers: Mapping[str, Value] = dataclass_field(default_factory=dict)

    def beside(self, answers: Mapping[str, Value]) -> Context:
        """Return the same context for a record with these answers."""
        return replace(self, answers=answers)


class FieldType:
    """Conversions of one type; the base treats the value as text kept to the letter."""

    name: ClassVar[str] = "text"
    sql_type: ClassVar[str] = "TEXT"

    def parse(self, text: str, field: Field, context: Context) -> Parsed:
        """Read what a person typed or a cell holds. Never raises: what does not fit becomes `Unfit`."""
        del field, context
        if not text:
            return Parsed(None)
        if len(text) > MAX_TEXT or CONTROLS.search(text):
            return Parsed(Unfit(text))
        return Parsed(text)

    def format(self, value: Value, field: Field, context: Context) -> str:
        """Return the text shown on screen and paper, in the context's language."""
        del field, context
        return str(value)

    def to_db(self, value: Value) -> DbValue:
        """Return what is bound for the column."""
        return str(value)

    def from_db(self, raw: str | float) -> Value:
        """Return the value of a column that is not NULL."""
        return str(raw)

    def to_json(self, value: Value) -> JsonValue:
        """Return the value as a package and the journal carry it."""
        return str(value)

    def from_json(self, raw: object) -> Value:
        """Return the value of its JSON form.

        Raises:
            ValueError: It is not a legal value of this type.
        """
        if not isinstance(raw, str) or not raw or len(raw) > MAX_TEXT or CONTROLS.search(raw):
            raise ValueError(self.name)
        return raw
