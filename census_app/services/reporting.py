"""Print: turn what a store holds into the plain content that `reports` lays out, and write the PDFs.

Every label comes from the form set and every field that is filled is printed, so a field added to a form appears on
paper without a change here. The time on paper is that of the data, so the same data gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from census_app.diagnostics import wording
from census_app.domain.approval import approved_before
from census_app.domain.training import is_training
from census_app.errors import UserError
from census_app.exchange.certificate_facts import read_certificate
from census_app.reports.content import (
    CoverContent,
    Head,
    KeyCardContent,
    Pair,
    Printed,
)
from census_app.reports.cover import build_cover
from census_app.reports.key_card import build_key_card
from census_app.services.catalogue_sheet import print_catalogue
from census_app.services.checking import check_workspace
from census_app.services.clearing_lists import LISTS, print_list
from census_app.services.department_sheet import print_department
from census_app.services.enrolling import Enrolment
from census_app.services.exporting import ExportDone
from census_app.services.indicator_sheets import print_indicators, print_systems
from census_app.services.letter_sheet import print_letter
from census_app.services.letterhead import PrintWords, moment, workspace_head
from census_app.services.notifying import print_trust_notice
from census_app.services.ports import (
    CatalogueStore,
    Clock,
    RecordReader,
    SentPackage,
    WorkspaceStore,
    as_catalogue,
    as_workspace,
)
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
    progress.raise_if_cancelled()
    if kind == RECORD:
        owner = received_record(store, about.record, about.department)
        return print_received_record(
            store, owner, _language(language), clock=clock, progress=progress
        )
    if kind == LETTER:
        return print_letter(store, about.department, _language(language), clock=clock)
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
        Pair(form.label.get(language), wording.grouped(package.counts.get(form.id, 0)))
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


# -- both --------------------------------------------------------------------------------------------------------------


def _period(store: RecordReader, words: PrintWords) -> str:
    return words("PRINT_PERIOD", round=store.form_set.campaign.round)


def _language(language: str) -> Language:
    return "en" if language == "en" else "zh"
