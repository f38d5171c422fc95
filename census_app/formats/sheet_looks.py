"""How the cells of our workbooks look: the one place of their colours, fonts and number formats.

A spreadsheet is neither the window nor a printed page, so its colours stand here (ADR 0061). A look also says whether
a cell of a protected sheet is open for answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

TEXT_FORMAT: Final = "@"
DATE_FORMAT: Final = "yyyy-mm-dd"
GENERAL: Final = "General"

INK: Final = "1F2933"
FAINT: Final = "7B8794"
RULE: Final = "D5DAE0"
HEAD: Final = "DCE8F5"
HEAD_OPTIONAL: Final = "EEF2F6"
BAND: Final = "2F5D8C"
WHITE: Final = "FFFFFF"
EXAMPLE: Final = "F5F7F9"
MISSING: Final = "FFF3D1"
WRONG: Final = "FBD9D5"
WRONG_INK: Final = "A61B1B"
IDLE: Final = "ECEFF2"
LINK: Final = "1A5FB4"


@dataclass(frozen=True, slots=True)
class Look:
    """One way a cell looks.

    Attributes:
        ink: Colour of the text, six hex digits, as are `fill` and `rule`; an empty one leaves it out.
        size: In points.
        open: Whether it can be changed on a protected sheet.
        prefixed: Whether the text stays text however it begins (`quotePrefix`).
    """

    ink: str = INK
    fill: str = ""
    bold: bool = False
    italic: bool = False
    underlined: bool = False
    size: int = 10
    format: str = GENERAL
    across: str = "left"
    down: str = "center"
    wrapped: bool = True
    ruled: bool = True
    open: bool = False
    prefixed: bool = False


LOOKS: Final[Mapping[str, Look]] = {
    "key": Look(ink=FAINT, size=8, format=TEXT_FORMAT, wrapped=False, ruled=False),
    "title": Look(bold=True, size=14, wrapped=False, ruled=False),
    "note": Look(ink=FAINT, wrapped=False, ruled=False),
    "band": Look(ink=WHITE, fill=BAND, bold=True, wrapped=False, ruled=False),
    "required": Look(fill=HEAD, bold=True, across="center"),
    "optional": Look(fill=HEAD_OPTIONAL, across="center"),
    "example": Look(ink=FAINT, fill=EXAMPLE, italic=True, format=TEXT_FORMAT),
    "state": Look(ink=FAINT, across="center", wrapped=False, ruled=False),
    "count": Look(ink=FAINT, size=8, wrapped=False, ruled=False),
    "identity": Look(ink=FAINT, size=8, format=TEXT_FORMAT, wrapped=False, ruled=False),
    "text": Look(format=TEXT_FORMAT, open=True),
    "number": Look(across="right", open=True, wrapped=False),
    "date": Look(format=DATE_FORMAT, across="center", open=True, wrapped=False),
    "odd": Look(open=True, prefixed=True),
    "text_bad": Look(ink=WRONG_INK, fill=WRONG, format=TEXT_FORMAT, open=True),
    "number_bad": Look(ink=WRONG_INK, fill=WRONG, across="right", open=True, wrapped=False),
    "date_bad": Look(
        ink=WRONG_INK, fill=WRONG, format=DATE_FORMAT, across="center", open=True, wrapped=False
    ),
    "odd_bad": Look(ink=WRONG_INK, fill=WRONG, open=True, prefixed=True),
    "cell": Look(down="top", ruled=False),
    "cell_ruled": Look(down="top"),
    "strong": Look(down="top", bold=True),
    "link": Look(ink=LINK, underlined=True, down="top", wrapped=False),
}
"""By the names that writers of sheets use."""

_OF_CONDITION: Final[Mapping[str, tuple[str, str]]] = {
    "missing": ("", MISSING),
    "wrong": (WRONG_INK, WRONG),
    "idle": (FAINT, IDLE),
}


def condition_colours(kind: str) -> tuple[str, str]:
    """Return text colour (empty: as it was) and fill of `missing`, `wrong` or `idle`; KeyError for another word."""
    return _OF_CONDITION[kind]
