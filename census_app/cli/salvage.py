"""`census salvage`: save what can be read of a damaged file into a new one."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_argument, path_option
from census_app.cli.tools import Tools
from census_app.services.salvaging import lost_lines, salvage_file


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(file: Path, to: Path, as_json: bool) -> int:
        done = salvage_file(
            tools.vault, file, to, actor=tools.actor, clock=tools.clock, language=speech.language
        )
        saved = done.saved
        document = {
            "file": str(to),
            "records": dict(saved.counts),
            "steps": saved.steps,
            "lost": [dataclasses.asdict(each) for each in saved.lost],
            "list": str(done.note) if done.note is not None else None,
        }
        lines = [speech.text("CLI_SALVAGE_DONE", path=to, count=sum(saved.counts.values()))]
        lines += lost_lines(saved, speech.language)
        lines.append(speech.text("CLI_RESTORE_ASKS"))
        speech.answer(document, lines, as_json=as_json)
        return 1 if saved.lost else 0

    return click.Command(
        "salvage",
        callback=run,
        help=speech.text("CLI_SALVAGE"),
        params=[
            path_argument("file"),
            path_option("--to", required=True, help_text=speech.text("CLI_SALVAGE_TO")),
            JSON_OPTION,
        ],
    )
