"""`census verify`: who signed, and that nothing changed; loads neither Qt nor SQLAlchemy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_argument, path_option, refusal_code
from census_app.cli.tools import Tools
from census_app.diagnostics import wording
from census_app.exchange.paper import short_groups
from census_app.services.verifying import Verified, judge_from, verify


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(packages: tuple[Path, ...], trust: Path, as_json: bool) -> int:
        clock = tools.clock
        judge = judge_from(trust, clock=clock)
        outcomes = [verify(path, judge.anchors, clock=clock) for path in packages]
        lines = [line for outcome in outcomes for line in _lines(outcome, speech)]
        if judge.version:
            said = {"version": judge.version, "fingerprint": judge.roots[0]}
            lines.append(speech.text("CLI_VERIFY_JUDGE", **said))
        speech.answer([_document(o, speech) for o in outcomes], lines, as_json=as_json)
        return refusal_code(o.refused for o in outcomes if o.refused is not None)

    return click.Command(
        "verify",
        callback=run,
        help=speech.text("CLI_VERIFY"),
        params=[
            path_argument("packages", several=True),
            path_option("--trust", required=True, help_text=speech.text("CLI_VERIFY_TRUST")),
            JSON_OPTION,
        ],
    )


def _document(outcome: Verified, speech: Speech) -> dict[str, Any]:
    if outcome.refused is not None:
        told = wording.explain_error(outcome.refused, speech.language)
        return {
            "path": str(outcome.path),
            "ok": False,
            "code": told.code,
            "what": told.what,
            "next": told.next_step,
        }
    return {
        "path": str(outcome.path),
        "ok": True,
        "package": outcome.name,
        "type": outcome.type,
        "identity": outcome.identity,
        "department": outcome.department,
        "department_name": outcome.department_name,
        "fingerprint": outcome.fingerprint,
        "sequence": outcome.sequence,
        "created": outcome.created,
        "counts": outcome.counts,
        "notices": list(outcome.notices),
    }


def _lines(outcome: Verified, speech: Speech) -> list[str]:
    if outcome.refused is not None:
        told = wording.explain_error(outcome.refused, speech.language)
        return [f"✗ {outcome.path.name}  {told.code}: {told.what}", f"  → {told.next_step}"]
    records = sum(
        ops.get("put", 0) for form, ops in (outcome.counts or {}).items() if form != "explanation"
    )
    return [
        speech.text(
            "CLI_VERIFY_OK",
            file=outcome.path.name,
            name=outcome.department_name,
            sequence=outcome.sequence,
            records=records,
        ),
        "  " + speech.text("CLI_VERIFY_DIGEST", digest=short_groups(outcome.identity, 16)),
        "  " + speech.text("CLI_VERIFY_KEY", fingerprint=outcome.fingerprint),
    ]
