"""The card of the signing certificate: what state it is in, and everything a person does about it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from census_app.reports.content import Printed
from census_app.services.enrolling import Enrolment, request_certificate
from census_app.services.ports import WorkspaceStore
from census_app.services.progress import Progress
from census_app.ui.department.algorithm_box import AlgorithmBox
from census_app.ui.department.key_dialogs import (
    ForgottenDialog,
    PassphraseDialog,
    RenewDialog,
    secret,
)
from census_app.ui.department.key_state import KeyState
from census_app.ui.department.paper import Paper
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.dialogs.passphrase import is_good, says
from census_app.ui.shell import accessibility, page, theme
from census_app.ui.shell.icons import Icon, pixmap
from census_app.ui.shell.translation import Words

LOOKS = {
    "none": (Icon.INFO, "text_2"),
    "waiting": (Icon.HISTORY, "warn"),
    "valid": (Icon.CHECK, "good"),
    "expiring": (Icon.ALERT, "warn"),
    "expired": (Icon.ERROR, "bad"),
    "revoked": (Icon.ERROR, "bad"),
}
GONE = frozenset({"expired", "revoked"})
"""With such a certificate nothing can be signed; a new key is needed."""


class CertificateCard(page.Card):
    """State, fields for a first key, buttons.

    Signals:
        changed: A key was made or changed.
        take_wanted: The person wants to choose the file that came back.
        told: A sentence about what was done.
    """

    changed = Signal()
    take_wanted = Signal()
    told = Signal(str)

    def __init__(self, session: WorkspaceSession, words: Words) -> None:
        super().__init__(margin=16)
        self._session, self._words = session, words
        self.state = KeyState()
        self.request: Enrolment | None = None
        self.dialog: QDialog | None = None
        self.paper = Paper(session, words, self)
        self.body.addWidget(page.label(words("UI_CERT_TITLE"), "section"))
        head = QHBoxLayout()
        head.setSpacing(8)
        self._mark = QLabel()
        self._mark.setFixedSize(16, 22)
        head.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        self._text = page.label("", "strong", wrap=True)
        head.addWidget(self._text, 1)
        self.body.addLayout(head)
        self._advice = page.label("", "text2", wrap=True)
        self.body.addWidget(self._advice)
        self._fields = self._first_key()
        self.body.addWidget(self._fields)
        self.fingerprint = page.label("", wrap=True, selectable=True)
        self.body.addWidget(self.fingerprint)
        self.body.addLayout(self._buttons())

    def _first_key(self) -> QWidget:
        words = self._words
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(16)
        self.new_pass, self.new_again = secret(), secret()
        self.new_pass.setAccessibleDescription(words("UI_PASSPHRASE_TIP"))
        accessibility.add_row(row, words("UI_NEW_PASSPHRASE"), self.new_pass)
        accessibility.add_row(row, words("UI_AGAIN"), self.new_again)
        self.algorithm = AlgorithmBox(words)
        accessibility.add_row(
            row, words("UI_ALGORITHM"), self.algorithm, hint=self.algorithm.hint(words)
        )
        for place in range(row.count()):
            item = row.itemAt(place)
            if item is not None:
                item.setAlignment(Qt.AlignmentFlag.AlignTop)  # hints differ in height
        self._said = page.label(says("", "", words), "hint", wrap=True)
        column.addLayout(row)
        column.addWidget(self._said)
        for line in (self.new_pass, self.new_again):
            line.textChanged.connect(self._update)
        return holder

    def _buttons(self) -> QHBoxLayout:
        words = self._words
        self.forgot = page.button(words("UI_FORGOT"), self._on_forgot, "link")
        self.change = page.button(words("UI_PASS_CHANGE"), self._on_change)
        self.renew = page.button(words("UI_RENEW"), self._on_renew, symbol=Icon.KEY)
        self.take = page.button(words("UI_TAKE_FILES"), self.take_wanted.emit, symbol=Icon.IMPORT)
        self.card = page.button(words("UI_PRINT_KEY_CARD"), self._on_card, symbol=Icon.PRINT)
        self.make = page.button(words("UI_MAKE_REQUEST"), self._on_make, symbol=Icon.KEY)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.forgot)
        row.addStretch(1)
        for button in (self.change, self.renew, self.card, self.take, self.make):
            row.addWidget(button)
        return row

    # -- state -----------------------------------------------------------------------------------------------------

    def show_state(self, state: KeyState) -> None:
        """Show how the workspace stands with its key."""
        words, self.state = self._words, state
        if state.standing != "waiting" and not state.renewing:
            self.request = None  # it was answered
        symbol, tone = LOOKS[state.standing]
        colour = str(getattr(theme.tokens(), tone))
        self._mark.setPixmap(pixmap(symbol, colour, 16, self.devicePixelRatioF()))
        standing = state.standing.upper()
        self._text.setText(words(f"UI_CERT_IS_{standing}", until=state.until))
        advice = "RENEWING" if state.renewing else "BEFORE" if state.before else standing
        self._advice.setText(words(f"UI_CERT_NEXT_{advice}"))
        none = state.standing == "none"
        self._fields.setVisible(none)
        self.make.setVisible(none)
        waits = state.standing == "waiting" or state.renewing
        self.take.setVisible(none or waits)
        self.card.setVisible(self.request is not None or state.standing == "waiting")
        self.renew.setVisible(state.standing in {"valid", "expiring"} and not state.renewing)
        self.change.setVisible(state.signs)
        self.forgot.setVisible(not none)
        gone = state.standing in GONE
        self.forgot.setText(words("UI_NEW_KEY" if gone else "UI_FORGOT"))
        self._show_fingerprint()
        self._update()

    def _show_fingerprint(self) -> None:
        words, made = self._words, self.request
        if made is not None:
            said = words("UI_REQUEST_DONE", file=str(made.request), fingerprint=made.fingerprint)
            self.fingerprint.setText(said)
        else:
            self.fingerprint.setText(words("UI_CERT_FINGERPRINT", it=self.state.fingerprint))
        theme.set_look(self.fingerprint, "" if made is not None else "hint")
        self.fingerprint.setVisible(made is not None or bool(self.state.fingerprint))

    def _update(self) -> None:
        first, again = self.new_pass.text(), self.new_again.text()
        self._said.setText(says(first, again, self._words))
        self.make.setEnabled(is_good(first, again))

    # -- doing -----------------------------------------------------------------------------------------------------

    def _on_make(self) -> None:
        start = str(self._session.store.path.parent)
        folder = QFileDialog.getExistingDirectory(self, self._words("UI_REQUEST_FOLDER"), start)
        if folder:
            self.make_request(Path(folder))

    def make_request(self, folder: Path) -> None:
        """Make the first key under the passphrase typed; write the request and the key card into a folder."""
        services, passphrase = self._session.services, self.new_pass.text()
        language, algorithm = self._words.language, self.algorithm.algorithm()

        def work(store: WorkspaceStore, progress: Progress) -> Enrolment:
            from census_app.services.reporting import write_key_card  # noqa: PLC0415  # paper loads slowly

            del progress
            made = request_certificate(
                store, folder, services.keys_dir(), passphrase,
                clock=services.clock, software=services.software, algorithm=algorithm,
            )  # fmt: skip
            write_key_card(store, made, folder, language, clock=services.clock)
            return made

        self._session.ask(work, self, self._on_requested, title=self._words("UI_MAKING_KEY"))

    def _on_requested(self, made: Enrolment) -> None:
        self.request = made
        self.new_pass.clear()
        self.new_again.clear()
        self.changed.emit()

    def _on_card(self) -> None:
        made, language = self.request, self._words.language
        fingerprint = made.fingerprint if made is not None else self.state.fingerprint
        request = made.request.name if made is not None else ""
        clock = self._session.services.clock

        def work(store: WorkspaceStore, _progress: Progress) -> Printed:
            from census_app.services.reporting import print_key_card  # noqa: PLC0415  # paper loads slowly

            return print_key_card(store, fingerprint, request, language, clock=clock)

        name = f"{self._session.facts.department_name}-{self._words('PRINT_CARD_FILE')}.pdf"
        self.paper.show(work, self._words("PRINT_CARD_TITLE"), name)

    def _on_change(self) -> None:
        self._show(PassphraseDialog(self._session, self._words, self))

    def _on_renew(self) -> None:
        self._show(RenewDialog(self._session, self._words, self))

    def _on_forgot(self) -> None:
        gone = self.state.standing in GONE
        self._show(ForgottenDialog(self._session, self._words, self, gone=gone))

    def _show(self, dialog: QDialog) -> None:
        self.dialog = dialog
        dialog.accepted.connect(self._on_dialog)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_dialog(self) -> None:
        if isinstance(self.dialog, PassphraseDialog):
            self.told.emit(self._words("UI_PASS_DONE"))
        elif isinstance(self.dialog, RenewDialog | ForgottenDialog):
            self.request = self.dialog.made
        self.changed.emit()
