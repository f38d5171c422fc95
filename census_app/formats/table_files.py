"""Write a table of texts as CSV for Excel, or as a workbook; nothing in it can become a formula.

Several sheets, and numbers, are the business of `book_parts`; reading is that of `sheets` and `delimited`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

from census_app.formats.book_parts import BookSheet, book_bytes, formula_like
from census_app.settings.files import atomic_write


def write_table(
    path: Path,
    title: str,
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    widths: Sequence[int] = (),
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
        atomic_write(path, workbook_bytes(title, head, rows, widths))


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


def workbook_bytes(
    title: str, head: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int] = ()
) -> bytes:
    """Return a workbook of texts: heads bold and frozen, every cell a string."""
    return b"".join(book_bytes([BookSheet(title, [head], rows, widths)]))
