"""JSON Schema (2020-12) of the lines in which packages carry records: one schema for each form.

It admits what a package of this program may carry and nothing that does not fit a field. Rules over several fields are
SQL and stay in the form set; of the conditions only an unconditional `required` and dependent lists are said here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from census_app.formspec.lines import PARENT, POSITION
from census_app.formspec.model import Field, Form, FormSet
from census_app.formspec.types import MAX_TEXT

Schema = dict[str, object]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_HEX: Final = "^[0-9a-f]{32}$"
_DECIMAL: Final = r"^(?!-0$){sign}(0|[1-9][0-9]{{0,10}})(\.[0-9]{{0,3}}[1-9])?$"
_DAY: Final = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
_MONTH: Final = "^[0-9]{4}-(0[1-9]|1[0-2])$"
_LEGAL: Final = "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f]+$"
_LARGEST: Final = 2**53 - 1


def record_schema(form: Form, form_set: FormSet, language: str) -> Schema:
    """Return the schema of a form's `put` line (docs/formats/census-package-1.md).

    Args:
        language: Of titles and descriptions.
    """
    return {
        "$schema": DIALECT,
        "$id": f"urn:census:{form_set.version}:{form.id}",
        "title": form.label.get(language),
        "description": form.source,
        "type": "object",
        "properties": {
            "form": {"const": form.id},
            "id": {"type": "string", "pattern": _HEX},
            "unit": {"type": "string", "pattern": "^[0-9A-Z]{18}([0-9A-Z]{2})?$"},
            "op": {"const": "put"},
            "values": _values(form, form_set, language),
        },
        "required": ["form", "id", "unit", "op", "values"],
        "additionalProperties": False,
    }


def _values(form: Form, form_set: FormSet, language: str) -> Schema:
    properties: dict[str, object] = {
        f.id: _titled(f, value_schema(f, form_set, language), language) for f in form.stored_fields
    }
    required = [f.id for f in form.stored_fields if f.required == "1" and not f.relevant]
    if form.parent:
        properties[PARENT] = {"type": "string", "pattern": _HEX}
        properties[POSITION] = {"type": "integer", "minimum": 0}
        required += [PARENT, POSITION]
    found: Schema = {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
    dependent = [each for f in form.stored_fields if f.choices_from for each in _led(f, form_set)]
    if dependent:
        found["allOf"] = dependent
    return found


def _titled(field: Field, schema: Schema, language: str) -> Schema:
    described: Schema = {"title": field.label.get(language)}
    text = field.definition or field.hint
    if text is not None:
        described["description"] = text.get(language)
    if field.unit is not None:
        described["x-unit"] = field.unit.get(language)
    return {**described, **schema}


def _led(field: Field, form_set: FormSet) -> list[Schema]:
    """Return, for each entry of the leading list, which entries of the dependent one go with it."""
    children: dict[str, list[str]] = {}
    for choice in form_set.choice_lists[field.choices].choices:
        children.setdefault(choice.parent, []).append(choice.code)
    return [
        {
            "if": {"properties": {field.choices_from: {"const": parent}}, "required": [field.choices_from]},
            "then": {"properties": {field.id: {"enum": codes}}},
        }
        for parent, codes in children.items()
        if parent
    ]  # fmt: skip


def value_schema(field: Field, form_set: FormSet, language: str) -> Schema:
    """Return the schema of one value."""
    make = _BY_TYPE.get(field.type)
    if make is not None:
        schema = make(field)
    elif field.type == "code":
        schema = _entry(field, form_set, language)
    elif field.type == "codes":
        schema = {
            "type": "array",
            "items": _entry(field, form_set, language),
            "minItems": 1,
            "uniqueItems": True,
        }
    else:
        limit = min(field.max_length or MAX_TEXT, MAX_TEXT)
        schema = {"type": "string", "minLength": 1, "maxLength": limit, "pattern": _LEGAL}
    return {"anyOf": [schema, {"const": "unknown"}]} if field.unknown else schema


def _entry(field: Field, form_set: FormSet, language: str) -> Schema:
    choices = form_set.choice_lists[field.choices].choices
    return {"oneOf": [{"const": c.code, "title": c.label(language)} for c in choices]}


def _integer(field: Field) -> Schema:
    return {
        "type": "integer",
        "minimum": int(field.minimum) if field.minimum else -_LARGEST,
        "maximum": int(field.maximum) if field.maximum else _LARGEST,
    }


def _decimal(field: Field) -> Schema:
    sign = "" if field.minimum and not field.minimum.startswith("-") else "-?"
    return {"type": "string", "pattern": _DECIMAL.format(sign=sign)}


_BY_TYPE: Final[Mapping[str, Callable[[Field], Schema]]] = {
    "boolean": lambda _field: {"type": "boolean"},
    "integer": _integer,
    "decimal": _decimal,
    "money": _decimal,
    "date": lambda _field: {"type": "string", "format": "date", "pattern": _DAY},
    "month": lambda _field: {"type": "string", "pattern": _MONTH},
    "reference": lambda _field: {"type": "string", "pattern": _HEX},
    "references": lambda _field: {
        "type": "array",
        "items": {"type": "string", "pattern": _HEX},
        "minItems": 1,
        "uniqueItems": True,
    },
}
