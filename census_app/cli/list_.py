"""`census list`: the records of a catalogue that a search finds, on the screen or as a file."""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli.speech import JSON_OPTION, Speech
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain.addresses import Target
from census_app.domain.holdings import ListQuery
from census_app.errors import UserError
from census_app.services.listing import write_list
from census_app.services.lookup import context_for
from census_app.services.ports import CatalogueStore
from census_app.services.progress import Progress

SHOWN = 50


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(
        target: Target,
        form: str,
        search: str,
        department: str,
        fields: tuple[str, ...],
        to: Path | None,
        as_json: bool,
    ) -> int:
        store = tools.open_catalogue(target)
        try:
            query = ListQuery(
                form=_form(store, form),
                search=search,
                department=department,
                equals=_equals(store, form, fields),
            )
            if to is not None:
                context = context_for(store, speech.language)
                done = write_list(store, query, to, context, progress=Progress(speech.progress))
                lines = [speech.text("CS_EXPORTED", count=done.records, path=done.path)]
                speech.answer(
                    {"records": done.records, "path": str(done.path)}, lines, as_json=as_json
                )
                return 0
            keys = store.keys(query)
            title = store.form_set.form(form).title
            rows = store.rows(form, keys[:SHOWN], [title])
        finally:
            store.close()
        records = [
            {"id": row.id, "department": row.department, "title": str(row.values.get(title) or "")}
            for row in rows
        ]
        lines = ["  ".join((r["id"][:8], r["department"], r["title"])) for r in records]
        lines.append(speech.text("CLI_LIST_FOUND", count=len(keys), shown=len(rows)))
        speech.answer({"found": len(keys), "records": records}, lines, as_json=as_json)
        return 0

    return click.Command(
        "list",
        callback=run,
        help=speech.text("CLI_LIST"),
        params=_params(speech),
    )


def _params(speech: Speech) -> list[click.Parameter]:
    return [
        target_argument("target"),
        click.Argument(["form"]),
        click.Option(["--search"], default="", help=speech.text("CLI_LIST_SEARCH")),
        click.Option(["--department"], default="", help=speech.text("CLI_LIST_DEPARTMENT")),
        click.Option(
            ["--where", "fields"],
            multiple=True,
            metavar="FIELD=VALUE",
            help=speech.text("CLI_LIST_WHERE"),
        ),
        click.Option(
            ["--to"],
            type=click.Path(path_type=Path, dir_okay=False),
            help=speech.text("CLI_LIST_TO"),
        ),
        JSON_OPTION,
    ]


def _form(store: CatalogueStore, given: str) -> str:
    known = [form.id for form in store.form_set.forms]
    if given not in known:
        raise UserError("LIST_FORM", given=given, known="、".join(known))
    return given


def _equals(store: CatalogueStore, form: str, given: tuple[str, ...]) -> dict[str, str | int]:
    known = {f.id for f in store.form_set.form(_form(store, form)).stored_fields}
    found: dict[str, str | int] = {}
    for each in given:
        name, separator, value = each.partition("=")
        if not separator or name not in known:
            raise UserError("LIST_WHERE", given=each)
        found[name] = value
    return found
