"""The choice of what a new key signs with; the GM mode is greyed out, with the reason, where it does not work."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel

from census_app.exchange.statement import P256, Algorithm
from census_app.services.keys import SigningMode, signing_modes
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.shell.translation import Words


class AlgorithmBox(QuietCombo):
    """Offers every algorithm, the default first.

    Args:
        words: The window's language.
        modes: For tests; otherwise what this computer can do.

    Attributes:
        note: What cannot be chosen here and why; empty when everything can.
    """

    def __init__(self, words: Words, modes: list[SigningMode] | None = None) -> None:
        super().__init__()
        self.note = ""
        items = QStandardItemModel(self)
        for mode in signing_modes() if modes is None else modes:
            item = QStandardItem(words(f"UI_ALGORITHM_{mode.name.upper()}"))
            item.setData(mode.algorithm, Qt.ItemDataRole.UserRole)
            item.setEnabled(mode.available)
            told = mode.reason or mode.advice
            if mode.reason:
                self.note = words("UI_ALGORITHM_OFF", name=item.text(), reason=words(mode.reason))
            item.setToolTip(words(told) if told else mode.library)
            items.appendRow(item)
        self.setModel(items)

    def hint(self, words: Words) -> str:
        """Return what stands below the choice."""
        return "\n".join(filter(None, (words("UI_ALGORITHM_TIP"), self.note)))

    def algorithm(self) -> Algorithm:
        """Return what is chosen."""
        chosen: Algorithm | None = self.currentData()
        return chosen or P256
