"""Dialogs that tell something: an error with its next step, a crash report, a question, long work."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QPlainTextEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.errors import CensusError
from census_app.settings.files import atomic_write
from census_app.ui.shell import accessibility, page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.tasks import Task
from census_app.ui.shell.translation import Words

ROOM: Final = 40
"""Of the screen's height what a dialog leaves free."""


class MessageDialog(QDialog):
    """A sentence with its icon, a second one below, and buttons; base of the others."""

    def __init__(self, title: str, parent: QWidget | None, *, width: int = 480) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(width)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(24, 24, 24, 16)
        self.column.setSpacing(12)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(8)

    def add_heading(self, text: str, symbol: Icon, colour: str) -> None:
        """Add the sentence that says what happened."""
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(page.symbol_label(symbol, colour, 24), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(page.label(text, "strong", wrap=True, selectable=True), 1)
        self.column.addLayout(row)

    def add_text(self, text: str, look: str = "") -> None:
        """Add a paragraph."""
        if text:
            self.column.addWidget(page.label(text, look, wrap=True, selectable=True))

    def finish(self) -> None:
        """Put the buttons below everything else."""
        self.column.addSpacing(4)
        self.column.addLayout(self.buttons)

    @override
    def event(self, event: QEvent) -> bool:
        """Be as high as the texts are at this width; Qt does not do so by itself for texts that wrap."""
        handled = super().event(event)
        if event.type() in {QEvent.Type.LayoutRequest, QEvent.Type.Show}:
            self.column.activate()
            around = self.column.contentsMargins()
            row = self.buttons.minimumSize().width() + around.left() + around.right()
            if row > self.minimumWidth():  # set once, a width no longer follows what is inside
                self.setMinimumWidth(row)
            width = max(self.width(), self.minimumWidth())
            needed = self.column.totalHeightForWidth(width)
            if needed < 0:  # nothing in it wraps
                needed = self.column.totalMinimumSize().height()
            room = self.screen().availableGeometry().height() - ROOM
            self.setMinimumHeight(min(needed, room))
            if event.type() == QEvent.Type.Show:
                self.resize(self.width(), min(needed, room))
        return handled


class ErrorDialog(MessageDialog):
    """An error of the known families: what happened, what to do next, its code."""

    def __init__(self, words: Words, error: CensusError, parent: QWidget | None = None) -> None:
        super().__init__(words("UI_ERROR_TITLE"), parent)
        told = words.explain(error)
        self.add_heading(told.what, Icon.ERROR, theme.tokens().bad)
        self.add_text(told.next_step)
        self.add_text(words("UI_ERROR_CODE", code=told.code), "hint")
        self.buttons.addStretch(1)
        self.close_button = page.button(words("UI_CLOSE"), self.accept, "primary")
        self.close_button.setDefault(True)
        self.buttons.addWidget(self.close_button)
        self.finish()


class CrashDialog(MessageDialog):
    """What nobody caught: the report, to copy or to save. It holds no answers of the census."""

    def __init__(self, words: Words, report: str, parent: QWidget | None = None) -> None:
        super().__init__(words("UI_CRASH_TITLE"), parent, width=640)
        self._words = words
        self._report = report
        self.add_heading(words("UI_CRASH_WHAT"), Icon.ALERT, theme.tokens().bad)
        self.add_text(words("UI_CRASH_NEXT"))
        text = QPlainTextEdit(report)
        text.setReadOnly(True)
        text.setMinimumHeight(200)
        accessibility.add_row(self.column, words("UI_CRASH_REPORT"), text)
        self.buttons.addWidget(page.button(words("UI_COPY"), self._copy, symbol=Icon.COPY))
        self.buttons.addWidget(page.button(words("UI_SAVE_AS"), self._save, symbol=Icon.SAVE))
        self.buttons.addStretch(1)
        self.buttons.addWidget(page.button(words("UI_CLOSE"), self.accept, "primary"))
        self.finish()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._report)

    def _save(self) -> None:
        name, _kind = QFileDialog.getSaveFileName(
            self, self._words("UI_SAVE_AS"), "census-report.txt", "Text (*.txt)"
        )
        if not name:
            return
        try:
            atomic_write(Path(name), self._report.encode())
        except CensusError as error:
            ErrorDialog(self._words, error, self).exec()


class QuestionDialog(MessageDialog):
    """Asks before something that a person may regret; Esc and the first button change nothing."""

    def __init__(
        self,
        words: Words,
        question: str,
        detail: str,
        verb: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(question, parent)
        self.add_heading(question, Icon.HELP, theme.tokens().accent)
        self.add_text(detail)
        self.buttons.addStretch(1)
        stay = page.button(words("UI_CANCEL"), self.reject)
        stay.setDefault(True)
        self.buttons.addWidget(stay)
        self.buttons.addWidget(page.button(verb, self.accept))
        self.finish()


class ReasonDialog(MessageDialog):
    """Asks for a reason in the person's words; it cannot be empty."""

    def __init__(
        self, words: Words, heading: str, detail: str, verb: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(heading, parent)
        self.add_heading(heading, Icon.INFO, theme.tokens().accent)
        self.add_text(detail)
        self._text = QPlainTextEdit()
        self._text.setTabChangesFocus(True)
        self._text.setMinimumHeight(88)
        accessibility.add_row(self.column, words("UI_REASON"), self._text, required=True)
        self.buttons.addStretch(1)
        self.buttons.addWidget(page.button(words("UI_CANCEL"), self.reject))
        self._accept = page.button(verb, self.accept, "primary")
        self._accept.setEnabled(False)
        self.buttons.addWidget(self._accept)
        self._text.textChanged.connect(self._on_text_changed)
        self.finish()
        self._text.setFocus()

    @property
    def reason(self) -> str:
        """The reason, without outer blanks."""
        return self._text.toPlainText().strip()

    def _on_text_changed(self) -> None:
        self._accept.setEnabled(bool(self.reason))


class ProgressDialog(MessageDialog):
    """Shows how far a task is and lets the person stop it."""

    def __init__(self, words: Words, task: Task, parent: QWidget | None = None) -> None:
        super().__init__(task.title, parent)
        self.setModal(True)
        self.setWindowFlag(Qt.WindowType.WindowCloseButtonHint, on=False)
        self._words = words
        self._task = task
        self.column.addWidget(page.label(task.title, "section"))
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 0)
        self._bar.setAccessibleName(task.title)
        self.column.addWidget(self._bar)
        self._text = page.label(" ", "hint")
        self.column.addWidget(self._text)
        self.buttons.addStretch(1)
        self._cancel = page.button(words("UI_CANCEL"), self.reject)
        self.buttons.addWidget(self._cancel)
        self.finish()
        task.progressed.connect(self._on_progressed)
        task.ended.connect(self._on_ended)

    def reject(self) -> None:
        """Ask the task to stop; the window closes when it has."""
        self._task.cancel()
        self._cancel.setEnabled(False)
        self._text.setText(self._words("UI_STOPPING"))

    def _on_progressed(self, done: int, total: int, text: str) -> None:
        if self._task.cancel_requested:
            return
        self._bar.setRange(0, 1000 if total else 0)
        self._bar.setValue(done * 1000 // total if total else 0)
        self._text.setText(
            text or (f"{self._words.count(done)} / {self._words.count(total)}" if total else " ")
        )

    def _on_ended(self, task: Task) -> None:
        del task
        self.done(QDialog.DialogCode.Accepted.value)
        self.deleteLater()
