"""Write the decisions of a catalogue as a table to take away: which record, from what to what, when, who, why.

One row for each record a decision is about, in the order of time; superseded and contested decisions stand in it and
say so (lesson 8).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from census_app.diagnostics import wording
from census_app.domain import chain
from census_app.domain.chain import Decision
from census_app.domain.corrections import Place
from census_app.domain.records import Record, RecordId
from census_app.errors import UserError
from census_app.exchange.paper import short_groups
from census_app.formats.table_files import write_table
from census_app.formspec.lines import value_hash
from census_app.formspec.model import Field, Form
from census_app.formspec.titles import title_of
from census_app.formspec.types import format_value
from census_app.services import likening
from census_app.services.lookup import context_for, department_names
from census_app.services.own_values import value_of
from census_app.services.ports import CatalogueStore
from census_app.services.progress import Progress

COLUMNS: Final = (
    "number", "at", "actor", "coordinator", "kind", "department", "department_code", "form", "about", "field",
    "before", "after", "reason", "standing", "record_id", "decision",
)  # fmt: skip
"""Columns of the table; their heads are `LEDGER_COLUMN_<NAME>`."""
_WIDTHS: Final = (7, 20, 12, 22, 14, 24, 22, 14, 30, 24, 40, 40, 40, 12, 36, 24)
_SUFFIXES: Final = frozenset({".csv", ".xlsx"})
_STEP: Final = 200


@dataclass(frozen=True, slots=True)
class LedgerSheetWritten:
    """What was written: decisions, and rows of the table."""

    path: Path
    decisions: int
    rows: int


@dataclass(frozen=True, slots=True)
class _Told:
    """A decision about one record, in words."""

    after: str
    before: str = ""
    department: str = ""
    form: str = ""
    about: str = ""
    field: str = ""
    record: str = ""


def write_ledger_sheet(
    catalogue: CatalogueStore, path: Path, language: str, progress: Progress | None = None
) -> LedgerSheetWritten:
    """Write the ledger as CSV with BOM or as a workbook, by the suffix of the path.

    Raises:
        UserError: `LEDGER_SUFFIX`.
        EnvironmentProblem: Codes of `settings.files.atomic_write`.
        Cancelled: The person stopped it; no file is written.
    """
    if path.suffix.lower() not in _SUFFIXES:
        raise UserError("LEDGER_SUFFIX", name=path.name)
    progress = progress or Progress()
    decisions = sorted(catalogue.decisions(), key=lambda d: (d.created, d.id))
    teller = _Teller(catalogue, language)
    standing = {d.id for d in chain.standing(decisions)}
    effective = {d.id for d in chain.effective(decisions)}
    counted = 0

    def rows() -> Iterator[tuple[str, ...]]:
        nonlocal counted
        for number, decision in enumerate(decisions):
            if number % _STEP == 0:
                progress.step(number, len(decisions))
            state = "IN_FORCE" if decision.id in effective else "CONTESTED"
            if decision.id not in standing:
                state = "SUPERSEDED"
            for told in teller.told(decision):
                counted += 1
                yield _row(
                    number + 1, decision, told, wording.text(f"CR_{state}", language), teller
                )

    head = [wording.text(f"LEDGER_COLUMN_{name.upper()}", language) for name in COLUMNS]
    write_table(path, wording.text("LEDGER_SHEET", language), head, rows(), _WIDTHS)
    return LedgerSheetWritten(path, len(decisions), counted)


def _row(
    number: int, decision: Decision, told: _Told, state: str, teller: _Teller
) -> tuple[str, ...]:
    local = dt.datetime.fromisoformat(decision.created).astimezone()
    return (
        str(number), local.strftime("%Y-%m-%d %H:%M:%S"), decision.actor, decision.coordinator,
        teller.word(f"CR_KIND_{decision.kind}"), teller.name(told.department), told.department, told.form,
        told.about, told.field, told.before, told.after, decision.reason, state, told.record, decision.id,
    )  # fmt: skip


class _Teller:
    """Tells decisions in words, in the order of time: what was said of a subject before is what it changes from."""

    def __init__(self, catalogue: CatalogueStore, language: str) -> None:
        self._catalogue, self._language = catalogue, language
        self._context = context_for(catalogue, language)
        self._names = department_names(catalogue)
        self._packages = {p.identity: p for p in (*catalogue.packages(), *catalogue.letters())}
        self._theirs = {each.place: each.theirs for each in catalogue.laid()}
        self._before: dict[tuple[str, str], str] = {}
        self._records: dict[tuple[str, str, str], Record | None] = {}

    def word(self, code: str, **params: object) -> str:
        """Return a sentence."""
        return wording.text(code, self._language, **params)

    def name(self, department: str) -> str:
        """Return a department's name, or its code when it has none."""
        return self._names.get(department, department)

    def told(self, decision: Decision) -> Iterator[_Told]:
        """Yield a decision, once for each record it is about."""
        said = _object(decision.choice)
        if decision.kind == "override":
            yield self._correction(decision, said)
        elif decision.kind in {"code", "publish", "withdraw"}:
            yield from self._batch(decision, said)
        else:
            told = self._other(decision, said)
            topic = "accept" if decision.kind == "return" else decision.kind
            yield replace(told, before=self._was(topic, decision.subject, told.after, told.before))

    def _was(self, topic: str, subject: str, now: str, otherwise: str = "") -> str:
        """Return what was said before, and remember what is said now."""
        before = self._before.get((topic, subject), otherwise)
        self._before[topic, subject] = now
        return before

    # -- what the centre lays on records -------------------------------------------------------------------------------

    def _correction(self, decision: Decision, said: Mapping[str, Any]) -> _Told:
        parts = decision.subject.split(":")
        form = self._form(parts[1]) if len(parts) == 4 else None
        field = _field(form, parts[3]) if form is not None else None
        if form is None or field is None:
            return _Told(decision.choice, about=decision.subject)  # of a form set that asked more
        place = Place(*parts)
        record = self._record(place.department, form, place.record)
        hashed = said.get("replaces") or said.get("leaves") or ""
        before = self._replaced(place, field, record, str(hashed))
        after = self.word("CD_CHOICE_THEIRS")
        if "value" in said:
            after = self._shown(json.dumps(said["value"]), field, record) or self.word("CR_EMPTY")
        return self._of_record(
            place.department, form, place.record, field, after, self._was("override", decision.subject, after, before)
        )  # fmt: skip

    def _replaced(self, place: Place, field: Field, record: Record | None, hashed: str) -> str:
        """Return the department's value a correction was written about, where the catalogue still has it."""
        candidates = [self._theirs[place]] if place in self._theirs else []
        values = [value_of(text, field) for text in candidates]
        if record is not None:
            values.append(record.values.get(field.id))
        for value in values:
            if value_hash(value, field) == hashed:
                answers = record.values if record is not None else {}
                shown = format_value(value, field, self._context.beside(answers))
                return shown or self.word("CR_EMPTY")
        return self.word("LEDGER_VALUE_GONE")

    def _batch(self, decision: Decision, said: Mapping[str, Any]) -> Iterator[_Told]:
        department = decision.subject.partition(":")[0]
        form = self._form(str(said.get("form", "")))
        coded = said.get("codes")
        named: Mapping[str, str] = coded if isinstance(coded, dict) else {}
        after = self.word(
            f"RECORD_STATE_{'withdrawn' if decision.kind == 'withdraw' else 'published'}"
        )
        records = named or dict.fromkeys(map(str, said.get("records", ())), after)
        if form is None or not records:
            yield _Told(decision.choice, department=department)
            return
        code = form.field_by_id(self._catalogue.form_set.by_role("resource_code")[1].id)
        topic = "code" if named else "publication"
        self._read(department, form, list(records))
        for record, text in sorted(records.items()):
            before = self._was(topic, f"{department}:{form.id}:{record}", str(text))
            yield self._of_record(
                department, form, record, code if named else None, str(text), before
            )

    # -- everything else -----------------------------------------------------------------------------------------------

    def _other(self, decision: Decision, said: Mapping[str, Any]) -> _Told:
        tell = {
            "accept": self._judged,
            "return": self._judged,
            "release": self._judged,
            "fork": self._fork,
            "query": self._query,
            "explanation": self._explanation,
            "confirm": self._registered,
            "expect": self._registered,
            "similarity": self._alike,
            "source": self._alike,
        }.get(decision.kind, self._audited)
        return tell(decision, said)

    def _judged(self, decision: Decision, said: Mapping[str, Any]) -> _Told:
        del said
        told = self._package(decision.subject)
        if decision.kind == "release":
            return replace(told, after=self.word("CR_CHOICE_RELEASED"))
        after = self._word_or(f"CR_VERDICT_{decision.choice}", decision.choice)
        return replace(told, after=after, before=self.word("CR_VERDICT_none"))

    def _fork(self, decision: Decision, said: Mapping[str, Any]) -> _Told:
        del said
        department, _, number = decision.subject.partition(":")
        about = self.word("CR_ABOUT_PACKAGE", department=self.name(department), number=number)
        package = self._packages.get(decision.choice)
        at = package.created if package is not None else "—"
        digest = short_groups(decision.choice, 4)
        after = self.word("CR_CHOICE_SIDE", digest=digest, at=at)
        return _Told(after, department=department, about=about)

    def _registered(self, decision: Decision, said: Mapping[str, Any]) -> _Told:
        """Return a confirmed key, or what is expected of a body."""
        if decision.kind == "confirm":
            return _Told(self.word("CR_CHOICE_CONFIRMED"), department=decision.choice)
        standing = str(said.get("standing", "expected"))
        after = self._word_or(f"CC_STANDING_{standing}", standing)
        return _Told(after, department=decision.subject, about=str(said.get("name", "")))

    def _alike(self, decision: Decision, said: Mapping[str, Any]) -> _Told:
        del said
        subject, choice = decision.subject, decision.choice
        about = likening.subject_text(subject, choice, self._language)
        return _Told(likening.choice_text(choice, self._language), about=about)

    def _word_or(self, code: str, bare: str) -> str:
        """Return a sentence, or the bare word of a program that knows more."""
        return self.word(code) if wording.has(code) else bare

    def _package(self, identity: str) -> _Told:
        package = self._packages.get(identity)
        if package is None:
            return _Told("", about=self.word("CR_ABOUT_UNKNOWN", digest=short_groups(identity, 4)))
        code = package.department or package.sender
        about = self.word("CR_ABOUT_PACKAGE", department=self.name(code), number=package.sequence)
        return _Told("", department=code, about=about)

    def _query(self, decision: Decision, said: Mapping[str, Any]) -> _Told:
        del decision
        asked = said.get("query", {})
        department = str(said.get("department", ""))
        closed = asked.get("state") == "closed"
        after = self.word(
            "CR_CHOICE_CLOSED" if closed else "CR_CHOICE_ASKED", text=asked.get("text", "")
        )
        form = self._form(str(asked.get("form", "")))
        if form is None or not asked.get("record"):
            return _Told(after, department=department)
        field = _field(form, str(asked.get("field", "")))
        return self._of_record(department, form, str(asked["record"]), field, after, "")

    def _explanation(self, decision: Decision, said: Mapping[str, Any]) -> _Told:
        del said
        department, record, rule, *_hash = [*decision.subject.split(":"), "", "", ""]
        after = self._word_or(f"CR_JUDGED_{decision.choice}", decision.choice)
        before = self.word("CR_JUDGED_undecided")
        forms = self._catalogue.form_set.forms
        form = next((f for f in forms if any(r.id == rule for r in f.rule)), None)
        if form is None:
            return _Told(after, before, department, field=rule, record=record)
        return replace(self._of_record(department, form, record, None, after, before), field=rule)

    def _audited(self, decision: Decision, said: Mapping[str, Any]) -> _Told:
        """Return a decision about an audit's list: which row of it, and what was found."""
        subject = decision.subject
        topic, _, rest = subject.partition(":")
        place = [*rest.split(":"), "", "", ""][1:]
        department = str(said.get("department", ""))
        about = subject
        if topic == "match":
            about = self.word("CA_ABOUT_MATCH", row=place[0])
        elif topic == "outcome" and wording.has(f"CA_ABOUT_{place[0]}"):
            about = self.word(f"CA_ABOUT_{place[0]}", row=place[1], department=self.name(place[1]))
        elif wording.has(f"CA_ABOUT_{topic.upper()}"):
            about = self.word(f"CA_ABOUT_{topic.upper()}")
        outcome = f"AUDIT_OUTCOME_{said.get('outcome')}"
        if wording.has(outcome):
            return _Told(self.word(outcome), department=department, about=about)
        record = str(said.get("record", ""))
        after = self.word("CA_CHOICE_ROWS")
        if "withdrawn" in said:
            after = self.word("CA_CHOICE_WITHDRAWN")
        elif "record" in said:
            chosen = "CA_CHOICE_RECORD" if record else "CA_CHOICE_NONE"
            after = self.word(chosen, department=self.name(department), record=record[:8])
        return _Told(after, department=department, about=about, record=record)

    # -- records -------------------------------------------------------------------------------------------------------

    def _of_record(
        self, department: str, form: Form, record: str, field: Field | None, after: str, before: str
    ) -> _Told:
        found = self._record(department, form, record)
        title = title_of(form, found.values) if found is not None else record[:8]
        language = self._language
        label = field.label.get(language) if field is not None else ""
        return _Told(after, before, department, form.label.get(language), title, label, record)

    def _record(self, department: str, form: Form, record: str) -> Record | None:
        key = (department, form.id, record)
        if key not in self._records:
            self._read(department, form, [record])
        return self._records[key]

    def _read(self, department: str, form: Form, records: list[str]) -> None:
        found = self._catalogue.department_records(form.id, department, records)
        for each in records:
            self._records[department, form.id, each] = found.get(RecordId(each))

    def _shown(self, text: str, field: Field, record: Record | None) -> str:
        answers = record.values if record is not None else {}
        try:
            return format_value(value_of(text, field), field, self._context.beside(answers))
        except ValueError:
            return text  # of a form set with other codes

    def _form(self, form_id: str) -> Form | None:
        return next((f for f in self._catalogue.form_set.forms if f.id == form_id), None)


def _field(form: Form, field_id: str) -> Field | None:
    return next((f for f in form.stored_fields if f.id == field_id), None)


def _object(choice: str) -> Mapping[str, Any]:
    try:
        found = json.loads(choice)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
