"""The indicators as charts: the same content is set on paper and drawn on the screen (`reports.charts`)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from census_app.diagnostics import wording
from census_app.domain.indicators import BY_ID
from census_app.domain.statistics import NOTHING
from census_app.reports.charts import chart_svg, draw_chart
from census_app.reports.content import Chart, Series
from census_app.reports.glyphs import Ink
from census_app.services.breaking_down import Breakdown, Line
from census_app.services.measuring import Board
from census_app.services.trends import point_text

MOST_LINES: Final = 20
"""Lines of a breakdown that are drawn: those with the largest figures."""

CHARTS: Final = {
    "department": ("IND_CHART_SHARE", ("resources_unconditional", "resources_conditional", "resources_not_shared")),
    "city": ("IND_CHART_SHARE_CITY", ("resources_unconditional", "resources_conditional", "resources_not_shared")),
    "org_kind": ("IND_CHART_SHARE_KIND", ("resources_unconditional", "resources_conditional", "resources_not_shared")),
    "class": ("IND_CHART_SHARE_CLASS", ("resources_unconditional", "resources_conditional", "resources_not_shared")),
    "theme": ("IND_CHART_THEMES", ("resources_unconditional", "resources_conditional", "resources_not_shared")),
}  # fmt: skip
"""Breakdown → title and the counts that are stacked; of any other the figure that is shown first."""

_PAIRS: Final = (
    ("IND_CHART_BEFORE", ("baseline_systems", "remaining")),
    ("IND_CHART_CONNECTION", ("must_connect", "connected")),
)
_TREND: Final = ("systems_integrated", "resources_shared", "joint_effective", "connected")


def breakdown_chart(breakdown: Breakdown, language: str) -> Chart | None:
    """Return a chart of a breakdown; None when nothing counts anything."""
    title, ids = CHARTS.get(breakdown.by, ("", breakdown.shown[:1]))
    named = wording.text(title, language) if title else breakdown.title
    lines = breakdown.lines
    if not breakdown.dated:
        return _chart(lines, named, ids, language, stacked=len(ids) > 1)
    # Years stand in their order; of many, the latest are drawn.
    return _chart(lines[-MOST_LINES:], named, ids, language, stacked=len(ids) > 1, by_size=False)


def department_charts(breakdown: Breakdown, language: str) -> list[Chart]:
    """Return what is compared side by side for each department: before and after, must connect and connected."""
    found = (
        _chart(breakdown.lines, wording.text(title, language), ids, language)
        for title, ids in _PAIRS
    )
    return [chart for chart in found if chart is not None]


def trend_chart(boards: Sequence[Board], language: str) -> Chart | None:
    """Return the figures of 三数一率 from day to day; None for a single day."""
    if len(boards) < 2:
        return None
    series = tuple(
        Series(
            wording.text(f"IND_{name}", language),
            tuple(Decimal(board.counts[name]) for board in boards),
        )
        for name in _TREND
    )
    labels = tuple(point_text(board, language) for board in boards)
    return Chart(wording.text("IND_CHART_TREND", language), labels, series)


def _chart(
    lines: Sequence[Line],
    title: str,
    ids: Sequence[str],
    language: str,
    *,
    stacked: bool = False,
    by_size: bool = True,
) -> Chart | None:
    def largest(line: Line) -> Decimal:
        figures = [_figure(line, each) or Decimal(0) for each in ids]
        return sum(figures, Decimal(0)) if stacked else max(figures)

    drawn = [line for line in lines if largest(line)]
    if by_size:
        drawn.sort(key=largest, reverse=True)
    if not drawn:
        return None
    if len(drawn) > MOST_LINES:
        title = wording.text(
            "IND_CHART_CUT", language, title=title, shown=MOST_LINES, total=len(drawn)
        )
        drawn = drawn[:MOST_LINES]
    series = tuple(
        Series(wording.text(f"IND_{each}", language), tuple(_figure(line, each) for line in drawn))
        for each in ids
    )
    unit = wording.text(f"IND_UNIT_{BY_ID[ids[0]].unit}", language).strip()
    return Chart(title, tuple(line.label for line in drawn), series, unit, stacked=stacked)


def _figure(line: Line, indicator: str) -> Decimal | None:
    text = line.text(indicator)
    return None if text == NOTHING else Decimal(text.rstrip("%"))


def drawn(chart: Chart, width: float) -> bytes:
    """Return a chart as SVG in UTF-8, drawn as on paper.

    Args:
        width: In points; the chart is as high as it needs.

    Raises:
        EnvironmentProblem: `REPORT_FONT`, when the shipped font cannot be read.
    """
    return chart_svg(draw_chart(chart, width, Ink()))
