"""Write a workbook of several sheets whose numbers are numbers and whose texts can never become formulas.

It is written by hand, texts as inline strings: a library that writes sheets takes ten times as long, and would only be
needed for what this does not have.

Rows come from iterators and go through a file of the system without a name, so that the size of a catalogue costs no
memory. The same rows give the same bytes.
"""

from __future__ import annotations

import datetime as dt
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import chain, islice, zip_longest
from typing import IO, Final
from xml.sax.saxutils import escape, quoteattr

from census_app.domain import decimals
from census_app.formats.cells import column_letters

Cell = str | int | Decimal | dt.date | None
"""What a cell may hold; dates only from 1900-03-01 on, which `cell_of_day` sees to."""

ROWS_A_SHEET: Final = 500_000
"""Rows after which a sheet goes on in a second one: within what Excel takes, and a part stays below 2 GiB."""
CELL_LIMIT: Final = 32_767
"""Characters Excel takes in one cell."""
SHEET_NAME: Final = 31
"""Characters Excel takes in the name of a sheet."""

_RISKY: Final = tuple("=+-@\t\r＝＋－＠﹦﹢﹣﹫")
_BLANKS: Final = " \u00a0\u3000"
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?")
_ILLEGAL: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BLOCK: Final = 1 << 20
_PAGE: Final = 210
"""Characters that a printed page is wide: small, and still to be read."""
_UNSET: Final = 10
"""Width of a column nobody set."""
_LINE: Final = 15
_NARROW: Final = 0x2E7F
"""Signs after this one are twice as wide."""
_SHORT: Final = 64
"""Characters of a text that may be met again."""
_FIRST_DAY: Final = dt.date(1900, 3, 1)
_EPOCH: Final = dt.date(1899, 12, 30)
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_NO_NAME: Final = re.compile(r"[\[\]:*?/\\]")
_TEXT, _BOLD, _QUOTED, _DAY, _CENTRED = range(5)
"""Styles, in the order of `cellXfs`; `_QUOTED` keeps a text a text when somebody edits its cell."""


@dataclass(frozen=True, slots=True)
class BookSheet:
    """One sheet.

    Attributes:
        heads: Rows that are bold and stay in view.
        rows: Read once, while the sheet is written.
        widths: Of the columns, in characters.
        merges: Ranges of the heads that are merged, such as `A1:C1`; they then stand in the middle.
        runs: Ranges of rows that are merged, where the sheet is not continued in another; read once, after the rows.
    """

    title: str
    heads: Sequence[Sequence[str]]
    rows: Iterable[Sequence[Cell]]
    widths: Sequence[int] = ()
    merges: Sequence[str] = ()
    runs: Iterable[str] = ()


def book_bytes(sheets: Iterable[BookSheet]) -> Iterator[bytes]:
    """Yield a workbook in blocks; nothing is yielded before all rows were read.

    Raises:
        OSError: The system has no room for what is being made.
    """
    with tempfile.TemporaryFile() as file:
        _write(file, sheets)
        file.seek(0)
        while block := file.read(_BLOCK):
            yield block


def cell_of_day(text: str) -> Cell:
    """Return a day a spreadsheet can count with; what none of them knows stays text."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return text
    return day if day >= _FIRST_DAY else text


def formula_like(text: str) -> bool:
    """Say whether a spreadsheet could take a text for a formula: by its first character that is no blank."""
    bare = text.lstrip(_BLANKS)
    return bare.startswith(_RISKY) and not _NUMBER.fullmatch(text)


def legal_text(text: str) -> str:
    """Return a text with what XML cannot carry replaced."""
    return _ILLEGAL.sub("\ufffd", text)


def _write(file: IO[bytes], sheets: Iterable[BookSheet]) -> None:
    titles: list[str] = []
    tops: list[int] = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for sheet in sheets:
            rows, part = iter(sheet.rows), 0
            following: Sequence[Cell] | None = next(rows, None)
            while not part or following is not None:
                part += 1
                titles.append(_title(sheet.title, part, titles))
                tops.append(len(sheet.heads))
                begun = () if following is None else (following,)
                own = chain(begun, islice(rows, ROWS_A_SHEET - 1))
                with archive.open(_entry(f"xl/worksheets/sheet{len(titles)}.xml"), "w") as out:
                    for text in _sheet(sheet, own, sheet.runs if part == 1 else ()):
                        out.write(text.encode("utf-8", "replace"))
                following = next(rows, None)
        for name, text in _frame(titles, tops):
            archive.writestr(_entry(name), _HEAD + text)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)  # dated 1980: the same content gives the same bytes
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _title(text: str, part: int, taken: Sequence[str]) -> str:
    """Return a name Excel takes and no other sheet has, whatever the case of its letters."""
    plain = _NO_NAME.sub("_", legal_text(text)).strip("'") or "1"
    known = {each.casefold() for each in taken}
    while True:
        tail = f" {part}" if part > 1 else ""
        name = plain[: SHEET_NAME - len(tail)] + tail
        if name.casefold() not in known:
            return name
        part += 1


def _sheet(sheet: BookSheet, rows: Iterator[Sequence[Cell]], runs: Iterable[str]) -> Iterator[str]:
    top = len(sheet.heads)
    yield f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
    yield '<sheetViews><sheetView workbookViewId="0">'
    if top:
        yield f'<pane ySplit="{top}" topLeftCell="A{top + 1}" activePane="bottomLeft" state="frozen"/>'
    yield "</sheetView></sheetViews>"
    if sheet.widths:
        columns = (
            f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>'
            for n, width in enumerate(sheet.widths, 1)
        )
        yield f"<cols>{''.join(columns)}</cols>"
    yield "<sheetData>"
    style = _CENTRED if sheet.merges else _BOLD
    height = _head_height(sheet)
    for head in sheet.heads:
        cells = "".join(_text(text, style) for text in head)
        yield f'<row ht="{height}" customHeight="1">{cells}</row>'
    last = top
    while batch := list(islice(rows, 500)):
        last += len(batch)
        yield "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in batch)
    yield "</sheetData>"
    if top == 1:
        yield f'<autoFilter ref="A1:{column_letters(len(sheet.heads[0]) - 1)}{last}"/>'
    merges = [*sheet.merges, *runs]
    if merges:
        listed = "".join(f'<mergeCell ref="{each}"/>' for each in merges)
        yield f'<mergeCells count="{len(merges)}">{listed}</mergeCells>'
    pages = -(-_width(sheet) // _PAGE) or 1
    yield '<pageMargins left="0.4" right="0.4" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>'
    yield f'<pageSetup paperSize="9" orientation="landscape" fitToWidth="{pages}" fitToHeight="0"/>'
    yield "<headerFooter><oddFooter>&amp;C&amp;P / &amp;N</oddFooter></headerFooter></worksheet>"


def _width(sheet: BookSheet) -> int:
    """Return how wide the columns are together, in characters."""
    return (
        sum(sheet.widths) if sheet.widths else _UNSET * len(sheet.heads[0] if sheet.heads else ())
    )


def _head_height(sheet: BookSheet) -> int:
    """Return the height of a row of heads in points: their texts are wrapped."""
    if len(sheet.heads) != 1:
        return _LINE + 7
    lines = 1
    for text, width in zip_longest(sheet.heads[0], sheet.widths, fillvalue=_UNSET):
        needed = sum(2 if ord(sign) > _NARROW else 1 for sign in str(text))
        lines = max(lines, -(-needed // max(int(width) - 2, 4)))
    return _LINE * min(lines, 4) + 7


def _cell(value: Cell) -> str:
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, str):
        return _short(value) if len(value) <= _SHORT else _string(value)
    if isinstance(value, dt.date):
        return f'<c s="{_DAY}"><v>{(value - _EPOCH).days}</v></c>'
    number = decimals.spell(value) if isinstance(value, Decimal) else str(int(value))
    return f"<c><v>{number}</v></c>"


def _string(text: str) -> str:
    return _text(text, _QUOTED if formula_like(text) else _TEXT)


_short = lru_cache(maxsize=1 << 14)(_string)
"""The labels of lists and the names of departments stand in every other row."""


def _text(text: str, style: int) -> str:
    clean = legal_text(text)
    if len(clean) > CELL_LIMIT:
        clean = clean[: CELL_LIMIT - 1] + "…"
    styled = f' s="{style}"' if style else ""
    if not clean:
        return f"<c{styled}/>"
    return f'<c t="inlineStr"{styled}><is><t xml:space="preserve">{escape(clean)}</t></is></c>'


def _quoted(title: str) -> str:
    return "'" + title.replace("'", "''") + "'"


def _frame(titles: Sequence[str], tops: Sequence[int]) -> Iterator[tuple[str, str]]:
    """Yield the files around the sheets; `tops` counts their heads, which every printed page repeats."""
    numbers = range(1, len(titles) + 1)
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        for n in numbers
    )
    yield (
        "[Content_Types].xml",
        (
            f'<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>{overrides}</Types>'
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
        f'<sheet name={quoteattr(title)} sheetId="{n}" r:id="rId{n}"/>'
        for n, title in enumerate(titles, 1)
    )
    repeated = "".join(
        f'<definedName name="_xlnm.Print_Titles" localSheetId="{n}">'
        f"{escape(_quoted(title))}!$1:${top}</definedName>"
        for n, (title, top) in enumerate(zip(titles, tops, strict=True))
        if top
    )
    repeated = f"<definedNames>{repeated}</definedNames>" if repeated else ""
    yield (
        "xl/workbook.xml",
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{listed}</sheets>{repeated}</workbook>',
    )
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    yield (
        "xl/_rels/workbook.xml.rels",
        (
            f'<Relationships xmlns="{_PACKAGE}/relationships">{related}<Relationship Id="rId{len(titles) + 1}" '
            f'Type="{_RELATIONS}/styles" Target="styles.xml"/></Relationships>'
        ),
    )
    yield "xl/styles.xml", _STYLES


_SIDES: Final = "".join(
    f'<{side} style="thin"><color rgb="FFBFC8D4"/></{side}>'
    for side in ("left", "right", "top", "bottom")
)
_HEADED: Final = 'fillId="2" borderId="1" xfId="0" applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1"'
_STYLES: Final = (
    f'<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="宋体"/></font>'
    '<font><b/><sz val="11"/><name val="宋体"/></font></fonts>'
    '<fills count="3"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFDCE6F4"/></patternFill></fill></fills>'
    '<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>'
    f"<border>{_SIDES}<diagonal/></border></borders>"
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    f'<xf numFmtId="0" fontId="1" {_HEADED}><alignment vertical="center" wrapText="1"/></xf>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    f'<xf numFmtId="0" fontId="1" {_HEADED}>'
    '<alignment horizontal="center" vertical="center" wrapText="1"/></xf></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
