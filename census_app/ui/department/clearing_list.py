"""The list of all systems with how each stands, narrowed by chips."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from census_app.domain.systems import Standing, SystemCase, complete, standing_of
from census_app.formspec.types import Context
from census_app.services.clearing import SystemsToClear
from census_app.ui.department.clearing_words import disposition_cell, standing_cell
from census_app.ui.models.text_table import Heading, TextTableModel, text_table
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

ZOMBIES: Final = frozenset({Standing.NO_MEASURE, Standing.MEASURE, Standing.CLEARED})
CHIPS: Final = (
    ("open", "JG_CHIP_OPEN", "chip"),
    ("signs", "JG_CHIP_SIGNS", "chip-warn"),
    ("zombies", "JG_CHIP_ZOMBIES", "chip"),
)


_CHIP_TEXTS: Final = {chip: code for chip, code, _look in CHIPS}


class SystemList(QWidget):
    """Chips and table.

    Signals:
        chosen: id of a system.
        entered: Enter was pressed: on to its questions.
    """

    chosen = Signal(str)
    entered = Signal()

    def __init__(self, context: Context, words: Words) -> None:
        super().__init__()
        self._context, self._words = context, words
        self._found = SystemsToClear((), (), {}, "")
        self._chip = ""
        self._only: frozenset[str] | None = None
        self._current = ""
        self.listed: list[SystemCase] = []
        self.model = TextTableModel(
            (
                Heading(words("JG_COL_NAME")),
                Heading(words("JG_COL_STANDING"), 124),
                Heading(words("JG_COL_DISPOSITION"), 112),
            ),
            self,
        )
        self.table = text_table(self.model, words("JG_LIST"))
        self.table.selectionModel().currentRowChanged.connect(self._on_current)
        self.table.activated.connect(self._on_activated)
        self.chips: list[QPushButton] = []
        row = QHBoxLayout()
        row.setSpacing(6)
        for chip, code, look in CHIPS:
            made = page.button(words(code, count=0), look=look)
            made.setCheckable(True)
            made.clicked.connect(self._on_chip)
            made.setProperty("chip", chip)
            self.chips.append(made)
            row.addWidget(made)
        row.addStretch(1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(
            page.EmptyState(
                words("JG_NOTHING_FOUND"), [(words("UI_SHOW_ALL"), self.show_all)], Icon.SEARCH
            )
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self._stack, 1)

    def show_systems(self, found: SystemsToClear) -> None:
        """Show all systems anew; the chosen one stays, also when the chip no longer fits it."""
        self._found = found
        for made in self.chips:
            chip = str(made.property("chip"))
            count = sum(self._fits(chip)(case) for case in found.cases)
            made.setText(self._words(_CHIP_TEXTS[chip], count=count))
            made.setEnabled(bool(count) or made.isChecked())
        self._fill()

    def choose(self, record: str) -> None:
        """Choose a system."""
        ids = [str(case.id) for case in self.listed]
        if record in ids:
            self.table.selectRow(ids.index(record))

    def step(self, by: int) -> bool:
        """Go to a neighbour; False at the end of the list."""
        to = self.table.currentIndex().row() + by
        if not 0 <= to < len(self.listed):
            return False
        self.table.selectRow(to)
        return True

    def show_only(self, ids: frozenset[str]) -> None:
        """Narrow the list to some systems."""
        self._check("")
        self._only = ids
        self._current = ""
        self._fill()
        if self.listed:
            self.table.selectRow(0)

    def show_all(self) -> None:
        """Show all systems."""
        self._check("")
        self._fill()

    def _fits(self, chip: str) -> Callable[[SystemCase], bool]:
        signs = self._found.signs

        def to_look_at(case: SystemCase) -> bool:
            return standing_of(case) is Standing.OPEN and bool(signs.get(case.id))

        return {
            "open": lambda case: not complete(case),
            "signs": to_look_at,
            "zombies": lambda case: standing_of(case) in ZOMBIES,
        }.get(chip, lambda _case: True)

    def _fill(self) -> None:
        fits, only = self._fits(self._chip), self._only
        self.listed = [
            case
            for case in self._found.cases
            # What is being worked on does not vanish under the person's hands.
            if case.id == self._current or (fits(case) and (only is None or case.id in only))
        ]
        rows = [
            (
                case.name or self._words("UI_UNNAMED"),
                standing_cell(case, self._words),
                disposition_cell(case, self._context, self._words),
            )
            for case in self.listed
        ]
        selection = self.table.selectionModel()
        selection.blockSignals(True)
        self.model.show_rows(rows, self.listed)
        selection.blockSignals(False)
        self._stack.setCurrentIndex(0 if rows or not self._found.cases else 1)
        ids = [str(case.id) for case in self.listed]
        if self._current in ids:
            selection.blockSignals(True)
            self.table.selectRow(ids.index(self._current))
            selection.blockSignals(False)
            self.table.viewport().update()

    def _check(self, chip: str) -> None:
        self._chip, self._only = chip, None
        for made in self.chips:
            made.setChecked(bool(chip) and made.property("chip") == chip)

    def _on_chip(self, checked: bool) -> None:
        sender = self.sender()
        self._check(str(sender.property("chip")) if checked and sender is not None else "")
        self._current = ""
        self._fill()
        if self.listed:
            self.table.selectRow(0)

    def _on_current(self, current: QModelIndex, previous: QModelIndex) -> None:
        del previous
        if 0 <= current.row() < len(self.listed):
            self._current = str(self.listed[current.row()].id)
            self.chosen.emit(self._current)

    def _on_activated(self, index: QModelIndex) -> None:
        del index
        self.entered.emit()
