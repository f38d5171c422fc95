"""One group of a comparison with the audit's list as a table; the chosen entry side by side, and what can be said."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from census_app.diagnostics import wording
from census_app.domain.audit import Group
from census_app.domain.sampling import ASPECTS, Aspect, Sampled
from census_app.services.audit_results import Coverage, Difference, Entry
from census_app.services.audit_sheets import reasons_of
from census_app.ui.catalogue.audit_words import (
    coverage_standing,
    entry_standing,
    fields_text,
    ours_text,
    row_text,
    said_places,
    settled_text,
    states,
    theirs_text,
)
from census_app.ui.catalogue.facts import FactGrid, standing_row
from census_app.ui.catalogue.review_tabs import TablePane
from census_app.ui.catalogue.tables import Column, word_width
from census_app.ui.catalogue.writing import writes
from census_app.ui.models.text_table import Cell, Heading
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


class SideBySideGrid(QWidget):
    """Rows of a label, what the list says and what the catalogue says, under two heads."""

    def __init__(self, rows: Sequence[tuple[str, str, str]], words: Words) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        top = Qt.AlignmentFlag.AlignTop
        for column, code in ((1, "CA_THEIRS"), (2, "CA_OURS")):
            grid.addWidget(page.label(words(code), "label"), 0, column, top)
        for number, (name, theirs, ours) in enumerate(rows, 1):
            grid.addWidget(page.label(name, "label", wrap=True), number, 0, top)
            grid.addWidget(page.label(theirs, wrap=True, selectable=True), number, 1, top)
            grid.addWidget(page.label(ours, wrap=True, selectable=True), number, 2, top)


class EntriesTab(TablePane[Entry]):
    """The entries of one group.

    Signals:
        same_wanted, other_wanted: Entries whose proposal is right, or wrong.
        choose_wanted: The entry whose record a person chooses.
        outcome_wanted: Entries about which something is said.
        undo_wanted: Entries of which what was said is taken back.
        record_wanted: department and id of the record to be shown in the catalogue.
    """

    same_wanted = Signal(list)
    other_wanted = Signal(list)
    choose_wanted = Signal(object)
    outcome_wanted = Signal(list)
    undo_wanted = Signal(list)
    record_wanted = Signal(str, str)

    def __init__(self, group: Group, words: Words) -> None:
        self.group = group
        empty = (words(f"CA_EMPTY_{group}"), Icon.CHECK, words(f"CA_EMPTY_{group}_TIP"))
        super().__init__(
            self._columns(words),
            lambda entry: entry.key,
            words(f"AUDIT_GROUP_{group}"),
            empty,
            words,
            many=True,
        )
        self.table.opened.connect(self._on_opened)

    def _columns(self, words: Words) -> list[Column[Entry]]:
        state: Column[Entry] = Column(
            Heading(words("CAT_COL_STATE"), word_width(states(words), 112)),
            lambda e: entry_standing(e, words).cell(),
            lambda e: entry_standing(e, words).rank,
        )
        department: Column[Entry] = Column(
            Heading(words("CAT_COL_DEPARTMENT"), 176),
            lambda e: e.department_name or "—",
            lambda e: e.department_name,
        )
        row: Column[Entry] = Column(
            Heading(words("CA_ROW"), 64, right=True),
            row_text,
            lambda e: e.row.number if e.row is not None else 0,
        )
        theirs: Column[Entry] = Column(Heading(words("CA_THEIRS")), theirs_text, theirs_text)
        ours: Column[Entry] = Column(Heading(words("CA_OURS")), ours_text, ours_text)
        differing: Column[Entry] = Column(
            Heading(words("CA_DIFFERING")), lambda e: fields_text(e, words),
            lambda e: fields_text(e, words),
        )  # fmt: skip
        by: Column[Entry] = Column(
            Heading(words("AUDIT_COL_BY"), 104),
            lambda e: words(f"AUDIT_BY_{e.by}"),
            lambda e: e.by,
        )
        chosen = {
            "confirm": [state, row, department, theirs, ours],
            "missing_here": [state, row, department, theirs],
            "missing_there": [state, department, ours],
            "differs": [state, row, department, ours, differing],
            "agrees": [row, department, theirs, ours, by],
        }
        return chosen[self.group]

    # -- the chosen entry ------------------------------------------------------------------------------------------

    def parts(self, row: Entry) -> list[QWidget]:
        """Return the entry side by side."""
        words = self.words
        parts: list[QWidget] = [standing_row(entry_standing(row, words))]
        facts = [
            (words("CAT_COL_DEPARTMENT"), row.department_name or words("CA_NO_DEPARTMENT")),
            (words("CA_ROW"), str(row.row.number) if row.row is not None else ""),
            (words("AUDIT_COL_BY"), words(f"AUDIT_BY_{row.by}") if row.by else ""),
        ]
        parts.append(FactGrid(facts))
        if row.row is not None and not row.department and row.row.unit:
            told = words("CA_STRANGE_UNIT", name=row.row.unit)
            parts.append(page.label(told, "hint", wrap=True))
        names = [(words("CA_NAME"), theirs_text(row), ours_text(row))]
        parts.append(SideBySideGrid(names + _values(row), words))
        if row.kept is not None:
            parts.append(page.button(words("CR_TO_RECORD"), self._on_record, "link"))
        if row.said:
            parts += [page.line(), page.label(words("CA_SAID"), "strong"), FactGrid(row.said)]
        parts += self._outcomes(row)
        if row.group in {"confirm", "missing_here"} and row.candidates:
            parts += [page.line(), page.label(words("CA_CANDIDATES"), "strong")]
            parts += [
                page.label(f"{kept.name}  {score:.0%}", wrap=True) for kept, score in row.candidates
            ]
        return parts

    def _outcomes(self, row: Entry) -> list[QWidget]:
        words = self.words
        told = [(each.label, settled_text(each.settled, words)) for each in row.differences]
        if row.settled is not None:
            told = [(words("CA_OUTCOME"), settled_text(row.settled, words))]
        return [page.line(), FactGrid(told)] if any(text for _name, text in told) else []

    def deeds(self, row: Entry) -> list[QWidget]:
        """Return what can be said about the chosen entries."""
        words, count = self.words, len(self.table.selected())
        actions: list[QWidget] = []
        if self.group == "confirm":
            same = words("CA_SAME") if count <= 1 else words("CA_SAME_N", count=count)
            actions.append(writes(page.button(same, self._on_same, symbol=Icon.CHECK)))
            actions.append(writes(page.button(words("CA_OTHER"), self._on_other)))
        elif self.group != "agrees":
            said = words("CA_SAY") if count <= 1 else words("CA_SAY_N", count=count)
            actions.append(writes(page.button(said, self._on_outcome, symbol=Icon.SCALES)))
        if any(said_places(each) for each in self.table.selected()):
            actions.append(writes(page.button(words("CA_UNDO"), self._on_undo, "link")))
        if row.row is not None and count <= 1:
            actions.append(writes(page.button(words("CA_CHOOSE"), self._on_choose, "link")))
        return actions

    def _on_same(self) -> None:
        self.same_wanted.emit(self.table.selected())

    def _on_other(self) -> None:
        self.other_wanted.emit(self.table.selected())

    def _on_outcome(self) -> None:
        self.outcome_wanted.emit(self.table.selected())

    def _on_undo(self) -> None:
        self.undo_wanted.emit([each for each in self.table.selected() if said_places(each)])

    def _on_choose(self) -> None:
        self.choose_wanted.emit(self.table.current())

    def _on_record(self) -> None:
        current = self.table.current()
        if current is not None:
            self._on_opened(current)

    def _on_opened(self, entry: Entry) -> None:
        if entry.kept is not None:
            self.record_wanted.emit(entry.kept.department, entry.kept.record)


def _values(entry: Entry) -> list[tuple[str, str, str]]:
    def line(each: Difference) -> tuple[str, str, str]:
        return each.label, each.theirs, each.ours or "—"

    return [line(each) for each in entry.differences]


class CoverageTab(TablePane[Coverage]):
    """How far the audit covers each department."""

    def __init__(self, words: Words) -> None:
        empty = (words("CA_EMPTY_coverage"), Icon.BUILDING, words("CA_EMPTY_coverage_TIP"))
        columns: list[Column[Coverage]] = [
            Column(Heading(words("CAT_COL_DEPARTMENT")), lambda c: c.name, lambda c: c.name),
            Column(
                Heading(words("CAT_COL_STATE"), word_width(_coverage_states(words), 112)),
                lambda c: coverage_standing(c, words).cell(),
                lambda c: coverage_standing(c, words).rank,
            ),
            _number(words("CA_RECORDS"), "records"),
            _number(words("CA_AUDITED"), "audited"),
            _number(words("AUDIT_GROUP_confirm"), "to_confirm", "warn"),
            _number(words("AUDIT_GROUP_missing_here"), "missing_here", "warn"),
            _number(words("AUDIT_GROUP_missing_there"), "missing_there", "warn"),
            _number(words("AUDIT_GROUP_differs"), "differing", "warn"),
            _number(words("AUDIT_GROUP_agrees"), "agreeing"),
            _number(words("CA_FINDINGS"), "findings"),
        ]
        super().__init__(columns, lambda c: c.department, words("CA_TAB_COVERAGE"), empty, words)
        self.panel.hide()

    def parts(self, row: Coverage) -> list[QWidget]:
        """Return nothing: the row says it all."""
        del row
        return []


class SampleTab(TablePane[Sampled]):
    """The departments that deserve a closer look, most points first; the reasons beside them."""

    def __init__(self, words: Words) -> None:
        empty = (words("CA_EMPTY_sample"), Icon.CHECK, words("CA_EMPTY_sample_TIP"))
        columns: list[Column[Sampled]] = [
            Column(
                Heading(words("CAT_COL_DEPARTMENT")),
                lambda s: s.conduct.name,
                lambda s: s.conduct.name,
            ),
            Column(
                Heading(words("SAMPLE_COL_POINTS"), 72, right=True),
                lambda s: Cell(wording.grouped(s.points), tone="warn" if s.points else ""),
                lambda s: s.points,
            ),
            *(_points(words, aspect) for aspect in ASPECTS),
        ]
        super().__init__(columns, lambda s: s.conduct.code, words("CA_TAB_SAMPLE"), empty, words)
        self.rules: Sequence[str] = ()

    def parts(self, row: Sampled) -> list[QWidget]:
        """Return the reasons, and how points are counted."""
        words = self.words
        told = reasons_of(row, words.language) or [words("CA_NO_REASONS")]
        parts: list[QWidget] = [
            page.label(row.conduct.name, "strong", wrap=True),
            page.label(words("CA_POINTS", points=row.points)),
        ]
        parts += [page.label(each, wrap=True, selectable=True) for each in told]
        parts += [page.line(), page.label(words("CA_RULES"), "label")]
        parts += [page.label(each, "hint", wrap=True) for each in self.rules]
        return parts


def _points(words: Words, aspect: Aspect) -> Column[Sampled]:
    return Column(
        Heading(words(f"SAMPLE_ASPECT_{aspect}"), 88, right=True),
        lambda s: str(s.points_for(aspect)),
        lambda s: s.points_for(aspect),
    )


def _number(title: str, name: str, tone: str = "") -> Column[Coverage]:
    def number(coverage: Coverage) -> int:
        return int(getattr(coverage, name))

    def cell(coverage: Coverage) -> Cell:
        return Cell(wording.grouped(number(coverage)), tone=tone if number(coverage) else "")

    return Column(Heading(title, 72, right=True), cell, number)


def _coverage_states(words: Words) -> list[str]:
    return [words("CA_NOT_COVERED"), words("CA_DONE"), words("CA_OPEN_N", count=999)]
