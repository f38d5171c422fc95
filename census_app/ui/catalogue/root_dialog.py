"""Exchange the root: make a new one on another stick, signed for by one that is believed already."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget
from typing_extensions import override

from census_app.services.revoking import NewRoot
from census_app.services.trusting import BundleIssued, TrustSummary
from census_app.ui.catalogue.act_dialog import clear
from census_app.ui.catalogue.facts import standing_row
from census_app.ui.catalogue.path_field import PathField
from census_app.ui.catalogue.standing import Standing
from census_app.ui.catalogue.stick_dialog import NewPassphrase, StickDialog, show_issued
from census_app.ui.catalogue.trust_session import TrustDesk
from census_app.ui.shell import page
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


class RootDialog(StickDialog):
    """Old stick, new stick, and what will hold afterwards.

    Signals:
        exchanged: `BundleIssued`.
    """

    exchanged = Signal(object)

    def __init__(
        self,
        desk: TrustDesk,
        summary: TrustSummary,
        words: Words,
        preferences: Preferences,
        parent: QWidget | None,
    ) -> None:
        title = words("CT_ROTATE_TITLE")
        super().__init__(desk, summary, words, preferences, title, parent)
        self.new_folder = PathField(words, words("CT_NEW_STICK"))
        self.new_passphrase = NewPassphrase(words, words("CT_NEW_ROOT_PASSPHRASE"))
        self.retire = QCheckBox(words("CT_RETIRE"))
        self._after = QVBoxLayout()
        self._build()

    def _build(self) -> None:
        words = self.words
        self.column.addWidget(page.label(words("CT_ROTATE_LEAD"), "hint", wrap=True))
        self.add_stick()
        self.column.addWidget(page.line())
        self.new_folder.add_to(self.column, words("CT_NEW_STICK_HINT"))
        self.column.addWidget(self.new_passphrase)
        self.column.addWidget(self.retire)
        self.column.addLayout(self._after)
        self.column.addStretch(1)
        self.new_folder.changed.connect(self.update_ready)
        self.new_passphrase.first.textChanged.connect(self.update_ready)
        self.new_passphrase.again.textChanged.connect(self.update_ready)
        self.retire.toggled.connect(self.stick_changed)
        self.stick_changed()
        self.finish(words("CT_ROTATE_DO"), Icon.KEY)

    @override
    def stick_changed(self) -> None:
        clear(self._after)
        words, status = self.words, self.status
        if status in {"active", "standby"}:
            code = f"CT_AFTER_{status}{'_retire' if self.retire.isChecked() else ''}"
            said = Standing(words(code), Icon.INFO, "text_2", 0)
            self._after.addWidget(standing_row(said, ""))

    @override
    def ready(self) -> bool:
        new = self.new_folder.path
        return (
            super().ready()
            and new is not None
            and new != self.root.path
            and self.new_passphrase.good
        )

    @override
    def act(self) -> None:
        new = self.new_folder.path
        if new is None:
            return
        self.desk.rotate(
            self.given, new, self.new_passphrase.text, retire=self.retire.isChecked(),
            owner=self, done=self._on_done, failed=self.fail, title=self.words("CT_ISSUING"),
        )  # fmt: skip

    def _on_done(self, made: tuple[NewRoot, BundleIssued]) -> None:
        new, issued = made
        self.passphrase.clear()
        self.new_passphrase.fill("")
        self.exchanged.emit(issued)
        self.accept()
        words = self.words
        told = [words("CT_ROTATED", fingerprint=new.fingerprint)]
        if new.renewed:
            told.append(words("CT_RENEWED", count=len(new.renewed)))
        show_issued(issued, words, self.parentWidget(), told, "CT_ROTATED_NEXT")
