"""`census desktop`, and `census` alone: open the window."""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli.speech import Speech, path_argument
from census_app.cli.tools import Tools


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(file: Path | None = None) -> int:
        return tools.open_window(file, speech.language)

    return click.Command(
        "desktop",
        callback=run,
        help=speech.text("CLI_DESKTOP"),
        params=[path_argument("file", required=False)],
    )
