"""`census contribute`: hand a section's part up to its department, or bring a section up to date."""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli.speech import JSON_OPTION, Speech, passphrase, path_argument, path_option
from census_app.cli.tools import Tools
from census_app.exchange.paper import short_groups
from census_app.services.contributing import write_contribution
from census_app.services.enrolling import signer_of


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(
        file: Path, to: Path, audience: str, passphrase_file: Path | None, as_json: bool
    ) -> int:
        store = tools.open_workspace(file)
        try:
            signer = signer_of(store, tools.keys_dir())
            signer.unlock(passphrase(passphrase_file, speech))
            done = write_contribution(
                store, audience, to, signer, clock=tools.clock, software=tools.software
            )
            form_set = store.form_set
        finally:
            store.close()
        document = {
            "package": str(done.package.path),
            "identity": done.package.identity,
            "audience": done.package.statement.audience,
            "sequence": done.package.statement.sequence,
            "counts": done.counts,
            "left_out": [
                {"form": x.form, "record": x.record, "title": x.title, "field": x.field}
                for x in done.left_out
            ],
        }
        lines = [
            speech.text(
                "CLI_CONTRIBUTE_DONE",
                path=done.package.path,
                digest=short_groups(done.package.identity),
            )
        ]
        lines += [
            speech.text(
                "CLI_CONTRIBUTE_LEFT_OUT",
                title=x.title,
                field=form_set.form(x.form).field_by_id(x.field).label.get(speech.language),
            )
            for x in done.left_out
        ]
        lines.append(speech.text("CLI_CONTRIBUTE_NEXT", audience=done.package.statement.audience))
        speech.answer(document, lines, as_json=as_json)
        return 0

    return click.Command(
        "contribute",
        callback=run,
        help=speech.text("CLI_CONTRIBUTE"),
        params=[
            path_argument("file"),
            path_option("--to", required=True, help_text=speech.text("CLI_TO_DIR")),
            click.Option(["--audience"], default="", help=speech.text("CLI_CONTRIBUTE_AUDIENCE")),
            path_option("--passphrase-file", help_text=speech.text("CLI_PASSPHRASE_FILE")),
            JSON_OPTION,
        ],
    )
