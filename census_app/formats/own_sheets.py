"""Read the sheets of our own template again: by the mark and the keys in their hidden cells, wherever these are now.

One row is one record. The example, the state and everything that formulas fill are never read. What people moved,
sorted, copied or added is taken as it stands now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from census_app.formats import own_marks
from census_app.formats.cells import (
    Cell,
    CellText,
    DateText,
    NumberText,
    address,
    column_letters,
    is_blank,
)
from census_app.formats.grouping import SheetRecord
from census_app.formats.headers import HeaderMap, normalise_header
from census_app.formats.notes import Note, note
from census_app.formats.sheets import Sheet
from census_app.formats.tables import UnmatchedColumn
from census_app.formspec.model import Field, Form, FormSet

_HEADER_BELOW: Final = 8
_USUAL_HEADER: Final = 3
_SHOWN: Final = 60
_LEFT_OUT: Final = frozenset({"attachment", "calculation", "note"})


@dataclass(frozen=True, slots=True)
class OwnTable:
    """A sheet of ours; rows and columns are counted from 0.

    Attributes:
        header: Row of the headers.
        keys: Key by column: field ids and those of `own_marks`.
        identity: Column with the identities of the records.
        gone: Headers of the columns whose question the form no longer has.
    """

    form: Form
    header: int
    identity: int
    keys: dict[int, str]
    records: tuple[SheetRecord, ...]
    unmatched: tuple[UnmatchedColumn, ...]
    gone: tuple[str, ...] = ()


def offered_fields(form: Form) -> tuple[Field, ...]:
    """Return the fields a sheet asks for: files cannot stand in a cell, computed ones are not asked."""
    return tuple(field for field in form.stored_fields if field.type not in _LEFT_OUT)


def is_own(sheet: Sheet) -> bool:
    """Say whether a sheet carries one of our marks."""
    return own_marks.find_mark(sheet.rows) is not None


def read_own(
    sheet: Sheet,
    form_set: FormSet,
    known: HeaderMap,
    notes: list[Note],
    renamed: Mapping[tuple[str, str], str] | None = None,
) -> OwnTable | None:
    """Return the records of a form's sheet; None for a sheet of ours that holds none, such as the help.

    Args:
        renamed: Form and key of a sheet of older forms → what the field is called now.
    """
    found = own_marks.find_mark(sheet.rows)
    if found is None or not found[2].startswith(own_marks.FORM_MARK):
        return None
    wanted = found[2].removeprefix(own_marks.FORM_MARK)
    form = next((form for form in form_set.forms if form.id == wanted), None)
    if form is None:
        notes.append(note("SHEET_OTHER_FORM", sheet.name))
        return None
    return _Reading(sheet, form, found[0], found[1], known, notes, renamed or {}).table()


class _Reading:
    def __init__(
        self,
        sheet: Sheet,
        form: Form,
        mark: int,
        identity: int,
        known: HeaderMap,
        notes: list[Note],
        renamed: Mapping[tuple[str, str], str],
    ) -> None:
        self._sheet = sheet
        self._form = form
        self._renamed = renamed
        self._gone: list[str] = []
        self._identity = identity
        self._notes = notes
        self._header = self._find_header(mark)
        self._unmatched: list[UnmatchedColumn] = []
        self._keys = self._find_keys(mark, known)
        self._fields = [
            (column, key, column_letters(column))
            for column, key in self._keys.items()
            if not key.startswith("_")
        ]
        self._owner = self._column(own_marks.OWNER)
        self._owner_id = self._column(own_marks.OWNER_ID)
        self._state = self._column(own_marks.STATE)

    def table(self) -> OwnTable:
        """Return what the sheet holds."""
        records = tuple(self._records())
        return OwnTable(
            self._form,
            self._header,
            self._identity,
            self._keys,
            records,
            tuple(self._unmatched),
            tuple(self._gone),
        )

    def _column(self, key: str) -> int:
        return next((column for column, k in self._keys.items() if k == key), -1)

    def _find_header(self, mark: int) -> int:
        rows = self._sheet.rows
        for row in range(mark + 1, min(mark + 1 + _HEADER_BELOW, len(rows))):
            if own_marks.is_row_id(normalise_header(rows[row][self._identity])):
                return row
        return min(mark + _USUAL_HEADER, len(rows) - 1)

    def _find_keys(self, mark: int, known: HeaderMap) -> dict[int, str]:
        """Return the key of each column: as the hidden row says, else by its header."""
        rows = self._sheet.rows
        ids = {field.id for field in self._form.stored_fields}
        own = {own_marks.OWNER, own_marks.OWNER_ID, *own_marks.COMPUTED}
        keys: dict[int, str] = {}
        for column, cell in enumerate(rows[mark]):
            key = cell.strip()
            key = self._renamed.get((self._form.id, key), key)
            if column != self._identity and key in ids | own and key not in keys.values():
                keys[column] = key
        for column, header in enumerate(rows[self._header]):
            if column in keys or column == self._identity:
                continue
            key = self._by_header(header, known, set(keys.values()))
            values = [row[column] for row in rows[self._header + 1 :] if not is_blank(row[column])]
            if key:
                keys[column] = key
            elif header.strip() or values:
                text = " ".join(header.split())
                self._unmatched.append(UnmatchedColumn(column, text, len(values)))
                if rows[mark][column].strip():
                    self._gone.append(_plain_header(header))
        return keys

    def _by_header(self, header: str, known: HeaderMap, taken: set[str]) -> str:
        text = normalise_header(header)
        for ref in known.find_in(self._form.id, text) if text else ():
            if ref.field not in taken:
                return ref.field
        return ""

    # -- rows --------------------------------------------------------------------------------------------------------

    def _records(self) -> Iterator[SheetRecord]:
        for index in range(self._header + 1, len(self._sheet.rows)):
            row = self._sheet.rows[index]
            if self._state >= 0 and own_marks.is_example_row(row[self._state]):
                continue
            identity = own_marks.identity_in(row[self._identity])
            cells = self._cells(index, row)
            owner = self._owner_cell(index, row)
            if cells or (owner is not None and not identity):
                record = SheetRecord(self._form.id, cells, first_row=index + 1)
                record.identity = identity
                record.owner = owner
                if self._owner_id >= 0:
                    record.owner_identity = own_marks.identity_in(row[self._owner_id])
                yield record
            elif identity:
                self._notes.append(note("ROW_EMPTIED", self._sheet.name, address(index, 0)))

    def _cells(self, index: int, row: Sequence[Cell]) -> dict[str, CellText]:
        found: dict[str, CellText] = {}
        for column, key, letters in self._fields:
            cell = row[column]
            if cell and not is_blank(cell):
                found[key] = cell_text(cell, self._sheet.name, f"{letters}{index + 1}")
        return found

    def _owner_cell(self, index: int, row: Sequence[Cell]) -> CellText | None:
        if self._owner < 0 or is_blank(row[self._owner]):
            return None
        return cell_text(row[self._owner], self._sheet.name, address(index, self._owner))


def _plain_header(text: str) -> str:
    """Return the label in a header of ours, without its mark and the unit below."""
    return text.partition("\n")[0].removeprefix("* ").strip()


def cell_text(cell: Cell, sheet: str, where: str) -> CellText:
    """Return a cell with its place."""
    kind = cell.__class__
    return CellText(str(cell), sheet, where, kind is DateText, kind is NumberText)
