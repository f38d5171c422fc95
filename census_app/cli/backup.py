"""`census backup`: snapshots of a file with what is in them, one more, or a copy to take along."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_argument, path_option
from census_app.cli.tools import Tools
from census_app.domain.safekeeping import Tally
from census_app.errors import CensusError, UserError
from census_app.services.backing_up import (
    Present,
    SnapshotView,
    copy_to,
    look_into,
    present_of,
    shelf_of,
)
from census_app.services.ports import as_workspace


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(file: Path, to: Path | None, listed: bool, as_json: bool) -> int:
        if listed:
            return _list(speech, tools, file, as_json=as_json)
        if to is not None:
            return _copy(speech, tools, file, to, as_json=as_json)
        store = tools.open_any(file)
        try:
            snapshot = store.snapshot("manual")
        finally:
            store.close()
        document = {"file": str(file), "snapshot": str(snapshot), "bytes": snapshot.stat().st_size}
        speech.answer(document, [speech.text("CLI_BACKUP_DONE", path=snapshot)], as_json=as_json)
        return 0

    return click.Command(
        "backup",
        callback=run,
        help=speech.text("CLI_BACKUP"),
        params=[
            path_argument("file"),
            path_option("--to", help_text=speech.text("CLI_BACKUP_TO")),
            click.Option(["--list", "listed"], is_flag=True, help=speech.text("CLI_BACKUP_LIST")),
            JSON_OPTION,
        ],
    )


def _copy(speech: Speech, tools: Tools, file: Path, to: Path, *, as_json: bool) -> int:
    store = tools.open_workspace(file)
    try:
        done = copy_to(
            store, to, tools.vault, actor=tools.actor, clock=tools.clock, language=speech.language
        )
    finally:
        store.close()
    document = {
        "file": str(file),
        "copy": str(done.path),
        "note": str(done.note),
        "bytes": done.bytes,
    }
    lines = [speech.text("CLI_BACKUP_COPIED", path=done.path, note=done.note.name)]
    speech.answer(document, lines, as_json=as_json)
    return 0


def _list(speech: Speech, tools: Tools, file: Path, *, as_json: bool) -> int:
    if not file.is_file():
        raise UserError("FILE_MISSING", path=str(file))
    shelf = shelf_of(tools.vault, file)
    present = _present(tools, file)
    views = [look_into(tools.vault, each, present) for each in shelf.snapshots]
    heads = [speech.text(f"CLI_BACKUP_{name}") for name in ("AT", "WHY", "SIZE", "HELD", "BACK")]
    lines = speech.table(heads, [_row(speech, view) for view in views]) if views else []
    kind = shelf.place.kind
    if not views:
        lines = [speech.text("CLI_BACKUP_NONE")]
    if kind:
        lines.append(speech.text(f"PLACE_{kind.upper()}", service=shelf.place.service))
    document = {
        "file": str(file),
        "place": kind or "fixed",
        "free": shelf.place.free,
        "bytes": shelf.bytes,
        "snapshots": [_document(view) for view in views],
    }
    speech.answer(document, lines, as_json=as_json)
    return 0


def _present(tools: Tools, file: Path) -> Present | None:
    """Return the records as they are; None while somebody else has the file open, or for a catalogue."""
    try:
        store = tools.open_any(file)
    except CensusError:
        return None
    try:
        workspace = as_workspace(store)
        return present_of(workspace) if workspace is not None else None
    finally:
        store.close()


def reason_text(speech: Speech, reason: str) -> str:
    """Return why a snapshot was taken, in words."""
    code = f"SNAPSHOT_WHY_{reason.upper()}"
    return speech.text(code) if speech.knows(code) else reason


def tally_text(tally: Tally | None) -> str:
    """Return what a restore would do, as signs."""
    if tally is None:
        return "?"
    return f"+{tally.back} -{tally.gone} ~{tally.changed}" if tally else "="


def _row(speech: Speech, view: SnapshotView) -> list[object]:
    at = view.file.at.astimezone().strftime("%Y-%m-%d %H:%M")
    why = reason_text(speech, view.file.reason)
    size = f"{view.file.bytes / (1 << 20):.1f} MB"
    if view.contents is None:
        code = view.error.code if view.error is not None else "?"
        return [at, why, size, code, view.file.path.name]
    return [at, why, size, view.contents.records, tally_text(view.tally)]


def _document(view: SnapshotView) -> dict[str, Any]:
    tally, contents = view.tally, view.contents
    return {
        "path": str(view.file.path),
        "at": view.file.at.isoformat(timespec="seconds"),
        "reason": view.file.reason,
        "bytes": view.file.bytes,
        "records": dict(contents.counts) if contents is not None else None,
        "changed_at": contents.changed_at if contents is not None else None,
        "restore": None
        if tally is None
        else {"back": tally.back, "gone": tally.gone, "changed": tally.changed},
        "error": view.error.code if view.error is not None else None,
    }
