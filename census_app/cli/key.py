"""`census key`: another passphrase for a key of this computer, or for the root key on its stick."""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli.speech import JSON_OPTION, Speech, passphrase, path_argument, path_option
from census_app.cli.tools import Tools
from census_app.errors import UserError
from census_app.services.enrolling import ROOT_KEY
from census_app.services.keys import change_passphrase, key_path_of

_NEW_VARIABLE = "CENSUS_NEW_PASSPHRASE"


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command group."""
    group = click.Group("key", help=speech.text("CLI_KEY"))
    group.add_command(_passphrase(speech, tools))
    return group


def _passphrase(speech: Speech, tools: Tools) -> click.Command:
    def run(file: Path, passphrase_file: Path | None, new_file: Path | None, as_json: bool) -> int:
        path = _key(file, tools)
        old = passphrase(passphrase_file, speech)
        new = passphrase(new_file, speech, new=True, variable=_NEW_VARIABLE)
        change_passphrase(path, old, new)
        speech.answer(
            {"key": str(path)}, [speech.text("CLI_KEY_CHANGED", path=path)], as_json=as_json
        )
        return 0

    return click.Command(
        "passphrase",
        callback=run,
        help=speech.text("CLI_KEY_PASSPHRASE"),
        params=[
            path_argument("file"),
            path_option("--passphrase-file", help_text=speech.text("CLI_PASSPHRASE_FILE")),
            path_option(
                "--new-passphrase-file",
                "new_file",
                help_text=speech.text("CLI_NEW_PASSPHRASE_FILE"),
            ),
            JSON_OPTION,
        ],
    )


def _key(file: Path, tools: Tools) -> Path:
    """Return the key meant by a workspace, a folder (stick) with the root key, or a key file itself."""
    if file.is_dir():
        path = file / ROOT_KEY
        if not path.is_file():
            raise UserError("ROOT_MISSING", path=str(file))
        return path
    if file.suffix == ".pem":
        return file
    store = tools.open_workspace(file)
    try:
        return key_path_of(store, tools.keys_dir())
    finally:
        store.close()
