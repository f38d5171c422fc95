"""The review: departments with their round and what is open; for the chosen one queries, reasons and letters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QTabWidget, QVBoxLayout, QWidget
from typing_extensions import override

from census_app.diagnostics import wording
from census_app.domain.review import VerdictChoice
from census_app.services.explaining import MINIMUM_LENGTH
from census_app.services.judging import ExplainedWarning
from census_app.services.overseeing import ReviewSummary
from census_app.services.reporting import LETTER, About
from census_app.ui.catalogue.act_dialog import RemarkDialog
from census_app.ui.catalogue.ask_dialog import AskDialog, AskTarget
from census_app.ui.catalogue.letter_dialog import LetterDialog, WrittenDialog
from census_app.ui.catalogue.paper import Paper
from census_app.ui.catalogue.review_session import QueryShown, ReviewDesk, ReviewDetails
from census_app.ui.catalogue.review_tabs import HistoryTab, QueriesTab, WarningsTab
from census_app.ui.catalogue.review_words import verdict_standing
from census_app.ui.catalogue.session import CatalogueSession
from census_app.ui.catalogue.tables import Column, SortableTable
from census_app.ui.models.text_table import Cell, Heading
from census_app.ui.shell import page
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

QUERIES, WARNINGS, HISTORY = range(3)
Tab = Literal["queries", "warnings", "history"]
_TABS: Final[dict[str, int]] = {"queries": QUERIES, "warnings": WARNINGS, "history": HISTORY}


class ReviewPage(QWidget):
    """The board above, one department's review below.

    Signals:
        record_wanted: the `Owner`, to be shown in the catalogue.
    """

    record_wanted = Signal(object)

    def __init__(
        self, session: CatalogueSession, desk: ReviewDesk, words: Words, preferences: Preferences
    ) -> None:
        super().__init__()
        self._session, self._desk = session, desk
        self._words, self._preferences = words, preferences
        self._wanted = ""
        self._closing: list[str] = []
        self._judging: list[ExplainedWarning] = []
        self.remark: RemarkDialog | None = None
        self.table: SortableTable[ReviewSummary] = SortableTable(
            self._columns(), lambda s: s.department, words("CR_BOARD")
        )
        self.queries = QueriesTab(words)
        self.warnings = WarningsTab(words)
        self.history = HistoryTab(words)
        self.tabs = QTabWidget()
        self.ask = page.button(words("CR_ASK_WHOLE"), self.ask_whole, "small", Icon.COMMENT)
        self.letter = page.button(words("CR_LETTER"), self.open_letter, "primary", Icon.EXPORT)
        self.print = page.button(words("CR_PRINT_LETTER"), self.print_letter, symbol=Icon.PRINT)
        self.print.setToolTip(words("CR_PRINT_LETTER_TIP"))
        self.paper = Paper(session, words, self)
        self.head = page.PageHead(words("CR_REVIEW"), [self.print, self.letter])
        self._stack = QStackedWidget()
        self._build()
        self._connect()

    # -- what the window uses --------------------------------------------------------------------------------------

    def writing_controls(self) -> list[QWidget]:
        """Return what changes the catalogue."""
        return [self.ask, self.letter]

    def guide_note(self) -> str:
        """Say how many answers wait to be read."""
        answered = self._desk.answered
        return self._words("CR_GUIDE_ANSWERED", count=answered) if answered else ""

    def show_department(self, code: str, tab: Tab | None = None) -> None:
        """Choose a department, and a tab."""
        if not self.table.choose(code):
            self._wanted = code
        if tab is not None:
            self.tabs.setCurrentIndex(_TABS[tab])

    def show_waiting(self, what: str) -> None:
        """Choose the first department that waits: `answered`, `undecided` reasons, or `unreviewed` as a whole."""
        board = sorted(self._desk.board.values(), key=lambda s: s.department)
        waits: Callable[[ReviewSummary], object] = {
            "answered": lambda s: s.queries.get("answered"),
            "undecided": lambda s: s.undecided,
            "unreviewed": lambda s: s.newest is not None and not s.verdict,
        }[what]
        waiting = [summary for summary in board if waits(summary)]
        if waiting:
            self.show_department(
                waiting[0].department, "warnings" if what == "undecided" else "queries"
            )

    def ask_whole(self) -> None:
        """Ask the chosen department about no record in particular."""
        current = self.table.current()
        if current is not None:
            target = AskTarget(current.department, current.name)
            AskDialog(self._desk, target, self._words, self).open()

    def open_letter(self) -> None:
        """Open the dialog that writes to the chosen department."""
        current = self.table.current()
        if current is None or current.newest is None:
            return
        dialog = LetterDialog(self._desk, current, self._words, self._preferences, self)
        dialog.written.connect(self._on_written)
        dialog.open()

    def print_letter(self) -> None:
        """Show the letter to the head of the chosen department, as it will be printed."""
        current = self.table.current()
        if current is None or current.newest is None:
            return
        title = self._words("PRINT_LETTER_TITLE")
        self.paper.show(
            LETTER, About(department=current.department), title, f"{title}-{current.name}.pdf"
        )

    # -- building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        words = self._words
        self.tabs.setAccessibleName(words("CR_TABS"))
        self.tabs.tabBar().setAccessibleName(words("CR_TABS"))
        for widget, code in (
            (self.queries, "CR_TAB_QUERIES"),
            (self.warnings, "CR_TAB_WARNINGS"),
            (self.history, "CR_TAB_HISTORY"),
        ):
            self.tabs.addTab(widget, words(code, count=0))
        self.tabs.setCornerWidget(self.ask, Qt.Corner.TopRightCorner)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        split.addWidget(self.table)
        split.addWidget(self.tabs)
        split.setStretchFactor(0, 2)
        split.setStretchFactor(1, 3)
        split.setSizes([210, 400])
        self._stack.addWidget(split)
        self._stack.addWidget(
            page.EmptyState(
                words("CR_NOTHING_TO_REVIEW"), (), Icon.COMMENT, words("CR_NOTHING_TO_REVIEW_TIP")
            )
        )
        self._stack.addWidget(page.reading_state(words))
        self._stack.setCurrentIndex(2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.head)
        column.addWidget(self._stack, 1)
        self.letter.setEnabled(False)
        self.print.setEnabled(False)

    def _columns(self) -> Sequence[Column[ReviewSummary]]:
        words = self._words
        return [
            Column(Heading(words("CAT_COL_DEPARTMENT")), lambda s: s.name, lambda s: s.name),
            Column(
                Heading(words("CR_ROUND"), 56, right=True),
                lambda s: str(s.round),
                lambda s: s.round,
            ),
            Column(Heading(words("CR_COL_NEWEST"), 168), self._newest, _newest_at),
            Column(
                Heading(words("CR_COL_RECEIPT"), 176),
                lambda s: verdict_standing(s, words).cell(),
                lambda s: verdict_standing(s, words).rank,
            ),
            _count_column(words("CR_COL_ANSWERED"), "answered", "accent"),
            _count_column(words("CR_COL_OPEN"), "open", "warn"),
            _count_column(words("CR_COL_CLOSED"), "closed", ""),
            Column(
                Heading(words("CR_COL_UNDECIDED"), 88, right=True),
                lambda s: Cell(wording.grouped(s.undecided), tone="warn" if s.undecided else ""),
                lambda s: s.undecided,
            ),
        ]

    def _newest(self, summary: ReviewSummary) -> str:
        newest, words = summary.newest, self._words
        if newest is None:
            return "—"
        return words("CR_NEWEST", number=newest.sequence, at=words.moment(newest.received_at))

    def _connect(self) -> None:
        self.table.chosen.connect(self._on_chosen)
        self.table.opened.connect(self._on_opened)
        self._desk.board_changed.connect(self._on_board)
        for tab in (self.queries, self.warnings):
            tab.record_wanted.connect(self.record_wanted)
        self.queries.ask_wanted.connect(self.ask_whole)
        self.queries.close_wanted.connect(self._on_close)
        self.queries.reopen_wanted.connect(self._on_reopen)
        self.warnings.judge_wanted.connect(self._on_judge)

    # -- showing ---------------------------------------------------------------------------------------------------

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._read_chosen()

    def _on_board(self) -> None:
        rows = sorted(self._desk.board.values(), key=lambda s: (s.newest is None, s.department))
        self.table.show_rows(rows)
        self._stack.setCurrentIndex(0 if any(s.newest for s in rows) else 1)
        for act in (self.print, self.letter):
            act.setVisible(any(s.newest for s in rows))
        undecided = sum(s.undecided for s in rows)
        self.head.set_note(
            self._words("CR_BOARD_NOTE", answered=self._desk.answered, undecided=undecided)
        )
        if self._wanted and self.table.choose(self._wanted):
            self._wanted = ""
        self.table.choose_first()
        self._read_chosen()

    def _on_chosen(self, _summary: ReviewSummary) -> None:
        self._read_chosen()

    def _on_opened(self, _summary: ReviewSummary) -> None:
        self.tabs.currentWidget().setFocus()

    def _read_chosen(self) -> None:
        current = self.table.current()
        for act in (self.print, self.letter):
            act.setEnabled(current is not None and current.newest is not None)
        if current is not None and self.isVisible():
            self._desk.details(current.department, self, self._on_details)

    def _on_details(self, details: ReviewDetails) -> None:
        current = self.table.current()
        if current is None or current.department != details.summary.department:
            return  # another one was chosen meanwhile
        words = self._words
        urgency = sorted(details.queries, key=_urgency)
        self.queries.show_rows(urgency)
        self.warnings.show_rows(details.warnings)
        self.history.show_rows(details.exchanged)
        open_count = sum(q.standing.state != "closed" for q in details.queries)
        self.tabs.setTabText(QUERIES, words("CR_TAB_QUERIES", count=open_count))
        undecided = sum(w.standing in {"undecided", "contested"} for w in details.warnings)
        self.tabs.setTabText(WARNINGS, words("CR_TAB_WARNINGS", count=undecided))
        self.tabs.setTabText(HISTORY, words("CR_TAB_HISTORY", count=len(details.exchanged)))

    # -- acts ------------------------------------------------------------------------------------------------------

    def _on_close(self, queries: list[QueryShown]) -> None:
        words = self._words
        first = queries[0].standing.query.text if len(queries) == 1 else ""
        self.remark = RemarkDialog(
            words, words("CR_CLOSE_TITLE", count=len(queries)), first, words("CR_CLOSE_VERB"),
            words("CR_CLOSE_REASON"), self,
        )  # fmt: skip
        self._closing = [query.standing.query.id for query in queries]
        self.remark.accepted.connect(self._on_close_agreed)
        self.remark.open()

    def _on_close_agreed(self) -> None:
        if self.remark is not None:
            reason, report = self.remark.remark, self._session.runner.report
            self._desk.close_queries(self._closing, reason, self, _nothing, report)

    def _on_reopen(self, query: QueryShown) -> None:
        words, asked = self._words, query.standing.query
        self.remark = RemarkDialog(
            words, words("CR_REOPEN_TITLE"), words("CR_REOPEN_WHY"), words("CR_REOPEN_VERB"),
            words("CR_ASK_TEXT"), self, text=asked.text, least=MINIMUM_LENGTH,
        )  # fmt: skip
        self._closing = [asked.id]
        self.remark.accepted.connect(self._on_reopen_agreed)
        self.remark.open()

    def _on_reopen_agreed(self) -> None:
        if self.remark is not None:
            text, report = self.remark.remark, self._session.runner.report
            self._desk.reopen(self._closing[0], text, self, _nothing, report)

    def _on_judge(self, warnings: list[ExplainedWarning], choice: str) -> None:
        words = self._words
        self._judging = warnings
        if choice == "accepted":
            self._judge("accepted", "")
            return
        self.remark = RemarkDialog(
            words, words("CR_REFUSE_TITLE", count=len(warnings)), words("CR_REFUSE_WHY"),
            words("CR_REFUSE_VERB"), words("UI_REASON"), self, least=MINIMUM_LENGTH,
        )  # fmt: skip
        self.remark.accepted.connect(self._on_refuse_agreed)
        self.remark.open()

    def _on_refuse_agreed(self) -> None:
        if self.remark is not None:
            self._judge("refused", self.remark.remark)

    def _judge(self, choice: VerdictChoice, reason: str) -> None:
        report, title = self._session.runner.report, self._words("CR_JUDGING")
        self._desk.judge(self._judging, choice, reason, self, _nothing, report, title)

    def _on_written(self, paths: list[Path]) -> None:
        words = self._words
        current = self.table.current()
        name = current.name if current is not None else ""
        sentence = words("CR_LETTER_WRITTEN", department=name, count=len(paths))
        WrittenDialog(words, sentence, words("CR_LETTER_NEXT"), paths, self).open()


def _nothing(_result: object) -> None:
    """The pages show what has changed when the catalogue is read again."""


def _urgency(query: QueryShown) -> int:
    order = {"contested": 0, "answered": 1, "open": 2, "closed": 3}
    return order[query.standing.state]


def _newest_at(summary: ReviewSummary) -> str:
    return summary.newest.received_at if summary.newest is not None else ""


def _count_column(title: str, state: str, tone: str) -> Column[ReviewSummary]:
    def number(summary: ReviewSummary) -> int:
        return {str(k): v for k, v in summary.queries.items()}.get(state, 0)

    def cell(summary: ReviewSummary) -> Cell:
        return Cell(wording.grouped(number(summary)), tone=tone if number(summary) else "")

    return Column(Heading(title, 72, right=True), cell, number)
