"""`census new`: make a department's workspace, or a practice file."""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_argument
from census_app.cli.tools import Tools
from census_app.services.progress import Progress


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(
        file: Path, department: str, code: str, training: bool, again: bool, as_json: bool
    ) -> int:
        if training == bool(department or code):
            raise click.UsageError(speech.text("CLI_NEW_EITHER"))
        if training:
            if again and file.exists():
                tools.discard_practice(file)
            store = tools.make_practice(file, Progress(speech.progress))
        else:
            store = tools.create_workspace(file, department, code)
        facts = store.facts()
        store.close()
        document = {
            "file": str(file),
            "department": facts.department_name,
            "code": facts.department_code,
            "training": facts.training,
        }
        done = "CLI_NEW_TRAINING_DONE" if training else "CLI_NEW_DONE"
        speech.answer(
            document, [speech.text(done, file=file, name=facts.department_name)], as_json=as_json
        )
        return 0

    def flag(name: str, code: str) -> click.Option:
        return click.Option([name], is_flag=True, help=speech.text(code))

    return click.Command(
        "new",
        callback=run,
        help=speech.text("CLI_NEW"),
        params=[
            path_argument("file"),
            click.Option(["--department"], default="", help=speech.text("CLI_NEW_DEPARTMENT")),
            click.Option(["--code"], default="", help=speech.text("CLI_NEW_CODE")),
            flag("--training", "CLI_NEW_TRAINING"),
            flag("--again", "CLI_NEW_AGAIN"),
            JSON_OPTION,
        ],
    )
