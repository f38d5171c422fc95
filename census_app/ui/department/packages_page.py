"""The page "correspondence": letters, queries and conflicts, each behind a tab."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QTabBar, QVBoxLayout, QWidget

from census_app.services.answering import QueryItem
from census_app.ui.department.conflicts_view import ConflictsView
from census_app.ui.department.letterbox import Letterbox
from census_app.ui.department.letters_view import LettersView
from census_app.ui.department.queries_view import QueriesView
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

TABS = ("packages", "queries", "conflicts")


class PackagesPage(QWidget):
    """Three views of what went and came.

    Signals:
        export_wanted: There is nothing yet and the person wants to hand in.
        take_wanted: The person wants to choose files that came.
        record_wanted: form, record and field that shall be shown.
        looked_at: The person looks at the letters: none of them is new any more.
    """

    export_wanted = Signal()
    take_wanted = Signal()
    record_wanted = Signal(str, str, str)
    looked_at = Signal()

    def __init__(self, session: WorkspaceSession, post: Letterbox, words: Words) -> None:
        super().__init__()
        self._post, self._words = post, words
        self.letters = LettersView(session.form_set, words)
        self.queries = QueriesView(session.context, words)
        self.conflicts = ConflictsView(post, session.context, words)
        self._take = page.button(
            words("UI_TAKE_FILES"), self.take_wanted.emit, "primary", Icon.IMPORT
        )
        self._take.setToolTip(words("UI_TAKE_FILES_TIP"))
        self._head = page.PageHead(words("UI_STEP_PACKAGES"), [self._take])
        self.tabs = QTabBar()
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(words("UI_STEP_PACKAGES"))
        self._stack = QStackedWidget()
        for view in (self.letters, self.queries, self.conflicts):
            self.tabs.addTab("")
            self._stack.addWidget(view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head)
        column.addSpacing(8)
        column.addWidget(self.tabs)
        column.addWidget(page.line())
        column.addWidget(self._stack, 1)
        self._connect()
        self._show_mail()

    def _connect(self) -> None:
        self.tabs.currentChanged.connect(self._on_tab)
        self.letters.export_wanted.connect(self.export_wanted)
        self.letters.take_wanted.connect(self.take_wanted)
        self.letters.queries_wanted.connect(self._on_queries)
        self.queries.go_wanted.connect(self._on_query_go)
        self.conflicts.go_wanted.connect(self.record_wanted)
        self._post.changed.connect(self._show_mail)

    def enter(self) -> None:
        """Read anew; called when the page is shown."""
        self._post.refresh()
        self.looked_at.emit()

    def show_tab(self, name: str) -> None:
        """Show one of `TABS`."""
        self.tabs.setCurrentIndex(TABS.index(name))

    def _show_mail(self) -> None:
        mail, words = self._post.mail, self._words
        self.letters.show_mail(mail)
        self.queries.show_mail(mail)
        self.conflicts.show_mail(mail)
        counts = (0, len(mail.open_items), len(mail.conflicts))
        titles = ("UI_TAB_LETTERS", "UI_TAB_QUERIES", "UI_TAB_CONFLICTS")
        for index, (code, count) in enumerate(zip(titles, counts, strict=True)):
            self.tabs.setTabText(index, f"{words(code)} {count}" if count else words(code))
        self.tabs.setTabVisible(2, bool(mail.conflicts or mail.decided))
        submitted = any(p.type == "submission" for p in mail.packages)
        self._head.set_note(words("UI_ROUND_N", round=mail.round) if submitted else "")
        self._show_take()
        if self.isVisible():
            self.looked_at.emit()

    def _on_tab(self, index: int) -> None:
        self._stack.setCurrentIndex(index)
        self._show_take()

    def _show_take(self) -> None:
        """The empty list of letters offers it itself."""
        mail = self._post.mail
        empty = not (mail.packages or mail.bundle)
        self._take.setVisible(not empty or self.tabs.currentIndex() > 0)

    def _on_queries(self) -> None:
        self.show_tab("queries")

    def _on_query_go(self, item: QueryItem) -> None:
        query = item.query
        self.record_wanted.emit(query.form, query.record, query.field)
