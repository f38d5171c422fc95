"""The one place where the catalogue window calls services: everything runs on the database thread.

Pages ask here and get answers in the window's thread; nothing else of the window knows a service or the store.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Protocol, TypeVar, cast

from PySide6.QtCore import QObject, QTimer, Signal

from census_app.domain.chain import Decision
from census_app.domain.corrections import Owner
from census_app.domain.records import Record
from census_app.errors import UserError
from census_app.exchange.bundle import stored_document
from census_app.exchange.certificate_facts import Role, read_certificate
from census_app.exchange.signers import Signer
from census_app.formspec.model import FormSet
from census_app.formspec.types import format_value
from census_app.reports.content import Printed
from census_app.services import arriving, enrolling, previewing, reporting
from census_app.services.applying import Desk
from census_app.services.arriving import Arrived
from census_app.services.correcting import corrected_titles
from census_app.services.counting import Statistics, count
from census_app.services.enrolling import Admitted, RequestShown
from census_app.services.expecting import Expected, expected_of
from census_app.services.forking import Fork, forks
from census_app.services.listing import owner_titles
from census_app.services.lookup import RecordNames, context_for
from census_app.services.ports import (
    CatalogueFacts,
    CatalogueStore,
    Clock,
    IssuedCertificate,
    ListQuery,
    ListRow,
    PackageFacts,
    RosterEntry,
)
from census_app.services.progress import Progress
from census_app.services.relocating import Copier
from census_app.services.settling import ContestedMatter, contested
from census_app.services.vanishing import vanished_records
from census_app.services.verifying import Verified
from census_app.ui.catalogue.far_store import FarStore
from census_app.ui.models.record_table import TableRow
from census_app.ui.shell.tasks import Failed, Task, TaskRunner

_LOG = logging.getLogger(__name__)
T = TypeVar("T")
Done = Callable[[T], None]
OWNER: Final = "\0owner"
"""Column id of the record a child record belongs to."""
FEW_RECORDS: Final = 20_000
"""Up to so many records everything is read in one go; of more, what takes long comes when the pages stand."""
REST_MS: Final = 400
"""How long nothing is asked before a full catalogue's digest is computed."""
DEPARTMENT: Final = "\0department"
"""Column id of a record's department, beside the field ids."""
DEPARTMENT_CODE: Final = "\0department_code"
WAITING: Final = frozenset({"pending", "fork", "quarantined", "form_unknown"})


class CatalogueServices(Copier, Protocol):
    """What the window needs from outside; `bootstrap.Services` gives it."""

    @property
    def clock(self) -> Clock:
        """The time."""

    @property
    def actor(self) -> str:
        """Name of the person."""

    @property
    def software(self) -> str:
        """Version of the program."""

    def keys_dir(self) -> Path:
        """Return the folder for private keys."""


@dataclass(frozen=True, slots=True)
class CatalogueState:
    """What all pages show, read in one go.

    Attributes:
        letters: Packages that are no submissions, written here or received.
        decisions: The ledger, by id.
        forks: Decided ones as well.
        facts: Its digest is empty until it is known: see `CatalogueSession.refined`.
        statistics: None until they are counted.
        counts: Form id → number of records.
        revoked: Serial numbers, in hex, of the certificates that the bundle in force revokes.
        expected: Whom the campaign expects, by code.
        mark: The store's change mark just before everything was read.
        titles: Record → its name, of those that corrections in the ledger are about.
        vanished: Records that departments no longer hand in and have not deleted.
    """

    facts: CatalogueFacts
    roster: tuple[RosterEntry, ...]
    packages: tuple[PackageFacts, ...]
    letters: tuple[PackageFacts, ...]
    decisions: tuple[Decision, ...]
    forks: tuple[Fork, ...]
    contested: tuple[ContestedMatter, ...]
    certificates: tuple[IssuedCertificate, ...]
    statistics: Statistics | None
    counts: Mapping[str, int]
    revoked: frozenset[str] = frozenset()
    expected: tuple[Expected, ...] = ()
    mark: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    vanished: int = 0

    def entry(self, department: str) -> RosterEntry | None:
        """Return a department of the roster."""
        return next((e for e in self.roster if e.code == department), None)

    def name_of(self, department: str) -> str:
        """Return a department's name, or its code when it has none."""
        entry = self.entry(department)
        return entry.name if entry is not None else department

    def packages_of(self, department: str) -> list[PackageFacts]:
        """Return a department's packages, the newest number first."""
        found = [p for p in self.packages if p.department == department]
        return sorted(found, key=lambda p: (p.sequence, p.identity), reverse=True)

    def head(self, department: str) -> PackageFacts | None:
        """Return the package a department's records stand for: the newest that is merged."""
        merged = [p for p in self.packages_of(department) if p.state == "merged"]
        return merged[0] if merged else None

    @property
    def received(self) -> int:
        """Departments of which at least one package is merged."""
        return sum(entry.head_sequence > 0 for entry in self.roster)

    @property
    def waiting(self) -> int:
        """Packages that are kept and wait for somebody or something."""
        return sum(package.state in WAITING for package in self.packages)

    @property
    def held(self) -> list[PackageFacts]:
        """Packages whose signer's key nobody has confirmed."""
        return [package for package in self.packages if package.state == "quarantined"]

    @property
    def open_forks(self) -> list[Fork]:
        """Forks that wait for a person."""
        return [fork for fork in self.forks if not fork.chosen]

    def package(self, identity: str) -> PackageFacts | None:
        """Return a submission or another package by its identity."""
        kept = (p for group in (self.packages, self.letters) for p in group)
        return next((p for p in kept if p.identity == identity), None)


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """A department's certificate, for people; times are UTC."""

    fingerprint: str
    issued_at: str
    not_after: str
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Enrolling:
    """What a certificate is issued with.

    Attributes:
        fingerprint: As it was heard or read; not needed for a request that the old key signed.
        units: Code → name of bodies the department reports for beside itself.
    """

    request: Path
    fingerprint: str
    root: Path
    passphrase: str
    answers: Path
    role: Role = Role.DEPARTMENT
    units: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A certificate that was issued, and the file that goes back."""

    admitted: Admitted
    answer: Path


@dataclass(frozen=True, slots=True)
class RecordPage:
    """One record with everything its page shows, in words.

    Attributes:
        department: Code of the department it belongs to.
        texts: Field id → text.
        children: Child form id → rows in order.
    """

    form: str
    department: str
    record: Record
    texts: Mapping[str, str]
    children: Mapping[str, Sequence[TableRow]]


class CatalogueSession(QObject):
    """One open catalogue.

    Signals:
        loaded: `CatalogueState`, after the start and after every change.
        refined: The same state with what takes long in a full catalogue: the statistics, then the digest.
    """

    loaded = Signal(object)
    refined = Signal(object)

    def __init__(
        self,
        store: CatalogueStore,
        services: CatalogueServices,
        runner: TaskRunner,
        language: str,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.store = store
        self.clock = services.clock
        self.services = services
        self.runner = runner
        self.language = language
        self.form_set: FormSet = store.form_set
        self.state: CatalogueState | None = None
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._refine)
        self._names = RecordNames(store)
        self.context = context_for(store, language, self._names)

    @property
    def seen(self) -> frozenset[str]:
        """Ids of the decisions that the pages show at the moment."""
        decisions = self.state.decisions if self.state is not None else ()
        return frozenset(decision.id for decision in decisions)

    def ask(
        self,
        work: Callable[[CatalogueStore, Progress], T],
        owner: QObject,
        done: Callable[[T], None] | None = None,
        failed: Failed | None = None,
        title: str = "",
    ) -> Task:
        """Run a use case on the database thread."""
        store = self.store
        return self.runner.on_database(
            lambda progress: work(store, progress), owner, done, failed, title
        )

    def change(
        self,
        work: Callable[[CatalogueStore, Progress], T],
        owner: QObject,
        done: Done[T] | None,
        failed: Failed | None,
        title: str = "",
    ) -> Task:
        """Run what changes the catalogue, then read again what all pages show, also when half of it failed.

        The task fails with `CATALOGUE_READ_ONLY` where this person may only read.
        """

        def allowed(store: CatalogueStore, progress: Progress) -> T:
            if not store.writable:
                raise UserError("CATALOGUE_READ_ONLY", path=str(store.path))
            return work(store, progress)

        task = self.ask(allowed, owner, done, failed, title)
        task.ended.connect(self._on_changed)
        return task

    def close(self) -> None:
        """Close the catalogue on the thread that used it."""
        self._rest.stop()
        self.runner.wait_for_database()
        self.runner.on_database(
            lambda _p: self.store.snapshot_if_due("daily"), self, failed=_log_failure
        )
        self.runner.on_database(lambda _p: self.store.close(), self)
        self.runner.wait_for_database()

    # -- reading ---------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read anew what all pages show."""
        self._rest.stop()
        self.ask(self._read_state, self, self._on_state)

    def _read_state(self, store: CatalogueStore, _progress: Progress) -> CatalogueState:
        self._names.forget()
        mark = store.change_mark()
        roster = tuple(store.roster(counted=True))
        counts = dict.fromkeys((form.id for form in store.form_set.forms), 0)
        for entry in roster:
            for form, number in entry.counts.items():
                counts[form] = counts.get(form, 0) + number
        facts, statistics = store.facts(), None
        if sum(counts.values()) <= FEW_RECORDS:
            statistics = self._counted(store)
            if not store.shared:
                facts = replace(facts, digest=store.known_digest())
        decisions = tuple(store.decisions())
        return CatalogueState(
            mark=mark,
            expected=tuple(expected_of(decisions)),
            facts=facts,
            roster=roster,
            packages=tuple(store.packages()),
            letters=tuple(store.letters()),
            decisions=decisions,
            forks=tuple(forks(store, decided=True)),
            contested=tuple(contested(store)),
            certificates=tuple(store.certificates()),
            statistics=statistics,
            counts=counts,
            revoked=_revoked(store),
            titles=corrected_titles(store, decisions),
            vanished=len(vanished_records(store)),
            labels={
                f"{form.id}:{each.id}": each.label.get(self.language)
                for form in store.form_set.forms
                for each in form.stored_fields
            },
        )

    def _counted(self, store: CatalogueStore) -> Statistics:
        return count(store, self.clock.now().date().isoformat())

    def _on_state(self, state: CatalogueState) -> None:
        self.state = state
        self.loaded.emit(state)
        if state.statistics is None or not state.facts.digest:
            self._rest.start()

    def _refine(self) -> None:
        """Read what takes long: the statistics, then the digest, each when nothing else is asked for."""
        state = self.state
        if state is None:
            return
        if self.runner.busy:
            self._rest.start()
        elif state.statistics is None:
            self.ask(
                lambda store, _p: self._counted(store),
                self,
                lambda counted: self._on_refined(state, replace(state, statistics=counted)),
            )
        elif not state.facts.digest:
            self.ask(
                _digest_without_waiting,
                self,
                lambda digest: self._on_refined(
                    state, replace(state, facts=replace(state.facts, digest=digest))
                ),
            )

    def _on_refined(self, before: CatalogueState, state: CatalogueState) -> None:
        if self.state is before:  # the catalogue has not been read again meanwhile
            self.state = state
            self.refined.emit(state)
            self._rest.start()

    def record_at(
        self, form: str, key: int, owner: QObject, done: Callable[[RecordPage | None], None]
    ) -> None:
        """Read the record of a row key with its children; for a child record, the one it belongs to."""
        above = self.form_set.form(form).parent

        def work(store: CatalogueStore, _progress: Progress) -> RecordPage | None:
            rows = store.rows(form, [key], [])
            if rows and above:
                wanted = frozenset({rows[0].parent})
                query = ListQuery(form=above, ids=wanted, department=rows[0].department)
                rows = store.rows(above, store.keys(query), [])
            return self._record(store, above or form, rows[0]) if rows else None

        self.ask(work, owner, done)

    def record_of(
        self, record: Owner, owner: QObject, done: Callable[[RecordPage | None], None]
    ) -> None:
        """Read a record of a department by its id, which another may hold too; for a child, the one it belongs to."""

        def work(store: CatalogueStore, _progress: Progress) -> RecordPage | None:
            def rows_of(form: str, wanted: str) -> list[ListRow]:
                query = ListQuery(form=form, ids=frozenset({wanted}), department=record.department)
                return store.rows(form, store.keys(query), [])

            above, rows = record.form, rows_of(record.form, record.record)
            parent = store.form_set.form(above).parent
            if parent and rows and rows[0].parent:
                above, rows = parent, rows_of(parent, rows[0].parent)
            return self._record(store, above, rows[0]) if rows else None

        self.ask(work, owner, done)

    def keys_of(self, department: str) -> list[KeyFacts]:
        """Return a department's certificates, the newest first."""
        if self.state is None:
            return []
        certificates, revoked = self.state.certificates, self.state.revoked
        found = []
        for each in certificates:
            if each.department == department:
                facts = read_certificate(each.certificate_pem.encode("ascii"))
                until = facts.not_after.isoformat()
                gone = f"{facts.serial:x}" in revoked
                found.append(KeyFacts(each.fingerprint, each.issued_at, until, gone))
        return found[::-1]

    # -- receiving and enrolling -----------------------------------------------------------------------------------

    def receive(
        self, path: Path, owner: QObject, done: Callable[[Arrived], None], failed: Failed
    ) -> Task:
        """Receive one file."""
        services = self.services
        keys = services.keys_dir()

        def work(store: CatalogueStore, progress: Progress) -> Arrived:
            desk = Desk(keys=keys, clock=services.clock, actor=services.actor,
                        software=services.software, progress=progress)  # fmt: skip
            return arriving.arrive(store, path, desk)

        return self.ask(work, owner, done, failed)

    def verify_stored(
        self, package: PackageFacts, owner: QObject, done: Callable[[Verified], None], title: str
    ) -> None:
        """Verify a stored package again, from the bytes that were received."""
        clock = self.clock
        self.ask(
            lambda store, _p: previewing.verify_again(store, package, clock=clock),
            owner,
            done,
            title=title,
        )

    def read_request(
        self, path: Path, owner: QObject, done: Callable[[RequestShown], None], failed: Failed
    ) -> None:
        """Read a request for a certificate; the catalogue knows which keys are enrolled already."""
        clock = self.clock
        self.ask(
            lambda store, _p: enrolling.read_enrolment(path, clock=clock, catalogue=store),
            owner,
            done,
            failed,
        )

    def enrol(
        self,
        wanted: Enrolling,
        owner: QObject,
        done: Callable[[Enrolled], None],
        failed: Failed,
        title: str,
    ) -> None:
        """Issue a certificate and write the applicant's answer file into a folder."""
        clock, actor = self.clock, self.services.actor

        def work(store: CatalogueStore, _progress: Progress) -> Enrolled:
            admitted = enrolling.admit_request(
                store, wanted.request, wanted.root, wanted.passphrase, clock=clock,
                fingerprint=wanted.fingerprint, role=wanted.role, units=wanted.units, actor=actor,
            )  # fmt: skip
            answer = enrolling.write_answer(admitted.issued, store.roots(), wanted.answers)
            return Enrolled(admitted, answer)

        self.change(work, owner, done, failed, title)

    # -- printing --------------------------------------------------------------------------------------------------

    def report(
        self,
        kind: str,
        language: str,
        owner: QObject,
        done: Callable[[Printed], None],
        failed: Failed | None = None,
    ) -> Task:
        """Make one of the printed documents; only what is read occupies the database thread.

        When something was changed meanwhile it is made once more, since the parts of a document must agree.
        """
        clock, store, runner = self.clock, self.store, self.runner

        def work(progress: Progress) -> Printed:
            far = cast("CatalogueStore", FarStore(store, runner, progress))
            before = far.change_mark()
            printed = reporting.report(kind, far, language, clock=clock, progress=progress)
            if far.change_mark() != before:
                printed = reporting.report(kind, far, language, clock=clock, progress=progress)
            return printed

        return runner.on_reading(work, owner, done, failed)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _on_changed(self, _task: Task) -> None:
        self.refresh()

    def rows_of(
        self, store: CatalogueStore, form_id: str, keys: Sequence[int], columns: Sequence[str]
    ) -> list[TableRow]:
        """Return rows in words, each with its department; for use on the database thread."""
        form = store.form_set.form(form_id)
        fields = [form.field_by_id(c) for c in columns]
        found = []
        rows = store.rows(form_id, keys, columns)
        owners = owner_titles(store, form, rows)
        for row in rows:
            context = self.context.beside(row.values)
            texts = {f.id: format_value(row.values.get(f.id), f, context) for f in fields}
            texts[DEPARTMENT_CODE] = row.department
            texts[OWNER] = owners.get((row.department, row.parent), "")
            if self.state is not None:
                texts[DEPARTMENT] = self.state.name_of(row.department)
            found.append(
                TableRow(
                    row.key, row.id, texts, children=row.child_count, department=row.department
                )
            )
        return found

    def _record(self, store: CatalogueStore, form_id: str, row: ListRow) -> RecordPage | None:
        # Two departments may use one id: a copied file, a record handed over.
        records = store.department_records(form_id, row.department, [row.id])
        found = records.get(row.id)
        if found is None:
            return None
        context = self.context.beside(found.values)
        form = store.form_set.form(form_id)
        texts = {f.id: format_value(found.values.get(f.id), f, context) for f in form.stored_fields}
        children = {}
        for child in store.form_set.children_of(form_id):
            query = ListQuery(form=child.id, parent=row.id, department=row.department)
            keys = store.keys(query)
            children[child.id] = self.rows_of(store, child.id, keys, child.list)
        return RecordPage(form_id, row.department, found, texts, children)


def _digest_without_waiting(store: CatalogueStore, _progress: Progress) -> str:
    """Return the digest; on a server without keeping it, which would wait for colleagues who write."""
    return store.digest() if store.shared else store.known_digest()


def unlocked_signer(store: CatalogueStore, keys: Path, passphrase: str) -> Signer:
    """Return the signer of the catalogue's daily key, unlocked.

    Raises:
        UserError: `NOT_COORDINATOR`, `KEY_MISSING`, `PASSPHRASE_WRONG`.
    """
    signer = enrolling.coordinator_signer_of(store, keys)
    signer.unlock(passphrase)
    return signer


def _revoked(store: CatalogueStore) -> frozenset[str]:
    bundle = store.bundle()
    document = stored_document(bundle.trust_json) if bundle is not None else None
    return (
        frozenset(each.serial for each in document.revoked) if document is not None else frozenset()
    )


def _log_failure(error: Exception) -> None:
    """A snapshot that does not fit the disk is no reason to hold the person up who leaves."""
    _LOG.warning("no daily snapshot: %s", getattr(error, "code", type(error).__name__))
