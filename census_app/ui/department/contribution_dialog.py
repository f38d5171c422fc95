"""What a contribution would change, before it is taken over."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from census_app.formspec.model import FormSet
from census_app.ui.department.contribution_lines import ContributionSeen, PlanLine
from census_app.ui.models.text_table import Cell, Heading, TextTableModel, text_table
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

KINDS = {
    "conflict": ("UI_PLAN_CONFLICT", Icon.ALERT, "warn"),
    "added": ("UI_PLAN_ADDED", Icon.ADD, "good"),
    "changed": ("UI_PLAN_CHANGED", Icon.REFRESH, "accent"),
    "removed": ("UI_PLAN_REMOVED", Icon.DELETE, "bad"),
}


class ContributionDialog(QDialog):
    """Figures above, every record below; accepting merges."""

    def __init__(
        self, seen: ContributionSeen, form_set: FormSet, words: Words, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.seen = seen
        self._form_set, self._words = form_set, words
        self.setWindowTitle(words("UI_PLAN_TITLE"))
        self.resize(820, 560)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        plan = seen.plan
        heading = words("UI_PLAN_FROM", name=plan.sender_name, number=plan.package.sequence)
        column.addWidget(page.label(heading, "title", wrap=True))
        column.addWidget(page.label(words("UI_PLAN_SAFE"), "hint", wrap=True))
        column.addLayout(self._figures())
        self.model = TextTableModel(
            [
                Heading(words("UI_PLAN_WHAT"), 130),
                Heading(words("UI_COL_KIND"), 150),
                Heading(words("UI_COL_RECORD")),
                Heading(words("UI_PLAN_FIELDS"), 260),
            ],
            self,
        )
        order = list(KINDS)
        lines = sorted(seen.lines, key=lambda each: order.index(each.kind))
        self.model.show_rows([self._row(line) for line in lines])
        column.addWidget(text_table(self.model, words("UI_PLAN_TABLE")), 1)
        column.addLayout(self._buttons())

    def _figures(self) -> QHBoxLayout:
        merge, words = self.seen.plan.merge, self._words
        numbers = (
            ("UI_PLAN_ADDED", len(merge.inserts)),
            ("UI_PLAN_CHANGED", len(merge.edits)),
            ("UI_PLAN_REMOVED", len(merge.removes)),
            ("UI_PLAN_UNCHANGED", merge.unchanged),
            ("UI_PLAN_CONFLICT", len(merge.conflicts)),
        )
        row = QHBoxLayout()
        row.setSpacing(8)
        for code, number in numbers:
            card = page.Card()
            card.body.setSpacing(0)
            card.body.addWidget(page.label(words(code), "label"))
            card.body.addWidget(page.label(words.count(number), "figure"))
            row.addWidget(card, 1)
        return row

    def _buttons(self) -> QHBoxLayout:
        words, merge = self._words, self.seen.plan.merge
        row = QHBoxLayout()
        row.setSpacing(8)
        if merge.conflicts:
            row.addWidget(page.label(words("UI_PLAN_CONFLICTS_TIP"), "hint", wrap=True), 1)
        else:
            row.addStretch(1)
        row.addWidget(page.button(words("UI_CANCEL"), self.reject))
        self.merge = page.button(words("UI_PLAN_MERGE"), self.accept, "primary")
        self.merge.setDefault(True)
        row.addWidget(self.merge)
        return row

    def _row(self, line: PlanLine) -> tuple[Cell | str, ...]:
        words, form = self._words, self._form_set.form(line.form)
        code, symbol, tone = KINDS[line.kind]
        names = [form.field_by_id(f).label.get(words.language) for f in line.fields]
        fields = words("LIST_JOINT").join(names)
        if line.kind == "conflict" and not fields:
            fields = words("UI_WHOLE_RECORD")
        return (
            Cell(words(code), symbol, tone),
            form.label.get(words.language),
            line.title or words("UI_UNNAMED"),
            fields or "—",
        )
