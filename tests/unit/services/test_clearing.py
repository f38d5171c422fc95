"""Judging systems: what is written, in which steps, and that nothing is kept beside the form."""

from __future__ import annotations

import pytest

from census_app.domain.records import RecordId
from census_app.domain.systems import Reply, Sign
from census_app.errors import UserError
from census_app.services import editing
from census_app.services.clearing import (
    clearing_progress,
    criteria_of,
    dispose_system,
    judge_system,
    merge_into_new,
    systems_to_clear,
)
from census_app.services.ports import Clock, WorkspaceStore

SYSTEM = "information_system"
FIVE = ("Z1", "Z2", "Z3", "Z4", "Z5")


@pytest.fixture
def system(store: WorkspaceStore, clock: Clock) -> RecordId:
    return editing.create_record(
        store, SYSTEM, {"name": "水资源系统", "monthly_uses": 0, "om_contract_end": "2016-05"},
        actor="李", clock=clock,
    )  # fmt: skip


def values(store: WorkspaceStore, record: RecordId) -> dict[str, object]:
    found = store.record(SYSTEM, record)
    assert found is not None
    return dict(found.values)


def test_the_data_gives_reasons_but_judges_nobody(
    store: WorkspaceStore, clock: Clock, system: RecordId
) -> None:
    found = systems_to_clear(store, clock=clock)
    assert found.criteria == FIVE == criteria_of(store.form_set)
    assert found.signs[system] == (Sign("uses", "Z3", "0", "0"), Sign("contract", "Z4", "2016-05"))
    assert "is_zombie" not in values(store, system)
    assert clearing_progress(store, clock=clock) == (0, 1)


def test_a_judgement_writes_the_forms_own_fields(
    store: WorkspaceStore, clock: Clock, system: RecordId
) -> None:
    yes = {"Z4": Reply.YES, "Z3": Reply.YES, "Z1": Reply.UNSURE}
    judge_system(store, system, yes, actor="李", clock=clock)
    assert values(store, system)["is_zombie"] is True
    assert values(store, system)["zombie_reasons"] == ("Z3", "Z4")
    judge_system(store, system, dict.fromkeys(FIVE, Reply.NO), actor="李", clock=clock)
    assert values(store, system)["is_zombie"] is False
    assert "zombie_reasons" not in values(store, system)


def test_replies_that_decide_nothing_leave_it_unjudged(
    store: WorkspaceStore, clock: Clock, system: RecordId
) -> None:
    judge_system(store, system, {"Z1": Reply.NO}, actor="李", clock=clock)
    assert "is_zombie" not in values(store, system)


def test_a_stay_is_one_undo_step(store: WorkspaceStore, clock: Clock, system: RecordId) -> None:
    replies: dict[str, Reply] = {}
    for code in ("Z3", "Z4", "Z5"):
        replies[code] = Reply.YES
        judge_system(store, system, replies, actor="李", clock=clock, stay="1")
    undo = store.undo_state().undo
    assert undo is not None
    assert undo[0] == "STEP_JUDGE"
    editing.undo(store, actor="李", clock=clock)
    assert "zombie_reasons" not in values(store, system)
    editing.redo(store, actor="李", clock=clock)
    assert values(store, system)["zombie_reasons"] == ("Z3", "Z4", "Z5")


def test_a_decision_is_complete_with_its_target(
    store: WorkspaceStore, clock: Clock, system: RecordId
) -> None:
    other = editing.create_record(store, SYSTEM, {"name": "大平台"}, actor="李", clock=clock)
    judge_system(store, system, dict.fromkeys(FIVE, Reply.NO), actor="李", clock=clock)
    dispose_system(store, system, "merge", actor="李", clock=clock)
    assert clearing_progress(store, clock=clock) == (0, 2)
    dispose_system(store, system, "merge", target=other, actor="李", clock=clock)
    assert clearing_progress(store, clock=clock) == (1, 2)
    dispose_system(store, system, "", actor="李", clock=clock)
    assert "disposition" not in values(store, system)


def test_no_system_is_merged_into_itself(
    store: WorkspaceStore, clock: Clock, system: RecordId
) -> None:
    with pytest.raises(UserError) as refused:
        dispose_system(store, system, "merge", target=system, actor="李", clock=clock)
    assert refused.value.code == "MERGE_INTO_ITSELF"


def test_a_new_target_comes_with_the_merge_in_one_step(
    store: WorkspaceStore, clock: Clock, system: RecordId
) -> None:
    made = merge_into_new(store, system, " 水利大系统 ", "planned", actor="李", clock=clock)
    assert values(store, made)["name"] == "水利大系统"
    assert values(store, made)["phase"] == "planned"
    assert values(store, system)["disposition_target"] == made
    editing.undo(store, actor="李", clock=clock)
    assert store.record(SYSTEM, made) is None
    assert "disposition" not in values(store, system)


def test_a_new_target_needs_a_name(store: WorkspaceStore, clock: Clock, system: RecordId) -> None:
    with pytest.raises(UserError) as refused:
        merge_into_new(store, system, "  ", "planned", actor="李", clock=clock)
    assert refused.value.code == "NAME_EMPTY"


def test_a_system_that_is_gone_is_told(store: WorkspaceStore, clock: Clock) -> None:
    with pytest.raises(UserError) as refused:
        judge_system(store, RecordId("0" * 32), {}, actor="李", clock=clock)
    assert refused.value.code == "RECORD_GONE"
