"""One test per template in use, against the shipped form set, with the header rows as the templates have them."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

from census_app.assets import forms_dir
from census_app.formats.raw import Range
from census_app.formats.sheets import Sheet
from census_app.formats.tables import TableFound, find_tables
from census_app.formats.templates import recognise
from census_app.formspec.loader import load_form_set
from census_app.formspec.model import FormSet

HEADERS: dict[str, list[str]] = tomllib.loads(
    Path(__file__).with_name("template_headers.toml").read_text(encoding="utf-8")
)
CLASSES = [
    "类分类",
    "项分类",
    "目分类",
    "细目分类",
    *[f"分类{level}级" for level in HEADERS["levels"]],
]


@pytest.fixture(scope="module")
def shipped() -> FormSet:
    return load_form_set(forms_dir())


def one_table(
    form_set: FormSet,
    rows: Sequence[Sequence[str]],
    merges: Sequence[Range] = (),
    name: str = "Sheet1",
) -> TableFound:
    width = max(map(len, rows))
    cells = [[*row, *[""] * (width - len(row))] for row in rows]
    (table,) = find_tables(Sheet(name, cells, tuple(merges)), form_set)
    return table


def read_fields(table: TableFound) -> set[str]:
    return {
        ref.field if ref.form == table.form else f"item.{ref.field}"
        for ref in table.columns.values()
    }


def left_out(table: TableFound) -> list[str]:
    return [column.header for column in table.unmatched]


def test_nj_30(shipped: FormSet) -> None:
    table = one_table(shipped, [["政务信息资源Excel模版"], HEADERS["nj_30"]], [(0, 0, 0, 29)])

    assert recognise(table, shipped).id == "NJ-30"
    assert (len(table.columns), left_out(table)) == (30, [])
    assert {"item.name_en", "size_open_gb", "related_codes"} <= read_fields(table)


def test_nt_53_with_marks_and_a_group_over_the_census_columns(shipped: FormSet) -> None:
    optional = {*CLASSES[2:], "信息资源代码", "提供方内部部门"}
    flat = [*CLASSES, *HEADERS["nt_head"], *HEADERS["census"], *HEADERS["nt_tail"]]
    leaf = [f"{h}\n（{'选填项' if h in optional else '必填项'}）" for h in flat]
    upper = [*leaf[:35], "信息资源大普查", "", "", "", "", "", *leaf[41:]]
    merges = [(0, 0, 0, 52), (1, 35, 1, 40)]
    merges += [(1, c, 2, c) for c in range(53) if not 35 <= c <= 40]
    table = one_table(shipped, [["政务信息资源Excel模版"], upper, leaf], merges)

    assert recognise(table, shipped).id == "NT-53"
    assert (table.header, table.first) == ((1, 2), 3)
    assert table.class_columns == tuple(range(26))
    assert (len(table.columns), left_out(table)) == (27, [])


def test_nt_27_with_units_and_its_misprint(shipped: FormSet) -> None:
    units = [f"{h}（{'G' if '量' in h else '万'}）" for h in HEADERS["census"]]
    tail = ["更新每周期" if h == "更新周期" else h for h in HEADERS["nt_tail"]]
    table = one_table(shipped, [[*HEADERS["nt_head"], *units, *tail]])

    assert recognise(table, shipped).id == "NT-27"
    assert (len(table.columns), left_out(table)) == (27, [])


def test_dw_2(shipped: FormSet) -> None:
    table = one_table(shipped, [HEADERS["dw_2"]], name="②部门信息资源产生清单")

    assert recognise(table, shipped).id == "DW-2"
    assert table.class_columns == (1, 2, 3, 4, 5)
    assert left_out(table) == []
    assert {"item.data_element", "item.code_set", "provider_office"} <= read_fields(table)


def test_is_26(shipped: FormSet) -> None:
    table = one_table(shipped, [HEADERS["is_26"]])

    assert recognise(table, shipped).id == "IS-26"
    assert table.class_columns == (1, 2, 3, 4, 5)
    assert left_out(table) == []
    assert {"open_theme", "affairs", "abstract", "format_other"} <= read_fields(table)


def test_zh_20(shipped: FormSet) -> None:
    table = one_table(shipped, [HEADERS["zh_20"]])

    assert recognise(table, shipped).id == "ZH-20"
    assert table.class_columns == (2,)
    assert left_out(table) == []
    assert {"code", "name", "provider", "item.data_element"} <= read_fields(table)


def test_dw_3(shipped: FormSet) -> None:
    table = one_table(shipped, [HEADERS["dw_3"]])

    assert recognise(table, shipped).id == "DW-3"
    assert left_out(table) == []
    assert {"name", "system_code", "resources", "networks"} <= read_fields(table)


def test_dw_4(shipped: FormSet) -> None:
    table = one_table(shipped, [HEADERS["dw_4"]])

    assert recognise(table, shipped).id == "DW-4"
    assert (table.form, left_out(table)) == ("sharing_demand", [])


def test_dw_5(shipped: FormSet) -> None:
    table = one_table(shipped, [HEADERS["dw_5"]])

    assert recognise(table, shipped).id == "DW-5"
    assert (table.form, left_out(table)) == ("business_matter", [])


def test_dw_1_offices(shipped: FormSet) -> None:
    table = one_table(shipped, [["内设部门名称", "内设部门职责及业务范围"]])

    assert recognise(table, shipped).id == "DW-1"
    assert (table.form, left_out(table)) == ("internal_office", [])


def test_nl_19(shipped: FormSet) -> None:
    table = one_table(shipped, [HEADERS["nl_19"]])

    assert recognise(table, shipped).id == "NL-19"
    assert (len(table.columns), left_out(table)) == (19, [])


def test_the_self_check_of_systems(shipped: FormSet) -> None:
    table = one_table(shipped, [HEADERS["self_check"]])

    assert recognise(table, shipped).id == "self-check"
    assert read_fields(table) >= {
        "org",
        "name",
        "function",
        "use_scope",
        "monthly_uses",
        "approval_dept",
        "approval_month",
        "fund_source",
    }
    assert left_out(table) == []


@pytest.mark.parametrize(
    ("headers", "phase"),
    [
        ("单位名称 政务信息系统名称 建设类型 投入使用时间 是否申请暂缓整合", "已建"),
        ("单位名称 系统名称 当前建设阶段 约定完成时间 系统后续计划", "在建"),
        ("单位名称 系统名称 拟建系统依据、紧迫性 资金到位情况", "拟建"),
    ],
)
def test_the_survey_forms_of_systems_tell_their_phase(
    shipped: FormSet, headers: str, phase: str
) -> None:
    template = recognise(one_table(shipped, [headers.split()]), shipped)

    assert template.id == {"已建": "ZH-built", "在建": "ZH-building", "拟建": "ZH-planned"}[phase]
    assert template.phase == phase


def test_the_tab_or_title_tells_the_phase_of_a_list(shipped: FormSet) -> None:
    by_tab = one_table(shipped, [HEADERS["self_check"]], name="在建系统")
    by_title = one_table(shipped, [["部门拟建信息系统清单"], HEADERS["self_check"]])
    by_neither = one_table(shipped, [["已建、在建系统清单"], HEADERS["self_check"]])

    assert [recognise(t, shipped).phase for t in (by_tab, by_title, by_neither)] == [
        "在建",
        "拟建",
        "",
    ]


def test_any_other_sheet_is_plain(shipped: FormSet) -> None:
    template = recognise(one_table(shipped, [["系统名称", "系统架构"]]), shipped)

    assert (template.id, template.form, template.phase) == ("plain", "information_system", "")
