"""`census export`: the signed package and its cover sheet."""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli.speech import JSON_OPTION, Speech, passphrase, path_argument, path_option
from census_app.cli.tools import Tools
from census_app.exchange.paper import short_groups
from census_app.services.enrolling import signer_of
from census_app.services.exporting import export_package
from census_app.services.progress import Progress
from census_app.services.reporting import write_cover


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(
        file: Path, to: Path, announce: bool, passphrase_file: Path | None, as_json: bool
    ) -> int:
        store = tools.open_workspace(file)
        try:
            signer = signer_of(store, tools.keys_dir())
            signer.unlock(passphrase(passphrase_file, speech))
            done = export_package(
                store,
                signer,
                to,
                clock=tools.clock,
                software=tools.software,
                announce_unfinished=announce,
                progress=Progress(speech.progress),
            )
            cover = write_cover(store, done, to, speech.language)
        finally:
            store.close()
        document = {
            "package": str(done.package.path),
            "cover": str(cover),
            "identity": done.package.identity,
            "sequence": done.package.statement.sequence,
            "counts": done.counts,
            "announced": [
                {"form": u.form, "record": u.record, "title": u.title} for u in done.announced
            ],
        }
        lines = [
            speech.text(
                "CLI_EXPORT_DONE",
                path=done.package.path,
                digest=short_groups(done.package.identity),
            ),
            speech.text("CLI_EXPORT_COVER", path=cover),
        ]
        if done.announced:
            lines.append(speech.text("CLI_EXPORT_ANNOUNCED", count=len(done.announced)))
        lines.append(speech.text("CLI_EXPORT_NEXT"))
        speech.answer(document, lines, as_json=as_json)
        return 0

    return click.Command(
        "export",
        callback=run,
        help=speech.text("CLI_EXPORT"),
        params=[
            path_argument("file"),
            path_option("--to", required=True, help_text=speech.text("CLI_TO_DIR")),
            click.Option(
                ["--announce-unfinished", "announce"],
                is_flag=True,
                help=speech.text("CLI_EXPORT_ANNOUNCE"),
            ),
            path_option("--passphrase-file", help_text=speech.text("CLI_PASSPHRASE_FILE")),
            JSON_OPTION,
        ],
    )
