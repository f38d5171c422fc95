"""`census accept`: accept the package that a stamped page names."""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli.decision_words import answer_decided
from census_app.cli.speech import JSON_OPTION, Speech, path_argument
from census_app.cli.tools import Tools
from census_app.services.deciding import accept_by_digest


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(target: Path, digest: str, comments: str, as_json: bool) -> int:
        store = tools.open_catalogue(target)
        try:
            done = accept_by_digest(store, digest, comments, actor=tools.actor, clock=tools.clock)
        finally:
            store.close()
        return answer_decided(done, speech, as_json=as_json)

    return click.Command(
        "accept",
        callback=run,
        help=speech.text("CLI_ACCEPT"),
        params=[
            path_argument("target"),
            click.Option(["--digest"], required=True, help=speech.text("CLI_ACCEPT_DIGEST")),
            click.Option(["--comments"], default="", help=speech.text("CLI_ACCEPT_COMMENTS")),
            JSON_OPTION,
        ],
    )
