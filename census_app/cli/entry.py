"""Run a command line: language, errors in words, exit codes."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from census_app.cli.group import CensusGroup
from census_app.cli.speech import Speech
from census_app.cli.tools import Tools
from census_app.diagnostics import log, wording
from census_app.errors import CensusError
from census_app.settings.files import file_problem
from census_app.settings.paths import log_file

USAGE: Final = 2
BUG: Final = 70
_LOG = logging.getLogger(__name__)


def run(arguments: Sequence[str], tools: Tools) -> int:
    """Run one command and return its exit code: 0 ok, 1 findings, 2 usage, 3 refused, 4 environment, 70 bug."""
    for stream in (sys.stdout, sys.stderr):
        # A Windows console or a C locale must not break on Chinese.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    moved = _option(arguments, "--data-dir")
    if moved:
        os.environ["CENSUS_DATA_DIR"] = moved
    _start_log()
    wanted = _option(arguments, "--lang")
    # click refuses another language in words, and needs a language for them.
    speech = Speech(wanted if wanted in wording.LANGUAGES else wording.default_language())
    as_json = "--json" in arguments
    try:
        outcome = _call(_group(speech, tools), arguments)
    except CensusError as error:
        speech.error(error, as_json=as_json)
        return error.exit_code
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.Abort:
        return 1
    except click.ClickException as error:
        print(f"{error.format_message()}", file=sys.stderr)
        print(speech.text("CLI_SEE_HELP"), file=sys.stderr)
        return USAGE
    except Exception as bug:
        _LOG.exception("unexpected error")
        print(speech.text("CLI_BUG", what=f"{type(bug).__name__}: {bug}"), file=sys.stderr)
        if os.environ.get("CENSUS_DEBUG"):
            raise
        return BUG
    return outcome if isinstance(outcome, int) else 0


def _call(group: CensusGroup, arguments: Sequence[str]) -> object:
    """Run the command; a failure about a file that no one translated is the environment's, not a bug.

    A file where a folder is named for the answer, say.
    """
    try:
        return group.main(list(arguments), prog_name="census", standalone_mode=False)
    except OSError as failure:
        if not isinstance(failure.filename, (str, bytes)):
            raise
        _LOG.exception("a file or folder stands in the way")
        raise file_problem(failure, Path(os.fsdecode(failure.filename))) from failure


def _start_log() -> None:
    """Send the log to its file, once a process; a folder that cannot be written costs the log, not the work."""
    if logging.getLogger().handlers:
        return
    try:
        log.start(log_file())
    except OSError:
        logging.getLogger().addHandler(logging.NullHandler())


def _group(speech: Speech, tools: Tools) -> CensusGroup:
    group = CensusGroup(speech, tools)

    def without_command(version: bool, **others: str | None) -> int:
        del others
        context = click.get_current_context()
        if version:
            speech.say(f"census {tools.software}")
            return 0
        if context.invoked_subcommand is None:
            command = group.get_command(context, "desktop")
            return int(context.invoke(command)) if command is not None else BUG
        return 0

    group.callback = without_command
    return group


def _option(arguments: Sequence[str], name: str) -> str | None:
    for position, argument in enumerate(arguments):
        if argument == name and position + 1 < len(arguments):
            return arguments[position + 1]
        if argument.startswith(name + "="):
            return argument.partition("=")[2]
    return None
