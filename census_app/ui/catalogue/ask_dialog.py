"""Ask a department about a value, a record or as a whole."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QPlainTextEdit, QWidget
from typing_extensions import override

from census_app.domain.records import Value, Values
from census_app.domain.review import Query
from census_app.formspec.choices import ChoiceIndex
from census_app.formspec.model import Field, Form
from census_app.formspec.types import Context, NoRecords
from census_app.ui.catalogue.act_dialog import ActDialog, text_row
from census_app.ui.catalogue.facts import FactGrid
from census_app.ui.catalogue.review_session import Question, ReviewDesk
from census_app.ui.forms.editor import EditorSetting, FieldEditor, QuietCombo
from census_app.ui.forms.editors import make_editor
from census_app.ui.shell.accessibility import add_row
from census_app.ui.shell.translation import Words

CHOSEN_TYPES: Final = frozenset({"code", "codes", "boolean", "date", "month"})
"""Types whose editor needs no records; the others are typed as text and read as a clerk's."""


@dataclass(frozen=True, slots=True)
class AskTarget:
    """What a question is about.

    Attributes:
        form: None for a question about the department as a whole.
        record, title: Id and name of the record; `field` None for the whole record.
        present: The value in words; `values` are the record's, for lists that depend on others.
    """

    department: str
    department_name: str
    form: Form | None = None
    record: str = ""
    title: str = ""
    field: Field | None = None
    present: str = ""
    values: Values = dataclasses.field(default_factory=dict)


class SuggestionInput(QWidget):
    """The suggested value: the field's own editor where it chooses from a list, else a text."""

    def __init__(self, target: AskTarget, wanted: Field, context: Context, words: Words) -> None:
        super().__init__()
        self._chosen: Value | str | None = None
        self.editor: FieldEditor | None = None
        self.text: QLineEdit | QPlainTextEdit | None = None
        if wanted.type in CHOSEN_TYPES:
            setting = EditorSetting(wanted, context.beside(target.values), words)
            self.editor = make_editor(setting)
            self.editor.show_value(None, rewrite=True)
            self.editor.value_committed.connect(self._on_chosen)
            self.editor.text_committed.connect(self._on_chosen)
        elif wanted.type == "longtext":
            self.text = QPlainTextEdit()
            self.text.setTabChangesFocus(True)
            self.text.setFixedHeight(68)
        else:
            self.text = QLineEdit()

    @property
    def input(self) -> QWidget:
        """The widget to be put into the layout."""
        widget = self.editor or self.text
        assert widget is not None  # noqa: S101 - one of them is made above
        return widget

    @property
    def value(self) -> Value | str | None:
        """What was chosen or typed; None for nothing."""
        if self.editor is not None:
            self.editor.flush()
            return self._chosen if self._chosen not in {"", ()} else None
        if isinstance(self.text, QPlainTextEdit):
            return self.text.toPlainText().strip() or None
        return self.text.text().strip() or None if self.text is not None else None

    def _on_chosen(self, value: object) -> None:
        self._chosen = value  # type: ignore[assignment]  # a signal carries any object


class AskDialog(ActDialog):
    """Text, suggested value, rule that closes it, and whether it must be answered.

    Signals:
        asked: The `Query`.
    """

    asked = Signal(object)

    def __init__(
        self, desk: ReviewDesk, target: AskTarget, words: Words, parent: QWidget | None
    ) -> None:
        super().__init__(words, words("CR_ASK_TITLE"), parent)
        self._desk, self._target = desk, target
        self.suggestion: SuggestionInput | None = None
        self.rule = QuietCombo()
        self.must = QCheckBox(words("CR_ASK_MUST"))
        self.must.setChecked(True)
        self._build()

    def _build(self) -> None:
        words, target = self.words, self._target
        language = words.language
        facts = [(words("CAT_COL_DEPARTMENT"), target.department_name)]
        if target.form is not None:
            facts.append((target.form.label.get(language), target.title or words("CAT_NO_NAME")))
        if target.field is not None:
            facts.append((words("CR_COL_FIELD"), target.field.label.get(language)))
            facts.append((words("CR_PRESENT"), target.present or words("CR_EMPTY")))
        self.column.addWidget(FactGrid(facts))
        hint = "CR_ASK_HINT" if target.form is not None else "CR_ASK_WHOLE_HINT"
        self.text = text_row(
            self.column, words("CR_ASK_TEXT"), hint=words(hint), required=True, lines=3
        )
        self.text.textChanged.connect(self.update_ready)
        if target.field is not None:
            self._add_suggestion(target.field)
        if target.record:
            self.rule.addItem(words("CR_ASK_NO_RULE"), "")
            add_row(self.column, words("CR_ASK_RULE"), self.rule, hint=words("CR_ASK_RULE_HINT"))
            self._desk.rules_at(target.department, target.record, self, self._on_rules)
        self.column.addWidget(self.must)
        self.column.addStretch(1)
        self.finish(words("CR_ASK_VERB"))
        self.text.setFocus()

    def _add_suggestion(self, wanted: Field) -> None:
        form_set = self._desk.session.form_set
        context = Context(form_set, ChoiceIndex(form_set), NoRecords(), self.words.language)
        made = SuggestionInput(self._target, wanted, context, self.words)
        label = self.words("CR_SUGGESTION")
        unit = wanted.unit.get(self.words.language) if wanted.unit is not None else ""
        hint = self.words("CR_SUGGESTION_HINT", unit=unit) if unit else ""
        add_row(self.column, label, made.input, hint=hint or self.words("CR_SUGGESTION_FREE"))
        if made.editor is not None:
            made.editor.name_for_reader(label, hint)
        self.suggestion = made

    @override
    def ready(self) -> bool:
        return bool(self.text.toPlainText().strip())

    @override
    def act(self) -> None:
        target = self._target
        question = Question(
            target.department,
            target.form.id if target.form is not None else "",
            target.record,
            target.field.id if target.field is not None else "",
            self.text.toPlainText(),
            self.suggestion.value if self.suggestion is not None else None,
            str(self.rule.currentData() or ""),
            self.must.isChecked(),
        )
        self._desk.ask_department(question, self, self._on_asked, self.fail)

    def _on_asked(self, query: Query) -> None:
        self.asked.emit(query)
        self.accept()

    def _on_rules(self, rules: Sequence[tuple[str, str]]) -> None:
        for rule, message in rules:
            self.rule.addItem(f"{rule}  {message}", rule)
        self.rule.setEnabled(bool(rules))
