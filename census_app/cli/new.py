"""`census new`: make a department's workspace."""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_argument
from census_app.cli.tools import Tools


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(file: Path, department: str, code: str, as_json: bool) -> int:
        store = tools.create_workspace(file, department, code)
        facts = store.facts()
        store.close()
        document = {
            "file": str(file),
            "department": facts.department_name,
            "code": facts.department_code,
        }
        speech.answer(
            document,
            [speech.text("CLI_NEW_DONE", file=file, name=facts.department_name)],
            as_json=as_json,
        )
        return 0

    return click.Command(
        "new",
        callback=run,
        help=speech.text("CLI_NEW"),
        params=[
            path_argument("file"),
            click.Option(["--department"], required=True, help=speech.text("CLI_NEW_DEPARTMENT")),
            click.Option(["--code"], required=True, help=speech.text("CLI_NEW_CODE")),
            JSON_OPTION,
        ],
    )
