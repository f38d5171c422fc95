"""Deleting records: what goes with them, who refers to them, and why."""

from __future__ import annotations

import pytest

from census_app.domain.holdings import SentPackage
from census_app.domain.records import RecordId
from census_app.errors import UserError
from census_app.services import editing
from census_app.services.editing import create_record
from census_app.services.ports import Clock, ListQuery, WorkspaceStore
from census_app.services.removing import apply_removal, plan_removal

RESOURCE, ITEM, SYSTEM = "information_resource", "data_item", "information_system"
REASON = "系统已停用，不再填报"


def system(store: WorkspaceStore, clock: Clock, name: str) -> RecordId:
    return create_record(store, SYSTEM, {"name": name}, actor="t", clock=clock)


def keys(store: WorkspaceStore, form: str) -> list[int]:
    return list(store.keys(ListQuery(form=form)))


def hand_in(store: WorkspaceStore, form: str, record: RecordId) -> None:
    sent = SentPackage(
        "sent", "a" * 64, "submission", "甲-000001.census", 1, "", "2026-12-01T08:00:00Z",
        "2026-12-01T08:00:00Z", {form: 1},
    )  # fmt: skip
    store.register_sent(sent, [(form, record)])


def test_the_plan_names_what_goes_and_who_refers_to_it(store: WorkspaceStore, clock: Clock) -> None:
    old, new = system(store, clock, "旧系统"), system(store, clock, "新系统")
    for name, systems in (("许可信息", (old, new)), ("处罚信息", (old,)), ("信用信息", (new,))):
        field = next(f for f in store.form_set.form(RESOURCE).field if f.target == SYSTEM)
        values = {"name": name, field.id: systems}
        create_record(store, RESOURCE, values, actor="t", clock=clock)
    plan = plan_removal(store, SYSTEM, keys(store, SYSTEM)[:1])
    assert (plan.records, plan.titles) == ((old,), ("旧系统",))
    assert [(r.form, r.title) for r in plan.referrers] == [
        (RESOURCE, "处罚信息"),
        (RESOURCE, "许可信息"),
    ]
    assert not plan.reason_needed


def test_records_that_go_together_do_not_refer_to_each_other(
    store: WorkspaceStore, clock: Clock
) -> None:
    target = system(store, clock, "新系统")
    field = next(
        f for f in store.form_set.form(SYSTEM).field if f.target == SYSTEM and f.type == "reference"
    )
    create_record(store, SYSTEM, {"name": "旧系统", field.id: target}, actor="t", clock=clock)
    assert plan_removal(store, SYSTEM, keys(store, SYSTEM)).referrers == ()
    assert len(plan_removal(store, SYSTEM, keys(store, SYSTEM)[:1]).referrers) == 1


def test_children_are_counted_and_the_departments_own_record_stays(
    store: WorkspaceStore, clock: Clock
) -> None:
    resource = create_record(store, RESOURCE, {"name": "许可"}, actor="t", clock=clock)
    for name in ("编号", "名称"):
        create_record(store, ITEM, {"name": name}, actor="t", clock=clock, parent=resource)
    assert plan_removal(store, RESOURCE, keys(store, RESOURCE)).children == 2
    own = plan_removal(store, "department", keys(store, "department"))
    assert (own.records, own.kept) == ((), True)


@pytest.mark.parametrize("reason", ["", "重复", "   删   "])
def test_several_records_need_a_reason(store: WorkspaceStore, clock: Clock, reason: str) -> None:
    system(store, clock, "甲"), system(store, clock, "乙")
    plan = plan_removal(store, SYSTEM, keys(store, SYSTEM))
    with pytest.raises(UserError) as raised:
        apply_removal(store, plan, reason, actor="t", clock=clock)
    assert raised.value.code == "DELETE_REASON_SHORT"
    assert store.count(ListQuery(form=SYSTEM)) == 2


def test_the_reason_travels_as_tombstone_and_one_undo_brings_all_back(
    store: WorkspaceStore, clock: Clock
) -> None:
    first, _second = system(store, clock, "甲"), system(store, clock, "乙")
    hand_in(store, SYSTEM, first)
    plan = plan_removal(store, SYSTEM, keys(store, SYSTEM))
    assert (plan.handed_in, plan.reason_needed) == (1, True)
    apply_removal(store, plan, f" {REASON} ", actor="t", clock=clock)
    assert [(t.record, t.reason) for t in store.tombstones()] == [(first, REASON)]
    editing.undo(store, actor="t", clock=clock)
    assert store.count(ListQuery(form=SYSTEM)) == 2


def test_one_record_that_was_never_handed_in_may_go_without_a_word(
    store: WorkspaceStore, clock: Clock
) -> None:
    system(store, clock, "甲")
    plan = plan_removal(store, SYSTEM, keys(store, SYSTEM))
    apply_removal(store, plan, "", actor="t", clock=clock)
    assert store.count(ListQuery(form=SYSTEM)) == 0
