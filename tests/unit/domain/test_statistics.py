"""Figures over counts: ratios, sums, lights."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from census_app.domain.decimals import ten_thousandths
from census_app.domain.indicators import BY_ID, DEFINITIONS, STORED, total
from census_app.domain.statistics import lights, percent, sum_text


def counts(**given_counts: int) -> dict[str, int]:
    return dict.fromkeys(BY_ID, 0) | given_counts


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


def test_what_is_left_of_the_baseline_is_divided_by_it() -> None:
    given_counts = counts(baseline_systems=10, remaining=7)
    assert BY_ID["compression_rate"].text(given_counts) == "30.0%"
    assert BY_ID["compression_rate"].number(given_counts) == 7


def test_of_no_system_every_ratio_is_a_dash_and_every_sum_zero() -> None:
    kinds = {each.kind for each in DEFINITIONS}
    texts = {k: {e.text(counts()) for e in DEFINITIONS if e.kind == k} for k in kinds}
    assert texts == {"count": {"0"}, "sum": {"0"}, "ratio": {"—"}}


def test_connection_counts_inside_its_denominator() -> None:
    assert BY_ID["connection_rate"].text(counts(connected=2, must_connect=3)) == "66.7%"


@given(st.lists(st.decimals(0, 10**10, places=4), max_size=50))
def test_sums_are_exact(amounts: list[Decimal]) -> None:
    found = sum_text(sum(ten_thousandths(a) for a in amounts))
    assert Decimal(found) == sum(amounts, Decimal(0))


def test_counts_of_departments_add_up() -> None:
    parts = {"a": counts(systems=2, size_shared=15000), "b": counts(systems=3, size_shared=5000)}
    found = total(parts)
    assert (found["systems"], sum_text(found["size_shared"])) == (5, "2")
    assert found.keys() == {each.id for each in STORED}


def test_every_figure_is_named_once_and_what_is_divided_is_counted_alike() -> None:
    assert len(BY_ID) == len(DEFINITIONS)
    for each in DEFINITIONS:
        if each.kind == "ratio":
            part, whole = BY_ID[each.part], BY_ID[each.whole]
            assert part.kind == whole.kind != "ratio", each.id
            assert part.subject == whole.subject == each.subject, each.id
        assert BY_ID[each.listed].subject == each.subject
    assert [each.group for each in DEFINITIONS[:4]] == ["headline"] * 4


@pytest.mark.parametrize(
    ("given_counts", "expected"),
    [
        (counts(), (None, None, False)),
        (counts(network_due=2, off_network=1), (False, None, False)),
        (counts(network_due=2), (True, None, False)),
        (counts(must_connect=2, connected=2), (None, False, False)),
        (counts(must_connect=2, connected=2, resources_shared_already=1), (None, True, False)),
        (counts(must_connect=2, connected=1, resources_shared_already=1), (None, False, False)),
        (counts(joint_running=1), (None, None, True)),
    ],
)
def test_the_three_lights(
    given_counts: dict[str, int], expected: tuple[bool | None, bool | None, bool]
) -> None:
    assert lights(given_counts) == expected
