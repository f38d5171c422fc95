"""A card with one figure: number, unit, how it is counted, what it was before, and the way to the list behind it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout

from census_app.diagnostics import wording
from census_app.domain.indicators import Definition
from census_app.services.measuring import Board
from census_app.services.trends import change_text
from census_app.ui.shell import page
from census_app.ui.shell.translation import Words

_BESIDE: Final = {
    "systems_integrated": "systems_built",
    "resources_shared": "resources_shareable",
    "joint_effective": "joint_applications",
    "connection_rate": "must_connect",
}
"""Figure → what stands beside it while it is compared with nothing."""


class IndicatorCard(page.Card):
    """One indicator.

    Signals:
        opened: Its id; the list behind it is wanted.
    """

    opened = Signal(str)

    def __init__(self, definition: Definition, words: Words) -> None:
        super().__init__(margin=12)
        self._definition, self._words = definition, words
        label = words(f"IND_{definition.id}")
        self.body.setSpacing(2)
        head = QHBoxLayout()
        head.setSpacing(4)
        self.open = page.button(words("CI_OPEN"), self._on_open, "link")
        self.open.setAccessibleName(words("CI_OPEN_NAME", figure=label))
        head.addWidget(page.label(label, "label"), 1)
        head.addWidget(self.open)
        figure = QHBoxLayout()
        figure.setSpacing(6)
        self.value = page.label("—", "figure")
        self.change = page.label("", "label", wrap=True)
        figure.addWidget(self.value)
        figure.addWidget(page.label(words(f"IND_UNIT_{definition.unit}").strip(), "hint"))
        figure.addStretch(1)
        self.body.addLayout(head)
        self.body.addLayout(figure)
        self.body.addWidget(self.change)
        self.body.addWidget(page.label(words(f"IND_{definition.id}_HOW"), "hint", wrap=True))
        self.body.addStretch(1)

    def show_board(self, board: Board, earlier: Board | None) -> None:
        """Show the figure of a board, and what it was."""
        words, indicator = self._words, self._definition.id
        self.value.setText(wording.in_groups(board.text(indicator)))
        if earlier is None:
            beside = _BESIDE.get(indicator, "")
            number = wording.in_groups(board.text(beside)) if beside else ""
            label = words(f"IND_{beside}") if beside else ""
            self.change.setText(words("IND_WHY", label=label, number=number) if beside else "")
            return
        before = wording.in_groups(earlier.text(indicator))
        change = change_text(indicator, earlier, board)
        self.change.setText(words("CI_BEFORE", before=before, change=change))

    def _on_open(self) -> None:
        self.opened.emit(self._definition.id)
