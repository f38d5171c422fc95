"""Read the list of another body: any sheet with a header, whose columns a person gives a meaning.

Unlike `workbook` it takes headers no form knows: it finds where the table begins, proposes a meaning for each column
from labels and aliases, and reads the rows under the meaning that was confirmed. One row is one record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from census_app.domain.tolerance import text_likeness
from census_app.formats.cells import NumberText, address, is_blank
from census_app.formats.grouping import group_records
from census_app.formats.header_block import HeaderRows
from census_app.formats.headers import (
    FieldRef,
    HeaderMap,
    is_serial,
    normalise_header,
    without_brackets,
)
from census_app.formats.notes import Note, note
from census_app.formats.sheets import Sheet, read_sheets
from census_app.formats.tables import TableFound, find_tables
from census_app.formspec.model import Field, Form, FormSet

UNIT: Final = "@unit"
"""Stands for the department in a mapping: no field takes its text, because the catalogue knows whose a record is."""

Sureness = Literal["", "known", "guessed"]

_SEARCHED_ROWS: Final = 60
_LOOKED_AHEAD: Final = 6
_LEAST_HEADS: Final = 2
_LONGEST_HEAD: Final = 80
_SAMPLES: Final = 3
_SAMPLE_LENGTH: Final = 60
_GUESSED_FROM: Final = 0.66
_NAMED_FROM: Final = 0.3


@dataclass(frozen=True, slots=True)
class ForeignColumn:
    """A column with something in it.

    Attributes:
        number: Counted from 0.
        head: As a person would read it out, groups first; a second one of the same text ends in ` #2`.
        filled: How many cells below it hold something.
        samples: Some of them, without line breaks.
    """

    number: int
    head: str
    filled: int
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ForeignTable:
    """A table of a sheet.

    Attributes:
        form: Form its headers belong to, as far as they are known; empty when they are not.
        rows: Number of rows below the header that hold something.
        header: First and last header row, counted from 0; data begin at `first` and end before `end`.
    """

    sheet: Sheet
    form: str
    header: tuple[int, int]
    first: int
    end: int
    columns: tuple[ForeignColumn, ...]
    rows: int

    @property
    def shape(self) -> str:
        """SHA-256 over the heads in their order, 64 hex: sheets of one template share it."""
        heads = [normalise_header(column.head) for column in self.columns]
        return hashlib.sha256("\0".join(heads).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class ForeignRow:
    """One row under a mapping.

    Attributes:
        number: Row of the sheet, counted from 1.
        unit: What stands in the column of the department; from above, where the cell is empty.
        texts: Field id → text.
    """

    number: int
    unit: str
    texts: Mapping[str, str]


def foreign_tables(path: Path, form_set: FormSet) -> list[ForeignTable]:
    """Return the tables of a file, the one with most rows first.

    Raises:
        DataProblem: The codes of `sheets.read_sheets`.
        OSError: The file cannot be opened.
    """
    known = HeaderMap(form_set)
    found = [table for sheet in read_sheets(path) for table in _tables_of(sheet, form_set, known)]
    return sorted(found, key=lambda table: -table.rows)


def _tables_of(sheet: Sheet, form_set: FormSet, known: HeaderMap) -> list[ForeignTable]:
    if not sheet.rows:
        return []
    rows = HeaderRows(sheet)
    tables = find_tables(sheet, form_set, known)
    places = [(t.form, t.header, t.first, t.end) for t in tables]
    if not places:
        header = _guess_header(rows)
        places = [("", header, header[1] + 1, len(sheet.rows))] if header is not None else []
    made = [_table(rows, form, header, first, end) for form, header, first, end in places]
    return [table for table in made if table.rows and len(table.columns) >= _LEAST_HEADS]


def _guess_header(rows: HeaderRows) -> tuple[int, int] | None:
    """Return the first row that looks like heads: texts only, nearly as many as the rows below have cells."""
    for row in range(min(_SEARCHED_ROWS, rows.height - 1)):
        cells = [c for c in rows.sheet.rows[row] if not is_blank(c)]
        below = range(row + 1, min(row + _LOOKED_AHEAD, rows.height))
        widest = max((_filled(rows.sheet.rows[r]) for r in below), default=0)
        heads = all(not isinstance(c, NumberText) and len(c) <= _LONGEST_HEAD for c in cells)
        grouped = rows.has_group(row)
        if heads and widest >= _LEAST_HEADS and len(cells) >= _LEAST_HEADS:
            if grouped and 2 * len(cells) <= widest + 1:
                return rows.merged_with(row, row + 1)
            if 3 * len(cells) >= 2 * widest:
                return rows.merged_with(row, row + 1 if grouped else row)
    return None


def _filled(cells: Sequence[str]) -> int:
    return sum(not is_blank(cell) for cell in cells)


def _table(
    rows: HeaderRows, form: str, header: tuple[int, int], first: int, end: int
) -> ForeignTable:
    body = rows.sheet.rows[first:end]
    columns: list[ForeignColumn] = []
    seen: dict[str, int] = {}
    for number in range(rows.width):
        head = rows.header_text(*header, number)
        cells = [row[number] for row in body if not is_blank(row[number])]
        if not head:
            continue
        seen[head] = seen.get(head, 0) + 1
        told = head if seen[head] == 1 else f"{head} #{seen[head]}"
        samples = tuple(" ".join(c.split())[:_SAMPLE_LENGTH] for c in cells[:_SAMPLES])
        columns.append(ForeignColumn(number, told, len(cells), samples))
    count = sum(1 for row in body if _filled(row) >= _LEAST_HEADS)
    return ForeignTable(rows.sheet, form, header, first, end, tuple(columns), count)


# -- what a column means -----------------------------------------------------------------------------------------------


def propose(
    table: ForeignTable, form: Form, form_set: FormSet, unit_heads: Sequence[str] = ()
) -> list[tuple[str, Sureness]]:
    """Return for each column the field it means, or `UNIT`, or nothing, and how sure that is.

    Labels and aliases come first, in the order of the columns; what is left is guessed from like labels. No field is
    proposed twice.

    Args:
        form: Whose fields are meant.
        unit_heads: Heads that mean the department.
    """
    known = HeaderMap(form_set)
    units = {normalise_header(head) for head in unit_heads}
    found: list[tuple[str, Sureness]] = []
    taken: set[str] = set()
    for column in table.columns:
        target = _known_target(column.head, form, form_set, known, units, taken)
        taken |= {target} - {""}
        found.append((target, "known" if target else ""))
    for number, column in enumerate(table.columns):
        if not found[number][0] and column.filled:
            target = _guess(column.head, form, form_set, taken)
            taken |= {target} - {""}
            found[number] = (target, "guessed" if target else "")
    named = _likest_to_a_name(table, form, found)
    if form.title not in taken and named is not None:
        found[named] = (form.title, "guessed")
    return found


def meanings(form: Form, form_set: FormSet) -> list[Field]:
    """Return the fields of a form a column can mean: not those that name a department, which is `UNIT`."""
    unit = form_set.by_role("department_name")[0].id
    return [f for f in form.stored_fields if not (f.type == "reference" and f.target == unit)]


def _known_target(
    head: str,
    form: Form,
    form_set: FormSet,
    known: HeaderMap,
    units: set[str],
    taken: set[str],
) -> str:
    texts = _spellings(head)
    if any(is_serial(text) for text in texts):
        return ""
    admitted = {field.id for field in meanings(form, form_set)}
    for text in texts:
        refs = [ref for ref in known.find(form.id, text) if ref.form == form.id]
        for ref in refs:
            target = ref.field if ref.field in admitted else UNIT
            if target not in taken:
                return target
        if not refs and text in units and UNIT not in taken:
            return UNIT
    return ""


def _spellings(head: str) -> list[str]:
    """Return what a head can be looked up by: as a whole, its last part, and both without what is in brackets."""
    leaf = head.rpartition(" / ")[2]
    texts = [normalise_header(head), normalise_header(leaf)]
    texts += [without_brackets(head), without_brackets(leaf)]
    return [text for text in dict.fromkeys(texts) if text]


def _guess(head: str, form: Form, form_set: FormSet, taken: set[str]) -> str:
    leaf = without_brackets(head.rpartition(" / ")[2])
    best, target = _GUESSED_FROM, ""
    for field in meanings(form, form_set):
        if field.id in taken:
            continue
        score = max(text_likeness(leaf, text) for text in (field.label.zh, *field.aliases))
        if score > best:
            best, target = score, field.id
    return target


def _likest_to_a_name(
    table: ForeignTable, form: Form, found: Sequence[tuple[str, Sureness]]
) -> int | None:
    """Return which free column of texts has the head likest to the name's; without it nothing can be matched."""
    title = form.field_by_id(form.title)
    best, place = _NAMED_FROM, None
    for number, column in enumerate(table.columns):
        free = not found[number][0] and column.filled
        if not free or any(is_serial(text) for text in _spellings(column.head)):
            continue
        if all(sample.replace(".", "").isdigit() for sample in column.samples):
            continue
        leaf = without_brackets(column.head.rpartition(" / ")[2])
        score = max(text_likeness(leaf, text) for text in (title.label.zh, *title.aliases))
        if score > best:
            best, place = score, number
    return place


# -- rows under a mapping ----------------------------------------------------------------------------------------------


def read_rows(
    table: ForeignTable, form: Form, targets: Sequence[str], form_set: FormSet, notes: list[Note]
) -> list[ForeignRow]:
    """Return the rows under a mapping; a row that says the same as one before is left out.

    Args:
        targets: For each column a field id, `UNIT`, or nothing to leave it out.
        notes: Receives what is no row: sums, remarks, repeated headers.
    """
    columns = {
        column.number: FieldRef(form.id, target)
        for column, target in zip(table.columns, targets, strict=True)
        if target and target != UNIT
    }
    units = [c.number for c, target in zip(table.columns, targets, strict=True) if target == UNIT]
    found = TableFound(
        table.sheet, form.id, table.header, table.first, table.end, columns, (), frozenset(), (), ()
    )  # fmt: skip
    told = _unit_texts(table, units[0]) if units else {}
    rows: list[ForeignRow] = []
    seen: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
    for record in group_records(found, form_set, notes):
        texts = {name: cell.text.strip() for name, cell in record.cells.items()}
        texts = {name: text for name, text in texts.items() if text}
        unit = told.get(record.first_row - 1, "")
        key = (unit, tuple(sorted(texts.items())))
        if key in seen:
            where = address(record.first_row - 1, 0)
            notes.append(note("AUDIT_ROW_REPEATED", table.sheet.name, where))
        elif texts:
            seen.add(key)
            rows.append(ForeignRow(record.first_row, unit, texts))
    return rows


def _unit_texts(table: ForeignTable, column: int) -> dict[int, str]:
    """Return the department's text by row; an empty cell repeats the one above, as people leave it out."""
    found: dict[int, str] = {}
    last = ""
    for row in range(table.first, table.end):
        cell = table.sheet.rows[row][column]
        last = last if is_blank(cell) else " ".join(cell.split())
        found[row] = last
    return found
