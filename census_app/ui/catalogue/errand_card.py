"""What waits for the coordinator, each with the way there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from census_app.ui.catalogue.session import CatalogueState
from census_app.ui.forms.flow import FlowLayout
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon, icon
from census_app.ui.shell.translation import Words

LINE_HEIGHT: Final = 24


@dataclass(frozen=True, slots=True)
class Errand:
    """One kind of matter that waits: where it leads to, how many, its symbol."""

    place: str
    count: int
    symbol: Icon
    tone: str


def errands(
    state: CatalogueState,
    answered: int,
    undecided: int,
    late: int = 0,
    missing: int = 0,
    unreviewed: int = 0,
) -> list[Errand]:
    """Return what waits, the most urgent first; what is 0 is left out.

    Args:
        late: Departments whose day is over and who have delivered nothing.
        missing: Expected departments that nobody has enrolled.
        answered: Answers of departments that nobody has read.
        undecided: Explained warnings without a verdict.
        unreviewed: Departments whose newest package was neither accepted nor returned.
    """
    found = [
        Errand("forks", len(state.open_forks), Icon.FORK, "bad"),
        Errand("contested", len(state.contested), Icon.SCALES, "bad"),
        Errand("held", len(state.held), Icon.KEY, "warn"),
        Errand("late", late, Icon.CALENDAR, "bad"),
        Errand("missing", missing, Icon.BUILDING, "warn"),
        Errand("vanished", state.vanished, Icon.ALERT, "warn"),
        Errand("answered", answered, Icon.COMMENT, "accent"),
        Errand("undecided", undecided, Icon.HELP, "warn"),
        Errand("unreviewed", unreviewed, Icon.INBOX, "accent"),
    ]
    return [errand for errand in found if errand.count]


class ErrandCard(page.Card):
    """A line of links; without anything to do it says so.

    Signals:
        opened: the place of the `Errand`.
    """

    opened = Signal(str)

    def __init__(self, words: Words) -> None:
        super().__init__(margin=8)
        self._words = words
        self._row = FlowLayout(16, 4)
        self._row.setContentsMargins(8, 0, 8, 0)
        self.body.addLayout(self._row)
        title = page.label(words("CR_TODO"), "strong")
        title.setFixedHeight(LINE_HEIGHT)
        self._row.addWidget(title)
        self._links: list[QPushButton] = []
        self._none = page.label(words("UI_READING"), "text2")
        self._none.setFixedHeight(LINE_HEIGHT)
        self._row.addWidget(self._none)

    def show_errands(self, found: Sequence[Errand], *, complete: bool = True) -> None:
        """Show what waits; as long as it is not `complete`, that nothing waits is not said."""
        for link in self._links:
            self._row.removeWidget(link)
            link.hide()
            link.deleteLater()
        self._links = []
        self._none.setText(self._words("CR_TODO_NONE" if complete else "UI_READING"))
        self._none.setVisible(not found or not complete)
        for errand in found:
            text = self._words(f"CR_TODO_{errand.place}", count=errand.count)
            link = page.button(text, self._on_link, "link")
            link.setIcon(icon(errand.symbol, str(getattr(theme.tokens(), errand.tone)), 14))
            link.setProperty("place", errand.place)
            link.setFixedHeight(LINE_HEIGHT)
            self._row.addWidget(link)
            link.show()
            self._links.append(link)

    def _on_link(self) -> None:
        sender = self.sender()
        if sender is not None:
            self.opened.emit(str(sender.property("place")))
