"""The registry of field types, and the conversions every room uses.

A front end keeps a registry of editors keyed by the same names; a missing entry there fails a test.
"""

from __future__ import annotations

from typing import Final

from census_app.domain.records import UNKNOWN, Unfit, Unknown, Value
from census_app.formspec.field_type import (
    MAX_TEXT,
    Context,
    DbValue,
    FieldType,
    JsonValue,
    NoRecords,
    Parsed,
    ReferenceResolver,
)
from census_app.formspec.list_types import CodesType, CodeType, ReferencesType, ReferenceType
from census_app.formspec.model import Field
from census_app.formspec.scalar_types import (
    AttachmentType,
    BooleanType,
    CalculationType,
    DateType,
    DecimalType,
    IntegerType,
    LongTextType,
    MoneyType,
    MonthType,
    NoteType,
    PhoneType,
    TextType,
    UsccType,
)

__all__ = [
    "FIELD_TYPES",
    "MAX_TEXT",
    "Context",
    "DbValue",
    "FieldType",
    "JsonValue",
    "NoRecords",
    "Parsed",
    "ReferenceResolver",
    "field_type",
    "format_value",
    "parse_value",
    "value_from_json",
    "value_to_json",
]


def _register(*types: FieldType) -> dict[str, FieldType]:
    registry: dict[str, FieldType] = {}
    for entry in types:
        if entry.name in registry:
            raise ValueError(f"field type registered twice: {entry.name}")
        registry[entry.name] = entry
    return registry


FIELD_TYPES: Final = _register(
    TextType(), LongTextType(), CodeType(), CodesType(), IntegerType(), DecimalType(), MoneyType(),
    DateType(), MonthType(), BooleanType(), UsccType(), PhoneType(), ReferenceType(),
    ReferencesType(), CalculationType(), AttachmentType(), NoteType(),
)  # fmt: skip


def field_type(name: str) -> FieldType:
    """Return the owner of a type's conversions; KeyError for an unknown name."""
    return FIELD_TYPES[name]


def parse_value(text: str, field: Field, context: Context) -> Parsed:
    """Read a text for a field; line ends are folded to LF first."""
    folded = text.replace("\r\n", "\n").replace("\r", "\n")
    return field_type(field.type).parse(folded, field, context)


def format_value(value: Value | None, field: Field, context: Context) -> str:
    """Return the text shown for any value of a field: empty for none, the given text for an unfit one."""
    if value is None:
        return ""
    if isinstance(value, Unfit):
        return value.text
    if isinstance(value, Unknown):
        return "unknown" if context.language == "en" else "未知"
    return field_type(field.type).format(value, field, context)


def value_to_json(value: Value, field: Field) -> JsonValue:
    """Return a value as packages carry it; "unknown" where the field admits it. Unfit values have no package form."""
    if isinstance(value, Unknown):
        return "unknown"
    return field_type(field.type).to_json(value)


def value_from_json(raw: object, field: Field) -> Value:
    """Return the value of its package form.

    Raises:
        ValueError: It is not legal for the field.
    """
    if raw == "unknown" and field.unknown:
        return UNKNOWN
    return field_type(field.type).from_json(raw)
