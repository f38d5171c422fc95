"""Editing: saved at once, unfit kept, refusals leave no trace, a stay in a field is one undo step."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from census_app import bootstrap
from census_app.domain.records import POSITION_STEP, UNKNOWN, RecordId, Unfit
from census_app.errors import UserError
from census_app.services import editing
from census_app.services.editing import RecordEditor, create_record
from census_app.services.ports import Clock, WorkspaceStore

SECRET = "账号：admin 密码：Hunter2-and-more"  # noqa: S105


def editor(store: WorkspaceStore, clock: Clock, form: str = "information_resource") -> RecordEditor:
    record = create_record(store, form, {"name": "排污许可证信息"}, actor="t", clock=clock)
    return RecordEditor(store, form, record, actor="t", clock=clock)


def names(store: WorkspaceStore, parent: RecordId) -> list[object]:
    found = [r for r in store.stream_records("data_item") if r.parent == parent]
    return [r.values["name"] for r in found]


def test_value_is_there_when_the_file_is_opened_again(store: WorkspaceStore, clock: Clock) -> None:
    edit = editor(store, clock)
    edit.set_text("size_total_gb", "1,200.50")
    edit.set_text("records_total_wan", "未知")
    edit.set_text("update_cycle", "每 121 日")
    store.close()
    again = bootstrap.open_workspace(store.path)
    record = again.record("information_resource", edit.state.record)
    assert record is not None
    assert record.values["size_total_gb"] == Decimal("1200.5")
    assert record.values["records_total_wan"] is UNKNOWN
    assert record.values["update_cycle"] == Unfit("每 121 日")
    assert again.understood(record.form, record.id) == {"size_total_gb": "1,200.50"}
    again.close()


def test_understood_text_goes_when_the_value_is_typed_as_it_should_be(
    store: WorkspaceStore, clock: Clock
) -> None:
    edit = editor(store, clock)
    assert edit.set_text("published_on", "2017/6/30").understood == {"published_on": "2017/6/30"}
    assert edit.set_text("published_on", "2017-07-01").understood == {}
    assert store.understood("information_resource", edit.state.record) == {}


def test_relevance_requirement_and_problems_follow_each_answer(
    store: WorkspaceStore, clock: Clock
) -> None:
    edit = editor(store, clock)
    closed = edit.set_value("is_open", False)
    assert "open_condition" not in closed.relevant
    opened = edit.set_value("is_open", True)
    assert "open_condition" in opened.relevant & opened.required
    assert ("required", "open_condition") in {(f.check, f.fields[0]) for f in opened.findings}
    mended = edit.set_text("open_condition", "无条件开放")
    assert "open_condition" not in {f.fields[0] for f in mended.findings}


def test_unfit_value_is_offered_its_nearest(store: WorkspaceStore, clock: Clock) -> None:
    state = editor(store, clock).set_text("size_total_gb", "1200条")
    (finding,) = [f for f in state.findings if f.fields == ("size_total_gb",)]
    assert (finding.check, finding.offer) == ("unfit", Decimal(1200))


@pytest.mark.parametrize("phase", ["built", "building"])
def test_refused_value_is_never_written_journalled_or_kept(
    phase: str, store: WorkspaceStore, clock: Clock
) -> None:
    edit = editor(store, clock, "information_system")
    edit.set_value("phase", phase)
    before = edit.state
    with pytest.raises(UserError) as caught:
        edit.set_text("access_url", SECRET)
    assert caught.value.code == "REFUSED_VALUE"
    assert SECRET not in str(caught.value)
    assert edit.state == before
    assert "Hunter2" not in " ".join(e.new + e.old for e in store.journal())
    path = store.path
    store.close()
    everything = b"".join(p.read_bytes() for p in path.parent.rglob("*") if p.is_file())
    assert b"Hunter2" not in everything


def test_stay_in_a_field_is_one_undo_step_and_leaving_it_begins_another(
    store: WorkspaceStore, clock: Clock
) -> None:
    edit = editor(store, clock)
    for text in ("排", "排污", "排污许可"):
        edit.set_text("abstract", text)
    edit.finish_stay()
    edit.set_text("abstract", "排污许可证的持证单位和许可事项")
    editing.undo(store, actor="t", clock=clock)
    assert edit.reload().values["abstract"] == "排污许可"
    editing.undo(store, actor="t", clock=clock)
    assert "abstract" not in edit.reload().values
    editing.redo(store, actor="t", clock=clock)
    assert edit.reload().values["abstract"] == "排污许可"


def test_new_record_begins_with_the_defaults_of_its_form(
    store: WorkspaceStore, clock: Clock
) -> None:
    (record,) = list(store.stream_records("department"))
    assert record.values["division"] == "320000"
    assert record.values["uscc"] == store.facts().department_code


def test_row_is_inserted_exactly_where_it_was_asked_for(
    store: WorkspaceStore, clock: Clock
) -> None:
    parent = editor(store, clock).state.record

    def add(name: str, after: RecordId | None = None) -> RecordId:
        values = {"name": name}
        return create_record(
            store, "data_item", values, actor="t", clock=clock, parent=parent, after=after
        )

    first = add("甲")
    add("乙")
    for number in range(14):  # halves the gap until nothing is left of it
        add(str(number), after=first)
    assert names(store, parent) == ["甲", *(str(n) for n in reversed(range(14))), "乙"]


def test_pasted_block_is_one_step(store: WorkspaceStore, clock: Clock) -> None:
    parent = editor(store, clock).state.record
    first = create_record(store, "data_item", {"name": "甲"}, actor="t", clock=clock, parent=parent)
    rows = [{"name": "乙", "data_length": "20"}, {"name": "丙", "data_length": "二十"}]
    editing.set_cells(
        store,
        "data_item",
        [(first, "data_length", "18")],
        actor="t",
        clock=clock,
        parent=parent,
        insert=rows,
    )
    items = list(store.stream_records("data_item"))
    assert [(r.values["name"], r.values.get("data_length")) for r in items] == [
        ("甲", 18),
        ("乙", 20),
        ("丙", Unfit("二十")),
    ]
    assert [r.position for r in items] == [POSITION_STEP, 2 * POSITION_STEP, 3 * POSITION_STEP]
    editing.undo(store, actor="t", clock=clock)
    assert names(store, parent) == ["甲"]


def test_refused_cell_in_a_block_writes_nothing_of_it(store: WorkspaceStore, clock: Clock) -> None:
    parent = editor(store, clock).state.record
    rows = [{"name": "乙"}, {"name": "丙", "is_secret": "是"}]
    with pytest.raises(UserError, match="REFUSED_VALUE"):
        editing.set_cells(
            store, "data_item", [], actor="t", clock=clock, parent=parent, insert=rows
        )
    assert names(store, parent) == []


def test_editing_a_record_that_is_gone_is_said(store: WorkspaceStore, clock: Clock) -> None:
    edit = editor(store, clock)
    editing.remove_records(
        store, "information_resource", [edit.state.record], "重复", actor="t", clock=clock
    )
    with pytest.raises(UserError, match="RECORD_GONE"):
        edit.reload()


def test_wrong_codes_and_names_make_no_workspace(tmp_path: Path, clock: Clock) -> None:
    for code, name in (("12345", "厅"), ("11320000990000017Q", "厅"), ("11320000990000017P", "  ")):
        with pytest.raises(UserError, match=r"DEPARTMENT_CODE|NAME_EMPTY"):
            bootstrap.create_workspace(
                tmp_path / "x.censusdb", department=name, code=code, clock=clock
            )
    assert not (tmp_path / "x.censusdb").exists()


def test_dependent_lists_of_a_block_are_read_beside_each_other(
    store: WorkspaceStore, clock: Clock
) -> None:
    record = editor(store, clock).state.record
    set_one = editor(store, clock)
    for field, text in (("format_class", "数据库"), ("format_type", "其他")):
        set_one.set_text(field, text)
    one_by_one = set_one.state.values["format_type"]
    assert not isinstance(one_by_one, Unfit)
    cells = [(record, "format_type", "其他"), (record, "format_class", "数据库")]
    editing.set_cells(store, "information_resource", cells, actor="t", clock=clock)
    pasted = store.record("information_resource", record)
    assert pasted is not None
    assert pasted.values["format_type"] == one_by_one
    editing.set_cells(
        store, "information_resource", [(record, "format_type", "其他")], actor="t", clock=clock
    )
    again = store.record("information_resource", record)
    assert again is not None
    assert again.values["format_type"] == one_by_one


def test_a_refusal_leaves_nothing_in_snapshots_lock_or_log(
    store: WorkspaceStore, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    edit = editor(store, clock, "information_system")
    for field in ("remarks", "description"):
        with pytest.raises(UserError, match="REFUSED_VALUE") as caught:
            edit.set_text(field, SECRET)
        assert "Hunter2" not in repr(caught.value.params)
    with pytest.raises(UserError, match="REFUSED_VALUE"):
        create_record(
            store, "information_system", {"name": "甲", "remarks": SECRET}, actor="t", clock=clock
        )
    store.snapshot("test")
    store.close()
    files = [p for p in store.path.parent.rglob("*") if p.is_file()]
    assert len(files) >= 2
    assert not [p for p in files if b"Hunter2" in p.read_bytes()]
    assert "Hunter2" not in caplog.text


def test_undo_and_redo_go_on_after_the_file_was_closed(
    store: WorkspaceStore, clock: Clock, reopen: Callable[[WorkspaceStore], WorkspaceStore]
) -> None:
    edit = editor(store, clock)
    for text in ("一", "二", "三"):
        edit.set_text("abstract", text)
        edit.finish_stay()
    record = edit.state.record

    def abstract(now: WorkspaceStore) -> object:
        found = now.record("information_resource", record)
        return None if found is None else found.values.get("abstract")

    store = reopen(store)
    for expected in ("二", "一", None):
        editing.undo(store, actor="t", clock=clock)
        assert abstract(store) == expected
    editing.undo(store, actor="t", clock=clock)
    assert store.record("information_resource", record) is None
    assert editing.undo(store, actor="t", clock=clock) is None
    store = reopen(store)
    for _ in range(4):
        assert editing.redo(store, actor="t", clock=clock) is not None
    assert abstract(store) == "三"
    assert editing.redo(store, actor="t", clock=clock) is None


def test_a_removed_record_comes_back_with_its_children_in_their_order(
    store: WorkspaceStore, clock: Clock
) -> None:
    parent = editor(store, clock).state.record
    for name in "甲乙丙":
        create_record(store, "data_item", {"name": name}, actor="t", clock=clock, parent=parent)
    before = [list(store.stream_records(form.id)) for form in store.form_set.forms]
    editing.remove_records(store, "information_resource", [parent], "重复", actor="t", clock=clock)
    assert list(store.stream_records("data_item")) == []
    editing.undo(store, actor="t", clock=clock)
    assert [list(store.stream_records(form.id)) for form in store.form_set.forms] == before


def test_a_moved_row_stands_where_it_was_put_and_comes_back(
    store: WorkspaceStore, clock: Clock
) -> None:
    parent = editor(store, clock).state.record
    rows = [
        create_record(store, "data_item", {"name": name}, actor="t", clock=clock, parent=parent)
        for name in "甲乙丙"
    ]
    editing.move_record(store, "data_item", rows[2], 1, actor="t", clock=clock)
    assert names(store, parent) == ["丙", "甲", "乙"]
    editing.undo(store, actor="t", clock=clock)
    assert names(store, parent) == ["甲", "乙", "丙"]
    assert store.undo_state().redo is not None


def test_a_row_behind_the_last_one_or_behind_nobody_goes_to_the_end(
    store: WorkspaceStore, clock: Clock
) -> None:
    parent = editor(store, clock).state.record
    for name, after in (("甲", None), ("乙", None)):
        create_record(
            store, "data_item", {"name": name}, actor="t", clock=clock, parent=parent, after=after
        )
    last = next(r.id for r in store.stream_records("data_item") if r.values["name"] == "乙")
    create_record(
        store, "data_item", {"name": "丙"}, actor="t", clock=clock, parent=parent, after=last
    )
    assert names(store, parent) == ["甲", "乙", "丙"]
    editing.undo(store, actor="t", clock=clock)
    assert names(store, parent) == ["甲", "乙"]


def test_setting_a_value_to_what_it_is_writes_nothing(store: WorkspaceStore, clock: Clock) -> None:
    edit = editor(store, clock)
    edit.set_text("abstract", "持证单位")
    before = store.journal(limit=1000)
    edit.finish_stay()
    edit.set_text("abstract", "持证单位")
    assert store.journal(limit=1000) == before
