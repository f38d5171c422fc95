"""`census publish`: give out what a file holds in formats other programs read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from census_app.cli.speech import JSON_OPTION, Speech
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain.addresses import Target
from census_app.services.progress import Progress
from census_app.services.publishing import FORMATS, PublishFormat, PublishOptions, publish_as

_NAMES: Final = {"journal": "file"}
"""What the file is called in the usage line where it is no catalogue."""


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command with its formats."""
    group = click.Group("publish", help=speech.text("CLI_PUBLISH"))
    for each in FORMATS:
        group.add_command(_command(each, speech, tools))
    return group


def _command(wanted: PublishFormat, speech: Speech, tools: Tools) -> click.Command:
    name = _NAMES.get(wanted.id, "target")

    def run(to: Path, as_json: bool, **given: Any) -> int:
        source: Target = given.pop(name)
        options = _options(given, speech.language)
        store = tools.open_any(source)
        try:
            done = publish_as(store, wanted.id, to, options, Progress(speech.progress))
        finally:
            store.close()
        document = {"format": done.format, "path": str(done.path), **done.counts}
        sentence = speech.text(f"PUBLISH_DONE_{wanted.id.upper()}", path=done.path, **done.counts)
        speech.answer(document, [sentence], as_json=as_json)
        return 0

    return click.Command(
        wanted.id,
        callback=run,
        help=speech.text(f"CLI_PUBLISH_{wanted.id.upper()}"),
        params=[target_argument(name), *_params(wanted, speech), _to(wanted, speech), JSON_OPTION],
    )


def _options(given: Mapping[str, Any], language: str) -> PublishOptions:
    return PublishOptions(
        language=language,
        department=(given.get("department") or "").upper(),
        ids=bool(given.get("ids")),
        internal=bool(given.get("internal")),
        published=bool(given.get("published")),
        platform=given.get("platform") or "",
    )


def _params(wanted: PublishFormat, speech: Speech) -> list[click.Parameter]:
    text = speech.text
    known: dict[str, click.Parameter] = {
        "department": click.Option(["--department"], help=text("CLI_PUBLISH_DEPARTMENT")),
        "ids": click.Option(["--ids"], is_flag=True, help=text("CLI_PUBLISH_IDS")),
        "internal": click.Option(
            ["--internal/--open-only"], default=False, help=text("CLI_PUBLISH_SCOPE")
        ),
        "published": click.Option(
            ["--published"], is_flag=True, help=text("CLI_PUBLISH_PUBLISHED")
        ),
        "platform": click.Option(["--platform"], metavar="URL", help=text("CLI_PUBLISH_PLATFORM")),
    }
    return [option for name, option in known.items() if name in wanted.options]


def _to(wanted: PublishFormat, speech: Speech) -> click.Option:
    folder = wanted.goes == "folder"
    return click.Option(
        ["--to"],
        type=click.Path(path_type=Path, dir_okay=folder),
        required=True,
        help=speech.text("CLI_PUBLISH_FOLDER" if folder else "CLI_PUBLISH_TO"),
    )
