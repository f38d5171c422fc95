"""Print: turn what a store holds into the plain content that `reports` lays out, and write the PDFs.

Every label comes from the form set and every field that is filled is printed, so a field added to a form appears on
paper without a change here. The time on paper is that of the data, so the same data gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal

from census_app.diagnostics import wording
from census_app.domain.approval import approved_before
from census_app.domain.records import Record, RecordId, Unfit, Unknown, Value
from census_app.domain.training import is_training
from census_app.errors import UserError
from census_app.exchange.certificate_facts import read_certificate
from census_app.formspec.model import Field, Form
from census_app.formspec.sentences import sentence
from census_app.formspec.types import Context, format_value
from census_app.reports.content import (
    Blank,
    Block,
    Chart,
    Column,
    CoverContent,
    DepartmentContent,
    Entry,
    Head,
    KeyCardContent,
    Pair,
    Printed,
    Section,
    Series,
    Table,
)
from census_app.reports.content import Value as PrintedValue
from census_app.reports.cover import build_cover
from census_app.reports.department import build_department
from census_app.reports.key_card import build_key_card
from census_app.services.catalogue_sheet import print_catalogue
from census_app.services.checking import CheckReport, check_workspace
from census_app.services.clearing_lists import LISTS, print_list
from census_app.services.enrolling import Enrolment
from census_app.services.exporting import ExportDone
from census_app.services.indicator_sheets import print_indicators, print_systems
from census_app.services.letterhead import PrintWords, moment, workspace_head
from census_app.services.lookup import context_for
from census_app.services.notifying import print_trust_notice
from census_app.services.ports import (
    CatalogueStore,
    Clock,
    ListQuery,
    RecordReader,
    SentPackage,
    WorkspaceStore,
    as_catalogue,
    as_workspace,
)
from census_app.services.progress import Progress
from census_app.services.sent_packages import newest_submission
from census_app.services.summarising import summarise
from census_app.services.summary_sheet import print_summary, share_table
from census_app.settings.files import atomic_write, safe_file_name

WORKSPACE_KINDS: Final = ("cover", "summary", "department", *LISTS)
CATALOGUE_KINDS: Final = ("catalogue", "indicators", *LISTS, "trust-notice")
KINDS: Final = tuple(dict.fromkeys((*WORKSPACE_KINDS, *CATALOGUE_KINDS)))
Language = Literal["zh", "en"]


def report(
    kind: str,
    store: WorkspaceStore | CatalogueStore,
    language: str,
    *,
    clock: Clock,
    progress: Progress | None = None,
) -> Printed:
    """Return one of the reports of `KINDS`.

    Raises:
        Cancelled: The person stopped it.
        UserError: `REPORT_KIND`, the file is not of the right kind; `REPORT_NO_PACKAGE`.
    """
    workspace, catalogue = as_workspace(store), as_catalogue(store)
    printed = None
    if workspace is not None:
        printed = _of_workspace(kind, workspace, language, clock=clock)
    elif catalogue is not None:
        printed = _of_catalogue(
            kind, catalogue, language, clock=clock, progress=progress or Progress()
        )
    if printed is None:
        raise UserError(
            "REPORT_KIND",
            kind=kind,
            of_department="、".join(WORKSPACE_KINDS),
            of_catalogue="、".join(CATALOGUE_KINDS),
        )
    return printed


def _of_workspace(
    kind: str, store: WorkspaceStore, language: str, *, clock: Clock
) -> Printed | None:
    if kind == "cover":
        return print_cover(store, language)
    if kind == "summary":
        checked = check_workspace(store, clock=clock)
        return print_summary(store, summarise(store, checked, clock=clock), language)
    if kind == "department":
        return print_department(store, language, clock=clock)
    return print_clearing(kind, store, language, clock=clock) if kind in LISTS else None


def _of_catalogue(
    kind: str, store: CatalogueStore, language: str, *, clock: Clock, progress: Progress
) -> Printed | None:
    progress.raise_if_cancelled()
    if kind == "catalogue":
        return print_catalogue(store, language, progress=progress)
    if kind == "trust-notice":
        return print_trust_notice(store, language, clock=clock)
    if kind == "indicators":
        return print_indicators(store, _language(language), clock=clock)
    return print_systems(kind, store, _language(language), clock=clock) if kind in LISTS else None


# -- department's side -------------------------------------------------------------------------------------------------


def print_cover(
    store: WorkspaceStore, language: str, *, package: SentPackage | None = None
) -> Printed:
    """Return the cover sheet of a package, the newest one when none is named.

    Raises:
        UserError: `REPORT_NO_PACKAGE`.
    """
    return build_cover(cover_content(store, language, package=package), _language(language))


def cover_content(
    store: WorkspaceStore, language: str, *, package: SentPackage | None = None
) -> CoverContent:
    """Return what stands on the cover sheet of a package; every figure is of the package, none of the file.

    Who approved it, and how many records it announces, come from the journal: printed again, it is the same.

    Raises:
        UserError: `REPORT_NO_PACKAGE`.
    """
    package = package or newest_submission(store)
    if package is None:
        raise UserError("REPORT_NO_PACKAGE")
    words = PrintWords(language)
    facts = [
        Pair(words("PRINT_PACKAGE"), package.name),
        Pair(words("PRINT_SEQUENCE"), str(package.sequence)),
        Pair(words("PRINT_FORM_SET"), store.form_set.label.get(language)),
    ]
    certificate = store.certificate()
    if certificate:
        fingerprint = read_certificate(certificate.encode("ascii")).fingerprint
        facts.append(Pair(words("PRINT_KEY"), fingerprint))
    facts += [
        Pair(form.label.get(language), str(package.counts.get(form.id, 0)))
        for form in store.form_set.forms
        if not form.parent and package.counts.get(form.id)
    ]
    acts = store.acts()
    approved = approved_before(acts, package.identity)
    if approved is not None:
        who = words("PRINT_APPROVED_BY", name=approved.name, office=approved.office)
        facts.append(Pair(words("PRINT_APPROVED"), f"{who}  {moment(approved.at)}"))
        if approved.remark:
            facts.append(Pair(words("PRINT_REMARK"), approved.remark))
    announced = next((a.announced for a in acts if a.package == package.identity), 0)
    return CoverContent(
        head=workspace_head(
            store, language, "PRINT_COVER_TITLE", package.created, package.identity
        ),
        facts=tuple(facts),
        counts=share_table(store.form_set, package.sharing, language),
        notices=(words("PRINT_ANNOUNCED", count=announced),) if announced else (),
        qr=package.identity,
    )


def write_cover(store: WorkspaceStore, done: ExportDone, directory: Path, language: str) -> Path:
    """Write the cover sheet of a package beside it and return its path."""
    printed = print_cover(store, language)
    path = directory / cover_name(done.package.name, language)
    atomic_write(path, printed.pdf)
    return path


def cover_name(package: str, language: str) -> str:
    """Return the file name of the cover sheet of a package."""
    return f"{package}-{wording.text('PRINT_COVER_FILE', language)}.pdf"


def write_key_card(
    store: WorkspaceStore | CatalogueStore,
    made: Enrolment,
    directory: Path,
    language: str,
    *,
    clock: Clock,
) -> Path:
    """Write the card by which both sides compare a key, and return its path.

    Args:
        store: A workspace; or a city's catalogue, for the key with which it hands up.
    """
    words, head = PrintWords(language), _card_head(store, language, clock)
    name = safe_file_name(f"{head.department}-{words('PRINT_CARD_FILE')}")
    path = directory / f"{name}.pdf"
    printed = print_key_card(store, made.fingerprint, made.request.name, language, clock=clock)
    atomic_write(path, printed.pdf)
    return path


def print_key_card(
    store: WorkspaceStore | CatalogueStore,
    fingerprint: str,
    request: str,
    language: str,
    *,
    clock: Clock,
) -> Printed:
    """Return the card by which both sides compare a key.

    Args:
        fingerprint: Of the public key, hex; blanks and case do not matter.
        request: Name of the file that asks for the certificate; empty when it is not known any more.
    """
    words = PrintWords(language)
    content = KeyCardContent(
        head=_card_head(store, language, clock),
        fingerprint="".join(fingerprint.split()).lower(),
        facts=(Pair(words("PRINT_REQUEST"), request),) if request else (),
    )
    return build_key_card(content, _language(language))


def _card_head(store: WorkspaceStore | CatalogueStore, language: str, clock: Clock) -> Head:
    words = PrintWords(language)
    workspace, catalogue = as_workspace(store), as_catalogue(store)
    at = clock.now().isoformat()
    if workspace is not None:
        return workspace_head(workspace, language, "PRINT_CARD_TITLE", at)
    assert catalogue is not None  # noqa: S101  # a store is one or the other
    facts = catalogue.facts()
    return Head(
        title=words("PRINT_CARD_TITLE"),
        issuer=store.form_set.campaign.title.get(language),
        department=facts.name,
        code=facts.upper_code,
        period=_period(store, words),
        as_of=moment(at),
        training=is_training(facts.census_id),
    )


def print_department(
    store: WorkspaceStore, language: str, *, clock: Clock, checked: CheckReport | None = None
) -> Printed:
    """Return the department's own catalogue: every record with every answer, and what the check says."""
    words = PrintWords(language)
    context = context_for(store, language)
    checked = checked or check_workspace(store, clock=clock)
    forms = [f for f in store.form_set.forms if not f.parent]
    counts = [Pair(f.label.get(language), str(store.count(ListQuery(form=f.id)))) for f in forms]
    items = [f for f in store.form_set.forms if f.parent]
    counts += [Pair(f.label.get(language), str(store.count(ListQuery(form=f.id)))) for f in items]
    content = DepartmentContent(
        head=workspace_head(store, language, "PRINT_DEPARTMENT_TITLE"),
        facts=(Pair(words("PRINT_FORM_SET"), store.form_set.label.get(language)),),
        counts=tuple(p for p in counts if p.value != "0"),
        overview=_overview(store, words),
        sections=tuple(s for f in forms for s in _section(store, f, context, words)),
        findings=_findings(checked, context, words),
    )
    return build_department(content, _language(language))


def print_clearing(kind: str, store: WorkspaceStore, language: str, *, clock: Clock) -> Printed:
    """Return a list of the clean-up: see `clearing_lists.LISTS`."""
    head = workspace_head(store, language, f"PRINT_LIST_{kind}")
    return print_list(kind, store, head, _language(language), clock=clock)


def _overview(store: WorkspaceStore, words: PrintWords) -> tuple[Block, ...]:
    table = _by_share_type(store, words)
    labels = tuple(str(row[0]) for row in table.rows)
    figures = tuple(Decimal(str(row[1])) for row in table.rows)
    chart = Chart(words("PRINT_SHARE_CHART"), labels, (Series(words("PRINT_RESOURCES"), figures),))
    return (table, chart) if any(figures) else (table,)


def _section(
    store: WorkspaceStore, form: Form, context: Context, words: PrintWords
) -> Iterator[Section]:
    if not store.count(ListQuery(form=form.id)):
        return
    children = {child.id: _children(store, child) for child in store.form_set.children_of(form.id)}
    entries: list[Entry] = []
    for record in store.stream_records(form.id):
        tables = tuple(
            _child_table(store.form_set.form(child), rows.get(record.id, []), context)
            for child, rows in children.items()
            if rows.get(record.id)
        )
        title = _shown(record.values.get(form.title), form.field_by_id(form.title), context)
        name = title if isinstance(title, str) else words("PRINT_UNNAMED")
        entries.append(Entry(name, _pairs(record, form, context), tables))
    yield Section(form.label.get(context.language), tuple(entries))


def _children(store: WorkspaceStore, form: Form) -> dict[RecordId, list[Record]]:
    found: dict[RecordId, list[Record]] = {}
    for record in store.stream_records(form.id):
        if record.parent is not None:
            found.setdefault(record.parent, []).append(record)
    return found


def _child_table(form: Form, records: list[Record], context: Context) -> Table:
    filled = {name for record in records for name in record.values}
    fields = [f for f in form.stored_fields if f.id in filled or f.id in form.list]
    columns = tuple(
        Column(_head_text(f, context), numeric=f.type in _NUMERIC, key=f.id == form.title)
        for f in fields
    )
    rows = tuple(tuple(_shown(r.values.get(f.id), f, context) for f in fields) for r in records)
    return Table(columns, rows, title=form.label.get(context.language))


def _pairs(record: Record, form: Form, context: Context) -> tuple[Pair, ...]:
    return tuple(
        Pair(_head_text(field, context), _shown(record.values[field.id], field, context))
        for field in form.stored_fields
        if field.id in record.values and field.id != form.title
    )


def _findings(checked: CheckReport, context: Context, words: PrintWords) -> tuple[Block, ...]:
    columns = (
        Column(words("PRINT_FINDING_RULE"), key=True),
        Column(words("PRINT_FINDING_KIND")),
        Column(words("PRINT_FINDING_COUNT"), numeric=True),
        Column(words("PRINT_FINDING_FIRST")),
    )
    rows = []
    for rule, findings in checked.by_rule():
        told = sentence(findings[0], context)
        severity = words(f"SEVERITY_{findings[0].severity.value}")
        first = f"{findings[0].title}: {told.what}" if findings[0].title else told.what
        rows.append((rule, severity, str(len(findings)), first))
    if not rows:
        return ()
    return (Table(columns, tuple(rows), title=words("PRINT_FINDINGS")),)


# -- both --------------------------------------------------------------------------------------------------------------

_NUMERIC: Final = frozenset({"integer", "decimal", "money"})


def _by_share_type(store: RecordReader, words: PrintWords) -> Table:
    form, field = store.form_set.by_role("share_type")
    rows = []
    for choice in store.form_set.choice_lists[field.choices].choices:
        number = store.count(ListQuery(form.id, equals={field.id: choice.code}))
        rows.append((choice.label(words.language), str(number)))
    total = store.count(ListQuery(form.id))
    given = sum(int(r[1]) for r in rows)
    if total > given:
        rows.append((words("PRINT_NOT_GIVEN"), str(total - given)))
    columns = (
        Column(field.label.get(words.language), key=True),
        Column(words("PRINT_RESOURCES"), numeric=True),
    )
    return Table(columns, tuple(rows), title=words("PRINT_BY_SHARE_TYPE"))


def _period(store: RecordReader, words: PrintWords) -> str:
    return words("PRINT_PERIOD", round=store.form_set.campaign.round)


def _head_text(field: Field, context: Context) -> str:
    label = field.label.get(context.language)
    unit = field.unit.get(context.language) if field.unit is not None else ""
    return (
        f"{label}（{unit}）"
        if unit and context.language == "zh"
        else f"{label} ({unit})"
        if unit
        else label
    )


def _shown(value: Value | None, field: Field, context: Context) -> PrintedValue:
    if value is None:
        return Blank.EMPTY
    if isinstance(value, Unknown):
        return Blank.UNKNOWN
    if isinstance(value, Unfit):
        return value.text
    return format_value(value, field, context) or Blank.EMPTY


def _language(language: str) -> Language:
    return "en" if language == "en" else "zh"
