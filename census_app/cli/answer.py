"""`census answer`: what the coordinator asks, and the department's answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import click

from census_app.cli.queries import find, item_document, lines_of
from census_app.cli.speech import JSON_OPTION, Speech, path_argument
from census_app.cli.tools import Tools
from census_app.services.answering import (
    answer_query,
    apply_suggestion,
    confirm_deleted,
    disagree,
    query_items,
    round_of,
    withdraw_answer,
)
from census_app.services.lookup import RecordNames, context_for
from census_app.services.ports import WorkspaceStore


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(
        file: Path,
        query: str | None,
        take: bool,
        text: str | None,
        reason: str | None,
        deleted: str | None,
        withdraw: bool,
        every: bool,
        as_json: bool,
    ) -> int:
        store = tools.open_workspace(file)
        try:
            only = ""
            if query is not None:
                only = find(query_items(store, clock=tools.clock), query).query.id
                said = [(answer_query, text), (disagree, reason), (confirm_deleted, deleted)]
                _answer(store, only, tools, said, take=take, withdraw=withdraw)
            return _show(store, only, speech, tools, every=every, as_json=as_json)
        finally:
            store.close()

    return click.Command(
        "answer",
        callback=run,
        help=speech.text("CLI_ANSWER"),
        params=[
            path_argument("file"),
            click.Argument(["query"], required=False),
            click.Option(["--apply", "take"], is_flag=True, help=speech.text("CLI_ANSWER_APPLY")),
            click.Option(["--text"], help=speech.text("CLI_ANSWER_TEXT")),
            click.Option(["--disagree", "reason"], help=speech.text("CLI_ANSWER_DISAGREE")),
            click.Option(["--deleted"], help=speech.text("CLI_ANSWER_DELETED")),
            click.Option(["--withdraw"], is_flag=True, help=speech.text("CLI_ANSWER_WITHDRAW")),
            click.Option(["--all", "every"], is_flag=True, help=speech.text("CLI_ANSWER_ALL")),
            JSON_OPTION,
        ],
    )


def _answer(
    store: WorkspaceStore,
    query: str,
    tools: Tools,
    said: Sequence[tuple[Callable[..., object], str | None]],
    *,
    take: bool,
    withdraw: bool,
) -> None:
    if take:
        apply_suggestion(store, query, actor=tools.actor, clock=tools.clock)
    for say, words in said:
        if words is not None:
            say(store, query, words, actor=tools.actor, clock=tools.clock)
    if withdraw:
        withdraw_answer(store, query, clock=tools.clock)


def _show(
    store: WorkspaceStore, only: str, speech: Speech, tools: Tools, *, every: bool, as_json: bool
) -> int:
    """Show one query, or all that are not closed; 1 says that some must be answered before handing in."""
    # What must be answered stands first.
    items = sorted(query_items(store, clock=tools.clock), key=lambda item: not item.waits)
    waiting = sum(item.waits for item in items)
    if only:
        items = [item for item in items if item.query.id == only]
    elif not every:
        items = [item for item in items if item.state != "closed"]
    context = context_for(store, speech.language, RecordNames(store))
    lines = [line for item in items for line in lines_of(item, context, speech)]
    heading = speech.text("CLI_ANSWER_ROUND", round=round_of(store), count=waiting)
    document = {
        "round": round_of(store),
        "queries": [item_document(item, store.form_set) for item in items],
    }
    nothing = [speech.text("CLI_ANSWER_NONE")]
    speech.answer(document, [heading, *(lines or nothing)], as_json=as_json)
    return 1 if waiting and not only else 0
