"""Write the ledger for another coordinator: folder and passphrase."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget
from typing_extensions import override

from census_app.services.ledgers import LedgerWritten
from census_app.ui.catalogue.act_dialog import ActDialog
from census_app.ui.catalogue.decision_session import DecisionDesk
from census_app.ui.catalogue.path_field import PathField
from census_app.ui.shell import page
from census_app.ui.shell.accessibility import add_row
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


class LedgerDialog(ActDialog):
    """Asks where to write the ledger, and for the passphrase of the daily key.

    Signals:
        written: `LedgerWritten`.
    """

    written = Signal(object)

    def __init__(
        self, desk: DecisionDesk, words: Words, preferences: Preferences, parent: QWidget | None
    ) -> None:
        super().__init__(words, words("CR_LEDGER_EXPORT_TITLE"), parent, 560)
        self._desk, self._preferences = desk, preferences
        self.column.addWidget(page.label(words("CR_LEDGER_EXPORT_WHY"), "hint", wrap=True))
        self.folder = PathField(words, words("CR_LETTER_FOLDER"))
        self.folder.edit.setText(preferences.text("letters"))
        self.folder.add_to(self.column)
        self.passphrase = QLineEdit()
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        add_row(self.column, words("CR_PASSPHRASE"), self.passphrase)
        self.folder.changed.connect(self.update_ready)
        self.passphrase.textChanged.connect(self.update_ready)
        self.column.addStretch(1)
        self.finish(words("CR_LEDGER_EXPORT_VERB"), Icon.EXPORT)

    @override
    def ready(self) -> bool:
        return self.folder.path is not None and bool(self.passphrase.text())

    @override
    def act(self) -> None:
        folder = self.folder.path
        if folder is not None:
            self._preferences.remember_text("letters", str(folder))
            self._desk.export_ledger(
                folder, self.passphrase.text(), self, self._on_written, self.fail,
                self.words("CR_LETTER_WRITING"),
            )  # fmt: skip

    def _on_written(self, written: LedgerWritten) -> None:
        self.passphrase.clear()
        self.written.emit(written)
        self.accept()
