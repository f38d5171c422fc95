"""What of a resource may be told to whom, and its parts by the properties that the form set names for them.

Open data goes to everyone: only resources that are open, only their items that are, and nothing of what departments
agree among each other. A catalogue for those within the government holds everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from census_app.domain.records import Record, Unfit, Unknown, Value
from census_app.formspec.model import Field, Form, FormSet

_NOT_SHARED = "3"
"""Code of the sharing type that keeps data from everyone else."""


@dataclass(frozen=True, slots=True)
class Provider:
    """The body a resource comes from."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class OpenRecord:
    """A resource as it is given out.

    Attributes:
        department: Code of the department that handed it in.
        state: Its state in the catalogue, empty for a department's own file.
        package: Name of the package that brought it; `modified` is when that was written, UTC, empty without one.
    """

    record: Record
    items: Sequence[Record]
    department: str
    provider: Provider
    state: str = ""
    package: str = ""
    modified: str = ""


class ResourceFields:
    """Finds the fields of a resource and its items by the property each names as `dcat`, or by role."""

    def __init__(self, form_set: FormSet) -> None:
        self.form: Form = form_set.by_role("resource_name")[0]
        self.item: Form = form_set.by_role("item_name")[0]
        self.form_set = form_set
        self._properties = {form.id: _by_property(form) for form in (self.form, self.item)}
        self._roles = {f.role: f for form in (self.form, self.item) for f in form.field if f.role}

    def fields(self, form: Form, name: str) -> Sequence[Field]:
        """Return the fields that name a property, in the order of the form."""
        return self._properties[form.id].get(name, ())

    def role(self, name: str) -> Field:
        """Return the field of a role."""
        return self._roles[name]

    def answer(self, record: Record, role: str) -> Value | None:
        """Return the answer to the field of a role; None for one that is unknown or does not fit."""
        field = self._roles.get(role)
        return None if field is None else known(record.values.get(field.id))

    def is_open(self, record: Record) -> bool:
        """Say whether a resource is open to society."""
        return self.answer(record, "is_open") is True

    def open_items(self, items: Sequence[Record]) -> list[Record]:
        """Return the items of an open resource that are open as well."""
        return [
            each
            for each in items
            if self.answer(each, "item_is_open") is not False
            and self.answer(each, "item_share_type") != _NOT_SHARED
        ]

    def title(self, record: Record) -> str:
        """Return a resource's name."""
        return str(self.answer(record, "resource_name") or "")

    def times(self, record: Record, role: str, factor: int) -> int | None:
        """Return a quantity in single units, None where it is not known."""
        value = self.answer(record, role)
        return int(value * factor) if isinstance(value, Decimal) and value >= 0 else None


def known(value: Value | None) -> Value | None:
    """Return a value that says something, else None."""
    return None if isinstance(value, (Unfit, Unknown)) else value


def ids_of(value: Value | None) -> tuple[str, ...]:
    """Return the ids a reference holds, one or several."""
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, str) else ()


def _by_property(form: Form) -> dict[str, list[Field]]:
    found: dict[str, list[Field]] = {}
    for field in form.stored_fields:
        if field.dcat:
            found.setdefault(field.dcat, []).append(field)
    return found
