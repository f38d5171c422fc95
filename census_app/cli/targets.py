"""The argument that says where a catalogue is: a file, the URL of a server, or `@` for a URL kept elsewhere."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import click

from census_app.domain.addresses import Target, target_of
from census_app.errors import UserError
from census_app.services.connecting import address_in_file

ELSEWHERE: Final = "@"
"""Stands for the server that `--url`, `--url-file` or the environment names, so that no password is in the command."""

VARIABLE: Final = "CENSUS_DATABASE_URL"


class _TargetType(click.ParamType[Target]):
    name = "target"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Target:
        """Return where a catalogue is."""
        del param
        if not isinstance(value, str):
            made: Target = value
            return made
        return _named_elsewhere(ctx) if value == ELSEWHERE else target_of(value)


def _named_elsewhere(ctx: click.Context | None) -> Target:
    options = ctx.find_root().params if ctx is not None else {}
    if options.get("url"):
        return target_of(str(options["url"]))
    if options.get("url_file"):
        return address_in_file(Path(options["url_file"]))
    given = os.environ.get(VARIABLE, "").strip()
    if not given:
        raise UserError("SERVER_UNNAMED", variable=VARIABLE)
    return target_of(given)


def target_argument(name: str) -> click.Argument:
    """Return an argument that is a file or a server."""
    return click.Argument([name], type=_TargetType())


def target_options(url_help: str, file_help: str) -> list[click.Option]:
    """Return the options of `census` itself that name the server `@` stands for."""
    return [
        click.Option(["--url"], help=url_help),
        click.Option(["--url-file"], help=file_help),
    ]
