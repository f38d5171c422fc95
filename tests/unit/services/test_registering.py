"""Names of records that no list has: registered together, or meant by themselves once somebody has registered them."""

from __future__ import annotations

from census_app.domain.findings import Finding
from census_app.domain.records import Unfit, Value
from census_app.services import checking, editing, registering
from census_app.services.ports import Clock, WorkspaceStore

RESOURCE, SYSTEM, FIELD = "information_resource", "information_system", "source_systems"


def unfit_references(store: WorkspaceStore, clock: Clock) -> list[Finding]:
    found = checking.check_workspace(store, clock=clock).findings
    return [f for f in found if f.check == "unfit" and f.fields[0] == FIELD]


def name_systems(store: WorkspaceStore, clock: Clock, *texts: str) -> None:
    for number, text in enumerate(texts):
        values: dict[str, Value] = {"name": f"信息{number}", FIELD: Unfit(text)}
        editing.create_record(store, RESOURCE, values, actor="李四", clock=clock)


def test_what_lists_name_is_registered_and_referred_to(store: WorkspaceStore, clock: Clock) -> None:
    name_systems(store, clock, "甲系统", "甲系统、乙系统", "乙系统")
    found = unfit_references(store, clock)
    assert all(registering.names_missing_record(f, store.form_set) for f in found)
    done = registering.register_named(store, found, actor="李四", clock=clock)
    assert (done.made, done.referring) == (2, 3)
    assert sorted(str(r.values["name"]) for r in store.stream_records(SYSTEM)) == [
        "乙系统",
        "甲系统",
    ]
    assert unfit_references(store, clock) == []


def test_a_text_that_was_changed_since_is_left_alone(store: WorkspaceStore, clock: Clock) -> None:
    name_systems(store, clock, "甲系统")
    found = unfit_references(store, clock)
    checking.set_everywhere(
        store, RESOURCE, [found[0].record], {FIELD: Unfit("丙系统")}, actor="李四", clock=clock
    )
    done = registering.register_named(store, found, actor="李四", clock=clock)
    assert (done.made, done.referring) == (0, 0)


def test_a_name_registered_later_is_a_certain_mend(store: WorkspaceStore, clock: Clock) -> None:
    name_systems(store, clock, "甲系统")
    system = editing.create_record(store, SYSTEM, {"name": "甲系统"}, actor="李四", clock=clock)
    (finding,) = unfit_references(store, clock)
    assert finding.mend == {FIELD: (system,)}


def test_what_no_list_has_is_likely_other_with_the_text_as_its_explanation(
    store: WorkspaceStore, clock: Clock
) -> None:
    values: dict[str, Value] = {"name": "信息", "update_cycle": Unfit("不更新")}
    editing.create_record(store, RESOURCE, values, actor="李四", clock=clock)
    found = checking.check_workspace(store, clock=clock).findings
    (finding,) = [f for f in found if f.check == "unfit"]
    assert finding.proposal == {"update_cycle": "other", "update_other": "不更新"}
    assert not finding.mend
