"""A revoked certificate counts up to its cut point, along the chain that ends there, whatever arrives first."""

from __future__ import annotations

import itertools
import random

import pytest

from census_app.domain.chain import (
    BEGINNING,
    Cut,
    Decision,
    DecisionKind,
    Link,
    contested,
    decide,
    effective,
)

STOLEN = "0a"


def signed(*names: str, signer: str = STOLEN) -> list[Link]:
    links, previous = [], BEGINNING
    for number, name in enumerate(names, 1):
        links.append(Link(name, number, previous, signer=signer))
        previous = name
    return links


def decision(name: str, kind: DecisionKind, choice: str, *old: str) -> Decision:
    return Decision(name, kind, "p", choice, "", "", "", "", old)


def test_what_lies_up_to_the_cut_stands_and_what_lies_beyond_is_revoked() -> None:
    found = decide(signed("a", "b", "c"), cuts={STOLEN: Cut(2, "b")})
    assert found.packages == ("a", "b")
    assert found.states == {"a": "merged", "b": "merged", "c": "revoked"}


def test_a_statement_below_the_cut_that_is_not_on_its_chain_is_revoked() -> None:
    forged = Link("b2", 2, "a", signer=STOLEN)
    found = decide([*signed("a", "b", "c"), forged], cuts={STOLEN: Cut(3, "c")})
    assert found.states == {"a": "merged", "b": "merged", "c": "merged", "b2": "revoked"}


def test_a_statement_below_the_cut_waits_until_the_chain_under_the_head_is_there() -> None:
    a, b, c = signed("a", "b", "c")
    cuts = {STOLEN: Cut(3, "c")}
    assert decide([a], cuts=cuts).states == {"a": "pending"}
    assert decide([a, c], cuts=cuts).states == {"a": "pending", "c": "pending"}
    assert decide([a, b, c], cuts=cuts).packages == ("a", "b", "c")


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_the_order_of_arrival_has_no_influence(order: tuple[int, ...]) -> None:
    links = [*signed("a", "b", "c"), Link("b2", 2, "a", signer=STOLEN)]
    found = decide([links[n] for n in order], cuts={STOLEN: Cut(2, "b")})
    assert found.packages == ("a", "b")


def test_a_certificate_that_never_counted_is_cut_at_nothing() -> None:
    found = decide(signed("a", "b"), cuts={STOLEN: Cut(0, BEGINNING)})
    assert set(found.states.values()) == {"revoked"}


def test_the_new_key_continues_the_chain_behind_the_cut() -> None:
    links = [*signed("a", "b", "c"), Link("c2", 3, "b", signer="0b")]
    found = decide(links, cuts={STOLEN: Cut(2, "b")})
    assert found.packages == ("a", "b", "c2")
    assert found.states["c"] == "revoked"


def test_a_package_of_an_unknown_form_set_stops_the_chain_and_only_waits() -> None:
    a, b, c = signed("a", "b", "c")
    unknown = Link("b", 2, "a", form_unknown=True, signer=STOLEN)
    found = decide([a, unknown, c])
    assert found.states == {"a": "merged", "b": "form_unknown", "c": "pending"}
    assert decide([a, b, c]).packages == ("a", "b", "c")


def test_accepting_and_returning_one_package_contest_each_other() -> None:
    ledger = [decision("1", "accept", "accepted"), decision("2", "return", "returned")]
    assert effective(ledger) == ()
    assert [[d.id for d in group] for group in contested(ledger)] == [["1", "2"]]

    settled = [*ledger, decision("3", "accept", "accepted", "1", "2")]
    assert [d.id for d in effective(settled)] == ["3"]
    assert contested(settled) == ()


def test_equal_decisions_of_two_coordinators_agree() -> None:
    ledger = [decision("1", "accept", "accepted"), decision("2", "accept", "accepted")]
    assert [d.id for d in effective(ledger)] == ["1", "2"]
    assert contested(ledger) == ()


def test_decisions_form_a_set() -> None:
    ledger = [
        decision("1", "accept", "accepted"),
        decision("2", "return", "returned"),
        decision("3", "return", "returned", "1", "2"),
    ]
    expected = effective(ledger)
    for seed in range(20):
        shuffled = ledger * 2
        random.Random(seed).shuffle(shuffled)  # noqa: S311
        assert effective(shuffled) == expected
