"""Read the schema of somebody else's SQLite file: tables and columns, never a row.

Everything such a file could do to us is shut off (security §9, S1–S5): it is opened for reading, nothing of it is
evaluated, an authoriser admits the schema and, where that was asked, counting; a running statement ends after two
seconds. Servers are read by `server_inspection`.
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from census_app.domain.database_urls import Product
from census_app.domain.schemas import (
    FoundColumn,
    FoundSchema,
    FoundTable,
    LeftOut,
    SchemaNote,
    Why,
    clean_text,
    reason_to_leave,
)
from census_app.errors import CensusError, DataProblem, UserError
from census_app.formats.ddl import remarks_of
from census_app.formspec.schema import quoted
from census_app.storage.failures import coded

Tell = Callable[[int, int, str], None]
"""Told how many tables of how many were read, and the name of the next; may raise to stop."""

TIMEOUT_S: Final = 2.0
"""How long one statement may take."""

COUNT_TIMEOUT_S: Final = 20.0
"""How long counting one table may take; what takes longer has no number, and that is said."""

MAX_TABLES: Final = 20_000
_UNREADABLE: Final = frozenset({"DB_STATEMENT", "DB_DAMAGED", "DB_FOREIGN"})
_MAX_TEXT: Final = 16 << 20
_MAGIC: Final = b"SQLite format 3\x00"
_SCHEMA_TABLES: Final = frozenset({"sqlite_master", "sqlite_schema", "dbstat"})
_PRAGMAS: Final = frozenset(
    {"table_xinfo", "page_size", "query_only", "trusted_schema", "cell_size_check", "mmap_size"}
)


_SHADOWS: Final = [
    "data",
    "idx",
    "content",
    "docsize",
    "config",
    "node",
    "parent",
    "rowid",
    "segments",
    "segdir",
    "stat",
]
"""How the tables are called that full text and R-tree indexes keep for themselves."""


def nobody(_done: int, _total: int, _name: str) -> None:
    """Tell nobody."""


def inspect_file(path: Path, *, count: bool = False, tell: Tell = nobody) -> FoundSchema:
    """Return the tables of a SQLite file.

    Args:
        count: Count the rows of each table, and the bytes where this build of SQLite can tell.

    Raises:
        UserError: `FILE_MISSING`.
        DataProblem: `DISCOVER_FOREIGN`, not a SQLite file; `DISCOVER_DAMAGED`; `DISCOVER_TIMEOUT`; `DISCOVER_SIZE`.
        EnvironmentProblem: Codes of `failures`.
    """
    _require_sqlite(path)
    with _guarded(path) as (driver, watch):
        return _read(driver, watch, path, count=count, tell=tell)


def _require_sqlite(path: Path) -> None:
    if not path.is_file():
        raise UserError("FILE_MISSING", path=str(path))
    with coded(path), path.open("rb") as handle:
        head = handle.read(100)
    if len(head) < 100 or not head.startswith(_MAGIC):
        raise DataProblem("DISCOVER_FOREIGN", path=str(path))


class _Watch:
    """Ends a statement that runs too long; `over` says that it did."""

    def __init__(self) -> None:
        self.until = 0.0
        self.over = False

    def start(self, seconds: float | None = None) -> None:
        self.until = time.monotonic() + (TIMEOUT_S if seconds is None else seconds)
        self.over = False

    def __call__(self) -> int:
        self.over = time.monotonic() > self.until
        return int(self.over)


@contextlib.contextmanager
def _guarded(path: Path) -> Iterator[tuple[sqlite3.Connection, _Watch]]:
    """Open a foreign file so that it can do nothing."""
    # Without a log beside it nobody is writing: then not even SQLite's own helper files are made there.
    busy = path.with_name(path.name + "-wal").exists()
    mode = "mode=ro" if busy else "mode=ro&immutable=1"
    watch = _Watch()
    try:
        with coded(path):
            driver = sqlite3.connect(
                f"{path.resolve().as_uri()}?{mode}",
                uri=True,
                timeout=1.0,
                isolation_level=None,
                check_same_thread=False,
            )
            try:
                _shut(driver, watch)
                yield driver, watch
            finally:
                driver.close()
    except CensusError as error:
        if watch.over:
            raise DataProblem(
                "DISCOVER_TIMEOUT", path=str(path), seconds=str(int(TIMEOUT_S))
            ) from error
        if error.code in _UNREADABLE:  # malformed on purpose, or damaged
            detail = str(error.params.get("detail", ""))[:200]
            raise DataProblem("DISCOVER_DAMAGED", path=str(path), detail=detail) from error
        raise


def _shut(driver: sqlite3.Connection, watch: _Watch) -> None:
    driver.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_TEXT)
    driver.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, 1 << 20)
    driver.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    driver.setlimit(sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 100)
    driver.setlimit(sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 1)
    if sys.version_info >= (3, 12):
        # Of SQLite's own signature is the flag.
        driver.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
    watch.start()
    driver.set_progress_handler(watch, 2_000)
    for setting in ("query_only=ON", "trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0"):
        driver.execute(f"PRAGMA {setting}").fetchall()
    driver.set_authorizer(_authorise)


def _authorise(
    action: int, first: str | None, second: str | None, _schema: str | None, _inside: str | None
) -> int:
    """Admit the schema, and counting rows, which reads no column."""
    if action == sqlite3.SQLITE_SELECT:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_READ and (first in _SCHEMA_TABLES or second == ""):
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA and first in _PRAGMAS:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION and second in {"count", "sum"}:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _read(
    driver: sqlite3.Connection, watch: _Watch, path: Path, *, count: bool, tell: Tell
) -> FoundSchema:
    objects = driver.execute(
        "SELECT name, sql, type FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY rowid"
    ).fetchmany(MAX_TABLES + 1)
    if len(objects) > MAX_TABLES:
        raise DataProblem("DISCOVER_SIZE", path=str(path), limit=str(MAX_TABLES))
    tables: list[FoundTable] = []
    left: list[LeftOut] = []
    notes: list[SchemaNote] = []
    shadows: set[str] = set()
    for number, (name, sql, kind) in enumerate(objects):
        tell(number, len(objects), str(name))
        why = _why(str(name), str(sql or ""), str(kind))
        if why is Why.VIRTUAL:
            shadows |= {f"{name}_{end}".casefold() for end in _SHADOWS}
        elif why is None and str(name).casefold() in shadows:
            why = Why.VIRTUAL
        if why is not None:
            left.append(LeftOut(clean_text(name, 200), why))
            continue
        watch.start()
        table = _table(driver, str(name), str(sql or ""))
        if count:
            table = _counted(driver, watch, table, str(name), notes)
        tables.append(table)
    return FoundSchema(path.stem, Product.SQLITE, tuple(tables), tuple(left), tuple(notes))


def _why(name: str, sql: str, kind: str) -> Why | None:
    if kind == "view":
        return Why.VIEW
    if sql.lstrip()[:40].upper().replace("\n", " ").startswith("CREATE VIRTUAL"):
        return Why.VIRTUAL
    return reason_to_leave("", name)


def _table(driver: sqlite3.Connection, name: str, sql: str) -> FoundTable:
    rows = driver.execute(f"PRAGMA table_xinfo({quoted(name)})").fetchall()
    said, beside = remarks_of(sql) if "--" in sql or "/*" in sql else ("", {})
    columns = tuple(
        FoundColumn(
            name=clean_text(row[1], 200),
            type_text=clean_text(row[2], 200),
            comment=beside.get(str(row[1]).casefold(), ""),
            nullable=not row[3] and not row[5],
            key=bool(row[5]),
        )
        for row in rows
        if row[6] != 1  # hidden columns are no one's data
    )
    return FoundTable(clean_text(name, 200), columns, comment=said)


@contextlib.contextmanager
def _bounded(driver: sqlite3.Connection, watch: _Watch) -> Iterator[None]:
    """Interrupt a count that takes too long: SQLite counts in one instruction, which no progress handler sees."""
    watch.start(COUNT_TIMEOUT_S)
    timer = threading.Timer(COUNT_TIMEOUT_S, driver.interrupt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _counted(
    driver: sqlite3.Connection, watch: _Watch, table: FoundTable, name: str, notes: list[SchemaNote]
) -> FoundTable:
    rows = size = None
    try:
        with _bounded(driver, watch):
            rows = int(driver.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()[0])
        watch.start()
        found = driver.execute("SELECT sum(pgsize) FROM dbstat WHERE name = ?", (name,)).fetchone()[
            0
        ]
        size = None if found is None else int(found)
    except sqlite3.OperationalError as error:
        # A build without dbstat knows no sizes; a table too large to count in time has no number.
        watch.over = False
        if rows is None:
            notes.append(
                SchemaNote(
                    "DISCOVER_NOT_COUNTED", (("table", table.name), ("reason", str(error)[:80]))
                )
            )
    return FoundTable(table.name, table.columns, table.schema, table.comment, rows, size)
