"""The reader of workbooks, python-calamine, behind two functions' worth of our own words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, cast

import python_calamine

from census_app.errors import DataProblem
from census_app.formats.cells import MAX_CELL_CHARACTERS, Cell, RawValue, address, cell_of

Range: TypeAlias = tuple[int, int, int, int]
"""First row, first column, last row, last column, counted from 0, both ends inside."""


@dataclass(frozen=True, slots=True)
class RawSheet:
    """A worksheet with its values as text; merged cells hold it in their first cell only."""

    name: str
    hidden: bool
    rows: list[list[Cell]]
    merges: list[Range]


def read_raw(path: Path) -> Iterator[RawSheet]:
    """Read the worksheets of a workbook that has been found safe.

    Raises:
        DataProblem: `XLSX_TYPE` when it is encrypted, `XLSX_DAMAGED` when it cannot be read, `FIELD_SIZE`.
    """
    try:
        # From a stream, the reader goes by the bytes; from a path it would go by the suffix.
        with path.open("rb") as stream, python_calamine.load_workbook(stream) as book:
            for index, about in enumerate(book.sheets_metadata):
                if about.typ != python_calamine.SheetTypeEnum.WorkSheet:
                    continue
                sheet = book.get_sheet_by_index(index)
                yield RawSheet(
                    about.name,
                    about.visible != python_calamine.SheetVisibleEnum.Visible,
                    _to_cells(sheet.to_python(skip_empty_area=False), path.name),
                    [(a, b, c, d) for (a, b), (c, d) in sheet.merged_cell_ranges or ()],
                )
    except python_calamine.PasswordError as error:
        raise DataProblem("XLSX_TYPE", file=path.name, found="Encrypted") from error
    except python_calamine.CalamineError as error:
        raise DataProblem("XLSX_DAMAGED", file=path.name) from error


def _to_cells(values: list[list[RawValue]], name: str) -> list[list[Cell]]:
    """Turn values into text in place, since a sheet can be large; each distinct number and date once."""
    known: dict[RawValue, Cell] = {}
    for number, line in enumerate(values):
        for column, value in enumerate(line):
            if isinstance(value, str):
                if len(value) > MAX_CELL_CHARACTERS:
                    place = address(number, column)
                    raise DataProblem(
                        "FIELD_SIZE", file=name, place=place, limit=MAX_CELL_CHARACTERS
                    )
                if "\r" in value:
                    line[column] = cell_of(value)
            elif isinstance(value, (bool, dt.datetime)):
                line[column] = cell_of(value)
            else:
                cell = known.get(value)
                if cell is None:
                    cell = known[value] = cell_of(value)
                line[column] = cell
    return cast("list[list[Cell]]", values)
