"""The five official criteria as questions, each answered with one key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget
from typing_extensions import override

from census_app.domain.systems import Reply, Sign
from census_app.formspec.model import FormSet
from census_app.ui.department.clearing_words import sign_text
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

_KEYS = {
    Qt.Key.Key_1: Reply.YES,
    Qt.Key.Key_Y: Reply.YES,
    Qt.Key.Key_2: Reply.NO,
    Qt.Key.Key_N: Reply.NO,
    Qt.Key.Key_3: Reply.UNSURE,
    Qt.Key.Key_Question: Reply.UNSURE,
}


class AnswerRow(QFrame):
    """Something that is answered with one key while it has the focus; arrows go up and down, Enter goes on.

    Signals:
        moved: -1 or 1, to the neighbour.
        next_wanted: On to the next system.
    """

    moved = Signal(int)
    next_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        theme.set_look(self, "answer")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def take_key(self, key: int) -> bool:
        """Take a key that answers; False for one that means nothing here."""
        raise NotImplementedError

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() & ~(
            Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier
        )
        if plain != Qt.KeyboardModifier.NoModifier:
            super().keyPressEvent(event)
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.next_wanted.emit()
        elif event.key() in {Qt.Key.Key_Up, Qt.Key.Key_Down}:
            self.moved.emit(-1 if event.key() == Qt.Key.Key_Up else 1)
        elif not self.take_key(event.key()):
            super().keyPressEvent(event)


class QuestionRow(AnswerRow):
    """One criterion.

    Signals:
        replied: code of the criterion and the `Reply`.
    """

    replied = Signal(str, object)
    none_applies = Signal()

    def __init__(self, number: int, code: str, text: str, official: str, words: Words) -> None:
        super().__init__()
        self.code = code
        self._number, self._text, self._words = number, text, words
        self.reply: Reply | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 3, 8, 3)
        row.setSpacing(8)
        figure = page.label(str(number), "text2")
        figure.setFixedWidth(12)
        row.addWidget(figure, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(page.label(text, wrap=True))
        column.addWidget(page.label(official, "hint", wrap=True))
        self._signs = QVBoxLayout()
        self._signs.setSpacing(2)
        column.addLayout(self._signs)
        row.addLayout(column, 1)
        self.buttons: dict[Reply, QPushButton] = {}
        for reply in Reply:
            made = page.button(words(f"JG_REPLY_{reply}"), self._on_clicked, "segment")
            made.setCheckable(True)
            made.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the row takes the keys
            made.setProperty("reply", reply.value)
            made.setAccessibleName(
                words("JG_REPLY_NAME", number=number, text=text, reply=made.text())
            )
            self.buttons[reply] = made
            row.addWidget(made, 0, Qt.AlignmentFlag.AlignTop)
        self.show_reply(None)

    def show_reply(self, reply: Reply | None) -> None:
        """Show what was answered."""
        self.reply = reply
        words = self._words
        for each, made in self.buttons.items():
            made.setChecked(each is reply)
        told = words(f"JG_REPLY_{reply}") if reply is not None else words("JG_NO_REPLY")
        self.setAccessibleName(
            words("JG_QUESTION_NAME", number=self._number, text=self._text, reply=told)
        )

    def show_signs(self, signs: Sequence[Sign]) -> None:
        """Show what the data says for this criterion."""
        while (item := self._signs.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        texts = [sign_text(sign, self._words) for sign in signs]
        for text in texts:
            self._signs.addWidget(_sign_line(text))
        self.setAccessibleDescription(" ".join(texts))

    @override
    def take_key(self, key: int) -> bool:
        if key == Qt.Key.Key_0:
            self.none_applies.emit()
            return True
        reply = _KEYS.get(Qt.Key(key))
        if reply is None:
            return False
        self.replied.emit(self.code, reply)
        return True

    def _on_clicked(self) -> None:
        sender = self.sender()
        if sender is not None:
            self.setFocus()
            self.replied.emit(self.code, Reply(str(sender.property("reply"))))


def _sign_line(text: str) -> QWidget:
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(4)
    row.addWidget(page.symbol_label(Icon.ALERT, theme.tokens().warn, 14))
    row.addWidget(page.label(text, "warn", wrap=True), 1)
    return made


class QuestionsCard(page.Card):
    """All criteria of the official list.

    Signals:
        replied: The replies as they stand now, by criterion.
        finished: The last question was answered: on to what becomes of it.
        next_wanted: On to the next system.
    """

    replied = Signal(object)
    finished = Signal()
    next_wanted = Signal()

    def __init__(self, form_set: FormSet, words: Words) -> None:
        super().__init__()
        self._words = words
        self.replies: dict[str, Reply] = {}
        self.body.setSpacing(2)
        head = QHBoxLayout()
        head.addWidget(page.label(words("JG_QUESTIONS"), "section"))
        head.addStretch(1)
        self.none_button = page.button(words("JG_ALL_NO"), self._on_none, "small")
        head.addWidget(self.none_button)
        self.body.addLayout(head)
        self._lead = page.label("", "hint", wrap=True)
        self.body.addWidget(self._lead)
        self.rows = self._make_rows(form_set)

    def _make_rows(self, form_set: FormSet) -> list[QuestionRow]:
        words = self._words
        _form, field = form_set.by_role("zombie_reasons")
        rows = []
        listed = form_set.choice_lists[field.choices]
        for number, choice in enumerate(listed.choices, 1):
            official, text = choice.label(words.language), listed.question(choice, words.language)
            row = QuestionRow(number, choice.code, text, words("JG_OFFICIAL", text=official), words)
            row.replied.connect(self._on_replied)
            row.none_applies.connect(self._on_none)
            row.moved.connect(self._on_moved)
            row.next_wanted.connect(self.next_wanted)
            rows.append(row)
            self.body.addWidget(row)
        return rows

    def show_case(self, replies: Mapping[str, Reply], signs: Sequence[Sign]) -> None:
        """Show what was answered and what the data says."""
        self.replies = dict(replies)
        words = self._words
        self._lead.setText(words("JG_SIGNS", count=len(signs)) if signs else words("JG_NO_SIGNS"))
        for row in self.rows:
            row.show_reply(self.replies.get(row.code))
            row.show_signs([sign for sign in signs if sign.criterion == row.code])

    def focus_open(self) -> None:
        """Go to the first question without a reply, or to the first one."""
        found = next((row for row in self.rows if row.reply is None), self.rows[0])
        found.setFocus()

    def _on_replied(self, code: str, reply: Reply) -> None:
        self.replies[code] = reply
        rows = [row.code for row in self.rows]
        self.rows[rows.index(code)].show_reply(reply)
        self.replied.emit(dict(self.replies))
        self._step(rows.index(code) + 1)

    def _on_none(self) -> None:
        self.replies = {row.code: Reply.NO for row in self.rows}
        for row in self.rows:
            row.show_reply(Reply.NO)
        self.replied.emit(dict(self.replies))
        self.finished.emit()

    def _on_moved(self, by: int) -> None:
        sender = self.sender()
        if isinstance(sender, QuestionRow):
            self._step(self.rows.index(sender) + by)

    def _step(self, to: int) -> None:
        if to >= len(self.rows):
            self.finished.emit()
        else:
            self.rows[max(0, to)].setFocus()
