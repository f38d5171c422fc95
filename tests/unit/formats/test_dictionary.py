"""Data dictionaries in the layouts that contractors hand over."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from census_app.domain.schemas import FoundSchema
from census_app.errors import DataProblem
from census_app.formats.dictionary import read_dictionary

Rows = list[list[object]]


def book(path: Path, sheets: dict[str, Rows], merges: tuple[str, ...] = ()) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for merge in merges:
            sheet.merge_cells(merge)
    made.save(path)
    return path


def told(found: FoundSchema) -> dict[str, tuple[str, list[tuple[str, str, str, bool, bool]]]]:
    return {
        t.name: (
            t.comment,
            [(c.name, c.comment, c.type_text, c.key, c.nullable) for c in t.columns],
        )
        for t in found.tables
    }


def test_one_list_with_the_table_in_merged_cells(tmp_path: Path) -> None:
    rows: Rows = [
        ["某某系统数据字典"],
        [
            "序号",
            "表名",
            "表注释",
            "字段名",
            "字段注释",
            "数据类型",
            "长度",
            "主键",
            "可空",
            "默认值",
            "奇怪列",
        ],
        [1, "T_ENT", "企业信息", "ID", "编号", "NUMBER", 10, "是", "否", None, None],
        [2, None, None, "NAME", "企业名称", "VARCHAR2", 200, None, "是", None, None],
        [3, "T_P", "人员", "XM", "姓名", "varchar(60)", None, None, "Y", None, None],
    ]
    found = read_dictionary(book(tmp_path / "a.xlsx", {"清单": rows}, ("B3:B4", "C3:C4")))
    assert told(found) == {
        "T_ENT": ("企业信息", [("ID", "编号", "NUMBER(10)", True, False),
                           ("NAME", "企业名称", "VARCHAR2(200)", False, True)]),
        "T_P": ("人员", [("XM", "姓名", "varchar(60)", False, True)]),
    }  # fmt: skip
    assert [dict(n.params)["heads"] for n in found.notes] == ["奇怪列"]


def test_a_sheet_for_each_table_and_a_list_of_tables(tmp_path: Path) -> None:
    path = book(
        tmp_path / "b.xlsx",
        {
            "目录": [["表名", "表中文名"], ["T_ENT", "企业登记信息"], ["T_P", "人员"]],
            "T_ENT": [["字段英文名", "字段中文名", "字段类型", "字段长度", "小数位", "是否必填"],
                      ["ID", "编号", "int", None, None, "是"], ["JE", "金额", "decimal", 10, 2, "否"]],
            "人员信息(T_P)": [["字段代码", "说明", "类型"], ["XM", "姓名", "varchar(20)"]],
            "说明": [["本字典由某公司编制"]],
        },
    )  # fmt: skip
    found = read_dictionary(path)
    assert told(found) == {
        "T_ENT": ("企业登记信息", [("ID", "编号", "int", False, False), ("JE", "金额", "decimal(10,2)", False, True)]),
        "T_P": ("人员信息", [("XM", "姓名", "varchar(20)", False, True)]),
    }  # fmt: skip
    assert [n.code for n in found.notes] == ["DISCOVER_SHEET_UNREAD"]


def test_tables_one_below_the_other(tmp_path: Path) -> None:
    rows: Rows = [
        ["1.1 企业信息表（T_ENT）"], ["字段名称", "类型", "长度", "备注"], ["ID", "int", None, "主键"],
        ["MC", "varchar", 60, "名称"], [],
        ["表名：T_P", None, "表说明：人员"], ["字段名", "中文名", "类型"], ["XM", "姓名", "varchar(20)"],
        ["表名", "T_Q", "中文名", "房屋"], ["字段名", "中文名", "类型"], ["DZ", "地址", "varchar(200)"],
    ]  # fmt: skip
    found = read_dictionary(book(tmp_path / "c.xlsx", {"Sheet1": rows}))
    assert {n: (c, [f[0] for f in fields]) for n, (c, fields) in told(found).items()} == {
        "T_ENT": ("企业信息表", ["ID", "MC"]), "T_P": ("人员", ["XM"]), "T_Q": ("房屋", ["DZ"]),
    }  # fmt: skip


def test_a_query_of_the_information_schema_as_csv_in_gbk(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    text = (
        "TABLE_NAME,TABLE_COMMENT,COLUMN_NAME,COLUMN_COMMENT,DATA_TYPE,CHARACTER_MAXIMUM_LENGTH,IS_NULLABLE,COLUMN_KEY\n"
        "t_a,甲表,id,编号,bigint,,NO,PRI\nt_a,甲表,nm,名称,varchar,20,YES,\n"
    )
    path.write_text(text, encoding="gb18030")
    assert told(read_dictionary(path)) == {
        "t_a": ("甲表", [("id", "编号", "bigint", True, False), ("nm", "名称", "varchar(20)", False, True)])
    }  # fmt: skip


def test_chinese_names_alone_are_enough(tmp_path: Path) -> None:
    rows: Rows = [
        ["名称", "类型", "长度"],
        ["许可证编号", "字符型", 22],
        ["发证日期", "日期型", None],
    ]
    found = read_dictionary(book(tmp_path / "e.xlsx", {"排污许可证": rows}))
    assert told(found) == {
        "排污许可证": ("排污许可证", [("许可证编号", "许可证编号", "字符型(22)", False, True),
                            ("发证日期", "发证日期", "日期型", False, True)])
    }  # fmt: skip


def test_a_workbook_without_a_list_of_fields_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "f.xlsx", {"S": [["甲", "乙"], [1, 2]]})
    with pytest.raises(DataProblem) as refused:
        read_dictionary(path)
    assert refused.value.code == "DICTIONARY_NOTHING"
