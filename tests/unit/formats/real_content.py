"""Compare what was read from a real workbook with the lines that say what stands in it.

The workbooks are other people's and never part of the project; whoever has them compares with `differences`. A line has
the 26 cells of a resource (`row`) and its items (`items`), as the README beside the workbooks describes.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from census_app.formats.cells import CellText, number_text
from census_app.formats.grouping import SheetRecord

RESOURCE_FIELDS = (
    "name",
    "name_en",
    "code",
    "provider",
    "provider_office",
    "provider_uscc",
    "abstract",
    "source_systems",
    "format_class",
    "format_type",
    "format_other",
    "size_total_gb",
    "records_total_wan",
    "size_shared_gb",
    "records_shared_wan",
    "size_open_gb",
    "records_open_wan",
    "share_type",
    "share_condition",
    "share_mode_class",
    "share_mode_type",
    "is_open",
    "open_condition",
    "update_cycle",
    "published_on",
    "related_codes",
)
ITEM_FIELDS = ("name", "name_en", "data_type", "data_length")

Scalar = str | float | int | None


class Line(TypedDict):
    """One resource as published."""

    id: str
    dept_no: int
    row: list[Scalar]
    items: list[list[Scalar]]


def expected_lines(folder: Path, workbook: str) -> list[Line]:
    """Return the lines that belong to one workbook of the folder, in its order."""
    if "2018-03" in workbook:
        return _lines(folder / "earlier_taoyuan_2018-03.jsonl.gz")
    number = int(workbook[:2])
    return [x for x in _lines(folder / "resources.jsonl.gz") if x["dept_no"] == number]


def differences(lines: Sequence[Line], records: Sequence[SheetRecord]) -> list[str]:
    """Return every cell that differs, as a sentence; empty when all agree to the letter."""
    found = []
    if len(lines) != len(records):
        found.append(f"{len(lines)} resources expected, {len(records)} read")
    for line, record in zip(lines, records, strict=False):
        where = f"{line['id']} (row {record.first_row})"
        found += _differing(where, RESOURCE_FIELDS, line["row"], record)
        if len(line["items"]) != len(record.children):
            found.append(
                f"{where}: {len(line['items'])} items expected, {len(record.children)} read"
            )
        for item, child in zip(line["items"], record.children, strict=False):
            found += _differing(where, ITEM_FIELDS, item, child)
    return found


def _lines(path: Path) -> list[Line]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        return [json.loads(text) for text in stream]


def _differing(
    where: str, fields: Sequence[str], values: Sequence[Scalar], record: SheetRecord
) -> list[str]:
    found = []
    for name, value in zip(fields, values, strict=True):
        cell = record.cells.get(name)
        text = cell.text if cell is not None else ""
        if text != _expected(value, cell):
            found.append(f"{where} {record.form}.{name}: {_expected(value, cell)!r} is {text!r}")
    return found


def _expected(value: Scalar, cell: CellText | None) -> str:
    if value is None:
        return ""
    if isinstance(value, (int, float)):
        return number_text(value)
    plain = re.fullmatch(r"(\d{4})[-/](\d{2})[-/](\d{2})", value)
    if plain and cell is not None and cell.was_date:  # 2017/02/09 was written as a true date
        return "-".join(plain.groups())
    return value.replace("\r\n", "\n").replace("\r", "\n")
