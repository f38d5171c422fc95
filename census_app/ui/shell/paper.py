"""Print from a window what a page is about: prepared elsewhere, shown in the preview, one document at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from census_app.ui.shell.translation import Words

if TYPE_CHECKING:
    from census_app.reports.content import Printed
    from census_app.ui.preview.dialog import PreviewDialog


class PaperShown(QObject):
    """Shows what was printed for one page of a window; what prepares it is the window's own.

    Signals:
        shown: The preview is open.

    Attributes:
        preview: The last one.
    """

    shown = Signal()

    def __init__(self, words: Words, parent: QWidget) -> None:
        super().__init__(parent)
        self._words, self._window = words, parent
        self._title = self._name = ""
        self.preview: PreviewDialog | None = None

    def call(self, title: str, name: str) -> None:
        """Say what the next document is called.

        Args:
            title: Of the preview.
            name: File name it proposes.
        """
        self._title, self._name = title, name

    def on_printed(self, printed: Printed) -> None:
        """Show a document."""
        from census_app.ui.preview.dialog import show_preview  # noqa: PLC0415

        self.preview = show_preview(self._window, printed, self._title, self._name, self._words)
        self.shown.emit()
