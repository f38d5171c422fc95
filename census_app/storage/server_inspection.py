"""Read the schema of a database on a server by SQLAlchemy's inspector: the server's own catalogue, never a row.

The session is read-only where the product knows that. Its drivers are the user's to install, but for PostgreSQL's; a
password stands in the connection's arguments only, in no URL, message or log.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine.reflection import Inspector, ObjectKind, ObjectScope
from sqlalchemy.exc import CompileError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from census_app.domain.database_urls import DatabaseUrl, Product
from census_app.domain.schemas import (
    SYSTEM_SCHEMAS,
    FoundColumn,
    FoundSchema,
    FoundTable,
    LeftOut,
    SchemaNote,
    Why,
    clean_text,
)
from census_app.errors import CensusError, DataProblem, EnvironmentProblem
from census_app.storage.inspection import MAX_TABLES, Tell, nobody

CONNECT_TIMEOUT_S: Final = 10
COUNT_TIMEOUT_S: Final = 20
"""How long counting one table may take, where the server can be told."""


@dataclass(frozen=True, slots=True)
class _Driver:
    """How a product is reached.

    Attributes:
        dialect: SQLAlchemy's name.
        module: What has to be importable.
        package: What a person installs.
        arguments: For the driver's connect.
        first: Statements that make the session harmless.
        count_timeout: Statement that bounds the next ones; `%d` stands for seconds.
        size: Query of a table's bytes with `:schema` and `:name`, where the product is known to tell.
    """

    dialect: str
    module: str
    package: str
    arguments: tuple[tuple[str, object], ...] = ()
    first: tuple[str, ...] = ()
    size: str = ""
    usual_schema: str = ""


_POSTGRES: Final = _Driver(
    "postgresql+psycopg", "psycopg", "psycopg[binary]",
    (("connect_timeout", CONNECT_TIMEOUT_S), ("application_name", "census")),
    ("SET default_transaction_read_only = on", "SET client_encoding = 'UTF8'",
     f"SET statement_timeout = '{COUNT_TIMEOUT_S}s'", "SET lock_timeout = '5s'"),
    "SELECT pg_total_relation_size(c.oid) FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n "
    "ON n.oid = c.relnamespace WHERE n.nspname = {schema} AND c.relname = {name}",
    "public",
)  # fmt: skip

_DRIVERS: Final = {
    Product.POSTGRESQL: _POSTGRES,
    Product.KINGBASE: _POSTGRES,
    Product.MYSQL: _Driver(
        "mysql+pymysql", "pymysql", "PyMySQL", (("connect_timeout", CONNECT_TIMEOUT_S),),
        ("SET SESSION TRANSACTION READ ONLY",),
        "SELECT data_length + index_length FROM information_schema.tables "
        "WHERE table_schema = {schema} AND table_name = {name}",
    ),
    Product.ORACLE: _Driver(
        "oracle+oracledb", "oracledb", "oracledb", (("tcp_connect_timeout", CONNECT_TIMEOUT_S),),
        ("SET TRANSACTION READ ONLY",),
    ),
    Product.SQLSERVER: _Driver(
        "mssql+pymssql", "pymssql", "pymssql", (("login_timeout", CONNECT_TIMEOUT_S), ("read_only", True)),
        usual_schema="dbo",
    ),
    Product.DAMENG: _Driver("dm+dmPython", "dmPython", "dmPython sqlalchemy-dm"),
}  # fmt: skip

_PARTITIONS: Final = (
    "SELECT n.nspname, c.relname FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n "
    "ON n.oid = c.relnamespace WHERE c.relispartition"
)


def inspect_server(
    url: DatabaseUrl, *, count: bool = False, views: bool = False, tell: Tell = nobody
) -> FoundSchema:
    """Return the tables of a database on a server.

    Args:
        count: Count the rows of each table and its bytes.
        views: Take views as tables.

    Raises:
        EnvironmentProblem: `DISCOVER_DRIVER`, the product's driver is not installed; `DISCOVER_CONNECT`, with what the
            server says; `DISCOVER_READ`.
        DataProblem: `DISCOVER_SIZE`.
    """
    driver = _DRIVERS[url.product]
    with _connected(url, driver) as connection:
        reading = _Reading(connection, url, driver, tell)
        with _told(url, "DISCOVER_READ"):
            return reading.read(count=count, views=views)


@contextlib.contextmanager
def _connected(url: DatabaseUrl, driver: _Driver) -> Iterator[Connection]:
    engine = _engine(url, driver)
    try:
        with contextlib.ExitStack() as stack:
            with _told(url, "DISCOVER_CONNECT"):
                connection = stack.enter_context(engine.connect())
            yield connection
    finally:
        engine.dispose()


def _engine(url: DatabaseUrl, driver: _Driver) -> Engine:
    try:
        importlib.import_module(driver.module)
        made = URL.create(
            driver.dialect,
            username=url.user or None,
            password=url.password or None,
            host=url.host,
            port=url.port or None,
            database=None if url.product is Product.ORACLE else url.database,
            query={"service_name": url.database}
            if url.product is Product.ORACLE
            else dict(url.options),
        )
        engine = create_engine(
            made, connect_args=dict(driver.arguments), poolclass=NullPool, hide_parameters=True
        )
    except (ImportError, NoSuchModuleError) as error:
        raise EnvironmentProblem(
            "DISCOVER_DRIVER", product=url.product.value, package=driver.package
        ) from error
    event.listen(engine, "connect", lambda raw, _record: _begin(raw, driver))
    return engine


def _begin(raw: Any, driver: _Driver) -> None:
    cursor = raw.cursor()
    try:
        for statement in driver.first:
            cursor.execute(statement)
    finally:
        cursor.close()
    raw.commit()


@contextlib.contextmanager
def _told(url: DatabaseUrl, code: str) -> Iterator[None]:
    """Raise what a server or driver says as ours, without what it repeats of the password."""
    try:
        yield
    except CensusError:
        raise
    except (SQLAlchemyError, OSError, UnicodeDecodeError, AssertionError) as error:
        orig = getattr(error, "orig", None) or error
        detail = " ".join(str(orig).split())[:300]
        if url.password:
            detail = detail.replace(url.password, "…")
        raise EnvironmentProblem(code, path=url.name, detail=detail) from None


class _Reading:
    """One look at a server."""

    def __init__(
        self, connection: Connection, url: DatabaseUrl, driver: _Driver, tell: Tell
    ) -> None:
        self._connection = connection
        self._url = url
        self._driver = driver
        self._tell = tell
        self._inspector: Inspector = inspect(connection)
        self._left: list[LeftOut] = []
        self._notes: list[SchemaNote] = []

    def read(self, *, count: bool, views: bool) -> FoundSchema:
        tables: list[FoundTable] = []
        schemas = self._schemas()
        partitions = self._partitions()
        for schema in schemas:
            tables += self._of_schema(schema, partitions, views=views)
            if len(tables) > MAX_TABLES:
                raise DataProblem("DISCOVER_SIZE", path=self._url.name, limit=str(MAX_TABLES))
        if count:
            tables = [self._counted(t, n, len(tables)) for n, t in enumerate(tables)]
        source = self._url.database
        return FoundSchema(
            source, self._url.product, tuple(tables), tuple(self._left), tuple(self._notes)
        )

    def _schemas(self) -> list[str]:
        """Return whose tables are looked at: all of PostgreSQL and SQL Server, elsewhere the connection's own."""
        usual = self._inspector.default_schema_name or ""
        if self._url.product in {Product.POSTGRESQL, Product.KINGBASE, Product.SQLSERVER}:
            found = [
                s for s in self._inspector.get_schema_names()
                if s.casefold() not in SYSTEM_SCHEMAS and not s.startswith(("pg_", "db_"))
            ]  # fmt: skip
            return sorted(found, key=lambda s: (s != usual, s))
        return [usual]

    def _partitions(self) -> set[tuple[str, str]]:
        if self._url.product not in {Product.POSTGRESQL, Product.KINGBASE}:
            return set()
        return {(str(r[0]), str(r[1])) for r in self._connection.exec_driver_sql(_PARTITIONS)}

    def _of_schema(
        self, schema: str, partitions: set[tuple[str, str]], *, views: bool
    ) -> Iterator[FoundTable]:
        inspector, shown = self._inspector, self._shown(schema)
        for name in self._views(schema):
            if not views:
                self._left.append(LeftOut(clean_text(name, 200), Why.VIEW, shown))
        for name in (
            inspector.get_temp_table_names() if self._driver.dialect.startswith("sqlite") else ()
        ):
            self._left.append(LeftOut(clean_text(name, 200), Why.TEMPORARY, shown))
        kind = ObjectKind.ANY if views else ObjectKind.TABLE
        asked: dict[str, Any] = {"schema": schema, "kind": kind, "scope": ObjectScope.DEFAULT}
        columns = inspector.get_multi_columns(**asked)
        keys: Any = inspector.get_multi_pk_constraint(**asked)
        comments: Any = self._comments(asked)
        for number, ((_schema, name), found) in enumerate(
            sorted(columns.items(), key=lambda i: i[0][1])
        ):
            self._tell(number, len(columns), name)
            if (schema, name) in partitions:
                self._left.append(LeftOut(clean_text(name, 200), Why.PARTITION, shown))
                continue
            key = (keys.get((_schema, name)) or {}).get("constrained_columns") or []
            said = (comments.get((_schema, name)) or {}).get("text")
            yield FoundTable(
                clean_text(name, 200),
                tuple(self._column(c, key) for c in found),
                shown,
                clean_text(said),
            )

    def _views(self, schema: str) -> list[str]:
        found = list(self._inspector.get_view_names(schema))
        with contextlib.suppress(NotImplementedError):
            found += self._inspector.get_materialized_view_names(schema)
        return sorted(found)

    def _comments(self, asked: dict[str, Any]) -> Any:
        try:
            return self._inspector.get_multi_table_comment(**asked)
        except (
            NotImplementedError
        ):  # SQL Server's own descriptions come as column comments only in some versions
            return {}

    def _shown(self, schema: str) -> str:
        """Return a schema as it is remembered: the usual one goes without saying."""
        usual = self._driver.usual_schema
        return (
            ""
            if schema == usual or (not usual and schema == self._inspector.default_schema_name)
            else schema
        )

    def _column(self, found: Any, key: list[str]) -> FoundColumn:
        return FoundColumn(
            name=clean_text(found["name"], 200),
            type_text=self._type(found["type"]),
            comment=clean_text(found.get("comment")),
            nullable=bool(found.get("nullable", True)),
            key=found["name"] in key,
        )

    def _type(self, declared: Any) -> str:
        try:
            text = declared.compile(dialect=self._connection.dialect)
        except (CompileError, NotImplementedError):  # a type SQLAlchemy does not know
            text = ""
        return clean_text("" if text == "NULL" else text, 200)

    def _counted(self, table: FoundTable, number: int, total: int) -> FoundTable:
        """Count a table's rows and bytes; what cannot be counted is said."""
        self._tell(number, total, table.shown)
        dialect = self._connection.dialect
        quote = dialect.identifier_preparer.quote
        schema = (
            table.schema or self._driver.usual_schema or self._inspector.default_schema_name or ""
        )
        rows = size = None
        try:
            rows = self._number(f"SELECT count(*) FROM {quote(schema)}.{quote(table.name)}")
            if self._driver.size:
                text = self._driver.size.format(schema=_literal(schema), name=_literal(table.name))
                size = self._number(text)
        except DBAPIError as error:
            self._connection.rollback()
            reason = clean_text(str(error.orig), 120)
            params = (("table", table.shown), ("reason", reason))
            self._notes.append(SchemaNote("DISCOVER_NOT_COUNTED", params))
        return replace(table, rows=rows, size_bytes=size)

    def _number(self, statement: str) -> int | None:
        found = self._connection.exec_driver_sql(statement.replace("%", "%%")).scalar()
        return None if found is None else int(found)


def _literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
