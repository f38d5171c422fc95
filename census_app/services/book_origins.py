"""Whether a template was written for this file: its department, its round, its forms (ADR 0133).

People copy last year's file, or a colleague's from a sister office. Nothing of such a workbook is taken, neither by
identity nor by name, until a person says that it is meant. A template of earlier forms is taken by the names of its
questions; one of forms that are not known here is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Final

from census_app.errors import UserError
from census_app.formats.book_origin import BookOrigin
from census_app.formats.workbook import Earlier
from census_app.services.form_versions import plan_for
from census_app.services.import_plan import Elsewhere
from census_app.services.ports import WorkspaceFacts, WorkspaceStore

_NUMBER: Final = re.compile(r"\d+")


def round_of(facts: WorkspaceFacts) -> str:
    """Return census and round of a file as templates carry them: `js-2017/1`."""
    return f"{facts.census_id}/{facts.round}"


def elsewhere(
    store: WorkspaceStore, path: Path, origins: Iterable[BookOrigin], as_own: Collection[str]
) -> Elsewhere | None:
    """Return whose a template is when it is not this file's, or None.

    Args:
        origins: What it and its sheets say; the first that is not this file's counts.
        as_own: Codes of departments and rounds whose templates are meant to be taken, as `Elsewhere.marks` has them.
    """
    facts = store.facts()
    given = {_folded(mark) for mark in as_own}
    found = (_elsewhere(facts, path, origin, given) for origin in origins)
    return next((each for each in found if each is not None), None)


def _elsewhere(
    facts: WorkspaceFacts, path: Path, origin: BookOrigin, given: Collection[str]
) -> Elsewhere | None:
    department = _strange(origin.department, facts.department_code, given)
    if _folded(department).startswith(_folded(facts.department_code)):
        department = ""  # a section's code begins with its department's, which gathers what its sections filled in
    of_round = _strange(origin.round, round_of(facts), given)
    if not department and not of_round:
        return None
    name = origin.department_name or origin.department
    return Elsewhere(path.name, department, name, of_round)


def _strange(mark: str, own: str, given: Collection[str]) -> str:
    """Return a mark that is neither our own nor given, else nothing."""
    return "" if not mark or _folded(mark) in {_folded(own), *given} else mark


def _folded(mark: str) -> str:
    return mark.strip().casefold()


def require_ours(left: Collection[Elsewhere]) -> None:
    """Refuse templates of others; for whoever cannot be asked.

    Raises:
        UserError: `TEMPLATE_OTHER_DEPARTMENT`, `TEMPLATE_OTHER_ROUND`.
    """
    for each in left:
        raise UserError(each.code, **each.params)


def earlier_forms(store: WorkspaceStore, path: Path) -> Earlier:
    """Return what tells a reader of workbooks what became of the fields of earlier forms."""

    def earlier(version: str) -> Mapping[tuple[str, str], str] | None:
        own = store.form_set
        if version == own.version:
            return None
        plan = plan_for(store, version)
        if plan is not None:
            return {(form, old): new for form, old, new in plan.renamed()}
        if version not in own.origins and not _is_before(version, own.version):
            raise UserError("TEMPLATE_NEWER", file=path.name, version=version, own=own.version)
        return {
            (each.form, each.renamed_from): each.field
            for each in own.renamed
            if (each.version or own.predecessor) == version
        }

    return earlier


def _is_before(version: str, own: str) -> bool:
    """Say whether two versions are numbered alike and one comes before the other: `v1` and `v2`.

    Of names that differ in more than their numbers nothing is known.
    """
    if _NUMBER.sub("#", version) != _NUMBER.sub("#", own):
        return False
    first, second = (list(map(int, _NUMBER.findall(each))) for each in (version, own))
    return first < second
