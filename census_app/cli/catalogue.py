"""`census catalogue`: make a catalogue, and let departments in."""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli.speech import (
    JSON_OPTION,
    Speech,
    algorithm_option,
    passphrase,
    path_argument,
    path_option,
)
from census_app.cli.tools import Tools
from census_app.errors import EnvironmentProblem
from census_app.services.enrolling import (
    ROOT_CERTIFICATE,
    ROOT_KEY,
    confirm,
    make_root,
    require_algorithm,
    write_answer,
)
from census_app.services.keys import ALGORITHMS


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command group."""
    group = click.Group("catalogue", help=speech.text("CLI_CATALOGUE"))
    group.add_command(_new(speech, tools))
    group.add_command(_enrol(speech, tools))
    return group


def _new(speech: Speech, tools: Tools) -> click.Command:
    def run(
        target: Path,
        root_key: Path,
        name: str | None,
        level: str,
        algorithm: str | None,
        passphrase_file: Path | None,
        as_json: bool,
    ) -> int:
        title = name or tools.form_set().campaign.coordinator.zh
        certificate = root_key / ROOT_CERTIFICATE
        wanted = ALGORITHMS[algorithm] if algorithm else None
        if not (root_key / ROOT_KEY).is_file():
            secret = passphrase(passphrase_file, speech, new=True)
            _key, certificate = make_root(
                title, root_key, secret, clock=tools.clock, algorithm=wanted or ALGORITHMS["p256"]
            )
        try:
            roots = certificate.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            raise EnvironmentProblem("ROOT_UNREADABLE", path=str(certificate)) from None
        require_algorithm(certificate, roots, wanted)
        store = tools.create_catalogue(target, title, roots, level)
        store.close()
        document = {"catalogue": str(target), "root": str(certificate)}
        lines = [speech.text("CLI_CATALOGUE_DONE", file=target, root=certificate, folder=root_key)]
        speech.answer(document, lines, as_json=as_json)
        return 0

    return click.Command(
        "new",
        callback=run,
        help=speech.text("CLI_CATALOGUE_NEW"),
        params=[
            path_argument("target"),
            path_option("--root-key", required=True, help_text=speech.text("CLI_ROOT_KEY")),
            click.Option(["--name"], help=speech.text("CLI_CATALOGUE_NAME")),
            click.Option(["--level"], type=click.Choice(["province", "city"]), default="province"),
            algorithm_option(ALGORITHMS, speech.text("CLI_ROOT_ALGORITHM")),
            path_option("--passphrase-file", help_text=speech.text("CLI_PASSPHRASE_FILE")),
            JSON_OPTION,
        ],
    )


def _enrol(speech: Speech, tools: Tools) -> click.Command:
    def run(
        target: Path,
        request: Path,
        fingerprint: str,
        root_key: Path,
        to: Path,
        passphrase_file: Path | None,
        as_json: bool,
    ) -> int:
        store = tools.open_catalogue(target)
        try:
            secret = passphrase(passphrase_file, speech)
            issued = confirm(store, request, fingerprint, root_key, secret, clock=tools.clock)
            answer = write_answer(issued, store.facts().roots_pem, to)
        finally:
            store.close()
        document = {
            "department": issued.department,
            "name": issued.name,
            "certificate": str(answer),
        }
        speech.answer(
            document,
            [speech.text("CLI_CATALOGUE_ENROLLED", name=issued.name, path=answer)],
            as_json=as_json,
        )
        return 0

    return click.Command(
        "enrol",
        callback=run,
        help=speech.text("CLI_CATALOGUE_ENROL"),
        params=[
            path_argument("target"),
            path_argument("request"),
            click.Option(
                ["--confirm", "fingerprint"], required=True, help=speech.text("CLI_CONFIRM")
            ),
            path_option("--root-key", required=True, help_text=speech.text("CLI_ROOT_KEY")),
            path_option("--to", required=True, help_text=speech.text("CLI_TO_DIR")),
            path_option("--passphrase-file", help_text=speech.text("CLI_PASSPHRASE_FILE")),
            JSON_OPTION,
        ],
    )
