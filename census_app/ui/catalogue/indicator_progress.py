"""Three parts of the page of indicators: the three lights, the dates with who is late, the trend."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QLabel,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from census_app.diagnostics import wording
from census_app.domain.indicators import BY_ID, DEFINITIONS
from census_app.services.indicator_lists import state_text
from census_app.services.measuring import LIGHTS, Board, DepartmentMeasured, Narrowed
from census_app.services.milestones import MISSING, UNSAID, Late, MilestoneStanding
from census_app.services.trends import point_text
from census_app.ui.catalogue.chart_view import ChartView
from census_app.ui.catalogue.indicator_tabs import Table
from census_app.ui.catalogue.indicators_session import IndicatorDesk, TrendShown
from census_app.ui.catalogue.tables import Column, SortableTable
from census_app.ui.models.text_table import Cell, Heading, TextTableModel, text_table
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

_LIGHT: Final = {
    True: ("IND_LIGHT_on", Icon.CHECK, "good"),
    False: ("IND_LIGHT_off", Icon.ERROR, "bad"),
    None: ("IND_LIGHT_none", None, ""),
}


class LightsTab(QWidget):
    """网络通, 数据通, 应用通 by department.

    Signals:
        opened: id of an indicator, `Narrowed`, and in words what it is narrowed to.
        department_opened: code.
    """

    opened = Signal(str, object, str)
    department_opened = Signal(str)

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._board: Board | None = None
        self.summary = page.label("", "hint", wrap=True)
        self.table: SortableTable[DepartmentMeasured] = SortableTable(
            self._columns(), lambda d: d.code, words("CI_TAB_LIGHTS")
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.summary)
        column.addWidget(self.table, 1)
        self.table.view.doubleClicked.connect(self._on_cell)

    def show_board(self, board: Board) -> None:
        """Show other lights."""
        self._board = board
        parts = [
            f"{self._words(f'IND_{each}')} {board.counts[each]}" for each in (*LIGHTS, "lights_all")
        ]
        total = board.counts["departments_expected"]
        self.summary.setText(self._words("CI_LIGHTS", lights=" · ".join(parts), total=total))
        self.table.show_rows(board.departments)

    def saved(self) -> Table:
        """Return what is shown."""
        heads = [heading.title for heading in self.table.model.headings]
        rows = [
            [
                each.name,
                state_text(each, self._words.language),
                *(self._words(_LIGHT[light][0]) for light in each.lights),
                *(_why(each, name) for name in _WHY),
            ]
            for each in (self._board.departments if self._board is not None else ())
        ]
        return heads, rows

    def _columns(self) -> list[Column[DepartmentMeasured]]:
        words = self._words

        def light(number: int) -> Column[DepartmentMeasured]:
            def cell(department: DepartmentMeasured) -> Cell:
                code, symbol, tone = _LIGHT[department.lights[number]]
                return Cell(words(code), symbol, tone)

            heading = Heading(words(f"IND_{LIGHTS[number]}"), 110)
            return Column(heading, cell, lambda d: {True: 2, False: 0, None: 1}[d.lights[number]])

        def why(indicator: str) -> Column[DepartmentMeasured]:
            heading = Heading(words(f"IND_{indicator}"), 120, right=True)
            return Column(
                heading, lambda d: _why(d, indicator), lambda d: d.counts.get(indicator, 0)
            )

        return [
            Column(Heading(words("IND_HEAD_DEPARTMENT")), lambda d: d.name, lambda d: d.name),
            Column(
                Heading(words("IND_HEAD_STATE"), 110),
                lambda d: state_text(d, words.language),
                lambda d: state_text(d, words.language),
            ),
            *(light(number) for number in range(len(LIGHTS))),
            *(why(indicator) for indicator in _WHY),
        ]

    def _on_cell(self, index: QModelIndex) -> None:
        department = self.table.current()
        if department is None:
            return
        which = index.column() - 2
        lists = ("off_network", "must_connect", "joint_running", *_WHY)
        if not 0 <= which < len(lists):
            self.department_opened.emit(department.code)
            return
        part = Narrowed(departments=(department.code,))
        self.opened.emit(lists[which], part, department.name)


_WHY: Final = ("off_network", "connection_rate", "joint_running")
"""What the lights are judged by, beside them."""


def _why(department: DepartmentMeasured, indicator: str) -> str:
    return wording.in_groups(BY_ID[indicator].text(department.counts))


class MilestonesTab(QWidget):
    """The dates above; below who has not done what is due by the chosen one, and what is left.

    Signals:
        opened: id of an indicator, `Narrowed`, and in words what it is narrowed to.
        department_opened: code.
    """

    opened = Signal(str, object, str)
    department_opened = Signal(str)

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._standings: tuple[MilestoneStanding, ...] = ()
        self.table: SortableTable[MilestoneStanding] = SortableTable(
            self._columns(), lambda m: m.milestone.id, words("CI_TAB_MILESTONES")
        )
        self.who = page.label("", "section", wrap=True)
        self.late: SortableTable[Late] = SortableTable(
            [
                Column(
                    Heading(words("IND_HEAD_DEPARTMENT"), 280),
                    lambda x: x.department.name,
                    lambda x: x.department.name,
                ),
                Column(
                    Heading(words("IND_HEAD_WHY")),
                    self._reasons,
                    lambda x: sum(number for _indicator, number in x.reasons),
                ),
            ],
            lambda x: x.department.code,
            words("IND_HEAD_LATE"),
        )
        below = QWidget()
        inner = QVBoxLayout(below)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(8)
        inner.addWidget(self.who)
        inner.addWidget(self.late, 1)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        split.addWidget(self.table)
        split.addWidget(below)
        split.setSizes([260, 200])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.addWidget(split)
        self.table.chosen.connect(self._on_chosen)
        self.late.opened.connect(self._on_late)

    def show_standings(self, standings: tuple[MilestoneStanding, ...]) -> None:
        """Show other dates."""
        self._standings = standings
        self.table.show_rows(standings)
        first = next((s for s in standings if s.open), None)
        if self.table.current() is None and first is not None:
            self.table.choose(first.milestone.id)
        self.table.choose_first()
        current = self.table.current()
        if current is not None:
            self._on_chosen(current)

    def saved(self) -> Table:
        """Return every date with who is open, a row each."""
        words, language = self._words, self._words.language
        codes = ("MILESTONE", "DUE", "LEAD", "DONE", "LATE", "WHY")
        rows = []
        for each in self._standings:
            head = [
                each.milestone.label.get(language),
                each.milestone.due,
                each.milestone.lead.get(language),
                self._done(each),
            ]
            rows += [[*head, x.department.name, self._reasons(x)] for x in each.open] or [
                [*head, "", ""]
            ]
        return [words(f"IND_HEAD_{code}") for code in codes], rows

    def _columns(self) -> list[Column[MilestoneStanding]]:
        words, language = self._words, self._words.language
        return [
            Column(
                Heading(words("IND_HEAD_MILESTONE")),
                lambda m: m.milestone.label.get(language),
                lambda m: m.milestone.label.get(language),
            ),
            Column(
                Heading(words("IND_HEAD_LEAD"), 200),
                lambda m: m.milestone.lead.get(language),
                lambda m: m.milestone.lead.get(language),
            ),
            Column(Heading(words("IND_HEAD_DUE"), 150), self._due, lambda m: m.milestone.due),
            Column(Heading(words("IND_HEAD_DONE"), 90, right=True), self._done, lambda m: m.done),
            Column(
                Heading(words("IND_HEAD_LATE"), 100, right=True), self._open, lambda m: len(m.open)
            ),
        ]

    def _due(self, each: MilestoneStanding) -> Cell:
        past = self._words("IND_MILESTONE_PAST" if each.past else "IND_MILESTONE_COMING")
        late = each.past and bool(each.open)
        return Cell(f"{each.milestone.due}  {past}", tone="bad" if late else "")

    @staticmethod
    def _done(each: MilestoneStanding) -> str:
        return f"{each.done} / {each.concerned}" if each.concerned else "—"

    @staticmethod
    def _open(each: MilestoneStanding) -> Cell | str:
        if not each.concerned:
            return "—"
        tone = ("bad" if each.past else "warn") if each.open else ""
        return Cell(wording.grouped(len(each.open)), tone=tone)

    def _reasons(self, late: Late) -> str:
        words = self._words
        if late.reasons[0][0] == MISSING:
            return words("IND_STATE_missing")
        if late.reasons[0][0] == UNSAID:
            return words(f"IND_{UNSAID}")
        joint = "；" if words.language == "zh" else "; "
        return joint.join(
            words("IND_WHY", label=words(f"IND_{name}"), number=number)
            for name, number in late.reasons
        )

    def _on_chosen(self, each: MilestoneStanding) -> None:
        words = self._words
        label = each.milestone.label.get(words.language)
        if not each.measured:
            self.who.setText(words("CI_NOT_MEASURED", milestone=label))
        elif not each.concerned:
            self.who.setText(words("CI_NOBODY_ASKED", milestone=label))
        elif each.open:
            code = "CI_LATE" if each.past else "CI_NOT_YET"
            self.who.setText(words(code, milestone=label, count=len(each.open)))
        else:
            self.who.setText(words("CI_ALL_DONE", milestone=label))
        self.late.show_rows(each.open)

    def _on_late(self, late: Late) -> None:
        indicator = late.reasons[0][0]
        if indicator in {MISSING, UNSAID}:
            self.department_opened.emit(late.department.code)
            return
        part = Narrowed(departments=(late.department.code,))
        self.opened.emit(indicator, part, late.department.name)


class TrendTab(QWidget):
    """The figures from date to date, made when it is asked for: the catalogue is put together as it stood."""

    def __init__(self, desk: IndicatorDesk, words: Words) -> None:
        super().__init__()
        self._desk, self._words = desk, words
        self._shown: TrendShown | None = None
        self._empty: QLabel
        self.model = TextTableModel([], self)
        self.view = text_table(self.model, words("CI_TAB_TREND"))
        self.chart = ChartView(words("IND_CHART_TREND"))
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        split.addWidget(self.view)
        split.addWidget(self.chart)
        split.setSizes([620, 440])
        self.empty = page.EmptyState(
            words("CI_TREND_EMPTY"),
            [(words("CI_TREND_MAKE"), self.make)],
            Icon.HISTORY,
            words("CI_TREND_TIP"),
        )
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(split)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.addWidget(self.stack)

    def forget(self) -> None:
        """Show nothing: the catalogue has changed."""
        self._shown = None
        self.stack.setCurrentIndex(0)

    def make(self) -> None:
        """Measure the days on which submissions arrived."""
        self._desk.trend(self, self._on_shown, self._words("CI_TREND_MAKING"))

    def saved(self) -> Table:
        """Return what is shown."""
        if self._shown is None:
            return (), ()
        boards = self._shown.boards
        points = (point_text(board, self._words.language) for board in boards)
        heads = [self._words("IND_HEAD_FIGURE"), *points]
        return heads, [
            [self._words(f"IND_{each.id}"), *(board.text(each.id) for board in boards)]
            for each in DEFINITIONS
        ]

    def _on_shown(self, shown: TrendShown) -> None:
        self._shown = shown
        heads, rows = self.saved()
        self.model.show_headings(
            [Heading(title, 220 if not n else 104, right=n > 0) for n, title in enumerate(heads)]
        )
        self.model.show_rows(
            [[row[0], *(wording.in_groups(text) for text in row[1:])] for row in rows]
        )
        for number, heading in enumerate(self.model.headings):
            self.view.setColumnWidth(number, heading.width)
        self.chart.show_svg(shown.chart)
        self.stack.setCurrentIndex(1)
