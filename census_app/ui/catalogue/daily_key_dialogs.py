"""Dialogs about the coordinator's daily key: another passphrase, another key."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget
from typing_extensions import override

from census_app.domain.uscc import is_uscc
from census_app.services.ports import IssuedCertificate
from census_app.services.trusting import TrustSummary
from census_app.ui.catalogue.act_dialog import ActDialog
from census_app.ui.catalogue.stick_dialog import NewPassphrase, StickDialog, secret
from census_app.ui.catalogue.trust_session import TrustDesk
from census_app.ui.shell import page
from census_app.ui.shell.accessibility import add_row
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


class DailyPassphraseDialog(ActDialog):
    """Puts the daily key under another passphrase."""

    def __init__(self, desk: TrustDesk, words: Words, parent: QWidget | None) -> None:
        super().__init__(words, words("CT_DAILY_PASS_TITLE"), parent, 520)
        self._desk = desk
        self.old = secret()
        self.new = NewPassphrase(words, words("CT_NEW_PASSPHRASE"))
        self.column.addWidget(page.label(words("CT_DAILY_PASS_LEAD"), "hint", wrap=True))
        add_row(self.column, words("UI_OLD_PASSPHRASE"), self.old)
        self.column.addWidget(self.new)
        self.column.addStretch(1)
        for line in (self.old, self.new.first, self.new.again):
            line.textChanged.connect(self.update_ready)
        self.finish(words("CT_DAILY_PASS_DO"), Icon.KEY)
        self.old.setFocus()

    @override
    def ready(self) -> bool:
        return bool(self.old.text()) and self.new.good

    @override
    def act(self) -> None:
        title = self.words("CT_DAILY_PASS_TITLE")
        self._desk.change_passphrase(
            self.old.text(), self.new.text, self, self._on_done, self.fail, title
        )

    def _on_done(self, _nothing: None) -> None:
        self.accept()


class DailyKeyDialog(StickDialog):
    """Makes another daily key with the root: when its passphrase is lost, or its time is over."""

    def __init__(
        self,
        desk: TrustDesk,
        summary: TrustSummary,
        code: str,
        words: Words,
        preferences: Preferences,
        parent: QWidget | None,
    ) -> None:
        super().__init__(desk, summary, words, preferences, words("CT_DAILY_NEW_TITLE"), parent)
        self.made: IssuedCertificate | None = None
        self.code = QLineEdit(code)
        self.new = NewPassphrase(words, words("CT_DAILY_PASSPHRASE"))
        self.column.addWidget(page.label(words("CT_DAILY_NEW_LEAD"), "hint", wrap=True))
        add_row(self.column, words("CT_BODY_CODE"), self.code, hint=words("CT_BODY_CODE_HINT"))
        self.column.addWidget(self.new)
        self.add_stick(target=False)
        self.column.addStretch(1)
        for line in (self.code, self.new.first, self.new.again):
            line.textChanged.connect(self.update_ready)
        self.finish(words("CT_DAILY_NEW_DO"), Icon.KEY)

    @override
    def ready(self) -> bool:
        return super().ready() and self.new.good and is_body_code(self.code.text())

    @override
    def act(self) -> None:
        given, code = self.given, self.code.text().strip().upper()
        self.desk.make_daily_key(
            given.root, given.passphrase, code, self.new.text,
            self, self._on_done, self.fail, self.words("UI_MAKING_KEY"),
        )  # fmt: skip

    def _on_done(self, made: IssuedCertificate) -> None:
        self.made = made
        self.passphrase.clear()
        self.new.fill("")
        self.accept()


def is_body_code(text: str) -> bool:
    """Say whether a text is the code of a coordinating body: a social credit code, two characters more at most."""
    code = text.strip().upper()
    return len(code) in {18, 20} and is_uscc(code[:18]) and code.isalnum()
