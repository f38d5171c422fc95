"""A catalogue's database on a PostgreSQL server: connection, transactions, locks, and rows that arrive by COPY.

The statements of a catalogue are written once, in what both databases understand: `?` marks a value, and functions
that only SQLite has stand under its names in the schema (`server_schema`). Not responsible for what the tables mean.
"""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine.interfaces import DBAPICursor, ExecutionContext

from census_app.domain.addresses import ServerAddress
from census_app.errors import CensusError, EnvironmentProblem, UserError
from census_app.formspec.schema import quoted, table_schema
from census_app.storage.failures import coded, of_server
from census_app.storage.scratch import Scratch

if TYPE_CHECKING:
    import psycopg

SCHEMA: Final = "census"
"""Everything of ours stands in this schema."""

CONNECT_TIMEOUT_S: Final = 10
LOCK_TIMEOUT_S: Final = 60
"""How long a colleague's merge is waited for, where the database, the role or the URL says nothing else."""

_PATIENCE: Final = (
    f"SELECT set_config('lock_timeout', '{LOCK_TIMEOUT_S}s', FALSE) "
    "WHERE current_setting('lock_timeout') = '0'"
)
_SETTINGS: Final = (
    # Temporary tables last: what has no schema in a statement is the catalogue's.
    f"SET search_path = {SCHEMA}, pg_temp",
    _PATIENCE,
    "SET client_encoding = 'UTF8'",
    "SET synchronous_commit = on",
    "SET work_mem = '64MB'",
)
_OWNER: Final = (
    "SELECT r.rolname, pg_has_role(n.nspowner, 'MEMBER') AND r.rolname <> current_user "
    "FROM pg_namespace AS n JOIN pg_roles AS r ON r.oid = n.nspowner WHERE n.nspname = %s"
)
_LOCKS: Final = 0x43454E53
"""First half of our advisory locks; the second says of which department, 0 stands for the whole catalogue."""

_WHOLE: Final = 0

_BESIDE: Final = {
    "package_pending": ("announced", "form, record_id AS id, unit, title"),
    "package_deleted": ("announced", "form, record_id AS id"),
    "package_explained": ("explained", "form, record_id, rule, values_sha256, reason"),
    "package_answered": ("answered", '"query", kind, text, value_sha256'),
}
"""Table of a scratch database beside the form tables → table of ours it is like, and its columns there."""

_ANALYZED_FROM: Final = 2000
"""Rows from which on the planner is told how many there are."""


def driver_module() -> Any:
    """Return psycopg.

    Raises:
        EnvironmentProblem: `SERVER_DRIVER`, when it is not installed.
    """
    try:
        import psycopg  # noqa: PLC0415  # only who uses a server needs it
    except ImportError as error:
        raise EnvironmentProblem("SERVER_DRIVER", detail=str(error)) from error
    return psycopg


class Server:
    """A connection to a server; satisfies `engine.Opened`. It is made anew after it was lost.

    Args:
        address: Where the database is.

    Raises:
        UserError: `SERVER_URL`, the driver cannot read the address.
        EnvironmentProblem: `SERVER_DRIVER`, `SERVER_UNREACHABLE`.
    """

    def __init__(self, address: ServerAddress) -> None:
        self.path = Path(address.name)
        self.read_only = False
        self.closed = False
        self.made_with: tuple[str, str] | None = None
        self._address = address
        self._driver = driver_module()
        self._engine = create_engine(
            "postgresql+psycopg://", creator=self._connect, pool_size=1, max_overflow=0
        )
        event.listen(self._engine, "before_cursor_execute", _in_its_dialect, retval=True)
        try:
            with coded(self.path):
                self._connection = self._engine.connect()
        except BaseException:
            self._engine.dispose()
            raise

    def _connect(self) -> psycopg.Connection:
        try:
            made: psycopg.Connection = self._driver.connect(
                self._address.url,
                autocommit=True,
                connect_timeout=CONNECT_TIMEOUT_S,
                application_name="census",
            )
        except self._driver.ProgrammingError:
            # The driver's words quote parts of the password.
            raise UserError("SERVER_URL") from None
        except self._driver.Error as error:
            detail = " ".join(str(error).split())
            raise EnvironmentProblem(
                "SERVER_UNREACHABLE", path=str(self.path), detail=detail
            ) from None  # the driver's own error could show the URL
        for statement in _SETTINGS:
            made.execute(statement.encode())
        owner = made.execute(_OWNER, (SCHEMA,)).fetchone()
        if owner is not None and owner[1]:
            # What one administrator makes, every other one can change.
            made.execute(self._driver.sql.SQL("SET ROLE {}").format(_name(self._driver, owner[0])))
        made.autocommit = False
        return made

    def _ready(self, *, reading: bool) -> psycopg.Connection:
        """Return the driver's connection, in no transaction: readers see one moment, writers what is newest."""
        driver: Any = self._connection.connection.driver_connection
        if driver.closed:
            self._connection.invalidate()
            driver = self._connection.connection.driver_connection
        levels = self._driver.IsolationLevel
        driver.isolation_level = levels.REPEATABLE_READ if reading else levels.READ_COMMITTED
        driver.read_only = reading
        made: psycopg.Connection = driver
        return made

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give the connection for reading, as everything stands at one moment; satisfies `Opened`."""
        with coded(self.path):
            if self._connection.in_transaction():
                yield self._connection
                return
            self._ready(reading=True)
            try:
                yield self._connection
            finally:
                self._connection.rollback()

    @contextlib.contextmanager
    def writing(self, department: str = "") -> Iterator[Connection]:
        """Give the connection inside one transaction; satisfies `Opened`.

        Who writes about one department excludes others there; who may write about all excludes everybody.

        Raises:
            EnvironmentProblem: `SERVER_BUSY`; `SERVER_FORMS`, when a colleague has taken over a newer form set.
        """
        with self._transaction() as connection:
            if department:
                _run(connection, "SELECT pg_advisory_xact_lock(?, ?)", _LOCKS, key_of(department))
                _run(connection, "SELECT pg_advisory_xact_lock_shared(?, ?)", _LOCKS, _WHOLE)
            else:
                _run(connection, "SELECT pg_advisory_xact_lock(?, ?)", _LOCKS, _WHOLE)
            if self.made_with is not None and forms_of(connection) != self.made_with:
                raise EnvironmentProblem("SERVER_FORMS", path=str(self.path))
            yield connection
            now = forms_of(connection) if self.made_with is not None else None
        self.made_with = now

    def noting(self) -> AbstractContextManager[Connection]:
        """Give the connection inside a transaction that takes no lock of ours; satisfies `Opened`."""
        return self._transaction()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with coded(self.path):
            self._ready(reading=False)
            with self._connection.begin():
                yield self._connection

    @contextlib.contextmanager
    def holding(self, department: str) -> Iterator[None]:
        """Keep others from writing about a department, or holding it too, until the block ends; satisfies `Opened`.

        Who writes about the whole catalogue is not kept back: what the holder then writes waits for them, as ever. The
        lock is the connection's, not a transaction's, and goes with it; blocks may be nested.
        """
        with self.reading() as connection:
            _run(connection, "SELECT pg_advisory_lock(?, ?)", _LOCKS, key_of(department))
        try:
            yield
        finally:
            # A connection that is gone has taken its locks along.
            with contextlib.suppress(CensusError), self.reading() as connection:
                _run(connection, "SELECT pg_advisory_unlock(?, ?)", _LOCKS, key_of(department))

    @contextlib.contextmanager
    def beside(self, scratch: Scratch) -> Iterator[None]:
        """Copy a scratch database into temporary tables until the block ends; satisfies `Opened`."""
        with self._transaction() as connection:
            self._take(connection, scratch)
        try:
            yield
        finally:
            with contextlib.suppress(CensusError), self._transaction() as connection:
                connection.exec_driver_sql("DISCARD TEMP")

    def _take(self, connection: Connection, scratch: Scratch) -> None:
        for form in scratch.form_set.forms:
            columns = [*(column.name for column in table_schema(form).columns), "row_sha256"]
            shown = ", ".join(map(quoted, columns))
            self._take_table(connection, scratch, form.id, (quoted(form.id), shown), columns)
        for table, (like, shown) in _BESIDE.items():
            columns = [part.split(" AS ")[-1].strip('" ') for part in shown.split(",")]
            self._take_table(connection, scratch, table, (like, shown), columns)

    def _take_table(
        self,
        connection: Connection,
        scratch: Scratch,
        table: str,
        like: tuple[str, str],
        columns: Sequence[str],
    ) -> None:
        connection.exec_driver_sql(
            f"CREATE TEMPORARY TABLE {quoted(table)} AS SELECT {like[1]} FROM {like[0]} WHERE FALSE"
        )
        name = f"pg_temp.{quoted(table)}"
        if self.copy_in(connection, name, columns, scratch.rows(table, columns)) > _ANALYZED_FROM:
            connection.exec_driver_sql(f"ANALYZE {name}")

    def copy_in(
        self,
        connection: Connection,
        table: str,
        columns: Iterable[str],
        rows: Iterable[Sequence[object]],
    ) -> int:
        """Append rows to a table by COPY and return how many they were.

        Args:
            connection: In a transaction of this server.
            table: With its schema, quoted.
        """
        driver: Any = connection.connection.driver_connection
        statement = f"COPY {table} ({', '.join(map(quoted, columns))}) FROM STDIN"
        number = 0
        try:
            with driver.cursor() as cursor, cursor.copy(statement.encode()) as copy:
                for row in rows:
                    copy.write_row(row)
                    number += 1
        except self._driver.Error as error:
            raise of_server(error, self.path, lost=bool(driver.closed)) from error
        return number

    def run_script(self, sql: str) -> None:
        """Run statements as the role that logged in, not as the owner; they begin and end their own transaction."""
        try:
            with self._driver.connect(self._address.url, autocommit=True) as own:
                own.execute(sql.encode())
        except self._driver.Error as error:
            raise of_server(error, self.path, lost=not getattr(error, "sqlstate", None)) from error

    def close(self) -> None:
        """Close the connection; a second call does nothing."""
        self.closed = True
        self._connection.close()
        self._engine.dispose()


def forms_of(connection: Connection) -> tuple[str, str]:
    """Return version and fingerprint of the form set a catalogue uses."""
    row = connection.exec_driver_sql("SELECT form_version, form_sha256 FROM catalogue").one()
    return str(row[0]), str(row[1])


def _run(connection: Connection, statement: str, *values: object) -> None:
    connection.exec_driver_sql(statement, values).close()


def key_of(department: str) -> int:
    """Return the lock of a department; two that share one wait for each other, which does no harm."""
    number = zlib.crc32(department.encode())
    return number - (1 << 32) if number >= 1 << 31 else number


def _name(driver: Any, name: str) -> Any:
    return driver.sql.Identifier(name)


def _in_its_dialect(
    connection: Connection,
    cursor: DBAPICursor,
    statement: str,
    parameters: Any,
    context: ExecutionContext | None,
    executemany: bool,  # SQLAlchemy's event
) -> tuple[str, Any]:
    """Turn a statement that was written by hand into the driver's: `?` is a value there, and `%` a percent sign."""
    del connection, cursor, executemany
    if context is None or getattr(context, "compiled", None) is None:
        statement = statement.replace("%", "%%").replace("?", "%s")
    return statement, parameters
