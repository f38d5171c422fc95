"""The manual in a window of its own: chapters at the left, text at the right, search; nothing leaves this computer."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import (
    QColor,
    QImage,
    QImageReader,
    QKeySequence,
    QPainter,
    QResizeEvent,
    QShortcut,
    QTextBlockFormat,
    QTextCursor,
    QTextDocument,
    QTextImageFormat,
)
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
from typing_extensions import override

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


class ManualText(QTextBrowser):
    """A chapter with its pictures as wide as the text; they are read when they come into sight."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path()
        self._again = QTimer(self, singleShot=True, interval=200)
        self._again.timeout.connect(self._refit)

    def show_chapter(self, file: Path) -> None:
        """Show a chapter from its beginning."""
        self.folder = file.parent
        document = self.document()
        document.setBaseUrl(QUrl.fromLocalFile(str(file)))
        features = QTextDocument.MarkdownFeature
        document.setMarkdown(
            file.read_text(encoding="utf-8"),
            features.MarkdownDialectGitHub | features.MarkdownNoHTML,
        )
        _space(document)
        self._refit()
        self.moveCursor(QTextCursor.MoveOperation.Start)

    @override
    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Return a picture at the size it is shown at; nothing that does not lie in the manual's folder."""
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return None
        file = (self.folder / QUrl(name).path()).resolve()
        if not file.is_relative_to(self.folder.resolve()):
            return None
        image, ratio = QImage(str(file)), self.devicePixelRatioF()
        if image.isNull():
            return None
        width = min(image.width(), int(self._room * ratio))
        scaled = image.convertToFormat(QImage.Format.Format_RGB32).scaledToWidth(
            width, Qt.TransformationMode.SmoothTransformation
        )
        painter = QPainter(scaled)
        painter.setPen(QColor(theme.tokens().border))
        painter.drawRect(scaled.rect().adjusted(0, 0, -1, -1))
        painter.end()
        scaled.setDevicePixelRatio(ratio)
        return scaled

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._again.start()

    @property
    def _room(self) -> int:
        """Width of the text, in pixels of the window."""
        return max(200, self.viewport().width() - int(2 * self.document().documentMargin()))

    def _refit(self) -> None:
        """Give every picture the width of the text and the height that follows, so that nothing jumps."""
        document, room = self.document(), self._room
        cursor = QTextCursor(document)
        for at, name in _pictures(document):
            size = QImageReader(str(self.folder / name)).size()
            if not size.isValid():
                continue
            width = min(size.width(), room)
            shape = QTextImageFormat()
            # Asked for by size, because the document keeps what it has read under its name.
            shape.setName(f"{name}?{width}")
            shape.setWidth(width)
            shape.setHeight(width * size.height() / size.width())
            cursor.setPosition(at)
            cursor.movePosition(QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.KeepAnchor)
            cursor.setCharFormat(shape)


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
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for file, title in chapters(words.language):
            item = QListWidgetItem(title)
            item.setData(_FILE_ROLE, file)
            item.setToolTip(title)
            self.list.addItem(item)
        self.text = ManualText()
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
        self.text.show_chapter(self._folder / str(item.data(_FILE_ROLE)))

    def _on_link(self, target: QUrl) -> None:
        """Go to another chapter; what does not belong to the manual is not opened."""
        self.show_chapter(Path(target.path()).name)


def _pictures(document: QTextDocument) -> list[tuple[int, str]]:
    """Return where pictures stand in a document, and their names relative to the chapter."""
    found = []
    block = document.begin()
    while block.isValid():
        iterator = block.begin()
        while not iterator.atEnd():
            fragment = iterator.fragment()
            shape = fragment.charFormat()
            if shape.isImageFormat():
                name = shape.toImageFormat().name().partition("?")[0]
                found.append((fragment.position(), name))
            iterator += 1
        block = block.next()
    return found


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
