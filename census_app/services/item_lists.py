"""Lists of data items that stand in one cell, taken apart into rows: `姓名（字符型C）、性别/C(1)；…`.

What a type or a length is, the fields say that carry those roles; where pieces begin and end, `formats.items_text`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from census_app.domain.records import Unfit
from census_app.formats.items_text import parse_items
from census_app.formspec.model import Field, Form
from census_app.formspec.types import Context, parse_value

_LENGTH: Final = re.compile(r"^(?P<type>.*?)[\s(（]*(?P<length>\d{1,9})\s*(?:位|字节)?\s*[)）]?$")
_TRAILING: Final = re.compile(r"(?:等信息|等等?)?[。.]?$")
_FEWEST: Final = 2
_LONGEST_NAME: Final = 30
"""A longer piece is a sentence, not an item."""


def items_of(text: str, form: Form, context: Context) -> list[dict[str, str]]:
    """Return the rows a text lists, by field; empty when it does not clearly list several items of that form.

    Clearly means: every piece is short, and there are three of them, or two of which one names a type.
    """
    by_role = {f.role: f for f in form.stored_fields if f.role}
    name = by_role.get("item_name")
    if name is None or not text.strip():
        return []
    kind, length = by_role.get("item_type"), by_role.get("item_length")
    split = _reader(kind, context)
    listed = parse_items(_TRAILING.sub("", text.strip()), lambda t: split(t) is not None)
    items = [item for item in listed if item.name and not item.name.isdecimal()]
    typed = any(item.data_type for item in items)
    if len(items) < (_FEWEST if typed else _FEWEST + 1):
        return []
    if any(len(item.name) > _LONGEST_NAME for item in items):
        return []
    rows = []
    for item in items:
        row = {name.id: item.name}
        read = split(item.data_type) if item.data_type else None
        if read is not None and kind is not None:
            row[kind.id] = read[0]
            if read[1] and length is not None:
                row[length.id] = read[1]
        rows.append(row)
    return rows


def _reader(kind: Field | None, context: Context) -> Callable[[str], tuple[str, str] | None]:
    """Return what takes a text apart into type and length; None for a text that names no type."""

    def is_type(text: str) -> bool:
        if kind is None or not text.strip():
            return False
        value = parse_value(text.strip(), kind, context).value
        return value is not None and not isinstance(value, Unfit)

    def split(text: str) -> tuple[str, str] | None:
        if is_type(text):
            return text.strip(), ""
        found = _LENGTH.match(text.strip())
        if found is not None and is_type(found["type"]):
            return found["type"].strip(), found["length"]
        return None

    return split
