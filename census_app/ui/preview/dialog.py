"""The preview in a window of its own, for both windows: `show_preview`."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget
from typing_extensions import override

from census_app.diagnostics import wording
from census_app.reports.content import Printed
from census_app.ui.preview.widget import PreviewWidget
from census_app.ui.shell.translation import Words


class PreviewDialog(QDialog):
    """A preview in a window of its own."""

    def __init__(
        self,
        words: Words,
        printed: Printed,
        title: str,
        suggested_name: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        self.preview = PreviewWidget(words, self)
        column.addWidget(self.preview)
        self.resize(self._fitting_size())
        self.preview.show_document(printed, suggested_name)
        self.preview.view.setFocus()
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.activated.connect(self.preview.search.setFocus)

    def _fitting_size(self) -> QSize:
        room = self.screen().availableGeometry().size()
        return room.boundedTo(QSize(1000, 720))

    @override
    def done(self, result: int) -> None:
        self._leave()
        super().done(result)

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        self._leave()
        super().closeEvent(event)

    def _leave(self) -> None:
        self.preview.close_document()
        self.preview.runner.close()


def show_preview(
    parent: QWidget | None,
    printed: Printed,
    title: str,
    suggested_name: str,
    words: Words | None = None,
) -> PreviewDialog:
    """Open a preview over a window and return it; it deletes itself when it is closed.

    Args:
        suggested_name: File name for saving; made safe here.
        words: The language; by default that of the parent's window.
    """
    if words is None:
        of_window = getattr(parent.window(), "words", None) if parent is not None else None
        words = of_window if isinstance(of_window, Words) else Words(wording.default_language())
    dialog = PreviewDialog(words, printed, title, suggested_name, parent)
    dialog.open()
    return dialog
