"""Enrol a department: read its request, compare the fingerprint, sign with the root key from the stick."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.errors import CensusError
from census_app.exchange.certificate_facts import Role
from census_app.services.enrolling import RequestShown
from census_app.ui.catalogue.facts import standing_row
from census_app.ui.catalogue.path_field import PathField
from census_app.ui.catalogue.session import CatalogueSession, Enrolled, Enrolling
from census_app.ui.catalogue.standing import Standing
from census_app.ui.catalogue.stick_dialog import STICK
from census_app.ui.catalogue.units_dialog import UnitsDialog
from census_app.ui.dialogs.messages import ErrorDialog, MessageDialog
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.shell import page, theme
from census_app.ui.shell.accessibility import add_row
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

WIDTH = 620


class EnrolDialog(QDialog):
    """Four steps on one page; the button comes alive when all are done.

    Signals:
        enrolled: code of the department, once its certificate is issued and written.
        bundle_wanted: The person wants to sign a trust bundle right away.
    """

    enrolled = Signal(str)
    bundle_wanted = Signal()

    def __init__(
        self,
        session: CatalogueSession,
        words: Words,
        preferences: Preferences,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(words("CAT_ENROL_TITLE"))
        self.setMinimumWidth(WIDTH)
        self._session, self._words, self._preferences = session, words, preferences
        self._shown: RequestShown | None = None
        self.units: dict[str, str] = {}
        self.request = PathField(words, words("CAT_REQUEST"), words("CAT_FILES_FILTER"))
        self.heard = QLineEdit()
        self.compared = QCheckBox(words("CAT_COMPARED"))
        self.role = QuietCombo()
        for role in (Role.DEPARTMENT, Role.COORDINATOR):
            self.role.addItem(words(f"CT_ENROL_{role}"), role)
        self.unit_button = page.button("", self._on_units, symbol=Icon.BUILDING)
        self.root = PathField(words, words("CAT_ROOT_FOLDER"))
        self.root.edit.setText(preferences.text(STICK))
        self.passphrase = QLineEdit()
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.answers = PathField(words, words("CAT_ANSWER_FOLDER"))
        self.answers.edit.setText(preferences.text("answers"))
        self.issue = page.button(words("CAT_ISSUE"), self._on_issue, "primary", Icon.KEY)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(24, 16, 24, 16)
        self._column.setSpacing(8)
        self._build()
        self._connect()
        self._show_request([])
        self._update()

    # -- building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        words, column = self._words, self._column
        column.addWidget(page.label(words("CAT_ENROL_TITLE"), "section"))
        column.addWidget(page.label(words("CAT_ENROL_WHY"), "hint", wrap=True))
        self.request.add_to(column)
        self._request_box = QVBoxLayout()
        self._request_box.setSpacing(8)
        column.addLayout(self._request_box)
        caption = add_row(column, words("CAT_HEARD"), self.heard)
        self._heard_row = caption.parentWidget()
        self._match = page.label("", "hint")
        column.addWidget(self._match)
        column.addWidget(self.compared)
        column.addLayout(self._purpose())
        column.addWidget(page.line())
        stick = QHBoxLayout()
        stick.setSpacing(16)
        left, right = QVBoxLayout(), QVBoxLayout()
        stick.addLayout(left, 2)
        stick.addLayout(right, 1)
        self.root.add_to(left, words("CAT_ROOT_HINT"))
        add_row(right, words("CAT_ROOT_PASSPHRASE"), self.passphrase)
        right.addStretch(1)
        column.addLayout(stick)
        self.answers.add_to(column, words("CAT_ANSWER_HINT"))
        column.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(page.button(words("UI_CANCEL"), self.reject))
        row.addWidget(self.issue)
        column.addLayout(row)

    def _purpose(self) -> QHBoxLayout:
        """Return what the certificate is for: for a department, also whom it reports for."""
        row = QHBoxLayout()
        row.setSpacing(16)
        add_row(row, self._words("CT_ENROL_ROLE"), self.role)
        row.addWidget(self.unit_button, 0, Qt.AlignmentFlag.AlignBottom)
        row.addStretch(1)
        self.role.currentIndexChanged.connect(self._update)
        return row

    def _connect(self) -> None:
        self.request.changed.connect(self._on_request_changed)
        self.heard.textChanged.connect(self._update)
        self.compared.toggled.connect(self._update)
        self.root.changed.connect(self._update)
        self.passphrase.textChanged.connect(self._update)
        self.answers.changed.connect(self._update)

    # -- request ---------------------------------------------------------------------------------------------------

    def _on_request_changed(self) -> None:
        self._shown = None
        self.units = {}
        self.compared.setChecked(False)
        self._show_request([])
        path = self.request.path
        if path is not None and path.is_file():
            if self.answers.path is None:
                self.answers.edit.setText(str(path.parent))
            self._session.read_request(path, self, self._on_request_read, self._on_request_failed)
        self._update()

    def _on_request_read(self, shown: RequestShown) -> None:
        self._shown = shown
        words = self._words
        name = words("CAT_REQUEST_OF", department=shown.name, code=shown.code)
        key = page.label(shown.fingerprint, "section", wrap=True, selectable=True)
        parts: list[QWidget] = [page.label(name, wrap=True, selectable=True), key]
        if shown.by_old_key:
            told = Standing(words("CT_BY_OLD_KEY"), Icon.CHECK, "good", 0)
            parts.append(standing_row(told, ""))
        if shown.waiting:
            names = words("LIST_JOINT").join(shown.waiting)
            said = words("CT_WAITING_HERE", count=len(shown.waiting), names=names)
            parts.append(standing_row(Standing(said, Icon.INFO, "accent", 0), ""))
        self._show_request(parts)
        self._update()

    def _on_request_failed(self, error: Exception) -> None:
        if not isinstance(error, CensusError):
            raise error
        told = self._words.explain(error)
        self._show_request(
            [
                standing_row(Standing(told.what, Icon.ERROR, "bad", 0), ""),
                page.label(told.next_step, "hint", wrap=True),
            ]
        )
        self._update()

    def _show_request(self, parts: list[QWidget]) -> None:
        while self._request_box.count():
            item = self._request_box.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()  # it goes with the next event; until then it must not shine through
                widget.deleteLater()
        for part in parts or [page.label(self._words("CAT_REQUEST_HINT"), "hint", wrap=True)]:
            self._request_box.addWidget(part)

    def _fit(self) -> None:
        """Be as high as the texts are at this width; Qt does not do so by itself for texts that wrap."""
        self._column.activate()
        needed = self._column.totalHeightForWidth(max(self.width(), WIDTH))
        room = self.screen().availableGeometry().height()
        self.setMinimumHeight(min(needed, room - 40))

    @override
    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() in {QEvent.Type.LayoutRequest, QEvent.Type.Show}:
            self._fit()
        return handled

    # -- deciding --------------------------------------------------------------------------------------------------

    @property
    def confirmed(self) -> bool:
        """Whether the fingerprint was compared: typed and equal, or ticked as compared on paper."""
        if self._shown is None:
            return False
        if self._vouched:
            return True
        typed = same_fingerprint(self.heard.text(), self._shown.fingerprint)
        return typed or (self.compared.isChecked() and not self.heard.text().strip())

    @property
    def _vouched(self) -> bool:
        """Whether the old key signed the request, so that nobody has to compare."""
        shown = self._shown
        return shown is not None and shown.by_old_key and self.chosen_role is Role.DEPARTMENT

    @property
    def chosen_role(self) -> Role:
        """What the certificate is for; Qt gives the text of the role back."""
        return Role(self.role.currentData())

    def _on_units(self) -> None:
        shown = self._shown
        if shown is not None:
            self.units_dialog = UnitsDialog(self._words, shown.name, self.units, self)
            self.units_dialog.accepted.connect(self._on_units_given)
            self.units_dialog.open()

    def _on_units_given(self) -> None:
        self.units |= self.units_dialog.added
        self._update()

    def _update(self) -> None:
        self._say_match()
        department = self.chosen_role is Role.DEPARTMENT
        self.unit_button.setVisible(department)
        self.unit_button.setEnabled(self._shown is not None)
        self.unit_button.setText(self._words("CT_ENROL_UNITS", count=len(self.units)))
        for widget in (self._heard_row, self._match, self.compared):
            if widget is not None:
                widget.setVisible(not self._vouched)
        root, answers = self.root.path, self.answers.path
        ready = self.confirmed and root is not None and answers is not None
        self.issue.setEnabled(bool(ready and self.passphrase.text()))

    def _say_match(self) -> None:
        typed = self.heard.text().strip()
        if self._shown is None or not typed:
            theme.set_look(self._match, "hint")
            self._match.setText(self._words("CAT_HEARD_HINT"))
            return
        same = same_fingerprint(typed, self._shown.fingerprint)
        begun = _plain(self._shown.fingerprint).startswith(_plain(typed))
        code = "CAT_MATCH" if same else "CAT_MATCH_SO_FAR" if begun else "CAT_MATCH_NOT"
        theme.set_look(self._match, "good" if same else "hint" if begun else "bad")
        self._match.setText(self._words(code))

    # -- issuing ---------------------------------------------------------------------------------------------------

    def _on_issue(self) -> None:
        request, root, answers = self.request.path, self.root.path, self.answers.path
        shown = self._shown
        if shown is None or request is None or root is None or answers is None:
            return
        self.issue.setEnabled(False)
        self._preferences.remember_text("answers", str(answers))
        given = self.heard.text().strip() or shown.fingerprint
        self._preferences.remember_text(STICK, str(root))
        role = self.chosen_role
        wanted = Enrolling(
            request, given, root, self.passphrase.text(), answers, role,
            self.units if role is Role.DEPARTMENT else {},
        )  # fmt: skip
        self._session.enrol(
            wanted, self, self._on_issued, self._on_issue_failed, self._words("CAT_ISSUING")
        )

    def _on_issued(self, enrolled: Enrolled) -> None:
        self.passphrase.clear()
        self.enrolled.emit(enrolled.admitted.issued.department)
        told = EnrolledDialog(self._words, enrolled, self.parentWidget())
        told.bundle_wanted.connect(self.bundle_wanted)
        told.open()
        self.accept()

    def _on_issue_failed(self, error: Exception) -> None:
        self._update()
        if not isinstance(error, CensusError):
            raise error
        ErrorDialog(self._words, error, self).exec()


class EnrolledDialog(MessageDialog):
    """Says where the certificate is, what was let in with it, and offers to tell everybody with a trust bundle.

    Signals:
        bundle_wanted: The person wants to sign the bundle now.
    """

    bundle_wanted = Signal()

    def __init__(self, words: Words, enrolled: Enrolled, parent: QWidget | None) -> None:
        super().__init__(words("CAT_ENROLLED_TITLE"), parent, width=560)
        admitted = enrolled.admitted
        self._folder = enrolled.answer.parent
        text = words("CAT_ENROLLED", department=admitted.issued.name)
        self.column.addWidget(standing_row(Standing(text, Icon.CHECK, "good", 0)))
        if admitted.released:
            names = words("LIST_JOINT").join(admitted.released)
            released = Standing(words("CT_RELEASED", names=names), Icon.CHECK, "good", 0)
            self.column.addWidget(standing_row(released, ""))
        self.add_text(str(enrolled.answer), "hint")
        self.add_text(words("CT_ENROLLED_NEXT"))
        opened = page.button(words("CAT_OPEN_FOLDER"), self._on_folder, symbol=Icon.FOLDER)
        self.buttons.addWidget(opened)
        self.buttons.addStretch(1)
        self.buttons.addWidget(page.button(words("UI_CLOSE"), self.accept))
        self.bundle = page.button(words("CT_ISSUE_DOTS"), self._on_bundle, "primary", Icon.SHIELD)
        self.buttons.addWidget(self.bundle)
        self.finish()

    def _on_bundle(self) -> None:
        self.accept()
        self.bundle_wanted.emit()

    def _on_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))


def same_fingerprint(typed: str, shown: str) -> bool:
    """Say whether two fingerprints are the same; blanks, dashes and case do not matter."""
    return bool(_plain(typed)) and _plain(typed) == _plain(shown)


def _plain(fingerprint: str) -> str:
    return "".join(fingerprint.split()).replace("-", "").lower()
