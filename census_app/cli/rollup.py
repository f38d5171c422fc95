"""`census rollup`: hand a city's whole catalogue up to the tier above."""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli.speech import JSON_OPTION, Speech, passphrase, path_option
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain.addresses import Target
from census_app.exchange.paper import short_groups
from census_app.services.progress import Progress
from census_app.services.rolling_up import RollupWritten, write_rollup
from census_app.services.upper_tier import upper_signer_of


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(target: Target, to: Path, passphrase_file: Path | None, as_json: bool) -> int:
        store = tools.open_catalogue(target)
        try:
            signer = upper_signer_of(store, tools.keys_dir())
            signer.unlock(passphrase(passphrase_file, speech))
            done = write_rollup(
                store,
                to,
                signer,
                clock=tools.clock,
                software=tools.software,
                progress=Progress(speech.progress),
            )
        finally:
            store.close()
        document = {
            "package": str(done.package.path),
            "identity": done.package.identity,
            "sender": done.package.statement.sender,
            "sequence": done.package.statement.sequence,
            "counts": done.counts,
            "departments": done.departments,
            "waiting": done.waiting,
        }
        speech.answer(document, _lines(done, speech), as_json=as_json)
        return 0

    return click.Command(
        "rollup",
        callback=run,
        help=speech.text("CLI_ROLLUP"),
        params=[
            target_argument("target"),
            path_option("--to", required=True, help_text=speech.text("CLI_TO_DIR")),
            path_option("--passphrase-file", help_text=speech.text("CLI_PASSPHRASE_FILE")),
            JSON_OPTION,
        ],
    )


def _lines(done: RollupWritten, speech: Speech) -> list[str]:
    statement = done.package.statement
    digest = short_groups(done.package.identity)
    lines = [
        speech.text(
            "CLI_ROLLUP_DONE",
            path=done.package.path,
            digest=digest,
            count=len(done.departments),
        )
    ]
    if done.waiting:
        lines.append(speech.text("CLI_ROLLUP_WAITING", count=done.waiting))
    if statement.sequence == 1:
        units = " ".join(f"{code}={name}" for code, name in sorted(done.departments.items()))
        lines.append(speech.text("CLI_ROLLUP_UNITS", city=statement.sender, units=units))
    return lines
