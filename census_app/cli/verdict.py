"""`census verdict`: what was said of things that look alike, saying it, choosing a source, taking it back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing

import click

from census_app.cli.decide import AboutOneFile
from census_app.cli.decision_words import decision_document
from census_app.cli.speech import JSON_OPTION, Speech, replace_option
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain import chain
from census_app.domain.addresses import Target
from census_app.domain.chain import Decision
from census_app.domain.item_overlaps import ItemOverlap
from census_app.domain.verdicts import RELATIONS, Relation
from census_app.errors import UserError
from census_app.exchange.paper import short_groups
from census_app.services import likening, overlapping
from census_app.services.meanwhile import known_to
from census_app.services.overlap_sheet import OverlapTable
from census_app.services.overlapping import KINDS, OverlapKind, Overlaps
from census_app.services.ports import CatalogueStore, ListQuery
from census_app.services.progress import Progress

Act = Callable[[CatalogueStore], Decision]


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command group."""

    def run(target: Target, as_json: bool) -> int:
        context = click.get_current_context()
        context.obj = target
        if context.invoked_subcommand is not None:
            return 0
        with closing(tools.open_catalogue(target)) as store:
            said = [
                d
                for d in chain.standing(store.decisions())
                if d.kind in {"similarity", "source"} and d.choice != likening.WITHDRAWN
            ]
            titles = _titles(store, said)
        said.sort(key=lambda d: (d.created, d.id))
        lines = [_line(decision, speech, titles) for decision in said]
        document = {"verdicts": [decision_document(decision) for decision in said]}
        speech.answer(document, lines or [speech.text("CLI_VERDICT_NONE")], as_json=as_json)
        return 0

    group = AboutOneFile(
        "verdict",
        callback=run,
        invoke_without_command=True,
        help=speech.text("CLI_VERDICT"),
        params=[target_argument("target"), JSON_OPTION],
    )
    for each in (_records_command, _item_command, _source_command, _withdraw_command):
        group.add_command(each(speech, tools))
    return group


def _records_command(speech: Speech, tools: Tools) -> click.Command:
    def run(
        relation: Relation, records: tuple[str, ...], kind: OverlapKind, reason: str,
        replace: bool, as_json: bool,
    ) -> int:  # fmt: skip
        def act(store: CatalogueStore) -> Decision:
            members = overlapping.members_named(store, kind, records)
            return likening.judge_group(
                store, kind, dict.fromkeys(members), relation, reason,
                actor=tools.actor, clock=tools.clock, known=known_to(store, replace=replace),
            )  # fmt: skip

        return _act(act, speech, tools, as_json=as_json)

    return click.Command(
        "records",
        callback=run,
        help=speech.text("CLI_VERDICT_RECORDS"),
        params=[
            click.Argument(["relation"], type=click.Choice(RELATIONS)),
            click.Argument(["records"], nargs=-1, required=True),
            click.Option(
                ["--kind"],
                type=click.Choice([kind for kind in KINDS if kind != "items"]),
                default="resources",
                help=speech.text("CLI_DUP_KIND"),
            ),
            _reason(speech),
            replace_option(speech),
            JSON_OPTION,
        ],
    )


def _item_command(speech: Speech, tools: Tools) -> click.Command:
    def run(relation: Relation, name: str, reason: str, replace: bool, as_json: bool) -> int:
        def act(store: CatalogueStore) -> Decision:
            _overlaps, item = _item_named(store, name, speech)
            return likening.judge_item(
                store, item, relation, reason, actor=tools.actor, clock=tools.clock,
                known=known_to(store, replace=replace),
            )  # fmt: skip

        return _act(act, speech, tools, as_json=as_json)

    return click.Command(
        "item",
        callback=run,
        help=speech.text("CLI_VERDICT_ITEM"),
        params=[
            click.Argument(["relation"], type=click.Choice(RELATIONS)),
            click.Argument(["name"]),
            _reason(speech),
            replace_option(speech),
            JSON_OPTION,
        ],
    )


def _source_command(speech: Speech, tools: Tools) -> click.Command:
    def run(
        name: str, record: str | None, reason: str, tell: bool, replace: bool, as_json: bool
    ) -> int:
        if record is None:
            return _show_homes(name, speech, tools, as_json=as_json)

        def act(store: CatalogueStore) -> Decision:
            overlaps, item = _item_named(store, name, speech)
            (at,) = overlapping.members_named(store, "resources", [record])
            home = next((h for h in overlaps.held_in(item) if (h.department, h.record) == at), None)
            if home is None:
                raise UserError("SOURCE_HOME", item=item.name, record=record)
            return likening.choose_source(
                store, item, home, reason, actor=tools.actor, clock=tools.clock,
                known=known_to(store, replace=replace), tell=overlaps.held_in(item) if tell else (),
            )  # fmt: skip

        return _act(act, speech, tools, as_json=as_json)

    return click.Command(
        "source",
        callback=run,
        help=speech.text("CLI_VERDICT_SOURCE"),
        params=[
            click.Argument(["name"]),
            click.Argument(["record"], required=False),
            _reason(speech),
            click.Option(["--tell"], is_flag=True, help=speech.text("CLI_VERDICT_TELL")),
            replace_option(speech),
            JSON_OPTION,
        ],
    )


def _show_homes(name: str, speech: Speech, tools: Tools, *, as_json: bool) -> int:
    """List the resources that hold an item, each by what the command takes, the source marked."""
    with closing(tools.open_catalogue(click.get_current_context().obj)) as store:
        overlaps, item = _item_named(store, name, speech)
        source = likening.said_in(store.decisions()).sources.get(item.key)
        names = {entry.code: entry.name for entry in store.roster()}
        table = OverlapTable(store.form_set, names, speech.language)
    at = (source.department, source.record) if source is not None else ("", "")
    document, lines = [], []
    for home in overlaps.held_in(item):
        variant = item.variants[home.variant]
        chosen = (home.department, home.record) == at
        document.append(
            {
                "department": home.department, "record": home.record, "name": home.name,
                "type": variant.type, "length": variant.length, "source": chosen,
            }
        )  # fmt: skip
        told = speech.text(
            "CLI_VERDICT_HOME",
            record=home.record[:8],
            department=table.department(home.department),
            name=" ".join(home.name.split()),
            definition=table.definition(variant.type, variant.length),
        )
        lines.append(f"{'●' if chosen else ' '} {told}")
    speech.answer({"item": item.name, "homes": document}, lines, as_json=as_json)
    return 0


def _withdraw_command(speech: Speech, tools: Tools) -> click.Command:
    def run(decision: str, reason: str, as_json: bool) -> int:
        def act(store: CatalogueStore) -> Decision:
            typed = "".join(decision.split())
            return likening.withdraw(store, typed, reason, actor=tools.actor, clock=tools.clock)

        return _act(act, speech, tools, as_json=as_json)

    return click.Command(
        "withdraw",
        callback=run,
        help=speech.text("CLI_VERDICT_WITHDRAW"),
        params=[click.Argument(["decision"]), _reason(speech), JSON_OPTION],
    )


def _act(act: Act, speech: Speech, tools: Tools, *, as_json: bool) -> int:
    with closing(tools.open_catalogue(click.get_current_context().obj)) as store:
        decision = act(store)
        line = _line(decision, speech, _titles(store, [decision]))
    speech.answer(decision_document(decision), [line], as_json=as_json)
    return 0


def _titles(store: CatalogueStore, said: Iterable[Decision]) -> dict[str, str]:
    """Return record → name of those the verdicts are about."""
    wanted = frozenset(record for each in said for record in likening.members_of(each.choice))
    titles: dict[str, str] = {}
    for role in ("resource_name", "system_name") if wanted else ():
        form, name = store.form_set.by_role(role)
        keys = store.keys(ListQuery(form=form.id, ids=wanted))
        titles |= {
            r.id: str(r.values.get(name.id) or "") for r in store.rows(form.id, keys, [name.id])
        }
    return titles


def _item_named(store: CatalogueStore, name: str, speech: Speech) -> tuple[Overlaps, ItemOverlap]:
    overlaps = overlapping.find(store, ("items",), Progress(speech.progress))
    found = next((i for i in overlaps.items if i.is_called(name)), None)
    if found is None:
        raise UserError("VERDICT_ITEM", item=name)
    return overlaps, found


def _line(decision: Decision, speech: Speech, titles: Mapping[str, str]) -> str:
    return speech.text(
        "CLI_VERDICT_SAID",
        id=short_groups(decision.id, 4),
        about=likening.subject_text(decision.subject, decision.choice, speech.language, titles),
        choice=likening.choice_text(decision.choice, speech.language),
        actor=decision.actor,
        reason=decision.reason,
    )


def _reason(speech: Speech) -> click.Option:
    return click.Option(["--reason"], default="", help=speech.text("CLI_DECIDE_REASON"))
