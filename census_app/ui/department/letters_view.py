"""What went and came as a table, and everything about the chosen letter beside it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from census_app.exchange.paper import short_groups
from census_app.formspec.model import FormSet
from census_app.ui.department.letters import Letter, letters_of
from census_app.ui.department.mail import Mail
from census_app.ui.models.text_table import Cell, Heading, TextTableModel, text_table
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

STATES = {
    "waiting": (Icon.HISTORY, "warn"),
    "overtaken": (Icon.INFO, "text_2"),
    "accepted": (Icon.CHECK, "good"),
    "accepted_with_comments": (Icon.CHECK, "good"),
    "returned": (Icon.ALERT, "bad"),
    "taken": (Icon.CHECK, "text_2"),
    "handed_on": (Icon.EXPORT, "text_2"),
    "in_force": (Icon.SHIELD, "good"),
}


LONGEST_NAME = 26
"""Characters of a file name that fit beside its label; it has no place to break a line."""


class LettersView(QWidget):
    """Table and detail.

    Signals:
        export_wanted: There is none yet and the person wants to hand in.
        take_wanted: The person wants to choose files that came.
        queries_wanted: The person wants to see the queries.
    """

    export_wanted = Signal()
    take_wanted = Signal()
    queries_wanted = Signal()

    def __init__(self, form_set: FormSet, words: Words) -> None:
        super().__init__()
        self._form_set, self._words = form_set, words
        self.letters: list[Letter] = []
        self.model = TextTableModel(
            [
                Heading(words("UI_COL_LETTER"), 164),
                Heading(words("UI_COL_NUMBER"), 52, right=True),
                Heading(words("UI_COL_LETTER_STATE"), 232),
                Heading(words("UI_COL_ROUND"), 56, right=True),
                Heading(words("UI_COL_WHEN"), 132),
                Heading(words("UI_DIGEST")),
            ],
            self,
        )
        self.table = text_table(self.model, words("UI_LETTERS_TABLE"))
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        self._detail = QScrollArea()
        self._detail.setWidgetResizable(True)
        self._detail.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._detail.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        split.addWidget(self.table)
        split.addWidget(self._detail)
        split.setStretchFactor(0, 1)
        split.setSizes([760, 330])
        self._stack = QStackedWidget()
        self._stack.addWidget(split)
        actions = (
            (words("UI_TO_EXPORT"), self.export_wanted.emit),
            (words("UI_TAKE_FILES"), self.take_wanted.emit),
        )
        empty = page.EmptyState(
            words("UI_NO_PACKAGES"),
            actions,
            Icon.INBOX,
            words("UI_NO_PACKAGES_TIP"),
            manual=(words("GD_READ"), "review.md"),
        )
        self._stack.addWidget(empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.addWidget(self._stack, 1)

    def show_mail(self, mail: Mail) -> None:
        """Show the letters; the chosen one stays chosen."""
        chosen = self.current()
        self.letters = letters_of(mail)
        self.model.show_rows([self._row(each) for each in self.letters], self.letters)
        self._stack.setCurrentIndex(0 if self.letters else 1)
        if self.letters:
            same = (
                n for n, e in enumerate(self.letters) if chosen and e.identity == chosen.identity
            )
            self.table.selectRow(next(same, 0))

    def current(self) -> Letter | None:
        """Return the chosen letter."""
        row = self.table.currentIndex().row()
        return self.letters[row] if 0 <= row < len(self.letters) else None

    # -- inside ----------------------------------------------------------------------------------------------------

    def _row(self, letter: Letter) -> tuple[Cell | str, ...]:
        words = self._words
        symbol, tone = STATES[letter.state]
        way = Icon.EXPORT if letter.direction == "sent" else Icon.INBOX
        return (
            Cell(words(f"UI_LETTER_{letter.kind.upper()}_{letter.direction.upper()}"), way),
            str(letter.sequence),
            Cell(self._state(letter), symbol, tone),
            str(letter.round) if letter.round else "—",
            words.moment(letter.at),
            short_groups(letter.identity, 4),
        )

    def _state(self, letter: Letter) -> str:
        return self._words(f"UI_LETTER_STATE_{letter.state.upper()}")

    def _on_row(self) -> None:
        letter = self.current()
        if letter is not None:
            self._show_detail(letter)

    def _show_detail(self, letter: Letter) -> None:
        words = self._words
        symbol, tone = STATES[letter.state]
        colour = str(getattr(theme.tokens(), tone))
        inner = QWidget()
        theme.set_look(inner, "page")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        card = page.Card(margin=16)
        kind = words(f"UI_LETTER_{letter.kind.upper()}_{letter.direction.upper()}")
        title = words("UI_LETTER_TITLE", kind=kind, number=letter.sequence)
        card.body.addWidget(page.label(title, "section", wrap=True))
        state = QHBoxLayout()
        state.setSpacing(8)
        mark = page.symbol_label(symbol, colour, 16)
        mark.setFixedSize(16, 22)
        state.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        state.addWidget(page.label(self._state(letter), "strong", wrap=True), 1)
        card.body.addLayout(state)
        card.body.addWidget(page.label(words(self._advice(letter)), "text2", wrap=True))
        if letter.note:
            card.body.addWidget(page.label(words("UI_LETTER_NOTE"), "label"))
            card.body.addWidget(page.label(letter.note, wrap=True, selectable=True))
        card.body.addWidget(page.line())
        card.body.addLayout(_grid(self._facts(letter)))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(page.button(words("UI_COPY_DIGEST"), self._on_copy, "small", Icon.COPY))
        if letter.kind == "review":
            row.addWidget(page.button(words("UI_SEE_QUERIES"), self.queries_wanted.emit, "small"))
        row.addStretch(1)
        card.body.addLayout(row)
        column.addWidget(card)
        column.addStretch(1)
        self._detail.setWidget(inner)

    def _advice(self, letter: Letter) -> str:
        if letter.kind in {"submission", "receipt"}:
            return f"UI_LETTER_NEXT_{letter.state.upper()}"
        return f"UI_LETTER_ABOUT_{letter.kind.upper()}"

    def _facts(self, letter: Letter) -> list[tuple[str, str]]:
        words = self._words
        found = [(words("UI_COL_WHEN"), words.moment(letter.at))]
        if letter.answered_at:
            found.append((words("UI_LETTER_ANSWERED"), words.moment(letter.answered_at)))
        if letter.answers:
            told = words("UI_LETTER_NO", number=letter.answers)
            found.append((words("UI_LETTER_ANSWERS"), told))
        if letter.other:
            code = "UI_LETTER_TO" if letter.direction == "sent" else "UI_LETTER_FROM"
            found.append((words(code), letter.other))
        counts = []
        for form in self._form_set.forms:
            if letter.counts.get(form.id):
                label = (form.plural or form.label).get(words.language)
                counts.append(f"{label} {words.count(letter.counts[form.id])}")
        if counts:
            found.append((words("UI_COL_RECORDS"), "  ·  ".join(counts)))
        groups = short_groups(letter.identity, 16).split()
        lines = [" ".join(groups[at : at + 4]) for at in range(0, len(groups), 4)]
        found.append((words("UI_DIGEST"), "\n".join(lines)))
        first, dash, rest = letter.name.partition("-")
        whole = len(letter.name) <= LONGEST_NAME
        found.append((words("UI_COL_FILE"), letter.name if whole else f"{first}{dash}\n{rest}"))
        return found

    def _on_copy(self) -> None:
        letter = self.current()
        if letter is not None:
            QGuiApplication.clipboard().setText(letter.identity)


def _grid(facts: list[tuple[str, str]]) -> QGridLayout:
    """Return names at the left, values at the right."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(1, 1)
    top = Qt.AlignmentFlag.AlignTop
    for row, (name, value) in enumerate(facts):
        grid.addWidget(page.label(name, "label"), row, 0, top)
        grid.addWidget(page.label(value, wrap=True, selectable=True), row, 1, top)
    return grid
