"""`census decide`: what waits for a person - forks, contested matters, held packages - and the decision."""

from __future__ import annotations

from collections.abc import Iterable

import click

from census_app.cli.decide_values import VALUE_COMMANDS, reason_option
from census_app.cli.decision_words import (
    PairWords,
    answer_decided,
    fork_document,
    fork_lines,
    matter_document,
    matter_lines,
    pair_document,
)
from census_app.cli.difference_words import ValueWords
from census_app.cli.speech import JSON_OPTION, Speech
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain.addresses import Target
from census_app.errors import UserError
from census_app.exchange.paper import typed_digits
from census_app.services.comparing import compare_sides
from census_app.services.correcting import correction_standings
from census_app.services.deciding import find_by_digest, set_released
from census_app.services.forking import Fork, choose_side, fork_at, forks
from census_app.services.ports import CatalogueStore
from census_app.services.settling import ContestedMatter, contested, settle

_WHOLE = 64


class AboutOneFile(click.Group):
    """A group whose file comes first: `decide FILE --list` as well as `decide FILE fork …`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Let options follow the file where no command does."""
        ctx.allow_interspersed_args = not any(arg in self.commands for arg in args[1:3])
        return super().parse_args(ctx, args)


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command group."""

    def run(target: Target, listed: bool, as_json: bool) -> int:
        context = click.get_current_context()
        context.obj = target
        if context.invoked_subcommand is not None:
            return 0
        del listed  # without anything to decide, the list is what there is to say
        store = tools.open_catalogue(target)
        try:
            waiting, matters = forks(store), contested(store)
            words = ValueWords(store, speech)
            asked = [each for each in correction_standings(store) if each.state == "question"]
            questions = [line for each in asked for line in words.standing_lines(each)]
            disputes = [line for matter in matters for line in matter_lines(matter, speech, words)]
        finally:
            store.close()
        document = {
            "forks": [fork_document(fork) for fork in waiting],
            "contested": [matter_document(matter) for matter in matters],
            "questions": [words.standing_document(each) for each in asked],
        }
        lines = [line for fork in waiting for line in fork_lines(fork, speech)]
        lines += disputes + questions
        speech.answer(document, lines or [speech.text("CLI_DECIDE_NOTHING")], as_json=as_json)
        return 1 if waiting or matters or asked else 0

    group = AboutOneFile(
        "decide",
        callback=run,
        invoke_without_command=True,
        help=speech.text("CLI_DECIDE"),
        params=[
            target_argument("target"),
            click.Option(["--list", "listed"], is_flag=True, help=speech.text("CLI_DECIDE_LIST")),
            JSON_OPTION,
        ],
    )
    for each in (_fork_command, _settle_command, _release_command, *VALUE_COMMANDS):
        group.add_command(each(speech, tools))
    return group


# -- forks -------------------------------------------------------------------------------------------------------------


def _fork_command(speech: Speech, tools: Tools) -> click.Command:
    def run(department: str, sequence: int, choose: str | None, reason: str, as_json: bool) -> int:
        store = tools.open_catalogue(click.get_current_context().obj)
        try:
            fork = fork_at(store, department, sequence)
            if choose is None:
                return _show(store, fork, speech, tools, as_json=as_json)
            done = choose_side(
                store,
                fork,
                _side_of(fork, choose),
                reason,
                actor=tools.actor,
                clock=tools.clock,
            )
        finally:
            store.close()
        return answer_decided(done, speech, as_json=as_json)

    return click.Command(
        "fork",
        callback=run,
        help=speech.text("CLI_DECIDE_FORK"),
        params=[
            click.Argument(["department"]),
            click.Argument(["sequence"], type=int),
            click.Option(["--choose"], help=speech.text("CLI_DECIDE_CHOOSE")),
            reason_option(speech),
            JSON_OPTION,
        ],
    )


def _side_of(fork: Fork, typed: str) -> str:
    """Return the identity of the one side that begins as typed."""
    digits = typed_digits(typed)
    found = [side.identity for side in fork.sides if side.identity.startswith(digits)]
    if len(found) != 1:
        raise UserError("FORK_SIDE", given=digits[:16], sequence=fork.sequence)
    return found[0]


def _show(store: CatalogueStore, fork: Fork, speech: Speech, tools: Tools, *, as_json: bool) -> int:
    """Lay the first side beside each of the others."""
    first, *others = fork.sides
    pairs = [compare_sides(store, first, other, clock=tools.clock) for other in others]
    document = fork_document(fork) | {"compared": [pair_document(pair) for pair in pairs]}
    lines = fork_lines(fork, speech)
    for pair in pairs:
        lines += PairWords(pair, store, speech).lines()
    speech.answer(document, lines, as_json=as_json)
    return 0 if fork.chosen else 1


# -- contested matters -------------------------------------------------------------------------------------------------


def _settle_command(speech: Speech, tools: Tools) -> click.Command:
    def run(kind: str, subject: str, choose: str, reason: str, as_json: bool) -> int:
        store = tools.open_catalogue(click.get_current_context().obj)
        try:
            matter = _matter(contested(store), kind, subject)
            done = settle(
                store,
                matter,
                _choice(matter, choose),
                reason,
                actor=tools.actor,
                clock=tools.clock,
            )
        finally:
            store.close()
        return answer_decided(done, speech, as_json=as_json)

    return click.Command(
        "settle",
        callback=run,
        help=speech.text("CLI_DECIDE_SETTLE"),
        params=[
            click.Argument(["kind"]),
            click.Argument(["subject"]),
            click.Option(["--choose"], required=True, help=speech.text("CLI_DECIDE_CHOICE")),
            reason_option(speech),
            JSON_OPTION,
        ],
    )


def _matter(matters: Iterable[ContestedMatter], kind: str, subject: str) -> ContestedMatter:
    found = [m for m in matters if m.kind == kind and m.subject.startswith(subject)]
    exact = [m for m in found if m.subject == subject]
    if len(exact or found) != 1:
        raise UserError("SETTLE_NONE", subject=subject)
    return (exact or found)[0]


def _choice(matter: ContestedMatter, typed: str) -> str:
    """Return a side's choice: named by its number in the list, to the letter, or by the first groups of a digest."""
    choices = [side.choice for side in matter.sides]
    if typed in choices:
        return typed
    if typed.isdecimal() and 1 <= int(typed) <= len(choices):
        return choices[int(typed) - 1]
    plain = "".join(typed.split()).lower()
    found = [c for c in choices if len(c) == _WHOLE and len(plain) >= 8 and c.startswith(plain)]
    return found[0] if len(found) == 1 else typed


# -- held packages -----------------------------------------------------------------------------------------------------


def _release_command(speech: Speech, tools: Tools) -> click.Command:
    def run(digest: str, reason: str, as_json: bool) -> int:
        store = tools.open_catalogue(click.get_current_context().obj)
        try:
            package = find_by_digest(store, digest)
            done = set_released(
                store, package.identity, reason, actor=tools.actor, clock=tools.clock
            )
        finally:
            store.close()
        return answer_decided(done, speech, as_json=as_json)

    return click.Command(
        "release",
        callback=run,
        help=speech.text("CLI_DECIDE_RELEASE"),
        params=[click.Argument(["digest"]), reason_option(speech), JSON_OPTION],
    )
