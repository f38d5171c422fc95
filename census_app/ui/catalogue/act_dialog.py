"""The frame of the dialogs in which a coordinator decides something: heading, parts, what went wrong, two buttons."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QHBoxLayout,
    QPlainTextEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.errors import CensusError
from census_app.services.meanwhile import SaidMeanwhile
from census_app.ui.catalogue.facts import standing_row
from census_app.ui.catalogue.standing import Standing
from census_app.ui.shell import page
from census_app.ui.shell.accessibility import add_row
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

MARGIN = 72
"""Of the screen's height what a dialog leaves free: its own title bar, and something of the window behind it."""


class ActDialog(QDialog):
    """A dialog that does one thing; an error is told in it, and what was typed stays.

    Subclasses fill `column` and then call `finish`; they say `ready` and do `act`.

    Attributes:
        seen: Ids of the decisions the person knows. What a colleague decides meanwhile is told first; who presses again
            has read it.
    """

    def __init__(self, words: Words, title: str, parent: QWidget | None, width: int = 620) -> None:
        super().__init__(parent)
        self.words = words
        self._width = width
        self._busy = False
        self.seen: frozenset[str] = frozenset()
        self.setWindowTitle(title)
        self.setMinimumWidth(width)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 20, 24, 16)
        outer.setSpacing(12)
        self._outer = outer
        self.heading = page.label(title, "section", wrap=True)
        outer.addWidget(self.heading)
        self.column = QVBoxLayout()
        self.column.setSpacing(12)
        outer.addLayout(self.column, 1)
        self._trouble = QVBoxLayout()
        self._trouble.setSpacing(4)
        outer.addLayout(self._trouble)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(8)
        outer.addLayout(self.buttons)
        self.verb = page.button("", self._on_verb, "primary")

    def finish(self, verb: str, symbol: Icon | None = None) -> None:
        """Add the buttons, below everything else."""
        self.verb = page.button(verb, self._on_verb, "primary", symbol)
        self.buttons.addStretch(1)
        self.buttons.addWidget(page.button(self.words("UI_CANCEL"), self.reject))
        self.buttons.addWidget(self.verb)
        self.update_ready()

    def ready(self) -> bool:
        """Say whether everything needed is there."""
        return True

    def act(self) -> None:
        """Do it; called once, and again after a failure."""
        raise NotImplementedError

    def update_ready(self) -> None:
        """Let the button follow what is filled in."""
        self.verb.setEnabled(self.ready() and not self._busy)

    def fail(self, error: Exception) -> None:
        """Say what went wrong and what to do next; nothing that was typed is lost."""
        if not isinstance(error, CensusError):
            raise error
        self._busy = False
        if isinstance(error, SaidMeanwhile):
            self.seen |= error.seen
        told = self.words.explain(error)
        self._say([standing_row(Standing(told.what, Icon.ERROR, "bad", 0), "")])
        if told.next_step:
            self._trouble.addWidget(page.label(told.next_step, "hint", wrap=True))
        self.update_ready()

    def stay(self, sentence: str) -> None:
        """Say what is still missing; nothing was done."""
        self._busy = False
        self._say([standing_row(Standing(sentence, Icon.ALERT, "warn", 0), "")])
        self.update_ready()

    @property
    def trouble(self) -> str:
        """The sentence about what went wrong, or the empty text."""
        item = self._trouble.itemAt(0)
        widget = item.widget() if item is not None else None
        return str(widget.property("told")) if widget is not None else ""

    def _say(self, parts: list[QWidget]) -> None:
        clear(self._trouble)
        for part in parts:
            labels = [x.text() for x in part.findChildren(type(self.heading)) if x.text()]
            part.setProperty("told", " ".join(labels))
            part.setAccessibleName(" ".join(labels))
            self._trouble.addWidget(part)

    def _on_verb(self) -> None:
        if self.ready() and not self._busy:
            self._busy = True
            self._say([])
            self.update_ready()
            self.act()

    def _fit(self) -> None:
        """Be as high as the texts are at this width; Qt does not do so by itself for texts that wrap."""
        self._outer.activate()
        width = max(self.width(), self._width)
        room = self.screen().availableGeometry().height() - MARGIN
        self.setMinimumHeight(min(self._outer.totalMinimumHeightForWidth(width), room))
        wanted = min(self._outer.totalHeightForWidth(width), room)
        if self.height() < wanted:
            self.resize(self.width(), wanted)

    @override
    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() in {QEvent.Type.LayoutRequest, QEvent.Type.Show}:
            self._fit()
        return handled

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if control and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._on_verb()
        else:
            super().keyPressEvent(event)


def clear(layout: QVBoxLayout) -> None:
    """Take all widgets out of a layout; they go with the next event and must not shine through until then."""
    while layout.count():
        item = layout.takeAt(0)
        widget = item.widget() if item is not None else None
        if widget is not None:
            widget.hide()
            widget.deleteLater()


def ways_row(ways: QButtonGroup, labels: Sequence[str]) -> QHBoxLayout:
    """Return radio buttons beside each other, numbered from 0 in their group; the first is chosen."""
    row = QHBoxLayout()
    row.setSpacing(24)
    for number, text in enumerate(labels):
        radio = QRadioButton(text)
        radio.setChecked(not number)
        ways.addButton(radio, number)
        row.addWidget(radio)
    row.addStretch(1)
    return row


def text_row(
    layout: QVBoxLayout, label: str, *, hint: str = "", required: bool = False, lines: int = 3
) -> QPlainTextEdit:
    """Add a labelled text of some lines and return its input; Tab leaves it."""
    made = QPlainTextEdit()
    made.setTabChangesFocus(True)
    made.setFixedHeight(lines * 21 + 14)
    add_row(layout, label, made, hint=hint, required=required)
    return made


class RemarkDialog(ActDialog):
    """Asks for a sentence; what is done with it is the caller's.

    Args:
        label: Names the input; `text` stands in it at first.
        least: Characters it has at least; 0 when it may be empty.
    """

    def __init__(
        self,
        words: Words,
        title: str,
        why: str,
        verb: str,
        label: str,
        parent: QWidget | None,
        *,
        text: str = "",
        least: int = 0,
    ) -> None:
        super().__init__(words, title, parent, 520)
        self._least, self._before = least, text
        if why:
            self.column.addWidget(page.label(why, wrap=True, selectable=True))
        self.text = text_row(self.column, label, required=bool(least), lines=4)
        self.text.setPlainText(text)
        self.text.textChanged.connect(self.update_ready)
        self.column.addStretch(1)
        self.finish(verb)
        self.text.setFocus()

    @property
    def remark(self) -> str:
        """What was typed, without outer blanks."""
        return self.text.toPlainText().strip()

    @override
    def ready(self) -> bool:
        same = bool(self._before) and self.remark == self._before.strip()
        return len(self.remark) >= self._least and not same

    @override
    def act(self) -> None:
        self.accept()
