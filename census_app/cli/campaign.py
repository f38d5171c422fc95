"""`census campaign`: whom a campaign expects, what became of them, and the dates it sets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_argument, path_option
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain.addresses import Target
from census_app.errors import UserError
from census_app.services.expecting import Expected, ListRead, Standing, expect, expected, read_list
from census_app.services.ports import CatalogueStore
from census_app.services.rescheduling import write_form_set


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command group."""
    group = click.Group("campaign", help=speech.text("CLI_CAMPAIGN"))
    for make in (_show, _expect, _mark, _dates):
        group.add_command(make(speech, tools))
    return group


def _show(speech: Speech, tools: Tools) -> click.Command:
    def run(target: Target, as_json: bool) -> int:
        store = tools.open_catalogue(target)
        try:
            listed, milestones = expected(store), store.form_set.campaign.milestones
            enrolled = store.department_codes()
        finally:
            store.close()
        document = {
            "departments": [
                {
                    "code": e.code,
                    "name": e.name,
                    "standing": e.standing,
                    "former": e.former,
                    "into": e.into,
                    "reason": e.reason,
                    "enrolled": e.code in enrolled,
                }
                for e in listed
            ],
            "milestones": [
                {"id": m.id, "due": m.due, "label": m.label.get(speech.language)}
                for m in milestones
            ],
        }
        lines = [
            "  ".join((e.code, e.name, speech.text(f"CC_STANDING_{e.standing}"), e.into)).rstrip()
            for e in listed
        ]
        lines += [f"{m.due}  {m.id}  {m.label.get(speech.language)}" for m in milestones]
        speech.answer(document, lines, as_json=as_json)
        return 0

    return click.Command(
        "show",
        callback=run,
        help=speech.text("CLI_CAMPAIGN_SHOW"),
        params=[target_argument("target"), JSON_OPTION],
    )


def _decide(
    speech: Speech,
    tools: Tools,
    store: CatalogueStore,
    read: ListRead,
    reason: str,
    *,
    as_json: bool,
) -> None:
    made = expect(store, read.bodies, reason, actor=tools.actor, clock=tools.clock)
    given = len(read.bodies)
    document = {"decided": len(made), "given": given, "unusable": list(read.unusable)}
    lines = [speech.text("CLI_CAMPAIGN_UNUSABLE", line=line) for line in read.unusable]
    lines.append(speech.text("CLI_CAMPAIGN_DECIDED", count=len(made), given=given))
    speech.answer(document, lines, as_json=as_json)


def _expect(speech: Speech, tools: Tools) -> click.Command:
    def run(target: Target, workbook: Path, reason: str, as_json: bool) -> int:
        read = read_list(workbook)
        store = tools.open_catalogue(target)
        try:
            _decide(speech, tools, store, read, reason, as_json=as_json)
        finally:
            store.close()
        return 1 if read.unusable else 0

    return click.Command(
        "expect",
        callback=run,
        help=speech.text("CLI_CAMPAIGN_EXPECT"),
        params=[target_argument("target"), path_argument("workbook"), _reason(speech), JSON_OPTION],
    )


def _mark(speech: Speech, tools: Tools) -> click.Command:
    def run(
        target: Target,
        code: str,
        name: str,
        into: str,
        dropped: bool,
        reason: str,
        as_json: bool,
    ) -> int:
        store = tools.open_catalogue(target)
        try:
            known = {e.code: e for e in expected(store)}
            before = known.get(code)
            if before is None and not name:
                raise UserError("EXPECT_NAME", given=code)
            body = before or Expected(code, name)
            if name and before is not None and name != before.name:
                body = replace(body, name=name, former=before.name)
            standing: Standing = "merged" if into else "dropped" if dropped else "expected"
            body = replace(body, standing=standing, into=into)
            _decide(speech, tools, store, ListRead((body,), ()), reason, as_json=as_json)
        finally:
            store.close()
        return 0

    return click.Command(
        "mark",
        callback=run,
        help=speech.text("CLI_CAMPAIGN_MARK"),
        params=[
            target_argument("target"),
            click.Argument(["code"]),
            click.Option(["--name"], default="", help=speech.text("CLI_CAMPAIGN_NAME")),
            click.Option(["--into"], default="", help=speech.text("CLI_CAMPAIGN_INTO")),
            click.Option(["--dropped"], is_flag=True, help=speech.text("CLI_CAMPAIGN_DROPPED")),
            _reason(speech),
            JSON_OPTION,
        ],
    )


def _dates(speech: Speech, tools: Tools) -> click.Command:
    def run(target: Target, due: tuple[str, ...], to: Path, as_json: bool) -> int:
        dates = dict(_pair(each) for each in due)
        store = tools.open_catalogue(target)
        try:
            folder = write_form_set(store, dates, to)
        finally:
            store.close()
        lines = [speech.text("CLI_CAMPAIGN_DATES_DONE", folder=folder)]
        speech.answer({"folder": str(folder), "dates": dates}, lines, as_json=as_json)
        return 0

    return click.Command(
        "dates",
        callback=run,
        help=speech.text("CLI_CAMPAIGN_DATES"),
        params=[
            target_argument("target"),
            click.Option(
                ["--due"],
                multiple=True,
                required=True,
                metavar="ID=CCYY-MM-DD",
                help=speech.text("CLI_CAMPAIGN_DUE"),
            ),
            path_option("--to", required=True, help_text=speech.text("CLI_TO_DIR")),
            JSON_OPTION,
        ],
    )


def _pair(text: str) -> tuple[str, str]:
    name, separator, day = text.partition("=")
    if not separator:
        raise UserError("MILESTONE_DAY", given=text)
    return name.strip(), day.strip()


def _reason(speech: Speech) -> click.Option:
    return click.Option(["--reason"], required=True, help=speech.text("CLI_CAMPAIGN_REASON"))
