"""One datum under several names: by a table of names, and by the number of its data element. Pure.

What is the same here is evidence, not a verdict: a person still says what two items are to each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from census_app.domain.names import match_key

MOST_NAMES: Final = 6
"""Names one data element may have; a number that stands beside more is a filler, and says nothing."""

_ELEMENT: Final = re.compile(r"(?=.*\d)[0-9A-Za-z][0-9A-Za-z.-]{3,}")
"""A number of a data element, folded: with digits, and long enough to be none by chance."""


class SameItems:
    """Which folded names of data items mean the same.

    Args:
        groups: Names that mean the same, the one it is called by first; a name belongs to the first group it stands in.
    """

    def __init__(self, groups: Iterable[Sequence[str]]) -> None:
        self._first: dict[str, str] = {}
        for names in groups:
            keys = [match_key(name) for name in names]
            for key in keys:
                self._first.setdefault(key, self._first.get(keys[0], keys[0]))

    def key(self, folded: str) -> str:
        """Return the folded name that stands for all of a group; the name itself for any other."""
        return self._first.get(folded, folded)

    def joined(self, elements: Mapping[str, Iterable[str]]) -> dict[str, str]:
        """Return folded name → the one that stands for it, for the names that another one stands for.

        Args:
            elements: Number of a data element → folded names that stand beside it.
        """
        heads: dict[str, str] = {}

        def head(key: str) -> str:
            while key in heads:
                key = heads[key]
            return key

        for element in sorted(elements):
            names = sorted({self.key(name) for name in elements[element]})
            if not is_element(element) or len(names) > MOST_NAMES:
                continue
            # A name of the table goes before any other, so that it does not depend on what else is there.
            first, *others = sorted(
                {head(name) for name in names}, key=lambda k: (k not in self._first, k)
            )
            heads.update(dict.fromkeys(others, first))
        every = {name for names in elements.values() for name in names} | self._first.keys()
        found = {name: head(self.key(name)) for name in every}
        return {name: first for name, first in found.items() if name != first}


def is_element(number: str) -> bool:
    """Say whether a text can be the number of a data element."""
    return _ELEMENT.fullmatch(number) is not None
