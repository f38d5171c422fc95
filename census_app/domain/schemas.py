"""Schemas of other people's databases, as plain values: tables, columns, comments; never a row.

Not responsible for reading them (`storage.inspection`, `formats.ddl`, `formats.dictionary`) or for what becomes of them
(`services.discovering`).
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from census_app.domain.database_urls import DatabaseUrl, Product
from census_app.domain.records import RecordId


class Why(enum.StrEnum):
    """Why a table is not proposed; its sentence is `DISCOVER_WHY_…`."""

    VIEW = "view"
    SYSTEM = "system"
    TEMPORARY = "temporary"
    PARTITION = "partition"
    TOOL = "tool"
    VIRTUAL = "virtual"
    UNASKED = "unasked"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """A column.

    Attributes:
        type_text: The type as it is declared, such as `varchar(60)`; empty when it is not known.
        comment: What the schema says of it, without control characters; empty for nothing.
        key: Whether it is part of the primary key.
    """

    name: str
    type_text: str = ""
    comment: str = ""
    nullable: bool = True
    key: bool = False


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table.

    Attributes:
        schema: Empty for the only one, or the usual one.
        rows: How many rows, when that was asked and could be told.
        size_bytes: Bytes it takes with its indexes, likewise.
    """

    name: str
    columns: tuple[FoundColumn, ...]
    schema: str = ""
    comment: str = ""
    rows: int | None = None
    size_bytes: int | None = None

    @property
    def shown(self) -> str:
        """Its name as a person reads it."""
        return shown_name(self.schema, self.name)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A table that is not proposed, and why."""

    name: str
    why: Why
    schema: str = ""


@dataclass(frozen=True, slots=True)
class SchemaNote:
    """Something a person should know: code of the sentence, with its placeholders."""

    code: str
    params: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FoundSchema:
    """What was found.

    Attributes:
        source: Name of the database; with schema and table it is how a table is met again.
    """

    source: str
    product: Product
    tables: tuple[FoundTable, ...]
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[SchemaNote, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class SchemaRequest:
    """Where a schema is to be read.

    Attributes:
        place: A SQLite file, or a database on a server.
        script: A SQL script; `dialect` says of which product, empty to find out.
        dictionary: A workbook or CSV file.
        patterns: Only tables that one of them fits.
        count: Count rows and bytes.
        views: Take views of servers as tables.
        source: Name of the database, where it is to be another one than was found.
    """

    place: Path | DatabaseUrl | None = None
    script: Path | None = None
    dictionary: Path | None = None
    dialect: str = ""
    patterns: tuple[str, ...] = ()
    count: bool = False
    views: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where a record was found, and what discovery last wrote into it.

    Attributes:
        column: Of a data item; empty for the resource itself.
        comment: Hash of what the schema said of it.
        values: Field id → hash of the value that discovery wrote; a field that says something else now is a person's.
    """

    form: str
    record: RecordId
    source: str
    schema: str
    table: str
    column: str = ""
    comment: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


TableKey = tuple[str, str]
"""Schema and name of a table, as `key_of` folds them."""


def key_of(schema: str, name: str) -> TableKey:
    """Return what two spellings of one table have in common: dumps write in capitals what servers keep in small."""
    return schema.casefold(), name.casefold()


def shown_name(schema: str, name: str) -> str:
    """Return a table's name as a person reads it."""
    return f"{schema}.{name}" if schema else name


_TOOLS: Final = re.compile(
    r"(alembic_version|flyway_schema_history|schema_versions?|schema_migrations|schema_info|databasechangelog(lock)?"
    r"|django_migrations|__efmigrationshistory|knex_migrations(_lock)?|goose_db_version|sequelizemeta|_prisma_migrations"
    r"|typeorm_metadata|ar_internal_metadata|phinxlog|doctrine_migration_versions|mikro_orm_migrations|gorp_migrations"
    r"|yoyo_\w+|_yoyo_\w+|act_ge_\w+|act_ru_\w+|act_hi_\w+|act_re_\w+|act_id_\w+|act_evt_log|act_procdef_info"
    r"|qrtz_\w+|xxl_job_\w+|undo_log)",
    re.IGNORECASE,
)
"""Tables that migration tools, job schedulers and workflow engines keep for themselves; they hold no business."""

_SYSTEM: Final = re.compile(
    r"(sqlite_\w+|sysdiagrams|dtproperties|spt_\w+|ms(replication|peer|pub)_\w+|trace_xe_\w+"
    r"|bin\$.*|mlog\$_.*|rupd\$_.*|dr\$.*|sys_\$.*|sys_(export|import)_\w+|plan_table|toad_plan_table|\#\#.*\$.*"
    r"|spatial_ref_sys|geometry_columns|geography_columns|raster_columns|raster_overviews|pg_stat_\w+|sdo_\w+\$)",
    re.IGNORECASE,
)

SYSTEM_SCHEMAS: Final = frozenset(
    [
        "information_schema", "performance_schema", "mysql", "sys", "pg_catalog", "pg_toast", "guest",
        "sysibm", "system", "outln", "xdb", "ctxsys", "mdsys", "ordsys", "wmsys", "dbsnmp", "sysaux",
        "sys_catalog", "sysaudit", "syssso", "src_restrict", "xlog_record_read", "dbms_sql",
    ]
)  # fmt: skip
"""Schemas that belong to the database itself."""


_USUAL_SCHEMAS: Final = frozenset({"public", "dbo"})
"""Schemas that go without saying: a script names them, a connection does not."""


def reason_to_leave(schema: str, name: str) -> Why | None:
    """Return why a table is left out that goes by this name, or None."""
    if schema.casefold() in SYSTEM_SCHEMAS or schema.casefold().startswith(("pg_temp", "pg_toast")):
        return Why.SYSTEM
    if name.startswith("#") and not name.startswith("##"):
        return Why.TEMPORARY
    if _SYSTEM.fullmatch(name):
        return Why.SYSTEM
    return Why.TOOL if _TOOLS.fullmatch(name) else None


def sifted(found: FoundSchema, patterns: Sequence[str] = ()) -> FoundSchema:
    """Return a schema without the tables nobody would report.

    Args:
        patterns: Only tables that one of them fits, whole and in any case: `t_*`, or `public.t_*`.
    """
    kept: list[FoundTable] = []
    left = list(found.left_out)
    usual = {*_USUAL_SCHEMAS, found.source.casefold()}
    for each in found.tables:
        table = replace(each, schema="") if each.schema.casefold() in usual else each
        why = reason_to_leave(table.schema, table.name)
        if why is None and patterns and not fits(table, patterns):
            why = Why.UNASKED
        if why is None and not table.columns:
            why = Why.EMPTY
        if why is None:
            kept.append(table)
        else:
            left.append(LeftOut(table.name, why, table.schema))
    return replace(found, tables=tuple(kept), left_out=tuple(left))


def fits(table: FoundTable, patterns: Iterable[str]) -> bool:
    """Say whether one of some patterns means a table."""
    names = (table.name.casefold(), table.shown.casefold())
    return any(fnmatchcase(name, p.casefold()) for p in patterns for name in names)


_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u200b\ufeff]+")


def clean_text(text: object, limit: int = 4_000) -> str:
    """Return a comment or name on one line, without control characters."""
    shown = "" if text is None else str(text)[: limit * 2]
    return " ".join(_CONTROL.sub(" ", shown).split())[:limit]
