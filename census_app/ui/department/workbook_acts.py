"""The Excel template and the workbook that is handed back, from the window: where to, then a task."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QWidget

from census_app.services.ports import WorkspaceStore
from census_app.services.progress import Progress
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.shell.translation import Words

if TYPE_CHECKING:
    from census_app.services.healing import Healed
    from census_app.services.import_plan import ImportPlan
    from census_app.services.templating import TemplateWritten

_SUFFIX = ".xlsx"


def ask_template_path(
    session: WorkspaceSession, words: Words, parent: QWidget, folder: str
) -> Path | None:
    """Ask where the template is to be written; None when the person thinks better of it."""
    department = session.facts.department_name
    name = words("TEMPLATE_TITLE", department=department)
    return _asked(
        words("UI_TEMPLATE"), Path(folder or Path.home()) / (name + _SUFFIX), words, parent
    )


def ask_healed_path(source: Path, words: Words, parent: QWidget) -> Path | None:
    """Ask where the workbook with the problems marked is to be written: beside the one it is made of."""
    name = words("HEALED_TITLE", file=source.stem)
    return _asked(words("UI_HEAL_TITLE"), source.with_name(name + _SUFFIX), words, parent)


def _asked(title: str, proposed: Path, words: Words, parent: QWidget) -> Path | None:
    kinds = f"{words('UI_HISTORY_XLSX')} (*{_SUFFIX})"
    name, _kind = QFileDialog.getSaveFileName(parent, title, str(proposed), kinds)
    if not name:
        return None
    path = Path(name)
    return path if path.suffix.lower() == _SUFFIX else path.with_name(path.name + _SUFFIX)


def write_template(
    session: WorkspaceSession,
    path: Path,
    words: Words,
    owner: QWidget,
    done: Callable[[TemplateWritten], None],
) -> None:
    """Write the template as a task."""

    def work(store: WorkspaceStore, progress: Progress) -> TemplateWritten:
        from census_app.services import templating  # noqa: PLC0415  # writers of workbooks load slowly

        return templating.write_template(store, path, language=words.language, progress=progress)

    session.ask(work, owner, done, title=words("UI_TEMPLATE_WRITING"), settled=True)


def write_healed(
    session: WorkspaceSession,
    plan: ImportPlan,
    path: Path,
    words: Words,
    owner: QWidget,
    done: Callable[[Healed], None],
    failed: Callable[[Exception], None],
) -> None:
    """Write the workbook with the problems marked as a task, after its import."""
    clock = session.services.clock

    def work(store: WorkspaceStore, progress: Progress) -> Healed:
        from census_app.services import healing  # noqa: PLC0415

        healing.require_healable(plan.files, path)
        return healing.write_healed(
            store, plan, path, language=words.language, clock=clock, progress=progress
        )

    session.ask(work, owner, done, failed, words("UI_HEALING"))
