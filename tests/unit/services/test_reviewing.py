"""The centre asks, over real files: queries, their standing, reviews and receipts (security §6)."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from census_app.domain.changes import Origin
from census_app.errors import UserError
from census_app.exchange.package import TrustAnchors, open_package
from census_app.formspec.lines import NOTHING_HASH, record_hash, value_hash
from census_app.services.answering import (
    answer_query,
    apply_suggestion,
    disagree,
    open_queries,
)
from census_app.services.answering import round_of as own_round
from census_app.services.deciding import decide
from census_app.services.editing import RecordEditor, remove_records
from census_app.services.querying import close_query, queries_of, reopen_query, round_of
from census_app.services.receiving import rebuild, receive
from census_app.services.reviewing import review_content

if TYPE_CHECKING:
    from census_app.exchange.package import WrittenPackage
    from tests.unit.services.conftest import Desk

CODE = "11320000990000017P"
DUTIES = "负责全厅文电、会务和档案"


def lines(desk: Desk, letter: WrittenPackage) -> list[dict[str, Any]]:
    """Return a letter's lines as a stranger with the root reads them."""
    trust = TrustAnchors.from_file(desk.centre.stick / "root.crt")
    with open_package(letter.path, trust, now=desk.centre.clock.now()) as package:
        return list(package.iter_records())


# -- two rounds --------------------------------------------------------------------------------------------------------


def test_a_question_travels_is_answered_and_closes_over_two_rounds(desk: Desk) -> None:
    asked = desk.ask(suggestion=DUTIES)
    assert asked.round == 1
    taken = desk.send_after(desk.receipt("returned", "请看审核意见"))

    assert (taken.outcome, taken.open, taken.answers) == ("taken", 1, desk.packages[0].package.name)
    assert own_round(desk.store) == round_of(desk.catalogue, CODE) == taken.round == 2
    (item,) = open_queries(desk.store, clock=desk.centre.clock)
    assert (item.state, item.title, item.present) == ("open", "办公室", None)
    assert item.field_label is not None
    assert item.field_label.en == "Duties and field of work"

    apply_suggestion(desk.store, asked.id, actor="王", clock=desk.centre.clock)
    assert desk.value(desk.first, "duties") == DUTIES
    newest = desk.store.journal(record=desk.first, limit=1)[0]
    assert (newest.origin, newest.actor) == (Origin.SUGGESTED, "王")

    desk.hand_in()
    standing = desk.standing(asked)
    assert (standing.state, standing.closed_by) == ("closed", "applied")
    assert standing.answer is not None
    assert standing.answer.kind == "applied"

    assert desk.send().closed == 1
    assert desk.item(asked).state == "closed"
    assert desk.take(desk.receipt("accepted")).status == "accepted"
    assert round_of(desk.catalogue, CODE) == own_round(desk.store) == 2
    assert desk.ask("name", "名称是否完整").round == 2


def test_an_answer_in_words_waits_for_the_coordinator_who_closes_it(desk: Desk) -> None:
    asked = desk.ask()
    desk.send()
    answer_query(
        desk.store, asked.id, "三定规定未写，已补充\r\n附件", actor="王", clock=desk.centre.clock
    )
    assert desk.standing(asked).state == "open"  # it travels with the next submission
    desk.hand_in()

    standing = desk.standing(asked)
    assert (standing.state, standing.title) == ("answered", "办公室")
    assert standing.answer is not None
    assert (standing.answer.kind, standing.answer.text) == (
        "answered",
        "三定规定未写，已补充\n附件",
    )
    close_query(desk.catalogue, asked.id, "同意", actor="李", clock=desk.centre.clock)
    standing = desk.standing(asked)
    assert (standing.state, standing.closed_by, standing.reason) == ("closed", "decision", "同意")


def test_an_applied_suggestion_that_was_changed_again_stays_open_at_the_centre(desk: Desk) -> None:
    asked = desk.ask(suggestion=DUTIES)
    desk.send()
    apply_suggestion(desk.store, asked.id, actor="王", clock=desk.centre.clock)
    desk.hand_in()
    assert desk.standing(asked).state == "closed"
    desk.centre.put(desk.store, "internal_office", desk.first, duties="又改了")
    answer_query(desk.store, asked.id, "以三定规定为准", actor="王", clock=desk.centre.clock)
    desk.hand_in()

    standing = desk.standing(asked)
    assert (standing.state, standing.present, standing.changed) == ("answered", "又改了", True)


def test_asking_again_forgets_the_answer_on_both_sides(desk: Desk) -> None:
    asked = desk.ask()
    desk.send()
    disagree(desk.store, asked.id, "没有问题的", actor="王", clock=desk.centre.clock)
    desk.hand_in()
    assert desk.standing(asked).state == "answered"
    with pytest.raises(UserError, match="QUERY_SAME_TEXT"):
        reopen_query(desk.catalogue, asked.id, " 请核对职责 ", actor="李", clock=desk.centre.clock)
    reopen_query(desk.catalogue, asked.id, "请附三定规定文号", actor="李", clock=desk.centre.clock)

    standing = desk.standing(asked)
    assert (standing.state, standing.answer) == ("open", None)
    assert len(standing.decisions) == 1
    desk.send()
    item = desk.item(asked)
    assert (item.state, item.answer, item.query.text) == ("open", None, "请附三定规定文号")
    with pytest.raises(UserError, match="ANSWER_SAME"):
        disagree(desk.store, asked.id, "没有问题的", actor="王", clock=desk.centre.clock)
    disagree(desk.store, asked.id, "没有文号可填", actor="王", clock=desk.centre.clock)
    desk.hand_in()
    assert desk.standing(asked).state == "answered"


def test_an_applied_suggestion_that_does_not_do_is_asked_about_without_it(desk: Desk) -> None:
    asked = desk.ask(suggestion=DUTIES)
    desk.send()
    apply_suggestion(desk.store, asked.id, actor="王", clock=desk.centre.clock)
    desk.hand_in()
    again = reopen_query(
        desk.catalogue, asked.id, "请再补充文号", actor="李", clock=desk.centre.clock
    )
    assert again.suggestion == ""
    desk.send()
    assert desk.item(asked).waits
    assert desk.standing(asked).state == "open"


def test_a_closed_query_can_be_asked_again_about_the_present_value(desk: Desk) -> None:
    asked = desk.ask()
    close_query(desk.catalogue, asked.id, actor="李", clock=desk.centre.clock)
    desk.centre.put(desk.store, "internal_office", desk.first, duties=DUTIES)
    desk.hand_in()
    again = reopen_query(
        desk.catalogue, asked.id, "职责写得太简单", actor="李", clock=desk.centre.clock
    )

    assert again.value_sha256 != asked.value_sha256
    standing = desk.standing(asked)
    assert (standing.state, standing.changed, standing.present) == ("open", False, DUTIES)


def test_a_query_settled_before_the_department_saw_it_never_reaches_it(desk: Desk) -> None:
    asked = desk.ask()
    close_query(desk.catalogue, asked.id, actor="李", clock=desk.centre.clock)
    assert desk.send().closed == 1
    assert desk.store.queries() == []


def test_what_is_asked_about_a_record_or_the_department_as_a_whole(desk: Desk) -> None:
    whole = desk.ask("", "这个处室是否已撤销")
    general = desk.ask("", "请尽快补报系统清单", record="", form="")
    record = desk.store.record("internal_office", desk.first)
    assert record is not None
    form = desk.store.form_set.form("internal_office")
    assert whole.value_sha256 == record_hash(record.values, form)
    assert general.value_sha256 == NOTHING_HASH

    desk.send()
    assert not desk.item(whole).stale
    assert not desk.item(general).stale
    assert not desk.item(general).gone
    desk.centre.put(desk.store, "internal_office", desk.first, duties=DUTIES)
    assert desk.item(whole).stale
    remove_records(
        desk.store, "internal_office", [desk.first], "已撤销", actor="王", clock=desk.centre.clock
    )
    gone = desk.item(whole)
    assert (gone.gone, gone.state) == (True, "open")
    answer_query(desk.store, whole.id, "已经撤销", actor="王", clock=desk.centre.clock)
    answer_query(desk.store, general.id, "随第二轮补报", actor="王", clock=desk.centre.clock)
    desk.hand_in()
    assert {s.state for s in queries_of(desk.catalogue, CODE, clock=desk.centre.clock)} == {
        "answered"
    }
    assert desk.standing(whole).title == ""


# -- what cannot be asked ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "question"),
    [
        ("REASON_TOO_SHORT", {"text": " 查 "}),
        ("REMARK_TOO_LONG", {"text": "查" * 2001}),
        ("REMARK_TOO_LONG", {"suggestion": "职" * 19_999}),
        ("REFUSED_VALUE", {"text": "文件为机密★10年，请核对"}),
        ("RECORD_GONE", {"record": "0" * 32}),
        ("QUERY_FIELD", {"field": "no_such_field"}),
        ("QUERY_FIELD", {"form": "no_such_form"}),
        ("QUERY_SUGGESTION", {"field": "org", "suggestion": "没有这个单位"}),
        ("QUERY_SUGGESTION", {"field": "name", "suggestion": "办公室"}),
        ("QUERY_SUGGESTION", {"field": "", "suggestion": "办公室"}),
        ("QUERY_RULE", {"rule": "RES-2"}),
    ],
)
def test_what_cannot_be_asked_is_refused_and_leaves_no_decision(
    desk: Desk, code: str, question: dict[str, Any]
) -> None:
    before = desk.decided()
    with pytest.raises(UserError, match=code):
        desk.ask(**question)
    assert desk.decided() == before


def test_a_suggestion_never_points_to_another_departments_record(desk: Desk) -> None:
    other = desk.centre.department(1)
    desk.centre.add_office(other, "法规处")
    assert desk.centre.receive(desk.centre.export(other)).outcome == "merged"
    with pytest.raises(UserError, match="QUERY_SUGGESTION"):
        desk.ask("org", suggestion="江苏省第二样例厅")
    asked = desk.ask("org", suggestion="江苏省第一样例厅")
    (own,) = desk.store.stream_records("department")
    assert asked.suggestion == f'"{own.id}"'


def test_only_a_department_with_records_here_is_asked_or_reviewed(desk: Desk) -> None:
    with pytest.raises(UserError, match="DEPARTMENT_UNKNOWN"):
        desk.ask_other("D0099")
    with pytest.raises(UserError, match="RECORD_GONE"):
        desk.ask_other("11320000990000025J")
    with pytest.raises(UserError, match="REVIEW_EMPTY"):
        desk.review()
    desk.ask_other("11320000990000025J", record="", field="", form="")
    with pytest.raises(UserError, match="REVIEW_NO_PACKAGE"):
        desk.review("11320000990000025J")


def test_a_catalogue_without_a_coordinator_asks_nobody(desk: Desk) -> None:
    other = desk.centre.other_catalogue("other.censusdb")
    receive(other, desk.packages[0].package.path, clock=desk.centre.clock)
    with pytest.raises(UserError, match="NOT_COORDINATOR"):
        dataclasses.replace(desk, centre=dataclasses.replace(desk.centre, catalogue=other)).ask()


def test_an_unknown_query_is_neither_closed_nor_asked_again(desk: Desk) -> None:
    with pytest.raises(UserError, match="QUERY_UNKNOWN"):
        close_query(desk.catalogue, "0" * 32, actor="李", clock=desk.centre.clock)
    with pytest.raises(UserError, match="QUERY_UNKNOWN"):
        reopen_query(desk.catalogue, "0" * 32, "再问一次", actor="李", clock=desk.centre.clock)


# -- the centre's view -------------------------------------------------------------------------------------------------


def test_queries_that_coordinators_decided_differently_are_contested_and_not_sent(
    desk: Desk,
) -> None:
    asked = desk.ask()
    (first,) = desk.standing(asked).decisions
    before = next(d for d in desk.catalogue.decisions() if d.id == first)
    clock = desk.centre.clock
    close_query(desk.catalogue, asked.id, actor="李", clock=clock)
    other = before.choice.replace("请核对职责", "请核对全部职责")
    decide(
        desk.catalogue, "query", asked.id, other, "r", actor="周", clock=clock, supersedes=[first]
    )

    assert desk.standing(asked).state == "contested"
    assert review_content(desk.catalogue, CODE, clock=clock).queries == ()
    close_query(desk.catalogue, asked.id, "两位统筹员商定", actor="李", clock=clock)
    assert desk.standing(asked).state == "closed"


def test_a_decision_another_program_wrote_is_passed_over(desk: Desk) -> None:
    decide(desk.catalogue, "query", "0" * 32, '{"x":1}', "r", actor="?", clock=desk.centre.clock)
    assert queries_of(desk.catalogue, CODE, clock=desk.centre.clock) == []


def test_all_departments_are_followed_at_once(desk: Desk) -> None:
    asked = desk.ask()
    general = desk.ask_other("11320000990000025J", record="", field="", form="")
    found = queries_of(desk.catalogue, clock=desk.centre.clock)
    assert [(s.department, s.query.id) for s in found] == [
        (CODE, asked.id),
        ("11320000990000025J", general.id),
    ]


def test_a_rebuild_and_another_order_of_arrival_give_the_same_standings(desk: Desk) -> None:
    answered, silent = desk.ask(), desk.ask("name", "名称是否完整", must=False)
    desk.send()
    answer_query(desk.store, answered.id, "已经核对", actor="王", clock=desk.centre.clock)
    desk.hand_in()
    desk.centre.put(desk.store, "internal_office", desk.first, duties=DUTIES)
    desk.hand_in()
    before = queries_of(desk.catalogue, CODE, clock=desk.centre.clock)
    assert {s.query.id: s.state for s in before} == {answered.id: "answered", silent.id: "open"}

    desk.catalogue.forget_projection()
    assert desk.catalogue.answers(CODE) == []
    rebuild(desk.catalogue, clock=desk.centre.clock)
    assert queries_of(desk.catalogue, CODE, clock=desk.centre.clock) == before

    other = desk.centre.other_catalogue("other.censusdb")
    other.append_decisions(reversed(desk.catalogue.decisions()), "0" * 64)
    for done in reversed(desk.packages):
        receive(other, done.package.path, clock=desk.centre.clock)
    assert queries_of(other, CODE, clock=desk.centre.clock) == before
    assert other.digest() == desk.catalogue.digest()


# -- letters -----------------------------------------------------------------------------------------------------------


def test_a_review_carries_queries_as_lines_that_anybody_can_check(desk: Desk) -> None:
    asked = desk.ask(suggestion=DUTIES)
    letter = desk.review()
    field = desk.store.form_set.form("internal_office").field_by_id("duties")
    (line,) = lines(desk, letter)
    assert line == {
        "form": "query",
        "id": asked.id,
        "unit": CODE,
        "op": "put",
        "values": {
            "form": "internal_office",
            "record": desk.first,
            "field": "duties",
            "value_sha256": value_hash(None, field),
            "text": "请核对职责",
            "suggestion": f'"{DUTIES}"',
            "rule": "",
            "must": True,
            "state": "open",
            "round": 1,
        },
    }
    assert value_hash(None, field) == NOTHING_HASH
    statement = letter.statement
    assert (statement.audience, statement.in_reply_to) == (CODE, desk.packages[0].package.identity)


def test_reviews_and_receipts_are_one_chain_and_kept_whole(desk: Desk) -> None:
    desk.ask()
    letters = [desk.receipt("accepted_with_comments", "有两处请补充"), desk.review(), desk.review()]
    assert [each.statement.sequence for each in letters] == [1, 2, 3]
    assert [each.statement.previous for each in letters[1:]] == [e.identity for e in letters[:2]]
    kept = desk.catalogue.letters(department=CODE)
    assert {p.identity for p in kept} == {each.identity for each in letters}
    assert {p.direction for p in kept} == {"sent"}
    for each in letters:
        assert b"".join(desk.catalogue.package_bytes(each.identity)) == each.path.read_bytes()


def test_each_coordinator_has_a_chain_of_its_own(desk: Desk) -> None:
    desk.ask()
    first = desk.review()
    second_desk = desk.second_coordinator()
    second = second_desk.review()
    assert (second.statement.sequence, second.statement.previous) == (1, "0" * 64)
    assert second.path != first.path
    assert desk.take(second).outcome == "taken"
    assert desk.take(first).outcome == "taken"


@pytest.mark.parametrize("status", ["accepted", "accepted_with_comments", "returned"])
def test_a_receipt_says_what_became_of_a_package(desk: Desk, status: Any) -> None:
    letter = desk.receipt(status, "请补充说明")
    (line,) = lines(desk, letter)
    package = desk.packages[0].package
    assert line["id"] == package.identity[:32]
    assert line["values"] == {
        "package": package.identity,
        "sequence": 1,
        "status": status,
        "note": "请补充说明",
        "received_at": "2026-12-01T08:00:00Z",
        "round": 1,
        "errors": 0,
        "warnings": 0,
        "codes": [],
    }
    (decision,) = desk.decided()
    kind = "return" if status == "returned" else "accept"
    assert (decision.kind, decision.subject, decision.choice) == (kind, package.identity, status)
    assert desk.take(letter).note == "请补充说明"
    (kept,) = [p for p in desk.store.packages() if p.direction == "received"]
    assert (kept.type, kept.status, kept.note, kept.in_reply_to) == (
        "receipt",
        status,
        "请补充说明",
        package.identity,
    )


def test_a_receipt_written_again_stands_on_the_same_decision_and_another_replaces_it(
    desk: Desk,
) -> None:
    desk.receipt("returned", "请补充职责")
    desk.receipt("returned", "请补充职责")
    assert len(desk.decided()) == 1
    desk.receipt("accepted")
    old, new = sorted(desk.decided(), key=lambda d: len(d.supersedes))
    assert new.supersedes == (old.id,)
    assert round_of(desk.catalogue, CODE) == 2  # it was returned; that round is over


def test_a_receipt_needs_a_package_a_known_status_and_a_reason_to_return(desk: Desk) -> None:
    with pytest.raises(UserError, match="PACKAGE_UNKNOWN"):
        desk.receipt("accepted", package="0" * 64)
    with pytest.raises(UserError, match="RECEIPT_STATUS"):
        desk.receipt("lost")  # type: ignore[arg-type]
    with pytest.raises(UserError, match="REASON_TOO_SHORT"):
        desk.receipt("returned")
    assert desk.decided() == []


def test_accepting_one_side_of_a_fork_by_receipt_chooses_it(desk: Desk) -> None:
    copy = desk.centre.department(file="copy.censusdb")
    desk.centre.add_office(copy, "法规处")
    theirs = desk.centre.export(copy)
    assert desk.centre.receive(theirs).outcome == "merged"
    here = desk.centre.add_office(desk.store, "综合处")
    ours = desk.centre.export(desk.store)
    assert desk.centre.receive(ours).outcome == "fork"
    assert desk.catalogue.record("internal_office", here) is None

    letter = desk.receipt("accepted", package=ours.package.identity)
    assert desk.catalogue.record("internal_office", here) is not None
    (line,) = lines(desk, letter)
    assert line["values"]["codes"] == []
    (aside,) = [p for p in desk.catalogue.packages(CODE) if p.identity == theirs.package.identity]
    assert aside.state == "set_aside"
    (line,) = lines(desk, desk.receipt("returned", "另一份有效", package=aside.identity))
    assert line["values"]["codes"] == ["SET_ASIDE"]
    with pytest.raises(UserError, match="PACKAGE_SET_ASIDE"):
        desk.receipt("accepted", package=aside.identity)


def test_a_receipt_mentions_what_was_only_announced(desk: Desk) -> None:
    desk.centre.add_office(desk.store, "")
    done = desk.centre.export(desk.store, announce=True)
    assert desk.centre.receive(done).outcome == "merged"
    (line,) = lines(desk, desk.receipt("accepted", package=done.package.identity))
    assert line["values"]["codes"] == ["ANNOUNCED"]
    assert desk.take(desk.receipt("accepted", package=done.package.identity)).outcome == "pending"


def test_a_letter_that_cannot_be_kept_is_not_left_behind(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.ask()

    def fail(*_: object) -> bool:
        raise UserError("RECORD_GONE", form="x")

    monkeypatch.setattr(type(desk.catalogue), "append_package", fail)
    before = set((desk.centre.folder / "packages").iterdir())
    with pytest.raises(UserError, match="RECORD_GONE"):
        desk.review()
    assert set((desk.centre.folder / "packages").iterdir()) == before
    monkeypatch.undo()
    assert desk.review().statement.sequence == 1


def test_the_editor_accepts_the_suggested_value_as_typed(desk: Desk) -> None:
    asked = desk.ask(suggestion=DUTIES)
    desk.send()
    editor = RecordEditor(
        desk.store, "internal_office", desk.first, actor="王", clock=desk.centre.clock
    )
    editor.set_text("duties", DUTIES)
    item = desk.item(asked)
    assert (item.state, item.stale) == ("answered", False)
    assert item.answer is not None
    assert item.answer.kind == "applied"
    desk.hand_in()
    assert desk.standing(asked).closed_by == "applied"
