"""`census review`: the signed review of a department, and the receipt for its newest package."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from census_app.cli.speech import JSON_OPTION, Speech, passphrase, path_option, replace_option
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain.addresses import Target
from census_app.domain.review import ReceiptStatus
from census_app.errors import UserError
from census_app.exchange.package import WrittenPackage
from census_app.exchange.signers import Signer
from census_app.services.enrolling import coordinator_signer_of
from census_app.services.meanwhile import known_to
from census_app.services.ports import CatalogueStore
from census_app.services.reviewing import (
    newest_merged,
    review_content,
    write_receipt,
    write_review,
)

_STATUS: Final[dict[str, ReceiptStatus]] = {
    "accepted": "accepted",
    "comments": "accepted_with_comments",
    "returned": "returned",
}


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(
        target: Target,
        department: str,
        to: Path,
        status: str | None,
        note: str,
        replace: bool,
        passphrase_file: Path | None,
        as_json: bool,
    ) -> int:
        store = tools.open_catalogue(target)
        try:
            signer = coordinator_signer_of(store, tools.keys_dir())
            signer.unlock(passphrase(passphrase_file, speech))
            known = known_to(store, replace=replace)
            letters = _write(
                store, department, to, signer, tools, status=status, note=note, known=known
            )
        finally:
            store.close()
        document = {
            kind: {
                "path": str(written.path),
                "identity": written.identity,
                "sequence": written.statement.sequence,
            }
            for kind, written in letters.items()
        }
        lines = [
            speech.text(f"CLI_REVIEW_{kind.upper()}", path=written.path)
            for kind, written in letters.items()
        ]
        speech.answer(document, [*lines, speech.text("CLI_REVIEW_NEXT")], as_json=as_json)
        return 0

    return click.Command(
        "review",
        callback=run,
        help=speech.text("CLI_REVIEW"),
        params=[
            target_argument("target"),
            click.Option(["--department"], required=True, help=speech.text("CLI_DEPARTMENT_CODE")),
            path_option("--to", required=True, help_text=speech.text("CLI_TO_DIR")),
            click.Option(
                ["--status"],
                type=click.Choice(list(_STATUS)),
                help=speech.text("CLI_REVIEW_STATUS"),
            ),
            click.Option(["--note"], default="", help=speech.text("CLI_REVIEW_NOTE")),
            replace_option(speech),
            path_option("--passphrase-file", help_text=speech.text("CLI_PASSPHRASE_FILE")),
            JSON_OPTION,
        ],
    )


def _write(
    store: CatalogueStore,
    department: str,
    to: Path,
    signer: Signer,
    tools: Tools,
    *,
    status: str | None,
    note: str,
    known: frozenset[str] | None,
) -> dict[str, WrittenPackage]:
    """Write the receipt, when a status is given, and then the review, when there is something to say."""
    letters: dict[str, WrittenPackage] = {}
    if status is not None:
        newest = newest_merged(store, department)
        if newest is None:
            raise UserError("REVIEW_NO_PACKAGE", department=department)
        letters["receipt"] = write_receipt(
            store,
            newest.identity,
            _STATUS[status],
            note,
            to,
            signer,
            actor=tools.actor,
            clock=tools.clock,
            software=tools.software,
            seen=known,
        )
    if status is None or review_content(store, department, clock=tools.clock):
        letters["review"] = write_review(
            store, department, to, signer, clock=tools.clock, software=tools.software
        )
    return letters
