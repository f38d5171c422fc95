"""A private database filled from one package's lines: checked there, then merged from there (DESIGN §4).

The rules run on a copy, because they empty answers that are not relevant; what is merged is what was signed.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import msgspec

from census_app.errors import BugError, DataProblem
from census_app.formspec.lines import PARENT, POSITION
from census_app.formspec.model import Field, Form, FormSet
from census_app.formspec.schema import quoted, table_schema, table_schemas
from census_app.formspec.types import DbValue, field_type, value_from_json
from census_app.storage.failures import coded
from census_app.storage.rows import FLAG_SUFFIX
from census_app.storage.rule_copy import private_copy

ATTACHED: Final = "pg_temp"
"""Name under which the catalogue sees the scratch rows: what PostgreSQL calls temporary tables; SQLite takes any."""

_BATCH: Final = 2000
_SETTINGS: Final = (
    "PRAGMA page_size=8192",
    "PRAGMA journal_mode=OFF",
    "PRAGMA synchronous=OFF",
    "PRAGMA cache_size=-16384",
)
_ENCODE: Final = msgspec.json.Encoder(order="sorted").encode_lines

Line = Mapping[str, Any]


class Scratch:
    """Satisfies `services.ports.PackageScratch`.

    Args:
        form_set: The catalogue's form set.
        path: One that another process handed over; None makes a new one.
    """

    def __init__(self, form_set: FormSet, path: Path | None = None) -> None:
        self.form_set = form_set
        self._folder = path.parent if path else Path(tempfile.mkdtemp(prefix="census-"))
        self.path = path or self._folder / "package.db"
        self._copy: AbstractContextManager[sqlite3.Connection] | None = None
        self._rules: sqlite3.Connection | None = None
        with coded(self.path):
            self._connection = sqlite3.connect(
                self.path, isolation_level=None, check_same_thread=False
            )
            for statement in _SETTINGS:
                self._connection.execute(statement).fetchall()
            if path is None:
                _create_tables(self._connection, form_set)

    def load(self, lines: Iterable[Line]) -> None:
        """Insert the records of decoded lines, and the reasons and answers; other reserved forms are left out.

        Raises:
            DataProblem: `RECORD_ORPHAN`, a child whose owner the package does not carry; `RECORD_VALUE`, a value
                that verification against the form set would have refused.
        """
        loaders = {form.id: _Loader(form) for form in self.form_set.forms}
        with coded(self.path):
            self._connection.execute("BEGIN")
            try:
                self._fill(lines, loaders)
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
            self._require_owners()
            for form in self.form_set.forms:
                if form.parent:  # only now: sorted at once it costs a third
                    self._connection.execute(
                        f"CREATE INDEX IF NOT EXISTS {quoted('ix_' + form.id)} "
                        f"ON {quoted(form.id)} (parent_id, position)"
                    )

    def note_unfit(self, texts: Iterable[tuple[str, str, str, str]]) -> None:
        """Note answers of an older form set that no longer fit, as (form, record, field, text), for the rules."""
        with coded(self.path):
            self._connection.executemany(
                "INSERT INTO unfit (form, record_id, field, text) VALUES (?, ?, ?, ?)", texts
            )

    def _fill(self, lines: Iterable[Line], loaders: Mapping[str, _Loader]) -> None:
        waiting: dict[str, list[Line]] = {form: [] for form in loaders}
        beside: dict[str, list[tuple[object, ...]]] = {}
        for line in lines:
            records = waiting.get(line["form"])
            if records is not None and line["op"] == "put":
                records.append(line)
                if len(records) >= _BATCH:
                    self._insert(loaders[line["form"]], records)
                    records.clear()
                continue
            told = _row_beside(line, known=records is not None)
            if told is not None:
                beside.setdefault(told[0], []).append(told[1])
        for form, records in waiting.items():
            if records:
                self._insert(loaders[form], records)
        for statement, rows in beside.items():
            self._connection.executemany(statement, rows)

    def _insert(self, loader: _Loader, lines: Sequence[Line]) -> None:
        statement, columns = loader.columns(lines)
        self._connection.executemany(statement, zip(*columns, strict=True))

    def _require_owners(self) -> None:
        for form in self.form_set.forms:
            if not form.parent:
                continue
            found = self._connection.execute(
                f"SELECT id FROM {quoted(form.id)} AS c WHERE parent_id IS NULL OR (parent_id NOT IN "
                f"(SELECT id FROM {quoted(form.parent)}) AND NOT EXISTS (SELECT 1 FROM "
                "package_pending AS p WHERE p.form = ? AND p.id = c.parent_id)) LIMIT 1",
                (form.parent,),
            ).fetchone()
            if found:
                raise DataProblem("RECORD_ORPHAN", form=form.label.zh, record=found[0])

    def rule_connection(self) -> sqlite3.Connection:
        """Return the connection the rules run on: a copy with the form tables and `unfit`."""
        if self._rules is None:
            keep = [*(form.id for form in self.form_set.forms), "unfit"]
            self._copy = private_copy(self._connection, keep, self.path)
            self._rules = self._copy.__enter__()
        return self._rules

    def rows(self, table: str, columns: Iterable[str]) -> Iterator[tuple[object, ...]]:
        """Yield the rows of one table, in the order they were loaded."""
        with coded(self.path):
            yield from self._connection.execute(
                f"SELECT {', '.join(map(quoted, columns))} FROM {quoted(table)} ORDER BY rowid"
            )

    def keep_file(self, chunks: Iterable[bytes]) -> None:
        """Keep the bytes of the package beside its records."""
        with coded(self.path):
            self._connection.execute(
                "CREATE TABLE package_file (n INTEGER PRIMARY KEY, bytes BLOB)"
            )
            self._connection.execute("BEGIN")
            self._connection.executemany(
                "INSERT INTO package_file (bytes) VALUES (?)", ((each,) for each in chunks)
            )
            self._connection.execute("COMMIT")

    def file(self) -> Iterator[bytes]:
        """Yield the bytes of the package, as they were kept."""
        with coded(self.path):
            for row in self._connection.execute("SELECT bytes FROM package_file ORDER BY n"):
                yield row[0]

    def hand_over(self) -> Path:
        """Close it without discarding, and return the file another process adopts."""
        self._close()
        return self.path

    def close(self) -> None:
        """Discard the scratch database; a second call does nothing."""
        self._close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _close(self) -> None:
        if self._copy is not None:
            self._copy.__exit__(None, None, None)
            self._copy = self._rules = None
        self._connection.close()


_PENDING: Final = "INSERT INTO package_pending (form, id, unit, title) VALUES (?, ?, ?, ?)"
_DELETED: Final = "INSERT INTO package_deleted (form, id) VALUES (?, ?)"
_EXPLAINED: Final = (
    "INSERT OR IGNORE INTO package_explained (form, record_id, rule, values_sha256, reason) "
    "VALUES (?, ?, ?, ?, ?)"
)
_ANSWERED: Final = (
    'INSERT INTO package_answered ("query", kind, text, value_sha256) VALUES (?, ?, ?, ?)'
)
_RESERVED: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "explanation": (_EXPLAINED, ("form", "record", "rule", "values_sha256", "reason")),
    "answer": (_ANSWERED, ("kind", "text", "value_sha256")),
}
"""Reserved form → statement, and the keys of a line's values; lines ascend by id, so the first of two reasons stays."""


def _row_beside(line: Line, *, known: bool) -> tuple[str, tuple[object, ...]] | None:
    """Return statement and row of a line that is no record; None for what a scratch database does not keep.

    Args:
        known: Whether the line is of a form of the form set.
    """
    form, operation = line["form"], line["op"]
    if not known:
        if form not in _RESERVED or operation != "put":
            return None
        statement, keys = _RESERVED[form]
        row = tuple(line["values"][key] for key in keys)
        return statement, (line["id"], *row) if form == "answer" else row
    if operation == "pending":
        return _PENDING, (form, line["id"], line["unit"], line["title"])
    if operation == "delete":
        return _DELETED, (form, line["id"])
    raise BugError("LINE_OPERATION", operation=str(operation))


def _create_tables(connection: sqlite3.Connection, form_set: FormSet) -> None:
    for schema in table_schemas(form_set):
        columns = ", ".join(
            f"{quoted(c.name)} {c.sql_type}" + (" PRIMARY KEY" if c.name == "row_key" else "")
            for c in schema.columns
        )
        name = schema.name
        connection.execute(f"CREATE TABLE {quoted(name)} ({columns}, row_sha256 BLOB)")
        connection.execute(f"CREATE UNIQUE INDEX {quoted('ux_' + name)} ON {quoted(name)} (id)")
    connection.execute("CREATE TABLE unfit (form TEXT, record_id TEXT, field TEXT, text TEXT)")
    connection.execute(
        "CREATE TABLE package_pending (form TEXT, id TEXT, unit TEXT, title TEXT, PRIMARY KEY (form, id))"
    )
    connection.execute("CREATE TABLE package_deleted (form TEXT, id TEXT, PRIMARY KEY (form, id))")
    connection.execute(
        "CREATE TABLE package_explained (form TEXT, record_id TEXT, rule TEXT, values_sha256 TEXT, "
        "reason TEXT, PRIMARY KEY (record_id, rule, values_sha256))"
    )
    connection.execute(
        'CREATE TABLE package_answered ("query" TEXT PRIMARY KEY, kind TEXT, text TEXT, value_sha256 TEXT)'
    )


class _Loader:
    """Turns the lines of one form into columns: a field that none of them answers costs nothing."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._table = quoted(form.id)
        self._flags = [c.name for c in table_schema(form).columns if c.flag]
        self._slots = {f.id: (_converter(f), f.unknown) for f in form.stored_fields}

    def columns(self, lines: Sequence[Line]) -> tuple[str, list[Sequence[object]]]:
        """Return the statement that inserts some `put` lines, and its values, column by column.

        Raises:
            DataProblem: `RECORD_VALUE`.
        """
        values: list[Mapping[str, Any]] = [line["values"] for line in lines]
        if self._form.parent and not all(POSITION in each for each in values):
            values = [each if POSITION in each else {**each, POSITION: 0} for each in values]
            lines = [{**line, "values": each} for line, each in zip(lines, values, strict=True)]
        found: dict[str, Sequence[object]] = {
            "id": [line["id"] for line in lines],
            "unit_code": [line["unit"] for line in lines],
            "row_sha256": _digests(lines),
        }
        answered = set().union(*values)
        if PARENT in answered:
            found["parent_id"] = [each.get(PARENT, _NOTHING) for each in values]
        if self._form.parent:
            found["position"] = [each[POSITION] for each in values]
        for name in sorted(answered & self._slots.keys()):
            self._add(found, lines, name, [each.get(name, _NOTHING) for each in values])
        zeros = [name for name in (*self._flags, "position") if name not in found]
        names = ", ".join(map(quoted, (*found, *zeros)))
        given = ["?" if name in _NEVER_NULL else _mark(each) for name, each in found.items()]
        marks = ", ".join((*given, *"0" * len(zeros)))
        return f"INSERT INTO {self._table} ({names}) VALUES ({marks})", list(found.values())

    def _add(
        self,
        found: dict[str, Sequence[object]],
        lines: Sequence[Line],
        name: str,
        column: list[Any],
    ) -> None:
        convert, may_be_unknown = self._slots[name]
        if may_be_unknown and "unknown" in column:
            found[name + FLAG_SUFFIX] = [int(raw == "unknown") for raw in column]
            column = [_NOTHING if raw == "unknown" else raw for raw in column]
        if convert is not None:
            try:
                column = [raw if raw == _NOTHING else convert(raw) for raw in column]
            except ValueError:
                self._refuse(lines, name, column, convert)
        found[name] = column

    def _refuse(
        self,
        lines: Sequence[Line],
        name: str,
        column: Sequence[object],
        convert: Callable[[object], DbValue],
    ) -> None:
        for line, raw in zip(lines, column, strict=True):
            try:
                if raw != _NOTHING:
                    convert(raw)
            except ValueError as error:
                raise DataProblem(
                    "RECORD_VALUE", form=self._form.label.zh, record=line["id"], field=name
                ) from error


_NOTHING: Final = ""
"""Stands for NULL on its way to SQLite: binding None costs the driver three times what a short text does, and half of
all fields have no answer. No answer is the empty text (`formspec.lines`)."""


_NEVER_NULL: Final = frozenset({"id", "unit_code", "row_sha256"})
"""Columns in which the empty text is a value."""


def _mark(column: Sequence[object]) -> str:
    return "nullif(?, '')" if _NOTHING in column else "?"


def _digests(lines: Sequence[Line]) -> list[bytearray]:
    """Return the hash of each whole canonical line, as `rows.line_digest` does, of a type that binds fast."""
    sha256 = hashlib.sha256
    return [bytearray(sha256(raw).digest()) for raw in _ENCODE(lines).split(b"\n")[:-1]]


_AS_GIVEN: Final = frozenset(
    {"text", "longtext", "uscc", "phone", "code", "date", "month", "reference"}
)
"""Types whose package form is what the column holds; verification has checked each value (`formspec.lines`)."""


def _converter(field: Field) -> Callable[[object], DbValue] | None:
    if field.type in _AS_GIVEN:
        return None
    if field.type == "boolean":
        return _truth
    kind = field_type(field.type)

    def converted(raw: object) -> DbValue:
        return kind.to_db(value_from_json(raw, field))

    # Figures repeat: most of them are small.
    return converted if field.type in _LISTS else lru_cache(maxsize=4096, typed=True)(converted)


_LISTS: Final = frozenset({"codes", "references"})


def _truth(raw: object) -> DbValue:
    if not isinstance(raw, bool):
        raise ValueError(raw)  # noqa: TRY004  # as every converter refuses
    return int(raw)
