"""What stands beside the pages: contents, small pages, places that were found; one of them at a time."""

from __future__ import annotations

import enum
from typing import Final

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QListView,
    QStackedWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from census_app.ui.preview.document import Bookmark, PdfPages
from census_app.ui.preview.finding import HitModel
from census_app.ui.preview.thumbnails import ThumbnailView
from census_app.ui.shell import page
from census_app.ui.shell.tasks import TaskRunner
from census_app.ui.shell.translation import Words

WIDTH: Final = 240


class Tab(enum.IntEnum):
    """What can be shown."""

    CONTENTS = 0
    THUMBNAILS = 1
    HITS = 2


class SidePanel(QWidget):
    """Three lists that lead to pages.

    Signals:
        page_wanted: Number of a page, from 0.
        hit_wanted: Number of a place that was found.
    """

    page_wanted = Signal(int)
    hit_wanted = Signal(int)

    def __init__(self, words: Words, runner: TaskRunner) -> None:
        super().__init__()
        self._words = words
        self.contents = QTreeWidget()
        self.thumbnails = ThumbnailView(words, runner)
        self.places = HitModel(words)
        self.places.setParent(self)
        self.hits = QListView()
        self._stack = QStackedWidget()
        self._buttons = QButtonGroup(self)
        self._following = False
        self._build()

    @property
    def tab(self) -> Tab:
        """What is shown."""
        return Tab(self._stack.currentIndex())

    def show_tab(self, tab: Tab) -> None:
        """Show one of the lists."""
        self._buttons.button(tab).setChecked(True)
        self._stack.setCurrentIndex(tab)

    def show_pages(self, pages: PdfPages | None) -> None:
        """Show another document, or none; its contents come by `show_bookmarks`."""
        self.contents.clear()
        self.thumbnails.show_pages(pages)
        self.places.clear()

    def show_bookmarks(self, bookmarks: list[Bookmark]) -> None:
        """Fill the contents; the first level is open when there are few."""
        path: list[QTreeWidgetItem] = []
        for mark in bookmarks:
            del path[mark.level :]
            item = QTreeWidgetItem([mark.title])
            item.setToolTip(0, mark.title)
            item.setData(0, Qt.ItemDataRole.UserRole, mark.page)
            if path:
                path[-1].addChild(item)
            else:
                self.contents.addTopLevelItem(item)
            path.append(item)
        if not bookmarks and self.tab is Tab.CONTENTS:
            self.show_tab(Tab.THUMBNAILS)
        self._buttons.button(Tab.CONTENTS).setEnabled(bool(bookmarks))

    def follow_page(self, number: int) -> None:
        """Mark the page that is read among the small ones."""
        self.thumbnails.follow(number)

    def follow_hit(self, number: int) -> None:
        """Mark the place that is shown."""
        self._following = True
        self.hits.setCurrentIndex(self.places.index(number))
        self._following = False

    def _build(self) -> None:
        words = self._words
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(0)
        for tab in Tab:
            button = page.button(words(f"PREVIEW_TAB_{tab.name}"), look="segment")
            button.setCheckable(True)
            self._buttons.addButton(button, tab)
            row.addWidget(button, 1)
        column.addLayout(row)
        self.contents.setHeaderHidden(True)
        self.contents.setAccessibleName(words("PREVIEW_CONTENTS"))
        self.hits.setModel(self.places)
        self.hits.setUniformItemSizes(True)
        self.hits.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.hits.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.hits.setAccessibleName(words("PREVIEW_HITS"))
        for widget in (self.contents, self.thumbnails, self.hits):
            widget.setFrameShape(QFrame.Shape.NoFrame)
            self._stack.addWidget(widget)
        column.addWidget(self._stack, 1)
        self._buttons.idClicked.connect(self._on_tab)
        self.contents.currentItemChanged.connect(self._on_contents)
        self.thumbnails.chosen.connect(self.page_wanted)
        self.hits.selectionModel().currentChanged.connect(self._on_hit)
        self.show_tab(Tab.CONTENTS)

    def _on_tab(self, number: int) -> None:
        self._stack.setCurrentIndex(number)

    def _on_contents(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.page_wanted.emit(int(item.data(0, Qt.ItemDataRole.UserRole)))

    def _on_hit(self, index: QModelIndex, _before: QModelIndex) -> None:
        if index.isValid() and not self._following:
            self.hit_wanted.emit(index.row())
