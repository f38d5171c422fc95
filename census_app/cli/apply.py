"""`census apply`: take what came back from the centre into a workspace; the certificate, a contribution."""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_argument
from census_app.cli.taking_over import take_over
from census_app.cli.tools import Tools
from census_app.services.enrolling import accept_answer


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(file: Path, answer: Path, dry_run: bool, as_json: bool) -> int:
        store = tools.open_workspace(file)
        try:
            if _is_package(answer):
                return take_over(store, answer, speech, tools, dry_run=dry_run, as_json=as_json)
            fingerprint = accept_answer(store, answer, tools.keys_dir(), clock=tools.clock)
        finally:
            store.close()
        speech.answer(
            {"fingerprint": fingerprint},
            [speech.text("CLI_APPLY_DONE", fingerprint=fingerprint)],
            as_json=as_json,
        )
        return 0

    return click.Command(
        "apply",
        callback=run,
        help=speech.text("CLI_APPLY"),
        params=[
            path_argument("file"),
            path_argument("answer"),
            click.Option(["--dry-run"], is_flag=True, help=speech.text("CLI_APPLY_DRY_RUN")),
            JSON_OPTION,
        ],
    )


def _is_package(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(2) == b"PK"
    except OSError:
        return False
