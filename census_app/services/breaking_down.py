"""Break the indicators down: by department, city, class, theme, year, or the answers to a question (domain §6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from census_app.diagnostics import wording
from census_app.domain.indicators import BY_ID, DEFINITIONS, ROLES, Subject
from census_app.errors import UserError
from census_app.formspec.choices import ChoiceIndex
from census_app.formspec.model import Field, FormSet
from census_app.services.measuring import (
    Board,
    DepartmentMeasured,
    Narrowed,
    group_counts,
)
from census_app.services.ports import CatalogueStore

WAYS: Final = ("department", "city", "org_kind", "class", "theme", "year")
"""The breakdowns with names of their own; any coded field of systems, resources or applications is another, and any
month or date of theirs, by its year."""

_CLASS: Final = 3
"""Characters of a class code that name 类 and 项."""
_IN_USE: Final = "system_in_use"
_THEMES: Final = ("base_kind", "priority_area")
_CODED: Final = frozenset({"code", "codes"})
_DATED: Final = frozenset({"month", "date"})
_YEAR: Final = 4
"""Characters of a month or a date that name the year."""
_BESIDE: Final[Mapping[Subject, tuple[Subject, ...]]] = {"resource": ("resource", "item")}
_ORDER: Final[tuple[Subject, ...]] = ("system", "resource", "joint", "matter", "demand", "body")
_COLUMNS: Final = (
    "systems",
    "systems_integrated",
    "connection_rate",
    "resources",
    "resources_shared",
    "resources_shareable",
    "resources_open",
    "items",
    "joint_effective",
)
"""What is shown of a breakdown when nothing else is asked for, as far as it applies."""
_FIRST: Final[Mapping[Subject, tuple[str, ...]]] = {
    "resource": ("resources", "resources_unconditional", *_COLUMNS[4:8], "size_total"),
    "system": (
        "systems",
        "systems_built",
        "zombies",
        "systems_integrated",
        "must_connect",
        "connected",
        "connection_rate",
        "om_amount",
    ),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a breakdown.

    Attributes:
        part: What narrows the list behind a figure to this line.
        heading: What the line belongs to, where a breakdown has several; else empty.
    """

    label: str
    part: Narrowed
    counts: Mapping[str, int]
    heading: str = ""

    def text(self, indicator: str) -> str:
        """Return a figure of the line."""
        return BY_ID[indicator].text(self.counts)


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Figures by line.

    Attributes:
        by: As it was asked for.
        head: What the lines are.
        applicable: Ids of the indicators it has figures of; `shown` are those for a first look.
        dated: The lines are years, one after the other.
    """

    by: str
    title: str
    head: str
    applicable: tuple[str, ...]
    shown: tuple[str, ...]
    lines: tuple[Line, ...]
    dated: bool = False


def break_down(catalogue: CatalogueStore, board: Board, by: str, language: str) -> Breakdown:
    """Return the figures by department, city, class, theme, kind of body, year of use or the answers to a field.

    Args:
        by: One of `WAYS`, or the id of a coded field, a month or a date.

    Raises:
        UserError: `BREAKDOWN_UNKNOWN`.
    """
    form_set = catalogue.form_set
    if by == "department":
        lines = [_of_departments(d.name, [d]) for d in board.departments]
        return _of_bodies(by, lines, language)
    if by == "city":
        return _of_bodies(by, _cities(board, form_set, language), language)
    if by == "org_kind":
        return _of_bodies(by, _kinds(board, form_set, language), language)
    if by == "class":
        return _of_roles(catalogue, board, by, ("class_code",), language, _CLASS)
    if by == "theme":
        return _of_roles(catalogue, board, by, _THEMES, language)
    subject, field = _year_of_use(form_set) if by == "year" else _coded(form_set, by)
    dated = field.type in _DATED
    told = "IND_BY_year_of" if dated else "IND_BY_field"
    title = wording.text(told, language, field=field.label.get(language))
    length = _YEAR if dated else 0
    lines = _answers(catalogue, board, subject, field, language, length)
    named = title, field.label.get(language)
    return replace(_made(by, named, _BESIDE.get(subject, (subject,)), lines), dated=dated)


def coded_fields(form_set: FormSet) -> list[tuple[Subject, Field]]:
    """Return the coded questions that figures can be broken down by."""
    found = []
    for subject in _ORDER:
        form = form_set.by_role(ROLES[subject])[0]
        found += [(subject, f) for f in form.field if f.type in _CODED and f.choices]
    return found


def dated_fields(form_set: FormSet) -> list[tuple[Subject, Field]]:
    """Return the months and dates by whose year figures can be broken down."""
    found = []
    for subject in _ORDER:
        form = form_set.by_role(ROLES[subject])[0]
        found += [(subject, f) for f in form.stored_fields if f.type in _DATED]
    return found


def ways(form_set: FormSet) -> tuple[str, ...]:
    """Return those of `WAYS` for which the form set has the question."""
    roles = {f.role for form in form_set.forms for f in form.field}
    return tuple(way for way in WAYS if way != "year" or _IN_USE in roles)


def _year_of_use(form_set: FormSet) -> tuple[Subject, Field]:
    if "year" not in ways(form_set):
        raise UserError("BREAKDOWN_UNKNOWN", given="year")
    return "system", form_set.by_role(_IN_USE)[1]


def _coded(form_set: FormSet, by: str) -> tuple[Subject, Field]:
    for subject, field in (*coded_fields(form_set), *dated_fields(form_set)):
        if by in {field.id, f"{form_set.by_role(ROLES[subject])[0].id}.{field.id}"}:
            return subject, field
    raise UserError("BREAKDOWN_UNKNOWN", given=by[:40])


def _of_bodies(by: str, lines: Sequence[Line], language: str) -> Breakdown:
    applicable = tuple(each.id for each in DEFINITIONS)
    return Breakdown(by, *_named(by, language), applicable, _COLUMNS, tuple(lines))


def _of_departments(label: str, departments: Sequence[DepartmentMeasured]) -> Line:
    part = Narrowed(departments=tuple(d.code for d in departments))
    return Line(label, part, group_counts(departments))


def _cities(board: Board, form_set: FormSet, language: str) -> list[Line]:
    """Return a line for each city, in the order of the divisions; the province's own bodies first."""
    index = ChoiceIndex(form_set)
    divisions = form_set.by_role("division")[1].choices
    cities: dict[str, list[DepartmentMeasured]] = {}
    for each in board.departments:
        cities.setdefault(each.city, []).append(each)
    lines = []
    for code in sorted(cities, key=lambda c: (not c, c)):
        label = index.label(divisions, code, language) if code else ""
        if code.endswith("0000"):
            label = wording.text("IND_PROVINCE", language)
        label = label or wording.text("IND_NO_ANSWER", language)
        lines.append(_of_departments(label, cities[code]))
    return lines


def _kinds(board: Board, form_set: FormSet, language: str) -> list[Line]:
    """Return a line for each kind of body, in the order of the list; those that have not said it come last."""
    index = ChoiceIndex(form_set)
    choices = form_set.by_role("org_kind")[1].choices
    codes = [c.code for c in form_set.choice_lists[choices].choices]
    lines = []
    for code in (*codes, ""):
        chosen = [d for d in board.departments if d.kind == code]
        label = index.label(choices, code, language) if code else ""
        if chosen:
            label = label or wording.text("IND_NO_ANSWER", language)
            lines.append(_of_departments(label, chosen))
    return lines


def _of_roles(
    catalogue: CatalogueStore,
    board: Board,
    by: str,
    roles: Sequence[str],
    language: str,
    length: int = 0,
) -> Breakdown:
    lines: list[Line] = []
    for role in roles:
        field = catalogue.form_set.by_role(role)[1]
        found = _answers(catalogue, board, "resource", field, language, length)
        lines += found if len(roles) == 1 else [line for line in found if line.part.answer]
    return _made(by, _named(by, language), ("resource", "item"), lines)


def _named(by: str, language: str) -> tuple[str, str]:
    return wording.text(f"IND_BY_{by}", language), wording.text(f"IND_LINE_{by}", language)


def _answers(
    catalogue: CatalogueStore,
    board: Board,
    subject: Subject,
    field: Field,
    language: str,
    length: int = 0,
) -> list[Line]:
    """Return a line for each answer, in the order of the list; those without an answer come last."""
    found: dict[str, dict[str, int]] = {}
    for each in _BESIDE.get(subject, (subject,)):
        counted = catalogue.counts_by(board.as_of, each, field.id, length, board.said)
        for answer, counts in counted.items():
            found.setdefault(answer, {}).update(counts)
    nothing = _nothing(_BESIDE.get(subject, (subject,)))
    index = ChoiceIndex(catalogue.form_set)
    choices = catalogue.form_set.choice_lists[field.choices].choices if field.choices else ()
    listed = {c.code: n for n, c in enumerate(choices)}
    lines = []
    for answer in sorted(found, key=lambda a: (not a, listed.get(a, len(listed)), a)):
        label = index.label(field.choices, answer, language) if answer and choices else ""
        if answer and not choices:
            label = wording.text("IND_YEAR", language, year=answer)
        label = label or answer or wording.text("IND_NO_ANSWER", language)
        part = Narrowed(field=field.id, answer=answer, length=length)
        heading = field.label.get(language)
        lines.append(Line(label, part, nothing | found[answer], heading))
    return lines


def _nothing(subjects: Sequence[Subject]) -> dict[str, int]:
    return {d.id: 0 for d in DEFINITIONS if d.subject in subjects and d.kind != "ratio"}


def _made(
    by: str, named: tuple[str, str], subjects: Sequence[Subject], lines: Sequence[Line]
) -> Breakdown:
    applicable = tuple(d.id for d in DEFINITIONS if d.subject in subjects)
    first = _FIRST.get(subjects[0], applicable[:6])
    return Breakdown(by, *named, applicable, first, tuple(lines))
