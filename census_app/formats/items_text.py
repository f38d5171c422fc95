"""Data items that stand in one cell, as `名/类型、名/类型；组名：名/类型` (water ministry catalogue, domain §7)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

_MAX_TYPE: Final = 20
_GROUP: Final = re.compile(r"[;；\n]+")
_LABEL: Final = re.compile(r"^([^:：/／、，,]{1,40})[:：](.+)$", re.DOTALL)
_SERIAL: Final = re.compile(r"^\s*(?:[(（]?\d{1,3}(?:[.)）]|．)|[①-⑳])\s*(?=\D)")
_OPEN: Final = "(（[【《"
_CLOSE: Final = ")）]】》"


class ItemText(NamedTuple):
    """One item: its name, behind its group's name where there is one, and its type if given."""

    name: str
    data_type: str


def parse_items(text: str, is_type: Callable[[str], bool] | None = None) -> list[ItemText]:
    """Return the items a cell lists; a piece without a type has an empty one, and no piece is lost.

    Args:
        is_type: Says whether a text is a type: then what stands in brackets at the end, or behind the last blank, is
            taken as one too (`姓名（字符型C）`, `性别 C(1)`), and numbers before the items are left out (`1. 姓名`).
    """
    items: list[ItemText] = []
    for part in _GROUP.split(text):
        label = _LABEL.match(part.strip())
        group, listed = (label[1].strip(), label[2]) if label else ("", part)
        for piece in _pieces(listed):
            name, data_type = _name_and_type(piece) if is_type is None else _told(piece, is_type)
            items.append(ItemText(f"{group}：{name}" if group else name, data_type))
    return items


def lists_items(text: str) -> bool:
    """Say whether a cell clearly lists several items: separators, and a type behind every name."""
    items = parse_items(text)
    return len(items) > 1 and all(item.data_type for item in items)


def _told(piece: str, is_type: Callable[[str], bool]) -> tuple[str, str]:
    """Take a piece apart where what stands at its end is a type."""
    bare = _SERIAL.sub("", piece) or piece
    name, data_type = _name_and_type(bare)
    if data_type and is_type(data_type):
        return name, data_type
    start = _last_bracket(bare)
    if start > 0 and is_type(bare[start + 1 : -1].strip()):
        return bare[:start].strip(), bare[start + 1 : -1].strip()
    name, _blank, last = bare.rpartition(" ")
    if name.strip() and is_type(last):
        return name.strip(), last
    return bare, ""


def _last_bracket(text: str) -> int:
    """Return where the bracket opens that closes at the end of a text, or -1."""
    if not text or text[-1] not in _CLOSE:
        return -1
    depth = 0
    for at in range(len(text) - 1, -1, -1):
        depth += (text[at] in _CLOSE) - (text[at] in _OPEN)
        if depth == 0:
            return at
    return -1


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
