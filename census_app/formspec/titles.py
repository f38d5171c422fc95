"""What a record is called: the value of its form's title field, as text."""

from __future__ import annotations

from collections.abc import Mapping

from census_app.domain.records import Unfit
from census_app.formspec.model import Form


def title_of(form: Form, values: Mapping[str, object]) -> str:
    """Return a record's name as it stands, an unfit one as given; the empty text for a record without one.

    Args:
        values: By field id, as values or as a package line has them.
    """
    return plain_text(values.get(form.title))


def plain_text(value: object) -> str:
    """Return a value that is text by nature: an unfit one as given, a missing one as the empty text."""
    return value.text if isinstance(value, Unfit) else "" if value is None else str(value)
