"""`census import`: take Excel lists into a workspace."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from census_app.cli.speech import JSON_OPTION, Speech, path_argument
from census_app.cli.tools import Tools
from census_app.errors import UserError
from census_app.services.book_origins import require_ours
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


"""Notes a person should read before anything else; all of them stand in a workbook that is handed back."""


@dataclass(frozen=True)
class _Asked:
    """What the command line says."""

    file: Path
    workbooks: tuple[Path, ...]
    dry_run: bool
    settings: tuple[str, ...]
    same_unit: tuple[str, ...]
    heal: Path | None
    mapping: Path | None
    save_mapping: Path | None
    as_own: tuple[str, ...]
    as_json: bool


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""
    return click.Command(
        "import",
        callback=lambda **given: _run(_Asked(**given), speech, tools),
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
                ["--as-own"], multiple=True, metavar="MARK", help=speech.text("CLI_IMPORT_AS_OWN")
            ),
            _file_option("--heal", speech.text("CLI_IMPORT_HEAL")),
            _file_option("--mapping", speech.text("CLI_IMPORT_MAPPING")),
            _file_option("--save-mapping", speech.text("CLI_IMPORT_SAVE_MAPPING")),
            JSON_OPTION,
        ],
    )


def _file_option(name: str, told: str) -> click.Option:
    return click.Option([name], type=click.Path(path_type=Path, dir_okay=False), help=told)


def _run(asked: _Asked, speech: Speech, tools: Tools) -> int:
    if asked.heal is not None:
        _require_healable(asked.workbooks, asked.heal, dry_run=asked.dry_run)
    healed = None
    store = tools.open_workspace(asked.file)
    try:
        plan = _planned(store, asked, speech, tools)
        if not asked.dry_run:
            apply_import(store, plan, actor=tools.actor, clock=tools.clock)
        if asked.heal is not None:
            healed = _heal(store, plan, asked.heal, speech, tools)
        questions = questions_of(plan)
        if asked.save_mapping is not None:
            write_questions(asked.save_mapping, questions, store.form_set, speech.language)
    finally:
        store.close()
    document, lines = _document(plan, asked.dry_run), _lines(plan, speech, asked.dry_run)
    if asked.save_mapping is not None:
        document["mapping"] = str(asked.save_mapping)
        count = len(questions)
        lines.append(speech.text("CLI_IMPORT_MAPPING_SAVED", path=asked.save_mapping, count=count))
    if healed is not None:
        told = {"path": str(healed.path), "issues": healed.issues, "errors": healed.errors}
        document["healed"] = told | {"uncommented": healed.uncommented}
        lines.append(speech.text("CLI_IMPORT_HEALED", **told))
        if healed.uncommented:
            lines.append(speech.text("CLI_IMPORT_UNCOMMENTED", count=healed.uncommented))
    speech.answer(document, lines, as_json=asked.as_json)
    return 1 if plan.rejected else 0


def _planned(store: WorkspaceStore, asked: _Asked, speech: Speech, tools: Tools) -> ImportPlan:
    remembered = RememberedColumns(data_dir())
    given = read_mapping(asked.mapping, store.form_set) if asked.mapping is not None else None
    plan = plan_import(
        store,
        list(asked.workbooks),
        clock=tools.clock,
        settings=_pairs(asked.settings),
        same_unit=asked.same_unit,
        mapping=given.columns if given is not None else None,
        remembered=remembered,
        as_own=asked.as_own,
        progress=Progress(speech.progress),
    )
    require_ours(plan.elsewhere)
    if given is not None and not asked.dry_run:
        remember_for(plan, given.columns, remembered)
    return plan


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
        "notes": [{"code": code, **params} for code, params in plan.notes],
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
    for code, params, count in plan.told:
        where = " · ".join(filter(None, (params.get("file"), params.get("cell"))))
        text = speech.text(code, **params)
        more = speech.text("CLI_IMPORT_TIMES", count=count) if count > 1 else ""
        lines.append(f"  {where}  {text}{more}")
    for row in plan.rejected:
        expected = row.expected.get(speech.language, "")
        where = f"{row.file} · {row.sheet} · {row.cell}"
        lines.append(
            "  "
            + speech.text("CLI_IMPORT_REJECTED", where=where, found=row.found, expected=expected)
        )
    return lines
