"""The page "review and hand in": what is complete, what is signed, who approves, signature, delivery."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from census_app.errors import CensusError
from census_app.services import delivering
from census_app.services.checking import CheckReport
from census_app.services.contribution_lines import USCC_LENGTH
from census_app.services.delivering import Delivered, deliver
from census_app.services.ports import WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.summarising import HandInSummary
from census_app.ui.department.approval_stage import LOOKS as APPROVAL_LOOKS
from census_app.ui.department.approval_stage import ApprovalStage
from census_app.ui.department.certificate_card import CertificateCard
from census_app.ui.department.completeness_stage import CompletenessStage
from census_app.ui.department.deliver_dialog import DeliverDialog
from census_app.ui.department.delta_notice import DeltaNotice
from census_app.ui.department.handin_work import (
    HandedIn,
    HandInRead,
    read_hand_in,
    sign_contribution,
    sign_submission,
)
from census_app.ui.department.handover_view import HandoverView
from census_app.ui.department.letterbox import Letterbox
from census_app.ui.department.letters import letters_of
from census_app.ui.department.letters_view import STATES as LETTER_LOOKS
from census_app.ui.department.paper import Paper, Setting, language_of
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.department.signing_stage import SigningStage
from census_app.ui.department.stage_strip import StageStrip
from census_app.ui.department.summary_stage import SummaryStage
from census_app.ui.shell import page
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

if TYPE_CHECKING:
    from census_app.reports.content import Printed

MAP, SUMMARY, APPROVAL, SIGNING = "map", "summary", "approval", "signing"
HANDOVER = "handover"


class ExportPage(QWidget):
    """Stages in a row, each with its state; below them the chosen one, or what was handed in.

    A section or second PC hands up to its department here; finished or not, without approval and without a cover sheet.

    Signals:
        go_wanted: form and id of an unfinished record.
        field_wanted: form, record and field that shall be shown.
        check_wanted: The person wants to see all problems.
        mail_wanted: A tab of the page "correspondence", where something blocks the hand-in.
        take_wanted: The person wants to choose files that came.
        last_year_wanted: The person wants to check the records of last year that nobody has checked.
        handed_in: A package was written.
    """

    go_wanted = Signal(str, str)
    field_wanted = Signal(str, str, str)
    check_wanted = Signal()
    mail_wanted = Signal(str)
    take_wanted = Signal()
    last_year_wanted = Signal()
    handed_in = Signal()

    def __init__(
        self, session: WorkspaceSession, post: Letterbox, words: Words, preferences: Preferences
    ) -> None:
        super().__init__()
        self._session, self._words, self._preferences = session, words, preferences
        self._post = post
        self.upwards = len(session.facts.department_code) > USCC_LENGTH
        self._read_last: HandInRead | None = None
        self.result: HandedIn | None = None
        self.paper = Paper(session, words, self)
        self.dialog: DeliverDialog | None = None
        self.map = CompletenessStage(session, words)
        self.summary = SummaryStage(session, words, upwards=self.upwards)
        self.approval = ApprovalStage(session, words, preferences)
        self.signing = SigningStage(session, words, preferences, upwards=self.upwards)
        self.handover = HandoverView(session, words, upwards=self.upwards)
        names = [n for n in (MAP, SUMMARY, APPROVAL, SIGNING) if n != APPROVAL or not self.upwards]
        self.strip = StageStrip(
            [(n, words(f"HI_STAGE_{n.upper()}")) for n in names], words("HI_STAGES")
        )
        self._stack = QStackedWidget()
        self._stages: dict[str, QWidget] = {
            MAP: self.map, SUMMARY: self.summary, APPROVAL: self.approval,
            SIGNING: self.signing, HANDOVER: self.handover,
        }  # fmt: skip
        for stage in self._stages.values():
            self._stack.addWidget(stage)
        self._head = page.PageHead(words("UI_STEP_EXPORT"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self._head)
        self.last_year = DeltaNotice(session, words)
        self.last_year.wanted.connect(self.last_year_wanted)
        column.addWidget(self.last_year)
        column.addWidget(self.strip)
        column.addWidget(self._stack, 1)
        self._connect()
        self.show_stage(MAP)

    @property
    def certificate(self) -> CertificateCard:
        """The card of the certificate."""
        return self.signing.certificate

    def enter(self) -> None:
        """Read how far the workspace is; called when the page is shown."""
        if self.stage == HANDOVER:
            self.show_stage(SIGNING)
        self._post.refresh()
        self.last_year.refresh()
        self.signing.destination.look()
        report = self._session.problems.report
        if report is not None:
            self._read(report)

    @property
    def stage(self) -> str:
        """The stage that is shown."""
        shown = self._stack.currentWidget()
        return next(name for name, widget in self._stages.items() if widget is shown)

    def show_stage(self, name: str) -> None:
        """Show a stage."""
        self._stack.setCurrentWidget(self._stages[name])
        self.strip.choose(SIGNING if name == HANDOVER else name)

    def _connect(self) -> None:
        session, signing = self._session, self.signing
        session.checked.connect(self._on_checked)
        self._post.changed.connect(self._show)
        self.strip.chosen.connect(self.show_stage)
        self.map.field_wanted.connect(self.field_wanted)
        self.map.next_wanted.connect(partial(self._go_on, SUMMARY))
        self.map.changed.connect(self._show)
        self.summary.go_wanted.connect(self._on_go)
        self.summary.check_wanted.connect(self.check_wanted)
        self.summary.mail_wanted.connect(self.mail_wanted)
        self.summary.announce_changed.connect(self._show)
        self.summary.print_wanted.connect(self._on_print)
        after = SIGNING if self.upwards else APPROVAL
        self.summary.next_wanted.connect(partial(self._go_on, after))
        self.approval.next_wanted.connect(partial(self._go_on, SIGNING))
        self.approval.changed.connect(self._on_approval)
        signing.certificate.changed.connect(self._post.refresh)
        signing.certificate.take_wanted.connect(self.take_wanted)
        signing.passphrase.textChanged.connect(self._show_allowed)
        signing.destination.changed.connect(self._show_allowed)
        signing.export_wanted.connect(self._on_export)
        signing.last_wanted.connect(self._on_last)
        self.handover.cover_wanted.connect(self._on_cover)
        self.handover.again_wanted.connect(self._on_again)
        self.handover.back_wanted.connect(partial(self._go_on, SIGNING))

    def _go_on(self, name: str) -> None:
        """Show a stage and put the focus where one begins."""
        self.show_stage(name)
        start: Callable[[], None] = getattr(self._stages[name], "start")  # noqa: B009
        start()

    # -- reading ---------------------------------------------------------------------------------------------------

    def _on_checked(self) -> None:
        report = self._session.problems.report
        if self.isVisible() and report is not None:
            self._read(report)

    def _read(self, report: CheckReport) -> None:
        clock, language = self._session.services.clock, self._words.language
        self.map.read(report)

        def work(store: WorkspaceStore, _progress: Progress) -> HandInRead:
            return read_hand_in(store, report, clock, language)

        self._session.ask(work, self, self._on_read)

    def _on_read(self, read: HandInRead) -> None:
        self._read_last = read
        self.summary.show_summary(read.summary, read.warnings)
        self.approval.show_standing(read.summary.approval, read.acts)
        self.approval.show_what(read.summary)
        self._show()

    def _on_approval(self) -> None:
        """An act was written: nothing else has changed."""
        report = self._session.problems.report
        if report is not None:
            self._read(report)
        self._post.refresh()

    # -- showing ---------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        read, mail = self._read_last, self._post.mail
        waiting = 0 if self.upwards else len(mail.waiting)
        self.summary.show_blocks(len(mail.conflicts), waiting)
        self.signing.show_key(mail.key)
        if read is not None:
            standing = read.summary.approval
            self.signing.show_standing(standing, kept=read.last is not None)
            self._head.set_note(
                self._words(f"APPROVAL_{standing.state}") if not self.upwards else ""
            )
        self._show_strip()
        self._show_allowed()

    def _show_strip(self) -> None:
        words, read, mail = self._words, self._read_last, self._post.mail
        if read is None:
            return
        summary, strip = read.summary, self.strip
        count = len(summary.unfinished)
        if count:
            strip.tell(MAP, words("HI_STATE_OPEN", count=count), Icon.ERROR, "bad")
        else:
            strip.tell(MAP, words("HI_STATE_COMPLETE"), Icon.CHECK, "good")
        self._tell_summary(summary)
        standing = summary.approval
        symbol, tone = APPROVAL_LOOKS[standing.state]
        strip.tell(APPROVAL, words(f"APPROVAL_{standing.state}"), symbol, tone)
        key = mail.key.standing
        if not mail.key.signs:
            strip.tell(SIGNING, words(f"HI_STATE_KEY_{key.upper()}"), Icon.ALERT, "warn")
        elif standing.unchanged and summary.last is not None:
            known = (e.state for e in letters_of(mail) if e.identity == summary.last.identity)
            state = next(known, "waiting")  # the letters may be read a moment later
            symbol, tone = LETTER_LOOKS[state]
            told = words(f"UI_LETTER_STATE_{state.upper()}")
            text = words("HI_STATE_DONE", number=summary.last.sequence, state=told)
            strip.tell(SIGNING, text, symbol, tone)
        else:
            strip.tell(SIGNING, words("HI_STATE_NUMBER", number=summary.number), Icon.KEY, "text_2")

    def _tell_summary(self, summary: HandInSummary) -> None:
        words, strip = self._words, self.strip
        blocked = summary.conflicts + (0 if self.upwards else len(summary.waiting))
        if blocked:
            strip.tell(SUMMARY, words("HI_STATE_BLOCKED", count=blocked), Icon.ALERT, "bad")
        elif summary.unfinished and not self.upwards and not self.summary.announce.isChecked():
            strip.tell(SUMMARY, words("HI_STATE_ANNOUNCE"), Icon.ALERT, "warn")
        elif summary.last is None and summary.unfinished:
            forms, announced = self._session.form_set, len(summary.unfinished)
            total = sum(each.total for each in summary.forms if not forms.form(each.form).parent)
            text = words("HI_STATE_FIRST_PART", count=total - announced, announced=announced)
            strip.tell(SUMMARY, text, Icon.CHECK, "good")
        elif summary.last is None:
            total = sum(each.total for each in summary.forms)
            strip.tell(SUMMARY, words("HI_STATE_FIRST", count=total), Icon.CHECK, "good")
        else:
            strip.tell(
                SUMMARY, words("HI_STATE_CHANGES", count=len(summary.changes)), Icon.CHECK, "good"
            )

    def _show_allowed(self) -> None:
        self.signing.show_allowed(self._why_not())

    def _why_not(self) -> str:
        """Return what keeps the package from being signed now, the gravest first, or nothing."""
        words, read, mail = self._words, self._read_last, self._post.mail
        if read is None:
            return words("UI_CHECKING")
        if mail.conflicts:
            return words("UI_BLOCK_CONFLICTS", count=len(mail.conflicts))
        if mail.waiting and not self.upwards:
            return words("UI_BLOCK_QUERIES", count=len(mail.waiting))
        count = len(read.summary.unfinished)
        if count and not self.upwards and not self.summary.announce.isChecked():
            return words("HI_WHY_UNFINISHED", count=count)
        if not self.signing.destination.usable:
            return self.signing.destination.told.text()
        return "" if self.signing.passphrase.text() else words("HI_WHY_PASSPHRASE")

    # -- doing -----------------------------------------------------------------------------------------------------

    def _on_go(self, form: str, record: str, field: str) -> None:
        if field:
            self.field_wanted.emit(form, record, field)
        else:
            self.go_wanted.emit(form, record)

    def _on_export(self) -> None:
        folder, stick = self.signing.target()
        self.export(folder, self.signing.passphrase.text(), stick)

    def export(self, folder: Path, passphrase: str, stick: Path | None = None) -> None:
        """Check, sign and write the package and its cover sheet, then put both where they shall go."""
        services, words = self._session.services, self._words
        announce, upwards = self.summary.announce.isChecked(), self.upwards
        size = self._size_before()

        def work(store: WorkspaceStore, progress: Progress) -> HandedIn:
            if upwards:
                return sign_contribution(store, services, passphrase)
            return sign_submission(
                store, services, passphrase, words.language, announce=announce, progress=progress
            )

        def room(_progress: Progress) -> None:
            delivering.require_room(folder, size, stick)

        def there_is_room(_nothing: None) -> None:
            done = partial(self._on_signed, folder, stick)
            self._session.ask(work, self, done, title=words("UI_EXPORTING"), settled=True)

        self._session.runner.on_reading(room, self, there_is_room)

    def _size_before(self) -> int:
        """Return about how large the package will be: as large as the one before."""
        last = self._read_last.last if self._read_last is not None else None
        try:
            return last.path.stat().st_size if last is not None else 0
        except OSError:
            return 0

    def _on_signed(self, folder: Path, stick: Path | None, result: HandedIn) -> None:
        self.signing.passphrase.clear()
        self._show_result(result)
        self.handed_in.emit()
        self._on_approval()
        self.write(folder, stick)

    def _show_result(self, result: HandedIn) -> None:
        self.result = result
        self.handover.show_result(result, waits=self._post.mail.key.standing == "waiting")
        self._go_on(HANDOVER)

    def write(self, folder: Path, stick: Path | None) -> None:
        """Put the signed package where it shall go, off the thread that saves what is typed."""
        result = self.result
        if result is None:
            return

        def work(progress: Progress) -> Delivered:
            return deliver(result.files, folder, stick=stick, progress=progress)

        runner = self._session.runner
        title = self._words("HI_WRITING")
        runner.on_reading(work, self, self._on_delivered, self._on_not_delivered, title)

    def _on_delivered(self, delivered: Delivered) -> None:
        self.handover.show_delivered(delivered)
        self.handover.start()

    def _on_not_delivered(self, error: Exception) -> None:
        if not isinstance(error, CensusError):
            raise error
        self.handover.show_problem(error)
        self.handover.again.setFocus()

    def _on_last(self) -> None:
        """Show the package of last time again: to print its cover, to write it to another stick."""
        last = self._read_last.last if self._read_last is not None else None
        if last is not None:
            self._show_result(last)
            self.handover.show_kept()
            self.handover.start()

    def _on_again(self) -> None:
        result = self.result
        if result is None:
            return
        dialog = DeliverDialog(self._session, self._words, self._preferences, result.name, self)
        self.dialog = dialog
        dialog.accepted.connect(self._on_again_accepted)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_again_accepted(self) -> None:
        if self.dialog is not None:
            place = self.dialog.destination.place
            self.write(place.folder, place.stick)

    # -- paper -----------------------------------------------------------------------------------------------------

    def _on_print(self, kind: str) -> None:
        clock, language = self._session.services.clock, language_of(self._words)
        report, read = self._session.problems.report, self._read_last

        def work(store: WorkspaceStore, progress: Progress) -> Setting | Printed:
            from census_app.services import department_sheet, summary_sheet  # noqa: PLC0415  # paper loads slowly
            from census_app.services.checking import check_workspace  # noqa: PLC0415

            if kind == "summary" and read is not None:
                return summary_sheet.print_summary(store, read.summary, language)
            checked = report or check_workspace(store, clock=clock, progress=progress)
            content = department_sheet.department_content(store, language, checked, progress)
            return partial(department_sheet.lay_out, content, language)

        name = self._words(f"HI_PRINT_{kind.upper()}")
        self.paper.show(work, name, f"{self._session.facts.department_name}-{name}.pdf")

    def _on_cover(self) -> None:
        result, language = self.result, self._words.language
        if result is None:
            return

        def work(store: WorkspaceStore, _progress: Progress) -> Printed:
            from census_app.services.reporting import print_cover  # noqa: PLC0415  # paper loads slowly

            package = next((p for p in store.packages() if p.identity == result.identity), None)
            return print_cover(store, language, package=package)

        name = result.cover.name if result.cover is not None else f"{result.name}.pdf"
        self.paper.show(work, self._words("HI_PRINT_COVER"), name)
