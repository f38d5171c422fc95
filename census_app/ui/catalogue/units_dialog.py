"""The bodies a department reports for beside itself: a section, a subordinate unit, a department of a city."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from census_app.exchange.names import CODE_PATTERN
from census_app.ui.catalogue.act_dialog import ActDialog
from census_app.ui.models.text_table import Heading, TextTableModel, text_table
from census_app.ui.shell import page
from census_app.ui.shell.accessibility import add_row
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

LINES: Final = 5


class UnitsDialog(ActDialog):
    """Lists the bodies and lets one add more; what becomes of them is the caller's.

    Args:
        known: Code → name of those that are named already; they stay.
    """

    def __init__(
        self, words: Words, name: str, known: Mapping[str, str], parent: QWidget | None
    ) -> None:
        super().__init__(words, words("CT_UNITS_TITLE", name=name), parent, 560)
        self._known = dict(known)
        self.added: dict[str, str] = {}
        self.code, self.name = QLineEdit(), QLineEdit()
        self.model = TextTableModel(
            [Heading(words("CT_UNIT_CODE"), 210), Heading(words("CT_UNIT_NAME"))], self
        )
        self._build()

    def _build(self) -> None:
        words = self.words
        self.column.addWidget(page.label(words("CT_UNITS_LEAD"), "hint", wrap=True))
        view = text_table(self.model, words("CT_UNITS"))
        view.setMinimumHeight(LINES * 32)
        self.column.addWidget(view, 1)
        row = QHBoxLayout()
        row.setSpacing(8)
        left, right = QVBoxLayout(), QVBoxLayout()
        row.addLayout(left, 2)
        row.addLayout(right, 3)
        add_row(left, words("CT_UNIT_CODE"), self.code)
        add_row(right, words("CT_UNIT_NAME"), self.name)
        self.add = page.button(words("CT_UNIT_ADD"), self._on_add, symbol=Icon.ADD)
        row.addWidget(self.add, 0, Qt.AlignmentFlag.AlignBottom)
        self.column.addLayout(row)
        self._hint = page.label(words("CT_UNIT_HINT"), "hint", wrap=True)
        self.column.addWidget(self._hint)
        self.code.textChanged.connect(self._on_typed)
        self.name.textChanged.connect(self._on_typed)
        self.name.returnPressed.connect(self._on_add)
        self._show()
        self.finish(words("CT_UNITS_DO"))
        self._on_typed()
        self.code.setFocus()

    def ready(self) -> bool:
        """Say whether something was added, and nothing typed waits to be added."""
        return bool(self.added) and not self.code.text().strip()

    def act(self) -> None:
        """Close; the caller takes `added`."""
        self.accept()

    def _on_typed(self) -> None:
        code = self.code.text().strip().upper()
        good = re.fullmatch(CODE_PATTERN, code) is not None
        self.add.setEnabled(good and bool(self.name.text().strip()))
        wrong = len(code) >= 18 and not good
        self._hint.setText(self.words("CT_UNIT_WRONG" if wrong else "CT_UNIT_HINT"))
        self.update_ready()

    def _on_add(self) -> None:
        if self.add.isEnabled():
            self.added[self.code.text().strip().upper()] = self.name.text().strip()
            self.code.clear()
            self.name.clear()
            self._show()
            self.code.setFocus()
            self.update_ready()

    def _show(self) -> None:
        units = {**self._known, **self.added}
        self.model.show_rows([(code, units[code]) for code in sorted(units)])
