"""A department hands its state on to a section, a second PC or a subordinate body."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLineEdit, QWidget

from census_app.errors import CensusError
from census_app.services.contributing import ContributionWritten, write_contribution
from census_app.services.enrolling import signer_of
from census_app.services.ports import WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.trust_summary import trust_summary
from census_app.ui.department.key_dialogs import secret
from census_app.ui.department.letterbox import Letterbox
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.dialogs.messages import MessageDialog
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.shell import accessibility, page, theme
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

FOLDER = "hand_on_folder"


class HandOnDialog(MessageDialog):
    """Whom, where, the passphrase; then what was written."""

    def __init__(
        self,
        session: WorkspaceSession,
        post: Letterbox,
        words: Words,
        preferences: Preferences,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(words("UI_HAND_ON_TITLE"), parent, width=560)
        self._session, self._post, self._words = session, post, words
        self._preferences = preferences
        self.written: ContributionWritten | None = None
        self.add_heading(words("UI_HAND_ON_TITLE"), Icon.EXPORT, theme.tokens().accent)
        self.add_text(words("UI_HAND_ON_LEAD"))
        self.audience = QuietCombo()
        self.audience.setEditable(True)
        self.audience.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.audience.setEditText(session.facts.department_code)
        self.audience.editTextChanged.connect(self._update)
        accessibility.add_row(
            self.column, words("UI_HAND_ON_TO"), self.audience, hint=words("UI_HAND_ON_TO_TIP")
        )
        self.passphrase = secret()
        self.passphrase.textChanged.connect(self._update)
        accessibility.add_row(self.column, words("UI_PASSPHRASE"), self.passphrase)
        self.folder = QLineEdit(preferences.text(FOLDER) or str(session.store.path.parent))
        self.folder.setReadOnly(True)
        self.folder.setCursorPosition(0)
        accessibility.add_row(self.column, words("UI_FOLDER"), self.folder)
        self._said = page.label("", wrap=True, selectable=True)
        self._said.hide()
        self.column.addWidget(self._said)
        self.column.addStretch(1)
        self._add_buttons()
        session.ask(self._known, self, self._on_known)

    def _add_buttons(self) -> None:
        words = self._words
        row = QHBoxLayout()
        row.addWidget(page.button(words("UI_CHOOSE_FOLDER"), self._on_folder, symbol=Icon.FOLDER))
        self.buttons.addLayout(row)
        self.buttons.addStretch(1)
        self._close = page.button(words("UI_CANCEL"), self.reject)
        self.buttons.addWidget(self._close)
        self.do = page.button(words("UI_HAND_ON_DO"), self._on_do, "primary", Icon.EXPORT)
        self.buttons.addWidget(self.do)
        self.finish()
        self._update()

    # -- whom ------------------------------------------------------------------------------------------------------

    def _known(self, store: WorkspaceStore, progress: Progress) -> list[tuple[str, str]]:
        """Return code and name of the other sides that are known; runs on the database thread."""
        del progress
        own = store.facts().department_code
        found = {p.sender: "" for p in store.packages() if p.type == "contribution"}
        found |= {p.audience: "" for p in store.packages() if p.type == "contribution"}
        for owner in trust_summary(store, clock=self._session.services.clock).owners:
            if owner.code == own:
                found |= {unit.code: unit.name for unit in owner.units}
            elif owner.code.startswith(own) and len(owner.code) > len(own):
                found[owner.code] = owner.name
        return sorted((code, name) for code, name in found.items() if code not in {"", own})

    def _on_known(self, known: list[tuple[str, str]]) -> None:
        typed = self.audience.currentText()
        for code, name in known:
            self.audience.addItem(f"{code}  {name}".strip(), code)
            self.audience.setItemData(
                self.audience.count() - 1, name or code, Qt.ItemDataRole.ToolTipRole
            )
        if known and typed == self._session.facts.department_code:
            self.audience.setCurrentIndex(0)
        else:
            self.audience.setEditText(typed)
        self._update()

    def _code(self) -> str:
        return self.audience.currentText().split(" ")[0].strip().upper()

    def _update(self) -> None:
        other = self._code() not in {"", self._session.facts.department_code}
        self.do.setEnabled(other and bool(self.passphrase.text()) and self.written is None)

    # -- doing -----------------------------------------------------------------------------------------------------

    def _on_folder(self) -> None:
        title = self._words("UI_CHOOSE_FOLDER")
        chosen = QFileDialog.getExistingDirectory(self, title, self.folder.text())
        if chosen:
            self.folder.setText(chosen)
            self._preferences.remember_text(FOLDER, chosen)

    def _on_do(self) -> None:
        if self.written is not None:
            path = self.written.package.path.parent
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
            return
        services, code = self._session.services, self._code()
        folder, passphrase = Path(self.folder.text()), self.passphrase.text()

        def work(store: WorkspaceStore, progress: Progress) -> ContributionWritten:
            del progress
            signer = signer_of(store, services.keys_dir())
            signer.unlock(passphrase)
            return write_contribution(
                store, code, folder, signer, clock=services.clock, software=services.software
            )

        self.do.setEnabled(False)
        title = self._words("UI_EXPORTING")
        self._session.ask(work, self, self._on_written, self._on_failed, title, settled=True)

    def _on_written(self, written: ContributionWritten) -> None:
        words, self.written = self._words, written
        told = words(
            "UI_HAND_ON_DONE",
            number=written.package.statement.sequence,
            file=str(written.package.path),
        )
        if written.left_out:
            told = f"{told}\n{words('UI_LEFT_OUT_N', count=len(written.left_out))}"
        self._say(told, "")
        self.passphrase.clear()
        self.passphrase.setEnabled(False)
        self.audience.setEnabled(False)
        self._close.setText(words("UI_CLOSE"))
        self.do.setText(words("UI_OPEN_FOLDER"))
        self.do.setEnabled(True)
        self._post.refresh()

    def _on_failed(self, error: Exception) -> None:
        self._update()
        if not isinstance(error, CensusError):
            raise error
        told = self._words.explain(error)
        self._say(f"{told.what} {told.next_step}".strip(), "bad")

    def _say(self, text: str, look: str) -> None:
        theme.set_look(self._said, look)
        self._said.setText(text)
        self._said.show()
