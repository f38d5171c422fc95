"""`census conflicts`: what a merge left to decide, both sides; and deciding it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_argument
from census_app.cli.tools import Tools
from census_app.domain.records import Value
from census_app.errors import UserError
from census_app.formspec.types import format_value
from census_app.services.lookup import context_for
from census_app.services.ports import WorkspaceStore
from census_app.services.reconciling import Choice, ConflictItem, decide_conflict, open_conflicts

_SHOWN = 8
"""Digits of a conflict's id that the list shows and the command takes."""


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(
        file: Path,
        conflict: str,
        ours: bool,
        theirs: bool,
        value: str | None,
        reason: str,
        as_json: bool,
    ) -> int:
        store = tools.open_workspace(file)
        try:
            choice = _choice(ours=ours, theirs=theirs, value=value)
            if bool(conflict) is not bool(choice):
                raise UserError("CONFLICT_CHOICE")
            if choice:
                decide_conflict(
                    store,
                    conflict,
                    choice,
                    reason,
                    actor=tools.actor,
                    clock=tools.clock,
                    text=value or "",
                )
            left = open_conflicts(store)
            told = _Told(store, speech)
            document = [told.document(item) for item in left]
            lines = [line for item in left for line in told.lines(item)]
        finally:
            store.close()
        if choice:
            lines.insert(0, speech.text("CLI_CONFLICTS_DECIDED", count=len(left)))
        elif not left:
            lines.append(speech.text("CLI_CONFLICTS_NONE"))
        else:
            lines.append(speech.text("CLI_CONFLICTS_NEXT", count=len(left)))
        speech.answer(document, lines, as_json=as_json)
        return 1 if left else 0

    return click.Command(
        "conflicts",
        callback=run,
        help=speech.text("CLI_CONFLICTS"),
        params=[
            path_argument("file"),
            click.Argument(["conflict"], metavar="[ID]", required=False, default=""),
            click.Option(["--ours"], is_flag=True, help=speech.text("CLI_CONFLICTS_OURS")),
            click.Option(["--theirs"], is_flag=True, help=speech.text("CLI_CONFLICTS_THEIRS")),
            click.Option(["--value"], help=speech.text("CLI_CONFLICTS_VALUE")),
            click.Option(["--reason"], default="", help=speech.text("CLI_CONFLICTS_REASON")),
            JSON_OPTION,
        ],
    )


def _choice(*, ours: bool, theirs: bool, value: str | None) -> Choice | None:
    given: list[Choice] = []
    if ours:
        given.append("ours")
    if theirs:
        given.append("theirs")
    if value is not None:
        given.append("value")
    if len(given) > 1:
        raise UserError("CONFLICT_CHOICE")
    return given[0] if given else None


class _Told:
    """Conflicts in words."""

    def __init__(self, store: WorkspaceStore, speech: Speech) -> None:
        self._store, self._speech = store, speech
        self._context = context_for(store, speech.language)

    def document(self, item: ConflictItem) -> dict[str, Any]:
        """Return a conflict for `--json`."""
        document: dict[str, Any] = {
            "id": item.id,
            "sender": item.sender,
            "form": item.form,
            "record": item.record,
            "title": item.title,
            "field": item.field,
        }
        if not item.field:
            return document | {"ours_gone": item.ours_gone}
        sides = {"base": item.base, "ours": item.ours, "theirs": item.theirs}
        return document | {name: self._text(item, value) for name, value in sides.items()}

    def lines(self, item: ConflictItem) -> list[str]:
        """Return a conflict as sentences."""
        form = self._store.form_set.form(item.form)
        language = self._speech.language
        place = {
            "id": item.id[:_SHOWN],
            "sender": item.sender,
            "form": form.label.get(language),
            "title": item.title,
        }
        if not item.field:
            code = "CONFLICT_OURS_GONE" if item.ours_gone else "CONFLICT_THEIRS_GONE"
            return [self._speech.text(code, **place)]
        sides = {"base": item.base, "ours": item.ours, "theirs": item.theirs}
        return [
            self._speech.text(
                "CONFLICT_FIELD", **place, field=form.field_by_id(item.field).label.get(language)
            ),
            self._speech.text(
                "CONFLICT_SIDES", **{n: self._text(item, v) or "—" for n, v in sides.items()}
            ),
        ]

    def _text(self, item: ConflictItem, value: Value | None) -> str:
        field = self._store.form_set.form(item.form).field_by_id(item.field)
        return format_value(value, field, self._context)
