"""`census fill`: a synthetic province of any size, or the file of one synthetic department."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_option
from census_app.cli.tools import Tools
from census_app.errors import UserError
from census_app.services.populating import populate, populate_workspace
from census_app.services.progress import Progress
from census_app.services.synthetic_province import Wanted

_PROVINCE = {"departments": 100, "resources": 50_000, "items": 500_000, "systems": 3_000}
_DEPARTMENT = {"departments": 1, "resources": 2_000, "items": 20_000, "systems": 80}


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(to: Path | None, workspace: Path | None, as_json: bool, **options: Any) -> int:
        if (to is None) == (workspace is None):
            raise UserError("OPTION_MISSING", option="--to / --workspace")
        take_in = options.pop("take_in")
        wanted = _wanted(_DEPARTMENT if to is None else _PROVINCE, options, tools)
        progress = Progress(speech.progress)
        if to is not None:
            return _province(speech, tools, to, wanted, take_in, progress, as_json=as_json)
        assert workspace is not None  # noqa: S101  # narrowing
        counts = populate_workspace(workspace, wanted, tools.practice(), progress=progress)
        document = {"workspace": str(workspace), "records": counts}
        told = speech.text("FILL_WORKSPACE", path=workspace, records=sum(counts.values()))
        speech.answer(document, [told], as_json=as_json)
        return 0

    return click.Command(
        "fill",
        callback=run,
        help=speech.text("CLI_FILL"),
        params=[
            path_option("--to", help_text=speech.text("CLI_FILL_TO")),
            path_option("--workspace", help_text=speech.text("CLI_FILL_WORKSPACE")),
            *(
                click.Option([f"--{name}"], type=int, help=speech.text(f"CLI_FILL_{name.upper()}"))
                for name in _PROVINCE
            ),
            click.Option(["--rounds"], type=int, default=1, help=speech.text("CLI_FILL_ROUNDS")),
            click.Option(
                ["--mistakes"], type=float, default=0.03, help=speech.text("CLI_FILL_MISTAKES")
            ),
            click.Option(["--seed"], type=int, default=1, help=speech.text("CLI_FILL_SEED")),
            click.Option(
                ["--day"], type=click.DateTime(["%Y-%m-%d"]), help=speech.text("CLI_FILL_DAY")
            ),
            click.Option(
                ["--receive", "take_in"], is_flag=True, help=speech.text("CLI_FILL_RECEIVE")
            ),
            JSON_OPTION,
        ],
    )


def _wanted(sizes: dict[str, int], options: dict[str, Any], tools: Tools) -> Wanted:
    day: dt.datetime | None = options["day"]
    given = {name: options[name] for name in sizes if options[name] is not None}
    return Wanted(
        **(sizes | given),
        rounds=options["rounds"],
        mistakes=options["mistakes"],
        seed=options["seed"],
        day=(day or tools.clock.now()).date(),
    )


def _province(
    speech: Speech,
    tools: Tools,
    to: Path,
    wanted: Wanted,
    take_in: bool,
    progress: Progress,
    *,
    as_json: bool,
) -> int:
    made = populate(to, wanted, tools.practice(), take_in=take_in, progress=progress)
    document = {
        "catalogue": str(made.catalogue),
        "root": str(made.root),
        "packages": [str(path) for path in made.packages],
        "records": made.records,
        "announced": made.announced,
        "explained": made.explained,
        "received": made.received,
    }
    folder = made.packages[0].parent
    records = sum(made.records.values())
    lines = [
        speech.text("FILL_DONE", path=made.catalogue, departments=wanted.departments),
        speech.text("FILL_PACKAGES", count=len(made.packages), folder=folder, records=records),
        speech.text("FILL_UNFINISHED", announced=made.announced, explained=made.explained),
    ]
    if take_in:
        lines.append(speech.text("FILL_RECEIVED", count=made.received.get("merged", 0)))
    speech.answer(document, lines, as_json=as_json)
    return 0
