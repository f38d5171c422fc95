"""Ink: write what has its final place on a page, as the PDF will hold it, compressed.

A page of a long document is inked when the next one begins: it then takes three kilobytes in the place of a thousand
marks. What must wait for the last page (numbers of pages, links, drawings, head and foot) stays and is painted later.
"""

from __future__ import annotations

import functools
import zlib
from typing import Final

from census_app.reports.glyphs import BOLD, INNER, REGULAR, Ink
from census_app.reports.layout import (
    HAIR,
    BoxMark,
    DrawingMark,
    Page,
    PageNumberMark,
    RuleMark,
    TextMark,
)

FONTS: Final = {False: INNER[REGULAR], True: INNER[BOLD]}
LEVEL: Final = 6


def ink_page(page: Page, ink: Ink) -> None:
    """Write the texts, rules and boxes of a page into `page.inked`; its other marks stay.

    A page with contents or a drawing waits as a whole, so that its text is found in the order in which it is read.
    """
    if not any(isinstance(mark, PageNumberMark | DrawingMark) for mark in page.marks):
        page.inked = zlib.compress(inked(page, ink), LEVEL)


def inked(page: Page, ink: Ink) -> bytes:
    """Return the operators for texts, rules and boxes, and leave the other marks on the page."""
    boxes: list[str] = []
    rules: list[str] = []
    texts: list[str] = ["BT"]
    waiting = []
    font: tuple[bool, float] | None = None
    colour = stroke = ""
    codes = {bold: ink.codes(bold=bold) for bold in FONTS}
    for mark in page.marks:
        if isinstance(mark, TextMark):
            if (mark.bold, mark.size) != font:
                font = mark.bold, mark.size
                texts.append(f"/{FONTS[mark.bold]} {mark.size:g} Tf")
            if mark.colour != colour:
                colour = mark.colour
                texts.append(f"{_rgb(colour)} rg")
            shown = codes[mark.bold].hexed(mark.text)
            texts.append(f"1 0 0 1 {mark.x:.2f} {mark.y:.2f} Tm <{shown}> Tj")
        elif isinstance(mark, RuleMark):
            look = _pen(mark)
            if look != stroke:
                stroke = look
                rules.append(look)
            rules.append(f"{mark.x1:.2f} {mark.y1:.2f} m {mark.x2:.2f} {mark.y2:.2f} l S")
        elif isinstance(mark, BoxMark) and not mark.stroke:
            boxes.append(
                f"{_rgb(mark.fill)} rg {mark.x:.2f} {mark.y:.2f} {mark.width:.2f} {mark.height:.2f} re f"
            )
        else:
            waiting.append(mark)
    page.marks[:] = waiting
    return "\n".join(("q", *boxes, *rules, *texts, "ET", "Q\n")).encode("ascii")


@functools.cache
def _rgb(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return f"{red:.4g} {green:.4g} {blue:.4g}"


def _pen(mark: RuleMark) -> str:
    if mark.dots:
        return f"{_rgb(mark.colour)} RG 1 J {2 * HAIR:g} w [0 3.6] 0 d"
    return f"{_rgb(mark.colour)} RG 0 J {mark.width:g} w [] 0 d"
