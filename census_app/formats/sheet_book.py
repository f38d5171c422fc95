"""Write a workbook with checks, comments and protection: openpyxl makes all but the rows, which are streamed beside it.

openpyxl writes 50,000 cells a second; the rows of a large list would take longer than reading it did. So it writes
every sheet with the cells that have a comment or a link, and the rows are put in their place as XML (ADR 0061).
Nothing in a cell can become a formula but what is given as `Formula` or `SharedFormula`.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.cell_range import CellRange, MultiCellRange
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from census_app.formats.cells import (
    MAX_CELL_CHARACTERS,
    DateText,
    NumberText,
    column_letters,
    column_number,
)
from census_app.formats.sheet_looks import LOOKS, RULE, Look, condition_colours

MAX_COMMENT: Final = 1_500
MAX_PROMPT: Final = 250
MAX_PROMPT_TITLE: Final = 32
MAX_FORMULA: Final = 8_000
_PAGE: Final = 210
"""Characters that a printed page is wide: small, and still to be read."""
MAX_LINKS: Final = 60_000
"""Excel takes 65,530 links in a sheet."""

_ILLEGAL: Final = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LIKE_ESCAPE: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_ROWS: Final = re.compile(rb"<sheetData ?/>|<sheetData>.*?</sheetData>", re.DOTALL)
_DIMENSION: Final = re.compile(rb'<dimension ref="[^"]*" ?/>')
_FORBIDDEN_NAME: Final = re.compile(r"[\[\]:*?/\\']")
_EPOCH: Final = dt.date(1899, 12, 30)
_FIRST_DAY: Final = dt.date(1900, 3, 1)
"""Excel counts a 29 February 1900 that never was."""


class Formula(str):
    """A formula without its equals sign."""

    __slots__ = ()


class SharedFormula(str):
    """A formula that a column repeats row by row: the first cell holds its text, the others only its number.

    Attributes:
        number: Of the formula in its sheet.
        area: Range of the cells, in the first of them; else empty, as the text is.
    """

    __slots__ = ("area", "number")

    area: str
    number: int

    def __new__(cls, number: int, area: str = "", text: str = "") -> SharedFormula:
        """Make the formula of one cell."""
        made = super().__new__(cls, text)
        made.number, made.area = number, area
        return made


@dataclass(frozen=True, slots=True)
class Validation:
    """What Excel says while a cell is filled in; nothing is forbidden, a warning can be passed.

    Attributes:
        range: As `B6:B500`.
        kind: `list`, `custom`, or empty for a prompt only.
        formula: Without equals sign.
    """

    range: str
    kind: str = ""
    formula: str = ""
    prompt_title: str = ""
    prompt: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """A colour that a formula switches on: `missing`, `wrong` or `idle`."""

    range: str
    kind: str
    formula: str


@dataclass(frozen=True, slots=True)
class Row:
    """Cells from column A on, each with the name of its look; a look of None writes nothing."""

    cells: Sequence[tuple[str, str | None]]
    height: float = 0
    hidden: bool = False


@dataclass(slots=True)
class BookSheet:
    """One sheet to be written.

    Attributes:
        widths: By column, in characters; 0 hides the column.
        column_looks: By column: how cells look that nobody has written yet.
        freeze: Address of the first cell that scrolls.
        filter: Range with the head row of the list.
        comments: By address.
        links: Cell → (sheet, cell) it leads to.
        locked: Whether only open cells can be changed; there is no password.
        grid: Whether the lines between cells are shown.
    """

    name: str
    rows: Iterable[Row]
    widths: Sequence[float] = ()
    column_looks: Sequence[str] = ()
    hidden: bool = False
    freeze: str = ""
    filter: str = ""
    merges: Sequence[str] = ()
    validations: Sequence[Validation] = ()
    conditions: Sequence[Condition] = ()
    comments: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    locked: bool = False
    grid: bool = False


def sheet_name(wanted: str, taken: Iterable[str]) -> str:
    """Return a name that Excel takes and no other sheet has."""
    base = _FORBIDDEN_NAME.sub("_", clean(wanted)).strip()[:31] or "Sheet"
    others = {name.casefold() for name in taken}
    name, number = base, 2
    while name.casefold() in others:
        tail = f" {number}"
        name, number = base[: 31 - len(tail)] + tail, number + 1
    return name


def quoted_sheet(name: str) -> str:
    """Return the name of a sheet as formulas write it."""
    return "'" + name.replace("'", "''") + "'"


def clean(text: str) -> str:
    """Return a text without what XML cannot hold, cut to what a cell can."""
    plain = _ILLEGAL.sub("\ufffd", text)
    return plain if len(plain) <= MAX_CELL_CHARACTERS else plain[: MAX_CELL_CHARACTERS - 1] + "…"


def has_controls(text: str) -> bool:
    """Say whether `clean` would replace anything."""
    return _ILLEGAL.search(text) is not None


def date_serial(text: str) -> int | None:
    """Return the number under which Excel stores a day, or None for a day it cannot tell."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return (day - _EPOCH).days if day >= _FIRST_DAY else None


def book_bytes(sheets: Sequence[BookSheet], names: Mapping[str, str], title: str) -> bytes:
    """Return a workbook.

    Args:
        names: Defined name → what it stands for, without equals sign.
        title: In the properties of the file.
    """
    book = Workbook()
    book.remove(book.active)
    book.properties.title = clean(title)
    book.properties.creator = "Census"
    book.calculation.fullCalcOnLoad = True
    ids = _styles(book)
    for sheet in sheets:
        _frame(book, sheet)
    for name, text in names.items():
        book.defined_names[name] = DefinedName(name, attr_text=text)
    book.active = next((n for n, sheet in enumerate(sheets) if not sheet.hidden), 0)
    plain = io.BytesIO()
    book.save(plain)
    return _with_rows(plain, sheets, ids)


def _with_rows(plain: io.BytesIO, sheets: Sequence[BookSheet], ids: Mapping[str, int]) -> bytes:
    target = io.BytesIO()
    parts = {f"xl/worksheets/sheet{n}.xml": sheet for n, sheet in enumerate(sheets, 1)}
    with (
        zipfile.ZipFile(plain) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive,
    ):
        for entry in source.infolist():
            data = source.read(entry)
            sheet = parts.get(entry.filename)
            if sheet is None:
                archive.writestr(entry.filename, data)
                continue
            data = _DIMENSION.sub(b"", data, count=1)
            place = _ROWS.search(data)
            assert place is not None  # noqa: S101  # every sheet has the element, filled or not
            with archive.open(entry.filename, "w", force_zip64=True) as stream:
                stream.write(data[: place.start()] + b"<sheetData>")
                for piece in _row_parts(sheet.rows, ids):
                    stream.write(piece.encode("utf-8", "replace"))
                stream.write(b"</sheetData>" + data[place.end() :])
    return target.getvalue()


def _row_parts(rows: Iterable[Row], ids: Mapping[str, int]) -> Iterator[str]:
    waiting: list[str] = []
    for number, row in enumerate(rows, 1):
        more = f' ht="{row.height:g}" customHeight="1"' if row.height else ""
        more += ' hidden="1"' if row.hidden else ""
        waiting.append(f'<row r="{number}"{more}>')
        for column, (value, look) in enumerate(row.cells):
            if look is not None:
                waiting.append(_cell(f"{column_letters(column)}{number}", value, ids[look]))
        waiting.append("</row>")
        if len(waiting) > 4_000:
            yield "".join(waiting)
            waiting.clear()
    yield "".join(waiting)


def _cell(where: str, value: str, style: int) -> str:
    if isinstance(value, SharedFormula):
        area = f' ref="{value.area}"' if value.area else ""
        kept = f'<f t="shared"{area} si="{value.number}"'
        return f'<c r="{where}" s="{style}">{kept}{f">{escape(value)}</f>" if value else "/>"}</c>'
    if not value:
        return f'<c r="{where}" s="{style}"/>'
    kind = value.__class__
    if kind is str:
        text = escape(_LIKE_ESCAPE.sub("_x005F_", clean(value)))
        return (
            f'<c r="{where}" s="{style}" t="inlineStr"><is>'
            f'<t xml:space="preserve">{text}</t></is></c>'
        )
    if kind is NumberText:
        return f'<c r="{where}" s="{style}"><v>{value}</v></c>'
    if kind is DateText:
        return f'<c r="{where}" s="{style}"><v>{date_serial(value)}</v></c>'
    return f'<c r="{where}" s="{style}"><f>{escape(value)}</f></c>'


def _styles(book: Workbook) -> dict[str, int]:
    """Make the looks known to a workbook, and return their numbers in it."""
    scratch = book.create_sheet("scratch")
    ids: dict[str, int] = {}
    for column, (name, look) in enumerate(LOOKS.items(), 1):
        cell = scratch.cell(1, column)
        _dress(cell, look)
        ids[name] = cell.style_id
    book.remove(scratch)
    return ids


def _dress(cell: Any, look: Look) -> None:
    cell.font = Font(
        name="微软雅黑", size=look.size, bold=look.bold, italic=look.italic, color=look.ink,
        underline="single" if look.underlined else None,
    )  # fmt: skip
    side = Side(style="thin", color=RULE) if look.ruled else Side()
    cell.border = Border(left=side, right=side, top=side, bottom=side)
    cell.fill = PatternFill("solid", fgColor=look.fill) if look.fill else PatternFill()
    cell.alignment = Alignment(horizontal=look.across, vertical=look.down, wrap_text=look.wrapped)
    cell.number_format = look.format
    cell.protection = Protection(locked=not look.open)
    cell.quotePrefix = look.prefixed


def _frame(book: Workbook, sheet: BookSheet) -> None:
    ws = book.create_sheet(sheet.name)
    ws.sheet_state = "hidden" if sheet.hidden else "visible"
    ws.sheet_view.showGridLines = sheet.grid
    ws.sheet_view.zoomScale = 100
    for number, width in enumerate(sheet.widths):
        column = ws.column_dimensions[column_letters(number)]
        column.width = width or 4
        column.hidden = not width
        if number < len(sheet.column_looks):
            _dress_column(column, LOOKS[sheet.column_looks[number]])
    if sheet.freeze:
        ws.freeze_panes = sheet.freeze
    if sheet.filter:
        ws.auto_filter.ref = sheet.filter
    # All at once: adding one by one compares each with every other.
    ws.merged_cells = MultiCellRange([CellRange(area) for area in sheet.merges])
    _add_checks(ws, sheet)
    _add_comments(ws, sheet.comments)
    _add_links(ws, sheet.links)
    if sheet.locked:
        _lock(ws)
    _set_paper(ws, sheet)


def _set_paper(ws: Worksheet, sheet: BookSheet) -> None:
    """Print a wide sheet on pages side by side, each with the heads and the columns that stay in sight.

    The sheet of a form stays one page wide: its empty rows have formulas, and each would be printed page by page.
    """
    ws.page_setup.orientation = "landscape"
    ws.page_setup.paperSize = ws.PAPERSIZE_A4
    ws.page_setup.fitToWidth, ws.page_setup.fitToHeight = 1, 0
    ws.sheet_properties.pageSetUpPr.fitToPage = True
    ws.oddFooter.center.text = "&P / &N"
    if sheet.conditions:
        return
    ws.page_setup.fitToWidth = -(-int(sum(sheet.widths)) // _PAGE) or 1
    letters = sheet.freeze.rstrip("0123456789")
    row = int(sheet.freeze.removeprefix(letters) or 1)
    if row > 1:
        ws.print_title_rows = f"{row - 1}:{row - 1}"
    if letters > "A" or len(letters) > 1:
        ws.print_title_cols = f"A:{column_letters(column_number(letters) - 1)}"


def _dress_column(column: Any, look: Look) -> None:

    column.number_format = look.format
    column.protection = Protection(locked=not look.open)


def _add_checks(ws: Worksheet, sheet: BookSheet) -> None:
    for check in sheet.validations:
        validation = DataValidation(
            type=check.kind or None, formula1=check.formula or None, allow_blank=True
        )
        validation.sqref = MultiCellRange(check.range)
        if check.prompt:
            validation.showInputMessage = True
            validation.promptTitle = _shortened(check.prompt_title, MAX_PROMPT_TITLE)
            validation.prompt = _shortened(check.prompt, MAX_PROMPT)
        if check.error:
            validation.showErrorMessage = True
            validation.errorStyle = "warning"
            validation.errorTitle = _shortened(check.prompt_title, MAX_PROMPT_TITLE)
            validation.error = _shortened(check.error, MAX_PROMPT)
        ws.add_data_validation(validation)
    for condition in sheet.conditions:
        ink, fill = condition_colours(condition.kind)
        ws.conditional_formatting.add(
            condition.range,
            FormulaRule(
                formula=[condition.formula],
                fill=PatternFill("solid", bgColor=fill, fgColor=fill),
                font=Font(color=ink) if ink else None,
                stopIfTrue=True,
            ),
        )


def _shortened(text: str, limit: int) -> str:
    plain = clean(text)
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"


def _add_comments(ws: Worksheet, comments: Mapping[str, str]) -> None:
    for where, text in comments.items():
        comment = Comment(_shortened(text, MAX_COMMENT), "Census", height=140, width=320)
        ws[where].comment = comment


def _add_links(ws: Worksheet, links: Mapping[str, tuple[str, str]]) -> None:
    for where, (sheet, cell) in links.items():
        ws[where].hyperlink = Hyperlink(ref=where, location=f"{quoted_sheet(sheet)}!{cell}")


def _lock(ws: Worksheet) -> None:
    """Protect what is ours; people may insert rows, change widths and filter. An absent password is deliberate."""
    protection = ws.protection
    protection.sheet = True
    for allowed in ("formatCells", "formatColumns", "formatRows", "insertRows", "deleteRows",
                    "autoFilter", "sort"):  # fmt: skip
        setattr(protection, allowed, False)


def row_height(cells: Iterable[tuple[str, float]], most: int = 6, line: float = 15.0) -> float:
    """Return the height in points that wrapped texts need in columns of given widths, for at most so many lines.

    Excel fits rows when it opens a file, LibreOffice and WPS do not always.
    """
    lines = 1
    for text, width in cells:
        if len(text) * 2 > width or "\n" in text:
            usable = max(width - 1.5, 4.0)
            needed = sum(max(1, -int(-text_width(part) // usable)) for part in text.split("\n"))
            lines = max(lines, needed)
    return line * min(lines, most) + 3


@lru_cache(maxsize=4096)
def text_width(text: str) -> int:
    """Return the width of a text in half-width characters: its longest line."""
    return max(
        (sum(2 if ord(c) > 0x2E7F else 1 for c in line) for line in text.split("\n")), default=0
    )
