"""Fold names so that spellings which a reader takes for the same compare equal."""

from __future__ import annotations

import re
import unicodedata

_NOT_WORD = re.compile(r"[\W_]+")
_TRAILING_NUMBER = re.compile(r"[\s_\-－—（(]*\d+[)）]?$")
_YEAR = re.compile(r"(19|20)\d{2}\s*(年度|年)?")


def fold(text: str) -> str:
    """Return the normalised name: NFKC, case folded, without spaces and punctuation (domain §5, lesson M3).

    Full and half width, bracket styles and separators fall together; letters, digits and ideographs stay.
    """
    return _NOT_WORD.sub("", unicodedata.normalize("NFKC", text)).casefold()


def without_trailing_number(text: str) -> str:
    """Return the folded name without a number at its end: what Excel's fill-down leaves behind (RES-4)."""
    return fold(_TRAILING_NUMBER.sub("", unicodedata.normalize("NFKC", text).strip()))


def without_year(text: str) -> str:
    """Return the folded name without any year (RES-5)."""
    return fold(_YEAR.sub("", unicodedata.normalize("NFKC", text)))
