"""`census accept`: accept the package that a stamped page names, and write its receipt."""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli.decision_words import decided_document, decided_lines
from census_app.cli.speech import JSON_OPTION, Speech, passphrase, path_option, replace_option
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain.addresses import Target
from census_app.exchange.signers import Signer
from census_app.services.deciding import Decided, accept_by_digest
from census_app.services.enrolling import coordinator_signer_of
from census_app.services.meanwhile import known_to
from census_app.services.ports import CatalogueStore
from census_app.services.reviewing import write_receipt


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(
        target: Target,
        digest: str,
        comments: str,
        to: Path | None,
        replace: bool,
        passphrase_file: Path | None,
        as_json: bool,
    ) -> int:
        store = tools.open_catalogue(target)
        try:
            signer = None
            if to is not None:
                # Who cannot sign the receipt learns so before anything is decided.
                signer = coordinator_signer_of(store, tools.keys_dir())
                signer.unlock(passphrase(passphrase_file, speech))
            done = accept_by_digest(
                store, digest, comments, actor=tools.actor, clock=tools.clock,
                seen=known_to(store, replace=replace),
            )  # fmt: skip
            receipt = _receipt(store, done, to, signer, tools) if to and signer else None
        finally:
            store.close()
        document, lines = decided_document(done), decided_lines(done, speech)
        if receipt is not None:
            document["receipt"] = str(receipt)
            lines.append(speech.text("CLI_ACCEPT_RECEIPT", path=receipt))
        speech.answer(document, lines, as_json=as_json)
        return 0

    return click.Command(
        "accept",
        callback=run,
        help=speech.text("CLI_ACCEPT"),
        params=[
            target_argument("target"),
            click.Option(["--digest"], required=True, help=speech.text("CLI_ACCEPT_DIGEST")),
            click.Option(["--comments"], default="", help=speech.text("CLI_ACCEPT_COMMENTS")),
            path_option("--to", help_text=speech.text("CLI_ACCEPT_TO")),
            replace_option(speech),
            path_option("--passphrase-file", help_text=speech.text("CLI_PASSPHRASE_FILE")),
            JSON_OPTION,
        ],
    )


def _receipt(store: CatalogueStore, done: Decided, to: Path, signer: Signer, tools: Tools) -> Path:
    accepted = done.decisions[-1]
    written = write_receipt(
        store,
        accepted.subject,
        "accepted_with_comments" if accepted.choice == "accepted_with_comments" else "accepted",
        accepted.reason,
        to,
        signer,
        actor=tools.actor,
        clock=tools.clock,
        software=tools.software,
    )
    return written.path
