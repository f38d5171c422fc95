"""`census history`: who changed what, from what to what, when, by what; the newest first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_argument
from census_app.cli.tools import Tools
from census_app.domain.history import HistoryQuery
from census_app.services.journalling import HistoryLine, find_record, search, tell
from census_app.services.lookup import context_for
from census_app.services.naming import the_field


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(
        file: Path, record: str, field: str, person: str, text: str, limit: int, as_json: bool
    ) -> int:
        store = tools.open_workspace(file)
        try:
            found = find_record(store, record) if record else None
            forms = store.form_set.forms
            if found is not None:
                own = store.form_set.form(found.form)
                forms = (own, *store.form_set.children_of(own.id))
            asked = ((form, each) for form in forms for each in form.field)
            query = HistoryQuery(
                person=person,
                record=found.record if found is not None else "",
                field=the_field(asked, field) if field else "",
                text=text.strip(),
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
