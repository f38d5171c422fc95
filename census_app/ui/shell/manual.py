"""The manual in a window of its own: chapters at the left, text at the right, search; nothing leaves this computer."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QKeySequence, QShortcut, QTextBlockFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from census_app.assets import manual
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

CONTENTS: Final = "README.md"
_CHAPTER: Final = re.compile(r"\[([^\]]+)\]\(([a-z-]+\.md)\)")
_FILE_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 1


def chapters(language: str) -> list[tuple[str, str]]:
    """Return file name and title of the manual's chapters, in the order of its contents."""
    text = (manual(language) / CONTENTS).read_text(encoding="utf-8")
    found = {file: title for title, file in _CHAPTER.findall(text)}
    return [(file, title) for file, title in found.items() if (manual(language) / file).is_file()]


class ManualDialog(QDialog):
    """Shows one chapter at a time; not modal, so that a person can read and do side by side."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self.setWindowTitle(words("GD_MANUAL"))
        self.setModal(False)
        self.resize(960, 640)
        self._folder = manual(words.language)
        self.list = QListWidget()
        self.list.setAccessibleName(words("GD_CHAPTERS"))
        self.list.setFixedWidth(theme.GUIDE_WIDTH)
        for file, title in chapters(words.language):
            item = QListWidgetItem(title)
            item.setData(_FILE_ROLE, file)
            item.setToolTip(title)
            self.list.addItem(item)
        self.text = QTextBrowser()
        self.text.setOpenLinks(False)
        self.text.setAccessibleName(words("GD_MANUAL"))
        self.text.document().setDocumentMargin(20)
        self.search = QLineEdit()
        self.search.setPlaceholderText(words("GD_MANUAL_SEARCH"))
        self.search.setAccessibleName(words("GD_MANUAL_SEARCH"))
        self.search.setClearButtonEnabled(True)
        self.note = page.label("", "hint")
        self._lay_out()
        self.list.currentItemChanged.connect(self._on_chapter)
        self.text.anchorClicked.connect(self._on_link)
        self.search.returnPressed.connect(self.find_next)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.activated.connect(self.search.setFocus)
        self.list.setCurrentRow(0)
        self.list.setFocus()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(page.label(self._words("GD_MANUAL"), "title"))
        top.addStretch(1)
        top.addWidget(self.note)
        self.search.setFixedWidth(240)
        top.addWidget(self.search)
        top.addWidget(page.button(self._words("GD_FIND_NEXT"), self.find_next, symbol=Icon.SEARCH))
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.list)
        row.addWidget(self.text, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(12)
        column.addLayout(top)
        column.addLayout(row, 1)

    @property
    def chapter(self) -> str:
        """File name of the chapter that is shown."""
        item = self.list.currentItem()
        return str(item.data(_FILE_ROLE)) if item is not None else ""

    def show_chapter(self, file: str) -> None:
        """Show a chapter by its file name."""
        for row in range(self.list.count()):
            if self.list.item(row).data(_FILE_ROLE) == file:
                self.list.setCurrentRow(row)

    def find_next(self) -> None:
        """Find the next place in this chapter, then in the following ones, and begin again after the last."""
        wanted = self.search.text().strip()
        if not wanted or self.text.find(wanted):
            self.note.setText("")
            return
        names = [str(self.list.item(r).data(_FILE_ROLE)) for r in range(self.list.count())]
        here = self.list.currentRow()
        for name in names[here + 1 :] + names[: here + 1]:
            if wanted.casefold() in self._plain(name).casefold():
                self.show_chapter(name)
                self.text.moveCursor(QTextCursor.MoveOperation.Start)
                if self.text.find(wanted):
                    self.note.setText("")
                    return
        self.note.setText(self._words("GD_MANUAL_NOTHING", text=wanted))

    def _plain(self, file: str) -> str:
        return (self._folder / file).read_text(encoding="utf-8")

    def _on_chapter(self, item: QListWidgetItem | None, before: QListWidgetItem | None) -> None:
        del before
        if item is None:
            return
        file = self._folder / str(item.data(_FILE_ROLE))
        self.text.setSearchPaths([str(self._folder)])
        self.text.document().setBaseUrl(QUrl.fromLocalFile(str(file)))
        features = QTextDocument.MarkdownFeature
        self.text.document().setMarkdown(
            file.read_text(encoding="utf-8"),
            features.MarkdownDialectGitHub | features.MarkdownNoHTML,
        )
        _space(self.text.document())
        self.text.moveCursor(QTextCursor.MoveOperation.Start)

    def _on_link(self, target: QUrl) -> None:
        """Go to another chapter; what does not belong to the manual is not opened."""
        self.show_chapter(Path(target.path()).name)


def _space(document: QTextDocument) -> None:
    """Give headings and paragraphs room, and let long commands wrap: Markdown says nothing of either."""
    cursor = QTextCursor(document)
    block = document.begin()
    while block.isValid():
        shape = block.blockFormat()
        heading = shape.headingLevel()
        shape.setTopMargin((0, 8, 20, 12)[min(heading, 3)])
        shape.setBottomMargin(6)
        shape.setLineHeight(135.0, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        shape.setNonBreakableLines(False)
        cursor.setPosition(block.position())
        cursor.setBlockFormat(shape)
        block = block.next()
