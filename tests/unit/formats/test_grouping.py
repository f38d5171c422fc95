from __future__ import annotations

from collections.abc import Sequence

import pytest

from census_app.formats.grouping import SheetRecord, group_records
from census_app.formats.notes import Note
from census_app.formats.raw import Range
from census_app.formats.sheets import Sheet
from census_app.formats.tables import find_tables
from census_app.formspec.model import FormSet

HEADER = ["信息资源名称", "信息资源代码", "信息资源摘要", "信息项名称", "数据类型", "共享类型"]


def group(
    form_set: FormSet,
    rows: Sequence[Sequence[str]],
    merges: Sequence[Range] = (),
    header: Sequence[str] = HEADER,
) -> tuple[list[SheetRecord], list[Note]]:
    notes: list[Note] = []
    width = len(header)
    cells = [[*row, *[""] * (width - len(row))] for row in [header, *rows]]
    (table,) = find_tables(Sheet("表", cells, tuple(merges)), form_set)
    return group_records(table, form_set, notes), notes


def shape(records: list[SheetRecord]) -> list[tuple[str, list[str]]]:
    """Return name and names of items of every record."""
    return [
        (
            r.cells["name"].text if "name" in r.cells else "",
            [c.cells["name"].text for c in r.children],
        )
        for r in records
    ]


def test_repeated_rows_are_one_record_with_many_items(form_set: FormSet) -> None:
    rows = [["甲", "", "摘要", "年份", "C", "1"], ["甲", "", "摘要", "月份", "C", "1"]]
    records, notes = group(form_set, rows)

    assert shape(records) == [("甲", ["年份", "月份"])]
    assert records[0].cells["abstract"].address == "C2"
    assert records[0].children[1].cells["name"].address == "D3"
    assert (records[0].first_row, records[0].children[1].first_row) == (2, 3)
    assert notes == []


def test_a_later_run_of_the_same_name_is_another_record(form_set: FormSet) -> None:
    rows = [["甲", "", "", "年份"], ["乙", "", "", "年份"], ["甲", "", "", "月份"]]
    records, _ = group(form_set, rows)

    assert shape(records) == [("甲", ["年份"]), ("乙", ["年份"]), ("甲", ["月份"])]


def test_the_same_name_with_another_column_is_another_record(form_set: FormSet) -> None:
    rows = [["甲", "", "一", "年份"], ["甲", "", "二", "月份"], ["甲", "", "", "日期"]]
    records, _ = group(form_set, rows)

    assert [r.cells["abstract"].text for r in records if "abstract" in r.cells] == ["一", "二"]
    assert [len(r.children) for r in records] == [1, 2]


def test_merge_ranges_part_records_that_say_the_same(form_set: FormSet) -> None:
    rows = [["甲", "", "", str(n)] for n in range(5)]
    records, _ = group(form_set, rows, [(1, 0, 2, 0), (3, 0, 4, 0)])

    assert shape(records) == [("甲", ["0", "1"]), ("甲", ["2", "3"]), ("甲", ["4"])]


def test_a_merged_name_holds_rows_together_whose_other_cells_are_blank(form_set: FormSet) -> None:
    rows = [["甲", "", "摘要", "年份"], ["甲", "", "", "月份"], ["甲", "", "", "日期", "", "1"]]
    records, _ = group(form_set, rows, [(1, 0, 3, 0)])

    assert shape(records) == [("甲", ["年份", "月份", "日期"])]
    assert records[0].cells["share_type"].address == "F4"


def test_rows_with_nothing_but_an_item_belong_to_the_record_above(form_set: FormSet) -> None:
    records, _ = group(form_set, [["甲", "", "摘要", "年份"], ["", "", "", "月份"]])

    assert shape(records) == [("甲", ["年份", "月份"])]


def test_an_equal_code_is_one_record_even_apart(form_set: FormSet) -> None:
    rows = [
        ["甲", "307/1", "一", "年份"],
        ["乙", "307/2", "二", "年份"],
        ["甲", "307/1", "", "月份"],
    ]
    records, _ = group(form_set, rows)

    assert shape(records) == [("甲", ["年份", "月份"]), ("乙", ["年份"])]


def test_an_equal_code_with_another_name_drops_nothing(form_set: FormSet) -> None:
    rows = [["甲", "307/1", "", "年份"], ["乙", "307/1", "", "月份"]]
    records, _ = group(form_set, rows)

    assert shape(records) == [("甲", ["年份"]), ("乙", ["月份"])]


def test_a_differing_sharing_type_of_one_code_is_the_items_own(form_set: FormSet) -> None:
    rows = [["甲", "307/1", "", "年份", "C", "1"], ["甲", "307/1", "", "姓名", "C", "2"]]
    records, _ = group(form_set, rows)

    assert records[0].cells["share_type"].text == "1"
    assert "share_type" not in records[0].children[0].cells
    assert records[0].children[1].cells["share_type"].text == "2"


def test_a_differing_sharing_type_without_a_code_is_another_record(form_set: FormSet) -> None:
    rows = [["甲", "", "", "年份", "C", "1"], ["甲", "", "", "姓名", "C", "2"]]
    records, _ = group(form_set, rows)

    assert shape(records) == [("甲", ["年份"]), ("甲", ["姓名"])]


def test_a_row_that_only_repeats_is_not_taken_twice_and_noted(form_set: FormSet) -> None:
    records, notes = group(form_set, [["甲", "", "摘要"], ["甲", "", "摘要"]])

    assert shape(records) == [("甲", [])]
    assert [(n.code, n.cell) for n in notes] == [("ROW_REPEATED", "A3")]


def test_a_record_without_items_has_none(form_set: FormSet) -> None:
    records, _ = group(form_set, [["甲"], ["乙", "", "", "年份"]])

    assert shape(records) == [("甲", []), ("乙", ["年份"])]


def test_a_record_without_name_is_kept(form_set: FormSet) -> None:
    records, _ = group(form_set, [["", "", "有摘要没有名称"]])

    assert records[0].cells["abstract"].text == "有摘要没有名称"


def test_text_is_kept_to_the_letter(form_set: FormSet) -> None:
    records, _ = group(form_set, [["  甲 ", "", "一\n二 ", " 年份"]])

    assert shape(records) == [("  甲 ", [" 年份"])]
    assert records[0].cells["abstract"].text == "一\n二 "


def test_the_class_path_is_read_from_the_top(form_set: FormSet) -> None:
    header = ["类分类", "项分类", "目分类", "细目分类", "信息资源名称"]
    records, _ = group(
        form_set, [["部门", "国务院", "", "审计署", "甲"], ["", "", "", "", "乙"]], (), header
    )

    assert records[0].class_path == ("部门", "国务院", "审计署")
    assert records[0].class_address == "A2"
    assert records[1].class_path == ()


@pytest.mark.parametrize(
    "remark",
    [
        ["注：以上数据截至 2017 年"],
        ["填表人：张三", "", "审核人：李四"],
        ["合计", "", "12", "3", "4", "5"],
        ["备注: 无"],
    ],
)
def test_remarks_below_the_table_are_no_records_and_noted(
    form_set: FormSet, remark: list[str]
) -> None:
    records, notes = group(form_set, [["甲", "", "摘要"], [], remark])

    assert shape(records) == [("甲", [])]
    assert [(n.code, n.cell) for n in notes] == [("ROW_NOT_READ", "A4")]


@pytest.mark.parametrize(
    "name", ["备注信息", "合计表", "说明书登记信息", "审核人员信息", "注册企业"]
)
def test_names_that_begin_like_remarks_are_records(form_set: FormSet, name: str) -> None:
    records, notes = group(form_set, [[name]])

    assert shape(records) == [(name, [])]
    assert notes == []


def test_a_heading_merged_over_the_columns_is_no_record(form_set: FormSet) -> None:
    rows = [["一、综合处"], ["甲", "", "摘要"]]
    records, notes = group(form_set, rows, [(1, 0, 1, 5)])

    assert shape(records) == [("甲", [])]
    assert notes[0].params["found"] == "一、综合处"


def test_a_repeated_header_is_skipped(form_set: FormSet) -> None:
    records, notes = group(form_set, [["甲", "", "摘要"], HEADER, ["乙"]])

    assert shape(records) == [("甲", []), ("乙", [])]
    assert [n.code for n in notes] == ["HEADER_REPEATED"]


def test_rows_with_a_serial_number_only_are_blank(form_set: FormSet) -> None:
    records, notes = group(
        form_set, [["1", "甲"], ["2", ""]], (), ["序号", "信息资源名称", "信息资源摘要"]
    )

    assert shape(records) == [("甲", [])]
    assert notes == []


def test_a_row_outside_the_known_columns_is_noted(form_set: FormSet) -> None:
    records, notes = group(
        form_set,
        [["甲", "乙", ""], ["", "", "流浪的字"]],
        (),
        ["信息资源名称", "信息资源摘要", "颜色"],
    )

    assert len(records) == 1
    assert [(n.code, n.cell) for n in notes] == [("ROW_NOT_READ", "C3")]


def test_items_listed_in_one_cell_become_items(form_set: FormSet) -> None:
    rows = [["甲", "姓名/字符型C、年龄/数值型N"], ["乙", "名称/字符型C"]]
    records, _ = group(form_set, rows, (), ["信息资源名称", "信息项名称"])

    assert shape(records) == [("甲", ["姓名", "年龄"]), ("乙", ["名称"])]
    assert records[0].children[1].cells["data_type"].text == "数值型N"
    assert records[0].children[1].cells["name"].address == "B2"


def test_a_comma_in_an_items_name_stays_when_items_have_columns(form_set: FormSet) -> None:
    records, _ = group(form_set, [["甲", "", "", "经度、纬度", "B"]])

    assert shape(records) == [("甲", ["经度、纬度"])]


def test_every_row_of_a_table_without_children_is_a_record(form_set: FormSet) -> None:
    rows = [["甲", "办公"], ["甲", "办公"], ["", "会议"]]
    records, _ = group(form_set, rows, (), ["系统名称", "业务功能"])

    assert [r.first_row for r in records] == [2, 3, 4]


@pytest.mark.parametrize(
    "guide",
    [
        ["示例", "社会团体登记信息", "", "摘要", "名称", "字符型C", "1"],
        ["例1", "社会团体登记信息", "", "摘要", "名称"],
        ["", "例：社会团体登记信息", "", "摘要", "名称"],
        ["", "（示例）社会团体登记信息", "", "摘要", "名称"],
        ["填写说明", "规范全称", "没有的不填", "256字以内", "中文名称", "见字典", "见字典"],
        ["", "填表说明：名称写全称。"],
        ["", "必填，写全称", "选填", "不超过256字", "必填", "下拉选择", "请按字典选择"],
    ],
)
def test_an_example_or_an_explanation_below_the_header_is_no_record_and_noted(
    form_set: FormSet, guide: list[str]
) -> None:
    record = ["1", "甲", "", "摘要", "姓名", "C", "1"]
    records, notes = group(form_set, [guide, record], (), ["序号", *HEADER])

    assert shape(records) == [("甲", ["姓名"])]
    assert [(n.code, n.params["cell"][1:]) for n in notes] == [("ROW_NOT_READ", "2")]


def test_an_example_ends_where_the_first_record_begins(form_set: FormSet) -> None:
    rows = [
        ["填写说明", "规范全称"],
        ["示例", "乙", "", "摘要", "名称"],
        ["", "乙", "", "", "住所"],
        ["", "", "", "", "代码"],
        ["", "甲", "", "摘要", "姓名"],
        ["", "", "", "", "性别"],
    ]
    records, notes = group(form_set, rows, (), ["序号", *HEADER])

    assert shape(records) == [("甲", ["姓名", "性别"])]
    assert [n.cell for n in notes] == ["A2", "A3", "B4", "E5"]


@pytest.mark.parametrize(
    "name", ["例行检查信息", "示例省登记信息", "登记信息（示例）", "说明书登记信息", "举例说明库"]
)
def test_names_that_begin_like_examples_are_records(form_set: FormSet, name: str) -> None:
    records, notes = group(form_set, [[name, "", "摘要", "姓名"]])

    assert shape(records) == [(name, ["姓名"])]
    assert notes == []
