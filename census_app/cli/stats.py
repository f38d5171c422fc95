"""`census stats`: 三数一率 and what stands behind them, broken down, listed, from date to date."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_option
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain.addresses import Target
from census_app.domain.indicators import DEFINITIONS
from census_app.domain.moments import day_of
from census_app.formats.table_files import write_table
from census_app.services.as_of import now_or_then, require_moment
from census_app.services.breaking_down import break_down
from census_app.services.counting import statistics_of
from census_app.services.indicator_lists import (
    breakdown_heads,
    breakdown_rows,
    figure_heads,
    figure_rows,
    list_behind,
    listed_rows,
)
from census_app.services.lookup import stamp
from census_app.services.measuring import Board, Narrowed, group_counts, measure
from census_app.services.milestones import MilestoneStanding, milestones
from census_app.services.ports import CatalogueStore
from census_app.services.trends import (
    days_of_arrival,
    earlier_rounds,
    point_text,
    trend,
    trend_days,
)

_Rows = Sequence[Sequence[str]]
_Answer = tuple[dict[str, Any], tuple[str, ...], _Rows]


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(target: Target, as_of: str | None, to: Path | None, as_json: bool, **asked: Any) -> int:
        store = tools.open_catalogue(target)
        try:
            day = day_of(require_moment(as_of) if as_of else stamp(tools.clock.now()))
            with now_or_then(store, as_of, clock=tools.clock) as stood:
                board = measure(stood, day)
                document, heads, rows = _Asked(speech, tools, stood, board).answer(**asked)
        finally:
            store.close()
        if to is not None:
            write_table(to, speech.text("IND_FILE"), heads, rows)
            lines = [speech.text("IND_SAVED", path=to, rows=len(rows))]
        else:
            lines = speech.table(heads, rows) if rows else [speech.text("IND_LIST_EMPTY")]
        speech.answer({"as_of": board.as_of} | document, lines, as_json=as_json)
        return 0

    return click.Command(
        "stats",
        callback=run,
        help=speech.text("CLI_STATS"),
        params=[
            target_argument("target"),
            click.Option(["--by"], help=speech.text("CLI_STATS_BY")),
            click.Option(
                ["--list", "listed"], metavar="INDICATOR", help=speech.text("CLI_STATS_LIST")
            ),
            click.Option(["--department"], help=speech.text("CLI_STATS_DEPARTMENT")),
            click.Option(["--all", "every"], is_flag=True, help=speech.text("CLI_STATS_ALL")),
            click.Option(["--milestones", "dates"], is_flag=True, help=speech.text("CLI_STATS_MILESTONES")),
            click.Option(["--trend"], is_flag=True, help=speech.text("CLI_STATS_TREND")),
            click.Option(["--as-of"], metavar="CCYY-MM-DD", help=speech.text("CLI_STATS_AS_OF")),
            path_option("--to", help_text=speech.text("CLI_STATS_TO")),
            JSON_OPTION,
        ],
    )  # fmt: skip


class _Asked:
    """Answers one question as a document and as a table."""

    def __init__(self, speech: Speech, tools: Tools, store: CatalogueStore, board: Board) -> None:
        self._speech, self._tools, self._store, self._board = speech, tools, store, board

    def answer(
        self,
        *,
        by: str | None,
        listed: str | None,
        department: str | None,
        every: bool,
        dates: bool,
        trend: bool,
    ) -> _Answer:
        if listed:
            return self._listed(listed, department)
        if by:
            return self._by(by)
        if dates:
            return self._milestones()
        if trend:
            return self._trend()
        return self._every(department) if every or department else self._headline()

    def _headline(self) -> _Answer:
        language = self._speech.language
        statistics = statistics_of(self._board)
        document = {
            "figures": {
                f.code: {"value": f.value, "label": f.label(language)} for f in statistics.figures
            },
            "indicators": {each.id: self._board.text(each.id) for each in DEFINITIONS},
            "departments": [
                {"code": d.code, "name": d.name, "figures": dict(d.figures)}
                for d in statistics.departments
            ],
        }
        rows = [(f.label(language), f.value, f.note(language)) for f in statistics.figures]
        heads = ("STAT_HEAD_NAME", "STAT_HEAD_VALUE", "STAT_HEAD_NOTE")
        return document, tuple(self._speech.text(head) for head in heads), rows

    def _every(self, department: str | None) -> _Answer:
        chosen = [d for d in self._board.departments if d.code == (department or "").upper()]
        counts = group_counts(chosen) if department else self._board.counts
        rows = figure_rows(counts, self._speech.language)
        document = {
            "indicators": {
                row[4]: {"group": row[0], "label": row[1], "value": row[2], "unit": row[3]}
                for row in rows
            }
        }
        return document, figure_heads(self._speech.language), rows

    def _by(self, by: str) -> _Answer:

        language = self._speech.language
        found = break_down(self._store, self._board, by, language)
        lines = [
            {
                "label": line.label,
                "answer": line.part.answer,
                "departments": list(line.part.departments or ()),
                "indicators": {each: line.text(each) for each in found.applicable},
            }
            for line in found.lines
        ]
        heads = breakdown_heads(found, found.shown, language)
        return {"by": by, "lines": lines}, heads, breakdown_rows(found, found.shown)

    def _listed(self, indicator: str, department: str | None) -> _Answer:

        language = self._speech.language
        part = Narrowed(departments=(department.upper(),) if department else None)
        listing = list_behind(self._store, self._board, indicator, language, part)
        rows = list(listed_rows(self._store, self._board, listing, language))
        document = {
            "indicator": listing.definition.id,
            "count": len(rows),
            "columns": list(listing.heads),
            "rows": [list(row) for row in rows],
        }
        return document, listing.heads, rows

    def _milestones(self) -> _Answer:
        found = milestones(self._store.form_set, self._board)
        speech, language = self._speech, self._speech.language
        document = {
            "milestones": [
                {
                    "id": each.milestone.id,
                    "due": each.milestone.due,
                    "past": each.past,
                    "measured": each.measured,
                    "done": each.done,
                    "concerned": each.concerned,
                    "open": [
                        {
                            "code": late.department.code,
                            "name": late.department.name,
                            "reasons": dict(late.reasons),
                        }
                        for late in each.open
                    ],
                }
                for each in found
            ]
        }
        heads = ("MILESTONE", "DUE", "DONE", "LATE", "WHY")
        rows = [row for each in found for row in self._milestone_rows(each, language)]
        return document, tuple(speech.text(f"IND_HEAD_{head}") for head in heads), rows

    def _milestone_rows(self, each: MilestoneStanding, language: str) -> list[tuple[str, ...]]:
        text = self._speech.text
        label, due = each.milestone.label.get(language), each.milestone.due
        if not each.measured:
            return [(label, due, "—", "—", text("IND_MILESTONE_NOT_MEASURED"))]
        if not each.concerned:
            return [(label, due, "—", "—", "")]
        rows: list[tuple[str, ...]] = [
            (label, due, f"{each.done} / {each.concerned}", str(len(each.open)), "")
        ]
        for late in each.open:
            reasons = (
                text("IND_WHY", label=text(f"IND_{name}"), number=number)
                for name, number in late.reasons
            )
            rows.append(("", "", "", late.department.name, "; ".join(reasons)))
        return rows

    def _trend(self) -> _Answer:

        text = self._speech.text
        days = [d for d in days_of_arrival(self._store) if d < self._board.as_of]
        sides = [*trend_days(days), *earlier_rounds(self._store)]
        boards = [*trend(self._store, sides, clock=self._tools.clock), self._board]
        points = [point_text(board, self._speech.language) for board in boards]
        document = {
            "points": [
                {
                    "day": b.as_of,
                    "round": b.round,
                    "indicators": {each.id: b.text(each.id) for each in DEFINITIONS},
                }
                for b in boards
            ]
        }
        heads = (text("IND_HEAD_FIGURE"), *points)
        rows = [(text(f"IND_{d.id}"), *(b.text(d.id) for b in boards)) for d in DEFINITIONS]
        return document, heads, rows
