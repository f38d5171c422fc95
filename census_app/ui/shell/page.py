"""Building blocks of pages: head, empty state, notice, card, small helpers for buttons."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.ui.shell import theme
from census_app.ui.shell.elided import TitleLabel
from census_app.ui.shell.icons import Icon, icon, pixmap
from census_app.ui.shell.translation import Words


def label(text: str, look: str = "", *, wrap: bool = False, selectable: bool = False) -> QLabel:
    """Return a label in one of the looks of the theme; user text is never read as markup."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if look:
        theme.set_look(made, look)
    if selectable:
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


class PushButton(QPushButton):
    """A push button that Enter presses as well as the space bar.

    Qt lets Enter press only a dialog's default button: on a page it would do nothing, and on the Cancel button of a
    dialog it would do the opposite of what is marked.
    """

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not _press(self, event):
            super().keyPressEvent(event)


class ToolButton(QToolButton):
    """A tool button that Enter presses as well as the space bar."""

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not _press(self, event):
            super().keyPressEvent(event)


def _press(pressed: QAbstractButton, event: QKeyEvent) -> bool:
    """Click the button if the key is Enter alone; return whether it was."""
    plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    wanted = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not plain
    if wanted and not event.isAutoRepeat():
        pressed.click()
    return wanted


def button(
    text: str,
    clicked: Callable[[], object] | None = None,
    look: str = "",
    symbol: Icon | None = None,
) -> QPushButton:
    """Return a push button; `clicked` is a bound method."""
    made = PushButton(text)
    made.setAutoDefault(False)
    if look:
        theme.set_look(made, look)
    if symbol is not None:
        colours = theme.tokens()
        colour = colours.on_accent if look == "primary" else colours.text
        made.setIcon(icon(symbol, colour, disabled=colours.text_2))
    if clicked is not None:
        made.clicked.connect(clicked)
    return made


def icon_button(
    symbol: Icon, name: str, clicked: Callable[[], object] | None = None
) -> QToolButton:
    """Return a button that shows only an icon; its name is the tooltip and what a screen reader says."""
    made = ToolButton()
    made.setIcon(icon(symbol, theme.tokens().text_2))
    made.setIconSize(QSize(16, 16))
    made.setToolTip(name)
    made.setAccessibleName(name)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    if clicked is not None:
        made.clicked.connect(clicked)
    return made


def symbol_label(symbol: Icon, colour: str, size: int = 16) -> QLabel:
    """Return an icon as a label; a word stands beside it."""
    made = QLabel()
    made.setPixmap(pixmap(symbol, colour, size, made.devicePixelRatioF()))
    made.setFixedSize(size, size)
    return made


def last_row(*right: QWidget, left: QWidget | None = None) -> QHBoxLayout:
    """Return the last row of a dialog: at the right what ends it, the primary button last; at the left another way."""
    row = QHBoxLayout()
    row.setSpacing(8)
    if left is not None:
        row.addWidget(left)
    row.addStretch(1)
    for each in right:
        row.addWidget(each)
    return row


def line() -> QFrame:
    """Return a hairline."""
    made = QFrame()
    theme.set_look(made, "line")
    return made


class Card(QFrame):
    """A bordered surface with a vertical layout `body`."""

    def __init__(self, *, margin: int = 12, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.set_look(self, "card")
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(margin, margin, margin, margin)
        self.body.setSpacing(8)


class PageHead(QWidget):
    """Title, count beside it, actions at the right; below them where there is no room beside."""

    def __init__(self, title: str, actions: Sequence[QWidget] = ()) -> None:
        super().__init__()
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(8)
        self._first = QHBoxLayout()
        self._first.setSpacing(8)
        self._rows.addLayout(self._first)
        # With buttons or without: titles stand at one height.
        self._first.addStrut(theme.INPUT_HEIGHT)
        self._title = TitleLabel()
        theme.set_look(self._title, "title")
        self._title.show_text(title)
        self._note = label("", "hint")
        self._actions = QWidget()
        row = QHBoxLayout(self._actions)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addStretch(1)
        for action in actions:
            row.addWidget(action)
        self._below = False
        self._first.addWidget(self._title)
        self._first.addWidget(self._note, 0, Qt.AlignmentFlag.AlignVCenter)
        self._first.addStretch(1)
        self._first.addWidget(self._actions)

    @property
    def wrapped(self) -> bool:
        """Whether the actions stand below the title."""
        return self._below

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # an action came, went or says more
            self._arrange()
        return super().event(event)

    def _arrange(self) -> None:
        """Put the actions beside the title, or below it where it would be cut."""
        actions = self._actions.sizeHint().width()
        parts = (self._title.sizeHint().width(), self._note.sizeHint().width(), actions)
        below = actions > 0 and sum(parts) + 8 * len(parts) > self.width()
        if below != self._below:
            self._below = below
            old, new = (self._first, self._rows) if below else (self._rows, self._first)
            old.removeWidget(self._actions)
            new.addWidget(self._actions)

    def set_title(self, title: str) -> None:
        """Change the title."""
        self._title.show_text(title)

    def set_note(self, note: str) -> None:
        """Change what stands beside the title."""
        self._note.setText(note)


def reading_state(words: Words) -> EmptyState:
    """Return what a page shows until it has looked: that nothing is there may be said only afterwards."""
    return EmptyState(words("UI_READING"), (), Icon.REFRESH)


class EmptyState(QWidget):
    """One sentence what belongs here and the buttons that start it; the first is the primary one.

    Args:
        manual: Text of a link and the manual's chapter it leads to; the window around it shows the manual.
        primary: Whether the first is; not where the page around has a primary button already.
    """

    def __init__(
        self,
        sentence: str,
        actions: Sequence[tuple[str, Callable[[], object]]] = (),
        symbol: Icon = Icon.DOCUMENT,
        detail: str = "",
        manual: tuple[str, str] = ("", ""),
        *,
        primary: bool = True,
    ) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.setContentsMargins(24, 24, 24, 24)
        centre = Qt.AlignmentFlag.AlignHCenter
        column.addStretch(1)
        column.addWidget(symbol_label(symbol, theme.tokens().text_2, 32), 0, centre)
        self.sentence = label(sentence, "strong", wrap=True)
        self.sentence.setAlignment(centre)
        column.addWidget(self.sentence)
        if detail:
            below = label(detail, "hint", wrap=True)
            below.setAlignment(centre)
            column.addWidget(below)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        for number, (text, clicked) in enumerate(actions):
            row.addWidget(button(text, clicked, "primary" if primary and not number else ""))
        row.addStretch(1)
        column.addLayout(row)
        text, self._chapter = manual
        if text:
            column.addWidget(button(text, self._on_manual, "link"), 0, centre)
        column.addStretch(2)

    def _on_manual(self) -> None:
        show = getattr(self.window(), "show_manual", None)
        if show is not None:
            show(self._chapter)


class Notice(QFrame):
    """A line above the page that says what just happened, with one thing to do about it."""

    closed = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        theme.set_look(self, "card")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 4, 4)
        row.setSpacing(8)
        self._text = label("", wrap=True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._action = button("", look="small")
        self._action.hide()
        self._call: Callable[[], object] | None = None
        self._passing = False
        self._action.clicked.connect(self._on_action)
        row.addWidget(self._text)
        row.addWidget(self._action)
        row.addWidget(icon_button(Icon.CLOSE, words("UI_CLOSE"), self.hide))
        self.hide()

    def say(
        self,
        text: str,
        action: str = "",
        call: Callable[[], object] | None = None,
        *,
        serious: bool = False,
        passing: bool = False,
    ) -> None:
        """Show a text; `serious` stays in the colours of a warning until it is closed.

        Args:
            passing: It says something about the page at hand and goes with it; see `pass_by`.
        """
        self._passing = passing
        theme.set_look(self, "banner" if serious else "card")
        self._text.setText(text)
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self._call = call
        self.show()

    def pass_by(self) -> None:
        """Take a passing text away; called when another page is shown."""
        if self._passing:
            self.hide()

    def _on_action(self) -> None:
        self.hide()
        if self._call is not None:
            self._call()
