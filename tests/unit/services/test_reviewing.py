"""The centre asks, the department answers, over real files: queries, reviews, receipts (security §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from census_app.domain.changes import Origin
from census_app.services.answering import (
    apply_suggestion,
    open_queries,
)
from census_app.services.answering import round_of as own_round
from census_app.services.querying import round_of

if TYPE_CHECKING:
    from tests.unit.services.conftest import Desk

CODE = "11320000990000017P"


def test_a_question_travels_is_answered_and_closes_over_two_rounds(desk: Desk) -> None:
    asked = desk.ask(suggestion="负责全厅文电、会务和档案")
    receipt = desk.receipt("returned", "请看审核意见")
    taken = desk.send_after(receipt)

    assert (taken.outcome, taken.open, taken.answers) == ("taken", 1, desk.packages[0].package.name)
    assert own_round(desk.store) == round_of(desk.catalogue, CODE) == 2
    (item,) = open_queries(desk.store, clock=desk.centre.clock)
    assert (item.state, item.title, item.present) == ("open", "办公室", None)
    assert item.field_label is not None
    assert item.field_label.en == "Duties and field of work"

    apply_suggestion(desk.store, asked.id, actor="王", clock=desk.centre.clock)
    assert desk.value(desk.first, "duties") == "负责全厅文电、会务和档案"
    newest = desk.store.journal(record=desk.first, limit=1)[0]
    assert (newest.origin, newest.actor) == (Origin.SUGGESTED, "王")

    desk.hand_in()
    standing = desk.standing(asked)
    assert (standing.state, standing.closed_by) == ("closed", "applied")
    assert standing.answer is not None
    assert standing.answer.kind == "applied"

    assert desk.send().closed == 1
    assert desk.item(asked).state == "closed"
    desk.receipt("accepted")
    assert round_of(desk.catalogue, CODE) == 2
