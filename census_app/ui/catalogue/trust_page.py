"""Trust: roots, the bundle in force, the daily key, and everybody's certificates with what is done about them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from census_app.reports.content import Printed
from census_app.services.applying import Applied
from census_app.services.ports import Unit
from census_app.services.trusting import OwnerShown, TrustSummary
from census_app.ui.catalogue.bundle_dialog import BundleDialog
from census_app.ui.catalogue.daily_key_dialogs import DailyKeyDialog, DailyPassphraseDialog
from census_app.ui.catalogue.facts import SidePanel
from census_app.ui.catalogue.owner_panel import owner_parts
from census_app.ui.catalogue.revoke_dialog import RevokeDialog
from census_app.ui.catalogue.root_dialog import RootDialog
from census_app.ui.catalogue.session import CatalogueSession, CatalogueState
from census_app.ui.catalogue.tables import Column, SortableTable
from census_app.ui.catalogue.trust_cards import TrustCard, bundle_parts, own_parts, root_parts
from census_app.ui.catalogue.trust_session import TrustDesk, TrustView
from census_app.ui.catalogue.trust_words import applied_text, certificate_standing, current
from census_app.ui.catalogue.units_dialog import UnitsDialog
from census_app.ui.catalogue.upper_dialog import UpperDialog
from census_app.ui.catalogue.writing import writes
from census_app.ui.models.text_table import Cell, Heading
from census_app.ui.preview.dialog import show_preview
from census_app.ui.shell import page
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

PANEL = 400


class TrustPage(QWidget):
    """Three cards, the owners of certificates below, the chosen one at the right.

    Signals:
        notice: A sentence about what was done.
        enrol_wanted: The person wants to let a department or a coordinator in.
    """

    notice = Signal(str)
    enrol_wanted = Signal()

    def __init__(self, session: CatalogueSession, words: Words, preferences: Preferences) -> None:
        super().__init__()
        self._session, self._words, self._preferences = session, words, preferences
        self.desk = TrustDesk(session)
        self.summary: TrustSummary | None = None
        self.dialog: QDialog | None = None
        self._unit_owner = ""
        self.issue = page.button(words("CT_ISSUE_DOTS"), self._on_issue, "primary", Icon.SHIELD)
        self.upper = page.button(words("CT_UPPER_DOTS"), self.open_upper, symbol=Icon.EXPORT)
        self.take = page.button(words("CT_TAKE"), self._on_take, symbol=Icon.IMPORT)
        self.head = page.PageHead(words("CT_TRUST"), [self.upper, self.take, self.issue])
        self.upper.hide()
        self.change = page.button(words("UI_PASS_CHANGE"), self.open_passphrase, "small")
        self.make = page.button(words("CT_DAILY_NEW"), self.open_daily_key, "small")
        self.rotate = page.button(words("CT_ROTATE"), self.open_rotation, "small")
        self.print = page.button(words("CT_NOTICE"), self._on_print, "small", Icon.PRINT)
        self.bundle = TrustCard(words("CT_BUNDLE"), [])
        self.roots = TrustCard(words("CT_ROOTS"), [self.rotate, self.print])
        self.own = TrustCard(words("CT_DAILY"), [self.change, self.make])
        self.table: SortableTable[OwnerShown] = SortableTable(
            self._columns(), lambda owner: (owner.role, owner.code), words("CT_OWNERS")
        )
        self.panel = SidePanel(words("CT_OWNERS_EMPTY"))
        self._build()
        self.table.chosen.connect(self._on_chosen)
        session.loaded.connect(self._on_loaded)

    def _build(self) -> None:
        cards = QHBoxLayout()
        cards.setSpacing(12)
        cards.addWidget(self.bundle, 4)
        cards.addWidget(self.roots, 6)
        cards.addWidget(self.own, 5)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        split.addWidget(self.table)
        split.addWidget(self.panel)
        split.setStretchFactor(0, 1)
        split.setSizes([700, PANEL])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.head)
        column.addLayout(cards)
        column.addWidget(split, 1)

    def _columns(self) -> Sequence[Column[OwnerShown]]:
        words = self._words
        return [
            Column(Heading(words("CT_COL_OWNER")), lambda o: o.name, lambda o: o.name),
            Column(
                Heading(words("CT_COL_ROLE"), 96),
                lambda o: words(f"CT_ENROL_{o.role}"),
                lambda o: o.role,
            ),
            Column(
                Heading(words("CT_COL_STATE"), 160),
                self._state_cell,
                lambda o: certificate_standing(current(o), self._now(), words).rank,
            ),
            Column(Heading(words("CT_VALID_UNTIL"), 96), _until, _until),
            Column(
                Heading(words("CT_UNITS"), 72, right=True),
                lambda o: words.count(len(o.units)) if o.units else "",
                lambda o: len(o.units),
            ),
        ]

    def _state_cell(self, owner: OwnerShown) -> Cell:
        return certificate_standing(current(owner), self._now(), self._words).cell()

    def _now(self) -> dt.datetime:
        return self._session.clock.now()

    # -- showing ---------------------------------------------------------------------------------------------------

    def _on_loaded(self, state: CatalogueState) -> None:
        self.upper.setVisible(state.facts.level == "city")
        self.desk.view(self, self._on_view)

    def _on_view(self, view: TrustView) -> None:
        words, now, summary, present = self._words, self._now(), view.summary, view.present
        self.summary = summary
        state = self._session.state
        code = state.facts.coordinator_code if state is not None else ""
        self.bundle.show_parts(bundle_parts(summary, now, words))
        self.roots.show_parts(root_parts(summary, now, words))
        self.own.show_parts(own_parts(summary, code, present, now, words))
        signs = summary.own is not None and summary.own.standing != "waiting"
        self.change.setVisible(signs and present)
        self.table.show_rows(summary.owners)
        self.table.choose_first()
        chosen = self.table.current()
        if chosen is not None:
            self._on_chosen(chosen)
        else:
            enrol = writes(page.button(words("CAT_ENROL"), self.enrol_wanted.emit, symbol=Icon.KEY))
            self.panel.show_parts([page.label(words("CT_OWNERS_EMPTY"), "hint", wrap=True), enrol])

    def _on_chosen(self, owner: OwnerShown) -> None:
        words = self._words
        actions = []
        if any(c.standing != "revoked" for c in owner.certificates):
            actions.append(writes(page.button(words("CT_REVOKE"), self.open_revocation, "small")))
        if owner.role == "department":
            actions.append(writes(page.button(words("CT_UNITS_DOTS"), self.open_units, "small")))
        self.panel.show_parts(owner_parts(owner, actions, self._now(), words))

    def choose(self, role: str, code: str) -> bool:
        """Choose an owner; False when there is none."""
        return self.table.choose((role, code))

    # -- acting ----------------------------------------------------------------------------------------------------

    def writing_controls(self) -> list[QWidget]:
        """Return what changes the catalogue."""
        return [self.issue, self.upper, self.take, self.change, self.make, self.rotate]

    def open_bundle(self, forms: Path | None = None) -> None:
        """Open the dialog that signs a bundle; `forms` is the folder of a form set to hand out with it."""
        if self.summary is not None:
            dialog = BundleDialog(self.desk, self.summary, self._words, self._preferences, self)
            if forms is not None:
                dialog.forms.edit.setText(str(forms))
            self._show(dialog)

    def _on_issue(self) -> None:
        self.open_bundle()

    def open_rotation(self) -> None:
        """Open the dialog that exchanges the root."""
        if self.summary is not None:
            self._show(RootDialog(self.desk, self.summary, self._words, self._preferences, self))

    def open_revocation(self) -> None:
        """Open the dialog that revokes the chosen owner's certificates."""
        owner, state = self.table.current(), self._session.state
        if owner is not None and state is not None and self.summary is not None:
            self._show(
                RevokeDialog(
                    self.desk, self.summary, owner, state, self._words, self._preferences, self
                )
            )

    def open_units(self) -> None:
        """Open the list of the bodies the chosen department reports for."""
        owner = self.table.current()
        if owner is not None:
            self._unit_owner = owner.code
            known = {unit.code: unit.name for unit in owner.units}
            dialog = UnitsDialog(self._words, owner.name, known, self)
            dialog.accepted.connect(self._on_units)
            self._show(dialog)

    def open_passphrase(self) -> None:
        """Open the dialog for another passphrase of the daily key."""
        dialog = DailyPassphraseDialog(self.desk, self._words, self)
        dialog.accepted.connect(self._on_passphrase)
        self._show(dialog)

    def open_daily_key(self) -> None:
        """Open the dialog that makes another daily key."""
        state = self._session.state
        if state is not None and self.summary is not None:
            code = state.facts.coordinator_code
            dialog = DailyKeyDialog(
                self.desk, self.summary, code, self._words, self._preferences, self
            )
            dialog.accepted.connect(self._on_daily_key)
            self._show(dialog)

    def open_upper(self) -> None:
        """Open the dialog that hands the catalogue up."""
        state = self._session.state
        if state is not None:
            code = state.facts.upper_code or state.facts.coordinator_code[:18]
            self._show(UpperDialog(self.desk, code, self._words, self._preferences, self))

    def take_file(self, path: Path) -> None:
        """Take a certificate, a trust bundle or a letter of the tier above."""
        self.desk.apply(
            path, self, self._on_taken, self._session.runner.report, self._words("CT_TAKING")
        )

    def _show(self, dialog: QDialog) -> None:
        self.dialog = dialog
        dialog.open()

    def _on_units(self) -> None:
        if isinstance(self.dialog, UnitsDialog):
            report = self._session.runner.report
            self.desk.add_units(
                self._unit_owner, self.dialog.added, self, self._on_units_kept, report
            )

    def _on_units_kept(self, _units: list[Unit]) -> None:
        self.notice.emit(self._words("CT_UNITS_KEPT"))

    def _on_passphrase(self) -> None:
        self.notice.emit(self._words("UI_PASS_DONE"))

    def _on_daily_key(self) -> None:
        self.notice.emit(self._words("CT_DAILY_MADE"))

    def _on_take(self) -> None:
        title, kinds = self._words("CT_TAKE"), self._words("CT_TAKE_FILTER")
        start = self._preferences.text("answers")
        name, _kind = QFileDialog.getOpenFileName(self, title, start, kinds)
        if name:
            self.take_file(Path(name))

    def _on_taken(self, applied: Applied) -> None:
        self.notice.emit(applied_text(applied, self._words))

    def _on_print(self) -> None:
        words = self._words
        self.desk.notice(words.language, self, self._on_printed, words("CT_NOTICE"))

    def _on_printed(self, printed: Printed) -> None:
        words = self._words
        name = f"{words('CT_NOTICE_FILE')}.pdf"
        self.dialog = show_preview(self, printed, words("CT_NOTICE_FILE"), name, words)


def _until(owner: OwnerShown) -> str:
    certificate = current(owner)
    waiting = certificate is None or certificate.standing == "waiting"
    return "" if certificate is None or waiting else f"{certificate.not_after:%Y-%m-%d}"
