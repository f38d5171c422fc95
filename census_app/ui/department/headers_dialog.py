"""Ask what columns nobody knows mean: once for a kind of list, then never again on this computer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from census_app.formspec.model import FormSet
from census_app.services.remembered_columns import ColumnQuestion, possible_fields
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.shell import page, theme
from census_app.ui.shell.tables import prepare_table
from census_app.ui.shell.translation import Words

HEADER, SAMPLES, MEANING = range(3)
_SIZE: Final = (760, 440)
_WIDTHS: Final = {HEADER: 210, MEANING: 270}


class HeadersDialog(QDialog):
    """One row for each unknown column, with what may stand under it.

    Attributes:
        combos: In the order of the questions.
    """

    def __init__(
        self,
        questions: Sequence[ColumnQuestion],
        form_set: FormSet,
        words: Words,
        parent: QWidget | None,
    ) -> None:
        super().__init__(parent)
        self._questions, self._form_set, self._words = list(questions), form_set, words
        self.combos: list[QuietCombo] = []
        self.setWindowTitle(words("UI_HEADERS_TITLE"))
        self.resize(*_SIZE)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        column.addWidget(page.label(words("UI_HEADERS_TITLE"), "title"))
        column.addWidget(page.label(words("UI_HEADERS_WHY"), "hint", wrap=True))
        column.addWidget(self._table(), 1)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(page.button(words("UI_CANCEL"), self.reject))
        self.take = page.button(words("UI_HEADERS_TAKE"), self.accept, "primary")
        row.addWidget(self.take)
        column.addLayout(row)

    def answers(self) -> dict[str, dict[str, str]]:
        """Return, by kind of list, header → field; an empty one leaves the column out. What waits is not in it."""
        found: dict[str, dict[str, str]] = {}
        for question, combo in zip(self._questions, self.combos, strict=True):
            if combo.currentData() is None:
                continue
            found.setdefault(question.shape, {})[question.header] = str(combo.currentData())
        return found

    def _table(self) -> QTableWidget:
        words = self._words
        table = QTableWidget(len(self._questions), 3)
        prepare_table(table, words("UI_HEADERS_TITLE"))
        table.setHorizontalHeaderLabels(
            [words(f"UI_HEADERS_{name}") for name in ("HEADER", "SAMPLES", "MEANING")]
        )
        table.verticalHeader().setDefaultSectionSize(theme.INPUT_HEIGHT + 8)
        head = table.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setSectionResizeMode(SAMPLES, QHeaderView.ResizeMode.Stretch)
        for place, width in _WIDTHS.items():
            table.setColumnWidth(place, width)
        for number, question in enumerate(self._questions):
            samples = words.listed(question.samples)
            for place, text in ((HEADER, question.header), (SAMPLES, samples)):
                item = QTableWidgetItem(text)
                item.setToolTip(f"{question.file} · {question.sheet}\n{text}")
                table.setItem(number, place, item)
            combo = self._combo(question)
            self.combos.append(combo)
            table.setCellWidget(number, MEANING, _padded(combo))
        return table

    def _combo(self, question: ColumnQuestion) -> QuietCombo:
        words, combo = self._words, QuietCombo()
        combo.addItem(words("UI_HEADERS_LATER"), None)
        combo.addItem(words("UI_HEADERS_LEFT_OUT"), "")
        for ref, zh, en in possible_fields(self._form_set, question):
            combo.addItem(en if words.language == "en" else zh, f"{ref.form}.{ref.field}")
        combo.setAccessibleName(words("UI_HEADERS_OF", header=question.header))
        return combo


def _padded(combo: QuietCombo) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(4, 4, 4, 4)
    row.addWidget(combo)
    holder.setFocusProxy(combo)
    return holder
