"""`census export`: the signed package and its cover sheet."""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli.speech import JSON_OPTION, Speech, passphrase, path_argument, path_option
from census_app.cli.tools import Tools
from census_app.errors import CensusError
from census_app.exchange.paper import short_groups
from census_app.services.delivering import deliver, require_room, sign
from census_app.services.enrolling import signer_of
from census_app.services.exporting import ExportDone
from census_app.services.progress import Progress


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(
        file: Path, to: Path, announce: bool, passphrase_file: Path | None, as_json: bool
    ) -> int:
        store = tools.open_workspace(file)
        try:
            signer = signer_of(store, tools.keys_dir())
            signer.unlock(passphrase(passphrase_file, speech))
            require_room(to, 0)
            signed = sign(
                store,
                signer,
                clock=tools.clock,
                software=tools.software,
                language=speech.language,
                actor=tools.actor,
                announce_unfinished=announce,
                progress=Progress(speech.progress),
            )
        finally:
            store.close()
        done = signed.done
        try:
            delivered = deliver(signed.files, to)
        except CensusError:
            kept = speech.text("CLI_EXPORT_KEPT", path=done.package.path)
            click.echo(kept, err=True)
            raise
        package, cover = delivered.files
        document, lines = _document(done, package, cover), _lines(done, package, cover, speech)
        speech.answer(document, lines, as_json=as_json)
        return 0

    return click.Command(
        "export",
        callback=run,
        help=speech.text("CLI_EXPORT"),
        params=_params(speech),
    )


def _params(speech: Speech) -> list[click.Parameter]:
    return [
        path_argument("file"),
        path_option("--to", required=True, help_text=speech.text("CLI_TO_DIR")),
        click.Option(
            ["--announce-unfinished", "announce"],
            is_flag=True,
            help=speech.text("CLI_EXPORT_ANNOUNCE"),
        ),
        path_option("--passphrase-file", help_text=speech.text("CLI_PASSPHRASE_FILE")),
        JSON_OPTION,
    ]


def _document(done: ExportDone, package: Path, cover: Path) -> dict[str, object]:
    return {
        "package": str(package),
        "cover": str(cover),
        "kept": str(done.package.path),
        "identity": done.package.identity,
        "sequence": done.package.statement.sequence,
        "counts": done.counts,
        "announced": [
            {"form": u.form, "record": u.record, "title": u.title} for u in done.announced
        ],
        "approval": done.before.state,
        "unchanged": done.before.unchanged,
    }


def _lines(done: ExportDone, package: Path, cover: Path, speech: Speech) -> list[str]:
    lines = [
        speech.text(
            "CLI_EXPORT_DONE",
            path=package,
            digest=short_groups(done.package.identity),
        ),
        speech.text("CLI_EXPORT_COVER", path=cover),
    ]
    if done.announced:
        lines.append(speech.text("CLI_EXPORT_ANNOUNCED", count=len(done.announced)))
    if done.before.unchanged:
        lines.append(speech.text("CLI_EXPORT_UNCHANGED"))
    elif done.before.state != "approved":
        lines.append(speech.text("CLI_EXPORT_NOT_APPROVED"))
    lines.append(speech.text("CLI_EXPORT_NEXT"))
    return lines
