"""A chart on the screen: the drawing of the printed page, in the colours of the window."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QByteArray, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget
from typing_extensions import override

from census_app.ui.shell import theme

LARGEST: Final = 1.5
"""How much larger than on paper a chart is drawn at most: its smallest text is then as large as that of the window."""

_TEXT: Final = "rgb(0%,0%,0%)"
_QUIET: Final = "rgb(35%,39%,45%)"
_LINES: Final = "rgb(60%,63%,68%)"
_BARS: Final = ("rgb(12%,37%,74%)", "rgb(47%,23%,29%)", "rgb(32%,50%,32%)")
"""The colours of paper that would sink into a dark page, as reportlab spells them."""


class _Drawing(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._renderer = QSvgRenderer(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_svg(self, svg: bytes) -> None:
        self._renderer.load(QByteArray(recoloured(svg)))
        self._fit()
        self.update()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        if not self._renderer.isValid():
            return
        size = self._renderer.defaultSize()
        scale = self._scale(size)
        painter = QPainter(self)
        self._renderer.render(painter, QRectF(0, 0, size.width() * scale, size.height() * scale))
        painter.end()

    def _scale(self, size: QSize) -> float:
        return min(LARGEST, self.width() / max(1, size.width()))

    def _fit(self) -> None:
        size = self._renderer.defaultSize()
        self.setFixedHeight(max(1, round(size.height() * self._scale(size))))


class ChartView(QScrollArea):
    """Shows one chart; a high one is scrolled.

    Args:
        name: What a screen reader says; the figures stand in the table beside it.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self._drawing = _Drawing()
        theme.set_look(self._drawing, "page")
        self.setWidget(self._drawing)

    def show_svg(self, svg: bytes) -> None:
        """Show a drawing; an empty one shows nothing."""
        self._drawing.setVisible(bool(svg))
        if svg:
            self._drawing.show_svg(svg)


def recoloured(svg: bytes) -> bytes:
    """Return a drawing with text and lines in the colours of the theme; bars keep theirs."""
    colours = theme.tokens()
    text = svg.decode("utf-8")
    others = {_TEXT: colours.text, _QUIET: colours.text_2, _LINES: colours.border_strong}
    if colours == theme.DARK:
        others |= zip(_BARS, theme.DARK_SERIES, strict=True)
    for paper, screen in others.items():
        text = text.replace(paper, screen)
    return text.encode("utf-8")
