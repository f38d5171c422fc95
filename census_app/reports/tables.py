"""Tables and facts that flow over pages: heads repeat, long cells continue, figures stand on the decimal point."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Final

from census_app.reports.compose import Composer
from census_app.reports.content import Column, Pair, Table
from census_app.reports.layout import (
    CELL,
    CELL_HEAD,
    CELL_LABEL,
    HEAD_FILL,
    LABEL,
    LANDSCAPE,
    PORTRAIT,
    BoxMark,
    RuleMark,
    Sheet,
    Style,
)
from census_app.reports.lines import break_lines, least_width, natural_width

PAD_X: Final = 4.0
PAD_Y: Final = 3.0
# A row higher than this part of a page is split rather than moved as a whole.
SPLIT_ABOVE: Final = 0.4
LEAST_LINES: Final = 3
WIDEST_WORD: Final = 130.0
SHORT_HEAD: Final = 6.2 * CELL.size
SHORT_CELL: Final = 9.0 * CELL.size
NUMERIC_GAP: Final = 8.0
NUMERIC_AIR: Final = 28.0
WIDEST_CELL: Final = PORTRAIT.measure
LABEL_SHARE: Final = 0.24
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
        _set_lines(composer, cells, start, stop)
        start = stop
        if start < count:
            composer.open_page()
            again()


def _set_lines(composer: Composer, cells: Sequence[Cell], start: int, stop: int) -> None:
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
    whole = _whole_part(line)
    begin = cell.x + cell.width - cell.point - face.width(whole, cell.style.size)
    return max(cell.x, begin), top, cell.width, cell.style


def _continued(composer: Composer, cell: Cell) -> tuple[str, ...]:
    """Return the first line of a key once more, marked as continued; two lines when it needs them."""
    more = "…" if len(cell.lines) > 1 else ""
    label = f"{cell.lines[0]}{more}{composer.words.continued}"
    return break_lines(label, composer.ink.face(bold=cell.style.bold), cell.style.size, cell.width)


def _whole_part(text: str) -> str:
    """Return what stands before the decimal point and the unit: `38 204` of `38 204.50`, `81` of `81.4 %`."""
    found = _FIGURE.match(text)
    return found.group() if found else text


# ---- tables


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where the columns of one table stand on one sheet."""

    xs: tuple[float, ...]
    widths: tuple[float, ...]
    points: tuple[float | None, ...]


def flow_table(
    composer: Composer, table: Table, *, targets: Sequence[str] = (), after: float = 10
) -> None:
    """Set a table, on a landscape sheet when an upright one cannot hold its columns.

    `targets` are names by which the rows can be led to, in order; none, when they are not listed anywhere.
    """
    title = table.title
    if title:
        composer.heading(title, LABEL, level=None)
    columns = table.columns
    heads = tuple(composer.ink.clean(each.head, *composer.place, title) for each in columns)
    rows = _worded(composer, table)
    least, natural = _measures(composer, columns, heads, rows)
    composer.turn(_sheet_for(columns, least))
    grid = _grid(composer, columns, rows, least, natural)
    head_cells = _head_cells(composer, columns, heads, grid)

    def set_head() -> None:
        _set_head(composer, head_cells)

    if not rows:
        composer.reserve(_height(head_cells) + CELL.leading + 2 * PAD_Y)
        set_head()
        sheet = composer.sheet
        text = composer.ink.line(table.empty or composer.words.no_rows)
        lines = break_lines(text, composer.ink.regular, CELL.size, sheet.measure - 2 * PAD_X)
        cell = Cell(sheet.left + PAD_X, sheet.measure - 2 * PAD_X, lines, CELL_LABEL)
        flow_row(composer, (cell,), set_head)
    ready = (_row_cells(composer, columns, row, grid) for row in rows)
    for number, (cells, following) in enumerate(pairwise(chain(ready, (None,)))):
        if cells is None:
            break
        if number == 0:
            composer.reserve(_height(head_cells) + _first_height(cells, following))
            set_head()
        elif number == len(rows) - 2 and _would_be_alone(composer, cells, following):
            composer.open_page()
            set_head()
        flow_row(composer, cells, set_head)
        if number < len(targets):
            composer.mark_target(targets[number])
    composer.y -= after


def _first_height(cells: Sequence[Cell], following: Sequence[Cell] | None) -> float:
    """Return what must stand below a head: two rows when they are low, else the first lines of one."""
    low = LEAST_LINES * CELL.leading + 2 * PAD_Y
    second = _height(following) if following else 0.0
    return min(_height(cells), low) + (second if second <= low else 0.0)


def _would_be_alone(composer: Composer, cells: Sequence[Cell], last: Sequence[Cell] | None) -> bool:
    """Say whether the last row would go to the next page without company."""
    height = _height(cells)
    return last is not None and height <= composer.room < height + min(_height(last), height)


def _worded(composer: Composer, table: Table) -> list[tuple[str, ...]]:
    keys = [number for number, column in enumerate(table.columns) if column.key] or [0]
    result = []
    for row in table.rows:
        name = row[keys[0]]
        where = name if isinstance(name, str) else ""
        result.append(
            tuple(
                composer.value(value, table.title, where, column.head)
                for value, column in zip(row, table.columns, strict=True)
            )
        )
    return result


def _measures(
    composer: Composer,
    columns: Sequence[Column],
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
) -> tuple[list[float], list[float]]:
    """Return the least and the natural width of every column, in points, without padding."""
    ink = composer.ink
    least, natural = [], []
    for number, column in enumerate(columns):
        head_least = min(least_width(heads[number], ink.bold, CELL.size), WIDEST_WORD)
        head_least = max(head_least, 2.2 * CELL.size)
        head_natural = natural_width(heads[number], ink.bold, CELL.size)
        if head_natural <= SHORT_HEAD:
            head_least = head_natural
        texts = [row[number] for row in rows]
        widest = max((natural_width(text, ink.regular, CELL.size) for text in texts), default=0.0)
        if column.numeric:
            widest = max(widest, _figure_width(composer, texts)[0])
            needed = min(widest, WIDEST_WORD)
        elif widest <= SHORT_CELL:
            needed = widest
        else:
            needed = 0.0
            for text in texts:
                if needed < WIDEST_WORD:
                    needed = max(needed, least_width(text[:2000], ink.regular, CELL.size))
            needed = max(min(needed, WIDEST_WORD), 5 * CELL.size)
        least.append(max(head_least, needed))
        head_wish = head_natural / 2 if column.numeric else head_natural
        natural.append(max(min(widest, WIDEST_CELL), min(head_wish, WIDEST_WORD), least[-1]))
    return least, natural


def _figure_width(composer: Composer, texts: Sequence[str]) -> tuple[float, float]:
    """Return the width that aligned figures take, and of that the part behind the point."""
    face, size = composer.ink.regular, CELL.size
    before = behind = 0.0
    for text in texts:
        whole = _whole_part(text)
        before = max(before, face.width(whole.replace("\n", ""), size))
        rest = text[len(whole) :].replace("\n", "")
        behind = max(behind, face.width(rest, size))
    return before + behind, behind


def _padding(columns: Sequence[Column]) -> list[float]:
    """Return the free space each column takes; figures keep away from the text at their right."""
    last = len(columns) - 1
    return [
        2 * PAD_X + (NUMERIC_GAP if column.numeric and number < last else 0.0)
        for number, column in enumerate(columns)
    ]


def _sheet_for(columns: Sequence[Column], least: Sequence[float]) -> Sheet:
    needed = sum(least) + sum(_padding(columns))
    return LANDSCAPE if needed > PORTRAIT.measure else PORTRAIT


def _grid(
    composer: Composer,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    least: Sequence[float],
    natural: Sequence[float],
) -> _Grid:
    sheet = composer.sheet
    padding = _padding(columns)
    widths = _share(
        sheet.measure - sum(padding), least, natural, [column.numeric for column in columns]
    )
    xs = []
    x = sheet.left + PAD_X
    for width, free in zip(widths, padding, strict=True):
        xs.append(x)
        x += width + free
    points: list[float | None] = []
    for number, column in enumerate(columns):
        if not column.numeric:
            points.append(None)
            continue
        total, behind = _figure_width(composer, [row[number] for row in rows])
        points.append(behind if total <= widths[number] + 0.01 else 0.0)
    return _Grid(tuple(xs), tuple(widths), tuple(points))


def _share(
    room: float, least: Sequence[float], natural: Sequence[float], numeric: Sequence[bool]
) -> list[float]:
    """Divide `room` points among columns: never below `least` where that is possible, the rest by need.

    What is left after that gives figures some air and goes to the texts.
    """
    if sum(least) >= room:
        return [width * room / sum(least) for width in least]
    wants = [most - few for few, most in zip(least, natural, strict=True)]
    spare = room - sum(least)
    if sum(wants) > spare:
        return [few + spare * want / sum(wants) for few, want in zip(least, wants, strict=True)]
    widths = list(natural)
    spare -= sum(wants)
    if any(numeric):
        air = min(NUMERIC_AIR, spare / len(widths))
        widths = [
            width + air if figure else width for width, figure in zip(widths, numeric, strict=True)
        ]
        spare -= air * sum(numeric)
    texts = [0.0 if figure else width for width, figure in zip(natural, numeric, strict=True)]
    stretch = texts if any(texts) else list(natural)
    total = sum(stretch)
    return [width + spare * part / total for width, part in zip(widths, stretch, strict=True)]


def _height(cells: Sequence[Cell]) -> float:
    return max(len(cell.lines) for cell in cells) * cells[0].style.leading + 2 * PAD_Y


def _head_cells(
    composer: Composer, columns: Sequence[Column], heads: Sequence[str], grid: _Grid
) -> tuple[Cell, ...]:
    right = Style(CELL_HEAD.size, CELL_HEAD.leading, bold=True, align="right")
    return tuple(
        Cell(
            grid.xs[number],
            grid.widths[number],
            break_lines(heads[number], composer.ink.bold, CELL.size, grid.widths[number]),
            right if column.numeric else CELL_HEAD,
        )
        for number, column in enumerate(columns)
    )


def _set_head(composer: Composer, cells: Sequence[Cell]) -> None:
    sheet, height = composer.sheet, _height(cells)
    composer.page.marks.append(
        BoxMark(sheet.left, composer.y - height, sheet.measure, height, fill=HEAD_FILL)
    )
    count = max(len(cell.lines) for cell in cells)
    _set_lines(composer, cells, 0, count)


def _row_cells(
    composer: Composer, columns: Sequence[Column], row: Sequence[str], grid: _Grid
) -> tuple[Cell, ...]:
    return tuple(
        Cell(
            grid.xs[number],
            grid.widths[number],
            break_lines(text, composer.ink.regular, CELL.size, grid.widths[number]),
            CELL,
            grid.points[number],
            column.key,
        )
        for number, (text, column) in enumerate(zip(row, columns, strict=True))
    )


# ---- facts


def flow_pairs(
    composer: Composer, pairs: Sequence[Pair], *, style: Style = CELL, after: float = 8
) -> None:
    """Set labels and values, two pairs abreast where both values are short."""
    if not pairs:
        return
    composer.turn(PORTRAIT)
    rows = _pair_rows(composer, pairs, style)
    total = sum(_height(row) for row in rows)
    together = total <= composer.sheet.depth * SPLIT_ABOVE
    least = min(_height(rows[0]), LEAST_LINES * style.leading + 2 * PAD_Y)
    composer.reserve(total if together else least)
    for row in rows:
        flow_row(composer, row, _nothing)
    composer.y -= after


def _pair_rows(composer: Composer, pairs: Sequence[Pair], style: Style) -> list[tuple[Cell, ...]]:
    """Return the rows of facts: two pairs where both values are short, else one."""
    half = composer.sheet.measure / 2
    label = Style(style.size, style.leading, colour=CELL_LABEL.colour)
    label_width = _label_width(composer, pairs, label)
    rows: list[tuple[Cell, ...]] = []
    waiting: tuple[Cell, ...] = ()
    for pair in pairs:
        cells = _pair_cells(composer, pair, label, style, label_width)
        short = len(cells[0].lines) == 1 and len(cells[1].lines) == 1
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


def _nothing() -> None:
    """Facts have no head to repeat."""


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
