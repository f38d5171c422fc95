"""`census attach`: files added to a field of a record."""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli.named_records import named_form, named_record
from census_app.cli.speech import JSON_OPTION, Speech, path_argument
from census_app.cli.tools import Tools
from census_app.services.attaching import attach, keep_file


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(
        file: Path, form: str, record: str, field: str, files: tuple[Path, ...], as_json: bool
    ) -> int:
        store = tools.open_workspace(file)
        try:
            found = named_form(store, form, speech)
            wanted = named_record(store, found, record)
            known = [f.id for f in found.stored_fields if f.type == "attachment"]
            if field not in known:
                text = speech.text(
                    "CLI_ATTACH_NO_FIELD", field=field, fields="、".join(known) or "—"
                )
                raise click.UsageError(text)
            kept = [keep_file(store.path, path) for path in files]
            attach(store, found.id, wanted, field, kept, actor=tools.actor, clock=tools.clock)
        finally:
            store.close()
        document = {
            "record": wanted,
            "files": [
                {"name": k.name, "bytes": k.size, "sha256": k.sha256, "ext": k.ext} for k in kept
            ],
        }
        lines = [speech.text("CLI_ATTACH_DONE", file=k.name, digest=k.sha256) for k in kept]
        speech.answer(document, lines, as_json=as_json)
        return 0

    return click.Command(
        "attach",
        callback=run,
        help=speech.text("CLI_ATTACH"),
        params=[
            path_argument("file"),
            click.Argument(["form"]),
            click.Argument(["record"]),
            click.Argument(["field"]),
            path_argument("files", several=True),
            JSON_OPTION,
        ],
    )
