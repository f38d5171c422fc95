"""The prefix filter finds exactly the pairs that comparing everything with everything finds."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from census_app.domain.set_joins import jaccard, similar_sets

SETS = st.lists(st.sets(st.integers(0, 12), max_size=9), max_size=14)


@given(SETS, st.sampled_from([0.1, 0.3, 0.5, 2 / 3, 0.75, 0.8, 0.9, 1.0]), st.integers(0, 5))
def test_exactly_the_pairs_that_reach_the_threshold_are_found(
    sets: list[set[int]], threshold: float, most: int
) -> None:
    expected = {
        (one, other): jaccard(sets[one], sets[other])
        for one, other in combinations(range(len(sets)), 2)
        if jaccard(sets[one], sets[other]) >= threshold - 1e-9
    }
    found = list(similar_sets(sets, threshold, most=most, in_pairs=True))
    assert len(found) == len({(one, other) for one, other, _ in found})
    assert {(one, other): alike for one, other, alike in found} == expected


@given(SETS, st.sampled_from([0.4, 0.8]), st.integers(1, 5))
def test_leaving_out_common_members_adds_nothing(
    sets: list[set[int]], threshold: float, most: int
) -> None:
    every = set(similar_sets(sets, threshold))
    assert set(similar_sets(sets, threshold, most=most)) <= every


def test_what_all_have_in_common_leads_nowhere_by_itself() -> None:
    sets = [{0, number} for number in range(1, 9)]
    assert len(list(similar_sets(sets, 0.3))) == 28
    assert not list(similar_sets(sets, 0.3, most=4))


@given(st.sets(st.integers()), st.sets(st.integers()))
def test_jaccard_does_not_depend_on_the_order_and_is_one_for_equal_sets(
    one: set[int], other: set[int]
) -> None:
    assert jaccard(one, other) == jaccard(other, one)
    assert 0 <= jaccard(one, other) <= 1
    assert jaccard(one, one) == (1.0 if one else 0.0)


@pytest.mark.parametrize("sets", [[], [set()], [set(), set()], [{1}]])
def test_nothing_is_like_nothing(sets: list[set[int]]) -> None:
    assert list(similar_sets(sets, 0.5)) == []
