"""`census new`: make a department's workspace, empty or from the last round, or a practice file."""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_argument, path_option
from census_app.cli.tools import Tools
from census_app.services.progress import Progress


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(
        file: Path,
        department: str,
        code: str,
        last: Path | None,
        trust: Path | None,
        training: bool,
        again: bool,
        as_json: bool,
    ) -> int:
        if last is not None:
            if training or code:
                raise click.UsageError(speech.text("CLI_NEW_EITHER"))
            _from_last_round(speech, tools, file, last, trust, department, as_json=as_json)
            return 0
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
            path_option("--from", "last", help_text=speech.text("CLI_NEW_FROM")),
            path_option("--trust", help_text=speech.text("CLI_VERIFY_TRUST")),
            flag("--training", "CLI_NEW_TRAINING"),
            flag("--again", "CLI_NEW_AGAIN"),
            JSON_OPTION,
        ],
    )


def _from_last_round(
    speech: Speech,
    tools: Tools,
    file: Path,
    last: Path,
    trust: Path | None,
    department: str,
    *,
    as_json: bool,
) -> None:
    # Loaded here because most calls make an empty workspace.
    from census_app.services.carrying import begin_round
    from census_app.services.verifying import judge_from

    judge = None if trust is None else judge_from(trust, clock=tools.clock).anchors
    begun = begin_round(tools, file, last, department=department, trust=judge)
    document = {
        "file": str(file),
        "department": begun.department,
        "from": begun.last.name,
        "identity": begun.last.identity,
        "counts": dict(begun.counts),
        "unfit": begun.unfit,
        "continues": begun.continues,
    }
    count = sum(begun.counts.values())
    lines = [
        speech.text("CLI_NEW_DONE", file=file, name=begun.department),
        speech.text("CLI_NEW_CARRIED", name=begun.last.name, count=count),
    ]
    if begun.unfit:
        lines.append(speech.text("CLI_NEW_UNFIT", count=begun.unfit))
    lines.append(speech.text("CLI_NEW_CONTINUES" if begun.continues else "CLI_NEW_AFRESH"))
    speech.answer(document, lines, as_json=as_json)
