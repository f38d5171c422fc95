"""Stage 4 of the hand-in: the key, the passphrase, and where the package goes."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from census_app.domain.approval import Approval
from census_app.ui.department.certificate_card import CertificateCard
from census_app.ui.department.destination import Destination
from census_app.ui.department.key_dialogs import secret
from census_app.ui.department.key_state import KeyState
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.shell import accessibility, page
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


class SigningStage(QScrollArea):
    """The card of the certificate and, once there is a key, the card of the signature.

    Signals:
        export_wanted: Sign now.
        last_wanted: Show the package of last time again.
    """

    export_wanted = Signal()
    last_wanted = Signal()

    def __init__(
        self, session: WorkspaceSession, words: Words, preferences: Preferences, *, upwards: bool
    ) -> None:
        super().__init__()
        self._words, self._upwards = words, upwards
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        holder = QWidget()
        holder.setProperty("look", "page")
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(12)
        self.certificate = CertificateCard(session, words)
        self.certificate.told.connect(self._on_told)
        column.addWidget(self._sign_card(session, preferences))
        column.addWidget(self.certificate)
        column.addStretch(1)
        self.setWidget(holder)

    def _sign_card(self, session: WorkspaceSession, preferences: Preferences) -> QWidget:
        words = self._words
        self.card = page.Card(margin=16)
        body = self.card.body
        title = "UI_HAND_UP_TITLE" if self._upwards else "UI_SIGN_TITLE"
        body.addWidget(page.label(words(title), "section"))
        self.note = page.label("", "text2", wrap=True)
        body.addWidget(self.note)
        same = QHBoxLayout()
        same.setSpacing(8)
        self.caution = page.label("", "warn", wrap=True)
        same.addWidget(self.caution, 1)
        self.last = page.button(words("HI_SHOW_LAST"), self.last_wanted.emit, "small")
        same.addWidget(self.last)
        body.addLayout(same)
        fields = QHBoxLayout()
        fields.setSpacing(16)
        self.passphrase = secret()
        self.passphrase.returnPressed.connect(self._on_return)
        accessibility.add_row(fields, words("UI_PASSPHRASE"), self.passphrase)
        self.destination = Destination(session, words, preferences)
        fields.addWidget(self.destination)
        for place, share in ((0, 2), (1, 3)):
            fields.setStretch(place, share)
            item = fields.itemAt(place)
            if item is not None:
                item.setAlignment(Qt.AlignmentFlag.AlignTop)
        body.addLayout(fields)
        row = QHBoxLayout()
        self.blocked = page.label("", "hint", wrap=True)
        row.addWidget(self.blocked, 1)
        self.export = page.button(
            words("UI_HAND_UP" if self._upwards else "UI_EXPORT"),
            self.export_wanted.emit,
            "primary",
            Icon.EXPORT,
        )
        row.addWidget(self.export)
        body.addLayout(row)
        return self.card

    def start(self) -> None:
        """Take the focus and look where a package could go."""
        self.destination.look()
        (self.passphrase if not self.card.isHidden() else self.certificate.new_pass).setFocus()

    def show_key(self, key: KeyState) -> None:
        """Show how it stands with the key."""
        fresh = key.signs and self.card.isHidden() and self.isVisible()
        self.certificate.show_state(key)
        self.card.setVisible(key.signs)
        if fresh:  # what was typed into to get the key is gone: the package is the next thing
            self.passphrase.setFocus()
        if self._upwards:
            code = "UI_HAND_UP_NOTE"
        else:
            code = "UI_SIGN_WAITING" if key.standing == "waiting" else "UI_SIGN_NOTE"
        self.note.setText(self._words(code))

    def show_standing(self, standing: Approval, *, kept: bool) -> None:
        """Say what a person should know before signing: nobody approved it, or it was handed in already.

        Args:
            kept: The package of last time still lies in the outbox.
        """
        words, text = self._words, ""
        again = standing.unchanged
        if self._upwards:
            again = False
        elif again and standing.handed_in is not None:
            text = words("HI_SIGN_AGAIN", at=words.moment(standing.handed_in.at))
        elif standing.state != "approved":
            text = words(f"HI_SIGN_{standing.state.upper()}")
        self.caution.setText(text)
        self.caution.setVisible(bool(text))
        self.last.setVisible(again and kept)

    def show_allowed(self, why_not: str) -> None:
        """Enable the button, or say why it is of no use yet."""
        self.export.setEnabled(not why_not)
        self.blocked.setText(why_not)

    def target(self) -> tuple[Path, Path | None]:
        """Return the folder that is chosen, and the stick it lies on."""
        place = self.destination.place
        return place.folder, place.stick

    def _on_return(self) -> None:
        if self.export.isEnabled():
            self.export_wanted.emit()

    def _on_told(self, text: str) -> None:
        self.note.setText(text)
