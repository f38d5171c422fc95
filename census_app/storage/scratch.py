"""A private database filled from one package's lines: checked there, then merged from there (DESIGN §4).

The rules run on a copy, because they empty answers that are not relevant; what is merged is what was signed.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
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
_ENCODE: Final = msgspec.json.Encoder(order="sorted").encode

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
        reserved = (statement for statement, _ in _RESERVED.values())
        statements = (_PENDING, _DELETED, *reserved, *(each.statement for each in loaders.values()))
        waiting: dict[str, list[tuple[object, ...]]] = {statement: [] for statement in statements}
        for line in lines:
            loader = loaders.get(line["form"])
            if loader is not None:
                statement, row = loader.row(line)
            elif line["form"] in _RESERVED and line["op"] == "put":
                statement, row = _reserved_row(line)
            else:
                continue
            rows = waiting[statement]
            rows.append(row)
            if len(rows) >= _BATCH:
                self._connection.executemany(statement, rows)
                rows.clear()
        for statement, rows in waiting.items():
            self._connection.executemany(statement, rows)

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


def _reserved_row(line: Line) -> tuple[str, tuple[object, ...]]:
    statement, keys = _RESERVED[line["form"]]
    row = tuple(line["values"][key] for key in keys)
    return statement, (line["id"], *row) if line["form"] == "answer" else row


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
    """Turns the lines of one form into rows."""

    def __init__(self, form: Form) -> None:
        self._form = form
        columns = table_schema(form).columns[1:]
        names = [c.name for c in columns]
        self.statement = (
            f"INSERT INTO {quoted(form.id)} ({', '.join(map(quoted, names))}, row_sha256) "
            f"VALUES ({', '.join('?' * (len(names) + 1))})"
        )
        self._blank: list[object] = [*(0 if c.flag else None for c in columns), None]
        self._plans: dict[tuple[str, ...], _Plan] = {}
        self._slots = {
            f.id: (names.index(f.id), _converter(f), _flag(f, names)) for f in form.stored_fields
        }

    def row(self, line: Line) -> tuple[str, tuple[object, ...]]:
        """Return the statement and the row of a line."""
        operation = line["op"]
        if operation == "put":
            return self.statement, self._put(line)
        if operation == "pending":
            return _PENDING, (line["form"], line["id"], line["unit"], line["title"])
        if operation == "delete":
            return _DELETED, (line["form"], line["id"])
        raise BugError("LINE_OPERATION", operation=str(operation))

    def _put(self, line: Line) -> tuple[object, ...]:
        values = line["values"]
        if self._form.parent and POSITION not in values:
            values = values | {POSITION: 0}
            line = dict(line) | {"values": values}
        keys = tuple(values)
        plan = self._plans.get(keys)
        if plan is None and len(self._plans) < _PLANS:
            plan = self._plans[keys] = self._plan(keys)
        return self._row(line, values) if plan is None else self._planned(line, values, plan)

    def _plan(self, keys: tuple[str, ...]) -> _Plan:
        """Say once for all lines with these keys what goes where."""
        row: list[int] = [_FLAG if value == 0 else _NULL for value in self._blank]
        special = []
        for number, name in enumerate(keys, _BEFORE):
            slot = self._slots.get(name)
            if slot is None:
                continue
            at, convert, flag = slot
            row[at] = number
            if convert is not None or flag >= 0:
                special.append((number, name))
        row[0], row[1], row[2], row[3], row[-1] = _ID, _PARENT, _POSITION, _UNIT, _DIGEST
        return _Plan(itemgetter(*row), tuple(special))

    def _planned(self, line: Line, values: Mapping[str, object], plan: _Plan) -> tuple[object, ...]:
        child = self._form.parent
        digest = hashlib.sha256(_ENCODE(line)).digest()
        given = [
            None,
            0,
            line["id"],
            values.get(PARENT),
            values[POSITION] if child else 0,
            line["unit"],
            digest,
            *values.values(),
        ]
        for number, name in plan.special:
            raw = given[number]
            _at, convert, flag = self._slots[name]
            if raw == "unknown" and flag >= 0:
                return self._row(line, values)
            if convert is not None:
                given[number] = self._converted(line, name, raw, convert)
        return plan.row(given)

    def _converted(
        self, line: Line, name: str, raw: object, convert: Callable[[object], DbValue]
    ) -> DbValue:
        try:
            return convert(raw)
        except ValueError as error:
            raise DataProblem(
                "RECORD_VALUE", form=self._form.label.zh, record=line["id"], field=name
            ) from error

    def _row(self, line: Line, values: Mapping[str, object]) -> tuple[object, ...]:
        row = self._blank.copy()
        row[0] = line["id"]
        row[1] = values.get(PARENT)
        row[2] = values[POSITION] if self._form.parent else 0
        row[3] = line["unit"]
        # Hashed is the whole canonical line, as `rows.line_digest` defines it.
        row[-1] = hashlib.sha256(_ENCODE(line)).digest()
        for name, raw in values.items():
            slot = self._slots.get(name)
            if slot is None:
                continue
            at, convert, flag = slot
            if raw == "unknown" and flag >= 0:
                row[flag] = 1
                continue
            row[at] = raw if convert is None else self._converted(line, name, raw, convert)
        return tuple(row)


_PLANS: Final = 256
"""Key sets of one form that get a plan; a form with many optional fields has as many as records."""
_NULL, _FLAG, _ID, _PARENT, _POSITION, _UNIT, _DIGEST = range(7)
_BEFORE: Final = 7
"""What every row may take stands before the values of its line."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """How lines with the same keys become rows.

    Attributes:
        row: Picks a row out of what stands before the values and the values themselves.
        special: Place among them and name of the values that are not what the column holds.
    """

    row: Callable[[list[Any]], tuple[object, ...]]
    special: tuple[tuple[int, str], ...]


def _flag(field: Field, names: list[str]) -> int:
    return names.index(field.id + FLAG_SUFFIX) if field.unknown else -1


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
