"""Parts of a name: its bigrams, and its core - what is left when words that say nothing are cut off its ends."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from census_app.domain.names import match_key

LEAST: Final = 2
"""Characters a core has at least."""

_NUMBER: Final = re.compile(r"\d+$")


def bigrams(key: str) -> frozenset[str]:
    """Return the pairs of neighbouring characters of a folded name; a single character stands for itself."""
    if len(key) < LEAST:
        return frozenset([key]) if key else frozenset()
    return frozenset(key[at : at + 2] for at in range(len(key) - 1))


@dataclass(frozen=True, slots=True)
class Fillers:
    """Words that may be missing at the ends of a name; folded, the longest first."""

    beginnings: tuple[str, ...]
    endings: tuple[str, ...]

    @classmethod
    def of(cls, beginnings: Iterable[str], endings: Iterable[str]) -> Fillers:
        """Return them as they are needed, from words in any spelling and order."""
        return cls(_longest_first(beginnings), _longest_first(endings))

    def core(self, key: str) -> str:
        """Return the core of a folded name: without these words at its ends and without a number at its end.

        What would leave fewer than two characters is not cut.
        """
        while True:
            shorter = self._cut(key)
            if shorter == key:
                return key
            key = shorter

    def _cut(self, key: str) -> str:
        number = _NUMBER.search(key)
        if number is not None and number.start() >= LEAST:
            return key[: number.start()]
        for word in self.endings:
            if key.endswith(word) and len(key) - len(word) >= LEAST:
                return key[: -len(word)]
        for word in self.beginnings:
            if key.startswith(word) and len(key) - len(word) >= LEAST:
                return key[len(word) :]
        return key


def _longest_first(words: Iterable[str]) -> tuple[str, ...]:
    folded = {match_key(word) for word in words} - {""}
    return tuple(sorted(folded, key=lambda word: (-len(word), word)))
