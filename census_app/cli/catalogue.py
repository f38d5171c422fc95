"""`census catalogue`: make a catalogue, and let departments and further coordinators in."""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli import catalogue_places
from census_app.cli.speech import (
    JSON_OPTION,
    Speech,
    algorithm_option,
    named_units,
    passphrase,
    path_argument,
    path_option,
    unit_option,
)
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain.addresses import Target
from census_app.errors import UserError
from census_app.exchange.certificate_facts import Role
from census_app.services.enrolling import ROOT_KEY, Admitted, admit_request, write_answer
from census_app.services.founding import NewCatalogue, Sticks, found_catalogue, join_catalogue
from census_app.services.keys import ALGORITHMS

_COORDINATOR_VARIABLE = "CENSUS_COORDINATOR_PASSPHRASE"


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command group."""
    group = click.Group("catalogue", help=speech.text("CLI_CATALOGUE"))
    group.add_command(_new(speech, tools))
    group.add_command(_enrol(speech, tools))
    group.add_command(catalogue_places.copy(speech, tools))
    group.add_command(catalogue_places.roles(speech, tools))
    return group


def _new(speech: Speech, tools: Tools) -> click.Command:
    def run(
        target: Target,
        root_key: Path | None,
        trust: Path | None,
        name: str | None,
        code: str,
        level: str,
        as_json: bool,
        **options: Path | str | None,
    ) -> int:
        title = name or tools.form_set().campaign.coordinator.zh
        wanted = NewCatalogue(target=target, name=title, code=code.strip().upper(), level=level)
        if trust is not None:
            return _join(speech, tools, wanted, trust, options, as_json=as_json)
        if root_key is None:
            raise UserError("OPTION_MISSING", option="--root-key / --trust")
        if not code:
            raise UserError("OPTION_MISSING", option="--code")
        return _found(speech, tools, wanted, root_key, options, as_json=as_json)

    return click.Command(
        "new",
        callback=run,
        help=speech.text("CLI_CATALOGUE_NEW"),
        params=[
            target_argument("target"),
            path_option("--root-key", help_text=speech.text("CLI_ROOT_KEY")),
            path_option("--standby-key", help_text=speech.text("CLI_STANDBY_KEY")),
            path_option("--trust", help_text=speech.text("CLI_CATALOGUE_TRUST")),
            click.Option(["--confirm"], default="", help=speech.text("CLI_CONFIRM_ROOT")),
            path_option("--to", help_text=speech.text("CLI_CATALOGUE_TO")),
            click.Option(["--name"], help=speech.text("CLI_CATALOGUE_NAME")),
            click.Option(["--code"], default="", help=speech.text("CLI_CATALOGUE_CODE")),
            click.Option(["--level"], type=click.Choice(["province", "city"]), default="province"),
            algorithm_option(ALGORITHMS, speech.text("CLI_ROOT_ALGORITHM")),
            path_option("--passphrase-file", help_text=speech.text("CLI_PASSPHRASE_FILE")),
            path_option(
                "--coordinator-passphrase-file",
                help_text=speech.text("CLI_COORDINATOR_PASSPHRASE_FILE"),
            ),
            JSON_OPTION,
        ],
    )


def _path(value: Path | str | None) -> Path | None:
    return Path(value) if value is not None else None


def _found(
    speech: Speech,
    tools: Tools,
    wanted: NewCatalogue,
    root_key: Path,
    options: dict[str, Path | str | None],
    *,
    as_json: bool,
) -> int:
    algorithm = options["algorithm"]
    fresh = not (root_key / ROOT_KEY).is_file()
    secret = passphrase(_path(options["passphrase_file"]), speech, new=fresh)
    own = _path(options["coordinator_passphrase_file"])
    daily = passphrase(own, speech, variable=_COORDINATOR_VARIABLE) if own else secret
    sticks = Sticks(
        root=root_key,
        passphrase=secret,
        standby=_path(options["standby_key"]),
        algorithm=ALGORITHMS[str(algorithm)] if algorithm else None,
    )
    made = found_catalogue(tools, wanted, sticks, daily)
    document = {
        "catalogue": str(wanted.target),
        "root": str(made.roots[0]),
        "standby": str(made.roots[1]) if len(made.roots) > 1 else "",
        "root_fingerprint": made.fingerprint,
        "coordinator": made.coordinator.department,
        "coordinator_fingerprint": made.coordinator.fingerprint,
    }
    lines = [
        speech.text("CLI_CATALOGUE_DONE", file=wanted.target, root=made.roots[0], folder=root_key),
        speech.text("CLI_CATALOGUE_ROOT", fingerprint=made.fingerprint),
        speech.text("CLI_CATALOGUE_COORDINATOR", code=made.coordinator.department),
    ]
    if len(made.roots) > 1:
        lines.append(speech.text("CLI_CATALOGUE_STANDBY", folder=made.roots[1].parent))
    speech.answer(document, lines, as_json=as_json)
    return 0


def _join(
    speech: Speech,
    tools: Tools,
    wanted: NewCatalogue,
    trust: Path,
    options: dict[str, Path | str | None],
    *,
    as_json: bool,
) -> int:
    directory = _path(options["to"])
    if wanted.code and directory is None:
        raise UserError("OPTION_MISSING", option="--to")
    secret = ""
    if wanted.code:
        secret = passphrase(_path(options["passphrase_file"]), speech, new=True)
    made = join_catalogue(
        tools, wanted, trust, directory or Path(), secret, confirm=str(options["confirm"] or "")
    )
    document = {"catalogue": str(wanted.target), "root_fingerprint": made.fingerprint}
    lines = [speech.text("CLI_CATALOGUE_JOINED", file=wanted.target, fingerprint=made.fingerprint)]
    if made.request is not None:
        document |= {
            "request": str(made.request.request),
            "fingerprint": made.request.fingerprint,
        }
        lines.append(
            speech.text(
                "CLI_CATALOGUE_REQUEST",
                request=made.request.request,
                fingerprint=made.request.fingerprint,
            )
        )
    speech.answer(document, lines, as_json=as_json)
    return 0


def _enrol(speech: Speech, tools: Tools) -> click.Command:
    def run(
        target: Target,
        request: Path,
        fingerprint: str,
        root_key: Path,
        to: Path,
        role: str,
        units: tuple[str, ...],
        passphrase_file: Path | None,
        as_json: bool,
    ) -> int:
        named = named_units(units)
        store = tools.open_catalogue(target)
        try:
            admitted = admit_request(
                store,
                request,
                root_key,
                passphrase(passphrase_file, speech),
                clock=tools.clock,
                fingerprint=fingerprint,
                role=Role(role),
                units=named,
                actor=tools.actor,
            )
            answer = write_answer(admitted.issued, store.roots(), to)
        finally:
            store.close()
        document, lines = _admitted(speech, admitted, answer)
        speech.answer(document, lines, as_json=as_json)
        return 0

    return click.Command(
        "enrol",
        callback=run,
        help=speech.text("CLI_CATALOGUE_ENROL"),
        params=[
            target_argument("target"),
            path_argument("request"),
            click.Option(["--confirm", "fingerprint"], default="", help=speech.text("CLI_CONFIRM")),
            path_option("--root-key", required=True, help_text=speech.text("CLI_ROOT_KEY")),
            path_option("--to", required=True, help_text=speech.text("CLI_TO_DIR")),
            click.Option(
                ["--role"],
                type=click.Choice(["department", "coordinator"]),
                default="department",
                help=speech.text("CLI_ENROL_ROLE"),
            ),
            unit_option(speech),
            path_option("--passphrase-file", help_text=speech.text("CLI_PASSPHRASE_FILE")),
            JSON_OPTION,
        ],
    )


def _admitted(
    speech: Speech, admitted: Admitted, answer: Path
) -> tuple[dict[str, object], list[str]]:
    issued = admitted.issued
    document: dict[str, object] = {
        "department": issued.department,
        "name": issued.name,
        "role": issued.role,
        "certificate": str(answer),
        "by_old_key": admitted.by_old_key,
        "released": list(admitted.released),
    }
    lines = [speech.text("CLI_CATALOGUE_ENROLLED", name=issued.name, path=answer)]
    if admitted.by_old_key:
        lines.append(speech.text("CLI_ENROLLED_BY_OLD_KEY"))
    lines += [speech.text("RECEIVED_RELEASED", name=name) for name in admitted.released]
    lines.append(speech.text("CLI_ENROLLED_NEXT"))
    return document, lines
