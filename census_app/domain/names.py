"""Fold names so that spellings which a reader takes for the same compare equal."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from census_app.domain.simplified import simplified

_NOT_WORD = re.compile(r"[\W_]+")
_TRAILING_NUMBER = re.compile(r"[\s_\-－—（(]*\d+[)）]?$")
_SPACES = re.compile(r"[\s\u200b\ufeff]+")
_WIDE = str.maketrans({0xFF10 + n: chr(0x30 + n) for n in range(10)}) | str.maketrans(
    {
        wide + n: chr(narrow + n)
        for wide, narrow in ((0xFF21, 0x41), (0xFF41, 0x61))
        for n in range(26)
    }
)
_YEAR = re.compile(r"(19|20)\d{2}\s*(年度|年)?")


def fold(text: str) -> str:
    """Return the normalised name: NFKC, case folded, without spaces and punctuation (domain §5, lesson M3).

    Full and half width, bracket styles and separators fall together; letters, digits and ideographs stay.
    """
    return _NOT_WORD.sub("", unicodedata.normalize("NFKC", text)).casefold()


def match_key(text: str) -> str:
    """Return what names of different departments are compared by: folded, traditional characters simplified."""
    return simplified(fold(text))


def without_trailing_number(text: str) -> str:
    """Return the folded name without a number at its end: what Excel's fill-down leaves behind (RES-4)."""
    return fold(_TRAILING_NUMBER.sub("", unicodedata.normalize("NFKC", text).strip()))


def without_year(text: str) -> str:
    """Return the folded name without any year (RES-5)."""
    return fold(_YEAR.sub("", unicodedata.normalize("NFKC", text)))


def tidy(text: str) -> str:
    """Return a name as one would type it with care: half-width letters and digits, no needless blanks.

    Blanks stay, one at a time, where a Latin word meets another word; punctuation is left alone.
    """
    parts = [part for part in _SPACES.split(text.translate(_WIDE)) if part]
    told = parts[:1]
    for left, right in pairwise(parts):
        latin = left[-1].isascii() or right[0].isascii()
        told.append((" " if latin else "") + right)
    return "".join(told)
