"""Bring a workspace's records to a newer form set: new tables, every record through the plan, in one transaction.

Nothing people gave is lost: what no longer fits stays as text, what is no longer asked goes into the journal. Not
responsible for the snapshot before, for making the plan, nor for what speaks of fields beside the records
(`upgraded_letters`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection

from census_app.domain.records import Record, RecordId, Unfit, Value
from census_app.formspec.model import Form, FormSet
from census_app.formspec.schema import quoted
from census_app.formspec.types import JsonValue, value_from_json
from census_app.formspec.upgrade import UpgradedValues, UpgradePlan
from census_app.storage import form_tables
from census_app.storage.journal import write_changes
from census_app.storage.renames import rename_line
from census_app.storage.rows import RECORD_COLUMNS, RowCodec, json_text, make_record
from census_app.storage.work import Change

_PAGE: Final = 1000
_ASIDE: Final = "upgrade_"
"""Prefix of the temporary tables that hold the rows while the form tables are made anew."""

Texts = Mapping[str, Mapping[str, str]]
"""Record id → field → text."""


@dataclass(slots=True)
class Tally:
    """What an upgrade did, in records and answers.

    Attributes:
        records: Records that are still there.
        changed: Those of them with an answer that is spelled otherwise now, no longer fits, or is no longer asked.
        unfit: Answers that no longer fit and are kept as text.
        dropped: Answers that are no longer asked and stand in the journal only.
        removed: Records of forms that are no longer asked; they stand in the journal only.
    """

    records: int = 0
    changed: int = 0
    unfit: int = 0
    dropped: int = 0
    removed: int = 0


@dataclass(slots=True)
class _Batch:
    """What one page of records leaves to be written."""

    rows: list[tuple[object, ...]] = field(default_factory=list)
    unfit: list[tuple[object, ...]] = field(default_factory=list)
    understood: list[tuple[object, ...]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


def upgrade_records(connection: Connection, plan: UpgradePlan, number: int) -> Tally:
    """Replace the form tables and move every record; `number` is the step that the journal lines belong to."""
    return _Upgrade(connection, plan, number).run()


class _Upgrade:
    def __init__(self, connection: Connection, plan: UpgradePlan, number: int) -> None:
        self._connection = connection
        self._plan = plan
        self._number = number
        self._tally = Tally()
        self._names = _AsideNames(connection, plan.old)

    def run(self) -> Tally:
        unfit, understood = self._texts("unfit"), self._texts("understood")
        highest = self._put_aside()
        form_tables.drop(self._connection, form_tables.workspace_tables(self._plan.old))
        form_tables.extend(self._connection, form_tables.workspace_tables(self._plan.new))
        # Rows of forms that are no longer asked come last: their place is the journal only.
        for form in self._plan.new.forms:
            if any(old.id == form.id for old in self._plan.old.forms):
                old = self._plan.old.form(form.id)
                self._move_form(old, form, unfit.get(form.id, {}), understood.get(form.id, {}))
        for old in self._plan.old.forms:
            if not self._plan.keeps_form(old.id):
                self._bury_form(old, unfit.get(old.id, {}))
        write_changes(
            self._connection, self._number, [rename_line(*r) for r in self._plan.renamed()]
        )
        self._restore_keys(highest)
        for form in self._plan.old.forms:
            self._connection.exec_driver_sql(f"DROP TABLE temp.{quoted(_ASIDE + form.id)}")
        return self._tally

    def _texts(self, table: str) -> dict[str, dict[str, dict[str, str]]]:
        """Take all texts of a table out of it, by form, record and field."""
        found: dict[str, dict[str, dict[str, str]]] = {}
        for form, record, name, text in self._connection.exec_driver_sql(
            f"SELECT form, record_id, field, text FROM {table}"
        ).all():
            found.setdefault(form, {}).setdefault(record, {})[name] = text
        self._connection.exec_driver_sql(f"DELETE FROM {table}")
        return found

    def _put_aside(self) -> dict[str, int]:
        """Copy the rows into temporary tables and return the highest row keys."""
        highest = dict(
            tuple(row)
            for row in self._connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")
        )
        for form in self._plan.old.forms:
            self._connection.exec_driver_sql(
                f"CREATE TEMP TABLE {quoted(_ASIDE + form.id)} AS SELECT * FROM main.{quoted(form.id)}"
            )
        return highest

    def _restore_keys(self, highest: Mapping[str, int]) -> None:
        """Go on counting row keys where the old tables stopped: the key of a removed record is given to no other."""
        for form in self._plan.new.forms:
            if form.id in highest:
                self._connection.exec_driver_sql(
                    "DELETE FROM sqlite_sequence WHERE name = ?", (form.id,)
                )
                self._connection.exec_driver_sql(
                    "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)",
                    (form.id, highest[form.id]),
                )

    # One form

    def _rows(
        self, form: Form, codec: RowCodec, unfit: Texts
    ) -> Iterator[list[tuple[int, Record]]]:
        columns = ", ".join(map(quoted, ("row_key", *RECORD_COLUMNS, *codec.names)))
        result = self._connection.exec_driver_sql(
            f"SELECT {columns} FROM temp.{quoted(_ASIDE + form.id)} ORDER BY row_key"
        )
        for page in result.partitions(_PAGE):
            yield [
                (row[0], make_record(codec, row[1:5], row[5:], unfit.get(row[1]))) for row in page
            ]

    def _move_form(self, old: Form, new: Form, unfit: Texts, understood: Texts) -> None:
        before, after = RowCodec(old), RowCodec(new)
        targets = {f.id: self._plan.field_id(old.id, f.id) for f in old.stored_fields}
        names = ("row_key", *RECORD_COLUMNS, *after.names, form_tables.HASH_COLUMN)
        insert = (
            f"INSERT INTO main.{quoted(new.id)} ({', '.join(map(quoted, names))}) "
            f"VALUES ({', '.join('?' * len(names))})"
        )
        for page in self._rows(old, before, unfit):
            batch = _Batch()
            for key, record in page:
                given = understood.get(record.id, {})
                raw = before.to_json(record.values)
                moved = self._plan.values(
                    old.id,
                    _legal(raw),
                    unfit=unfit.get(record.id),
                    understood=given,
                    records=self._names,
                )
                self._note(batch, (record.form, record.id), (raw, given), moved, targets)
                self._place(batch, key, record, moved, (new, after))
            self._write(insert, batch)

    def _place(
        self,
        batch: _Batch,
        key: int,
        record: Record,
        moved: UpgradedValues,
        target: tuple[Form, RowCodec],
    ) -> None:
        form, codec = target
        values: dict[str, Value] = {
            name: value_from_json(raw, form.field_by_id(name)) for name, raw in moved.values.items()
        }
        values |= {name: Unfit(text) for name, text in moved.unfit.items()}
        parent, position = (record.parent, record.position) if form.parent else (None, 0)
        now = Record(form.id, record.id, values, parent, position, record.unit)
        head = (key, now.id, now.parent, now.position, now.unit)
        batch.rows.append((*head, *codec.pack(values), codec.digest(now)))
        where = (form.id, record.id)
        batch.unfit += [(*where, name, text) for name, text in moved.unfit.items()]
        batch.understood += [(*where, name, text) for name, text in moved.understood.items()]

    def _note(
        self,
        batch: _Batch,
        base: tuple[str, RecordId],
        before: tuple[Mapping[str, object], Mapping[str, str]],
        moved: UpgradedValues,
        targets: Mapping[str, str | None],
    ) -> None:
        """Note in the journal every answer that is not what it was, and count."""
        raw, given = before
        found = len(batch.changes)
        for name, old in raw.items():
            target = targets[name]
            new = None if target is None else answer_now(moved, target)
            if new == old and type(new) is type(old):
                continue
            batch.changes.append(
                Change(
                    "field",
                    *base,
                    field=target or name,
                    sign="-" if target is None else "~",
                    old=json_text(old),
                    new="" if new is None else json_text(new),
                    old_given=given.get(name, ""),
                    new_given=moved.understood.get(target or "", ""),
                )
            )
            self._tally.dropped += target is None
            self._tally.unfit += isinstance(new, dict) and not isinstance(old, dict)
        self._tally.records += 1
        self._tally.changed += len(batch.changes) > found

    def _bury_form(self, form: Form, unfit: Texts) -> None:
        codec = RowCodec(form)
        reason = next(
            (
                c.reason
                for c in self._plan.changes
                if c.kind == "form_removed" and c.form == form.id
            ),
            "",
        )
        for page in self._rows(form, codec, unfit):
            lines = []
            for key, record in page:
                text = {
                    "key": key,
                    "parent": record.parent,
                    "position": record.position,
                    "unit": record.unit,
                    "values": codec.to_json(record.values),
                }
                lines.append(
                    Change(
                        "record", form.id, record.id, sign="-", old=json_text(text), reason=reason
                    )
                )
            write_changes(self._connection, self._number, lines)
            self._tally.removed += len(lines)
        # Nobody asks for them any more, so no package may say that they are gone.
        self._connection.exec_driver_sql("DELETE FROM handed_in WHERE form = ?", (form.id,))

    def _write(self, insert: str, batch: _Batch) -> None:
        run = self._connection.exec_driver_sql
        if batch.rows:
            run(insert, batch.rows)
        for table, rows in (("unfit", batch.unfit), ("understood", batch.understood)):
            if rows:
                run(f"INSERT INTO {table} (form, record_id, field, text) VALUES (?, ?, ?, ?)", rows)
        write_changes(self._connection, self._number, batch.changes)


class _AsideNames:
    """Names of records among the rows put aside; satisfies `formspec.types.ReferenceResolver`."""

    def __init__(self, connection: Connection, form_set: FormSet) -> None:
        self._connection = connection
        self._titles = {form.id: form.title for form in form_set.forms}

    def resolve(self, form_id: str, text: str) -> str | None:
        """Return the id of a record by its name, or None."""
        return self._find(form_id, "id", self._titles.get(form_id, ""), text.strip())

    def title(self, form_id: str, record_id: str) -> str | None:
        """Return the name of a record, or None."""
        return self._find(form_id, self._titles.get(form_id, ""), "id", record_id)

    def _find(self, form_id: str, wanted: str, column: str, value: str) -> str | None:
        if form_id not in self._titles:
            return None
        found = self._connection.exec_driver_sql(
            f"SELECT {quoted(wanted)} FROM temp.{quoted(_ASIDE + form_id)} "
            f"WHERE {quoted(column)} = ? ORDER BY row_key LIMIT 1",
            (value,),
        ).scalar()
        return None if found is None else str(found)


def _legal(raw: Mapping[str, object]) -> dict[str, Any]:
    return {name: value for name, value in raw.items() if not isinstance(value, dict)}


def answer_now(moved: UpgradedValues, name: str) -> JsonValue | dict[str, str] | None:
    """Return an upgraded answer as the journal keeps it; None when there is none."""
    if name in moved.unfit:
        return {"unfit": moved.unfit[name]}
    return moved.values.get(name)
