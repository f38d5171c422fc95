"""Paint laid-out pages as a PDF: running heads, page x of y, links, bookmarks, metadata. Same pages, same bytes."""

from __future__ import annotations

import functools
import io
import threading
from collections.abc import Callable
from datetime import UTC
from typing import Final

from reportlab import rl_config
from reportlab.graphics import renderPDF
from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase.pdfdoc import (
    PDFArray,
    PDFDictionary,
    PDFName,
    PDFStream,
    PDFZCompress,
)
from reportlab.pdfbase.pdfmetrics import getFont
from reportlab.pdfgen.canvas import Canvas

from census_app.reports.compose import Composer
from census_app.reports.content import Printed
from census_app.reports.glyphs import BOLD, REGULAR
from census_app.reports.layout import (
    BLACK,
    HAIR,
    HEAD_RISE,
    SMALL,
    WATERMARK,
    WATERMARK_SIZE,
    BoxMark,
    DrawingMark,
    LinkMark,
    Mark,
    Page,
    PageNumberMark,
    RuleMark,
    TextMark,
)
from census_app.reports.lines import shorten

SHORT_DIGEST: Final = 16
# Documents share the loaded font files, whose reading position is one for all threads.
_PAINTING: Final = threading.Lock()

# Streams as they are, a fifth smaller than as text; reportlab has no other place to say so.
rl_config.useA85 = 0


def groups(digest: str, size: int = 4) -> tuple[str, ...]:
    """Return a hex digest in groups, as people compare it."""
    return tuple(digest[start : start + size] for start in range(0, len(digest), size))


def finish(composer: Composer, progress: Callable[[int], None] | None = None) -> Printed:
    """Paint what has been composed.

    Args:
        progress: Told the number of each page that is painted; it may stop the work.
    """
    composer.settle()
    with _PAINTING:
        pdf = _Painter(composer, progress).paint()
    return Printed(pdf, len(composer.laid.pages), composer.ink.missing)


@functools.cache
def _colour(name: str) -> Color:
    return HexColor(name)


class _Painter:
    def __init__(self, composer: Composer, progress: Callable[[int], None] | None) -> None:
        self._composer = composer
        self._progress = progress
        self._laid = composer.laid
        self._numbers = {id(page): n for n, page in enumerate(self._laid.pages, start=1)}
        self._buffer = io.BytesIO()
        self._canvas = Canvas(
            self._buffer,
            pagesize=(composer.sheet.width, composer.sheet.height),
            pageCompression=1,
            invariant=1,
            lang=composer.words.tag,
            initialFontName=REGULAR,
            pdfVersion=(1, 7),
        )
        self._pen: tuple[bool, float, str] | None = None
        for bold, name in ((False, REGULAR), (True, BOLD)):
            getFont(name).adopt(self._canvas._doc, composer.ink.codes(bold=bold))  # noqa: SLF001
        self._draw: dict[type[Mark], Callable[..., None]] = {
            TextMark: self._text,
            RuleMark: self._rule,
            BoxMark: self._box,
            DrawingMark: self._drawing,
            PageNumberMark: self._page_number,
            LinkMark: self._link,
        }

    def paint(self) -> bytes:
        self._describe()
        anchored: dict[int, list[tuple[str, float]]] = {}
        for target, anchor in self._laid.anchors.items():
            anchored.setdefault(id(anchor.page), []).append((target, anchor.y))
        outline = {bookmark.target: bookmark for bookmark in self._laid.bookmarks}
        canvas = self._canvas
        for page in self._laid.pages:
            self._pen = None
            canvas.setPageSize((page.sheet.width, page.sheet.height))
            for target, y in anchored.get(id(page), ()):
                canvas.bookmarkHorizontalAbsolute(target, y)
                bookmark = outline.get(target)
                if bookmark is not None:
                    canvas.addOutlineEntry(
                        bookmark.title, target, bookmark.level, closed=bookmark.level > 0
                    )
            self._furniture(page)
            for mark in page.marks:
                self._draw[type(mark)](mark)
            canvas.showPage()
            if page.inked:
                self._join(page.inked)
            if self._progress is not None:
                self._progress(self._numbers[id(page)])
        canvas.save()
        return self._buffer.getvalue()

    def _join(self, inked: bytes) -> None:
        """Let the page just shown begin with what was painted now and go on with what was inked before."""
        doc = self._canvas._doc  # noqa: SLF001  # the library's own way to a page that is shown
        page, number = doc.Pages.pages[-1], len(doc.Pages.pages)
        late = PDFStream(content=page.stream, filters=[PDFZCompress])
        early = PDFStream(
            PDFDictionary({"Filter": PDFArray([PDFName(PDFZCompress.pdfname)])}), inked
        )
        parts = ((late, "late"), (early, "inked"))
        page.Contents = PDFArray([doc.Reference(part, f"{name}:{number}") for part, name in parts])
        page.stream = None

    def _describe(self) -> None:
        head, ink = self._composer.head, self._composer.ink
        parts = (head.title, head.about, head.department, head.period)
        title = " ".join(part for part in parts if part)
        self._canvas.setTitle(ink.line(title))
        self._canvas.setAuthor(ink.line(head.department or head.issuer))
        self._canvas.setSubject(ink.line(" ".join((head.code, head.digest)).strip()))
        self._canvas.setCreator("Census")
        if head.moment is not None:
            date = head.moment.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ")
            self._canvas.setDateFormatter(lambda *_: date)
        self._canvas.setViewerPreference("DisplayDocTitle", "true")
        if len(self._laid.bookmarks) > 1:
            self._canvas.showOutline()

    # ---- furniture of the page

    def _furniture(self, page: Page) -> None:
        composer, sheet = self._composer, page.sheet
        head, ink = composer.head, composer.ink
        if head.training:
            self._watermark(page)
        if not page.bare:
            y = sheet.height - sheet.top + HEAD_RISE
            half = sheet.measure / 2 - 6
            left = shorten(ink.line(head.title, head.title), ink.regular, SMALL.size, half)
            right = shorten(ink.line(page.running, head.title), ink.regular, SMALL.size, half)
            self._small(left, sheet.left, y, "left")
            self._small(right, sheet.width - sheet.right, y, "right")
            self._rule(RuleMark(sheet.left, y - 5, sheet.width - sheet.right, y - 5))
        y = sheet.bottom - 22
        self._rule(RuleMark(sheet.left, y + 12, sheet.width - sheet.right, y + 12))
        total = len(self._laid.pages)
        text = composer.words.page.format(page=self._numbers[id(page)], total=total)
        self._small(text, sheet.left + sheet.measure / 2, y, "center")
        third = (sheet.measure - ink.regular.width(text, SMALL.size)) / 2 - 8
        if head.as_of:
            as_of = ink.line(composer.words.as_of.format(time=head.as_of), head.title)
            self._small(shorten(as_of, ink.regular, SMALL.size, third), sheet.left, y, "left")
        if head.digest:
            short = " ".join(groups(ink.line(head.digest, head.title)[:SHORT_DIGEST]))
            digest = composer.words.digest_short.format(digest=short)
            self._small(digest, sheet.width - sheet.right, y, "right")

    def _small(self, text: str, x: float, y: float, align: str) -> None:
        width = self._composer.ink.regular.width(text, SMALL.size)
        x -= {"left": 0.0, "center": width / 2, "right": width}[align]
        self._text(TextMark(x, y, text, SMALL.size, False, SMALL.colour))

    def _watermark(self, page: Page) -> None:
        canvas, text = self._canvas, self._composer.words.training
        canvas.saveState()
        canvas.translate(page.sheet.width / 2, page.sheet.height / 2)
        canvas.rotate(50 if page.sheet.height > page.sheet.width else 30)
        bold = self._composer.ink.bold
        size = min(
            WATERMARK_SIZE, WATERMARK_SIZE * page.sheet.measure / bold.width(text, WATERMARK_SIZE)
        )
        canvas.setFont(BOLD, size)
        canvas.setFillColor(_colour(WATERMARK))
        for shift in (-2.6, 0.0, 2.6):
            canvas.drawCentredString(0, shift * WATERMARK_SIZE - 0.35 * size, text)
        canvas.restoreState()

    # ---- marks

    def _text(self, mark: TextMark) -> None:
        canvas = self._canvas
        pen = (mark.bold, mark.size, mark.colour)
        if pen != self._pen:
            # Every change is written into the page; most lines are like the one before.
            canvas.setFont(BOLD if mark.bold else REGULAR, mark.size)
            canvas.setFillColor(_colour(mark.colour))
            self._pen = pen
        canvas.drawString(mark.x, mark.y, mark.text)

    def _rule(self, mark: RuleMark) -> None:
        canvas = self._canvas
        canvas.setStrokeColor(_colour(mark.colour))
        if mark.dots:
            canvas.setLineCap(1)
            canvas.setLineWidth(2 * HAIR)
            canvas.setDash([0, 3.6])
        else:
            canvas.setLineCap(0)
            canvas.setLineWidth(mark.width)
            canvas.setDash()
        canvas.line(mark.x1, mark.y1, mark.x2, mark.y2)

    def _box(self, mark: BoxMark) -> None:
        canvas = self._canvas
        self._pen = None
        if mark.fill:
            canvas.setFillColor(_colour(mark.fill))
        if mark.stroke:
            canvas.setStrokeColor(_colour(mark.stroke))
            canvas.setLineWidth(2 * HAIR)
            canvas.setDash([3, 3] if mark.dashed else [])
        canvas.rect(
            mark.x, mark.y, mark.width, mark.height, stroke=bool(mark.stroke), fill=bool(mark.fill)
        )

    def _drawing(self, mark: DrawingMark) -> None:
        renderPDF.draw(mark.drawing, self._canvas, mark.x, mark.y)

    def _page_number(self, mark: PageNumberMark) -> None:
        anchor = self._laid.anchors.get(mark.target)
        if anchor is None:
            return
        text = str(self._numbers[id(anchor.page)])
        width = self._composer.ink.regular.width(text, mark.size)
        self._text(TextMark(mark.x - width, mark.y, text, mark.size, False, mark.colour or BLACK))

    def _link(self, mark: LinkMark) -> None:
        if mark.target not in self._laid.anchors:
            return
        box = (mark.x, mark.y, mark.x + mark.width, mark.y + mark.height)
        self._canvas.linkRect("", mark.target, box, relative=0, Border="[0 0 0]")
