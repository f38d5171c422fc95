"""`census report`: a PDF."""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_option
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain.addresses import Target
from census_app.services.progress import Progress
from census_app.services.reporting import KINDS, About, report
from census_app.settings.files import atomic_write


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(
        kind: str, source: Target, record: str, department: str, to: Path, as_json: bool
    ) -> int:
        store = tools.open_any(source)
        try:
            printed = report(
                kind,
                store,
                speech.language,
                clock=tools.clock,
                about=About(record, department),
                progress=Progress(speech.progress),
            )
        finally:
            store.close()
        atomic_write(to, printed.pdf)
        missing = [{"char": m.char, "where": m.where} for m in printed.missing_characters]
        lines = [speech.text("CLI_REPORT_DONE", path=to, pages=printed.pages)]
        lines += [
            speech.text("CLI_REPORT_MISSING", char=m["char"], where=m["where"]) for m in missing
        ]
        speech.answer(
            {"pdf": str(to), "pages": printed.pages, "missing": missing}, lines, as_json=as_json
        )
        return 0

    return click.Command(
        "report",
        callback=run,
        help=speech.text("CLI_REPORT"),
        params=[
            click.Argument(["kind"], type=click.Choice(KINDS)),
            target_argument("source"),
            click.Argument(["record"], default=""),
            click.Option(["--department"], default="", help=speech.text("CLI_REPORT_DEPARTMENT")),
            path_option("--to", required=True, help_text="PDF"),
            JSON_OPTION,
        ],
    )
