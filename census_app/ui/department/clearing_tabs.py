"""The summaries of the clean-up: before and after, who must connect, whose money is at stake."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from census_app.domain import systems as domain
from census_app.domain.systems import Integration, SystemCase
from census_app.formspec.model import FormSet
from census_app.formspec.types import Context
from census_app.services.clearing import SystemsToClear
from census_app.ui.department.clearing_words import (
    arrows,
    choice_label,
    funding_since,
    money,
)
from census_app.ui.models.text_table import ROW_ROLE, Cell, Heading, TextTableModel, text_table
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


class FigureButton(QPushButton):
    """A figure with its label; pressing it opens the list behind it."""

    def __init__(self, label: str, words: Words) -> None:
        super().__init__()
        self._label, self._words = label, words
        self.ids: frozenset[str] = frozenset()
        theme.set_look(self, "figure-card")
        self.setAutoDefault(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(0)
        caption = page.label(label, "label")
        self._figure = page.label("0", "figure")
        self._note = page.label(" ", "hint")
        for part in (caption, self._figure, self._note):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            column.addWidget(part)

    def show_figure(self, value: int, ids: frozenset[str], note: str = "", look: str = "") -> None:
        """Show a figure; without systems behind it there is nothing to open."""
        self.ids = ids
        self._figure.setText(self._words.count(value))
        self._note.setText(note or " ")
        theme.set_look(self._note, look or "hint")
        self.setEnabled(bool(ids))
        self.setAccessibleName(
            self._words("JG_FIG_NAME", label=self._label, value=f"{value} {note}".strip())
        )


class OverviewTab(QWidget):
    """Before and after.

    Signals:
        group_wanted: ids of systems that shall be listed.
        system_wanted: id of one.
    """

    group_wanted = Signal(object)
    system_wanted = Signal(str)

    def __init__(self, context: Context, words: Words) -> None:
        super().__init__()
        self._context, self._words = context, words
        self.figures = {
            code: FigureButton(words(code), words)
            for code in (
                "JG_FIG_BEFORE", "JG_FIG_AFTER", "JG_FIG_DONE", "JG_FIG_ZOMBIES", "JG_FIG_OPEN",
                "JG_FIG_INNER",
            )
        }  # fmt: skip
        grid = QGridLayout()
        grid.setSpacing(8)
        for number, made in enumerate(self.figures.values()):
            made.clicked.connect(self._on_figure)
            grid.addWidget(made, 0, number)
            grid.setColumnStretch(number, 1)
        self._by_disposition = QHBoxLayout()
        self._by_disposition.setSpacing(6)
        self.model = TextTableModel(
            (
                Heading(words("JG_COL_TARGET"), 240),
                Heading(words("JG_COL_COUNT"), 64, right=True),
                Heading(words("JG_COL_SOURCES")),
                Heading(words("JG_COL_POINT")),
            ),
            self,
        )
        self.table = text_table(self.model, words("JG_WHO_MERGES"))
        self.table.activated.connect(self._on_activated)
        self._none = page.label(words("JG_NO_MERGES"), "text2")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(grid)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(page.label(words("JG_BY_DISPOSITION"), "text2"))
        row.addLayout(self._by_disposition)
        row.addStretch(1)
        column.addLayout(row)
        column.addSpacing(4)
        column.addWidget(page.label(words("JG_WHO_MERGES"), "section"))
        column.addWidget(self._none)
        column.addWidget(self.table, 1)
        self._filler = QWidget()
        column.addWidget(self._filler, 1)

    def show_systems(self, found: SystemsToClear) -> None:
        """Count anew."""
        words = self._words
        sums = domain.integration(found.cases, found.today)
        before, less = len(sums.before), len(sums.before) - sums.after
        percent = f"{100 * less / before:.1f}%" if before and less > 0 else ""
        notes = [words("JG_FIG_LESS", percent=percent)] if percent else []
        if sums.new_targets:
            notes.append(words("JG_FIG_NEW", count=len(sums.new_targets)))
        leaving = {
            c.id for code in (domain.MERGE, domain.CLEAR) for c in sums.by_disposition.get(code, ())
        }
        stay = [c for c in (*sums.before, *sums.new_targets) if c.id not in leaving]
        zombies = [c for c in found.cases if c.built and c.zombie]
        undecided = sums.by_disposition.get("", ())
        shown: tuple[tuple[str, int, Sequence[SystemCase], str, str], ...] = (
            ("JG_FIG_BEFORE", before, sums.before, "", ""),
            ("JG_FIG_AFTER", sums.after, stay, words.listed(notes), ""),
            ("JG_FIG_DONE", len(sums.done), sums.done, "", ""),
            ("JG_FIG_ZOMBIES", len(zombies), zombies, "", ""),
            ("JG_FIG_OPEN", len(undecided), undecided, "", ""),
            ("JG_FIG_INNER", len(sums.inner), sums.inner, "", ""),
        )
        for code, value, cases, note, look in shown:
            self.figures[code].show_figure(value, _ids(cases), note, look)
        self._show_dispositions(sums)
        self._show_merges(sums, found)

    def _show_dispositions(self, sums: Integration) -> None:
        while (item := self._by_disposition.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        _form, field = self._context.form_set.by_role("disposition")
        for choice in self._context.form_set.choice_lists[field.choices].choices:
            cases = sums.by_disposition.get(choice.code, ())
            label = choice_label(self._context, "disposition", choice.code)
            made = page.button(f"{label} {len(cases)}", self._on_chip, "chip")
            made.setProperty("ids", " ".join(case.id for case in cases))
            made.setEnabled(bool(cases))
            self._by_disposition.addWidget(made)

    def _show_merges(self, sums: Integration, found: SystemsToClear) -> None:
        known = {str(case.id): case for case in found.cases}
        rows, payload = [], []
        for target, sources in sums.merges.items():
            case = known[target]
            rows.append(
                (
                    case.name,
                    self._words.count(len(sources)),
                    self._words.listed(source.name for source in sources),
                    self._point(case, sums, known),
                )
            )
            payload.append(case.id)
        self.model.show_rows(rows, payload)
        self.table.setVisible(bool(rows))
        self._none.setVisible(not rows)
        self._filler.setVisible(not rows)

    def _point(
        self, target: SystemCase, sums: Integration, known: dict[str, SystemCase]
    ) -> Cell | str:
        words = self._words
        path = domain.path_of(target, known)
        for cycle in sums.cycles:
            if target.id in {c.id for c in cycle}:
                told = arrows((*cycle, cycle[0]))
                return Cell(words("JG_POINT_CYCLE", path=told), Icon.ERROR, "bad")
        if target.disposition == domain.CLEAR:
            return Cell(words("JG_POINT_CLEARED"), Icon.ERROR, "bad")
        if len(path) > 1:
            return Cell(words("JG_POINT_CHAIN", last=path[-1].name), Icon.ALERT, "warn")
        return words("JG_POINT_NEW") if not target.built else ""

    def _on_figure(self) -> None:
        sender = self.sender()
        if isinstance(sender, FigureButton):
            self.group_wanted.emit(sender.ids)

    def _on_chip(self) -> None:
        sender = self.sender()
        if sender is not None:
            self.group_wanted.emit(frozenset(str(sender.property("ids")).split()))

    def _on_activated(self, index: QModelIndex) -> None:
        self.system_wanted.emit(str(index.data(ROW_ROLE)))


class _ListTab(QWidget):
    """A sentence above a table of systems, or the empty state.

    Signals:
        system_wanted: id of a system.
    """

    system_wanted = Signal(str)

    def __init__(self, words: Words, headings: Sequence[Heading], name: str, empty: str) -> None:
        super().__init__()
        self._words = words
        self.lead: QLabel = page.label("", wrap=True)
        self.extra: QLabel = page.label("", "said-warn", wrap=True)
        self.model = TextTableModel(headings, self)
        self.table: QTableView = text_table(self.model, words(name))
        self.table.setToolTip(words("JG_GO_HINT"))
        self.table.activated.connect(self._on_activated)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.lead)
        column.addWidget(self.extra)
        column.addWidget(self.table, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(full)
        self._stack.addWidget(page.EmptyState(words(empty), (), Icon.CHECK, words(f"{empty}_TIP")))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)

    def _show(self, rows: Sequence[Sequence[Cell | str]], cases: Sequence[SystemCase]) -> None:
        self.model.show_rows(rows, [case.id for case in cases])
        self._stack.setCurrentIndex(0 if rows else 1)

    def _on_activated(self, index: QModelIndex) -> None:
        self.system_wanted.emit(str(index.data(ROW_ROLE)))


class ConnectTab(_ListTab):
    """The connect list: connected, planned, no plan, and those nobody has decided about."""

    def __init__(self, words: Words) -> None:
        heads = (Heading(words("JG_COL_NAME")), Heading(words("JG_CONNECT_STATE"), 320))
        super().__init__(words, heads, "JG_TAB_CONNECT", "JG_CONNECT_EMPTY")

    def show_systems(self, found: SystemsToClear) -> None:
        """Show the list anew, the worst first."""
        words, today = self._words, found.today
        sums = domain.connections(found.cases, today)
        self.lead.setText(
            words(
                "JG_CONNECT_LEAD", must=sums.must, connected=len(sums.connected),
                planned=len(sums.planned), none=len(sums.no_plan),
            )
        )  # fmt: skip
        self.extra.setVisible(bool(sums.undecided))
        self.extra.setText(words("JG_CONNECT_OPEN", count=len(sums.undecided)))
        cells = [(c, Cell(words("JG_CONNECT_NONE"), Icon.ERROR, "bad")) for c in sums.no_plan]
        cells += [(c, _planned(c, today, words)) for c in sums.planned]
        cells += [
            (c, Cell(words("JG_CONNECT_UNDECIDED"), Icon.HELP, "warn")) for c in sums.undecided
        ]
        cells += [
            (c, Cell(words("JG_CONNECT_CONNECTED", day=c.connected_on), Icon.CHECK, "good"))
            for c in sums.connected
        ]
        self._show([(case.name, cell) for case, cell in cells], [case for case, _cell in cells])


class FundingTab(_ListTab):
    """Systems that are about to lose their operating funds, and how much that is."""

    def __init__(self, form_set: FormSet, words: Words) -> None:
        heads = (
            Heading(words("JG_COL_NAME")),
            Heading(words("JG_CONNECT_STATE"), 300),
            Heading(words("JG_COL_AMOUNT"), 200, right=True),
        )
        super().__init__(words, heads, "JG_TAB_FUNDING", "JG_FUNDING_EMPTY")
        self._form_set = form_set

    def show_systems(self, found: SystemsToClear) -> None:
        """Show the list anew, the largest amount first."""
        words = self._words
        sums = domain.funding(found.cases, found.today)
        self.lead.setText(
            words(
                "JG_FUNDING_LEAD", since=funding_since(self._form_set, words),
                count=len(sums.systems), amount=money(sums.amount),
            )
        )  # fmt: skip
        self.extra.setVisible(bool(sums.unstated))
        self.extra.setText(words("JG_FUNDING_UNSTATED", count=len(sums.unstated)))
        cases = sorted(sums.systems, key=lambda c: (c.om_amount is None, -(c.om_amount or 0)))
        rows = [
            (
                case.name,
                _planned(case, found.today, words)
                if case.plan_on or case.connected_on
                else Cell(words("JG_CONNECT_NONE"), Icon.ERROR, "bad"),
                words("JG_UNSTATED") if case.om_amount is None else money(case.om_amount),
            )
            for case in cases
        ]
        self._show(rows, cases)


def _planned(case: SystemCase, today: str, words: Words) -> Cell:
    day = case.plan_on or case.connected_on
    if day < today:
        return Cell(words("JG_CONNECT_OVERDUE", day=day), Icon.ALERT, "bad")
    return Cell(words("JG_CONNECT_PLANNED", day=day), Icon.CALENDAR, "warn")


def _ids(cases: Sequence[SystemCase]) -> frozenset[str]:
    return frozenset(str(case.id) for case in cases)
