"""Filters in words, and words as filters: what chips say, and the ends of ranges as typed. No widgets."""

from __future__ import annotations

import calendar
import re
from typing import Final

import msgspec

from census_app.domain.filtering import EMPTY, UNFIT, UNKNOWN, Bound, ColumnFilter
from census_app.domain.records import Unfit, Unknown, Value
from census_app.formspec.model import Field
from census_app.formspec.types import Context, format_value, parse_value
from census_app.ui.shell.translation import Words

CHOSEN: Final = frozenset({"code", "codes", "boolean", "reference", "references"})
"""Types whose answers are ticked; the others are searched or bounded."""

RANGED: Final = frozenset({"integer", "decimal", "money", "date", "month"})
_TOLD: Final = 2
"""Values a chip names; how many more there are it counts."""

_YEAR: Final = re.compile(r"\s*((?:19|20)\d{2})\s*年?\s*")


def value_text(value: str, field: Field, context: Context, words: Words) -> str:
    """Return a ticked value in words."""
    special = {EMPTY: "UI_FILTER_BLANK", UNKNOWN: "UI_FILTER_UNKNOWN", UNFIT: "UI_FILTER_UNFIT"}
    if value in special:
        return words(special[value])
    typed: Value = value
    if field.type == "boolean":
        typed = value == "1"
    elif field.type in {"codes", "references"}:
        typed = (value,)
    return format_value(typed, field, context) or words("UI_UNNAMED")


def filter_text(chosen: ColumnFilter, field: Field, context: Context, words: Words) -> str:
    """Return a filter in words, without the name of its field."""
    if chosen.state:
        return words("UI_FILTER_IS_EMPTY" if chosen.state == "empty" else "UI_FILTER_IS_FILLED")
    if chosen.text:
        return words("UI_FILTER_HAS", text=chosen.text)
    if chosen.values:
        shown = [value_text(v, field, context, words) for v in chosen.values[:_TOLD]]
        told = words("LIST_JOINT").join(shown)
        more = len(chosen.values) - _TOLD
        return words("UI_FILTER_MORE", values=told, count=len(chosen.values)) if more > 0 else told
    low, high = (_bound_text(b, field, context) for b in (chosen.low, chosen.high))
    if low and high:
        return low if low == high else words("UI_FILTER_BETWEEN", low=low, high=high)
    return words("UI_FILTER_FROM", low=low) if low else words("UI_FILTER_TO", high=high)


def _bound_text(bound: Bound | None, field: Field, context: Context) -> str:
    return "" if bound is None else format_value(bound, field, context)


def read_bound(text: str, field: Field, context: Context, *, upper: bool) -> Bound | Unfit | None:
    """Return the end of a range as typed, None for no end, `Unfit` for what is none.

    A year or a month stands for its first day at the lower end and for its last at the upper one.
    """
    if not text.strip():
        return None
    value = parse_value(text, field, context).value
    if value is None or not isinstance(value, (Unfit, Unknown)):
        return value if isinstance(value, Bound) and not isinstance(value, bool) else None
    if field.type in {"date", "month"}:
        return _part_of_calendar(text, field, context, upper=upper)
    return Unfit(text)


def _part_of_calendar(text: str, field: Field, context: Context, *, upper: bool) -> Bound | Unfit:
    year = _YEAR.fullmatch(text)
    if year is not None:
        month = f"{year[1]}-{'12' if upper else '01'}"
    else:
        parsed = parse_value(text, msgspec.structs.replace(field, type="month"), context).value
        if not isinstance(parsed, str):
            return Unfit(text)
        month = parsed
    if field.type == "month":
        return month
    last = calendar.monthrange(int(month[:4]), int(month[5:7]))[1]
    return f"{month}-{last if upper else 1:02d}"
