"""`census digest`: the catalogue's digest, equal wherever the same packages and decisions are."""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_argument
from census_app.cli.tools import Tools
from census_app.exchange.paper import short_groups


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(target: Path, as_json: bool) -> int:
        store = tools.open_catalogue(target)
        try:
            digest = store.digest()
        finally:
            store.close()
        speech.answer({"digest": digest}, [short_groups(digest, 16)], as_json=as_json)
        return 0

    return click.Command(
        "digest",
        callback=run,
        help=speech.text("CLI_DIGEST"),
        params=[path_argument("target"), JSON_OPTION],
    )
