"""What the use cases need from outside, as protocols; `storage` satisfies them, `bootstrap` brings both together.

All calls are made from one thread per store. Values cross as plain dataclasses; no ORM object, no cursor.
"""

from __future__ import annotations

import datetime as dt
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from census_app.domain.addresses import ServerAddress, Target
from census_app.domain.approval import ReviewAct
from census_app.domain.chain import Decision
from census_app.domain.changes import Insert, JournalEntry, Step, StepDone, UndoState
from census_app.domain.history import HistoryQuery, HistoryRow, RemovedRecord
from census_app.domain.holdings import (
    Announced,
    BaseLine,
    CarriedOver,
    CatalogueFacts,
    ConflictEntry,
    Delta,
    Explanation,
    IssuedCertificate,
    LastRound,
    ListQuery,
    ListRow,
    MergeDone,
    PackageFacts,
    PackageState,
    RosterEntry,
    SentPackage,
    StoredBundle,
    Tombstone,
    TouchedRecord,
    Unit,
    UpgradeDone,
    UpperLink,
    WorkspaceFacts,
)
from census_app.domain.merging import Key
from census_app.domain.records import Record, RecordId
from census_app.domain.review import Answer, Query, Verdict
from census_app.formspec.model import FormSet
from census_app.formspec.upgrade import UpgradePlan
from census_app.services.discovery_ports import SchemaReader, SightingStore
from census_app.services.projection_ports import ProjectionReader

if TYPE_CHECKING:
    import sqlite3

    from census_app.services.file_ports import FileKeeping, Vault

__all__ = [
    "Announced",
    "BaseLine",
    "CarriedOver",
    "CatalogueFacts",
    "CatalogueStore",
    "Clock",
    "ConflictEntry",
    "Delta",
    "Explanation",
    "FormSets",
    "IssuedCertificate",
    "LastRound",
    "ListQuery",
    "ListRow",
    "MergeDone",
    "PackageFacts",
    "PackageScratch",
    "PackageState",
    "RecordReader",
    "RosterEntry",
    "SentPackage",
    "StoredBundle",
    "Tombstone",
    "TouchedRecord",
    "TrustStore",
    "Unit",
    "UpgradeDone",
    "UpperLink",
    "Workshop",
    "WorkspaceFacts",
    "WorkspaceStore",
    "as_catalogue",
    "as_workspace",
]


class Clock(Protocol):
    """The time, so that tests can hold it."""

    def now(self) -> dt.datetime:
        """Return the present moment, in UTC."""


class RecordReader(Protocol):
    """Reading records; a workspace and a catalogue both offer it."""

    @property
    def form_set(self) -> FormSet:
        """The form set the file was made with."""

    def count(self, query: ListQuery) -> int:
        """Return how many records the query finds."""

    def keys(self, query: ListQuery, limit: int = 0) -> array[int]:
        """Return the row keys the query finds, in order; with a limit only the first."""

    def tally(self, query: ListQuery, field: str) -> list[tuple[str, int]]:
        """Return the answers of a field among what a query finds without its filter on the field, with their numbers.

        Most frequent first, codes and ids as texts, `0` and `1` for no and yes; then `EMPTY`, `UNKNOWN`, `UNFIT`.
        """

    def found_inside(
        self, form: str, parents: Sequence[str], word: str
    ) -> dict[RecordId, tuple[int, str]]:
        """Return, by the id of the parent, how many records of a child form hold a word, and the first one's title."""

    def rows(self, form: str, keys: Sequence[int], columns: Sequence[str]) -> list[ListRow]:
        """Return rows for some keys, in the order of `keys`, with the values of `columns`."""

    def record(self, form: str, record: RecordId) -> Record | None:
        """Return one record with all its values, or None."""

    def stream_records(self, form: str, department: str = "") -> Iterator[Record]:
        """Yield all records of a form; children in (parent, position) order, others in the order they were made."""

    def titles(self, form: str) -> dict[str, str]:
        """Return id → title text of every record of a form that has one."""


class FormSets(Protocol):
    """A form set, and the files of those that were delivered; workspaces and catalogues both have them."""

    @property
    def form_set(self) -> FormSet:
        """The form set the file was made with, or was brought to."""

    def form_files(self, version: str) -> dict[str, bytes]:
        """Return the files of a delivered form set by path; empty when it was not delivered."""


class TrustStore(FormSets, Protocol):
    """Whom a file believes, and the form sets it was given; workspaces and catalogues both have it."""

    def roots(self) -> str:
        """Return the pinned root certificates as PEM, or the empty text."""

    def bundle(self) -> StoredBundle | None:
        """Return the trust bundle in force."""

    def store_bundle(self, bundle: StoredBundle, roots_pem: str) -> None:
        """Keep a trust bundle and pin its roots; what a catalogue no longer admits leaves its projection."""

    def store_form_files(self, version: str, files: Mapping[str, bytes]) -> None:
        """Keep the files of a form set."""

    def replace_forms(self, form_set: FormSet, files: Mapping[str, bytes]) -> None:
        """Use a form set that asks the same in other words; no record is touched."""


class WorkspaceStore(RecordReader, TrustStore, SightingStore, Protocol):
    """A department's file. Every write is one transaction that is durable when the call returns."""

    @property
    def path(self) -> Path:
        """Where the file is."""

    @property
    def keeping(self) -> FileKeeping:
        """The file as a whole: snapshots, copies, removing a value."""

    def facts(self) -> WorkspaceFacts:
        """Return what the workspace says of itself."""

    def records(self, form: str, ids: Iterable[RecordId]) -> dict[RecordId, Record]:
        """Return records by id, read in bulk; ids that are not here are left out."""

    def ids(self, form: str, keys: Sequence[int]) -> list[RecordId]:
        """Return the ids of row keys, in their order; keys that are gone are left out."""

    def places(self, form: str, parent: RecordId) -> list[tuple[RecordId, int]]:
        """Return the children of a record with their positions, in order."""

    def write(self, step: Step) -> StepDone:
        """Write a step with its journal entries in one transaction; operations that change nothing are left out."""

    def undo_state(self) -> UndoState:
        """Return what can be undone and redone."""

    def undo(self, actor: str, at: str) -> StepDone | None:
        """Append the step that compensates the newest step in force; None when there is none."""

    def redo(self, actor: str, at: str) -> StepDone | None:
        """Append the step that brings the last undone step back; None when there is none."""

    def journal(
        self, form: str = "", record: str = "", field: str = "", limit: int = 200
    ) -> list[JournalEntry]:
        """Return history lines, newest first."""

    def history_keys(self, query: HistoryQuery) -> array[int]:
        """Return the keys of the journal lines that are wanted, newest first."""

    def history_rows(self, keys: Sequence[int]) -> list[HistoryRow]:
        """Return journal lines with the names of their records, in the order of `keys`."""

    def history_people(self) -> list[str]:
        """Return who has done anything here, by name."""

    def history_hours(self) -> list[str]:
        """Return the hours in which anything was done, UTC, as `YYYY-MM-DDThh`."""

    def removed_records(self) -> list[RemovedRecord]:
        """Return the deleted records, the last one first; what went with its owner is counted there."""

    def removed_as_it_was(self, record: RecordId) -> list[Insert]:
        """Return what brings a deleted record and the children that went with it back: owner first.

        Raises:
            UserError: `RESTORE_NOTHING`, it is not deleted.
        """

    def understood(self, form: str, record: RecordId) -> dict[str, str]:
        """Return field → text as given, for values that were understood from another spelling."""

    def explain(self, explanations: Sequence[Explanation]) -> None:
        """Store reasons for warnings (journalled)."""

    def explanations(self) -> list[Explanation]:
        """Return all stored reasons; whether one is in force is decided by its hash."""

    def rule_copy(self) -> AbstractContextManager[sqlite3.Connection]:
        """Copy the file into a private database (memory, or an anonymous file above 200 MB) for the rules.

        The connection may be used on another thread. Its tables are those of `formspec.schema`, plus
        `unfit(form, record_id, field, text)`.
        """

    def upgrade_forms(
        self, plan: UpgradePlan, files: Mapping[str, bytes], actor: str, at: str
    ) -> UpgradeDone:
        """Bring all records to a newer form set, after a verified snapshot, in one transaction."""

    def snapshot(self, reason: str) -> Path:
        """Write a verified snapshot and return its path."""

    def snapshot_if_changed(self, reason: str) -> Path | None:
        """Write a verified snapshot unless the newest one holds the same; return its path."""

    def register_sent(
        self,
        package: SentPackage,
        handed_in: Iterable[tuple[str, str]],
        act: ReviewAct | None = None,
    ) -> None:
        """Remember a package, which records, as (form, id), it carried, and the act of handing it in."""

    def note_act(self, act: ReviewAct) -> None:
        """Write an act of the review within the department into the journal; nothing takes it back."""

    def acts(self) -> list[ReviewAct]:
        """Return the acts of the review within the department, the oldest first."""

    def content_digest(self) -> str:
        """Return one digest, 64 hex, over all records, reasons for warnings and answers to queries."""

    def touched_since(self, step: int = 0, at: str = "") -> list[TouchedRecord]:
        """Return the top-level records that differ from what they were after a step, or at a moment in UTC."""

    def never_handed_in(self) -> list[TouchedRecord]:
        """Return the top-level records no package has put, form by form."""

    def owners(self, form: str, records: Iterable[str]) -> dict[str, RecordId]:
        """Return child record → the record that owns it, for those that are there."""

    def packages(self) -> list[SentPackage]:
        """Return the correspondence, oldest first."""

    def take_letter(
        self, letter: SentPackage, queries: Iterable[Query], verdicts: Iterable[Verdict]
    ) -> None:
        """Keep a review or receipt with all it says, in one transaction; `verdict.explanation` is filled in here.

        A query whose text changed was asked again: its answer becomes void. A closed query that was never open here is
        left out. A verdict whose decision is known already changes nothing.
        """

    def queries(self) -> list[Query]:
        """Return what coordinators asked, as their newest review says it, in the order of arrival."""

    def answers(self) -> list[Answer]:
        """Return the stored answers, by query."""

    def void_answer(self, query: str) -> Answer | None:
        """Return the answer after which a query was asked again, until there is another."""

    def store_answer(self, answer: Answer) -> None:
        """Keep the answer to a query in the place of an earlier one."""

    def withdraw_answer(self, query: str) -> None:
        """Forget the answer to a query."""

    def verdicts(self) -> list[Verdict]:
        """Return what coordinators said of explained warnings."""

    def tombstones(self) -> list[Tombstone]:
        """Return the records of earlier packages that are gone, ascending by (form, id)."""

    def handed_in(self) -> set[tuple[str, str]]:
        """Return (form, id) of every record an earlier package put."""

    def carry_over(self, step: Step, over: CarriedOver) -> None:
        """Fill a new workspace with the last round, in one transaction that no undo takes back."""

    def last_round(self) -> LastRound | None:
        """Return what the workspace was begun from; None for one that began empty."""

    def deltas(self) -> list[Delta]:
        """Return how every top-level record stands against the last round, by form."""

    def confirm(self, form: str, records: Sequence[RecordId], mark: str, step: Step) -> StepDone:
        """Store `unchanged` or `changing` for records, or nothing with an empty mark, as one undoable step."""

    def take_contribution(
        self,
        step: Step,
        package: SentPackage,
        lines: Iterable[BaseLine],
        conflicts: Sequence[ConflictEntry],
        explanations: Sequence[Explanation] = (),
    ) -> StepDone:
        """Take a contribution over in one transaction: the step, the package, its lines, conflicts and reasons.

        The step's params name the package as `identity`, so that an undo takes the whole back.
        """

    def register_contribution(self, package: SentPackage, lines: Iterable[BaseLine]) -> None:
        """Remember a contribution that was sent, and what it says."""

    def contribution_lines(self, peer: str, direction: str, sequence: int) -> dict[Key, str]:
        """Return the lines of a contribution, `sent` to a peer or `received` from it, by record."""

    def undone_contributions(self) -> frozenset[str]:
        """Return the identities of contributions whose merge an undo has taken back."""

    def conflicts(self) -> list[ConflictEntry]:
        """Return the undecided conflicts of the merges in force, by form, record and field."""

    def decided_conflicts(self) -> list[ConflictEntry]:
        """Return the decided conflicts of the merges in force, the newest decision first."""

    def decide_conflict(self, step: Step, entry: ConflictEntry, new: str) -> StepDone:
        """Keep a decision and write what follows from it, as one step; `new` is the chosen value as JSON text."""

    def certificate(self) -> str:
        """Return the department's certificate as PEM, or the empty text before enrolment is answered."""

    def store_certificate(self, certificate_pem: str, roots_pem: str) -> None:
        """Keep what the coordinator issued."""

    def candidate(self) -> str:
        """Return the self-signed certificate that signs until the issued one arrives, or the empty text."""

    def store_candidate(self, certificate_pem: str) -> None:
        """Keep the certificate of a key that was just made."""

    def close(self) -> None:
        """Close the file and release its lock."""


class PackageScratch(Protocol):
    """A private database filled from one package's lines, for checking before the merge."""

    def load(self, lines: Iterable[Mapping[str, object]]) -> None:
        """Insert the records of decoded `records.ndjson` lines (`put`, `pending`, `delete`)."""

    def note_unfit(self, texts: Iterable[tuple[str, str, str, str]]) -> None:
        """Note answers of an older form set that no longer fit, as (form, record, field, text), for the rules."""

    def rule_connection(self) -> sqlite3.Connection:
        """Return the connection the rules run on, with the tables of `rule_copy`."""

    def keep_file(self, chunks: Iterable[bytes]) -> None:
        """Keep the bytes of the package beside its records."""

    def file(self) -> Iterator[bytes]:
        """Yield the bytes of the package, as they were kept."""

    def hand_over(self) -> Path:
        """Close it without discarding, and return the file another process adopts."""

    def close(self) -> None:
        """Discard the scratch database."""


class CatalogueStore(RecordReader, ProjectionReader, TrustStore, Protocol):
    """The coordinator's catalogue: packages whole, and what is projected from them."""

    @property
    def path(self) -> Path:
        """Where the file is; of a catalogue on a server what errors call it, which is no file."""

    @property
    def writable(self) -> bool:
        """Whether this person may change anything: a file always, on a server by the role."""

    @property
    def shared(self) -> bool:
        """Whether others may change the catalogue while it is open here."""

    def change_mark(self) -> str:
        """Return a text that differs after others have changed anything; cheap."""

    def facts(self) -> CatalogueFacts:
        """Return what the catalogue says of itself; its digest as last computed, empty after a change."""

    def known_digest(self) -> str:
        """Return the catalogue's digest, computed only when something has changed since the last time."""

    def department_codes(self) -> frozenset[str]:
        """Return the codes on the roster, without counting anything."""

    def head_sequence(self, department: str) -> int:
        """Return the number of the newest package in the form tables, 0 for none."""

    def roster(self, *, counted: bool = False) -> list[RosterEntry]:
        """Return the departments, by code; `head_sequence` is the newest package in the form tables.

        Args:
            counted: Say too how many records of each form there are, which looks at every row; else `counts` is empty.
        """

    def issue(self, certificate: IssuedCertificate) -> None:
        """Add or renew a department with its certificate."""

    def reissue(self, certificate: IssuedCertificate) -> None:
        """Put the new certificate of a key in the place of the one it had."""

    def certificates(self) -> list[IssuedCertificate]:
        """Return issued certificates."""

    def append_package(
        self, facts: PackageFacts, chunks: Iterable[bytes], decisions: Iterable[Decision] = ()
    ) -> bool:
        """Keep a verified package whole, of a ledger with what it decides; False when it is already there."""

    def settle_hold(self, identity: str, *, held: str, errors: int = 0, warnings: int = 0) -> None:
        """Say anew what holds a package back, empty for nothing, and what the rules found in it."""

    def package_bytes(self, identity: str) -> Iterator[bytes]:
        """Yield a stored package's bytes, in chunks of at most 1 MiB."""

    def packages(self, department: str = "") -> list[PackageFacts]:
        """Return received submissions with their derived state, by (department, sequence, identity)."""

    def letters(
        self, *, type_: str = "", department: str = "", sender: str = ""
    ) -> list[PackageFacts]:
        """Return all other packages: reviews, receipts, ledgers, bundles, roll-ups; by (type, department, sequence).

        A ledger that a cut point keeps out is `revoked`, or `pending` while that is unknown; else it is `merged`.
        """

    def append_decision(self, decision: Decision, source: str = "") -> bool:
        """Add a decision to the ledger; False when it is already there. `source`: the ledger package it came with."""

    def append_decisions(self, decisions: Iterable[Decision], source: str = "") -> int:
        """Add decisions in one transaction and return how many were new."""

    def restate_decisions(
        self, refused: Iterable[str], standing: Iterable[tuple[str, Decision]]
    ) -> bool:
        """Take away what only refused ledgers said and add what standing ones say; True when something has changed."""

    def decisions(self) -> list[Decision]:
        """Return the ledger, by id."""

    def coordinator_certificate(self) -> str:
        """Return the certificate of the daily key as PEM, or the empty text."""

    def store_coordinator(self, code: str, name: str, certificate_pem: str) -> None:
        """Keep who signs here."""

    def upper(self) -> UpperLink:
        """Return how this catalogue is enrolled with the tier above."""

    def store_upper(self, upper: UpperLink) -> None:
        """Keep how this catalogue is enrolled with the tier above."""

    def units(self, department: str = "") -> list[Unit]:
        """Return the bodies that departments report for beside themselves, by (department, code)."""

    def store_units(self, units: Iterable[Unit]) -> None:
        """Add units, or give known ones another name."""

    def scratch(self) -> PackageScratch:
        """Make a scratch database with the catalogue's form tables."""

    def holding(self, department: str) -> AbstractContextManager[None]:
        """Let nobody else write about a department, or a matter of the ledger, until the block ends; may be nested."""

    def adopt_scratch(self, path: Path) -> PackageScratch:
        """Take over a scratch database that another process handed over; it was made with the same form set."""

    def merge(self, facts: PackageFacts, scratch: PackageScratch) -> MergeDone:
        """Bring the department's records to the state of this package, in one transaction."""

    def adopt_forms(self, form_set: FormSet, files: Mapping[str, bytes]) -> None:
        """Make the form tables anew for a newer form set; they are empty until they are rebuilt from the packages."""

    def digest(self) -> str:
        """Return the catalogue's digest, computed afresh (security §7)."""

    def forget_projection(self) -> None:
        """Empty the projected tables, so that they can be rebuilt from the packages."""

    def snapshot(self, reason: str) -> Path:
        """Write a verified snapshot and return its path."""

    def snapshot_if_due(self, reason: str) -> Path | None:
        """Write a verified snapshot once a day when something has changed; return its path."""

    def close(self) -> None:
        """Close the catalogue."""


def as_catalogue(store: WorkspaceStore | CatalogueStore) -> CatalogueStore | None:
    """Return the store when it is a catalogue, else None."""
    return cast("CatalogueStore", store) if hasattr(store, "letters") else None


def as_workspace(store: WorkspaceStore | CatalogueStore) -> WorkspaceStore | None:
    """Return the store when it is a department's file, else None."""
    return None if hasattr(store, "letters") else store


class Workshop(SchemaReader, Protocol):
    """How files are made and opened, and the places of this computer; `bootstrap.Services` is one."""

    @property
    def clock(self) -> Clock:
        """The time."""

    @property
    def actor(self) -> str:
        """The person's name for the journal."""

    @property
    def software(self) -> str:
        """Version of the program."""

    def form_set(self) -> FormSet:
        """Return the shipped form set."""

    def keys_dir(self) -> Path:
        """Return the folder for private keys."""

    @property
    def vault(self) -> Vault:
        """Files that nobody has open."""

    def create_workspace(
        self, path: Path, department: str, code: str, own: RecordId | None = None
    ) -> WorkspaceStore:
        """Make a department's file; `own` is the id of its own record, made anew when it is None."""

    def open_workspace(self, path: Path) -> WorkspaceStore:
        """Open a department's file."""

    def create_catalogue(
        self, path: Target, name: str, roots_pem: str, level: str = "province"
    ) -> CatalogueStore:
        """Make a catalogue, as a file or on a server."""

    def copy_catalogue(self, store: CatalogueStore, target: Target) -> CatalogueStore:
        """Make a catalogue with everything another one has, and open it."""

    def make_roles(self, address: ServerAddress, prefix: str) -> tuple[str, ...]:
        """Make the roles reader, coordinator and administrator on a server and return their names."""

    def role_script(self, prefix: str) -> str:
        """Return the SQL that `make_roles` runs."""

    def discard_catalogue(self, target: Target) -> None:
        """Remove a catalogue that was only half made."""

    def open_catalogue(self, path: Target) -> CatalogueStore:
        """Open a catalogue."""

    def open_any(self, path: Target) -> WorkspaceStore | CatalogueStore:
        """Open a file as what it is; on a server there are catalogues only."""
