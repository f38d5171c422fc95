"""Which rows of an import say themselves which record they are, and which of several that say the same is right.

A row copied within Excel carries the identity of its model. Of the rows with one identity the one whose name is the
record's own keeps it, else the first; the others are new records. An identity that is not here (the record was deleted,
or the workbook is another department's) means nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from census_app.diagnostics import wording
from census_app.domain.names import fold
from census_app.domain.records import Record, RecordId, Value
from census_app.formats.grouping import SheetRecord
from census_app.formspec.model import Field, Form, FormSet
from census_app.formspec.titles import plain_text
from census_app.formspec.types import Context, format_value
from census_app.services.lookup import RecordNames


@dataclass(slots=True)
class Identities:
    """What the rows of all files say.

    Attributes:
        copies: Rows that gave up their identity because another row has it.
        unknown: Rows whose identity is not here.
    """

    copies: list[SheetRecord] = field(default_factory=list)
    unknown: list[SheetRecord] = field(default_factory=list)

    def settle(
        self,
        rows: Iterable[SheetRecord],
        existing: Callable[[str, str], Record | None],
        title_of: Callable[[str], str],
    ) -> list[Record]:
        """Take the identity from the rows that have none by right, and return the records the others mean.

        Args:
            existing: Form id and identity → record.
            title_of: Form id → field that names its records.
        """
        listed = list(rows)
        meant = self._settle(listed, existing, title_of)
        children = [child for row in listed for child in row.children]
        return meant + self._settle(children, existing, title_of)

    def _settle(
        self,
        rows: Iterable[SheetRecord],
        existing: Callable[[str, str], Record | None],
        title_of: Callable[[str], str],
    ) -> list[Record]:
        by_identity: dict[tuple[str, str], list[SheetRecord]] = {}
        for row in rows:
            if row.identity:
                by_identity.setdefault((row.form, row.identity), []).append(row)
        meant: list[Record] = []
        for (form, identity), same in by_identity.items():
            record = existing(form, identity)
            if record is None:
                for row in same:
                    row.identity = ""
                self.unknown += same
                continue
            meant.append(record)
            if len(same) > 1:
                name = fold(plain_text(record.values.get(title_of(form))))
                keeper = next((r for r in same if _name(r, title_of(form)) == name), same[0])
                for row in same:
                    if row is not keeper:
                        row.identity = ""
                        _forget_children(row)
                        self.copies.append(row)
        return meant


def _name(row: SheetRecord, title: str) -> str:
    cell = row.cells.get(title)
    return "" if cell is None else fold(cell.text)


def _forget_children(row: SheetRecord) -> None:
    for child in row.children:
        child.identity = ""


@dataclass(frozen=True, slots=True)
class OwnerProblem:
    """Why a child of a sheet of its own cannot be taken.

    Attributes:
        expected: The sentence, by language.
    """

    code: str
    sheet: str
    cell: str
    found: str
    expected: Mapping[str, str]


class Owners:
    """Whose child a row of a child form is: by the identity it was written with, or by the name beside it.

    Args:
        existing: Form id and identity → record.
    """

    def __init__(
        self,
        form_set: FormSet,
        names: RecordNames,
        existing: Callable[[str, str], Record | None],
    ) -> None:
        self._form_set = form_set
        self._names = names
        self._existing = existing

    def of(self, read: SheetRecord, form: Form) -> RecordId | OwnerProblem:
        """Return the record a row belongs to, or why that is not known; records further up are known by then."""
        parent = self._form_set.form(form.parent)
        name = read.owner.text.strip() if read.owner is not None else ""
        named = self._names.resolve(parent.id, name) if name else None
        record = self._existing(form.id, read.identity) if read.identity else None
        if record is not None and record.parent is not None:
            if (
                named is None
                or named == record.parent
                or self._is_called(parent, record.parent, name)
            ):
                return record.parent
            return self._problem("IMPORT_OTHER_OWNER", read, parent)
        written = RecordId(read.owner_identity)
        here = read.owner_identity and self._existing(parent.id, written) is not None
        if here and (not name or self._is_called(parent, written, name)):
            return written
        if named is not None:
            return RecordId(named)
        return self._problem("IMPORT_NO_OWNER", read, parent)

    def _is_called(self, parent: Form, record: RecordId, name: str) -> bool:
        """Say whether a record has a name: two records of one name are told apart by their identity."""
        return fold(self._names.title(parent.id, record) or "") == fold(name)

    @staticmethod
    def _problem(code: str, read: SheetRecord, parent: Form) -> OwnerProblem:
        first = read.owner or next(iter(read.cells.values()))
        cell = read.owner.address if read.owner is not None else f"A{read.first_row}"
        found = read.owner.text if read.owner is not None else ""
        expected = {
            language: wording.text(code, language, form=parent.label.get(language))
            for language in wording.LANGUAGES
        }
        return OwnerProblem(code, first.sheet, cell, found[:60], expected)


def shown_values(
    values: Mapping[str, Value], field: Field, contexts: Sequence[Context]
) -> set[str]:
    """Return the texts under which an answer may stand in a workbook, in every language."""
    value = values.get(field.id)
    return set() if value is None else {format_value(value, field, each) for each in contexts}
