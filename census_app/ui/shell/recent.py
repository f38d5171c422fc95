"""The files opened before: whose they are, where they lie, when they were last open, and which are missing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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

from census_app.domain.addresses import is_address, parts_of
from census_app.ui.shell import theme
from census_app.ui.shell.application import URL_FILE, Preferences, is_file_place
from census_app.ui.shell.icons import Icon, pixmap
from census_app.ui.shell.translation import Words

Index = QModelIndex | QPersistentModelIndex
_FACTS: Final = "recent_facts"
_FILE_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 1


@dataclass(frozen=True, slots=True)
class RecentFile:
    """A file or a catalogue on a server that was opened before.

    Attributes:
        place: Path of the file; of a server its URL without password, or `@` and the path of a file with the URL.
        name: Of the department or the coordinating body.
        opened: UTC time it was last opened.
        training: A practice file.
        missing: It is no longer where it was.
    """

    place: str
    name: str = ""
    opened: str = ""
    training: bool = False
    missing: bool = False

    @property
    def on_server(self) -> bool:
        """Whether it lies on a server."""
        return not is_file_place(self.place)

    @property
    def title(self) -> str:
        """Its name, else what the place says of it."""
        if self.name:
            return self.name
        return parts_of(self.place).database if is_address(self.place) else self.path.stem

    @property
    def path(self) -> Path:
        """The file; of a server the file that names it, if one does."""
        return Path(self.place.removeprefix(URL_FILE))


class RecentFiles:
    """The list in the preferences."""

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences

    def all(self) -> list[RecentFile]:
        """Return the files, the newest first."""
        facts = self._facts()
        found = []
        for place in self._preferences.recent_places():
            known = facts.get(place, {})
            made = RecentFile(
                place,
                str(known.get("name", "")),
                str(known.get("opened", "")),
                bool(known.get("training")),
            )
            gone = not is_address(place) and not made.path.is_file()
            found.append(replace(made, missing=gone))
        return found

    def remember(self, place: Path | str, name: str, opened: str, *, training: bool) -> None:
        """Put a file or a server at the head of the list, with what can be told of it without opening it."""
        self._preferences.remember_place(place)
        facts = {
            **self._facts(),
            str(place): {"name": name, "opened": opened, "training": training},
        }
        self._store(facts)

    def forget(self, place: Path | str) -> None:
        """Take a file or a server off the list."""
        self._preferences.forget_place(place)
        self._store(self._facts())

    def _store(self, facts: Mapping[str, Mapping[str, object]]) -> None:
        listed = set(self._preferences.recent_places())
        kept = {place: known for place, known in facts.items() if place in listed}
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
            return file.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return file.place.removeprefix(URL_FILE)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return "，".join(filter(None, (*self.lines(file), self._words.moment(file.opened))))
        return file if role == _FILE_ROLE else None

    def lines(self, file: RecentFile) -> tuple[str, str]:
        """Return the two lines of an entry: whose file it is; its name and folder, or that it is missing."""
        first = file.title
        if file.training:
            first = self._words("GD_RECENT_TRAINING", name=first)
        where = f"{file.path.name} · {file.path.parent}"
        if is_address(file.place):
            parts = parts_of(file.place)
            who = f"{parts.user}@" if parts.user else ""
            where = self._words("CS_RECENT", place=f"{who}{parts.address().name}")
        elif file.on_server:
            where = self._words("CS_RECENT", place=where)
        return first, self._words("GD_RECENT_MISSING", file=where) if file.missing else where


class RecentList(QListView):
    """Opens a file with one click or Enter; Delete takes it off the list.

    Signals:
        open_wanted: place, as `RecentFile.place`.
        forget_wanted: place.
    """

    open_wanted = Signal(str)
    forget_wanted = Signal(str)

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
            self.open_wanted.emit(file.place)
        elif file is not None and event.key() == Qt.Key.Key_Delete:
            self.forget_wanted.emit(file.place)
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
            self.open_wanted.emit(file.place)

    def _on_open(self) -> None:
        if self.current is not None:
            self.open_wanted.emit(self.current.place)

    def _on_forget(self) -> None:
        if self.current is not None:
            self.forget_wanted.emit(self.current.place)


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
        symbol = Icon.LINK if file.on_server else Icon.DOCUMENT
        symbol = Icon.ALERT if file.missing else symbol
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
