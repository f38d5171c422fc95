"""What an eye would find on a page: texts that are cut, placeholders left open, keys that mean two things."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QDialog,
    QLabel,
    QMainWindow,
    QMenu,
    QTabBar,
    QToolButton,
    QWidget,
)
from typing_extensions import override

from census_app.ui.department.list_header import ListHeader
from census_app.ui.shell.translation import Words

_OPEN_PLACEHOLDER = re.compile(r"\{[a-z_]+\}")
_PADDING = " lorem ipsum dolor sit amet consectetur adipiscing elit sed do"


@dataclass(frozen=True, slots=True)
class LongerWords(Words):
    """English in which every text is 40 % longer, as other languages are."""

    language: str = "en"

    @override
    def __call__(self, code: str, /, **params: object) -> str:
        text = Words.__call__(self, code, **params)
        return text + _PADDING[: math.ceil(len(text) * 0.4)]


def cut_texts(window: QWidget) -> list[str]:
    """Return the texts of visible labels and buttons that have less room than they need.

    What scrolls may be outside; what is elided on purpose says its whole text in a tooltip.
    """
    found = []
    for label in window.findChildren(QLabel):
        text = label.text()
        if not text or not label.isVisible() or not label.pixmap().isNull():
            continue
        if label.wordWrap():
            cut = label.height() + 1 < label.heightForWidth(label.width())
        else:
            cut = label.width() + 1 < label.minimumSizeHint().width()
        if cut or _covered(label):
            found.append(f"{type(label).__name__}: {text[:60]}")
    for button in window.findChildren(QAbstractButton):
        if (
            not button.text()
            or not button.isVisible()
            or button.toolTip().startswith(button.text())
        ):
            continue
        icon_only = isinstance(button, QToolButton)
        if not icon_only and (
            button.width() + 1 < button.minimumSizeHint().width() or _covered(button)
        ):
            found.append(f"{type(button).__name__}: {button.text()[:60]}")
    return found


def _covered(widget: QWidget) -> bool:
    """Whether a part of a widget lies outside what holds it; what scrolls may."""
    above = widget.parentWidget()
    while above is not None and not above.isWindow():
        if isinstance(above, QAbstractScrollArea):
            return False
        above = above.parentWidget()
    return widget.visibleRegion().boundingRect().width() + 1 < widget.width()


def crowded_tabs(window: QWidget) -> list[str]:
    """Return the tabs that can be seen only after scrolling."""
    found = []
    for bar in window.findChildren(QTabBar):
        if not bar.isVisible():
            continue
        last = bar.tabRect(bar.count() - 1)
        if bar.count() and last.right() > bar.width():
            found.append(bar.tabText(bar.count() - 1))
    return found


def cut_heads(window: QWidget) -> list[str]:
    """Return the titles of lists' columns that are cut."""
    return [
        str(head.model().headerData(n, Qt.Orientation.Horizontal))
        for head in window.findChildren(ListHeader)
        if head.isVisible()
        for n in range(head.count())
        if any(
            line.endswith("…")
            for line in head._lines(
                str(head.model().headerData(n, Qt.Orientation.Horizontal)), head._room(n)
            )
        )
    ]


class StrayWindows(QObject):
    """Notes widgets that flash up as windows of their own, since they were shown before they had a parent."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        instance = QApplication.instance()
        assert instance is not None
        instance.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            meant = isinstance(watched, QMainWindow | QDialog | QMenu)
            if not meant and watched.windowType() in {Qt.WindowType.Window, Qt.WindowType.Widget}:
                self.found.append(f"{type(watched).__name__} {getattr(watched, 'text', str)()}")
        return False


def open_placeholders(window: QWidget) -> list[str]:
    """Return visible texts in which a placeholder was not filled."""
    texts = [w.text() for w in window.findChildren(QLabel)]
    texts += [w.text() for w in window.findChildren(QAbstractButton)]
    texts += [w.toolTip() for w in window.findChildren(QWidget)]
    return [text for text in texts if _OPEN_PLACEHOLDER.search(text)]


def doubled_shortcuts(window: QWidget) -> list[str]:
    """Return the keys that two things answer to in the same place, which Qt then gives to neither."""
    keys: Counter[tuple[str, int]] = Counter()
    for action in window.findChildren(QAction):
        if action.isEnabled() and action.isVisible():
            keys.update((k.toString(), 0) for k in set(action.shortcuts()))
    for shortcut in window.findChildren(QShortcut):
        parent = shortcut.parent()
        wide = shortcut.context().name in {"WindowShortcut", "ApplicationShortcut"}
        shown = isinstance(parent, QWidget) and (parent.isVisible() or parent is window)
        if shown and shortcut.isEnabled() and wide:
            keys.update((k.toString(), 0) for k in set(shortcut.keys()))
    for button in window.findChildren(QAbstractButton):
        if button.isVisible() and button.isEnabled() and not button.shortcut().isEmpty():
            keys[button.shortcut().toString(), 0] += 1
    return [key for (key, _place), times in keys.items() if key and times > 1]
