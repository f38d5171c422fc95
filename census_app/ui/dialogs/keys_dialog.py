"""The cheat sheet: every key, by the place where it works."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from census_app.ui.dialogs.messages import MessageDialog
from census_app.ui.shell import page, theme
from census_app.ui.shell.key_list import KeyGroup
from census_app.ui.shell.translation import Words

_CAPS: Final = {"Return": "Enter", "Up": "↑", "Down": "↓", "PgDown": "PgDn"}


class KeysDialog(MessageDialog):
    """Shows groups of keys in two columns; Esc or Enter closes it."""

    def __init__(self, words: Words, groups: Sequence[KeyGroup], parent: QWidget | None) -> None:
        super().__init__(words("UI_KEYS_TITLE"), parent, width=theme.KEYS_DIALOG_WIDTH)
        sides = QHBoxLayout()
        sides.setSpacing(32)
        half = _half(groups)
        for part in (groups[:half], groups[half:]):
            side = QVBoxLayout()
            side.setSpacing(16)
            for group in part:
                side.addLayout(_lines(group, words))
            side.addStretch(1)
            sides.addLayout(side, 1)
        self.column.addLayout(sides)
        self.column.addStretch(1)
        self.buttons.addStretch(1)
        self.close_button = page.button(words("UI_CLOSE"), self.accept, "primary")
        self.close_button.setDefault(True)
        self.buttons.addWidget(self.close_button)
        self.finish()


def _half(groups: Sequence[KeyGroup]) -> int:
    """Return how many groups stand at the left, so that both sides are about equally high."""
    heights = [len(group.hints) + 2 for group in groups]
    cuts = range(1, len(groups) + 1)
    return min(cuts, key=lambda cut: max(sum(heights[:cut]), sum(heights[cut:])), default=0)


def _spelled(keys: str) -> str:
    """Return keys as they stand on a keyboard."""
    text = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
    return re.sub(r"[A-Za-z]+", lambda name: _CAPS.get(name[0], name[0]), text)


def _lines(group: KeyGroup, words: Words) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(4)
    grid.addWidget(page.label(words(group.title), "section"), 0, 0, 1, 2)
    for line, hint in enumerate(group.hints, 1):
        shown = " / ".join(map(_spelled, hint.keys))
        keys = page.label(shown, "strong")
        keys.setMinimumWidth(theme.KEYS_WIDTH)
        grid.addWidget(keys, line, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(page.label(words(hint.text), wrap=True), line, 1)
    grid.setColumnStretch(1, 1)
    return grid
