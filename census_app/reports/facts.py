"""Facts: labels and values in rows, two pairs abreast where both values are short."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from census_app.reports.compose import Composer
from census_app.reports.content import Pair
from census_app.reports.layout import CELL, CELL_LABEL, PORTRAIT, Style
from census_app.reports.lines import break_lines, natural_width
from census_app.reports.rows import (
    LEAST_LINES,
    PAD_X,
    PAD_Y,
    Cell,
    flow_row,
    row_height,
    set_caption,
)

LABEL_SHARE: Final = 0.26
# A label may take so many lines beside a value of one.
LABEL_LINES: Final = 2
# Short lists of facts stay on one page; of longer ones this many rows stand below the name at least.
TOGETHER_UP_TO: Final = 0.22
FIRST_ROWS: Final = 4


def flow_pairs(
    composer: Composer,
    pairs: Sequence[Pair],
    *,
    style: Style = CELL,
    after: float = 8,
    label_width: float = 0.0,
) -> None:
    """Set labels and values, two pairs abreast where both values are short.

    `label_width`, in points, lets lists of facts stand with their values below each other; see `width_of_labels`.
    """
    if not pairs:
        return
    composer.turn(PORTRAIT)
    rows = _pair_rows(composer, pairs, style, label_width)
    total = sum(row_height(row) for row in rows)
    first = sum(
        min(row_height(row), LEAST_LINES * style.leading + 2 * PAD_Y) for row in rows[:FIRST_ROWS]
    )
    composer.reserve(total if total <= composer.sheet.depth * TOGETHER_UP_TO else first)
    for row in rows:
        flow_row(composer, row, partial(set_caption, composer))
    composer.y -= after


def width_of_labels(composer: Composer, pairs: Sequence[Pair], style: Style = CELL) -> float:
    """Return the width, in points, that the labels of some facts take."""
    return _label_width(composer, pairs, Style(style.size, style.leading)) if pairs else 0.0


def _pair_rows(
    composer: Composer, pairs: Sequence[Pair], style: Style, label_width: float
) -> list[tuple[Cell, ...]]:
    """Return the rows of facts: two pairs where both values are short, else one."""
    half = composer.sheet.measure / 2
    label = Style(style.size, style.leading, colour=CELL_LABEL.colour)
    label_width = label_width or _label_width(composer, pairs, label)
    rows: list[tuple[Cell, ...]] = []
    waiting: tuple[Cell, ...] = ()
    for pair in pairs:
        cells = _pair_cells(composer, pair, label, style, label_width)
        short = len(cells[0].lines) <= LABEL_LINES and len(cells[1].lines) == 1
        short = short and _fits_half(composer, cells[1], half - label_width - 4 * PAD_X)
        if waiting and short:
            rows.append((*waiting, *_moved(cells, half)))
            waiting = ()
            continue
        if waiting:
            rows.append(waiting)
        waiting = cells if short else ()
        if not short:
            rows.append(cells)
    if waiting:
        rows.append(waiting)
    return rows


def _label_width(composer: Composer, pairs: Sequence[Pair], label: Style) -> float:
    limit = composer.sheet.measure * LABEL_SHARE
    widths = (
        natural_width(composer.ink.line(p.label, *composer.place), composer.ink.regular, label.size)
        for p in pairs
    )
    return min(limit, max(widths))


def _pair_cells(
    composer: Composer, pair: Pair, label: Style, style: Style, label_width: float
) -> tuple[Cell, Cell]:
    sheet, face = composer.sheet, composer.ink.regular
    width = sheet.measure - label_width - 4 * PAD_X
    name = composer.ink.line(pair.label, *composer.place)
    text = composer.value(pair.value, pair.label)
    left = sheet.left + PAD_X
    return (
        Cell(left, label_width, break_lines(name, face, style.size, label_width), label, key=True),
        Cell(
            left + label_width + 2 * PAD_X,
            width,
            break_lines(text, face, style.size, width),
            style,
        ),
    )


def _fits_half(composer: Composer, cell: Cell, width: float) -> bool:
    return composer.ink.regular.width(cell.lines[0], cell.style.size) <= width


def _moved(cells: Sequence[Cell], distance: float) -> tuple[Cell, ...]:
    return tuple(
        Cell(cell.x + distance, cell.width, cell.lines, cell.style, cell.point, cell.key)
        for cell in cells
    )
