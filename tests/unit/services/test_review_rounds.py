"""Random rounds between a centre and a department: after both have the newest files they hold the same opinion."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from census_app.domain.holdings import ListQuery
from census_app.errors import UserError
from census_app.services.answering import (
    answer_query,
    apply_suggestion,
    disagree,
    query_items,
    round_of,
    unanswered,
    withdraw_answer,
)
from census_app.services.editing import redo, undo
from census_app.services.querying import close_query, queries_of, reopen_query
from census_app.services.querying import round_of as centre_round
from census_app.services.receiving import rebuild

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.services.conftest import Desk

CODE = "11320000990000017P"
DUTIES = ("负责文电", "负责会务", "负责档案", None)
ACTS = ("ask", "ask", "close", "again", "apply", "answer", "disagree", "withdraw", "edit", "edit",
        "undo", "redo", "verdict", "exchange")  # fmt: skip


class Play:
    """One random campaign; every act may be refused, never fail otherwise."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self.desk = desk
        self.random = random.Random(seed)  # noqa: S311 - a game
        self.number = 0
        self.said: dict[str, Any] = {"actor": "t", "clock": desk.centre.clock}

    def words(self) -> str:
        self.number += 1
        return f"第 {self.number} 句话"

    def some(self) -> str:
        known = queries_of(self.desk.catalogue, CODE, clock=self.desk.centre.clock)
        return self.random.choice(known).query.id if known else "0" * 32

    def act(self, name: str) -> bool:
        """Do something; False when it was refused."""
        if name == "exchange":
            self.exchange()
            return True
        store, catalogue, said = self.desk.store, self.desk.catalogue, self.said
        duties = self.random.choice(DUTIES)
        acts: dict[str, Callable[[], object]] = {
            "ask": lambda: self.ask(duties),
            "close": lambda: close_query(catalogue, self.some(), **said),
            "again": lambda: reopen_query(catalogue, self.some(), self.words(), **said),
            "apply": lambda: apply_suggestion(store, self.some(), **said),
            "answer": lambda: answer_query(store, self.some(), self.words(), **said),
            "disagree": lambda: disagree(store, self.some(), self.words(), **said),
            "withdraw": lambda: withdraw_answer(store, self.some(), clock=said["clock"]),
            "edit": lambda: self.edit(duties),
            "undo": self.undo,
            "redo": lambda: redo(store, **said),
            "verdict": self.verdict,
        }
        try:
            acts[name]()
        except UserError:
            return False
        return True

    def ask(self, duties: str | None) -> None:
        record = self.random.choice((self.desk.first, self.desk.second))
        must = self.random.random() < 0.7
        self.desk.ask(text=self.words(), record=record, suggestion=duties, must=must)

    def edit(self, duties: str | None) -> None:
        record = self.random.choice((self.desk.first, self.desk.second))
        self.desk.centre.put(self.desk.store, "internal_office", record, duties=duties)

    def undo(self) -> None:
        """Take back an act of the game, never what was there before it."""
        store = self.desk.store
        undo(store, **self.said)
        (department,) = store.stream_records("department")
        offices = store.count(ListQuery(form="internal_office"))
        if offices < 2 or "org_kind" not in department.values:
            redo(store, **self.said)

    def verdict(self) -> None:
        status: Any = self.random.choice(("accepted", "returned"))
        assert self.desk.take(self.desk.receipt(status, self.words())).outcome == "taken"

    def exchange(self) -> None:
        """Bring both sides to the newest state: review, answers, package, review."""
        desk, clock = self.desk, self.desk.centre.clock
        if not queries_of(desk.catalogue, CODE, clock=clock):
            return
        assert desk.send().outcome == "taken"
        for item in unanswered(desk.store, clock=clock):
            answer_query(desk.store, item.query.id, self.words(), **self.said)
        desk.hand_in()
        assert desk.send().outcome == "taken"
        self.compare()

    def compare(self) -> None:
        desk, clock = self.desk, self.desk.centre.clock
        centre = {s.query.id: s for s in queries_of(desk.catalogue, CODE, clock=clock)}
        here = {i.query.id: i for i in query_items(desk.store, clock=clock)}
        assert {i for i, s in centre.items() if s.state != "closed"} == {
            i for i, item in here.items() if item.state != "closed"
        }
        for identity, item in here.items():
            standing = centre[identity]
            assert item.query.text == standing.query.text
            assert item.query.value_sha256 == standing.query.value_sha256
            assert (item.present, item.query.round) == (standing.present, standing.query.round)
            if item.state == "closed":
                continue
            assert item.stale == standing.changed or item.present == item.suggestion
            assert (item.state == "open") == (standing.state == "open")
            if standing.answer is not None and item.answer is not None:
                assert (standing.answer.kind, standing.answer.text) == (
                    item.answer.kind,
                    item.answer.text,
                )
        assert round_of(desk.store) == centre_round(desk.catalogue, CODE)


@pytest.mark.parametrize("seed", [3, 7, 2026])
def test_both_sides_agree_after_every_exchange(desk: Desk, seed: int) -> None:
    print(f"seed {seed}")  # noqa: T201 - shown when it fails
    play = Play(desk, seed)
    done = [play.act(play.random.choice(ACTS)) for _ in range(18)]
    assert sum(done) >= 6  # not everything is refused
    desk.ask("", play.words(), form="", record="")
    play.exchange()

    clock = desk.centre.clock
    before = queries_of(desk.catalogue, CODE, clock=clock)
    rebuild(desk.catalogue, clock=clock)
    assert queries_of(desk.catalogue, CODE, clock=clock) == before


def test_the_comparison_notices_a_lost_answer(desk: Desk) -> None:
    """The control: what `compare` says must be able to fail."""
    play = Play(desk, 1)
    asked = desk.ask()
    play.exchange()
    withdraw_answer(desk.store, asked.id, clock=desk.centre.clock)
    with pytest.raises(AssertionError):
        play.compare()
