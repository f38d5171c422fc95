"""The choice of what a new key signs with; the GM mode is greyed out, with the reason, where it does not work."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QComboBox

from census_app.exchange.statement import P256, Algorithm
from census_app.services.keys import SigningMode, signing_modes
from census_app.ui.shell.translation import Words


class AlgorithmBox(QComboBox):
    """Offers every algorithm, the default first.

    Args:
        words: The window's language.
        modes: For tests; otherwise what this computer can do.
    """

    def __init__(self, words: Words, modes: list[SigningMode] | None = None) -> None:
        super().__init__()
        items = QStandardItemModel(self)
        for mode in signing_modes() if modes is None else modes:
            item = QStandardItem(words(f"UI_ALGORITHM_{mode.name.upper()}"))
            item.setData(mode.algorithm, Qt.ItemDataRole.UserRole)
            item.setEnabled(mode.available)
            told = mode.reason or mode.advice
            item.setToolTip(words(told) if told else mode.library)
            items.appendRow(item)
        self.setModel(items)

    def algorithm(self) -> Algorithm:
        """Return what is chosen."""
        chosen: Algorithm | None = self.currentData()
        return chosen or P256
