"""Data items that stand in one cell, as `名/类型、名/类型；组名：名/类型` (water ministry catalogue, domain §7)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_MAX_TYPE: Final = 20
_GROUP: Final = re.compile(r"[;；\n]+")
_LABEL: Final = re.compile(r"^([^:：/／、，,]{1,40})[:：](.+)$", re.DOTALL)
_OPEN: Final = "(（[【《"
_CLOSE: Final = ")）]】》"


class ItemText(NamedTuple):
    """One item: its name, behind its group's name where there is one, and its type if given."""

    name: str
    data_type: str


def parse_items(text: str) -> list[ItemText]:
    """Return the items a cell lists; a piece without a type has an empty one, and no piece is lost."""
    items: list[ItemText] = []
    for part in _GROUP.split(text):
        label = _LABEL.match(part.strip())
        group, listed = (label[1].strip(), label[2]) if label else ("", part)
        for piece in _pieces(listed):
            name, data_type = _name_and_type(piece)
            items.append(ItemText(f"{group}：{name}" if group else name, data_type))
    return items


def lists_items(text: str) -> bool:
    """Say whether a cell clearly lists several items: separators, and a type behind every name."""
    items = parse_items(text)
    return len(items) > 1 and all(item.data_type for item in items)


def _pieces(text: str) -> list[str]:
    """Cut at separators outside brackets."""
    pieces, depth, start = [], 0, 0
    for index, character in enumerate(text):
        if character in _OPEN:
            depth += 1
        elif character in _CLOSE:
            depth = max(depth - 1, 0)
        elif character in "、，," and depth == 0:
            pieces.append(text[start:index])
            start = index + 1
    pieces.append(text[start:])
    return [piece.strip() for piece in pieces if piece.strip()]


def _name_and_type(piece: str) -> tuple[str, str]:
    for slash in ("/", "／"):
        name, found, data_type = piece.rpartition(slash)
        if found and name.strip() and 0 < len(data_type.strip()) <= _MAX_TYPE:
            return name.strip(), data_type.strip()
    return piece, ""
