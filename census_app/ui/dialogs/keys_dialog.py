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

_CAPS: Final = {
    "Return": "Enter",
    "Up": "↑",
    "Down": "↓",
    "PgDown": "PgDn",
    "Ins": "Insert",
    "Del": "Delete",
}
_ROW_OF_KEYS: Final = 3
"""More alternatives than these are a row of keys."""


class KeysDialog(MessageDialog):
    """Shows groups of keys side by side; Esc or Enter closes it."""

    def __init__(self, words: Words, groups: Sequence[KeyGroup], parent: QWidget | None) -> None:
        super().__init__(words("UI_KEYS_TITLE"), parent, width=theme.KEYS_DIALOG_WIDTH)
        sides = QHBoxLayout()
        sides.setSpacing(24)
        for part in _columns(groups):
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


def _columns(groups: Sequence[KeyGroup]) -> list[Sequence[KeyGroup]]:
    """Return the groups in three columns, in their order, so that the highest is as low as it can be."""
    heights = [len(group.hints) + 2 for group in groups]
    ends = range(len(groups) + 1)
    cuts = ((a, b) for a in ends for b in ends[a:])
    first, second = min(
        cuts,
        key=lambda cut: max(
            sum(heights[: cut[0]]), sum(heights[cut[0] : cut[1]]), sum(heights[cut[1] :])
        ),
    )
    parts = (groups[:first], groups[first:second], groups[second:])
    return [part for part in parts if part]


def _spelled(keys: str) -> str:
    """Return keys as they stand on a keyboard, which says Enter in every language."""
    text = QKeySequence(keys).toString(QKeySequence.SequenceFormat.PortableText)
    return re.sub(r"[A-Za-z]+", lambda name: _CAPS.get(name[0], name[0]), text)


def _alternatives(keys: Sequence[str]) -> str:
    """Return keys that do the same, each cap once; a row of keys by its ends."""
    shown = list(dict.fromkeys(map(_spelled, keys)))
    if len(shown) > _ROW_OF_KEYS:
        return f"{shown[0]} … {shown[-1]}"
    return " / ".join(shown)


def _lines(group: KeyGroup, words: Words) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(4)
    grid.addWidget(page.label(words(group.title), "section"), 0, 0, 1, 2)
    for line, hint in enumerate(group.hints, 1):
        keys = page.label(_alternatives(hint.keys), "strong")
        keys.setMinimumWidth(theme.KEYS_WIDTH)
        grid.addWidget(keys, line, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(page.label(words(hint.text), wrap=True), line, 1)
    grid.setColumnStretch(1, 1)
    return grid
