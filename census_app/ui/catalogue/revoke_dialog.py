"""Revoke certificates: which, why, and up to which package everything stands."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget
from typing_extensions import override

from census_app.services.ports import PackageFacts
from census_app.services.trusting import BundleIssued, OwnerShown, Target, TrustSummary
from census_app.ui.catalogue.act_dialog import clear
from census_app.ui.catalogue.facts import standing_row
from census_app.ui.catalogue.session import CatalogueState
from census_app.ui.catalogue.standing import Standing
from census_app.ui.catalogue.stick_dialog import StickDialog, show_issued
from census_app.ui.catalogue.trust_session import TrustDesk
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.shell import page
from census_app.ui.shell.accessibility import add_row
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

LEAST_REASON: Final = 2
NAMED: Final = 6
"""Packages that are named one by one; the rest is counted."""


class RevokeDialog(StickDialog):
    """Proposes to let everything stand that is merged; says what any other cut takes away.

    Signals:
        revoked: `BundleIssued`.
    """

    revoked = Signal(object)

    def __init__(
        self,
        desk: TrustDesk,
        summary: TrustSummary,
        owner: OwnerShown,
        state: CatalogueState,
        words: Words,
        preferences: Preferences,
        parent: QWidget | None,
    ) -> None:
        title = words("CT_REVOKE_TITLE", name=owner.name)
        super().__init__(desk, summary, words, preferences, title, parent)
        self._owner, self._standing = owner, standing_packages(owner, state)
        self._later = later_packages(owner, state)
        self.which, self.cut = QuietCombo(), QuietCombo()
        self.reason = QLineEdit()
        self._told = QVBoxLayout()
        self._told.setSpacing(6)
        self._build()

    def _build(self) -> None:
        words = self.words
        lead = "CT_REVOKE_LEAD_coordinator" if self._is_coordinator else "CT_REVOKE_LEAD"
        self.column.addWidget(page.label(words(lead), wrap=True))
        both = QHBoxLayout()
        both.setSpacing(16)
        self._fill_which()
        add_row(both, words("CT_REVOKE_WHICH"), self.which)
        self._fill_cut()
        add_row(both, words("CT_REVOKE_CUT"), self.cut)
        self.column.addLayout(both)
        self.column.addLayout(self._told)
        add_row(
            self.column, words("CT_REVOKE_REASON"), self.reason,
            hint=words("CT_REVOKE_REASON_HINT"), required=True,
        )  # fmt: skip
        self.add_stick()
        self.column.addStretch(1)
        self.cut.currentIndexChanged.connect(self._on_cut)
        self.reason.textChanged.connect(self.update_ready)
        self._on_cut()
        self.finish(words("CT_REVOKE_DO"), Icon.SHIELD)

    @property
    def _is_coordinator(self) -> bool:
        return self._owner.role == "coordinator"

    def _fill_which(self) -> None:
        words = self.words
        open_ones = [c for c in self._owner.certificates if c.standing != "revoked"]
        self.which.addItem(words("CT_REVOKE_ALL", count=len(open_ones)), "")
        for each in open_ones if len(open_ones) > 1 else ():
            text = words("CT_REVOKE_ONE", fingerprint=each.fingerprint[:9], serial=each.serial[:8])
            self.which.addItem(text, each.serial)

    def _fill_cut(self) -> None:
        words = self.words
        proposed = self._standing[-1].sequence if self._standing else 0
        for number, each in enumerate(reversed(self._standing)):
            code = "CT_CUT_LAST" if number == 0 else "CT_CUT_AT"
            at = words.moment(each.received_at)
            self.cut.addItem(words(code, number=each.sequence, at=at), each.sequence)
        self.cut.addItem(words("CT_CUT_NOTHING" if proposed else "CT_CUT_EMPTY"), 0)

    @property
    def last(self) -> int:
        """The number of the last package that shall stand."""
        return int(self.cut.currentData() or 0)

    @override
    def ready(self) -> bool:
        return super().ready() and len(self.reason.text().strip()) >= LEAST_REASON

    @override
    def act(self) -> None:
        serial = str(self.which.currentData() or "")
        target = Target(
            department="" if serial else self._owner.code,
            serial=serial,
            # The proposal is what the service proposes as well, so that an earlier cut of another key stays.
            last_sequence=None if self.cut.currentIndex() == 0 else self.last,
        )
        title = self.words("CT_ISSUING")
        self.desk.revoke(
            self.given, target, self.reason.text(), self, self._on_revoked, self.fail, title
        )

    def _on_revoked(self, issued: BundleIssued) -> None:
        self.passphrase.clear()
        self.revoked.emit(issued)
        self.accept()
        words, parent = self.words, self.parentWidget()
        told = words("CT_REVOKED", name=self._owner.name, number=self.last)
        own = f"CT_REVOKED_NEXT_{self._owner.role}"
        show_issued(issued, words, parent, [told], own)

    def _on_cut(self) -> None:
        """Say what stands and what goes."""
        clear(self._told)
        words, last = self.words, self.last
        gone = [p for p in self._standing if p.sequence > last] + self._later
        if last:
            self._tell(words("CT_CUT_STANDS", number=last), Icon.CHECK, "good")
        if gone:
            names = words("LIST_JOINT").join(p.name for p in gone[:NAMED])
            code = "CT_CUT_GONE_MORE" if len(gone) > NAMED else "CT_CUT_GONE"
            self._tell(words(code, names=names, count=len(gone)), Icon.ALERT, "bad")
        self._tell(words("CT_CUT_FUTURE"), Icon.INFO, "text_2")
        self.update_ready()

    def _tell(self, text: str, symbol: Icon, tone: str) -> None:
        self._told.addWidget(standing_row(Standing(text, symbol, tone, 0), ""))


def standing_packages(owner: OwnerShown, state: CatalogueState) -> list[PackageFacts]:
    """Return what an owner signed and what stands here, oldest first: submissions, of a coordinator ledgers."""
    if owner.role == "coordinator":
        kept = [p for p in state.letters if p.type == "ledger" and p.sender == owner.code]
    else:
        kept = [p for p in state.packages if p.department == owner.code]
    return sorted((p for p in kept if p.state == "merged"), key=lambda p: p.sequence)


def later_packages(owner: OwnerShown, state: CatalogueState) -> list[PackageFacts]:
    """Return what waits here behind a number that is missing: it would never come in."""
    if owner.role == "coordinator":
        return []
    return [p for p in state.packages_of(owner.code) if p.state == "pending"][::-1]
