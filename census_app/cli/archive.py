"""`census archive`: every package a catalogue keeps, and each given out as the file it was."""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli.speech import JSON_OPTION, Speech
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain.addresses import Target
from census_app.services.archiving import HEADS, Kept, archive, find_kept, kept_row, write_several
from census_app.services.progress import Progress


def _line(kept: Kept, speech: Speech) -> str:
    """Return a package as a line: the moment as people read it, and each name once."""
    at, *rest = kept_row(kept, speech.language)
    if kept.signer == kept.party:
        rest.pop(HEADS.index("ARCHIVE_SIGNER") - 1)
    return "  ".join([speech.moment(at), *filter(None, rest)])


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(target: Target, packages: tuple[str, ...], to: Path | None, as_json: bool) -> int:
        store = tools.open_catalogue(target)
        try:
            wanted = [find_kept(store, each).identity for each in packages]
            kept = [k for k in archive(store) if not wanted or k.facts.identity in wanted]
            progress = Progress(speech.progress)
            facts = [k.facts for k in kept]
            written = write_several(store, facts, to, progress) if to is not None else []
        finally:
            store.close()
        document = {
            "packages": [
                {
                    "identity": k.facts.identity,
                    "name": k.facts.name,
                    "type": k.facts.type,
                    "direction": k.facts.direction,
                    "party": k.code,
                    "sequence": k.facts.sequence,
                    "signer": k.signer,
                    "received_at": k.facts.received_at,
                    "bytes": k.facts.bytes,
                    "state": k.facts.state,
                }
                for k in kept
            ],
            "written": [str(path) for path in written],
        }
        lines = [_line(k, speech) for k in kept]
        if to is not None:
            lines = [speech.text("CLI_ARCHIVE_WRITTEN", count=len(written), folder=to)]
        speech.answer(document, lines, as_json=as_json)
        return 0

    return click.Command(
        "archive",
        callback=run,
        help=speech.text("CLI_ARCHIVE"),
        params=[
            target_argument("target"),
            click.Option(
                ["--package", "packages"], multiple=True, help=speech.text("CLI_ARCHIVE_PACKAGE")
            ),
            click.Option(
                ["--to"],
                type=click.Path(path_type=Path, file_okay=False),
                help=speech.text("CLI_ARCHIVE_TO"),
            ),
            JSON_OPTION,
        ],
    )
