"""`census selftest`: does this installation work, from form set to printed page?"""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from census_app.cli.speech import JSON_OPTION, Speech
from census_app.cli.tools import Tools
from census_app.services.diagnosing import selftest


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(as_json: bool) -> int:
        with tempfile.TemporaryDirectory(prefix="census-selftest-") as folder:
            results = selftest(tools, Path(folder))
        document = [{"check": r.name, "ok": r.ok, "detail": r.detail} for r in results]
        lines = [f"{r.mark} {speech.text('DOCTOR_' + r.name)}  {r.detail}" for r in results]
        speech.answer(document, lines, as_json=as_json)
        return 0 if all(r.passed for r in results) else 70

    return click.Command(
        "selftest", callback=run, help=speech.text("CLI_SELFTEST"), params=[JSON_OPTION]
    )
