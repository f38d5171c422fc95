"""Answers a query in words, or disagrees; what was typed stays until it is kept."""

from __future__ import annotations

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from census_app.errors import CensusError
from census_app.services.answering import QueryItem
from census_app.ui.department.letterbox import AnswerVerb, Letterbox
from census_app.ui.department.query_cards import place_of
from census_app.ui.dialogs.messages import MessageDialog
from census_app.ui.shell import accessibility, page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

TITLES = {
    "answered": "UI_ANSWER_TITLE", "disagreed": "UI_DISAGREE_TITLE", "deleted": "UI_DELETED_TITLE",
}  # fmt: skip
LABELS = {
    "answered": "UI_ANSWER_LABEL", "disagreed": "UI_DISAGREE_LABEL", "deleted": "UI_DELETED_LABEL",
}  # fmt: skip
TIPS = {
    "answered": "UI_ANSWER_TIP", "disagreed": "UI_DISAGREE_TIP", "deleted": "UI_DELETED_TIP",
}  # fmt: skip
VERBS = {
    "answered": "UI_ANSWER_KEEP", "disagreed": "UI_DISAGREE_KEEP", "deleted": "UI_DELETED_KEEP",
}  # fmt: skip


class AnswerDialog(MessageDialog):
    """One query, its text, a field for the words."""

    def __init__(
        self,
        post: Letterbox,
        item: QueryItem,
        verb: AnswerVerb,
        words: Words,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(words(TITLES[verb]), parent, width=520)
        self._post, self._item, self._verb, self._words = post, item, verb, words
        where = " · ".join(filter(None, (item.title, place_of(item, words))))
        self.add_heading(f"{words(TITLES[verb])} · {where}", Icon.INBOX, theme.tokens().accent)
        self.add_text(item.query.text)
        self.text = QPlainTextEdit()
        self.text.setTabChangesFocus(True)
        self.text.setMinimumHeight(96)
        self.text.textChanged.connect(self._update)
        accessibility.add_row(
            self.column, words(LABELS[verb]), self.text, hint=words(TIPS[verb]), required=True
        )
        self._problem = page.label("", "bad", wrap=True)
        self._problem.hide()
        self.column.addWidget(self._problem)
        self.buttons.addStretch(1)
        self.buttons.addWidget(page.button(words("UI_CANCEL"), self.reject))
        self.keep = page.button(words(VERBS[verb]), self._on_keep, "primary")
        self.keep.setShortcut("Ctrl+Return")
        self.keep.setToolTip("Ctrl+Enter")
        self.buttons.addWidget(self.keep)
        self.finish()
        self._update()
        self.text.setFocus()

    def _update(self) -> None:
        self.keep.setEnabled(bool(self.text.toPlainText().strip()))

    def _on_keep(self) -> None:
        self.keep.setEnabled(False)
        text = self.text.toPlainText()
        self._post.answer(
            self._item.query.id, self._verb, text, self, self._on_kept, self._on_failed
        )

    def _on_kept(self, answer: object) -> None:
        del answer
        self.accept()

    def _on_failed(self, error: Exception) -> None:
        self._update()
        if not isinstance(error, CensusError):
            raise error
        told = self._words.explain(error)
        self._problem.setText(f"{told.what} {told.next_step}".strip())
        self._problem.show()
