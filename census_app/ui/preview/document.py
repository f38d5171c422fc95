"""A PDF opened with PDFium: sizes, pictures of pages, contents, search.

PDFium is not thread-safe, not even across documents: every call goes through one lock, and everything that is opened
is closed under it as well.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import pypdfium2
from PySide6.QtCore import QRectF, QSizeF
from PySide6.QtGui import QImage

from census_app.services.progress import Progress

_PDFIUM: Final = threading.RLock()
"""Re-entrant, because the garbage collector may close a document while this thread renders another."""

BEFORE: Final = 8
BEHIND: Final = 24
"""Characters before and behind a place that are shown with it."""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """One line of the contents; `page` counts from 0, `level` likewise."""

    title: str
    page: int
    level: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where a text was found: page from 0, rectangles in points from the page's upper left corner.

    Attributes:
        text: The words around it.
    """

    page: int
    areas: tuple[QRectF, ...]
    text: str = ""


class PdfPages:
    """The pages of one document. All methods may be called from any thread.

    Args:
        data: The PDF; it is kept as long as the document is open.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        with _PDFIUM:
            self._document = pypdfium2.PdfDocument(data)
            self.sizes = tuple(
                QSizeF(*self._document.get_page_size(n)) for n in range(len(self._document))
            )
        self._finalizer = weakref.finalize(self, _close, self._document)

    @property
    def count(self) -> int:
        """Number of pages."""
        return len(self.sizes)

    def close(self) -> None:
        """Close the document; further calls return nothing."""
        self._finalizer()

    def render(self, number: int, width: int) -> QImage:
        """Return a page as a picture of a width in pixels; a null picture once the document is closed."""
        with _PDFIUM:
            if not self._finalizer.alive:
                return QImage()
            with _closing(self._document[number]) as page:
                scale = width / self.sizes[number].width()
                with _closing(page.render(scale=scale, prefer_bgrx=True)) as bitmap:
                    return QImage(
                        bytes(bitmap.buffer),
                        bitmap.width,
                        bitmap.height,
                        bitmap.stride,
                        QImage.Format.Format_RGB32,
                    ).copy()

    def bookmarks(self) -> list[Bookmark]:
        """Return the contents in reading order."""
        with _PDFIUM:
            if not self._finalizer.alive:
                return []
            return list(_bookmarks(self._document))

    def find(
        self, text: str, progress: Progress, first: int = 0, last: int | None = None
    ) -> list[Hit]:
        """Return where a text stands, in reading order.

        Args:
            first: Page to begin with, from 0.
            last: Page before which to end; None: with the last one.

        Raises:
            Cancelled: Somebody searches for something else by now.
        """
        found: list[Hit] = []
        end = self.count if last is None else min(last, self.count)
        for number in range(first, end if text else first):
            progress.step(number, end)
            with _PDFIUM:
                if not self._finalizer.alive:
                    return found
                found.extend(self._find_on(number, text))
        return found

    def _find_on(self, number: int, text: str) -> list[Hit]:
        height = self.sizes[number].height()
        hits: list[Hit] = []
        with _closing(self._document[number]) as page, _closing(page.get_textpage()) as texts:
            searcher = texts.search(text)
            while (place := searcher.get_next()) is not None:
                areas = [texts.get_rect(n) for n in range(texts.count_rects(*place))]
                begin = max(0, place[0] - BEFORE)
                around = texts.get_text_range(begin, place[0] - begin + place[1] + BEHIND)
                shown = " ".join(around.split())
                hits.append(Hit(number, tuple(_area(area, height) for area in areas), shown))
            searcher.close()
        return hits


def _area(points: tuple[float, float, float, float], height: float) -> QRectF:
    """Turn left, bottom, right, top from below into a rectangle from above."""
    left, bottom, right, top = points
    return QRectF(left, height - top, right - left, top - bottom)


def _bookmarks(document: Any) -> Iterator[Bookmark]:  # the library has no types
    for mark in document.get_toc():
        target = mark.get_dest()
        page = target.get_index() if target is not None else None
        if page is not None:
            yield Bookmark(mark.get_title(), page, mark.level)


@contextmanager
def _closing(opened: Any) -> Iterator[Any]:  # the library has no types
    try:
        yield opened
    finally:
        opened.close()


def _close(document: Any) -> None:  # the library has no types
    with _PDFIUM:
        document.close()
