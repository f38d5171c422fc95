"""The bar above a grid for finding a text and putting another one in its place. It asks by signal."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QGridLayout, QHBoxLayout, QLineEdit
from typing_extensions import override

from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

SEARCH_AFTER_MS: Final = 250


class BarLine(QLineEdit):
    """A line of the bar: Enter goes on, Esc closes the bar.

    Signals:
        key_pressed: `next`, `previous`, `close`, `find` or `replace`.
    """

    key_pressed = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setPlaceholderText(name)
        self.setAccessibleName(name)

    @override
    def event(self, event: QEvent) -> bool:
        """Take these keys before the page and the window do."""
        if isinstance(event, QKeyEvent) and _meaning(event):
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self.key_pressed.emit(_meaning(event))
                return True
        return super().event(event)


def _meaning(event: QKeyEvent) -> str:
    key = event.key()
    control = event.modifiers() == Qt.KeyboardModifier.ControlModifier
    if control:
        return {Qt.Key.Key_F: "find", Qt.Key.Key_H: "replace"}.get(Qt.Key(key), "")
    if key == Qt.Key.Key_Escape:
        return "close"
    if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F3}:
        back = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        return "previous" if back else "next"
    return ""


class FindBar(QFrame):
    """What to find, what to put in its place, and how much was found.

    Signals:
        changed: Another text or way of searching.
        step_wanted: 1 for the next match, -1 for the one before.
        replace_wanted: Whether everywhere.
        closed: The bar is gone.
    """

    changed = Signal()
    step_wanted = Signal(int)
    replace_wanted = Signal(bool)
    closed = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        theme.set_look(self, "card")
        self._words = words
        self.wanted = BarLine(words("UG_FIND_TEXT"))
        self.replacement = BarLine(words("UG_REPLACE_TEXT"))
        self.whole = QCheckBox(words("UG_WHOLE"))
        self.match_case = QCheckBox(words("UG_CASE"))
        self.count = page.label("", "hint")
        self.count.setMinimumWidth(theme.GRID_COUNT_WIDTH)
        self._one = page.button(words("UG_REPLACE_ONE"), self._on_one, "small")
        self.every = page.button(words("UG_REPLACE_ALL"), self._on_all, "small")
        self._timer = QTimer(self, singleShot=True, interval=SEARCH_AFTER_MS)
        self._timer.timeout.connect(self.changed)
        self._lay_out()
        for line in (self.wanted, self.replacement):
            line.key_pressed.connect(self._on_key)
        self.wanted.textChanged.connect(self._timer.start)
        self.whole.toggled.connect(self.changed)
        self.match_case.toggled.connect(self.changed)
        self.hide()

    def _lay_out(self) -> None:
        words = self._words
        grid = QGridLayout(self)
        grid.setContentsMargins(8, 6, 6, 6)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        steps = QHBoxLayout()
        steps.setSpacing(8)
        steps.addWidget(page.icon_button(Icon.ARROW_UP, words("UG_PREVIOUS"), self._on_previous))
        steps.addWidget(page.icon_button(Icon.ARROW_DOWN, words("UG_NEXT"), self._on_next))
        steps.addWidget(self.count)
        steps.addStretch(1)
        grid.addWidget(self.wanted, 0, 0)
        grid.addLayout(steps, 0, 1)
        grid.addWidget(page.icon_button(Icon.CLOSE, words("UI_CLOSE"), self.close_bar), 0, 2)
        grid.addWidget(self.replacement, 1, 0)
        acts = QHBoxLayout()
        acts.setSpacing(8)
        acts.addWidget(self._one)
        acts.addWidget(self.every)
        acts.addWidget(self.whole)
        acts.addWidget(self.match_case)
        acts.addStretch(1)
        grid.addLayout(acts, 1, 1)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 2)

    def open(self, *, replace: bool) -> None:
        """Show the bar with the cursor in it."""
        self.show()
        self.show_replace(shown=replace)
        self.wanted.setFocus()
        self.wanted.selectAll()
        self.changed.emit()

    def show_replace(self, *, shown: bool) -> None:
        """Show or hide what belongs to replacing."""
        for widget in (self.replacement, self._one, self.every):
            widget.setVisible(shown)

    def close_bar(self) -> None:
        """Take the bar away."""
        self._timer.stop()
        self.hide()
        self.closed.emit()

    def show_count(self, at: int, total: int) -> None:
        """Say which match the cursor is at; `at` counts from 0, -1 for none of them."""
        words = self._words
        if not self.wanted.text():
            text = ""
        elif not total:
            text = words("UG_NO_MATCH")
        elif at < 0:
            text = words("UG_MATCHES", total=words.count(total))
        else:
            text = words("UG_MATCH_OF", at=words.count(at + 1), total=words.count(total))
        self.count.setText(text)
        self._one.setEnabled(bool(total))
        self.every.setEnabled(bool(total))

    @property
    def waiting(self) -> bool:
        """Whether a search will begin soon."""
        return self._timer.isActive()

    def _on_key(self, meaning: str) -> None:
        if meaning == "close":
            self.close_bar()
        elif meaning in {"next", "previous"}:
            self.step_wanted.emit(1 if meaning == "next" else -1)
        else:
            self.open(replace=meaning == "replace")

    def _on_previous(self) -> None:
        self.step_wanted.emit(-1)

    def _on_next(self) -> None:
        self.step_wanted.emit(1)

    def _on_one(self) -> None:
        self.replace_wanted.emit(False)

    def _on_all(self) -> None:
        self.replace_wanted.emit(True)
