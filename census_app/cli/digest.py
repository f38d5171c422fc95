"""`census digest`: the catalogue's digest, equal wherever the same packages and decisions are."""

from __future__ import annotations

import click

from census_app.cli.speech import JSON_OPTION, Speech
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain.addresses import Target
from census_app.exchange.paper import short_groups
from census_app.services.as_of import now_or_then


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(target: Target, as_of: str | None, as_json: bool) -> int:
        store = tools.open_catalogue(target)
        try:
            with now_or_then(store, as_of, clock=tools.clock) as stood:
                digest = stood.digest()
        finally:
            store.close()
        speech.answer({"digest": digest}, [short_groups(digest, 16)], as_json=as_json)
        return 0

    return click.Command(
        "digest",
        callback=run,
        help=speech.text("CLI_DIGEST"),
        params=[
            target_argument("target"),
            click.Option(["--as-of"], metavar="CCYY-MM-DD", help=speech.text("CLI_AS_OF")),
            JSON_OPTION,
        ],
    )
