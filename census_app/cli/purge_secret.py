"""`census purge-secret`: remove a classified value or a password that slipped in. Asks twice."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_argument
from census_app.cli.tools import Tools
from census_app.domain.safekeeping import Purged
from census_app.errors import UserError
from census_app.services.ports import WorkspaceStore
from census_app.services.purging import PurgePlan, elsewhere, find_target, labels, plan_purge, purge
from census_app.settings.paths import log_files, opened_dir


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(file: Path, record: str, field: str, confirm: str, yes: bool, as_json: bool) -> int:
        store = tools.open_workspace(file)
        try:
            plan = plan_purge(store, *find_target(store, record, field))
            if not plan.found:
                raise UserError("PURGE_NOTHING")
            _ask_twice(speech, store, plan, confirm, yes=yes, as_json=as_json)
            done = purge(
                store,
                plan,
                actor=tools.actor,
                clock=tools.clock,
                logs=log_files(),
                opened=opened_dir(),
            )
        finally:
            store.close()
        speech.answer(dataclasses.asdict(done), _lines(speech, done), as_json=as_json)
        return 1 if done.unreachable or elsewhere(done) else 0

    return click.Command(
        "purge-secret",
        callback=run,
        help=speech.text("CLI_PURGE"),
        params=[
            path_argument("file"),
            click.Argument(["record"]),
            click.Argument(["field"]),
            click.Option(["--yes"], is_flag=True, help=speech.text("CLI_PURGE_YES")),
            click.Option(["--confirm"], default="", help=speech.text("CLI_PURGE_CONFIRM")),
            JSON_OPTION,
        ],
    )


def _ask_twice(
    speech: Speech,
    store: WorkspaceStore,
    plan: PurgePlan,
    confirm: str,
    *,
    yes: bool,
    as_json: bool,
) -> None:
    """Ask whether, then have the field named again.

    Raises:
        UserError: `PURGE_UNCONFIRMED`.
    """
    form, field = labels(store.form_set, plan.form, plan.field)
    names = {field.id, field.label.zh, field.label.en}
    asked = sys.stdin.isatty() and not as_json
    if asked and not yes:
        for line in _told(
            speech, plan, form.label.get(speech.language), field.label.get(speech.language)
        ):
            speech.say(line)
        yes = click.confirm(speech.text("CLI_PURGE_ASK"), err=True)
    if asked and yes and not confirm:
        confirm = click.prompt(speech.text("CLI_PURGE_ASK_FIELD"), default="", err=True)
    if not yes or confirm.strip() not in names:
        raise UserError("PURGE_UNCONFIRMED", field=field.id)


def _told(speech: Speech, plan: PurgePlan, form: str, field: str) -> list[str]:
    count = sum(plan.places.values())
    lines = [
        speech.text("PURGE_WHERE", form=form, field=field, count=count, snapshots=plan.snapshots)
    ]
    return lines + _elsewhere(speech, plan)


def _lines(speech: Speech, done: Purged) -> list[str]:
    lines = [
        speech.text("PURGE_DONE", count=sum(done.places.values()), snapshots=len(done.snapshots))
    ]
    if done.unreachable:
        lines.append(speech.text("PURGE_UNREACHABLE", names="、".join(done.unreachable)))
    return lines + _elsewhere(speech, done)


def _elsewhere(speech: Speech, told: PurgePlan | Purged) -> list[str]:
    return [speech.text(code, names="、".join(names)) for code, names in elsewhere(told)]
