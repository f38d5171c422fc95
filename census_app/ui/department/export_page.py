"""The page "review and hand in": certificate, readiness, signing, and what to do with the package."""

from __future__ import annotations

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
from census_app.services.contributing import ContributionWritten, write_contribution
from census_app.services.contribution_lines import USCC_LENGTH
from census_app.services.enrolling import signer_of
from census_app.services.exporting import ExportDone, Unfinished, export_package, unfinished
from census_app.services.ports import WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.reporting import write_cover
from census_app.ui.department.certificate_card import CertificateCard
from census_app.ui.department.key_dialogs import secret
from census_app.ui.department.letterbox import Letterbox
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.models.text_table import Cell, Heading, TextTableModel, text_table
from census_app.ui.shell import accessibility, page, theme
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

FOLDER = "export_folder"
LINES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Readiness:
    """What the page needs to know before it can ask for the passphrase."""

    unfinished: tuple[Unfinished, ...]


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A written package and its groups.

    Attributes:
        cover: The cover sheet; None for a contribution, which needs none.
        announced: Records that travel as announced.
        left_out: Answers that do not fit their field and stayed here.
    """

    done: ExportDone | ContributionWritten
    digest: str
    cover: Path | None = None
    announced: int = 0
    left_out: int = 0


class ExportPage(QWidget):
    """Three cards: the state of the records, the certificate, the signature; then what was written.

    A section or second PC hands up to its department here; finished or not, and without a cover sheet.

    Signals:
        go_wanted: form and id of an unfinished record.
        check_wanted: The person wants to see all problems.
        mail_wanted: A tab of the page "correspondence", where something blocks the export.
        take_wanted: The person wants to choose files that came.
        handed_in: A package was written.
    """

    go_wanted = Signal(str, str)
    check_wanted = Signal()
    mail_wanted = Signal(str)
    take_wanted = Signal()
    handed_in = Signal()

    def __init__(
        self, session: WorkspaceSession, post: Letterbox, words: Words, preferences: Preferences
    ) -> None:
        super().__init__()
        self._session, self._words, self._preferences = session, words, preferences
        self._post = post
        self.upwards = len(session.facts.department_code) > USCC_LENGTH
        self._ready: Readiness | None = None
        self._result: HandedIn | None = None
        self._stack = QStackedWidget()
        self._stack.addWidget(self._scrolling(self._steps_page()))
        self._stack.addWidget(self._scrolling(self._done_page()))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(page.PageHead(words("UI_STEP_EXPORT")))
        column.addWidget(self._stack, 1)
        session.checked.connect(self._on_checked)
        post.changed.connect(self._show_ready)

    def enter(self) -> None:
        """Read how far the workspace is; called when the page is shown."""
        self._stack.setCurrentIndex(0)
        self._post.refresh()
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
        self.certificate = CertificateCard(self._session, self._words)
        self.certificate.changed.connect(self._post.refresh)
        self.certificate.take_wanted.connect(self.take_wanted)
        self.certificate.told.connect(self._on_told)
        column.addWidget(self.certificate)
        column.addWidget(self._sign_card())
        column.addStretch(1)
        return holder

    def _ready_card(self) -> QWidget:
        words = self._words
        card = page.Card(margin=16)
        card.body.addWidget(page.label(words("UI_READY_TITLE"), "section"))
        self._blocks = {}
        for name, look in (("conflicts", Icon.ALERT), ("queries", Icon.ALERT)):
            block = _Block(look, words(f"UI_BLOCK_{name.upper()}_GO"), name)
            block.wanted.connect(self.mail_wanted)
            self._blocks[name] = block
            card.body.addWidget(block)
        self._ready_text = page.label(words("UI_CHECKING"), wrap=True)
        card.body.addWidget(self._ready_text)
        headings = [
            Heading(words("UI_COL_RECORD")),
            Heading(words("UI_COL_KIND"), 160),
            Heading(words("UI_COL_OPEN"), 140),
        ]
        self._unfinished = TextTableModel(headings, self)
        self._list = text_table(self._unfinished, words("UI_UNFINISHED_LIST"))
        self._list.activated.connect(self._on_unfinished)
        self._list.doubleClicked.connect(self._on_unfinished)
        card.body.addWidget(self._list)
        self._mend = page.button(words("UI_SEE_PROBLEMS"), self.check_wanted.emit)
        self._announce = QCheckBox(words("UI_ANNOUNCE"))
        self._announce.setToolTip(words("UI_ANNOUNCE_TIP"))
        self._announce.toggled.connect(self._show_ready)
        row = QHBoxLayout()
        row.addWidget(self._announce)
        row.addStretch(1)
        row.addWidget(self._mend)
        card.body.addLayout(row)
        return card

    def _sign_card(self) -> QWidget:
        words = self._words
        self._sign = page.Card(margin=16)
        body = self._sign.body
        title = "UI_HAND_UP_TITLE" if self.upwards else "UI_SIGN_TITLE"
        body.addWidget(page.label(words(title), "section"))
        self._sign_note = page.label("", "text2", wrap=True)
        body.addWidget(self._sign_note)
        fields = QHBoxLayout()
        fields.setSpacing(16)
        self._passphrase = secret()
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
            words("UI_HAND_UP" if self.upwards else "UI_EXPORT"),
            self._on_export,
            "primary",
            Icon.EXPORT,
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
        self._done_next = page.label("", wrap=True)
        card.body.addWidget(self._done_next)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(page.button(words("UI_COPY_DIGEST"), self._on_copy, symbol=Icon.COPY))
        row.addWidget(
            page.button(words("UI_OPEN_FOLDER"), self._on_open_folder, symbol=Icon.FOLDER)
        )
        row.addStretch(1)
        self._open_cover = page.button(
            words("UI_OPEN_COVER"), self._on_open_cover, "primary", Icon.PRINT
        )
        row.addWidget(self._open_cover)
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
            return Readiness(unfinished(store, report))

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
        if count and self.upwards:
            code = "UI_READY_UPWARDS"
        self._ready_text.setText(words(code, count=count))
        self._list.setFixedHeight(theme.ROW_HEIGHT * (min(count, LINES_SHOWN) + 1) + 6)
        self._list.setVisible(bool(count))
        self._mend.setVisible(bool(count))
        self._announce.setVisible(bool(count) and not self.upwards)
        mail = self._post.mail
        waiting = 0 if self.upwards else len(mail.waiting)
        self._blocks["conflicts"].show_count(
            len(mail.conflicts), words("UI_BLOCK_CONFLICTS", count=len(mail.conflicts))
        )
        self._blocks["queries"].show_count(waiting, words("UI_BLOCK_QUERIES", count=waiting))
        self.certificate.show_state(mail.key)
        self._sign.setVisible(mail.key.signs)
        self._sign_note.setText(words(self._note_code()))
        allowed = self.upwards or not count or self._announce.isChecked()
        allowed = allowed and not mail.conflicts and not waiting
        self.export_button.setEnabled(allowed and bool(self._passphrase.text()))

    def _note_code(self) -> str:
        if self.upwards:
            return "UI_HAND_UP_NOTE"
        waits = self._post.mail.key.standing == "waiting"
        return "UI_SIGN_WAITING" if waits else "UI_SIGN_NOTE"

    def _on_told(self, text: str) -> None:
        self._sign_note.setText(text)

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

    def _on_export(self) -> None:
        self.export(Path(self._folder.text()), self._passphrase.text())

    def export(self, folder: Path, passphrase: str) -> None:
        """Check, sign and write the package and its cover sheet."""
        services, words = self._session.services, self._words
        announce = self._announce.isChecked()

        upwards = self.upwards

        def work(store: WorkspaceStore, progress: Progress) -> HandedIn:
            signer = signer_of(store, services.keys_dir())
            signer.unlock(passphrase)
            if upwards:
                up = write_contribution(
                    store, "", folder, signer, clock=services.clock, software=services.software
                )
                digest = short_groups(up.package.identity, 4)
                return HandedIn(up, digest, left_out=len(up.left_out))
            done = export_package(
                store, signer, folder, clock=services.clock, software=services.software,
                announce_unfinished=announce, progress=progress,
            )  # fmt: skip
            cover = write_cover(store, done, folder, words.language)
            digest = short_groups(done.package.identity, 4)
            return HandedIn(done, digest, cover, announced=len(done.announced))

        self._session.ask(work, self, self._on_exported, title=words("UI_EXPORTING"))

    def _on_exported(self, result: HandedIn) -> None:
        words = self._words
        self._result = result
        self._passphrase.clear()
        done = result.done
        self._done_title.setText(words("UI_EXPORTED", number=done.package.statement.sequence))
        self._done_file.setText(str(done.package.path))
        self._done_digest.setText(result.digest)
        self._done_counts.setText("  ·  ".join(self._counted(result)))
        waits = self._post.mail.key.standing == "waiting"
        told = "UI_HAND_OVER_WAITING" if waits else "UI_HAND_OVER"
        self._done_next.setText(words("UI_HAND_UP_NEXT" if self.upwards else told))
        self._open_cover.setVisible(result.cover is not None)
        self._stack.setCurrentIndex(1)
        self.handed_in.emit()

    def _counted(self, result: HandedIn) -> list[str]:
        words, parts = self._words, []
        for form in self._session.form_set.forms:
            put = result.done.counts.get(form.id, {}).get("put", 0)
            if put:
                label = (form.plural or form.label).get(words.language)
                parts.append(f"{label} {words.count(put)}")
        if result.announced:
            parts.append(words("UI_ANNOUNCED_N", count=result.announced))
        if result.left_out:
            parts.append(words("UI_LEFT_OUT_N", count=result.left_out))
        return parts

    def _on_copy(self) -> None:
        if self._result is not None:
            QGuiApplication.clipboard().setText(self._result.done.package.identity)

    def _on_open_folder(self) -> None:
        if self._result is not None:
            _open(self._result.done.package.path.parent)

    def _on_open_cover(self) -> None:
        if self._result is not None and self._result.cover is not None:
            _open(self._result.cover)


class _Block(QWidget):
    """One thing that keeps the package from being written, with the button that leads there.

    Signals:
        wanted: The name it was made with.
    """

    wanted = Signal(str)

    def __init__(self, symbol: Icon, verb: str, name: str) -> None:
        super().__init__()
        self._name = name
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(page.symbol_label(symbol, theme.tokens().warn, 16))
        self._text = page.label("", wrap=True)
        row.addWidget(self._text, 1)
        self.go = page.button(verb, self._on_go)
        row.addWidget(self.go)
        self.hide()

    def show_count(self, count: int, text: str) -> None:
        """Show it while there is any."""
        self._text.setText(text)
        self.setVisible(count > 0)

    def _on_go(self) -> None:
        self.wanted.emit(self._name)


def _open(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
