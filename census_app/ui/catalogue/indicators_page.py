"""The indicators: 三数一率 above; all figures, breakdowns, lights, dates and trend below. Numbers open their lists."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabWidget, QVBoxLayout, QWidget
from typing_extensions import override

from census_app.domain.indicators import HEADLINE
from census_app.reports.content import Printed
from census_app.services.indicator_lists import Listing
from census_app.services.measuring import EVERYTHING, Narrowed
from census_app.ui.catalogue.indicator_cards import IndicatorCard
from census_app.ui.catalogue.indicator_list_dialog import IndicatorListDialog, ask_file
from census_app.ui.catalogue.indicator_progress import LightsTab, MilestonesTab, TrendTab
from census_app.ui.catalogue.indicator_tabs import BreakdownTab, FiguresTab, Table
from census_app.ui.catalogue.indicators_session import IndicatorDesk
from census_app.ui.catalogue.session import CatalogueSession, CatalogueState
from census_app.ui.catalogue.writing import writes
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.preview.dialog import show_preview
from census_app.ui.shell import page
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

FIGURES, BREAKDOWN, LIGHTS, MILESTONES, TREND = range(5)
_EMPTY, _SHOWN = range(2)
_TABS: Final = ("FIGURES", "BREAKDOWN", "LIGHTS", "MILESTONES", "TREND")


class IndicatorsPage(QWidget):
    """Everything that is measured.

    Signals:
        record_wanted: the `Owner`.
        department_opened: code.
        receive_wanted: Nothing was delivered yet, and the person wants to receive.
        notice: What was done.
    """

    record_wanted = Signal(object)
    department_opened = Signal(str)
    receive_wanted = Signal()
    notice = Signal(str)

    def __init__(self, session: CatalogueSession, words: Words, preferences: Preferences) -> None:
        super().__init__()
        self._session, self._words, self._preferences = session, words, preferences
        self.desk = IndicatorDesk(session, self)
        self.cards = [IndicatorCard(each, words) for each in HEADLINE]
        self.figures = FiguresTab(words)
        self.breakdown = BreakdownTab(self.desk, words)
        self.lights = LightsTab(words)
        self.milestones = MilestonesTab(words)
        self.trend = TrendTab(self.desk, words)
        self.tabs = QTabWidget()
        self.compare = QuietCombo()
        self.list: IndicatorListDialog | None = None
        self._stale = True
        self._save = page.button(words("CI_SAVE"), self._on_save, symbol=Icon.EXPORT)
        self._print = page.button(words("CI_PRINT"), self._on_print, "primary", Icon.PRINT)
        self.head = page.PageHead(words("CI_TITLE"), [self.compare, self._save, self._print])
        self._stack = QStackedWidget()
        self._wanted = ""
        self._build()
        self._connect()

    # -- what the window and tests use -----------------------------------------------------------------------------

    def open_list(self, indicator: str, part: Narrowed = EVERYTHING, narrowed: str = "") -> None:
        """Open the list behind a figure; before the first count it opens once that is done."""
        if self.desk.board is None:
            self._wanted = indicator
            return

        def done(listing: Listing) -> None:
            self.list = IndicatorListDialog(
                self.desk, listing, self._words, self._preferences, self, narrowed
            )
            self.list.record_wanted.connect(self.record_wanted)
            self.list.department_wanted.connect(self.department_opened)
            self.list.open()

        self.desk.listing(indicator, self, done, part)

    def save_to(self, path: Path) -> None:
        """Write the table of the tab that is shown."""
        name = self._words(f"CI_TAB_{_TABS[self.tabs.currentIndex()]}")

        def done(rows: int) -> None:
            self.notice.emit(self._words("IND_SAVED", path=path.name, rows=rows))

        self.desk.save_table(path, name, self._table(), self, done)

    # -- building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        words = self._words
        self.compare.setAccessibleName(words("CI_COMPARE"))
        self.compare.setMinimumWidth(150)
        cards = QHBoxLayout()
        cards.setSpacing(12)
        for card in self.cards:
            cards.addWidget(card, 1)
        self.tabs.setAccessibleName(words("CI_TABS"))
        self.tabs.tabBar().setAccessibleName(words("CI_TABS"))
        parts = (self.figures, self.breakdown, self.lights, self.milestones, self.trend)
        for widget, code in zip(parts, _TABS, strict=True):
            self.tabs.addTab(widget, words(f"CI_TAB_{code}"))
        shown = QWidget()
        inner = QVBoxLayout(shown)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(12)
        inner.addLayout(cards)
        inner.addWidget(self.tabs, 1)
        self._stack.addWidget(
            writes(
                page.EmptyState(
                    words("CI_EMPTY"),
                    [(words("CAT_RECEIVE"), self.receive_wanted.emit)],
                    Icon.CHART,
                    words("CI_EMPTY_TIP"),
                )
            )
        )
        self._stack.addWidget(shown)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.head)
        column.addWidget(self._stack, 1)

    def _connect(self) -> None:
        self._session.loaded.connect(self._on_loaded)
        self.desk.board_changed.connect(self._on_board)
        for card in self.cards:
            card.opened.connect(self.open_list)
        for part in (self.figures, self.breakdown, self.lights, self.milestones):
            part.opened.connect(self.open_list)
        self.lights.department_opened.connect(self.department_opened)
        self.milestones.department_opened.connect(self.department_opened)
        self.compare.activated.connect(self._on_compare)

    # -- events ----------------------------------------------------------------------------------------------------

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        state = self._session.state
        if self._stale and state is not None:
            self._on_loaded(state)

    def _on_loaded(self, state: CatalogueState) -> None:
        self._stale = not self.isVisible()
        if self._stale:
            return  # nobody waits for figures that nobody sees
        some = any(package.state == "merged" for package in state.packages)
        self._stack.setCurrentIndex(_SHOWN if some else _EMPTY)
        if some and self.desk.board is None:
            self.head.set_note(self._words("CI_COUNTING"))
        for action in (self.compare, self._save, self._print):
            action.setEnabled(some)
        self.trend.forget()
        self.desk.refresh(state)

    def _fill_sides(self) -> None:
        """Offer the earlier rounds and the days on which something arrived; what is compared with stays chosen."""
        words, chosen = self._words, self.compare.currentData()
        days, rounds = self.desk.days, self.desk.rounds
        self.compare.clear()
        self.compare.addItem(words("CI_COMPARE_NOT"), "")
        for number in reversed(rounds):
            self.compare.addItem(words("CI_COMPARE_ROUND", number=number), number)
        for day in reversed(days):
            self.compare.addItem(words("CI_COMPARE_WITH", day=day), day)
        kept = chosen if self.desk.earlier is not None else ""
        self.compare.setCurrentIndex(max(0, self.compare.findData(kept)))
        self.compare.setEnabled(bool(days or rounds))
        self.compare.setToolTip("" if days or rounds else words("CI_COMPARE_NONE"))

    def _on_board(self) -> None:
        board, earlier = self.desk.board, self.desk.earlier
        if board is None:
            return
        wanted, self._wanted = self._wanted, ""
        if wanted:
            self.open_list(wanted)
        self._fill_sides()
        for card in self.cards:
            card.show_board(board, earlier)
        self.figures.show_board(board, earlier)
        self.breakdown.show_board()
        self.lights.show_board(board)
        self.milestones.show_standings(self.desk.milestones)
        received, expected = (
            board.text(f"departments_{each}") for each in ("received", "expected")
        )
        self.head.set_note(
            self._words("CI_NOTE", day=board.as_of, received=received, expected=expected)
        )

    def _on_compare(self) -> None:
        day = str(self.compare.currentData() or "")
        self.desk.compare(day, self, self._words("CI_COMPARING"))

    def _table(self) -> Table:
        parts = (self.figures, self.breakdown, self.lights, self.milestones, self.trend)
        return parts[self.tabs.currentIndex()].saved()

    def _on_save(self) -> None:
        if not self._table()[1]:
            self.notice.emit(self._words("CI_NOTHING_TO_SAVE"))
            return
        stem = self._words(f"CI_TAB_{_TABS[self.tabs.currentIndex()]}")
        path = ask_file(self, stem, self._words, self._preferences)
        if path is not None:
            self.save_to(path)

    def _on_print(self) -> None:
        def done(printed: Printed) -> None:
            title = self._words("IND_PRINT_TITLE")
            show_preview(self, printed, title, f"{title}.pdf", self._words)

        self.desk.paper(self, done, self._words("CAT_MAKING_REPORT"))
