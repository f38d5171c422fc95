"""`census enrol`: make a key, write the request and the key card."""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli.speech import JSON_OPTION, Speech, algorithm_option, passphrase, path_option
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain.addresses import Target
from census_app.errors import UserError
from census_app.services.enrolling import Enrolment, request_certificate, request_rotation
from census_app.services.keys import ALGORITHMS
from census_app.services.ports import CatalogueStore, WorkspaceStore, as_catalogue, as_workspace
from census_app.services.reporting import write_key_card
from census_app.services.upper_tier import request_upper


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(
        file: Target,
        to: Path,
        algorithm: str,
        rotate: bool,
        code: str,
        passphrase_file: Path | None,
        new_file: Path | None,
        as_json: bool,
    ) -> int:
        secret = passphrase(passphrase_file, speech, new=not rotate)
        store = tools.open_any(file)
        workspace, catalogue = as_workspace(store), as_catalogue(store)
        try:
            if catalogue is not None:
                made = _upper(tools, catalogue, code, to, secret, algorithm)
            elif workspace is None or code:
                raise UserError("ENROL_CODE")
            elif rotate:
                made = _rotate(speech, tools, workspace, to, secret, new_file)
            else:
                made = request_certificate(
                    workspace,
                    to,
                    tools.keys_dir(),
                    secret,
                    clock=tools.clock,
                    software=tools.software,
                    algorithm=ALGORITHMS[algorithm],
                )
            card = write_key_card(store, made, to, speech.language, clock=tools.clock)
        finally:
            store.close()
        document = {
            "request": str(made.request),
            "card": str(card),
            "fingerprint": made.fingerprint,
            "key": str(made.key),
        }
        lines = [
            speech.text("CLI_ENROL_DONE", request=made.request, card=card),
            speech.text(
                "CLI_ENROL_ROTATED" if rotate else "CLI_ENROL_FINGERPRINT",
                fingerprint=made.fingerprint,
            ),
            speech.text("CLI_ENROL_KEY", key=made.key),
        ]
        speech.answer(document, lines, as_json=as_json)
        return 0

    return click.Command(
        "enrol",
        callback=run,
        help=speech.text("CLI_ENROL"),
        params=_params(speech),
    )


def _params(speech: Speech) -> list[click.Parameter]:
    return [
        target_argument("file"),
        path_option("--to", required=True, help_text=speech.text("CLI_TO_DIR")),
        algorithm_option(ALGORITHMS, speech.text("CLI_ALGORITHM"), default="p256"),
        click.Option(["--code"], default="", help=speech.text("CLI_ENROL_CODE")),
        click.Option(["--rotate"], is_flag=True, help=speech.text("CLI_ENROL_ROTATE")),
        path_option("--passphrase-file", help_text=speech.text("CLI_PASSPHRASE_FILE")),
        path_option(
            "--new-passphrase-file",
            "new_file",
            help_text=speech.text("CLI_NEW_PASSPHRASE_FILE"),
        ),
        JSON_OPTION,
    ]


def _upper(
    tools: Tools, catalogue: CatalogueStore, code: str, to: Path, secret: str, algorithm: str
) -> Enrolment:
    """Make the key with which a city hands its catalogue up."""
    if not code:
        raise UserError("OPTION_MISSING", option="--code")
    return request_upper(
        catalogue,
        code,
        to,
        tools.keys_dir(),
        secret,
        clock=tools.clock,
        software=tools.software,
        algorithm=ALGORITHMS[algorithm],
    )


def _rotate(
    speech: Speech,
    tools: Tools,
    store: WorkspaceStore,
    to: Path,
    secret: str,
    new_file: Path | None,
) -> Enrolment:
    """Make the next key; its passphrase is the present one's unless a file names another."""
    new = passphrase(new_file, speech) if new_file is not None else secret
    return request_rotation(
        store, to, tools.keys_dir(), secret, new, clock=tools.clock, software=tools.software
    )
