"""Settle what coordinators decided differently: each side with who, when and why, one choice with its reason."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QVBoxLayout, QWidget
from typing_extensions import override

from census_app.domain.chain import Decision
from census_app.services.deciding import Decided
from census_app.services.settling import ContestedMatter
from census_app.ui.catalogue.act_dialog import ActDialog, text_row
from census_app.ui.catalogue.decision_session import DecisionDesk
from census_app.ui.catalogue.decision_words import chosen_text, matter_kind, matter_text
from census_app.ui.catalogue.session import CatalogueState
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


class SettleDialog(ActDialog):
    """The sides of a contested matter.

    Signals:
        decided: `Decided`.
    """

    decided = Signal(object)

    def __init__(
        self,
        desk: DecisionDesk,
        matter: ContestedMatter,
        state: CatalogueState,
        words: Words,
        parent: QWidget | None,
    ) -> None:
        title = words(
            "CR_SETTLE_TITLE",
            kind=matter_kind(matter, words),
            about=matter_text(matter, state, words),
        )
        super().__init__(words, title, parent, 680)
        self._desk, self._matter, self._state = desk, matter, state
        self.choices = QButtonGroup(self)
        self.column.addWidget(page.label(words("CR_SETTLE_WHY"), "hint", wrap=True))
        for number, side in enumerate(matter.sides):
            text = chosen_text(side.kind, side.choice, state, words)
            self.column.addWidget(self._side_card(number, text, side.decisions))
        self.reason = text_row(
            self.column, words("UI_REASON"), hint=words("CR_REASON_HINT"), required=True, lines=2
        )
        self.reason.textChanged.connect(self.update_ready)
        self.column.addStretch(1)
        self.finish(words("CR_SETTLE_VERB"), Icon.SCALES)

    def _side_card(self, number: int, text: str, decisions: tuple[Decision, ...]) -> QWidget:
        words = self.words
        card = page.Card(margin=12)
        card.body.setSpacing(4)
        radio = QRadioButton(text)
        radio.toggled.connect(self.update_ready)
        self.choices.addButton(radio, number)
        card.body.addWidget(radio)
        inner = QVBoxLayout()
        inner.setContentsMargins(24, 0, 0, 0)
        inner.setSpacing(2)
        told = []
        for decision in decisions:
            who = words(
                "CR_DECIDED_BY",
                actor=decision.actor,
                coordinator=decision.coordinator,
                at=words.moment(decision.created),
            )
            told.append(f"{who}: {decision.reason}")
            inner.addWidget(page.label(who, "hint", wrap=True, selectable=True))
            reason = decision.reason or words("CR_NO_REASON")
            inner.addWidget(page.label(reason, wrap=True, selectable=True))
        radio.setAccessibleDescription("; ".join(told))
        card.body.addLayout(inner)
        return card

    @override
    def ready(self) -> bool:
        return self.choices.checkedId() >= 0 and len(self.reason.toPlainText().strip()) > 1

    @override
    def act(self) -> None:
        side = self._matter.sides[self.choices.checkedId()]
        self._desk.settle(
            self._matter, side.choice, self.reason.toPlainText(), self, self._on_decided, self.fail,
            self.words("CR_DECIDING"),
        )  # fmt: skip

    def _on_decided(self, decided: Decided) -> None:
        self.decided.emit(decided)
        self.accept()
