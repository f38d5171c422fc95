"""The overview: 三数一率, and how far each department is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from census_app.diagnostics import wording
from census_app.domain.indicators import HEADLINE
from census_app.formspec.model import Milestone
from census_app.services.counting import Figure
from census_app.services.expecting import missing_from
from census_app.services.measuring import hands_up
from census_app.services.ports import ListQuery, PackageFacts, RosterEntry
from census_app.ui.catalogue.deadlines import delivery_date, everybody, next_milestone, punctuality
from census_app.ui.catalogue.errand_card import ErrandCard, errands
from census_app.ui.catalogue.review_session import ReviewDesk
from census_app.ui.catalogue.session import CatalogueSession, CatalogueState
from census_app.ui.catalogue.standing import Standing, department_standing
from census_app.ui.catalogue.tables import Column, SortableTable
from census_app.ui.catalogue.writing import writes
from census_app.ui.models.text_table import Cell, Heading
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


class FigureCard(page.Card):
    """One figure with its name, what it is made of, and the way to the list behind it.

    Signals:
        opened: id of the indicator.
    """

    opened = Signal(str)

    def __init__(self, indicator: str, words: Words) -> None:
        super().__init__(margin=12)
        self._words = words
        self._indicator = indicator
        self.body.setSpacing(2)
        head = QHBoxLayout()
        head.setSpacing(4)
        self._name = page.label(words(f"IND_{indicator}"), "label")
        self._open = page.button(words("CAT_FIGURE_OPEN"), self._on_open, "link")
        head.addWidget(self._name, 1)
        head.addWidget(self._open)
        self._value = page.label("—", "figure")
        self._note = page.label(words("UI_READING"), "hint", wrap=True)
        self.body.addLayout(head)
        self.body.addWidget(self._value)
        self.body.addWidget(self._note)
        self.body.addStretch(1)

    def show_figure(self, figure: Figure) -> None:
        """Show a figure."""
        label = figure.label(self._words.language)
        self._name.setText(label)
        self._value.setText(wording.in_groups(figure.value))
        note = figure.note(self._words.language)
        self._note.setText(note)
        self._note.setToolTip(note)
        self._open.setAccessibleName(self._words("CAT_FIGURE_OPEN_NAME", figure=label))

    def _on_open(self) -> None:
        self.opened.emit(self._indicator)


class OverviewPage(QWidget):
    """Figures above, roster below.

    Signals:
        receive_wanted, print_wanted, enrol_wanted: The person wants to go there.
        indicator_opened: id of the indicator whose list is wanted.
        department_opened: code of the department.
        errand_opened: where something waits, see `errand_card.errands`.
        list_wanted: `ListQuery` of the records behind a number, and which number it is.
        warnings_wanted: code of the department whose errors and warnings are wanted.
    """

    errand_opened = Signal(str)
    receive_wanted = Signal()
    print_wanted = Signal()
    enrol_wanted = Signal()
    indicator_opened = Signal(str)
    department_opened = Signal(str)
    list_wanted = Signal(object, str)
    warnings_wanted = Signal(str)

    def __init__(self, session: CatalogueSession, desk: ReviewDesk, words: Words) -> None:
        super().__init__()
        self._session, self._desk, self._words = session, desk, words
        self._firsts: dict[str, PackageFacts] = {}
        self._unexplained: dict[str, int] = {}
        self._behind: dict[int, str] = {}
        self._deadline = 0
        self.errands = ErrandCard(words)
        self.errands.opened.connect(self.errand_opened)
        self._cards = [FigureCard(each.id, words) for each in HEADLINE]
        self.table = self._make_table()
        self.head = page.PageHead(words("CAT_OVERVIEW"), self._actions())
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(
            writes(
                page.EmptyState(
                    words("CAT_NO_DEPARTMENTS"),
                    [(words("CAT_ENROL"), self.enrol_wanted.emit)],
                    Icon.BUILDING,
                    words("CAT_NO_DEPARTMENTS_TIP"),
                )
            )
        )
        cards = QHBoxLayout()
        cards.setSpacing(12)
        for card in self._cards:
            cards.addWidget(card, 1)
            card.opened.connect(self.indicator_opened)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.head)
        column.addWidget(self.errands)
        column.addLayout(cards)
        column.addWidget(self._stack, 1)
        session.loaded.connect(self.show_state)
        session.refined.connect(self._show_figures)
        desk.board_changed.connect(self._show_errands)

    def show_state(self, state: CatalogueState) -> None:
        """Show the catalogue."""
        self._show_figures(state)
        self._firsts, self._unexplained = {}, {}
        merged = [package for package in state.packages if package.state == "merged"]
        for package in sorted(merged, key=lambda each: each.sequence):
            self._firsts.setdefault(package.department, package)
            self._unexplained[package.department] = package.unexplained
        rows = everybody(state.roster, state.expected)
        self.table.show_rows(rows)
        self._stack.setCurrentIndex(0 if rows else 1)
        awaited = sum(not hands_up(entry) for entry in rows)
        note = self._words("CAT_RECEIVED_OF", received=state.received, total=awaited)
        due = next_milestone(self._session.store.form_set, self._session.clock.now().date())
        parts = [note if rows else "", self._due_text(due)]
        self.head.set_note("  ·  ".join(filter(None, parts)))
        self._show_errands()

    def _show_figures(self, state: CatalogueState) -> None:
        """Show the figures; of a full catalogue they come when the rest stands, and until then the former ones do."""
        if state.statistics is not None:
            for card, figure in zip(self._cards, state.statistics.headline, strict=True):
                card.show_figure(figure)

    def _show_errands(self) -> None:
        state = self._session.state
        if state is not None:
            undecided = sum(summary.undecided for summary in self._desk.board.values())
            rows = everybody(state.roster, state.expected)
            late = sum(self._punctuality(entry).tone == "bad" for entry in rows)
            missing = len(missing_from(state.expected, {e.code: e.name for e in state.roster}))
            unreviewed = sum(
                summary.newest is not None and not summary.verdict
                for summary in self._desk.board.values()
            )
            found = errands(state, self._desk.answered, undecided, late, missing, unreviewed)
            self.errands.show_errands(found, complete=self._desk.complete)

    def show_late(self) -> None:
        """Put the departments whose day is over on top."""
        self.table.sort_by(self._deadline)
        self.table.view.setFocus()

    def _due_text(self, milestone: Milestone | None) -> str:
        if milestone is None:
            return ""
        days = (dt.date.fromisoformat(milestone.due) - self._session.clock.now().date()).days
        return self._words("CAT_DUE", day=milestone.due[5:], days=days)

    def _actions(self) -> list[QWidget]:
        words = self._words
        return [
            page.button(words("CAT_PRINT_SUMMARY"), self.print_wanted.emit, symbol=Icon.PRINT),
            writes(
                page.button(words("CAT_RECEIVE"), self.receive_wanted.emit, "primary", Icon.INBOX)
            ),
        ]

    def _make_table(self) -> SortableTable[RosterEntry]:
        table = SortableTable(self._columns(), _code_of, self._words("CAT_ROSTER"))
        table.opened.connect(self._on_opened)
        table.cell_clicked.connect(self._on_cell)
        return table

    def _columns(self) -> Sequence[Column[RosterEntry]]:
        words, form_set = self._words, self._session.form_set
        columns: list[Column[RosterEntry]] = [
            Column(Heading(words("CAT_COL_DEPARTMENT")), lambda e: e.name, lambda e: e.name),
            Column(
                Heading(words("CAT_COL_STATE"), 168),
                lambda e: department_standing(e, words).cell(),
                lambda e: department_standing(e, words).rank,
            ),
        ]
        self._deadline = len(columns)
        columns.append(
            Column(
                Heading(words("CC_DEADLINE"), 124),
                lambda e: self._punctuality(e).cell(),
                lambda e: self._punctuality(e).rank,
            )
        )
        for role in ("system_name", "resource_name", "item_name"):
            form = form_set.by_role(role)[0]
            self._behind[len(columns)] = form.id
            columns.append(_count_column(form.id, words(f"CAT_COL_{role}"), words))
        self._behind |= {len(columns): "", len(columns) + 1: ""}
        columns += [
            Column(
                Heading(words("CAT_COL_ERRORS"), 76, right=True),
                lambda e: _weight(e, e.errors, e.errors, "bad", words),
                lambda e: e.errors,
            ),
            Column(
                Heading(words("CAT_COL_WARNINGS"), 84, right=True),
                lambda e: _weight(
                    e, e.warnings, self._unexplained.get(e.code, e.warnings), "warn", words
                ),
                lambda e: e.warnings,
            ),
            Column(
                Heading(words("CAT_COL_LAST"), 112),
                lambda e: words.moment(e.last_received) or "—",
                lambda e: e.last_received,
            ),
        ]
        return columns

    def _punctuality(self, entry: RosterEntry) -> Standing:
        today = self._session.clock.now().date()
        due = delivery_date(self._session.store.form_set)
        return punctuality(entry, self._firsts.get(entry.code), due, today, self._words)

    def _on_cell(self, entry: RosterEntry, column: int) -> None:
        """Open what stands behind a number."""
        form = self._behind.get(column)
        if form is None or not entry.head_sequence:
            return
        if not form:
            self.warnings_wanted.emit(entry.code)
        elif entry.counts.get(form):
            self.list_wanted.emit(ListQuery(form=form, department=entry.code), entry.name)

    def _on_opened(self, entry: RosterEntry) -> None:
        self.department_opened.emit(entry.code)


def _code_of(entry: RosterEntry) -> str:
    return entry.code


def _count_column(form: str, title: str, words: Words) -> Column[RosterEntry]:
    def cell(entry: RosterEntry) -> Cell | str:
        if not entry.head_sequence:
            return "—"
        number = entry.counts.get(form, 0)
        return Cell(words.count(number), tone="accent" if number else "")

    return Column(Heading(title, 84, right=True), cell, lambda e: e.counts.get(form, 0))


def _weight(entry: RosterEntry, number: int, open_ones: int, tone: str, words: Words) -> Cell | str:
    """Return a number of findings; it is coloured while some of them want something of somebody."""
    if not entry.head_sequence:
        return "—"
    return Cell(words.count(number), tone=tone if open_ones else "")
