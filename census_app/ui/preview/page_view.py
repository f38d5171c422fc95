"""The pages of a document below each other: renders what is seen, keeps the last few, zooms, marks what was found."""

from __future__ import annotations

import bisect
import enum
import math
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame
from typing_extensions import override

from census_app.services.progress import Progress
from census_app.ui.preview.document import Hit, PdfPages
from census_app.ui.preview.layout import (
    PIXELS_PER_POINT,
    Sheet,
    fit_page,
    fit_width,
    lay_out,
)
from census_app.ui.shell import theme
from census_app.ui.shell.tasks import TaskRunner
from census_app.ui.shell.translation import Words

PAGES_KEPT: Final = 8
BYTES_KEPT: Final = 128 << 20
"""Of pictures; those in sight stay in any case."""
MOST_PIXELS: Final = 16_000_000
"""Of one page; a larger one is drawn from a picture of this size."""
ZOOMS: Final = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0)
PAPER: Final = QColor(theme.LIGHT.surface)
"""Paper is white in the dark theme as well: the preview shows what will be printed."""


def _page_of(hit: Hit) -> int:
    return hit.page


class Fit(enum.Enum):
    """Zooms that follow the window."""

    WIDTH = "width"
    PAGE = "page"


class PageView(QAbstractScrollArea):
    """Shows pages; scrolls continuously.

    Signals:
        page_changed: The page the person is on, from 0.
        zoom_changed: 1.0 is natural size.
    """

    page_changed = Signal(int)
    zoom_changed = Signal(float)

    def __init__(self, words: Words, runner: TaskRunner) -> None:
        super().__init__()
        self._words = words
        self._runner = runner
        self._pages: PdfPages | None = None
        self._sheet = lay_out((), 1.0, 0)
        self._pictures: OrderedDict[int, QImage] = OrderedDict()
        self._rendering = False
        self._fit: Fit | None = Fit.WIDTH
        self._zoom = 1.0
        self._page = 0
        self._hits: Sequence[Hit] = ()
        self._hit = -1
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(words("PREVIEW_PAGES"))
        self.viewport().setAutoFillBackground(False)

    # -- what is shown ---------------------------------------------------------------------------------------------

    def show_pages(self, pages: PdfPages | None) -> None:
        """Show a document from its beginning; None shows nothing."""
        self._pages = pages
        self._pictures.clear()
        self._hits, self._hit = (), -1
        self._lay_out()
        self.verticalScrollBar().setValue(0)
        self._on_scrolled()

    @property
    def page(self) -> int:
        """The page the person is on, from 0."""
        return self._page

    @property
    def zoom(self) -> float:
        """The zoom in force."""
        return self._sheet.zoom

    @property
    def fit(self) -> Fit | None:
        """How the zoom follows the window, or None."""
        return self._fit

    def go_to(self, number: int) -> None:
        """Bring a page to the top."""
        if 0 <= number < len(self._sheet.areas):
            self.verticalScrollBar().setValue(int(self._sheet.areas[number].top()) - 4)

    def set_zoom(self, zoom: float | Fit) -> None:
        """Zoom, keeping the middle of the window where it is."""
        self._fit = zoom if isinstance(zoom, Fit) else None
        if not isinstance(zoom, Fit):
            self._zoom = min(max(zoom, ZOOMS[0]), ZOOMS[-1])
        self._lay_out()

    def zoom_by(self, steps: int) -> None:
        """Take the next larger or smaller of the usual zooms."""
        now = self._sheet.zoom
        larger = [z for z in ZOOMS if z > now + 0.01]
        smaller = [z for z in ZOOMS if z < now - 0.01]
        if steps > 0 and larger:
            self.set_zoom(larger[0])
        elif steps < 0 and smaller:
            self.set_zoom(smaller[-1])

    def show_hits(self, hits: Sequence[Hit], current: int = -1, *, scroll: bool = True) -> None:
        """Mark what was found, in reading order, and scroll to the current one."""
        self._hits, self._hit = hits, current
        if scroll and 0 <= current < len(hits):
            self._scroll_to(hits[current])
        self.viewport().update()

    def picture_ready(self, number: int) -> bool:
        """Say whether a page is drawn at the zoom in force."""
        picture = self._pictures.get(number)
        return picture is not None and picture.width() == self._pixels(number)

    # -- layout ----------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        room = self.viewport().size()
        sizes = self._pages.sizes if self._pages is not None else ()
        old, bar = self._sheet, self.verticalScrollBar()
        middle = bar.value() + room.height() / 2
        self._sheet = lay_out(sizes, self._wanted_zoom(room), room.width())
        self._set_bars(room)
        if bar.value() and len(old.areas) == len(self._sheet.areas):
            share = middle / old.size.height()
            bar.setValue(round(share * self._sheet.size.height() - room.height() / 2))
        if old.zoom != self._sheet.zoom:
            self.zoom_changed.emit(self._sheet.zoom)
        self.viewport().update()

    def _wanted_zoom(self, room: QSize) -> float:
        if self._pages is None or not self._pages.sizes:
            return self._zoom
        if self._fit is Fit.WIDTH:
            return min(fit_width(self._pages.sizes, room.width()), ZOOMS[-1])
        if self._fit is Fit.PAGE:
            zoom = fit_page(self._pages.sizes[self._page], room.width(), room.height())
            return min(zoom, ZOOMS[-1])
        return self._zoom

    def _set_bars(self, room: QSize) -> None:
        down, across = self.verticalScrollBar(), self.horizontalScrollBar()
        down.setRange(0, max(0, round(self._sheet.size.height()) - room.height()))
        down.setPageStep(max(1, room.height() - 40))
        down.setSingleStep(48)
        wide = max(0, round(self._sheet.size.width()) - room.width())
        across.setRange(0, wide)
        across.setPageStep(room.width())
        across.setSingleStep(48)
        if self._fit is None:
            across.setValue(wide // 2)

    def _scroll_to(self, hit: Hit) -> None:
        area = self._sheet.areas[hit.page]
        first = hit.areas[0] if hit.areas else QRectF()
        scale = self._sheet.zoom * PIXELS_PER_POINT
        room = self.viewport().height()
        at = area.top() + first.top() * scale
        if not self.verticalScrollBar().value() + 24 < at < self._top() + room - 48:
            self.verticalScrollBar().setValue(round(at - room / 3))

    def _top(self) -> int:
        return self.verticalScrollBar().value()

    def _on_scrolled(self) -> None:
        page = self._sheet.page_at(self._top(), self.viewport().height())
        if page != self._page:
            self._page = page
            total = len(self._sheet.areas)
            self.setAccessibleDescription(
                self._words("PREVIEW_PAGE_OF", number=page + 1, total=total)
            )
        self.page_changed.emit(self._page)

    # -- rendering -------------------------------------------------------------------------------------------------

    def _pixels(self, number: int) -> int:
        area, ratio = self._sheet.areas[number], self.devicePixelRatioF()
        pixels = area.width() * area.height() * ratio * ratio
        return max(1, round(area.width() * ratio * min(1.0, math.sqrt(MOST_PIXELS / pixels))))

    def _render_next(self, shown: range) -> None:
        """Ask for the first picture that is missing; one at a time, so that scrolling asks for nothing in vain."""
        pages = self._pages
        missing = next((n for n in shown if not self.picture_ready(n)), None)
        if missing is None or pages is None or self._rendering:
            return
        self._rendering = True
        width = self._pixels(missing)

        def work(_progress: Progress) -> tuple[PdfPages, int, QImage]:
            return pages, missing, pages.render(missing, width)

        self._runner.on_reading(work, self, self._on_rendered)

    def _on_rendered(self, result: tuple[PdfPages, int, QImage]) -> None:
        self._rendering = False
        pages, number, picture = result
        if pages is self._pages and not picture.isNull():
            self._pictures[number] = picture
            self._pictures.move_to_end(number)
            self._forget()
        self.viewport().update()

    def _forget(self) -> None:
        """Drop the pictures that were not looked at for longest, as far as room is needed."""
        shown = self._sheet.visible(self._top(), self.viewport().height())
        held = sum(picture.sizeInBytes() for picture in self._pictures.values())
        for number in list(self._pictures):
            if len(self._pictures) <= PAGES_KEPT and held <= BYTES_KEPT:
                return
            if number not in shown:
                held -= self._pictures.pop(number).sizeInBytes()

    # -- Qt --------------------------------------------------------------------------------------------------------

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        offset = QPointF(self.horizontalScrollBar().value(), self._top())
        shown = self._sheet.visible(self._top(), self.viewport().height())
        for number in shown:
            self._paint_page(painter, number, self._sheet.areas[number].translated(-offset))
        painter.end()
        self._render_next(shown)

    def _paint_page(self, painter: QPainter, number: int, area: QRectF) -> None:
        picture = self._pictures.get(number)
        if picture is None:
            painter.fillRect(area, PAPER)
        else:
            self._pictures.move_to_end(number)
            painter.drawImage(area, picture)
        painter.setPen(QColor(theme.tokens().border))
        painter.drawRect(area.adjusted(-1, -1, 0, 0))
        scale = self._sheet.zoom * PIXELS_PER_POINT
        first = bisect.bisect_left(self._hits, number, key=_page_of)
        last = bisect.bisect_right(self._hits, number, key=_page_of)
        for index in range(first, last):
            hit = self._hits[index]
            self._paint_hit(painter, hit, area.topLeft(), scale, current=index == self._hit)

    @staticmethod
    def _paint_hit(
        painter: QPainter, hit: Hit, corner: QPointF, scale: float, *, current: bool
    ) -> None:
        colour = QColor(theme.LIGHT.accent if current else theme.LIGHT.warn)
        colour.setAlpha(90 if current else 50)
        for area in hit.areas:
            place = QRectF(area.topLeft() * scale + corner, area.size() * scale)
            painter.fillRect(place.adjusted(-2, -2, 2, 2), colour)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._lay_out()
        self._on_scrolled()

    @override
    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self._on_scrolled()
        self.viewport().update()

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
            return
        super().wheelEvent(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        bar = self.verticalScrollBar()
        moves = {
            Qt.Key.Key_Home: bar.minimum(),
            Qt.Key.Key_End: bar.maximum(),
            Qt.Key.Key_PageDown: bar.value() + bar.pageStep(),
            Qt.Key.Key_Space: bar.value() + bar.pageStep(),
            Qt.Key.Key_PageUp: bar.value() - bar.pageStep(),
        }
        key = Qt.Key(event.key())
        if key in moves:
            bar.setValue(moves[key])
            return
        super().keyPressEvent(event)

    @override
    def sizeHint(self) -> QSize:
        return QSize(720, 560)

    def visible_area(self, number: int) -> QRect:
        """Return where a page lies in the window, for tests and tools."""
        area = self._sheet.areas[number]
        return area.translated(-self.horizontalScrollBar().value(), -self._top()).toRect()

    @property
    def sheet(self) -> Sheet:
        """The layout in force."""
        return self._sheet
