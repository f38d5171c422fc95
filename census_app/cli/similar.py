"""`census similar`: records that may be one thing entered twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_argument
from census_app.cli.tools import Tools
from census_app.services.deduplicating import Similar, similar
from census_app.services.ports import WorkspaceStore


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(file: Path, form: str | None, everything: bool, as_json: bool) -> int:
        store = tools.open_workspace(file)
        try:
            wanted = [f for f in store.form_set.forms if not f.parent and form in {None, f.id}]
            if form is not None and not wanted:
                raise click.UsageError(speech.text("CLI_SIMILAR_NO_FORM", form=form))
            groups = [g for f in wanted for g in similar(store, f.id)]
            open_groups = [g for g in groups if g.apart is None]
            shown = groups if everything else open_groups
            speech.answer(
                {"groups": [_document(g) for g in shown], "undecided": len(open_groups)},
                _lines(store, shown, len(open_groups), speech),
                as_json=as_json,
            )
        finally:
            store.close()
        return 1 if open_groups else 0

    return click.Command(
        "similar",
        callback=run,
        help=speech.text("CLI_SIMILAR"),
        params=[
            path_argument("file"),
            click.Option(["--form"], metavar="FORM", help=speech.text("CLI_SIMILAR_FORM")),
            click.Option(
                ["--all", "everything"], is_flag=True, help=speech.text("CLI_SIMILAR_ALL")
            ),
            JSON_OPTION,
        ],
    )


def _document(found: Similar) -> dict[str, Any]:
    return {
        "form": found.form,
        "likeness": found.group.likeness.value,
        "not_duplicate": found.apart,
        "records": [{"record": i, "title": name} for i, name in found.group.members],
    }


def _lines(
    store: WorkspaceStore, groups: list[Similar], undecided: int, speech: Speech
) -> list[str]:
    lines = [speech.text("CLI_SIMILAR_COUNT", count=undecided)]
    for each in groups:
        form = store.form_set.form(each.form).label.get(speech.language)
        like = speech.text(f"LIKE_{each.group.likeness.value.upper()}")
        lines.append(f"{form} · {like}")
        lines += [f"    {' '.join(name.split())}" for _record, name in each.group.members]
        if each.apart is not None:
            lines.append("    → " + speech.text("CLI_SIMILAR_APART", reason=each.apart))
    return lines
