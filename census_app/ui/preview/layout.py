"""Where the pages of a document lie on a long sheet: plain arithmetic, no widget."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QRectF, QSizeF

GAP: Final = 12
PIXELS_PER_POINT: Final = 96 / 72
"""A screen has 96 pixels to the inch, whatever it says: so 100 % is the same on every PC."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Pages below each other, centred, at one zoom.

    Attributes:
        areas: Of each page, in device-independent pixels from the sheet's upper left corner.
        size: Of the whole sheet.
        zoom: 1.0 is natural size.
        bottoms: Of each page, to find the pages in sight.
    """

    areas: tuple[QRectF, ...]
    size: QSizeF
    zoom: float
    bottoms: tuple[float, ...]

    def visible(self, top: float, height: float) -> range:
        """Return the pages that a window at this place shows."""
        first = bisect.bisect_right(self.bottoms, top)
        last = first
        while last < len(self.areas) and self.areas[last].top() < top + height:
            last += 1
        return range(first, last)

    def page_at(self, top: float, height: float) -> int:
        """Return the page a person would say they are on: the one that fills most of the window."""
        shown = self.visible(top, height)
        if not shown:
            return max(0, len(self.areas) - 1) if top > 0 else 0

        def seen(number: int) -> float:
            area = self.areas[number]
            return min(area.bottom(), top + height) - max(area.top(), top)

        return max(shown, key=seen)


def lay_out(sizes: Sequence[QSizeF], zoom: float, width: float) -> Sheet:
    """Return the sheet of pages of these sizes (points) for a window of a width (pixels)."""
    scale = zoom * PIXELS_PER_POINT
    widest = max((size.width() * scale for size in sizes), default=0.0) + 2 * GAP
    whole = max(width, widest)
    areas: list[QRectF] = []
    bottoms: list[float] = []
    top = float(GAP)
    for size in sizes:
        wide, high = round(size.width() * scale), round(size.height() * scale)
        areas.append(QRectF(round((whole - wide) / 2), top, wide, high))
        bottoms.append(top + high)
        top += high + GAP
    return Sheet(tuple(areas), QSizeF(whole, top), zoom, tuple(bottoms))


def fit_width(sizes: Sequence[QSizeF], width: float) -> float:
    """Return the zoom at which the widest page fills the window's width."""
    widest = max((size.width() for size in sizes), default=1.0)
    return max(0.1, (width - 2 * GAP) / (widest * PIXELS_PER_POINT))


def fit_page(size: QSizeF, width: float, height: float) -> float:
    """Return the zoom at which a whole page is seen."""
    across = (width - 2 * GAP) / (size.width() * PIXELS_PER_POINT)
    down = (height - 2 * GAP) / (size.height() * PIXELS_PER_POINT)
    return max(0.1, min(across, down))
