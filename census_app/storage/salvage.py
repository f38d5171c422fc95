"""Save what can be read of a damaged workspace into a new file, and name what cannot (security §8).

Works on a copy; the damaged file is never written to. Rows are read forwards, then backwards, then one by one in what
lies between, so that one bad page costs its own rows only.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, Connection, Table

from census_app.domain.safekeeping import Lost, Salvaged
from census_app.errors import CensusError, DataProblem
from census_app.formspec.model import Form, FormSet
from census_app.formspec.schema import quoted
from census_app.storage import fixed_tables, form_tables, opening, standing
from census_app.storage.migrations import WORKSPACE_HISTORY
from census_app.storage.rows import RECORD_COLUMNS, RowCodec, make_record

_BETWEEN: Final = 200_000
"""Row keys that are tried one by one between two good stretches."""

_CHAIN: Final = ("correspondence", "handed_in")
_NOT_COPIED: Final = frozenset({"workspace", "alembic_version", "sqlite_sequence"})


@dataclass(slots=True)
class _Rows:
    """What was read of one table: row key → values by column; `whole` when nothing stood in the way.

    `absent`: no such table is named in the file.
    """

    columns: tuple[str, ...]
    found: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    whole: bool = True
    lost: list[int] = field(default_factory=list)
    absent: bool = False


def salvage(
    damaged: sqlite3.Connection,
    to: Path,
    form_set: FormSet,
    spare: Path | None,
    actor: str,
    at: str,
) -> Salvaged:
    """Make a new workspace of what a damaged one still holds.

    Args:
        damaged: A copy of the damaged file, open for reading.
        to: The new file; it does not exist.
        form_set: The form set it was made with.
        spare: A snapshot, for what the file says of itself when that cannot be read.

    Raises:
        UserError: `FILE_EXISTS`.
        DataProblem: `SALVAGE_NOTHING`.
        EnvironmentProblem: `DB_LOCATION`, codes of `failures`.
    """
    damaged.text_factory = lambda raw: raw.decode("utf-8", "replace")
    older = _version(damaged) < WORKSPACE_HISTORY.version
    tables = {form.id: _read(damaged, form.id) for form in form_set.forms}
    fixed = {
        name: _read(damaged, name)
        for name in fixed_tables.WORKSPACE.tables
        if name not in _NOT_COPIED
    }
    for name, rows in fixed.items():
        # An older structure did not have it yet; whatever the chain rests on it always had.
        rows.whole |= older and rows.absent and name not in _CHAIN
    head = _head(damaged, spare)
    if head is None or not any(rows.found for rows in tables.values()):
        raise DataProblem("SALVAGE_NOTHING", path=str(to))
    saving = _Saving(form_set, tables, fixed)
    kind = opening.Kind(
        "workspace",
        WORKSPACE_HISTORY,
        form_tables.workspace_tables(form_set),
        sha256=form_set.sha256,
    )

    def fill(connection: Connection) -> None:
        saving.write_head(connection, head)
        saving.write(connection)
        params = {"records": str(sum(saving.counts.values())), "lost": str(len(saving.lost))}
        standing.note(connection, standing.SALVAGED, params, actor, at)

    opening.make(to, kind, fill)
    return Salvaged(
        path=to,
        counts=saving.counts,
        steps=saving.steps,
        lost=_named(saving.lost, form_set, spare),
        chain_known=all(fixed[name].whole and name not in saving.refused for name in _CHAIN),
        labels={form.id: (form.label.zh, form.label.en) for form in form_set.forms},
    )


def _named(lost: Sequence[Lost], form_set: FormSet, spare: Path | None) -> tuple[Lost, ...]:
    """Name lost rows as a snapshot knows them."""
    if spare is None:
        return tuple(lost)
    titles = {form.id: form.title for form in form_set.forms}
    snapshot = sqlite3.connect(f"{spare.resolve().as_uri()}?mode=ro", uri=True)

    def named(each: Lost) -> Lost:
        if each.title or not each.row or each.table not in titles:
            return each
        column, table = quoted(titles[each.table]), quoted(each.table)
        with contextlib.suppress(sqlite3.Error):
            row = snapshot.execute(
                f"SELECT {column} FROM {table} WHERE row_key = ?", (each.row,)
            ).fetchone()
            if row is not None and row[0]:
                return replace(each, title=str(row[0])[:200])
        return each

    try:
        return tuple(named(each) for each in lost)
    finally:
        snapshot.close()


# -- reading -----------------------------------------------------------------------------------------------------------


def _read(driver: sqlite3.Connection, table: str) -> _Rows:
    try:
        columns = tuple(row[1] for row in driver.execute(f"PRAGMA table_info({quoted(table)})"))
    except sqlite3.Error:
        return _Rows((), whole=False)
    if not columns:
        return _Rows((), whole=False, absent=True)
    rows = _Rows(columns)
    select = f"SELECT rowid, {', '.join(map(quoted, columns))} FROM {quoted(table)}"
    if _stretch(driver, f"{select} ORDER BY rowid", rows):
        return rows
    rows.whole = False
    low = max(rows.found, default=0)
    _stretch(driver, f"{select} WHERE rowid > {low} ORDER BY rowid DESC", rows)
    high = min((key for key in rows.found if key > low), default=_last(driver, table) + 1)
    for key in range(low + 1, min(high, low + _BETWEEN)):
        if not _stretch(driver, f"{select} WHERE rowid = {key}", rows):
            rows.lost.append(key)
    return rows


def _version(driver: sqlite3.Connection) -> int:
    """Return which structure the file has; the newest when that cannot be read."""
    try:
        return int(driver.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.Error:
        return WORKSPACE_HISTORY.version


def _stretch(driver: sqlite3.Connection, statement: str, rows: _Rows) -> bool:
    """Read as far as it goes; False when damage ended it."""
    try:
        for row in driver.execute(statement):
            rows.found[row[0]] = row[1:]
    except (sqlite3.Error, UnicodeError, OverflowError):
        return False
    return True


def _last(driver: sqlite3.Connection, table: str) -> int:
    for statement in (
        f"SELECT max(rowid) FROM {quoted(table)}",
        f"SELECT seq FROM sqlite_sequence WHERE name = '{table}'",
    ):
        try:
            row = driver.execute(statement).fetchone()
        except sqlite3.Error:
            continue
        if row and isinstance(row[0], int):
            return row[0]
    return 0


def _head(damaged: sqlite3.Connection, spare: Path | None) -> dict[str, Any] | None:
    """Return the row in which the file says what it is: its own, else that of a snapshot."""
    rows = _read(damaged, "workspace")
    if rows.found:
        return dict(zip(rows.columns, next(iter(rows.found.values())), strict=True))
    if spare is None:
        return None
    other = sqlite3.connect(f"{spare.resolve().as_uri()}?mode=ro", uri=True)
    try:
        return _head(other, None)
    except (sqlite3.Error, CensusError):
        return None
    finally:
        other.close()


# -- writing -----------------------------------------------------------------------------------------------------------


class _Saving:
    """Writes what was read into the new file, and remembers what is missing."""

    def __init__(
        self, form_set: FormSet, tables: Mapping[str, _Rows], fixed: Mapping[str, _Rows]
    ) -> None:
        self._form_set = form_set
        self._tables = tables
        self._fixed = fixed
        self._ids: dict[str, set[str]] = {}
        self.counts: dict[str, int] = {}
        self.steps = 0
        self.lost: list[Lost] = []
        self.refused: set[str] = set()

    def write(self, connection: Connection) -> None:
        for name, rows in self._fixed.items():
            self._write_fixed(connection, name, rows)
        forms = sorted(self._form_set.forms, key=lambda form: bool(form.parent))
        for form in forms:
            self._write_form(connection, form)

    def _write_fixed(self, connection: Connection, name: str, rows: _Rows) -> None:
        if not rows.whole and not rows.lost:
            self.lost.append(Lost(name))
        self.lost += [Lost(name, key) for key in rows.lost]
        if not rows.found:
            return
        columns, values = self._of_today(fixed_tables.WORKSPACE.tables[name], rows)
        if not columns:
            return
        if name == "change":
            steps = self._numbers("step")
            at = columns.index("step")
            values = [row for row in values if row[at] in steps]
        _insert(connection, name, columns, values)
        if name == "step":
            self.steps = len(values)

    def write_head(self, connection: Connection, head: Mapping[str, Any]) -> None:
        """Write the row in which the file says what it is."""
        rows = _Rows(tuple(head), {1: tuple(head.values())})
        _insert(
            connection,
            "workspace",
            *self._of_today(fixed_tables.WORKSPACE.tables["workspace"], rows),
        )

    def _of_today(self, table: Table, rows: _Rows) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Return the columns that both structures have, and what is in them; name what only the damaged file has.

        A later column begins as it does in a file that is brought up to date: with its default, or empty.
        """
        known = table.columns.keys()
        if not {column.name for column in table.primary_key} <= set(rows.columns):
            self.lost.append(Lost(table.name, reason="structure"))
            self.refused.add(table.name)
            return (), []
        self._name_dropped(table.name, rows, set(known))
        begins = {
            column.name: _empty(column)
            for column in table.columns
            if column.name not in rows.columns and column.server_default is None
        }
        shared = tuple(name for name in rows.columns if name in known)
        places = [rows.columns.index(name) for name in shared]
        values = [
            (*(row[place] for place in places), *begins.values()) for row in rows.found.values()
        ]
        return (*shared, *begins), values

    def _name_dropped(self, table: str, rows: _Rows, known: Collection[str]) -> None:
        """Name the columns that the new file has no place for, where something stands in them."""
        for place, name in enumerate(rows.columns):
            if name not in known and any(
                row[place] not in {None, ""} for row in rows.found.values()
            ):
                self.lost.append(Lost(table, title=name, reason="column"))

    def _numbers(self, table: str) -> set[object]:
        rows = self._fixed[table]
        at = rows.columns.index("number") if rows.columns else 0
        return {row[at] for row in rows.found.values()}

    def _write_form(self, connection: Connection, form: Form) -> None:
        rows, codec = self._tables[form.id], RowCodec(form)
        names = ("row_key", *RECORD_COLUMNS, *codec.names, "row_sha256")
        self.lost += [Lost(form.id, key) for key in rows.lost]
        if not rows.whole and not rows.lost:
            self.lost.append(Lost(form.id))
        self.counts[form.id] = 0
        ids = self._ids.setdefault(form.id, set())
        if not rows.found:
            return
        if not {"row_key", *RECORD_COLUMNS, "row_sha256"} <= set(rows.columns):
            self.lost.append(Lost(form.id, reason="structure"))
            return
        self._name_dropped(form.id, rows, names)
        unfit = self._unfit(form.id)
        # A field that the file did not have yet is empty.
        places = [rows.columns.index(n) if n in rows.columns else None for n in names]
        ready = []
        for key, raw in rows.found.items():
            row = [None if place is None else raw[place] for place in places]
            doubt = self._doubt(form, codec, row, unfit)
            if doubt in {"orphan", "twice", "unreadable"}:
                self.lost.append(Lost(form.id, key, _title(form, codec, row), doubt))
                continue
            if doubt:
                self.lost.append(Lost(form.id, key, _title(form, codec, row), doubt))
            ids.add(str(row[1]))
            ready.append(tuple(row))
        _insert(connection, form.id, names, ready)
        self.counts[form.id] = len(ready)

    def _doubt(
        self, form: Form, codec: RowCodec, row: list[Any], unfit: Mapping[str, Mapping[str, str]]
    ) -> str:
        """Return why a row cannot be taken, `changed` when it can but is not as it was written, or nothing.

        The row's hash is brought up to date.
        """
        identity = row[1]
        if not isinstance(identity, str) or len(identity) != 32:
            return "unreadable"
        if identity in self._ids[form.id]:
            return "twice"
        if form.parent and row[2] not in self._ids.get(form.parent, set()):
            return "orphan"
        try:
            record = make_record(codec, row[1:5], row[5:-1], unfit.get(identity))
            digest = codec.digest(record)
        except (ValueError, TypeError, LookupError, UnicodeError):
            return "unreadable"
        changed = digest != row[-1]
        row[-1] = digest
        return "changed" if changed else ""

    def _unfit(self, form: str) -> dict[str, dict[str, str]]:
        rows = self._fixed["unfit"]
        found: dict[str, dict[str, str]] = {}
        for row in rows.found.values():
            raw = dict(zip(rows.columns, row, strict=True))
            if raw.get("form") == form:
                found.setdefault(str(raw["record_id"]), {})[str(raw["field"])] = str(raw["text"])
        return found


def _empty(column: Column[Any]) -> object:
    """Return what stands in a column that nobody has filled."""
    if column.nullable:
        return None
    kind = column.type.python_type
    return "" if kind is str else b"" if kind is bytes else 0


def _title(form: Form, codec: RowCodec, row: Sequence[Any]) -> str:
    value = row[5 + codec.names.index(form.title)] if form.title in codec.names else None
    return "" if value is None else str(value)[:200]


def _insert(
    connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    ready = [tuple(row) for row in rows]
    if ready:
        names = ", ".join(map(quoted, columns))
        marks = ", ".join("?" * len(columns))
        connection.exec_driver_sql(
            f"INSERT OR IGNORE INTO {quoted(table)} ({names}) VALUES ({marks})", ready
        )
