"""`census doctor`: is this computer, and this file, fit for the work?"""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_argument
from census_app.cli.tools import Tools
from census_app.services.diagnosing import examine


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(file: Path | None, as_json: bool) -> int:
        results = examine(tools, file)
        document = [{"check": r.name, "ok": r.ok, "detail": r.detail} for r in results]
        lines = [f"{r.mark} {speech.text('DOCTOR_' + r.name)}  {r.detail}" for r in results]
        speech.answer(document, lines, as_json=as_json)
        return 0 if all(r.passed for r in results) else 4

    return click.Command(
        "doctor",
        callback=run,
        help=speech.text("CLI_DOCTOR"),
        params=[path_argument("file", required=False), JSON_OPTION],
    )
