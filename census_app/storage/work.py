"""The records one transaction touches: loaded, changed in memory, written in batches, each change with a journal line.

Not responsible for steps, undo or transactions; `journal` is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from census_app.domain.records import POSITION_STEP, Record, RecordId, Unfit, Value
from census_app.errors import BugError, UserError
from census_app.formspec.model import FormSet
from census_app.formspec.schema import quoted
from census_app.storage.rows import RECORD_COLUMNS, RowCodec, json_text, make_record, value_json

_CHUNK: Final = 5000

Key = tuple[str, RecordId]
"""Form id and record id."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as it stands in the file: with its row key and the texts that were understood, by field."""

    key: int
    record: Record
    given: Mapping[str, str]


class Change(NamedTuple):
    """One journal line, as `fixed_tables.change` keeps it; JSON texts, empty where there is none."""

    kind: str
    form: str
    record: RecordId
    field: str = ""
    sign: str = "~"
    old: str = ""
    new: str = ""
    old_given: str = ""
    new_given: str = ""
    reason: str = ""


class Work:
    """A unit of work inside one transaction.

    Args:
        connection: The connection, in a transaction.
        form_set: The file's form set.
        codecs: Form id → codec.
    """

    def __init__(
        self, connection: Connection, form_set: FormSet, codecs: Mapping[str, RowCodec]
    ) -> None:
        self._connection = connection
        self._form_set = form_set
        self._codecs = codecs
        self._before: dict[Key, Stored | None] = {}
        self._now: dict[Key, Stored | None] = {}
        self._children: dict[str, set[Key]] = {}
        self._next_key: dict[str, int] = {}
        self._highest: dict[tuple[str, str], int] = {}
        self._asked: set[tuple[str, str]] = set()
        self.changes: list[Change] = []

    # Reading

    def load(self, form: str, ids: Iterable[RecordId]) -> None:
        """Read records that the work will touch, in bulk; those already here are left as they are."""
        wanted = [i for i in dict.fromkeys(ids) if (form, i) not in self._now]
        for start in range(0, len(wanted), _CHUNK):
            self._load_chunk(form, wanted[start : start + _CHUNK])

    def _load_chunk(self, form: str, ids: Sequence[RecordId]) -> None:
        codec = self._codecs[form]
        asked = json.dumps(ids)
        unfit = self._texts("unfit", form, asked)
        given = self._texts("understood", form, asked)
        columns = ", ".join(quoted(c) for c in ("row_key", *RECORD_COLUMNS, *codec.names))
        rows = self._run(
            f"SELECT {columns} FROM {quoted(form)} WHERE id IN (SELECT value FROM json_each(?))",
            (asked,),
        )
        found = {}
        for row in rows:
            record = make_record(codec, row[1:5], row[5:], unfit.get(row[1]))
            found[record.id] = Stored(row[0], record, given.get(record.id, {}))
        for record_id in ids:
            self._remember((form, record_id), found.get(record_id))
            self._before[(form, record_id)] = found.get(record_id)

    def _texts(self, table: str, form: str, asked: str) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        rows = self._run(
            f"SELECT record_id, field, text FROM {table} "
            "WHERE form = ? AND record_id IN (SELECT value FROM json_each(?))",
            (form, asked),
        )
        for record, field, text in rows:
            found.setdefault(record, {})[field] = text
        return found

    def _run(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        return list(self._connection.exec_driver_sql(statement, tuple(values)).all())

    def _get(self, key: Key) -> Stored:
        if key not in self._now:
            self.load(key[0], [key[1]])
        stored = self._now[key]
        if stored is None:
            raise UserError("RECORD_GONE", form=self._form_set.form(key[0]).label.zh, record=key[1])
        return stored

    def _remember(self, key: Key, stored: Stored | None) -> None:
        self._now[key] = stored
        if stored is not None and stored.record.parent is not None:
            self._children.setdefault(stored.record.parent, set()).add(key)

    # Changing

    def insert(
        self, record: Record, given: Mapping[str, str], *, row_key: int = 0, reason: str = ""
    ) -> None:
        """Add a record; a child without a place goes behind its siblings.

        Raises:
            BugError: `RECORD_EXISTS`, `FIELD_UNKNOWN`, `PARENT_MISSING`.
        """
        key = (record.form, record.id)
        self._require_known(record.form, record.values)
        if self._now.get(key) is not None:
            raise BugError("RECORD_EXISTS", form=record.form, record=record.id)
        if key not in self._now:
            self._before[key] = None  # an id that exists after all fails on the unique index
        placed = self._placed(record)
        values = {k: v for k, v in record.values.items() if not _is_empty(v)}
        stored = Stored(
            row_key or self._new_key(record.form), replace(placed, values=values), dict(given)
        )
        self._remember(key, stored)
        self.changes.append(
            Change("record", *key, sign="+", new=self._record_text(stored), reason=reason)
        )

    def put(self, key: Key, values: Mapping[str, Value | None], given: Mapping[str, str]) -> None:
        """Set fields of a record; fields that stay as they are leave no trace."""
        self._require_known(key[0], values)
        stored = self._get(key)
        codec = self._codecs[key[0]]
        now = dict(stored.record.values)
        texts = dict(stored.given)
        for name, value in values.items():
            old = now.get(name)
            new = None if _is_empty(value) else value
            if old == new and type(old) is type(new):
                continue
            field = codec.slots[name].field
            self.changes.append(
                Change(
                    "field",
                    *key,
                    field=name,
                    sign="+" if old is None else "-" if new is None else "~",
                    old="" if old is None else json_text(value_json(old, field)),
                    new="" if new is None else json_text(value_json(new, field)),
                    old_given=texts.get(name, ""),
                    new_given=given.get(name, ""),
                )
            )
            _set(now, name, new)
            _set(texts, name, given.get(name))
        if now != stored.record.values:
            was = stored.record  # written out: `replace` costs more than all else here
            record = Record(was.form, was.id, now, was.parent, was.position, was.unit)
            self._now[key] = Stored(stored.key, record, texts)

    def move(self, key: Key, position: int) -> None:
        """Give a child record another place."""
        stored = self._get(key)
        old = stored.record.position
        if old == position:
            return
        self.changes.append(Change("place", *key, old=str(old), new=str(position)))
        self._now[key] = replace(stored, record=replace(stored.record, position=position))

    def remove(self, key: Key, reason: str) -> None:
        """Delete a record, its children first."""
        stored = self._get(key)
        for child in self._live_children(key):
            self.remove(child, reason)
        self.changes.append(
            Change("record", *key, sign="-", old=self._record_text(stored), reason=reason)
        )
        self._now[key] = None

    def _live_children(self, key: Key) -> list[Key]:
        for child in self._form_set.children_of(key[0]):
            rows = self._run(f"SELECT id FROM {quoted(child.id)} WHERE parent_id = ?", (key[1],))
            self.load(child.id, [row[0] for row in rows])
        known = self._children.get(key[1], set())
        live = [(k, s) for k in known if (s := self._now[k]) and s.record.parent == key[1]]
        return [k for k, s in sorted(live, key=lambda pair: (pair[1].record.position, pair[0]))]

    def invert(self, changes: Sequence[Change], reason: str) -> None:
        """Take journal lines of `record`, `field` and `place` back, the last one first."""
        for form in {c.form for c in changes}:
            self.load(form, [c.record for c in changes if c.form == form])
        for line in reversed(changes):
            key = (line.form, line.record)
            if line.kind == "place":
                self.move(key, int(line.old))
            elif line.kind == "field":
                self._invert_field(key, line)
            elif line.sign == "+":
                self.remove(key, reason)
            else:
                self._restore(line)

    def _invert_field(self, key: Key, line: Change) -> None:
        codec = self._codecs[key[0]]
        if line.field not in codec.slots:  # a newer form set dropped the field
            return
        old = codec.from_json({line.field: json.loads(line.old)}) if line.old else {}
        given = {line.field: line.old_given} if line.old_given else {}
        self.put(key, {line.field: old.get(line.field)}, given)

    def _restore(self, line: Change) -> None:
        raw = json.loads(line.old)
        record = Record(
            form=line.form,
            id=line.record,
            values=self._codecs[line.form].from_json(raw["values"]),
            parent=raw["parent"],
            position=raw["position"],
            unit=raw["unit"],
        )
        self.insert(record, raw.get("given", {}), row_key=raw["key"])

    def _record_text(self, stored: Stored) -> str:
        record = stored.record
        raw = {
            "key": stored.key,
            "parent": record.parent,
            "position": record.position,
            "unit": record.unit,
            "values": self._codecs[record.form].to_json(record.values),
        }
        if stored.given:
            raw["given"] = dict(stored.given)
        return json_text(raw)

    def _require_known(self, form: str, values: Mapping[str, object]) -> None:
        unknown = values.keys() - self._codecs[form].slots.keys()
        if unknown:
            raise BugError("FIELD_UNKNOWN", form=form, field=", ".join(sorted(unknown)))

    def _new_key(self, form: str) -> int:
        if form not in self._next_key:
            rows = self._run("SELECT seq FROM sqlite_sequence WHERE name = ?", (form,))
            self._next_key[form] = rows[0][0] + 1 if rows else 1
        key = self._next_key[form]
        self._next_key[form] += 1
        return key

    def _placed(self, record: Record) -> Record:
        is_child = bool(self._form_set.form(record.form).parent)
        if is_child != (record.parent is not None):
            raise BugError("PARENT_MISSING", form=record.form, record=record.id)
        if not is_child:
            return record
        siblings = (record.form, str(record.parent))
        highest = self._highest.get(siblings, 0)
        place = record.position
        if not place:
            if siblings not in self._asked:
                self._asked.add(siblings)
                highest = max(highest, self._last_place(siblings))
            place = highest + POSITION_STEP
        self._highest[siblings] = max(highest, place)
        return replace(record, position=place)

    def _last_place(self, siblings: tuple[str, str]) -> int:
        statement = f"SELECT max(position) FROM {quoted(siblings[0])} WHERE parent_id = ?"
        return int(self._run(statement, (siblings[1],))[0][0] or 0)

    # Writing

    def flush(self) -> tuple[Key, ...]:
        """Write what differs; return the records touched, in the order they were first asked for."""
        touched = [k for k, now in self._now.items() if self._before.get(k) != now]
        gone = [k for k in touched if self._now[k] is None and self._before.get(k) is not None]
        new = [k for k in touched if self._now[k] is not None and self._before.get(k) is None]
        changed = [k for k in touched if self._now[k] is not None and self._before.get(k)]
        self._delete(gone)
        self._insert(new)
        self._update(changed)
        self._write_texts("unfit", touched, _unfit_of)
        self._write_texts("understood", touched, _given_of)
        return (*gone, *new, *changed)

    def _many(self, statement: str, rows: list[tuple[object, ...]]) -> None:
        if rows:
            self._connection.exec_driver_sql(statement, rows)

    def _delete(self, keys: Iterable[Key]) -> None:
        by_form: dict[str, list[tuple[object, ...]]] = {}
        for form, record in keys:
            by_form.setdefault(form, []).append((record,))
        for form, rows in by_form.items():
            self._many(f"DELETE FROM {quoted(form)} WHERE id = ?", rows)

    def _insert(self, keys: Iterable[Key]) -> None:
        by_form: dict[str, list[tuple[object, ...]]] = {}
        for key in keys:
            stored = self._now[key]
            assert stored is not None  # noqa: S101  # narrowing
            record, codec = stored.record, self._codecs[key[0]]
            head = (stored.key, record.id, record.parent, record.position, record.unit)
            row = (*head, *codec.pack(record.values), codec.digest(record))
            by_form.setdefault(key[0], []).append(row)
        for form, rows in by_form.items():
            names = ("row_key", *RECORD_COLUMNS, *self._codecs[form].names, "row_sha256")
            columns = ", ".join(map(quoted, names))
            marks = ", ".join("?" * len(names))
            self._many(f"INSERT INTO {quoted(form)} ({columns}) VALUES ({marks})", rows)

    def _update(self, keys: Iterable[Key]) -> None:
        groups: dict[tuple[str, tuple[str, ...]], list[tuple[object, ...]]] = {}
        for key in keys:
            old, new = self._before[key], self._now[key]
            assert old is not None  # noqa: S101
            assert new is not None  # noqa: S101
            codec = self._codecs[key[0]]
            different = codec.pack_changes(old.record.values, new.record.values)
            if new.record.position != old.record.position:
                different["position"] = new.record.position
            names = tuple(different)
            values = (*different.values(), codec.digest(new.record), key[1])
            groups.setdefault((key[0], names), []).append(values)
        for (form, names), rows in groups.items():
            settings = ", ".join(f"{quoted(n)} = ?" for n in (*names, "row_sha256"))
            self._many(f"UPDATE {quoted(form)} SET {settings} WHERE id = ?", rows)

    def _write_texts(self, table: str, keys: Iterable[Key], texts_of: Any) -> None:
        gone: list[tuple[object, ...]] = []
        new: list[tuple[object, ...]] = []
        for key in keys:
            was, now = texts_of(self._before.get(key)), texts_of(self._now[key])
            gone += [(*key, field) for field in was if was[field] != now.get(field)]
            new += [(*key, field, text) for field, text in now.items() if was.get(field) != text]
        self._many(f"DELETE FROM {table} WHERE form = ? AND record_id = ? AND field = ?", gone)
        self._many(f"INSERT INTO {table} (form, record_id, field, text) VALUES (?, ?, ?, ?)", new)


def _is_empty(value: Value | None) -> bool:
    return value is None or value in {"", ()}


def _set(mapping: dict[str, Any], name: str, value: object) -> None:
    if value is None:
        mapping.pop(name, None)
    else:
        mapping[name] = value


def _unfit_of(stored: Stored | None) -> Mapping[str, str]:
    if stored is None:
        return {}
    values = stored.record.values
    return {name: v.text for name, v in values.items() if v.__class__ is Unfit}


def _given_of(stored: Stored | None) -> Mapping[str, str]:
    return {} if stored is None else stored.given
