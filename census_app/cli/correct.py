"""`census correct`: put a value in the place of a department's; without a field, how all corrections stand."""

from __future__ import annotations

import click

from census_app.cli.decide_values import reason_option, value_options, wanted_value
from census_app.cli.decision_words import answer_decided
from census_app.cli.difference_words import ValueWords, place_of
from census_app.cli.speech import JSON_OPTION, Speech
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain.addresses import Target
from census_app.services.correcting import correct, correction_standings
from census_app.services.deciding import Decided


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(
        target: Target, department: str, form: str, record: str, field: str,
        value: str | None, empty: bool, reason: str, as_json: bool,
    ) -> int:  # fmt: skip
        if not form:
            return _show(target, department, as_json=as_json)
        if not field:
            raise click.UsageError(speech.text("CLI_CORRECT_PLACE"))
        wanted = wanted_value(value, empty=empty, speech=speech)
        store = tools.open_catalogue(target)
        try:
            place = place_of(store, department, form, record, field)
            made = correct(store, *place, wanted, reason, actor=tools.actor, clock=tools.clock)
        finally:
            store.close()
        return answer_decided(Decided((made,)), speech, as_json=as_json)

    def _show(target: Target, department: str, *, as_json: bool) -> int:
        store = tools.open_catalogue(target)
        try:
            found = correction_standings(store, department)
            words = ValueWords(store, speech)
            document = [words.standing_document(each) for each in found]
            lines = [line for each in found for line in words.standing_lines(each)]
        finally:
            store.close()
        speech.answer(document, lines or [speech.text("CLI_CORRECT_NONE")], as_json=as_json)
        return 1 if any(each.waits for each in found) else 0

    return click.Command(
        "correct",
        callback=run,
        help=speech.text("CLI_CORRECT"),
        params=[
            target_argument("target"),
            *(click.Argument([n], default="") for n in ("department", "form", "record", "field")),
            *value_options(speech),
            reason_option(speech),
            JSON_OPTION,
        ],
    )
