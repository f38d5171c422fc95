"""One thing that keeps a package from being written, with the button that leads there."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon


class Block(QWidget):
    """An icon, a sentence and a button.

    Signals:
        wanted: The name it was made with.
    """

    wanted = Signal(str)

    def __init__(self, symbol: Icon, verb: str, name: str) -> None:
        super().__init__()
        self._name = name
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(page.symbol_label(symbol, theme.tokens().warn, 16))
        self._text = page.label("", wrap=True)
        row.addWidget(self._text, 1)
        self.go = page.button(verb, self._on_go)
        row.addWidget(self.go)
        self.hide()

    def show_count(self, count: int, text: str) -> None:
        """Show it while there is any."""
        self._text.setText(text)
        self.setVisible(count > 0)

    def _on_go(self) -> None:
        self.wanted.emit(self._name)
