"""One record on paper: every answer that matters, its items, and where it comes from.

Of a department's file that is who wrote it and when, and what the check says of it; of a catalogue, the packages, who
signed them, and what the centre put in place of the department's answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from census_app.domain.corrections import Owner
from census_app.domain.findings import Finding
from census_app.domain.history import HistoryQuery
from census_app.domain.records import Record, RecordId
from census_app.errors import UserError
from census_app.exchange.paper import short_groups
from census_app.formspec.model import Form
from census_app.formspec.sentences import sentence
from census_app.formspec.types import Context
from census_app.reports.content import (
    Blank,
    Block,
    Column,
    Head,
    Language,
    Pair,
    Printed,
    RecordContent,
    Table,
)
from census_app.reports.record import build_record
from census_app.services.checking import check_workspace
from census_app.services.letterhead import PrintWords, catalogue_head, moment, workspace_head
from census_app.services.lookup import RecordNames, context_for, department_names
from census_app.services.naming import Named, records_of, the_record
from census_app.services.ports import (
    CatalogueStore,
    Clock,
    ListQuery,
    RecordReader,
    WorkspaceStore,
)
from census_app.services.printed_records import RecordPrinter, head_text, shown
from census_app.services.progress import Progress
from census_app.services.provenance import RecordOrigin, Source, provenance
from census_app.services.record_states import record_states

_TITLE: Final = "PRINT_RECORD_TITLE"


@dataclass(frozen=True, slots=True)
class _Told:
    """What a sheet needs of a store and a language."""

    store: RecordReader
    words: PrintWords
    context: Context
    form: Form
    record: Record


def print_own_record(
    store: WorkspaceStore, named: Named, language: Language, *, clock: Clock
) -> Printed:
    """Return a record of a department's file.

    Args:
        named: Which one; see `own_record`.

    Raises:
        UserError: `RECORD_GONE`.
    """
    findings = check_workspace(store, clock=clock).findings
    return build_record(own_record_content(store, named, language, findings), language)


def own_record_content(
    store: WorkspaceStore, named: Named, language: Language, findings: Iterable[Finding]
) -> RecordContent:
    """Return what stands on the sheet of a record of a department's file.

    Args:
        findings: Of the last check, of all records.

    Raises:
        UserError: `RECORD_GONE`.
    """
    form = store.form_set.form(named.form)
    record = store.record(form.id, named.record)
    if record is None:
        raise UserError("RECORD_GONE", form=form.label.zh)
    words, context = PrintWords(language), context_for(store, language, RecordNames(store))
    told = _Told(store, words, context, form, record)
    rows = store.history_rows(list(store.history_keys(HistoryQuery(record=record.id))))
    head = _named(workspace_head(store, language, _TITLE, rows[0].at if rows else ""), told)
    children = _children(told)
    ids = {record.id, *(child.id for each in children.values() for child in each)}
    found = [f for f in findings if f.record in ids]
    facts = [
        Pair(words("PRINT_RECORD_OF"), head.department),
        Pair(words("PRINT_PERIOD_LABEL"), head.period),
    ]
    if rows:
        first, last = rows[-1], rows[0]
        facts += [
            Pair(words("PRINT_RECORD_MADE"), _by(first.at, first.actor)),
            Pair(words("PRINT_RECORD_CHANGED"), _by(last.at, last.actor)),
            Pair(words("PRINT_RECORD_CHANGES"), str(len({row.step for row in rows}))),
        ]
    facts.append(Pair(words("PRINT_RECORD_ID"), short_groups(record.id, 8)))
    blocks = [*_answers(told, head, children), *_findings(found, told)]
    return RecordContent(head, tuple(facts), tuple(blocks))


def print_received_record(
    store: CatalogueStore,
    owner: Owner,
    language: Language,
    *,
    clock: Clock,
    progress: Progress | None = None,
) -> Printed:
    """Return a record of a catalogue with where its values come from.

    Args:
        owner: Which one; see `received_record`.

    Raises:
        UserError: `RECORD_GONE`.
        Refused: A stored package is no longer what was signed.
        Cancelled: The person stopped it.
    """
    form = store.form_set.form(owner.form)
    key = RecordId(owner.record)
    record = store.department_records(form.id, owner.department, [key]).get(key)
    if record is None:
        raise UserError("RECORD_GONE", form=form.label.zh)
    words, context = PrintWords(language), context_for(store, language, RecordNames(store))
    told = _Told(store, words, context, form, record)
    origin = provenance(
        store, owner.department, form.id, owner.record, clock=clock, progress=progress
    )
    head = _named(catalogue_head(store, language, _TITLE), told)
    state = record_states(store, owner.department).get(owner)
    facts = [
        Pair(words("PRINT_RECORD_OF"), department_names(store).get(owner.department, "")),
        Pair(words("PRINT_RECORD_CODE"), owner.department),
        Pair(words("PRINT_PERIOD_LABEL"), head.period),
    ]
    if state is not None:
        facts.append(Pair(words("PRINT_STATE"), words(f"RECORD_STATE_{state}")))
    facts += _brought(origin, words)
    facts.append(Pair(words("PRINT_RECORD_ID"), short_groups(record.id, 8)))
    blocks = [
        *_answers(told, head, _children(told, owner.department)),
        *_centre(origin, told),
        *_packages(origin, told),
    ]
    return build_record(RecordContent(head, tuple(facts), tuple(blocks)), language)


# -- which record ------------------------------------------------------------------------------------------------------


def own_record(store: WorkspaceStore, given: str) -> Named:
    """Return the record of a file that is meant: its name, or the beginning of its id.

    Raises:
        UserError: `REPORT_WHICH_RECORD`, nothing was given; `RECORD_UNKNOWN`, `RECORD_SEVERAL`.
    """
    if not given.strip():
        raise UserError("REPORT_WHICH_RECORD")
    forms = [form for form in store.form_set.forms if not form.parent]
    return the_record(records_of(store, forms), given)


def received_record(store: CatalogueStore, given: str, department: str = "") -> Owner:
    """Return the record of a catalogue that is meant: its name, or the beginning of its id.

    Args:
        department: Code of the department whose record it is; empty: of any.

    Raises:
        UserError: As `own_record`; `DEPARTMENT_UNKNOWN`; `REPORT_SEVERAL_DEPARTMENTS`, several handed in that record.
    """
    if not given.strip():
        raise UserError("REPORT_WHICH_RECORD")
    if department and department not in store.department_codes():
        raise UserError("DEPARTMENT_UNKNOWN", department=department)
    owners: dict[tuple[str, RecordId], set[str]] = {}
    known = list(_received(store, department, owners))
    named = the_record(known, given)
    of = sorted(owners[named.form, named.record])
    if len(of) > 1:
        raise UserError("REPORT_SEVERAL_DEPARTMENTS", record=given, departments="、".join(of))
    return Owner(of[0], named.form, named.record)


def _received(
    store: CatalogueStore, department: str, owners: dict[tuple[str, RecordId], set[str]]
) -> Iterator[Named]:
    for form in store.form_set.forms:
        if form.parent:
            continue
        keys = store.keys(ListQuery(form=form.id, department=department))
        for row in store.rows(form.id, keys, [form.title]):
            owners.setdefault((form.id, row.id), set()).add(row.department)
            yield Named(form.id, row.id, str(row.values.get(form.title, "")))


# -- what stands there -------------------------------------------------------------------------------------------------


def _named(head: Head, told: _Told) -> Head:
    """Return the head of a sheet: its title says what kind of record it is, `about` which one."""
    form, language = told.form, told.context.language
    name = shown(told.record.values.get(form.title), form.field_by_id(form.title), told.context)
    return Head(
        title=told.words(_TITLE, form=form.label.get(language)),
        issuer=head.issuer,
        department=head.department,
        code=head.code,
        period=head.period,
        as_of=head.as_of,
        digest=head.digest,
        training=head.training,
        moment=head.moment,
        about=name if isinstance(name, str) else told.words("PRINT_UNNAMED"),
    )


def _by(at: str, actor: str) -> str:
    return f"{moment(at)}  {actor}".strip()


def _children(told: _Told, department: str = "") -> dict[str, list[Record]]:
    """Return the records that belong to it, by child form, in their order."""
    found: dict[str, list[Record]] = {}
    for form in told.store.form_set.children_of(told.form.id):
        query = ListQuery(form=form.id, parent=told.record.id, department=department)
        names = [field.id for field in form.stored_fields]
        found[form.id] = [
            Record(form.id, row.id, row.values, told.record.id)
            for row in told.store.rows(form.id, told.store.keys(query), names)
        ]
    return found


def _answers(told: _Told, head: Head, children: Mapping[str, list[Record]]) -> Iterator[Block]:
    printer = RecordPrinter(told.store.form_set, told.context, head.as_of[:10])
    yield from printer.sections(told.record, told.form)
    for child, records in children.items():
        if records:
            yield printer.table(told.store.form_set.form(child), records)


def _findings(found: Iterable[Finding], told: _Told) -> Iterator[Block]:
    words = told.words
    rows = []
    for finding in found:
        said = sentence(finding, told.context)
        severity = words(f"SEVERITY_{finding.severity.value}")
        reason = finding.explanation
        rows.append((said.where, severity, said.what, said.remedy if reason is None else reason))
    if rows:
        heads = (
            "PRINT_RECORD_FIELD",
            "PRINT_FINDING_KIND",
            "PRINT_FINDING_WHAT",
            "PRINT_FINDING_REMEDY",
        )
        columns = tuple(Column(words(head), key=n == 0) for n, head in enumerate(heads))
        yield Table(columns, tuple(rows), title=words("PRINT_FINDINGS"))


def _centre(origin: RecordOrigin, told: _Told) -> Iterator[Block]:
    """Yield what the centre put in place of the department's answers."""
    rows = []
    for name, value in origin.values.items():
        if value.decision is None:
            continue
        field = told.form.field_by_id(name)
        rows.append(
            (
                head_text(field, told.context),
                shown(value.theirs, field, told.context),
                shown(value.value, field, told.context),
                value.decision.reason or Blank.EMPTY,
                value.decision.created[:10],
            )
        )
    if rows:
        heads = (
            "PRINT_RECORD_FIELD",
            "PRINT_RECORD_THEIRS",
            "PRINT_RECORD_OURS",
            "PRINT_RECORD_REASON",
            "PRINT_RECORD_DAY",
        )
        columns = tuple(Column(told.words(head), key=n == 0) for n, head in enumerate(heads))
        yield Table(columns, tuple(rows), title=told.words("PRINT_RECORD_CENTRE"))


def _packages(origin: RecordOrigin, told: _Told) -> Iterator[Block]:
    """Yield the packages its answers come from, each with the answers that have been so since it."""
    words, language = told.words, told.context.language
    fields: dict[str, list[str]] = {}
    sources: dict[str, Source] = {}
    for name, value in origin.values.items():
        if value.source is not None:
            sources[value.source.identity] = value.source
            label = told.form.field_by_id(name).label.get(language)
            fields.setdefault(value.source.identity, []).append(label)
    if not sources:
        return
    joint = "、" if language == "zh" else ", "
    said = {identity: joint.join(labels) for identity, labels in fields.items()}
    # Most answers have been so since one package: a reader looks for the others.
    most = max(fields, key=lambda identity: (len(fields[identity]), identity))
    said[most] = words("PRINT_RECORD_OTHERS" if len(fields) > 1 else "PRINT_RECORD_ALL")
    rows = tuple(
        (
            source.name,
            str(source.round),
            moment(source.created),
            source.signer,
            source.fingerprint,
            said[source.identity],
        )
        for source in sorted(sources.values(), key=lambda each: each.sequence)
    )
    heads = (
        "PRINT_PACKAGE", "PRINT_RECORD_ROUND", "PRINT_RECORD_WRITTEN", "PRINT_RECORD_SIGNED", "PRINT_KEY",
        "PRINT_RECORD_SINCE",
    )  # fmt: skip
    columns = tuple(Column(words(head), numeric=n == 1, key=n == 0) for n, head in enumerate(heads))
    yield Table(columns, rows, title=words("PRINT_RECORD_ORIGIN"))


def _brought(origin: RecordOrigin, words: PrintWords) -> list[Pair]:
    """Return the packages that first carried the record, and that brought its present content."""
    return [
        Pair(words(label), f"{source.name}  {moment(source.received_at)}")
        for label, source in (
            ("PRINT_RECORD_FIRST", origin.first),
            ("PRINT_RECORD_LAST", origin.last),
        )
        if source is not None
    ]
