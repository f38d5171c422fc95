"""Find all pairs of sets that have much in common, without comparing every set with every other (prefix filter).

Two sets whose Jaccard similarity reaches a threshold must share one of their few rarest members; so only those are
looked up. The rarest-first order also makes common members harmless. After Bayardo, Ma and Srikant, "Scaling up all
pairs similarity search" (2007), Xiao and others, "Efficient similarity joins" (2008), and for pairs of members Wang, Li
and Feng, "Can we beat the prefix filtering?" (2012). Standard library only.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

_HAIR: Final = 1e-9
"""What a product of floating numbers may be above the whole number it stands for."""


def jaccard(one: Iterable[int], other: Iterable[int]) -> float:
    """Return the share of common members among all members of two sets; 0 of two empty ones."""
    left, right = frozenset(one), frozenset(other)
    common = len(left & right)
    return common / (len(left) + len(right) - common) if common else 0.0


def similar_sets(
    sets: Sequence[Iterable[int]], threshold: float, *, most: int = 0, in_pairs: bool = False
) -> Iterator[tuple[int, int, float]]:
    """Yield (place, place, Jaccard similarity) of the pairs that reach a threshold, each once, lower place first.

    Args:
        sets: Members are numbers; a repeated one counts once. Empty sets are like nothing.
        threshold: Above 0, at most 1.
        most: Members that stand in more sets than this are common; 0 makes none so.
        in_pairs: Common members lead to a pair of sets when two of them are shared: all pairs are found. Without it
            they lead nowhere, and sets that have only such members in common among their rarest are missed.
    """
    ordered, frequency = _rarest_first(sets)
    index: dict[_Key, array[int]] = {}
    members: dict[int, frozenset[int]] = {}
    for place in sorted(range(len(ordered)), key=lambda place: (len(ordered[place]), place)):
        ranks = ordered[place]
        size = len(ranks)
        rare = bisect_right(ranks, most, key=frequency.__getitem__) if most else size
        own = members[place] = frozenset(ranks)
        smallest = threshold * size - _HAIR
        # The first shared member is among the rarest of both sets, the second is so with one place more.
        keys = _keys(ranks, rare, math.ceil(smallest), in_pairs=in_pairs)
        near = {other for key in keys for other in index.get(key, ())}
        for other in sorted(near):
            theirs = members[other]
            common = len(own & theirs) if len(theirs) >= smallest else 0
            found = common / (size + len(theirs) - common)
            if common and found >= threshold - _HAIR:
                yield (other, place, found) if other < place else (place, other, found)
        # Sets come by size: whatever is compared with this one later is at least as large.
        later = math.ceil(2 * threshold / (1 + threshold) * size - _HAIR)
        for key in _keys(ranks, rare, later, in_pairs=in_pairs):
            index.setdefault(key, array("l")).append(place)


_Key = int | tuple[int, int]


def _keys(ranks: Sequence[int], rare: int, common: int, *, in_pairs: bool) -> Iterator[_Key]:
    """Yield what a set is looked up by.

    Args:
        ranks: Ascending.
        rare: How many of them are not common.
        common: Members that another set has with it at least, for both to be similar.
    """
    last = len(ranks) - common + 1
    yield from ranks[: min(last, rare)]
    if not in_pairs:
        return
    if common < 2:
        yield from ranks[rare:last]
    for at in range(rare, min(last, len(ranks))):
        for other in ranks[at + 1 : last + 1]:
            yield ranks[at], other


def _rarest_first(sets: Sequence[Iterable[int]]) -> tuple[list[array[int]], list[int]]:
    """Return the sets as ascending ranks, rank 0 the rarest member, and how many sets each rank stands in."""
    plain = [frozenset(each) for each in sets]
    counts: Counter[int] = Counter()
    for each in plain:
        counts.update(each)
    ranked = sorted(counts.items(), key=lambda item: (item[1], item[0]))
    rank_of = {member: rank for rank, (member, _) in enumerate(ranked)}
    ordered = [array("l", sorted(rank_of[member] for member in each)) for each in plain]
    return ordered, [count for _, count in ranked]
