"""SQLAlchemy tables of a form set, from `formspec.schema`; creating them, and adding what a newer form set adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import (
    REAL,
    BigInteger,
    Column,
    Connection,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    UniqueConstraint,
    inspect,
)
from sqlalchemy.types import TypeEngine

from census_app.domain.searching import SEARCHED_TYPES
from census_app.formspec.model import FormSet
from census_app.formspec.schema import TableSchema, quoted, table_schemas
from census_app.storage.column_types import TEXT

_REAL: Final[TypeEngine[Any]] = REAL().with_variant(Numeric(15, 4), "postgresql")
_INTEGER: Final[TypeEngine[Any]] = Integer().with_variant(BigInteger(), "postgresql")
TYPES: Final[Mapping[str, TypeEngine[Any]]] = {
    "TEXT": TEXT,
    "INTEGER": _INTEGER,
    "REAL": _REAL,
}

HASH_COLUMN: Final = "row_sha256"


def workspace_tables(form_set: FormSet) -> dict[str, Table]:
    """Return form id → table of a workspace: the schema's columns and the row's hash."""
    metadata = MetaData()
    return {s.name: _workspace_table(s, metadata) for s in table_schemas(form_set)}


def catalogue_tables(form_set: FormSet) -> dict[str, Table]:
    """Return form id → table of a catalogue: as in a workspace, with the department and the source package."""
    metadata = MetaData()
    return {s.name: _catalogue_table(s, metadata) for s in table_schemas(form_set)}


def _columns(schema: TableSchema) -> list[Column[object]]:
    made: list[Column[object]] = []
    for column in schema.columns:
        kind = TYPES[column.sql_type]
        if column.name == "row_key":
            made.append(Column(column.name, _INTEGER, primary_key=True, autoincrement=True))
        elif column.field is None and column.name != "parent_id":
            made.append(Column(column.name, kind, nullable=False))
        else:
            made.append(Column(column.name, kind, nullable=_may_be_null(schema, column.name)))
    return made


def _may_be_null(schema: TableSchema, column: str) -> bool:
    return not (column == "parent_id" and schema.form.parent)


def _workspace_table(schema: TableSchema, metadata: MetaData) -> Table:
    name = schema.name
    parts: list[Column[object] | UniqueConstraint | ForeignKeyConstraint | Index] = [
        *_columns(schema),
        Column(HASH_COLUMN, LargeBinary, nullable=False),
        UniqueConstraint("id", name=f"uq_{name}_id"),
        *_title_indexes(schema),
    ]
    if schema.form.parent:
        parts += [
            ForeignKeyConstraint(
                ["parent_id"],
                [f"{schema.form.parent}.id"],
                name=f"fk_{name}_parent_id",
                deferrable=True,
                initially="DEFERRED",
            ),
            Index(f"ix_{name}_parent", "parent_id", "position", "id"),
        ]
    # AUTOINCREMENT: the key of a removed record is not given to another one.
    return Table(name, metadata, *parts, sqlite_autoincrement=True)


def _catalogue_table(schema: TableSchema, metadata: MetaData) -> Table:
    name = schema.name
    parts: list[Column[object] | UniqueConstraint | ForeignKeyConstraint | Index] = [
        *_columns(schema),
        Column("department_code", TEXT, nullable=False),
        Column("source", TEXT, nullable=False),
        Column(HASH_COLUMN, LargeBinary, nullable=False),
        # Department first: the rows of one package lie together in every index.
        UniqueConstraint("department_code", "id", name=f"uq_{name}_id"),
        *_title_indexes(schema),
    ]
    if schema.form.parent:
        parts += [
            ForeignKeyConstraint(
                ["department_code", "parent_id"],
                [f"{schema.form.parent}.department_code", f"{schema.form.parent}.id"],
                name=f"fk_{name}_parent_id",
                deferrable=True,
                initially="DEFERRED",
            ),
            Index(f"ix_{name}_parent", "department_code", "parent_id", "position", "id"),
        ]
    return Table(name, metadata, *parts)


def _title_indexes(schema: TableSchema) -> list[Index]:
    """Return the index by title; in SQLite a child form's holds the other texts too, so a search reads nothing else.

    Children are the many short rows. A server's index takes no long text and looks at the rows all the same (ADR 0122).
    """
    name, plain = f"ix_{schema.name}_title", (schema.form.title, "id")
    texts = [
        f.id for f in schema.form.stored_fields if f.type in SEARCHED_TYPES and f.id not in plain
    ]
    if not schema.form.parent or not texts:
        return [Index(name, *plain)]
    return [
        Index(name, *plain, *texts).ddl_if(dialect="sqlite"),
        Index(name, *plain).ddl_if(dialect="postgresql"),
    ]


def missing_parts(connection: Connection, tables: Mapping[str, Table]) -> list[str]:
    """Return what the tables have and the file lacks, as `table` or `table.column`, in form order."""
    inspector = inspect(connection)
    present = set(inspector.get_table_names())
    missing: list[str] = []
    for name, table in tables.items():
        if name not in present:
            missing.append(name)
            continue
        columns = {c["name"] for c in inspector.get_columns(name)}
        missing += [f"{name}.{c.name}" for c in table.columns if c.name not in columns]
    return missing


def extend(connection: Connection, tables: Mapping[str, Table]) -> list[str]:
    """Create what a file lacks: whole tables, and columns of optional fields that a newer form set added.

    Returns:
        What was added, as `missing_parts` names it.
    """
    missing = missing_parts(connection, tables)
    for part in missing:
        name, _, column = part.partition(".")
        table = tables[name]
        if not column:
            table.create(connection)
        else:
            kind = table.columns[column].type.compile(dialect=connection.dialect)
            connection.exec_driver_sql(
                f"ALTER TABLE {quoted(name)} ADD COLUMN {quoted(column)} {kind}"
            )
    return missing


def drop(connection: Connection, tables: Mapping[str, Table]) -> None:
    """Drop form tables, children first."""
    if connection.dialect.name == "postgresql":
        # A table with references that wait to be looked at cannot be dropped.
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    for name in reversed(list(tables)):
        connection.exec_driver_sql(f"DROP TABLE {quoted(name)}")
