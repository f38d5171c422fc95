"""What a search text finds: its words, and the spellings of a letter that count as the same.

Upper and lower case and full and half width fall together. Storage makes SQL of it, the window marks what was found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

SEARCHED_TYPES: Final = frozenset({"text", "longtext", "uscc", "phone"})
"""Field types that a search looks at."""

_WIDE: Final = 0xFEE0
"""Distance of a full-width form from its ASCII character."""


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a search text; each has to be found somewhere in the record."""
    return tuple(dict.fromkeys(text.split()))


@lru_cache(maxsize=4096)
def variants(character: str) -> tuple[str, ...]:
    """Return the spellings of one character that a search takes for the same, itself among them."""
    cased = {character}
    for each in (*cased, _other_width(character)):
        cased |= {each} | {c for c in (each.lower(), each.upper()) if len(c) == 1}
    return tuple(sorted(cased))


def _other_width(character: str) -> str:
    code = ord(character)
    if 0x21 <= code <= 0x7E:
        return chr(code + _WIDE)
    if 0xFF01 <= code <= 0xFF5E:
        return chr(code - _WIDE)
    return character


def is_plain(word: str) -> bool:
    """Say whether every character of a word has one spelling only, as Chinese characters have."""
    return all(len(variants(c)) == 1 for c in word)


def glob_of(word: str) -> str:
    """Return the pattern for SQLite's GLOB that finds a word anywhere in a text."""
    return "*" + "".join(_class(variants(c)) for c in word) + "*"


def _class(characters: tuple[str, ...]) -> str:
    if len(characters) == 1 and characters[0] not in "*?[":
        return characters[0]
    # In a class `]` must come first, and `^` must not; `-` at the end is no range.
    first = [c for c in characters if c == "]"]
    last = [c for c in characters if c in {"^", "-"}]
    middle = [c for c in characters if c not in {"]", "^", "-"}]
    return "[" + "".join((*first, *middle, *last)) + "]"


def pattern_of(word: str) -> re.Pattern[str]:
    """Return the pattern that finds the same in Python."""
    return re.compile("".join("[" + "".join(map(re.escape, variants(c))) + "]" for c in word))


def excerpt(text: str, word: str, before: int = 3, behind: int = 12) -> str:
    """Return the part of a text around the first place where a word stands, or the empty text.

    Args:
        before, behind: Characters shown there; few before, so that the word is seen where there is little room.
    """
    found = pattern_of(word).search(text)
    if found is None:
        return ""
    start, end = max(0, found.start() - before), min(len(text), found.end() + behind)
    shown = " ".join(text[start:end].split())
    return ("…" if start else "") + shown + ("…" if end < len(text) else "")


def holds_all(texts: Iterable[str], words: Iterable[str]) -> bool:
    """Say whether each word stands in one of the texts."""
    known = list(texts)
    return all(any(pattern_of(word).search(text) for text in known) for word in words)
