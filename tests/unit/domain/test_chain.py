"""A department's chain is a function of the set of its packages, whatever the order of arrival."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from census_app.domain.chain import (
    BEGINNING,
    Decision,
    DecisionKind,
    Link,
    accepted_packages,
    decide,
    effective,
    released_packages,
)


def chain(*names: str, start: int = 1, previous: str = BEGINNING) -> list[Link]:
    links = []
    for number, name in enumerate(names, start):
        links.append(Link(name, number, previous))
        previous = name
    return links


def decision(name: str, kind: DecisionKind, subject: str, choice: str = "", *old: str) -> Decision:
    return Decision(name, kind, subject, choice, "", "", "", "", old)


def test_packages_that_follow_each_other_are_merged() -> None:
    found = decide(chain("a", "b", "c"))
    assert found.packages == ("a", "b", "c")
    assert set(found.states.values()) == {"merged"}


def test_nothing_makes_an_empty_chain() -> None:
    assert decide([]).packages == ()


def test_a_gap_waits_and_is_exactly_the_next_never_just_greater() -> None:
    a, _b, c = chain("a", "b", "c")
    far = Link("z", 999_999, "a")

    assert decide([a, c, far]).states == {"a": "merged", "c": "pending", "z": "pending"}


def test_two_of_one_sequence_are_a_fork_and_their_descendants_wait() -> None:
    links = [*chain("a", "b"), Link("b2", 2, "a"), Link("c", 3, "b"), Link("c2", 3, "b2")]
    found = decide(links)

    assert found.packages == ("a",)
    assert found.states == {
        "a": "merged", "b": "fork", "b2": "fork", "c": "pending", "c2": "pending",
    }  # fmt: skip


def test_an_accepted_package_is_the_chain_and_the_other_branch_is_set_aside() -> None:
    links = [*chain("a", "b"), Link("b2", 2, "a"), Link("c", 3, "b"), Link("c2", 3, "b2"),
             Link("d2", 4, "c2")]  # fmt: skip
    found = decide(links, frozenset({"b"}))

    assert found.packages == ("a", "b", "c")
    assert [found.states[i] for i in ("b2", "c2", "d2")] == ["set_aside"] * 3


def test_two_accepted_ones_decide_nothing() -> None:
    links = [Link("a", 1, BEGINNING), Link("b", 1, BEGINNING)]
    assert decide(links, frozenset({"a", "b"})).packages == ()


def test_a_wrong_previous_is_a_fork_even_alone() -> None:
    links = [*chain("a"), Link("b", 2, "something else")]

    assert decide(links).states == {"a": "merged", "b": "fork"}
    assert decide(links, frozenset({"b"})).packages == ("a", "b")
    assert decide([Link("a", 1, "f" * 64)]).states == {"a": "fork"}


def test_a_late_twin_forks_what_was_merged_already() -> None:
    links = [*chain("a", "b", "c"), Link("b2", 2, "a")]
    assert decide(links).packages == ("a",)


def test_quarantine_takes_no_part() -> None:
    links = [*chain("a"), Link("b", 2, "a", quarantined=True), Link("b2", 2, "a")]
    assert decide(links).states == {"a": "merged", "b": "quarantined", "b2": "merged"}


@st.composite
def histories(draw: st.DrawFn) -> list[Link]:
    links: list[Link] = []
    for number in range(draw(st.integers(0, 9))):
        previous = draw(st.sampled_from([BEGINNING, *(link.identity for link in links)]))
        sequence = next((x.sequence + 1 for x in links if x.identity == previous), 1)
        shift = draw(st.sampled_from([0, 0, 0, 1]))
        links.append(Link(f"p{number}", sequence + shift, previous, draw(st.integers(0, 9)) == 0))
    return links


@given(histories(), st.sets(st.sampled_from([f"p{n}" for n in range(9)])), st.randoms())
def test_order_and_repetition_have_no_influence(
    links: list[Link], accepted: set[str], chance: random.Random
) -> None:
    expected = decide(links, frozenset(accepted))
    shuffled = [*links, *links]
    chance.shuffle(shuffled)
    found = decide(shuffled, frozenset(accepted))

    assert found.packages == expected.packages
    assert found.states == expected.states
    by_identity = {link.identity: link for link in links}
    assert [by_identity[i].sequence for i in found.packages] == list(
        range(1, len(found.packages) + 1)
    )
    assert {i for i, s in found.states.items() if s == "merged"} == set(found.packages)


@given(histories())
def test_a_package_that_does_not_join_never_rewrites_the_chain(links: list[Link]) -> None:
    """With and without it, one chain begins like the other."""
    for dropped in links:
        rest = decide([link for link in links if link is not dropped])
        whole = decide(links)
        if whole.states[dropped.identity] != "merged":
            shared = min(len(rest.packages), len(whole.packages))
            assert rest.packages[:shared] == whole.packages[:shared]


def test_a_superseded_decision_no_longer_counts() -> None:
    first, second = decision("1", "accept", "a", "yes"), decision("2", "accept", "a", "no", "1")
    assert effective([second, first, first]) == (second,)


def test_two_choices_on_one_subject_are_contested_until_a_human_supersedes_both() -> None:
    one, two = decision("1", "fork", "D:2", "b"), decision("2", "fork", "D:2", "c")
    assert accepted_packages([one, two]) == frozenset()

    assert accepted_packages([one, two, decision("3", "fork", "D:2", "c", "1", "2")]) == {"c"}
    assert accepted_packages([one, decision("4", "fork", "D:2", "b")]) == {"b"}


@pytest.mark.parametrize(
    ("kind", "accepted", "released"),
    [("accept", {"x"}, set()), ("release", set(), {"x"}), ("withdraw", set(), set())],
)
def test_decisions_name_packages_by_their_kind(
    kind: DecisionKind, accepted: set[str], released: set[str]
) -> None:
    ledger = [decision("1", kind, "x")]
    assert accepted_packages(ledger) == accepted
    assert released_packages(ledger) == released
