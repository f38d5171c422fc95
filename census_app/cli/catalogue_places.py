"""`census catalogue copy` and `census catalogue roles`: where a catalogue lies, and who may do what with it there."""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli.speech import JSON_OPTION, Speech
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain.addresses import Target
from census_app.errors import UserError
from census_app.exchange.paper import short_groups
from census_app.services.relocating import copy_catalogue


def copy(speech: Speech, tools: Tools) -> click.Command:
    """Return the command that copies a catalogue."""

    def run(source: Target, target: Target, as_json: bool) -> int:
        done = copy_catalogue(tools, source, target)
        document = {
            "source": str(source),
            "target": str(target),
            "digest": done.digest,
            "packages": done.packages,
            "decisions": done.decisions,
        }
        lines = [
            speech.text(
                "CLI_CATALOGUE_COPIED",
                target=target,
                packages=done.packages,
                decisions=done.decisions,
                digest=short_groups(done.digest, 16),
            )
        ]
        speech.answer(document, lines, as_json=as_json)
        return 0

    return click.Command(
        "copy",
        callback=run,
        help=speech.text("CLI_CATALOGUE_COPY"),
        params=[target_argument("source"), target_argument("target"), JSON_OPTION],
    )


def roles(speech: Speech, tools: Tools) -> click.Command:
    """Return the command that makes the roles of a database, or shows the SQL that does."""

    def run(target: Target, prefix: str, shown: bool, as_json: bool) -> int:
        if isinstance(target, Path):
            raise UserError("SERVER_ONLY", path=str(target))
        if shown:
            sql = tools.role_script(prefix)
            speech.answer({"sql": sql}, [sql.rstrip()], as_json=as_json)
            return 0
        made = tools.make_roles(target, prefix)
        lines = [speech.text("CLI_CATALOGUE_ROLES_DONE", names=" ".join(made))]
        speech.answer({"roles": list(made)}, lines, as_json=as_json)
        return 0

    return click.Command(
        "roles",
        callback=run,
        help=speech.text("CLI_CATALOGUE_ROLES"),
        params=[
            target_argument("target"),
            click.Option(
                ["--prefix"],
                default="census",
                show_default=True,
                help=speech.text("CLI_CATALOGUE_ROLES_PREFIX"),
            ),
            click.Option(
                ["--print", "shown"],
                is_flag=True,
                help=speech.text("CLI_CATALOGUE_ROLES_PRINT"),
            ),
            JSON_OPTION,
        ],
    )
