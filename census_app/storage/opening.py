"""Open or make a file of ours: everything that is checked before a record is read.

Order matters: what a step checks protects the next one. Not responsible for what the records mean.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Table

from census_app.errors import BugError, CensusError, DataProblem, EnvironmentProblem, UserError
from census_app.formspec.schema import quoted
from census_app.settings.files import sync_folder
from census_app.storage import fixed_tables, form_tables, lockfile, snapshots
from census_app.storage.engine import APPLICATION_ID, Database, connect, connect_read_only
from census_app.storage.failures import coded
from census_app.storage.location import require_fixed_disk
from census_app.storage.made_with import MadeWith, made_with
from census_app.storage.migrations import NEWEST, History

_MAGIC: Final = b"SQLite format 3\x00"
_WHOLE_CHECK_UP_TO: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kind:
    """What is peculiar to workspaces, or to catalogues.

    Attributes:
        mark: Table that only this kind has.
        tables: Form id → table.
        cache_kib: Page cache.
        sha256: Of the form set that the tables are of.
    """

    mark: str
    history: History
    tables: Mapping[str, Table]
    cache_kib: int = 0
    sha256: str = ""


KindOf = Callable[[MadeWith], Kind]
"""Returns the kind, complete with form tables, by the form set a file was made with."""

_STATISTICS: Final = frozenset({"sqlite_stat1", "sqlite_stat2", "sqlite_stat3", "sqlite_stat4"})
"""What ANALYZE leaves, of us or of a tool that somebody looked into the file with; it holds no answers."""


def make(path: Path, kind: Kind, fill: Callable[[Connection], None]) -> None:
    """Make a file with all its tables; it appears under its name whole, or not at all.

    Args:
        fill: Writes the first rows, in the same transaction as the tables.

    Raises:
        UserError: `FILE_EXISTS`.
        EnvironmentProblem: `DB_LOCATION` and the codes of `failures`.
    """
    require_fixed_disk(path)
    if path.exists():
        raise UserError("FILE_EXISTS", path=str(path))
    part = path.with_name(path.name + ".part")
    journal = part.with_name(part.name + "-journal")
    with coded(path):
        # Left by a crash; an old journal beside a new file would be played back into it.
        journal.unlink(missing_ok=True)
        part.unlink(missing_ok=True)
    try:
        database = Database(path, connect(part, cache_kib=kind.cache_kib))
        try:
            with database.writing() as connection:
                _stamp(connection, kind)
                kind.history.upgrade(connection)
                form_tables.extend(connection, kind.tables)
                fill(connection)
        finally:
            database.close()
        with coded(path):
            snapshots.sync_file(part)
            part.rename(path)
            sync_folder(path.parent)
    finally:
        for left in (part, journal):
            with contextlib.suppress(OSError):
                left.unlink(missing_ok=True)


def make_nameless(path: Path, kind: Kind, fill: Callable[[Connection], None]) -> Database:
    """Make a database without a name, in memory and on the disk where it grows; it is gone when it is closed.

    Args:
        path: What its errors call it; nothing is written there.
        fill: Writes the first rows, in the same transaction as the tables.
    """
    with _nameless(path, kind) as database, database.writing() as connection:
        kind.history.upgrade(connection)
        form_tables.extend(connection, kind.tables)
        fill(connection)
    return database


def copy_nameless(source: Database, kind: Kind, change: Callable[[Connection], None]) -> Database:
    """Copy an open file, page by page, into a database as `make_nameless` makes one; `change` is its first transaction.

    Several times as fast as row by row: the copy has the file's indexes already.
    """
    with _nameless(source.path, kind) as database:
        source.driver.backup(database.driver)
        with database.writing() as connection:
            change(connection)
    return database


@contextlib.contextmanager
def _nameless(path: Path, kind: Kind) -> Iterator[Database]:
    """Give an empty one to be filled; it is closed when that fails."""
    with coded(path):
        driver = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        try:
            # What nobody can find after a crash needs no journal on the disk.
            for setting in ("journal_mode=MEMORY", "synchronous=OFF", "foreign_keys=ON"):
                driver.execute(f"PRAGMA {setting}")
            driver.execute(f"PRAGMA cache_size=-{kind.cache_kib or 2048}")
            yield Database(path, driver)
        except BaseException:
            driver.close()
            raise


def _stamp(connection: Connection, kind: Kind) -> None:
    connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version={kind.history.version}")


def open_(path: Path, kind: Kind, kind_of: KindOf | None = None) -> Database:
    """Open a file of ours: checked, brought to the present schema, and locked for this process.

    Args:
        kind_of: For a file with a form set of its own: gives `kind` its tables.

    Raises:
        UserError: `FILE_MISSING`.
        EnvironmentProblem: `DB_LOCATION`, `DB_LOCKED` with the holder, `DB_NEWER`, codes of `failures`.
        DataProblem: `DB_FOREIGN`, `DB_DAMAGED`, `DB_SCHEMA`; `DB_KIND` when a catalogue is opened as a workspace
            or the other way round.
    """
    require_fixed_disk(path)
    database = _opened(path, kind, kind_of)
    lockfile.note(path)
    return database


def open_private(path: Path, kind: Kind, kind_of: KindOf | None = None) -> Database:
    """Open a copy that nobody else knows of: wherever it lies, with no lock file, no snapshot before a migration.

    Args, Raises: As `open_`.
    """
    return _opened(path, kind, kind_of, snapshot=False)


def _opened(path: Path, kind: Kind, kind_of: KindOf | None, *, snapshot: bool = True) -> Database:
    _require_ours(path, kind)
    driver = _locked(path, kind)
    try:
        kind = _with_tables(driver, path, kind, kind_of)
        with coded(path):
            _require_known_objects(driver, path, kind)
            _require_known_structure(driver, path, kind)
            _require_sound(driver, path)
        database = Database(path, driver)
        _bring_up_to_date(database, kind, snapshot=snapshot)
        _require_own_columns(database, kind)
    except BaseException:
        driver.close()
        raise
    return database


def open_read_only(
    path: Path, kind: Kind, kind_of: KindOf | None = None, *, sound: bool = True
) -> Database:
    """Open a file of the present schema, or of a newer one that adds to it, only to look at it.

    It is neither locked nor changed: a snapshot, say, or a file that a newer program saved.

    Args:
        kind_of: As for `open_`.
        sound: Whether a damaged file is refused; else what can be read of it may be read.

    Raises:
        UserError, EnvironmentProblem, DataProblem: As `open_`; `DB_SCHEMA` also for a file that needs a migration, or
            lacks what this program reads.
    """
    _require_ours(path, kind, newer=True)
    driver = connect_read_only(path)
    try:
        kind = _with_tables(driver, path, kind, kind_of)
        with coded(path):
            _require_known_objects(driver, path, kind, more=True)
            if sound:
                _require_sound(driver, path)
        database = Database(path, driver, read_only=True)
        _require_present_schema(database, kind)
        _require_own_columns(database, kind)
    except BaseException:
        driver.close()
        raise
    return database


def _with_tables(
    driver: sqlite3.Connection, path: Path, kind: Kind, kind_of: KindOf | None
) -> Kind:
    if kind_of is None:
        return kind
    try:
        with coded(path):
            found = made_with(driver, kind.mark, path)
    except (
        BugError
    ) as fault:  # these statements fit every version: a column they miss is a spoiled name
        raise DataProblem("DB_DAMAGED", path=str(path), detail=str(fault)) from fault
    return kind_of(found)


def _require_present_schema(database: Database, kind: Kind) -> None:
    with database.reading() as connection:
        lacking = form_tables.missing_parts(connection, kind.tables)
    if lacking or int(database.pragma("user_version")) < kind.history.version:
        raise DataProblem("DB_SCHEMA", path=str(database.path), name=", ".join(lacking[:3]))


def _require_own_columns(database: Database, kind: Kind) -> None:
    """Refuse a file of the present structure one of whose fixed tables lacks a column: its name was spoiled."""
    for name, table in fixed_tables.OF_MARK[kind.mark].tables.items():
        with coded(database.path):
            rows = database.driver.execute(f"PRAGMA table_info({quoted(name)})").fetchall()
        lacking = sorted({column.name for column in table.columns} - {row[1] for row in rows})
        if lacking:
            raise DataProblem("DB_DAMAGED", path=str(database.path), detail=f"{name}.{lacking[0]}")


def _require_ours(path: Path, kind: Kind, *, newer: bool = False) -> None:
    """Look at the file's head before SQLite touches it; `newer` admits a newer structure."""
    if not path.is_file():
        raise UserError("FILE_MISSING", path=str(path))
    with coded(path), path.open("rb") as handle:
        head = handle.read(100)
    if len(head) < 100 or not head.startswith(_MAGIC):
        raise DataProblem("DB_FOREIGN", path=str(path))
    if int.from_bytes(head[68:72], "big") != APPLICATION_ID:
        raise DataProblem("DB_FOREIGN", path=str(path))
    found = int.from_bytes(head[60:64], "big")
    if found > NEWEST and not newer:  # up to there it may be of the other kind
        raise _newer(path, kind, found)


def _require_known_structure(driver: sqlite3.Connection, path: Path, kind: Kind) -> None:
    found = driver.execute("PRAGMA user_version").fetchone()[0]
    if found > kind.history.version:
        raise _newer(path, kind, found)


def _newer(path: Path, kind: Kind, found: int) -> EnvironmentProblem:
    known = kind.history.version
    return EnvironmentProblem("DB_NEWER", path=str(path), found=found, known=known)


def _locked(path: Path, kind: Kind) -> sqlite3.Connection:
    """Connect and take SQLite's own lock, which the system frees even after a crash."""
    try:
        driver = connect(path, cache_kib=kind.cache_kib)
        try:
            with coded(path):
                driver.execute("BEGIN EXCLUSIVE")
                driver.execute("COMMIT")
        except BaseException:
            driver.close()
            raise
    except CensusError as error:
        if error.code != "DB_LOCKED":
            raise
        holder = lockfile.holder(path)
        newest = snapshots.snapshots(path)[-1:]
        raise EnvironmentProblem(
            "DB_LOCKED",
            path=str(path),
            **{name: value or "—" for name, value in asdict(holder).items()},
            snapshot=str(newest[0].path) if newest else "",
        ) from error
    return driver


def _require_sound(driver: sqlite3.Connection, path: Path) -> None:
    check = "integrity_check" if path.stat().st_size <= _WHOLE_CHECK_UP_TO else "quick_check"
    found = driver.execute(f"PRAGMA {check}(1)").fetchone()
    if found != ("ok",):
        raise DataProblem("DB_DAMAGED", path=str(path), detail=str(found[0]).splitlines()[-1][:200])
    if check == "integrity_check":
        broken = driver.execute("PRAGMA foreign_key_check").fetchone()
        if broken is not None:
            raise DataProblem("DB_DAMAGED", path=str(path), detail=f"{broken[0]}: {broken[2]}")


def _require_known_objects(
    driver: sqlite3.Connection, path: Path, kind: Kind, *, more: bool = False
) -> None:
    """Refuse views, triggers, virtual and unknown tables, and columns this form set does not have.

    Comes before anything that makes SQLite evaluate what a file brings along.

    Args:
        more: Admit plain tables and columns beyond those that are known; they are not read.
    """
    objects = driver.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    tables = {name for type_, name, _ in objects if type_ == "table"}
    if kind.mark not in tables:
        raise DataProblem("DB_KIND", path=str(path))
    for type_, name, sql in objects:
        virtual = type_ == "table" and "VIRTUAL" in str(sql).upper()[:20]
        own_expression = type_ == "index" and " WHERE " in str(sql).upper()
        if type_ not in {"table", "index"} or virtual or own_expression:
            raise DataProblem("DB_SCHEMA", path=str(path), name=name)
    known = {*kind.history.tables, *kind.tables, "alembic_version", "sqlite_sequence"}
    strange = sorted(tables - known - _STATISTICS)
    for name in sorted(tables):
        for row in driver.execute(f"PRAGMA table_xinfo({quoted(name)})").fetchall():
            if row[6]:  # generated: an expression of the file's own
                raise DataProblem("DB_SCHEMA", path=str(path), name=f"{name}.{row[1]}")
            if name in kind.tables and row[1] not in kind.tables[name].columns:
                strange.append(f"{name}.{row[1]}")
    if strange and not more:
        _refuse_strange(driver, path, kind, strange[0])


def _refuse_strange(driver: sqlite3.Connection, path: Path, kind: Kind, name: str) -> None:
    """Raise `DB_NEWER` for what another edition of the form set brought, else `DB_SCHEMA`."""
    mark = quoted(kind.mark)
    row = driver.execute(f"SELECT form_version, form_sha256 FROM {mark} LIMIT 1").fetchone()
    if kind.sha256 and row is not None and row[1] != kind.sha256:
        found, known = f"{row[0]} {str(row[1])[:8]}", kind.sha256[:8]
        raise EnvironmentProblem("DB_NEWER", path=str(path), found=found, known=known, name=name)
    raise DataProblem("DB_SCHEMA", path=str(path), name=name)


def _bring_up_to_date(database: Database, kind: Kind, *, snapshot: bool) -> None:
    """Migrate an older file and add what a newer form set adds, after a verified snapshot, in one transaction."""
    old = int(database.pragma("user_version")) < kind.history.version
    with database.reading() as connection:
        lacking = form_tables.missing_parts(connection, kind.tables)
    if not old and not lacking:
        return
    if snapshot:
        now = dt.datetime.now(dt.UTC)
        snapshots.take(database.driver, database.path, "migration", now)
    with database.writing() as connection:
        kind.history.upgrade(connection)
        if form_tables.extend(connection, kind.tables) and kind.sha256:
            # So that an older edition of the form set can say what it does not know.
            connection.exec_driver_sql(
                f"UPDATE {quoted(kind.mark)} SET form_sha256 = ?", (kind.sha256,)
            )
        _stamp(connection, kind)
