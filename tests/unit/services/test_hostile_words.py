"""What a validly signed letter, ledger or contribution may say without stopping anybody's work (security §9 P19)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from census_app.domain.chain import Decision
from census_app.exchange.canonical import canonical_bytes
from census_app.exchange.ledger import with_id
from census_app.services.answering import query_items
from census_app.services.querying import queries_of, query_values

if TYPE_CHECKING:
    from tests.unit.services.conftest import Desk

CODE = "11320000990000017P"
COLLEAGUE = "11320000990000041Y02"
NESTED = "[" * 9_000


def colleague_says(desk: Desk, subject: str, choice: str) -> None:
    """Let a colleague's ledger bring a decision about a query."""
    said = Decision(
        id="",
        kind="query",
        subject=subject,
        choice=choice,
        reason="",
        actor="王",
        coordinator=COLLEAGUE,
        created="2026-12-01T08:00:00Z",
    )
    assert desk.catalogue.append_decision(with_id(said), "0" * 64)


def query_choice(desk: Desk) -> str:
    values = {"department": CODE, "query": query_values(desk.ask()), "unsatisfied": ""}
    return canonical_bytes(values).decode()


def test_a_suggestion_nested_without_end_is_none(desk: Desk) -> None:
    forged = replace(desk.ask(suggestion="负责督查"), suggestion=NESTED)
    sent = desk.store.packages()[0]
    review = replace(sent, direction="received", type="review", identity="e" * 64)
    desk.store.take_letter(review, [forged], [])
    (item,) = query_items(desk.store, clock=desk.centre.clock)
    assert item.suggestion is None
    assert item.waits


def test_a_decision_nested_without_end_is_no_query(desk: Desk) -> None:
    asked = desk.ask()
    colleague_says(desk, "f" * 32, NESTED)
    found = queries_of(desk.catalogue, CODE, clock=desk.centre.clock)
    assert [standing.query.id for standing in found] == [asked.id]
    assert desk.send().open == 1


@pytest.mark.parametrize("subject", ["", "F" * 32, "f" * 31, "not an id", "f" * 32 + "\n"])
def test_a_query_that_no_review_could_carry_stops_no_review(desk: Desk, subject: str) -> None:
    choice = query_choice(desk)
    colleague_says(desk, subject, choice)
    assert desk.send().open == 1


def test_a_query_with_control_characters_stops_no_review(desk: Desk) -> None:
    choice = query_choice(desk).replace("请核对职责", "请核对\\u0007职责")
    colleague_says(desk, "f" * 32, choice)
    assert desk.send().open == 1
