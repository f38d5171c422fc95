"""The department window: frame, pages and panel, wired to one session."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from census_app.domain.changes import UndoState
from census_app.domain.findings import Finding
from census_app.domain.records import RecordId
from census_app.errors import CensusError
from census_app.services.answering import QueryItem
from census_app.services.contribution_lines import USCC_LENGTH
from census_app.services.journalling import undo_sentences
from census_app.services.ports import WorkspaceStore
from census_app.ui.department.acts import Acts
from census_app.ui.department.check_page import CheckPage
from census_app.ui.department.check_state import check_parts
from census_app.ui.department.compass import Compass
from census_app.ui.department.correspondence import Correspondence
from census_app.ui.department.cursor import NOWHERE, cursor_in
from census_app.ui.department.fill_dialog import fields_to_fill
from census_app.ui.department.following import Following
from census_app.ui.department.history_feed import HistoryFeed
from census_app.ui.department.letterbox import Letterbox
from census_app.ui.department.next_problem import NEXT, PREVIOUS, next_finding
from census_app.ui.department.records_page import RecordsPage
from census_app.ui.department.safekeeping import Safekeeping
from census_app.ui.department.session import DesktopServices, WorkspaceSession
from census_app.ui.department.side_panel import REVIEW, SidePanel
from census_app.ui.department.step_page import StepPage
from census_app.ui.department.steps import (
    CHAPTER,
    CHAPTERS,
    CHECK,
    EXPORT,
    LAST_YEAR,
    OWN_PAGES,
    PACKAGES,
    GuideStep,
    steps_of,
)
from census_app.ui.dialogs.keys_dialog import KeysDialog
from census_app.ui.dialogs.messages import ErrorDialog, ProgressDialog
from census_app.ui.shell import key_list
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.frame import ShellWindow
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.tasks import Task, TaskRunner
from census_app.ui.shell.translation import Words


class DepartmentWindow(ShellWindow):
    """The window of one workspace.

    Args:
        services: What comes from outside.
        store: The open workspace.

    Signals:
        practice_again: The person wants to begin the practice again.
    """

    practice_again = Signal()

    def __init__(
        self,
        services: DesktopServices,
        store: WorkspaceStore,
        preferences: Preferences,
        words: Words,
    ) -> None:
        super().__init__(words, preferences, name="department")
        self.runner = TaskRunner(self.show_error, self._show_progress, self)
        self.session = WorkspaceSession(store, services, self.runner, words.language, self)
        self.post = Letterbox(self.session, self)
        self.panel = SidePanel(words)
        self.history = HistoryFeed(self)
        self.acts = Acts(self, self.session, self.notice, words, preferences)
        self.mail = Correspondence(self, self.session, self.post, self.notice, words, preferences)
        steps = steps_of(self.session.form_set, carried=store.last_round() is not None)
        self.following = Following(self)
        self.steps: dict[str, StepPage] = {}
        self._saved_at = ""
        self._checking = False
        self._refused_by_disk: CensusError | None = None
        self._closed = False
        self._build_pages(steps)
        self.compass = Compass(self, steps)
        self.safekeeping = Safekeeping(self)
        self._connect()
        facts = self.session.facts
        title = f"{facts.department_name} — {store.path.name}"
        self.setWindowTitle(words("GD_TRAINING_WINDOW", title=title) if facts.training else title)
        campaign = self.session.form_set.campaign.title.get(words.language)
        self.top.set_heading(facts.department_name, campaign)
        self.status.set_right([store.path.name])
        self.place()
        self._show_status()

    def start(self) -> None:
        """Load the first page; called after the window is on the screen."""
        self.session.load()
        self.post.refresh()
        self.post.look_for_upgrade()
        self.safekeeping.start()
        self.compass.start(next(iter(self.steps)))

    # -- building --------------------------------------------------------------------------------------------------

    def _build_pages(self, steps: Sequence[GuideStep]) -> None:
        words = self.words
        for step in steps:
            if step.own_page:
                self.add_page(step.id, QWidget())  # replaced when first looked at
                continue
            made = StepPage(step, self.session, words, self._wire_records)
            self.steps[step.id] = made
            self.add_page(step.id, made)
        self.check_page = CheckPage(self.session, words)
        self.add_page(CHECK, self.check_page)
        for page_id in (EXPORT, PACKAGES):
            self.add_page(page_id, QWidget())  # replaced when first looked at
        self.set_panel(self.panel)
        self.undo_action = self.add_menu_action(words("UI_UNDO"), Icon.UNDO)
        self.undo_action.setShortcut(QKeySequence(QKeySequence.StandardKey.Undo))
        self.redo_action = self.add_menu_action(words("UI_REDO"), Icon.REDO)
        self.redo_action.setShortcuts([QKeySequence("Ctrl+Y"), QKeySequence("Ctrl+Shift+Z")])
        for action in (self.undo_action, self.redo_action):
            action.setEnabled(False)
            self.top.add_tool(action)
        self.import_action = self.add_menu_action(words("UI_IMPORT"), Icon.IMPORT, "Ctrl+I")
        self.template_action = self.add_menu_action(words("UI_TEMPLATE"), Icon.DOCUMENT)
        self.discover_action = self.add_menu_action(words("DI_MENU"), Icon.DATABASE)
        self.take_action = self.add_menu_action(words("UI_TAKE_FILES"), Icon.INBOX, "Ctrl+O")
        self.hand_action = self.add_menu_action(words("UI_HAND_ON"), Icon.EXPORT)
        self.publish_action = self.add_menu_action(words("PUBLISH_MENU"), Icon.EXPORT)
        # A section hands up on the page of the hand-in.
        self.hand_action.setVisible(len(self.session.facts.department_code) == USCC_LENGTH)
        self.history_action = self.add_menu_action(words("UI_HISTORY_MENU"), Icon.HISTORY, "Ctrl+H")
        self.next_action = self.add_menu_action(words("UI_NEXT_PROBLEM"), Icon.TARGET, "F8")
        self.previous_action = self.add_menu_action(
            words("UI_PREVIOUS_PROBLEM"), Icon.TARGET, "Shift+F8"
        )
        self.keys_action = self.add_menu_action(words("UI_KEYS_MENU"), Icon.LIST, "Ctrl+/")

    def _wire_records(self, step: GuideStep, records: RecordsPage) -> None:
        """Connect a page with records, once it is built."""
        records.import_wanted.connect(self.acts.import_lists)
        records.discover_wanted.connect(self.acts.discover)
        records.record_shown.connect(self._on_record_shown)
        records.fill_wanted.connect(self._on_fill_chosen)
        records.field_entered.connect(self._on_field_entered)
        records.query_wanted.connect(self._to_review)
        records.use_preferences(self.preferences)
        records.list.search_changed.connect(self._on_list_search)
        records.reference_wanted.connect(self.following.follow)
        records.restore_splitter(self.preferences.state(f"split/{step.id}"))
        self.mail.mark([records])
        self.compass.take_page(step.id, records)

    def _connect(self) -> None:
        session = self.session
        self.acts.imported.connect(self._on_imported)
        session.saved.connect(self._on_saved)
        session.checked.connect(self._on_checked)
        session.checking_changed.connect(self._on_checking)
        session.undo_changed.connect(self._on_undo_state)
        session.unsaved_changed.connect(self._on_unsaved)
        session.records_changed.connect(self._on_records_changed)
        self.undo_action.triggered.connect(self._on_undo)
        self.redo_action.triggered.connect(self._on_redo)
        self.import_action.triggered.connect(self.acts.import_lists)
        self.template_action.triggered.connect(self.acts.write_template)
        self.discover_action.triggered.connect(self.acts.discover)
        self.next_action.triggered.connect(self._on_next)
        self.previous_action.triggered.connect(self._on_previous)
        self.status.left_clicked.connect(self._to_check)
        self.keys_action.triggered.connect(self._on_keys)
        self.check_page.go_wanted.connect(self.go_to)
        self.check_page.offers_wanted.connect(self.acts.offers)
        self.check_page.explain_wanted.connect(self.acts.explain)
        self.check_page.fill_wanted.connect(self.acts.fill)
        self.check_page.register_wanted.connect(self.acts.register)
        self.check_page.next_wanted.connect(self._to_export)
        self.panel.cards.go_wanted.connect(self.go_to)
        self.panel.cards.offer_wanted.connect(self.acts.offer)
        self.panel.cards.explain_wanted.connect(self.acts.explain_one)
        self.panel.all_wanted.connect(self._to_check)
        self.history_action.triggered.connect(self.history.open_all)
        self.publish_action.triggered.connect(self.acts.publish)
        self._connect_mail()
        self.search_changed.connect(self._on_search)
        self.top.search.returnPressed.connect(self._to_list)
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), self.top.search)
        leave.setContext(Qt.ShortcutContext.WidgetShortcut)
        leave.activated.connect(self._on_leave_search)
        self._problems_timer = QTimer(self, singleShot=True, interval=50)
        self._problems_timer.timeout.connect(self._show_problems)
        for keys, index in (("Ctrl+1", 0), ("Ctrl+2", 1), ("Ctrl+3", 2), ("Ctrl+4", 3)):
            turn = QShortcut(QKeySequence(keys), self)
            turn.activated.connect(self._on_panel_key)
            turn.setProperty("index", index)

    def _connect_mail(self) -> None:
        mail = self.mail
        self.post.changed.connect(self._on_mail)
        self.take_action.triggered.connect(mail.arrivals.choose)
        self.hand_action.triggered.connect(self._on_hand_on)
        mail.wire(self.panel.queries)
        self.panel.queries.go_wanted.connect(self._on_query_go)
        self.panel.mail_wanted.connect(self._to_queries)
        mail.page_wanted.connect(self._to_packages)
        mail.record_wanted.connect(self._on_go_field)
        mail.reopen_wanted.connect(self.reopen_requested)
        mail.seen_changed.connect(self._on_seen)

    # -- pages -----------------------------------------------------------------------------------------------------

    @override
    def show_page(self, page_id: str) -> None:
        self._flush()
        self.notice.pass_by()
        if page_id in {EXPORT, PACKAGES, *OWN_PAGES}:
            self._make_late_page(page_id)
        self.safekeeping.make_page(page_id)
        super().show_page(page_id)
        shown = self.page(page_id)
        enter = getattr(shown, "enter", None)
        if enter is not None:
            enter()
        records = self.records_page()
        self.top.search.setVisible(records is not None and not records.single)
        self._on_list_search()
        self.panel.setVisible(records is not None)
        self._on_record_shown()

    def _make_late_page(self, page_id: str) -> None:
        """Build a page when it is first looked at; what it imports would slow the start."""
        if type(self.page(page_id)) is not QWidget:
            return
        if page_id in OWN_PAGES:
            from census_app.ui.department.own_pages import make_own_page  # noqa: PLC0415

            self.add_page(page_id, make_own_page(self, page_id))
            return
        from census_app.ui.department.export_page import ExportPage  # noqa: PLC0415
        from census_app.ui.department.packages_page import PackagesPage  # noqa: PLC0415

        if page_id == EXPORT:
            export = ExportPage(self.session, self.post, self.words, self.preferences)
            export.go_wanted.connect(self._on_go_record)
            export.field_wanted.connect(self.show_record)
            export.check_wanted.connect(self._to_check)
            export.mail_wanted.connect(self._to_packages)
            export.take_wanted.connect(self.mail.arrivals.choose)
            export.handed_in.connect(self.post.refresh)
            export.last_year_wanted.connect(partial(self.guide.select, LAST_YEAR))
            self.add_page(EXPORT, export)
        else:
            packages = PackagesPage(self.session, self.post, self.words)
            packages.export_wanted.connect(self._to_export)
            packages.take_wanted.connect(self.mail.arrivals.choose)
            packages.record_wanted.connect(self._on_go_field)
            packages.looked_at.connect(self.mail.note_seen)
            self.mail.wire(packages.queries.cards)
            self.add_page(PACKAGES, packages)

    @override
    def manual_chapter(self) -> str:
        return CHAPTERS.get(self.guide.current(), CHAPTER)

    def records_page(self) -> RecordsPage | None:
        """Return the page with records that is shown, or None."""
        shown = self.pages.currentWidget()
        return shown.current if isinstance(shown, StepPage) else None

    def go_to(self, finding: Finding) -> None:
        """Show the very field a finding is about."""
        self.show_record(finding.form, finding.record, finding.fields[0])

    def show_record(self, form: str, record: RecordId, field: str) -> None:
        """Show a record and a field of it, on the page where its form is."""
        owner = self.session.form_set.form(form).parent or form
        shown = self.records_page()
        if shown is not None and shown.form.id == owner:
            shown.show_record(form, record, field)
            return
        for step_id, step in self.steps.items():
            records = step.page_of(owner)
            if records is not None:
                self.guide.select(step_id)
                step.choose(records)
                records.show_record(form, record, field)
                return

    def _on_next(self) -> None:
        self.next_problem()

    def _on_previous(self) -> None:
        self.next_problem(PREVIOUS)

    def next_problem(self, step: int = NEXT) -> None:
        """Go to the next (or previous) open problem: of this record, then of its neighbour, then anywhere."""
        records = self.records_page()
        chosen = self.check_page.current if self.pages.currentWidget() is self.check_page else None
        if records is None and chosen is not None and chosen.blocks_export:
            self.go_to(chosen)
            return
        found = next_finding(self.session.problems, records, step)
        if found is not None:
            self.go_to(found)
        else:
            self.notice.say(self.words("UI_NO_OPEN_PROBLEM"))

    def field_at_cursor(self) -> str:
        """Return the field of the record that has the cursor, or nothing; a cell of a grid is a child record's."""
        records = self.records_page()
        cursor = cursor_in(records) if records is not None else NOWHERE
        return cursor.field if records is not None and cursor.form == records.form.id else ""

    # -- guide, status ---------------------------------------------------------------------------------------------

    def _show_status(self) -> None:
        parts = []
        waiting = len(self.session.unwritten.edits) if self._refused_by_disk is not None else 0
        if waiting:
            parts.append(self.words("UI_UNSAVED_N", count=waiting))
        elif self._saved_at:
            parts.append(self.words("UI_SAVED", at=self.words.clock_time(self._saved_at)))
        parts += check_parts(self.session, self.words, checking=self._checking)
        self.status.set_left(parts)

    def _on_saved(self, at: str) -> None:
        self._saved_at = at
        self._show_status()

    def _on_checking(self, running: bool) -> None:
        self._checking = running
        self._show_status()

    def _on_checked(self) -> None:
        self._show_status()
        self._on_record_shown()

    def _on_records_changed(self, forms: Sequence[str]) -> None:
        del forms
        self._on_record_shown()

    def _on_unsaved(self, error: CensusError | None) -> None:
        before, self._refused_by_disk = self._refused_by_disk, error
        if error is None:
            if before is not None:
                self.notice.hide()
                self._show_status()
            return
        self._show_status()
        told = self.words.explain(error)
        text = self.words("UI_UNSAVED", what=told.what, next=told.next_step)
        self.notice.say(text, self.words("UI_RETRY"), self.session.retry, serious=True)

    # -- panel -----------------------------------------------------------------------------------------------------

    def _on_record_shown(self) -> None:
        self._problems_timer.start()

    def _show_problems(self) -> None:
        self._show_status()
        records = self.records_page()
        if records is None:
            return
        figures = self.session.problems.figures()
        state = records.state
        context = self.session.context.beside(state.values if state is not None else {})
        self.panel.show_problems(
            records.findings(), context, figures.errors + figures.unexplained,
            with_record=bool(records.record), verdicts=self.post.mail.verdicts,
        )  # fmt: skip
        self.mail.mark_form(records)
        self.mail.show_in(self.panel, records)
        self._on_field_entered(self.field_at_cursor())
        self.history.read()

    def _on_field_entered(self, field: str) -> None:
        records = self.records_page()
        if records is not None:
            shown = next((f for f in records.form.field if f.id == field), None)
            self.panel.show_help(records.form, shown)
            label = shown.label.get(self.words.language) if shown is not None else ""
            self.panel.history.follow(field, label)

    def _on_panel_key(self) -> None:
        sender = self.sender()
        if sender is not None and self.panel.isVisible():
            self.panel.tabs.setCurrentIndex(int(sender.property("index")))

    def _on_keys(self) -> None:
        dialog = KeysDialog(self.words, key_list.DEPARTMENT, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    # -- acts ------------------------------------------------------------------------------------------------------

    @override
    def take_files(self, paths: Sequence[Path]) -> None:
        self.mail.arrivals.take(paths)

    def _on_imported(self, forms: Sequence[str]) -> None:
        shown = self.records_page()
        if forms and (shown is None or shown.form.id not in forms):
            self.show_form(forms[0])

    def show_form(self, form: str) -> None:
        """Show the page with the records of a form."""
        form = self.session.form_set.form(form).parent or form
        for step_id, step in self.steps.items():
            records = step.page_of(form)
            if records is not None:
                self.guide.select(step_id)
                step.choose(records)
                return

    def _on_undo_state(self, state: UndoState) -> None:
        undo, redo = undo_sentences(state, self.session.form_set, self.words.language)
        for action, step, code in (
            (self.undo_action, undo, "UI_UNDO"),
            (self.redo_action, redo, "UI_REDO"),
        ):
            action.setEnabled(bool(step))
            text = self.words(code)
            if step:
                text = self.words("UI_PAIR", label=text, value=step)
            action.setText(text if len(text) <= 60 else text[:59] + "…")

    def _on_undo(self) -> None:
        self._flush()
        self.session.undo()

    def _on_redo(self) -> None:
        self._flush()
        self.session.redo()

    def _flush(self) -> None:
        shown = self.pages.currentWidget()
        flush = getattr(self.records_page() or shown, "flush", None)
        if flush is not None:
            flush()

    def _on_fill_chosen(self, records: Sequence[RecordId]) -> None:
        shown = self.records_page()
        if shown is not None:
            self.acts.fill_records(shown.form.id, records, fields_to_fill(shown.form))

    def _on_list_search(self) -> None:
        """Let the search field say what the list that is shown is searched for."""
        records = self.records_page()
        text = records.list.search_text if records is not None else ""
        if self.top.search.text() != text:
            self.top.search.setText(text)

    def _on_leave_search(self) -> None:
        """Take the search away, or leave its field when there is none."""
        if self.top.search.text():
            self.top.search.clear()
        else:
            self._to_list()

    def _to_list(self) -> None:
        records = self.records_page()
        if records is not None:
            records.show_list()

    def _on_search(self, text: str) -> None:
        records = self.records_page()
        if records is not None:
            records.list.search(text)

    def _on_go_record(self, form: str, record: str) -> None:
        title = self.session.form_set.form(form).title
        found = [
            f for f in self.session.problems.of_record(form, RecordId(record)) if f.blocks_export
        ]
        self.show_record(form, RecordId(record), found[0].fields[0] if found else title)

    # -- what came and went ----------------------------------------------------------------------------------------

    def _on_mail(self) -> None:
        self.mail.mark(records for step in self.steps.values() for records in step.made)
        self._on_record_shown()

    def _on_seen(self, count: int) -> None:
        self.compass.feed.seen = count
        self.compass.show()

    def _on_query_go(self, item: QueryItem) -> None:
        self._on_go_field(item.query.form, item.query.record, item.query.field)

    def _on_go_field(self, form: str, record: str, field: str) -> None:
        title = self.session.form_set.form(form).title
        self.show_record(form, RecordId(record), field or title)
        self.panel.tabs.setCurrentIndex(REVIEW)

    def _to_review(self) -> None:
        self.panel.show()
        self.panel.tabs.setCurrentIndex(REVIEW)

    def _to_queries(self) -> None:
        self._to_packages("queries")

    def _to_packages(self, tab: str) -> None:
        self.guide.select(PACKAGES)
        shown = self.page(PACKAGES)
        show_tab = getattr(shown, "show_tab", None)
        if show_tab is not None:
            show_tab(tab)

    def _on_hand_on(self) -> None:
        from census_app.ui.department.hand_on_dialog import HandOnDialog  # noqa: PLC0415

        dialog = HandOnDialog(self.session, self.post, self.words, self.preferences, self)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _to_check(self) -> None:
        self.guide.select(CHECK)

    def _to_export(self) -> None:
        self.guide.select(EXPORT)

    def show_error(self, error: CensusError) -> None:
        """Show an error of the known families."""
        ErrorDialog(self.words, error, self).exec()

    def _show_progress(self, task: Task) -> None:
        ProgressDialog(self.words, task, self).show()

    def may_close(self) -> bool:
        """Write what is typed; where the disk refuses, ask the person. Returns whether the window may close."""
        for step in self.steps.values():
            for records in step.made:
                records.flush()
        self._flush()
        left = self.session.write_all()
        if not left:
            return True
        from census_app.ui.department.unwritten_dialog import UnwrittenDialog  # noqa: PLC0415

        dialog = UnwrittenDialog(self.session, left, self.words, self)
        closes = dialog.exec() == UnwrittenDialog.DialogCode.Accepted
        dialog.deleteLater()
        return closes

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._closed:
            if not self.may_close():
                event.ignore()
                return
            self._closed = True
            self.compass.close()
            for step_id, step in self.steps.items():
                for records in step.made[:1]:
                    self.preferences.remember_state(f"split/{step_id}", records.splitter_state())
            self.safekeeping.close()
            self.session.close()
            self.runner.close()
        super().closeEvent(event)
