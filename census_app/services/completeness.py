"""The map of completeness: records by sections, each cell empty, filled, explained, with problems, or not relevant."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from census_app.domain.findings import Finding, Severity
from census_app.domain.records import RecordId
from census_app.formspec.coverage import Answered, answered
from census_app.formspec.evaluator import RuleRun
from census_app.formspec.model import Form, FormSet, Text
from census_app.services.checking import CheckReport, report_of, standing_of
from census_app.services.lookup import stamp
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.progress import Progress

if TYPE_CHECKING:
    import sqlite3


class CellState(enum.IntEnum):
    """How one section of one record stands; the greater, the more there is to do."""

    NOT_RELEVANT = 0
    FILLED = 1
    EXPLAINED = 2
    EMPTY = 3
    PROBLEM = 4


@dataclass(frozen=True, slots=True)
class MapCell:
    """One section of one record.

    Attributes:
        asked: Questions that matter for these answers; of a child form, the children.
        given: How many of them are answered; of a child form, children without a problem.
        problems: Findings that keep the record from being handed in.
        explained: Warnings with a reason in force.
    """

    state: CellState
    asked: int = 0
    given: int = 0
    problems: int = 0
    explained: int = 0


@dataclass(frozen=True, slots=True)
class MapColumn:
    """One section, or one child form, which counts as a section of its owner."""

    id: str
    label: Text
    child: bool = False


@dataclass(frozen=True, slots=True)
class MapRow:
    """One record; `number` counts from 1 in the order the records were made."""

    record: RecordId
    title: str
    number: int
    cells: tuple[MapCell, ...]

    @property
    def problems(self) -> int:
        """Findings that keep the record from being handed in."""
        return sum(cell.problems for cell in self.cells)

    @property
    def explained(self) -> int:
        """Warnings with a reason in force."""
        return sum(cell.explained for cell in self.cells)

    @property
    def weight(self) -> tuple[int, int, int, int]:
        """By what the worst comes first: problems, sections that have any, empty sections, then the record's place."""
        states = Counter(cell.state for cell in self.cells)
        worst = -self.problems, -states[CellState.PROBLEM], -states[CellState.EMPTY]
        return (*worst, self.number)


@dataclass(frozen=True, slots=True)
class FormMap:
    """The map of one form: its rows, the worst first."""

    form: str
    columns: tuple[MapColumn, ...]
    rows: tuple[MapRow, ...]

    @property
    def clean(self) -> int:
        """Records that nothing keeps from being handed in."""
        return sum(not row.problems for row in self.rows)

    def totals(self) -> tuple[Mapping[CellState, int], ...]:
        """Return by column how many records stand how."""
        return tuple(
            Counter(row.cells[n].state for row in self.rows) for n in range(len(self.columns))
        )


@dataclass(frozen=True, slots=True)
class CompletenessMap:
    """The maps of all forms with records, in the order of the form set."""

    forms: tuple[FormMap, ...]
    checked_at: str

    def of(self, form: str) -> FormMap | None:
        """Return the map of a form."""
        return next((each for each in self.forms if each.form == form), None)


def completeness_map(
    store: WorkspaceStore, *, clock: Clock, progress: Progress | None = None
) -> tuple[CompletenessMap, CheckReport]:
    """Check everything and return the map with the check it shows.

    Raises:
        DataProblem: `RULE_TIMEOUT`.
        Cancelled: The person stopped it.
    """
    progress = progress or Progress()
    now = clock.now()
    with store.rule_copy() as connection:
        run = RuleRun(connection, store.form_set, now.date().isoformat())
        report = report_of(standing_of(store), list(run.findings(progress.step)), stamp(now))
        return map_of(connection, store.form_set, report.findings, report.checked_at), report


def map_copy(
    connection: sqlite3.Connection, form_set: FormSet, report: CheckReport
) -> CompletenessMap:
    """Return the map of a fresh private copy and a check that was made already; may run on another thread."""
    RuleRun(connection, form_set, report.checked_at[:10])
    return map_of(connection, form_set, report.findings, report.checked_at)


def map_of(
    connection: sqlite3.Connection, form_set: FormSet, findings: Iterable[Finding], checked_at: str
) -> CompletenessMap:
    """Return the map of a rule run's private copy and its findings."""
    by_record: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        by_record.setdefault((finding.form, finding.record), []).append(finding)
    maps = []
    for form in form_set.forms:
        if not form.parent:
            children = [
                (child, _by_owner(connection, child)) for child in form_set.children_of(form.id)
            ]
            found = _form_map(form, answered(connection, form), children, by_record)
            if found.rows:
                maps.append(found)
    return CompletenessMap(tuple(maps), checked_at)


def _by_owner(connection: sqlite3.Connection, child: Form) -> dict[str, list[RecordId]]:
    owners: dict[str, list[RecordId]] = {}
    for each in answered(connection, child):
        if each.parent is not None:
            owners.setdefault(each.parent, []).append(each.record)
    return owners


def _form_map(
    form: Form,
    records: Iterable[Answered],
    children: list[tuple[Form, dict[str, list[RecordId]]]],
    by_record: Mapping[tuple[str, str], list[Finding]],
) -> FormMap:
    ids = {section.id for section in form.section}
    first = form.section[0].id if form.section else ""
    places = {f.id: f.section if f.section in ids else first for f in form.field}
    columns = [MapColumn(s.id, s.label) for s in form.section]
    columns += [MapColumn(child.id, child.label, child=True) for child, _owners in children]
    rows = []
    for number, each in enumerate(records, 1):
        own = by_record.get((form.id, each.record), [])
        cells = [
            _cell(counts, [f for f in own if places.get(f.fields[0], first) == section.id])
            for section, counts in zip(form.section, each.sections, strict=True)
        ]
        for child, owners in children:
            about = [by_record.get((child.id, i), []) for i in owners.get(each.record, [])]
            sound = sum(not any(f.blocks_export for f in found) for found in about)
            cell = _cell((len(about), sound), [f for found in about for f in found])
            # A record without children lacks them; whether it must have some is for the rules to say.
            cells.append(cell if about else MapCell(CellState.EMPTY))
        rows.append(MapRow(each.record, each.title, number, tuple(cells)))
    rows.sort(key=lambda row: row.weight)
    return FormMap(form.id, tuple(columns), tuple(rows))


def _cell(counts: tuple[int, int], findings: list[Finding]) -> MapCell:
    asked, given = counts
    problems = sum(f.blocks_export for f in findings)
    explained = sum(f.severity is Severity.WARNING and f.explanation is not None for f in findings)
    if problems:
        state = CellState.PROBLEM
    elif explained:
        state = CellState.EXPLAINED
    elif given:
        state = CellState.FILLED
    else:
        state = CellState.EMPTY if asked else CellState.NOT_RELEVANT
    return MapCell(state, asked, given, problems, explained)
