"""Dialogs about the key: another passphrase, the next key, a key whose passphrase was forgotten."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from census_app.errors import CensusError
from census_app.services.enrolling import Enrolment, request_certificate, request_rotation
from census_app.services.keys import change_passphrase, key_path_of
from census_app.services.ports import WorkspaceStore
from census_app.services.progress import Progress
from census_app.ui.department.algorithm_box import AlgorithmBox
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.dialogs.messages import MessageDialog
from census_app.ui.dialogs.passphrase import is_good, says
from census_app.ui.shell import accessibility, page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


def secret() -> QLineEdit:
    """Return an input for a passphrase."""
    line = QLineEdit()
    line.setEchoMode(QLineEdit.EchoMode.Password)
    line.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData)
    return line


class _KeyDialog(MessageDialog):
    """Passphrases, the problem in words, the button; what was typed stays until it worked."""

    def __init__(
        self, session: WorkspaceSession, words: Words, title: str, lead: str, parent: QWidget | None
    ) -> None:
        super().__init__(words(title), parent, width=520)
        self._session, self._words = session, words
        self.add_heading(words(title), Icon.KEY, theme.tokens().accent)
        self.add_text(words(lead))
        self.fields = QVBoxLayout()
        self.fields.setSpacing(12)
        self.column.addLayout(self.fields)
        self._problem = page.label("", "bad", wrap=True)
        self._problem.hide()
        self.column.addWidget(self._problem)
        self.old, self.new, self.again = secret(), secret(), secret()

    def _add_old(self) -> None:
        accessibility.add_row(self.fields, self._words("UI_OLD_PASSPHRASE"), self.old)
        self.old.textChanged.connect(self._update)

    def _add_new(self) -> None:
        words = self._words
        row = QHBoxLayout()
        row.setSpacing(16)
        accessibility.add_row(row, words("UI_NEXT_PASSPHRASE"), self.new)
        accessibility.add_row(row, words("UI_AGAIN"), self.again)
        self.new.setAccessibleDescription(words("UI_PASSPHRASE_TIP"))
        self.fields.addLayout(row)
        self._said = page.label(says("", "", words), "hint", wrap=True)
        self.fields.addWidget(self._said)
        for line in (self.new, self.again):
            line.textChanged.connect(self._update)

    def _add_buttons(self, verb: str) -> None:
        self.column.addStretch(1)
        self.buttons.addStretch(1)
        self.buttons.addWidget(page.button(self._words("UI_CANCEL"), self.reject))
        self.do = page.button(self._words(verb), self._on_do, "primary")
        self.buttons.addWidget(self.do)
        self.finish()
        self._update()

    def ready(self) -> bool:
        """Say whether everything is filled in."""
        old = bool(self.old.text()) or self.old.parentWidget() is None
        return old and is_good(self.new.text(), self.again.text())

    def _update(self) -> None:
        self._said.setText(says(self.new.text(), self.again.text(), self._words))
        self.do.setEnabled(self.ready())

    def _on_do(self) -> None:
        raise NotImplementedError

    def _on_failed(self, error: Exception) -> None:
        self._update()
        if not isinstance(error, CensusError):
            raise error
        told = self._words.explain(error)
        self._problem.setText(f"{told.what} {told.next_step}".strip())
        self._problem.show()


class PassphraseDialog(_KeyDialog):
    """Puts the key under another passphrase."""

    def __init__(self, session: WorkspaceSession, words: Words, parent: QWidget | None) -> None:
        super().__init__(session, words, "UI_PASS_TITLE", "UI_PASS_LEAD", parent)
        self._add_old()
        self._add_new()
        self._add_buttons("UI_PASS_DO")

    def _on_do(self) -> None:
        keys, old, new = self._session.services.keys_dir(), self.old.text(), self.new.text()

        def work(store: WorkspaceStore, progress: Progress) -> None:
            del progress
            change_passphrase(key_path_of(store, keys), old, new)

        self.do.setEnabled(False)
        title = self._words("UI_PASS_TITLE")
        self._session.ask(work, self, self._on_done, self._on_failed, title)

    def _on_done(self, nothing: None) -> None:
        del nothing
        self.accept()


class _RequestDialog(_KeyDialog):
    """Makes a key and writes its request into a folder; `made` is the outcome."""

    made: Enrolment | None = None

    def _on_do(self) -> None:
        start = str(self._session.store.path.parent)
        title = self._words("UI_REQUEST_FOLDER")
        folder = QFileDialog.getExistingDirectory(self, title, start)
        if folder:
            self.request(Path(folder))

    def request(self, folder: Path) -> None:
        """Make the key and write request and key card into a folder."""
        services, language = self._session.services, self._words.language

        def work(store: WorkspaceStore, progress: Progress) -> Enrolment:
            from census_app.services.reporting import write_key_card  # noqa: PLC0415  # paper loads slowly

            del progress
            made = self._make(store, folder)
            write_key_card(store, made, folder, language, clock=services.clock)
            return made

        self._take_texts()
        self.do.setEnabled(False)
        title = self._words("UI_MAKING_KEY")
        self._session.ask(work, self, self._on_made, self._on_failed, title)

    def _take_texts(self) -> None:
        self._old_text, self._new_text = self.old.text(), self.new.text()

    def _make(self, store: WorkspaceStore, folder: Path) -> Enrolment:
        raise NotImplementedError

    def _on_made(self, made: Enrolment) -> None:
        self.made = made
        self.accept()


class RenewDialog(_RequestDialog):
    """The next key, vouched for by the present one."""

    def __init__(self, session: WorkspaceSession, words: Words, parent: QWidget | None) -> None:
        super().__init__(session, words, "UI_RENEW_TITLE", "UI_RENEW_LEAD", parent)
        self._add_old()
        self._add_new()
        self._add_buttons("UI_MAKE_REQUEST")

    def _make(self, store: WorkspaceStore, folder: Path) -> Enrolment:
        services = self._session.services
        return request_rotation(
            store, folder, services.keys_dir(), self._old_text, self._new_text,
            clock=services.clock, software=services.software,
        )  # fmt: skip


class ForgottenDialog(_RequestDialog):
    """A new key, because the passphrase of the old one is lost; nothing else is.

    Args:
        gone: The certificate was revoked or has ended; nobody forgot anything.
    """

    def __init__(
        self, session: WorkspaceSession, words: Words, parent: QWidget | None, *, gone: bool = False
    ) -> None:
        lead = "UI_NEW_KEY_LEAD" if gone else "UI_FORGOT_LEAD"
        super().__init__(session, words, "UI_FORGOT_TITLE", lead, parent)
        self._add_new()
        self._algorithm = AlgorithmBox(words)
        accessibility.add_row(
            self.fields, words("UI_ALGORITHM"), self._algorithm, hint=self._algorithm.hint(words)
        )
        self._add_buttons("UI_MAKE_REQUEST")

    def _take_texts(self) -> None:
        super()._take_texts()
        self._chosen = self._algorithm.algorithm()

    def _make(self, store: WorkspaceStore, folder: Path) -> Enrolment:
        services = self._session.services
        return request_certificate(
            store, folder, services.keys_dir(), self._new_text,
            clock=services.clock, software=services.software, algorithm=self._chosen,
        )  # fmt: skip
