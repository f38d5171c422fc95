"""Print: turn what a store holds into the plain content that `reports` lays out, and write the PDFs.

Every label comes from the form set and every field that is filled is printed, so a field added to a form appears on
paper without a change here. The time on paper is that of the data, so the same data gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal

from census_app.diagnostics import wording
from census_app.domain.approval import approved_before
from census_app.domain.training import is_training
from census_app.errors import UserError
from census_app.exchange.certificate_facts import read_certificate
from census_app.exchange.paper import short_groups
from census_app.formspec.types import Context
from census_app.reports.catalogue import build_catalogue
from census_app.reports.content import (
    Block,
    CatalogueContent,
    Chart,
    Column,
    CoverContent,
    Head,
    KeyCardContent,
    Pair,
    Printed,
    Section,
    Series,
    Table,
)
from census_app.reports.cover import build_cover
from census_app.reports.key_card import build_key_card
from census_app.reports.sections import sort_key
from census_app.services.checking import check_workspace
from census_app.services.clearing_lists import LISTS, print_list
from census_app.services.counting import count
from census_app.services.department_sheet import print_department
from census_app.services.enrolling import Enrolment
from census_app.services.exporting import ExportDone
from census_app.services.indicator_sheets import print_indicators, print_systems
from census_app.services.letter_sheet import print_letter
from census_app.services.letterhead import PrintWords, catalogue_head, moment, workspace_head
from census_app.services.lookup import context_for
from census_app.services.notifying import print_trust_notice
from census_app.services.ports import (
    CatalogueStore,
    Clock,
    ListQuery,
    RecordReader,
    RosterEntry,
    SentPackage,
    WorkspaceStore,
    as_catalogue,
    as_workspace,
)
from census_app.services.printed_records import NUMERIC, head_text, shown
from census_app.services.progress import Progress
from census_app.services.record_sheet import (
    own_record,
    print_own_record,
    print_received_record,
    received_record,
)
from census_app.services.sent_packages import newest_submission
from census_app.services.summarising import summarise
from census_app.services.summary_sheet import print_summary, share_table
from census_app.settings.files import atomic_write, safe_file_name

WORKSPACE_KINDS: Final = ("cover", "summary", "department", *LISTS)
CATALOGUE_KINDS: Final = ("catalogue", "indicators", *LISTS, "trust-notice")
RECORD, LETTER = "record", "letter"
"""Kinds that are about one record, of a file or a catalogue, and about one department of a catalogue."""
KINDS: Final = tuple(dict.fromkeys((*WORKSPACE_KINDS, *CATALOGUE_KINDS, RECORD, LETTER)))
Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class About:
    """What a report of one thing is about.

    Attributes:
        record: Name of a record, or the beginning of its id.
        department: Code of a department.
    """

    record: str = ""
    department: str = ""


EVERYTHING: Final = About()


def report(
    kind: str,
    store: WorkspaceStore | CatalogueStore,
    language: str,
    *,
    clock: Clock,
    about: About = EVERYTHING,
    progress: Progress | None = None,
) -> Printed:
    """Return one of the reports of `KINDS`.

    Raises:
        UserError: `REPORT_KIND`, the file is not of the right kind; `REPORT_NO_PACKAGE`; what `record_sheet` and
            `letter_sheet` raise.
        Cancelled: The person stopped it.
    """
    progress = progress or Progress()
    workspace, catalogue = as_workspace(store), as_catalogue(store)
    printed = None
    if workspace is not None:
        printed = _of_workspace(kind, workspace, language, about, progress, clock=clock)
    elif catalogue is not None:
        printed = _of_catalogue(kind, catalogue, language, about, progress, clock=clock)
    if printed is None:
        raise UserError(
            "REPORT_KIND",
            kind=kind,
            of_department="、".join((*WORKSPACE_KINDS, RECORD)),
            of_catalogue="、".join((*CATALOGUE_KINDS, RECORD, LETTER)),
        )
    return printed


def _of_workspace(
    kind: str,
    store: WorkspaceStore,
    language: str,
    about: About,
    progress: Progress,
    *,
    clock: Clock,
) -> Printed | None:
    if kind == RECORD:
        named = own_record(store, about.record)
        return print_own_record(store, named, _language(language), clock=clock)
    if kind == "cover":
        return print_cover(store, language)
    if kind == "summary":
        checked = check_workspace(store, clock=clock, progress=progress)
        return print_summary(store, summarise(store, checked, clock=clock), language)
    if kind == "department":
        return print_department(store, _language(language), clock=clock, progress=progress)
    return print_clearing(kind, store, language, clock=clock) if kind in LISTS else None


def _of_catalogue(
    kind: str,
    store: CatalogueStore,
    language: str,
    about: About,
    progress: Progress,
    *,
    clock: Clock,
) -> Printed | None:
    if kind == RECORD:
        owner = received_record(store, about.record, about.department)
        return print_received_record(
            store, owner, _language(language), clock=clock, progress=progress
        )
    if kind == LETTER:
        return print_letter(store, about.department, _language(language), clock=clock)
    if kind == "catalogue":
        return print_catalogue(store, language)
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


def print_clearing(kind: str, store: WorkspaceStore, language: str, *, clock: Clock) -> Printed:
    """Return a list of the clean-up: see `clearing_lists.LISTS`."""
    head = workspace_head(store, language, f"PRINT_LIST_{kind}")
    return print_list(kind, store, head, _language(language), clock=clock)


# -- coordinator's side ------------------------------------------------------------------------------------------------


def print_catalogue(store: CatalogueStore, language: str) -> Printed:
    """Return the catalogue summary: indicators, a chapter for each department, the packages behind it."""
    words = PrintWords(language)
    context = context_for(store, language)
    facts = store.facts()
    packages = store.packages()
    as_of = max((p.received_at for p in packages), default=facts.created_at)
    roster = store.roster()
    statistics = count(store, as_of[:10])
    columns = (
        Column(words("STAT_HEAD_NAME"), key=True),
        Column(words("STAT_HEAD_VALUE"), numeric=True),
        Column(words("STAT_HEAD_NOTE")),
    )
    rows = tuple((f.label(language), f.value, f.note(language)) for f in statistics.figures)
    head = catalogue_head(store, language, "PRINT_CATALOGUE_TITLE")
    content = CatalogueContent(
        head=head,
        facts=(Pair(words("PRINT_FORM_SET"), store.form_set.label.get(language)),),
        counts=tuple(Pair(f.label(language), f.value) for f in statistics.headline),
        indicators=(Table(columns, rows, title=words("PRINT_INDICATORS")),),
        charts=_department_chart(store, roster, words),
        departments=tuple(_department_section(store, entry, context, words) for entry in roster),
        packages=_package_table(store, words),
    )
    return build_catalogue(content, _language(language))


def _department_section(
    store: CatalogueStore, entry: RosterEntry, context: Context, words: PrintWords
) -> Section:
    sections = []
    for form in store.form_set.forms:
        query = ListQuery(form=form.id, department=entry.code)
        keys = store.keys(query)
        if form.parent or not len(keys):
            continue
        names = [form.title, *(n for n in form.list if n != form.title)]
        fields = [form.field_by_id(n) for n in names]
        columns = (
            Column("#", numeric=True),
            *(
                Column(head_text(f, context), numeric=f.type in NUMERIC, key=f.id == form.title)
                for f in fields
            ),
        )
        found = store.rows(form.id, list(keys), names)
        found.sort(key=lambda row: (sort_key(str(row.values.get(form.title, ""))), row.id))
        rows = tuple(
            (str(number), *(shown(row.values.get(f.id), f, context) for f in fields))
            for number, row in enumerate(found, 1)
        )
        sections.append(Section(form.label.get(context.language), (Table(columns, rows),)))
    blocks: tuple[Block, ...] = ()
    if not sections:
        blocks = (Table((Column(words("PRINT_STATE")),), ((words("PRINT_NOT_RECEIVED"),),)),)
    return Section(entry.name, blocks, tuple(sections))


def _department_chart(
    store: CatalogueStore, roster: list[RosterEntry], words: PrintWords
) -> tuple[Chart, ...]:
    form, field = store.form_set.by_role("share_type")
    choices = store.form_set.choice_lists[field.choices].choices
    series = tuple(
        Series(
            choice.label(words.language),
            tuple(
                Decimal(
                    store.count(
                        ListQuery(form.id, equals={field.id: choice.code}, department=e.code)
                    )
                )
                for e in roster
            ),
        )
        for choice in choices
    )
    if not roster:
        return ()
    labels = tuple(entry.name for entry in roster)
    return (Chart(words("PRINT_SHARE_CHART"), labels, series, stacked=True),)


def _package_table(store: CatalogueStore, words: PrintWords) -> Table:
    columns = (
        Column(words("PRINT_PACKAGE"), key=True),
        Column(words("PRINT_RECEIVED_AT")),
        Column(words("PRINT_STATE")),
        Column(words("PRINT_DIGEST")),
    )
    rows = tuple(
        (p.name, moment(p.received_at), words(f"STATE_{p.state}"), short_groups(p.identity, 16))
        for p in store.packages()
    )
    return Table(columns, rows, title=words("PRINT_PACKAGES"), empty=words("PRINT_NO_PACKAGES"))


# -- both --------------------------------------------------------------------------------------------------------------


def _period(store: RecordReader, words: PrintWords) -> str:
    return words("PRINT_PERIOD", round=store.form_set.campaign.round)


def _language(language: str) -> Language:
    return "en" if language == "en" else "zh"
