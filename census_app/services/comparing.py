"""Lay two packages of the catalogue side by side: what only one of them has, and what they say differently.

For the two sides of a fork, before a person decides. Nothing is changed or judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from census_app.domain.records import RecordId, Value
from census_app.formspec.lines import PARENT
from census_app.formspec.model import Form, FormSet
from census_app.formspec.titles import title_of
from census_app.formspec.types import value_from_json
from census_app.services.form_versions import plan_for, upgraded_lines
from census_app.services.ports import CatalogueStore, Clock, PackageFacts
from census_app.services.stored import stored_package

LineOperation = Literal["put", "pending", "delete"]


@dataclass(frozen=True, slots=True)
class SideRecord:
    """A record that only one side has.

    Attributes:
        parent: Of a child record its owner.
    """

    form: str
    record: RecordId
    title: str
    operation: LineOperation
    parent: RecordId | None = None


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A field with what either side says; None is empty."""

    field: str
    left: Value | None
    right: Value | None


@dataclass(frozen=True, slots=True)
class RecordDifference:
    """A record both sides have and say different things about.

    Attributes:
        left_operation: What the side's line does, `put`, `pending` or `delete`; where both put, `fields` says more.
        fields: In the order of the form.
    """

    form: str
    record: RecordId
    title: str
    left_operation: LineOperation
    right_operation: LineOperation
    fields: tuple[FieldDifference, ...] = ()


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Two packages compared, records ascending by form (in the form set's order) and id.

    Attributes:
        left, right: Identities of the packages.
        same: How many records both have and say the same about.
        one_installation: Both were written by one copy of the workspace; else on two computers, or before and after
            a backup was restored.
    """

    left: str
    right: str
    only_left: tuple[SideRecord, ...]
    only_right: tuple[SideRecord, ...]
    different: tuple[RecordDifference, ...]
    same: int
    one_installation: bool


_Lines = dict[tuple[str, str], dict[str, Any]]


def compare_sides(
    catalogue: CatalogueStore, left: PackageFacts, right: PackageFacts, *, clock: Clock
) -> SideBySide:
    """Compare two packages that the catalogue holds.

    Raises:
        Refused: The stored bytes are no longer what was signed.
    """
    form_set = catalogue.form_set
    (ours, here), (theirs, there) = (_read(catalogue, each, clock) for each in (left, right))
    both = [key for key in _ordered(ours, form_set) if key in theirs]
    different = [
        found
        for key in both
        if (found := _difference(form_set.form(key[0]), ours[key], theirs[key])) is not None
    ]
    return SideBySide(
        left.identity,
        right.identity,
        only_left=_only(ours, theirs, form_set),
        only_right=_only(theirs, ours, form_set),
        different=tuple(different),
        same=len(both) - len(different),
        one_installation=here == there,
    )


def _read(catalogue: CatalogueStore, facts: PackageFacts, clock: Clock) -> tuple[_Lines, str]:
    """Return a package's lines of records as the catalogue's forms hold them, and which installation wrote it."""
    known = {form.id for form in catalogue.form_set.forms}
    plan = plan_for(catalogue, facts.form_version)
    with stored_package(catalogue, facts, clock=clock) as package:
        upgraded = upgraded_lines(package.iter_records(), plan, [])
        lines = cast("Iterator[dict[str, Any]]", upgraded)
        found = {(line["form"], line["id"]): line for line in lines if line["form"] in known}
        return found, package.statement.instance


def _ordered(lines: _Lines, form_set: FormSet) -> list[tuple[str, str]]:
    place = {form.id: number for number, form in enumerate(form_set.forms)}
    return sorted(lines, key=lambda key: (place[key[0]], key[1]))


def _only(here: _Lines, there: _Lines, form_set: FormSet) -> tuple[SideRecord, ...]:
    return tuple(
        SideRecord(
            key[0],
            RecordId(key[1]),
            _title(form_set.form(key[0]), here[key]),
            here[key]["op"],
            here[key].get("values", {}).get(PARENT),
        )
        for key in _ordered(here, form_set)
        if key not in there
    )


def _difference(
    form: Form, left: Mapping[str, Any], right: Mapping[str, Any]
) -> RecordDifference | None:
    if left == right:
        return None
    return RecordDifference(
        form.id,
        RecordId(left["id"]),
        _title(form, right) or _title(form, left),
        left["op"],
        right["op"],
        _fields(form, left["values"], right["values"])
        if left["op"] == right["op"] == "put"
        else (),
    )


def _fields(
    form: Form, left: Mapping[str, Any], right: Mapping[str, Any]
) -> tuple[FieldDifference, ...]:
    stored = {field.id: field for field in form.stored_fields}
    order = [*stored, *sorted((left.keys() | right.keys()) - stored.keys())]

    def value(side: Mapping[str, Any], name: str) -> Value | None:
        if name not in side:
            return None
        raw: Any = side[name]
        if name not in stored:
            return tuple(raw) if isinstance(raw, list) else cast("Value", raw)
        return value_from_json(raw, stored[name])

    return tuple(
        FieldDifference(name, value(left, name), value(right, name))
        for name in order
        if left.get(name) != right.get(name)
    )


def _title(form: Form, line: Mapping[str, Any]) -> str:
    if line["op"] == "put":
        return title_of(form, line["values"])
    return str(line.get("title", ""))
