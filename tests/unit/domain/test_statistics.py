"""三数一率: the formulas over raw counts."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from census_app.domain import statistics
from census_app.domain.decimals import ten_thousandths
from census_app.domain.statistics import COUNTS, indicators, lights, percent, sum_text, total


def counts(**given_counts: int) -> dict[str, int]:
    return dict.fromkeys(COUNTS, 0) | given_counts


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 0, "—"),
        (0, 3, "0.0%"),
        (3, 3, "100.0%"),
        (2, 3, "66.7%"),
        (1, 2000, "0.1%"),
        (1, 2001, "0.0%"),
        (999, 1000, "99.9%"),
        (9995, 10000, "100.0%"),
        (-1, 8, "-12.5%"),
    ],
)
def test_a_ratio_has_one_decimal_half_up_and_of_nothing_is_a_dash(
    part: int, whole: int, text: str
) -> None:
    assert percent(part, whole) == text


def test_what_is_left_of_the_baseline_counts_new_targets() -> None:
    found = indicators(
        counts(baseline_systems=10, baseline_integrated=4, new_targets=1, systems_integrated=5)
    )
    assert (found.systems_integrated, found.remaining, found.compression) == (5, 7, "30.0%")


def test_no_system_gives_dashes_and_zeros() -> None:
    found = indicators(counts())
    assert (found.compression, found.connection) == ("—", "—")
    assert (found.size_shared, found.remaining) == ("0", 0)


def test_connection_counts_inside_its_denominator() -> None:
    assert indicators(counts(connected=2, must_connect=3)).connection == "66.7%"


@given(st.lists(st.decimals(0, 10**10, places=4), max_size=50))
def test_sums_are_exact(amounts: list[Decimal]) -> None:
    found = sum_text(sum(ten_thousandths(a) for a in amounts))
    assert Decimal(found) == sum(amounts, Decimal(0))


def test_counts_of_departments_add_up() -> None:
    parts = {"a": counts(systems=2, size_shared=15000), "b": counts(systems=3, size_shared=5000)}
    found = total(parts)
    assert (found["systems"], sum_text(found["size_shared"])) == (5, "2")
    assert found.keys() == set(COUNTS)


def test_every_count_is_named_once() -> None:
    assert len(set(COUNTS)) == len(COUNTS)
    assert {q + statistics.UNKNOWN_SUFFIX for q in statistics.QUANTITIES} < set(COUNTS)


@pytest.mark.parametrize(
    ("given_counts", "expected"),
    [
        (counts(), (False, False, False)),
        (counts(must_connect=2, connected=2), (False, False, False)),
        (counts(must_connect=2, connected=2, resources_shared_already=1), (False, True, False)),
        (counts(must_connect=2, connected=1, resources_shared_already=1), (False, False, False)),
        (counts(joint_running=1), (False, False, True)),
    ],
)
def test_the_three_lights(given_counts: dict[str, int], expected: tuple[bool, bool, bool]) -> None:
    assert lights(given_counts, systems_on_their_network=False) == expected
    assert lights(given_counts, systems_on_their_network=True)[0]
