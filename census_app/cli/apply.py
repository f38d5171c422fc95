"""`census apply`: take what came in: certificate, trust bundle, letters, contribution."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_argument
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain.addresses import Target
from census_app.services.applying import Applied, Desk, apply_files
from census_app.services.progress import Progress


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(
        file: Target, answers: tuple[Path, ...], confirm: str, preview: bool, as_json: bool
    ) -> int:
        desk = Desk(
            keys=tools.keys_dir(),
            clock=tools.clock,
            actor=tools.actor,
            software=tools.software,
            confirm=confirm,
            preview=preview,
            progress=Progress(speech.progress),
        )
        store = tools.open_any(file)
        try:
            outcomes = apply_files(store, answers, desk)
        finally:
            store.close()
        documents = [_document(each, speech) for each in outcomes]
        lines = [line for each in outcomes for line in _lines(each, speech)]
        speech.answer(documents[0] if len(documents) == 1 else documents, lines, as_json=as_json)
        return 1 if any(each.waiting or each.early for each in outcomes) else 0

    return click.Command(
        "apply",
        callback=run,
        help=speech.text("CLI_APPLY"),
        params=[
            target_argument("file"),
            path_argument("answers", several=True),
            click.Option(["--confirm"], default="", help=speech.text("CLI_CONFIRM_ROOT")),
            click.Option(
                ["--dry-run", "preview"], is_flag=True, help=speech.text("CLI_APPLY_DRY_RUN")
            ),
            JSON_OPTION,
        ],
    )


def _document(outcome: Applied, speech: Speech) -> dict[str, Any]:
    return {
        "path": str(outcome.path),
        "kind": outcome.kind,
        "code": outcome.code,
        "new": outcome.new,
        "waiting": outcome.waiting,
        **outcome.params,
        "further": [{"code": code, **params} for code, params in outcome.further],
        "what": speech.text(outcome.code, file=outcome.path.name, **outcome.params),
    }


def _lines(outcome: Applied, speech: Speech) -> list[str]:
    first = speech.text(outcome.code, file=outcome.path.name, **outcome.params)
    return [first, *("  " + speech.text(code, **params) for code, params in outcome.further)]
