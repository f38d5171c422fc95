"""Understand a block of header rows for one form: which column is which field."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from census_app.formats.cells import is_blank
from census_app.formats.headers import (
    FieldRef,
    HeaderMap,
    is_class_column,
    is_serial,
    normalise_header,
    without_brackets,
)
from census_app.formats.sheets import Sheet
from census_app.formspec.model import Form

_MAX_HEADER_TEXT: Final = 80
_MAX_HEADER_ROWS: Final = 4


@dataclass(slots=True)
class Block:
    """Header rows understood for one form; rows and columns are counted from 0."""

    form: Form
    top: int
    bottom: int
    columns: dict[int, FieldRef] = field(default_factory=dict)
    class_columns: list[int] = field(default_factory=list)
    filled: int = 0

    @property
    def score(self) -> int:
        """Return how many columns are understood."""
        return len(self.columns) + len(self.class_columns)


class HeaderRows:
    """The rows of a sheet as headers: normalised, with group cells spread over their columns."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.height = len(sheet.rows)
        self.width = len(sheet.rows[0]) if sheet.rows else 0
        self._groups = [merge for merge in sheet.merges if merge[3] > merge[1]]
        self._spread: dict[int, list[str]] = {}
        self._known: dict[int, int] = {}

    def is_sparse(self, row: int) -> bool:
        """Say whether a row has one filled cell at most, as blank rows and titles have."""
        return self.sheet.rows[row].count("") >= self.width - 1

    def is_blank(self, row: int) -> bool:
        """Say whether a row holds nothing."""
        return all(map(is_blank, self.sheet.rows[row]))

    def known_cells(self, row: int, known: HeaderMap) -> int:
        """Return how many cells of a row are headers of some form."""
        if row not in self._known:
            cells = (c for c in self.sheet.rows[row] if c and len(c) <= _MAX_HEADER_TEXT)
            self._known[row] = sum(_is_known(cell, known) for cell in cells)
        return self._known[row]

    def has_group(self, row: int) -> bool:
        """Say whether a cell of the row is merged over columns."""
        return any(merge[0] == row for merge in self._groups)

    def merged_with(self, top: int, bottom: int) -> tuple[int, int]:
        """Return the first and last of the rows that cells of these rows are merged over."""
        above, below = top, bottom
        for first, _, last, _ in self.sheet.merges:
            if first <= bottom and last >= top and last - first < _MAX_HEADER_ROWS:
                above, below = min(above, first), max(below, last)
        return above, below

    def raw(self, row: int, column: int) -> str:
        """Return the header text of a cell, group cells spread over their columns."""
        if row not in self._spread:
            cells = [c if len(c) <= _MAX_HEADER_TEXT else "" for c in self.sheet.rows[row]]
            for top, left, bottom, right in self._groups:
                if top <= row <= bottom:
                    cells[left : right + 1] = [cells[left]] * (right + 1 - left)
            self._spread[row] = cells
        return self._spread[row][column]

    def texts(self, top: int, bottom: int, column: int) -> list[str]:
        """Return the normalised texts over a column from top to bottom, each once."""
        found: list[str] = []
        for row in range(top, bottom + 1):
            text = normalise_header(self._grouped(row, bottom, column))
            if text and text not in found:
                found.append(text)
        return found

    def header_text(self, top: int, bottom: int, column: int) -> str:
        """Return the header of a column as a person would read it out, groups first."""
        parts = dict.fromkeys(self.raw(row, column).strip() for row in range(top, bottom + 1))
        return " / ".join(" ".join(part.split()) for part in parts if part)

    def all_headers(self, top: int, bottom: int) -> frozenset[str]:
        """Return every normalised text of a header, alone and behind its group."""
        found: set[str] = set()
        for column in range(self.width):
            texts = self.texts(top, bottom, column)
            found.update(texts)
            found.add("".join(texts))
        return frozenset(found - {""})

    def _grouped(self, row: int, bottom: int, column: int) -> str:
        """Return the text of a cell; an empty one above a sub-header belongs to the group left of it."""
        text = self.raw(row, column)
        if not is_blank(text) or row == bottom or is_blank(self.raw(row + 1, column)):
            return text
        left = column
        while left and is_blank(self.raw(row, left)):
            left -= 1
        return self.raw(row, left)


def _is_known(cell: str, known: HeaderMap) -> bool:
    text = normalise_header(cell)
    return text in known.known or is_class_column(text) or without_brackets(cell) in known.known


def read_block(
    rows: HeaderRows, known: HeaderMap, form: Form, top: int, bottom: int
) -> Block | None:
    """Understand header rows for one form; None when they lack what names a record, or know one column only."""
    block = Block(form, top, bottom)
    texts = [rows.texts(top, bottom, column) for column in range(rows.width)]
    block.filled = sum(map(bool, texts))
    _match(block, known, texts, [_whole(t) for t in texts])
    columns_of = Counter(text for found in texts for text in found)
    _match(block, known, texts, [[x for x in _parts(t) if columns_of[x] <= 1] for t in texts])
    bare = [
        _bare(rows, top, bottom, column) if t and columns_of[t[-1]] == 1 else []
        for column, t in enumerate(texts)
    ]
    _match(block, known, texts, bare)
    serial = any(t and is_serial(t[-1]) for t in texts)
    naming = {FieldRef(form.id, name) for name in (form.title, *form.identity)}
    if block.score + serial < 2 or naming.isdisjoint(block.columns.values()):
        return None
    return block


def _match(
    block: Block, known: HeaderMap, texts: list[list[str]], candidates: list[list[str]]
) -> None:
    """Give columns that are still free the first field a candidate text means and no other column has."""
    taken = set(block.columns.values())
    for column, names in enumerate(candidates):
        if column in block.columns or column in block.class_columns:
            continue
        if len(texts[column]) > 1 and is_serial(texts[column][-1]):
            continue  # row numbers, whatever stands above them
        if texts[column] and any(is_class_column(name) for name in names):
            block.class_columns.append(column)
            continue
        refs = (ref for name in names for ref in known.find(block.form.id, name))
        ref = next((ref for ref in refs if ref not in taken), None)
        if ref is not None:
            block.columns[column] = ref
            taken.add(ref)
    block.class_columns.sort()


def _whole(texts: list[str]) -> list[str]:
    """Return a column's header with all its groups, and with fewer and fewer of the upper ones.

    A sub-header that repeats the end of its group is also joined without it: 承建单位 and 单位名称 are 承建单位名称.
    """
    if not texts:
        return []
    whole = ["".join(texts[start:]) for start in range(max(len(texts) - 1, 1))]
    return [*whole, _overlapped(texts[-2], texts[-1])] if len(texts) > 1 else whole


def _overlapped(group: str, text: str) -> str:
    length = next((n for n in range(len(text) - 1, 0, -1) if group.endswith(text[:n])), 0)
    return group + text[length:]


def _parts(texts: list[str]) -> list[str]:
    """Return a sub-header without its groups, then what stands above it."""
    skipped = [texts[0] + texts[-1]] if len(texts) > 2 else []
    return [*skipped, *reversed(texts)]


def _bare(rows: HeaderRows, top: int, bottom: int, column: int) -> list[str]:
    """Return the texts without explanations in brackets: all of them as one, then the lowest."""
    texts = [without_brackets(rows.raw(row, column)) for row in range(top, bottom + 1)]
    texts = [text for text in dict.fromkeys(texts) if text]
    return ["".join(texts), *texts[-1:]]
