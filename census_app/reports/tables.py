"""Tables: columns that fit their texts, heads that repeat, figures on the decimal point, wide lists across."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Final

from census_app.reports.compose import Composer
from census_app.reports.content import Column, Table
from census_app.reports.layout import (
    CELL,
    CELL_HEAD,
    CELL_LABEL,
    HEAD_FILL,
    LABEL,
    LANDSCAPE,
    PORTRAIT,
    BoxMark,
    Sheet,
    Style,
)
from census_app.reports.lines import break_lines, least_width, natural_width
from census_app.reports.rows import (
    LEAST_LINES,
    PAD_X,
    PAD_Y,
    Cell,
    flow_row,
    row_height,
    set_caption,
    set_lines,
    whole_part,
)

WIDEST_WORD: Final = 130.0
SHORT_HEAD: Final = 6.2 * CELL.size
SHORT_CELL: Final = 9.0 * CELL.size
NUMERIC_GAP: Final = 8.0
NUMERIC_AIR: Final = 28.0
WIDEST_CELL: Final = PORTRAIT.measure


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where the columns of one table stand on one sheet."""

    xs: tuple[float, ...]
    widths: tuple[float, ...]
    points: tuple[float | None, ...]


def flow_table(
    composer: Composer,
    table: Table,
    *,
    targets: Sequence[str] = (),
    after: float = 10,
    keep: float = 0.0,
) -> None:
    """Set a table, on a landscape sheet when an upright one cannot hold its columns.

    Args:
        composer: Where.
        table: What.
        targets: Names by which the rows can be led to, in order; none, when they are not listed anywhere.
        after: Free space below it, in points.
        keep: Height of what follows and must not stand on a page without the last rows, in points.
    """
    title = table.title
    if title:
        composer.heading(title, LABEL, level=None)
    keep += after if keep else 0.0
    columns = table.columns
    heads = tuple(composer.ink.clean(each.head, *composer.place, title) for each in columns)
    rows = _worded(composer, table)
    least, natural = _with_others(composer, columns, *_measures(composer, columns, heads, rows))
    composer.turn(_sheet_for(columns, least))
    grid = _grid(composer, columns, rows, least, natural)
    head_cells = _head_cells(composer, columns, heads, grid)

    def set_head() -> None:
        _set_head(composer, head_cells)

    def go_on() -> None:
        set_caption(composer)
        set_head()

    if not rows:
        composer.reserve(row_height(head_cells) + CELL.leading + 2 * PAD_Y + keep)
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
            below = keep if len(rows) <= 2 else 0.0
            composer.reserve(row_height(head_cells) + _first_height(cells, following) + below)
            set_head()
        elif number == max(1, len(rows) - 2) and _would_be_alone(composer, cells, following, keep):
            composer.open_page()
            go_on()
        flow_row(composer, cells, go_on)
        if number < len(targets):
            composer.mark_target(targets[number])
    composer.y -= after


def measure_together(composer: Composer, tables: Sequence[Table]) -> None:
    """Let tables of equal columns that follow each other stand with their columns below each other."""
    found: dict[tuple[Column, ...], tuple[list[float], list[float]]] = {}
    for table in tables:
        columns = table.columns
        heads = tuple(composer.ink.clean(each.head, *composer.place) for each in columns)
        own = _measures(composer, columns, heads, _worded(composer, table))
        known = found.setdefault(columns, own)
        found[columns] = (_wider(known[0], own[0]), _wider(known[1], own[1]))
    composer.together = found


def _with_others(
    composer: Composer, columns: tuple[Column, ...], least: list[float], natural: list[float]
) -> tuple[list[float], list[float]]:
    """Return the measures of the tables this one belongs to; its own where theirs would turn the sheet."""
    few, most = composer.together.get(columns, (least, natural))
    if _sheet_for(columns, few) is not _sheet_for(columns, least):
        return least, natural
    return _wider(least, few), _wider(natural, most)


def _wider(one: Sequence[float], other: Sequence[float]) -> list[float]:
    return [max(pair) for pair in zip(one, other, strict=True)]


def _first_height(cells: Sequence[Cell], following: Sequence[Cell] | None) -> float:
    """Return what must stand below a head: two rows when they are low, else the first lines of one."""
    low = LEAST_LINES * CELL.leading + 2 * PAD_Y
    second = row_height(following) if following else 0.0
    return min(row_height(cells), low) + (second if second <= low else 0.0)


def _would_be_alone(
    composer: Composer, cells: Sequence[Cell], last: Sequence[Cell] | None, keep: float
) -> bool:
    """Say whether the last row, or `keep` points that follow it, would go to the next page without company."""
    height = row_height(cells)
    if keep:
        rest = height + (row_height(last) if last is not None else 0.0)
        low = LEAST_LINES * CELL.leading + 2 * PAD_Y
        return rest <= 2 * low and composer.room < rest + keep
    return last is not None and height <= composer.room < height + min(row_height(last), height)


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
        elif head_natural <= 2 * SHORT_HEAD:
            head_least = max(head_least, head_natural / 2 + 0.6 * CELL.size)
        if head_natural > SHORT_HEAD and (unit := heads[number].find("（")) > 0:
            # A unit stands on a line of its own rather than in two halves.
            parts = heads[number][:unit], heads[number][unit:]
            widest_part = max(natural_width(part, ink.bold, CELL.size) for part in parts)
            head_least = max(head_least, min(widest_part, WIDEST_WORD))
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
        whole = whole_part(text)
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
    airy = [figure and number > 0 for number, figure in enumerate(numeric)]
    if any(airy):
        # Running numbers, which come first, stand close to what they number.
        air = min(NUMERIC_AIR, spare / len(widths))
        widths = [width + air if more else width for width, more in zip(widths, airy, strict=True)]
        spare -= air * sum(airy)
    texts = [0.0 if figure else width for width, figure in zip(natural, numeric, strict=True)]
    stretch = texts if any(texts) else list(natural)
    total = sum(stretch)
    return [width + spare * part / total for width, part in zip(widths, stretch, strict=True)]


def _head_cells(
    composer: Composer, columns: Sequence[Column], heads: Sequence[str], grid: _Grid
) -> tuple[Cell, ...]:
    right = Style(CELL_HEAD.size, CELL_HEAD.leading, bold=True, align="right")
    return tuple(
        Cell(
            grid.xs[number],
            grid.widths[number],
            _head_lines(composer, heads[number], grid.widths[number]),
            right if column.numeric else CELL_HEAD,
        )
        for number, column in enumerate(columns)
    )


def _head_lines(composer: Composer, head: str, width: float) -> tuple[str, ...]:
    """Return the lines of a head; a unit in brackets begins a line where the head needs more than one."""
    face, unit = composer.ink.bold, head.find("（")
    if unit > 0 and "\n" not in head and face.width(head, CELL.size) > width:
        head = f"{head[:unit]}\n{head[unit:]}"
    return break_lines(head, face, CELL.size, width)


def _set_head(composer: Composer, cells: Sequence[Cell]) -> None:
    sheet, height = composer.sheet, row_height(cells)
    composer.page.marks.append(
        BoxMark(sheet.left, composer.y - height, sheet.measure, height, fill=HEAD_FILL)
    )
    count = max(len(cell.lines) for cell in cells)
    set_lines(composer, cells, 0, count)


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
