"""`census update`: a newer program from a file, without a network; and back again."""

from __future__ import annotations

from pathlib import Path

import click

from census_app import __version__
from census_app.cli.speech import JSON_OPTION, Speech, path_argument
from census_app.cli.tools import Tools
from census_app.errors import UserError
from census_app.services.progress import Progress
from census_app.services.updating import go_back, look_at, update
from census_app.settings.installation import own_installation


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(
        file: Path | None,
        given: str,
        save: tuple[Path, ...],
        look: bool,
        back: bool,
        as_json: bool,
    ) -> int:
        if back:
            done = go_back(own_installation())
            text = speech.text("CLI_UPDATE_BACK", version=done.version, before=done.before)
            speech.answer({"version": done.version, "before": done.before}, [text], as_json=as_json)
            return 0
        if file is None:
            raise UserError("UPDATE_FILE")
        if look:
            return _look(speech, file, given, as_json=as_json)
        for each in save:
            if not each.is_file():
                raise UserError("FILE_MISSING", path=str(each))
        progress = Progress(speech.progress)
        place = own_installation()
        done = update(file, place, save, tools, given=given, present=__version__, progress=progress)
        lines = [speech.text("CLI_UPDATE_SAVED", path=path) for path in done.snapshots]
        lines.append(speech.text("CLI_UPDATE_DONE", version=done.version, before=done.before))
        document = {
            "version": done.version,
            "before": done.before,
            "snapshots": [str(path) for path in done.snapshots],
        }
        speech.answer(document, lines, as_json=as_json)
        return 0

    return click.Command(
        "update",
        callback=run,
        help=speech.text("CLI_UPDATE"),
        params=[
            path_argument("file", required=False),
            click.Option(["--sha256", "given"], default="", help=speech.text("CLI_UPDATE_SHA256")),
            click.Option(
                ["--save"],
                type=click.Path(path_type=Path, dir_okay=False),
                multiple=True,
                help=speech.text("CLI_UPDATE_SAVE"),
            ),
            click.Option(["--look"], is_flag=True, help=speech.text("CLI_UPDATE_LOOK")),
            click.Option(["--back"], is_flag=True, help=speech.text("CLI_UPDATE_GO_BACK")),
            JSON_OPTION,
        ],
    )


def _look(speech: Speech, file: Path, given: str, *, as_json: bool) -> int:
    offer = look_at(file, __version__, given=given)
    document = {
        "version": offer.version,
        "present": offer.present,
        "sha256": offer.sha256.replace(" ", ""),
        "published": offer.published,
    }
    lines = [
        speech.text("CLI_UPDATE_OFFER", version=offer.version, present=offer.present),
        speech.text("CLI_UPDATE_HASH", sha256=offer.sha256),
        speech.text("CLI_UPDATE_AGREES" if offer.published else "CLI_UPDATE_COMPARE"),
    ]
    if offer.older:
        lines.append(speech.text("CLI_UPDATE_OLDER"))
    speech.answer(document, lines, as_json=as_json)
    return 0
