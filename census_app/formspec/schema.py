"""Table schemas of a form set as plain data: what storage, the evaluator and the package's descriptor are made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from census_app.formspec.model import Field, Form, FormSet
from census_app.formspec.types import field_type

RESERVED_COLUMNS: Final = frozenset(
    {
        "row_key",
        "id",
        "parent_id",
        "position",
        "unit_code",
        "row_sha256",
        "department_code",
        "source",
    }
)
"""Column names a field may not take."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a form's table.

    Attributes:
        sql_type: `TEXT`, `INTEGER` or `REAL`, as SQLite understands them.
        field: The field it holds; None for the record's own columns.
        flag: True for `<id>_unknown`, which is 1 when the answer is "unknown".
    """

    name: str
    sql_type: str
    field: Field | None = None
    flag: bool = False


@dataclass(frozen=True, slots=True)
class TableSchema:
    """The table of one form: record columns first, then the fields in the form's order."""

    form: Form
    columns: tuple[Column, ...]

    @property
    def name(self) -> str:
        """The table's name is the form's id."""
        return self.form.id

    @property
    def field_columns(self) -> tuple[Column, ...]:
        """Columns that hold answers."""
        return tuple(c for c in self.columns if c.field is not None)


def table_schema(form: Form) -> TableSchema:
    """Return the table of a form: `row_key`, `id`, `parent_id`, `position`, `unit_code`, then its fields."""
    columns = [
        Column("row_key", "INTEGER"),
        Column("id", "TEXT"),
        Column("parent_id", "TEXT"),
        Column("position", "INTEGER"),
        Column("unit_code", "TEXT"),
    ]
    for field in form.stored_fields:
        columns.append(Column(field.id, field_type(field.type).sql_type, field))
        if field.unknown:
            columns.append(Column(f"{field.id}_unknown", "INTEGER", field, flag=True))
    return TableSchema(form, tuple(columns))


def table_schemas(form_set: FormSet) -> tuple[TableSchema, ...]:
    """Return the tables of all forms, in the form set's order (parents before children)."""
    return tuple(table_schema(form) for form in form_set.forms)


def quoted(name: str) -> str:
    """Return an SQL identifier in quotes; ids are `[a-z][a-z0-9_]*`, which the loader guarantees."""
    return f'"{name}"'
