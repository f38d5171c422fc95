"""Accept a package by the digest on its stamped page: the field, and the dialog that shows what it names."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget
from typing_extensions import override

from census_app.errors import CensusError
from census_app.exchange.paper import short_groups
from census_app.services.deciding import Decided
from census_app.services.ports import PackageFacts
from census_app.ui.catalogue.act_dialog import ActDialog, text_row
from census_app.ui.catalogue.arrival_detail import carried, problems_text
from census_app.ui.catalogue.decision_session import DecisionDesk
from census_app.ui.catalogue.facts import FactGrid, standing_row
from census_app.ui.catalogue.session import CatalogueState
from census_app.ui.catalogue.standing import Standing, package_standing
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


class DigestRow(QFrame):
    """A line to type or scan the digest into; a scanner ends with Enter.

    Signals:
        accepted: `Decided`.
    """

    accepted = Signal(object)

    def __init__(self, desk: DecisionDesk, words: Words) -> None:
        super().__init__()
        theme.set_look(self, "card")
        self._desk, self._words = desk, words
        self.field = QLineEdit()
        self.field.setPlaceholderText(words("CR_DIGEST_PLACE"))
        self.field.setAccessibleName(words("CR_DIGEST"))
        self.field.setAccessibleDescription(words("CR_DIGEST_HINT"))
        self.field.setToolTip(words("CR_DIGEST_HINT"))
        self.button = page.button(words("CR_DIGEST_FIND"), self._on_find, symbol=Icon.CHECK)
        self.button.setEnabled(False)
        self.trouble = page.label("", "bad", wrap=True)
        self.trouble.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(12)
        caption = page.label(words("CR_DIGEST"), "text2")
        caption.setBuddy(self.field)
        row.addWidget(page.symbol_label(Icon.SHIELD, theme.tokens().text_2, 24))
        row.addWidget(caption)
        row.addWidget(self.field, 1)
        row.addWidget(self.button)
        column.addLayout(row)
        column.addWidget(self.trouble)
        self.field.textChanged.connect(self._on_typed)
        self.field.returnPressed.connect(self._on_find)

    def _on_typed(self, text: str) -> None:
        self.button.setEnabled(bool(text.strip()))
        self.trouble.hide()
        theme.set_look(self.field, "")

    def _on_find(self) -> None:
        typed = self.field.text().strip()
        if typed:
            self._desk.find_by_digest(typed, self, self._on_found, self._on_failed)

    def _on_found(self, package: PackageFacts) -> None:
        state = self._desk.session.state
        if state is not None:
            dialog = DigestDialog(self._desk, package, self.field.text(), state, self._words, self)
            dialog.decided.connect(self._on_accepted)
            dialog.open()

    def _on_accepted(self, decided: Decided) -> None:
        self.field.clear()
        self.accepted.emit(decided)

    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, CensusError):
            raise error
        told = self._words.explain(error)
        theme.set_look(self.field, "bad")
        self.trouble.setText(f"{told.what} {told.next_step}".strip())
        self.trouble.show()
        self.field.setAccessibleDescription(self.trouble.text())
        self.field.setFocus()
        self.field.selectAll()


class DigestDialog(ActDialog):
    """The package a stamped page names, an optional comment, and the button that accepts it.

    Signals:
        decided: `Decided`.
    """

    decided = Signal(object)

    def __init__(
        self,
        desk: DecisionDesk,
        package: PackageFacts,
        typed: str,
        state: CatalogueState,
        words: Words,
        parent: QWidget | None,
    ) -> None:
        super().__init__(words, words("CR_DIGEST_TITLE"), parent, 560)
        self._desk, self._typed = desk, typed
        self.seen = desk.session.seen
        form_set = desk.session.form_set
        carries = carried(package.counts, form_set, words).replace("\n", "  ·  ")
        name = state.name_of(package.department)
        self.column.addWidget(page.label(name, "strong", wrap=True, selectable=True))
        self.column.addWidget(standing_row(package_standing(package.state, words), ""))
        facts = [
            (words("CAT_COL_NUMBER"), words("CAT_NUMBER", number=package.sequence)),
            (words("CAT_CREATED"), words.moment(package.created)),
            (words("CAT_CARRIES"), carries),
            (words("CAT_COL_PROBLEMS"), problems_text(package, words)),
            (words("CAT_IDENTITY"), short_groups(package.identity, 8)),
        ]
        self.column.addWidget(FactGrid(facts))
        code = f"CR_DIGEST_{package.state}"
        if package.state in {"quarantined", "fork", "pending"}:
            told = Standing(words(code), Icon.INFO, "warn", 0)
            self.column.addWidget(standing_row(told, ""))
        self.comment = text_row(
            self.column, words("CR_DIGEST_COMMENT"), hint=words("CR_DIGEST_COMMENT_HINT"), lines=2
        )
        self.column.addStretch(1)
        self.finish(words("CR_DIGEST_VERB"), Icon.CHECK)

    @override
    def act(self) -> None:
        self._desk.accept_by_digest(
            self._typed, self.comment.toPlainText(), self, self._on_decided, self.fail, self.seen
        )

    def _on_decided(self, decided: Decided) -> None:
        self.decided.emit(decided)
        self.accept()
