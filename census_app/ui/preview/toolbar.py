"""The row of controls above the pages; what they do is decided by the widget around them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QIntValidator
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QPushButton, QToolButton, QWidget

from census_app.ui.preview.page_view import ZOOMS, Fit
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


class PreviewToolbar(QWidget):
    """Moving, zooming, finding; saving, opening, printing."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self.side = page.icon_button(Icon.PANEL, words("PREVIEW_SIDE"))
        self.side.setCheckable(True)
        self.before = page.icon_button(Icon.ARROW_UP, words("PREVIEW_BEFORE"))
        self.after = page.icon_button(Icon.ARROW_DOWN, words("PREVIEW_AFTER"))
        self.number = QLineEdit("1")
        self.total = page.label("", "hint")
        self.smaller = _sign_button("−", words("PREVIEW_SMALLER"))
        self.larger = _sign_button("+", words("PREVIEW_LARGER"))
        self.zoom = page.button("100%")
        self.zooms = QActionGroup(self)
        self.search = QLineEdit()
        self.found = page.label("", "hint")
        self.hit_before = page.icon_button(Icon.ARROW_LEFT, words("PREVIEW_HIT_BEFORE"))
        self.hit_after = page.icon_button(Icon.ARROW_RIGHT, words("PREVIEW_HIT_AFTER"))
        self.open = page.icon_button(Icon.EXPORT, words("PREVIEW_OPEN_WITH"))
        self.save = page.button(words("UI_SAVE_AS"), symbol=Icon.SAVE)
        self.print = page.button(words("PREVIEW_PRINT"), None, "primary", Icon.PRINT)
        self._build()

    def connect_buttons(self, calls: dict[str, Callable[[], object]]) -> None:
        """Let the buttons, by attribute name, call bound methods."""
        for name, call in calls.items():
            button: QPushButton | QToolButton = getattr(self, name)
            button.clicked.connect(call)

    def show_zoom(self, zoom: float) -> None:
        """Say the zoom in force."""
        self.zoom.setText(_percent(zoom))

    def show_hits(self, number: int, count: int, *, busy: bool, more: bool) -> None:
        """Say which place is shown of how many, and whether there may be others."""
        code = "PREVIEW_FOUND_SO_FAR" if busy else "PREVIEW_FOUND_MORE" if more else "PREVIEW_FOUND"
        if count:
            self.found.setText(self._words(code, number=number, count=count))
        elif busy:
            self.found.setText(self._words("PREVIEW_LOOKING"))
        else:
            asked = bool(self.search.text().strip())
            self.found.setText(self._words("PREVIEW_NOT_FOUND") if asked else "")
        for button in (self.hit_before, self.hit_after):
            button.setEnabled(count > 0)

    def _build(self) -> None:
        words = self._words
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.number.setFixedWidth(56)
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.number.setValidator(QIntValidator(1, 999_999, self))
        self.number.setAccessibleName(words("PREVIEW_GO_TO"))
        self.search.setPlaceholderText(words("PREVIEW_FIND"))
        self.search.setAccessibleName(words("PREVIEW_FIND"))
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(110)
        self.search.setMaximumWidth(220)
        self._fill_zooms()
        beside: tuple[tuple[QWidget, ...], ...] = (
            (self.side, self.before, self.after, self.number, self.total),
            (self.smaller, self.zoom, self.larger),
        )
        for group in beside:
            for widget in group:
                row.addWidget(widget)
            row.addSpacing(8)
        row.addWidget(self.search, 1)
        for widget in (self.hit_before, self.hit_after, self.found):
            row.addWidget(widget)
        row.addStretch(1)
        for widget in (self.open, self.save, self.print):
            row.addWidget(widget)
        self.show_hits(0, 0, busy=False, more=False)

    def _fill_zooms(self) -> None:
        """Give the zoom a menu: a wheel over a button changes nothing."""
        self.zoom.setAccessibleName(self._words("PREVIEW_ZOOM"))
        menu = QMenu(self.zoom)
        for fit in Fit:
            self._add_zoom(menu, self._words(f"PREVIEW_FIT_{fit.name}"), fit)
        menu.addSeparator()
        for value in ZOOMS:
            self._add_zoom(menu, _percent(value), value)
        self.zoom.setMenu(menu)

    def _add_zoom(self, menu: QMenu, text: str, value: float | Fit) -> None:
        action: QAction = menu.addAction(text)
        action.setData(value)
        self.zooms.addAction(action)


def _percent(zoom: float) -> str:
    return f"{zoom:.0%}"


def _sign_button(sign: str, name: str) -> QPushButton:
    button = page.button(sign, None, "icon")
    button.setToolTip(name)
    button.setAccessibleName(name)
    return button
