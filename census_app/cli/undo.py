"""`census undo`: take the newest step back, or bring the last one that was taken back again."""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_argument
from census_app.cli.tools import Tools
from census_app.services import editing
from census_app.services.journalling import undo_sentences


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(file: Path, redo: bool, show: bool, as_json: bool) -> int:
        store = tools.open_workspace(file)
        try:
            undo_text, redo_text = undo_sentences(
                store.undo_state(), store.form_set, speech.language
            )
            what = redo_text if redo else undo_text
            done = None
            if what and not show:
                move = editing.redo if redo else editing.undo
                done = move(store, actor=tools.actor, clock=tools.clock)
        finally:
            store.close()
        touched = len(done.touched) if done is not None else 0
        document = {
            "done": done is not None,
            "what": what,
            "records": touched,
            "undo": undo_text,
            "redo": redo_text,
        }
        if done is not None:
            code = "CLI_REDONE" if redo else "CLI_UNDONE"
            lines = [speech.text(code, what=what, count=touched)]
        elif show:
            lines = [
                speech.text("CLI_UNDO_NEXT", what=undo_text or "—"),
                speech.text("CLI_REDO_NEXT", what=redo_text or "—"),
            ]
        else:
            lines = [speech.text("CLI_REDO_NOTHING" if redo else "CLI_UNDO_NOTHING")]
        speech.answer(document, lines, as_json=as_json)
        return 0 if done is not None or show else 1

    return click.Command(
        "undo",
        callback=run,
        help=speech.text("CLI_UNDO"),
        params=[
            path_argument("file"),
            click.Option(["--redo"], is_flag=True, help=speech.text("CLI_UNDO_REDO")),
            click.Option(["--show"], is_flag=True, help=speech.text("CLI_UNDO_SHOW")),
            JSON_OPTION,
        ],
    )
