"""Mending: certain and likely values, one step, and records that somebody changed since the check."""

from __future__ import annotations

from decimal import Decimal

import pytest

from census_app.domain.changes import Origin
from census_app.domain.records import RecordId, Unfit
from census_app.services import editing
from census_app.services.checking import check_workspace
from census_app.services.editing import RecordEditor, create_record
from census_app.services.lookup import context_for
from census_app.services.mending import mend, preview_mends
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.progress import Cancelled, Progress

RESOURCE = "information_resource"


def resource(store: WorkspaceStore, clock: Clock, **texts: str) -> RecordId:
    record = create_record(store, RESOURCE, {"name": "许可信息"}, actor="t", clock=clock)
    edit = RecordEditor(store, RESOURCE, record, actor="t", clock=clock)
    for field, text in texts.items():
        edit.set_text(field, text)
    return record


def value(store: WorkspaceStore, record: RecordId, field: str) -> object:
    found = store.record(RESOURCE, record)
    assert found is not None
    return found.values.get(field)


def test_a_group_is_mended_as_one_step_and_the_history_says_by_what(
    store: WorkspaceStore, clock: Clock
) -> None:
    records = [resource(store, clock, share_type="无条件共享", share_condition="无") for _ in "123"]
    found = [f for f in check_workspace(store, clock=clock).findings if f.rule == "RES-11"]
    assert len(found) == 3
    done = mend(store, found, actor="王五", clock=clock)
    assert (done.written, done.changed_since) == (3, 0)
    assert {value(store, r, "share_condition") for r in records} == {"无条件"}
    (entry,) = store.journal(RESOURCE, records[0], "share_condition", limit=1)
    assert (entry.origin, entry.actor) == (Origin.SUGGESTED, "王五")
    assert not [f for f in check_workspace(store, clock=clock).findings if f.rule == "RES-11"]
    editing.undo(store, actor="t", clock=clock)
    assert {value(store, r, "share_condition") for r in records} == {"无"}


def test_what_somebody_changed_since_the_check_is_left_alone(
    store: WorkspaceStore, clock: Clock
) -> None:
    first, second = (resource(store, clock, records_total_wan="1200条") for _ in "12")
    found = [f for f in check_workspace(store, clock=clock).findings
             if f.fields == ("records_total_wan",) and f.mend]  # fmt: skip
    RecordEditor(store, RESOURCE, first, actor="t", clock=clock).set_text(
        "records_total_wan", "9条"
    )
    done = mend(store, found, actor="t", clock=clock)
    assert (done.written, done.changed_since) == (1, 1)
    assert value(store, first, "records_total_wan") == Unfit("9条")
    assert value(store, second, "records_total_wan") == Decimal("0.12")


def test_a_deleted_record_is_no_fault(store: WorkspaceStore, clock: Clock) -> None:
    record = resource(store, clock, records_total_wan="1200条")
    found = [f for f in check_workspace(store, clock=clock).findings if f.mend]
    editing.remove_records(store, RESOURCE, [record], "重复", actor="t", clock=clock)
    mine = [f for f in found if f.record == record]
    done = mend(store, mine, actor="t", clock=clock)
    assert (done.written, done.changed_since, done.step.number) == (0, len(mine), 0)


def test_several_fields_are_mended_together(store: WorkspaceStore, clock: Clock) -> None:
    system = create_record(store, "information_system", {"name": "系统一", "phase": "built"}, actor="t",
                           clock=clock)  # fmt: skip
    edit = RecordEditor(store, "information_system", system, actor="t", clock=clock)
    edit.set_text("must_connect", "是")
    edit.set_text("connected_on", "2999-01-01")
    (found,) = [f for f in check_workspace(store, clock=clock).findings if f.rule == "SYS-6a"]
    mend(store, [found], actor="t", clock=clock)
    record = store.record("information_system", system)
    assert record is not None
    assert record.values["connect_plan_on"] == "2999-01-01"
    assert "connected_on" not in record.values


def test_the_preview_says_before_and_after_and_what_is_certain(
    store: WorkspaceStore, clock: Clock
) -> None:
    resource(store, clock, records_total_wan="1200条", update_cycle="不定期更新哦")
    found = [f for f in check_workspace(store, clock=clock).findings if f.proposal]
    lines = {line.field: line for line in preview_mends(found, context_for(store))}
    label = store.form_set.form(RESOURCE).field_by_id("records_total_wan").label.zh
    assert (lines[label].before, lines[label].after, lines[label].certain) == (
        "1200条",
        "0.12",
        True,
    )
    likely = [line for line in lines.values() if not line.certain]
    assert all(line.after for line in likely)


def test_mending_can_be_stopped_and_then_nothing_is_written(
    store: WorkspaceStore, clock: Clock
) -> None:
    record = resource(store, clock, records_total_wan="1200条")
    found = [f for f in check_workspace(store, clock=clock).findings if f.mend]
    stop = Progress(is_cancelled=lambda: True)
    with pytest.raises(Cancelled):
        mend(store, found, actor="t", clock=clock, progress=stop)
    assert value(store, record, "records_total_wan") == Unfit("1200条")
