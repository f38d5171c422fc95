"""`census history`: who changed what, from what to what, when, by what; the newest first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_argument
from census_app.cli.tools import Tools
from census_app.domain.history import HistoryQuery
from census_app.errors import UserError
from census_app.services.journalling import HistoryLine, find_record, search, tell
from census_app.services.lookup import context_for
from census_app.services.ports import WorkspaceStore


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(
        file: Path, record: str, field: str, person: str, text: str, limit: int, as_json: bool
    ) -> int:
        store = tools.open_workspace(file)
        try:
            found = find_record(store, record) if record else ""
            query = HistoryQuery(
                person=person, record=found, field=_field(store, field), text=text.strip()
            )
            keys = store.history_keys(search(query, store.form_set))
            shown = list(keys)[:limit] if limit else list(keys)
            context = context_for(store, speech.language)
            lines = [tell(row, context) for row in store.history_rows(shown)]
        finally:
            store.close()
        said = [_line(line, speech) for line in lines] or [speech.text("CLI_HISTORY_NONE")]
        if len(keys) > len(shown):
            said.append(speech.text("CLI_HISTORY_MORE", shown=len(shown), total=len(keys)))
        document = {"total": len(keys), "lines": [line_document(line) for line in lines]}
        speech.answer(document, said, as_json=as_json)
        return 0

    return click.Command(
        "history",
        callback=run,
        help=speech.text("CLI_HISTORY"),
        params=[
            path_argument("file"),
            click.Argument(["record"], default=""),
            click.Option(["--field"], default="", help=speech.text("CLI_HISTORY_FIELD")),
            click.Option(["--person"], default="", help=speech.text("CLI_HISTORY_PERSON")),
            click.Option(["--text"], default="", help=speech.text("CLI_HISTORY_TEXT")),
            click.Option(
                ["--limit"],
                type=click.IntRange(min=0),
                default=100,
                show_default=True,
                help=speech.text("CLI_HISTORY_LIMIT"),
            ),
            JSON_OPTION,
        ],
    )


def _field(store: WorkspaceStore, given: str) -> str:
    """Return the id of a field named by id or label."""
    if not given:
        return ""
    for form in store.form_set.forms:
        for field in form.field:
            if given in {field.id, field.label.zh, field.label.en}:
                return field.id
    raise UserError("HISTORY_FIELD_UNKNOWN", field=given)


def line_document(line: HistoryLine) -> dict[str, Any]:
    """Return a line for `--json`."""
    row = line.row
    return {
        "step": row.step,
        "at": row.at,
        "actor": row.actor,
        "origin": row.origin.value,
        "sentence": line.sentence,
        "form": row.form,
        "record": row.record,
        "title": row.title,
        "owner": row.owner_title,
        "field": row.field,
        "what": line.what,
        "before": line.before,
        "after": line.after,
        "reason": row.reason,
        "undone": row.undone,
    }


def _line(line: HistoryLine, speech: Speech) -> str:
    row = line.row
    named = " › ".join(filter(None, (row.owner_title, row.title or "—")))
    change = f": {line.before or '—'} → {line.after or '—'}" if line.before or line.after else ""
    undone = f"  [{speech.text('HISTORY_UNDONE')}]" if row.undone else ""
    who = f"{row.at}  {row.actor}  {line.origin}"
    return " ".join(f"{row.step}  {who}  {line.form} {named}  {line.what}{change}{undone}".split())
