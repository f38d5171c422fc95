"""Break a cleaned text into lines: Chinese between any two characters, other scripts between words.

Marks that must not begin a line (，。》) or end one (（《) are kept with their neighbour; a word longer than the
line is cut where it must be. Linear in the length of the text.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from census_app.reports.glyphs import Face

NO_START: Final = frozenset(
    "，。、；：？！）》」』】〕〉］｝…—～％‰℃·’”々ー〻・.,;:?!)]}%°"
    "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ"
)
NO_END: Final = frozenset("（《「『【〔〈［｛‘“￥([{$¥№#")
_AFTER: Final = frozenset("-/\\_|&=@")


def is_wide(char: str) -> bool:
    """Say whether lines may break beside this character without a space."""
    return "\u2e80" <= char <= "\ud7ff" or "\uf900" <= char <= "\uffef" or char in "…—“”‘’·"


def can_break(left: str, right: str) -> bool:
    """Say whether a line may end after `left` and the next begin with `right`."""
    if left == " ":
        return right != " "
    if right in NO_START or right == " " or left in NO_END or unicodedata.combining(right):
        return False
    return is_wide(left) or is_wide(right) or left in _AFTER


def break_lines(text: str, face: Face, size: float, width: float) -> tuple[str, ...]:
    """Return the lines of `text`, each no wider than `width` points; never empty.

    A single character wider than the line stands alone on it.
    """
    if "\n" not in text and face.width(text, size) <= width:
        return (text,)
    lines: list[str] = []
    limit = width * 1000 / size
    for paragraph in text.split("\n"):
        lines.extend(_break_paragraph(paragraph, face, limit))
    return tuple(lines)


def _break_paragraph(text: str, face: Face, limit: float) -> list[str]:
    lines: list[str] = []
    widths = face.widths
    start = 0
    chance = 0
    used = 0.0
    index = 0
    while index < len(text):
        char = text[index]
        if index > start and can_break(text[index - 1], char):
            chance = index
        used += widths[char]
        if used > limit and index > start and char != " ":
            cut = chance if chance > start else index
            lines.append(text[start:cut].rstrip(" "))
            # What was carried over is measured again; it holds no further place to break at.
            start = chance = index = cut
            used = 0.0
            continue
        index += 1
    lines.append(text[start:].rstrip(" "))
    return lines


def shorten(text: str, face: Face, size: float, width: float) -> str:
    """Return one line that fits, its end replaced by `…` when it must be; for running heads only."""
    if face.width(text, size) <= width:
        return text
    room = width - face.width("…", size)
    used = 0.0
    for index, char in enumerate(text):
        used += face.widths[char] * size / 1000
        if used > room:
            return text[:index].rstrip() + "…"
    return text


def natural_width(text: str, face: Face, size: float) -> float:
    """Return the width the text would take without a limit, in points."""
    if "\n" not in text:
        return face.width(text, size)
    return max(face.width(line, size) for line in text.split("\n"))


def least_width(text: str, face: Face, size: float) -> float:
    """Return the width of the widest part that should not be broken, in points."""
    widest = used = 0.0
    before = ""
    for char in text:
        if char == "\n" or (before and can_break(before, char)):
            widest = max(widest, used)
            used = 0.0
        if char not in " \n":
            used += face.widths[char]
        before = char
    return max(widest, used) * size / 1000
