"""What the page of indicators asks of the services; everything runs on the session's database thread.

Keeps the board that is shown, the one it is compared with, and those of a trend until the catalogue changes.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal

from census_app.domain.moments import day_of
from census_app.formats.table_files import write_table
from census_app.formspec.types import format_value
from census_app.reports.content import Printed
from census_app.services import breaking_down, indicator_lists, trends
from census_app.services.breaking_down import Breakdown
from census_app.services.indicator_charts import breakdown_chart, drawn, trend_chart
from census_app.services.indicator_lists import Listing
from census_app.services.indicator_sheets import print_indicators
from census_app.services.lookup import context_for, stamp
from census_app.services.measuring import EVERYTHING, Board, Narrowed, measure
from census_app.services.milestones import MilestoneStanding, milestones
from census_app.services.ports import CatalogueStore, ListQuery
from census_app.services.progress import Progress
from census_app.ui.catalogue.session import DEPARTMENT, CatalogueSession, CatalogueState
from census_app.ui.models.record_table import TableRow
from census_app.ui.shell.tasks import Failed, Task

CHART_WIDTH: Final = 360.0
"""Points; on the screen a chart is drawn larger."""


@dataclass(frozen=True, slots=True)
class BreakdownShown:
    """A breakdown with its chart as SVG; empty where nothing counts anything."""

    breakdown: Breakdown
    chart: bytes


@dataclass(frozen=True, slots=True)
class TrendShown:
    """The figures of some days, the newest last, with their chart."""

    boards: tuple[Board, ...]
    chart: bytes


_Measured = tuple[Board, tuple[MilestoneStanding, ...], list[str]]


class IndicatorDesk(QObject):
    """The services of indicators over one session.

    Signals:
        board_changed: Another board is there, or another one to compare it with.
    """

    board_changed = Signal()

    def __init__(self, session: CatalogueSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.board: Board | None = None
        self.earlier: Board | None = None
        self.milestones: tuple[MilestoneStanding, ...] = ()
        self.rounds: list[str] = []
        self._trend: tuple[str, TrendShown] | None = None
        self._digest = ""

    @property
    def language(self) -> str:
        """Language of the window."""
        return self.session.language

    @property
    def days(self) -> list[str]:
        """Days on which submissions arrived, before today."""
        state, today = self.session.state, self._today()
        packages = state.packages if state is not None else ()
        return [d for d in sorted({day_of(p.received_at) for p in packages}) if d < today]

    def _today(self) -> str:
        return day_of(stamp(self.session.clock.now()))

    # -- reading ---------------------------------------------------------------------------------------------------

    def refresh(self, state: CatalogueState) -> None:
        """Measure anew."""
        today = self._today()
        if state.facts.digest != self._digest:
            self._digest, self._trend, self.earlier = state.facts.digest, None, None

        def work(store: CatalogueStore, _progress: Progress) -> _Measured:
            board = measure(store, today)
            return board, milestones(store.form_set, board), trends.earlier_rounds(store)

        self.session.ask(work, self, self._on_board)

    def _on_board(self, found: _Measured) -> None:
        self.board, self.milestones, self.rounds = found
        self.board_changed.emit()

    def break_down(self, by: str, owner: QObject, done: Callable[[BreakdownShown], None]) -> None:
        """Break the board down and draw it."""
        board, language = self.board, self.language
        if board is None:
            return

        def work(store: CatalogueStore, _progress: Progress) -> BreakdownShown:
            found = breaking_down.break_down(store, board, by, language)
            chart = breakdown_chart(found, language)
            return BreakdownShown(found, drawn(chart, CHART_WIDTH) if chart is not None else b"")

        self.session.ask(work, owner, done)

    def compare(self, side: str, owner: QObject, title: str) -> None:
        """Compare with the catalogue as it stood at the end of a day or after a round; an empty side: with nothing."""
        if not side:
            self._on_earlier(None)
            return
        clock = self.session.clock

        def work(store: CatalogueStore, progress: Progress) -> Board:
            return trends.trend(store, [side], clock=clock, progress=progress)[0]

        self.session.ask(work, owner, self._on_earlier, title=title)

    def _on_earlier(self, earlier: Board | None) -> None:
        self.earlier = earlier
        self.board_changed.emit()

    def trend(self, owner: QObject, done: Callable[[TrendShown], None], title: str) -> None:
        """Measure the days on which submissions arrived."""
        board, language, clock, digest = self.board, self.language, self.session.clock, self._digest
        if board is None:
            return
        if self._trend is not None and self._trend[0] == digest:
            done(self._trend[1])
            return
        sides = [*trends.trend_days(self.days), *self.rounds]

        def work(store: CatalogueStore, progress: Progress) -> TrendShown:
            boards = [*trends.trend(store, sides, clock=clock, progress=progress), board]
            chart = trend_chart(boards, language)
            return TrendShown(
                tuple(boards), drawn(chart, CHART_WIDTH) if chart is not None else b""
            )

        def keep(shown: TrendShown) -> None:
            self._trend = (digest, shown)
            done(shown)

        self.session.ask(work, owner, keep, title=title)

    # -- the list behind a figure ----------------------------------------------------------------------------------

    def listing(
        self,
        indicator: str,
        owner: QObject,
        done: Callable[[Listing], None],
        part: Narrowed = EVERYTHING,
    ) -> None:
        """Find what stands behind a figure."""
        board, language = self.board, self.language
        if board is not None:
            self.session.ask(
                lambda store, _p: indicator_lists.list_behind(
                    store, board, indicator, language, part
                ),
                owner,
                done,
            )

    def rows(
        self,
        listing: Listing,
        keys: Sequence[int],
        owner: QObject,
        done: Callable[[list[TableRow]], None],
    ) -> None:
        """Read rows of a list in words."""
        board, language = self.board, self.language
        names = {d.code: d.name for d in board.departments} if board is not None else {}

        def work(store: CatalogueStore, _progress: Progress) -> list[TableRow]:
            form = store.form_set.form(listing.form)
            context = context_for(store, language)
            fields = [form.field_by_id(name) for name in (form.title, *listing.columns)]
            found = []
            for row in store.rows(form.id, keys, [f.id for f in fields]):
                beside = context.beside(row.values)
                texts = {f.id: format_value(row.values.get(f.id), f, beside) for f in fields}
                texts[DEPARTMENT] = names.get(row.department, row.department)
                found.append(TableRow(row.key, row.id, texts, department=row.department))
            return found

        self.session.ask(work, owner, done)

    def find(
        self, listing: Listing, text: str, owner: QObject, done: Callable[[array[int]], None]
    ) -> None:
        """Find the records of a list that hold a text."""

        def work(store: CatalogueStore, _progress: Progress) -> array[int]:
            found = set(store.keys(ListQuery(form=listing.form, search=text)))
            return array("q", (key for key in listing.keys if key in found))

        self.session.ask(work, owner, done)

    # -- files -----------------------------------------------------------------------------------------------------

    def save_listing(
        self, path: Path, listing: Listing, owner: QObject, done: Callable[[int], None], title: str
    ) -> Task | None:
        """Write a list as workbook or CSV."""
        board, language = self.board, self.language
        if board is None:
            return None
        return self.session.ask(
            lambda store, _p: indicator_lists.write_listing(path, store, board, listing, language),
            owner,
            done,
            title=title,
        )

    def save_table(
        self,
        path: Path,
        title: str,
        table: tuple[Sequence[str], Sequence[Sequence[str]]],
        owner: QObject,
        done: Callable[[int], None],
        failed: Failed | None = None,
    ) -> None:
        """Write a table that is on the screen, heads and rows."""
        heads, rows = table

        def work(_store: CatalogueStore, _progress: Progress) -> int:
            write_table(path, title, heads, rows, [32, *[16] * (len(heads) - 1)])
            return len(rows)

        self.session.ask(work, owner, done, failed)

    def paper(self, owner: QObject, done: Callable[[Printed], None], title: str) -> Task:
        """Make the printed pages, with the trend when it was looked at."""
        language, clock = self.language, self.session.clock
        earlier = self._trend[1].boards[:-1] if self._trend is not None else ()
        shown: str = "en" if language == "en" else "zh"
        return self.session.ask(
            lambda store, _p: print_indicators(
                store, "en" if shown == "en" else "zh", clock=clock, earlier=earlier
            ),
            owner,
            done,
            title=title,
        )
