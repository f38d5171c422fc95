"""`census assign-codes`: give resources their codes, for good."""

from __future__ import annotations

import click

from census_app.cli.decide_values import reason_option
from census_app.cli.speech import JSON_OPTION, Speech
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain.addresses import Target
from census_app.services.assigning import assign_codes


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(target: Target, department: str, unaccepted: bool, reason: str, as_json: bool) -> int:
        store = tools.open_catalogue(target)
        try:
            done = assign_codes(
                store,
                department,
                unaccepted=unaccepted,
                reason=reason,
                actor=tools.actor,
                clock=tools.clock,
            )
        finally:
            store.close()
        document = {
            "codes": [
                {"department": owner.department, "record": owner.record, "code": code}
                for owner, code in done.codes.items()
            ],
            "kept": done.kept,
            "waiting": done.waiting,
            "unclassed": done.unclassed,
        }
        counts = {
            "new": len(done.codes),
            "kept": done.kept,
            "waiting": done.waiting,
            "unclassed": done.unclassed,
        }
        speech.answer(document, [speech.text("CLI_ASSIGNED", **counts)], as_json=as_json)
        return 0

    return click.Command(
        "assign-codes",
        callback=run,
        help=speech.text("CLI_ASSIGN"),
        params=[
            target_argument("target"),
            click.Option(["--department"], default="", help=speech.text("CLI_DIFF_ONE")),
            click.Option(["--unaccepted"], is_flag=True, help=speech.text("CLI_ASSIGN_UNACCEPTED")),
            reason_option(speech),
            JSON_OPTION,
        ],
    )
