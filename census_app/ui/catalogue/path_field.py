"""A path that a person types or chooses."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from census_app.ui.shell import page
from census_app.ui.shell.accessibility import add_row
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


class PathField(QWidget):
    """A path with a button that asks for it.

    Args:
        filter_text: Kinds of files to choose from; without it a folder is asked for.
        new: A file that shall be made.

    Signals:
        changed: The path, as text.
    """

    changed = Signal(str)

    def __init__(
        self, words: Words, title: str, filter_text: str = "", *, new: bool = False
    ) -> None:
        super().__init__()
        self._title, self._filter, self._new = title, filter_text, new
        self.edit = QLineEdit()
        self.edit.textChanged.connect(self.changed)
        self.button = page.button(words("CAT_BROWSE"), self._on_browse, symbol=Icon.FOLDER)
        self.button.setAccessibleName(words("CAT_BROWSE_FOR", what=title))
        self.setFocusProxy(self.edit)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.edit, 1)
        row.addWidget(self.button)

    @property
    def path(self) -> Path | None:
        """The path, or None while the field is empty."""
        text = self.edit.text().strip()
        return Path(text).expanduser() if text else None

    def add_to(self, layout: QVBoxLayout, hint: str = "", *, required: bool = False) -> None:
        """Put it into a layout with its label."""
        add_row(layout, self._title, self, hint=hint, required=required)
        self.edit.setAccessibleName(self._title)
        self.edit.setAccessibleDescription(hint)

    def _on_browse(self) -> None:
        if self._new:
            name, _kind = QFileDialog.getSaveFileName(
                self, self._title, self.edit.text(), self._filter
            )
        elif self._filter:
            name, _kind = QFileDialog.getOpenFileName(
                self, self._title, self.edit.text(), self._filter
            )
        else:
            name = QFileDialog.getExistingDirectory(self, self._title, self.edit.text())
        if name:
            self.edit.setText(name)
