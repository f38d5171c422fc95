"""Asks before records are deleted: what goes with them, what refers to them, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QStringListModel
from PySide6.QtWidgets import QLineEdit, QListView, QWidget

from census_app.formspec.model import FormSet
from census_app.services.explaining import MINIMUM_LENGTH
from census_app.services.removing import Referrer, RemovalPlan
from census_app.ui.dialogs.messages import MessageDialog
from census_app.ui.forms.flow import FlowLayout
from census_app.ui.shell import accessibility, page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

_LIST_HEIGHT: Final = 104
_REASONS: Final = (
    "UI_DELETE_WHY_DOUBLE",
    "UI_DELETE_WHY_MISTAKE",
    "UI_DELETE_WHY_GONE",
    "UI_DELETE_WHY_OUTSIDE",
)


class DeleteDialog(MessageDialog):
    """Shows a `RemovalPlan` and takes the reason; Esc and the first button change nothing.

    Args:
        reason: What stands in the reason at first.
    """

    def __init__(
        self,
        plan: RemovalPlan,
        form_set: FormSet,
        words: Words,
        parent: QWidget | None = None,
        reason: str = "",
    ) -> None:
        self._plan, self._words, self._form_set = plan, words, form_set
        form = form_set.form(plan.form)
        several = len(plan.records) > 1
        label = (form.plural or form.label if several else form.label).get(words.language)
        name = plan.titles[0] or words("UI_UNNAMED") if plan.titles else ""
        ask = (
            words("UI_DELETE_SEVERAL", count=len(plan.records), form=label)
            if several
            else words("UI_DELETE_ASK", name=name)
        )
        super().__init__(words("UI_DELETE_RECORD"), parent, width=520)
        self.add_heading(ask, Icon.HELP, theme.tokens().accent)
        if several:
            names = [t or words("UI_UNNAMED") for t in plan.titles]
            self._add_list(names, words("UI_DELETE_NAMES"))
        for text in self._facts():
            self.add_text(text)
        if plan.referrers:
            self.add_text(words("UI_DELETE_REFERRERS", count=len(plan.referrers)), "warn")
            self._add_list([self._told(r) for r in plan.referrers], words("UI_DELETE_WHO_REFERS"))
        self._add_reason(reason)
        self._add_buttons()
        self.finish()
        self._text.setFocus()

    @property
    def reason(self) -> str:
        """The reason as given; where none is needed and none was given, that the clerk deleted it."""
        return self._text.text().strip() or self._words("UI_DELETE_REASON")

    def give_reason(self, text: str) -> None:
        """Write a reason into the field."""
        self._text.setText(text)
        self._text.setFocus()

    # -- parts -----------------------------------------------------------------------------------------------------

    def _facts(self) -> list[str]:
        words, plan, facts = self._words, self._plan, []
        if plan.children:
            child = self._form_set.children_of(plan.form)[0]
            label = (child.plural or child.label).get(words.language)
            facts.append(words("UI_DELETE_CHILDREN", count=plan.children, form=label))
        if plan.handed_in:
            facts.append(words("UI_DELETE_HANDED_IN", count=plan.handed_in))
        if plan.kept:
            facts.append(words("UI_DELETE_KEPT"))
        return facts

    def _told(self, referrer: Referrer) -> str:
        language = self._words.language
        form = self._form_set.form(referrer.form)
        field = form.field_by_id(referrer.field).label.get(language)
        name = referrer.title or self._words("UI_UNNAMED")
        return f"{form.label.get(language)} · {name} · {field}"

    def _add_list(self, lines: Sequence[str], name: str) -> None:
        view = QListView()
        view.setModel(QStringListModel(list(lines), view))
        view.setUniformItemSizes(True)
        view.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        view.setAccessibleName(name)
        view.setFixedHeight(min(_LIST_HEIGHT, 30 * len(lines) + 8))
        self.column.addWidget(view)

    def _add_reason(self, reason: str) -> None:
        words, needed = self._words, self._plan.reason_needed
        self._text = QLineEdit(reason)
        self._text.setMaxLength(500)
        hint = words("UI_DELETE_REASON_TIP") if needed else words("UI_DELETE_REASON_FREE")
        accessibility.add_row(
            self.column, words("UI_DELETE_WHY"), self._text, hint=hint, required=needed
        )
        holder = QWidget()
        flow = FlowLayout(8, 8)
        holder.setLayout(flow)
        for code in _REASONS:
            made = page.button(words(code), self._on_ready, "small")
            made.setProperty("reason", words(code))
            flow.addWidget(made)
        self.column.addWidget(holder)

    def _add_buttons(self) -> None:
        words, count = self._words, len(self._plan.records)
        verb = words("UI_DELETE_NOW", count=count) if count > 1 else words("UI_DELETE_VERB")
        self.buttons.addWidget(page.label(words("UI_DELETE_UNDO"), "hint"))
        self.buttons.addStretch(1)
        stay = page.button(words("UI_CANCEL"), self.reject)
        stay.setDefault(True)
        self.buttons.addWidget(stay)
        self.delete_button = page.button(verb, self.accept)
        self.buttons.addWidget(self.delete_button)
        self._text.textChanged.connect(self._on_text)
        self._on_text()

    def _on_ready(self) -> None:
        pressed = self.sender()
        if pressed is not None:
            self.give_reason(str(pressed.property("reason")))

    def _on_text(self) -> None:
        long_enough = len(self._text.text().strip()) >= MINIMUM_LENGTH
        self.delete_button.setEnabled(long_enough or not self._plan.reason_needed)
