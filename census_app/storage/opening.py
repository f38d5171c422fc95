"""Open or make a file of ours: everything that is checked before a record is read.

Order matters: what a step checks protects the next one. Not responsible for what the records mean.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Table

from census_app.errors import CensusError, DataProblem, EnvironmentProblem, UserError
from census_app.storage import form_tables, lockfile, snapshots
from census_app.storage.engine import APPLICATION_ID, Database, connect, connect_read_only
from census_app.storage.failures import coded
from census_app.storage.location import require_fixed_disk
from census_app.storage.made_with import MadeWith, made_with
from census_app.storage.migrations import History

_MAGIC: Final = b"SQLite format 3\x00"
_WHOLE_CHECK_UP_TO: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kind:
    """What is peculiar to workspaces, or to catalogues.

    Attributes:
        mark: Table that only this kind has.
        tables: Form id → table.
        cache_kib: Page cache.
    """

    mark: str
    history: History
    tables: Mapping[str, Table]
    cache_kib: int = 0


TablesOf = Callable[[MadeWith], Mapping[str, Table]]
"""Returns the form tables of a file by the form set it was made with."""


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
            snapshots.sync_folder(path.parent)
    finally:
        for left in (part, journal):
            with contextlib.suppress(OSError):
                left.unlink(missing_ok=True)


def _stamp(connection: Connection, kind: Kind) -> None:
    connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version={kind.history.version}")


def open_(path: Path, kind: Kind, tables_of: TablesOf | None = None) -> Database:
    """Open a file of ours: checked, brought to the present schema, and locked for this process.

    Args:
        tables_of: For a file with a form set of its own, in the place of `kind.tables`.

    Raises:
        UserError: `FILE_MISSING`.
        EnvironmentProblem: `DB_LOCATION`, `DB_LOCKED` with the holder, `DB_NEWER`, codes of `failures`.
        DataProblem: `DB_FOREIGN`, `DB_DAMAGED`, `DB_SCHEMA`; `DB_KIND` when a catalogue is opened as a workspace
            or the other way round.
    """
    require_fixed_disk(path)
    _require_ours(path, kind)
    driver = _locked(path, kind)
    try:
        kind = _with_tables(driver, path, kind, tables_of)
        with coded(path):
            _require_known_objects(driver, path, kind)
            _require_sound(driver, path)
        database = Database(path, driver)
        _bring_up_to_date(database, kind)
    except BaseException:
        driver.close()
        raise
    lockfile.note(path)
    return database


def open_read_only(path: Path, kind: Kind, tables_of: TablesOf | None = None) -> Database:
    """Open a file of the present schema only to look at it: a snapshot, say. It is neither locked nor changed.

    Args:
        tables_of: As for `open_`.

    Raises:
        UserError, EnvironmentProblem, DataProblem: As `open_`; `DB_SCHEMA` also for a file that needs a migration.
    """
    _require_ours(path, kind)
    driver = connect_read_only(path)
    try:
        kind = _with_tables(driver, path, kind, tables_of)
        with coded(path):
            _require_known_objects(driver, path, kind)
            _require_sound(driver, path)
        database = Database(path, driver)
        _require_present_schema(database, kind)
    except BaseException:
        driver.close()
        raise
    return database


def _with_tables(
    driver: sqlite3.Connection, path: Path, kind: Kind, tables_of: TablesOf | None
) -> Kind:
    if tables_of is None:
        return kind
    with coded(path):
        found = made_with(driver, kind.mark, path)
    return replace(kind, tables=tables_of(found))


def _require_present_schema(database: Database, kind: Kind) -> None:
    with database.reading() as connection:
        lacking = form_tables.missing_parts(connection, kind.tables)
    if lacking or int(database.pragma("user_version")) < kind.history.version:
        raise DataProblem("DB_SCHEMA", path=str(database.path), name=", ".join(lacking[:3]))


def _require_ours(path: Path, kind: Kind) -> None:
    """Look at the file's head before SQLite touches it."""
    if not path.is_file():
        raise UserError("FILE_MISSING", path=str(path))
    with coded(path), path.open("rb") as handle:
        head = handle.read(100)
    if len(head) < 100 or not head.startswith(_MAGIC):
        raise DataProblem("DB_FOREIGN", path=str(path))
    if int.from_bytes(head[68:72], "big") != APPLICATION_ID:
        raise DataProblem("DB_FOREIGN", path=str(path))
    found = int.from_bytes(head[60:64], "big")
    if found > kind.history.version:
        raise EnvironmentProblem(
            "DB_NEWER", path=str(path), found=found, known=kind.history.version
        )


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
        raise DataProblem("DB_DAMAGED", path=str(path), detail=str(found[0])[:200])
    if check == "integrity_check":
        broken = driver.execute("PRAGMA foreign_key_check").fetchone()
        if broken is not None:
            raise DataProblem("DB_DAMAGED", path=str(path), detail=f"{broken[0]}: {broken[2]}")


def _require_known_objects(driver: sqlite3.Connection, path: Path, kind: Kind) -> None:
    """Refuse views, triggers, virtual and unknown tables, and columns this form set does not have.

    Comes before anything that makes SQLite evaluate what a file brings along.
    """
    objects = driver.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    tables = {name for type_, name, _ in objects if type_ == "table"}
    if kind.mark not in tables:
        raise DataProblem("DB_KIND", path=str(path))
    known = {*kind.history.tables, *kind.tables, "alembic_version", "sqlite_sequence"}
    for type_, name, sql in objects:
        stranger = type_ == "table" and (name not in known or "VIRTUAL" in str(sql).upper()[:20])
        own_expression = type_ == "index" and " WHERE " in str(sql).upper()
        if type_ not in {"table", "index"} or stranger or own_expression:
            raise DataProblem("DB_SCHEMA", path=str(path), name=name)
    for name, table in kind.tables.items():
        if name in tables:
            for row in driver.execute(f'PRAGMA table_xinfo("{name}")'):
                if row[1] not in table.columns or row[6]:
                    raise DataProblem("DB_SCHEMA", path=str(path), name=f"{name}.{row[1]}")


def _bring_up_to_date(database: Database, kind: Kind) -> None:
    """Migrate an older file and add what a newer form set adds, after a verified snapshot, in one transaction."""
    old = int(database.pragma("user_version")) < kind.history.version
    with database.reading() as connection:
        lacking = form_tables.missing_parts(connection, kind.tables)
    if not old and not lacking:
        return
    now = dt.datetime.now(dt.UTC)
    snapshots.take(database.driver, database.path, "migration", now)
    with database.writing() as connection:
        kind.history.upgrade(connection)
        form_tables.extend(connection, kind.tables)
        _stamp(connection, kind)


def replace_with(path: Path, snapshot: Path, now: dt.datetime) -> None:
    """Put a copy of a snapshot in the place of a file, after a snapshot of the file itself where it can be read.

    A damaged file is kept beside, as `<name>.damaged`, never overwritten.

    Raises:
        EnvironmentProblem: `DB_LOCKED` when somebody has the file open; codes of `failures`.
        DataProblem: `SNAPSHOT_DAMAGED`.
    """
    part = path.with_name(path.name + ".part")
    if path.exists():
        _keep_present(path, now)
    with coded(path):
        shutil.copyfile(snapshot, part)
        snapshots.verify(part)
        snapshots.sync_file(part)
        # An old journal beside another file would be played back into it.
        path.with_name(path.name + "-journal").unlink(missing_ok=True)
        part.replace(path)
        snapshots.sync_folder(path.parent)


def _keep_present(path: Path, now: dt.datetime) -> None:
    try:
        driver = connect(path)
        try:
            with coded(path):
                driver.execute("BEGIN EXCLUSIVE")
                driver.execute("COMMIT")
            snapshots.take(driver, path, "restore", now)
        finally:
            driver.close()
    except DataProblem:
        with coded(path):
            aside = path.with_name(f"{path.name}.damaged-{now:%Y%m%dT%H%M%SZ}")
            journal = path.with_name(path.name + "-journal")
            if journal.exists():
                journal.rename(aside.with_name(aside.name + "-journal"))
            path.rename(aside)
