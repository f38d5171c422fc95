"""`census duplicates`: what several departments hold alike - resources, data items, systems."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_option
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain.addresses import Target
from census_app.services.likening import (
    JudgedGroup,
    JudgedItem,
    judged_groups,
    judged_items,
    said_in,
)
from census_app.services.overlap_sheet import OverlapTable
from census_app.services.overlapping import KINDS, OverlapKind, find
from census_app.services.progress import Progress

SHOWN = 50


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(
        target: Target,
        kind: OverlapKind,
        department: str,
        everything: bool,
        limit: int,
        to: Path | None,
        as_json: bool,
    ) -> int:
        store = tools.open_catalogue(target)
        try:
            overlaps = find(store, (kind,), Progress(speech.progress))
            said = said_in(store.decisions())
            names = {entry.code: entry.name for entry in store.roster()}
            table = OverlapTable(store.form_set, names, speech.language)
        finally:
            store.close()
        told = _Told(speech, table, limit)
        if kind == "items":
            items = [i for i in judged_items(overlaps, said, department) if everything or i.open]
            found: Sequence[JudgedGroup] | Sequence[JudgedItem] = items
            waiting = sum(i.open for i in items)
            groups, lines = told.items(items), told.item_lines(items)
        else:
            every = judged_groups(overlaps, kind, said, department)
            shown = [g for g in every if everything or g.standing.state.open]
            found, waiting = shown, sum(g.standing.state.open for g in shown)
            groups, lines = told.groups(shown), told.group_lines(shown)
        document: dict[str, Any] = {
            "kind": kind,
            "compared": dict(overlaps.compared),
            "undecided": waiting,
            "listed": len(found),
            "groups": groups,
        }
        head = speech.text(f"CLI_DUP_COUNT_{kind}", count=waiting, listed=len(found))
        lines = [head, *lines]
        if to is not None:
            rows = table.write(to, kind, found)
            document["written"] = {"path": str(to), "rows": rows}
            lines = [head, speech.text("CLI_DUP_WRITTEN", path=to, rows=rows)]
        elif len(found) > limit:
            lines.append(speech.text("CLI_DUP_MORE", count=len(found) - limit))
        speech.answer(document, lines, as_json=as_json)
        return 1 if waiting else 0

    return click.Command(
        "duplicates",
        callback=run,
        help=speech.text("CLI_DUP"),
        params=_params(speech),
    )


def _params(speech: Speech) -> list[click.Parameter]:
    return [
        target_argument("target"),
        click.Option(
            ["--kind"],
            type=click.Choice(KINDS),
            default="resources",
            help=speech.text("CLI_DUP_KIND"),
        ),
        click.Option(["--department"], default="", help=speech.text("CLI_DUP_DEPARTMENT")),
        click.Option(["--all", "everything"], is_flag=True, help=speech.text("CLI_DUP_ALL")),
        click.Option(
            ["--limit"],
            type=click.IntRange(1),
            default=SHOWN,
            show_default=True,
            help=speech.text("CLI_DUP_LIMIT"),
        ),
        path_option("--to", help_text=speech.text("CLI_DUP_TO")),
        JSON_OPTION,
    ]


class _Told:
    """The lists as documents and as lines."""

    def __init__(self, speech: Speech, table: OverlapTable, limit: int) -> None:
        self._speech, self._table, self._limit = speech, table, limit

    def groups(self, groups: Sequence[JudgedGroup]) -> list[dict[str, Any]]:
        """Return groups for `--json`, all of them."""
        return [
            {
                "score": g.overlap.score,
                "basis": g.overlap.basis.value,
                "names": g.overlap.names,
                "traits": g.overlap.traits,
                "state": g.standing.state.value,
                "verdicts": [v.decision for v in g.standing.verdicts],
                "records": [
                    {"department": m.department, "record": m.record, "name": m.name}
                    for m in g.overlap.members
                ],
            }
            for g in groups
        ]

    def items(self, items: Sequence[JudgedItem]) -> list[dict[str, Any]]:
        """Return data items for `--json`, all of them, without the resources that hold them."""
        return [
            {
                "item": i.item.name,
                "also": list(i.item.also),
                "differs": i.item.differs,
                "resources": i.item.resources,
                "departments": i.item.departments,
                "definitions": [
                    {"type": v.type, "length": v.length, "resources": v.resources,
                     "departments": v.departments}
                    for v in i.item.variants
                ],
                "state": i.standing.state.value,
                "source": None if i.source is None else {
                    "department": i.source.department, "record": i.source.record,
                    "state": i.source_state,
                },
            }
            for i in items
        ]  # fmt: skip

    def group_lines(self, groups: Sequence[JudgedGroup]) -> list[str]:
        """Return the first groups in words."""
        lines = []
        for judged in groups[: self._limit]:
            overlap, table = judged.overlap, self._table
            lines.append(
                self._speech.text(
                    "CLI_DUP_GROUP",
                    score=overlap.score,
                    basis=table.text(f"DUP_BASIS_{overlap.basis.value}"),
                    names=table.share(overlap.names),
                    traits=table.share(overlap.traits),
                    state=table.state(judged.standing),
                )
            )
            lines += [
                f"    {m.record[:8]}  {table.department(m.department)} · {' '.join(m.name.split())}"
                for m in overlap.members
            ]
        return lines

    def item_lines(self, items: Sequence[JudgedItem]) -> list[str]:
        """Return the first data items in words."""
        lines, table = [], self._table
        for judged in items[: self._limit]:
            item = judged.item
            lines.append(
                self._speech.text(
                    "CLI_DUP_ITEM",
                    name=table.named(item),
                    resources=item.resources,
                    departments=item.departments,
                    state=table.state(judged.standing),
                )
            )
            lines += [
                "    "
                + self._speech.text(
                    "CLI_DUP_VARIANT",
                    definition=table.definition(v.type, v.length),
                    resources=v.resources,
                    departments=v.departments,
                )
                for v in item.variants
            ]
            if judged.source is not None:
                lines.append(
                    "    → " + self._speech.text("CLI_DUP_SOURCE", name=table.source(judged))
                )
        return lines
