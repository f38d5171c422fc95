"""Icons: one enum, one SVG file each in `resources/icons`, drawn in the colour that is asked for."""

from __future__ import annotations

import enum
from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from census_app.assets import resource


class Icon(enum.StrEnum):
    """Every icon of the window; the value is the file's name without `.svg`."""

    ADD = "add"
    ALERT = "alert"
    ARROW_DOWN = "arrow-down"
    ARROW_LEFT = "arrow-left"
    ARROW_RIGHT = "arrow-right"
    ARROW_UP = "arrow-up"
    BUILDING = "building"
    CALENDAR = "calendar"
    CHART = "chart"
    CHECK = "check"
    CLOSE = "close"
    COLUMNS = "columns"
    COMMENT = "comment"
    COPY = "copy"
    DATABASE = "database"
    DELETE = "delete"
    DOCUMENT = "document"
    ERROR = "error"
    EXPORT = "export"
    FILL_DOWN = "fill-down"
    FILTER = "filter"
    FOLDER = "folder"
    FORK = "fork"
    HELP = "help"
    HISTORY = "history"
    IMPORT = "import"
    INBOX = "inbox"
    INFO = "info"
    INSERT_ROW = "insert-row"
    KEY = "key"
    LINK = "link"
    LIST = "list"
    MORE = "more"
    PANEL = "panel"
    PASTE = "paste"
    PRINT = "print"
    REDO = "redo"
    REFRESH = "refresh"
    SAVE = "save"
    SCALES = "scales"
    SEARCH = "search"
    SHIELD = "shield"
    SORT_DOWN = "sort-down"
    SORT_UP = "sort-up"
    TARGET = "target"
    THEME = "theme"
    TREE = "tree"
    UNDO = "undo"


@lru_cache(maxsize=64)
def _source(icon: Icon) -> str:
    return resource("icons", f"{icon.value}.svg").read_text(encoding="utf-8")


@lru_cache(maxsize=512)
def pixmap(icon: Icon, colour: str, size: int = 16, ratio: float = 1.0) -> QPixmap:
    """Return an icon drawn in a colour at a size in device-independent pixels."""
    renderer = QSvgRenderer(QByteArray(_source(icon).replace("currentColor", colour).encode()))
    pixels = round(size * ratio)
    drawn = QPixmap(pixels, pixels)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    renderer.render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    drawn.setDevicePixelRatio(ratio)
    return drawn


@lru_cache(maxsize=256)
def icon(name: Icon, colour: str, size: int = 16, disabled: str = "") -> QIcon:
    """Return an icon for buttons and menus, sharp at every scale; `disabled` is its colour while it is of no use."""
    made = QIcon()
    for ratio in (1.0, 1.5, 2.0):
        made.addPixmap(pixmap(name, colour, size, ratio))
        if disabled:
            made.addPixmap(pixmap(name, disabled, size, ratio), QIcon.Mode.Disabled)
    return made
