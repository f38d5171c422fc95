"""The frame of dialogs that need the stick with the root key: its folder, its passphrase, where to write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget
from typing_extensions import override

from census_app.services.trusting import BundleIssued, TrustSummary
from census_app.ui.catalogue.act_dialog import ActDialog, clear
from census_app.ui.catalogue.facts import standing_row
from census_app.ui.catalogue.letter_dialog import WrittenDialog
from census_app.ui.catalogue.path_field import PathField
from census_app.ui.catalogue.standing import Standing
from census_app.ui.catalogue.trust_session import StickGiven, TrustDesk
from census_app.ui.dialogs.passphrase import is_good, says
from census_app.ui.shell import page
from census_app.ui.shell.accessibility import add_row
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

STICK, BUNDLES = "stick", "bundles"
"""Names under which the folders last used are remembered."""


def secret() -> QLineEdit:
    """Return an input for a passphrase."""
    made = QLineEdit()
    made.setEchoMode(QLineEdit.EchoMode.Password)
    made.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData)
    return made


class NewPassphrase(QWidget):
    """A new passphrase, typed twice; says what is still wrong with it."""

    def __init__(self, words: Words, label: str) -> None:
        super().__init__()
        self._words = words
        self.first, self.again = secret(), secret()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(16)
        add_row(row, label, self.first)
        add_row(row, words("UI_AGAIN"), self.again)
        self.again.setAccessibleName(f"{label} {words('UI_AGAIN')}")
        column.addLayout(row)
        self._hint = page.label(words("CT_PASSPHRASE_HINT"), "hint", wrap=True)
        column.addWidget(self._hint)
        column.addStretch(1)
        self.first.textChanged.connect(self._say)
        self.again.textChanged.connect(self._say)

    @property
    def text(self) -> str:
        """The passphrase."""
        return self.first.text()

    @property
    def good(self) -> bool:
        """Whether it is long enough and was typed twice alike."""
        return is_good(self.text, self.again.text())

    def fill(self, text: str) -> None:
        """Type it twice."""
        self.first.setText(text)
        self.again.setText(text)

    def _say(self) -> None:
        self._hint.setText(says(self.first.text(), self.again.text(), self._words))


class StickDialog(ActDialog):
    """Asks for the stick; subclasses fill `column`, call `add_stick`, then `finish`.

    Args:
        summary: Says which root lies on the stick.
    """

    def __init__(
        self,
        desk: TrustDesk,
        summary: TrustSummary,
        words: Words,
        preferences: Preferences,
        title: str,
        parent: QWidget | None,
        width: int = 660,
    ) -> None:
        super().__init__(words, title, parent, width)
        self.desk, self.summary, self.preferences = desk, summary, preferences
        self.root = PathField(words, words("CAT_ROOT_FOLDER"))
        self.passphrase = secret()
        self.target = PathField(words, words("CT_BUNDLE_FOLDER"))
        self._which = QVBoxLayout()

    def add_stick(self, *, target: bool = True) -> None:
        """Add the inputs below what was added so far."""
        words = self.words
        self.column.addWidget(page.line())
        both = QHBoxLayout()
        both.setSpacing(16)
        left, right = QVBoxLayout(), QVBoxLayout()
        both.addLayout(left, 5)
        both.addLayout(right, 3)
        self.root.add_to(left)
        add_row(right, words("CAT_ROOT_PASSPHRASE"), self.passphrase)
        self.column.addLayout(both)
        self.column.addLayout(self._which)
        if target:
            self.target.add_to(self.column)
        self.root.edit.setText(self.preferences.text(STICK))
        self.target.edit.setText(self.preferences.text(BUNDLES) or self.preferences.text("answers"))
        self._say_which()
        self.root.changed.connect(self._on_root)
        self.target.changed.connect(self.update_ready)
        self.passphrase.textChanged.connect(self.update_ready)

    @property
    def status(self) -> str:
        """Which root lies on the stick: `active`, `standby`, `other`, or empty for none."""
        sha256 = self.desk.root_in(self.root.path)
        found = next((r.status for r in self.summary.roots if r.sha256 == sha256), "other")
        return found if sha256 else ""

    @property
    def given(self) -> StickGiven:
        """What was filled in; the folders are remembered, the passphrase is not."""
        root, target = self.root.path or Path(), self.target.path or Path()
        self.preferences.remember_text(STICK, str(root))
        if self.target.path is not None:
            self.preferences.remember_text(BUNDLES, str(target))
        return StickGiven(root, self.passphrase.text(), target)

    @override
    def ready(self) -> bool:
        place = self.target.path is not None or self.target.parentWidget() is None
        return self.status in {"active", "standby"} and bool(self.passphrase.text()) and place

    def stick_changed(self) -> None:
        """Follow what lies on the stick; for subclasses."""

    def _on_root(self) -> None:
        self._say_which()
        self.stick_changed()
        self.update_ready()

    def _say_which(self) -> None:
        clear(self._which)
        words, status = self.words, self.status
        looks = {
            "active": Standing(words("CT_STICK_active"), Icon.CHECK, "good", 0),
            "standby": Standing(words("CT_STICK_standby"), Icon.INFO, "warn", 0),
            "other": Standing(words("CT_STICK_other"), Icon.ERROR, "bad", 0),
        }
        if status:
            self._which.addWidget(standing_row(looks[status], ""))
        else:
            self._which.addWidget(page.label(words("CT_STICK_none"), "hint", wrap=True))


def show_issued(
    issued: BundleIssued,
    words: Words,
    parent: QWidget | None,
    further: Sequence[str] = (),
    next_step: str = "CT_BUNDLE_NEXT",
) -> WrittenDialog:
    """Open the dialog that says which bundle was written, what it did here, and what to do with it."""
    applied = issued.applied
    lines = [words("CT_BUNDLE_DONE", version=applied.version, until=applied.expires[:10]), *further]
    if applied.revoked:
        lines.append(words("CT_WITHDRAWN", names=words("LIST_JOINT").join(applied.revoked)))
    if applied.released:
        lines.append(words("CT_RELEASED", names=words("LIST_JOINT").join(applied.released)))
    if applied.forms is not None and applied.forms.outcome in {"upgraded", "replaced"}:
        lines.append(words(f"APPLIED_FORMS_{applied.forms.outcome}", version=applied.form_version))
    if applied.forms_problem is not None:
        code = applied.forms_problem.code
        lines.append(words("APPLIED_FORMS_PROBLEM", version=applied.form_version, code=code))
    dialog = WrittenDialog(words, "\n".join(lines), words(next_step), [issued.package.path], parent)
    dialog.setWindowTitle(words("CT_BUNDLE_TITLE"))
    dialog.open()
    return dialog
