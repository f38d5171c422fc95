"""The preview of a paste: which column goes to which field, the first rows, what would be new, changed and unfit."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QRadioButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from census_app.services.pasting import Choices, PastePlan, Reason, Where
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.models.record_table import Column
from census_app.ui.models.text_table import Cell, Heading, TextTableModel
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

_FIGURES = ("UG_NEW_ROWS", "UG_CHANGED", "UG_OVERWRITTEN", "UG_MISFITS")
_WIDTH = 176


class PasteDialog(QDialog):
    """Shows a plan and takes decisions about it; the plan is made anew after each.

    Signals:
        choices_changed: `Choices`; answer with `show_plan`.
    """

    choices_changed = Signal(object)

    def __init__(
        self,
        plan: PastePlan,
        columns: Sequence[Column],
        words: Words,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._words = words
        self._fields = [c for c in columns if not c.id.startswith("\0")]
        self.plan = plan
        self.choices = Choices()
        self._combos: list[QuietCombo] = []
        self.setWindowTitle(words("UG_PASTE_TITLE"))
        self.resize(*theme.PASTE_DIALOG)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        self._head = page.label("", "section", wrap=True)
        self._why = page.label("", "text2", wrap=True)
        column.addWidget(self._head)
        column.addWidget(self._why)
        column.addLayout(self._options())
        column.addLayout(self._figures())
        column.addWidget(page.label(words("UG_MAPPING"), "label"))
        self.model = TextTableModel([], self)
        self.table = self._table()
        column.addWidget(self.table, 1)
        self._rest = page.label("", "hint")
        column.addWidget(self._rest)
        column.addLayout(self._buttons())
        self.show_plan(plan)

    # -- parts -----------------------------------------------------------------------------------------------------

    def _options(self) -> QVBoxLayout:
        words = self._words
        column = QVBoxLayout()
        column.setSpacing(4)
        self.header = QCheckBox(words("UG_HAS_HEADER"))
        self.header.clicked.connect(self._on_header)
        column.addWidget(self.header)
        self.split = QRadioButton()
        self.whole = QRadioButton(words("UG_KEEP_WHOLE"))
        self.here = QRadioButton(words("UG_FROM_HERE"))
        self.end = QRadioButton(words("UG_AT_END"))
        for pair, slot in (
            ((self.split, self.whole), self._on_listed),
            ((self.here, self.end), self._on_where),
        ):
            group = QButtonGroup(self)
            row = QHBoxLayout()
            row.setSpacing(16)
            for button in pair:
                group.addButton(button)
                row.addWidget(button)
            row.addStretch(1)
            group.buttonClicked.connect(slot)
            column.addLayout(row)
        return column

    def _figures(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self._counts = []
        for code in _FIGURES:
            card = page.Card()
            card.body.setSpacing(0)
            figure = page.label("0", "figure")
            card.body.addWidget(page.label(self._words(code), "label"))
            card.body.addWidget(figure)
            self._counts.append(figure)
            row.addWidget(card, 1)
        return row

    def _table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.model)
        theme.set_look(table, "grid")
        table.setAccessibleName(self._words("UG_MAPPING"))
        table.setWordWrap(False)
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)
        table.horizontalHeader().setHighlightSections(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(theme.COMPACT_ROW_HEIGHT)
        return table

    def _buttons(self) -> QHBoxLayout:
        words = self._words
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(page.button(words("UI_CANCEL"), self.reject))
        self.apply_button = page.button("", self.accept, "primary")
        self.apply_button.setDefault(True)
        row.addWidget(self.apply_button)
        return row

    # -- showing ---------------------------------------------------------------------------------------------------

    def show_plan(self, plan: PastePlan) -> None:
        """Show what the paste would do now."""
        same = len(plan.columns) == len(self._combos)
        self.plan = plan
        words = self._words
        width = len(plan.columns)
        self._head.setText(
            words("UG_PASTE_HEAD", rows=words.count(plan.rows), columns=words.count(width))
        )
        self._why.setText(self._reasons(plan))
        self._show_options(plan)
        numbers = (plan.new_rows, plan.changed, plan.overwritten, plan.misfits)
        for label, number in zip(self._counts, numbers, strict=True):
            label.setText(words.count(number))
        theme.set_look(self._counts[2], "figure-warn" if plan.overwritten else "figure")
        theme.set_look(self._counts[3], "figure-bad" if plan.misfits else "figure")
        self._show_table(plan, same=same)
        more = plan.rows - len(plan.sample)
        self._rest.setText(words("UG_MORE_ROWS", count=words.count(more)) if more > 0 else "")
        self.apply_button.setText(words("UG_PASTE_ROWS", count=words.count(plan.rows)))
        self.apply_button.setEnabled(bool(plan.changed))

    def _reasons(self, plan: PastePlan) -> str:
        words = self._words
        lost = sum(not name for name in plan.columns)
        said = {
            Reason.LIST: words("UG_WHY_LIST", count=plan.rows),
            Reason.HEADER: words("UG_WHY_HEADER"),
            Reason.WIDE: words("UG_WHY_WIDE", count=lost),
            Reason.MANY: words("UG_WHY_MANY", count=words.count(plan.new_rows)),
            Reason.UNFIT: words("UG_WHY_UNFIT", count=words.count(plan.misfits)),
        }
        joint = "" if words.language == "zh" else " "
        text = joint.join(sentence for reason, sentence in said.items() if reason in plan.reasons)
        return text or words("UG_WHY_PLAIN")

    def _show_options(self, plan: PastePlan) -> None:
        listed = plan.listed or self.whole.isChecked()
        self.header.setVisible(not listed)
        self.header.setChecked(plan.header)
        for button in (self.split, self.whole):
            button.setVisible(listed)
        if plan.listed:
            self.split.setText(self._words("UG_SPLIT", count=plan.rows))
            self.split.setChecked(True)
        for button in (self.here, self.end):
            button.setVisible(bool(plan.request.keys))
        (self.here if plan.where is Where.HERE else self.end).setChecked(True)

    def _show_table(self, plan: PastePlan, *, same: bool) -> None:
        words = self._words
        if not same:
            headings = [Heading(f"{n + 1}", _WIDTH) for n in range(len(plan.columns))]
            self.model.show_headings(headings)
        rows: list[list[Cell | str]] = [["" for _name in plan.columns]]
        if plan.header:
            rows.append([Cell(text, None, "text_2") for text in plan.heads])
        for number, texts in enumerate(plan.sample):
            rows.append(
                [
                    Cell(text, Icon.ERROR, "bad")
                    if (number, column) in plan.unfit
                    else Cell(text, None, "" if plan.columns[column] else "text_2")
                    for column, text in enumerate(texts)
                ]
            )
        self.model.show_rows(rows)
        self.table.setRowHeight(0, theme.INPUT_HEIGHT + 2)
        self._combos = [self._combo(n, words) for n in range(len(plan.columns))]
        for number, combo in enumerate(self._combos):
            self.table.setColumnWidth(number, _WIDTH)
            self.table.setIndexWidget(self.model.index(0, number), combo)

    def _combo(self, number: int, words: Words) -> QuietCombo:
        combo = QuietCombo()
        combo.addItem(words("UG_LEAVE_OUT"), "")
        for field in self._fields:
            combo.addItem(field.title, field.id)
        combo.setCurrentIndex(max(0, combo.findData(self.plan.columns[number])))
        head = self.plan.heads[number] or str(number + 1)
        combo.setAccessibleName(words("UG_COLUMN_GOES", column=head))
        combo.activated.connect(self._on_mapping)
        return combo

    # -- deciding --------------------------------------------------------------------------------------------------

    def _on_header(self, checked: bool) -> None:
        self._decide(dataclasses.replace(self.choices, header=checked, columns=None))

    def _on_listed(self) -> None:
        listed = self.split.isChecked()
        self._decide(dataclasses.replace(self.choices, listed=listed, columns=None, where=None))

    def _on_where(self) -> None:
        where = Where.HERE if self.here.isChecked() else Where.END
        self._decide(dataclasses.replace(self.choices, where=where))

    def _on_mapping(self) -> None:
        changed = self.sender()
        names = [str(combo.currentData()) for combo in self._combos]
        last = changed.currentData() if isinstance(changed, QuietCombo) else ""
        for number, combo in enumerate(self._combos):
            # A field has one column: the one that was chosen for it last.
            if combo is not changed and names[number] == last:
                names[number] = ""
        self._decide(dataclasses.replace(self.choices, columns=tuple(names)))

    def _decide(self, choices: Choices) -> None:
        self.choices = choices
        self.choices_changed.emit(choices)
