"""Put a value in the place of a department's, with the reason that the department reads beside the suggestion."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QPlainTextEdit, QWidget
from typing_extensions import override

from census_app.domain.chain import Decision
from census_app.domain.corrections import Place
from census_app.formspec.choices import ChoiceIndex
from census_app.formspec.types import Context, NoRecords
from census_app.services.explaining import MINIMUM_LENGTH
from census_app.ui.catalogue.act_dialog import ActDialog, text_row
from census_app.ui.catalogue.ask_dialog import AskTarget, SuggestionInput
from census_app.ui.catalogue.differences_session import DifferenceDesk
from census_app.ui.catalogue.facts import FactGrid
from census_app.ui.shell import page
from census_app.ui.shell.accessibility import add_row
from census_app.ui.shell.translation import Words


class CorrectDialog(ActDialog):
    """The field, its value now, the value that shall stand there, and why.

    Args:
        target: With form, record and field.

    Signals:
        corrected: The `Decision`.
    """

    corrected = Signal(object)

    def __init__(
        self, desk: DifferenceDesk, target: AskTarget, words: Words, parent: QWidget | None
    ) -> None:
        super().__init__(words, words("CD_CORRECT_TITLE"), parent)
        self._desk, self._target = desk, target
        form, field = target.form, target.field
        assert form is not None  # noqa: S101 - only fields of records are corrected
        assert field is not None  # noqa: S101
        self._place = Place(target.department, form.id, target.record, field.id)
        language = words.language
        self.column.addWidget(
            FactGrid(
                [
                    (words("CAT_COL_DEPARTMENT"), target.department_name),
                    (form.label.get(language), target.title or words("CAT_NO_NAME")),
                    (words("CR_COL_FIELD"), field.label.get(language)),
                    (words("CR_PRESENT"), target.present or words("CR_EMPTY")),
                ]
            )
        )
        form_set = desk.session.form_set
        context = Context(form_set, ChoiceIndex(form_set), NoRecords(), language)
        self.value = SuggestionInput(target, field, context, words)
        unit = field.unit.get(language) if field.unit is not None else ""
        hint = words("CR_SUGGESTION_HINT", unit=unit) if unit else ""
        label = words("CD_RIGHT_VALUE")
        add_row(self.column, label, self.value.input, hint=hint)
        if self.value.editor is not None:
            self.value.editor.name_for_reader(label, hint)
        if field.type in {"text", "longtext"} and self.value.text is not None:
            self._begin_with(target.present)
        self.empty = QCheckBox(words("CD_EMPTY_IT"))
        self.empty.toggled.connect(self._on_empty)
        self.column.addWidget(self.empty)
        self.reason = text_row(
            self.column, words("UI_REASON"), hint=words("CD_REASON_HINT"), required=True, lines=3
        )
        self.reason.textChanged.connect(self.update_ready)
        self.column.addWidget(page.label(words("CD_CORRECT_WHY"), "hint", wrap=True))
        self.column.addStretch(1)
        self.finish(words("CD_CORRECT_VERB"))
        self.value.input.setFocus()

    @override
    def ready(self) -> bool:
        return len(self.reason.toPlainText().strip()) >= MINIMUM_LENGTH

    @override
    def act(self) -> None:
        value = None if self.empty.isChecked() else self.value.value
        if value is None and not self.empty.isChecked():
            self._say_missing()
            return
        self._desk.correct(
            self._place, value, self.reason.toPlainText(), self, self._on_done, self.fail
        )

    def _begin_with(self, present: str) -> None:
        """Let the person edit what stands there instead of typing it again."""
        text = self.value.text
        if isinstance(text, QPlainTextEdit):
            text.setPlainText(present)
        elif text is not None:
            text.setText(present)

    def _say_missing(self) -> None:
        self.value.input.setFocus()
        self.stay(self.words("CD_VALUE_MISSING"))

    def _on_empty(self, checked: bool) -> None:
        self.value.input.setEnabled(not checked)

    def _on_done(self, decision: Decision) -> None:
        self.corrected.emit(decision)
        self.accept()
