"""Possible duplicates: found, compared, and set aside for a reason that survives."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from census_app.domain.likeness import Likeness
from census_app.domain.records import RecordId
from census_app.errors import UserError
from census_app.services import editing
from census_app.services.checking import check_workspace
from census_app.services.deduplicating import compare, keep_apart, similar, undecided
from census_app.services.editing import RecordEditor, create_record
from census_app.services.ports import Clock, WorkspaceStore

RESOURCE, SYSTEM = "information_resource", "information_system"
REASON = "两个排口各有一套数据"


def make(store: WorkspaceStore, clock: Clock, form: str, *names: str) -> list[RecordId]:
    return [create_record(store, form, {"name": n}, actor="t", clock=clock) for n in names]


def test_groups_are_found_in_any_form(store: WorkspaceStore, clock: Clock) -> None:
    make(store, clock, SYSTEM, "许可系统", "许可 系统", "公报2016年", "公报2017年", "其他")
    groups = similar(store, SYSTEM)
    assert [g.group.likeness for g in groups] == [Likeness.SAME, Likeness.YEAR]
    assert len(undecided(groups)) == 4


def test_a_comparison_shows_only_what_differs(store: WorkspaceStore, clock: Clock) -> None:
    one, two = make(store, clock, RESOURCE, "排口信息1", "排口信息2")
    for record, text in ((one, "甲"), (two, "甲")):
        RecordEditor(store, RESOURCE, record, actor="t", clock=clock).set_text("keywords", text)
    RecordEditor(store, RESOURCE, two, actor="t", clock=clock).set_text("size_total_gb", "很多")
    create_record(store, "data_item", {"name": "编号"}, actor="t", clock=clock, parent=two)
    (group,) = similar(store, RESOURCE)
    told = compare(store, group)
    assert told.records == (one, two)
    assert [f.id for f in told.differing] == ["name", "size_total_gb"]
    assert told.children == (0, 1)


def test_not_a_duplicate_is_remembered_and_can_be_undone(
    store: WorkspaceStore, clock: Clock, reopen: Callable[[WorkspaceStore], WorkspaceStore]
) -> None:
    make(store, clock, SYSTEM, "监测1", "监测2")
    (group,) = similar(store, SYSTEM)
    keep_apart(store, group, REASON, (), actor="t", clock=clock)
    again = reopen(store)
    assert [g.apart for g in similar(again, SYSTEM)] == [REASON]
    assert undecided(similar(again, SYSTEM)) == frozenset()
    editing.undo(again, actor="t", clock=clock)
    assert [g.apart for g in similar(again, SYSTEM)] == [None]


def test_another_member_or_name_asks_anew(store: WorkspaceStore, clock: Clock) -> None:
    make(store, clock, SYSTEM, "监测1", "监测2")
    (group,) = similar(store, SYSTEM)
    keep_apart(store, group, REASON, (), actor="t", clock=clock)
    make(store, clock, SYSTEM, "监测3")
    assert [g.apart for g in similar(store, SYSTEM)] == [None]


def test_a_warning_of_the_form_set_is_explained_by_the_same_reason(
    store: WorkspaceStore, clock: Clock
) -> None:
    make(store, clock, RESOURCE, "低保信息1", "低保信息2")
    (group,) = similar(store, RESOURCE)
    findings = check_workspace(store, clock=clock).findings
    keep_apart(store, group, REASON, findings, actor="t", clock=clock)
    about = [f for f in check_workspace(store, clock=clock).findings if f.rule == "RES-4"]
    assert [f.explanation for f in about] == [REASON]
    editing.undo(store, actor="t", clock=clock)
    about = [f for f in check_workspace(store, clock=clock).findings if f.rule == "RES-4"]
    assert [f.explanation for f in about] == [None]
    assert undecided(similar(store, RESOURCE))


def test_equal_names_that_are_an_error_cannot_be_set_aside(
    store: WorkspaceStore, clock: Clock
) -> None:
    make(store, clock, RESOURCE, "低保信息", "低保 信息")
    (group,) = similar(store, RESOURCE)
    findings = check_workspace(store, clock=clock).findings
    with pytest.raises(UserError) as raised:
        keep_apart(store, group, REASON, findings, actor="t", clock=clock)
    assert raised.value.code == "NAMES_MUST_DIFFER"
    assert store.explanations() == []


def test_a_reason_says_something(store: WorkspaceStore, clock: Clock) -> None:
    make(store, clock, SYSTEM, "监测1", "监测2")
    (group,) = similar(store, SYSTEM)
    with pytest.raises(UserError) as raised:
        keep_apart(store, group, "无", (), actor="t", clock=clock)
    assert raised.value.code == "REASON_TOO_SHORT"
