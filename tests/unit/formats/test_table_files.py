"""Tables for others: no cell becomes a formula, nothing is lost, readers of other makers agree."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import openpyxl
import pytest
from defusedxml.ElementTree import fromstring
from python_calamine import CalamineWorkbook

from census_app.errors import EnvironmentProblem
from census_app.formats import book_parts
from census_app.formats.table_files import guarded, workbook_parts, write_table

HEAD = ("记录", "新值")
NASTY = [
    ("a", '=HYPERLINK("http://x","y")'),
    ("b", "＝1+1"),
    ("c", "@SUM(A1)"),
    ("d", "-2"),
    ("e", "  两格 <b>&\"'</b>\n第二行"),
    ("f", "铃\x07声\ud800"),
    ("g", ""),
    ("h", "𠮷"),
]


def book_of(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    return b"".join(workbook_parts(title, head, rows))


def test_a_workbook_holds_every_text_as_text(tmp_path: Path) -> None:
    path = tmp_path / "变更.xlsx"
    write_table(path, "变更记录", HEAD, NASTY, (10, 40))
    book = openpyxl.load_workbook(path)
    sheet = book["变更记录"]
    assert sheet.freeze_panes == "A2"
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert cells[0] == list(HEAD)
    assert [row[1] for row in cells[1:5]] == [value for _n, value in NASTY[:4]]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
    assert cells[5][1] == NASTY[4][1]
    assert cells[6][1] == "铃\ufffd声\ufffd"
    assert cells[7][1] is None
    assert cells[8][1] == "𠮷"


def test_a_second_reader_sees_the_same(tmp_path: Path) -> None:
    path = tmp_path / "j.xlsx"
    write_table(path, "变更记录", HEAD, NASTY)
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("变更记录").to_python()
    assert rows[1] == list(NASTY[0])
    assert len(rows) == len(NASTY) + 1


def test_every_part_of_the_workbook_is_well_formed() -> None:
    made = zipfile.ZipFile(io.BytesIO(book_of("表 <1>", HEAD, NASTY)))
    assert made.testzip() is None
    for name in made.namelist():
        assert fromstring(made.read(name)) is not None


def test_more_rows_than_a_sheet_takes_go_on_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book_parts, "ROWS_A_SHEET", 3)
    book = openpyxl.load_workbook(io.BytesIO(book_of("变更", HEAD, NASTY)))
    assert book.sheetnames == ["变更", "变更 2", "变更 3"]
    assert [sheet.max_row for sheet in book] == [4, 4, 3]
    assert all(sheet["A1"].value == "记录" for sheet in book)


def test_a_printed_table_repeats_its_heads_and_a_filter_narrows_it(tmp_path: Path) -> None:
    path = tmp_path / "宽表.xlsx"
    heads = [f"已共享的结构化信息记录总数之{n}" for n in range(30)]
    write_table(path, "宽'表", heads, [["甲"] * 30, ["乙"] * 30], [20] * 30)
    sheet = openpyxl.load_workbook(path)["宽'表"]
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.auto_filter.ref == "A1:AD3"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (3, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.row_dimensions[1].height > 30
    assert sheet["A1"].alignment.wrap_text


def test_an_empty_table_has_its_heads() -> None:
    book = openpyxl.load_workbook(io.BytesIO(book_of("变更", HEAD, [])))
    assert [c.value for c in book.active[1]] == list(HEAD)


def test_a_text_longer_than_a_cell_says_that_it_was_cut() -> None:
    book = openpyxl.load_workbook(io.BytesIO(book_of("变更", HEAD, [("a", "长" * 40_000)])))
    text = book.active["B2"].value
    assert len(text) == book_parts.CELL_LIMIT
    assert text.endswith("…")


def test_a_csv_opens_in_excel_and_runs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "j.csv"
    write_table(path, "", HEAD, NASTY)
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert rows[0] == list(HEAD)
    assert rows[1][1].startswith("'=")
    assert rows[2][1].startswith("'＝")
    assert rows[3][1].startswith("'@")
    assert rows[4][1] == "-2"
    assert rows[5][1] == NASTY[4][1]


@pytest.mark.parametrize(
    "text",
    ["=1", " =1", "\u3000＝1", "+a", "-a", "@a", "\t=1", "\r=1", "＝1", "＋1a", "－a", "＠a"],
)
def test_what_a_spreadsheet_would_run_is_disarmed(text: str) -> None:
    assert guarded(text) == "'" + text


@pytest.mark.parametrize("text", ["1", "-1", "+1.5", "文字", "a=b", ""])
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    assert guarded(text) == text


def test_a_folder_that_is_not_there_is_a_coded_error(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="FOLDER_MISSING"):
        write_table(tmp_path / "no" / "j.csv", "", HEAD, NASTY)
