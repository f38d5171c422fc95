"""Read a file into sheets of plain text with true addresses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from census_app.errors import DataProblem
from census_app.formats import delimited, xls
from census_app.formats.cells import Cell, column_letters, column_number, is_blank
from census_app.formats.notes import Note, note
from census_app.formats.prescan import check_workbook
from census_app.formats.raw import Range, RawSheet, read_raw
from census_app.formats.sheet_scan import SheetScan

TEXT_SUFFIXES: Final = (".csv", ".txt", ".tsv")
_RUNS_SHOWN: Final = 6
"""Runs of hidden rows that are named; who unhides these finds the others."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet as a person sees it.

    Attributes:
        name: As on the tab; of a CSV file its name without suffix.
        rows: Cells by row and column counted from 0, rows of equal length, without trailing blank rows and columns.
            Cells merged over rows are filled from their first cell.
        merges: Ranges of merged cells, clipped to the rows and columns there are.
        hidden: Whether the sheet itself is hidden.
        hidden_rows: Numbers of hidden rows, counted from 1, up to the last row.
        encoding: Of a CSV file, else empty.
        notes: What was met while reading: formulas without a value, hidden rows, merged columns.
    """

    name: str
    rows: list[list[Cell]]
    merges: tuple[Range, ...] = ()
    hidden: bool = False
    hidden_rows: tuple[int, ...] = ()
    encoding: str = ""
    notes: tuple[Note, ...] = field(default=())


def read_sheets(path: Path) -> list[Sheet]:
    """Read every sheet of a workbook, or the one table of a CSV file.

    Raises:
        DataProblem: The codes of `prescan.check_workbook`, `delimited.read_rows` and `xls.run_child`.
        OSError: The file cannot be opened.
    """
    if path.suffix.lower() in TEXT_SUFFIXES and not _is_container(path):
        text = delimited.read_rows(path)
        rows = _cut_blank_edges(text.rows)
        return [Sheet(path.stem, rows, encoding=text.encoding)]
    facts = check_workbook(path)
    if facts.kind == "xls":
        return [_finish(raw, SheetScan(), path.name) for raw in xls.run_child(path)]
    return [
        _finish(raw, facts.sheets.get(raw.name, SheetScan()), path.name) for raw in read_raw(path)
    ]


def _is_container(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) in {b"PK\x03\x04", b"\xd0\xcf\x11\xe0"}


def _finish(raw: RawSheet, scan: SheetScan, name: str) -> Sheet:
    rows = raw.rows
    for where, error in scan.errors.items():
        _put(rows, where, error)
    rows = _cut_blank_edges(rows)
    merges = _fill_merged(rows, raw.merges, name)
    notes = [note("CELL_ERROR_VALUE", raw.name, a, found=e) for a, e in scan.errors.items()]
    notes += [note("CELL_NOT_COMPUTED", raw.name, a) for a in scan.not_computed]
    hidden_rows = tuple(n for n in scan.hidden_rows if n <= len(rows))
    hidden_columns = _columns_within(scan, len(rows[0]) if rows else 0)
    notes += hidden_notes(raw.name, rows, hidden_rows, hidden_columns)
    if raw.hidden and rows:
        notes.append(note("SHEET_HIDDEN", raw.name))
    return Sheet(raw.name, rows, merges, raw.hidden, hidden_rows, notes=tuple(notes))


def _columns_within(scan: SheetScan, width: int) -> list[int]:
    """Return the hidden columns, counted from 0, as far as anything stands in the sheet."""
    ranges = (range(first - 1, min(last, width)) for first, last in scan.hidden_columns)
    return sorted({column for each in ranges for column in each})


def hidden_notes(
    name: str, rows: Sequence[Sequence[Cell]], hidden: Sequence[int], columns: Sequence[int] = ()
) -> Iterator[Note]:
    """Yield which hidden rows and columns hold something, so that a person can go and look.

    Args:
        hidden: Numbers of hidden rows, counted from 1.
        columns: Hidden columns, counted from 0.
    """
    filled = [number for number in hidden if not all(map(is_blank, rows[number - 1]))]
    if filled:
        runs = [str(a) if a == b else f"{a}–{b}" for a, b in _runs(filled)]
        yield note("SHEET_HIDDEN_ROWS", name, rows=str(len(filled)), which=_first(runs))
    held = [c for c in columns if any(not is_blank(row[c]) for row in rows)]
    if held:
        runs = [
            column_letters(a) if a == b else f"{column_letters(a)}–{column_letters(b)}"
            for a, b in _runs(held)
        ]
        yield note("SHEET_HIDDEN_COLUMNS", name, columns=str(len(held)), which=_first(runs))


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Return numbers in order as first and last of those that follow one another."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def _first(runs: Sequence[str]) -> str:
    shown = ", ".join(runs[:_RUNS_SHOWN])
    return shown if len(runs) <= _RUNS_SHOWN else f"{shown} …"


def _put(rows: list[list[Cell]], where: str, text: str) -> None:
    """Put the text of an error value, which the reader drops, where it stands."""
    letters = where.rstrip("0123456789")
    row, column = int(where[len(letters) :]) - 1, column_number(letters)
    width = max(len(rows[0]) if rows else 0, column + 1)
    while len(rows) <= row:
        rows.append([])
    for line in rows:
        line.extend([""] * (width - len(line)))
    rows[row][column] = text


def _cut_blank_edges(rows: list[list[Cell]]) -> list[list[Cell]]:
    end = len(rows)
    while end and all(map(is_blank, rows[end - 1])):
        end -= 1
    del rows[end:]
    width = max((_filled_width(row) for row in rows), default=0)
    for row in rows:
        if len(row) != width:
            row[width:] = [""] * (width - len(row))
    return rows


def _filled_width(row: list[Cell]) -> int:
    width = len(row)
    while width and is_blank(row[width - 1]):
        width -= 1
    return width


def _fill_merged(rows: list[list[Cell]], merges: list[Range], name: str) -> tuple[Range, ...]:
    """Fill cells merged over rows from their first cell, in its column only: the columns right of it stay empty."""
    height, width = len(rows), len(rows[0]) if rows else 0
    clipped: list[Range] = []
    area = 0
    for top, left, bottom, right in merges:
        if top >= height or left >= width:
            continue
        bottom, right = min(bottom, height - 1), min(right, width - 1)  # noqa: PLW2901
        clipped.append((top, left, bottom, right))
        area += (bottom - top + 1) * (right - left + 1)
        if area > height * width:  # ranges that overlap: no office program writes them
            raise DataProblem("XLSX_DAMAGED", file=name)
        text = rows[top][left]
        if text:
            for row in range(top + 1, bottom + 1):
                if not rows[row][left]:
                    rows[row][left] = text
    return tuple(sorted(clipped))
