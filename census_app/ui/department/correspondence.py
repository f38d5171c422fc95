"""Brings what came and went to every part of the window: guide, list, form, panel, page, dialogs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QDialog, QWidget
from shiboken6 import isValid

from census_app.services.answering import QueryItem
from census_app.services.upgrading import FormsTaken
from census_app.ui.department.answer_dialog import AnswerDialog
from census_app.ui.department.arrivals import Arrivals
from census_app.ui.department.letterbox import AnswerVerb, Letterbox
from census_app.ui.department.query_cards import QueryCards
from census_app.ui.department.records_page import RecordsPage
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.department.side_panel import SidePanel
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.page import Notice
from census_app.ui.shell.translation import Words

if TYPE_CHECKING:
    from census_app.services.upgrade_offer import UpgradeOffer


class Correspondence(QObject):
    """Dialogs and notices around the letterbox.

    Args:
        window: Parent of the dialogs.

    Signals:
        page_wanted: A tab of the page "correspondence" shall be shown.
        record_wanted: form, record and field that shall be shown.
        reopen_wanted: The file has another form set now; the window has to be built anew.
        seen_changed: How many received packages the person has looked at.
    """

    page_wanted = Signal(str)
    record_wanted = Signal(str, str, str)
    reopen_wanted = Signal()
    seen_changed = Signal(int)

    def __init__(
        self,
        window: QWidget,
        session: WorkspaceSession,
        post: Letterbox,
        notice: Notice,
        words: Words,
        preferences: Preferences,
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._notice = window, session, notice
        self._words, self._preferences = words, preferences
        self.post = post
        self.arrivals = Arrivals(window, post, words, preferences)
        self.arrivals.page_wanted.connect(self.page_wanted)
        self.arrivals.ended.connect(self._on_arrivals_ended)
        post.offered.connect(self._on_offer)
        self._offer: UpgradeOffer | None = None
        self._ask_at_once = False
        self.dialog: QDialog | None = None

    # -- what was seen ---------------------------------------------------------------------------------------------

    def _seen_key(self) -> str:
        return f"mail_seen/{self._session.facts.instance}"

    def seen(self) -> int:
        """Return how many received packages the person has looked at."""
        stored = self._preferences.text(self._seen_key())
        return int(stored) if stored.isdecimal() else 0

    def note_seen(self) -> None:
        """Remember that the person has looked at everything that came."""
        count = len(self.post.mail.received)
        if self.post.loaded and count != self.seen():
            self._preferences.remember_text(self._seen_key(), str(count))
            self.seen_changed.emit(count)

    # -- marks -----------------------------------------------------------------------------------------------------

    def mark(self, pages: Iterable[RecordsPage]) -> None:
        """Put the marks of open queries on lists and forms."""
        for records in pages:
            records.list.show_queries(self.post.mail.records_of(records.form.id))
            self.mark_form(records)

    def mark_form(self, records: RecordsPage) -> None:
        """Put the marks on the form of the record that is shown."""
        items = self.post.mail.of_record(records.form.id, records.record)
        own = (i for i in items if i.state == "open" and i.query.form == records.form.id)
        records.show_queries(Counter(i.query.field for i in own if i.query.field))

    def show_in(self, panel: SidePanel, records: RecordsPage) -> None:
        """Show the queries of the record at hand in the panel."""
        state = records.state
        context = self._session.context.beside(state.values if state is not None else {})
        mail = self.post.mail
        items = mail.of_record(records.form.id, records.record)
        panel.show_queries(items, context, len(mail.open_items), with_record=bool(records.record))

    # -- answering -------------------------------------------------------------------------------------------------

    def wire(self, cards: QueryCards) -> None:
        """Do what is pressed on the cards of queries."""
        cards.apply_wanted.connect(self.apply)
        cards.answer_wanted.connect(self.answer)
        cards.disagree_wanted.connect(self.disagree)
        cards.deleted_wanted.connect(self.confirm_deleted)
        cards.withdraw_wanted.connect(self.withdraw)

    def apply(self, item: QueryItem) -> None:
        """Put the suggested value where the query says."""
        query = item.query
        self.post.apply_suggestion(query.id, query.form, self, self._on_applied)

    def answer(self, item: QueryItem) -> None:
        """Ask for the answer in words."""
        self._ask(item, "answered")

    def disagree(self, item: QueryItem) -> None:
        """Ask for the reason to leave the value as it is."""
        self._ask(item, "disagreed")

    def confirm_deleted(self, item: QueryItem) -> None:
        """Ask why the record is gone for good."""
        self._ask(item, "deleted")

    def withdraw(self, item: QueryItem) -> None:
        """Take an answer back."""
        self.post.withdraw(item.query.id)

    def _ask(self, item: QueryItem, verb: AnswerVerb) -> None:
        self._show(AnswerDialog(self.post, item, verb, self._words, self._window))

    def _on_applied(self, state: object) -> None:
        del state
        self._notice.say(self._words("UI_QUERY_APPLIED"), passing=True)

    def _show(self, dialog: QDialog) -> None:
        self.dialog = dialog
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    # -- a newer form set ------------------------------------------------------------------------------------------

    def _on_arrivals_ended(self, trust: bool) -> None:
        if trust:
            self._ask_at_once = True
            self.post.look_for_upgrade()

    def _on_offer(self, offer: UpgradeOffer | None) -> None:
        self._offer, at_once = offer, self._ask_at_once
        self._ask_at_once = False
        if self._session.store.form_set.sha256 != self._session.form_set.sha256:
            self._reopen_soon()  # other words or dates were taken over with the bundle
        elif offer is not None and at_once:
            self._after_dialog(self.show_offer)
        elif offer is not None:
            text = self._words("UI_UPGRADE_WAITS", version=offer.version)
            self._notice.say(text, self._words("UI_UPGRADE_LOOK"), self.show_offer, serious=True)

    def _after_dialog(self, act: Callable[[], None]) -> None:
        """Do something once the outcome of the files was read."""
        shown = self.arrivals.dialog
        if shown is not None and isValid(shown) and shown.isVisible():
            shown.finished.connect(act)
        else:
            act()

    def _reopen_soon(self) -> None:
        self._after_dialog(self._reopen)

    def _reopen(self) -> None:
        QTimer.singleShot(0, self, self.reopen_wanted.emit)

    def show_offer(self) -> None:
        """Show what the delivered form set would change."""
        from census_app.ui.department.upgrade_dialog import UpgradeDialog  # noqa: PLC0415  # rarely needed

        if self._offer is None:
            return
        dialog = UpgradeDialog(self._offer, self._words, self._window)
        dialog.accepted.connect(self._take_over)
        self._show(dialog)

    def _take_over(self) -> None:
        if self._offer is not None:
            title = self._words("UI_UPGRADING")
            self.post.upgrade(self._offer, self, self._on_upgraded, title)

    def _on_upgraded(self, taken: FormsTaken) -> None:
        if taken.outcome in {"upgraded", "replaced"}:
            self._reopen()
