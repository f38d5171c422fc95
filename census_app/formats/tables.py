"""Find the tables of a sheet by their headers, wherever they stand.

A header is one to three rows, with titles above it, group cells merged over several columns, and perhaps rows to skip
below it: internal names, column numbers, marks of obligation. A sheet can hold several tables one below the other.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from census_app.formats.cells import Cell, address, is_blank
from census_app.formats.guide_rows import is_example, is_explanation
from census_app.formats.header_block import Block, HeaderRows, read_block
from census_app.formats.headers import FieldRef, HeaderMap, is_serial, normalise_header
from census_app.formats.label_rows import holds_values, is_of_card
from census_app.formats.notes import Note, note
from census_app.formats.own_marks import is_child_id, is_row_id
from census_app.formats.sheets import Sheet
from census_app.formspec.model import FormSet

_SEARCHED_ROWS: Final = 60
_MAX_HEADER_ROWS: Final = 3
_LEAST_SHARE: Final = 0.25
_LEAST_SHARE_OF_FURTHER: Final = 0.6
_IDENTIFIER: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.]*")
_OBLIGATION: Final = re.compile(r"[(（]?(?:必填|选填|必选|可选)项?[)）]?|[MOCmoc★*]")


@dataclass(frozen=True, slots=True)
class UnmatchedColumn:
    """A column with a header no field carries, or with cells and no header.

    Attributes:
        header: As it stands in the sheet, groups first; empty when there is none.
        filled: How many cells of it hold something.
    """

    column: int
    header: str
    filled: int


@dataclass(frozen=True, slots=True)
class TableFound:
    """A table of a sheet; rows and columns are counted from 0.

    Attributes:
        form: Top-level form of its records.
        header: First and last header row.
        first: First row of data.
        end: Row after the last row of data.
        columns: Field by column.
        class_columns: Columns of the classification path, in their order.
        headers: All normalised header texts, by which a template is known.
        titles: Texts above the header.
        unmatched: Columns that are not read.
        identity: Column with the identities of the records, -1 when there is none; likewise `child_identity`.
        notes: Rows skipped below the header.
    """

    sheet: Sheet
    form: str
    header: tuple[int, int]
    first: int
    end: int
    columns: dict[int, FieldRef]
    class_columns: tuple[int, ...]
    headers: frozenset[str]
    titles: tuple[str, ...]
    unmatched: tuple[UnmatchedColumn, ...]
    notes: tuple[Note, ...] = ()
    identity: int = -1
    child_identity: int = -1


def find_tables(
    sheet: Sheet, form_set: FormSet, header_map: HeaderMap | None = None
) -> list[TableFound]:
    """Return the tables of a sheet from top to bottom; none when no row is a header of any form."""
    if not sheet.rows:
        return []
    known = header_map or HeaderMap(form_set)
    rows = HeaderRows(sheet)
    blocks = _without_cards(rows, known, _joined(rows, _choose(rows, known)))
    starts = [0]
    for before, block in itertools.pairwise(blocks):
        starts.append(_title_row(rows, before.bottom + 1, block.top))
    ends = [*starts[1:], rows.height]
    # Without a block there still is a start, so the shortest ends the loop.
    return [
        _table(rows, known, block, start, end)
        for block, start, end in zip(blocks, starts, ends, strict=False)
    ]


def _title_row(rows: HeaderRows, start: int, header: int) -> int:
    """Return where the titles of a further table begin: behind a blank row, or merged over columns."""
    row = header
    while row > start and rows.is_sparse(row - 1) and not rows.is_blank(row - 1):
        row -= 1
    if row > start and (rows.is_blank(row - 1) or rows.has_group(row)):
        return row
    return header


def _choose(rows: HeaderRows, known: HeaderMap) -> list[Block]:
    """Take the blocks with most columns first; of equals the one with fewer rows, then the upper one."""
    chosen: list[Block] = []
    candidates = sorted(_candidates(rows, known), key=lambda b: (-b.score, b.bottom - b.top, b.top))
    for block in candidates:
        least = _LEAST_SHARE_OF_FURTHER if chosen else _LEAST_SHARE
        if block.score < least * block.filled:
            continue
        if any(block.top <= other.bottom and other.top <= block.bottom for other in chosen):
            continue
        chosen.append(_extended(rows, known, block))
    return sorted(chosen, key=lambda b: b.top)


def _joined(rows: HeaderRows, blocks: list[Block]) -> list[Block]:
    """Join a header with what only repeats it: names in another language below it, or the header of a further page."""
    joined: list[Block] = []
    for block in blocks:
        last = joined[-1] if joined else None
        if last is None or last.form is not block.form or not _agree(last, block):
            joined.append(block)
        elif block.top == last.bottom + 1:
            last.columns = {**block.columns, **last.columns}
            last.bottom = block.bottom
        elif rows.is_sparse(block.top - 1):
            joined.append(block)
    return joined


def _without_cards(rows: HeaderRows, known: HeaderMap, blocks: list[Block]) -> list[Block]:
    """Leave out a single row of labels beside values above another table, or at the end of the sheet."""
    ends = [*(block.top for block in blocks[1:]), rows.height]
    return [
        block
        for block, end in zip(blocks, ends, strict=False)
        if not all(map(rows.is_blank, range(block.bottom + 1, end)))
        or not holds_values(rows, known, block)
    ]


def _agree(one: Block, other: Block) -> bool:
    common = one.columns.keys() & other.columns.keys()
    return bool(common) and all(one.columns[column] == other.columns[column] for column in common)


def _candidates(rows: HeaderRows, known: HeaderMap) -> Iterator[Block]:
    for top in _candidate_rows(rows):
        if not rows.known_cells(top, known) and not rows.has_group(top):
            continue
        for bottom in range(top, min(top + _MAX_HEADER_ROWS, rows.height)):
            if bottom > top and not rows.known_cells(bottom, known):
                break
            blocks = (read_block(rows, known, form, top, bottom) for form in known.forms)
            found = (block for block in blocks if block is not None)
            yield from (block for block in found if not is_of_card(rows, known, block))


def _candidate_rows(rows: HeaderRows) -> Iterator[int]:
    yield from range(min(_SEARCHED_ROWS, rows.height))
    for row in range(_SEARCHED_ROWS, rows.height):
        if rows.is_sparse(row - 1) and not rows.is_sparse(row):
            yield row


def _extended(rows: HeaderRows, known: HeaderMap, block: Block) -> Block:
    """Take the rows into the header that a header cell is merged over."""
    top, bottom = rows.merged_with(block.top, block.bottom)
    if (top, bottom) == (block.top, block.bottom):
        return block
    wider = read_block(rows, known, block.form, top, bottom)
    return wider if wider is not None and wider.score >= block.score else block


def _table(rows: HeaderRows, known: HeaderMap, block: Block, start: int, end: int) -> TableFound:
    sheet = rows.sheet
    first, notes = _skip_helper_rows(rows, known, block)
    identity = _identity_column(rows, block, is_row_id)
    child_identity = _identity_column(rows, block, is_child_id)
    titles = [
        cell.strip()
        for row in range(max(start, block.top - 5), block.top)
        for cell in dict.fromkeys(sheet.rows[row])
        if not is_blank(cell)
    ]
    return TableFound(
        sheet=sheet,
        form=block.form.id,
        header=(block.top, block.bottom),
        first=first,
        end=end,
        columns=dict(sorted(block.columns.items())),
        class_columns=tuple(block.class_columns),
        headers=rows.all_headers(block.top, block.bottom),
        titles=tuple(titles),
        unmatched=tuple(
            column
            for column in _unmatched(rows, known, block, first, end)
            if column.column not in {identity, child_identity}
        ),
        notes=tuple(notes),
        identity=identity,
        child_identity=child_identity,
    )


def _identity_column(rows: HeaderRows, block: Block, wanted: Callable[[str], bool]) -> int:
    """Return the column that an earlier hand-back gave the list, or -1."""
    return next(
        (
            column
            for column in range(rows.width)
            if any(map(wanted, rows.texts(block.top, block.bottom, column)))
        ),
        -1,
    )


def _skip_helper_rows(rows: HeaderRows, known: HeaderMap, block: Block) -> tuple[int, list[Note]]:
    """Return the first row of data; internal names also match columns whose header said nothing."""
    notes: list[Note] = []
    row = block.bottom + 1
    while row < rows.height and _is_helper(rows.sheet.rows[row], block):
        for column, cell in enumerate(rows.sheet.rows[row]):
            if column not in block.columns and column not in block.class_columns and cell:
                refs = known.find(block.form.id, normalise_header(cell))
                free = [ref for ref in refs if ref not in block.columns.values()]
                if free:
                    block.columns[column] = free[0]
        notes.append(note("HEADER_ROW_SKIPPED", rows.sheet.name, address(row, 0)))
        row += 1
    return row, notes


def _is_helper(cells: list[Cell], block: Block) -> bool:
    filled = [cell.strip() for cell in cells if not is_blank(cell)]
    if len(filled) < 3 or 2 * len(filled) < block.score:
        return False
    if all(_OBLIGATION.fullmatch(cell) for cell in filled):
        return True
    if all(cell.isascii() and cell.isdigit() for cell in filled):
        return [int(cell) for cell in filled] == list(
            range(int(filled[0]), int(filled[0]) + len(filled))
        )
    names = Counter(cell for cell in filled if _IDENTIFIER.fullmatch(cell))
    return len(names) == names.total() and names.total() >= 0.9 * len(filled)


def _unmatched(
    rows: HeaderRows, known: HeaderMap, block: Block, first: int, end: int
) -> Iterator[UnmatchedColumn]:
    used = {*block.columns, *block.class_columns}
    cells = rows.sheet.rows[first:end]
    for column in range(rows.width):
        if column in used:
            continue
        header = rows.header_text(block.top, block.bottom, column)
        leaf = rows.texts(block.top, block.bottom, column)
        values = [row[column] for row in cells if not is_blank(row[column])]
        if leaf and is_serial(leaf[-1]) and all(map(_is_serial_value, values)):
            continue
        if any(known.is_left_out(text) for text in leaf):
            continue
        if header or values:
            yield UnmatchedColumn(column, header, len(values))


def _is_serial_value(cell: Cell) -> bool:
    """Say whether a cell is at home in a column of row numbers: a number, or the mark of a row that guides."""
    return cell.strip().isdigit() or is_example([cell]) or is_explanation([cell])
