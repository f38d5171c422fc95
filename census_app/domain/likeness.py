"""Which names look like one thing entered twice: equal but for spelling, for a number at the end, or for a year.

The three ways in which lists of other years and Excel's fill-down leave doubles behind. Whether they are doubles is
for a person to say; so this returns groups, and never decides.
"""

from __future__ import annotations

import enum
import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from census_app.domain.names import fold, without_trailing_number, without_year

_ENDS_IN_YEAR: Final = re.compile(r"(19|20)\d{2}\s*(年度|年)?[\s)）]*$")


class Likeness(enum.StrEnum):
    """In what the names of a group agree."""

    SAME = "same"
    NUMBER = "number"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class LikeGroup:
    """Records whose names look alike.

    Attributes:
        key: What is the same in all of them, folded.
        members: (record id, name), by name and id.
    """

    likeness: Likeness
    key: str
    members: tuple[tuple[str, str], ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The records, in the order of `members`."""
        return tuple(record for record, _name in self.members)

    @property
    def sha256(self) -> str:
        """What a decision about this group is bound to: who belongs to it, and under which names."""
        told = [self.likeness.value] + [f"{i}\0{fold(name)}" for i, name in sorted(self.members)]
        return hashlib.sha256("\0\0".join(told).encode("utf-8", "surrogatepass")).hexdigest()


def like_groups(titles: Mapping[str, str]) -> list[LikeGroup]:
    """Return the groups among names, keyed by record id: equal ones first, then numbers, then years.

    Names that are all equal make one group of equal names, and no second one for their numbers or years.
    """
    return [
        g for number, likeness in enumerate(Likeness) for g in _groups(titles, likeness, number)
    ]


@lru_cache(maxsize=65536)
def _keys(name: str) -> tuple[str, str, str]:
    """Return what is compared, in the order of `Likeness`; kept, for a list is looked through after each check."""
    # A year is not a number somebody dragged down: `…2016`, `…2017` belong to the years.
    has_year = _ENDS_IN_YEAR.search(unicodedata.normalize("NFKC", name)) is not None
    return fold(name), "" if has_year else without_trailing_number(name), without_year(name)


def _groups(titles: Mapping[str, str], likeness: Likeness, number: int) -> list[LikeGroup]:
    by_key: dict[str, list[tuple[str, str]]] = {}
    for record, name in titles.items():
        key = _keys(name)[number]
        if key:
            by_key.setdefault(key, []).append((record, name))
    groups = []
    for key, members in by_key.items():
        if len(members) == 1:
            continue
        spellings = {_keys(name)[0] for _record, name in members}
        if likeness is Likeness.SAME or len(spellings) > 1:
            ordered = sorted(members, key=lambda m: (m[1], m[0]))
            groups.append(LikeGroup(likeness, key, tuple(ordered)))
    return groups
