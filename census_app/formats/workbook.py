"""Read a workbook or a CSV file into records of the form set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from census_app.diagnostics import wording
from census_app.errors import UserError
from census_app.formats import own_marks
from census_app.formats.book_origin import BookOrigin, read_origin, read_stamp
from census_app.formats.cards import find_card
from census_app.formats.cells import CellText, address, column_letters, is_blank
from census_app.formats.column_files import shape_of
from census_app.formats.grouping import SheetRecord, group_records
from census_app.formats.headers import FieldRef, HeaderMap
from census_app.formats.notes import Note, note
from census_app.formats.own_marks import find_mark, is_child_id, is_row_id
from census_app.formats.own_sheets import OwnTable, is_own, offered_fields, read_own
from census_app.formats.sheets import Sheet, hidden_notes, read_sheets
from census_app.formats.strangers import stranger_in
from census_app.formats.tables import TableFound, UnmatchedColumn, find_tables
from census_app.formats.templates import Template, recognise
from census_app.formspec.model import FormSet, Text

Recall: TypeAlias = Callable[[str], Mapping[str, str]]
"""Signature of a kind of list → what its unknown headers mean."""

Earlier: TypeAlias = Callable[[str], Mapping[tuple[str, str], str] | None]
"""Version of a template's forms → form and field as they were → what the field is called now; None when nothing
differs."""

_SEARCHED: Final = 20
_LEAST_HEADERS: Final = 3
_HIDDEN: Final = frozenset({"SHEET_HIDDEN_ROWS", "SHEET_HIDDEN_COLUMNS"})


@dataclass(frozen=True, slots=True)
class TableShape:
    """Where the parts of a table are in its sheet; rows and columns are counted from 0.

    Attributes:
        header: Last header row.
        columns: Field by column.
        identity: Column with the identities of the records, -1 when there is none; likewise `child_identity`.
        keys: Of a sheet of our own, key by column; empty for any other.
        signature: By what this kind of list is known again (`column_files.shape_of`).
    """

    sheet: Sheet
    header: int
    columns: Mapping[int, FieldRef]
    identity: int = -1
    child_identity: int = -1
    keys: Mapping[int, str] = field(default_factory=dict)
    signature: str = ""


@dataclass(frozen=True, slots=True)
class TableContent:
    """The records of one table.

    Attributes:
        sheet: Name of the sheet.
        unmatched: Headers of the columns that are not read; details stand in `unmatched_columns`.
        columns: Field as `form.field` by header address, for showing what was understood.
        shape: What is needed to write the sheet again with remarks.
    """

    sheet: str
    template: Template
    records: tuple[SheetRecord, ...]
    unmatched: tuple[str, ...] = ()
    unmatched_columns: tuple[UnmatchedColumn, ...] = ()
    columns: Mapping[str, str] | None = None
    shape: TableShape | None = None


@dataclass(frozen=True, slots=True)
class WorkbookContent:
    """All tables of a file.

    Attributes:
        ignored: Names of sheets that hold something but no table.
        notes: What a person should know, with sheet and cell.
        sheets: All sheets of the file, in their order.
        own: Whether it is one of our templates.
        origins: What it, and what each of our sheets in it, says it was written for, each once.
    """

    tables: tuple[TableContent, ...]
    ignored: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    own: bool = False
    origins: tuple[BookOrigin, ...] = ()


def read_workbook(
    path: Path,
    form_set: FormSet,
    *,
    mapping: Mapping[str, str] | None = None,
    recall: Recall | None = None,
    earlier: Earlier | None = None,
) -> WorkbookContent:
    """Read every table of a file.

    Args:
        path: `.xlsx`, `.xlsm`, `.xls` or `.csv`; what it is, is decided by its bytes.
        form_set: Forms, labels and aliases.
        mapping: Header text → field id or `form.field`; an empty field leaves the column out.
        recall: Returns what is remembered of a kind of list, as `mapping` has it; the mapping goes before it.
        earlier: Returns what became of the fields of earlier forms; it refuses forms it does not know.

    Raises:
        DataProblem: The codes of `sheets.read_sheets`.
        UserError: `HEADER_MAPPING`; whatever `earlier` raises.
        OSError: The file cannot be opened.
    """
    sheets = read_sheets(path)
    given = _Given(
        form_set, mapping or {}, recall or (lambda _shape: {}), earlier, read_origin(path)
    )
    tables: list[TableContent] = []
    ignored: list[str] = []
    notes: list[Note] = []
    own = any(map(is_own, sheets))
    origins = dict.fromkeys(filter(None, [given.origin, *map(_stamp_of, sheets)]))
    for sheet in sheets:
        if is_own(sheet):
            tables += _read_own(sheet, given, notes)
            continue
        met: list[Note] = []
        found = _read_sheet(sheet, given, met)
        if own and found and not any(table.records for table in found):
            continue  # the sheet in the national layout, which most people leave empty
        notes += met
        tables += found
        if found:
            notes += _told(sheet, found)
        elif sheet.rows:
            ignored.append(sheet.name)
            notes.append(_ignored(sheet))
    return WorkbookContent(
        tuple(tables), tuple(ignored), tuple(notes), tuple(sheets), own, tuple(origins)
    )


def _stamp_of(sheet: Sheet) -> BookOrigin | None:
    return read_stamp(own_marks.find_stamp(sheet.rows))


def _ignored(sheet: Sheet) -> Note:
    stranger = stranger_in(sheet)
    if stranger is not None:
        return note(stranger.note, sheet.name, kind=stranger.id)
    return note("SHEET_IGNORED", sheet.name, rows=str(len(sheet.rows)))


@dataclass(frozen=True, slots=True)
class _Given:
    """How headers are to be understood.

    Attributes:
        origin: What the workbook says of itself.
    """

    form_set: FormSet
    mapping: Mapping[str, str]
    recall: Recall
    earlier: Earlier | None = None
    origin: BookOrigin | None = None

    def renamed(self, origin: BookOrigin | None) -> Mapping[tuple[str, str], str] | None:
        """Return what the fields of a sheet of earlier forms are called now; None for one of the present forms."""
        if self.earlier is None or origin is None or not origin.form_set:
            return None
        return self.earlier(origin.form_set)

    def header_map(self, remembered: Mapping[str, str] | None = None) -> HeaderMap:
        """Return the meanings of headers; what is remembered of a field that is gone is forgotten."""
        try:
            return HeaderMap(self.form_set, {**(remembered or {}), **self.mapping})
        except UserError:
            return HeaderMap(self.form_set, self.mapping)


def _read_own(sheet: Sheet, given: _Given, notes: list[Note]) -> list[TableContent]:
    mark = find_mark(sheet.rows)
    signature = shape_of(map(own_marks.unstamped, sheet.rows[mark[0]])) if mark else ""
    origin = _stamp_of(sheet) or given.origin
    renamed = given.renamed(origin)
    met: list[Note] = []
    found = read_own(sheet, given.form_set, given.header_map(), met, renamed)
    remembered = given.recall(signature) if found is not None and found.unmatched else {}
    if remembered:
        met.clear()
        found = read_own(sheet, given.form_set, given.header_map(remembered), met, renamed)
    notes += met
    if found is None:
        return []
    computed = {
        column_letters(column) for column, key in found.keys.items() if key in own_marks.COMPUTED
    }
    notes += [
        each
        for each in sheet.notes
        if each.code not in _HIDDEN and each.cell.rstrip("0123456789") not in computed
    ]
    # Above the records we hid rows ourselves; below, a person did, or a filter.
    hidden = [number for number in sheet.hidden_rows if number > found.header + 1]
    notes += hidden_notes(sheet.name, sheet.rows, hidden)
    notes += [_unmatched_note(sheet.name, found.header, column) for column in found.unmatched]
    if origin is not None and renamed is not None:
        older = note("TEMPLATE_OLDER", "", version=origin.form_set, own=given.form_set.version)
        notes += [older] if older not in notes else []
        notes += _differences(sheet, found, origin.language)
    form = found.form
    label = Text(zh=f"{form.label.zh}（填报模板）", en=f"{form.label.en} (template)")
    columns = {
        column: FieldRef(form.id, key)
        for column, key in found.keys.items()
        if not key.startswith("_")
    }
    content = TableContent(
        sheet.name,
        Template("census", label, form.id),
        found.records,
        tuple(column.header or address(found.header, column.column) for column in found.unmatched),
        found.unmatched,
        {address(found.header, c): f"{ref.form}.{ref.field}" for c, ref in columns.items()},
        TableShape(sheet, found.header, columns, found.identity, -1, found.keys, signature),
    )
    return [content]


def _differences(sheet: Sheet, table: OwnTable, language: str) -> Iterator[Note]:
    """Yield what the form asks that an older template does not, and the other way round, in the template's words."""
    language = language if language in wording.LANGUAGES else wording.LANGUAGES[0]
    asked = {key for key in table.keys.values() if not key.startswith("_")}
    new = [f.label.get(language) for f in offered_fields(table.form) if f.id not in asked]
    for code, fields in (("TEMPLATE_ASKED_NEW", new), ("TEMPLATE_ASKED_NO_MORE", table.gone)):
        if fields:
            listed = wording.text("LIST_JOINT", language).join(fields)
            yield note(code, sheet.name, count=str(len(fields)), fields=listed)


def _told(sheet: Sheet, found: list[TableContent]) -> list[Note]:
    """Return the notes of a sheet; columns that we hid ourselves are not worth one."""
    handed_back = any(table.shape is not None and table.shape.identity >= 0 for table in found)
    return [
        each for each in sheet.notes if not (handed_back and each.code == "SHEET_HIDDEN_COLUMNS")
    ]


def _unmatched_note(sheet: str, header: int, column: UnmatchedColumn) -> Note:
    code = "COLUMN_UNMATCHED" if column.header else "COLUMN_WITHOUT_HEADER"
    where = address(header, column.column)
    return note(code, sheet, where, header=column.header, filled=str(column.filled))


def _read_sheet(sheet: Sheet, given: _Given, notes: list[Note]) -> list[TableContent]:
    form_set, header_map = given.form_set, given.header_map()
    found = find_tables(sheet, form_set, header_map)
    remembered: dict[str, str] = {}
    for table in found:
        if table.unmatched:
            remembered |= given.recall(_signature(table))
    if not found and sheet.rows:
        remembered = dict(given.recall(sheet_signature(sheet)))
    if remembered:
        header_map = given.header_map(remembered)
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
    notes += [
        _unmatched_note(table.sheet.name, table.header[1], column) for column in table.unmatched
    ]
    columns = {
        address(table.header[1], column): f"{ref.form}.{ref.field}"
        for column, ref in table.columns.items()
    }
    headers = tuple(c.header or address(table.header[1], c.column) for c in table.unmatched)
    return TableContent(
        table.sheet.name,
        template,
        tuple(records),
        headers,
        table.unmatched,
        columns,
        TableShape(
            table.sheet,
            table.header[1],
            table.columns,
            table.identity,
            table.child_identity,
            signature=_signature(table),
        ),
    )


def _signature(table: TableFound) -> str:
    """Return by what a list is known again: its headers, without the columns that a hand-back added."""
    return shape_of(h for h in table.headers if not (is_row_id(h) or is_child_id(h)))


def sheet_signature(sheet: Sheet) -> str:
    """Return by what a sheet without any known table is known again: the first row that could be its header."""
    for row in sheet.rows[:_SEARCHED]:
        texts = [cell for cell in row if not is_blank(cell)]
        if len(texts) >= _LEAST_HEADERS and len(set(texts)) == len(texts):
            return shape_of(texts)
    return ""


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
