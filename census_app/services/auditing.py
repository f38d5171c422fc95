"""Compare the catalogue with a list of the audit office: missing here, missing there, differs, agrees - and settle it.

Nothing is stored of a comparison: it follows from the records, the list and the decisions of persons. A match or an
outcome is a decision of the ledger. An outcome holds while what it was said about stands there unchanged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from census_app.domain.audit import (
    GROUPS,
    Group,
    Kept,
    Listed,
    Pairing,
    department_of,
    pair,
)
from census_app.domain.names import fold
from census_app.domain.records import Unfit, Value, Values
from census_app.exchange.canonical import canonical_bytes
from census_app.formats.foreign_lists import meanings
from census_app.formspec.model import Form, FormSet
from census_app.formspec.types import Context, format_value
from census_app.services.agreeing import agrees
from census_app.services.audit_book import AuditBook, AuditList, AuditRow, Settled
from census_app.services.audit_columns import book_of
from census_app.services.audit_lists import find_list
from census_app.services.audit_results import Comparison, Coverage, Difference, Entry
from census_app.services.expecting import expected_of
from census_app.services.lookup import RecordNames, context_for
from census_app.services.measuring import asked_bodies
from census_app.services.ports import CatalogueStore, ListQuery

_AT_ONCE: Final = 1000


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
    audit = find_list(read, listed)
    survey = AuditSurvey(catalogue.form_set, read, [audit], language)
    for _rows in survey.parts(catalogue):
        pass
    return survey.compare(audit)


class AuditSurvey:
    """What comparing needs, read once from a catalogue for several lists; comparing itself needs no store any more.

    Args:
        book: What the ledger says about audits.
        lists: Those that are to be compared.
    """

    def __init__(
        self, form_set: FormSet, book: AuditBook, lists: Sequence[AuditList], language: str
    ) -> None:
        self.book = book
        self.lists = tuple(lists)
        self._form_set = form_set
        self._language = language
        self.names: dict[str, str] = {}
        self.known: dict[str, set[str]] = {}
        self.kept: dict[str, list[Kept]] = {}
        self.values: dict[tuple[str, str, str], Values] = {}
        self.context: Context | None = None

    def parts(self, catalogue: CatalogueStore) -> Iterator[int]:
        """Read what is needed in pages, so that other work can come in between; yields the rows read so far."""
        roster = catalogue.roster()
        asked = asked_bodies(roster, expected_of(catalogue.decisions()))
        self.names = {entry.code: entry.name for entry in asked}
        self.known = {code: {name} for code, name in self.names.items()}
        for unit in catalogue.units():
            self.known.setdefault(unit.department, set()).add(unit.name)
        names = RecordNames(catalogue)
        self.context = context_for(catalogue, self._language, names)
        done = 0
        for form_id in sorted({audit.form for audit in self.lists}):
            form = self._form_set.form(form_id)
            wanted = {
                name for audit in self.lists if audit.form == form_id for name in audit.fields
            }
            fields = [field for field in form.stored_fields if field.id in wanted]
            for target in sorted({field.target for field in fields} - {""}):
                names.title(
                    target, ""
                )  # read now: a name that is asked for later needs no store then
                yield done
            for rows in self._pages(catalogue, form, [field.id for field in fields]):
                done += rows
                yield done

    def _pages(self, catalogue: CatalogueStore, form: Form, fields: list[str]) -> Iterator[int]:
        code = code_field(form)
        columns = list(dict.fromkeys([form.title, *([code] if code else []), *fields]))
        keys = catalogue.keys(ListQuery(form=form.id))
        kept = self.kept.setdefault(form.id, [])
        for begin in range(0, len(keys), _AT_ONCE):
            page = catalogue.rows(form.id, keys[begin : begin + _AT_ONCE], columns)
            for row in page:
                told = _text(row.values.get(code)) if code else ""
                name = _text(row.values.get(form.title))
                kept.append(Kept(row.department, row.id, name, told))
                self.values[form.id, row.department, row.id] = row.values
            yield len(page)

    def compare(self, audit: AuditList) -> Comparison:
        """Lay one of the lists beside what was read."""
        return _Comparing(self, self._form_set, audit).result()


def code_field(form: Form) -> str:
    """Return the field by which records of a form are known beside their name, or nothing."""
    return next((name for name in form.identity if name != form.title), "")


class _Comparing:
    """Makes one comparison."""

    def __init__(self, survey: AuditSurvey, form_set: FormSet, audit: AuditList) -> None:
        assert survey.context is not None  # noqa: S101 - `parts` comes first
        self._audit = audit
        self._form = form_set.form(audit.form)
        admitted = {field.id for field in meanings(self._form, form_set)}
        fields = [self._form.field_by_id(name) for name in audit.fields if name in admitted]
        own = _of_the_audit(self._form)
        self._fields = [field for field in fields if field.id not in own]
        self._said = [field for field in fields if field.id in own]
        self._code = code_field(self._form)
        self._matches = survey.book.matches.get(audit.id, {})
        self._outcomes = survey.book.outcomes.get(audit.id, {})
        self._names = survey.names
        self._known = survey.known
        self._context = survey.context
        self._kept = survey.kept.get(audit.form, [])
        self._values = survey.values
        self._units: dict[str, tuple[str, bool]] = {}
        self._said_units = {n: c for n, c in survey.book.units.items() if c in self._names}

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
            said = self._said_units.get(fold(row.unit))
            known = department_of(row.unit, self._known)
            self._units[row.unit] = (said, True) if said is not None else known
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
        values = self._values[self._form.id, *kept.key]
        for field in self._fields:
            theirs = row.texts.get(field.id, "")
            if not theirs or field.id == self._code or (named and field.id == self._form.title):
                continue
            ours = values.get(field.id)
            if agrees(field, ours, theirs, self._context):
                continue
            place = f"field:{row.number}:{field.id}"
            # Said of this record: the row may be found to be another that answers the same.
            sha256 = _hash([*kept.key, field.id, _spelled(ours), theirs])
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
