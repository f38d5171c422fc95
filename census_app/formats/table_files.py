"""Write a table of texts as CSV for Excel, or as a workbook; nothing in it can become a formula.

The workbook is written by hand: texts as inline strings, one sheet for each million rows. A library that writes sheets
would only be needed for what this does not have. Reading is the business of `sheets` and `delimited`.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from census_app.settings.files import atomic_write

ROWS_A_SHEET: Final = 1_000_000
CELL_LIMIT: Final = 32_767
"""Characters Excel takes in one cell."""

_RISKY: Final = tuple("=+-@\t\r＝＋－＠﹦﹢﹣﹫")
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?")
_ILLEGAL: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAMESPACE: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


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
        atomic_write(path, _csv_parts(chain([head], rows)))
    else:
        atomic_write(path, workbook_bytes(title, head, rows, widths))


def guarded(text: str) -> str:
    """Return a cell of a CSV that no spreadsheet takes for a formula; plain numbers stay numbers."""
    if text.startswith(_RISKY) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def _csv_parts(rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
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
    target = io.BytesIO()
    source = iter(rows)
    names: list[str] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        while True:
            batch = islice(source, ROWS_A_SHEET)
            first = next(batch, None)
            if first is None and names:
                break
            names.append(title if not names else f"{title} {len(names) + 1}")
            with archive.open(
                f"xl/worksheets/sheet{len(names)}.xml", "w", force_zip64=True
            ) as sheet:
                body = chain([first], batch) if first is not None else ()
                for part in _sheet_parts(head, body, widths):
                    sheet.write(part.encode("utf-8", "replace"))
            if first is None:
                break
        for name, text in _frame(names):
            archive.writestr(name, _DECLARATION + text)
    return target.getvalue()


def _sheet_parts(
    head: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int]
) -> Iterator[str]:
    yield f'{_DECLARATION}<worksheet xmlns="{_NAMESPACE}"><sheetViews><sheetView workbookViewId="0">'
    yield '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    if widths:
        columns = "".join(
            f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>'
            for n, width in enumerate(widths, 1)
        )
        yield f"<cols>{columns}</cols>"
    yield "<sheetData>"
    yield f"<row>{''.join(_cell(text, style=1) for text in head)}</row>"
    for row in rows:
        yield f"<row>{''.join(_cell(text) for text in row)}</row>"
    yield "</sheetData></worksheet>"


def _cell(text: str, style: int = 0) -> str:
    clean = _ILLEGAL.sub("\ufffd", text)
    if len(clean) > CELL_LIMIT:
        clean = clean[: CELL_LIMIT - 1] + "…"
    styled = f' s="{style}"' if style else ""
    if not clean:
        return f"<c{styled}/>"
    return f'<c t="inlineStr"{styled}><is><t xml:space="preserve">{escape(clean)}</t></is></c>'


def _frame(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the files around the sheets."""
    sheets = range(1, len(names) + 1)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{kind}.worksheet+xml"/>'
        for n in sheets
    )
    yield (
        "[Content_Types].xml",
        (
            f'<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/>{overrides}</Types>'
        ),
    )
    yield (
        "_rels/.rels",
        (
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
    )
    listed = "".join(
        f'<sheet name={quoteattr(name[:31])} sheetId="{n}" r:id="rId{n}"/>'
        for n, name in enumerate(names, 1)
    )
    yield (
        "xl/workbook.xml",
        (
            f'<workbook xmlns="{_NAMESPACE}" xmlns:r="{_RELATIONS}"><sheets>{listed}</sheets></workbook>'
        ),
    )
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in sheets
    )
    yield (
        "xl/_rels/workbook.xml.rels",
        (
            f'<Relationships xmlns="{_PACKAGE}/relationships">{related}<Relationship Id="rId{len(names) + 1}" '
            f'Type="{_RELATIONS}/styles" Target="styles.xml"/></Relationships>'
        ),
    )
    yield (
        "xl/styles.xml",
        (
            f'<styleSheet xmlns="{_NAMESPACE}"><fonts count="2"><font><sz val="11"/><name val="宋体"/></font>'
            '<font><b/><sz val="11"/><name val="宋体"/></font></fonts>'
            '<fills count="2"><fill><patternFill patternType="none"/></fill>'
            '<fill><patternFill patternType="gray125"/></fill></fills>'
            '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
            '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
            '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
            '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>'
            '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
        ),
    )
