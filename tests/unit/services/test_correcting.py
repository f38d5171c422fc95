"""Corrections survive resubmission, travel back as suggestions, and become a question when both sides write."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from census_app.domain.chain import Decision
from census_app.domain.corrections import Place, corrections
from census_app.domain.records import Value
from census_app.errors import UserError
from census_app.exchange.ledger import with_id
from census_app.services.answering import apply_suggestion, query_items
from census_app.services.correcting import (
    CorrectionStanding,
    ask_about,
    correct,
    correction_standings,
    keep_ours,
    revoke,
    take_theirs,
)
from census_app.services.provenance import provenance
from census_app.services.querying import queries_of
from census_app.services.receiving import rebuild
from tests.unit.services.conftest import CODES, Desk

FORM = "internal_office"


def later(desk: Desk) -> None:
    desk.centre.clock.moment += dt.timedelta(minutes=1)  # type: ignore[attr-defined]


def say(desk: Desk, value: str | None) -> None:
    """The department writes something and hands in."""
    later(desk)
    desk.centre.put(desk.store, FORM, desk.first, duties=value)
    desk.hand_in()


def fix(desk: Desk, value: str | None, reason: str = "按三定方案更正") -> Decision:
    later(desk)
    return correct(
        desk.catalogue, CODES[0], FORM, desk.first, "duties", value, reason,
        actor="李", clock=desk.centre.clock,
    )  # fmt: skip


def where(desk: Desk) -> Place:
    return Place(CODES[0], FORM, desk.first, "duties")


def shown(desk: Desk) -> Value | None:
    record = desk.catalogue.record(FORM, desk.first)
    assert record is not None
    return record.values.get("duties")


def standing(desk: Desk) -> CorrectionStanding:
    (found,) = correction_standings(desk.catalogue)
    return found


@pytest.mark.parametrize("place", ["file", "server"], indirect=True)
def test_a_correction_survives_and_goes_back_as_a_suggestion(desk: Desk) -> None:
    say(desk, "文秘")
    before = desk.catalogue.digest()
    fix(desk, "文秘、档案")
    assert (shown(desk), standing(desk).state, standing(desk).theirs) == (
        "文秘、档案", "active", "文秘",
    )  # fmt: skip
    assert desk.catalogue.digest() != before
    assert desk.catalogue.damaged_records() == []  # type: ignore[attr-defined]
    # The department hands in again, with a change elsewhere: the correction lies on.
    desk.centre.put(desk.store, FORM, desk.first, name="综合办公室")
    later(desk)
    desk.hand_in()
    assert (shown(desk), standing(desk).state) == ("文秘、档案", "active")
    assert desk.catalogue.digest() == rebuild(desk.catalogue, clock=desk.centre.clock)
    # In the review it is a suggestion that need not be answered; applied, it is the department's own value.
    assert desk.send().open == 1
    (item,) = query_items(desk.store, clock=desk.centre.clock)
    assert (item.suggestion, item.waits, item.query.text) == ("文秘、档案", False, "按三定方案更正")
    apply_suggestion(desk.store, item.query.id, actor="t", clock=desk.centre.clock)
    later(desk)
    desk.hand_in()
    assert standing(desk).state == "adopted"
    assert desk.catalogue.laid() == []
    assert desk.send().closed == 1


def test_when_both_change_a_field_somebody_decides(desk: Desk) -> None:
    say(desk, "文秘")
    fix(desk, "文秘、档案")
    say(desk, "文秘和信访")
    assert (shown(desk), standing(desk).state) == ("文秘和信访", "question")
    later(desk)
    keep_ours(desk.catalogue, where(desk), "三定方案没有信访", actor="李", clock=desk.centre.clock)
    assert (shown(desk), standing(desk).state) == ("文秘、档案", "active")
    say(desk, "信访")
    assert standing(desk).state == "question"
    later(desk)
    asked = ask_about(
        desk.catalogue, where(desk), "请说明依据", actor="李", clock=desk.centre.clock
    )
    assert asked.suggestion == '"文秘、档案"'
    assert standing(desk).state == "question"
    fix(desk, "文秘、档案和信访", "核实后更正")
    assert shown(desk) == "文秘、档案和信访"
    later(desk)
    taken = take_theirs(
        desk.catalogue, where(desk), "部门说明属实", actor="王", clock=desk.centre.clock
    )
    assert (shown(desk), standing(desk).state) == ("信访", "left")
    later(desk)
    revoke(desk.catalogue, taken.id[:12], "撤回，再核实", actor="王", clock=desk.centre.clock)
    assert (shown(desk), standing(desk).state) == ("文秘、档案和信访", "active")
    with pytest.raises(UserError) as refused:
        revoke(desk.catalogue, taken.id, "再撤一次", actor="王", clock=desk.centre.clock)
    assert refused.value.code == "DECISION_SUPERSEDED"


def test_queries_are_about_what_the_department_said(desk: Desk) -> None:
    """A correction on top does not make a query stale, here or at the department."""
    say(desk, "文秘")
    query = desk.ask()
    fix(desk, "档案")
    (found,) = queries_of(desk.catalogue, CODES[0], clock=desk.centre.clock)
    assert (found.query.id, found.present, found.changed) == (query.id, "文秘", False)


def test_contradicting_corrections_apply_to_nobody(desk: Desk) -> None:
    say(desk, "文秘")
    mine = fix(desk, "档案")
    theirs = dataclasses.replace(mine, id="", choice=mine.choice.replace("档案", "信访"))
    desk.catalogue.append_decision(with_id(dataclasses.replace(theirs, coordinator="K2")), "f" * 64)
    assert (shown(desk), standing(desk).state) == ("文秘", "contested")
    assert desk.catalogue.laid() == []
    later(desk)
    take_theirs(desk.catalogue, where(desk), "以部门为准", actor="李", clock=desk.centre.clock)
    assert standing(desk).state == "left"


def test_what_cannot_be_corrected_is_refused(desk: Desk) -> None:
    say(desk, "文秘")
    for code, record, field, value in (
        ("CORRECTION_SAME", desk.first, "duties", "文秘"),
        ("RECORD_GONE", "0" * 32, "duties", "档案"),
        ("QUERY_FIELD", desk.first, "no_such", "档案"),
    ):
        with pytest.raises(UserError) as refused:
            correct(
                desk.catalogue, CODES[0], FORM, record, field, value, "理由充分",
                actor="李", clock=desk.centre.clock,
            )  # fmt: skip
        assert refused.value.code == code
    for reason in ("", " "):
        with pytest.raises(UserError) as refused:
            fix(desk, "档案", reason)
        assert refused.value.code == "REASON_TOO_SHORT"
    with pytest.raises(UserError) as refused:
        take_theirs(desk.catalogue, where(desk), "以部门为准", actor="李", clock=desk.centre.clock)
    assert refused.value.code == "CORRECTION_NONE"
    assert not corrections(desk.catalogue.decisions())


def test_a_field_can_be_emptied_and_a_record_may_go(desk: Desk) -> None:
    say(desk, "文秘")
    fix(desk, "")
    assert (shown(desk), standing(desk).theirs, standing(desk).ours) == (None, "文秘", None)
    assert desk.catalogue.damaged_records() == []  # type: ignore[attr-defined]
    later(desk)
    desk.centre.put(desk.store, FORM, desk.second, name="信息中心")
    desk.hand_in()
    assert shown(desk) is None


def test_every_value_has_a_package_a_signer_and_a_round(desk: Desk) -> None:
    say(desk, "文秘")
    second = desk.packages[-1].package
    say(desk, "文秘")
    decision = fix(desk, "档案")
    found = provenance(desk.catalogue, CODES[0], FORM, desk.first, clock=desk.centre.clock)
    name, duties = found.values["name"], found.values["duties"]
    assert name.source is not None
    assert duties.source is not None
    assert (name.source.sequence, duties.source.sequence, duties.source.name) == (1, 2, second.name)
    assert (duties.value, duties.theirs, duties.decision) == ("档案", "文秘", decision)
    assert (name.value, name.decision, name.source.round) == ("办公室", None, 1)
    assert name.source.fingerprint
    assert found.first == name.source
    assert found.last == duties.source
