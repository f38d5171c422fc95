"""The department answers: suggestions, words, disagreement; what closes by itself; what blocks the export (C6, C8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from census_app.domain.records import RecordId
from census_app.errors import UserError
from census_app.exchange.reserved import RESERVED_FORMS
from census_app.services.answering import (
    answer_query,
    answers_to_send,
    apply_suggestion,
    confirm_deleted,
    disagree,
    open_queries,
    query_items,
    unanswered,
    withdraw_answer,
)
from census_app.services.checking import check_workspace
from census_app.services.editing import remove_records, undo
from census_app.services.querying import close_query, queries_of
from census_app.services.vanishing import ask_about_vanished, vanished_records
from tests.unit.services.conftest import CODES

if TYPE_CHECKING:
    from census_app.domain.review import Query
    from tests.unit.services.conftest import Desk

DUTIES = "负责全厅文电、会务和档案"
WARNING = "ORG-2b"


def apply(desk: Desk, query: Query) -> None:
    apply_suggestion(desk.store, query.id, actor="王", clock=desk.centre.clock)


def answer_lines(desk: Desk) -> list[dict[str, object]]:
    desk.hand_in()
    return [line for line in desk.centre.lines(desk.packages[-1]) if line["form"] == "answer"]


@pytest.fixture
def department(desk: Desk) -> RecordId:
    (record,) = desk.store.stream_records("department")
    return record.id


# -- suggestions -------------------------------------------------------------------------------------------------------


def test_an_applied_suggestion_is_one_step_and_its_undo_opens_the_query_again(desk: Desk) -> None:
    asked = desk.ask(suggestion=DUTIES)
    desk.send()
    apply(desk, asked)
    assert (desk.item(asked).state, desk.item(asked).answer.kind) == ("answered", "applied")  # type: ignore[union-attr]
    undo(desk.store, actor="王", clock=desk.centre.clock)
    item = desk.item(asked)
    assert (item.state, item.answer, item.present, item.stale) == ("open", None, None, False)
    with pytest.raises(UserError, match="EXPORT_QUERIES"):
        desk.hand_in()


def test_a_suggestion_is_not_applied_to_another_value_than_was_meant(desk: Desk) -> None:
    asked = desk.ask(suggestion=DUTIES)
    desk.send()
    desk.centre.put(desk.store, "internal_office", desk.first, duties="负责文电")
    assert desk.item(asked).stale
    with pytest.raises(UserError, match="QUERY_STALE"):
        apply(desk, asked)
    assert desk.value(desk.first, "duties") == "负责文电"
    assert desk.store.answers() == []
    desk.centre.put(desk.store, "internal_office", desk.first, duties=None)
    apply(desk, asked)
    assert desk.value(desk.first, "duties") == DUTIES


def test_a_suggestion_the_rules_refuse_is_not_applied(
    desk: Desk, good_resource: dict[str, str]
) -> None:
    record = desk.add_resource(good_resource)
    desk.hand_in()
    asked = desk.ask("remarks", form="information_resource", record=record, suggestion="请补充")
    bad = "机密★10年 附件"
    forged = desk.forge_suggestion(asked, bad)
    assert desk.take(forged).outcome == "taken"
    with pytest.raises(UserError, match="REFUSED_VALUE"):
        apply(desk, asked)
    assert desk.store.answers() == []
    found = desk.store.record("information_resource", record)
    assert found is not None
    assert "remarks" not in found.values


def test_an_answer_that_is_not_relevant_counts_as_empty_on_both_sides(
    desk: Desk, good_resource: dict[str, str]
) -> None:
    record = desk.add_resource({**good_resource, "open_condition": "须注册后使用"})
    desk.hand_in()
    found = desk.store.record("information_resource", record)
    assert found is not None
    assert found.values["open_condition"] == "须注册后使用"  # kept here, not handed in
    asked = desk.ask("open_condition", form="information_resource", record=record)
    desk.send()
    item = desk.item(asked)
    assert (item.present, item.stale) == (None, False)


@pytest.mark.parametrize(
    "code", ["QUERY_UNKNOWN", "QUERY_CLOSED", "QUERY_NO_SUGGESTION", "RECORD_GONE"]
)
def test_what_cannot_be_applied_says_why(desk: Desk, code: str) -> None:
    asked = desk.ask(suggestion=None if code == "QUERY_NO_SUGGESTION" else DUTIES)
    desk.send()
    if code == "QUERY_CLOSED":
        close_query(desk.catalogue, asked.id, actor="李", clock=desk.centre.clock)
        desk.send()
    if code == "RECORD_GONE":
        remove_records(
            desk.store, "internal_office", [desk.first], "撤销", actor="t", clock=desk.centre.clock
        )
    wanted = "0" * 32 if code == "QUERY_UNKNOWN" else asked.id
    with pytest.raises(UserError, match=code):
        apply_suggestion(desk.store, wanted, actor="王", clock=desk.centre.clock)


def test_an_applied_answer_travels_on_after_the_query_is_closed(desk: Desk) -> None:
    """By it the centre holds the query closed; without it the next package would open it again."""
    asked = desk.ask(suggestion=DUTIES)
    desk.send()
    desk.centre.put(desk.store, "internal_office", desk.first, duties=DUTIES)
    desk.hand_in()
    desk.send()
    assert desk.item(asked).state == "closed"
    desk.hand_in()
    assert desk.standing(asked).state == "closed"


# -- words -------------------------------------------------------------------------------------------------------------


def test_answers_need_words_and_an_open_query(desk: Desk) -> None:
    asked = desk.ask()
    desk.send()
    for speak in (answer_query, disagree):
        with pytest.raises(UserError, match="REASON_TOO_SHORT"):
            speak(desk.store, asked.id, " 无 ", actor="王", clock=desk.centre.clock)
        with pytest.raises(UserError, match="REFUSED_VALUE"):
            speak(desk.store, asked.id, "见机密★10年文件", actor="王", clock=desk.centre.clock)
        with pytest.raises(UserError, match="QUERY_UNKNOWN"):
            speak(desk.store, "0" * 32, "没有问题", actor="王", clock=desk.centre.clock)
    assert desk.store.answers() == []
    close_query(desk.catalogue, asked.id, actor="李", clock=desk.centre.clock)
    desk.send()
    with pytest.raises(UserError, match="QUERY_CLOSED"):
        answer_query(desk.store, asked.id, "没有问题", actor="王", clock=desk.centre.clock)


def test_an_answer_travels_with_what_stood_there_and_who_said_it(desk: Desk) -> None:
    asked = desk.ask()
    desk.send()
    disagree(desk.store, asked.id, "职责以三定规定为准", actor="王" * 120, clock=desk.centre.clock)
    (line,) = answer_lines(desk)
    assert line == {
        "form": "answer",
        "id": asked.id,
        "unit": desk.store.facts().department_code,
        "op": "put",
        "values": {
            "kind": "disagreed",
            "text": "职责以三定规定为准",
            "value_sha256": asked.value_sha256,
            "actor": "王" * 100,
            "at": "2026-12-01T08:00:00Z",
        },
    }
    assert answer_lines(desk) == [line]  # a submission is complete: it says it again


def test_a_withdrawn_answer_blocks_again(desk: Desk) -> None:
    asked = desk.ask()
    desk.send()
    answer_query(desk.store, asked.id, "已经核对", actor="王", clock=desk.centre.clock)
    assert unanswered(desk.store, clock=desk.centre.clock) == []
    withdraw_answer(desk.store, asked.id, clock=desk.centre.clock)
    assert [i.query.id for i in unanswered(desk.store, clock=desk.centre.clock)] == [asked.id]


# -- what blocks, what closes by itself --------------------------------------------------------------------------------


def test_only_a_query_that_must_be_answered_blocks_the_export(desk: Desk) -> None:
    desk.ask("name", "名称是否完整", must=False)
    desk.send()
    desk.hand_in()
    must = desk.ask()
    desk.send()
    with pytest.raises(UserError, match="EXPORT_QUERIES") as told:
        desk.hand_in()
    assert told.value.params == {"count": 1, "first": "办公室"}
    assert len(desk.packages) == 2
    assert len([p for p in desk.store.packages() if p.direction == "sent"]) == 2
    answer_query(desk.store, must.id, "已经核对", actor="王", clock=desk.centre.clock)
    desk.hand_in()


def test_a_query_closes_by_itself_when_its_rule_is_satisfied_and_opens_with_it(
    desk: Desk, department: RecordId
) -> None:
    desk.explain_warning(department)
    asked = desk.ask("contact_phone", form="department", record=department, rule=WARNING)
    desk.send()
    report = check_workspace(desk.store, clock=desk.centre.clock)
    (item,) = open_queries(desk.store, clock=desk.centre.clock, report=report)
    assert item.state == "open"
    assert item.waits

    desk.centre.put(desk.store, "department", department, contact_phone="025-83000000")
    item = desk.item(asked)
    assert (item.state, item.waits) == ("resolved", False)
    assert desk.store.answers() == []
    desk.centre.put(desk.store, "department", department, contact_phone="12")
    assert desk.item(asked).state == "open"

    desk.centre.put(desk.store, "department", department, contact_phone="025-83000000")
    (line,) = answer_lines(desk)
    values = line["values"]
    assert isinstance(values, dict)
    assert (values["kind"], values["at"]) == ("resolved", "2026-12-01T08:00:00Z")
    standing = desk.standing(asked)
    assert (standing.state, standing.closed_by) == ("closed", "rule")
    desk.send()
    assert desk.item(asked).state == "closed"


def test_a_query_about_a_record_that_is_gone_is_resolved_with_its_rule(
    desk: Desk, good_resource: dict[str, str]
) -> None:
    first = desk.add_resource(good_resource)
    second = desk.add_resource({**good_resource, "name": "排污许可证持证单位信息（旧）"})
    desk.centre.put(desk.store, "information_resource", second, abstract="短")
    with pytest.raises(UserError, match="EXPORT_UNFINISHED"):
        desk.hand_in()
    rule = desk.explain_all()
    desk.hand_in()
    asked = desk.ask("abstract", form="information_resource", record=second, rule=rule[second])
    desk.send()
    assert desk.item(asked).state == "open"
    remove_records(
        desk.store,
        "information_resource",
        [second],
        "与另一条重复",
        actor="t",
        clock=desk.centre.clock,
    )
    item = desk.item(asked)
    assert (item.state, item.gone) == ("resolved", True)
    assert desk.store.record("information_resource", first) is not None
    desk.hand_in()
    assert desk.standing(asked).closed_by == "rule"


def test_derived_answers_get_the_moment_of_the_export_and_stored_ones_keep_theirs(
    desk: Desk,
) -> None:
    stored, derived = desk.ask(), desk.ask("name", "请写全称", suggestion="厅办公室")
    desk.send()
    answer_query(desk.store, stored.id, "已经核对", actor="王", clock=desk.centre.clock)
    desk.centre.put(desk.store, "internal_office", desk.first, name="厅办公室")
    items = query_items(desk.store, clock=desk.centre.clock)
    found = {a.query: (a.kind, a.at) for a in answers_to_send(items, "2027-01-01T00:00:00Z")}
    assert found == {
        stored.id: ("answered", "2026-12-01T08:00:00Z"),
        derived.id: ("applied", "2027-01-01T00:00:00Z"),
    }


def test_no_form_is_called_as_a_reserved_one(desk: Desk) -> None:
    assert not RESERVED_FORMS & {form.id for form in desk.store.form_set.forms}


# -- what this file never had, or lost ---------------------------------------------------------------------------------


def forget(desk: Desk, record: RecordId) -> None:
    """Let the file forget a record and that it was handed in, and hand in without it."""
    remove_records(
        desk.store, "internal_office", [record], "t", actor="王", clock=desk.centre.clock
    )
    with desk.store._database.writing() as connection:  # type: ignore[attr-defined]
        connection.exec_driver_sql("DELETE FROM handed_in WHERE record_id = ?", (record,))
    desk.hand_in()
    assert [r for _code, _form, r in desk.catalogue.vanished()] == [record]


def test_a_record_the_file_has_lost_is_deleted_by_the_departments_word_and_comes_back_by_an_undo(
    desk: Desk,
) -> None:
    forget(desk, desk.second)
    clock = desk.centre.clock
    (asked,) = ask_about_vanished(desk.catalogue, CODES[0], actor="李", clock=clock)
    assert vanished_records(desk.catalogue)[0].title == "信息处"
    with pytest.raises(UserError, match="VANISHED_NONE"):
        ask_about_vanished(desk.catalogue, CODES[0], actor="陈", clock=clock)
    about_first = desk.ask()
    desk.send()
    item = desk.item(asked)
    assert (item.gone, item.deletable, item.waits) == (True, True, True)
    assert "“信息处”" in item.query.text
    with pytest.raises(UserError, match="ANSWER_NOT_GONE"):
        confirm_deleted(desk.store, about_first.id, "不要了", actor="王", clock=clock)
    with pytest.raises(UserError, match="REASON_TOO_SHORT"):
        confirm_deleted(desk.store, asked.id, "并", actor="王", clock=clock)
    confirm_deleted(desk.store, asked.id, "机构改革中并入综合处", actor="王", clock=clock)
    answer_query(desk.store, about_first.id, "已经核实", actor="王", clock=clock)
    desk.hand_in()
    lines = desk.centre.lines(desk.packages[-1])
    gone = [(line["id"], line["reason"]) for line in lines if line["op"] == "delete"]
    assert gone == [(desk.second, "机构改革中并入综合处")]
    assert desk.catalogue.vanished() == []
    standings = {s.query.id: s for s in queries_of(desk.catalogue, CODES[0], clock=clock)}
    closed = standings[asked.id]
    assert (closed.state, closed.closed_by) == ("closed", "deleted")

    # Taken back, the record is here again: nothing deletes it, and the answer counts no longer.
    for _ in range(10):
        if desk.store.record("internal_office", desk.second) is not None:
            break
        undo(desk.store, actor="王", clock=clock)
    assert desk.item(asked).state == "open"
    assert not desk.item(asked).deletable
    answer_query(desk.store, asked.id, "恢复了，请保留", actor="王", clock=clock)
    desk.hand_in()
    assert not [x for x in desk.centre.lines(desk.packages[-1]) if x["op"] == "delete"]
    assert desk.second in {r.id for r in desk.catalogue.stream_records("internal_office")}
