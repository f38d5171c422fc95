"""What a new record begins with: the defaults of its form."""

from __future__ import annotations

from census_app.domain.records import Unfit, Value
from census_app.formspec.model import Form
from census_app.formspec.types import Context, parse_value


def default_values(form: Form, context: Context) -> dict[str, Value]:
    """Return what a new record of a form begins with; a code list's default may be a code or a label."""
    found: dict[str, Value] = {}
    for field in form.stored_fields:
        if field.default:
            if field.type in {"code", "codes"} and context.choices.entry(
                field.choices, field.default
            ):
                found[field.id] = field.default if field.type == "code" else (field.default,)
                continue
            value = parse_value(field.default, field, context).value
            if value is not None and not isinstance(value, Unfit):
                found[field.id] = value
    return found
