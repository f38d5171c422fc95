"""`census diff`: what a round, a package or some days changed, field by field."""

from __future__ import annotations

import click

from census_app.cli.difference_words import ValueWords
from census_app.cli.speech import JSON_OPTION, Speech
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain.addresses import Target
from census_app.services.correcting import correction_standings
from census_app.services.differing import NOW, PREVIOUS, compare


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(target: Target, before: str, after: str, department: str, as_json: bool) -> int:
        store = tools.open_catalogue(target)
        try:
            found = compare(store, before, after, department, clock=tools.clock)
            waiting = [s for s in correction_standings(store, department) if s.waits]
            words = ValueWords(store, speech)
            document = {
                "from": before,
                "to": after,
                "departments": [words.department_document(each) for each in found],
                "questions": [words.standing_document(each) for each in waiting],
            }
            lines = [line for each in found for line in words.department_lines(each)]
            lines += [line for each in waiting for line in words.standing_lines(each)]
        finally:
            store.close()
        speech.answer(document, lines or [speech.text("CLI_DIFF_NONE")], as_json=as_json)
        return 1 if waiting or any(each.counts["vanished"] for each in found) else 0

    return click.Command(
        "diff",
        callback=run,
        help=speech.text("CLI_DIFF"),
        params=[
            target_argument("target"),
            click.Option(["--from", "before"], default=PREVIOUS, help=speech.text("CLI_DIFF_FROM")),
            click.Option(["--to", "after"], default=NOW, help=speech.text("CLI_DIFF_TO")),
            click.Option(["--department"], default="", help=speech.text("CLI_DIFF_ONE")),
            JSON_OPTION,
        ],
    )
