from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from reportlab.graphics.shapes import Drawing, Rect, String
from reportlab.pdfbase.pdfmetrics import stringWidth

from census_app.reports.charts import chart_svg, draw_chart, group_thousands, series_colour
from census_app.reports.content import Chart, Series
from census_app.reports.glyphs import Ink
from census_app.reports.layout import SERIES

CHART = Chart(
    "各部门共享类型",
    ("生态环境厅", "民政厅"),
    (Series("无条件", (Decimal(1200), Decimal(0))), Series("有条件", (Decimal(600), None))),
    unit="个",
)


def drawn(chart: Chart) -> Drawing:
    return draw_chart(chart, 460, Ink())


def bars(drawing: Drawing) -> list[Rect]:
    return [shape for shape in drawing.contents if isinstance(shape, Rect) and shape.height > 8.5]


def labels(drawing: Drawing) -> list[str]:
    return [shape.text for shape in drawing.contents if isinstance(shape, String)]


def lightness(colour: str) -> float:
    """Return CIE L* of an sRGB colour: how it comes out in grey print."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    y = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return float(116 * y ** (1 / 3) - 16)


def test_colours_stay_apart_in_grey_print() -> None:
    steps = sorted(lightness(colour) for colour in SERIES)
    assert min(b - a for a, b in pairwise(steps)) >= 7


def test_twelve_series_have_twelve_colours() -> None:
    assert len({series_colour(number).hexval() for number in range(12)}) == 12


def test_bars_begin_at_zero_and_are_as_long_as_their_figures() -> None:
    first, second = bars(drawn(CHART))
    assert first.x == second.x
    assert abs(first.width / second.width - 2) < 1e-9


def test_every_figure_is_written_and_a_missing_one_is_a_dash() -> None:
    assert labels(drawn(CHART))[-6:] == ["生态环境厅", "1\u00a0200", "600", "民政厅", "0", "—"]


def test_a_stack_is_as_long_as_its_sum() -> None:
    stacked = Chart(CHART.title, CHART.labels, CHART.series, stacked=True)
    first, second = bars(drawn(stacked))
    assert abs(first.x + first.width - second.x) < 1e-9
    assert "1\u00a0800" in labels(drawn(stacked))


def test_the_sum_beside_the_longest_stack_is_not_cut() -> None:
    parts = tuple(Series(name, (Decimal(900), Decimal(1))) for name in "甲乙丙")
    drawing = drawn(Chart("合计", ("一", "二"), parts, stacked=True))
    total = next(each for each in drawing.contents if getattr(each, "text", "") == "2\u00a0700")
    assert total.x + stringWidth(total.text, total.fontName, total.fontSize) <= drawing.width


def test_a_chart_of_nothing_but_zeros_has_no_bar() -> None:
    assert bars(drawn(Chart("零", ("甲",), (Series("数", (Decimal(0),)),)))) == []


def test_figures_are_rounded_half_up_and_grouped() -> None:
    assert group_thousands(Decimal("1234.25"), 1) == "1\u00a0234.3"
    assert group_thousands(Decimal(-5), 0) == "-5"


def test_the_svg_has_no_clip_path_no_address_to_fetch_and_the_family_qt_knows() -> None:
    svg = chart_svg(drawn(CHART)).decode("utf-8")
    assert "clip" not in svg
    assert "DOCTYPE" not in svg
    assert "Noto Sans SC Bold" not in svg
    assert "font-weight: bold" in svg


def test_the_same_chart_gives_the_same_svg() -> None:
    assert chart_svg(drawn(CHART)) == chart_svg(drawn(CHART))


@pytest.mark.usefixtures("qapp")
def test_qt_paints_the_svg_on_white_with_coloured_bars() -> None:
    drawing = drawn(CHART)
    renderer = QSvgRenderer(QByteArray(chart_svg(drawing)))
    assert renderer.isValid()
    image = QImage(int(drawing.width), int(drawing.height), QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    bar = bars(drawing)[0]
    middle = image.pixelColor(
        int(bar.x + bar.width / 2), int(drawing.height - bar.y - bar.height / 2)
    )
    assert abs(middle.red() - 0x1F) + abs(middle.green() - 0x5F) + abs(middle.blue() - 0xBF) < 9
    assert image.pixelColor(int(drawing.width) - 2, 2).name() == "#ffffff"
