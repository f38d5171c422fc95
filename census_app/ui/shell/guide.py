"""The list at the left of both windows: where a person is, and how far each step is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)
from typing_extensions import override

from census_app.ui.shell import theme
from census_app.ui.shell.icons import Icon, pixmap

Index = QModelIndex | QPersistentModelIndex
ENTRY_ROLE = int(Qt.ItemDataRole.UserRole) + 1


@dataclass(frozen=True, slots=True)
class GuideEntry:
    """One line of the guide.

    Attributes:
        done: How many records are filled in and without error; None when the step has no ring.
        total: Of how many.
        note: Text at the right instead of the figures, such as "1 new".
        tip: What the ring means, in words; also told to screen readers.
        group_above: Draw a line above: another kind of step begins.
        errors: How many records have errors; `warned`, how many only lack a reason. The ring shows both.
        icon: Before the label, where there is no ring.
        due: By when it is to be done, in words, under the label; `late` when that day is over.
    """

    id: str
    label: str
    done: int | None = None
    total: int | None = None
    note: str = ""
    tip: str = ""
    group_above: bool = False
    errors: int = 0
    warned: int = 0
    due: str = ""
    late: bool = False
    icon: Icon | None = None

    def due_on(self, due: str, *, late: bool) -> GuideEntry:
        """Return the entry with its day."""
        return replace(self, due=due, late=late)

    @property
    def figures(self) -> str:
        """The text at the right."""
        if self.note:
            return self.note
        return f"{self.done} / {self.total}" if self.done is not None and self.total else ""

    @property
    def marked(self) -> bool:
        """Whether a ring or an icon stands before the label."""
        return self.done is not None or self.icon is not None

    @property
    def complete(self) -> bool:
        """Whether everything of the step is done."""
        return bool(self.total) and self.done == self.total


class GuideModel(QAbstractListModel):
    """The entries of the guide, in order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.entries: list[GuideEntry] = []

    def show_entries(self, entries: Sequence[GuideEntry]) -> None:
        """Show entries; when only figures changed, the selection stays."""
        if [e.id for e in entries] == [e.id for e in self.entries]:
            lines = [[(bool(e.due), e.figures) for e in some] for some in (entries, self.entries)]
            resized = lines[0] != lines[1]
            self.entries = list(entries)
            self.dataChanged.emit(self.index(0), self.index(len(entries) - 1))
            if resized:
                self.layoutChanged.emit()
            return
        self.beginResetModel()
        self.entries = list(entries)
        self.endResetModel()

    @override
    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.entries)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self.entries):
            return None
        entry = self.entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.label
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(filter(None, (entry.tip, entry.due))) or None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return " ".join(filter(None, (entry.label, entry.figures, entry.tip, entry.due)))
        if role == ENTRY_ROLE:
            return entry
        return None


class GuideList(QListView):
    """Shows the steps; the person chooses one by mouse, arrow keys or its first letter."""

    chosen = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._model = GuideModel(self)
        self.setModel(self._model)
        self.setItemDelegate(_GuideDelegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        theme.set_look(self, "plain")
        self.selectionModel().currentChanged.connect(self._on_current_changed)

    def show_entries(self, entries: Sequence[GuideEntry]) -> None:
        """Show entries, keeping the current one when it is still there."""
        current = self.current()
        self._model.show_entries(entries)
        if current and self.current() != current:
            self.select(current)

    def current(self) -> str:
        """Return the id of the chosen entry, or the empty text."""
        entry = self.currentIndex().data(ENTRY_ROLE)
        return entry.id if isinstance(entry, GuideEntry) else ""

    def select(self, entry_id: str) -> None:
        """Choose an entry."""
        for row, entry in enumerate(self._model.entries):
            if entry.id == entry_id:
                self.setCurrentIndex(self._model.index(row))

    def _on_current_changed(self, current: QModelIndex, previous: QModelIndex) -> None:
        del previous
        entry = current.data(ENTRY_ROLE)
        if isinstance(entry, GuideEntry):
            self.chosen.emit(entry.id)


class _GuideDelegate(QStyledItemDelegate):
    HEIGHT = 37
    DUE_HEIGHT = 15

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        entry = index.data(ENTRY_ROLE)
        extra = 0
        if isinstance(entry, GuideEntry):
            view = option.widget
            wide = view.viewport().width() if isinstance(view, QAbstractItemView) else 0
            second = bool(entry.due) or self._figures_below(entry, wide)
            extra = 13 * entry.group_above + self.DUE_HEIGHT * second
        return QSize(120, self.HEIGHT + extra)

    @staticmethod
    def _figures_below(entry: GuideEntry, width: int) -> bool:
        """Say whether a note or figures have no room beside the label, were it chosen and so in bold."""
        if not entry.figures or width <= 0:
            return False
        label = QFontMetrics(theme.font(theme.BODY_PX, bold=True)).horizontalAdvance(entry.label)
        beside = QFontMetrics(theme.font(theme.HINT_PX)).horizontalAdvance(entry.figures)
        return 10 + 24 * entry.marked + label + beside + 20 > width

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry = index.data(ENTRY_ROLE)
        if not isinstance(entry, GuideEntry):
            return
        colours = theme.tokens()
        area = QRect(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if entry.group_above:
            painter.setPen(QPen(QColor(colours.border), 1))
            painter.drawLine(area.left() + 12, area.top() + 6, area.right() - 12, area.top() + 6)
            area.setTop(area.top() + 13)
        area.adjust(0, 1, 0, -1)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.accent_weak if chosen else colours.canvas))
            painter.drawRoundedRect(area, theme.RADIUS, theme.RADIUS)
        self._paint_text(painter, area, entry, chosen=chosen)
        if chosen and option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(colours.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(
                QRectF(area).adjusted(0.5, 0.5, -0.5, -0.5), theme.RADIUS, theme.RADIUS
            )
        painter.restore()

    def _paint_text(
        self, painter: QPainter, area: QRect, entry: GuideEntry, *, chosen: bool
    ) -> None:
        colours = theme.tokens()
        left = area.left() + 10
        moved = self._figures_below(entry, area.width())
        second = " · ".join(filter(None, (entry.figures if moved else "", entry.due)))
        figures = "" if moved else entry.figures
        if second:
            below = area.adjusted(34 if entry.marked else 10, self.HEIGHT - 10, -8, 0)
            area = QRect(area.left(), area.top(), area.width(), self.HEIGHT - 4)
            painter.setFont(theme.font(theme.HINT_PX))
            calm = colours.accent if moved and entry.note and not entry.due else colours.text_2
            painter.setPen(QColor(colours.warn if entry.late else calm))
            metrics = painter.fontMetrics()
            due = metrics.elidedText(second, Qt.TextElideMode.ElideRight, below.width())
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, due)
        if entry.done is not None:
            paint_ring(painter, QRectF(left, area.center().y() - 8, 16, 16), entry)
            left += 24
        elif entry.icon is not None:
            tint = colours.accent if chosen else colours.text_2
            drawn = pixmap(entry.icon, tint, 16, painter.device().devicePixelRatioF())
            painter.drawPixmap(left, area.center().y() - 7, drawn)
            left += 24
        painter.setFont(theme.font(theme.HINT_PX))
        wide = painter.fontMetrics().horizontalAdvance(figures)
        painter.setPen(QColor(colours.accent if entry.note else colours.text_2))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(area.adjusted(0, 0, -10, 0), middle | Qt.AlignmentFlag.AlignRight, figures)
        painter.setFont(theme.font(theme.BODY_PX, bold=chosen))
        painter.setPen(QColor(colours.text))
        room = QRect(left, area.top(), area.right() - left - wide - 18, area.height())
        text = painter.fontMetrics().elidedText(
            entry.label, Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, middle | Qt.AlignmentFlag.AlignLeft, text)


def paint_ring(painter: QPainter, area: QRectF, entry: GuideEntry) -> None:
    """Paint how far a step is: arcs for ready, lacking a reason, with errors; a tick when all is ready."""
    colours = theme.tokens()
    ring = area.adjusted(1.5, 1.5, -1.5, -1.5)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if entry.complete:
        painter.setPen(QPen(QColor(colours.good), 2.4))
        painter.drawEllipse(ring)
        size = round(area.width()) - 6
        tick = pixmap(Icon.CHECK, colours.good, size, painter.device().devicePixelRatioF())
        painter.drawPixmap(round(area.x()) + 3, round(area.y()) + 3, tick)
        return
    painter.setPen(QPen(QColor(colours.border), 2.4))
    painter.drawEllipse(ring)
    start = 90 * 16
    for part, colour in (
        (entry.done or 0, colours.accent),
        (entry.warned, colours.warn),
        (entry.errors, colours.bad),
    ):
        if part and entry.total:
            span = round(360 * 16 * part / entry.total)
            painter.setPen(QPen(QColor(colour), 2.4, c=Qt.PenCapStyle.FlatCap))
            painter.drawArc(ring, start, -span)
            start -= span
