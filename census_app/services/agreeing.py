"""Whether a record's answer and the text of another body's list are the same, within the field's tolerance."""

from __future__ import annotations

from decimal import Decimal

from census_app.domain.names import fold
from census_app.domain.records import Unfit, Unknown, Value
from census_app.domain.tolerance import (
    days_agree,
    months_agree,
    numbers_agree,
    read_tolerance,
    texts_agree,
)
from census_app.formspec.model import Field
from census_app.formspec.types import Context, format_value, parse_value
from census_app.services.audit_book import CELL


def agrees(field: Field, ours: Value | None, theirs: str, context: Context) -> bool:
    """Say whether a record's answer and a text of the list are the same, as far as the field's tolerance reaches.

    The text is read as a clerk's would be. What cannot be read is compared as it stands.
    """
    read = parse_value(theirs, field, context).value
    if field.type in {"reference", "references"} and not isinstance(read, Unfit):
        return _titles(ours, field, context) == _titles(read, field, context)
    if ours is None or isinstance(ours, Unknown) or isinstance(read, Unknown):
        return ours == read
    if isinstance(read, Unfit) or isinstance(ours, Unfit) or read is None:
        return fold(format_value(ours, field, context)) == fold(theirs)
    if field.type in {"integer", "decimal", "money", "date", "month", "text", "longtext"}:
        return _within(field, ours, read, cut=len(theirs) >= CELL)
    return ours == read or fold(str(ours)) == fold(str(read))


def _titles(value: Value | None, field: Field, context: Context) -> list[str]:
    """Return the folded names of the records a value points to: of one name may be a record in each department."""
    if isinstance(value, Unfit):
        return [fold(value.text)]
    ids = value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()
    return sorted(fold(context.records.title(field.target, each) or each) for each in ids)


def _within(field: Field, ours: Value, theirs: Value, *, cut: bool) -> bool:
    tolerance = read_tolerance(field.tolerance)
    if isinstance(ours, (int, Decimal)) and isinstance(theirs, (int, Decimal)):
        return numbers_agree(Decimal(ours), Decimal(theirs), tolerance)
    one, other = str(ours), str(theirs)
    if field.type == "date":
        return days_agree(one, other, tolerance)
    if field.type == "month":
        return months_agree(one, other, tolerance)
    return texts_agree(one[:CELL] if cut else one, other, tolerance)
