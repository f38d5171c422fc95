"""The chips above a list: how records stand, what the list is narrowed by, and how many it found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from census_app.ui.forms.flow import FlowLayout
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

QUERIES = "queries"
"""The chip of records about which coordinators ask."""

ALIKE = "alike"
"""The chip of records that may be duplicates; the others are those of the problems."""

CHIPS = (
    ("unfinished", "UI_CHIP_UNFINISHED", "chip"),
    ("errors", "UI_CHIP_ERRORS", "chip-bad"),
    ("warnings", "UI_CHIP_WARNINGS", "chip-warn"),
    (QUERIES, "UI_CHIP_QUERIES", "chip"),
    (ALIKE, "UI_CHIP_ALIKE", "chip-warn"),
)
_ONLY_WHEN_SOME = frozenset({QUERIES, ALIKE})


class FilterChip(QFrame):
    """A filter in words; a click changes it, the cross takes it away.

    Signals:
        wanted, removed: id of the field.
    """

    wanted = Signal(str)
    removed = Signal(str)

    def __init__(self, field: str, text: str, words: Words) -> None:
        super().__init__()
        self._field = field
        theme.set_look(self, "filter-chip")
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 2, 0)
        row.setSpacing(2)
        shown = text if len(text) <= 40 else text[:39] + "…"
        self.open = page.button(shown, self._on_open, "chip-text")
        self.open.setToolTip(text)
        self.cross = page.icon_button(
            Icon.CLOSE, words("UI_FILTER_DROP", filter=text), self._on_cross
        )
        theme.set_look(self.cross, "tiny")
        row.addWidget(self.open)
        row.addWidget(self.cross)

    def _on_open(self) -> None:
        self.wanted.emit(self._field)

    def _on_cross(self) -> None:
        self.removed.emit(self._field)


class ChipBar(QWidget):
    """Two lines: state chips with the buttons for filters and columns; below, while the list is narrowed, by what.

    Signals:
        pressed: A state chip was pressed.
        filter_wanted: Field to filter by, or the empty text to choose one.
        filter_removed: Field whose filter goes.
        search_removed: The search goes.
        cleared: Everything that narrows the list goes.
    """

    pressed = Signal()
    filter_wanted = Signal(str)
    filter_removed = Signal(str)
    search_removed = Signal()
    columns_wanted = Signal()
    compare_wanted = Signal()
    cleared = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self.group = QButtonGroup(self)
        self.group.setExclusive(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(self._first_line())
        self._second = QWidget()
        self._flow = FlowLayout(8, 6)
        self._second.setLayout(self._flow)
        self.found = page.label("", "hint")
        self.found.setFixedHeight(24)
        self.compare = page.button(words("UI_COMPARE"), self._on_compare, "link")
        self.clear = page.button(words("UI_FILTER_CLEAR"), self._on_clear, "link")
        self._chips: list[FilterChip] = []
        self._second.hide()
        column.addWidget(self._second)

    def _first_line(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        states, flow = QWidget(), FlowLayout(8, 6)
        states.setLayout(flow)
        for chip, code, look in CHIPS:
            made = page.button(self._words(code, count=0), look=look)
            made.setCheckable(True)
            made.setProperty("chip", chip)
            made.setProperty("code", code)
            made.clicked.connect(self._on_chip)
            self.group.addButton(made)
            flow.addWidget(made)
            made.setVisible(chip not in _ONLY_WHEN_SOME)  # after it has a parent, or it is a window
        row.addWidget(states, 1)
        self.filter_button = page.button(
            self._words("UI_FILTER"), self._on_filter, "small", Icon.FILTER
        )
        self.columns_button = page.button(
            self._words("UI_COLUMNS"), self._on_columns, "small", Icon.COLUMNS
        )
        row.addWidget(self.filter_button, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.columns_button, 0, Qt.AlignmentFlag.AlignTop)
        return row

    # -- what the list uses ----------------------------------------------------------------------------------------

    @property
    def states(self) -> list[str]:
        """The state chips that are pressed."""
        return [str(c.property("chip")) for c in self.group.buttons() if c.isChecked()]

    def press(self, names: Iterable[str]) -> bool:
        """Press some state chips, as far as they stand for any record; say whether one was pressed."""
        wanted = set(names)
        found = [c for c in self.group.buttons() if c.property("chip") in wanted]
        free = [c for c in found if c.isEnabled() and not c.isChecked()]
        for chip in free:
            chip.setChecked(True)
        return bool(free)

    def release(self) -> None:
        """Let all state chips go."""
        for chip in self.group.buttons():
            chip.setChecked(False)

    def show_count(self, name: str, count: int) -> None:
        """Show how many records a state chip stands for."""
        chip = self._chip(name)
        chip.setText(self._words(str(chip.property("code")), count=count))
        chip.setEnabled(bool(count) or chip.isChecked())
        if name in _ONLY_WHEN_SOME:
            chip.setVisible(chip.isEnabled())

    def show_filters(self, search: str, filters: Sequence[tuple[str, str]]) -> None:
        """Show what narrows the list: the search, then (field, words) of the filters."""
        for chip in self._chips:
            chip.hide()
            chip.deleteLater()
        while self._flow.takeAt(0) is not None:
            pass
        self._chips = []
        if search:
            found = FilterChip("", self._words("UI_SEARCH_CHIP", text=search), self._words)
            found.removed.connect(self.search_removed)
            self._chips.append(found)
        for field, text in filters:
            made = FilterChip(field, text, self._words)
            made.wanted.connect(self.filter_wanted)
            made.removed.connect(self.filter_removed)
            self._chips.append(made)
        for each in (self.found, *self._chips, self.compare, self.clear):
            self._flow.addWidget(each)
            each.show()
        self.compare.setVisible(ALIKE in self.states)

    def show_found(self, text: str) -> None:
        """Say what the list found; the empty text when nothing narrows it."""
        self.found.setText(text)
        self._second.setVisible(bool(text))
        self._second.updateGeometry()

    def _chip(self, name: str) -> QPushButton:
        for chip in self.group.buttons():
            if chip.property("chip") == name and isinstance(chip, QPushButton):
                return chip
        raise LookupError(name)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _on_chip(self) -> None:
        self.pressed.emit()

    def _on_filter(self) -> None:
        self.filter_wanted.emit("")

    def _on_columns(self) -> None:
        self.columns_wanted.emit()

    def _on_compare(self) -> None:
        self.compare_wanted.emit()

    def _on_clear(self) -> None:
        self.cleared.emit()
