"""Names under their initials in columns that run over pages: what both indexes have in common."""

from __future__ import annotations

from typing import Final

from census_app.reports.compose import Composer
from census_app.reports.layout import INDEX_HEAD, Style

NOT_A_LETTER: Final = "#"
"""Head of the names that no letter begins."""


def initial_of(key: str) -> str:
    """Return the letter a name stands under, from what it is sorted by (`pinyin_order.sort_key`)."""
    first = key[:1].upper()
    return first if "A" <= first <= "Z" else NOT_A_LETTER


class IndexColumns:
    """Fills the columns from left to right, page after page.

    Args:
        columns: How many a page has.
        gutter: Between two, in points.
        style: Of an entry.
    """

    def __init__(self, composer: Composer, columns: int, gutter: float, style: Style) -> None:
        self._composer, self._columns, self._gutter = composer, columns, gutter
        self._style = style
        self.width = (composer.sheet.measure - gutter * (columns - 1)) / columns
        self._column, self._letter = 0, ""
        composer.y -= INDEX_HEAD.before
        self._top = composer.y

    @property
    def left(self) -> float:
        """Where the present column begins."""
        return self._composer.sheet.left + self._column * (self.width + self._gutter)

    def begin(self, letter: str) -> None:
        """Set the head of an initial, unless it stands already; it is not left without an entry."""
        composer = self._composer
        if letter == self._letter:
            return
        self._letter = letter
        self.need(INDEX_HEAD.before + INDEX_HEAD.leading + 2 * self._style.leading)
        if composer.y < self._top:
            composer.y -= INDEX_HEAD.before
        composer.put(letter, self.left, self.width, INDEX_HEAD)
        composer.y -= INDEX_HEAD.leading

    def need(self, height: float) -> None:
        """Go to the next column or page where a height has no room below."""
        composer = self._composer
        if height <= composer.room:
            return
        if self._column + 1 < self._columns:
            self._column += 1
            composer.y = self._top
            return
        composer.open_page()
        self._column, self._top = 0, composer.y
