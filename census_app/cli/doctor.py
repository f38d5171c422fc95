"""`census doctor`: is this computer, and this file, fit for the work? And what a technician needs, without answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_argument, path_option
from census_app.cli.tools import Tools
from census_app.errors import CensusError
from census_app.services.diagnosing import Examined, examine
from census_app.services.ports import WorkspaceStore, as_workspace
from census_app.services.supporting import Bundle, gather, write_bundle


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(file: Path | None, bundle: Path | None, as_json: bool) -> int:
        results = examine(tools, file)
        document: object = [{"check": r.name, "ok": r.ok, "detail": r.detail} for r in results]
        lines = [f"{r.mark} {speech.text('DOCTOR_' + r.name)}  {r.detail}" for r in results]
        if bundle is not None:
            made = _bundle(speech, tools, file, results)
            write_bundle(made, bundle)
            document = {"checks": document, "bundle": str(bundle), "parts": list(made.parts)}
            lines.append(speech.text("CLI_DOCTOR_BUNDLED", path=bundle))
        speech.answer(document, lines, as_json=as_json)  # type: ignore[arg-type]
        return 0 if all(r.passed for r in results) else 4

    return click.Command(
        "doctor",
        callback=run,
        help=speech.text("CLI_DOCTOR"),
        params=[
            path_argument("file", required=False),
            path_option("--bundle", help_text=speech.text("CLI_DOCTOR_BUNDLE")),
            JSON_OPTION,
        ],
    )


def _bundle(speech: Speech, tools: Tools, file: Path | None, results: Sequence[Examined]) -> Bundle:
    store: WorkspaceStore | None = None
    problem: CensusError | None = None
    if file is not None:
        try:
            opened = tools.open_any(file)
        except CensusError as error:
            problem = error
        else:
            store = as_workspace(opened)
            if store is None:
                opened.close()
    try:
        return gather(
            tools, results, store=store, path=file, error=problem, language=speech.language
        )
    finally:
        if store is not None:
            store.close()
