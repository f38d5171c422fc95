"""How a list is narrowed, as plain values that can be kept, and back. No widgets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from census_app.domain.filtering import Bound, ColumnFilter
from census_app.domain.records import Unfit
from census_app.formspec.model import Field, Form
from census_app.formspec.types import Context
from census_app.ui.department.filter_words import RANGED, read_bound

CHIP_JOINT = ","
"""Between the names of chips that are pressed together."""


def filters_as_plain(filters: Iterable[ColumnFilter]) -> list[dict[str, Any]]:
    """Return filters as values that JSON can hold."""
    plain = []
    for chosen in filters:
        told: dict[str, Any] = {"field": chosen.field}
        if chosen.values:
            told["values"] = list(chosen.values)
        if chosen.text:
            told["text"] = chosen.text
        if chosen.state:
            told["state"] = chosen.state
        for name, bound in (("low", chosen.low), ("high", chosen.high)):
            if bound is not None:
                told[name] = str(bound)
        plain.append(told)
    return plain


def filters_of_plain(raw: object, form: Form, context: Context) -> tuple[ColumnFilter, ...]:
    """Return the filters of `filters_as_plain`; what the form no longer has is left out."""
    fields = {f.id: f for f in form.stored_fields}
    found: dict[str, ColumnFilter] = {}
    for told in raw if isinstance(raw, list) else ():
        field = fields.get(str(told.get("field"))) if isinstance(told, Mapping) else None
        if field is None:
            continue
        values = told.get("values")
        state = told.get("state")
        made = ColumnFilter(
            field.id,
            values=tuple(map(str, values)) if isinstance(values, list) else (),
            text=str(told.get("text", "")),
            low=_bound(told.get("low"), field, context, upper=False),
            high=_bound(told.get("high"), field, context, upper=True),
            state="filled" if state == "filled" else "empty" if state == "empty" else "",
        )
        if not made.says_nothing:
            found[field.id] = made
    return tuple(found.values())


def _bound(raw: object, field: Field, context: Context, *, upper: bool) -> Bound | None:
    if not isinstance(raw, str) or field.type not in RANGED:
        return None
    bound = read_bound(raw, field, context, upper=upper)
    return None if isinstance(bound, Unfit) else bound
