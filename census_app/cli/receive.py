"""`census receive`: verify packages and merge them into the catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_argument, refusal_code
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.diagnostics import wording
from census_app.domain.addresses import Target
from census_app.services.progress import Progress
from census_app.services.receiving import Received, receive_many


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(target: Target, packages: tuple[Path, ...], as_json: bool) -> int:
        store = tools.open_catalogue(target)
        try:
            progress = Progress(speech.progress)
            outcomes = list(
                receive_many(
                    store, packages, clock=tools.clock, progress=progress, helped=tools.helped
                )
            )
        finally:
            store.close()
        lines = [line for outcome in outcomes for line in _lines(outcome, speech)]
        speech.answer([_document(o, speech) for o in outcomes], lines, as_json=as_json)
        refused = refusal_code(o.error for o in outcomes if o.error is not None)
        if refused:
            return refused
        return (
            1
            if any(
                o.outcome in {"pending", "fork", "quarantined", "form_unknown"} for o in outcomes
            )
            else 0
        )

    return click.Command(
        "receive",
        callback=run,
        help=speech.text("CLI_RECEIVE"),
        params=[target_argument("target"), path_argument("packages", several=True), JSON_OPTION],
    )


def _document(outcome: Received, speech: Speech) -> dict[str, Any]:
    document: dict[str, Any] = {
        "path": str(outcome.path),
        "outcome": outcome.outcome,
        "code": outcome.code,
        "identity": outcome.identity,
        "department": outcome.department,
        "sequence": outcome.sequence,
        "errors": outcome.errors,
        "warnings": outcome.warnings,
        "unexplained": outcome.unexplained,
        "released": list(outcome.released),
        "fingerprint": outcome.fingerprint,
        "notices": list(outcome.notices),
    }
    if outcome.merge is not None:
        merge = outcome.merge
        document["merge"] = {
            "added": merge.added,
            "changed": merge.changed,
            "unchanged": merge.unchanged,
            "deleted": merge.deleted,
            "announced": merge.announced,
            "vanished": [list(v) for v in merge.vanished],
        }
    if outcome.error is not None:
        told = wording.explain_error(outcome.error, speech.language)
        document |= {"what": told.what, "next": told.next_step}
    return document


def findings_line(outcome: Received, speech: Speech) -> str:
    """Return what the rules found in a package, and how many of its warnings came without a reason."""
    code = "RECEIVED_FINDINGS"
    if outcome.warnings:
        code = "RECEIVED_FINDINGS_OPEN" if outcome.unexplained else "RECEIVED_FINDINGS_EXPLAINED"
    counts = {"errors": outcome.errors, "warnings": outcome.warnings}
    return speech.text(code, **counts, unexplained=outcome.unexplained)


def _lines(outcome: Received, speech: Speech) -> list[str]:
    if outcome.error is not None:
        told = wording.explain_error(outcome.error, speech.language)
        return [f"✗ {outcome.path.name}  {told.code}: {told.what}", f"  → {told.next_step}"]
    params = {
        "file": outcome.path.name,
        "name": outcome.department_name,
        "sequence": outcome.sequence,
    }
    code = f"RECEIVED_{outcome.outcome}"
    if outcome.type == "ledger":
        code = f"RECEIVED_LEDGER_{outcome.outcome}"
    lines = [speech.text(code, **params)]
    if outcome.merge is not None:
        merge = outcome.merge
        counts = {"added": merge.added, "changed": merge.changed, "unchanged": merge.unchanged}
        lines.append(
            "  "
            + speech.text(
                "RECEIVED_COUNTS", **counts, deleted=merge.deleted, announced=merge.announced
            )
        )
        if merge.vanished:
            lines.append("  " + speech.text("RECEIVED_VANISHED", count=len(merge.vanished)))
    if outcome.errors or outcome.warnings:
        lines.append("  " + findings_line(outcome, speech))
    if outcome.outcome == "quarantined":
        lines.append("  " + speech.text("CLI_VERIFY_KEY", fingerprint=outcome.fingerprint))
    lines += ["  " + speech.text(code) for code in outcome.notices]
    lines += ["  " + speech.text("RECEIVED_RELEASED", name=name) for name in outcome.released]
    return lines
