"""Blocks of cells, rows that move, texts that are replaced: each as one step that one undo takes back."""

from __future__ import annotations

from array import array

import pytest

from census_app.domain.changes import Origin
from census_app.domain.records import POSITION_STEP, RecordId, Unfit
from census_app.services import arranging, blocks, editing, replacing
from census_app.services.blocks import Area
from census_app.services.checking import check_workspace
from census_app.services.editing import create_record
from census_app.services.lookup import context_for
from census_app.services.ports import Clock, ListQuery, WorkspaceStore
from census_app.services.replacing import Search
from census_app.services.row_checks import check_rows

FORM = "data_item"


@pytest.fixture
def owner(store: WorkspaceStore, clock: Clock) -> RecordId:
    made = create_record(store, "information_resource", {"name": "甲"}, actor="t", clock=clock)
    rows = [{"name": f"项{n}", "data_type": "C", "data_length": str(n)} for n in range(5)]
    editing.set_cells(store, FORM, [], actor="t", clock=clock, parent=made, insert=rows)
    return made


def keys(store: WorkspaceStore) -> array[int]:
    return store.keys(ListQuery(form=FORM))


def column(store: WorkspaceStore, field: str = "name") -> list[object]:
    return [r.values.get(field) for r in store.stream_records(FORM)]


def ids(store: WorkspaceStore) -> list[RecordId]:
    return [r.id for r in store.stream_records(FORM)]


def test_chosen_cells_are_copied_as_one_block_with_gaps(
    store: WorkspaceStore, owner: RecordId
) -> None:
    first, second = keys(store)[0:1], keys(store)[2:4]
    areas = [Area(first, ["name"]), Area(second, ["data_type"])]
    block = blocks.texts_of(store, FORM, areas, context_for(store))
    assert block == [["项0", ""], ["", "字符型C"], ["", "字符型C"]]


def test_emptied_cells_come_back_with_one_undo(
    store: WorkspaceStore, owner: RecordId, clock: Clock
) -> None:
    blocks.put_text(
        store, FORM, [Area(keys(store)[1:4], ["name", "data_type"])], "", sentence="STEP_CLEAR",
        origin=Origin.TYPED, actor="t", clock=clock,
    )  # fmt: skip
    assert column(store) == ["项0", None, None, None, "项4"]
    editing.undo(store, actor="t", clock=clock)
    assert column(store) == [f"项{n}" for n in range(5)]


def test_filling_down_takes_values_and_texts_that_do_not_fit(
    store: WorkspaceStore, owner: RecordId, clock: Clock
) -> None:
    editing.set_cells(store, FORM, [(ids(store)[0], "data_length", "二十")], actor="t", clock=clock)
    fields = ["data_type", "data_length"]
    blocks.fill_down(
        store, FORM, keys(store)[0], [Area(keys(store)[0:3], fields)], actor="t", clock=clock
    )
    assert column(store, "data_length") == [Unfit("二十")] * 3 + [3, 4]


def test_rows_move_together_and_keep_their_order(
    store: WorkspaceStore, owner: RecordId, clock: Clock
) -> None:
    rows = ids(store)
    step = arranging.move_rows(store, FORM, owner, [rows[1], rows[3]], -1, actor="t", clock=clock)
    assert column(store) == ["项1", "项3", "项0", "项2", "项4"]
    assert len(step.touched) == 4
    arranging.move_rows(store, FORM, owner, [rows[1], rows[3]], 2, actor="t", clock=clock)
    assert column(store) == ["项0", "项2", "项1", "项3", "项4"]
    editing.undo(store, actor="t", clock=clock)
    editing.undo(store, actor="t", clock=clock)
    assert ids(store) == rows


def test_at_the_edge_nothing_moves_and_nothing_is_written(
    store: WorkspaceStore, owner: RecordId, clock: Clock
) -> None:
    rows = ids(store)
    for record, by in ((rows[0], -1), (rows[4], 1)):
        done = arranging.move_rows(store, FORM, owner, [record], by, actor="t", clock=clock)
        assert done.number == 0
    assert ids(store) == rows


def test_rows_are_inserted_where_they_were_asked_for(
    store: WorkspaceStore, owner: RecordId, clock: Clock
) -> None:
    rows = ids(store)
    above = arranging.insert_rows(store, FORM, owner, 2, before=rows[0], actor="t", clock=clock)
    below = arranging.insert_rows(store, FORM, owner, 1, after=rows[0], actor="t", clock=clock)
    end = arranging.insert_rows(store, FORM, owner, 1, actor="t", clock=clock)
    assert ids(store) == [*above, rows[0], *below, *rows[1:], *end]
    places = store.places(FORM, owner)
    assert places[0][1] > 0
    assert len({position for _record, position in places}) == len(places)


def test_rows_get_room_when_none_is_left(
    store: WorkspaceStore, owner: RecordId, clock: Clock
) -> None:
    rows = ids(store)
    count = POSITION_STEP + 5
    made = arranging.insert_rows(store, FORM, owner, count, after=rows[0], actor="t", clock=clock)
    assert ids(store) == [rows[0], *made, *rows[1:]]
    editing.undo(store, actor="t", clock=clock)
    assert store.places(FORM, owner)[1] == (rows[1], 2 * POSITION_STEP)


def search(store: WorkspaceStore, wanted: str, **how: bool) -> Search:
    return Search(FORM, wanted, keys(store), ["name", "name_en", "data_type"], **how)


def test_text_is_found_as_it_stands_in_the_cells(store: WorkspaceStore, owner: RecordId) -> None:
    context = context_for(store)
    found = replacing.find_cells(store, search(store, "字符"), context)
    assert [(m.row, m.field) for m in found] == [(n, "data_type") for n in range(5)]
    assert len(replacing.find_cells(store, search(store, "项", whole=True), context)) == 0
    assert len(replacing.find_cells(store, search(store, "型c"), context)) == 5
    assert not replacing.find_cells(store, search(store, "型c", match_case=True), context)
    assert not replacing.find_cells(store, search(store, ""), context)


def test_replacing_is_one_step_and_says_what_would_not_fit(
    store: WorkspaceStore, owner: RecordId, clock: Clock
) -> None:
    context = context_for(store)
    asked = search(store, "项")
    matches = replacing.find_cells(store, asked, context)
    plan = replacing.plan_replace(store, asked, matches, r"\1列")
    assert (plan.cells, plan.misfits) == (5, 0)
    replacing.write_replace(store, plan, actor="t", clock=clock)
    assert column(store)[0] == r"\1列0"
    asked = search(store, "字符")
    matches = replacing.find_cells(store, asked, context)
    assert replacing.plan_replace(store, asked, matches, "字母").misfits == 5
    editing.undo(store, actor="t", clock=clock)
    assert column(store)[0] == "项0"


def test_rows_by_themselves_have_the_findings_of_the_whole_check(
    store: WorkspaceStore, owner: RecordId, clock: Clock
) -> None:
    cells = [(ids(store)[2], "data_length", "二十"), (ids(store)[3], "name", "公民身份号码")]
    editing.set_cells(store, FORM, cells, actor="t", clock=clock)
    across = {r.id for r in store.form_set.form(FORM).rule if r.query}
    whole = [f for f in check_workspace(store, clock=clock).findings if f.form == FORM]
    alone = check_rows(store, FORM, ids(store), clock=clock)
    assert alone.keys() == set(ids(store))
    said = {(f.record, f.rule, f.fields, f.offer) for found in alone.values() for f in found}
    assert said == {(f.record, f.rule, f.fields, f.offer) for f in whole if f.rule not in across}
    assert any(f.check == "unfit" for f in alone[ids(store)[2]])
