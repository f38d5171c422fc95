"""The command group: a table of names and modules, so that a command loads only what it uses."""

from __future__ import annotations

import importlib
from typing import Final

import click

from census_app.cli.speech import Speech
from census_app.cli.targets import target_options
from census_app.cli.tools import Tools

COMMANDS: Final[dict[str, str]] = {
    "demo": "demo",
    "new": "new",
    "template": "template",
    "import": "import_",
    "discover": "discover",
    "delta": "delta",
    "check": "check",
    "history": "history",
    "undo": "undo",
    "publish": "publish",
    "similar": "similar",
    "copy": "copy",
    "attach": "attach",
    "contribute": "contribute",
    "conflicts": "conflicts",
    "approve": "approve",
    "export": "export",
    "verify": "verify",
    "enrol": "enrol",
    "apply": "apply",
    "answer": "answer",
    "key": "key",
    "catalogue": "catalogue",
    "trust": "trust",
    "receive": "receive",
    "decide": "decide",
    "accept": "accept",
    "diff": "diff",
    "correct": "correct",
    "assign-codes": "assign_codes",
    "provenance": "provenance",
    "ledger": "ledger",
    "query": "query",
    "explained": "explained",
    "review": "review",
    "rollup": "rollup",
    "campaign": "campaign",
    "archive": "archive",
    "list": "list_",
    "digest": "digest",
    "stats": "stats",
    "audit": "audit",
    "sample": "sample",
    "duplicates": "duplicates",
    "verdict": "verdict",
    "report": "report",
    "backup": "backup",
    "restore": "restore",
    "resume": "resume",
    "salvage": "salvage",
    "purge-secret": "purge_secret",
    "doctor": "doctor",
    "update": "update",
    "selftest": "selftest",
    "fill": "fill",
    "desktop": "desktop",
}
"""Command → module in this package; each module offers `build(speech, tools) -> click.Command`."""


class CensusGroup(click.Group):
    """Builds a command in the person's language when it is asked for."""

    def __init__(self, speech: Speech, tools: Tools) -> None:
        super().__init__(
            name="census",
            help=speech.text("CLI_HELP"),
            invoke_without_command=True,
            context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
        )
        self.speech = speech
        self.tools = tools
        self.params.append(
            click.Option(["--lang"], type=click.Choice(["zh", "en"]), help=speech.text("CLI_LANG"))
        )
        self.params.append(click.Option(["--data-dir"], help=speech.text("CLI_DATA_DIR")))
        self.params += target_options(speech.text("CLI_URL"), speech.text("CLI_URL_FILE"))
        self.params.append(
            click.Option(["--version"], is_flag=True, help=speech.text("CLI_VERSION"))
        )

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order a campaign uses them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        del ctx
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        loaded = importlib.import_module(f"census_app.cli.{module}")
        command: click.Command = loaded.build(self.speech, self.tools)
        return command
