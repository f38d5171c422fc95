"""Dialogs about files that came: whom to believe at first, and what became of each file."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from census_app.ui.department.arrival_outcome import Outcome
from census_app.ui.dialogs.messages import MessageDialog
from census_app.ui.shell import accessibility, page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

GROUPS_PER_LINE = 4
SYMBOLS = {"good": Icon.CHECK, "warn": Icon.ALERT, "bad": Icon.ERROR, "text_2": Icon.INFO}
LINKS = {
    "queries": "UI_SEE_QUERIES",
    "conflicts": "UI_SEE_CONFLICTS",
    "packages": "UI_SEE_PACKAGES",
}


class RootDialog(MessageDialog):
    """Asks a person to compare the fingerprint of the root before anything is believed.

    Accepting needs the box ticked, or the last group typed as it stands in the notice.
    """

    def __init__(self, fingerprint: str, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(words("UI_ROOT_TITLE"), parent, width=560)
        self.fingerprint = fingerprint
        self._words = words
        self._last = (fingerprint.split() or [""])[-1]
        self.add_heading(words("UI_ROOT_TITLE"), Icon.SHIELD, theme.tokens().accent)
        self.add_text(words("UI_ROOT_WHY"))
        card = page.Card(margin=16)
        card.body.addWidget(page.label(words("UI_ROOT_FINGERPRINT"), "label"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(GROUPS_PER_LINE, 1)
        for number, group in enumerate(fingerprint.split()):
            shown = page.label(group, "title", selectable=True)
            grid.addWidget(shown, number // GROUPS_PER_LINE, number % GROUPS_PER_LINE)
        card.body.addLayout(grid)
        self.column.addWidget(card)
        self.compared = QCheckBox(words("UI_ROOT_COMPARED"))
        self.compared.toggled.connect(self._update)
        self.column.addWidget(self.compared)
        self.typed = QLineEdit()
        self.typed.setMaxLength(9)
        self.typed.textChanged.connect(self._update)
        accessibility.add_row(self.column, words("UI_ROOT_TYPE"), self.typed)
        self._said = page.label(" ", "hint", wrap=True)
        self.column.addWidget(self._said)
        self.column.addStretch(1)
        self.buttons.addStretch(1)
        self.buttons.addWidget(page.button(words("UI_ROOT_LATER"), self.reject))
        self.trust = page.button(words("UI_ROOT_TRUST"), self.accept, "primary", Icon.SHIELD)
        self.buttons.addWidget(self.trust)
        self.finish()
        self._update()

    @property
    def confirmed(self) -> bool:
        """Whether the person has compared it."""
        typed = self._typed()
        return typed == self._last.lower() if typed else self.compared.isChecked()

    def _typed(self) -> str:
        return "".join(self.typed.text().split()).lower()

    def _update(self) -> None:
        typed, last = self._typed(), self._last.lower()
        code, look = "", "hint"
        if typed == last:
            code, look = "UI_ROOT_MATCH", "good"
        elif typed and not last.startswith(typed):
            code, look = "UI_ROOT_DIFFERS", "bad"
        theme.set_look(self._said, look)
        self._said.setText(self._words(code) if code else " ")
        self.trust.setEnabled(self.confirmed)


class OutcomeDialog(MessageDialog):
    """Says of each file what became of it and what to do next.

    Signals:
        page_wanted: `queries`, `conflicts` or `packages`.
    """

    page_wanted = Signal(str)

    def __init__(
        self, outcomes: Sequence[Outcome], words: Words, parent: QWidget | None = None
    ) -> None:
        super().__init__(words("UI_TAKEN_TITLE"), parent, width=600)
        self.outcomes = tuple(outcomes)
        self._words = words
        self.column.addWidget(page.label(words("UI_TAKEN_TITLE"), "section"))
        inner = QWidget()
        theme.set_look(inner, "page")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(8)
        for outcome in outcomes:
            column.addWidget(self._card(outcome))
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        area.setMinimumHeight(min(440, 40 + 110 * len(outcomes)))
        self.column.addWidget(area, 1)
        self._add_buttons()
        self.finish()

    def _card(self, outcome: Outcome) -> QWidget:
        colour = str(getattr(theme.tokens(), outcome.mood))
        card = page.Card()
        head = QHBoxLayout()
        head.setSpacing(8)
        mark = page.symbol_label(SYMBOLS[outcome.mood], colour, 16)
        mark.setFixedSize(16, 22)
        head.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(page.label(outcome.text, "strong", wrap=True, selectable=True), 1)
        card.body.addLayout(head)
        for text in outcome.details:
            card.body.addWidget(page.label(text, wrap=True, selectable=True))
        code = self._words("UI_ERROR_CODE", code=outcome.code) if outcome.code else ""
        named = " · ".join(filter(None, (outcome.path.name, code)))
        card.body.addWidget(page.label(named, "hint", wrap=True, selectable=True))
        return card

    def _add_buttons(self) -> None:
        leads = [o.leads_to for o in self.outcomes if o.leads_to]
        where = next((w for w in ("conflicts", "queries", "packages") if w in leads), "")
        self.buttons.addStretch(1)
        close = page.button(self._words("UI_CLOSE"), self.accept, "" if where else "primary")
        self.buttons.addWidget(close)
        if where:
            go = page.button(self._words(LINKS[where]), self._on_go, "primary")
            go.setProperty("where", where)
            go.setDefault(True)
            self.buttons.addWidget(go)
        else:
            close.setDefault(True)

    def _on_go(self) -> None:
        sender = self.sender()
        where = str(sender.property("where")) if sender is not None else ""
        self.accept()
        self.page_wanted.emit(where)
