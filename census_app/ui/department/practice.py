"""The band that says "practice data", and the list of planted mistakes, each ticked off once it is mended."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from census_app.domain.findings import Finding
from census_app.services.practising import Exercise, exercises, read_practice
from census_app.ui.dialogs.messages import QuestionDialog
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon, pixmap
from census_app.ui.shell.translation import Words


class PracticeBand(QFrame):
    """A band over the whole window; never to be closed, so that nobody takes practice for the census.

    Args:
        with_exercises: This file has the planted mistakes; other practice files only say that they are.

    Signals:
        go_wanted: the finding of a mistake that is to be mended.
        again_wanted: The person wants to begin the practice again.
    """

    go_wanted = Signal(object)
    again_wanted = Signal()

    def __init__(self, words: Words, *, with_exercises: bool) -> None:
        super().__init__()
        self._words = words
        self._practice = read_practice() if with_exercises else None
        self.exercises: tuple[Exercise, ...] = ()
        self.dialog: PracticeDialog | None = None
        theme.set_look(self, "strip")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 4, 16, 4)
        row.setSpacing(8)
        row.addWidget(page.symbol_label(Icon.TARGET, theme.tokens().warn))
        row.addWidget(page.label(words("GD_TRAINING"), "strong"))
        self.text = page.label(words("GD_TRAINING_TIP"))
        row.addWidget(self.text)
        row.addStretch(1)
        self.list_button = page.button(
            words("GD_PRACTICE_LIST"), self.show_list, "small", Icon.LIST
        )
        self.again_button = page.button(
            words("GD_PRACTICE_AGAIN"), self._on_again, "small", Icon.REFRESH
        )
        for button in (self.list_button, self.again_button):
            button.setVisible(with_exercises)
            row.addWidget(button)

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Tick off what the newest check no longer finds."""
        if self._practice is None:
            return
        self.exercises = exercises(self._practice, findings)
        mended, total = sum(e.mended for e in self.exercises), len(self.exercises)
        code = "GD_PRACTICE_DONE" if mended == total else "GD_PRACTICE_STANDING"
        self.text.setText(self._words(code, mended=mended, total=total))
        if self.dialog is not None:
            self.dialog.show_exercises(self.exercises)

    def show_list(self) -> None:
        """Show the list of mistakes."""
        if self.dialog is None:
            self.dialog = PracticeDialog(self._words, self.window())
            self.dialog.go_wanted.connect(self._on_go)
        self.dialog.show_exercises(self.exercises)
        self.dialog.open()

    def _on_go(self, finding: Finding) -> None:
        if self.dialog is not None:
            self.dialog.close()
        self.go_wanted.emit(finding)

    def _on_again(self) -> None:
        words = self._words
        asked = QuestionDialog(
            words, words("GD_AGAIN_ASK"), words("GD_AGAIN_DETAIL"), words("GD_PRACTICE_AGAIN"),
            self.window(),
        )  # fmt: skip
        if asked.exec() == QDialog.DialogCode.Accepted:
            self.again_wanted.emit()
        asked.deleteLater()


class PracticeDialog(QDialog):
    """The planted mistakes: what is wrong, where, how it is mended, and the way there.

    Signals:
        go_wanted: the finding of the mistake.
    """

    go_wanted = Signal(object)

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._rows: list[_Row] = []
        self.setWindowTitle(words("GD_PRACTICE_TITLE"))
        self.resize(720, 600)
        self._title = page.label(words("GD_PRACTICE_TITLE"), "title")
        self._lead = page.label("", "text2", wrap=True)
        inner = QWidget()
        theme.set_look(inner, "page")
        self._list = QVBoxLayout(inner)
        self._list.setContentsMargins(0, 0, 8, 0)
        self._list.setSpacing(0)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inner)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(page.button(words("UI_CLOSE"), self.close))
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(8)
        column.addWidget(self._title)
        column.addWidget(self._lead)
        column.addWidget(area, 1)
        column.addLayout(buttons)

    def show_exercises(self, found: Sequence[Exercise]) -> None:
        """Show how each mistake stands."""
        if not self._rows:
            for number, exercise in enumerate(found, 1):
                row = _Row(number, exercise, self._words)
                row.go_wanted.connect(self.go_wanted)
                self._rows.append(row)
                self._list.addWidget(row)
                self._list.addWidget(page.line())
            self._list.addStretch(1)
        for row, exercise in zip(self._rows, found, strict=True):
            row.show_exercise(exercise)
        mended, total = sum(e.mended for e in found), len(found)
        code = "GD_PRACTICE_DONE" if mended == total else "GD_PRACTICE_LEAD"
        self._lead.setText(self._words(code, mended=mended, total=total))
        first = next((r for r in self._rows if r.button.isEnabled()), None)
        if first is not None:
            first.button.setFocus(Qt.FocusReason.OtherFocusReason)


class _Row(QWidget):
    go_wanted = Signal(object)

    def __init__(self, number: int, exercise: Exercise, words: Words) -> None:
        super().__init__()
        self._words, self._exercise = words, exercise
        mistake, language = exercise.mistake, words.language
        self._mark = QLabel()
        self._mark.setFixedSize(20, 20)
        self._state = page.label("", "hint")
        what = mistake.what.get(language)
        self.button = page.button(words("GD_PRACTICE_GO"), self._on_go, "small")
        self.button.setAccessibleName(f"{words('GD_PRACTICE_GO')}: {what}")
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(page.label(f"{number}. {what}", "strong", wrap=True))
        texts.addWidget(page.label(words("GD_PRACTICE_WHERE", where=mistake.where), "hint"))
        texts.addWidget(page.label(mistake.how.get(language), "text2", wrap=True))
        side = QVBoxLayout()
        side.addWidget(self._state, 0, Qt.AlignmentFlag.AlignRight)
        side.addWidget(self.button, 0, Qt.AlignmentFlag.AlignRight)
        side.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 10, 0, 10)
        row.setSpacing(12)
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)
        row.addLayout(side)

    def show_exercise(self, exercise: Exercise) -> None:
        """Tick it off, or offer the way there."""
        self._exercise = exercise
        colours, mended = theme.tokens(), exercise.mended
        symbol, colour = (Icon.CHECK, colours.good) if mended else (Icon.ERROR, colours.bad)
        self._mark.setPixmap(pixmap(symbol, colour, 16, self.devicePixelRatioF()))
        theme.set_look(self._state, "good" if mended else "bad")
        self._state.setText(self._words("GD_MENDED" if mended else "GD_NOT_MENDED"))
        self.button.setEnabled(not mended)

    def _on_go(self) -> None:
        self.go_wanted.emit(self._exercise.finding)
