"""`census publish`: give out what a file holds in a form other people's programs read; so far the journal."""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_argument
from census_app.cli.tools import Tools
from census_app.services.journalling import export_journal
from census_app.services.lookup import context_for
from census_app.services.progress import Progress


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command with its formats."""
    group = click.Group("publish", help=speech.text("CLI_PUBLISH"))
    group.add_command(_journal(speech, tools))
    return group


def _journal(speech: Speech, tools: Tools) -> click.Command:
    def run(file: Path, to: Path, as_json: bool) -> int:
        store = tools.open_workspace(file)
        try:
            context = context_for(store, speech.language)
            done = export_journal(store, to, context, progress=Progress(speech.progress))
        finally:
            store.close()
        document = {"path": str(done.path), "lines": done.lines, "rows": done.rows}
        text = speech.text(
            "CLI_PUBLISH_JOURNAL_DONE", path=done.path, lines=done.lines, rows=done.rows
        )
        speech.answer(document, [text], as_json=as_json)
        return 0

    return click.Command(
        "journal",
        callback=run,
        help=speech.text("CLI_PUBLISH_JOURNAL"),
        params=[
            path_argument("file"),
            click.Option(
                ["--to"],
                type=click.Path(path_type=Path, dir_okay=False),
                required=True,
                help=speech.text("CLI_PUBLISH_TO"),
            ),
            JSON_OPTION,
        ],
    )
