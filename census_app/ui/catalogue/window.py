"""The coordinator's window: the frame of the shell, its pages over one catalogue."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from typing_extensions import override

from census_app.errors import CensusError
from census_app.exchange.paper import short_groups
from census_app.services.ports import CatalogueStore
from census_app.ui.catalogue.audit_page import AuditPage
from census_app.ui.catalogue.audit_session import AuditDesk
from census_app.ui.catalogue.browse import BrowsePage
from census_app.ui.catalogue.decision_session import DecisionDesk
from census_app.ui.catalogue.decisions_page import DecisionsPage
from census_app.ui.catalogue.departments import DepartmentsPage
from census_app.ui.catalogue.inbox import InboxPage, local_paths
from census_app.ui.catalogue.overview import OverviewPage
from census_app.ui.catalogue.reports_page import ReportsPage
from census_app.ui.catalogue.review_page import ReviewPage
from census_app.ui.catalogue.review_session import ReviewDesk
from census_app.ui.catalogue.session import CatalogueServices, CatalogueSession, CatalogueState
from census_app.ui.catalogue.trust_page import TrustPage
from census_app.ui.dialogs.messages import ErrorDialog, ProgressDialog
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.frame import ShellWindow
from census_app.ui.shell.guide import GuideEntry
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.tasks import Task, TaskRunner
from census_app.ui.shell.translation import Words

DIGEST_GROUPS = 4


class CatalogueWindow(ShellWindow):
    """The window over an open catalogue; it closes the catalogue when it is closed.

    Args:
        services: The clock.
        store: The open catalogue.
        preferences: Of the person.
        words: Language of the window.
    """

    def __init__(
        self,
        services: CatalogueServices,
        store: CatalogueStore,
        preferences: Preferences,
        words: Words,
    ) -> None:
        super().__init__(words, preferences, name="catalogue")
        self.setAcceptDrops(True)
        self.runner = TaskRunner(self._show_error, self._show_progress, self)
        self.session = CatalogueSession(store, services, self.runner, words.language, self)
        self.review_desk = ReviewDesk(self.session, self)
        decision_desk = DecisionDesk(self.session)
        self.overview = OverviewPage(self.session, self.review_desk, words)
        self.inbox = InboxPage(self.session, decision_desk, words, preferences)
        self.departments = DepartmentsPage(self.session, words, preferences)
        self.review = ReviewPage(self.session, self.review_desk, words, preferences)
        self.decisions = DecisionsPage(self.session, decision_desk, words, preferences)
        self.browse = BrowsePage(self.session, self.review_desk, words)
        self.audit = AuditPage(self.session, AuditDesk(self.session, self), words, preferences)
        self.reports = ReportsPage(self.session, words)
        self.trust = TrustPage(self.session, words, preferences)
        self._closed = False
        self._fill()
        self._connect()
        self.place()
        self.session.refresh()

    def _fill(self) -> None:
        words = self.words
        self.guide.setAccessibleName(words("CAT_PAGES"))
        self.top.search.setPlaceholderText(words("CAT_SEARCH"))
        self.top.search.setAccessibleName(words("CAT_SEARCH_NAME"))
        pages = {
            "overview": self.overview,
            "inbox": self.inbox,
            "departments": self.departments,
            "review": self.review,
            "decisions": self.decisions,
            "browse": self.browse,
            "audit": self.audit,
            "reports": self.reports,
            "trust": self.trust,
        }
        for page_id, widget in pages.items():
            self.add_page(page_id, widget)
        self._show_entries(None)
        self.show_page("overview")
        receive = self.add_menu_action(words("CAT_RECEIVE"), Icon.INBOX, "Ctrl+O")
        receive.triggered.connect(self._on_receive)
        refresh = self.add_menu_action(words("CAT_REFRESH"), Icon.REFRESH, "F5")
        refresh.triggered.connect(self.session.refresh)

    def _connect(self) -> None:
        self.overview.receive_wanted.connect(self._on_receive)
        self.overview.print_wanted.connect(self._on_print)
        self.overview.enrol_wanted.connect(self._on_enrol)
        self.overview.form_opened.connect(self._on_form)
        self.overview.department_opened.connect(self._on_department)
        self.overview.errand_opened.connect(self._on_errand)
        self.inbox.department_opened.connect(self._on_department)
        self.inbox.fork_wanted.connect(self.decisions.open_fork)
        self.inbox.confirm_wanted.connect(self._on_confirm_key)
        self.inbox.request_wanted.connect(self._on_request)
        self.inbox.notice.connect(self._tell)
        self.decisions.notice.connect(self._tell)
        self.review.record_wanted.connect(self._on_record)
        self.audit.record_wanted.connect(self._on_record)
        self.audit.notice.connect(self._tell)
        self.review_desk.board_changed.connect(self._on_board)
        self.departments.records_wanted.connect(self._on_records)
        self.departments.bundle_wanted.connect(self._on_bundle)
        self.trust.enrol_wanted.connect(self._on_enrol)
        self.trust.notice.connect(self._tell)
        self.search_changed.connect(self._on_search)
        self.session.loaded.connect(self._on_loaded)

    # -- what every page shows -------------------------------------------------------------------------------------

    def _show_entries(self, state: CatalogueState | None) -> None:
        words = self.words
        waiting = state.waiting if state is not None else 0
        note = words("CAT_WAITING", count=waiting) if waiting else ""
        answered = self.review_desk.answered
        disputes = len(state.open_forks) + len(state.contested) if state is not None else 0
        self.show_guide(
            [
                GuideEntry("overview", words("CAT_OVERVIEW")),
                GuideEntry("inbox", words("CAT_INBOX"), note=note),
                GuideEntry("departments", words("CAT_DEPARTMENTS")),
                GuideEntry(
                    "review",
                    words("CR_REVIEW"),
                    note=words("CR_GUIDE_ANSWERED", count=answered) if answered else "",
                ),
                GuideEntry(
                    "decisions",
                    words("CR_DECISIONS"),
                    note=words("CAT_WAITING", count=disputes) if disputes else "",
                ),
                GuideEntry("browse", words("CAT_BROWSE_PAGE")),
                GuideEntry("audit", words("CA_AUDIT")),
                GuideEntry("reports", words("CAT_REPORTS")),
                GuideEntry("trust", words("CT_TRUST")),
            ]
        )

    def _on_loaded(self, state: CatalogueState) -> None:
        words = self.words
        self._show_entries(state)
        digest = short_groups(state.facts.digest, DIGEST_GROUPS)
        self.setWindowTitle(state.facts.name)
        self.top.set_heading(
            words("CAT_HEADING", name=state.facts.name),
            words("CAT_ROUND", number=state.facts.round),
        )
        resource = self.session.form_set.by_role("resource_name")[0].id
        self.status.set_left(
            [
                words("CAT_DIGEST", digest=digest),
                words("CAT_STATUS_PACKAGES", count=words.count(len(state.packages))),
                words("CAT_STATUS_RESOURCES", count=words.count(state.counts.get(resource, 0))),
            ]
        )
        path = getattr(self.session.store, "path", None)
        self.status.set_right([path.name if isinstance(path, Path) else ""])

    def _tell(self, text: str) -> None:
        self.notice.say(text, passing=True)

    @override
    def manual_chapter(self) -> str:
        return "coordinator.md"

    @override
    def show_page(self, page_id: str) -> None:
        self.notice.pass_by()
        super().show_page(page_id)

    # -- going somewhere -------------------------------------------------------------------------------------------

    def _on_receive(self) -> None:
        self.show_page("inbox")
        self.inbox.choose_files()

    def _on_print(self) -> None:
        self.show_page("reports")

    def _on_enrol(self) -> None:
        self.show_page("departments")
        self.departments.open_enrolment()

    def _on_form(self, form: str) -> None:
        self.show_page("browse")
        self.browse.show_form(form)

    def _on_department(self, code: str) -> None:
        self.show_page("departments")
        self.departments.show_department(code)

    def _on_bundle(self) -> None:
        self.show_page("trust")
        self.trust.open_bundle()

    def _on_board(self) -> None:
        self._show_entries(self.session.state)

    def _on_errand(self, place: str) -> None:
        if place in {"forks", "contested"}:
            self.show_page("decisions")
            self.decisions.show_tab("forks" if place == "forks" else "contested")
        elif place == "held":
            self.show_page("inbox")
            self.inbox.show_first("quarantined")
        else:
            self.show_page("review")
            self.review.show_waiting(place)

    def _on_confirm_key(self, _department: str) -> None:
        self._on_enrol()

    def _on_request(self, request: Path) -> None:
        self.show_page("departments")
        self.departments.answer_request(request)

    def _on_record(self, form: str, record: str) -> None:
        self.show_page("browse")
        self.browse.open_record(form, record)

    def _on_records(self, code: str) -> None:
        self.show_page("browse")
        self.browse.show_department(code)

    def _on_search(self, text: str) -> None:
        if text.strip():
            self.show_page("browse")
        self.browse.search(text)

    # -- errors, long work, drops, the end -------------------------------------------------------------------------

    def _show_error(self, error: CensusError) -> None:
        ErrorDialog(self.words, error, self).exec()

    def _show_progress(self, task: Task) -> None:
        ProgressDialog(self.words, task, self).open()

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_paths(event):
            self.show_page("inbox")
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        paths = local_paths(event)
        if paths:
            self.show_page("inbox")
            self.inbox.receive(paths)
            event.acceptProposedAction()

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._closed:
            self._closed = True
            self.inbox.queue.stop()
            self.reports.close_preview()
            self.session.close()
            self.runner.close()
        super().closeEvent(event)
