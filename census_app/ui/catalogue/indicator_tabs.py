"""Two parts of the page of indicators: all figures, and a breakdown with its chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QSplitter,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.diagnostics import wording
from census_app.domain.indicators import DEFINITIONS, GROUPS, ROLES, Definition
from census_app.formspec.model import FormSet
from census_app.services.breaking_down import Line, coded_fields, dated_fields, ways
from census_app.services.indicator_lists import breakdown_heads, breakdown_rows
from census_app.services.measuring import EVERYTHING, Board
from census_app.services.trends import change_text
from census_app.ui.catalogue.chart_view import ChartView
from census_app.ui.catalogue.indicators_session import BreakdownShown, IndicatorDesk
from census_app.ui.catalogue.tables import Column, SortableTable, head_width
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.models.text_table import Cell, Heading, TextTableModel, text_table
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

Table = tuple[Sequence[str], Sequence[Sequence[str]]]
"""Heads and rows, as they are saved."""


@dataclass(frozen=True, slots=True)
class _Row:
    definition: Definition
    board: Board
    earlier: Board | None


class FiguresTab(QWidget):
    """All figures by group.

    Signals:
        opened: id of an indicator, `Narrowed`, and in words what it is narrowed to.
    """

    opened = Signal(str, object, str)

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._rows: list[_Row] = []
        self.group = QuietCombo()
        self.group.setAccessibleName(words("CI_GROUP"))
        self.group.addItem(words("CI_ALL_GROUPS"), "")
        for each in GROUPS:
            self.group.addItem(words(f"IND_GROUP_{each}"), each)
        self.table: SortableTable[_Row] = SortableTable(
            self._columns(), lambda r: r.definition.id, words("CI_TAB_FIGURES")
        )
        self.open = page.button(words("CI_OPEN"), self._on_button, "small", Icon.LIST)
        line = QHBoxLayout()
        line.setContentsMargins(0, 4, 0, 0)
        line.addWidget(self.group)
        line.addStretch(1)
        line.addWidget(self.open)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(8)
        column.addLayout(line)
        column.addWidget(self.table, 1)
        self.group.currentIndexChanged.connect(self._fill)
        self.table.opened.connect(self._on_opened)

    def show_board(self, board: Board, earlier: Board | None) -> None:
        """Show other figures."""
        self._rows = [_Row(each, board, earlier) for each in DEFINITIONS]
        for number in (4, 5):
            self.table.view.setColumnHidden(number, earlier is None)
        self._fill()

    def saved(self) -> Table:
        """Return what is shown."""
        words = self._words
        codes = ["GROUP", "FIGURE", "VALUE", "UNIT", "BEFORE", "CHANGE", "HOW"]
        heads = [words(f"IND_HEAD_{code}") for code in codes]
        return heads, [
            (self._group(r), self._label(r), r.board.text(r.definition.id), self._unit(r),
             self._before(r), self._change(r), words(f"IND_{r.definition.id}_HOW"))
            for r in self._shown()
        ]  # fmt: skip

    def _shown(self) -> list[_Row]:
        group = self.group.currentData()
        return [r for r in self._rows if not group or r.definition.group == group]

    def _fill(self) -> None:
        self.table.show_rows(self._shown())
        self.table.choose_first()

    def _columns(self) -> list[Column[_Row]]:
        words, order = self._words, {each.id: n for n, each in enumerate(DEFINITIONS)}

        def place(row: _Row) -> int:
            return order[row.definition.id]

        def how(row: _Row) -> str:
            return words(f"IND_{row.definition.id}_HOW")

        return [
            Column(Heading(words("IND_HEAD_GROUP"), 150), self._group, place),
            Column(Heading(words("IND_HEAD_FIGURE"), 220), self._label, self._label),
            Column(Heading(words("IND_HEAD_VALUE"), 110, right=True), self._value, self._size),
            Column(Heading(words("IND_HEAD_UNIT"), 104), self._unit, self._unit),
            Column(Heading(words("IND_HEAD_BEFORE"), 100, right=True), self._before, self._before),
            Column(Heading(words("IND_HEAD_CHANGE"), 90, right=True), self._change, self._change),
            Column(Heading(words("IND_HEAD_HOW")), how, place),
        ]

    def _group(self, row: _Row) -> str:
        return self._words(f"IND_GROUP_{row.definition.group}")

    def _label(self, row: _Row) -> str:
        return self._words(f"IND_{row.definition.id}")

    def _value(self, row: _Row) -> Cell:
        undone = row.definition.open and row.definition.number(row.board.counts) > 0
        text = wording.in_groups(row.board.text(row.definition.id))
        return Cell(text, tone="warn" if undone else "")

    @staticmethod
    def _size(row: _Row) -> int:
        return row.definition.number(row.board.counts)

    def _unit(self, row: _Row) -> str:
        return self._words(f"IND_UNIT_{row.definition.unit}").strip()

    def _before(self, row: _Row) -> str:
        text = row.earlier.text(row.definition.id) if row.earlier is not None else ""
        return wording.in_groups(text)

    @staticmethod
    def _change(row: _Row) -> str:
        earlier = row.earlier
        return change_text(row.definition.id, earlier, row.board) if earlier is not None else ""

    def _on_button(self) -> None:
        current = self.table.current()
        if current is not None:
            self._on_opened(current)

    def _on_opened(self, row: _Row) -> None:
        self.opened.emit(row.definition.id, EVERYTHING, "")


class BreakdownTab(QWidget):
    """A breakdown at the left, its chart at the right.

    Signals:
        opened: id of an indicator, `Narrowed`, and in words what it is narrowed to.
    """

    opened = Signal(str, object, str)

    def __init__(self, desk: IndicatorDesk, words: Words) -> None:
        super().__init__()
        self._desk, self._words = desk, words
        self._shown: BreakdownShown | None = None
        self._stale = True
        self.by = ways_combo(desk.session.form_set, words)
        self.model = TextTableModel([], self)
        self.view = text_table(self.model, words("CI_TAB_BREAKDOWN"))
        self.chart = ChartView(words("CI_CHART"))
        self.open = page.button(words("CI_OPEN"), self._on_button, "small", Icon.LIST)
        line = QHBoxLayout()
        line.setContentsMargins(0, 4, 0, 0)
        line.addWidget(self.by)
        line.addWidget(page.label(words("CI_CELL_TIP"), "hint"), 1)
        line.addWidget(self.open)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        split.addWidget(self.view)
        split.addWidget(self.chart)
        split.setSizes([690, 400])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(8)
        column.addLayout(line)
        column.addWidget(split, 1)
        self.by.currentIndexChanged.connect(self.reload)
        self.view.activated.connect(self._on_activated)
        self.view.doubleClicked.connect(self._on_activated)

    def show_board(self) -> None:
        """Break the other board down, now or when it is looked at."""
        self._stale = True
        if self.isVisible():
            self.reload()

    def reload(self) -> None:
        """Break the board down anew."""
        self._stale = False
        self._desk.break_down(str(self.by.currentData()), self, self._on_shown)

    def saved(self) -> Table:
        """Return what is shown."""
        if self._shown is None:
            return (), ()
        found = self._shown.breakdown
        return breakdown_heads(found, found.shown, self._words.language), breakdown_rows(
            found, found.shown
        )

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self.reload()

    def _on_shown(self, shown: BreakdownShown) -> None:
        self._shown = shown
        found, words = shown.breakdown, self._words
        heads = breakdown_heads(found, found.shown, words.language)
        headings = [
            Heading(title, 200 if not n else head_width(title, 80), right=n > 0)
            for n, title in enumerate(heads)
        ]
        self.model.show_headings(headings)
        rows = [
            [row[0], *(wording.in_groups(text) for text in row[1:])]
            for row in breakdown_rows(found, found.shown)
        ]
        self.model.show_rows(rows, found.lines)
        for number, heading in enumerate(headings):
            self.view.setColumnWidth(number, heading.width)
        self.chart.show_svg(shown.chart)
        if rows:
            self.view.setCurrentIndex(self.model.index(0, 1))

    def _on_button(self) -> None:
        index = self.view.currentIndex()
        if index.isValid():
            self._on_activated(index)

    def _on_activated(self, index: QModelIndex) -> None:
        if self._shown is None:
            return
        found = self._shown.breakdown
        line: Line = found.lines[index.row()]
        indicator = found.shown[max(0, index.column() - 1)]
        self.opened.emit(indicator, line.part, line.label)


def ways_combo(form_set: FormSet, words: Words) -> QComboBox:
    """Return the choice of breakdowns: those with names of their own, every coded question, every date."""
    combo = QuietCombo()
    combo.setAccessibleName(words("CI_BY"))
    for way in ways(form_set):
        combo.addItem(words(f"IND_BY_{way}"), way)
    combo.insertSeparator(combo.count())
    for subject, field in coded_fields(form_set):
        form = form_set.by_role(ROLES[subject])[0]
        label = f"{form.label.get(words.language)} · {field.label.get(words.language)}"
        combo.addItem(label, f"{form.id}.{field.id}")
    combo.insertSeparator(combo.count())
    for subject, field in dated_fields(form_set):
        form = form_set.by_role(ROLES[subject])[0]
        year = words("IND_YEAR_OF", field=field.label.get(words.language))
        combo.addItem(f"{form.label.get(words.language)} · {year}", f"{form.id}.{field.id}")
    combo.setMinimumWidth(240)
    combo.setMaxVisibleItems(18)
    return combo
