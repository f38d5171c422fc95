"""The coordinator's catalogue, in one SQLite file or on a server (`services.ports.CatalogueStore`).

Packages and decisions are kept whole and for ever; the form tables are projected from them and can be thrown away.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection

from census_app.domain.chain import Decision
from census_app.domain.corrections import LAID
from census_app.domain.holdings import (
    CatalogueFacts,
    IssuedCertificate,
    MergeDone,
    PackageFacts,
    RosterEntry,
    StoredBundle,
    Unit,
    UpperLink,
)
from census_app.errors import BugError, UserError
from census_app.formspec.model import FormSet
from census_app.storage import (
    desk,
    fixed_tables,
    form_tables,
    ledger,
    lockfile,
    opening,
    overlays,
    packages,
    projection,
    roster,
    snapshots,
    trust_store,
)
from census_app.storage.digest import catalogue_digest
from census_app.storage.engine import Database, Opened
from census_app.storage.failures import legible
from census_app.storage.made_with import FormSource, MadeWith
from census_app.storage.migrations import CATALOGUE_HISTORY
from census_app.storage.projected import ProjectedRecords
from census_app.storage.records import Records
from census_app.storage.scratch import Scratch
from census_app.storage.statistics import Counter

if TYPE_CHECKING:
    from census_app.services.ports import PackageScratch

CACHE_KIB: Final = 65536

_MARK: Final = (
    "SELECT c.form_version || ' ' || c.form_sha256 || ' ' || c.upper_code || ' ' || "
    "(SELECT count(*) FROM package) || ' ' || (SELECT count(*) FROM package WHERE held <> '') || ' ' || "
    "(SELECT count(*) FROM projected) || ' ' || (SELECT count(*) FROM decision) || ' ' || "
    "(SELECT count(*) || coalesce(max(issued_at), '') FROM certificate) || ' ' || "
    "(SELECT count(*) FROM unit) || ' ' || (SELECT coalesce(max(version), 0) FROM trust_bundle) "
    "FROM catalogue AS c"
)
"""A text that differs after anything a window shows has changed; some counts of short rows, no record is looked at."""

_A_DAY: Final = dt.timedelta(days=1)
_CONTENT: Final = (
    "SELECT (SELECT count(*) FROM package) || ' ' || (SELECT count(*) FROM decision) || ' ' || "
    "(SELECT count(*) || coalesce(max(issued_at), '') FROM certificate) || ' ' || "
    "(SELECT count(*) || ' ' || coalesce(sum(length(name)), 0) || "
    "coalesce(max(name), '') || coalesce(min(name), '') FROM unit) || ' ' || "
    "(SELECT coalesce(max(version), 0) FROM trust_bundle) "
    "|| ' ' || (SELECT count(*) || coalesce(max(form_version), '') FROM form_file) || ' ' || "
    "(SELECT name || form_sha256 || roots_pem || coordinator_code || coordinator_name || "
    "coordinator_pem || instance || upper_code || upper_roots_pem || upper_certificate_pem || "
    "upper_candidate_pem FROM catalogue)"
)
"""A text that differs when packages, decisions, trust, forms or what the catalogue says of itself do; the rest is
computed from them.
"""


def create(path: Path, form_set: FormSet, facts: CatalogueFacts) -> Catalogue:
    """Make a catalogue and open it; `facts.digest` is ignored.

    Raises:
        UserError: `FILE_EXISTS`.
        EnvironmentProblem: `DB_LOCATION`, `DISK_FULL`, `IO_ERROR`, `DB_READONLY`.
    """
    return make(path, form_set, lambda c: write_facts(c, form_set, facts))


def make(path: Path, form_set: FormSet, fill: Callable[[Connection], None]) -> Catalogue:
    """Make a catalogue whose first rows `fill` writes, in the transaction that makes the tables, and open it.

    Raises:
        UserError, EnvironmentProblem: As `create`.
    """
    opening.make(path, kind_of(form_set), fill)
    return open_(path, form_set)


def open_(path: Path, form_set: FormSet | FormSource) -> Catalogue:
    """Open a catalogue.

    Args:
        form_set: The form set it was made with, or how to find it.

    Raises:
        UserError, EnvironmentProblem, DataProblem: See `opening.open_`; what `form_set` raises.
    """
    if isinstance(form_set, FormSet):
        return Catalogue(opening.open_(path, kind_of(form_set)), form_set)
    found: list[FormSet] = []

    def of_its_own(made: MadeWith) -> opening.Kind:
        found.append(form_set(made))
        return kind_of(found[0])

    kind = opening.Kind("catalogue", CATALOGUE_HISTORY, {}, CACHE_KIB)
    return Catalogue(opening.open_(path, kind, of_its_own), found[0])


def kind_of(form_set: FormSet) -> opening.Kind:
    """Return what is peculiar to catalogues with the tables of a form set."""
    tables = form_tables.catalogue_tables(form_set)
    return opening.Kind("catalogue", CATALOGUE_HISTORY, tables, CACHE_KIB, form_set.sha256)


def write_facts(connection: Connection, form_set: FormSet, facts: CatalogueFacts) -> None:
    """Write the row of a new catalogue."""
    connection.execute(
        fixed_tables.catalogue.insert().values(
            id=1,
            name=facts.name,
            level=facts.level,
            census_id=facts.census_id,
            round=facts.round,
            form_version=facts.form_version,
            form_sha256=form_set.sha256,
            roots_pem=facts.roots_pem,
            created_at=facts.created_at,
            coordinator_code=facts.coordinator_code,
            coordinator_name=facts.coordinator_name,
            instance=facts.instance,
        )
    )


def _store_forms(connection: Connection, form_set: FormSet, files: Mapping[str, bytes]) -> None:
    if files:
        trust_store.store_form_files(connection, form_set.version, files)
    connection.exec_driver_sql(
        "UPDATE catalogue SET form_version = ?, form_sha256 = ?",
        (form_set.version, form_set.sha256),
    )


class Catalogue(ProjectedRecords):
    """An open catalogue; satisfies `services.ports.CatalogueStore`.

    Args:
        database: The open file, or the connection to a server.
        form_set: The form set it was made with.
    """

    def __init__(self, database: Opened, form_set: FormSet) -> None:
        self._database = database
        self._holds: desk.Holds | None = None
        self._use(form_set)

    def sit_at(self, holds: desk.Holds) -> None:
        """Say which keys lie on this computer, which tells who of several coordinators sits at it."""
        self._holds = holds

    def _use(self, form_set: FormSet) -> None:
        self._form_set = form_set
        self._tables = form_tables.catalogue_tables(form_set)
        self._records = Records(self._database, form_set, self._tables, departments=True)
        self._counter = Counter(form_set)

    @property
    def path(self) -> Path:
        """Where the file is; of a catalogue on a server what errors call it, which is no file."""
        return self._database.path

    @property
    def writable(self) -> bool:
        """Whether this person may change anything: a file always, on a server by the role."""
        return not self._database.read_only

    @property
    def shared(self) -> bool:
        """Whether others may change the catalogue while it is open here."""
        return not isinstance(self._database, Database)

    def change_mark(self) -> str:
        """Return a text that differs after others have changed anything; it costs a few milliseconds."""
        with self._database.reading() as connection:
            return str(connection.exec_driver_sql(_MARK).scalar_one())

    def reading(self) -> AbstractContextManager[Connection]:
        """Give the connection for reading rows as they stand, to copy them."""
        return self._database.reading()

    @property
    def form_set(self) -> FormSet:
        """The form set the file was made with."""
        return self._form_set

    def facts(self) -> CatalogueFacts:
        """Return what the catalogue says of itself; its digest as last computed, empty after a change."""
        statement = (
            "SELECT name, level, census_id, round, form_version, roots_pem, created_at, digest, "
            "instance, upper_code FROM catalogue"
        )
        with self._database.reading() as connection:
            row = dict(connection.exec_driver_sql(statement).mappings().one())
            code, name, _pem = desk.here(connection, self._holds)
        return CatalogueFacts(**row, coordinator_code=code, coordinator_name=name)

    def known_digest(self) -> str:
        """Return the catalogue's digest, computed only when something has changed since the last time."""
        known = self.facts().digest
        if known or self._database.read_only:
            return known or self.digest()
        # Nobody else may change anything between the rows that are read and the number that is kept.
        with self._database.writing() as connection:
            known = self.digest()
            connection.exec_driver_sql("UPDATE catalogue SET digest = ?", (known,))
        return known

    # Departments

    def roster(self, *, counted: bool = False) -> list[RosterEntry]:
        """Return the departments, by code; see `services.ports`."""
        with self._database.reading() as connection:
            forms = self._form_set.forms if counted else ()
            return roster.entries(connection, forms, self.packages())

    def issue(self, certificate: IssuedCertificate) -> None:
        """Add or renew a department with its certificate; one issued already is left as it is."""
        with self._writing() as connection:
            roster.add(connection, certificate)

    def reissue(self, certificate: IssuedCertificate) -> None:
        """Put the new certificate of a key in the place of the one it had."""
        with self._writing() as connection:
            roster.replace(connection, certificate)

    def certificates(self) -> list[IssuedCertificate]:
        """Return issued certificates, by department and date."""
        with self._database.reading() as connection:
            return roster.certificates(connection)

    # Packages

    def append_package(
        self, facts: PackageFacts, chunks: Iterable[bytes], decisions: Iterable[Decision] = ()
    ) -> bool:
        """Keep a verified package whole; False when it is already there (nothing changes).

        Where it makes a fork, the department's projection is forgotten: the chain ends before the fork, and the
        packages up to there are to be merged again.

        Args:
            decisions: Of a ledger what it decides; added in the same transaction.
        """
        decided = list(decisions)
        with (
            self._writing("" if decided else facts.department) as connection,
            self._laying_anew(connection, decided),
        ):
            if not packages.append(connection, facts, chunks):
                return False
            if sum(ledger.append(connection, each, facts.identity) for each in decided):
                self._forget_overtaken(connection)
            elif facts.department:
                self._forget_overtaken(connection, facts.department)
        return True

    def settle_hold(self, identity: str, *, held: str, errors: int = 0, warnings: int = 0) -> None:
        """Say anew what holds a package back, empty for nothing, and what the rules found in it.

        Where it joins the others and makes a fork, the department's projection is forgotten, as when it arrives.
        """
        with self._writing() as connection:
            department = packages.settle(connection, identity, held, (errors, warnings))
            self._forget_overtaken(connection, department)

    def package_bytes(self, identity: str) -> Iterator[bytes]:
        """Yield a stored package's bytes, in chunks of at most 1 MiB; nothing for an unknown one."""
        number = 0
        while True:
            with self._database.reading() as connection:
                found = packages.chunk(connection, identity, number)
            if found is None:
                return
            yield found
            number += 1

    def packages(self, department: str = "") -> list[PackageFacts]:
        """Return received submissions with their derived state, by (department, sequence, identity)."""
        with self._database.reading() as connection, legible(self.path):
            return packages.submissions(connection, department)

    def letters(
        self, *, type_: str = "", department: str = "", sender: str = ""
    ) -> list[PackageFacts]:
        """Return all other packages: reviews, receipts, ledgers, bundles, roll-ups; by (type, department, sequence)."""
        with self._database.reading() as connection, legible(self.path):
            return packages.letters(connection, type_=type_, department=department, sender=sender)

    def _forget_overtaken(self, connection: Connection, department: str = "") -> None:
        """Empty the rows of a department, or of any, whose chain no longer begins with the packages they stand for."""
        narrowed, values = (" WHERE department = ?", (department,)) if department else ("", ())
        rows = connection.exec_driver_sql(
            f"SELECT department, identity FROM projected{narrowed} ORDER BY department, sequence",
            values,
        )
        stood: dict[str, list[str]] = {}
        for code, identity in rows:
            stood.setdefault(code, []).append(identity)
        chains = packages.chains(connection, department) if stood else {}
        for code, projected in stood.items():
            standing = chains[code].packages if code in chains else ()
            if standing[: len(projected)] != tuple(projected):
                projection.forget(connection, self._tables, code)

    # Decisions

    @contextlib.contextmanager
    def _laying_anew(
        self, connection: Connection, decided: Iterable[Decision] | None = None
    ) -> Iterator[None]:
        """Lay the centre's values anew where the ledger says otherwise after the block.

        Args:
            decided: What the block adds; None when it may take away as well.
        """
        if decided is not None and not any(d.kind in LAID for d in decided):
            yield
            return
        before = overlays.wanted(connection, self._form_set)
        yield
        overlays.renew(connection, self._form_set, before)

    def append_decision(self, decision: Decision, source: str = "") -> bool:
        """Add a decision to the ledger; False when it is already there.

        Args:
            source: Identity of the ledger package that brought it, empty for our own.
        """
        return bool(self.append_decisions([decision], source))

    def append_decisions(self, decisions: Iterable[Decision], source: str = "") -> int:
        """Add decisions in one transaction and return how many were new."""
        decided = list(decisions)
        with self._writing() as connection, self._laying_anew(connection, decided):
            added = sum(ledger.append(connection, each, source) for each in decided)
            if added:
                self._forget_overtaken(connection)
        return added

    def restate_decisions(
        self, refused: Iterable[str], standing: Iterable[tuple[str, Decision]]
    ) -> bool:
        """Take away what only refused ledger packages said, in one transaction; True when the ledger has changed.

        Args:
            refused: Identities of the ledger packages that do not stand.
            standing: Every decision of those that do, each with the identity of its package.
        """
        with self._writing() as connection, self._laying_anew(connection):
            changed = ledger.restate(connection, refused, standing)
            if changed:
                self._forget_overtaken(connection)
        return changed

    def decisions(self) -> list[Decision]:
        """Return the ledger, by id."""
        with self._database.reading() as connection:
            return ledger.read(connection)

    # Trust

    def roots(self) -> str:
        """Return the pinned root certificates as PEM, or the empty text."""
        with self._database.reading() as connection:
            statement = "SELECT roots_pem FROM catalogue"
            return str(connection.exec_driver_sql(statement).scalar_one())

    def bundle(self) -> StoredBundle | None:
        """Return the trust bundle in force."""
        with self._database.reading() as connection:
            return trust_store.newest(connection)

    def store_bundle(self, bundle: StoredBundle, roots_pem: str) -> None:
        """Keep a trust bundle and pin its roots; what its cut points no longer admit leaves the projection."""
        with self._writing() as connection:
            trust_store.store(connection, bundle)
            connection.exec_driver_sql("UPDATE catalogue SET roots_pem = ?", (roots_pem,))
            self._forget_overtaken(connection)

    def form_files(self, version: str) -> dict[str, bytes]:
        """Return the files of a delivered form set by path; empty when it was not delivered."""
        with self._database.reading() as connection:
            return trust_store.form_files(connection, version)

    def store_form_files(self, version: str, files: Mapping[str, bytes]) -> None:
        """Keep the files of a form set."""
        with self._writing() as connection:
            trust_store.store_form_files(connection, version, files)

    def adopt_forms(self, form_set: FormSet, files: Mapping[str, bytes]) -> None:
        """Make the form tables anew for a newer form set; they are empty until they are rebuilt from the packages.

        Args:
            files: The form set's files; empty for one that ships with the program.
        """
        with self._writing() as connection:
            projection.forget(connection, self._tables)
            form_tables.drop(connection, self._tables)
            form_tables.extend(connection, form_tables.catalogue_tables(form_set))
            _store_forms(connection, form_set, files)
        self._use(form_set)

    def replace_forms(self, form_set: FormSet, files: Mapping[str, bytes]) -> None:
        """Use a form set that asks the same in other words: moved milestones, say. No record is touched."""
        with self._writing() as connection:
            _store_forms(connection, form_set, files)
        self._use(form_set)

    def coordinator_certificate(self) -> str:
        """Return the certificate of the daily key as PEM, or the empty text."""
        with self._database.reading() as connection:
            return desk.here(connection, self._holds).certificate_pem

    def store_coordinator(self, code: str, name: str, certificate_pem: str) -> None:
        """Keep who signs here; on a server a colleague at another computer stays the one it names."""
        with self._writing() as connection:
            if not self.shared or desk.may_name(connection, code, self._holds):
                desk.name(connection, desk.Desk(code, name, certificate_pem))

    def upper(self) -> UpperLink:
        """Return how this catalogue is enrolled with the tier above."""
        with self._database.reading() as connection:
            row = connection.exec_driver_sql(
                "SELECT upper_code, upper_roots_pem, upper_certificate_pem, upper_candidate_pem "
                "FROM catalogue"
            ).one()
        return UpperLink(*row)

    def store_upper(self, upper: UpperLink) -> None:
        """Keep how this catalogue is enrolled with the tier above."""
        with self._writing() as connection:
            connection.exec_driver_sql(
                "UPDATE catalogue SET upper_code = ?, upper_roots_pem = ?, "
                "upper_certificate_pem = ?, upper_candidate_pem = ?",
                (upper.code, upper.roots_pem, upper.certificate_pem, upper.candidate_pem),
            )

    def units(self, department: str = "") -> list[Unit]:
        """Return the bodies that departments report for beside themselves, by (department, code)."""
        where, values = (" WHERE department = ?", (department,)) if department else ("", ())
        statement = f"SELECT department, code, name FROM unit{where} ORDER BY department, code"
        with self._database.reading() as connection:
            return [Unit(*row) for row in connection.exec_driver_sql(statement, values)]

    def store_units(self, units: Iterable[Unit]) -> None:
        """Add units, or give known ones another name."""
        rows = [(unit.department, unit.code, unit.name) for unit in units]
        with self._writing() as connection:
            if rows:
                connection.exec_driver_sql(
                    "INSERT INTO unit (department, code, name) VALUES (?, ?, ?) "
                    "ON CONFLICT (department, code) DO UPDATE SET name = excluded.name",
                    rows,
                )

    # Projection

    def scratch(self) -> Scratch:
        """Make a scratch database with the catalogue's form tables."""
        return Scratch(self._form_set)

    def adopt_scratch(self, path: Path) -> Scratch:
        """Take over a scratch database that another process handed over; it was made with the same form set."""
        return Scratch(self._form_set, path)

    def merge(self, facts: PackageFacts, scratch: PackageScratch) -> MergeDone:
        """Bring the department's records to the state of this package, in one transaction.

        Raises:
            BugError: `MERGE_ORDER`, when it is not the package whose turn it is; `SCRATCH_FOREIGN`, when the
                scratch database was not made by `scratch()`.
        """
        if not isinstance(scratch, Scratch):
            raise BugError("SCRATCH_FOREIGN", kind=type(scratch).__name__)
        with self._database.beside(scratch), self._writing(facts.department) as connection:
            self._require_turn(connection, facts)
            overlays.lift(connection, self._form_set, facts.department)
            done = projection.merge_attached(connection, self._form_set, facts)
            want = overlays.wanted(connection, self._form_set)
            overlays.lay(connection, self._form_set, want, facts.department)
            return done

    def holding(self, department: str) -> AbstractContextManager[None]:
        """Let nobody else write about a department until the block ends; blocks may be nested.

        Raises:
            EnvironmentProblem: `SERVER_BUSY`, when somebody else has been writing about it for too long.
        """
        return self._database.holding(department)

    def _require_turn(self, connection: Connection, facts: PackageFacts) -> None:
        merged = connection.exec_driver_sql(
            "SELECT count(*) FROM projected WHERE department = ?", (facts.department,)
        ).scalar_one()
        standing = packages.chain_of(connection, facts.department).packages
        if standing[merged : merged + 1] != (facts.identity,):
            raise BugError("MERGE_ORDER", package=facts.name, merged=int(merged))

    def digest(self) -> str:
        """Return the catalogue's digest, computed afresh (security §7)."""
        with self._database.reading() as connection:
            return catalogue_digest(connection, self._tables, packages.submissions(connection))

    def forget_projection(self) -> None:
        """Empty the projected tables, so that they can be rebuilt from the packages."""
        with self._writing() as connection:
            projection.forget(connection, self._tables)

    @contextlib.contextmanager
    def _writing(self, department: str = "") -> Iterator[Connection]:
        """Begin a write transaction after which the cached digest no longer counts."""
        with self._database.writing(department) as connection:
            connection.exec_driver_sql("UPDATE catalogue SET digest = '' WHERE digest <> ''")
            yield connection

    def as_it_stood(
        self, moment: str, department: str = "", without: Collection[str] = ()
    ) -> Catalogue:
        """Return a private catalogue of what had arrived and was decided up to a moment; see `storage.moments`.

        Its form tables hold the departments that stand today as they stood then; the others are to be merged.

        Args:
            moment: UTC, `YYYY-MM-DDThh:mm:ssZ`.
            department: Only its packages and records; empty for all.
            without: Identities of packages that are left out.
        """
        from census_app.storage.moments import as_it_stood  # noqa: PLC0415  # it builds on this module

        return as_it_stood(self, self._database, moment, department, without)

    def snapshot(self, reason: str) -> Path:
        """Write a verified snapshot and return its path.

        Raises:
            UserError: `SERVER_SNAPSHOT`, of a catalogue on a server.
        """
        if not isinstance(self._database, Database):
            raise UserError("SERVER_SNAPSHOT", path=str(self.path))
        now = dt.datetime.now(dt.UTC)
        return snapshots.take(self._database.driver, self.path, reason, now)

    def snapshot_if_due(self, reason: str) -> Path | None:
        """Write a snapshot once a day, when something has changed since the last one; return its path.

        A catalogue can be computed again from its packages, so a day is often enough (security §8).
        """
        if not isinstance(self._database, Database):
            return None
        kept = snapshots.snapshots(self.path)[-1:]
        now = dt.datetime.now(dt.UTC)
        if kept and (
            now - kept[0].at < _A_DAY
            or self._content() == snapshots.content_of(kept[0].path, _CONTENT)
        ):
            return None
        return self.snapshot(reason)

    def _content(self) -> str:
        with self._database.reading() as connection:
            return str(connection.exec_driver_sql(_CONTENT).scalar_one())

    def close(self) -> None:
        """Close the catalogue and release its lock."""
        if isinstance(self._database, Database):
            lockfile.release(self._database)
        else:
            self._database.close()
