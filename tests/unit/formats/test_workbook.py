from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from census_app.assets import data_root
from census_app.diagnostics import wording
from census_app.errors import DataProblem
from census_app.formats.workbook import read_workbook
from census_app.formspec.model import FormSet

WriteBook = Callable[..., Path]


def test_every_sheet_is_read_by_its_header_and_others_are_reported(
    form_set: FormSet, write_book: WriteBook
) -> None:
    path = write_book(
        {
            "封面": [["政务信息资源大普查"], ["2017 年"]],
            "系统": [["清单"], ["序号", "系统名称", "业务功能"], [1, "甲", "办公"]],
            "资源": [
                ["信息资源名称", "信息项名称", "发布日期"],
                ["乙", "年份", dt.date(2020, 1, 2)],
            ],
            "空": [],
        }
    )
    content = read_workbook(path, form_set)

    assert [(t.sheet, t.template.form, len(t.records)) for t in content.tables] == [
        ("系统", "information_system", 1),
        ("资源", "information_resource", 1),
    ]
    assert content.ignored == ("封面",)
    published = content.tables[1].records[0].cells["published_on"]
    assert (published.text, published.sheet, published.address) == ("2020-01-02", "资源", "C2")
    assert (published.was_date, published.was_number) == (True, False)


def test_unmatched_columns_are_named_with_how_much_they_hold(
    form_set: FormSet, write_book: WriteBook
) -> None:
    path = write_book(
        [["系统名称", "业务功能", "颜色"], ["甲", "办公", "红"], ["乙", "会议", None]]
    )
    content = read_workbook(path, form_set)

    assert content.tables[0].unmatched == ("颜色",)
    (found,) = [n for n in content.notes if n.code == "COLUMN_UNMATCHED"]
    assert found.params == {"sheet": "Sheet1", "cell": "C1", "header": "颜色", "filled": "1"}


def test_a_mapping_names_the_field_of_a_column(form_set: FormSet, write_book: WriteBook) -> None:
    path = write_book([["系统名称", "颜色", "形状"], ["甲", "红", "圆"]])
    mapping = {"颜色": "information_system.function", "形状": ""}
    content = read_workbook(path, form_set, mapping=mapping)

    assert content.tables[0].records[0].cells["function"].text == "红"
    assert (content.tables[0].unmatched, content.notes) == ((), ())
    assert content.tables[0].columns == {
        "A1": "information_system.name",
        "B1": "information_system.function",
    }


def test_the_phase_of_a_survey_form_is_given_to_its_systems(
    form_set: FormSet, write_book: WriteBook
) -> None:
    rows = [["系统名称", "当前建设阶段"], ["甲", "系统测试"]]
    content = read_workbook(write_book(rows), form_set)

    assert content.tables[0].template.id == "ZH-building"
    assert content.tables[0].records[0].cells["phase"].text == "在建"


def test_a_phase_the_row_says_itself_stays(form_set: FormSet, write_book: WriteBook) -> None:
    rows = [["系统名称", "当前建设阶段", "系统所处阶段"], ["甲", "", "拟建"], ["乙", "", None]]
    records = read_workbook(write_book(rows), form_set).tables[0].records

    assert [record.cells["phase"].text for record in records] == ["拟建", "在建"]


def test_a_departments_sheet_holds_its_card_and_its_offices(
    form_set: FormSet, write_book: WriteBook
) -> None:
    rows = [
        ["单位名称", "江苏省某厅"],
        ["统一社会信用代码", "11320000980005965U"],
        ["部门职能（最新颁布）", "负责某事"],
        ["内设部门名称", "内设部门职责及业务范围"],
        ["综合处", "综合"],
    ]
    content = read_workbook(write_book({"①部门职能清单": rows}), form_set)

    assert [(t.template.form, len(t.records)) for t in content.tables] == [
        ("department", 1),
        ("internal_office", 1),
    ]


@pytest.mark.parametrize("between", [[], [[]]])
def test_two_pairs_in_a_row_are_a_card_and_the_list_below_is_a_table(
    form_set: FormSet, write_book: WriteBook, between: list[list[str]]
) -> None:
    rows = [
        ["部门职能清单"],
        ["单位名称", "江苏省某厅", "", "统一社会信用代码", "11320000990000017P"],
        ["联系人姓名", "张", "", "部门职能（最新颁布）", "负责某事"],
        *between,
        ["序号", "内设部门名称", "内设部门职责及业务范围"],
        [1, "综合处", "综合"],
    ]
    merges = ["A1:E1", "B2:C2", "B3:C3"]
    content = read_workbook(write_book(rows, merges=merges), form_set)
    card, offices = content.tables

    assert {name: cell.text for name, cell in card.records[0].cells.items()} == {
        "name": "江苏省某厅",
        "uscc": "11320000990000017P",
        "contact_name": "张",
        "functions": "负责某事",
    }
    assert (card.template.id, card.unmatched) == ("card", ())
    assert [record.cells["name"].text for record in offices.records] == ["综合处"]


def test_one_row_of_pairs_above_a_list_is_a_card(form_set: FormSet, write_book: WriteBook) -> None:
    rows = [
        ["单位名称", "江苏省某厅", "统一社会信用代码", "11320000990000017P", "联系人姓名", "张"],
        ["序号", "系统名称", "业务功能", "审批部门"],
        [1, "甲", "办公", "省发展改革委"],
    ]
    card, systems = read_workbook(write_book(rows), form_set).tables

    assert set(card.records[0].cells) == {"name", "uscc", "contact_name"}
    assert set(systems.records[0].cells) == {"name", "function", "approval_dept"}


def test_a_csv_list_of_systems_is_a_self_check(form_set: FormSet, tmp_path: Path) -> None:
    path = tmp_path / "systems.csv"
    path.write_text(
        "部门,名称,功能,使用范围,使用频度,审批部门,审批时间,经费来源\n某厅,甲,办公,单位内部,30,某委,2010-10,财政资金\n",
        encoding="gb18030",
    )
    (table,) = read_workbook(path, form_set).tables

    assert table.template.id == "self-check"
    assert {name: cell.text for name, cell in table.records[0].cells.items()} == {
        "org": "某厅",
        "name": "甲",
        "function": "办公",
        "use_scope": "单位内部",
        "monthly_uses": "30",
        "approval_dept": "某委",
        "approval_month": "2010-10",
        "fund_source": "财政资金",
    }


def test_resources_merged_over_their_items_are_read_from_a_file(
    form_set: FormSet, write_book: WriteBook
) -> None:
    rows = [
        ["政务信息资源Excel模版", None, None, None],
        ["信息资源名称", "信息资源摘要", "信息项名称", "数据长度"],
        ["甲", "同", "年份", 4],
        [None, None, "月份", 2],
        ["甲", "同", "日期", 8],
        [None, None, "时间", 14],
    ]
    merges = ["A1:D1", "A3:A4", "B3:B4", "A5:A6", "B5:B6"]
    (table,) = read_workbook(write_book(rows, merges=merges), form_set).tables

    found = [
        [(c.cells["name"].text, c.cells["data_length"].text) for c in record.children]
        for record in table.records
    ]
    assert found == [[("年份", "4"), ("月份", "2")], [("日期", "8"), ("时间", "14")]]


def test_a_file_that_is_refused_gives_no_half_content(form_set: FormSet, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("系统名称,业务功能\n甲,办公\n乙\n", encoding="utf-8")

    with pytest.raises(DataProblem):
        read_workbook(path, form_set)


def test_every_note_has_its_sentence_in_both_languages() -> None:
    messages = wording.catalogue()
    source = data_root() / "census_app" / "formats"
    codes = {
        code
        for path in source.glob("*.py")
        for code in re.findall(r'note\(\s*"([A-Z_]+)"', path.read_text(encoding="utf-8"))
    }

    assert len(codes) > 8
    assert {"zh", "en", "next_zh", "next_en"} <= set.intersection(
        *(set(messages[c]) for c in codes)
    )
