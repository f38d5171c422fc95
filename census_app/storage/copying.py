"""Make a catalogue that has every row of another one, from a file to a server and back.

Rows travel as they stand, keys included. Not responsible for saying whether the copy is equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Table, select

from census_app.domain.addresses import Target
from census_app.storage import catalogue, fixed_tables, form_tables, server_catalogue
from census_app.storage.catalogue import Catalogue
from census_app.storage.server import SCHEMA, Server

_PAGE: Final = 2000
_FEW: Final = 8
"""Rows of `package_chunk` that are held at a time; each may have 1 MiB."""


def copy_catalogue(source: Catalogue, target: Target) -> Catalogue:
    """Make the copy and open it; it appears whole, or not at all.

    Raises:
        UserError: `FILE_EXISTS`, `SERVER_TAKEN`.
        EnvironmentProblem: Codes of `failures`, of either side.
    """
    with source.reading():  # one moment for all tables; on a file nobody else writes
        return _copied(source, target)


def _copied(source: Catalogue, target: Target) -> Catalogue:
    forms = form_tables.catalogue_tables(source.form_set)
    tables = [*fixed_tables.CATALOGUE.sorted_tables, *forms.values()]
    if isinstance(target, Path):

        def insert_all(connection: Connection) -> None:
            for table in tables:
                insert(connection, table, pages(source, table))
            _forget_digest(connection)

        return catalogue.make(target, source.form_set, insert_all)

    def copy_all(server: Server, connection: Connection) -> None:
        for table in tables:
            rows = (row for page in pages(source, table) for row in page)
            name = f'{SCHEMA}."{table.name}"'
            server.copy_in(connection, name, table.columns.keys(), rows)
        for form in forms:
            connection.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{SCHEMA}.{form}', 'row_key'), "
                f'coalesce(max(row_key), 0) + 1, FALSE) FROM "{form}"'
            )
        connection.exec_driver_sql("ANALYZE")
        _forget_digest(connection)

    return server_catalogue.make(target, source.form_set, copy_all)


def _forget_digest(connection: Connection) -> None:
    connection.exec_driver_sql("UPDATE catalogue SET digest = ''")


def pages(
    source: Catalogue, table: Table, only: ColumnElement[bool] | None = None
) -> Iterator[Sequence[tuple[object, ...]]]:
    """Yield the rows of a table, by its primary key, in pages.

    Args:
        only: Which rows; None for all.
    """
    size = _FEW if table.name == fixed_tables.package_chunk.name else _PAGE
    statement = select(table).order_by(*table.primary_key.columns)
    if only is not None:
        statement = statement.where(only)
    with source.reading() as connection:
        if not source.shared:
            # A file's rows are read as the driver has them: half a million cost seconds otherwise.
            cursor: Any = connection.execute(statement).cursor
            yield from iter(lambda: cursor.fetchmany(size), [])
            return
        found = connection.execute(statement.execution_options(yield_per=size))
        for page in found.partitions(size):
            yield [tuple(map(_plain, row)) for row in page]


def _plain(value: object) -> object:
    # A server's numbers have four decimals exactly; SQLite keeps the same fifteen digits as REAL.
    return float(value) if isinstance(value, Decimal) else value


def insert(
    connection: Connection, table: Table, found: Iterable[Sequence[tuple[object, ...]]]
) -> None:
    """Insert rows in pages; a column in which a page says nothing is left out, for the driver binds None slowly."""
    names = [f'"{name}"' for name in table.columns.keys()]  # noqa: SIM118  # no dictionary
    for page in found:
        columns = list(zip(*page, strict=True))
        said = [n for n, column in enumerate(columns) if column.count(None) < len(column)]
        connection.exec_driver_sql(
            f'INSERT INTO "{table.name}" ({", ".join(names[n] for n in said)}) '
            f"VALUES ({', '.join('?' * len(said))})",
            list(zip(*(columns[n] for n in said), strict=True)),
        )
