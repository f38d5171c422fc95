"""Read a workbook or a CSV file into records of the form set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from census_app.formats.cards import find_card
from census_app.formats.cells import CellText, address, is_blank
from census_app.formats.grouping import SheetRecord, group_records
from census_app.formats.headers import HeaderMap
from census_app.formats.notes import Note, note
from census_app.formats.sheets import Sheet, read_sheets
from census_app.formats.strangers import stranger_in
from census_app.formats.tables import TableFound, UnmatchedColumn, find_tables
from census_app.formats.templates import Template, recognise
from census_app.formspec.model import FormSet


@dataclass(frozen=True, slots=True)
class TableContent:
    """The records of one table.

    Attributes:
        sheet: Name of the sheet.
        unmatched: Headers of the columns that are not read; details stand in `unmatched_columns`.
        columns: Field as `form.field` by header address, for showing what was understood.
    """

    sheet: str
    template: Template
    records: tuple[SheetRecord, ...]
    unmatched: tuple[str, ...] = ()
    unmatched_columns: tuple[UnmatchedColumn, ...] = ()
    columns: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class WorkbookContent:
    """All tables of a file.

    Attributes:
        ignored: Names of sheets that hold something but no table.
        notes: What a person should know, with sheet and cell.
    """

    tables: tuple[TableContent, ...]
    ignored: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


def read_workbook(
    path: Path, form_set: FormSet, *, mapping: Mapping[str, str] | None = None
) -> WorkbookContent:
    """Read every table of a file.

    Args:
        path: `.xlsx`, `.xlsm`, `.xls` or `.csv`; what it is, is decided by its bytes.
        form_set: Forms, labels and aliases.
        mapping: Header text → field id or `form.field`; an empty field leaves the column out.

    Raises:
        DataProblem: The codes of `sheets.read_sheets`.
        UserError: `HEADER_MAPPING`.
        OSError: The file cannot be opened.
    """
    header_map = HeaderMap(form_set, mapping)
    tables: list[TableContent] = []
    ignored: list[str] = []
    notes: list[Note] = []
    for sheet in read_sheets(path):
        found = _read_sheet(sheet, form_set, header_map, notes)
        tables += found
        if found:
            notes += sheet.notes
        elif sheet.rows:
            ignored.append(sheet.name)
            notes.append(_ignored(sheet))
    return WorkbookContent(tuple(tables), tuple(ignored), tuple(notes))


def _ignored(sheet: Sheet) -> Note:
    stranger = stranger_in(sheet)
    if stranger is not None:
        return note(stranger.note, sheet.name, kind=stranger.id)
    return note("SHEET_IGNORED", sheet.name, rows=str(len(sheet.rows)))


def _read_sheet(
    sheet: Sheet, form_set: FormSet, header_map: HeaderMap, notes: list[Note]
) -> list[TableContent]:
    found = find_tables(sheet, form_set, header_map)
    content: list[TableContent] = []
    card = find_card(sheet, header_map, found[0].header[0] if found else len(sheet.rows))
    if card is not None:
        notes += card.notes
        content.append(TableContent(sheet.name, card.template, (card.record,)))
    content += [_read_table(table, form_set, notes) for table in found]
    return content


def _read_table(table: TableFound, form_set: FormSet, notes: list[Note]) -> TableContent:
    template = recognise(table, form_set)
    notes += table.notes
    records = group_records(table, form_set, notes)
    _set_phase(records, template, table, form_set)
    for column in table.unmatched:
        where = address(table.header[1], column.column)
        code = "COLUMN_UNMATCHED" if column.header else "COLUMN_WITHOUT_HEADER"
        name = table.sheet.name
        notes.append(note(code, name, where, header=column.header, filled=str(column.filled)))
    columns = {
        address(table.header[1], column): f"{ref.form}.{ref.field}"
        for column, ref in table.columns.items()
    }
    headers = tuple(c.header or address(table.header[1], c.column) for c in table.unmatched)
    return TableContent(
        table.sheet.name, template, tuple(records), headers, table.unmatched, columns
    )


def _set_phase(
    records: list[SheetRecord], template: Template, table: TableFound, form_set: FormSet
) -> None:
    """Give every system the phase its template or tab stands for, where the row itself says none."""
    if not template.phase:
        return
    try:
        form, phase = form_set.by_role("system_phase")
    except KeyError:
        return
    if form.id != table.form:
        return
    cell = CellText(template.phase, table.sheet.name, address(table.header[0], 0))
    for record in records:
        given = record.cells.get(phase.id)
        if given is None or is_blank(given.text):
            record.cells[phase.id] = cell
