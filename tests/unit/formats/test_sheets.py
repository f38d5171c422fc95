from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from census_app.errors import DataProblem
from census_app.formats.cells import DateText, NumberText
from census_app.formats.sheets import read_sheets

WriteBook = Callable[..., Path]


def test_cells_keep_their_true_addresses_below_blank_rows_and_columns(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["C4"] = "甲"
    path = tmp_path / "a.xlsx"
    book.save(path)

    assert read_sheets(path)[0].rows == [["", "", ""]] * 3 + [["", "", "甲"]]


def test_numbers_dates_and_text_become_text_that_remembers_what_it_was(
    write_book: WriteBook,
) -> None:
    path = write_book([[50.0, dt.date(2020, 1, 2), " 2020-01-02", "甲_x000D_\n乙", "丙\r\n丁"]])
    row = read_sheets(path)[0].rows[0]

    assert row == ["50", "2020-01-02", " 2020-01-02", "甲\n乙", "丙\n丁"]
    assert [type(cell) for cell in row] == [NumberText, DateText, str, str, str]


def test_cells_merged_over_rows_are_filled_in_their_first_column_only(
    write_book: WriteBook,
) -> None:
    path = write_book([["甲", None, "x"], [None, None, "y"], ["乙", None, "z"]], merges=["A1:B2"])
    sheet = read_sheets(path)[0]

    assert sheet.rows == [["甲", "", "x"], ["甲", "", "y"], ["乙", "", "z"]]
    assert sheet.merges == ((0, 0, 1, 1),)


def test_a_merge_beyond_the_last_cell_is_clipped(write_book: WriteBook) -> None:
    path = write_book([["甲", "x"], [None, "y"]], merges=["A1:A400"])
    sheet = read_sheets(path)[0]

    assert [row[0] for row in sheet.rows] == ["甲", "甲"]
    assert sheet.merges == ((0, 0, 1, 0),)


def test_blank_rows_and_columns_at_the_end_are_cut(write_book: WriteBook) -> None:
    path = write_book([["甲", "乙", " "], ["丙", "", ""], [" ", "\n", ""]])

    assert read_sheets(path)[0].rows == [["甲", "乙"], ["丙", ""]]


def test_formulas_without_value_error_values_and_hidden_rows_are_noted(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet["A1"], sheet["A2"], sheet["A3"] = "=1+1", "甲", "#N/A"
    sheet["A3"].data_type = "e"
    sheet.row_dimensions[2].hidden = True
    path = tmp_path / "a.xlsx"
    book.save(path)
    read = read_sheets(path)[0]

    assert [row[0] for row in read.rows] == ["", "甲", "#N/A"]
    assert read.hidden_rows == (2,)
    assert {(n.code, n.cell) for n in read.notes} == {
        ("CELL_NOT_COMPUTED", "A1"),
        ("CELL_ERROR_VALUE", "A3"),
        ("SHEET_HIDDEN_ROWS", ""),
    }


def test_hidden_rows_and_columns_are_named_where_they_hold_something(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in range(1, 41):
        sheet.append([f"甲{row}", "乙", None, "丁"])
    for row in (3, 5, 6, 7, 10, 12, 14, 16, 18, 60):
        sheet.row_dimensions[row].hidden = True
    for cell in sheet[16]:
        cell.value = None
    for letters in ("B", "C", "D"):
        sheet.column_dimensions[letters].hidden = True
    path = tmp_path / "a.xlsx"
    book.save(path)
    read = read_sheets(path)[0]
    assert [(n.code, dict(n.params)) for n in read.notes] == [
        (
            "SHEET_HIDDEN_ROWS",
            {"sheet": "Sheet", "cell": "", "rows": "8", "which": "3, 5–7, 10, 12, 14, 18"},
        ),
        (
            "SHEET_HIDDEN_COLUMNS",
            {"sheet": "Sheet", "cell": "", "columns": "2", "which": "B, D"},
        ),
    ]
    sheet.row_dimensions[20].hidden = True
    book.save(path)
    assert read_sheets(path)[0].notes[0].params["which"].endswith("14, 18 …")


def test_a_hidden_sheet_is_read_and_noted(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("藏").sheet_state = "hidden"
    book["藏"]["A1"] = "甲"
    path = tmp_path / "a.xlsx"
    book.save(path)
    hidden = read_sheets(path)[1]

    assert (hidden.name, hidden.hidden) == ("藏", True)
    assert [n.code for n in hidden.notes] == ["SHEET_HIDDEN"]


def test_a_csv_file_is_one_sheet_named_after_it(tmp_path: Path) -> None:
    path = tmp_path / "系统.csv"
    path.write_text("名称,功能\n甲\t乙, 丙 \n", encoding="gb18030")
    sheet = read_sheets(path)[0]

    assert (sheet.name, sheet.encoding) == ("系统", "gb18030")
    assert sheet.rows == [["名称", "功能"], ["甲\t乙", " 丙 "]]


def test_a_workbook_named_csv_is_read_as_workbook(write_book: WriteBook) -> None:
    path = write_book([["甲"]], name="a.csv")

    assert read_sheets(path)[0].rows == [["甲"]]


def test_a_text_a_little_too_long_for_a_cell_is_refused_with_its_address(
    write_book: WriteBook, tmp_path: Path
) -> None:
    path = tmp_path / "long.xlsx"
    with (
        zipfile.ZipFile(write_book([["甲", "乙"]])) as source,
        zipfile.ZipFile(path, "w") as target,
    ):
        for name in source.namelist():
            data = source.read(name).replace("乙".encode(), ("长短" * 16_384).encode())
            target.writestr(name, data)
    with pytest.raises(DataProblem) as caught:
        read_sheets(path)

    assert (caught.value.code, caught.value.params["place"]) == ("FIELD_SIZE", "B1")
