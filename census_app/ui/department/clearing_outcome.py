"""What follows from the judgement, and what becomes of the system: the form's own fields, found by role."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.domain.findings import Finding
from census_app.domain.systems import DEFER, MERGE, SystemCase
from census_app.formspec.types import Context
from census_app.services.editing import FormState
from census_app.ui.department.clearing_questions import AnswerRow
from census_app.ui.department.clearing_words import Said, choice_label
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.dialogs.messages import MessageDialog
from census_app.ui.forms.editor import EditorSetting
from census_app.ui.forms.row import FieldRow, RowState
from census_app.ui.shell import accessibility, page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

JUDGED: Final = ("zombie_measure", "cleared_on")
DECIDED: Final = ("disposition_target", "disposition_done_on", "disposition_reason")


class DecisionRow(AnswerRow):
    """The choices of what becomes of a system, one key each.

    Signals:
        chosen: code of the choice.
    """

    chosen = Signal(str)

    def __init__(self, context: Context, words: Words) -> None:
        super().__init__()
        self._words, self._context = words, context
        _form, field = context.form_set.by_role("disposition")
        self.codes = [c.code for c in context.form_set.choice_lists[field.choices].choices]
        self.buttons: dict[str, QPushButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 3, 8, 3)
        row.setSpacing(8)
        row.addWidget(page.label(words("JG_DECISION"), "strong"))
        row.addSpacing(8)
        for number, code in enumerate(self.codes, 1):
            label = choice_label(context, "disposition", code)
            made = page.button(f"{number}  {label}", self._on_clicked, "segment")
            made.setCheckable(True)
            made.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the row takes the keys
            made.setProperty("code", code)
            self.buttons[code] = made
            row.addWidget(made)
        row.addStretch(1)
        self.show_choice("")

    def show_choice(self, code: str) -> None:
        """Show what was decided."""
        for each, made in self.buttons.items():
            made.setChecked(each == code)
        words = self._words
        told = choice_label(self._context, "disposition", code) if code else words("JG_UNDECIDED")
        self.setAccessibleName(words("JG_DECISION_NAME", choice=told, count=len(self.codes)))

    @override
    def take_key(self, key: int) -> bool:
        number = key - Qt.Key.Key_1
        if not 0 <= number < len(self.codes):
            return False
        self.chosen.emit(self.codes[number])
        return True

    def _on_clicked(self) -> None:
        sender = self.sender()
        if sender is not None:
            self.setFocus()
            self.chosen.emit(str(sender.property("code")))


class OutcomeCard(page.Card):
    """Judgement in words with its measure; decision with its target, reason and date.

    Signals:
        disposed: code of the decision.
        new_target_wanted: The target is not registered yet.
        next_wanted: On to the next system.
        back_wanted: Up from the decision to the questions.
    """

    disposed = Signal(str)
    new_target_wanted = Signal()
    next_wanted = Signal()
    back_wanted = Signal()

    def __init__(self, session: WorkspaceSession, words: Words) -> None:
        super().__init__()
        self._session, self._words = session, words
        form_set = session.form_set
        self._form = form_set.by_role("system_name")[0].id
        self._case: SystemCase | None = None
        self.said: list[str] = []
        self.state: FormState | None = None
        self.rows: dict[str, FieldRow] = {}
        fields = {f.role: f for f in form_set.form(self._form).field if f.role}
        for role in (*JUDGED, *DECIDED):
            if role not in fields:  # a form set may do without the reason
                continue
            field = fields[role]
            row = FieldRow(EditorSetting(field, session.context, words))
            row.editor.text_committed.connect(self._on_text)
            row.editor.value_committed.connect(self._on_value)
            row.hide()
            self.rows[role] = row
        self.body.setSpacing(8)
        self._judgement = _SaidLine()
        self.body.addWidget(self._judgement)
        self.body.addLayout(_beside(self.rows[role] for role in JUDGED))
        self._line = page.line()
        self.body.addWidget(self._line)
        self.choice = DecisionRow(session.context, words)
        self.body.addWidget(self.choice)
        self._said = QVBoxLayout()
        self._said.setSpacing(4)
        self.body.addLayout(self._said)
        self.body.addLayout(_beside(self.rows[role] for role in DECIDED[:2]))
        self.new_target = page.button(
            words("JG_NEW_TARGET"), self.new_target_wanted.emit, "link", Icon.ADD
        )
        self.body.addWidget(self.new_target, 0, Qt.AlignmentFlag.AlignLeft)
        if DECIDED[2] in self.rows:
            self.body.addWidget(self.rows[DECIDED[2]])
        self.choice.chosen.connect(self.disposed)
        self.choice.next_wanted.connect(self.next_wanted)
        self.choice.moved.connect(self._on_moved)
        app = QApplication.instance()
        app.focusChanged.connect(self._on_focus_changed)  # type: ignore[union-attr]

    def show_case(self, case: SystemCase, judgement: Said | None, said: Sequence[Said]) -> None:
        """Show the decision about a system and what follows."""
        self._case = case
        self.said = [each.text for each in said]
        self._judgement.setVisible(judgement is not None)
        self._line.setVisible(judgement is not None)
        if judgement is not None:
            self._judgement.show_said(judgement)
        self.choice.show_choice(case.disposition)
        self.new_target.setVisible(case.disposition == MERGE and not case.target)
        while (item := self._said.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for each in said:
            line = _SaidLine()
            line.show_said(each)
            self._said.addWidget(line)
        self._arrange()

    def show_state(self, state: FormState, findings: Sequence[Finding], *, rewrite: bool) -> None:
        """Show the answers of the system's form that stand here."""
        self.state = state
        context = self._session.context.beside(state.values)
        for row in self.rows.values():
            name = row.field.id
            about = tuple(f for f in findings if f.fields and f.fields[0] == name)
            shown = RowState(
                state.values.get(name),
                state.understood.get(name, ""),
                name in state.required,
                about,
            )
            row.show_state(shown, context, rewrite=rewrite)
        self._arrange()

    def show_refusal(self, field: str, text: str) -> None:
        """Say under a field why what was typed is not written."""
        for row in self.rows.values():
            if row.field.id == field:
                row.show_refusal(text)

    def focus_missing(self) -> None:
        """Go to what the judgement or the decision still needs, else to the decision."""
        case = self._case
        wanted = ""
        if case is not None and case.zombie and not case.measure:
            wanted = "zombie_measure"
        elif case is not None and case.disposition == MERGE and not case.target:
            wanted = "disposition_target"
        elif case is not None and case.disposition == DEFER and not case.reason:
            wanted = "disposition_reason"
        row = self.rows.get(wanted)
        if row is not None and not row.isHidden():
            row.editor.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.choice.setFocus()

    def flush(self) -> None:
        """Write what was typed and not yet written."""
        for row in self.rows.values():
            row.editor.flush()

    def _arrange(self) -> None:
        """Show the fields that matter for the answers given."""
        case, state = self._case, self.state
        if case is None or state is None or state.record != case.id:
            return
        for role, row in self.rows.items():
            here = row.field.id in state.relevant
            if role == "disposition_reason":
                here = here and bool(case.disposition)
            row.setVisible(here)

    def _on_text(self, text: str) -> None:
        field = self._sender_field()
        if field and self.state is not None:
            self._session.set_text(self._form, self.state.record, field, text)

    def _on_value(self, value: object) -> None:
        field = self._sender_field()
        if field and self.state is not None:
            self._session.set_value(self._form, self.state.record, field, value)  # type: ignore[arg-type]

    def _sender_field(self) -> str:
        sender = self.sender()
        return next((r.field.id for r in self.rows.values() if r.editor is sender), "")

    def _on_moved(self, by: int) -> None:
        if by < 0:
            self.back_wanted.emit()

    def _on_focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        """Write what was typed when the focus leaves a field; a popup of the field is no leaving."""
        if old is None or new is None:
            return
        for row in self.rows.values():
            if row.isAncestorOf(old) and not row.isAncestorOf(new):
                row.editor.flush()
                row.settle()
                self._session.finish_stay()


class NewTargetDialog(MessageDialog):
    """Asks name and phase of a system that others are merged into."""

    def __init__(
        self, context: Context, words: Words, name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(words("JG_NEW_TARGET_TITLE"), parent)
        self.add_heading(words("JG_NEW_TARGET_TITLE"), Icon.ADD, theme.tokens().accent)
        self.add_text(words("JG_NEW_TARGET_TIP", name=name), "text2")
        form_set = context.form_set
        _form, title = form_set.by_role("system_name")
        _form, phase = form_set.by_role("system_phase")
        self._name = QLineEdit()
        self._name.setMaxLength(title.max_length or 128)
        accessibility.add_row(
            self.column, title.label.get(words.language), self._name, required=True
        )
        self.column.addWidget(page.label(phase.label.get(words.language), "label"))
        self._phases = QButtonGroup(self)
        row = QHBoxLayout()
        row.setSpacing(4)
        for number, choice in enumerate(form_set.choice_lists[phase.choices].choices):
            made = page.button(choice.label(words.language), look="segment")
            made.setCheckable(True)
            made.setChecked(number == 0)
            made.setProperty("code", choice.code)
            self._phases.addButton(made)
            row.addWidget(made)
        row.addStretch(1)
        self.column.addLayout(row)
        self.buttons.addStretch(1)
        self.buttons.addWidget(page.button(words("UI_CANCEL"), self.reject))
        self.make = page.button(words("JG_NEW_TARGET_MAKE"), self.accept, "primary")
        self.make.setDefault(True)
        self.make.setEnabled(False)
        self.buttons.addWidget(self.make)
        self.finish()
        self._name.textChanged.connect(self._on_changed)
        self._name.setFocus()

    @property
    def name(self) -> str:
        """The new system's name."""
        return self._name.text().strip()

    @property
    def phase(self) -> str:
        """Code of its phase."""
        chosen = self._phases.checkedButton()
        return str(chosen.property("code")) if chosen is not None else ""

    def fill(self, name: str, phase: str) -> None:
        """Put answers into the dialog."""
        self._name.setText(name)
        for made in self._phases.buttons():
            made.setChecked(made.property("code") == phase)

    def ask(self) -> bool:
        """Show it; True when the system shall be registered."""
        return self.exec() == QDialog.DialogCode.Accepted.value

    def _on_changed(self) -> None:
        self.make.setEnabled(bool(self.name))


class _SaidLine(QWidget):
    """A sentence with the icon of its weight."""

    def __init__(self) -> None:
        super().__init__()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        self._icon: QWidget | None = None
        self._text = page.label("", wrap=True)
        self._row.addWidget(self._text, 1)

    def show_said(self, said: Said) -> None:
        """Show a sentence."""
        if self._icon is not None:
            self._icon.hide()
            self._icon.deleteLater()
            self._icon = None
        colours = theme.tokens()
        symbols = {
            "bad": (Icon.ERROR, colours.bad),
            "warn": (Icon.ALERT, colours.warn),
            "good": (Icon.CHECK, colours.good),
            "text2": (Icon.INFO, colours.text_2),
        }
        symbol, colour = symbols[said.look]
        self._icon = page.symbol_label(symbol, colour)
        self._row.insertWidget(0, self._icon, 0, Qt.AlignmentFlag.AlignTop)
        self._text.setText(said.text)
        theme.set_look(self._text, f"said-{said.look}")


def _beside(rows: Iterable[QWidget]) -> QHBoxLayout:
    made = QHBoxLayout()
    made.setSpacing(16)
    for row in rows:
        made.addWidget(row, 1, Qt.AlignmentFlag.AlignTop)
    return made
