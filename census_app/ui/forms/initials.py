"""Initials of pinyin, by which a list is searched: `sjk` finds 数据库. No widgets.

The dictionary takes a tenth of a second to load and a name some 70 µs, so names are spelled off the window's thread
and kept; what is not spelled yet is found by its text alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from census_app.domain.names import fold


@dataclass(frozen=True, slots=True)
class Spelled:
    """A name as it is searched.

    Attributes:
        folded: The name without spaces, punctuation and case.
        letters: For each character of it the letters its readings begin with; empty when it is not spelled yet.
    """

    folded: str
    letters: tuple[str, ...] = ()


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
        read = pinyin(folded, style=Style.FIRST_LETTER, heteronym=True, errors=list)
        found[text] = Spelled(folded, tuple("".join(each).casefold() for each in read))
    return found


def place_of(word: str, letters: Sequence[str]) -> int:
    """Return where the letters of a word stand one after the other in a spelled name, or -1."""
    for start in range(len(letters) - len(word) + 1):
        if all(letter in letters[start + n] for n, letter in enumerate(word)):
            return start
    return -1
