"""Explained warnings: the coordinator accepts a reason for good or refuses it, and the department hears of it (C4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from census_app.domain.records import RecordId
from census_app.errors import UserError
from census_app.services.answering import unanswered
from census_app.services.checking import check_workspace
from census_app.services.deciding import decide
from census_app.services.explaining import explain
from census_app.services.judging import explained_warnings, judge_explanation, subject_of
from census_app.services.querying import queries_of
from census_app.services.receiving import rebuild

if TYPE_CHECKING:
    from census_app.domain.findings import Finding
    from census_app.domain.review import VerdictChoice
    from census_app.services.judging import ExplainedWarning
    from tests.unit.services.conftest import Desk

CODE = "11320000990000017P"
WARNING = "ORG-2b"


@pytest.fixture
def record(desk: Desk) -> RecordId:
    """A department whose telephone number is a warning, explained and handed in."""
    (found,) = desk.store.stream_records("department")
    desk.explain_warning(found.id)
    return found.id


def only(desk: Desk) -> ExplainedWarning:
    (found,) = explained_warnings(desk.catalogue, CODE, clock=desk.centre.clock)
    return found


def judge(desk: Desk, choice: VerdictChoice, reason: str = "") -> None:
    judge_explanation(
        desk.catalogue,
        CODE,
        only(desk).explanation,
        choice,
        reason,
        actor="李",
        clock=desk.centre.clock,
    )


def finding(desk: Desk) -> Finding:
    report = check_workspace(desk.store, clock=desk.centre.clock)
    (found,) = [f for f in report.findings if f.rule == WARNING]
    return found


def say(desk: Desk, reason: str) -> None:
    explain(desk.store, [finding(desk)], reason, actor="王", clock=desk.centre.clock)


@pytest.mark.usefixtures("record")
def test_a_reason_arrives_with_rule_record_and_words(desk: Desk) -> None:
    warning = only(desk)
    assert (warning.standing, warning.field) == ("undecided", "contact_phone")
    assert warning.title == "江苏省第一样例厅"
    assert warning.explanation.reason == "内部短号，对外不公布。"
    assert "12" in warning.message
    english = explained_warnings(desk.catalogue, CODE, clock=desk.centre.clock, language="en")
    assert english[0].message != warning.message


@pytest.mark.usefixtures("record")
def test_an_accepted_reason_holds_for_good_while_the_values_stay(desk: Desk) -> None:
    judge(desk, "accepted", "同意")
    assert (only(desk).standing, only(desk).reason) == ("accepted", "同意")
    assert desk.send().accepted == 1
    assert (finding(desk).verdict, finding(desk).explanation) == (
        "accepted",
        "内部短号，对外不公布。",
    )
    assert not finding(desk).blocks_export
    desk.hand_in()
    assert only(desk).standing == "accepted"


def test_other_values_need_another_reason_and_another_verdict(desk: Desk, record: RecordId) -> None:
    judge(desk, "accepted")
    desk.send()
    desk.centre.put(desk.store, "department", record, contact_phone="13")
    assert (finding(desk).verdict, finding(desk).explanation) == ("", None)
    say(desk, "也是内部短号")
    desk.hand_in()
    assert only(desk).standing == "undecided"


def test_a_refused_reason_opens_the_warning_and_asks_until_the_values_are_mended(
    desk: Desk, record: RecordId
) -> None:
    judge(desk, "refused", "请填写对外公布的电话")
    assert (only(desk).standing, only(desk).reason) == ("refused", "请填写对外公布的电话")
    (standing,) = queries_of(desk.catalogue, CODE, clock=desk.centre.clock)
    assert (standing.state, standing.query.rule, standing.query.must) == ("open", WARNING, True)
    assert standing.query.field == "contact_phone"

    taken = desk.send()
    assert (taken.open, taken.refused) == (1, 1)
    assert (finding(desk).verdict, finding(desk).explanation) == ("refused", None)
    assert len(unanswered(desk.store, clock=desk.centre.clock)) == 1
    with pytest.raises(UserError, match="EXPORT_UNFINISHED"):
        desk.hand_in()
    desk.centre.put(desk.store, "department", record, contact_phone="025-83000000")
    desk.hand_in()
    (standing,) = queries_of(desk.catalogue, CODE, clock=desk.centre.clock)
    assert (standing.state, standing.closed_by) == ("closed", "rule")
    assert explained_warnings(desk.catalogue, CODE, clock=desk.centre.clock) == []


@pytest.mark.usefixtures("record")
def test_another_reason_answers_the_query_and_may_be_refused_again_or_accepted(desk: Desk) -> None:
    judge(desk, "refused", "请填写对外公布的电话")
    desk.send()
    with pytest.raises(UserError, match="REASON_REFUSED"):
        say(desk, "内部短号，对外不公布。")
    say(desk, "全厅只有这一个总机")
    assert (finding(desk).verdict, finding(desk).explanation) == ("refused", "全厅只有这一个总机")
    assert unanswered(desk.store, clock=desk.centre.clock) == []
    desk.hand_in()
    (standing,) = queries_of(desk.catalogue, CODE, clock=desk.centre.clock)
    assert standing.state == "answered"
    assert standing.answer is not None
    assert standing.answer.text == "全厅只有这一个总机"
    assert (only(desk).standing, only(desk).explanation.reason) == ("refused", "全厅只有这一个总机")

    desk.send()  # the same refusal again says nothing of the new reason
    assert finding(desk).explanation == "全厅只有这一个总机"
    judge(desk, "refused", "总机也要填写完整号码")
    (standing,) = queries_of(desk.catalogue, CODE, clock=desk.centre.clock)
    assert (standing.state, standing.query.text) == ("open", "总机也要填写完整号码")
    desk.send()
    assert finding(desk).explanation is None

    say(desk, "电信尚未开通长号，已申请")
    desk.hand_in()
    judge(desk, "accepted")
    assert only(desk).standing == "accepted"
    (standing,) = queries_of(desk.catalogue, CODE, clock=desk.centre.clock)
    assert (standing.state, standing.closed_by) == ("closed", "decision")
    desk.send()
    assert (finding(desk).verdict, finding(desk).blocks_export) == ("accepted", False)


@pytest.mark.usefixtures("record")
def test_what_cannot_be_judged_is_refused_and_leaves_no_decision(desk: Desk) -> None:
    warning = only(desk)
    with pytest.raises(UserError, match="REASON_TOO_SHORT"):
        judge(desk, "refused")
    other = type(warning.explanation)(
        warning.explanation.record, WARNING, "0" * 64, "r", "", "", "department"
    )
    with pytest.raises(UserError, match="EXPLANATION_GONE"):
        judge_explanation(
            desk.catalogue, CODE, other, "accepted", actor="李", clock=desk.centre.clock
        )
    assert desk.decided() == []


@pytest.mark.usefixtures("record")
def test_verdicts_of_two_coordinators_that_differ_are_contested_and_not_sent(desk: Desk) -> None:
    judge(desk, "accepted")
    subject = subject_of(CODE, only(desk).explanation)
    decide(
        desk.catalogue, "explanation", subject, "refused", "r", actor="周", clock=desk.centre.clock
    )
    assert only(desk).standing == "contested"
    with pytest.raises(UserError, match="REVIEW_EMPTY"):
        desk.review()
    judge(desk, "accepted")
    assert only(desk).standing == "accepted"


@pytest.mark.usefixtures("record")
def test_reasons_and_verdicts_survive_a_rebuild(desk: Desk) -> None:
    judge(desk, "accepted")
    before = only(desk)
    desk.catalogue.forget_projection()
    assert desk.catalogue.explained(CODE) == []
    rebuild(desk.catalogue, clock=desk.centre.clock)
    assert only(desk) == before


def test_a_verdict_for_another_department_says_nothing_here(desk: Desk, record: RecordId) -> None:
    explanation = only(desk).explanation
    subject = subject_of(CODE, explanation).replace(CODE, CODE[:-1] + "X")
    decide(
        desk.catalogue, "explanation", subject, "refused", "r", actor="李", clock=desk.centre.clock
    )
    desk.ask("contact_phone", form="department", record=record, must=False)
    assert desk.send().refused == 0
    assert desk.store.verdicts() == []
