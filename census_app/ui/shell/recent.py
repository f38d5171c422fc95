"""The files opened before: whose they are, where they lie, when they were last open, and which are missing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QContextMenuEvent, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)
from typing_extensions import override

from census_app.ui.shell import theme
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon, pixmap
from census_app.ui.shell.translation import Words

Index = QModelIndex | QPersistentModelIndex
_FACTS: Final = "recent_facts"
_FILE_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 1


@dataclass(frozen=True, slots=True)
class RecentFile:
    """A file opened before.

    Attributes:
        name: Of the department or the coordinating body.
        opened: UTC time it was last opened.
        training: A practice file.
        missing: It is no longer where it was.
    """

    path: Path
    name: str = ""
    opened: str = ""
    training: bool = False
    missing: bool = False


class RecentFiles:
    """The list in the preferences."""

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences

    def all(self) -> list[RecentFile]:
        """Return the files, the newest first."""
        facts = self._facts()
        found = []
        for path in self._preferences.recent_paths():
            known = facts.get(str(path), {})
            found.append(
                RecentFile(
                    path,
                    str(known.get("name", "")),
                    str(known.get("opened", "")),
                    bool(known.get("training")),
                    missing=not path.is_file(),
                )
            )
        return found

    def remember(self, path: Path, name: str, opened: str, *, training: bool) -> None:
        """Put a file at the head of the list, with what can be told of it without opening it."""
        self._preferences.remember_file(path)
        facts = {**self._facts(), str(path): {"name": name, "opened": opened, "training": training}}
        self._store(facts)

    def forget(self, path: Path) -> None:
        """Take a file off the list."""
        self._preferences.forget_file(path)
        self._store(self._facts())

    def _store(self, facts: Mapping[str, Mapping[str, object]]) -> None:
        listed = {str(p) for p in self._preferences.recent_paths()}
        kept = {path: known for path, known in facts.items() if path in listed}
        self._preferences.remember_text(_FACTS, json.dumps(kept, ensure_ascii=False))
        self._preferences.save()

    def _facts(self) -> dict[str, Mapping[str, object]]:
        try:
            stored = json.loads(self._preferences.text(_FACTS))
        except ValueError:
            return {}
        sound = isinstance(stored, dict)
        return {k: v for k, v in stored.items() if isinstance(v, dict)} if sound else {}


class RecentModel(QAbstractListModel):
    """The files, in order."""

    def __init__(self, words: Words, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self.files: list[RecentFile] = []

    def show_files(self, files: Sequence[RecentFile]) -> None:
        """Show other files."""
        self.beginResetModel()
        self.files = list(files)
        self.endResetModel()

    @override
    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.files)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self.files):
            return None
        file = self.files[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return file.name or file.path.stem
        if role == Qt.ItemDataRole.ToolTipRole:
            return str(file.path)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return "，".join(filter(None, (*self.lines(file), self._words.moment(file.opened))))
        return file if role == _FILE_ROLE else None

    def lines(self, file: RecentFile) -> tuple[str, str]:
        """Return the two lines of an entry: whose file it is; its name and folder, or that it is missing."""
        first = file.name or file.path.stem
        if file.training:
            first = self._words("GD_RECENT_TRAINING", name=first)
        where = f"{file.path.name} · {file.path.parent}"
        return first, self._words("GD_RECENT_MISSING", file=where) if file.missing else where


class RecentList(QListView):
    """Opens a file with one click or Enter; Delete takes it off the list.

    Signals:
        open_wanted: path.
        forget_wanted: path.
    """

    open_wanted = Signal(object)
    forget_wanted = Signal(object)

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self.setAccessibleName(words("UI_START_OPEN"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        theme.set_look(self, "plain")
        self._model = RecentModel(words, self)
        self.setModel(self._model)
        self.setItemDelegate(_RecentDelegate(self._model, words, self))
        self.clicked.connect(self._on_clicked)

    def show_files(self, files: Sequence[RecentFile]) -> None:
        """Show files; the first that is there becomes the current one, so that Enter opens it."""
        self._model.show_files(files)
        present = next((n for n, f in enumerate(files) if not f.missing), 0)
        if files:
            self.setCurrentIndex(self._model.index(present, 0))

    @property
    def current(self) -> RecentFile | None:
        """The chosen file."""
        found = self.currentIndex().data(_FILE_ROLE)
        return found if isinstance(found, RecentFile) else None

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        file = self.current
        if file is not None and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.open_wanted.emit(file.path)
        elif file is not None and event.key() == Qt.Key.Key_Delete:
            self.forget_wanted.emit(file.path)
        else:
            super().keyPressEvent(event)

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        file = self.current
        if file is None:
            return
        menu = QMenu(self)
        menu.addAction(self._words("GD_RECENT_OPEN")).triggered.connect(self._on_open)
        menu.addAction(self._words("GD_RECENT_FORGET")).triggered.connect(self._on_forget)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def _on_clicked(self, index: QModelIndex) -> None:
        file = index.data(_FILE_ROLE)
        if isinstance(file, RecentFile) and not file.missing:
            self.open_wanted.emit(file.path)

    def _on_open(self) -> None:
        if self.current is not None:
            self.open_wanted.emit(self.current.path)

    def _on_forget(self) -> None:
        if self.current is not None:
            self.forget_wanted.emit(self.current.path)


class _RecentDelegate(QStyledItemDelegate):
    HEIGHT = 52

    def __init__(self, model: RecentModel, words: Words, parent: QObject) -> None:
        super().__init__(parent)
        self._model, self._words = model, words

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, self.HEIGHT)

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        file = index.data(_FILE_ROLE)
        if not isinstance(file, RecentFile):
            return
        colours, area = theme.tokens(), QRect(option.rect).adjusted(0, 1, 0, -1)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.accent_weak if chosen else colours.canvas))
            painter.drawRoundedRect(area, theme.RADIUS, theme.RADIUS)
        if chosen and option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QColor(colours.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area.adjusted(0, 0, -1, -1), theme.RADIUS, theme.RADIUS)
        self._paint_lines(painter, area.adjusted(10, 5, -10, -5), file)
        painter.restore()

    def _paint_lines(self, painter: QPainter, area: QRect, file: RecentFile) -> None:
        colours = theme.tokens()
        symbol = Icon.ALERT if file.missing else Icon.DOCUMENT
        tint = colours.bad if file.missing else colours.text_2
        ratio = painter.device().devicePixelRatioF()
        painter.drawPixmap(area.left(), area.top() + 3, pixmap(symbol, tint, 16, ratio))
        room = area.adjusted(26, 0, 0, 0)
        painter.setFont(theme.font(theme.HINT_PX))
        when = self._words.moment(file.opened)
        painter.setPen(QColor(colours.text_2))
        top = Qt.AlignmentFlag.AlignTop
        painter.drawText(room.adjusted(0, 2, 0, 0), top | Qt.AlignmentFlag.AlignRight, when)
        wide = painter.fontMetrics().horizontalAdvance(when) + 12
        first, second = self._model.lines(file)
        painter.setPen(QColor(colours.bad if file.missing else colours.text_2))
        shown = painter.fontMetrics().elidedText(second, Qt.TextElideMode.ElideMiddle, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, shown)
        painter.setFont(theme.font(theme.BODY_PX, bold=True))
        painter.setPen(QColor(colours.text))
        shown = painter.fontMetrics().elidedText(
            first, Qt.TextElideMode.ElideRight, room.width() - wide
        )
        painter.drawText(room, top | Qt.AlignmentFlag.AlignLeft, shown)
