"""What a technician needs, shown as text before it is saved; nothing is sent by the program."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QListWidget,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from census_app.errors import CensusError
from census_app.services.supporting import Bundle, write_bundle
from census_app.ui.dialogs.messages import ErrorDialog
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


class SupportDialog(QDialog):
    """Parts at the left, the text of the chosen one beside; saving writes a zip."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self.bundle: Bundle | None = None
        self.setWindowTitle(words("SP_TITLE"))
        self.resize(860, 600)
        self.parts = QListWidget()
        self.parts.setAccessibleName(words("SP_PARTS"))
        self.parts.setFixedWidth(150)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName(words("SP_TEXT"))
        self.text.setPlainText(words("SP_GATHERING"))
        self.saved = page.label("", "good", wrap=True, selectable=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        column.addWidget(page.label(words("SP_TITLE"), "title"))
        column.addWidget(page.label(words("SP_LEAD"), wrap=True))
        body = QHBoxLayout()
        body.setSpacing(12)
        body.addWidget(self.parts)
        body.addWidget(self.text, 1)
        column.addLayout(body, 1)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.saved, 1)
        row.addWidget(page.button(words("UI_CLOSE"), self.reject))
        self.save = page.button(words("UI_SAVE_AS"), self._on_save, "primary", Icon.SAVE)
        self.save.setEnabled(False)
        row.addWidget(self.save)
        column.addLayout(row)
        self.parts.currentTextChanged.connect(self._on_part)

    def show_bundle(self, bundle: Bundle) -> None:
        """Show what was gathered."""
        self.bundle = bundle
        self.parts.clear()
        self.parts.addItems(list(bundle.parts))
        self.parts.setCurrentRow(0)
        self.save.setEnabled(True)

    def save_to(self, path: Path) -> None:
        """Write the bundle."""
        if self.bundle is None:
            return
        try:
            write_bundle(self.bundle, path)
        except CensusError as error:
            ErrorDialog(self._words, error, self).exec()
            return
        self.saved.setText(self._words("SP_SAVED", path=path))

    def _on_part(self, name: str) -> None:
        if self.bundle is not None and name:
            text = self.bundle.parts[name]
            self.text.setPlainText(text or self._words("SP_NOTHING"))

    def _on_save(self) -> None:
        name, _kind = QFileDialog.getSaveFileName(
            self, self._words("UI_SAVE_AS"), self._words("SP_FILE"), "ZIP (*.zip)"
        )
        if name:
            self.save_to(Path(name))
