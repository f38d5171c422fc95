"""`census explained`: the reasons departments gave for warnings; accept one for good, or refuse it."""

from __future__ import annotations

from typing import cast

import click

from census_app.cli.queries import warning_document
from census_app.cli.speech import JSON_OPTION, Speech
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain.addresses import Target
from census_app.domain.records import RecordId
from census_app.domain.review import VerdictChoice
from census_app.errors import UserError
from census_app.services.judging import ExplainedWarning, explained_warnings, judge_explanation
from census_app.services.naming import Named, the_record


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(
        target: Target,
        department: str,
        accept: tuple[str, str] | None,
        refuse: tuple[str, str] | None,
        reason: str,
        as_json: bool,
    ) -> int:
        store = tools.open_catalogue(target)
        try:
            found = explained_warnings(
                store, department, clock=tools.clock, language=speech.language
            )
            for choice, named in (("accepted", accept), ("refused", refuse)):
                if named:
                    judge_explanation(
                        store,
                        department,
                        _named(found, *named).explanation,
                        cast("VerdictChoice", choice),
                        reason,
                        actor=tools.actor,
                        clock=tools.clock,
                    )
            if accept or refuse:
                found = explained_warnings(
                    store, department, clock=tools.clock, language=speech.language
                )
        finally:
            store.close()
        lines = [line for warning in found for line in _lines(warning, speech)]
        speech.answer(
            [warning_document(w) for w in found],
            lines or [speech.text("CLI_EXPLAINED_NONE")],
            as_json=as_json,
        )
        waits = any(w.standing in {"undecided", "contested"} for w in found)
        return 1 if waits and not (accept or refuse) else 0

    return click.Command(
        "explained",
        callback=run,
        help=speech.text("CLI_EXPLAINED"),
        params=_params(speech),
    )


def _params(speech: Speech) -> list[click.Parameter]:
    return [
        target_argument("target"),
        click.Option(["--department"], required=True, help=speech.text("CLI_DEPARTMENT_CODE")),
        click.Option(
            ["--accept"],
            nargs=2,
            metavar="RULE RECORD",
            help=speech.text("CLI_EXPLAINED_ACCEPT"),
        ),
        click.Option(
            ["--refuse"],
            nargs=2,
            metavar="RULE RECORD",
            help=speech.text("CLI_EXPLAINED_REFUSE"),
        ),
        click.Option(["--reason"], default="", help=speech.text("CLI_EXPLAINED_REASON")),
        JSON_OPTION,
    ]


def _named(found: list[ExplainedWarning], rule: str, record: str) -> ExplainedWarning:
    """Return the warning of a rule at a record that is meant.

    Raises:
        UserError: `EXPLANATION_GONE`, no reason for that rule; `RECORD_UNKNOWN`, `RECORD_SEVERAL`.
    """
    by_record = {w.explanation.record: w for w in reversed(found) if w.explanation.rule == rule}
    if not by_record:
        raise UserError("EXPLANATION_GONE", rule=rule)
    known = [Named("", RecordId(each), w.title or "") for each, w in by_record.items()]
    return by_record[the_record(known, record).record]


def _lines(warning: ExplainedWarning, speech: Speech) -> list[str]:
    explanation = warning.explanation
    standing = speech.text(f"JUDGED_{warning.standing}")
    said = f"{standing}: {warning.reason}" if warning.reason else standing
    return [
        f"{explanation.rule}  {explanation.record[:8]}  {warning.title or '—'}  [{said}]",
        f"    {' '.join(warning.message.split())}",
        f"    → {explanation.reason}",
    ]
