"""A package that was opened by double click: into which file shall it go? Nothing of it is read here."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from census_app.ui.shell import page
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.first_run import SUFFIX
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.recent import RecentFiles, RecentList
from census_app.ui.shell.translation import Words


class PackageDialog(QDialog):
    """Names the package and the files of this computer; the chosen one is opened and verifies what it takes in.

    Signals:
        chosen: Place of the file or catalogue, as `RecentFile.place`.
    """

    chosen = Signal(str)

    def __init__(
        self, words: Words, preferences: Preferences, package: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._words = words
        self._folder = str(package.parent)
        self.setWindowTitle(words("OP_PACKAGE", name=package.name))
        self.setMinimumSize(640, 420)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(page.label(words("OP_PACKAGE", name=package.name), "section", wrap=True))
        column.addWidget(page.label(words("OP_PACKAGE_LEAD"), "text2", wrap=True))
        files = [file for file in RecentFiles(preferences).all() if not file.missing]
        self.recent = RecentList(words)
        self.recent.show_files(files)
        self.recent.open_wanted.connect(self._choose)
        self.nothing = page.label(words("OP_PACKAGE_NONE"), wrap=True)
        column.addWidget(self.recent if files else self.nothing, 1)
        row = QHBoxLayout()
        row.setSpacing(8)
        other = page.button(words("OP_PACKAGE_OTHER"), self._ask, symbol=Icon.FOLDER)
        row.addWidget(other)
        row.addStretch(1)
        row.addWidget(page.button(words("UI_CANCEL"), self.reject))
        self.take = page.button(words("OP_PACKAGE_TAKE"), self._take, "primary")
        self.take.setEnabled(bool(files))
        self.take.setDefault(True)
        row.addWidget(self.take)
        column.addLayout(row)

    def _take(self) -> None:
        if self.recent.current is not None:
            self._choose(self.recent.current.place)

    def _ask(self) -> None:
        name, _kind = QFileDialog.getOpenFileName(
            self, self._words("UI_OPEN_FILE"), self._folder, f"Census (*{SUFFIX})"
        )
        if name:
            self._choose(name)

    def _choose(self, place: str) -> None:
        self.accept()
        self.chosen.emit(place)
