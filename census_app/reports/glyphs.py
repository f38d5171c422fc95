"""The bundled face, and the one gate through which every text passes before it is set.

A character without a glyph would vanish from the PDF without an error (measured), so it is replaced by its code point
in brackets and reported. Texts are never markup here: nothing in this room parses what a user has typed.
"""

from __future__ import annotations

import functools
import re
import threading
from dataclasses import dataclass
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError

from census_app.assets import resource
from census_app.errors import EnvironmentProblem
from census_app.reports.content import MissingCharacter
from census_app.reports.whole_font import Codes, WholeFont

REGULAR: Final = "Noto Sans SC"
BOLD: Final = "Noto Sans SC Bold"
ASCENT: Final = 0.88
INNER: Final = {REGULAR: "Fr", BOLD: "Fb"}
"""What the weights are called inside a page."""
_FILES: Final = {REGULAR: "NotoSansSC-Regular.ttf", BOLD: "NotoSansSC-Bold.ttf"}
_LOCK: Final = threading.Lock()

_LINE_ENDS: Final = re.compile("\r\n|[\r\u0085\u2028\u2029]")
# In the face, but drawn as nothing or only where a line breaks: a reader must see that they are there.
_INVISIBLE: Final = frozenset("\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u3164\uffa0")
_SPACES: Final = frozenset("\u0020\u00a0\u3000")
# Spaces the face lacks become the ones it has; the narrow and the figure space must not break a line.
_OTHER_SPACES: Final = str.maketrans(
    {chr(code): " " for code in (*range(0x2000, 0x200B), 0x205F)}
    | {"\u2007": "\u00a0", "\u202f": "\u00a0", "\t": "    "}
)


@dataclass(frozen=True, slots=True)
class Face:
    """One weight of the bundled font.

    Attributes:
        name: Name under which reportlab knows it.
        widths: Advance of every character in thousandths of the size.
        plain: Characters that can be set as they are, and the line feed.
    """

    name: str
    widths: dict[str, float]
    plain: frozenset[str]

    def width(self, text: str, size: float) -> float:
        """Return the width of one line of cleaned text, in points."""
        return sum(map(self.widths.__getitem__, text)) * size / 1000


@functools.cache
def face(*, bold: bool = False) -> Face:
    """Load one weight and make it known to reportlab, under its family name.

    Raises:
        EnvironmentProblem: `REPORT_FONT`, when the shipped font cannot be read.
    """
    name = BOLD if bold else REGULAR
    path = resource("fonts", _FILES[name])
    with _LOCK:
        try:
            font = WholeFont(name, str(path), INNER[name])
        except (TTFError, OSError) as error:
            raise EnvironmentProblem("REPORT_FONT", path=str(path), reason=str(error)) from error
        pdfmetrics.registerFont(font)
    glyphs: dict[int, int] = font.face.charToGlyph
    advance: dict[int, float] = font.face.charWidths
    default: float = font.face.defaultWidth
    widths = {chr(code): advance.get(code, default) for code in glyphs}
    plain = frozenset(
        char
        for char in widths
        if char not in _INVISIBLE and (char.isprintable() or char in _SPACES)
    )
    return Face(name, widths, plain | {"\n"})


class Ink:
    """Cleans the texts of one document and remembers what the face lacks."""

    def __init__(self) -> None:
        self.regular = face()
        self.bold = face(bold=True)
        self._plain = self.regular.plain & self.bold.plain
        self._missing: dict[str, MissingCharacter] = {}
        self._codes = {False: Codes(), True: Codes()}

    def codes(self, *, bold: bool) -> Codes:
        """Return the numbers that the document's characters have in a weight."""
        return self._codes[bold]

    def face(self, *, bold: bool) -> Face:
        """Return the weight asked for."""
        return self.bold if bold else self.regular

    @property
    def missing(self) -> tuple[MissingCharacter, ...]:
        """What was replaced so far: every character once, with the first place it was met at."""
        return tuple(self._missing.values())

    def clean(self, text: str, *where: str) -> str:
        """Return `text` with only characters that can be set, and line feeds.

        Args:
            text: Anything a person or a file supplied.
            where: Titles and labels that lead to it, outermost first.
        """
        if self._plain.issuperset(text):
            return text
        folded = _LINE_ENDS.sub("\n", text).translate(_OTHER_SPACES)
        return "".join(char if char in self._plain else self._shown(char, where) for char in folded)

    def line(self, text: str, *where: str) -> str:
        """Return `text` cleaned and on one line."""
        return " ".join(self.clean(text, *where).split("\n")).strip()

    def _shown(self, char: str, where: tuple[str, ...]) -> str:
        if char not in self._missing:
            place = " / ".join(" ".join(part.split()) for part in where if part)
            self._missing[char] = MissingCharacter(char, place)
        return f"[U+{ord(char):04X}]"
