"""The card at the foot of the guide: the one thing to do next, with the button that goes there."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy

from census_app.ui.department.next_thing import NextThing
from census_app.ui.shell import page
from census_app.ui.shell.translation import Words


class NextCard(page.Card):
    """Says what to do next.

    Signals:
        wanted: `NextThing`; the person wants to go there.
    """

    wanted = Signal(object)

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self.thing = NextThing("GD_NEXT_CHECKING")
        self.body.setSpacing(6)
        self.body.addWidget(page.label(words("GD_NEXT"), "hint"))
        self.sentence = page.label(" ", "strong", wrap=True)
        self.body.addWidget(self.sentence)
        self.button = page.button("", self._on_pressed)
        self.button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.body.addWidget(self.button)
        self.calendar = page.label("", "hint", wrap=True)
        self.calendar.hide()
        self.body.addWidget(self.calendar)
        self.show_thing(self.thing)

    def show_thing(self, thing: NextThing) -> None:
        """Show another thing."""
        self.thing = thing
        text = self._words(thing.code, count=thing.count, step=thing.title, remark=thing.title)
        self.sentence.setText(text)
        self.button.setVisible(bool(thing.verb))
        if thing.verb:
            self.button.setText(self._words(thing.verb))
            self.button.setAccessibleDescription(text)

    def show_milestone(self, text: str) -> None:
        """Say which date of the whole campaign comes next; the empty text says nothing."""
        self.calendar.setText(text)
        self.calendar.setVisible(bool(text))

    def _on_pressed(self) -> None:
        self.wanted.emit(self.thing)
