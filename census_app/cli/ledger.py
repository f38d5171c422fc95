"""`census ledger`: decisions travel between coordinators as signed packages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from census_app.cli.decision_words import matter_document, matter_lines
from census_app.cli.speech import JSON_OPTION, Speech, passphrase, path_argument, path_option
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain.addresses import Target
from census_app.exchange.paper import short_groups
from census_app.services.enrolling import coordinator_signer_of
from census_app.services.ledgers import LedgerTaken, apply_ledger, export_ledger
from census_app.services.progress import Progress


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command group."""
    group = click.Group("ledger", help=speech.text("CLI_LEDGER"))
    group.add_command(_export(speech, tools))
    group.add_command(_apply(speech, tools))
    return group


def _export(speech: Speech, tools: Tools) -> click.Command:
    def run(target: Target, to: Path, passphrase_file: Path | None, as_json: bool) -> int:
        store = tools.open_catalogue(target)
        try:
            signer = coordinator_signer_of(store, tools.keys_dir())
            signer.unlock(passphrase(passphrase_file, speech))
            written = export_ledger(store, to, signer, clock=tools.clock, software=tools.software)
        finally:
            store.close()
        document = {
            "package": str(written.path),
            "identity": written.identity,
            "sequence": written.sequence,
            "decisions": written.decisions,
            "again": written.again,
        }
        code = "CLI_LEDGER_AGAIN" if written.again else "CLI_LEDGER_WRITTEN"
        line = speech.text(
            code,
            path=written.path,
            decisions=written.decisions,
            digest=short_groups(written.identity),
        )
        speech.answer(document, [line], as_json=as_json)
        return 0

    return click.Command(
        "export",
        callback=run,
        help=speech.text("CLI_LEDGER_EXPORT"),
        params=[
            target_argument("target"),
            path_option("--to", required=True, help_text=speech.text("CLI_TO_DIR")),
            path_option("--passphrase-file", help_text=speech.text("CLI_PASSPHRASE_FILE")),
            JSON_OPTION,
        ],
    )


def _apply(speech: Speech, tools: Tools) -> click.Command:
    def run(target: Target, packages: tuple[Path, ...], as_json: bool) -> int:
        store = tools.open_catalogue(target)
        try:
            taken = [
                apply_ledger(store, path, clock=tools.clock, progress=Progress(speech.progress))
                for path in packages
            ]
        finally:
            store.close()
        lines = [line for each in taken for line in taken_lines(each, speech)]
        speech.answer([taken_document(each) for each in taken], lines, as_json=as_json)
        held = any(each.contested or each.twins or each.outcome == "waiting" for each in taken)
        return 1 if held else 0

    return click.Command(
        "apply",
        callback=run,
        help=speech.text("CLI_LEDGER_APPLY"),
        params=[target_argument("target"), path_argument("packages", several=True), JSON_OPTION],
    )


def taken_document(taken: LedgerTaken) -> dict[str, Any]:
    """Return what a ledger brought for `--json`."""
    return {
        "path": str(taken.path),
        "outcome": taken.outcome,
        "code": taken.code,
        "identity": taken.identity,
        "coordinator": taken.coordinator,
        "sequence": taken.sequence,
        "decisions": taken.decisions,
        "new": taken.new,
        "twins": list(taken.twins),
        "merged": list(taken.merged),
        "contested": [matter_document(matter) for matter in taken.contested],
    }


def taken_lines(taken: LedgerTaken, speech: Speech) -> list[str]:
    """Return what a ledger brought in words."""
    lines = [
        speech.text(
            f"LEDGER_TAKEN_{taken.outcome}",
            file=taken.path.name,
            name=taken.coordinator_name,
            sequence=taken.sequence,
            decisions=taken.decisions,
            new=taken.new,
        )
    ]
    lines += ["  " + speech.text("LEDGER_TWIN", name=name) for name in taken.twins]
    lines += ["  " + speech.text("CLI_DECIDED_MERGED", name=name) for name in taken.merged]
    for matter in taken.contested:
        lines += ["  " + line for line in matter_lines(matter, speech)]
    return lines
