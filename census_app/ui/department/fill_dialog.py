"""Give several records the same answer: choose field and answer, see what would change, write it as one step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QVBoxLayout, QWidget

from census_app.domain.records import Unfit, Value
from census_app.formspec.model import Field, Form
from census_app.formspec.types import Context, format_value, parse_value
from census_app.services.filling import FillPlan
from census_app.ui.forms.editor import EditorSetting, FieldEditor, QuietCombo
from census_app.ui.forms.editors import make_editor
from census_app.ui.models.text_table import Heading, TextTableModel, text_table
from census_app.ui.shell import accessibility, page
from census_app.ui.shell.translation import Words

_NOT_TOGETHER = frozenset({"calculation", "note", "attachment"})
_OLD_SHOWN: Final = 200
_TABLE_HEIGHT: Final = 172

Planner = Callable[[Field, Value | None, Callable[[FillPlan], None]], None]
"""Asks what giving an answer (None: emptying the field) would do; the plan comes later."""


def fields_to_fill(form: Form) -> list[Field]:
    """Return the fields several records may share: the department's own, but not the name."""
    return [
        f
        for f in form.field
        if f.owner == "department" and f.type not in _NOT_TOGETHER and f.id != form.title
    ]


class FillDialog(QDialog):
    """Chooses a field and its answer, and shows before and after.

    Args:
        fields: To choose from; with one, nothing needs to be chosen.
        count: Number of records that were chosen.
        planner: Says what would change; without it nothing is foretold.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        count: int,
        context: Context,
        words: Words,
        parent: QWidget | None = None,
        planner: Planner | None = None,
    ) -> None:
        super().__init__(parent)
        self._fields = list(fields)
        self._count, self._planner = count, planner
        self._context, self._words = context, words
        self.value: Value | None = None
        self.plan: FillPlan | None = None
        self._editor: FieldEditor | None = None
        self.setWindowTitle(words("UI_FILL_TITLE"))
        self.setMinimumWidth(560)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        column.addWidget(page.label(words("UI_FILL_HEAD", count=count), "section", wrap=True))
        self._choice = QuietCombo()
        self._choice.setMaxVisibleItems(16)
        for field in self._fields:
            self._choice.addItem(field.label.get(words.language), field.id)
        row = accessibility.add_row(column, words("UI_COL_FIELD"), self._choice)
        holder = row.parentWidget()
        if holder is not None:
            holder.setVisible(len(self._fields) > 1)
        self._place = QVBoxLayout()
        column.addLayout(self._place)
        self.clear = QCheckBox(words("UI_FILL_CLEAR"))
        column.addWidget(self.clear)
        self._problem = page.label("", "bad", wrap=True)
        self._problem.hide()
        column.addWidget(self._problem)
        column.addWidget(self._preview())
        column.addStretch(1)
        column.addLayout(self._buttons())
        self._choice.currentIndexChanged.connect(self._on_field)
        self.clear.toggled.connect(self._on_clear)
        self._on_field(0)

    def _preview(self) -> QWidget:
        words = self._words
        self._foretold = QWidget()
        column = QVBoxLayout(self._foretold)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.summary = page.label("", "strong", wrap=True)
        column.addWidget(self.summary)
        self._old = TextTableModel(
            (Heading(words("UI_FILL_NOW")), Heading(words("UI_FILL_COUNT"), 88, right=True))
        )
        self.table = text_table(self._old, words("UI_FILL_NOW"))
        self.table.setFixedHeight(_TABLE_HEIGHT)
        column.addWidget(self.table)
        self.left_alone = page.label("", "text2", wrap=True)
        column.addWidget(self.left_alone)
        self.worse = page.label("", "warn", wrap=True)
        column.addWidget(self.worse)
        self._foretold.setVisible(self._planner is not None)
        return self._foretold

    def _buttons(self) -> QHBoxLayout:
        words, buttons = self._words, QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(page.label(words("UI_FILL_UNDO"), "hint"))
        buttons.addStretch(1)
        buttons.addWidget(page.button(words("UI_CANCEL"), self.reject))
        self.apply_button = page.button(
            words("UI_FILL_APPLY", count=self._count), self._on_apply, "primary"
        )
        self.apply_button.setDefault(True)
        buttons.addWidget(self.apply_button)
        return buttons

    @property
    def field(self) -> Field:
        """The field that was chosen."""
        return self._fields[max(0, self._choice.currentIndex())]

    @property
    def decided(self) -> bool:
        """Whether there is an answer to give, or the field shall be emptied."""
        return self.value is not None or self.clear.isChecked()

    def take_text(self, text: str) -> None:
        """Take what was typed; what does not fit cannot be given to many records."""
        value = parse_value(text, self.field, self._context).value
        fits = not isinstance(value, Unfit)
        self._say("" if fits else self._words("UI_FILL_UNFIT", text=text))
        self.take_value(value if fits else None)

    def take_value(self, value: object) -> None:
        """Take what was chosen."""
        self.value = value  # type: ignore[assignment]
        if self._editor is not None:
            self._editor.show_value(self.value, rewrite=False)
        if self.value is not None and self.clear.isChecked():
            self.clear.setChecked(False)  # asks for the plan itself
        else:
            self._foretell()

    # -- inside ----------------------------------------------------------------------------------------------------

    def _on_field(self, index: int) -> None:
        del index
        while (item := self._place.takeAt(0)) is not None:
            before = item.widget()
            if before is not None:
                before.hide()
                before.deleteLater()
        setting = EditorSetting(self.field, self._context, self._words)
        self._editor = make_editor(setting)
        self._editor.text_committed.connect(self.take_text)
        self._editor.value_committed.connect(self.take_value)
        label = self.field.label.get(self._words.language)
        self._editor.name_for_reader(label, "")
        shown = label if len(self._fields) == 1 else self._words("UI_FILL_ANSWER")
        self._place.addWidget(page.label(shown, "label"))
        self._place.addWidget(self._editor)
        self._say("")
        self.clear.setChecked(False)
        self.take_value(None)
        self._editor.setFocus()

    def _on_clear(self, on: bool) -> None:
        if on:
            self.value = None
            self._say("")
            if self._editor is not None:
                self._editor.show_value(None, rewrite=True)
        if self._editor is not None:
            self._editor.setEnabled(not on)
        self._foretell()

    def _foretell(self) -> None:
        self.plan = None
        words = self._words
        if self._planner is None:
            return
        self._old.show_rows([])
        self.left_alone.setText("")
        self.worse.hide()
        self.summary.setText(words("UI_FILL_COUNTING" if self.decided else "UI_FILL_FIRST"))
        self.apply_button.setEnabled(self.decided)
        self.apply_button.setText(words("UI_FILL_APPLY", count=self._count))
        if self.decided:
            asked = (self.field.id, self.value, self.clear.isChecked())

            def planned(plan: FillPlan) -> None:
                if asked == (self.field.id, self.value, self.clear.isChecked()):
                    self._show_plan(plan)

            self._planner(self.field, self.value, planned)

    def _show_plan(self, plan: FillPlan) -> None:
        self.plan = plan
        words, field, context = self._words, self.field, self._context
        count = len(plan.changing)
        new = format_value(plan.value, field, context) or words("UI_FILTER_BLANK")
        shown = new if len(new) <= 40 else new[:39] + "…"
        told = (
            words("UI_FILL_WILL", count=count, value=shown) if count else words("UI_FILL_NOTHING")
        )
        self.summary.setText(told)
        rows = [
            [
                format_value(o.value, field, context) or words("UI_FILTER_BLANK"),
                words.count(o.count),
            ]
            for o in plan.old[:_OLD_SHOWN]
        ]
        more = plan.old[_OLD_SHOWN:]
        if more:
            rest = words("UI_FILL_OTHERS", count=len(more))
            rows.append([rest, words.count(sum(o.count for o in more))])
        self._old.show_rows(rows)
        parts = [
            ("UI_FILL_SAME", plan.same),
            ("UI_FILL_IRRELEVANT", len(plan.irrelevant)),
            ("UI_FILL_UNSUITABLE", len(plan.unsuitable)),
            ("UI_FILL_REFUSED", len(plan.refused)),
            ("UI_FILL_GONE", plan.gone),
        ]
        left = words("UI_JOINT").join(words(code, count=n) for code, n in parts if n)
        self.left_alone.setText(words("UI_FILL_LEFT", what=left) if left else "")
        self.left_alone.setVisible(bool(left))
        self.worse.setText(words("UI_FILL_WORSE", count=plan.worse))
        self.worse.setVisible(plan.worse > 0)
        self.apply_button.setText(words("UI_FILL_APPLY", count=count))
        self.apply_button.setEnabled(count > 0)

    def _on_apply(self) -> None:
        if self._editor is not None:
            self._editor.flush()
        if self.decided:
            self.accept()
        elif not self._problem.text().strip():
            self._say(self._words("UI_FILL_EMPTY"))

    def _say(self, problem: str) -> None:
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
