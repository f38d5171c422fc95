"""The indicators of a catalogue on paper, and its lists of systems: zombies, connections, operating funds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from census_app.diagnostics import wording
from census_app.domain.indicators import BY_ID, DEFINITIONS, GROUPS, HEADLINE
from census_app.domain.moments import day_of
from census_app.reports.content import (
    Block,
    Column,
    DepartmentListContent,
    Language,
    Pair,
    Printed,
    Prose,
    Table,
)
from census_app.reports.department_list import build_department_list
from census_app.services.breaking_down import Breakdown, break_down
from census_app.services.clearing import funding_day
from census_app.services.indicator_charts import breakdown_chart, department_charts, trend_chart
from census_app.services.indicator_lists import (
    breakdown_rows,
    light_texts,
    list_behind,
    listed_rows,
    state_text,
)
from census_app.services.letterhead import PrintWords, catalogue_head
from census_app.services.lookup import stamp
from census_app.services.measuring import LIGHTS, Board, measure
from census_app.services.milestones import milestones
from census_app.services.ports import CatalogueStore, Clock

_PRINTED: Final = 6
"""Figures of a breakdown on paper: as many as an upright page takes."""

_NAMED: Final = 10
"""Departments that a milestone names."""

_LISTS: Final = {
    "zombies": (
        ("zombies", "zombies_cleared", "zombies_open", "zombies_unjudged", "systems_integrated", "compression_rate"),
        ("zombies", "baseline_systems", "inner_office"),
    ),
    "connections": (
        ("must_connect", "connected", "connect_planned", "connect_no_plan", "connection_rate"),
        ("connect_no_plan", "connect_planned", "connected", "connect_undecided"),
    ),
    "funding": (("funding", "funding_amount", "funding_unstated", "om_amount"), ("funding",)),
}  # fmt: skip
"""Kind of list → the figures by department, and the lists that follow."""


def print_indicators(
    store: CatalogueStore,
    language: Language,
    *,
    clock: Clock,
    earlier: Sequence[Board] = (),
) -> Printed:
    """Return all figures as of today with lights, milestones, departments and charts.

    Args:
        earlier: Figures of days before, for the trend.
    """
    words = PrintWords(language)
    board = measure(store, day_of(stamp(clock.now())))
    departments = break_down(store, board, "department", language)
    blocks: list[Block] = [_group(board, group, words) for group in GROUPS]
    trend = trend_chart([*earlier, board], language)
    if trend is not None:
        blocks.append(trend)
    blocks.append(_milestones(store, board, words))
    blocks += [_lights(board, words), _by(departments, words)]
    share = breakdown_chart(departments, language)
    blocks += [*department_charts(departments, language), *([share] if share is not None else [])]
    for by in ("city", "class", "theme"):
        found = break_down(store, board, by, language)
        chart = breakdown_chart(found, language)
        blocks += [_by(found, words), *([chart] if chart is not None else [])]
    blocks.append(Prose(words("IND_PRINT_DEFINITIONS")))
    content = DepartmentListContent(
        catalogue_head(store, language, "IND_PRINT_TITLE"),
        _facts(store, board, words),
        tuple(Pair(words(f"IND_{each.id}"), each.text(board.counts)) for each in HEADLINE),
        tuple(blocks),
        signed=True,
    )
    return build_department_list(content, language)


def print_systems(kind: str, store: CatalogueStore, language: Language, *, clock: Clock) -> Printed:
    """Return a list of systems of all departments: `zombies`, `connections` or `funding`."""
    words = PrintWords(language)
    board = measure(store, day_of(stamp(clock.now())))
    figures, lists = _LISTS[kind]
    departments = break_down(store, board, "department", language)
    blocks: list[Block] = []
    day = funding_day(store.form_set)
    if kind == "funding" and day:
        blocks.append(Prose(words("PRINT_FUNDING_RULE", day=day)))
    blocks.append(_table_of(departments, figures, words))
    blocks += [_listed(store, board, indicator, words) for indicator in lists]
    content = DepartmentListContent(
        catalogue_head(store, language, f"IND_PRINT_{kind}"),
        _facts(store, board, words),
        tuple(Pair(_labelled(each, words), board.text(each)) for each in figures[:4]),
        tuple(blocks),
        signed=True,
    )
    return build_department_list(content, language)


def _facts(store: CatalogueStore, board: Board, words: PrintWords) -> tuple[Pair, ...]:
    received = board.text("departments_received")
    expected = board.text("departments_expected")
    return (
        Pair(words("PRINT_FORM_SET"), store.form_set.label.get(words.language)),
        Pair(words("IND_HEAD_DAY"), board.as_of),
        Pair(words("IND_departments_received"), f"{received} / {expected}"),
    )


def _labelled(indicator: str, words: PrintWords) -> str:
    label = words(f"IND_{indicator}")
    unit = words(f"IND_UNIT_{BY_ID[indicator].unit}").strip()
    if BY_ID[indicator].kind != "sum" or not unit:
        return label
    return f"{label}（{unit}）" if words.language == "zh" else f"{label} ({unit})"


def _group(board: Board, group: str, words: PrintWords) -> Table:
    columns = (
        Column(words("IND_HEAD_FIGURE"), key=True),
        Column(words("IND_HEAD_VALUE"), numeric=True),
        Column(words("IND_HEAD_HOW")),
    )
    rows = tuple(
        (
            _labelled(each.id, words),
            wording.in_groups(each.text(board.counts)),
            words(f"IND_{each.id}_HOW"),
        )
        for each in DEFINITIONS
        if each.group == group
    )
    return Table(columns, rows, title=words(f"IND_GROUP_{group}"))


def _milestones(store: CatalogueStore, board: Board, words: PrintWords) -> Table:
    columns = (
        Column(words("IND_HEAD_MILESTONE"), key=True),
        Column(words("IND_HEAD_DUE")),
        Column(words("IND_HEAD_DONE"), numeric=True),
        Column(words("IND_HEAD_LATE")),
    )
    rows = []
    for each in milestones(store.form_set, board):
        done, names = (
            wording.grouped(each.done),
            _late([late.department.name for late in each.open], words),
        )
        if not each.measured:
            done, names = "—", words("IND_MILESTONE_NOT_MEASURED")
        elif not each.concerned:
            done = "—"
        label = each.milestone.label.get(words.language)
        rows.append((label, each.milestone.due, done, names))
    return Table(columns, tuple(rows), title=words("IND_PRINT_MILESTONES"))


def _late(names: Sequence[str], words: PrintWords) -> str:
    """Return the names of who is late; of many the first and how many there are."""
    joint = "、" if words.language == "zh" else ", "
    shown = joint.join(names[:_NAMED])
    return shown if len(names) <= _NAMED else words("PRINT_LATE", names=shown, count=len(names))


def _lights(board: Board, words: PrintWords) -> Table:
    columns = (
        Column(words("IND_HEAD_DEPARTMENT"), key=True),
        Column(words("IND_HEAD_STATE")),
        *(Column(words(f"IND_{light}")) for light in LIGHTS),
    )
    rows = tuple(
        (each.name, state_text(each, words.language), *light_texts(each, words.language))
        for each in board.departments
    )
    return Table(columns, rows, title=words("IND_PRINT_LIGHTS"))


def _by(breakdown: Breakdown, words: PrintWords) -> Table:
    return _table_of(breakdown, breakdown.shown[:_PRINTED], words)


def _table_of(breakdown: Breakdown, ids: Sequence[str], words: PrintWords) -> Table:
    columns = (
        Column(breakdown.head, key=True),
        *(Column(_labelled(each, words), numeric=True) for each in ids),
    )
    rows = (
        (label, *map(wording.in_groups, figures))
        for label, *figures in breakdown_rows(breakdown, ids)
    )
    return _table(columns, rows, breakdown.title, words)


def _listed(store: CatalogueStore, board: Board, indicator: str, words: PrintWords) -> Table:
    listing = list_behind(store, board, indicator, words.language)
    form = store.form_set.form(listing.form)
    kinds = [form.field_by_id(name).type for name in listing.columns]
    numeric = [False, False, *(kind in {"integer", "decimal", "money"} for kind in kinds)]
    columns = (
        Column(words("PRINT_NUMBER"), numeric=True),
        *(
            Column(head, numeric=right, key=number == 0)
            for number, (head, right) in enumerate(zip(listing.heads, numeric, strict=True))
        ),
    )
    rows = (
        (str(number), *row)
        for number, row in enumerate(listed_rows(store, board, listing, words.language), 1)
    )
    return _table(columns, rows, words(f"IND_{indicator}"), words)


def _table(
    columns: tuple[Column, ...], rows: Iterable[tuple[str, ...]], title: str, words: PrintWords
) -> Table:
    return Table(columns, tuple(rows), title=title, empty=words("PRINT_LIST_EMPTY"))
