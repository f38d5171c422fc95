"""`census restore`: put a snapshot in the place of a file, or only say what that would do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from census_app.cli.backup import tally_text
from census_app.cli.speech import JSON_OPTION, Speech, path_argument, path_option
from census_app.cli.tools import Tools
from census_app.errors import UserError
from census_app.services.backing_up import (
    RestorePreview,
    look_into,
    preview_restore,
    restore_closed,
    snapshot_at,
)
from census_app.services.progress import Progress


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(snapshot: Path, to: Path, preview: bool, as_json: bool) -> int:
        if snapshot.resolve() == to.resolve():
            raise UserError("RESTORE_ITSELF", path=str(to))
        file = snapshot_at(snapshot, tools.vault)
        if preview:
            seen = _preview(speech, tools, snapshot, to)
            speech.answer(_document(seen, to), _lines(speech, seen), as_json=as_json)
            return 0
        restore_closed(tools.vault, to, file, actor=tools.actor, clock=tools.clock)
        store = tools.open_workspace(to)
        try:
            state, records = store.keeping.standing().state, store.keeping.contents().records
        finally:
            store.close()
        lines = [speech.text("CLI_RESTORE_DONE", path=to, count=records)]
        if state:
            lines.append(speech.text("CLI_RESTORE_ASKS"))
        document = {
            "file": str(to),
            "snapshot": str(snapshot),
            "records": records,
            "asks": bool(state),
        }
        speech.answer(document, lines, as_json=as_json)
        return 0

    return click.Command(
        "restore",
        callback=run,
        help=speech.text("CLI_RESTORE"),
        params=[
            path_argument("snapshot"),
            path_option("--to", required=True, help_text=speech.text("CLI_RESTORE_TO")),
            click.Option(["--preview"], is_flag=True, help=speech.text("CLI_RESTORE_PREVIEW")),
            JSON_OPTION,
        ],
    )


def _preview(speech: Speech, tools: Tools, snapshot: Path, to: Path) -> RestorePreview:
    file = snapshot_at(snapshot, tools.vault)
    if not to.is_file():
        view = look_into(tools.vault, file)
        if view.error is not None:
            raise view.error
        return RestorePreview(view, comparable=False)
    store = tools.open_workspace(to)
    try:
        return preview_restore(tools.vault, store, file, Progress(speech.progress))
    finally:
        store.close()


def _document(seen: RestorePreview, to: Path) -> dict[str, Any]:
    contents = seen.view.contents
    return {
        "file": str(to),
        "snapshot": str(seen.view.file.path),
        "records": dict(contents.counts) if contents is not None else {},
        "comparable": seen.comparable,
        "differences": [
            {
                "sign": each.sign,
                "form": each.form,
                "record": each.record,
                "title": each.title,
                "owner": each.owner,
                "fields": list(each.fields),
            }
            for each in seen.differences
        ],
    }


def _lines(speech: Speech, seen: RestorePreview) -> list[str]:
    contents = seen.view.contents
    count = contents.records if contents is not None else 0
    lines = [speech.text("CLI_RESTORE_HOLDS", count=count)]
    if not seen.comparable:
        return [*lines, speech.text("CLI_RESTORE_NOT_COMPARED")]
    lines.append(speech.text("CLI_RESTORE_WOULD", what=tally_text(seen.view.tally)))
    for each in seen.differences:
        where = f"{each.owner} / " if each.owner else ""
        fields = f"  ({', '.join(each.fields)})" if each.fields else ""
        lines.append(f"{each.sign} {each.form}  {where}{each.title or each.record[:8]}{fields}")
    return lines
