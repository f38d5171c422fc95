"""`census demo`: a whole campaign of a small province on the shipped sample workbooks."""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_option
from census_app.cli.tools import Tools
from census_app.services.progress import Progress


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(into: Path, as_json: bool) -> int:
        def tell(code: str, /, **params: object) -> None:
            if not as_json:
                speech.sentence(code, **params)

        outcome = tools.run_demo(into, speech.language, tell, Progress(speech.progress))
        speech.answer(outcome.document() if as_json else {}, [], as_json=as_json)
        return 0

    return click.Command(
        "demo",
        callback=run,
        help=speech.text("CLI_DEMO"),
        params=[
            path_option("--into", required=True, help_text=speech.text("CLI_DEMO_INTO")),
            JSON_OPTION,
        ],
    )
