"""`census copy`: a copy of a record, or a section taken over from another one."""

from __future__ import annotations

from pathlib import Path

import click

from census_app.cli.named_records import named_form, named_record
from census_app.cli.speech import JSON_OPTION, Speech, path_argument
from census_app.cli.tools import Tools
from census_app.domain.records import RecordId
from census_app.formspec.lines import value_json
from census_app.formspec.model import Form
from census_app.formspec.types import format_value
from census_app.services import copying
from census_app.services.copying import FieldChange
from census_app.services.lookup import RecordNames, context_for
from census_app.services.ports import WorkspaceStore


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(
        file: Path,
        form: str,
        record: str,
        source: str | None,
        section: str | None,
        dry_run: bool,
        as_json: bool,
    ) -> int:
        if (source is None) != (section is None):
            raise click.UsageError(speech.text("CLI_COPY_BOTH"))
        store = tools.open_workspace(file)
        try:
            found = named_form(store, form, speech)
            wanted = named_record(store, found, record)
            if source is None or section is None:
                _copy(store, found, wanted, speech, tools, dry_run=dry_run, as_json=as_json)
            else:
                if section not in {s.id for s in found.section}:
                    known = "、".join(s.id for s in found.section)
                    text = speech.text("CLI_COPY_NO_SECTION", section=section, sections=known)
                    raise click.UsageError(text)
                other = named_record(store, found, source)
                _section(
                    store, found, (wanted, other, section), speech, tools,
                    dry_run=dry_run, as_json=as_json,
                )  # fmt: skip
        finally:
            store.close()
        return 0

    return click.Command(
        "copy",
        callback=run,
        help=speech.text("CLI_COPY"),
        params=[
            path_argument("file"),
            click.Argument(["form"]),
            click.Argument(["record"]),
            click.Option(["--from", "source"], help=speech.text("CLI_COPY_FROM")),
            click.Option(["--section"], help=speech.text("CLI_COPY_SECTION")),
            click.Option(["--dry-run"], is_flag=True, help=speech.text("CLI_COPY_DRY_RUN")),
            JSON_OPTION,
        ],
    )


def _copy(
    store: WorkspaceStore,
    form: Form,
    record: RecordId,
    speech: Speech,
    tools: Tools,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    if dry_run:
        raise click.UsageError(speech.text("CLI_COPY_DRY_RUN_SECTION"))
    done = copying.copy_record(store, form.id, record, actor=tools.actor, clock=tools.clock)
    document = {"record": done.record, "title": done.title, "children": done.children}
    line = speech.text(
        "CLI_COPY_DONE", title=done.title or "—", record=done.record, count=done.children
    )
    speech.answer(document, [line], as_json=as_json)


def _section(
    store: WorkspaceStore,
    form: Form,
    what: tuple[RecordId, RecordId, str],
    speech: Speech,
    tools: Tools,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    record, source, section = what
    changes = copying.section_changes(store, form.id, record, source, section, clock=tools.clock)
    if not dry_run:
        copying.copy_section(
            store, form.id, record, source, section, actor=tools.actor, clock=tools.clock
        )
    document = {
        "written": not dry_run,
        "changes": [
            {
                "field": c.field,
                "old": value_json(c.old, form.field_by_id(c.field)),
                "new": value_json(c.new, form.field_by_id(c.field)),
            }
            for c in changes
        ],
    }
    code = "CLI_COPY_WOULD" if dry_run else "CLI_COPY_SECTION_DONE"
    lines = [speech.text(code, count=len(changes)), *_told(store, form, changes, speech)]
    speech.answer(document, lines, as_json=as_json)


def _told(
    store: WorkspaceStore, form: Form, changes: tuple[FieldChange, ...], speech: Speech
) -> list[str]:
    context = context_for(store, speech.language, RecordNames(store))
    lines = []
    for change in changes:
        field = form.field_by_id(change.field)
        old, new = (format_value(v, field, context) for v in (change.old, change.new))
        label = field.label.get(speech.language)
        lines.append(f"    {label}: {' '.join(old.split()) or '—'} → {' '.join(new.split())}")
    return lines
