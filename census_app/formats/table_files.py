"""Write a table of texts as CSV for Excel, or as a workbook; nothing in it can become a formula.

Several sheets, and numbers, are the business of `book_parts`; reading is that of `sheets` and `delimited`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Final

from census_app.formats.book_parts import BookSheet, book_bytes, formula_like
from census_app.settings.files import atomic_write


@dataclass(frozen=True, slots=True)
class Layout:
    """What a workbook has beside a row of heads and its rows; a CSV file has none of it.

    Attributes:
        heads: Rows of heads in the place of the one row, of equal length.
        merges: Ranges of them that are merged, such as `A1:BA1`.
        runs: Ranges of rows that are merged, on the first sheet; read once, after the rows.
        sheets: Further sheets: name, and rows whose first is their heads.
    """

    heads: tuple[tuple[str, ...], ...] = ()
    merges: tuple[str, ...] = ()
    runs: Iterable[str] = ()
    sheets: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = ()


_PLAIN: Final = Layout()


def write_table(
    path: Path,
    title: str,
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    widths: Sequence[int] = (),
    layout: Layout = _PLAIN,
) -> None:
    """Write a table by the suffix of its path: `.csv` (UTF-8 with BOM) or `.xlsx`; wholly or not at all.

    Args:
        title: Name of the sheet.
        widths: Of the workbook's columns, in characters.

    Raises:
        EnvironmentProblem: Codes of `settings.files.atomic_write`.
    """
    if path.suffix.lower() == ".csv":
        atomic_write(path, csv_parts(chain([head], rows)))
    else:
        atomic_write(path, workbook_parts(title, head, rows, widths, layout))


def guarded(text: str) -> str:
    """Return a cell of a CSV that no spreadsheet takes for a formula; plain numbers stay numbers."""
    return "'" + text if formula_like(text) else text


def csv_parts(rows: Iterable[Sequence[str]], *, mark: bool = True) -> Iterator[bytes]:
    """Yield a CSV in UTF-8, no cell a formula; `mark` puts a BOM before it, without which Excel guesses."""
    if mark:
        yield "\ufeff".encode()
    source = iter(rows)
    while batch := list(islice(source, 1000)):
        text = io.StringIO(newline="")
        csv.writer(text).writerows([guarded(cell) for cell in row] for row in batch)
        yield text.getvalue().encode("utf-8", "replace")


def workbook_parts(
    title: str,
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    widths: Sequence[int] = (),
    layout: Layout = _PLAIN,
) -> Iterator[bytes]:
    """Yield a workbook of texts in blocks: heads bold and frozen, every cell a string."""
    heads = layout.heads or (head,)
    first = BookSheet(title, heads, rows, widths, layout.merges, layout.runs)
    others = [
        BookSheet(name, lines[:1], lines[1:], [20] * len(lines[0])) for name, lines in layout.sheets
    ]
    return book_bytes([first, *others])
