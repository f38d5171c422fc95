"""`census provenance`: where each value of a record comes from - package, signer, round, or a decision."""

from __future__ import annotations

import click

from census_app.cli.difference_words import ValueWords, place_of
from census_app.cli.speech import JSON_OPTION, Speech
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain.addresses import Target
from census_app.services.provenance import provenance


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(target: Target, department: str, form: str, record: str, as_json: bool) -> int:
        store = tools.open_catalogue(target)
        try:
            place = place_of(store, department, form, record, "")
            found = provenance(store, department, form, place.record, clock=tools.clock)
            words = ValueWords(store, speech)
            document, lines = words.origin_document(found), words.origin_lines(found)
        finally:
            store.close()
        speech.answer(document, lines, as_json=as_json)
        return 0

    return click.Command(
        "provenance",
        callback=run,
        help=speech.text("CLI_PROVENANCE"),
        params=[
            target_argument("target"),
            *(click.Argument([name]) for name in ("department", "form", "record")),
            JSON_OPTION,
        ],
    )
