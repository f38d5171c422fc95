"""Import Excel lists: plan first, show what would change, then write it as one step that can be undone.

Nothing is ever replaced silently: an empty cell leaves an answer alone, a record that the file does not mention stays,
a value that does not fit is kept to the letter (DESIGN §4).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from census_app.domain.changes import Origin, Step, StepDone
from census_app.errors import UserError
from census_app.formats.workbook import WorkbookContent, read_workbook
from census_app.services.book_origins import earlier_forms, elsewhere
from census_app.services.import_plan import (
    ChangedValue,
    FormCounts,
    ImportPlan,
    RejectedRow,
    TableNote,
)
from census_app.services.lookup import stamp
from census_app.services.planning import Planner
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.remembered_columns import RememberedColumns
from census_app.settings.files import file_problem

__all__ = [
    "ChangedValue",
    "FormCounts",
    "ImportDone",
    "ImportPlan",
    "RejectedRow",
    "TableNote",
    "apply_import",
    "plan_import",
]


@dataclass(frozen=True, slots=True)
class ImportDone:
    """What an import did."""

    step: StepDone
    plan: ImportPlan
    snapshot: Path | None = None


def plan_import(
    store: WorkspaceStore,
    paths: Sequence[Path],
    *,
    clock: Clock,
    settings: Mapping[str, str] | None = None,
    same_unit: Sequence[str] = (),
    mapping: Mapping[str, str] | None = None,
    remembered: RememberedColumns | None = None,
    as_own: Collection[str] = (),
    progress: Progress | None = None,
) -> ImportPlan:
    """Read files and say what importing them would do; nothing is written.

    Args:
        settings: Field id (or `form.field`) → text, for what a template lacks; fills empty cells of every record read.
        same_unit: Provider names in the file that mean this department.
        mapping: Header text → field, for columns whose header is not known.
        remembered: What was answered before about such columns.
        as_own: Departments and rounds whose templates are to be taken, as `Elsewhere.marks` names them.

    Raises:
        UserError: `IMPORT_FIELD`, an unknown field in `settings`; `IMPORT_NOTHING`, no table was recognised;
            `IMPORT_FOREIGN`; `FILE_MISSING`; `TEMPLATE_NEWER`, a template of forms that are not known here.
        DataProblem: A file is refused; the code says why.
        EnvironmentProblem: A file cannot be read.
    """
    planner = Planner(store, clock, settings or {}, same_unit)
    progress = progress or Progress()
    different = tuple(dict.fromkeys(paths))
    contents = []
    for number, path in enumerate(different):
        progress.step(number, len(different), path.name)
        content = _read(path, store, mapping, remembered)
        others = elsewhere(store, path, content.origins, as_own)
        if others is not None:
            planner.leave(others)
        else:
            contents.append((path, content))
    planner.take(contents, progress)
    return planner.plan(different)


def _read(
    path: Path,
    store: WorkspaceStore,
    mapping: Mapping[str, str] | None,
    remembered: RememberedColumns | None,
) -> WorkbookContent:
    recall = None if remembered is None else remembered.recall
    try:
        return read_workbook(
            path,
            store.form_set,
            mapping=mapping,
            recall=recall,
            earlier=earlier_forms(store, path),
        )
    except FileNotFoundError:
        raise UserError("FILE_MISSING", path=str(path)) from None
    except OSError as error:
        raise file_problem(error, path) from error


def apply_import(
    store: WorkspaceStore, plan: ImportPlan, *, actor: str, clock: Clock
) -> ImportDone:
    """Write a plan as one step, after a snapshot; a plan without changes writes nothing."""
    if not plan.operations:
        return ImportDone(StepDone(0, ()), plan)
    snapshot = store.snapshot("import")
    files = "、".join(p.name for p in plan.files)
    params = {"file": files, "count": str(plan.new + plan.changed)}
    step = Step("STEP_IMPORT", actor, Origin.IMPORTED, stamp(clock.now()), plan.operations, params)
    return ImportDone(store.write(step), plan, snapshot)
