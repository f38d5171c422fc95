"""The journal in words, searched, exported; deleted records and former values brought back; undo after a restart."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from census_app import bootstrap
from census_app.assets import resource
from census_app.domain.changes import Origin
from census_app.domain.history import HistoryQuery
from census_app.domain.records import RecordId, Unfit, Value
from census_app.errors import UserError
from census_app.services import editing, importing
from census_app.services.checking import check_workspace, set_everywhere
from census_app.services.editing import RecordEditor, create_record, remove_records
from census_app.services.explaining import explain, reason_fault, recent_reasons
from census_app.services.journalling import (
    HistoryLine,
    day_bounds,
    export_journal,
    find_record,
    search,
    tell,
    tell_step,
    undo_sentences,
    value_from_journal,
)
from census_app.services.lookup import context_for
from census_app.services.ports import Clock, ListQuery, WorkspaceStore
from census_app.services.restoring import bring_back, restore_record

RESOURCE, ITEM = "information_resource", "data_item"
SYSTEMS = resource("samples", "market", "systems.csv")


def add(store: WorkspaceStore, clock: Clock, name: str, **texts: str) -> RecordId:
    record = create_record(store, RESOURCE, {"name": name}, actor="李四", clock=clock)
    edit = RecordEditor(store, RESOURCE, record, actor="李四", clock=clock)
    for field, text in texts.items():
        edit.set_text(field, text)
        edit.finish_stay()
    return record


def lines(store: WorkspaceStore, **asked: str) -> list[HistoryLine]:
    query = search(HistoryQuery(**asked), store.form_set)  # type: ignore[arg-type]
    context = context_for(store)
    return [tell(row, context) for row in store.history_rows(store.history_keys(query))]


def test_a_line_says_who_what_from_to_and_by_what_with_codes_as_labels(
    store: WorkspaceStore, clock: Clock
) -> None:
    record = add(store, clock, "许可信息", update_cycle="每日")
    edit = RecordEditor(store, RESOURCE, record, actor="王五", clock=clock)
    edit.set_text("update_cycle", "每月", Origin.PASTED)
    told = lines(store, record=record, field="update_cycle")
    label = store.form_set.form(RESOURCE).field_by_id("update_cycle").label.zh
    assert [(t.row.actor, t.what, t.before, t.after, t.origin) for t in told] == [
        ("王五", label, "每日", "每月", "粘贴"),
        ("李四", label, "", "每日", "填写"),
    ]
    assert (told[0].row.title, told[0].form) == ("许可信息", "信息资源")
    assert "更新周期" in told[0].sentence


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("update_cycle", "", None),
        ("update_cycle", '"daily"', "daily"),
        ("update_cycle", '{"unfit":"天天"}', Unfit("天天")),
        ("update_cycle", '["daily"]', Unfit('["daily"]')),
        ("published_on", '"去年"', Unfit("去年")),
        ("size_total_gb", "[12]", Unfit("[12]")),
    ],
)
def test_a_former_value_that_fits_no_more_stands_as_its_text(
    field: str, text: str, value: Value | None
) -> None:
    about = bootstrap.shipped_form_set().form(RESOURCE).field_by_id(field)
    assert value_from_journal(text, about) == value


def test_lines_are_found_by_person_day_origin_form_and_text(
    store: WorkspaceStore, clock: Clock
) -> None:
    first = add(store, clock, "许可信息", update_cycle="每日", abstract="全省的许可")
    second = add(store, clock, "处罚信息")
    item = create_record(store, ITEM, {"name": "姓名"}, actor="王五", clock=clock, parent=first)
    set_everywhere(
        store, RESOURCE, [second], {"update_cycle": "monthly"}, actor="王五", clock=clock
    )
    assert {t.row.record for t in lines(store, person="王五")} == {item, second}
    assert {t.row.record for t in lines(store, origin="set")} == {second}
    assert {t.row.form for t in lines(store, form=ITEM)} == {ITEM}
    assert {t.row.record for t in lines(store, text="每月")} == {second}
    assert {t.row.record for t in lines(store, text="全省")} == {first}
    assert {t.row.record for t in lines(store, text="许可信息")} == {first, item}
    day = clock.now().astimezone().date()
    since, until = day_bounds(day, day)
    assert len(lines(store, since=since, until=until)) == len(lines(store))
    later, _ = day_bounds(day + dt.timedelta(days=1), None)
    assert lines(store, since=later) == []


def test_quotes_and_backslashes_are_found_as_they_were_typed(
    store: WorkspaceStore, clock: Clock
) -> None:
    record = add(store, clock, "许可信息", abstract='写作 "A\\B" 的说明')
    assert {t.row.record for t in lines(store, text='"A\\B"')} == {record}


def test_what_an_undo_took_back_is_marked_until_a_redo(store: WorkspaceStore, clock: Clock) -> None:
    record = add(store, clock, "许可信息", abstract="说明文字一")
    editing.undo(store, actor="李四", clock=clock)
    told = lines(store, record=record, field="abstract")
    assert [(t.row.origin, t.row.undone) for t in told] == [
        (Origin.UNDONE, False),
        (Origin.TYPED, True),
    ]
    editing.redo(store, actor="李四", clock=clock)
    assert [t.row.undone for t in lines(store, record=record, field="abstract")] == [False] * 3


def test_a_deleted_record_keeps_its_name_in_the_history(
    store: WorkspaceStore, clock: Clock
) -> None:
    owner = add(store, clock, "许可信息")
    item = create_record(store, ITEM, {"name": "姓名"}, actor="李四", clock=clock, parent=owner)
    remove_records(store, RESOURCE, [owner], "重复登记", actor="李四", clock=clock)
    told = {t.row.record: t for t in lines(store) if t.row.sign == "-"}
    assert (told[owner].row.title, told[owner].row.gone, told[owner].row.reason) == (
        "许可信息",
        True,
        "重复登记",
    )
    assert (told[item].row.title, told[item].row.owner_title) == ("姓名", "许可信息")


# -- bringing back -----------------------------------------------------------------------------------------------------


def test_a_deleted_record_comes_back_with_its_children_and_one_undo_takes_it_away(
    store: WorkspaceStore, clock: Clock
) -> None:
    owner = add(store, clock, "许可信息", records_total_wan="很多", update_cycle="每天")
    items = [
        create_record(store, ITEM, {"name": n}, actor="李四", clock=clock, parent=owner)
        for n in ("姓名", "地址")
    ]
    before = (store.record(RESOURCE, owner), store.record(ITEM, items[0]))
    remove_records(store, RESOURCE, [owner], "误删", actor="李四", clock=clock)
    (removed,) = store.removed_records()
    assert (removed.title, removed.children, removed.reason) == ("许可信息", 2, "误删")
    restore_record(store, owner, actor="王五", clock=clock)
    assert (store.record(RESOURCE, owner), store.record(ITEM, items[0])) == before
    assert store.record(RESOURCE, owner).values["records_total_wan"] == Unfit("很多")  # type: ignore[union-attr]
    assert store.understood(RESOURCE, owner) == {"update_cycle": "每天"}
    assert store.removed_records() == []
    assert lines(store, record=owner)[0].row.origin is Origin.RESTORED
    editing.undo(store, actor="王五", clock=clock)
    assert store.record(RESOURCE, owner) is None
    assert store.count(ListQuery(form=ITEM)) == 0


def test_a_child_waits_for_its_owner(store: WorkspaceStore, clock: Clock) -> None:
    owner = add(store, clock, "许可信息")
    item = create_record(store, ITEM, {"name": "姓名"}, actor="李四", clock=clock, parent=owner)
    remove_records(store, ITEM, [item], "多余", actor="李四", clock=clock)
    remove_records(store, RESOURCE, [owner], "误删", actor="李四", clock=clock)
    with pytest.raises(UserError, match="RESTORE_OWNER"):
        restore_record(store, item, actor="李四", clock=clock)
    restore_record(store, owner, actor="李四", clock=clock)
    restore_record(store, item, actor="李四", clock=clock)
    assert store.record(ITEM, item) is not None


def test_a_record_that_is_there_is_not_brought_back(store: WorkspaceStore, clock: Clock) -> None:
    owner = add(store, clock, "许可信息")
    with pytest.raises(UserError, match="RESTORE_NOTHING"):
        restore_record(store, owner, actor="李四", clock=clock)


def test_a_former_value_comes_back_as_a_new_edit(store: WorkspaceStore, clock: Clock) -> None:
    record = add(store, clock, "许可信息", update_cycle="每日")
    add_again = RecordEditor(store, RESOURCE, record, actor="李四", clock=clock)
    add_again.set_text("update_cycle", "乱写")
    told = lines(store, record=record, field="update_cycle")
    state = bring_back(store, told[0].row, actor="王五", clock=clock)
    assert state.values["update_cycle"] == "daily"
    newest = lines(store, record=record, field="update_cycle")[0]
    assert (newest.row.actor, newest.origin, newest.before, newest.after) == (
        "王五",
        "恢复",
        "乱写",
        "每日",
    )
    bring_back(store, newest.row, actor="王五", clock=clock)
    kept = store.record(RESOURCE, record)
    assert kept is not None
    assert kept.values["update_cycle"] == Unfit("乱写")


def test_a_line_about_a_whole_record_has_no_value_to_bring_back(
    store: WorkspaceStore, clock: Clock
) -> None:
    record = add(store, clock, "许可信息")
    with pytest.raises(UserError, match="RESTORE_FIELD"):
        bring_back(store, lines(store, record=record)[-1].row, actor="李四", clock=clock)


# -- undo after a restart ----------------------------------------------------------------------------------------------

Reopen = Callable[[], WorkspaceStore]


@pytest.fixture
def reopen(store: WorkspaceStore) -> Reopen:
    """Close the file and open it again, as after a restart."""
    current = [store]

    def again() -> WorkspaceStore:
        path = current[0].path
        current[0].close()
        current[0] = bootstrap.Services().open_workspace(path)
        return current[0]

    return again


def test_an_import_is_undone_and_redone_after_a_restart_and_named(
    store: WorkspaceStore, clock: Clock, reopen: Reopen
) -> None:
    plan = importing.plan_import(store, [SYSTEMS], clock=clock)
    importing.apply_import(store, plan, actor="李四", clock=clock)
    count = store.count(ListQuery(form="information_system"))
    assert count
    store = reopen()
    undo, redo = undo_sentences(store.undo_state(), store.form_set, "zh")
    assert SYSTEMS.name in undo
    assert str(count) in undo
    assert redo == ""
    editing.undo(store, actor="李四", clock=clock)
    assert store.count(ListQuery(form="information_system")) == 0
    store = reopen()
    assert SYSTEMS.name in undo_sentences(store.undo_state(), store.form_set, "en")[1]
    editing.redo(store, actor="李四", clock=clock)
    assert store.count(ListQuery(form="information_system")) == count


def test_an_explanation_is_undone_after_a_restart(
    store: WorkspaceStore, clock: Clock, reopen: Reopen
) -> None:
    add(store, clock, "许可管理系统")
    warned = [f for f in check_workspace(store, clock=clock).findings if f.rule == "RES-3"]
    explain(store, warned, "名称沿用批复文件", actor="李四", clock=clock)
    told = lines(store, text="批复文件")[0]
    assert (told.what, told.after) == ("说明警告 RES-3", "名称沿用批复文件")
    store = reopen()
    editing.undo(store, actor="李四", clock=clock)
    assert store.explanations() == []
    store = reopen()
    editing.redo(store, actor="李四", clock=clock)
    assert [e.reason for e in store.explanations()] == ["名称沿用批复文件"]


def test_a_bulk_edit_and_a_deletion_are_undone_one_by_one_after_a_restart(
    store: WorkspaceStore, clock: Clock, reopen: Reopen
) -> None:
    records = [add(store, clock, f"许可{n}") for n in "一二三"]
    set_everywhere(store, RESOURCE, records, {"update_cycle": "daily"}, actor="李四", clock=clock)
    remove_records(store, RESOURCE, records[:2], "重复", actor="李四", clock=clock)
    store = reopen()
    editing.undo(store, actor="李四", clock=clock)
    assert {r.values["update_cycle"] for r in store.stream_records(RESOURCE)} == {"daily"}
    store = reopen()
    editing.undo(store, actor="李四", clock=clock)
    assert all("update_cycle" not in r.values for r in store.stream_records(RESOURCE))


# -- the file for others -----------------------------------------------------------------------------------------------


def test_the_journal_goes_out_as_csv_and_workbook_with_the_same_rows(
    store: WorkspaceStore, clock: Clock, tmp_path: Path
) -> None:
    record = add(store, clock, "=1+1", update_cycle="每日", abstract="@SUM")
    remove_records(store, RESOURCE, [record], "误录", actor="李四", clock=clock)
    editing.undo(store, actor="李四", clock=clock)
    context = context_for(store)
    done = export_journal(store, tmp_path / "j.csv", context)
    same = export_journal(store, tmp_path / "j.xlsx", context)
    assert done.rows == same.rows > done.lines
    text = (tmp_path / "j.csv").read_bytes().decode("utf-8-sig")
    told = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(told) == done.rows
    typed = next(r for r in told if r["字段"] == "更新周期" and r["来源方式"] == "填写")
    assert (typed["新值"], typed["操作人"], typed["记录"], typed["表单"]) == (
        "每日",
        "李四",
        "'=1+1",
        "信息资源",
    )
    removed = next(r for r in told if r["字段"] == "删除记录")
    assert (removed["原因"], removed["已撤销"]) == ("误录", "是")
    sheet = openpyxl.load_workbook(tmp_path / "j.xlsx")["变更记录"]
    assert sheet.max_row == done.rows + 1
    names = {cell.value for cell in next(zip(*sheet.iter_rows(min_row=2), strict=True))}
    assert names
    values = {cell.value for row in sheet.iter_rows() for cell in row}
    assert "=1+1" in values
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)


def test_another_suffix_is_refused_before_anything_is_written(
    store: WorkspaceStore, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="JOURNAL_SUFFIX"):
        export_journal(store, tmp_path / "j.txt", context_for(store))
    assert list(tmp_path.glob("j.*")) == []


def test_a_record_is_named_by_its_name_or_the_beginning_of_its_id(
    store: WorkspaceStore, clock: Clock
) -> None:
    record = add(store, clock, "许可信息")
    assert find_record(store, "许可信息").record == record
    assert find_record(store, record[:10]).record == record
    remove_records(store, RESOURCE, [record], "误录", actor="李四", clock=clock)
    assert find_record(store, "许可信息").record == record
    with pytest.raises(UserError, match="RECORD_UNKNOWN"):
        find_record(store, "没有")
    for _ in "12":
        add(store, clock, "同名")
    with pytest.raises(UserError, match="RECORD_SEVERAL"):
        find_record(store, "同名")


# -- reasons -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "fault"),
    [
        ("无", "REASON_TOO_SHORT"),
        ("   无  ", "REASON_TOO_SHORT"),
        ("没有原因。", "REASON_HOLLOW"),
        ("无无无无无", "REASON_HOLLOW"),
        ("……！！……", "REASON_HOLLOW"),
        ("N/A!!", "REASON_HOLLOW"),
        ("名称沿用批复文件", ""),
    ],
)
def test_a_reason_that_says_nothing_is_none(reason: str, fault: str) -> None:
    assert reason_fault(reason) == fault


def test_recent_reasons_are_those_of_the_rule_first_each_once(
    store: WorkspaceStore, clock: Clock
) -> None:
    records = [add(store, clock, f"{n}管理系统", published_on="1980-01-01") for n in "甲乙"]
    found = check_workspace(store, clock=clock).findings
    named = [f for f in found if f.rule == "RES-3"]
    dated = [f for f in found if f.rule == "RES-15b"]
    assert {f.record for f in named} == set(records)
    explain(store, named, "名称沿用批复文件", actor="李四", clock=clock)
    explain(store, dated[:1], "建国前的历史档案", actor="李四", clock=clock)
    assert recent_reasons(store, ["RES-15b"]) == ["建国前的历史档案", "名称沿用批复文件"]
    assert recent_reasons(store)[-1:]
    with pytest.raises(UserError, match="REASON_HOLLOW"):
        explain(store, dated[1:], "没有理由", actor="李四", clock=clock)


def test_english_sentences_name_forms_and_fields_in_english(
    store: WorkspaceStore, clock: Clock
) -> None:
    form = store.form_set.form("information_resource")
    record = editing.create_record(store, form.id, {"name": "水质"}, actor="李四", clock=clock)
    undo, _redo = undo_sentences(store.undo_state(), store.form_set, "en")
    assert undo == f"adding a record of {form.label.en}"
    editor = editing.RecordEditor(store, form.id, record, actor="李四", clock=clock)
    editor.set_values({"abstract": "断面", "keywords": "水"})
    undo, _redo = undo_sentences(store.undo_state(), store.form_set, "en")
    labels = ", ".join(form.field_by_id(f).label.en for f in ("abstract", "keywords"))
    assert undo == f"editing {labels} of “水质”"
    undo, _redo = undo_sentences(store.undo_state(), store.form_set, "zh")
    assert form.field_by_id("abstract").label.zh in undo
    assert tell_step("STEP_ADD", {"form": "旧表"}, store.form_set, "en").endswith("旧表")
