"""Offer the nearest legal value for a text that does not fit: certain enough to propose, never applied unasked.

A *certain* one may be taken for many at once: a number with its unit, a text without its control characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from census_app.domain.records import Unfit, Value
from census_app.formspec.model import Field
from census_app.formspec.types import Context, field_type

_DIGITS: Final = r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
"""A comma parts thousands only: in `3,5人` or `1,5G` it may be a decimal point, which nobody knows."""

_NUMBER = re.compile(_DIGITS)
_QUANTITY = re.compile(rf"\s*({_DIGITS})\s*(\S*)\s*")
_SAME_UNIT: Final = {
    "万": ("万条", "万个", "万件", "万笔", "万户", "万人", "万张", "万份", "万条记录"),
    "G": ("GB", "千兆"),
    "GB": ("G", "千兆"),
    "万元": ("万", "万元人民币", "万人民币"),
    "个": ("个用户", "户", "人", "名"),
    "人": ("名", "个人", "个"),
    "次": ("次/月", "人次", "次每月"),
    "年": ("周年", "年度"),
    "字节": ("B", "bytes", "byte"),
    "%": ("％", "percent"),
}
"""Unit of a field (Chinese) → other words for it that lists write behind the number."""

_COUNTED: Final = ("条", "个", "件", "笔", "户", "人", "张", "份", "条记录")
_CONVERTED: Final[Mapping[str, Mapping[str, Decimal]]] = {
    "万": {
        **dict.fromkeys(_COUNTED, Decimal("0.0001")),
        "亿": Decimal(10000),
        "亿条": Decimal(10000),
    },
    "万元": {"元": Decimal("0.0001"), "元人民币": Decimal("0.0001"), "亿元": Decimal(10000)},
    "G": {"T": Decimal(1024), "TB": Decimal(1024)},
    "GB": {"T": Decimal(1024), "TB": Decimal(1024)},
}
"""Unit of a field → unit written → factor, where the conversion leaves no doubt."""


def offer(text: str, field: Field, context: Context) -> Value | None:
    """Return a legal value near the text, or None when none is near."""
    finder = _FINDERS.get(field.type)
    return finder(text, field, context) if finder else None


def certain(text: str, field: Field, context: Context) -> Value | None:
    """Return the legal value that a text surely means, or None when a person has to look."""
    if field.type in _NUMBERS:
        return _with_unit(text, field, context)
    if field.type in {"text", "longtext"}:
        return _cleaned(text, field, context)
    return None


def _with_unit(text: str, field: Field, context: Context) -> Value | None:
    """Return the number of a text that is a number and a unit, converted to the field's unit (lesson M7)."""
    found = _QUANTITY.fullmatch(unicodedata.normalize("NFKC", text))
    if found is None:
        return None
    number, written = found[1].replace(",", ""), found[2].casefold()
    unit = field.unit.zh if field.unit is not None else ""
    same = {unit, field.unit.en if field.unit is not None else "", *_SAME_UNIT.get(unit, ())}
    if written in {unicodedata.normalize("NFKC", word).casefold() for word in same}:
        return _legal(number, field, context)
    for word, factor in _CONVERTED.get(unit, {}).items():
        if word.casefold() == written:
            converted = Decimal(number) * factor
            exact = converted == converted.quantize(Decimal("0.0001"))
            return _legal(f"{converted.normalize():f}", field, context) if exact else None
    return None


def _number(text: str, field: Field, context: Context) -> Value | None:
    """Return the number when the text holds exactly one, as in `1200条` (lesson M7), converted if its unit is known."""
    converted = _with_unit(text, field, context)
    if converted is not None:
        return converted
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


_NUMBERS: Final = frozenset({"integer", "decimal", "money"})
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
