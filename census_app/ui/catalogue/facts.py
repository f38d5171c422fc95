"""Labelled facts under each other, for side panels and provenance; every value can be selected and copied."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from census_app.exchange.paper import FULL, short_groups
from census_app.ui.catalogue.standing import Standing
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon

GROUPS_PER_LINE = 4
_FILL = Qt.AlignmentFlag(0)


def grouped(identity: str, groups: int = FULL) -> str:
    """Return an identity in groups of four, four groups to the line, to be read aloud."""
    parts = short_groups(identity, groups).split(" ")
    lines = [
        " ".join(parts[at : at + GROUPS_PER_LINE]) for at in range(0, len(parts), GROUPS_PER_LINE)
    ]
    return "\n".join(lines)


class FactGrid(QWidget):
    """Pairs of label and value."""

    def __init__(self, facts: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        top = Qt.AlignmentFlag.AlignTop
        for row, (name, value) in enumerate((n, v) for n, v in facts if v):
            grid.addWidget(page.label(name, "label"), row, 0, top)
            grid.addWidget(page.label(value, wrap=True, selectable=True), row, 1, top)


def breakable(text: str) -> str:
    """Let names of packages break after their dashes; one long word would push a panel wider than its place."""
    return text.replace("-", "-\N{ZERO WIDTH SPACE}")


def standing_row(standing: Standing, look: str = "strong") -> QWidget:
    """Return a state as symbol and words."""
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(8)
    colour = str(getattr(theme.tokens(), standing.tone))
    line.addWidget(page.symbol_label(standing.symbol, colour), 0, Qt.AlignmentFlag.AlignTop)
    line.addWidget(page.label(standing.text, look, wrap=True, selectable=True), 1)
    return row


def checked_row(text: str) -> QWidget:
    """Return a statement that was verified."""
    return standing_row(Standing(text, Icon.CHECK, "good", 0), "")


class SidePanel(QFrame):
    """A card whose content is filled anew for each chosen row; it scrolls when it must.

    Args:
        empty: What stands there while nothing is chosen.
    """

    def __init__(self, empty: str) -> None:
        super().__init__()
        theme.set_look(self, "card")
        self._empty = empty
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(self._area, 1)
        self._column = column
        self._footer: QWidget | None = None
        self.show_parts([])

    def show_parts(self, parts: Sequence[QWidget], actions: Sequence[QWidget] = ()) -> None:
        """Show widgets under each other; without any, the sentence for nothing.

        Args:
            actions: Buttons that stay in sight below them, however long the rest is.
        """
        if self._footer is not None:
            self._footer.hide()
            self._footer.deleteLater()
            self._footer = None
        if actions:
            self._footer = _footer(actions)
            self._column.addWidget(self._footer)
        content = QWidget()
        theme.set_look(content, "page")
        column = QVBoxLayout(content)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        for part in parts:
            # A button is as wide as its words; everything else fills the panel.
            left = Qt.AlignmentFlag.AlignLeft
            column.addWidget(part, 0, left if isinstance(part, QPushButton) else _FILL)
        if not parts:
            column.addWidget(page.label(self._empty, "hint", wrap=True))
        column.addStretch(1)
        self._area.setWidget(content)


def beside(table: QWidget, panel: QWidget, sizes: tuple[int, int] = (700, 420)) -> QSplitter:
    """Return a table with the panel of its chosen row at the right; what is gained in width goes to the table."""
    split = QSplitter(Qt.Orientation.Horizontal)
    split.setChildrenCollapsible(False)
    split.setHandleWidth(12)
    split.addWidget(table)
    split.addWidget(panel)
    split.setStretchFactor(0, 1)
    split.setSizes(list(sizes))
    return split


def _footer(actions: Sequence[QWidget]) -> QWidget:
    footer = QWidget()
    column = QVBoxLayout(footer)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(page.line())
    row = QHBoxLayout()
    row.setContentsMargins(12, 8, 12, 8)
    row.setSpacing(8)
    for action in actions:
        row.addWidget(action)
    row.addStretch(1)
    column.addLayout(row)
    return footer
