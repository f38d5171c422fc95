"""Give several records the same answer: what is missing everywhere is filled in once, as one step."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QVBoxLayout, QWidget

from census_app.domain.records import Unfit, Value
from census_app.formspec.model import Field, Form
from census_app.formspec.types import Context, parse_value
from census_app.ui.forms.editor import EditorSetting, FieldEditor, QuietCombo
from census_app.ui.forms.editors import make_editor
from census_app.ui.shell import accessibility, page
from census_app.ui.shell.translation import Words

_NOT_TOGETHER = frozenset({"calculation", "note", "attachment"})


def fields_to_fill(form: Form) -> list[Field]:
    """Return the fields several records may share: the department's own, but not the name."""
    return [
        f
        for f in form.field
        if f.owner == "department" and f.type not in _NOT_TOGETHER and f.id != form.title
    ]


class FillDialog(QDialog):
    """Chooses a field and its answer.

    Args:
        fields: To choose from; with one, nothing needs to be chosen.
        count: Number of records that get the answer.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        count: int,
        context: Context,
        words: Words,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._fields = list(fields)
        self._context, self._words = context, words
        self.value: Value | None = None
        self._editor: FieldEditor | None = None
        self.setWindowTitle(words("UI_FILL_TITLE"))
        self.setMinimumWidth(520)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        column.addWidget(page.label(words("UI_FILL_HEAD", count=count), "section", wrap=True))
        column.addWidget(page.label(words("UI_FILL_TIP"), "text2", wrap=True))
        self._choice: QComboBox = QuietCombo()
        for field in self._fields:
            self._choice.addItem(field.label.get(words.language), field.id)
        row = accessibility.add_row(column, words("UI_COL_FIELD"), self._choice)
        holder = row.parentWidget()
        if holder is not None:
            holder.setVisible(len(self._fields) > 1)
        self._place = QVBoxLayout()
        column.addLayout(self._place)
        self._problem = page.label(" ", "bad", wrap=True)
        column.addWidget(self._problem)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(page.button(words("UI_CANCEL"), self.reject))
        self.apply_button = page.button(
            words("UI_FILL_APPLY", count=count), self._on_apply, "primary"
        )
        buttons.addWidget(self.apply_button)
        column.addLayout(buttons)
        self._choice.currentIndexChanged.connect(self._on_field)
        self._on_field(0)

    @property
    def field(self) -> Field:
        """The field that was chosen."""
        return self._fields[max(0, self._choice.currentIndex())]

    def take_text(self, text: str) -> None:
        """Take what was typed; what does not fit cannot be given to many records."""
        value = parse_value(text, self.field, self._context).value
        fits = not isinstance(value, Unfit)
        self._problem.setText(" " if fits else self._words("UI_FILL_UNFIT", text=text))
        self.take_value(value if fits else None)

    def take_value(self, value: object) -> None:
        """Take what was chosen."""
        self.value = value  # type: ignore[assignment]
        if self._editor is not None:
            self._editor.show_value(self.value, rewrite=False)

    def _on_field(self, index: int) -> None:
        del index
        if self._editor is not None:
            self._place.removeWidget(self._editor)
            self._editor.deleteLater()
        setting = EditorSetting(self.field, self._context, self._words)
        self._editor = make_editor(setting)
        self._editor.text_committed.connect(self.take_text)
        self._editor.value_committed.connect(self.take_value)
        label = self.field.label.get(self._words.language)
        self._editor.name_for_reader(label, "")
        if len(self._fields) == 1:
            self._place.addWidget(page.label(label, "label"))
        self._place.addWidget(self._editor)
        self.take_value(None)
        self._editor.setFocus()

    def _on_apply(self) -> None:
        if self._editor is not None:
            self._editor.flush()
        if self.value is not None:
            self.accept()
        elif not self._problem.text().strip():
            self._problem.setText(self._words("UI_FILL_EMPTY"))
