"""Small pictures of all pages: made when they come into sight, the last few kept, one after the other."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Final

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)
from typing_extensions import override

from census_app.services.progress import Progress
from census_app.ui.preview.document import PdfPages
from census_app.ui.preview.page_view import PAPER
from census_app.ui.shell import theme
from census_app.ui.shell.tasks import TaskRunner
from census_app.ui.shell.translation import Words

AnyIndex = QModelIndex | QPersistentModelIndex
SIDE: Final = 128
"""Of the square a picture is fitted into, in device-independent pixels."""
EDGE: Final = 8
NUMBER: Final = 20
KEPT: Final = 80
WAITING: Final = 24
"""Pictures that wait to be made; whoever scrolls past a thousand pages waits for those in sight only."""
Roles = Qt.ItemDataRole


class ThumbnailModel(QAbstractListModel):
    """One row a page; a picture is there once it has been asked for."""

    def __init__(self, words: Words, runner: TaskRunner, ratio: float) -> None:
        super().__init__()
        self._words, self._runner, self._ratio = words, runner, ratio
        self._pages: PdfPages | None = None
        self._pictures: OrderedDict[int, QImage] = OrderedDict()
        self._waiting: list[int] = []
        self._making = False

    def show_pages(self, pages: PdfPages | None) -> None:
        """Show another document, or none."""
        self.beginResetModel()
        self._pages = pages
        self._pictures.clear()
        self._waiting.clear()
        self.endResetModel()

    @property
    def kept(self) -> int:
        """Number of pictures in memory."""
        return len(self._pictures)

    def size_of(self, number: int) -> QSize:
        """Return the size of a picture, in device-independent pixels."""
        assert self._pages is not None  # noqa: S101  # rows exist only then
        size = self._pages.sizes[number]
        scale = SIDE / max(size.width(), size.height())
        return QSize(round(size.width() * scale), round(size.height() * scale))

    @override
    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() or self._pages is None else self._pages.count

    @override
    def data(self, index: AnyIndex, role: int = Roles.DisplayRole) -> Any:
        if self._pages is None or not 0 <= index.row() < self._pages.count:
            return None
        if role == Roles.DisplayRole:
            return str(index.row() + 1)
        if role == Roles.AccessibleTextRole:
            total = self._pages.count
            return self._words("PREVIEW_PAGE_OF", number=index.row() + 1, total=total)
        return self._picture(index.row()) if role == Roles.DecorationRole else None

    def _picture(self, number: int) -> QImage | None:
        picture = self._pictures.get(number)
        if picture is not None:
            self._pictures.move_to_end(number)
        elif number not in self._waiting:
            self._waiting.append(number)
            del self._waiting[:-WAITING]
            self._make_next()
        return picture

    def _make_next(self) -> None:
        pages = self._pages
        if self._making or pages is None or not self._waiting:
            return
        self._making = True
        number = self._waiting.pop()
        width = round(self.size_of(number).width() * self._ratio)

        def work(_progress: Progress) -> tuple[PdfPages, int, QImage]:
            return pages, number, pages.render(number, width)

        self._runner.on_reading(work, self, self._on_made)

    def _on_made(self, result: tuple[PdfPages, int, QImage]) -> None:
        self._making = False
        pages, number, picture = result
        if pages is self._pages and not picture.isNull():
            self._pictures[number] = picture
            while len(self._pictures) > KEPT:
                self._pictures.popitem(last=False)
            index = self.index(number)
            self.dataChanged.emit(index, index, [Roles.DecorationRole])
        self._make_next()


class _Delegate(QStyledItemDelegate):
    """A page with a hairline around it and its number below."""

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        model = index.model()
        assert isinstance(model, ThumbnailModel)  # noqa: S101  # made for it
        colours = theme.tokens()
        area: QRect = option.rect
        state = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        place = QRect(area.topLeft(), model.size_of(index.row()))
        place.moveCenter(area.center())
        place.moveTop(area.top() + EDGE + (SIDE - place.height()) // 2)
        painter.save()
        picture = index.data(Roles.DecorationRole)
        if picture is None:
            painter.fillRect(place, PAPER)
        else:
            painter.drawImage(place, picture)
        painter.setPen(QColor(colours.accent if chosen else colours.border))
        painter.drawRect(place.adjusted(-1, -1, 0, 0))
        if chosen:
            painter.drawRect(place.adjusted(-2, -2, 1, 1))
        painter.setPen(QColor(colours.accent if chosen else colours.text_2))
        below = QRect(area.left(), area.top() + EDGE + SIDE, area.width(), NUMBER)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, str(index.data()))
        painter.restore()

    @override
    def sizeHint(self, _option: QStyleOptionViewItem, _index: AnyIndex) -> QSize:
        return QSize(SIDE + 2 * EDGE, SIDE + EDGE + NUMBER + 4)


class ThumbnailView(QListView):
    """The small pages below each other.

    Signals:
        chosen: Number of the page somebody went to, from 0.
    """

    chosen = Signal(int)

    def __init__(self, words: Words, runner: TaskRunner) -> None:
        super().__init__()
        self._pictures = ThumbnailModel(words, runner, self.devicePixelRatioF())
        self._pictures.setParent(self)
        self._following = False
        self.setModel(self._pictures)
        self.setItemDelegate(_Delegate(self))
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName(words("PREVIEW_THUMBNAILS"))
        self.selectionModel().currentChanged.connect(self._on_current)

    @property
    def pictures(self) -> ThumbnailModel:
        """The model."""
        return self._pictures

    def show_pages(self, pages: PdfPages | None) -> None:
        """Show another document, or none."""
        self._following = True
        self._pictures.show_pages(pages)
        self._following = False

    def follow(self, number: int) -> None:
        """Mark the page that is read."""
        index = self._pictures.index(number)
        if index.isValid() and index != self.currentIndex():
            self._following = True
            self.setCurrentIndex(index)
            self._following = False

    def _on_current(self, index: QModelIndex, _before: QModelIndex) -> None:
        if index.isValid() and not self._following:
            self.chosen.emit(index.row())
