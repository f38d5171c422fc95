"""`census import`: take Excel lists into a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_argument
from census_app.cli.tools import Tools
from census_app.errors import UserError
from census_app.services.importing import ImportPlan, apply_import, plan_import
from census_app.services.ports import WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.remembered_columns import (
    RememberedColumns,
    questions_of,
    read_mapping,
    remember_for,
    write_questions,
)
from census_app.settings.paths import data_dir

if TYPE_CHECKING:
    from census_app.services.healing import Healed


_TOLD = frozenset({"ROW_COPIED", "ROW_UNKNOWN", "ROW_EMPTIED", "SHEET_OTHER_FORM", "SHEET_IGNORED"})
"""Notes a person should read before anything else; all of them stand in a workbook that is handed back."""


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(
        file: Path,
        workbooks: tuple[Path, ...],
        dry_run: bool,
        settings: tuple[str, ...],
        same_unit: tuple[str, ...],
        heal: Path | None,
        mapping: Path | None,
        save_mapping: Path | None,
        as_json: bool,
    ) -> int:
        if heal is not None:
            _require_healable(workbooks, heal, dry_run=dry_run)
        store = tools.open_workspace(file)
        try:
            remembered = RememberedColumns(data_dir())
            given = read_mapping(mapping, store.form_set) if mapping is not None else None
            plan = plan_import(
                store,
                list(workbooks),
                clock=tools.clock,
                settings=_pairs(settings),
                same_unit=same_unit,
                mapping=given.columns if given is not None else None,
                remembered=remembered,
                progress=Progress(speech.progress),
            )
            if given is not None and not dry_run:
                remember_for(plan, given.columns, remembered)
            questions = questions_of(plan)
            if save_mapping is not None:
                write_questions(save_mapping, questions, store.form_set, speech.language)
            if not dry_run:
                apply_import(store, plan, actor=tools.actor, clock=tools.clock)
            healed = None if heal is None else _heal(store, plan, heal, speech, tools)
        finally:
            store.close()
        document, lines = _document(plan, dry_run), _lines(plan, speech, dry_run)
        if save_mapping is not None:
            document["mapping"] = str(save_mapping)
            lines.append(
                speech.text("CLI_IMPORT_MAPPING_SAVED", path=save_mapping, count=len(questions))
            )
        if healed is not None:
            document["healed"] = {
                "path": str(healed.path),
                "issues": healed.issues,
                "errors": healed.errors,
            }
            lines.append(
                speech.text(
                    "CLI_IMPORT_HEALED",
                    path=healed.path,
                    issues=healed.issues,
                    errors=healed.errors,
                )
            )
        speech.answer(document, lines, as_json=as_json)
        return 1 if plan.rejected else 0

    return click.Command(
        "import",
        callback=run,
        help=speech.text("CLI_IMPORT"),
        params=[
            path_argument("file"),
            path_argument("workbooks", several=True),
            click.Option(["--dry-run"], is_flag=True, help=speech.text("CLI_IMPORT_DRY")),
            click.Option(
                ["--set", "settings"],
                multiple=True,
                metavar="FIELD=VALUE",
                help=speech.text("CLI_IMPORT_SET"),
            ),
            click.Option(
                ["--same-unit"], multiple=True, metavar="NAME", help=speech.text("CLI_IMPORT_UNIT")
            ),
            click.Option(
                ["--heal"],
                type=click.Path(path_type=Path, dir_okay=False),
                help=speech.text("CLI_IMPORT_HEAL"),
            ),
            click.Option(
                ["--mapping"],
                type=click.Path(path_type=Path, dir_okay=False),
                help=speech.text("CLI_IMPORT_MAPPING"),
            ),
            click.Option(
                ["--save-mapping"],
                type=click.Path(path_type=Path, dir_okay=False),
                help=speech.text("CLI_IMPORT_SAVE_MAPPING"),
            ),
            JSON_OPTION,
        ],
    )


def _require_healable(workbooks: tuple[Path, ...], heal: Path, *, dry_run: bool) -> None:
    from census_app.services.healing import (
        require_healable,
    )  # writing workbooks takes 0.4 s to load

    if dry_run:
        raise UserError("HEAL_DRY_RUN")
    require_healable(workbooks, heal)


def _heal(
    store: WorkspaceStore, plan: ImportPlan, to: Path, speech: Speech, tools: Tools
) -> Healed:
    from census_app.services.healing import write_healed

    progress = Progress(speech.progress)
    return write_healed(
        store, plan, to, language=speech.language, clock=tools.clock, progress=progress
    )


def _pairs(settings: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals or not name or not value:
            raise UserError("SETTING_FORM", given=setting)
        found[name.strip()] = value
    return found


def _document(plan: ImportPlan, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "new": plan.new,
        "changed": plan.changed,
        "unchanged": plan.unchanged,
        "rejected": [
            {
                "file": r.file,
                "sheet": r.sheet,
                "cell": r.cell,
                "found": r.found,
                "code": r.code,
                "expected": r.expected,
                "records": r.records,
            }
            for r in plan.rejected
        ],
        "unfit": plan.unfit,
        "forms": {
            f: {"new": c.new, "changed": c.changed, "unchanged": c.unchanged}
            for f, c in plan.counts.items()
        },
        "foreign_units": plan.foreign_units,
        "understood": [
            {"field": field, "given": given, "value": value, "times": times}
            for field, given, value, times in plan.understood
        ],
        "tables": [
            {
                "file": t.file,
                "sheet": t.sheet,
                "template": t.template,
                "records": t.records,
                "unmatched": t.unmatched,
            }
            for t in plan.tables
        ],
    }


def _lines(plan: ImportPlan, speech: Speech, dry_run: bool) -> list[str]:
    lines = []
    for table in plan.tables:
        template = table.template[speech.language]
        lines.append(
            speech.text(
                "CLI_IMPORT_TABLE",
                file=table.file,
                sheet=table.sheet,
                template=template,
                count=table.records,
            )
        )
        if table.unmatched:
            lines.append(
                "  " + speech.text("CLI_IMPORT_UNMATCHED", heads="、".join(table.unmatched))
            )
    lines += [f"  {speech.text(code, **params)}" for code, params in plan.notes if code in _TOLD]
    lines.append(
        speech.text(
            "CLI_IMPORT_PLAN" if dry_run else "CLI_IMPORT_DONE",
            new=plan.new,
            changed=plan.changed,
            unchanged=plan.unchanged,
            rejected=len(plan.rejected),
        )
    )
    if plan.unfit:
        lines.append(speech.text("CLI_IMPORT_UNFIT", count=plan.unfit))
    for field, given, value, times in plan.understood:
        shown = " ".join(given.split())
        lines.append(
            "  "
            + speech.text(
                "CLI_IMPORT_UNDERSTOOD", field=field, given=shown, value=value, times=times
            )
        )
    for name, times in plan.foreign_units.items():
        lines.append("  " + speech.text("CLI_IMPORT_FOREIGN", name=name, times=times))
    for row in plan.rejected:
        expected = row.expected.get(speech.language, "")
        where = f"{row.file} · {row.sheet} · {row.cell}"
        lines.append(
            "  "
            + speech.text("CLI_IMPORT_REJECTED", where=where, found=row.found, expected=expected)
        )
    return lines
