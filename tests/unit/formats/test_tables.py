from __future__ import annotations

from collections.abc import Sequence

from census_app.formats.headers import HeaderMap
from census_app.formats.raw import Range
from census_app.formats.sheets import Sheet
from census_app.formats.tables import TableFound, find_tables
from census_app.formspec.model import FormSet


def sheet(rows: Sequence[Sequence[str]], merges: Sequence[Range] = (), name: str = "表") -> Sheet:
    width = max(map(len, rows))
    return Sheet(name, [[*row, *[""] * (width - len(row))] for row in rows], tuple(merges))


def fields(table: TableFound) -> dict[int, str]:
    return {column: f"{ref.form}.{ref.field}" for column, ref in table.columns.items()}


def test_a_header_is_found_below_titles_and_right_of_blank_columns(form_set: FormSet) -> None:
    rows = [["", "全省信息系统清单"], [], ["", "", "系统名称", "业务功能"], ["", "", "甲", "办公"]]
    (table,) = find_tables(sheet(rows), form_set)

    assert table.form == "information_system"
    assert (table.header, table.first, table.end) == ((2, 2), 3, 4)
    assert fields(table) == {2: "information_system.name", 3: "information_system.function"}
    assert table.titles == ("全省信息系统清单",)


def test_the_child_form_takes_its_columns_and_the_second_of_an_ambiguous_header(
    form_set: FormSet,
) -> None:
    header = ["信息资源名称", "share_type", "信息项名称", "数据类型", "share_type"]
    (table,) = find_tables(sheet([header]), form_set)

    assert list(fields(table).values()) == [
        "information_resource.name",
        "information_resource.share_type",
        "data_item.name",
        "data_item.data_type",
        "data_item.share_type",
    ]


def test_sub_headers_belong_to_their_group(form_set: FormSet) -> None:
    rows = [
        ["部门已建政务信息系统调查表"],
        ["系统名称", "建设单位", "", "承建单位", "", "监理单位", ""],
        ["", "名称", "联系人", "名称", "联系人", "名称", "联系人"],
        ["甲", "综合处", "张", "某公司", "李", "某院", "王"],
    ]
    rows[2][0] = "系统名称"  # as filled from the merged cell above
    merges = [(0, 0, 0, 6), (1, 0, 2, 0), (1, 1, 1, 2), (1, 3, 1, 4), (1, 5, 1, 6)]
    (table,) = find_tables(sheet(rows, merges), form_set)

    assert (table.header, table.first) == ((1, 2), 3)
    assert fields(table) == {
        0: "information_system.name",
        1: "information_system.owner_office",
        2: "information_system.owner_contact",
        3: "information_system.builder",
        4: "information_system.builder_contact",
    }
    assert [u.header for u in table.unmatched] == ["监理单位 / 名称", "监理单位 / 联系人"]


def test_a_sub_header_that_repeats_the_end_of_its_group_is_the_groups_own(
    form_set: FormSet,
) -> None:
    rows = [
        ["单位名称", "系统名称", "承建单位", "", "建设单位", ""],
        ["单位名称", "系统名称", "单位名称", "联系人", "单位名称", "联系人"],
        ["江苏省某厅", "甲", "某公司", "李", "综合处", "张"],
    ]
    merges = [(0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 0, 3), (0, 4, 0, 5)]
    (table,) = find_tables(sheet(rows, merges), form_set)

    assert list(fields(table).values()) == [
        "information_system.org",
        "information_system.name",
        "information_system.builder",
        "information_system.builder_contact",
        "information_system.owner_office",
        "information_system.owner_contact",
    ]


def test_row_numbers_are_no_field_whatever_stands_above_them(form_set: FormSet) -> None:
    rows = [
        ["单位名称", "江苏省某厅", "", ""],
        ["序号", "系统名称", "业务功能", "审批部门"],
        ["1", "甲", "办公", "省发展改革委"],
    ]
    (table,) = find_tables(sheet(rows), form_set)

    assert list(table.columns) == [1, 2, 3]
    assert table.unmatched == ()


def test_labels_beside_values_are_no_header(form_set: FormSet) -> None:
    rows = [
        ["单位名称", "江苏省某厅", "统一社会信用代码", "11320000990000017P"],
        ["联系人姓名", "张", "部门职能", "办公"],
    ]
    table_of_two = [["单位名称", "统一社会信用代码"], ["江苏省某厅", "11320000990000017P"]]

    assert find_tables(sheet(rows), form_set) == []
    assert find_tables(sheet([*rows, [], *rows]), form_set) == []
    assert [t.form for t in find_tables(sheet(table_of_two), form_set)] == ["department"]


def test_items_named_like_labels_do_not_make_a_table_a_card(form_set: FormSet) -> None:
    rows = [
        ["信息资源名称", "来源", "信息项名称", "说明"],
        ["甲", "处室", "信息资源摘要", "长"],
        ["甲", "处室", "更新周期", "长"],
    ]
    (table,) = find_tables(sheet(rows), form_set)

    assert (table.form, table.first) == ("information_resource", 1)


def test_groups_need_not_be_merged(form_set: FormSet) -> None:
    rows = [["系统名称", "承建单位", ""], ["", "名称", "联系人"], ["甲", "某公司", "李"]]
    (table,) = find_tables(sheet(rows), form_set)

    assert fields(table)[2] == "information_system.builder_contact"
    assert table.first == 2


def test_three_header_rows_are_one_header(form_set: FormSet) -> None:
    rows = [
        ["基本信息", "", ""],
        ["系统名称", "承建单位", ""],
        ["系统名称", "名称", "联系人"],
        ["甲", "某公司", "李"],
    ]
    merges = [(0, 0, 0, 2), (1, 0, 2, 0), (1, 1, 1, 2)]
    (table,) = find_tables(sheet(rows, merges), form_set)

    assert fields(table)[2] == "information_system.builder_contact"
    assert table.first == 3


def test_internal_names_below_the_header_are_skipped_and_help(form_set: FormSet) -> None:
    rows = [
        ["系统名称", "业务功能", "何处批准"],
        ["name", "function", "approval_dept"],
        ["甲", "办公", "省发展改革委"],
    ]
    (table,) = find_tables(sheet(rows), form_set)

    assert table.first == 2
    assert fields(table)[2] == "information_system.approval_dept"


def test_internal_names_that_no_form_knows_are_skipped_and_noted(form_set: FormSet) -> None:
    rows = [["系统名称", "业务功能", "审批部门"], ["XTMC", "YWGN", "SPBM"], ["甲", "办公", "委"]]
    (table,) = find_tables(sheet(rows), form_set)

    assert table.first == 2
    assert [(n.code, n.cell) for n in table.notes] == [("HEADER_ROW_SKIPPED", "A2")]


def test_a_second_header_row_in_english_belongs_to_the_header(form_set: FormSet) -> None:
    rows = [["系统名称", "业务功能"], ["Name", "Function"], ["甲", "办公"]]
    (table,) = find_tables(sheet(rows), form_set)

    assert table.first == 2


def test_two_lists_of_one_form_below_their_titles_are_two_tables(form_set: FormSet) -> None:
    header = ["系统名称", "业务功能"]
    rows = [["已建系统"], header, ["甲", "办公"], [], ["在建系统"], header, ["乙", "会议"]]
    tables = find_tables(sheet(rows), form_set)

    assert [(t.first, t.end, t.titles) for t in tables] == [
        (2, 4, ("已建系统",)),
        (6, 7, ("在建系统",)),
    ]


def test_a_lone_name_directly_above_a_further_header_stays_a_record(form_set: FormSet) -> None:
    header = ["系统名称", "业务功能"]
    rows = [header, ["甲", "办公"], ["乙", ""], ["内设部门名称", "内设部门职责及业务范围"]]
    first, _ = find_tables(sheet(rows), form_set)

    assert first.end == 3


def test_column_numbers_and_marks_of_obligation_are_skipped(form_set: FormSet) -> None:
    rows = [
        ["系统名称", "业务功能", "审批部门"],
        ["1", "2", "3"],
        ["必填", "选填", "（必填项）"],
        ["甲", "办公", "省发展改革委"],
    ]
    (table,) = find_tables(sheet(rows), form_set)

    assert table.first == 3


def test_a_row_of_latin_words_is_data_when_it_repeats_or_has_blanks_inside(
    form_set: FormSet,
) -> None:
    rows = [["系统名称", "业务功能", "审批部门"], ["Office OA", "office", "OMB"]]
    (table,) = find_tables(sheet(rows), form_set)

    assert table.first == 1


def test_class_columns_are_one_path(form_set: FormSet) -> None:
    rows = [
        ["类分类", "项分类", "目分类", "细目分类", "分类五级", "信息资源名称", "信息资源格式分类"]
    ]
    (table,) = find_tables(sheet(rows), form_set)

    assert table.class_columns == (0, 1, 2, 3, 4)
    assert fields(table)[6] == "information_resource.format_class"


def test_unmatched_columns_are_reported_and_serial_numbers_are_not(form_set: FormSet) -> None:
    rows = [
        ["序号", "系统名称", "业务功能", "颜色", ""],
        ["1", "甲", "办公", "红", "无头"],
        ["2", "乙", "会议", "", ""],
    ]
    (table,) = find_tables(sheet(rows), form_set)

    assert [(u.column, u.header, u.filled) for u in table.unmatched] == [(3, "颜色", 1), (4, "", 1)]


def test_a_second_column_of_the_same_field_is_reported(form_set: FormSet) -> None:
    (table,) = find_tables(sheet([["系统名称", "业务功能", "功能"]]), form_set)

    assert [u.header for u in table.unmatched] == ["功能"]


def test_several_tables_stand_below_each_other(form_set: FormSet) -> None:
    rows = [
        ["内设部门名称", "内设部门职责及业务范围"],
        ["综合处", "综合"],
        [],
        ["信息系统"],
        ["系统名称", "业务功能"],
        ["甲", "办公"],
    ]
    first, second = find_tables(sheet(rows), form_set)

    assert (first.form, first.first, first.end) == ("internal_office", 1, 3)
    assert (second.form, second.first, second.end) == ("information_system", 5, 6)


def test_a_second_table_is_found_far_below(form_set: FormSet) -> None:
    rows = [
        ["系统名称", "业务功能"],
        *[["甲", "乙"]] * 200,
        [],
        ["内设部门名称", "内设部门职责及业务范围"],
    ]

    assert [t.form for t in find_tables(sheet(rows), form_set)] == [
        "information_system",
        "internal_office",
    ]


def test_a_sheet_without_what_names_a_record_is_no_table(form_set: FormSet) -> None:
    rows = [["格式分类", "共享类型", "更新周期"], ["数据库", "无条件共享", "每年"]]

    assert find_tables(sheet(rows, name="字典"), form_set) == []


def test_prose_is_no_table(form_set: FormSet) -> None:
    rows = [["填写说明"], ["一、名称要写全称"], ["二、业务功能", "不超过 500 字"]]

    assert find_tables(sheet(rows), form_set) == []


def test_an_explanation_in_brackets_does_not_hide_a_header(form_set: FormSet) -> None:
    rows = [["系统名称（全称）", "审批时间（格式：2010-10）"]]
    (table,) = find_tables(sheet(rows), form_set)

    assert set(fields(table).values()) == {
        "information_system.name",
        "information_system.approval_month",
    }


def test_a_mapping_brings_an_unknown_header_in(form_set: FormSet) -> None:
    known = HeaderMap(form_set, {"何处批准": "approval_dept", "颜色": ""})
    (table,) = find_tables(sheet([["系统名称", "何处批准", "颜色"]]), form_set, known)

    assert fields(table)[1] == "information_system.approval_dept"
    assert table.unmatched == ()
