"""Rows of cells that flow over pages; a row that is split names its key again on the next page."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from census_app.reports.compose import Composer
from census_app.reports.layout import SMALL, RuleMark, Style
from census_app.reports.lines import break_lines, shorten

PAD_X: Final = 4.0
PAD_Y: Final = 3.0
# A row higher than this part of a page is split rather than moved as a whole.
SPLIT_ABOVE: Final = 0.4
LEAST_LINES: Final = 3
_FIGURE: Final = re.compile(r"^[−+-]?[\d\s,]*\d")


@dataclass(frozen=True, slots=True)
class Cell:
    """Lines of one cell.

    Attributes:
        x: Left edge of the text.
        width: Width of the text.
        point: Distance of the decimal point from the right edge; None for text.
        key: Printed again, with （续）, where the row continues on another page.
    """

    x: float
    width: float
    lines: tuple[str, ...]
    style: Style
    point: float | None = None
    key: bool = False


def flow_row(composer: Composer, cells: Sequence[Cell], again: Callable[[], None]) -> None:
    """Set one row and the hairline below it; `again` sets the head once more when a page has been turned."""
    leading = cells[0].style.leading
    count = max(len(cell.lines) for cell in cells)
    height = count * leading + 2 * PAD_Y
    least = min(count, LEAST_LINES) * leading + 2 * PAD_Y
    whole = height <= composer.sheet.depth * SPLIT_ABOVE
    if (whole and height > composer.room) or least > composer.room:
        composer.open_page()
        again()
    start = 0
    while start < count:
        fit = max(1, int((composer.room - 2 * PAD_Y + 0.01) // leading))
        stop = min(count, start + fit)
        set_lines(composer, cells, start, stop)
        start = stop
        if start < count:
            composer.open_page()
            again()


def set_caption(composer: Composer) -> None:
    """Name the record again that goes on at the head of this page."""
    if not composer.caption:
        return
    sheet, face = composer.sheet, composer.ink.regular
    room = sheet.measure - face.width(composer.words.continued, SMALL.size)
    name = shorten(composer.caption, face, SMALL.size, room)
    composer.put(name + composer.words.continued, sheet.left, sheet.measure, SMALL)
    composer.y -= SMALL.leading + 2


def set_lines(composer: Composer, cells: Sequence[Cell], start: int, stop: int) -> None:
    """Set a part of the lines of every cell, and the hairline below them."""
    sheet = composer.sheet
    leading = cells[0].style.leading
    for cell in cells:
        lines = cell.lines[start:stop]
        if start and cell.key and not lines:
            lines = _continued(composer, cell)[: stop - start]
        for number, line in enumerate(lines):
            top = composer.y - PAD_Y - number * leading
            composer.put_at(line, *_columns_of(composer, cell, line, top))
    composer.y -= (stop - start) * leading + 2 * PAD_Y
    composer.page.marks.append(
        RuleMark(sheet.left, composer.y, sheet.width - sheet.right, composer.y)
    )


def _columns_of(
    composer: Composer, cell: Cell, line: str, top: float
) -> tuple[float, float, float, Style]:
    """Return x, top, width and style of a line; figures begin so that their points stand below each other."""
    if cell.point is None:
        return cell.x, top, cell.width, cell.style
    face = composer.ink.face(bold=cell.style.bold)
    whole = whole_part(line)
    begin = cell.x + cell.width - cell.point - face.width(whole, cell.style.size)
    return max(cell.x, begin), top, cell.width, cell.style


def _continued(composer: Composer, cell: Cell) -> tuple[str, ...]:
    """Return the first line of a key once more, marked as continued; two lines when it needs them."""
    more = "…" if len(cell.lines) > 1 else ""
    label = f"{cell.lines[0]}{more}{composer.words.continued}"
    return break_lines(label, composer.ink.face(bold=cell.style.bold), cell.style.size, cell.width)


def whole_part(text: str) -> str:
    """Return what stands before the decimal point and the unit: `38 204` of `38 204.50`, `81` of `81.4 %`."""
    found = _FIGURE.match(text)
    return found.group() if found else text


def row_height(cells: Sequence[Cell]) -> float:
    """Return the height of a whole row, in points."""
    return max(len(cell.lines) for cell in cells) * cells[0].style.leading + 2 * PAD_Y
