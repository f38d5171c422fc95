"""The page "review and hand in": certificate, readiness, signing, and what to do with the package."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from census_app.exchange.paper import short_groups
from census_app.services.checking import CheckReport
from census_app.services.enrolling import (
    Enrolment,
    accept_answer,
    request_certificate,
    signer_of,
)
from census_app.services.exporting import ExportDone, Unfinished, export_package, unfinished
from census_app.services.ports import WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.reporting import write_cover, write_key_card
from census_app.ui.department.algorithm_box import AlgorithmBox
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.models.text_table import Cell, Heading, TextTableModel, text_table
from census_app.ui.shell import accessibility, page
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

FOLDER = "export_folder"


@dataclass(frozen=True, slots=True)
class Readiness:
    """What the page needs to know before it can ask for the passphrase."""

    enrolled: bool
    unfinished: tuple[Unfinished, ...]


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A written package, its groups and its cover sheet."""

    done: ExportDone
    digest: str
    cover: Path


class ExportPage(QWidget):
    """Three cards: the certificate, the state of the records, the signature; then what was written.

    Signals:
        go_wanted: form and id of an unfinished record.
        check_wanted: The person wants to see all problems.
        handed_in: A package was written.
    """

    go_wanted = Signal(str, str)
    check_wanted = Signal()
    handed_in = Signal()

    def __init__(self, session: WorkspaceSession, words: Words, preferences: Preferences) -> None:
        super().__init__()
        self._session, self._words, self._preferences = session, words, preferences
        self._ready: Readiness | None = None
        self._result: HandedIn | None = None
        self._request: Enrolment | None = None
        self._stack = QStackedWidget()
        self._stack.addWidget(self._scrolling(self._steps_page()))
        self._stack.addWidget(self._scrolling(self._done_page()))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(page.PageHead(words("UI_STEP_EXPORT")))
        column.addWidget(self._stack, 1)
        session.checked.connect(self._on_checked)

    def enter(self) -> None:
        """Read how far the workspace is; called when the page is shown."""
        self._stack.setCurrentIndex(0)
        report = self._session.problems.report
        if report is not None:
            self._read(report)

    # -- parts -----------------------------------------------------------------------------------------------------

    def _scrolling(self, inner: QWidget) -> QScrollArea:
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inner.setProperty("look", "page")
        area.setWidget(inner)
        return area

    def _steps_page(self) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 8, 8)
        column.setSpacing(12)
        column.addWidget(self._ready_card())
        column.addWidget(self._certificate_card())
        column.addWidget(self._sign_card())
        column.addStretch(1)
        return holder

    def _ready_card(self) -> QWidget:
        words = self._words
        card = page.Card(margin=16)
        card.body.addWidget(page.label(words("UI_READY_TITLE"), "section"))
        self._ready_text = page.label(words("UI_CHECKING"), wrap=True)
        card.body.addWidget(self._ready_text)
        headings = [
            Heading(words("UI_COL_RECORD")),
            Heading(words("UI_COL_KIND"), 160),
            Heading(words("UI_COL_OPEN"), 140),
        ]
        self._unfinished = TextTableModel(headings, self)
        self._list = text_table(self._unfinished, words("UI_UNFINISHED_LIST"))
        self._list.setMinimumHeight(170)
        self._list.activated.connect(self._on_unfinished)
        self._list.doubleClicked.connect(self._on_unfinished)
        card.body.addWidget(self._list)
        self._mend = page.button(words("UI_SEE_PROBLEMS"), self.check_wanted.emit)
        self._announce = QCheckBox(words("UI_ANNOUNCE"))
        self._announce.setToolTip(words("UI_ANNOUNCE_TIP"))
        self._announce.toggled.connect(self._show_ready)
        row = QHBoxLayout()
        row.addWidget(self._announce, 1)
        row.addWidget(self._mend)
        card.body.addLayout(row)
        return card

    def _certificate_card(self) -> QWidget:
        words = self._words
        self._certificate = page.Card(margin=16)
        body = self._certificate.body
        body.addWidget(page.label(words("UI_CERT_TITLE"), "section"))
        self._cert_text = page.label(words("UI_CERT_NONE"), wrap=True)
        body.addWidget(self._cert_text)
        self._key_fields = QWidget()
        fields = QHBoxLayout(self._key_fields)
        fields.setContentsMargins(0, 0, 0, 0)
        fields.setSpacing(16)
        self._new_pass, self._new_again = _secret(), _secret()
        accessibility.add_row(
            fields, words("UI_NEW_PASSPHRASE"), self._new_pass, hint=words("UI_PASSPHRASE_TIP")
        )
        accessibility.add_row(fields, words("UI_AGAIN"), self._new_again, hint=" ")
        self._algorithm = AlgorithmBox(words)
        accessibility.add_row(
            fields, words("UI_ALGORITHM"), self._algorithm, hint=words("UI_ALGORITHM_TIP")
        )
        body.addWidget(self._key_fields)
        self._fingerprint = page.label("", "strong", wrap=True, selectable=True)
        self._fingerprint.hide()
        body.addWidget(self._fingerprint)
        self._make_key = page.button(
            words("UI_MAKE_REQUEST"), self._on_make_request, symbol=Icon.KEY
        )
        self._take_answer = page.button(words("UI_TAKE_ANSWER"), self._on_take_answer)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self._take_answer)
        row.addWidget(self._make_key)
        body.addLayout(row)
        for line in (self._new_pass, self._new_again):
            line.textChanged.connect(self._show_ready)
        return self._certificate

    def _sign_card(self) -> QWidget:
        words = self._words
        self._sign = page.Card(margin=16)
        body = self._sign.body
        body.addWidget(page.label(words("UI_SIGN_TITLE"), "section"))
        fields = QHBoxLayout()
        fields.setSpacing(16)
        self._passphrase = _secret()
        self._passphrase.textChanged.connect(self._show_ready)
        accessibility.add_row(fields, words("UI_PASSPHRASE"), self._passphrase)
        start = self._preferences.text(FOLDER) or str(self._session.store.path.parent)
        self._folder = QLineEdit(start)
        self._folder.setReadOnly(True)
        self._folder.setCursorPosition(0)
        accessibility.add_row(fields, words("UI_FOLDER"), self._folder)
        body.addLayout(fields)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(page.button(words("UI_CHOOSE_FOLDER"), self._on_folder, symbol=Icon.FOLDER))
        self.export_button = page.button(
            words("UI_EXPORT"), self._on_export, "primary", Icon.EXPORT
        )
        row.addWidget(self.export_button)
        body.addLayout(row)
        return self._sign

    def _done_page(self) -> QWidget:
        words = self._words
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 8, 8)
        column.setSpacing(12)
        card = page.Card(margin=24)
        self._done_title = page.label("", "section", wrap=True)
        self._done_file = page.label("", wrap=True, selectable=True)
        self._done_digest = page.label("", "figure", wrap=True, selectable=True)
        self._done_counts = page.label("", "text2", wrap=True)
        card.body.addWidget(self._done_title)
        card.body.addWidget(self._done_file)
        card.body.addWidget(page.label(words("UI_DIGEST"), "label"))
        card.body.addWidget(self._done_digest)
        card.body.addWidget(self._done_counts)
        card.body.addWidget(page.line())
        card.body.addWidget(page.label(words("UI_NEXT_STEPS"), "strong"))
        card.body.addWidget(page.label(words("UI_HAND_OVER"), wrap=True))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(page.button(words("UI_COPY_DIGEST"), self._on_copy, symbol=Icon.COPY))
        row.addWidget(
            page.button(words("UI_OPEN_FOLDER"), self._on_open_folder, symbol=Icon.FOLDER)
        )
        row.addStretch(1)
        row.addWidget(
            page.button(words("UI_OPEN_COVER"), self._on_open_cover, "primary", Icon.PRINT)
        )
        card.body.addLayout(row)
        column.addWidget(card)
        column.addStretch(1)
        return holder

    # -- state -----------------------------------------------------------------------------------------------------

    def _on_checked(self) -> None:
        report = self._session.problems.report
        if self.isVisible() and report is not None:
            self._read(report)

    def _read(self, report: CheckReport) -> None:
        def work(store: WorkspaceStore, progress: Progress) -> Readiness:

            del progress
            return Readiness(bool(store.certificate()), unfinished(store, report))

        self._session.ask(work, self, self._on_ready)

    def _on_ready(self, ready: Readiness) -> None:
        self._ready = ready
        form_set, language = self._session.form_set, self._words.language
        self._unfinished.show_rows(
            [
                (
                    u.title or self._words("UI_UNNAMED"),
                    form_set.form(u.form).label.get(language),
                    Cell(self._words("UI_ROW_OPEN", count=u.errors), Icon.ERROR, "bad"),
                )
                for u in ready.unfinished
            ],
            ready.unfinished,
        )
        self._show_ready()

    def _show_ready(self) -> None:
        ready, words = self._ready, self._words
        if ready is None:
            return
        count = len(ready.unfinished)
        code = "UI_READY_NOT" if count else "UI_READY_ALL"
        self._ready_text.setText(words(code, count=count))
        for_unfinished: tuple[QWidget, ...] = (self._list, self._announce, self._mend)
        for widget in for_unfinished:
            widget.setVisible(bool(count))
        self._cert_text.setText(words("UI_CERT_HERE" if ready.enrolled else "UI_CERT_NONE"))
        for_enrolment: tuple[QWidget, ...] = (self._key_fields, self._make_key, self._take_answer)
        for widget in for_enrolment:
            widget.setVisible(not ready.enrolled)
        self._fingerprint.setVisible(not ready.enrolled and self._request is not None)
        given, again = self._new_pass.text(), self._new_again.text()
        self._make_key.setEnabled(bool(given) and given == again)
        self._sign.setVisible(ready.enrolled)
        allowed = not count or self._announce.isChecked()
        self.export_button.setEnabled(allowed and bool(self._passphrase.text()))

    # -- doing -----------------------------------------------------------------------------------------------------

    def _on_unfinished(self) -> None:
        row = self._list.currentIndex().row()
        if self._ready is not None and 0 <= row < len(self._ready.unfinished):
            chosen = self._ready.unfinished[row]
            self.go_wanted.emit(chosen.form, chosen.record)

    def _on_folder(self) -> None:
        title = self._words("UI_CHOOSE_FOLDER")
        chosen = QFileDialog.getExistingDirectory(self, title, self._folder.text())
        if chosen:
            self._folder.setText(chosen)
            self._preferences.remember_text(FOLDER, chosen)

    def _on_make_request(self) -> None:
        folder = QFileDialog.getExistingDirectory(
            self, self._words("UI_REQUEST_FOLDER"), self._folder.text()
        )
        if folder:
            self.make_request(Path(folder))

    def make_request(self, folder: Path) -> None:
        """Make a key under the passphrase typed, and write the request and the key card into a folder."""
        services, passphrase = self._session.services, self._new_pass.text()
        language, algorithm = self._words.language, self._algorithm.algorithm()

        def work(store: WorkspaceStore, progress: Progress) -> Enrolment:

            del progress
            made = request_certificate(
                store, folder, services.keys_dir(), passphrase,
                clock=services.clock, software=services.software, algorithm=algorithm,
            )  # fmt: skip
            write_key_card(store, made, folder, language, clock=services.clock)
            return made

        self._session.ask(work, self, self._on_requested, title=self._words("UI_MAKING_KEY"))

    def _on_requested(self, made: Enrolment) -> None:
        self._request = made
        self._new_pass.clear()
        self._new_again.clear()
        self._fingerprint.setText(
            self._words("UI_REQUEST_DONE", file=str(made.request), fingerprint=made.fingerprint)
        )
        self._show_ready()

    def _on_take_answer(self) -> None:
        name, _kind = QFileDialog.getOpenFileName(
            self, self._words("UI_TAKE_ANSWER"), self._folder.text(), "*.crt *.pem"
        )
        if name:
            self.take_answer(Path(name))

    def take_answer(self, path: Path) -> None:
        """Take the certificate the coordinator sent back."""
        services = self._session.services

        def work(store: WorkspaceStore, progress: Progress) -> str:

            del progress
            return accept_answer(store, path, services.keys_dir(), clock=services.clock)

        self._session.ask(work, self, self._on_answer)

    def _on_answer(self, fingerprint: str) -> None:
        del fingerprint
        self._request = None
        self.enter()

    def _on_export(self) -> None:
        self.export(Path(self._folder.text()), self._passphrase.text())

    def export(self, folder: Path, passphrase: str) -> None:
        """Check, sign and write the package and its cover sheet."""
        services, words = self._session.services, self._words
        announce = self._announce.isChecked()

        def work(store: WorkspaceStore, progress: Progress) -> HandedIn:

            signer = signer_of(store, services.keys_dir())
            signer.unlock(passphrase)
            done = export_package(
                store, signer, folder, clock=services.clock, software=services.software,
                announce_unfinished=announce, progress=progress,
            )  # fmt: skip
            cover = write_cover(store, done, folder, words.language)
            return HandedIn(done, short_groups(done.package.identity, 4), cover)

        self._session.ask(work, self, self._on_exported, title=words("UI_EXPORTING"))

    def _on_exported(self, result: HandedIn) -> None:
        words = self._words
        self._result = result
        self._passphrase.clear()
        done = result.done
        self._done_title.setText(words("UI_EXPORTED", number=done.package.statement.sequence))
        self._done_file.setText(str(done.package.path))
        self._done_digest.setText(result.digest)
        parts = []
        for form in self._session.form_set.forms:
            put = done.counts.get(form.id, {}).get("put", 0)
            if put:
                label = (form.plural or form.label).get(words.language)
                parts.append(f"{label} {words.count(put)}")
        if done.announced:
            parts.append(words("UI_ANNOUNCED_N", count=len(done.announced)))
        self._done_counts.setText("  ·  ".join(parts))
        self._stack.setCurrentIndex(1)
        self.handed_in.emit()

    def _on_copy(self) -> None:
        if self._result is not None:
            QGuiApplication.clipboard().setText(self._result.done.package.identity)

    def _on_open_folder(self) -> None:
        self._with_result(lambda r: _open(r.done.package.path.parent))

    def _on_open_cover(self) -> None:
        self._with_result(lambda r: _open(r.cover))

    def _with_result(self, act: Callable[[HandedIn], None]) -> None:
        if self._result is not None:
            act(self._result)


def _secret() -> QLineEdit:
    line = QLineEdit()
    line.setEchoMode(QLineEdit.EchoMode.Password)
    line.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData)
    return line


def _open(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
