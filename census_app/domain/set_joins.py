"""Find all pairs of sets that have much in common, without comparing every set with every other (prefix filter).

Two sets whose Jaccard similarity reaches a threshold must share one of their few rarest members; so only those are
looked up. The rarest-first order also makes common members harmless. After Bayardo, Ma and Srikant, "Scaling up all
pairs similarity search" (2007) and Xiao and others, "Efficient similarity joins" (2008). Standard library only.
"""

from __future__ import annotations

import math
from array import array
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
    sets: Sequence[Iterable[int]], threshold: float, *, most: int = 0
) -> Iterator[tuple[int, int, float]]:
    """Yield (place, place, Jaccard similarity) of the pairs that reach a threshold, each once, lower place first.

    Args:
        sets: Members are numbers; a repeated one counts once. Empty sets are like nothing.
        threshold: Above 0, at most 1.
        most: Members that stand in more sets than this lead to no pair by themselves; 0 lets all lead. Sets that have
            only such members in common among their rarest may then be missed.
    """
    ordered, frequency = _rarest_first(sets)
    index: dict[int, array[int]] = {}
    members: dict[int, frozenset[int]] = {}
    for place in sorted(range(len(ordered)), key=lambda place: (len(ordered[place]), place)):
        ranks = [rank for rank in ordered[place] if not most or frequency[rank] <= most]
        size = len(ordered[place])
        own = members[place] = frozenset(ordered[place])
        smallest = threshold * size - _HAIR
        # What begins a set's ranks is rarest; two similar sets share one of these.
        looked_up = ranks[: size - math.ceil(smallest) + 1]
        near = {other for rank in looked_up for other in index.get(rank, ())}
        for other in sorted(near):
            theirs = members[other]
            common = len(own & theirs) if len(theirs) >= smallest else 0
            found = common / (size + len(theirs) - common)
            if common and found >= threshold - _HAIR:
                yield (other, place, found) if other < place else (place, other, found)
        # Sets come by size: whatever is compared with this one later is at least as large.
        later = math.ceil(2 * threshold / (1 + threshold) * size - _HAIR)
        for rank in ranks[: size - later + 1]:
            index.setdefault(rank, array("l")).append(place)


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
