"""The order of names in an index: pinyin, with Latin in between and numbers by size.

pypinyin cuts a text into phrases to tell 银行 from 行政, which is most of the time an index takes.
Its dictionaries are used here by the longest phrase that fits, which is what it does itself.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping
from typing import Final

_NUMBER: Final = re.compile("[0-9]+")
_TONES: Final = str.maketrans("āáǎàōóǒòēéěèīíǐìūúǔùǖǘǚǜüńňǹḿê", "aaaaooooeeeeiiiiuuuuvvvvvnnnme")
_LONGEST: Final = 4
_FIRST: Final = "\u3400"
_EDGES: Final = "\"'“”‘’《》（）()[]【】 "


def sort_key(name: str) -> tuple[str, str]:
    """Return the key by which names are ordered: how it reads, then the name itself."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    folded = _NUMBER.sub(lambda found: found.group().zfill(9), folded)
    return reading(folded).strip(_EDGES), name


def reading(text: str) -> str:
    """Return a text with its Chinese characters as pinyin without tones; all others stay."""
    phrases, chars = _phrases(), _chars()
    found = []
    at = 0
    while at < len(text):
        char = text[at]
        step = 1
        if char >= _FIRST:
            for length in range(min(_LONGEST, len(text) - at), 1, -1):
                phrase = text[at : at + length]
                if phrase in phrases:
                    found.append(_read(phrase))
                    step = length
                    break
            else:
                found.append(_said(chars.get(ord(char), char)))
        else:
            found.append(char)
        at += step
    return "".join(found)


@functools.lru_cache(maxsize=1 << 16)
def _read(phrase: str) -> str:
    return "".join(_said(syllable[0]) for syllable in _phrases()[phrase])


@functools.lru_cache(maxsize=1 << 16)
def _said(readings: str) -> str:
    """Return the first of some readings, `zhòng,chóng`, without its tone."""
    plain = readings.split(",", 1)[0].translate(_TONES)
    return "".join(c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c))


@functools.cache
def _phrases() -> Mapping[str, list[list[str]]]:
    from pypinyin.constants import PHRASES_DICT  # noqa: PLC0415 - takes 0.15 s to load

    found: Mapping[str, list[list[str]]] = PHRASES_DICT
    return found


@functools.cache
def _chars() -> Mapping[int, str]:
    from pypinyin.constants import PINYIN_DICT  # noqa: PLC0415 - as above

    found: Mapping[int, str] = PINYIN_DICT
    return found
