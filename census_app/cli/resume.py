"""`census resume`: say what became of the other file, so that a restored or copied one goes on handing in."""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_argument
from census_app.cli.tools import Tools
from census_app.errors import UserError
from census_app.services.going_on import go_on


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(file: Path, nothing: bool, moved: bool, as_json: bool) -> int:
        if nothing and moved:
            raise UserError("RESUME_ONE")
        store = tools.open_workspace(file)
        try:
            if nothing or moved:
                go_on(
                    store, "nothing" if nothing else "moved", actor=tools.actor, clock=tools.clock
                )
            standing = store.keeping.standing()
        finally:
            store.close()
        document = {"file": str(file), "state": standing.state or "goes_on", "at": standing.at}
        code = f"CLI_RESUME_{(standing.state or 'goes_on').upper()}"
        speech.answer(document, [speech.text(code, since=standing.since[:10])], as_json=as_json)
        return 1 if standing.state else 0

    return click.Command(
        "resume",
        callback=run,
        help=speech.text("CLI_RESUME"),
        params=[
            path_argument("file"),
            click.Option(
                ["--nothing-sent", "nothing"], is_flag=True, help=speech.text("CLI_RESUME_NOTHING")
            ),
            click.Option(["--moved"], is_flag=True, help=speech.text("CLI_RESUME_MOVED")),
            JSON_OPTION,
        ],
    )
