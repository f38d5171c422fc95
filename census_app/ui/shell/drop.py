"""A place where files are dropped, or chosen with a button."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QVBoxLayout
from typing_extensions import override

from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


class DropArea(QFrame):
    """Takes files by drag and drop or from a dialog.

    Args:
        sentence: What belongs here.
        suffixes: Endings that are taken, in lower case with the dot.
        filter_name: What the file dialog calls them.

    Signals:
        files_chosen: paths of files with one of the endings.
        others_dropped: names of files that are not taken.
    """

    files_chosen = Signal(object)
    others_dropped = Signal(object)

    def __init__(
        self, words: Words, sentence: str, suffixes: Sequence[str], filter_name: str
    ) -> None:
        super().__init__()
        self._suffixes = tuple(suffixes)
        self._filter = f"{filter_name} ({' '.join('*' + s for s in suffixes)})"
        self._title = words("UI_CHOOSE_FILES")
        self.folder = ""
        theme.set_look(self, "drop")
        self.setAcceptDrops(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(12)
        centre = Qt.AlignmentFlag.AlignHCenter
        column.addStretch(1)
        column.addWidget(page.symbol_label(Icon.IMPORT, theme.tokens().text_2, 32), 0, centre)
        text = page.label(sentence, wrap=True)
        text.setAlignment(centre)
        column.addWidget(text)
        self.choose = page.button(words("UI_CHOOSE_FILES"), self.choose_files, symbol=Icon.FOLDER)
        column.addWidget(self.choose, 0, centre)
        column.addStretch(1)

    def choose_files(self) -> None:
        """Let the person choose files in a dialog."""
        names, _kind = QFileDialog.getOpenFileNames(self, self._title, self.folder, self._filter)
        if names:
            self.folder = str(Path(names[0]).parent)
            self.files_chosen.emit([Path(n) for n in names])

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            theme.set_look(self, "drop-active")
            event.acceptProposedAction()

    @override
    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        theme.set_look(self, "drop")

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        theme.set_look(self, "drop")
        dropped = [Path(u.toLocalFile()) for u in event.mimeData().urls() if u.isLocalFile()]
        taken = [p for p in dropped if p.suffix.lower() in self._suffixes]
        others = [p.name for p in dropped if p not in taken]
        event.acceptProposedAction()
        if taken:
            self.files_chosen.emit(taken)
        if others:
            self.others_dropped.emit(others)
