"""The sampling list: points can be worked out by hand, and the order is fixed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from census_app.domain.sampling import MEASURES, STEPS, Conduct, Step, sample


def test_each_reason_gives_the_points_that_its_step_says() -> None:
    conduct = Conduct(
        "D1", "甲", days_late=31, records=50, errors=2, warnings=10, refused=2, announced=50,
        listed=40, missing_here=3, paired=30, differing=1,
    )  # fmt: skip
    (found,) = sample([conduct])
    # 31/10 → 4; 4 per 100 → 2; 20 per 100 → 2; 2; 50 per 100 → 10, at most 5; 7.5 per 100 → 2; 3.3 per 100 → 1
    assert [(r.measure, r.points) for r in found.reasons] == [
        ("days_late", 4),
        ("errors", 2),
        ("warnings", 2),
        ("refused", 2),
        ("announced", 5),
        ("missing_here", 2),
        ("differing", 1),
    ]
    assert found.points == 18
    assert found.points_for("careless") == 11


def test_who_did_nothing_wrong_has_no_reason() -> None:
    (found,) = sample([Conduct("D1", "甲", records=10, listed=5, paired=5)])
    assert (found.points, found.reasons) == (0, ())


def test_the_campaign_says_what_a_point_is() -> None:
    steps = {**STEPS, "days_late": Step(Decimal("0.5"), 100)}
    (found,) = sample([Conduct("D1", "甲", days_late=3)], steps)
    assert found.points == 6


measures = st.fixed_dictionaries(
    {name: st.integers(0, 400) for name in MEASURES} | {"records": st.integers(0, 400)}
)


@given(st.lists(measures, max_size=6), st.randoms(use_true_random=False))
def test_the_order_is_by_points_then_code_whatever_came_first(
    given_: list[dict[str, Any]], random: object
) -> None:
    conducts = [Conduct(f"D{n}", "", **each) for n, each in enumerate(given_)]
    found = sample(conducts)
    assert [(-s.points, s.conduct.code) for s in found] == sorted(
        (-s.points, s.conduct.code) for s in found
    )
    assert all(s.points == sum(r.points for r in s.reasons) for s in found)
    random.shuffle(conducts)  # type: ignore[attr-defined]
    assert sample(conducts) == found


@given(measures, st.sampled_from(sorted(MEASURES)))
def test_more_of_a_fault_never_gives_fewer_points(values: dict[str, Any], name: str) -> None:
    before = sample([Conduct("D1", "", **values)])[0].points
    more = {**values, name: values[name] + 50}
    # What is announced is seen against all records, so more of it is also more to be seen against.
    assert sample([Conduct("D1", "", **more)])[0].points >= before
