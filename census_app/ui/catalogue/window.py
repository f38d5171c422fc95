"""The coordinator's window: the frame of the shell, its pages over one catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QTimer, SignalInstance
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from census_app.domain.corrections import Owner
from census_app.errors import CensusError
from census_app.exchange.paper import short_groups
from census_app.services.forking import Fork
from census_app.services.ports import CatalogueStore, ListQuery
from census_app.ui.catalogue.archive_page import ArchivePage
from census_app.ui.catalogue.audit_page import AuditPage
from census_app.ui.catalogue.audit_session import AuditDesk
from census_app.ui.catalogue.browse import BrowsePage
from census_app.ui.catalogue.campaign_page import CampaignPage
from census_app.ui.catalogue.decision_session import DecisionDesk
from census_app.ui.catalogue.decisions_page import DecisionsPage
from census_app.ui.catalogue.departments import DepartmentsPage
from census_app.ui.catalogue.differences_page import DifferencesPage
from census_app.ui.catalogue.differences_session import DifferenceDesk
from census_app.ui.catalogue.duplicates_page import DuplicatesPage
from census_app.ui.catalogue.inbox import InboxPage, local_paths
from census_app.ui.catalogue.indicators_page import IndicatorsPage
from census_app.ui.catalogue.overview import OverviewPage
from census_app.ui.catalogue.reports_page import ReportsPage
from census_app.ui.catalogue.review_page import ReviewPage
from census_app.ui.catalogue.review_session import ReviewDesk
from census_app.ui.catalogue.session import CatalogueServices, CatalogueSession, CatalogueState
from census_app.ui.catalogue.trust_page import TrustPage
from census_app.ui.catalogue.watch import CatalogueWatch, ConnectionBand
from census_app.ui.catalogue.writing import needs_writing, needs_writing_action, only_reads
from census_app.ui.dialogs.messages import ErrorDialog, ProgressDialog
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.frame import ShellWindow
from census_app.ui.shell.guide import GuideEntry
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.tasks import Task, TaskRunner
from census_app.ui.shell.translation import Words

DIGEST_GROUPS = 4


@dataclass(frozen=True, slots=True)
class Parts:
    """What a page of the catalogue window is made of."""

    session: CatalogueSession
    review_desk: ReviewDesk
    decision_desk: DecisionDesk
    difference_desk: DifferenceDesk
    words: Words
    preferences: Preferences


@dataclass(frozen=True, slots=True)
class PageEntry:
    """One page of the catalogue window.

    The window follows whatever signals a page has of those in `CatalogueWindow._followed`: `notice(text)`,
    `record_wanted(Owner)`, `list_wanted(ListQuery, name of the number)`, `department_opened(code)`,
    `page_wanted(page id)` and so on. A page may have the methods `guide_note()`, a short text beside its name in the
    guide, read again when the catalogue has changed or the page emits `guide_changed`; `writing_controls()`, what is
    disabled for who may only read; and `close_page()`, called once while the window closes.

    Attributes:
        id: Of the page and its entry in the guide.
        title: Code of its name in the guide.
        icon: Before its name.
        make: Makes the page.
        shown: Says whether the catalogue has what the page needs; one that has not stays out of the guide.
        group_above: A line above it in the guide: another kind of work begins.
    """

    id: str
    title: str
    icon: Icon
    make: Callable[[Parts], QWidget]
    shown: Callable[[CatalogueSession], bool] = lambda _session: True
    group_above: bool = False


PAGES: Final[tuple[PageEntry, ...]] = (
    PageEntry(
        "overview",
        "CAT_OVERVIEW",
        Icon.TARGET,
        lambda p: OverviewPage(p.session, p.review_desk, p.words),
    ),
    PageEntry(
        "inbox",
        "CAT_INBOX",
        Icon.INBOX,
        lambda p: InboxPage(p.session, p.decision_desk, p.words, p.preferences),
    ),
    PageEntry(
        "departments",
        "CAT_DEPARTMENTS",
        Icon.BUILDING,
        lambda p: DepartmentsPage(p.session, p.words, p.preferences),
    ),
    PageEntry(
        "review",
        "CR_REVIEW",
        Icon.COMMENT,
        lambda p: ReviewPage(p.session, p.review_desk, p.words, p.preferences),
    ),
    PageEntry(
        "decisions",
        "CR_DECISIONS",
        Icon.FORK,
        lambda p: DecisionsPage(p.session, p.decision_desk, p.words, p.preferences),
    ),
    PageEntry(
        "browse",
        "CAT_BROWSE_PAGE",
        Icon.TREE,
        lambda p: BrowsePage(p.session, p.review_desk, p.difference_desk, p.words),
        group_above=True,
    ),
    PageEntry(
        "differences",
        "CD_DIFFERENCES",
        Icon.HISTORY,
        lambda p: DifferencesPage(p.session, p.difference_desk, p.words),
    ),
    PageEntry(
        "duplicates",
        "DU_TITLE",
        Icon.COPY,
        lambda p: DuplicatesPage(p.session, p.words, p.preferences),
    ),
    PageEntry(
        "audit",
        "CA_AUDIT",
        Icon.SCALES,
        lambda p: AuditPage(p.session, AuditDesk(p.session, p.session), p.words, p.preferences),
    ),
    PageEntry(
        "indicators",
        "CI_TITLE",
        Icon.CHART,
        lambda p: IndicatorsPage(p.session, p.words, p.preferences),
        group_above=True,
    ),
    PageEntry("reports", "CAT_REPORTS", Icon.PRINT, lambda p: ReportsPage(p.session, p.words)),
    PageEntry("archive", "ARCHIVE", Icon.FOLDER, lambda p: ArchivePage(p.session, p.words)),
    PageEntry(
        "campaign",
        "CC_TITLE",
        Icon.CALENDAR,
        lambda p: CampaignPage(p.session, p.words),
        group_above=True,
    ),
    PageEntry(
        "trust",
        "CT_TRUST",
        Icon.SHIELD,
        lambda p: TrustPage(p.session, p.words, p.preferences),
    ),
)
"""The pages in the order of the guide; to add a page is to add an entry."""


class CatalogueWindow(ShellWindow):
    """The window over an open catalogue; it closes the catalogue when it is closed.

    Args:
        services: The clock.
        store: The open catalogue.
        preferences: Of the person.
        words: Language of the window.
    """

    overview: OverviewPage
    inbox: InboxPage
    indicators: IndicatorsPage
    departments: DepartmentsPage
    review: ReviewPage
    differences: DifferencesPage
    decisions: DecisionsPage
    browse: BrowsePage
    campaign: CampaignPage
    archive: ArchivePage
    duplicates: DuplicatesPage
    audit: AuditPage
    reports: ReportsPage
    trust: TrustPage

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
        only_reads(self, self.session, words)
        self.review_desk = ReviewDesk(self.session, self)
        self.difference_desk = DifferenceDesk(self.session, self)
        self._parts = Parts(
            self.session,
            self.review_desk,
            DecisionDesk(self.session),
            self.difference_desk,
            words,
            preferences,
        )
        self._ways = self._followed()
        self._entries = [entry for entry in PAGES if entry.shown(self.session)]
        self._closed = False
        self.watch = CatalogueWatch(self.session, self)
        self.band = ConnectionBand(words, self)
        self.add_band(self.band)
        self._fill()
        self._connect()
        self.place()
        self._make_pages()

    def _make_pages(self) -> None:
        """Make one page after the other, a turn of the event loop each; then read what all of them show."""
        missing = [entry for entry in self._entries if self.page(entry.id) is None]
        if self._closed:
            return
        if missing:
            self._make(missing[0])
            QTimer.singleShot(0, self, self._make_pages)
        else:
            self.session.refresh()

    def _make(self, entry: PageEntry) -> None:
        made = entry.make(self._parts)
        setattr(self, entry.id, made)
        self.add_page(entry.id, made)
        controls = getattr(made, "writing_controls", None)
        if controls is not None:
            needs_writing(self.session, self.words, *controls())
        for name, follow in self._ways.items():
            signal = getattr(made, name, None)
            if isinstance(signal, SignalInstance):
                signal.connect(follow)

    def _fill(self) -> None:
        words = self.words
        self.guide.setAccessibleName(words("CAT_PAGES"))
        self.top.search.setPlaceholderText(words("CAT_SEARCH"))
        self.top.search.setAccessibleName(words("CAT_SEARCH_NAME"))
        self._show_entries()
        self.show_page("overview")
        receive = self.add_menu_action(words("CAT_RECEIVE"), Icon.INBOX, "Ctrl+O")
        receive.triggered.connect(self._on_receive)
        publish = self.add_menu_action(words("PUBLISH_MENU"), Icon.EXPORT)
        publish.triggered.connect(self._on_publish)
        refresh = self.add_menu_action(words("CAT_REFRESH"), Icon.REFRESH, "F5")
        refresh.triggered.connect(self._on_refresh)
        server = self.add_menu_action(words("CS_OPEN_DOTS"), Icon.LINK)
        server.triggered.connect(self._on_server)
        needs_writing_action(self.session, words, receive)

    def _followed(self) -> dict[str, Callable[..., None]]:
        """Return what the window does on the signals that pages may have."""
        return {
            "receive_wanted": self._on_receive,
            "print_wanted": self._on_print,
            "publish_wanted": self._on_publish,
            "enrol_wanted": self._on_enrol,
            "indicator_opened": self._on_indicator,
            "department_opened": self._on_department,
            "errand_opened": self._on_errand,
            "fork_wanted": self._on_fork,
            "confirm_wanted": self._on_confirm_key,
            "request_wanted": self._on_request,
            "record_wanted": self._on_record,
            "records_wanted": self._on_records,
            "warnings_wanted": self._on_warnings,
            "list_wanted": self._on_list,
            "bundle_wanted": self._on_bundle,
            "bundle_with_forms": self._on_bundle_with_forms,
            "page_wanted": self.show_page,
            "notice": self._tell,
            "guide_changed": self._on_board,
        }

    def _connect(self) -> None:
        self.review_desk.board_changed.connect(self._on_board)
        self.search_changed.connect(self._on_search)
        self.session.loaded.connect(self._on_loaded)
        self.session.refined.connect(self._show_status)
        self.band.retry_wanted.connect(self.watch.look)
        self.watch.lost.connect(self.band.say)
        self.watch.back.connect(self._on_back)
        self.watch.forms_changed.connect(self.reopen_requested)

    def _own_pages(self) -> Iterator[QWidget]:
        for entry in self._entries:
            made = self.page(entry.id)
            if made is not None:
                yield made

    # -- what every page shows -------------------------------------------------------------------------------------

    def _show_entries(self) -> None:
        entries = []
        for entry in self._entries:
            note = getattr(self.page(entry.id), "guide_note", None)
            entries.append(
                GuideEntry(
                    entry.id,
                    self.words(entry.title),
                    note=note() if note is not None else "",
                    group_above=entry.group_above,
                    icon=entry.icon,
                )
            )
        self.show_guide(entries)

    def _on_loaded(self, state: CatalogueState) -> None:
        words = self.words
        self._show_entries()
        self.setWindowTitle(state.facts.name)
        note = words("CAT_ROUND", number=state.facts.round)
        if not self.session.store.writable:
            note = "  ·  ".join((note, words("CS_READ_ONLY")))
        self.top.set_heading(words("CAT_HEADING", name=state.facts.name), note)
        self._show_status(state)

    def _show_status(self, state: CatalogueState) -> None:
        words = self.words
        digest = short_groups(state.facts.digest, DIGEST_GROUPS) or words("CS_DIGEST_LATER")
        resource = self.session.form_set.by_role("resource_name")[0].id
        self.status.set_left(
            [
                words("CAT_DIGEST", digest=digest),
                words("CAT_STATUS_PACKAGES", count=words.count(len(state.packages))),
                words("CAT_STATUS_RESOURCES", count=words.count(state.counts.get(resource, 0))),
            ]
        )
        store = self.session.store
        place = words("CS_PLACE", place=store.path) if store.shared else store.path.name
        self.status.set_right([place])

    def _tell(self, text: str) -> None:
        self.notice.say(text, passing=True)

    @override
    def manual_chapter(self) -> str:
        return "coordinator.md"

    @override
    def show_page(self, page_id: str) -> None:
        self.notice.pass_by()
        for entry in self._entries:
            if entry.id == page_id and self.page(page_id) is None:
                self._make(entry)
        super().show_page(page_id)

    # -- going somewhere -------------------------------------------------------------------------------------------

    def _on_receive(self) -> None:
        self.show_page("inbox")
        self.inbox.choose_files()

    def _on_print(self) -> None:
        self.show_page("reports")

    def _on_publish(self) -> None:
        from census_app.ui.dialogs import publish_dialog  # noqa: PLC0415  # seldom wanted

        state = self.session.state
        if state is None:
            return
        departments = publish_dialog.by_name((e.code, e.name) for e in state.roster)
        setting = publish_dialog.PublishSetting(
            self.session.store, self.session.ask, state.facts.name, departments
        )
        dialog = publish_dialog.PublishDialog(setting, self.words, self.preferences, self)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_enrol(self) -> None:
        self.show_page("departments")
        self.departments.open_enrolment()

    def _on_indicator(self, indicator: str) -> None:
        self.show_page("indicators")
        self.indicators.open_list(indicator)

    def _on_department(self, code: str) -> None:
        self.show_page("departments")
        self.departments.show_department(code)

    def _on_bundle(self) -> None:
        self.show_page("trust")
        self.trust.open_bundle()

    def _on_bundle_with_forms(self, folder: Path) -> None:
        self.show_page("trust")
        self.trust.open_bundle(folder)

    def _on_board(self) -> None:
        self._show_entries()

    def _on_errand(self, place: str) -> None:
        if place in {"forks", "contested"}:
            self.show_page("decisions")
            self.decisions.show_tab("forks" if place == "forks" else "contested")
        elif place == "late":
            self.show_page("overview")
            self.overview.show_late()
        elif place == "missing":
            self.show_page("campaign")
        elif place == "held":
            self.show_page("inbox")
            self.inbox.show_first("quarantined")
        elif place == "vanished":
            self.show_page("differences")
            self.differences.show_vanished()
        else:
            self.show_page("review")
            self.review.show_waiting(place)

    def _on_fork(self, fork: Fork) -> None:
        self.show_page("decisions")
        self.decisions.open_fork(fork)

    def _on_confirm_key(self, _department: str) -> None:
        self._on_enrol()

    def _on_request(self, request: Path) -> None:
        self.show_page("departments")
        self.departments.answer_request(request)

    def _on_warnings(self, code: str) -> None:
        self.show_page("review")
        self.review.show_department(code, "warnings")

    def _on_record(self, owner: Owner) -> None:
        self.show_page("browse")
        self.browse.open_record(owner)

    def _on_records(self, code: str) -> None:
        self.show_page("browse")
        self.browse.show_department(code)

    def _on_list(self, query: ListQuery, name: str) -> None:
        self.show_page("browse")
        self.browse.show_query(query, name)

    def _on_search(self, text: str) -> None:
        if text.strip():
            self.show_page("browse")
        if self.page("browse") is not None:
            self.browse.search(text)

    # -- errors, long work, drops, the end -------------------------------------------------------------------------

    def _on_back(self) -> None:
        self.band.hide()
        self._tell(self.words("CS_BACK"))

    def _on_refresh(self) -> None:
        self.session.refresh()

    def _on_server(self) -> None:
        self.server_requested.emit()

    def _show_error(self, error: CensusError) -> None:
        if self.watch.lose(error):
            return  # the band says it, and that it is tried again
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
            self.take_files(paths)
            event.acceptProposedAction()

    @override
    def take_files(self, paths: Sequence[Path]) -> None:
        self.show_page("inbox")
        self.inbox.receive(paths)

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._closed:
            self._closed = True
            self.watch.stop()
            for made in self._own_pages():
                close = getattr(made, "close_page", None)
                if close is not None:
                    close()
            self.session.close()
            self.runner.close()
        super().closeEvent(event)
