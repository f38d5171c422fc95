"""`census template`: the Excel template of a department's file."""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_argument
from census_app.cli.tools import Tools
from census_app.services.progress import Progress
from census_app.services.templating import write_template


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(file: Path, to: Path, empty: bool, as_json: bool) -> int:
        store = tools.open_workspace(file)
        try:
            done = write_template(
                store,
                to,
                language=speech.language,
                empty=empty,
                progress=Progress(speech.progress),
            )
        finally:
            store.close()
        document = {
            "path": str(done.path),
            "forms": done.sheets,
            "records": done.records,
            "controls": done.controls,
        }
        lines = [
            speech.text(
                "CLI_TEMPLATE_DONE", path=done.path, sheets=done.sheets, records=done.records
            )
        ]
        if done.controls:
            lines.append(speech.text("CLI_TEMPLATE_CONTROLS", count=done.controls))
        speech.answer(document, lines, as_json=as_json)
        return 0

    return click.Command(
        "template",
        callback=run,
        help=speech.text("CLI_TEMPLATE"),
        params=[
            path_argument("file"),
            click.Option(
                ["--to"],
                type=click.Path(path_type=Path, dir_okay=False),
                required=True,
                help=speech.text("CLI_TEMPLATE_TO"),
            ),
            click.Option(["--empty"], is_flag=True, help=speech.text("CLI_TEMPLATE_EMPTY")),
            JSON_OPTION,
        ],
    )
