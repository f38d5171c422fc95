"""`census query`: ask a department about a record, close or ask again, and see how each question stands."""

from __future__ import annotations

import click

from census_app.cli.difference_words import place_of
from census_app.cli.queries import find, lines_of, standing_document
from census_app.cli.speech import JSON_OPTION, Speech
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain.addresses import Target
from census_app.services.lookup import RecordNames, context_for
from census_app.services.ports import CatalogueStore
from census_app.services.querying import close_query, queries_of, raise_query, reopen_query
from census_app.services.vanishing import ask_about_vanished


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(  # noqa: PLR0913 - one parameter for each option
        target: Target,
        *,
        department: str,
        form: str,
        record: str,
        field: str,
        text: str,
        suggest: str | None,
        rule: str,
        optional: bool,
        close: str,
        again: str,
        vanished: bool,
        listed: bool,
        as_json: bool,
    ) -> int:
        store = tools.open_catalogue(target)
        try:
            if close or again:
                query = find(queries_of(store, department, clock=tools.clock), close or again).query
                act = close_query if close else reopen_query
                act(store, query.id, text, actor=tools.actor, clock=tools.clock)
                shown = query.id
            elif vanished:
                ask_about_vanished(store, department, text, actor=tools.actor, clock=tools.clock)
                shown = ""
            elif text and not listed:
                about = place_of(store, department, form, record, field) if record else None
                shown = raise_query(
                    store,
                    department,
                    *(about[1:] if about else (form, record, field)),
                    text,
                    suggestion=suggest,
                    rule=rule,
                    must=not optional,
                    actor=tools.actor,
                    clock=tools.clock,
                ).id
            else:
                shown = ""
            return _show(store, department, shown, speech, tools, as_json=as_json)
        finally:
            store.close()

    return click.Command(
        "query",
        callback=run,
        help=speech.text("CLI_QUERY"),
        params=_params(speech),
    )


def _params(speech: Speech) -> list[click.Parameter]:
    return [
        target_argument("target"),
        click.Option(["--department"], default="", help=speech.text("CLI_DEPARTMENT_CODE")),
        click.Option(["--form"], default="", help=speech.text("CLI_QUERY_FORM")),
        click.Option(["--record"], default="", help=speech.text("CLI_QUERY_RECORD")),
        click.Option(["--field"], default="", help=speech.text("CLI_QUERY_FIELD")),
        click.Option(["--text"], default="", help=speech.text("CLI_QUERY_TEXT")),
        click.Option(["--suggest"], help=speech.text("CLI_QUERY_SUGGEST")),
        click.Option(["--rule"], default="", help=speech.text("CLI_QUERY_RULE")),
        click.Option(["--optional"], is_flag=True, help=speech.text("CLI_QUERY_IS_OPTIONAL")),
        click.Option(["--close"], default="", metavar="ID", help=speech.text("CLI_QUERY_CLOSE")),
        click.Option(["--again"], default="", metavar="ID", help=speech.text("CLI_QUERY_AGAIN")),
        click.Option(["--vanished"], is_flag=True, help=speech.text("CLI_QUERY_VANISHED")),
        click.Option(["--list", "listed"], is_flag=True, help=speech.text("CLI_QUERY_LIST")),
        JSON_OPTION,
    ]


def _show(
    store: CatalogueStore,
    department: str,
    only: str,
    speech: Speech,
    tools: Tools,
    *,
    as_json: bool,
) -> int:
    """Show one query, or all; 1 says that some wait for the coordinator."""
    standings = [
        s for s in queries_of(store, department, clock=tools.clock) if only in {"", s.query.id}
    ]
    context = context_for(store, speech.language, RecordNames(store))
    names = {entry.code: entry.name for entry in store.roster()}
    lines: list[str] = []
    for standing in standings:
        first, *rest = lines_of(standing, context, speech)
        whose = names.get(standing.department, standing.department)
        lines += [first if department else f"{first}  {whose}", *rest]
    speech.answer(
        [standing_document(s, store.form_set) for s in standings],
        lines or [speech.text("CLI_QUERY_NONE")],
        as_json=as_json,
    )
    waits = any(s.state in {"answered", "contested"} for s in standings)
    return 1 if waits and not only else 0
