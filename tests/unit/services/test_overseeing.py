"""How far the review of a department is: verdict, receipt, queries by state, reasons without a verdict, letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from census_app.services.answering import answer_query
from census_app.services.deciding import accept_by_digest, decide
from census_app.services.judging import explained_warnings, judge_explanation
from census_app.services.overseeing import ReviewSummary, exchanged, review_summary
from census_app.services.querying import close_query

if TYPE_CHECKING:
    from tests.unit.services.conftest import Desk

CODE = "11320000990000017P"


def summary(desk: Desk, department: str = CODE) -> ReviewSummary:
    return review_summary(desk.catalogue, department, clock=desk.centre.clock)


def test_nothing_is_decided_before_somebody_decides(desk: Desk) -> None:
    found = summary(desk)

    assert (found.verdict, found.told, found.round) == ("", False, 1)
    assert found.newest is not None
    assert found.newest.sequence == 1
    assert dict(found.queries) == {}


def test_a_department_that_sent_nothing_has_no_newest_package(desk: Desk) -> None:
    other = next(e.code for e in desk.catalogue.roster() if e.code != CODE)

    found = summary(desk, other)

    assert (found.newest, found.verdict, found.told) == (None, "", False)


def test_a_verdict_without_its_receipt_is_not_told(desk: Desk) -> None:
    identity = desk.packages[-1].package.identity
    accept_by_digest(desk.catalogue, identity[:16], actor="李", clock=desk.centre.clock)
    before = summary(desk)

    desk.receipt("accepted")

    assert (before.verdict, before.told) == ("accepted", False)
    assert (summary(desk).verdict, summary(desk).told) == ("accepted", True)


def test_a_new_package_begins_without_a_verdict_and_a_return_begins_a_round(desk: Desk) -> None:
    desk.receipt("returned", "请补正职责。")
    returned = summary(desk)
    desk.centre.add_office(desk.store, "三处")

    desk.hand_in()

    assert (returned.verdict, returned.round) == ("returned", 2)
    assert (summary(desk).verdict, summary(desk).told, summary(desk).round) == ("", False, 2)


def test_contradicting_verdicts_are_contested(desk: Desk) -> None:
    identity = desk.packages[-1].package.identity
    for kind, choice in (("accept", "accepted"), ("return", "returned")):
        decide(
            desk.catalogue,
            "accept" if kind == "accept" else "return",
            identity,
            choice,
            "各执一词",
            actor="李",
            clock=desk.centre.clock,
        )

    assert summary(desk).verdict == "contested"


def test_queries_are_counted_by_state(desk: Desk) -> None:
    first, second = desk.ask(), desk.ask(text="请核对名称", field="name")
    desk.send()
    answer_query(desk.store, first.id, "以三定方案为准。", actor="张", clock=desk.centre.clock)
    answer_query(desk.store, second.id, "名称无误。", actor="张", clock=desk.centre.clock)
    desk.hand_in()
    close_query(desk.catalogue, second.id, actor="李", clock=desk.centre.clock)
    desk.ask(text="请补充人数")

    assert dict(summary(desk).queries) == {"answered": 1, "closed": 1, "open": 1}


def test_a_reason_is_undecided_until_it_is_judged(desk: Desk) -> None:
    (record,) = desk.store.stream_records("department")
    desk.explain_warning(record.id)
    before = summary(desk)
    (warning,) = explained_warnings(desk.catalogue, CODE, clock=desk.centre.clock)

    judge_explanation(
        desk.catalogue, CODE, warning.explanation, "accepted", actor="李", clock=desk.centre.clock
    )

    assert (before.explained, before.undecided) == (1, 1)
    assert (summary(desk).explained, summary(desk).undecided) == (1, 0)


def test_each_receipt_keeps_what_it_said(desk: Desk) -> None:
    desk.ask()
    desk.receipt("returned", "请补正职责。")
    desk.review()

    found = exchanged(desk.catalogue, CODE)

    said = {each.type: (each.direction, each.verdict, each.note) for each in found}
    assert said == {
        "submission": ("received", "", ""),
        "receipt": ("sent", "returned", "请补正职责。"),
        "review": ("sent", "", ""),
    }
    receipt = next(each for each in found if each.type == "receipt")
    assert receipt.in_reply_to == desk.packages[-1].package.identity
