"""A clerk who only knows Excel does a whole round with the program as the judge, and a package comes out of it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from census_app import bootstrap

CODE = "11320000990000017P"
NAME = "江苏省样例厅"
RESOURCE: dict[str, object] = {
    "信息资源名称": "排污许可证核发信息",
    "信息资源分类": "江苏省环境保护厅",
    "信息资源提供方": NAME,
    "资源提供方代码": CODE,
    "信息资源摘要": "全省排污许可证的持证单位、许可事项、有效期限和核发机关，自2017年起，按日更新。",
    "信息资源格式分类": "数据库",
    "信息资源格式类型": "oracle",
    "数据存储总量": 12.5,
    "结构化信息记录总数": "1200条",
    "已共享的数据存储量": 0.1,
    "已共享的结构化记录数": 0.1,
    "已开放的数据存储量": 0,
    "已开放的结构化记录数": 0,
    "共享类型": "无条件共享",
    "共享条件/不予共享依据": "无条件",
    "共享方式分类": "共享平台方式",
    "共享方式类型": "数据库",
    "是否向社会开放": "否",
    "更新周期": "天天",
    "发布日期": dt.date(2017, 6, 30),
    "是否涉密": "非涉密",
}


def heads(sheet: Any) -> dict[str, int]:
    return {
        str(cell.value or "").split("\n")[0].removeprefix("* "): int(cell.column)
        for cell in sheet[4]
    }


def put(sheet: Any, row: int, answers: dict[str, object]) -> None:
    columns = heads(sheet)
    for head, value in answers.items():
        if head in columns:
            sheet.cell(row, columns[head]).value = value


def mend(book: Any) -> None:
    """Go through the list of problems as a person does: read what is wrong where, and put it right there."""
    issues = book["问题清单"]
    right: dict[str, object] = {
        "结构化信息记录总数": 0.12,
        "更新周期": "每日",
        "来源信息系统名称": "排污许可管理系统",
        "信息资源分类": "江苏省环境保护厅",
    }
    for row in range(5, issues.max_row + 1):
        kind, sheet, cell, field = (issues.cell(row, n).value for n in (2, 3, 4, 6))
        if kind == "错误" and field in right:
            book[sheet][cell].value = right[field]


@pytest.mark.timeout(240)
def test_template_filled_judged_mended_and_handed_in(
    tmp_path: Path,
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file, book, back = (tmp_path / name for name in ("a.censusdb", "填报.xlsx", "交还.xlsx"))

    def run(*arguments: object) -> dict[str, Any]:
        capsys.readouterr()
        monkeypatch.setenv("CENSUS_PASSPHRASE", "four quiet words here")  # each command forgets it
        code = bootstrap.run([*map(str, arguments), "--json"])
        said = capsys.readouterr()
        told = json.loads(said.out or said.err)
        if isinstance(told, list):
            return {"exit": code, "outcomes": [each["outcome"] for each in told]}
        return {"exit": code, **told}

    bootstrap.run(["new", str(file), "--department", NAME, "--code", CODE])
    run("template", file, "--to", book)

    opened = openpyxl.load_workbook(book)
    put(opened["部门"], 6, {"单位类别": "政府部门", "行政区划": "江苏省"})
    put(opened["信息资源"], 6, RESOURCE)
    for row, (name, length) in enumerate((("许可证编号", 22), ("单位名称", "二百")), 6):
        answers = {
            "所属信息资源": RESOURCE["信息资源名称"], "信息项名称": name,
            "数据类型": "字符型C", "数据长度": length,
        }  # fmt: skip
        put(opened["信息项"], row, answers)
    opened.save(book)

    first = run("import", file, book, "--heal", back)
    assert (first["new"], first["changed"], first["rejected"]) == (3, 1, [])
    assert first["healed"]["errors"] >= 3
    reopened = openpyxl.load_workbook(back)
    sheet = reopened["信息资源"]
    for head in ("结构化信息记录总数", "更新周期"):
        cell = sheet.cell(6, heads(sheet)[head])
        assert cell.comment is not None
        assert cell.fill.fgColor.rgb.endswith("FBD9D5")
    put(reopened["信息项"], 7, {"数据长度": 200})
    mend(reopened)
    reopened.save(back)
    second = run("import", file, back, "--heal", tmp_path / "再次.xlsx")
    assert (second["new"], len(second["rejected"])) == (0, 0)
    assert second["changed"] == 2
    left = openpyxl.load_workbook(tmp_path / "再次.xlsx", read_only=True)["问题清单"]
    serious = [line[5] for line in left.iter_rows(min_row=5, values_only=True) if line[1] == "错误"]
    assert not {"更新周期", "数据长度", "结构化信息记录总数"}.intersection(serious)
    third = run("import", file, tmp_path / "再次.xlsx")
    assert (third["new"], third["changed"]) == (0, 0)
    post, stick, catalogue = tmp_path / "post", tmp_path / "stick", tmp_path / "c.censusdb"
    post.mkdir()
    request = run("enrol", file, "--to", post)["request"]
    shown = next((data_dir / "keys").glob("*.pem")).stem
    code = "113200009900000418"
    made = run(
        "catalogue", "new", catalogue, "--root-key", stick, "--code", code, "--name", "示例省"
    )
    assert made["exit"] == 0, made
    answer = run(
        "catalogue",
        "enrol",
        catalogue,
        request,
        "--confirm",
        shown,
        "--root-key",
        stick,
        "--to",
        post,
    )
    assert answer["exit"] == 0, answer
    run("apply", file, answer["certificate"])
    handed = run("export", file, "--to", post, "--announce-unfinished")
    assert handed["exit"] == 0
    taken = run("receive", catalogue, handed["package"])
    assert taken["outcomes"] == ["merged"]
