"""The coordinator's catalogue in one SQLite file (`services.ports.CatalogueStore`).

Packages and decisions are kept whole and for ever; the form tables are projected from them and can be thrown away.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection

from census_app.domain import chain
from census_app.domain.chain import Chain, Decision, Link
from census_app.domain.holdings import (
    CatalogueFacts,
    IssuedCertificate,
    ListQuery,
    ListRow,
    MergeDone,
    PackageFacts,
    RosterEntry,
)
from census_app.domain.records import Record, RecordId
from census_app.errors import BugError
from census_app.formspec.model import FormSet
from census_app.storage import (
    fixed_tables,
    form_tables,
    lockfile,
    opening,
    projection,
    roster,
    statistics,
)
from census_app.storage.digest import catalogue_digest
from census_app.storage.engine import Database
from census_app.storage.failures import coded, legible
from census_app.storage.migrations import CATALOGUE_HISTORY
from census_app.storage.records import Records
from census_app.storage.rows import json_text
from census_app.storage.scratch import ATTACHED, Scratch

if TYPE_CHECKING:
    from census_app.services.ports import PackageScratch

CHUNK: Final = 1024 * 1024
CACHE_KIB: Final = 65536

_PACKAGE: Final = (
    "identity, name, type, department, sequence, previous, created, received_at, form_version, "
    "bytes, counts, errors, warnings"
)


def create(path: Path, form_set: FormSet, facts: CatalogueFacts) -> Catalogue:
    """Make a catalogue and open it; `facts.digest` is ignored.

    Raises:
        UserError: `FILE_EXISTS`.
        EnvironmentProblem: `DB_LOCATION`, `DISK_FULL`, `IO_ERROR`, `DB_READONLY`.
    """
    opening.make(path, _kind(form_set), lambda c: _write_facts(c, form_set, facts))
    return open_(path, form_set)


def open_(path: Path, form_set: FormSet) -> Catalogue:
    """Open a catalogue.

    Raises:
        UserError, EnvironmentProblem, DataProblem: See `opening.open_`.
    """
    return Catalogue(opening.open_(path, _kind(form_set)), form_set)


def _kind(form_set: FormSet) -> opening.Kind:
    tables = form_tables.catalogue_tables(form_set)
    return opening.Kind("catalogue", CATALOGUE_HISTORY, tables, CACHE_KIB)


def _write_facts(connection: Connection, form_set: FormSet, facts: CatalogueFacts) -> None:
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
        )
    )


class Catalogue:
    """An open catalogue; satisfies `services.ports.CatalogueStore`.

    Args:
        database: The open file.
        form_set: The form set it was made with.
    """

    def __init__(self, database: Database, form_set: FormSet) -> None:
        self._database = database
        self._form_set = form_set
        self._tables = form_tables.catalogue_tables(form_set)
        self._records = Records(database, form_set, self._tables, departments=True)

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._database.path

    @property
    def form_set(self) -> FormSet:
        """The form set the file was made with."""
        return self._form_set

    def facts(self) -> CatalogueFacts:
        """Return what the catalogue says of itself; the digest is computed when something has changed."""
        statement = (
            "SELECT name, level, census_id, round, form_version, roots_pem, created_at, digest "
            "FROM catalogue"
        )
        with self._database.reading() as connection:
            row = dict(connection.exec_driver_sql(statement).mappings().one())
        if not row["digest"]:
            row["digest"] = self.digest()
            with self._database.writing() as connection:
                connection.exec_driver_sql("UPDATE catalogue SET digest = ?", (row["digest"],))
        return CatalogueFacts(**row)

    # Reading records

    def count(self, query: ListQuery) -> int:
        """Return how many records the query finds."""
        return self._records.count(query)

    def keys(self, query: ListQuery) -> array[int]:
        """Return the row keys the query finds, in order."""
        return self._records.keys(query)

    def rows(self, form: str, keys: Sequence[int], columns: Sequence[str]) -> list[ListRow]:
        """Return rows for some keys, in the order of `keys`; keys that are gone are left out."""
        return self._records.rows(form, keys, columns)

    def record(self, form: str, record: RecordId) -> Record | None:
        """Return one record with all its values, or None."""
        return self._records.record(form, record)

    def stream_records(self, form: str, department: str = "") -> Iterator[Record]:
        """Yield all records of a form; children by (department, parent, position, id), others as they came."""
        return self._records.stream(form, department)

    def titles(self, form: str) -> dict[str, str]:
        """Return id → title text of every record that has one."""
        return self._records.titles(form)

    # Departments

    def roster(self) -> list[RosterEntry]:
        """Return the departments, by code; `head_sequence` is the newest package in the form tables."""
        with self._database.reading() as connection:
            return roster.entries(connection, self._form_set, self.packages())

    def issue(self, certificate: IssuedCertificate) -> None:
        """Add or renew a department with its certificate; one issued already is left as it is."""
        with self._writing() as connection:
            roster.add(connection, certificate)

    def certificates(self) -> list[IssuedCertificate]:
        """Return issued certificates, by department and date."""
        with self._database.reading() as connection:
            return roster.certificates(connection)

    # Packages

    def append_package(self, facts: PackageFacts, chunks: Iterable[bytes]) -> bool:
        """Keep a verified package whole; False when it is already there (nothing changes).

        Where it makes a fork, the department's projection is forgotten: the chain ends before the fork, and the
        packages up to there are to be merged again.
        """
        with self._writing() as connection:
            known = "SELECT 1 FROM package WHERE identity = ?"
            if connection.exec_driver_sql(known, (facts.identity,)).first() is not None:
                return False
            _insert_package(connection, facts)
            connection.exec_driver_sql(
                "INSERT INTO package_chunk (identity, n, bytes) VALUES (?, ?, ?)",
                [(facts.identity, n, part) for n, part in enumerate(_sliced(chunks))],
            )
            self._forget_if_overtaken(connection, facts.department)
        return True

    def package_bytes(self, identity: str) -> Iterator[bytes]:
        """Yield a stored package's bytes, in chunks of at most 1 MiB; nothing for an unknown one."""
        number = 0
        while True:
            with self._database.reading() as connection:
                found = connection.exec_driver_sql(
                    "SELECT bytes FROM package_chunk WHERE identity = ? AND n = ?",
                    (identity, number),
                ).scalar()
            if found is None:
                return
            yield found
            number += 1

    def packages(self, department: str = "") -> list[PackageFacts]:
        """Return packages with their derived state, by (department, sequence, identity)."""
        where, values = (" WHERE department = ?", (department,)) if department else ("", ())
        statement = f"SELECT {_PACKAGE} FROM package{where} ORDER BY department, sequence, identity"
        with self._database.reading() as connection:
            rows = connection.exec_driver_sql(statement, values)
            found = [dict(row) for row in rows.mappings()]
            states: dict[str, str] = {}
            for code in sorted({row["department"] for row in found}):
                states |= self._chain(connection, code).states
        with legible(self.path):
            return [
                PackageFacts(
                    **row
                    | {
                        "counts": json.loads(row["counts"]),
                        "state": states.get(row["identity"], "pending"),
                    }
                )
                for row in found
            ]

    def _chain(self, connection: Connection, department: str) -> Chain:
        decisions = _read_decisions(connection)
        released = chain.released_packages(decisions)
        rows = connection.exec_driver_sql(
            "SELECT identity, sequence, previous, quarantined FROM package "
            "WHERE department = ? AND type = 'submission'",
            (department,),
        )
        links = [
            Link(row[0], row[1], row[2], bool(row[3]) and row[0] not in released) for row in rows
        ]
        return chain.decide(links, chain.accepted_packages(decisions))

    def _forget_if_overtaken(self, connection: Connection, department: str) -> None:
        """Empty a department's rows when the chain no longer begins with the packages they stand for."""
        rows = connection.exec_driver_sql(
            "SELECT identity FROM projected WHERE department = ? ORDER BY sequence", (department,)
        )
        projected = tuple(rows.scalars())
        if self._chain(connection, department).packages[: len(projected)] != projected:
            projection.forget(connection, self._tables, department)

    # Decisions

    def append_decision(self, decision: Decision) -> bool:
        """Add a decision to the ledger; False when it is already there."""
        with self._writing() as connection:
            known = "SELECT 1 FROM decision WHERE id = ?"
            if connection.exec_driver_sql(known, (decision.id,)).first() is not None:
                return False
            connection.execute(
                fixed_tables.decision.insert().values(
                    id=decision.id,
                    kind=decision.kind,
                    subject=decision.subject,
                    choice=decision.choice,
                    reason=decision.reason,
                    actor=decision.actor,
                    coordinator=decision.coordinator,
                    created=decision.created,
                    supersedes=json_text(list(decision.supersedes)),
                )
            )
            departments = connection.exec_driver_sql("SELECT DISTINCT department FROM projected")
            for department in list(departments.scalars()):
                self._forget_if_overtaken(connection, department)
        return True

    def decisions(self) -> list[Decision]:
        """Return the ledger, by id."""
        with self._database.reading() as connection:
            return _read_decisions(connection)

    # Projection

    def scratch(self) -> Scratch:
        """Make a scratch database with the catalogue's form tables."""
        return Scratch(self._form_set)

    def merge(self, facts: PackageFacts, scratch: PackageScratch) -> MergeDone:
        """Bring the department's records to the state of this package, in one transaction.

        Raises:
            BugError: `MERGE_ORDER`, when it is not the package whose turn it is; `SCRATCH_FOREIGN`, when the
                scratch database was not made by `scratch()`.
        """
        if not isinstance(scratch, Scratch):
            raise BugError("SCRATCH_FOREIGN", kind=type(scratch).__name__)
        driver = self._database.driver
        with coded(self.path):
            driver.execute(f"ATTACH ? AS {ATTACHED}", (str(scratch.path),))
        try:
            with self._writing() as connection:
                self._require_turn(connection, facts)
                return projection.merge_attached(connection, self._form_set, facts)
        finally:
            driver.execute(f"DETACH {ATTACHED}")

    def _require_turn(self, connection: Connection, facts: PackageFacts) -> None:
        merged = connection.exec_driver_sql(
            "SELECT count(*) FROM projected WHERE department = ?", (facts.department,)
        ).scalar_one()
        packages = self._chain(connection, facts.department).packages
        if packages[merged : merged + 1] != (facts.identity,):
            raise BugError("MERGE_ORDER", package=facts.name, merged=int(merged))

    def digest(self) -> str:
        """Return the catalogue's digest, computed afresh (security §7)."""
        with self._database.reading() as connection:
            return catalogue_digest(connection, self._tables)

    def forget_projection(self) -> None:
        """Empty the projected tables, so that they can be rebuilt from the packages."""
        with self._writing() as connection:
            projection.forget(connection, self._tables)

    def statistics(self, as_of: str, department: str = "") -> Mapping[str, int]:
        """Return the raw counts of `domain.statistics.COUNTS`, by name; sums of decimals in ten-thousandths.

        Args:
            as_of: Day, `CCYY-MM-DD`; what is dated later does not count.
            department: Code, or empty for all.
        """
        with self._database.reading() as connection:
            return statistics.raw_counts(connection, self._form_set, as_of, department)

    def _writing(self) -> _Writing:
        return _Writing(self._database)

    def damaged_records(self) -> list[tuple[str, RecordId]]:
        """Return (form, id) of records whose row no longer has the hash of the line that brought it."""
        return self._records.damaged()

    def close(self) -> None:
        """Close the catalogue and release its lock."""
        self._database.close()
        lockfile.forget(self.path)


class _Writing:
    """A write transaction after which the cached digest no longer counts."""

    def __init__(self, database: Database) -> None:
        self._transaction = database.writing()

    def __enter__(self) -> Connection:
        connection = self._transaction.__enter__()
        connection.exec_driver_sql("UPDATE catalogue SET digest = '' WHERE digest <> ''")
        return connection

    def __exit__(self, *failure: object) -> bool | None:
        return self._transaction.__exit__(*failure)  # type: ignore[arg-type]


def _read_decisions(connection: Connection) -> list[Decision]:
    rows = connection.exec_driver_sql(
        "SELECT id, kind, subject, choice, reason, actor, coordinator, created, supersedes "
        "FROM decision ORDER BY id"
    )
    return [
        Decision(**dict(row) | {"supersedes": tuple(json.loads(row["supersedes"]))})
        for row in rows.mappings()
    ]


def _insert_package(connection: Connection, facts: PackageFacts) -> None:
    connection.execute(
        fixed_tables.package.insert().values(
            identity=facts.identity,
            name=facts.name,
            type=facts.type,
            department=facts.department,
            sequence=facts.sequence,
            previous=facts.previous,
            created=facts.created,
            received_at=facts.received_at,
            form_version=facts.form_version,
            bytes=facts.bytes,
            counts=json_text({form: dict(ops) for form, ops in facts.counts.items()}),
            quarantined=int(facts.state == "quarantined"),
            errors=facts.errors,
            warnings=facts.warnings,
        )
    )


def _sliced(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in chunks of exactly `CHUNK`, but for the last."""
    rest = bytearray()
    for chunk in chunks:
        rest += chunk
        while len(rest) >= CHUNK:
            yield bytes(rest[:CHUNK])
            del rest[:CHUNK]
    if rest:
        yield bytes(rest)
