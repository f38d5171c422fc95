"""The workbook that comes back: fresh, with every value, red where something is wrong, and known again row by row."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from census_app import bootstrap
from census_app.domain.records import Unfit
from census_app.errors import UserError
from census_app.formats import own_marks
from census_app.formats.book_origin import BookOrigin
from census_app.formats.healed_book import MAX_COMMENTS, HealedSheet, Issue, healed_book
from census_app.formats.sheets import Sheet
from census_app.services.healing import Healed, require_healable, write_healed
from census_app.services.import_plan import ImportPlan
from census_app.services.importing import apply_import, plan_import
from census_app.services.ports import Clock, WorkspaceStore
from tests.unit.excel.conftest import EditBook, Take, column, counts

HEADS = [
    "信息资源名称",
    "信息资源摘要",
    "共享类型",
    "更新周期",
    "信息项名称",
    "数据类型",
    "数据长度",
]
ROWS: list[list[object]] = [
    ["排污许可证信息", "持证单位和许可事项", "有条件共享", "每天", "许可证编号", "字符型C", 22],
    ["排污许可证信息", "持证单位和许可事项", "有条件共享", "每天", "单位名称", "字符型C", 200],
    ["空气质量数据", "各站点的小时监测数据", "无条件共享", "常年", "站点", "字符型C", "五十"],
    ["", "没有名称的一行", "无条件共享", "每天", "", "", ""],
]


@pytest.fixture
def clerks(tmp_path: Path) -> Path:
    """A list that never had identities, with a foreign sheet, a merged title and text that begins with `=`."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "我的清单"
    sheet["A1"].value = "环境厅资源清单"
    sheet.merge_cells("A1:G1")
    for row in [HEADS, *ROWS]:
        sheet.append(row)
    sheet["I2"].value, sheet["I3"].value = "经办人", "=1+1"
    sheet["I3"].data_type = "s"
    other = book.create_sheet("随手记")
    other.append(["电话", "025-1"])
    path = tmp_path / "clerk.xlsx"
    book.save(path)
    return path


Heal = Callable[[Path, str], tuple[ImportPlan, Healed]]


@pytest.fixture
def heal(store: WorkspaceStore, clock: Clock, tmp_path: Path) -> Heal:
    def healed(path: Path, name: str, language: str = "zh") -> tuple[ImportPlan, Healed]:
        plan = plan_import(store, [path], clock=clock)
        apply_import(store, plan, actor="t", clock=clock)
        done = write_healed(store, plan, tmp_path / name, language=language, clock=clock)
        return plan, done

    return healed


def test_a_clerks_own_list_comes_back_marked_and_goes_round(
    store: WorkspaceStore, clerks: Path, heal: Heal, clock: Clock, tmp_path: Path
) -> None:
    before = clerks.read_bytes()
    plan, done = heal(clerks, "healed.xlsx")
    assert counts(plan) == (5, 0, 0, 1)
    assert clerks.read_bytes() == before
    assert done.errors > 0
    book = openpyxl.load_workbook(done.path)
    sheet = book["我的清单"]
    assert [cell.value for cell in sheet[2]][:7] == HEADS
    assert sheet["A1"].value == "环境厅资源清单"
    assert "A1:G1" in {str(area) for area in sheet.merged_cells.ranges}
    assert (sheet["I3"].value, sheet["I3"].data_type) == ("=1+1", "s")
    assert sheet["G3"].value == 22
    assert book["随手记"]["B1"].value == "025-1"
    for address in ("D5", "G5"):  # 常年, 五十
        assert sheet[address].fill.fgColor.rgb.endswith("FBD9D5")
        assert sheet[address].comment is not None
    issues = book["问题清单"]
    links = {
        (issues.cell(row, 4).value, issues.cell(row, 4).hyperlink.location)
        for row in range(5, issues.max_row + 1)
        if issues.cell(row, 4).hyperlink is not None
    }
    assert ("G5", "'我的清单'!G5") in links
    assert sum(issues.cell(row, 2).value == "错误" for row in range(5, issues.max_row + 1)) == (
        done.errors
    )

    width = sheet.max_column
    heads = [sheet.cell(2, n).value for n in (width - 1, width)]
    assert heads == ["记录标识", "明细标识"]
    assert sheet.column_dimensions["J"].hidden
    ids = [sheet.cell(row, width - 1).value for row in (3, 4, 5, 6)]
    assert ids[0] == ids[1] != ids[2]
    assert ids[3] is None

    # Mended where it came from: the words, a name, and the row that could not be taken.
    sheet["D5"].value, sheet["G5"].value, sheet["A6"].value = "每日", 50, "补上名称的资源"
    sheet["A3"].value = sheet["A4"].value = "排污许可证发放信息"
    book.save(tmp_path / "mended.xlsx")
    mended = plan_import(store, [tmp_path / "mended.xlsx"], clock=clock)
    assert counts(mended) == (1, 3, 2, 0)
    apply_import(store, mended, actor="t", clock=clock)
    found = {r.values["name"]: r for r in store.stream_records("information_resource")}
    assert "排污许可证信息" not in found
    assert found["排污许可证发放信息"].id == ids[0]
    assert found["空气质量数据"].values["update_cycle"] == "daily"
    again = plan_import(store, [tmp_path / "mended.xlsx"], clock=clock)
    assert counts(again) == (0, 0, 6, 0)


def test_a_correction_in_one_of_several_rows_counts(
    store: WorkspaceStore, clerks: Path, heal: Heal, clock: Clock, tmp_path: Path
) -> None:
    _plan, done = heal(clerks, "healed.xlsx")
    book = openpyxl.load_workbook(done.path)
    book["我的清单"]["B4"].value = "只在第二行改过的摘要"
    book.save(tmp_path / "mended.xlsx")
    plan = plan_import(store, [tmp_path / "mended.xlsx"], clock=clock)
    assert [c.new for c in plan.changed_values] == ["只在第二行改过的摘要"]
    assert plan.new == 0


def test_our_template_comes_back_with_its_checks(
    store: WorkspaceStore, template: Path, edited: EditBook, heal: Heal, clock: Clock
) -> None:
    def spoil(book: Any) -> None:
        sheet = book["信息资源"]
        sheet.cell(6, column(sheet, "更新周期")).value = "常年"
        sheet.cell(7, column(sheet, "信息资源名称")).value = None
        sheet.cell(8, column(sheet, "信息资源名称")).value = "江苏省排污管理系统"
        place = sheet.max_column + 1
        sheet.cell(4, place).value, sheet.cell(7, place).value = "经办人意见", "同意"
        items = book["信息项"]
        row = items.max_row + 1
        items.cell(row, column(items, "信息项名称")).value = "无主的信息项"
        book.create_sheet("随手记").append(["电话", "025-1"])
        national = book["国家模板"]
        national.insert_rows(1)  # somebody wrote a line above
        for head, value in (("信息资源名称", "粘贴来的资源"), ("更新周期", "常年")):
            place = next(c.column for c in national[3] if str(c.value).startswith(head))
            national.cell(4, place).value = value

    plan, done = heal(edited(template, spoil), "healed.xlsx")
    assert plan.rejected
    book = openpyxl.load_workbook(done.path)
    sheet, items = book["信息资源"], book["信息项"]
    cell = sheet.cell(6, column(sheet, "更新周期"))
    assert cell.value == "常年"
    assert cell.fill.fgColor.rgb.endswith("FBD9D5")
    assert "更新周期" in cell.comment.text
    assert sheet.data_validations.dataValidation
    assert sheet.conditional_formatting
    assert sheet.protection.sheet
    assert sheet.cell(7, column(sheet, "经办人意见")).value == "同意"
    assert book["随手记"]["A1"].value == "电话"
    national = book["国家模板"]
    cycle = next(c for c in national[3] if str(c.value).startswith("更新周期"))
    offered = [
        check
        for check in national.data_validations.dataValidation
        if f"{cycle.column_letter}4" in check.sqref and check.type == "list"
    ]
    assert [check.formula1 for check in offered] == ["census_list_update_cycle"]
    assert "census_list_update_cycle" in book.defined_names
    assert national.cell(4, cycle.column).comment is not None
    assert national.freeze_panes == "A4"
    lost = next(
        row
        for row in range(6, items.max_row + 1)
        if items.cell(row, column(items, "信息项名称")).value == "无主的信息项"
    )
    assert items.cell(lost, 1).value is None
    assert any(c.comment for c in items[lost])
    assert counts(plan_import(store, [done.path], clock=clock))[:2] == (0, 0)


def test_an_empty_national_sheet_keeps_its_lists(
    template: Path, heal: Heal, full_template: Path
) -> None:
    _plan, done = heal(template, "healed.xlsx")
    assert lists_of(done.path, "国家模板") == lists_of(full_template, "国家模板")
    assert lists_of(done.path, "国家模板")


def lists_of(path: Path, sheet: str) -> list[str]:
    """Return the lists that the cells of a sheet offer, without reading the cells."""
    with zipfile.ZipFile(path) as archive:
        names = re.findall(r'<sheet [^>]*name="([^"]*)"', archive.read("xl/workbook.xml").decode())
        part = archive.read(f"xl/worksheets/sheet{names.index(sheet) + 1}.xml").decode()
    return re.findall(r'sqref="(\S+)"[^>]*type="list"[^>]*><formula1>(\w+)', part)


def test_more_problems_than_comments_are_counted_and_listed() -> None:
    rows = [["名称"], *([f"资源{n}"] for n in range(MAX_COMMENTS + 7))]
    marks = {f"A{n}": "太短" for n in range(2, len(rows) + 1)}
    issues = [Issue("错误", "清单", cell, "", "名称", "", "太短", "写长一些") for cell in marks]
    sheet = HealedSheet(Sheet("清单", [list(row) for row in rows]), marks=marks)
    made = healed_book([sheet], issues, "zh", "标题", BookOrigin())
    assert made.uncommented == 7
    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        comments = archive.read("xl/comments/comment1.xml").decode()
        listed = archive.read("xl/worksheets/sheet1.xml").decode()
        coloured = archive.read("xl/worksheets/sheet2.xml").decode()
    assert comments.count("<comment ") == MAX_COMMENTS
    assert "有 7 个单元格只标了颜色" in listed
    assert listed.count("写长一些") == len(issues)
    bad = set(re.findall(r'<c r="A\d+" s="(\d+)"', coloured))
    assert len(bad) == 2  # the head, and every other cell in the colour of a problem

    none = replace(sheet, marks={"A2": "太短"})
    assert healed_book([none], issues[:1], "en", "title", BookOrigin()).uncommented == 0


def test_the_words_are_the_readers(
    store: WorkspaceStore, clerks: Path, clock: Clock, tmp_path: Path
) -> None:
    plan = plan_import(store, [clerks], clock=clock)
    apply_import(store, plan, actor="t", clock=clock)
    done = write_healed(store, plan, tmp_path / "en.xlsx", language="en", clock=clock)
    book = openpyxl.load_workbook(done.path)
    assert book["Issues"]["A1"].value == own_marks.ISSUES_MARK
    assert (
        "does not" in book["我的清单"]["G5"].comment.text
        or "not" in book["我的清单"]["G5"].comment.text
    )
    again = plan_import(store, [done.path], clock=clock)
    assert (again.new, again.changed) == (0, 0)


def test_a_csv_list_comes_back_as_a_workbook(
    store: WorkspaceStore, heal: Heal, clock: Clock, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    lines = [",".join(HEADS), *(",".join(map(str, row)) for row in ROWS[:3])]
    path.write_text("\n".join(lines), encoding="utf-8-sig")
    _plan, done = heal(path, "healed.xlsx")
    assert counts(plan_import(store, [done.path], clock=clock)) == (0, 0, 5, 0)


def test_what_cannot_be_handed_back_is_refused_first(tmp_path: Path) -> None:
    one, two = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    for workbooks, to, code in (
        ([one, two], tmp_path / "c.xlsx", "HEAL_ONE"),
        ([one], one, "HEAL_SAME"),
        ([one], tmp_path / "c.csv", "TEMPLATE_SUFFIX"),
    ):
        with pytest.raises(UserError, match=code):
            require_healable(workbooks, to)


def test_unfit_values_stay_as_given(store: WorkspaceStore, clerks: Path, take: Take) -> None:
    take(clerks)
    found = {r.values["name"]: r for r in store.stream_records("information_resource")}
    assert found["空气质量数据"].values["update_cycle"] == Unfit("常年")


def test_what_is_refused_is_not_repeated(
    store: WorkspaceStore, heal: Heal, tmp_path: Path, template: Path, edited: EditBook
) -> None:
    """A password that slipped in stays in the person's own file; the workbook handed back has an empty row there."""
    secret = "口令：Hunter2-secret"  # noqa: S105
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["政务信息系统名称", "访问地址", "备注"])
    sheet.append(["甲系统", "10.0.0.1", secret])
    sheet.append(["乙系统", "10.0.0.2", ""])
    book.save(tmp_path / "systems.xlsx")

    def spoil(changed: Any) -> None:
        systems = changed["政务信息系统"]
        systems.cell(6, column(systems, "备注")).value = secret

    for path, name in (
        (tmp_path / "systems.xlsx", "one.xlsx"),
        (edited(template, spoil), "two.xlsx"),
    ):
        plan, done = heal(path, name)
        assert [row.found for row in plan.rejected] == [""]
        assert "Hunter2" not in repr(plan)
        with zipfile.ZipFile(done.path) as archive:
            for entry in archive.namelist():
                assert "Hunter2" not in archive.read(entry).decode("utf-8", "replace")


def run(*arguments: str) -> int:
    return bootstrap.run(list(arguments))


def test_the_commands(
    sample: Path,
    store: WorkspaceStore,
    clerks: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = str(store.path)
    store.close()
    assert run("template", file, "--to", str(tmp_path / "t.xlsx"), "--json") == 0
    assert json.loads(capsys.readouterr().out)["forms"] == 8
    healed = str(tmp_path / "h.xlsx")
    assert run("import", file, str(clerks), "--heal", healed, "--dry-run") == 2
    assert "HEAL_DRY_RUN" in capsys.readouterr().err
    assert run("import", file, str(clerks), "--heal", healed, "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["healed"]["errors"] > 0
    assert run("import", file, healed, "--dry-run", "--json") == 1
    again = json.loads(capsys.readouterr().out)
    assert (again["new"], again["changed"], len(again["rejected"])) == (0, 0, 1)
