"""The list behind a figure, in words: on the screen, on the command line, as a workbook or CSV."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from census_app.diagnostics import wording
from census_app.domain.indicators import BY_ID, DEFINITIONS, ROLES, Definition, Subject
from census_app.domain.statistics import QUANTITIES
from census_app.errors import UserError
from census_app.formats.table_files import write_table
from census_app.formspec.model import Field, FormSet
from census_app.formspec.types import format_value
from census_app.services.breaking_down import Breakdown
from census_app.services.lookup import context_for
from census_app.services.measuring import (
    EVERYTHING,
    LIGHTS,
    Board,
    DepartmentMeasured,
    Narrowed,
    departments_behind,
    keys_behind,
)
from census_app.services.ports import CatalogueStore

_AT_ONCE: Final = 500
_INTEGRATION: Final = ("system_phase", "disposition", "disposition_target", "disposition_done_on")
_SHARING: Final = ("class_code", "share_type", "share_condition", "is_open", "update_cycle")
_JOINT: Final = ("joint_lead", "joint_status", "joint_via_platform", "joint_online_on")
_CONNECTION: Final = ("connect_plan_on", "connected_on", "platform_level", "connect_evidence")
_COLUMNS: Final[Mapping[tuple[str, Subject], tuple[str, ...]]] = {
    ("headline", "system"): (*_INTEGRATION, "must_connect", "connected_on"),
    ("headline", "resource"): _SHARING,
    ("headline", "joint"): (*_JOINT, "joint_resources"),
    ("systems", "system"): (
        "system_phase",
        "owner_level",
        "system_use_scope",
        "system_uses",
        "system_approval_dept",
        "system_approval_month",
        "system_fund_source",
    ),
    ("integration", "system"): _INTEGRATION,
    ("zombies", "system"): ("is_zombie", "zombie_reasons", "zombie_measure", "cleared_on"),
    ("connection", "system"): _CONNECTION,
    ("platform", "system"): _CONNECTION[1:],
    ("platform", "body"): ("division", "city_platform_state", "city_platform_on"),
    ("funding", "system"): ("connect_plan_on", "om_amount", "build_amount", "system_fund_source"),
    ("networks", "system"): ("secrecy", "networks", "migrate_to", "migrated_on"),
    ("audit", "system"): ("audit_state", "audit_finding", "audited_on"),
    ("resources", "resource"): (*_SHARING, "resource_code", "source_systems"),
    ("resources", "item"): ("item_type", "item_length", "item_share_type", "item_is_open"),
    ("themes", "resource"): ("base_kind", "priority_area", "share_type", "share_condition"),
    ("quantities", "resource"): QUANTITIES,
    ("joint", "joint"): (*_JOINT, "joint_on_service_site"),
    ("joint", "matter"): ("matter_on_site",),
    ("joint", "demand"): ("demand_provider", "demand_obtained", "demand_match"),
}
"""Group and what is counted → roles of the questions whose answers stand beside the name."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The list behind a figure.

    Attributes:
        form: Form of the records; empty of departments.
        keys: Row keys; of departments nothing.
        columns: Field ids after the title and the department; of departments nothing.
        heads: Heads of all columns.
        departments: Of a list of departments, them.
    """

    definition: Definition
    form: str
    keys: array[int]
    columns: tuple[str, ...]
    heads: tuple[str, ...]
    departments: tuple[DepartmentMeasured, ...] = ()

    def __len__(self) -> int:
        return len(self.keys) or len(self.departments)


def require(indicator: str) -> Definition:
    """Return the definition of an id, however it is written.

    Raises:
        UserError: `INDICATOR_UNKNOWN`.
    """
    wanted = indicator.strip().lower().replace("-", "_")
    if wanted not in BY_ID:
        raise UserError("INDICATOR_UNKNOWN", given=indicator.strip()[:40])
    return BY_ID[wanted]


def list_behind(
    catalogue: CatalogueStore,
    board: Board,
    indicator: str,
    language: str,
    part: Narrowed = EVERYTHING,
) -> Listing:
    """Return what stands behind a figure.

    Raises:
        UserError: `INDICATOR_UNKNOWN`.
    """
    definition = require(indicator)
    if definition.subject == "department":
        found = departments_behind(board, definition.id, part)
        codes = ("NAME", "CODE", "STATE")
        heads = [wording.text(f"IND_HEAD_{code}", language) for code in codes]
        heads += [wording.text(f"IND_{light}", language) for light in LIGHTS]
        return Listing(definition, "", array("q"), (), tuple(heads), tuple(found))
    form, title = catalogue.form_set.by_role(ROLES[definition.subject])
    fields = _fields(catalogue.form_set, definition)
    heads = [title.label.get(language), wording.text("IND_HEAD_DEPARTMENT", language)]
    heads += [_head(field, language) for field in fields]
    return Listing(
        definition,
        form.id,
        keys_behind(catalogue, board, definition.id, part),
        tuple(field.id for field in fields),
        tuple(heads),
    )


def listed_rows(
    catalogue: CatalogueStore, board: Board, listing: Listing, language: str
) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a list in words."""
    for each in listing.departments:
        yield (each.name, each.code, state_text(each, language), *light_texts(each, language))
    if not listing.form:
        return
    form = catalogue.form_set.form(listing.form)
    names = {d.code: d.name for d in board.departments}
    context = context_for(catalogue, language)
    title = form.field_by_id(form.title)
    fields = [form.field_by_id(name) for name in listing.columns]
    wanted = list(dict.fromkeys((title.id, *listing.columns)))
    for begin in range(0, len(listing.keys), _AT_ONCE):
        for row in catalogue.rows(form.id, listing.keys[begin : begin + _AT_ONCE], wanted):
            beside = context.beside(row.values)
            yield (
                format_value(row.values.get(title.id), title, beside),
                names.get(row.department, row.department),
                *(format_value(row.values.get(f.id), f, beside) for f in fields),
            )


def state_text(department: DepartmentMeasured, language: str) -> str:
    """Return how far a department is."""
    code = department.verdict or ("received" if department.received else "missing")
    return wording.text(f"IND_STATE_{code}", language)


def light_texts(department: DepartmentMeasured, language: str) -> tuple[str, ...]:
    """Return the three lights of a department in words."""
    names = {True: "on", False: "off", None: "none"}
    return tuple(wording.text(f"IND_LIGHT_{names[each]}", language) for each in department.lights)


def _fields(form_set: FormSet, definition: Definition) -> list[Field]:
    form = form_set.by_role(ROLES[definition.subject])[0]
    roles = _COLUMNS.get((definition.group, definition.subject))
    if roles is None:
        return [f for f in form.field if f.id in form.list and f.id != form.title]
    by_role = {f.role: f for f in form.field if f.role}
    return [by_role[role] for role in roles if role in by_role]


def _head(field: Field, language: str) -> str:
    label = field.label.get(language)
    if field.unit is None:
        return label
    unit = field.unit.get(language)
    return f"{label}（{unit}）" if language == "zh" else f"{label} ({unit})"


# -- files -------------------------------------------------------------------------------------------------------------


def write_listing(
    path: Path, catalogue: CatalogueStore, board: Board, listing: Listing, language: str
) -> int:
    """Write a list as `.xlsx` or `.csv` by the suffix of the path; return the number of rows.

    Raises:
        EnvironmentProblem: Codes of `settings.files.atomic_write`.
    """
    title = wording.text(f"IND_{listing.definition.id}", language)
    rows = list(listed_rows(catalogue, board, listing, language))
    write_table(path, title, listing.heads, rows, [40, 28, *[18] * (len(listing.heads) - 2)])
    return len(rows)


def figure_rows(counts: Mapping[str, int], language: str) -> list[tuple[str, ...]]:
    """Return group, indicator, value, unit, id and how it is counted, of all figures."""
    return [
        (
            wording.text(f"IND_GROUP_{each.group}", language),
            wording.text(f"IND_{each.id}", language),
            each.text(counts),
            wording.text(f"IND_UNIT_{each.unit}", language).strip(),
            each.id,
            wording.text(f"IND_{each.id}_HOW", language),
        )
        for each in DEFINITIONS
    ]


def figure_heads(language: str) -> tuple[str, ...]:
    """Return the heads of `figure_rows`."""
    codes = ("GROUP", "FIGURE", "VALUE", "UNIT", "ID", "HOW")
    return tuple(wording.text(f"IND_HEAD_{code}", language) for code in codes)


def breakdown_heads(breakdown: Breakdown, ids: Sequence[str], language: str) -> tuple[str, ...]:
    """Return the heads of `breakdown_rows`."""
    return (breakdown.head, *(wording.text(f"IND_{each}", language) for each in ids))


def breakdown_rows(breakdown: Breakdown, ids: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the label and the figures of every line."""
    return [(line.label, *(line.text(each) for each in ids)) for line in breakdown.lines]
