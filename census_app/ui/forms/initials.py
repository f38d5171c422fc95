"""Initials of pinyin, by which a list is searched: `sjk` finds 数据库. No widgets.

The dictionary takes a tenth of a second to load and a name some 70 µs, so names are spelled off the window's thread
and kept; what is not spelled yet is found by its text alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from census_app.domain.names import fold

READINGS: Final = 16
"""Spellings kept of one name; beyond them a character counts with its first reading."""


@dataclass(frozen=True, slots=True)
class Spelled:
    """A name as it is searched.

    Attributes:
        folded: The name without spaces, punctuation and case.
        letters: Its initials, once for each way to read it, each after a line end; empty when it is not spelled yet.
    """

    folded: str
    letters: str = ""

    def fits(self, word: str) -> int:
        """Return 2 when the initials begin with a word, 1 when it stands in them, else 0."""
        if word not in self.letters:
            return 0
        return 2 if f"\n{word}" in self.letters else 1


class Initials:
    """Spelled names; written and read in the window's thread."""

    def __init__(self) -> None:
        self._known: dict[str, Spelled] = {}

    def missing(self, texts: Iterable[str]) -> list[str]:
        """Return those of the texts that are not spelled yet."""
        return [t for t in dict.fromkeys(texts) if t not in self._known]

    def learn(self, spelled: Mapping[str, Spelled]) -> None:
        """Take what `spell` returned."""
        self._known.update(spelled)

    def of(self, text: str) -> Spelled:
        """Return a text as it is searched; without letters while it is not spelled."""
        return self._known.get(text) or Spelled(fold(text))


def spell(texts: Iterable[str]) -> dict[str, Spelled]:
    """Return texts as they are searched; a character with several readings has several letters."""
    from pypinyin import Style, pinyin  # noqa: PLC0415 - its dictionary takes 0.12 s to load

    found = {}
    for text in texts:
        folded = fold(text)
        read = pinyin(
            folded,
            style=Style.FIRST_LETTER,
            heteronym=True,
            errors=list,  # type: ignore[arg-type]  # a list is one entry a character, its stub knows a text only
        )
        found[text] = Spelled(folded, "".join(f"\n{way}" for way in _ways(read)))
    return found


def _ways(readings: Sequence[Sequence[str]]) -> list[str]:
    """Return the initials of a name for the ways to read it, at most `READINGS` of them."""
    ways = [""]
    for each in readings:
        letters = list(dict.fromkeys(letter.casefold() for letter in each))
        if len(ways) * len(letters) > READINGS:
            letters = letters[:1]
        ways = [way + letter for way in ways for letter in letters]
    return ways
