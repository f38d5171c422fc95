"""The one recipe by which SQLite files of the program are opened and written (security §8).

Rollback journal cut to length (TRUNCATE) and synced with its folder (EXTRA): what was committed survives a power cut.
Never WAL. One connection, used by one thread at a time. Not responsible for what the tables mean.
"""

from __future__ import annotations

import contextlib
import sqlite3
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.pool import StaticPool

from census_app.errors import EnvironmentProblem
from census_app.storage.failures import coded
from census_app.storage.scratch import ATTACHED, Scratch

APPLICATION_ID: Final = 0x43454E53
"""`CENS`, at offset 68 of every file of ours."""

TIMEOUT_S: Final = 1.0

SETTINGS: Final[Mapping[str, tuple[str, str | int]]] = {
    "locking_mode": ("EXCLUSIVE", "exclusive"),
    "journal_mode": ("TRUNCATE", "truncate"),
    "synchronous": ("EXTRA", 3),
    "foreign_keys": ("ON", 1),
    "trusted_schema": ("OFF", 0),
    "cell_size_check": ("ON", 1),
    "mmap_size": ("0", 0),
    "secure_delete": ("ON", 1),
}
"""PRAGMA → what is set and what must be read back."""


READ_ONLY: Final[Mapping[str, tuple[str, str | int]]] = {
    "query_only": ("ON", 1),
    **{
        name: SETTINGS[name]
        for name in ("foreign_keys", "trusted_schema", "cell_size_check", "mmap_size")
    },
}
"""The settings of a file that is only looked at: a snapshot, or one that is damaged or newer."""


def connect(path: Path, *, cache_kib: int = 0) -> sqlite3.Connection:
    """Open a file with the recipe; nothing of it has been checked yet.

    Args:
        path: An existing file, or one to be made.
        cache_kib: Page cache; 0 leaves SQLite's 2 MiB.

    Raises:
        EnvironmentProblem: `DB_SETTINGS` when a setting did not take; lock and disk codes of `failures`.
    """
    with coded(path):
        connection = sqlite3.connect(
            path, timeout=TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        try:
            _apply(connection, path, SETTINGS)
            if cache_kib:
                connection.execute(f"PRAGMA cache_size=-{cache_kib}")
        except BaseException:
            connection.close()
            raise
    return connection


def connect_read_only(path: Path) -> sqlite3.Connection:
    """Open a file only to look at it; nothing of it can be changed, and others may do the same.

    Raises:
        EnvironmentProblem: As `connect`.
    """
    with coded(path):
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro",
            uri=True,
            timeout=TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            _apply(connection, path, READ_ONLY)
        except BaseException:
            connection.close()
            raise
    return connection


def name_order(text: str | None) -> bytes | None:
    """Return what texts are sorted by: the common Chinese characters in the order of pinyin, as GB 2312 has them."""
    if text is None:
        return None
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    return text.casefold().encode("gb18030", "replace")


def _apply(
    connection: sqlite3.Connection, path: Path, settings: Mapping[str, tuple[str, str | int]]
) -> None:
    for name, (value, _) in settings.items():
        connection.execute(f"PRAGMA {name}={value}").fetchall()
    for name, (_, expected) in settings.items():
        row = connection.execute(f"PRAGMA {name}").fetchone()
        found = row[0] if row else None
        # A build without mmap answers with no row, which is what we want of it.
        if found != expected and not (name == "mmap_size" and found is None):
            raise EnvironmentProblem("DB_SETTINGS", path=str(path), setting=name, found=str(found))


class Opened(Protocol):
    """What a store needs of an open database, a file or on a server.

    Attributes:
        path: The file, or what errors call the server's database; it is no place on a disk then.
        read_only: True when nothing can be written.
    """

    path: Path
    read_only: bool

    def reading(self) -> AbstractContextManager[Connection]:
        """Give the connection for reading; inside `writing` it sees what was written so far."""

    def writing(self, department: str = "") -> AbstractContextManager[Connection]:
        """Give the connection inside one transaction that is durable when the block ends, or never was.

        Args:
            department: The only one that is written about; empty when it may be any.
        """

    def noting(self) -> AbstractContextManager[Connection]:
        """Give the connection inside a transaction for what can be computed again; it waits for no department."""

    def holding(self, department: str) -> AbstractContextManager[None]:
        """Let nobody else write about a department until the block ends; blocks may be nested."""

    def close(self) -> None:
        """Close it; a second call does nothing."""

    def beside(self, scratch: Scratch) -> AbstractContextManager[None]:
        """Show the rows of a scratch database as tables of the schema `scratch.ATTACHED`, until the block ends."""


class Database:
    """One open file: a SQLAlchemy connection over the one driver connection.

    Args:
        path: The file; named in errors.
        driver: A connection made by `connect`, or by `connect_read_only`.
        read_only: Which of both.
    """

    def __init__(self, path: Path, driver: sqlite3.Connection, *, read_only: bool = False) -> None:
        self.path = path
        self.driver = driver
        self.read_only = read_only
        self.closed = False
        self.after_close: Callable[[], object] | None = None
        driver.create_function("name_order", 1, name_order, deterministic=True)
        self._engine = create_engine("sqlite://", creator=lambda: driver, poolclass=StaticPool)
        # pysqlite may only be told by events that it shall not manage transactions itself.
        event.listen(self._engine, "begin", self._on_begin)
        self._writes = False
        self._connection = self._engine.connect()

    def _on_begin(self, connection: Connection) -> None:
        if self._writes:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give the connection for reading; inside `writing` it sees what was written so far."""
        with coded(self.path):
            if self._connection.in_transaction():
                yield self._connection
                return
            try:
                yield self._connection
            finally:
                self._connection.rollback()  # ends SQLAlchemy's bookkeeping; SQLite began nothing

    def noting(self) -> AbstractContextManager[Connection]:
        """Satisfy `Opened`: there is nobody to wait for."""
        return self.writing()

    @contextlib.contextmanager
    def holding(self, department: str) -> Iterator[None]:
        """Satisfy `Opened`: the whole file is locked for this process as it is."""
        del department
        yield

    @contextlib.contextmanager
    def beside(self, scratch: Scratch) -> Iterator[None]:
        """Attach a scratch database until the block ends."""
        with coded(self.path):
            self.driver.execute(f"ATTACH ? AS {ATTACHED}", (str(scratch.path),))
        try:
            yield
        finally:
            self.driver.execute(f"DETACH {ATTACHED}")

    @contextlib.contextmanager
    def writing(self, department: str = "") -> Iterator[Connection]:
        """Give the connection inside one transaction that is durable when the block ends, or never was."""
        del department
        with coded(self.path):
            self._writes = True
            try:
                with self._connection.begin():
                    yield self._connection
            finally:
                self._writes = False
                # A COMMIT that fails (deferred key, full disk) leaves SQLite's transaction open.
                if self.driver.in_transaction:
                    self.driver.rollback()

    def pragma(self, name: str) -> str | int:
        """Return the value of a PRAGMA."""
        with coded(self.path):
            value: str | int = self.driver.execute(f"PRAGMA {name}").fetchone()[0]
            return value

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self.closed = True
        self._connection.close()
        self._engine.dispose()
        self.driver.close()
        if self.after_close is not None:
            self.after_close()
            self.after_close = None
