"""`census publish`: give out what a file holds in a form other programs read; so far journal and national sheet."""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_argument
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain.addresses import Target
from census_app.services.journalling import export_journal
from census_app.services.lookup import context_for
from census_app.services.national_sheet import write_national
from census_app.services.progress import Progress


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command with its formats."""
    group = click.Group("publish", help=speech.text("CLI_PUBLISH"))
    group.add_command(_journal(speech, tools))
    group.add_command(_national(speech, tools))
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
            _to(speech),
            JSON_OPTION,
        ],
    )


def _to(speech: Speech) -> click.Option:
    return click.Option(
        ["--to"],
        type=click.Path(path_type=Path, dir_okay=False),
        required=True,
        help=speech.text("CLI_PUBLISH_TO"),
    )


def _national(speech: Speech, tools: Tools) -> click.Command:
    def run(target: Target, department: str | None, to: Path, as_json: bool) -> int:
        store = tools.open_any(target)
        try:
            done = write_national(to, store, (department or "").upper())
        finally:
            store.close()
        document = {
            "path": str(done.path),
            "resources": done.resources,
            "rows": done.rows,
            "unknown": done.unknown,
        }
        lines = [
            speech.text(
                "CLI_PUBLISH_NATIONAL_DONE", path=to, resources=done.resources, rows=done.rows
            )
        ]
        if done.unknown:
            lines.append(speech.text("CLI_PUBLISH_NATIONAL_UNKNOWN", count=done.unknown))
        speech.answer(document, lines, as_json=as_json)
        return 0

    return click.Command(
        "national",
        callback=run,
        help=speech.text("CLI_PUBLISH_NATIONAL"),
        params=[
            target_argument("target"),
            click.Option(["--department"], help=speech.text("CLI_STATS_DEPARTMENT")),
            _to(speech),
            JSON_OPTION,
        ],
    )
