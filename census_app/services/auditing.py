"""Compare the catalogue with a list of the audit office: missing here, missing there, differs, agrees - and settle it.

Nothing is stored of a comparison: it follows from the records, the list and the decisions of persons. A match or an
outcome is a decision of the ledger. An outcome holds while what it was said about stands there unchanged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from census_app.domain.audit import (
    GROUPS,
    Group,
    Kept,
    Listed,
    MatchedBy,
    Pairing,
    department_of,
    pair,
)
from census_app.domain.names import fold
from census_app.domain.records import Unfit, Unknown, Value, Values
from census_app.domain.tolerance import (
    days_agree,
    months_agree,
    numbers_agree,
    read_tolerance,
    texts_agree,
)
from census_app.exchange.canonical import canonical_bytes
from census_app.formats.foreign_lists import meanings
from census_app.formspec.model import Field, Form
from census_app.formspec.types import Context, format_value, parse_value
from census_app.services.audit_book import AuditBook, AuditList, AuditRow, Settled
from census_app.services.audit_lists import CELL, book_of, find_list
from census_app.services.lookup import RecordNames, context_for
from census_app.services.ports import CatalogueStore, ListQuery

_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class Difference:
    """A field in which the list and a record do not agree.

    Attributes:
        label: Name of the field in the asked language.
        ours, theirs: In words; ours is empty where the record has no answer.
        place: What an outcome about it is filed under.
        sha256: Hash of both.
        settled: The outcome in force; None also when one of the two has changed since.
    """

    field: str
    label: str
    ours: str
    theirs: str
    place: str
    sha256: str
    settled: Settled | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the list, a record that is not in it, or both side by side.

    Attributes:
        row: None for a record the list lacks.
        kept: The record; with group `confirm` the one that looks like the row.
        department: Code of the department; empty where the list's text stands for none.
        department_name: As the catalogue calls it, else as the list does.
        by, score, candidates: See `domain.audit.Pairing`.
        differences: Only of a row with its record.
        said: What the list says of the audit itself, as (name of the field, text): not compared, for the department
            has nothing to say about it.
        place, sha256, settled: Of a row or record that stands alone, as for a difference.
    """

    group: Group
    row: AuditRow | None
    kept: Kept | None
    department: str
    department_name: str
    name: str
    by: MatchedBy = ""
    score: float = 0.0
    candidates: tuple[tuple[Kept, float], ...] = ()
    differences: tuple[Difference, ...] = ()
    said: tuple[tuple[str, str], ...] = ()
    place: str = ""
    sha256: str = ""
    settled: Settled | None = None

    @property
    def key(self) -> str:
        """What names it in the list: the row of the sheet, or department and record."""
        if self.row is not None:
            return str(self.row.number)
        return f"{self.kept.department}:{self.kept.record}" if self.kept is not None else ""

    @property
    def open(self) -> bool:
        """Whether somebody has to say something: confirm a match, settle what is missing or differs."""
        if self.group == "confirm":
            return True
        if self.group == "differs":
            return any(each.settled is None for each in self.differences)
        return self.group != "agrees" and self.settled is None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the audit saw of a department (S-05).

    Attributes:
        records: Records of the form in the catalogue; `audited` of them are in a list.
        listed: Rows that name the department.
        open: Entries for which nothing was decided yet.
        findings: Rows of which the list says something about the audit itself.
    """

    department: str
    name: str
    records: int
    listed: int
    audited: int
    missing_here: int
    missing_there: int
    differing: int
    agreeing: int
    to_confirm: int
    open: int
    findings: int = 0

    @property
    def covered(self) -> bool:
        """Whether the audit looked at the department at all."""
        return self.listed > 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """A list beside the catalogue.

    Attributes:
        entries: By group, department, name.
        guessed: Department as told → code, where only part of the name fits; `strange`: stand for none, with rows.
        not_covered: Codes of departments no row names; their records are in no group.
        free: Records that are no row's for certain, by department and name.
    """

    list: AuditList
    entries: tuple[Entry, ...]
    coverage: tuple[Coverage, ...]
    guessed: Mapping[str, str]
    strange: Mapping[str, int]
    not_covered: tuple[str, ...]
    free: tuple[Kept, ...] = ()

    def of_group(self, group: Group) -> tuple[Entry, ...]:
        """Return the entries of a group."""
        return tuple(each for each in self.entries if each.group == group)

    @property
    def counts(self) -> dict[Group, int]:
        """How many entries each group has."""
        return {group: len(self.of_group(group)) for group in GROUPS}

    @property
    def open(self) -> int:
        """How many entries wait for somebody."""
        return sum(each.open for each in self.entries)


def compare(
    catalogue: CatalogueStore,
    listed: str = "",
    *,
    language: str = "zh",
    book: AuditBook | None = None,
) -> Comparison:
    """Lay a list beside the catalogue.

    Args:
        listed: Beginning of the list's id; empty for the newest.
        language: `zh` or `en`, for values in words.
        book: What `book_of` returned, where it was read already.

    Raises:
        UserError: `AUDIT_NONE`, `AUDIT_LIST`.
    """
    read = book or book_of(catalogue)
    return _Comparing(catalogue, read, find_list(read, listed), language).result()


class _Comparing:
    """Makes one comparison."""

    def __init__(
        self, catalogue: CatalogueStore, book: AuditBook, audit: AuditList, language: str
    ) -> None:
        self._audit = audit
        self._form = catalogue.form_set.form(audit.form)
        admitted = {field.id for field in meanings(self._form, catalogue.form_set)}
        fields = [self._form.field_by_id(name) for name in audit.fields if name in admitted]
        own = _of_the_audit(self._form)
        self._fields = [field for field in fields if field.id not in own]
        self._said = [field for field in fields if field.id in own]
        self._code = next((n for n in self._form.identity if n != self._form.title), "")
        self._matches = book.matches.get(audit.id, {})
        self._outcomes = book.outcomes.get(audit.id, {})
        self._names = {entry.code: entry.name for entry in catalogue.roster()}
        known = {code: {name} for code, name in self._names.items()}
        for unit in catalogue.units():
            known.setdefault(unit.department, set()).add(unit.name)
        self._known = known
        self._context = context_for(catalogue, language, RecordNames(catalogue))
        self._kept, self._values = self._read(catalogue)
        self._units: dict[str, tuple[str, bool]] = {}

    def _read(self, catalogue: CatalogueStore) -> tuple[list[Kept], dict[tuple[str, str], Values]]:
        columns = [self._form.title, *([self._code] if self._code else [])]
        columns += [field.id for field in self._fields if field.id not in columns]
        keys = catalogue.keys(ListQuery(form=self._form.id))
        kept, values = [], {}
        for begin in range(0, len(keys), _AT_ONCE):
            for row in catalogue.rows(self._form.id, keys[begin : begin + _AT_ONCE], columns):
                name = _text(row.values.get(self._form.title))
                code = _text(row.values.get(self._code)) if self._code else ""
                each = Kept(row.department, row.id, name, code)
                kept.append(each)
                values[each.key] = row.values
        return kept, values

    def result(self) -> Comparison:
        rows = self._audit.rows
        owners = {row.number: self._owner(row) for row in rows}
        listed = [
            Listed(r.number, owners[r.number], r.texts.get(self._form.title, ""), self._code_of(r))
            for r in rows
        ]
        pairings = pair(listed, self._kept, self._matches)
        entries = [self._entry(row, owners[row.number], pairings[row.number]) for row in rows]
        named = {code for code in owners.values() if code}
        matched = {p.kept.key for p in pairings.values() if p.kept is not None}
        entries += [
            self._alone(each)
            for each in self._kept
            if each.key not in matched and each.department in named
        ]
        order = {group: n for n, group in enumerate(GROUPS)}
        entries.sort(key=lambda e: (order[e.group], e.department, e.name, e.key))
        strange: dict[str, int] = {}
        for row in rows:
            if not owners[row.number] and row.unit:
                strange[row.unit] = strange.get(row.unit, 0) + 1
        return Comparison(
            self._audit,
            tuple(entries),
            self._coverage(entries),
            {text: code for text, (code, sure) in sorted(self._units.items()) if code and not sure},
            strange,
            tuple(sorted(set(self._names) - named)),
            self._free(pairings),
        )

    def _free(self, pairings: Mapping[int, Pairing]) -> tuple[Kept, ...]:
        certain = {p.kept.key for p in pairings.values() if p.kept is not None and p.certain}
        free = (each for each in self._kept if each.key not in certain)
        return tuple(sorted(free, key=lambda each: (each.department, each.name, each.record)))

    def _owner(self, row: AuditRow) -> str:
        if self._audit.department:
            return self._audit.department
        if row.unit not in self._units:
            self._units[row.unit] = department_of(row.unit, self._known)
        return self._units[row.unit][0]

    def _code_of(self, row: AuditRow) -> str:
        return row.texts.get(self._code, "") if self._code else ""

    # -- entries ---------------------------------------------------------------------------------------------------

    def _entry(self, row: AuditRow, owner: str, pairing: Pairing) -> Entry:
        kept, name = pairing.kept, row.texts.get(self._form.title, "")
        department = owner or (kept.department if kept is not None and pairing.certain else "")
        group: Group = "missing_here" if kept is None else "confirm"
        differences: tuple[Difference, ...] = ()
        place, sha256 = "", ""
        if kept is not None and pairing.certain:
            # Who says that both are one thing knows that they are called differently.
            named = pairing.by == "person"
            differences = tuple(self._differences(row, kept, named=named))
            group = "differs" if differences else "agrees"
        elif kept is None:
            place = f"row:{row.number}"
            sha256 = _hash([row.unit, dict(row.texts)])
        return Entry(
            group=group,
            row=row,
            kept=kept,
            department=department,
            department_name=self._names.get(department, row.unit),
            name=name,
            by=pairing.by,
            score=pairing.score,
            candidates=pairing.candidates,
            differences=differences,
            said=tuple(
                (field.label.get(self._context.language), row.texts[field.id])
                for field in self._said
                if row.texts.get(field.id)
            ),
            place=place,
            sha256=sha256,
            settled=self._settled(place, sha256),
        )

    def _alone(self, kept: Kept) -> Entry:
        place = f"record:{kept.department}:{kept.record}"
        sha256 = _hash([kept.name, kept.code])
        return Entry(
            "missing_there", None, kept, kept.department,
            self._names.get(kept.department, kept.department), kept.name,
            place=place, sha256=sha256, settled=self._settled(place, sha256),
        )  # fmt: skip

    def _differences(self, row: AuditRow, kept: Kept, *, named: bool) -> Iterable[Difference]:
        values = self._values[kept.key]
        for field in self._fields:
            theirs = row.texts.get(field.id, "")
            if not theirs or field.id == self._code or (named and field.id == self._form.title):
                continue
            ours = values.get(field.id)
            if agrees(field, ours, theirs, self._context):
                continue
            place = f"field:{row.number}:{field.id}"
            sha256 = _hash([field.id, _spelled(ours), theirs])
            yield Difference(
                field.id,
                field.label.get(self._context.language),
                format_value(ours, field, self._context),
                theirs,
                place,
                sha256,
                self._settled(place, sha256),
            )

    def _settled(self, place: str, sha256: str) -> Settled | None:
        found = self._outcomes.get(place) if place else None
        return found if found is not None and found.sha256 == sha256 else None

    # -- coverage --------------------------------------------------------------------------------------------------

    def _coverage(self, entries: Sequence[Entry]) -> tuple[Coverage, ...]:
        records: dict[str, int] = {}
        for each in self._kept:
            records[each.department] = records.get(each.department, 0) + 1
        of: dict[str, list[Entry]] = {code: [] for code in self._names}
        for entry in entries:
            of.setdefault(entry.department, []).append(entry)
        of.pop("", None)
        return tuple(self._covered(code, of[code], records.get(code, 0)) for code in sorted(of))

    def _covered(self, code: str, entries: Sequence[Entry], records: int) -> Coverage:
        counts = {group: sum(e.group == group for e in entries) for group in GROUPS}
        return Coverage(
            department=code,
            name=self._names.get(code, code),
            records=records,
            listed=sum(e.row is not None for e in entries),
            audited=counts["differs"] + counts["agrees"],
            missing_here=counts["missing_here"],
            missing_there=counts["missing_there"],
            differing=counts["differs"],
            agreeing=counts["agrees"],
            to_confirm=counts["confirm"],
            open=sum(e.open for e in entries),
            findings=sum(bool(e.said) for e in entries),
        )


def _of_the_audit(form: Form) -> frozenset[str]:
    """Return the fields that tell of the audit itself: those of the section in which its state is asked."""
    section = next((f.section for f in form.stored_fields if f.role == "audit_state"), "")
    return frozenset(f.id for f in form.stored_fields if section and f.section == section)


# -- values ------------------------------------------------------------------------------------------------------------


def agrees(field: Field, ours: Value | None, theirs: str, context: Context) -> bool:
    """Say whether a record's answer and a text of the list are the same, as far as the field's tolerance reaches.

    The text is read as a clerk's would be. What cannot be read is compared as it stands.
    """
    read = parse_value(theirs, field, context).value
    if ours is None or isinstance(ours, Unknown) or isinstance(read, Unknown):
        return ours == read
    if isinstance(read, Unfit) or isinstance(ours, Unfit) or read is None:
        return fold(format_value(ours, field, context)) == fold(theirs)
    if field.type in {"integer", "decimal", "money", "date", "month", "text", "longtext"}:
        return _within(field, ours, read, cut=len(theirs) >= CELL)
    return ours == read or fold(str(ours)) == fold(str(read))


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


def _text(value: Value | None) -> str:
    if isinstance(value, Unfit):
        return value.text
    return value if isinstance(value, str) else ""


def _spelled(value: Value | None) -> str:
    """Return one spelling of a value in any language, for hashes."""
    if isinstance(value, Unfit):
        return f"?{value.text}"
    return "" if value is None else str(value)


def _hash(said: object) -> str:
    return hashlib.sha256(canonical_bytes(said)).hexdigest()
