"""Workbook and CSV of a whole catalogue: every record and every value, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from census_app.domain.records import Unfit, Value
from census_app.errors import UserError
from census_app.services.checking import set_everywhere
from census_app.services.ports import CatalogueStore, WorkspaceStore
from census_app.services.progress import Cancelled, Progress
from census_app.services.publish_tables import write_book, write_csv_folder
from tests.unit.services.conftest import CODES, StandingClock
from tests.unit.services.publishing.conftest import CLOSED, FREE, OPEN

Rows = list[dict[str, object]]


def _sheet(book: Any, name: str) -> Rows:
    rows = book[name].iter_rows(values_only=True)
    heads = [str(h) for h in next(rows)]
    return [dict(zip(heads, row, strict=True)) for row in rows]


def test_a_workbook_has_a_sheet_for_each_form_with_state_and_origin(
    catalogue: CatalogueStore, tmp_path: Path
) -> None:
    done = write_book(catalogue, tmp_path / "目录.xlsx", "zh")
    book = openpyxl.load_workbook(done.path)
    labels = [(f.plural or f.label).zh for f in catalogue.form_set.forms]
    assert book.sheetnames == ["说明", *labels, "代码表"]
    for form in catalogue.form_set.forms:
        shown = len(list(book[(form.plural or form.label).zh].iter_rows())) - 1
        assert shown == done.records[form.id] == len(list(catalogue.stream_records(form.id)))
    rows = {r["记录编号"]: r for r in _sheet(book, "信息资源")}
    assert {rows[i]["目录状态"] for i in (OPEN, FREE)} == {"已发布", "审核通过"}
    first = rows[OPEN]
    assert first["报送部门"] == "江苏省第一样例厅"
    assert first["来源数据包"] == f"{CODES[0]}-000001"
    assert first["报送轮次"] == 1
    assert first["更新周期"] == "每年"
    assert first["数据存储总量（G）"] == 12.5
    assert first["发布日期"] == dt.datetime(2026, 6, 30)  # noqa: DTZ001  # a day has no zone
    assert first["来源信息系统名称"] == "许可管理系统"
    assert rows[FREE]["数据存储总量（G）"] == "未知"
    assert rows[CLOSED]["更新周期"] == "每月"  # as the centre corrected it
    items = _sheet(book, "信息项")
    assert [r["信息资源"] for r in items][:3] == ["排污许可证持证单位信息"] * 3


def test_nothing_in_it_is_a_formula_and_the_text_is_as_it_was(
    catalogue: CatalogueStore, tmp_path: Path
) -> None:
    path = write_book(catalogue, tmp_path / "a.xlsx", "en").path
    cells = [c for s in openpyxl.load_workbook(path) for row in s.iter_rows() for c in row]
    assert {c.data_type for c in cells} <= {"s", "n", "d"}
    (risky,) = [c for c in cells if c.value == '=HYPERLINK("http://x")' and c.column == 7]
    assert risky.quotePrefix


def test_the_same_catalogue_gives_the_same_bytes(catalogue: CatalogueStore, tmp_path: Path) -> None:
    paths = [write_book(catalogue, tmp_path / name, "zh").path for name in ("a.xlsx", "b.xlsx")]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_csv_for_programs_has_ids_and_codes(
    catalogue: CatalogueStore, tmp_path: Path, same: Callable[[str, str], None]
) -> None:
    folder = write_csv_folder(catalogue, tmp_path / "csv", "zh", ids=True).path
    raw = (folder / "information_resource.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    by_id = {row["id"]: row for row in rows}
    assert by_id[OPEN]["update_cycle"] == "yearly"
    assert by_id[OPEN]["share_use"] == "admin_basis|collaboration"
    assert by_id[OPEN]["is_open"] == "1"
    assert by_id[OPEN]["state"] == "published"
    assert by_id[FREE]["name"] == '\'=HYPERLINK("http://x")'
    assert by_id[FREE]["size_total_gb"] == "unknown"
    same("information_resource.csv", raw.decode())
    same("data_item.csv", (folder / "data_item.csv").read_text(encoding="utf-8"))


def test_one_department_only(catalogue: CatalogueStore, tmp_path: Path) -> None:
    done = write_csv_folder(catalogue, tmp_path / "one", "zh", department=CODES[1])
    assert done.records["department"] == 1
    assert done.records["information_resource"] == 0
    with pytest.raises(UserError, match="DEPARTMENT_UNKNOWN"):
        write_book(catalogue, tmp_path / "a.xlsx", "zh", department="X")
    assert not (tmp_path / "a.xlsx").exists()


def test_a_departments_own_file_shows_what_does_not_fit(
    workspace: WorkspaceStore, tmp_path: Path, clock: StandingClock
) -> None:
    values: dict[str, Value | None] = {
        "update_cycle": Unfit("每 121 日"),
        "open_condition": "实名注册",
    }
    set_everywhere(workspace, "information_resource", [CLOSED], values, actor="t", clock=clock)
    book = openpyxl.load_workbook(write_book(workspace, tmp_path / "a.xlsx", "zh").path)
    rows = _sheet(book, "信息资源")
    (closed,) = [r for r in rows if r["记录编号"] == CLOSED]
    assert closed["更新周期"] == "每 121 日"
    assert closed["开放条件"] is None  # it is not open, so the condition does not count
    assert "来源数据包" not in closed


def test_a_folder_with_other_files_is_left_alone(catalogue: CatalogueStore, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "thesis.doc").write_text("x", encoding="utf-8")
    with pytest.raises(UserError, match="FOLDER_IN_USE"):
        write_csv_folder(catalogue, folder, "zh")
    assert {p.name for p in tmp_path.iterdir() if p.is_dir()} - {"census-data"} == {"mine"}
    assert [p.name for p in folder.iterdir()] == ["thesis.doc"]
    again = tmp_path / "again"
    write_csv_folder(catalogue, again, "zh")
    before = sorted(p.name for p in again.iterdir())
    write_csv_folder(catalogue, again, "zh")
    assert sorted(p.name for p in again.iterdir()) == before


def test_stopping_leaves_nothing_behind(catalogue: CatalogueStore, tmp_path: Path) -> None:
    progress = Progress(is_cancelled=lambda: True)
    for write, name in ((write_book, "a.xlsx"), (write_csv_folder, "csv")):
        with pytest.raises(Cancelled):
            write(catalogue, tmp_path / name, "zh", progress=progress)
    ours = ("catalogue.", "census-data")
    assert [p.name for p in tmp_path.iterdir() if not p.name.startswith(ours)] == []
