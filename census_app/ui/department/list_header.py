"""The head of a list: click sorts, the funnel filters, drag moves a column, the context menu offers all of it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QFontMetrics, QMouseEvent, QPainter
from PySide6.QtWidgets import QHeaderView, QStyleOptionHeader, QWidget
from typing_extensions import override

from census_app.ui.models.record_table import RecordTableModel
from census_app.ui.shell import theme
from census_app.ui.shell.icons import Icon, pixmap

_MARK: Final = 14
_EDGE: Final = 7
_PADDING: Final = 8


class ListHeader(QHeaderView):
    """Shows what the list is sorted and filtered by; a section that can be filtered shows its funnel under the mouse.

    Signals:
        sort_wanted: section that was clicked.
        filter_wanted: section whose funnel was clicked.
        menu_wanted: section and place on the screen, for a context menu.
        released: The mouse button was let go.
    """

    sort_wanted = Signal(int)
    filter_wanted = Signal(int)
    menu_wanted = Signal(int, QPoint)
    released = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.sorted_by = ""
        self.descending = False
        self.filtered: frozenset[str] = frozenset()
        self.can_filter: frozenset[str] = frozenset()
        self._under = -1
        self._on_mark = False
        self.setMouseTracking(True)
        self.setHighlightSections(False)
        self.setSectionsClickable(True)
        self.setSectionsMovable(True)
        self.setFirstSectionMovable(False)
        self.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.setMinimumSectionSize(48)
        self.sectionClicked.connect(self._on_clicked)

    def show_state(self, sorted_by: str, *, descending: bool, filtered: frozenset[str]) -> None:
        """Mark the column the list is sorted by and those it is filtered by."""
        self.sorted_by, self.descending, self.filtered = sorted_by, descending, filtered
        self.fit_height()
        self.viewport().update()

    @override
    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        painter.save()
        super().paintSection(painter, rect, logicalIndex)
        painter.restore()
        marks = self._marks(logicalIndex)
        if not marks:
            return
        colours = theme.tokens()
        place = self._mark_place(rect, logicalIndex)
        room = QRect(place.topLeft(), QSize((_MARK + 2) * len(marks) + 2, place.height()))
        if not self._stands_right(logicalIndex):
            room.moveRight(place.right() + 1)
        painter.fillRect(room.adjusted(0, 2, 0, -2), QColor(colours.surface_2))
        step = (_MARK + 2) * (1 if self._stands_right(logicalIndex) else -1)
        top = rect.top() + (rect.height() - _MARK) // 2
        ratio = self.devicePixelRatioF()
        for number, (symbol, colour) in enumerate(marks):
            drawn = pixmap(symbol, str(getattr(colours, colour)), _MARK, ratio)
            painter.drawPixmap(QPoint(place.left() + number * step, top), drawn)

    @override
    def initStyleOptionForIndex(self, option: QStyleOptionHeader, logicalIndex: int) -> None:
        """Set a title in two lines where one is too short for it."""
        super().initStyleOptionForIndex(option, logicalIndex)
        model = self.model()
        title = str(model.headerData(logicalIndex, Qt.Orientation.Horizontal) or "")
        option.text = "\n".join(self._lines(title, self._room(logicalIndex)))

    def fit_height(self) -> None:
        """Be as high as the titles need at their present widths."""
        room = [self._room(n) for n in range(self.count())]
        if self.model() is None:
            return
        titles = [self.model().headerData(n, Qt.Orientation.Horizontal) for n in range(len(room))]
        width = QFontMetrics(theme.font(theme.HINT_PX)).horizontalAdvance
        two = any(width(str(t)) > r for t, r in zip(titles, room, strict=True))
        self.setFixedHeight(theme.TWO_LINE_HEAD_HEIGHT if two else theme.HEAD_HEIGHT)

    @staticmethod
    def needs(title: str) -> int:
        """Return how wide a section must be so that its title is not cut, in two lines if need be."""
        width = QFontMetrics(theme.font(theme.HINT_PX)).horizontalAdvance
        if title.isascii() and " " not in title:
            return width(title) + 2 * _PADDING
        joint = " " if " " in title else ""
        parts = title.split(" ") if joint else list(title)
        broken = (
            max(width(joint.join(parts[:n])), width(joint.join(parts[n:])))
            for n in range(1, len(parts))
        )
        return min(broken, default=width(title)) + 2 * _PADDING

    def _room(self, section: int) -> int:
        """Return what is left for a title beside the marks that stay there."""
        column = self._column_id(section)
        marks = (column in self.filtered) + bool(column and column == self.sorted_by)
        around = _PADDING + (_PADDING if not marks else (_MARK + 2) * marks + _EDGE)
        return self.sectionSize(section) - around

    def _lines(self, title: str, room: int) -> list[str]:
        """Return a title as one line, or as two that break between words or, in Chinese, between characters."""
        metrics = QFontMetrics(theme.font(theme.HINT_PX))
        if metrics.horizontalAdvance(title) <= room:
            return [title]
        if title.isascii() and " " not in title:
            return [metrics.elidedText(title, Qt.TextElideMode.ElideRight, room)]
        parts = title.split(" ") if " " in title else list(title)
        joint = " " if " " in title else ""
        first = parts[0]
        rest = parts[1:]
        while rest and metrics.horizontalAdvance(first + joint + rest[0]) <= room:
            first += joint + rest.pop(0)
        if not joint and len(rest) == 1:  # two characters below look better than one
            first, rest = first[:-1], [first[-1], *rest]
        lines = [first, joint.join(rest)]
        return [metrics.elidedText(n, Qt.TextElideMode.ElideRight, room) for n in lines if n]

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._on_mark = self._is_on_mark(event.position().toPoint())
        super().mousePressEvent(event)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self.released.emit()

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._look_under(self.logicalIndexAt(event.position().toPoint()))
        super().mouseMoveEvent(event)

    @override
    def leaveEvent(self, event: QEvent) -> None:
        self._look_under(-1)
        super().leaveEvent(event)

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_wanted.emit(self.logicalIndexAt(event.pos()), event.globalPos())

    # -- inside ----------------------------------------------------------------------------------------------------

    def _column_id(self, section: int) -> str:
        model = self.model()
        if isinstance(model, RecordTableModel) and 0 <= section < len(model.columns):
            return model.columns[section].id
        return ""

    def _marks(self, section: int) -> list[tuple[Icon, str]]:
        """Return the marks of a section, the one at the edge first."""
        column = self._column_id(section)
        found: list[tuple[Icon, str]] = []
        if column in self.filtered:
            found.append((Icon.FILTER, "accent"))
        elif section == self._under and column in self.can_filter:
            found.append((Icon.FILTER, "text_2"))
        if column and column == self.sorted_by:
            found.append((Icon.SORT_DOWN if self.descending else Icon.SORT_UP, "accent"))
        return found

    def _stands_right(self, section: int) -> bool:
        """Whether the title stands at the right, so that marks stand at the left."""
        model = self.model()
        if isinstance(model, RecordTableModel) and 0 <= section < len(model.columns):
            return model.columns[section].right
        return False

    def _mark_place(self, rect: QRect, section: int) -> QRect:
        left = rect.left() + _EDGE if self._stands_right(section) else rect.right() - _EDGE - _MARK
        return QRect(left, rect.top(), _MARK, rect.height())

    def _is_on_mark(self, at: QPoint) -> bool:
        section = self.logicalIndexAt(at)
        if self._column_id(section) not in self.can_filter:
            return False
        left = self.sectionViewportPosition(section)
        rect = QRect(left, 0, self.sectionSize(section), self.height())
        return self._mark_place(rect, section).contains(at)

    def _look_under(self, section: int) -> None:
        if section != self._under:
            self._under = section
            self.viewport().update()

    def _on_clicked(self, section: int) -> None:
        if self._on_mark:
            self.filter_wanted.emit(section)
        else:
            self.sort_wanted.emit(section)
