"""The template: everything from the form set, nothing changes on the way out and back, an edit is exactly that edit."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_app import bootstrap
from census_app.domain.changes import Insert, Origin, Put, Step
from census_app.domain.records import UNKNOWN, Record, Unfit, Value, new_id
from census_app.errors import UserError
from census_app.formats import own_marks
from census_app.formats.template_book import FormRows, TemplateBook, TemplateFacts
from census_app.formats.template_layout import columns_of
from census_app.formats.workbook import read_workbook
from census_app.formspec.model import Field, Text
from census_app.services.importing import plan_import
from census_app.services.lookup import context_for
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.templating import write_template
from tests.unit.excel.conftest import EditBook, Take, column, counts, rows_of

RESOURCE, ITEM = "信息资源", "信息项"


def total(store: WorkspaceStore) -> int:
    return sum(len(store.titles(form.id)) for form in store.form_set.forms)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_out_and_back_changes_nothing(
    store: WorkspaceStore, clock: Clock, tmp_path: Path, language: str
) -> None:
    done = write_template(store, tmp_path / "t.xlsx", language=language, spare=2)
    plan = plan_import(store, [done.path], clock=clock)
    assert counts(plan) == (0, 0, done.records, 0)
    assert plan.operations == ()
    assert plan.notes == ()
    assert not plan.understood


def test_every_question_has_a_column_and_each_sheet_its_checks(
    full_template: Path, store: WorkspaceStore
) -> None:
    book = openpyxl.load_workbook(full_template)
    for form in store.form_set.forms:
        sheet = book[form.label.zh]
        keys = {cell.value for cell in sheet[1]}
        asked = {f.id for f in form.stored_fields if f.type != "attachment"}
        assert asked <= keys
        assert sheet.protection.sheet
        assert not sheet.protection.password
        assert not sheet.protection.insertRows  # allowed, in the words of the format
        assert sheet.column_dimensions["A"].hidden
        assert sheet.cell(6, 1).protection.locked
        assert sheet.freeze_panes
        assert len(sheet.data_validations.dataValidation) >= len(asked)
        assert sheet.conditional_formatting
    assert book.defined_names["census_form_set"].attr_text == f'"{store.form_set.version}"'
    code = store.facts().department_code
    assert book.defined_names["census_department"].attr_text == f'"{code}"'
    assert book["_lists"].sheet_state == "hidden"
    national = [cell.value for cell in book["国家模板"][2]]
    assert len(national) == 53


def test_a_new_question_appears_by_itself(store: WorkspaceStore) -> None:
    form = store.form_set.form("internal_office")
    field = Field(id="leader", type="text", label=Text(zh="负责人", en="Head"), section="office")

    changed = msgspec.structs.replace(form, field=(*form.field, field))
    assert columns_of(changed, None, "zh")[-1].key == "leader"


def test_an_empty_template_has_the_example_only_and_imports_nothing(
    store: WorkspaceStore, clock: Clock, tmp_path: Path
) -> None:
    done = write_template(store, tmp_path / "t.xlsx", language="zh", empty=True, spare=2)
    assert done.records == 0
    book = openpyxl.load_workbook(done.path)
    assert book[RESOURCE].cell(5, column(book[RESOURCE], "信息资源名称")).value
    plan = plan_import(store, [done.path], clock=clock)
    assert counts(plan) == (0, 0, 0, 0)


def test_rows_that_a_filter_hides_are_taken_and_named(
    store: WorkspaceStore, template: Path, edited: EditBook, clock: Clock
) -> None:
    def filtered(book: Any) -> None:
        for row in (6, 7, 9):
            book[RESOURCE].row_dimensions[row].hidden = True

    plan = plan_import(store, [edited(template, filtered)], clock=clock)
    assert [(code, params["sheet"], params["which"]) for code, params in plan.notes] == [
        ("SHEET_HIDDEN_ROWS", RESOURCE, "6–7, 9")
    ]
    assert plan.unchanged > 50


def test_only_workbooks_can_be_templates(store: WorkspaceStore, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="TEMPLATE_SUFFIX"):
        write_template(store, tmp_path / "t.csv", language="zh", spare=2)


@settings(max_examples=3)
@given(st.integers(0, 2**32))
def test_k_edits_are_k_changes(
    template: Path, sample: Path, clock: Clock, tmp_path_factory: Any, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311
    folder = tmp_path_factory.mktemp("edits")
    shutil.copy(sample, folder / "a.censusdb")
    book = openpyxl.load_workbook(template)
    places = {
        (sheet, row, head)
        for sheet, head in ((RESOURCE, "备注"), (RESOURCE, "信息资源摘要"), (ITEM, "数据长度"))
        for row in rows_of(book[sheet])
    }
    chosen = chance.sample(sorted(places), chance.randint(1, 12))
    for number, (sheet, row, head) in enumerate(chosen):
        value: object = 7_000 + number if head == "数据长度" else f"改动之后的说明第{number}条"
        book[sheet].cell(row, column(book[sheet], head)).value = value
    book.save(folder / "t.xlsx")
    store = bootstrap.open_workspace(folder / "a.censusdb")
    try:
        plan = plan_import(store, [folder / "t.xlsx"], clock=clock)
    finally:
        store.close()
    assert len(plan.changed_values) == len(chosen)
    assert plan.new == len(plan.rejected) == 0
    assert plan.changed == len({(sheet, row) for sheet, row, _head in chosen})


def test_odd_answers_come_back_to_the_letter(
    store: WorkspaceStore, clock: Clock, tmp_path: Path
) -> None:
    form = store.form_set.form("information_resource")
    values: dict[str, Value] = {
        "name": "=SUM(A1:A9)",
        "abstract": "+cmd|' /C calc'!A0\n第二行 _x0041_ <b>&amp;</b> 𠮷",
        "size_total_gb": UNKNOWN,
        "records_total_wan": Unfit("=1200条"),
        "published_on": "1899-12-31",
        "is_open": False,
        "share_type": Unfit("@随便"),
        "source_systems": Unfit("甲、乙"),
    }
    record = Record(form.id, new_id(), values, unit=store.facts().department_code)
    step = Step("STEP_EDIT", "t", Origin.TYPED, "2026-11-30T00:00:00Z", (Insert(record),))
    store.write(step)
    done = write_template(store, tmp_path / "t.xlsx", language="zh", spare=2)
    sheet = openpyxl.load_workbook(done.path)[RESOURCE]
    row = rows_of(sheet)[-1]
    name = sheet.cell(row, column(sheet, "信息资源名称"))
    odd = sheet.cell(row, column(sheet, "结构化信息记录总数"))
    assert (name.value, name.data_type, name.number_format) == ("=SUM(A1:A9)", "s", "@")
    assert (odd.value, odd.data_type, odd.quotePrefix) == ("=1200条", "s", True)
    plan = plan_import(store, [done.path], clock=clock)
    assert plan.operations == ()


def test_controls_are_replaced_and_said(store: WorkspaceStore, tmp_path: Path) -> None:
    form = store.form_set.form("information_resource")
    record = next(store.stream_records(form.id))
    put = Put(form.id, record.id, {"remarks": Unfit("前\x01后")})
    store.write(Step("STEP_EDIT", "t", Origin.TYPED, "2026-11-30T00:00:00Z", (put,)))
    done = write_template(store, tmp_path / "t.xlsx", language="zh", spare=2)
    assert done.controls == 1
    sheet = openpyxl.load_workbook(done.path)[RESOURCE]
    found = sheet.cell(rows_of(sheet)[0], column(sheet, "备注")).value
    assert found == "前\ufffd后"


# -- what people and programs do to a workbook ---------------------------------------------------------------------


def test_new_rows_are_new_records_and_children_find_their_owner(
    store: WorkspaceStore, template: Path, edited: EditBook, take: Take
) -> None:
    def fill(book: Any) -> None:
        sheet = book[RESOURCE]
        sheet.cell(sheet.max_row + 1, column(sheet, "信息资源名称")).value = "新增的资源"
        items = book[ITEM]
        row = rows_of(items)[-1] + 1
        items.cell(row, column(items, "所属信息资源")).value = "新增的资源"
        items.cell(row, column(items, "信息项名称")).value = "新增的信息项"
        items.cell(row + 1, column(items, "所属信息资源")).value = "没有这条资源"
        items.cell(row + 1, column(items, "信息项名称")).value = "无主的信息项"

    plan = take(edited(template, fill))
    assert (plan.new, plan.changed, [r.code for r in plan.rejected]) == (2, 0, ["IMPORT_NO_OWNER"])
    made = next(
        r for r in store.stream_records("data_item") if r.values.get("name") == "新增的信息项"
    )
    assert made.parent is not None
    owner = store.record("information_resource", made.parent)
    assert owner is not None
    assert owner.values["name"] == "新增的资源"


def test_a_renamed_record_keeps_its_children(template: Path, edited: EditBook, take: Take) -> None:
    def rename(book: Any) -> None:
        sheet = book[RESOURCE]
        sheet.cell(6, column(sheet, "信息资源名称")).value = "换了名称的资源"

    plan = take(edited(template, rename))
    assert (plan.new, plan.changed, len(plan.rejected)) == (0, 1, 0)


def test_a_child_is_not_moved_silently(template: Path, edited: EditBook, take: Take) -> None:
    def move(book: Any) -> None:
        items, names = book[ITEM], book[RESOURCE]
        other = names.cell(rows_of(names)[-1], column(names, "信息资源名称")).value
        items.cell(6, column(items, "所属信息资源")).value = other

    assert [r.code for r in take(edited(template, move)).rejected] == ["IMPORT_OTHER_OWNER"]


def test_a_row_copied_within_excel_is_a_new_record(
    template: Path, edited: EditBook, take: Take
) -> None:
    def copy(book: Any) -> None:
        sheet = book[RESOURCE]
        target = rows_of(sheet)[-1] + 1
        for cell in sheet[6]:
            sheet.cell(target, cell.column).value = cell.value
        # The copy stands above its model after sorting, and only it was renamed.
        for number in range(1, sheet.max_column + 1):
            first, last = sheet.cell(6, number), sheet.cell(target, number)
            first.value, last.value = last.value, first.value
        sheet.cell(6, column(sheet, "信息资源名称")).value = "复制后改名的资源"

    plan = take(edited(template, copy))
    assert (plan.new, plan.changed, len(plan.rejected)) == (1, 0, 0)
    assert [code for code, _ in plan.notes] == ["ROW_COPIED"]


def test_deleted_ids_are_found_by_name(template: Path, edited: EditBook, take: Take) -> None:
    def forget(book: Any) -> None:
        for name in (RESOURCE, ITEM):
            for row in rows_of(book[name]):
                book[name].cell(row, 1).value = None

    plan = take(edited(template, forget))
    assert (plan.new, plan.changed, len(plan.rejected)) == (0, 0, 0)


def test_moved_sorted_renamed_and_foreign_things_do_not_matter(
    store: WorkspaceStore, template: Path, edited: EditBook, take: Take
) -> None:
    before = total(store)

    def mix(book: Any) -> None:
        sheet = book[RESOURCE]
        rows = [[cell.value for cell in sheet[row]] for row in rows_of(sheet)]
        for row, values in zip(rows_of(sheet), reversed(rows), strict=True):
            for number, value in enumerate(values, 1):
                sheet.cell(row, number).value = value
        left, right = column(sheet, "信息资源摘要"), column(sheet, "共享类型")
        for row in range(1, sheet.max_row + 1):  # columns change places, with their keys
            a, b = sheet.cell(row, left), sheet.cell(row, right)
            a.value, b.value = b.value, a.value
        sheet.title = "资源（张三填）"
        book.move_sheet(book[ITEM], -4)
        added = book.create_sheet("Sheet1", 0)
        added.append(["随手记的东西", "12"])
        hidden = book.create_sheet("_addin_cache")
        hidden.sheet_state = "veryHidden"
        hidden.append(["x", "y", "z"])
        book["填写说明"].title = "说明"

    plan = take(edited(template, mix))
    assert counts(plan) == (0, 0, before, 0)
    assert {code for code, _ in plan.notes} == {"SHEET_IGNORED", "SHEET_HIDDEN"} or {
        code for code, _ in plan.notes
    } == {"SHEET_IGNORED"}


def test_values_as_text_and_lost_keys_are_read_all_the_same(
    store: WorkspaceStore, template: Path, edited: EditBook, take: Take
) -> None:
    def spoil(book: Any) -> None:
        items = book[ITEM]
        length = column(items, "数据长度")
        for row in rows_of(items):
            value = items.cell(row, length).value
            items.cell(row, length).value = None if value is None else str(value)
        for cell in book[RESOURCE][1][5:]:
            cell.value = None  # the hidden keys are gone; the headers still say it
        book[RESOURCE].insert_rows(1)

    plan = take(edited(template, spoil))
    assert counts(plan) == (0, 0, total(store), 0)


def test_an_emptied_row_deletes_nothing_and_is_said(
    store: WorkspaceStore, template: Path, edited: EditBook, take: Take
) -> None:
    before = total(store)

    def clear(book: Any) -> None:
        for cell in book[RESOURCE][6][1:]:
            cell.value = None

    plan = take(edited(template, clear))
    assert (plan.new, plan.changed, [code for code, _ in plan.notes]) == (0, 0, ["ROW_EMPTIED"])
    assert total(store) == before


def test_a_column_people_add_is_shown_and_the_national_sheet_is_read(
    template: Path, edited: EditBook, take: Take
) -> None:
    def add(book: Any) -> None:
        sheet = book[RESOURCE]
        place = sheet.max_column + 1
        sheet.cell(4, place).value = "经办人意见"
        sheet.cell(6, place).value = "同意"
        national = book["国家模板"]
        heads = [str(cell.value).split("\n")[0] for cell in national[2]]
        for head, value in {
            "信息资源名称": "粘贴来的资源",
            "信息资源摘要": "从旧清单粘贴",
            "信息项名称": "某项",
        }.items():
            national.cell(3, heads.index(head) + 1).value = value

    plan = take(edited(template, add))
    assert plan.new == 2
    assert [t.unmatched for t in plan.tables if t.unmatched] == [("经办人意见",)]
    assert "NT-53" in {
        table.template.id for _path, content in plan.contents for table in content.tables
    }


def test_a_sheet_of_a_form_nobody_has_is_said(
    template: Path, edited: EditBook, store: WorkspaceStore
) -> None:
    def change(book: Any) -> None:
        book[RESOURCE]["A1"].value = own_marks.FORM_MARK + "no_such_form"

    content = read_workbook(edited(template, change), store.form_set)
    assert "SHEET_OTHER_FORM" in [note.code for note in content.notes]


def test_no_check_is_left_out_of_a_row(template: Path, store: WorkspaceStore) -> None:
    """What Excel cannot take in one formula would be dropped; so far every form has room."""
    context = context_for(store, "zh")
    tables = [FormRows(form, []) for form in store.form_set.forms]
    for sheet in TemplateBook(context, TemplateFacts("X", "Y"), tables).sheets:
        formulas = {key: str(text) for key, text in sheet.formulas(6).items()}
        assert formulas[own_marks.WRONG].count("LEN(") >= sum(
            bool(f.max_length) for f in sheet.form.stored_fields if f.type == "text"
        )
        last = [c.key for c in sheet.columns if c.field is not None and c.field.type == "code"][-1:]
        assert all(f"MATCH(${sheet.letters(key)}6," in formulas[own_marks.WRONG] for key in last)
        assert max(map(len, formulas.values())) < 8_192
