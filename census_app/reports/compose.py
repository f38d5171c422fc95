"""Compose: put text, headings and drawings on pages from top to bottom, once.

Nothing is laid out twice: page numbers and the total are filled in when the pages are painted (ADR 0020).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reportlab.graphics.shapes import Drawing

from census_app.reports.content import Blank, Column, Head, Language, Value
from census_app.reports.glyphs import ASCENT, Ink
from census_app.reports.inking import ink_page
from census_app.reports.layout import (
    PORTRAIT,
    SMALL,
    Anchor,
    Bookmark,
    DrawingMark,
    Laid,
    Page,
    Sheet,
    Style,
    TextMark,
)
from census_app.reports.lines import break_lines, shorten
from census_app.reports.words import words


def baseline(top: float, style: Style) -> float:
    """Return the base line of the first line of a text whose box begins at `top`."""
    return top - (style.leading - style.size) / 2 - ASCENT * style.size


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A heading that is set only together with what follows it."""

    lines: tuple[str, ...]
    style: Style
    bookmark: Bookmark
    note: str


class Composer:
    """Fills pages; `y` is the height at which the next thing begins.

    Args:
        head: What the running head and foot say.
        language: Language of the furniture.
        long: Ink each page when the next one begins; nothing is put on an earlier page then.
        progress: Told after each page; it may stop the work.
    """

    def __init__(
        self,
        head: Head,
        language: Language,
        *,
        long: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self.ink = Ink()
        self.head = head
        self.words = words(language)
        self.laid = Laid()
        self.sheet = PORTRAIT
        self.running = head.department
        self.place: tuple[str, ...] = ()
        # The record whose facts and tables are being set: named again where they go on over the page.
        self.caption = ""
        # By columns: least and natural widths of the tables that stand together, see `tables.measure_together`.
        self.together: dict[tuple[Column, ...], tuple[list[float], list[float]]] = {}
        self.page = Page(self.sheet)
        self.y = 0.0
        self._waiting: list[_Waiting] = []
        self._anchors = 0
        self._started = False
        self._long = long
        self._progress = progress

    # ---- pages

    @property
    def room(self) -> float:
        """Height left on the page, in points."""
        return self.y - self.sheet.bottom

    @property
    def fresh(self) -> bool:
        """Whether nothing stands on the page yet."""
        return self.y >= self.sheet.height - self.sheet.top

    def open_page(self, *, bare: bool = False) -> None:
        """Begin a new page on the current sheet."""
        if self._long and self.page.marks:
            ink_page(self.page, self.ink)
        if self._progress is not None:
            self._progress(len(self.laid.pages))
        self.page = Page(self.sheet, self.running, bare)
        self.laid.pages.append(self.page)
        self.y = self.sheet.height - self.sheet.top
        self._started = True

    def start_chapter(self, running: str, sheet: Sheet = PORTRAIT) -> None:
        """Begin a page for a chapter, unless the page is still empty."""
        self.settle()
        self.running = running
        if self._started and self.fresh and self.sheet is sheet and not self.page.bare:
            self.page.running = running
            return
        self.sheet = sheet
        self.open_page()

    def turn(self, sheet: Sheet) -> None:
        """Go on with another sheet; headings that wait move with it."""
        if self.sheet is sheet:
            return
        self.sheet = sheet
        if self._started and not self.page.marks:
            self.laid.pages.pop()
        self.open_page()

    def reserve(self, height: float) -> None:
        """Make sure that the headings that wait and `height` points below them stand on one page, and set them."""
        if not self._started:
            self.open_page()
        waiting, self._waiting = self._waiting, []
        needed = height + sum(self._heading_height(each) for each in waiting)
        if needed > self.room and not self.fresh:
            self.open_page()
        for each in waiting:
            self._set_heading(each)

    def settle(self) -> None:
        """Set headings below which nothing follows."""
        if self._waiting:
            self.reserve(0)

    # ---- headings

    def new_target(self) -> str:
        """Return a name for a place of this document."""
        self._anchors += 1
        return f"t{self._anchors}"

    def mark_target(self, target: str) -> None:
        """Let `target` mean where the composer stands now."""
        self.laid.anchors[target] = Anchor(self.page, self.y)

    def heading(
        self, title: str, style: Style, *, level: int | None, note: str = "", target: str = ""
    ) -> str:
        """Set a heading together with whatever comes next.

        Args:
            title: Any text.
            style: One of the heading styles.
            level: Level in the outline; None leaves it out.
            note: Stands behind the title in grey.
            target: A name it was promised under; empty for a new one.

        Returns:
            The target of the heading; it becomes a place when something has followed.
        """
        text = self.ink.line(title, *self.place)
        grey = self.ink.line(note, *self.place)
        face = self.ink.face(bold=style.bold)
        lines = break_lines(text, face, style.size, self.sheet.measure)
        target = target or self.new_target()
        bookmark = Bookmark(text, level if level is not None else -1, target)
        self._waiting.append(_Waiting(lines, style, bookmark, grey))
        return target

    def _heading_height(self, waiting: _Waiting) -> float:
        style = waiting.style
        return style.before + style.leading * len(waiting.lines) + style.after

    def _set_heading(self, waiting: _Waiting) -> None:
        style = waiting.style
        if not self.fresh:
            self.y -= style.before
        self.mark_target(waiting.bookmark.target)
        if waiting.bookmark.level >= 0:
            self.laid.bookmarks.append(waiting.bookmark)
        for line in waiting.lines:
            self.put(line, self.sheet.left, self.sheet.measure, style)
            self.y -= style.leading
        self._set_note(waiting)
        self.y -= style.after

    def _set_note(self, waiting: _Waiting) -> None:
        if not waiting.note:
            return
        style = waiting.style
        used = self.ink.face(bold=style.bold).width(waiting.lines[-1], style.size) + 8
        width = self.sheet.measure - used
        note = shorten(waiting.note, self.ink.regular, SMALL.size, width)
        base = baseline(self.y + style.leading, style)
        self.page.marks.append(
            TextMark(self.sheet.left + used, base, note, SMALL.size, False, SMALL.colour)
        )

    # ---- text

    def value(self, value: Value, *where: str) -> str:
        """Return a value as it is printed: `—` for an empty one, a word for an unknown one."""
        if value is Blank.UNKNOWN:
            return self.words.unknown
        if isinstance(value, Blank) or not value.strip():
            return self.words.empty
        return self.ink.clean(value, *self.place, *where)

    def put(self, line: str, x: float, width: float, style: Style) -> None:
        """Put one cleaned line at the current height into the column from `x`, without moving on."""
        self.put_at(line, x, self.y, width, style)

    def put_at(self, line: str, x: float, top: float, width: float, style: Style) -> None:
        """Put one cleaned line whose box begins at `top`."""
        if not line:
            return
        if style.align != "left":
            spare = width - self.ink.face(bold=style.bold).width(line, style.size)
            x += spare / 2 if style.align == "center" else spare
        self.page.marks.append(
            TextMark(x, baseline(top, style), line, style.size, style.bold, style.colour)
        )

    def paragraph(self, text: str, style: Style, *where: str) -> None:
        """Flow a text over as many pages as it needs; no line of a paragraph stands alone."""
        clean = self.ink.clean(text, *self.place, *where)
        face = self.ink.face(bold=style.bold)
        lines = break_lines(clean, face, style.size, self.sheet.measure)
        self.reserve(style.before + style.leading * min(2, len(lines)))
        if not self.fresh:
            self.y -= style.before
        start = 0
        while start < len(lines):
            fit = max(1, int((self.room + 0.01) // style.leading))
            left = len(lines) - start
            if fit < left and left - fit == 1 and fit > 2:
                fit -= 1
            for line in lines[start : start + fit]:
                self.put(line, self.sheet.left, self.sheet.measure, style)
                self.y -= style.leading
            start += fit
            if start < len(lines):
                self.open_page()
        self.y -= style.after

    def drawing(self, drawing: Drawing, *, after: float = 8) -> None:
        """Place a drawing, made smaller if it is larger than a page."""
        available = self.sheet.depth - sum(self._heading_height(each) for each in self._waiting)
        scale = min(1.0, self.sheet.measure / drawing.width, available / drawing.height)
        if scale < 1:
            drawing = _scaled(drawing, scale)
        self.reserve(drawing.height)
        self.y -= drawing.height
        self.page.marks.append(DrawingMark(self.sheet.left, self.y, drawing))
        self.y -= after


def _scaled(drawing: Drawing, scale: float) -> Drawing:
    copy = drawing.copy()
    copy.scale(scale, scale)
    copy.width, copy.height = drawing.width * scale, drawing.height * scale
    return copy
