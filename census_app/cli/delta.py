"""`census delta`: how a workspace stands against the last round, record by record; and confirming records."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_argument
from census_app.cli.tools import Tools
from census_app.domain.records import RecordId
from census_app.errors import UserError
from census_app.services.carrying import (
    confirm_unchanged,
    delta_progress,
    mark_changing,
    unmark,
)
from census_app.services.naming import Named, the_record
from census_app.services.ports import WorkspaceStore

_MARKS = {"unchanged": confirm_unchanged, "changing": mark_changing, "open": unmark}


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(file: Path, records: tuple[str, ...], mark: str, as_json: bool) -> int:
        store = tools.open_workspace(file)
        try:
            if store.last_round() is None:
                raise UserError("ROUND_NONE")
            if records:
                _say(store, tools, records, mark)
            deltas = store.deltas()
            progress = delta_progress(deltas)
            labels = {f.id: f.label.get(speech.language) for f in store.form_set.forms}
        finally:
            store.close()
        document = {
            "done": progress.done,
            "total": progress.total,
            "records": [
                {"form": d.form, "id": d.record, "title": d.title, "state": d.state, "at": d.at}
                for d in deltas
            ],
        }
        lines = [
            speech.text(
                "CLI_DELTA_LINE",
                state=speech.text(f"DL_STATE_{d.state}"), form=labels[d.form], title=d.title, id=d.record,
            )
            for d in deltas
            if d.state != "unchanged"
        ]  # fmt: skip
        lines.append(speech.text("DL_PROGRESS", done=progress.done, total=progress.total))
        speech.answer(document, lines, as_json=as_json)
        return 0 if progress.done == progress.total else 1

    return click.Command(
        "delta",
        callback=run,
        help=speech.text("CLI_DELTA"),
        params=[
            path_argument("file"),
            click.Argument(["records"], metavar="[RECORD…]", nargs=-1),
            click.Option(
                ["--mark"],
                type=click.Choice(sorted(_MARKS)),
                default="unchanged",
                help=speech.text("CLI_DELTA_MARK"),
            ),
            JSON_OPTION,
        ],
    )


def _say(store: WorkspaceStore, tools: Tools, given: Sequence[str], mark: str) -> None:
    """Mark the records that are meant, all of them or none."""
    by_form: dict[str, list[RecordId]] = {}
    known = [
        Named(d.form, d.record, d.title)
        for d in store.deltas()
        if d.state not in {"new", "retired"}
    ]
    for text in given:
        found = the_record(known, text)
        by_form.setdefault(found.form, []).append(found.record)
    for form, ids in by_form.items():
        _MARKS[mark](store, form, ids, actor=tools.actor, clock=tools.clock)
