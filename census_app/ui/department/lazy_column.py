"""A scrolling column of widgets that are made when they come into sight: a thousand cards cost as much as ten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from census_app.ui.shell import theme

FIRST: Final = 5
"""Made at once."""

SLICE: Final = 4
"""Made between two events."""

AHEAD: Final = 400
"""Pixels below the visible part that are made already."""

Make = Callable[[], QWidget]


class LazyColumn(QScrollArea):
    """Widgets below each other; scrolling down makes more, until there are no more."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._waiting: list[Make] = []
        self._column: QVBoxLayout | None = None
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._make_slice)
        self.verticalScrollBar().valueChanged.connect(self._on_moved)
        self.verticalScrollBar().rangeChanged.connect(self._on_moved)

    def show_widgets(self, widgets: Sequence[QWidget]) -> None:
        """Show widgets that are there already."""
        self.show_made([partial(_same, widget) for widget in widgets], at_once=len(widgets))

    def show_made(self, makers: Sequence[Make], at_once: int = FIRST) -> None:
        """Show what the makers give, the first ones at once."""
        self._timer.stop()
        inner = QWidget()
        theme.set_look(inner, "page")
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(0, 8, 4, 8)
        self._column.setSpacing(8)
        self._waiting = list(makers)
        self._column.addStretch(1)
        self._make(at_once)
        place = self.verticalScrollBar().value()
        self.setWidget(inner)
        self.verticalScrollBar().setValue(place)
        if self._waiting:
            self._timer.start()

    @property
    def waiting(self) -> int:
        """How many are not made yet."""
        return len(self._waiting)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._on_moved()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._on_moved()

    def _make(self, count: int) -> None:
        column = self._column
        if column is None:
            return
        now, self._waiting = self._waiting[:count], self._waiting[count:]
        for maker in now:
            column.insertWidget(column.count() - 1, maker())  # before the stretch

    def _make_slice(self) -> None:
        if self._waiting and self._hungry():
            self._make(SLICE)
            self._timer.start()

    def _hungry(self) -> bool:
        """Say whether what is made ends soon below what is seen."""
        inner = self.widget()
        if inner is None:
            return False
        seen = self.verticalScrollBar().value() + self.viewport().height()
        return self.isVisible() and inner.height() < seen + AHEAD

    def _on_moved(self) -> None:
        if self._waiting and not self._timer.isActive():
            self._timer.start()


def _same(widget: QWidget) -> QWidget:
    return widget
