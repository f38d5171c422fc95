"""What a person means who names a record or a field: one answer for all commands.

A record is its whole id, its name, or at least four digits that its id begins with, in this order; so a name that looks
like the beginning of an id stays a name. A record without a name has its id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from census_app.domain.names import fold
from census_app.domain.records import RecordId
from census_app.errors import UserError
from census_app.formspec.model import Field, Form
from census_app.services.ports import WorkspaceStore

_DIGITS: Final = 4
_SHOWN: Final = 5
"""Ids that a sentence lists at most."""


@dataclass(frozen=True, slots=True)
class Named:
    """A record that can be named; `title` is empty for one without a name."""

    form: str
    record: RecordId
    title: str = ""


def records_of(store: WorkspaceStore, forms: Iterable[Form]) -> Iterator[Named]:
    """Yield the records of forms, those without a name too."""
    for form in forms:
        titles = store.titles(form.id)
        for record in store.keeping.fingerprints(form.id):
            yield Named(form.id, record, titles.get(record, ""))


def removed_of(store: WorkspaceStore, forms: Iterable[Form]) -> Iterator[Named]:
    """Yield the deleted records of forms."""
    ids = {form.id for form in forms}
    for each in store.removed_records():
        if each.form in ids:
            yield Named(each.form, each.record, each.title)


def the_record(known: Iterable[Named], given: str) -> Named:
    """Return the record that is meant.

    Args:
        known: Those that could be; one that comes twice counts once.

    Raises:
        UserError: `RECORD_UNKNOWN`; `RECORD_SEVERAL`, with their ids.
    """
    records = {(each.form, each.record): each for each in reversed(tuple(known))}
    found = _meant(list(records.values()), given.strip())
    if not found:
        raise UserError("RECORD_UNKNOWN", record=given)
    if len(found) > 1:
        ids = sorted(each.record for each in found)
        more = ["…"] if len(ids) > _SHOWN else []
        shown = "、".join([*ids[:_SHOWN], *more])
        raise UserError("RECORD_SEVERAL", record=given, count=len(found), ids=shown)
    return found[0]


def _meant(known: Sequence[Named], given: str) -> list[Named]:
    if not given:
        return []
    digits, folded = given.lower(), fold(given)
    whole = [each for each in known if each.record == digits]
    named = [each for each in known if each.title == given]
    alike = [each for each in known if folded and each.title and fold(each.title) == folded]
    begun = [each for each in known if len(digits) >= _DIGITS and each.record.startswith(digits)]
    return whole or named or alike or begun


def the_field(known: Iterable[tuple[Form, Field]], given: str) -> str:
    """Return the id of the field that is meant, by its id or its label; several forms may have one of that id.

    Args:
        known: Those that could be, each with its form.

    Raises:
        UserError: `FIELD_LABEL_UNKNOWN`; `FIELD_LABEL_SEVERAL`, fields of different ids have that label.
    """
    wanted = given.strip()
    fields = list(known)
    if any(field.id == wanted for _form, field in fields):
        return wanted
    found = [(form, field) for form, field in fields if wanted and _is_called(field, wanted)]
    ids = sorted({field.id for _form, field in found})
    if not ids:
        raise UserError("FIELD_LABEL_UNKNOWN", field=given)
    if len(ids) > 1:
        listed = "、".join(sorted({f"{field.id}（{form.label.zh}）" for form, field in found}))
        raise UserError("FIELD_LABEL_SEVERAL", field=given, ids=listed)
    return ids[0]


def _is_called(field: Field, label: str) -> bool:
    return label in {field.label.zh, field.label.en}
