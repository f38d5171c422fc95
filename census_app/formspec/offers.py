"""Offer the nearest legal value for a text that does not fit: certain enough to propose, never applied unasked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Final

from census_app.domain.records import Unfit, Value
from census_app.formspec.model import Field
from census_app.formspec.types import Context, field_type

_NUMBER = re.compile(r"[+-]?\d[\d,]*(?:\.\d+)?")


def offer(text: str, field: Field, context: Context) -> Value | None:
    """Return a legal value near the text, or None when none is near."""
    finder = _FINDERS.get(field.type)
    return finder(text, field, context) if finder else None


def _number(text: str, field: Field, context: Context) -> Value | None:
    """Return the bare number when the text holds exactly one, as in `1200条` (lesson M7)."""
    found = _NUMBER.findall(unicodedata.normalize("NFKC", text))
    if len(found) != 1:
        return None
    return _legal(found[0], field, context)


def _entry(text: str, field: Field, context: Context) -> Value | None:
    return context.choices.nearest(field.choices, text)


def _entries(text: str, field: Field, context: Context) -> Value | None:
    parts = [p for p in re.split(r"[,，、;；|\n]+", text) if p.strip()]
    codes = [
        context.choices.find(field.choices, p) or context.choices.nearest(field.choices, p)
        for p in parts
    ]
    known = [c for c in codes if c is not None]
    return (
        context.choices.in_list_order(field.choices, known)
        if known and len(known) == len(parts)
        else None
    )


def _cleaned(text: str, field: Field, context: Context) -> Value | None:
    clean = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[\ud800-\udfff]", "", text)
    return _legal(clean, field, context) if clean != text else None


def _day(text: str, field: Field, context: Context) -> Value | None:
    """Return the first day (or month) that the text contains, when it contains only one."""
    found = re.findall(r"\d{4}[-/.年]\d{1,2}(?:[-/.月]\d{1,2}日?)?", text)
    return _legal(found[0], field, context) if len(found) == 1 else None


def _legal(text: str, field: Field, context: Context) -> Value | None:
    value = field_type(field.type).parse(text, field, context).value
    return None if isinstance(value, Unfit) else value


_FINDERS: Final[Mapping[str, Callable[[str, Field, Context], Value | None]]] = {
    "integer": _number,
    "decimal": _number,
    "money": _number,
    "code": _entry,
    "codes": _entries,
    "date": _day,
    "month": _day,
    "text": _cleaned,
    "longtext": _cleaned,
}
