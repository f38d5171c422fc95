"""`census decide TARGET theirs|ours|edit|ask|revoke|publish|withdraw`: decisions about values and records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import click

from census_app.cli.decision_words import answer_decided
from census_app.cli.difference_words import place_of
from census_app.cli.speech import JSON_OPTION, Speech
from census_app.cli.tools import Tools
from census_app.domain.chain import Decision
from census_app.domain.corrections import Place
from census_app.services import correcting
from census_app.services.deciding import Decided
from census_app.services.ports import CatalogueStore
from census_app.services.record_states import publish, withdraw

Act = Literal["theirs", "ours", "edit", "ask"]


def reason_option(speech: Speech) -> click.Option:
    """Return the option for the reason of a decision."""
    return click.Option(["--reason"], default="", help=speech.text("CLI_DECIDE_REASON"))


def place_arguments() -> list[click.Parameter]:
    """Return the arguments that name a field of a record of a department."""
    return [click.Argument([name]) for name in ("department", "form", "record", "field")]


def value_options(speech: Speech) -> list[click.Parameter]:
    """Return the options that say what shall stand in a field."""
    return [
        click.Option(["--value"], help=speech.text("CLI_CORRECT_VALUE")),
        click.Option(["--empty"], is_flag=True, help=speech.text("CLI_CORRECT_EMPTY")),
    ]


def wanted_value(value: str | None, *, empty: bool, speech: Speech) -> str:
    """Return the text that shall stand in a field, empty for none.

    Raises:
        click.UsageError: Neither, or both, were given.
    """
    if (value is None) != empty:
        raise click.UsageError(speech.text("CLI_CORRECT_ONE"))
    return value or ""


def _about_a_value(act: Act, speech: Speech, tools: Tools) -> click.Command:
    def run(
        department: str, form: str, record: str, field: str, reason: str, as_json: bool,
        value: str | None = None, empty: bool = False,
    ) -> int:  # fmt: skip
        wanted = wanted_value(value, empty=empty, speech=speech) if act == "edit" else ""
        store = tools.open_catalogue(click.get_current_context().obj)
        try:
            place = place_of(store, department, form, record, field)
            made = _act(act, store, place, wanted, reason, tools)
        finally:
            store.close()
        if made is None:
            speech.answer({"asked": True}, [speech.text("CLI_DECIDE_ASKED")], as_json=as_json)
            return 0
        return answer_decided(Decided((made,)), speech, as_json=as_json)

    return click.Command(
        act,
        callback=run,
        help=speech.text(f"CLI_DECIDE_{act.upper()}"),
        params=[
            *place_arguments(),
            *(value_options(speech) if act == "edit" else ()),
            reason_option(speech),
            JSON_OPTION,
        ],
    )


def _act(
    act: Act, store: CatalogueStore, place: Place, value: str, reason: str, tools: Tools
) -> Decision | None:
    """Decide, or ask, which adds a query and decides nothing yet."""
    if act == "theirs":
        return correcting.take_theirs(store, place, reason, actor=tools.actor, clock=tools.clock)
    if act == "ours":
        return correcting.keep_ours(store, place, reason, actor=tools.actor, clock=tools.clock)
    if act == "edit":
        return correcting.correct(
            store, *place, value, reason, actor=tools.actor, clock=tools.clock
        )
    correcting.ask_about(store, place, reason, actor=tools.actor, clock=tools.clock)
    return None


def _revoke_command(speech: Speech, tools: Tools) -> click.Command:
    def run(decision: str, reason: str, as_json: bool) -> int:
        store = tools.open_catalogue(click.get_current_context().obj)
        try:
            plain = "".join(decision.split()).lower()
            made = correcting.revoke(store, plain, reason, actor=tools.actor, clock=tools.clock)
        finally:
            store.close()
        return answer_decided(Decided((made,)), speech, as_json=as_json)

    return click.Command(
        "revoke",
        callback=run,
        help=speech.text("CLI_DECIDE_REVOKE"),
        params=[click.Argument(["decision"]), reason_option(speech), JSON_OPTION],
    )


def _publish_command(speech: Speech, tools: Tools) -> click.Command:
    def run(department: str, reason: str, as_json: bool) -> int:
        store = tools.open_catalogue(click.get_current_context().obj)
        try:
            done = publish(store, department, reason=reason, actor=tools.actor, clock=tools.clock)
        finally:
            store.close()
        counts = {
            "published": done.published,
            "already": done.already,
            "without_code": done.without_code,
            "waiting": done.waiting,
        }
        speech.answer(counts, [speech.text("CLI_PUBLISHED", **counts)], as_json=as_json)
        return 0

    return click.Command(
        "publish",
        callback=run,
        help=speech.text("CLI_DECIDE_PUBLISH"),
        params=[
            click.Argument(["department"], default=""),
            reason_option(speech),
            JSON_OPTION,
        ],
    )


def _withdraw_command(speech: Speech, tools: Tools) -> click.Command:
    def run(department: str, record: str, reason: str, as_json: bool) -> int:
        store = tools.open_catalogue(click.get_current_context().obj)
        try:
            form = store.form_set.by_role("resource_code")[0].id
            place = place_of(store, department, form, record, "")
            made = withdraw(
                store, department, {place.record}, reason, actor=tools.actor, clock=tools.clock
            )
        finally:
            store.close()
        return answer_decided(Decided(made), speech, as_json=as_json)

    return click.Command(
        "withdraw",
        callback=run,
        help=speech.text("CLI_DECIDE_WITHDRAW"),
        params=[
            click.Argument(["department"]),
            click.Argument(["record"]),
            reason_option(speech),
            JSON_OPTION,
        ],
    )


def _of(act: Act) -> Callable[[Speech, Tools], click.Command]:
    return lambda speech, tools: _about_a_value(act, speech, tools)


VALUE_COMMANDS: Final[tuple[Callable[[Speech, Tools], click.Command], ...]] = (
    _of("theirs"),
    _of("ours"),
    _of("edit"),
    _of("ask"),
    _revoke_command,
    _publish_command,
    _withdraw_command,
)
