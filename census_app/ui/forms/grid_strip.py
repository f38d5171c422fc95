"""The line below a grid: what is wrong with the current cell, in words; where one is; in which order one looks."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from census_app.ui.shell import page, theme
from census_app.ui.shell.elided import ElidedLabel
from census_app.ui.shell.icons import Icon, pixmap
from census_app.ui.shell.translation import Words


class GridStrip(QWidget):
    """The line.

    Signals:
        unsort_wanted: Back to the order of record.
    """

    unsort_wanted = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._symbol = QLabel()
        self._said = ElidedLabel()
        self._sorted = page.label("", "hint")
        self._unsort = page.button(words("UG_UNSORT"), self.unsort_wanted.emit, "small")
        self._place = page.label("", "hint")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._symbol)
        row.addWidget(self._said, 1)
        row.addWidget(self._sorted)
        row.addWidget(self._unsort)
        row.addWidget(self._place)
        self.setMinimumHeight(theme.COMPACT_ROW_HEIGHT)
        self.show_sorted("")

    def say(self, text: str, weight: str = "") -> None:
        """Say something; `weight` is `bad`, `warn` or empty for a remark."""
        colours = theme.tokens()
        symbol, colour = {
            "bad": (Icon.ERROR, colours.bad),
            "warn": (Icon.ALERT, colours.warn),
        }.get(weight, (Icon.INFO, colours.text_2))
        self._symbol.setVisible(bool(text))
        if text:
            self._symbol.setPixmap(pixmap(symbol, colour, 16, self.devicePixelRatioF()))
        theme.set_look(self._said, weight or "hint")
        self._said.show_text(text)

    @property
    def said(self) -> str:
        """What is said now, in full."""
        return self._said.full

    def show_place(self, row: int, total: int, chosen: int) -> None:
        """Say where one is, or how many cells are chosen."""
        words = self._words
        if chosen > 1:
            self._place.setText(words("UG_CHOSEN", count=words.count(chosen)))
        elif row >= 0:
            text = words("UG_PLACE", row=words.count(row + 1), total=words.count(total))
            self._place.setText(text)
        else:
            self._place.setText("")

    def show_sorted(self, column: str) -> None:
        """Say by which column one looks at the rows; empty for the order of record."""
        self._sorted.setText(self._words("UG_SORTED", column=column) if column else "")
        self._sorted.setVisible(bool(column))
        self._unsort.setVisible(bool(column))
