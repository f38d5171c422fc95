"""Paper: every size and colour of print, the page, and the marks that stand on it.

Values come from the visual reference (paper, colours); no other module of this room holds a colour or a size of type.
Coordinates are points from the lower left corner of the page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from reportlab.graphics.shapes import Drawing

MM: Final = 72 / 25.4
HEAD_RISE: Final = 24.0

BLACK: Final = "#000000"
GREY: Final = "#5A6474"
HAIRLINE: Final = "#9AA3AF"
HEAD_FILL: Final = "#EEF1F5"
ACCENT: Final = "#1F5FBF"
WARN: Final = "#9A5B00"
WARN_FILL: Final = "#FFF4E0"
WATERMARK: Final = "#E6E9ED"
HAIR: Final = 0.4

# Accent first; the hues of the visual reference, lightened or darkened until every two differ by at least 7 in L*.
SERIES: Final = ("#1F5FBF", "#C9822B", "#7A3B4B", "#528052", "#B49FD2", "#98CFD6")
TINT: Final = 0.55

Align = Literal["left", "center", "right"]


@dataclass(frozen=True, slots=True)
class Style:
    """One kind of text: size and leading in points, and the space around it."""

    size: float
    leading: float
    bold: bool = False
    colour: str = BLACK
    align: Align = "left"
    before: float = 0.0
    after: float = 0.0


TITLE: Final = Style(20, 30, bold=True, align="center", after=8)
ISSUER: Final = Style(12, 18, align="center", after=8)
SUBHEAD: Final = Style(14, 21, align="center", after=4)
HEADINGS: Final = (
    Style(14, 21, bold=True, before=20, after=8),
    Style(12, 18, bold=True, before=16, after=6),
    Style(10.5, 16, bold=True, before=12, after=4),
)
ENTRY: Final = Style(10.5, 16, bold=True, before=14, after=3)
LABEL: Final = Style(9, 12.5, bold=True, before=8, after=3)
BODY: Final = Style(10.5, 16, after=6)
FACT: Final = Style(10.5, 16)
LETTER: Final = Style(12, 21, after=3)
ADDRESS: Final = Style(12, 21, before=8, after=3)
CAPTION: Final = Style(10.5, 16, align="center")
CELL: Final = Style(9, 12.5)
CELL_HEAD: Final = Style(9, 12.5, bold=True)
CELL_LABEL: Final = Style(9, 12.5, colour=GREY)
SMALL: Final = Style(8, 12, colour=GREY)
NOTICE: Final = Style(10.5, 16, bold=True, colour=WARN)
FIGURE: Final = Style(20, 26, bold=True)
GROUPS: Final = Style(14, 24, bold=True)
CONTENTS: Final = (
    Style(10.5, 18, bold=True, before=6),
    Style(10.5, 16),
    Style(9, 14, colour=GREY),
)
INDEX: Final = Style(9, 13)
INDEX_HEAD: Final = Style(10.5, 16, bold=True, before=6)
CHART_TEXT: Final = Style(9, 12.5)
CHART_TITLE: Final = Style(10.5, 16, bold=True)
WATERMARK_SIZE: Final = 84.0


@dataclass(frozen=True, slots=True)
class Sheet:
    """A size of paper with its margins, in points."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float

    @property
    def measure(self) -> float:
        """Width of the text."""
        return self.width - self.left - self.right

    @property
    def depth(self) -> float:
        """Height of the text."""
        return self.height - self.top - self.bottom


PORTRAIT: Final = Sheet(210 * MM, 297 * MM, 25 * MM, 20 * MM, 25 * MM, 20 * MM)
# Turned so that the binding side, the left of an upright sheet, is its upper side.
LANDSCAPE: Final = Sheet(297 * MM, 210 * MM, 20 * MM, 20 * MM, 27 * MM, 20 * MM)


@dataclass(frozen=True, slots=True)
class TextMark:
    """One line of text; `x` is where it begins, `y` its base line."""

    x: float
    y: float
    text: str
    size: float
    bold: bool
    colour: str


@dataclass(frozen=True, slots=True)
class RuleMark:
    """A line; `dots` draws a leader of round dots."""

    x1: float
    y1: float
    x2: float
    y2: float
    colour: str = HAIRLINE
    width: float = HAIR
    dots: bool = False


@dataclass(frozen=True, slots=True)
class BoxMark:
    """A filled box, or with `stroke` an outlined one."""

    x: float
    y: float
    width: float
    height: float
    fill: str = ""
    stroke: str = ""
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class DrawingMark:
    """A drawing with its lower left corner."""

    x: float
    y: float
    drawing: Drawing


@dataclass(frozen=True, slots=True)
class PageNumberMark:
    """The number of the page where `target` stands, known only when all pages are; right-aligned at `x`."""

    x: float
    y: float
    target: str
    size: float
    colour: str


@dataclass(frozen=True, slots=True)
class LinkMark:
    """An area that leads to `target`."""

    x: float
    y: float
    width: float
    height: float
    target: str


Mark: TypeAlias = TextMark | RuleMark | BoxMark | DrawingMark | PageNumberMark | LinkMark


@dataclass(slots=True)
class Page:
    """One page while it is being filled.

    Attributes:
        running: What stands at the right of the running head.
        bare: Without a running head: cover and title page.
        inked: What is written for good, compressed; see `inking`.
    """

    sheet: Sheet
    running: str = ""
    bare: bool = False
    marks: list[Mark] = field(default_factory=list)
    inked: bytes = b""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place that can be led to: a page and the height on it."""

    page: Page
    y: float


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A line of the outline and of the contents; levels begin at 0."""

    title: str
    level: int
    target: str


@dataclass(slots=True)
class Laid:
    """Pages with everything in its place, ready to be painted."""

    pages: list[Page] = field(default_factory=list)
    anchors: dict[str, Anchor] = field(default_factory=dict)
    bookmarks: list[Bookmark] = field(default_factory=list)
