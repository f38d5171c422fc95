"""Charts as one drawing with two uses: placed in a PDF, and as SVG on the screen.

Drawn from plain shapes: bars begin at zero, every bar says its figure, and no clip path is involved.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from math import ceil
from typing import Final

from reportlab.graphics import renderSVG
from reportlab.graphics.shapes import Drawing, Line, Rect, String
from reportlab.lib.colors import Color, HexColor

from census_app.diagnostics import wording
from census_app.reports.content import Chart
from census_app.reports.glyphs import BOLD, REGULAR, Ink
from census_app.reports.layout import (
    BLACK,
    CHART_TEXT,
    CHART_TITLE,
    GREY,
    HAIR,
    HAIRLINE,
    SERIES,
    TINT,
    Style,
)
from census_app.reports.lines import is_wide, shorten

BAR: Final = 10.0
GAP: Final = 7.0
LABEL_SHARE: Final = 0.36
KEY: Final = 8.0
_CLIP: Final = re.compile(r"<clipPath\b.*?</clipPath>", re.DOTALL)
# The address of a document type that nobody must fetch, and a title that says "...".
_PREAMBLE: Final = re.compile(r"<!DOCTYPE[^>]*>\s*|<title>\.\.\.</title>\s*|<desc>\.\.\.</desc>\s*")
_CLIP_USE: Final = re.compile(r'\s*clip-path\s*[:=]\s*("[^"]*"|url\([^)]*\);?)')
_BOLD_NAME: Final = re.compile(rf"font-family:\s*'?{BOLD}'?")


def series_colour(number: int) -> Color:
    """Return the colour of the series with this number: six colours, then the same at 55 %."""
    colour = HexColor(SERIES[number % len(SERIES)])
    if number < len(SERIES):
        return colour
    parts = (1 - TINT * (1 - part) for part in (colour.red, colour.green, colour.blue))
    return Color(*parts)


def group_thousands(value: Decimal, places: int) -> str:
    """Return a figure in groups of three and the number of places asked for, half up."""
    rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return wording.grouped(rounded, places)


def draw_chart(chart: Chart, width: float, ink: Ink, *where: str) -> Drawing:
    """Return horizontal bars for a chart, `width` points wide and as high as they need.

    Args:
        chart: What to draw; a missing figure prints `—` and no bar.
        width: Width in points.
        ink: Cleans the labels and remembers what the font lacks.
        where: Titles that lead to the chart.
    """
    names = [ink.line(label, *where, chart.title) for label in chart.labels]
    legend = _legend_rows(chart, width, ink, where)
    body = len(names) * _group_height(chart)
    head = CHART_TITLE.leading + 6 + legend[1]
    drawing = Drawing(ceil(width), ceil(head + body + 4), initialFontName=REGULAR)
    top = drawing.height
    title = shorten(ink.line(_titled(chart), *where), ink.bold, CHART_TITLE.size, width)
    _text(drawing, title, 0, top - CHART_TITLE.leading + 4, CHART_TITLE)
    for x, y, number, name in legend[0]:
        base = top - CHART_TITLE.leading - 6 - y - KEY
        drawing.add(_bar(x, base, KEY, KEY, number))
        _text(drawing, name, x + KEY + 4, base, CHART_TEXT)
    _draw_bars(drawing, chart, names, ink, top - head)
    return drawing


def chart_svg(drawing: Drawing) -> bytes:
    """Return a drawing as SVG in UTF-8 that QtSvg paints as the PDF shows it.

    Without reportlab's clip path, which QtSvg paints as a black page, and with the bold weight named the way the
    bundled file calls itself.
    """
    text = renderSVG.drawToString(drawing)
    text = _CLIP_USE.sub("", _CLIP.sub("", _PREAMBLE.sub("", text)))
    text = _BOLD_NAME.sub(f"font-family: '{REGULAR}'; font-weight: bold", text)
    return text.encode("utf-8")


def _titled(chart: Chart) -> str:
    """Return title and unit, in the brackets of the script the title ends with."""
    if not chart.unit:
        return chart.title
    return (
        f"{chart.title}（{chart.unit}）"
        if is_wide(chart.title[-1:] or "a")
        else f"{chart.title} ({chart.unit})"
    )


def _group_height(chart: Chart) -> float:
    bars = 1 if chart.stacked else max(1, len(chart.series))
    return bars * BAR + (bars - 1) * 1.0 + GAP


def _legend_rows(
    chart: Chart, width: float, ink: Ink, where: tuple[str, ...]
) -> tuple[list[tuple[float, float, int, str]], float]:
    """Return where each key stands (x, y below the title, number, name), and the height of them all."""
    if len(chart.series) < 2:
        return [], 0.0
    keys: list[tuple[float, float, int, str]] = []
    x = y = 0.0
    for number, series in enumerate(chart.series):
        name = ink.line(series.name, *where, chart.title)
        name = shorten(name, ink.regular, CHART_TEXT.size, width - KEY - 4)
        needed = KEY + 4 + ink.regular.width(name, CHART_TEXT.size) + 16
        if x and x + needed - 16 > width:
            x, y = 0.0, y + CHART_TEXT.leading + 2
        keys.append((x, y, number, name))
        x += needed
    return keys, y + CHART_TEXT.leading + 8


def _draw_bars(drawing: Drawing, chart: Chart, names: list[str], ink: Ink, top: float) -> None:
    face, size = ink.regular, CHART_TEXT.size
    figures = [
        ["—" if value is None else group_thousands(value, chart.places) for value in series.values]
        for series in chart.series
    ]
    limit = drawing.width * LABEL_SHARE
    label = min(limit, max((face.width(name, size) for name in names), default=0.0))
    beside = [_stacked_totals(chart)] if chart.stacked else figures
    widest = max((face.width(text, size) for row in beside for text in row), default=0.0)
    begin = label + 8
    room = max(drawing.width - begin - widest - 6, 1.0)
    most = _largest(chart)
    unit = room / float(most) if most > 0 else 0.0
    height = _group_height(chart)
    for row, name in enumerate(names):
        y = top - row * height
        middle = y - (height - GAP) / 2 - size * 0.36
        text = shorten(name, face, size, label)
        _text(drawing, text, begin - 8 - face.width(text, size), middle, CHART_TEXT)
        if chart.stacked:
            _draw_stack(drawing, chart, row, (begin, y - BAR), unit, beside[0][row])
        else:
            _draw_group(drawing, chart, row, (begin, y), unit, figures)
    bottom = top - len(names) * height + GAP / 2
    axis = Line(begin, bottom, begin, top + GAP / 2)
    axis.strokeColor, axis.strokeWidth = HexColor(HAIRLINE), 2 * HAIR
    drawing.add(axis)


def _draw_group(
    drawing: Drawing,
    chart: Chart,
    row: int,
    corner: tuple[float, float],
    unit: float,
    figures: list[list[str]],
) -> None:
    x, top = corner
    for number, series in enumerate(chart.series):
        y = top - (number + 1) * BAR - number
        value = series.values[row]
        length = max(float(value), 0.0) * unit if value is not None else 0.0
        if length > 0:
            drawing.add(_bar(x, y, length, BAR, number))
        _text(drawing, figures[number][row], x + length + 4, y + 1.8, CHART_TEXT, GREY)


def _draw_stack(
    drawing: Drawing,
    chart: Chart,
    row: int,
    corner: tuple[float, float],
    unit: float,
    total: str,
) -> None:
    x, y = corner
    for number, series in enumerate(chart.series):
        value = series.values[row]
        if value is None or value <= 0:
            continue
        drawing.add(_bar(x, y, float(value) * unit, BAR, number))
        x += float(value) * unit
    _text(drawing, total, x + 4, y + 1.8, CHART_TEXT, GREY)


def _stacked_totals(chart: Chart) -> list[str]:
    """Return what stands beside each stack: the sum of what is drawn."""
    return [
        group_thousands(
            sum((max(s.values[row] or Decimal(0), Decimal(0)) for s in chart.series), Decimal(0)),
            chart.places,
        )
        for row in range(len(chart.labels))
    ]


def _largest(chart: Chart) -> Decimal:
    if chart.scale is not None:
        return chart.scale
    if chart.stacked:
        sums = (
            sum((max(s.values[row] or Decimal(0), Decimal(0)) for s in chart.series), Decimal(0))
            for row in range(len(chart.labels))
        )
        return max(sums, default=Decimal(0))
    return max((v for s in chart.series for v in s.values if v is not None), default=Decimal(0))


def _bar(x: float, y: float, width: float, height: float, number: int) -> Rect:
    bar = Rect(x, y, width, height)
    bar.fillColor, bar.strokeColor, bar.strokeWidth = series_colour(number), None, 0
    return bar


def _text(
    drawing: Drawing, text: str, x: float, y: float, style: Style, colour: str = BLACK
) -> None:
    # SVG coordinates of turned texts are cut to whole points of 2 y.
    string = String(x, round(2 * y) / 2, text)
    string.fontName = BOLD if style.bold else REGULAR
    string.fontSize = style.size
    string.fillColor = HexColor(colour)
    drawing.add(string)
