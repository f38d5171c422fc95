"""Write a workbook that was read as a new one: its values, the problems coloured and explained, a list with links.

The file that people brought is never opened for writing: what openpyxl does not know of it (drawings, macros, comments)
would be lost on saving. Sheets of our template get all their checks again; any other sheet keeps its place and its
values, and the identities of its records in hidden columns, so that it can be imported again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from census_app.diagnostics import wording
from census_app.formats import own_marks
from census_app.formats.book_origin import BookOrigin
from census_app.formats.cells import Cell, address, column_letters
from census_app.formats.sheet_book import (
    MAX_LINKS,
    BookSheet,
    Row,
    Validation,
    book_bytes,
    row_height,
    sheet_name,
    text_width,
)
from census_app.formats.sheets import Sheet
from census_app.formats.template_book import TemplateBook, cell_text
from census_app.formats.workbook import TableShape

MAX_COMMENTS: Final = 3_000
"""Comments in one workbook; the list of problems has all of them, and every cell is coloured. How many cells have only
a colour is said above that list."""

_WIDEST: Final = 42.0
_NARROWEST: Final = 8.0
_SAMPLED: Final = 200
_ISSUE_WIDTHS: Final = (0, 10, 16, 10, 30, 24, 26, 44, 44)
_HEADS: Final = ("SEVERITY", "SHEET", "CELL", "RECORD", "FIELD", "FOUND", "PROBLEM", "REMEDY")


@dataclass(frozen=True, slots=True)
class Issue:
    """One problem of one cell.

    Attributes:
        severity: Its name in the reader's language.
        sheet: Name of the sheet in the new workbook, empty when it is in none.
        cell: Address there.
        remedy: What to do next.
    """

    severity: str
    sheet: str
    cell: str
    record: str
    field: str
    found: str
    problem: str
    remedy: str


@dataclass(frozen=True, slots=True)
class HealedSheet:
    """A sheet that was not ours, with what the import knows of it.

    Attributes:
        tables: Where its tables are.
        identities: Row, counted from 1, → identities of its record and of its child, either may be empty.
        marks: Address → what is wrong there.
        national: Row of the heads, counted from 0, of the sheet in the national layout of our template; -1 of any
            other. It gets its drop-downs and explanations again.
    """

    sheet: Sheet
    tables: Sequence[TableShape] = ()
    identities: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    national: int = -1


@dataclass(frozen=True, slots=True)
class HealedBook:
    """A workbook.

    Attributes:
        uncommented: Cells that are coloured and have no comment, because a workbook has room for so many only.
    """

    data: bytes
    uncommented: int


def healed_book(
    sheets: Sequence[HealedSheet],
    issues: Sequence[Issue],
    language: str,
    title: str,
    origin: BookOrigin,
    template: TemplateBook | None = None,
) -> HealedBook:
    """Return the workbook.

    Args:
        sheets: Those that are not ours.
        origin: What the workbook says of itself.
        template: The sheets of our template that were in the workbook.
    """
    taken = [each.sheet.name for each in sheets] + (template.names if template else [])
    name = sheet_name(wording.text("HEALED_ISSUES", language), taken)
    written = []
    if template is not None:
        written += [template.help_sheet(), *template.form_sheets()]
    written += [_plain_sheet(each, language, template) for each in sheets]
    names = origin.names
    if template is not None:
        written.append(template.list_sheet())
        names |= template.defined_names()
    uncommented = _limit_comments(written)
    written.insert(0, _issue_sheet(issues, name, language, uncommented))
    return HealedBook(book_bytes(written, names, title), uncommented)


def _limit_comments(sheets: Sequence[BookSheet]) -> int:
    """Leave out the comments a workbook has no room for, and return how many these are."""
    left = MAX_COMMENTS
    wanted = 0
    for sheet in sheets:
        wanted += len(sheet.comments)
        sheet.comments = dict(list(sheet.comments.items())[:left])
        left -= len(sheet.comments)
    return wanted - (MAX_COMMENTS - left)


def _plain_sheet(each: HealedSheet, language: str, template: TemplateBook | None) -> BookSheet:
    sheet = each.sheet
    width = max(len(sheet.rows[0]) if sheet.rows else 0, 1)
    places = _identity_places(each, width)
    headers = {table.header for table in each.tables}
    checks: Sequence[Validation] = ()
    if each.national >= 0 and template is not None:
        headers.add(each.national)
        checks = template.national_checks(sheet.rows[each.national], each.national + 2)
    widths = [*_widths(sheet, width), *[0.0] * (max((*places, width - 1)) + 1 - width)]
    for place in places:
        widths[place] = 0.0
    first = min(headers, default=-1)
    return BookSheet(
        sheet.name,
        _plain_rows(each, places, headers, widths, language),
        widths,
        ["text"] * width if checks else (),
        hidden=sheet.hidden and not headers,
        freeze=f"A{first + 2}" if first >= 0 else "",
        merges=[
            f"{address(top, left)}:{address(bottom, right)}"
            for top, left, bottom, right in sheet.merges
            if (top, left) != (bottom, right)
        ],
        validations=checks,
        comments=each.marks,
        grid=True,
    )


def _identity_places(each: HealedSheet, width: int) -> tuple[int, int] | tuple[()]:
    """Return the columns for the identities of records and children: those that are there, or two further ones."""
    if not each.tables:
        return ()
    own = max(table.identity for table in each.tables)
    child = max(table.child_identity for table in each.tables)
    free = width
    if own < 0:
        own, free = free, free + 1
    return own, child if child >= 0 else free


def _plain_rows(
    each: HealedSheet,
    places: tuple[int, int] | tuple[()],
    headers: set[int],
    widths: Sequence[float],
    language: str,
) -> Iterator[Row]:
    covered = {
        (row, column)
        for top, left, bottom, right in each.sheet.merges
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
        if (row, column) != (top, left)
    }
    words = (own_marks.ROW_ID_HEADER[language], own_marks.CHILD_ID_HEADER[language])
    for index, cells in enumerate(each.sheet.rows):
        head = index in headers
        written: list[tuple[str, str | None]] = [
            ("", None)
            if (index, column) in covered
            else _plain_cell(cell, head, address(index, column) in each.marks)
            for column, cell in enumerate(cells)
        ]
        written += [("", None)] * (len(widths) - len(written))
        identities = words if head else each.identities.get(index + 1, ("", ""))
        for place, text in zip(places, identities, strict=False):
            written[place] = (text, "identity" if text else None)
        texts = ((c[0], w) for c, w in zip(written, widths, strict=True) if w)
        yield Row(written, row_height(texts, most=3))


def _plain_cell(cell: Cell, head: bool, bad: bool) -> tuple[str, str | None]:
    if head and not bad:
        return (str(cell), "required") if cell else ("", None)
    if not cell and not bad:
        return "", None
    return cell_text(cell, "text", bad=bad)


def _widths(sheet: Sheet, width: int) -> list[float]:
    found = [_NARROWEST] * width
    for row in sheet.rows[:_SAMPLED]:
        for column, cell in enumerate(row):
            if cell:
                found[column] = min(max(found[column], text_width(cell) + 2.0), _WIDEST)
    return found


def _issue_sheet(issues: Sequence[Issue], name: str, language: str, uncommented: int) -> BookSheet:
    heads = [(wording.text(f"HEALED_{head}", language), "required") for head in _HEADS]
    summary = wording.text(
        "HEALED_SUMMARY" if issues else "HEALED_NOTHING", language, count=len(issues)
    )
    if uncommented:
        summary += wording.text("HEALED_UNCOMMENTED", language, count=uncommented)
    rows = [
        Row([(own_marks.ISSUES_MARK, "key")], hidden=True),
        Row([("", None), (wording.text("HEALED_ISSUES", language), "title")], 28),
        Row([("", None), (summary, "note")], 20),
        Row([("", None), *heads], 24),
    ]
    links: dict[str, tuple[str, str]] = {}
    for number, issue in enumerate(issues, len(rows) + 1):
        texts = (
            issue.severity, issue.sheet, issue.cell, issue.record, issue.field, issue.found,
            issue.problem, issue.remedy,
        )  # fmt: skip
        linked = bool(issue.sheet and issue.cell) and len(links) < MAX_LINKS
        if linked:
            links[f"D{number}"] = (issue.sheet, issue.cell)
        looks = ["cell_ruled"] * len(texts)
        looks[2] = "link" if linked else "cell_ruled"
        height = row_height(zip(texts, _ISSUE_WIDTHS[1:], strict=True), most=8)
        rows.append(Row([("", None), *zip(texts, looks, strict=True)], height))
    last = column_letters(len(heads))
    return BookSheet(
        name,
        rows,
        _ISSUE_WIDTHS,
        freeze="A5",
        filter=f"B4:{last}{max(len(rows), 5)}" if issues else "",
        links=links,
    )
