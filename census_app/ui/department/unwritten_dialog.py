"""Asks what to do with edits that the disk refuses when the window is to close: nothing is dropped unasked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from census_app.formspec.types import format_value
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.department.unwritten import Edit
from census_app.ui.dialogs.messages import MessageDialog
from census_app.ui.shell import accessibility, page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


class UnwrittenDialog(MessageDialog):
    """Names every edit; accepted when all are written or given up, rejected when the person goes back.

    Args:
        edits: What is not on the disk, in the order in which it was made.
    """

    def __init__(
        self,
        session: WorkspaceSession,
        edits: Sequence[Edit],
        words: Words,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(words("UI_UNSAVED_TITLE"), parent, width=560)
        self._session, self._words = session, words
        count = len(edits)
        self.add_heading(words("UI_UNSAVED_CLOSE", count=count), Icon.ALERT, theme.tokens().warn)
        self._why = page.label("", wrap=True, selectable=True)
        self.column.addWidget(self._why)
        self.text = QPlainTextEdit("\n".join(_told(edit, session) for edit in edits))
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setMinimumHeight(120)
        accessibility.add_row(self.column, words("UI_UNSAVED_LIST"), self.text)
        self.copy = page.button(words("UI_COPY"), self._on_copy, symbol=Icon.COPY)
        self.drop = page.button(words("UI_UNSAVED_DROP"), self._on_drop)
        self.back = page.button(words("UI_UNSAVED_BACK"), self.reject)
        self.again = page.button(words("UI_RETRY"), self._on_again, "primary")
        self.again.setDefault(True)
        self.buttons.addWidget(self.copy)
        self.buttons.addWidget(self.drop)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.back)
        self.buttons.addWidget(self.again)
        self._say_why()
        self.finish()

    def _say_why(self) -> None:
        error = self._session.unwritten.refused_by_disk
        if error is not None:
            told = self._words.explain(error)
            gap = "" if self._words.language == "zh" else " "
            self._why.setText(gap.join((told.what, told.next_step)))

    def _on_again(self) -> None:
        if self._session.write_all():
            self._say_why()
        else:
            self.accept()

    def _on_drop(self) -> None:
        self._session.unwritten.give_up()
        self.accept()

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())


def _told(edit: Edit, session: WorkspaceSession) -> str:
    """Return an edit in words: which record, which field, what was answered."""
    form, context = session.form_set.form(edit.form), session.context
    field = form.field_by_id(edit.field)
    name = session.titles.title(form.id, edit.record) or form.label.get(context.language)
    text = edit.text if edit.text is not None else format_value(edit.value, field, context)
    return f"{name} · {field.label.get(context.language)} → {text or '—'}"
