"""Registers: one line a record over hundreds of pages, under columns that are fixed before the first row is set.

The columns are the same in all chapters, so that an eye that runs down the book finds them where they were. What a
column needs is told by its longest texts; the names take the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from census_app.reports.compose import Composer
from census_app.reports.content import Branch, Column, Register, Row, Value
from census_app.reports.layout import (
    CELL,
    CELL_HEAD,
    CELL_LABEL,
    HEAD_FILL,
    HEADINGS,
    LANDSCAPE,
    BoxMark,
    Page,
    Style,
)
from census_app.reports.lines import break_lines, least_width, natural_width
from census_app.reports.rows import PAD_X, PAD_Y, Cell, flow_row, row_height, set_lines

WIDEST: Final = 18.0 * CELL.size
"""Of a column that is not the name's; longer texts are broken."""
NARROWEST_NAME: Final = 0.22
SHORT_HEAD: Final = 5.2 * CELL.size
"""Heads up to this width stand on one line."""
GAP: Final = 6.0
LONGEST: Final = 3
"""So many of the longest texts of a column are measured: the longest need not be the widest."""
KEPT: Final = 4096
"""Texts up to this number are broken once for all rows of a column: there are a few dozen, or each is another."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A name and the page it stands on."""

    name: str
    page: Page


class RegisterWriter:
    """Writes the branches of one register.

    Args:
        told: Called with the number of rows set so far.

    Attributes:
        placed: Names with their pages, in the order of the rows, where the register is indexed.
    """

    def __init__(
        self, composer: Composer, register: Register, told: Callable[[int], None] | None = None
    ) -> None:
        self._composer = composer
        self._register = register
        self._told = told
        self._number = 0
        self._key = next((n for n, each in enumerate(register.columns) if each.key), 0)
        self._columns = (Column(composer.words.number, numeric=True), *register.columns)
        self._known: list[dict[str, tuple[str, ...]]] = [{} for _ in self._columns]
        self._xs, self._widths = self._grid()
        self._head = self._head_cells()
        self._styles = [
            Style(CELL.size, CELL.leading, align="right") if each.numeric else CELL
            for each in self._columns
        ]
        self.placed: list[Placed] = []

    def write(self, first: int) -> int:
        """Write each branch as a chapter and return the number of the next chapter.

        Args:
            first: Number of the first chapter.
        """
        composer = self._composer
        for number, branch in enumerate(self._register.branches, first):
            composer.start_chapter(branch.title, LANDSCAPE)
            self._branch(branch, f"{number}", 0, ())
        return first + len(self._register.branches)

    def _branch(self, branch: Branch, number: str, level: int, above: tuple[str, ...]) -> None:
        composer = self._composer
        place, path = composer.place, (*above, branch.title)
        composer.place = (*place, branch.title)
        composer.running = composer.ink.line("  ".join(path))
        if composer.fresh:
            composer.page.running = composer.running
        title = f"{number}  {branch.title}"
        composer.heading(title, HEADINGS[min(level, 2)], level=level, note=branch.note)
        self._rows(branch.rows)
        if not branch.rows and not branch.branches:
            composer.paragraph(composer.words.no_rows, CELL_LABEL)
        for count, inner in enumerate(branch.branches, start=1):
            self._branch(inner, f"{number}.{count}", level + 1, path)
        composer.place = place

    def _rows(self, rows: Sequence[Row]) -> None:
        if not rows:
            return
        composer = self._composer
        heights = sum(row_height(self._cells(row, 0)) for row in islice(rows, 2))
        composer.reserve(row_height(self._head) + min(heights, composer.sheet.depth / 3))
        self._set_head()
        for row in rows:
            self._number += 1
            flow_row(composer, self._cells(row, self._number), self._set_head)
            name = row[self._key]
            if self._register.indexed and isinstance(name, str):
                self.placed.append(Placed(composer.ink.line(name), composer.page))
            if self._told is not None:
                self._told(self._number)
        composer.y -= GAP

    def _cells(self, row: Row, number: int) -> tuple[Cell, ...]:
        texts = (str(number), *self._texts(row))
        return tuple(
            Cell(
                self._xs[at],
                self._widths[at],
                self._lines(at, text),
                self._styles[at],
                key=at == self._key + 1,
            )
            for at, text in enumerate(texts)
        )

    def _texts(self, row: Row) -> list[str]:
        composer = self._composer
        name = row[self._key]
        where = name if isinstance(name, str) else ""
        return [
            composer.value(value, where, column.head)
            for value, column in zip(row, self._register.columns, strict=True)
        ]

    def _lines(self, at: int, text: str) -> tuple[str, ...]:
        known = self._known[at]
        lines = known.get(text)
        if lines is None:
            face = self._composer.ink.regular
            lines = break_lines(text, face, CELL.size, self._widths[at])
            if len(known) < KEPT:
                known[text] = lines
        return lines

    # ---- columns

    def _grid(self) -> tuple[list[float], list[float]]:
        """Return where each column begins and how wide it is."""
        sheet = LANDSCAPE
        widths = [self._needed(at) for at in range(len(self._columns))]
        room = sheet.measure - 2 * PAD_X * len(widths)
        name = self._key + 1
        others = sum(widths) - widths[name]
        most = room - max(NARROWEST_NAME * room, 0.0)
        if others > most:
            widths = [width * most / others for width in widths]
            others = most
        widths[name] = room - others
        xs, x = [], sheet.left + PAD_X
        for width in widths:
            xs.append(x)
            x += width + 2 * PAD_X
        return xs, widths

    def _needed(self, at: int) -> float:
        """Return the width a column needs for its head, on two lines, and for its longest texts."""
        ink, column = self._composer.ink, self._columns[at]
        head = ink.clean(column.head)
        if at == 0:
            largest = ink.regular.width(str(self._register.count()), CELL.size)
            return max(largest, natural_width(head, ink.bold, CELL.size))
        natural = natural_width(head, ink.bold, CELL.size)
        wish = max(least_width(head, ink.bold, CELL.size), natural / 2 + CELL.size)
        wish = natural if natural <= SHORT_HEAD else wish
        if at == self._key + 1:
            return wish
        texts = {_text(row[at - 1]) for branch in self._register.branches for row in _all(branch)}
        longest = sorted(texts, key=lambda text: (len(text), text))[-LONGEST:]
        found = max(
            (natural_width(ink.line(t), ink.regular, CELL.size) for t in longest), default=0
        )
        return max(min(found, WIDEST), min(wish, WIDEST))

    def _head_cells(self) -> tuple[Cell, ...]:
        ink = self._composer.ink
        right = Style(CELL_HEAD.size, CELL_HEAD.leading, bold=True, align="right")
        return tuple(
            Cell(
                self._xs[at],
                self._widths[at],
                break_lines(ink.clean(column.head), ink.bold, CELL.size, self._widths[at]),
                right if column.numeric else CELL_HEAD,
            )
            for at, column in enumerate(self._columns)
        )

    def _set_head(self) -> None:
        composer, height = self._composer, row_height(self._head)
        sheet = composer.sheet
        composer.page.marks.append(
            BoxMark(sheet.left, composer.y - height, sheet.measure, height, fill=HEAD_FILL)
        )
        set_lines(composer, self._head, 0, int((height - 2 * PAD_Y) / CELL.leading + 0.5))


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""


def _all(branch: Branch) -> list[Row]:
    rows = list(branch.rows)
    for inner in branch.branches:
        rows += _all(inner)
    return rows
