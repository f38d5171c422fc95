"""`census approve`: the review within the department: put to review, approve, return, or say how it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_argument
from census_app.cli.tools import Tools
from census_app.domain.approval import Approval, ReviewAct
from census_app.errors import UserError
from census_app.exchange.paper import short_groups
from census_app.services import approving
from census_app.services.ports import WorkspaceStore


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(
        file: Path,
        submit: bool,
        name: str | None,
        office: str,
        remark: str,
        reason: str | None,
        as_json: bool,
    ) -> int:
        if submit + (name is not None) + (reason is not None) > 1:
            raise UserError("CLI_APPROVE_ONE")
        store = tools.open_workspace(file)
        try:
            standing = _act(store, tools, submit, name, office, remark, reason)
            acts = store.acts()
        finally:
            store.close()
        speech.answer(_document(standing, acts), _lines(standing, speech), as_json=as_json)
        return 0

    return click.Command(
        "approve",
        callback=run,
        help=speech.text("CLI_APPROVE"),
        params=[
            path_argument("file"),
            click.Option(["--submit"], is_flag=True, help=speech.text("CLI_APPROVE_SUBMIT")),
            click.Option(["--by", "name"], help=speech.text("CLI_APPROVE_BY")),
            click.Option(["--office"], default="", help=speech.text("CLI_APPROVE_OFFICE")),
            click.Option(["--remark"], default="", help=speech.text("CLI_APPROVE_REMARK")),
            click.Option(["--return", "reason"], help=speech.text("CLI_APPROVE_RETURN")),
            JSON_OPTION,
        ],
    )


def _act(
    store: WorkspaceStore,
    tools: Tools,
    submit: bool,
    name: str | None,
    office: str,
    remark: str,
    reason: str | None,
) -> Approval:
    if submit:
        return approving.submit_for_review(store, actor=tools.actor, clock=tools.clock)
    if name is not None:
        return approving.approve(store, name, office, remark, actor=tools.actor, clock=tools.clock)
    if reason is not None:
        return approving.return_to_clerk(
            store, reason, office=office, actor=tools.actor, clock=tools.clock
        )
    return approving.approval(store)


def _document(standing: Approval, acts: list[ReviewAct]) -> dict[str, Any]:
    return {
        "state": standing.state,
        "changed": standing.changed,
        "digest": standing.digest,
        "acts": [
            {
                "act": act.kind,
                "at": act.at,
                "actor": act.actor,
                "name": act.name,
                "office": act.office,
                "remark": act.remark,
                "digest": act.digest,
                "package": act.package,
            }
            for act in acts
        ],
    }


def _lines(standing: Approval, speech: Speech) -> list[str]:
    lines = [speech.text(f"APPROVAL_{standing.state}")]
    act = standing.act
    if act is not None:
        who = speech.text(
            "CLI_APPROVE_WHO", name=act.name or act.actor, office=act.office or "—", at=act.at
        )
        lines.append(who)
        if act.remark:
            lines.append(speech.text("CLI_APPROVE_SAID", remark=act.remark))
    lines.append(speech.text("CLI_APPROVE_DIGEST", digest=short_groups(standing.digest, 4)))
    return lines
