"""What several departments hold alike: resources or systems that may be one thing, and how sure that is.

Pure functions of the members: the same members in any order give the same overlaps. Whether two things are one is for a
person to say; see `domain.verdicts`. How alike two names are is measured by what is passed in.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Final

from census_app.domain.name_parts import bigrams
from census_app.domain.set_joins import jaccard, similar_sets

Ratio = Callable[[str, str], float]
"""How alike two texts are, from 0 to 1; the order of both does not count."""

MemberKey = tuple[str, str]
"""Department and record id: copies of one file give two departments records of one id."""

BIGRAMS_ALIKE: Final = 0.5
"""Jaccard similarity of the bigrams of names that are looked at more closely."""
COMMON_BIGRAM: Final = 300
COMMON_MEMBER: Final = 100
"""What stands in more names leads to no pair by itself; in more lists of items, only together with another."""
JOINING: Final = 0.5
"""Ratio of two names from which on one joins the other's group; with less in common they stay a pair by themselves."""
NAME_PART: Final = 60
ONLY_NAMES: Final = 90
"""Of a score of 100: what names count beside lists of items, and what they count where one side lists none."""
_LOOKED_AT: Final = 6
"""Records of a group whose lists are compared; the others have the same names."""


class Basis(enum.StrEnum):
    """What made a group, the strongest first."""

    NAME = "name"
    CORE = "core"
    NEAR = "near"
    ITEMS = "items"


_RANK: Final = {basis: number for number, basis in enumerate(Basis)}


@dataclass(frozen=True, slots=True)
class Member:
    """A resource or system as it is compared.

    Attributes:
        holder: Who keeps it: the unit it is reported for, or the department itself.
        key, core: The folded name, whole and without words that say nothing.
        traits: What else is compared: of a resource its items, of a system the bigrams of what it does; as numbers.
        sha: Of name and traits, 16 hex; a verdict is bound to it.
    """

    department: str
    record: str
    holder: str
    name: str
    key: str
    core: str
    traits: frozenset[int]
    sha: str

    @property
    def at(self) -> MemberKey:
        """What it is known by."""
        return self.department, self.record


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From when on two names or lists count as alike.

    Attributes:
        near: Least ratio of the cores of two names; `sure`: from which on lists need not agree with it.
        agreeing: Jaccard similarity of lists that agree with names that are near; `against`: below it they speak
            against names however near.
        alike: Jaccard similarity of lists that make a pair by themselves, of `least` entries each; their names still
            have at least the ratio `floor`.
    """

    near: float = 0.8
    sure: float = 0.92
    agreeing: float = 0.5
    against: float = 0.1
    alike: float = 0.8
    least: int = 4
    floor: float = 0.0


RESOURCES: Final = Thresholds()
SYSTEMS: Final = Thresholds(alike=0.9, least=10, floor=0.5)


@dataclass(frozen=True, slots=True)
class Overlap:
    """Things of several holders that may be one.

    Attributes:
        members: By department, name and record.
        score: 0 to 100, of its most alike pair.
        names, traits: How alike names, and items or functions, of that pair are, 0 to 1; None where one side has none.
    """

    members: tuple[Member, ...]
    basis: Basis
    score: int
    names: float
    traits: float | None

    @property
    def holders(self) -> int:
        """How many keep one of its members."""
        return len({m.holder for m in self.members})

    @property
    def title(self) -> str:
        """The name most of its members have; of equally many the first."""
        names = [m.name for m in self.members]
        return max(dict.fromkeys(names), key=names.count)

    @property
    def shas(self) -> Mapping[MemberKey, str]:
        """What a verdict about it is bound to."""
        return {m.at: m.sha for m in self.members}


@dataclass(frozen=True, slots=True)
class _Edge:
    basis: Basis
    names: float
    traits: float | None

    @property
    def score(self) -> int:
        if self.traits is None:
            return round(ONLY_NAMES * self.names)
        return round(NAME_PART * self.names + (100 - NAME_PART) * self.traits)

    @property
    def weight(self) -> tuple[int, int]:
        return self.score, -_RANK[self.basis]


def content_sha(key: str, traits: Iterable[str]) -> str:
    """Return what a verdict about a record is bound to: its folded name and what else it was compared by."""
    told = "\0".join([key, *sorted(traits)])
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def find_overlaps(members: Iterable[Member], ratio: Ratio, limits: Thresholds) -> list[Overlap]:
    """Return what is held by several, the surest first.

    Members of one name make a group; names alike to it join the group of the name that most holders have, so that each
    is alike to that one and no chain of likenesses leads far away. A likeness between two groups is a group of its own.
    Two names that one and the same holder keeps apart are not laid before anybody: it knows that they differ, and its
    own rules ask it when they do not.
    """
    return _Search(members, ratio, limits).overlaps()


class _Search:
    """Places stand for names: 0 is the one that most holders have."""

    def __init__(self, members: Iterable[Member], ratio: Ratio, limits: Thresholds) -> None:
        self._ratio, self._limits = ratio, limits
        groups: dict[str, list[Member]] = {}
        for member in sorted(members, key=lambda m: (m.department, m.name, m.record)):
            if member.core:
                groups.setdefault(member.key, []).append(member)
        holders = {key: frozenset(m.holder for m in group) for key, group in groups.items()}
        keys = sorted(groups, key=lambda key: (-len(holders[key]), key))
        self._groups = [groups[key] for key in keys]
        self._holders = [holders[key] for key in keys]
        self._cores = [group[0].core for group in self._groups]
        self._edges: dict[tuple[int, int], _Edge] = {}

    def overlaps(self) -> list[Overlap]:
        self._near_names()
        self._alike_traits()
        found = [o for o in self._clusters() if o.holders > 1]
        return sorted(
            found,
            key=lambda o: (
                -o.score,
                _RANK[o.basis],
                -o.holders,
                o.title,
                [m.at for m in o.members],
            ),
        )

    # -- likenesses between names --------------------------------------------------------------------------------

    def _near_names(self) -> None:
        places: dict[str, list[int]] = {}
        for place, core in enumerate(self._cores):
            places.setdefault(core, []).append(place)
        for of_core in places.values():
            for one, other in combinations(of_core[:_LOOKED_AT], 2):
                self._judge_near(one, other, Basis.CORE, 1.0)
        cores, numbers = list(places), dict[str, int]()
        sets = [
            [numbers.setdefault(pair, len(numbers)) for pair in sorted(bigrams(core))]
            for core in cores
        ]
        for first, second, _alike in similar_sets(sets, BIGRAMS_ALIKE, most=COMMON_BIGRAM):
            names = self._ratio(cores[first], cores[second])
            if names < self._limits.near:
                continue
            near = product(places[cores[first]][:_LOOKED_AT], places[cores[second]][:_LOOKED_AT])
            for one, other in near:
                self._judge_near(one, other, Basis.NEAR, names)

    def _judge_near(self, one: int, other: int, basis: Basis, names: float) -> None:
        if not self._apart(one, other):
            return
        limits = self._limits
        traits = _best(self._groups[one], self._groups[other])
        least = limits.against if names >= limits.sure else limits.agreeing
        if basis is Basis.CORE or (names >= limits.sure if traits is None else traits >= least):
            self._note(one, other, _Edge(basis, names, traits))

    def _alike_traits(self) -> None:
        limits = self._limits
        places: dict[frozenset[int], list[int]] = {}
        for place, group in enumerate(self._groups):
            for member in group:
                if len(member.traits) >= limits.least:
                    found = places.setdefault(member.traits, [])
                    if found[-1:] != [place]:
                        found.append(place)
        sets = list(places)
        for first, second, alike in similar_sets(
            sets, limits.alike, most=COMMON_MEMBER, in_pairs=True
        ):
            self._join(places[sets[first]], places[sets[second]], alike)
        for found in places.values():
            for number in range(1, len(found)):
                self._join(found[:number], found[number : number + 1], 1.0)

    def _join(self, left: Sequence[int], right: Sequence[int], alike: float) -> None:
        """Note that the lists of two sets of names are alike, for the first two that nobody keeps apart."""
        for one, other in product(left[:_LOOKED_AT], right[:_LOOKED_AT]):
            if one != other and self._apart(one, other):
                names = self._ratio(self._cores[one], self._cores[other])
                if names >= self._limits.floor:
                    self._note(one, other, _Edge(Basis.ITEMS, names, alike))
                return

    def _note(self, one: int, other: int, edge: _Edge) -> None:
        pair = min(one, other), max(one, other)
        before = self._edges.get(pair)
        if before is None or edge.weight > before.weight:
            self._edges[pair] = edge

    def _apart(self, one: int, other: int) -> bool:
        """Say whether nobody who keeps the one is known to keep the other beside it."""
        left, right = self._holders[one], self._holders[other]
        return not (left <= right or right <= left)

    # -- groups ----------------------------------------------------------------------------------------------------

    def _clusters(self) -> Iterable[Overlap]:
        beside: dict[int, list[int]] = {}
        for (one, other), edge in self._edges.items():
            if edge.names >= JOINING:
                beside.setdefault(one, []).append(other)
                beside.setdefault(other, []).append(one)
        leads: dict[int, int] = {}
        led: dict[int, list[int]] = {}
        for place in range(len(self._groups)):
            if place not in leads:
                leads[place] = place
                led[place] = [place]
                for each in sorted(beside.get(place, ())):
                    if each not in leads:
                        leads[each] = place
                        led[place].append(each)
        for places in led.values():
            edges = [self._edges[places[0], each] for each in places[1:]]
            yield self._overlap(places, [*self._within(places[0]), *edges])
        for (one, other), edge in self._edges.items():
            if leads[one] != leads[other]:
                yield self._overlap([one, other], [edge])

    def _within(self, place: int) -> list[_Edge]:
        """Return the likeness of the members of one name, where several hold one."""
        group = self._groups[place]
        if len(self._holders[place]) < 2:
            return []
        pairs = [
            (a, b)
            for a, b in combinations(group[: 4 * _LOOKED_AT], 2)
            if a.holder != b.holder and a.traits and b.traits
        ]
        known = [jaccard(a.traits, b.traits) for a, b in pairs[:60]]
        return [_Edge(Basis.NAME, 1.0, max(known) if known else None)]

    def _overlap(self, places: Sequence[int], edges: Sequence[_Edge]) -> Overlap:
        members = [m for place in places for m in self._groups[place]]
        members.sort(key=lambda m: (m.department, m.name, m.record))
        # A group of one holder without any likeness is left out by whoever asked.
        best = max(edges, key=lambda edge: edge.weight, default=_Edge(Basis.ITEMS, 0.0, None))
        basis = min((edge.basis for edge in edges), key=_RANK.__getitem__, default=best.basis)
        return Overlap(tuple(members), basis, best.score, best.names, best.traits)


def _best(left: Sequence[Member], right: Sequence[Member]) -> float | None:
    """Return how alike the most alike lists of two groups are; None where one of them has none."""
    one = [m for m in left if m.traits][:_LOOKED_AT]
    other = [m for m in right if m.traits][:_LOOKED_AT]
    if not (one and other):
        return None
    return max(jaccard(a.traits, b.traits) for a, b in product(one, other))
