"""Read CSV text: UTF-8 with or without BOM, or GB18030; separated by comma, semicolon or tab."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from census_app.errors import DataProblem
from census_app.formats.cells import MAX_CELL_CHARACTERS, Cell, fold_line_ends, is_blank

MAX_FILE: Final = 32 * 1024 * 1024
MAX_LINE: Final = 1024 * 1024
MAX_COLUMNS: Final = 1_024

_UTF8_MARK: Final = b"\xef\xbb\xbf"
_DELIMITERS: Final = (",", ";", "\t")
_SAMPLE: Final = 64 * 1024
_SAMPLE_ROWS: Final = 50
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_SEPARATOR_LINE: Final = re.compile(r"sep=([,;|\t])\r?\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DelimitedText:
    """Rows of a CSV file, with how it was understood."""

    rows: list[list[Cell]]
    encoding: str
    delimiter: str


def read_rows(path: Path) -> DelimitedText:
    """Read a CSV file whole, or refuse it whole.

    Raises:
        DataProblem: `CSV_SIZE`, `CSV_ENCODING`, `CSV_SYNTAX`, `FIELD_SIZE`, with the line; `CSV_EMPTY`.
        OSError: The file cannot be opened.
    """
    if path.stat().st_size > MAX_FILE:
        raise DataProblem("CSV_SIZE", file=path.name, line=1, limit="32 MiB")
    text, encoding = _decode(path.read_bytes(), path.name)
    if not text.strip():
        raise DataProblem("CSV_EMPTY", file=path.name)
    _refuse_long_lines(text, path.name)
    named = _SEPARATOR_LINE.match(text)
    delimiter = named[1] if named else _sniff(text)
    rows, lines = _parse(text[named.end() :] if named else text, delimiter, path.name)
    _refuse_unequal(rows, lines, path.name)
    if named:
        rows.insert(0, [])
    return DelimitedText(rows, encoding, delimiter)


def _decode(data: bytes, name: str) -> tuple[str, str]:
    has_mark = data.startswith(_UTF8_MARK)
    try:
        text, encoding = data.decode("utf-8-sig"), "utf-8-sig" if has_mark else "utf-8"
    except UnicodeDecodeError:
        if has_mark or _is_damaged_utf8(data):
            raise DataProblem("CSV_ENCODING", file=name) from None
        try:
            text, encoding = data.decode("gb18030"), "gb18030"
        except UnicodeDecodeError as error:
            raise DataProblem("CSV_ENCODING", file=name) from error
    if "\x00" in text or len(_CONTROL.findall(text)) > len(text) // 1000 + 3:
        raise DataProblem("CSV_ENCODING", file=name)
    return text, encoding


def _is_damaged_utf8(data: bytes) -> bool:
    """Say whether nearly all of it is UTF-8: read as GB18030 it would become other Chinese characters."""
    text = data.decode("utf-8", errors="replace")
    foreign = sum(character > "\x7f" for character in text)
    return 20 * text.count("\ufffd") < foreign


def _refuse_long_lines(text: str, name: str) -> None:
    start, line = 0, 1
    while len(text) - start > MAX_LINE:
        end = text.rfind("\n", start, start + MAX_LINE)
        if end < 0:
            line += text.count("\n", 0, start)
            raise DataProblem("CSV_SIZE", file=name, line=line, limit="1 MiB")
        start = end + 1


def _sniff(text: str) -> str:
    """Return the delimiter that cuts the first rows into most columns, most evenly; a comma when none cuts."""

    def score(delimiter: str) -> tuple[int, int]:
        widths: Counter[int] = Counter()
        reader = csv.reader(io.StringIO(text[:_SAMPLE], newline=""), delimiter=delimiter)
        for row, _ in zip(reader, range(_SAMPLE_ROWS), strict=False):
            widths[len(row)] += 1
        width, times = max(widths.items(), key=lambda item: (item[0] > 1, item[1], item[0]))
        return (times if width > 1 else 0), width

    return max(_DELIMITERS, key=score)


def _parse(text: str, delimiter: str, name: str) -> tuple[list[list[Cell]], list[int]]:
    """Return the rows, and for each the line it ends on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[Cell]] = []
    lines: list[int] = []
    try:
        for row in reader:
            if len(row) > MAX_COLUMNS:
                raise DataProblem("CSV_SIZE", file=name, line=reader.line_num, limit=MAX_COLUMNS)
            cells = [fold_line_ends(cell) for cell in row]
            if any(len(cell) > MAX_CELL_CHARACTERS for cell in cells):
                _refuse_field(name, reader.line_num)
            rows.append(cells)
            lines.append(reader.line_num)
    except csv.Error as error:
        if "field limit" in str(error):
            _refuse_field(name, reader.line_num)
        raise DataProblem("CSV_SYNTAX", file=name, line=reader.line_num) from error
    return rows, lines


def _refuse_field(name: str, line: int) -> None:
    raise DataProblem("FIELD_SIZE", file=name, place=str(line), limit=MAX_CELL_CHARACTERS)


def _refuse_unequal(rows: list[list[Cell]], lines: list[int], name: str) -> None:
    """Refuse a row that is shorter or longer than the others: its cells would stand under wrong headers.

    Rows above the table (titles) and blank rows may be shorter; blank cells at the end do not count.
    """
    widths = Counter(len(row) for row in rows if not all(map(is_blank, row)))
    width = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))[0]
    in_table = False
    for line, row in zip(lines, rows, strict=True):
        in_table = in_table or len(row) >= width
        if all(map(is_blank, row)):
            continue
        too_long = not all(map(is_blank, row[width:]))
        if too_long or (in_table and len(row) < width):
            raise DataProblem("CSV_SYNTAX", file=name, line=line)
