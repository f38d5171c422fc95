"""`census discover`: propose resources and data items from a database's schema, and write them when asked to."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_argument, path_option
from census_app.cli.tools import Tools
from census_app.domain.database_urls import DatabaseUrl, is_database_url, read_database_url
from census_app.domain.records import RecordId
from census_app.domain.schemas import LeftOut, SchemaRequest, Why
from census_app.errors import EnvironmentProblem, UserError
from census_app.formspec.types import Context, format_value
from census_app.services.discovering import (
    apply_discovery,
    check_choice,
    compare,
    everything,
    known_source,
    plan_discovery,
)
from census_app.services.discovery_plan import (
    Difference,
    Discovery,
    DiscoveryPlan,
    Standing,
    TableFound,
)
from census_app.services.lookup import RecordNames, context_for
from census_app.services.ports import WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.proposing import Way

_DIALECTS: Final = ("mysql", "postgres", "oracle", "tsql", "sqlite", "dameng", "kingbase")
_NAMES: Final = 8
"""Names of tables that a line lists before it says how many more there are."""


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(file: Path, **options: Any) -> int:
        if options["dry_run"] and options["apply"]:
            raise UserError("CLI_DISCOVER_BOTH")
        request = _request(options, speech)
        store = tools.open_workspace(file)
        try:
            progress = Progress(speech.progress)
            found = tools.read_schema(request, progress)
            way = Way(options["character_bytes"], _system(store, options["system"]))
            if not request.source:
                found = replace(found, source=known_source(store, found))
            discovery = compare(store, found, way, patterns=request.patterns, progress=progress)
            chosen = everything(discovery)
            if options["apply"]:
                check_choice(discovery, chosen)
            plan = plan_discovery(store, discovery, chosen, way)
            context = context_for(store, speech.language)
            document = _document(discovery, plan, context, applied=options["apply"])
            lines = _lines(discovery, plan, context, speech, applied=options["apply"])
            if options["apply"]:
                apply_discovery(store, plan, actor=tools.actor, clock=tools.clock)
        finally:
            store.close()
        speech.answer(document, lines, as_json=options["as_json"])
        return 0

    return click.Command(
        "discover", callback=run, help=speech.text("CLI_DISCOVER"), params=_parameters(speech)
    )


def _parameters(speech: Speech) -> list[click.Parameter]:
    def said(code: str) -> str:
        return speech.text(f"CLI_DISCOVER_{code}")

    return [
        path_argument("file"),
        click.Option(["--database"], metavar="URL|FILE", help=said("DATABASE")),
        path_option("--url-file", help_text=said("URL_FILE")),
        path_option("--ddl", help_text=said("DDL")),
        path_option("--dictionary", help_text=said("DICTIONARY")),
        click.Option(
            ["--dialect"], type=click.Choice(_DIALECTS), default=None, help=said("DIALECT")
        ),
        click.Option(["--tables"], multiple=True, metavar="GLOB", help=said("TABLES")),
        click.Option(["--count"], is_flag=True, help=said("COUNT")),
        click.Option(["--views"], is_flag=True, help=said("VIEWS")),
        click.Option(["--source"], metavar="NAME", help=said("SOURCE")),
        click.Option(["--system"], metavar="NAME", help=said("SYSTEM")),
        click.Option(
            ["--character-bytes"], type=click.IntRange(1, 4), default=1, help=said("CHARACTER")
        ),
        click.Option(["--dry-run"], is_flag=True, help=said("DRY")),
        click.Option(["--apply"], is_flag=True, help=said("APPLY")),
        JSON_OPTION,
    ]


def _request(options: dict[str, Any], speech: Speech) -> SchemaRequest:
    ways = [options[name] for name in ("database", "url_file", "ddl", "dictionary")]
    if sum(way is not None for way in ways) != 1:
        raise UserError("DISCOVER_WAY")
    return SchemaRequest(
        place=_place(options, speech),
        script=options["ddl"],
        dictionary=options["dictionary"],
        dialect=options["dialect"] or "",
        patterns=options["tables"],
        count=options["count"],
        views=options["views"],
        source=options["source"] or "",
    )


def _place(options: dict[str, Any], speech: Speech) -> Path | DatabaseUrl | None:
    if options["url_file"] is not None:
        return _in_file(options["url_file"])
    text = options["database"]
    if text is None:
        return None
    if not is_database_url(text):
        return Path(text)
    if text.lower().startswith("sqlite:///"):
        return Path(text[len("sqlite:///") :])
    url = read_database_url(text)
    if url.password:
        raise UserError("DISCOVER_PASSWORD")
    if url.user and sys.stdin.isatty():
        question = speech.text("CLI_ASK_DATABASE_PASSWORD", name=url.name)
        answer: str = click.prompt(
            question, hide_input=True, default="", show_default=False, err=True
        )
        return url.with_password(answer)
    return url


def _in_file(path: Path) -> DatabaseUrl:
    try:
        line = path.read_text(encoding="utf-8-sig").splitlines()[0].strip()
    except (OSError, IndexError, UnicodeDecodeError):
        raise EnvironmentProblem("DISCOVER_URL_FILE", path=str(path)) from None
    return read_database_url(line)


def _system(store: WorkspaceStore, name: str | None) -> RecordId | None:
    if not name:
        return None
    form, _field = store.form_set.by_role("system_name")
    found = RecordNames(store).resolve(form.id, name)
    if found is None:
        raise UserError("DISCOVER_SYSTEM", name=name)
    return RecordId(found)


# -- telling -----------------------------------------------------------------------------------------------------------


def _document(
    discovery: Discovery, plan: DiscoveryPlan, context: Context, *, applied: bool
) -> dict[str, Any]:
    found = discovery.found
    return {
        "applied": applied,
        "source": found.source,
        "product": found.product.value,
        "tables": [_table(t, discovery, context) for t in discovery.tables],
        "left_out": [
            {"schema": e.schema, "table": e.name, "why": e.why.value} for e in found.left_out
        ],
        "notes": [{"code": n.code, **dict(n.params)} for n in found.notes],
        "new_resources": plan.new_resources,
        "new_items": plan.new_items,
        "changed": plan.changed,
        "kept": plan.kept,
        "gone": plan.gone,
        "unnamed": plan.unnamed,
    }


def _table(table: TableFound, discovery: Discovery, context: Context) -> dict[str, Any]:
    return {
        "schema": table.schema,
        "table": table.name,
        "title": table.title,
        "standing": table.standing.value,
        "rows": table.rows,
        "record": table.record,
        "differences": _differences(table.differences, discovery.resource, context),
        "columns": [
            {
                "column": c.name,
                "title": c.title,
                "standing": c.standing.value,
                "type": c.type_text,
                "record": c.record,
                "values": _shown(c.values, discovery.item, context),
                "differences": _differences(c.differences, discovery.item, context),
            }
            for c in table.columns
        ],
    }


def _shown(values: Any, form_id: str, context: Context) -> dict[str, str]:
    form = context.form_set.form(form_id)
    return {f: format_value(v, form.field_by_id(f), context) for f, v in values.items()}


def _differences(
    differences: Iterable[Difference], form_id: str, context: Context
) -> list[dict[str, Any]]:
    form = context.form_set.form(form_id)
    return [
        {
            "field": d.field,
            "now": format_value(d.now, form.field_by_id(d.field), context),
            "found": format_value(d.found, form.field_by_id(d.field), context),
            "kept": d.kept,
        }
        for d in differences
    ]


def _lines(
    discovery: Discovery, plan: DiscoveryPlan, context: Context, speech: Speech, *, applied: bool
) -> list[str]:
    found = discovery.found
    columns = sum(len(t.columns) for t in found.tables)
    lines = [
        speech.text(
            "CLI_DISCOVER_FOUND", source=found.source, tables=len(found.tables), columns=columns
        )
    ]
    for table in discovery.tables:
        lines += _table_lines(table, discovery, context, speech)
    lines += _left_lines(found.left_out, speech)
    lines += [f"  {speech.text(n.code, **dict(n.params))}" for n in found.notes]
    lines.append(
        speech.text(
            "CLI_DISCOVER_DONE" if applied else "CLI_DISCOVER_PLAN", resources=plan.new_resources,
            items=plan.new_items, changed=plan.changed, kept=plan.kept, gone=plan.gone,
        )
    )  # fmt: skip
    if plan.unnamed:
        lines.append(speech.text("CLI_DISCOVER_UNNAMED", count=plan.unnamed))
    if not applied:
        lines.append(speech.text("CLI_DISCOVER_HOW"))
    return lines


def _table_lines(
    table: TableFound, discovery: Discovery, context: Context, speech: Speech
) -> list[str]:
    known = table.standing not in {Standing.NEW, Standing.GONE}
    news = speech.text("CLI_DISCOVER_NEWS", count=table.news) if known and table.news else ""
    there = [c for c in table.columns if c.standing is not Standing.GONE]
    lines = [
        speech.text(
            "CLI_DISCOVER_TABLE", standing=_standing(table.standing, speech), table=table.shown,
            title=table.title, columns=len(there), news=news,
        )
    ]  # fmt: skip
    lines += _difference_lines(table.differences, discovery.resource, context, speech, "    ")
    for column in table.columns if known else ():
        changed = column.standing is not Standing.SAME
        if changed or column.differences:
            lines.append(
                "    "
                + speech.text(
                    "CLI_DISCOVER_COLUMN", standing=_standing(column.standing, speech),
                    column=column.name, title=column.title,
                )
            )  # fmt: skip
            lines += _difference_lines(
                column.differences, discovery.item, context, speech, "        "
            )
    return lines


def _difference_lines(
    differences: Iterable[Difference], form_id: str, context: Context, speech: Speech, indent: str
) -> list[str]:
    form = context.form_set.form(form_id)
    lines = []
    for each in differences:
        field = form.field_by_id(each.field)
        text = speech.text(
            "CLI_DISCOVER_DIFFERENCE", field=field.label.get(speech.language),
            now=format_value(each.now, field, context), found=format_value(each.found, field, context),
            kept=speech.text("CLI_DISCOVER_KEPT") if each.kept else "",
        )  # fmt: skip
        lines.append(indent + text)
    return lines


def _left_lines(left: Iterable[LeftOut], speech: Speech) -> list[str]:
    by_why: dict[Why, list[str]] = {}
    for each in left:
        by_why.setdefault(each.why, []).append(each.name)
    lines = []
    for why, names in by_why.items():
        shown = "、".join(names[:_NAMES]) + (f" … {len(names)}" if len(names) > _NAMES else "")
        reason = speech.text(f"DISCOVER_WHY_{why.value}")
        lines.append("  " + speech.text("CLI_DISCOVER_LEFT", names=shown, why=reason))
    return lines


def _standing(standing: Standing, speech: Speech) -> str:
    return f"[{speech.text(f'DISCOVER_STANDING_{standing.value}')}]"
