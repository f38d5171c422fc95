"""Read the journal as people ask for it: keys by filter, pages of lines with names, deleted records.

A hundred thousand lines are a list of keys and pages on demand; nothing is filtered in Python. Not responsible for
writing (`journal`).
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection

from census_app.domain.changes import Insert, Origin
from census_app.domain.history import HistoryQuery, HistoryRow, RemovedRecord
from census_app.domain.records import Record, RecordId
from census_app.errors import UserError
from census_app.formspec.model import FormSet
from census_app.formspec.schema import quoted
from census_app.storage.engine import Database
from census_app.storage.failures import legible
from census_app.storage.renames import FieldNames, field_names
from census_app.storage.rows import RowCodec

_LINES: Final = """
SELECT c.key, c.step, s.at, s.actor, s.origin, c.kind, c.form, c.record_id, c.field, c.sign, c.old, c.new,
  c.old_given, c.new_given, c.reason, s.sentence, s.params,
  EXISTS (SELECT 1 FROM step AS u WHERE u.target = s.number AND u.kind = 'undo'
    AND u.number = (SELECT max(number) FROM step WHERE target = s.number))
FROM change AS c JOIN step AS s ON s.number = c.step
WHERE c.key IN (SELECT value FROM json_each(?))"""

_BARE: Final = """
SELECT -s.number, s.number, s.at, s.actor, s.origin, 'step', '', '', '', '~', '', '', '', '', '',
  s.sentence, s.params, 0
FROM step AS s WHERE s.number IN (SELECT value FROM json_each(?))"""

_REMOVED: Final = """
SELECT c.form, c.record_id, c.old, s.at, s.actor, c.reason, c.step
FROM change AS c JOIN step AS s ON s.number = c.step
WHERE c.kind = 'record' AND c.sign = '-'
  AND c.key = (SELECT max(key) FROM change WHERE record_id = c.record_id AND kind = 'record')
ORDER BY c.key DESC"""


class History:
    """The journal of a workspace, for reading.

    Args:
        database: The open workspace.
        form_set: Its form set.
        codecs: Form id → codec.
    """

    def __init__(
        self, database: Database, form_set: FormSet, codecs: Mapping[str, RowCodec]
    ) -> None:
        self._database = database
        self._form_set = form_set
        self._codecs = codecs

    def keys(self, query: HistoryQuery) -> array[int]:
        """Return the keys of the lines that are wanted, newest first; steps without lines count with a minus."""
        with self._database.reading() as connection:
            conditions, values = self._conditions(query, field_names(connection))
            joined = " JOIN step AS s ON s.number = c.step" if _asks_step(query) else ""
            statement = (
                f"SELECT c.key, c.step FROM change AS c{joined} WHERE {' AND '.join(conditions)}"
            )
            if not (query.form or query.record or query.field):
                conditions, more = _of_step(query)
                statement += (
                    f" UNION ALL SELECT -s.number, s.number FROM step AS s WHERE {' AND '.join(conditions)} "
                    "AND NOT EXISTS (SELECT 1 FROM change WHERE step = s.number)"
                )
                values += more
            rows = connection.exec_driver_sql(f"{statement} ORDER BY 2 DESC, 1 DESC", tuple(values))
            return array("q", (row[0] for row in rows))

    def rows(self, keys: Sequence[int]) -> list[HistoryRow]:
        """Return lines with the names of their records, in the order of `keys`."""
        with self._database.reading() as connection:
            names = field_names(connection)
            found = connection.exec_driver_sql(_LINES, (json.dumps(list(keys)),)).all()
            bare = json.dumps([-key for key in keys if key < 0])
            found = [*found, *connection.exec_driver_sql(_BARE, (bare,)).all()]
            with legible(self._database.path):
                titles = self._titles(connection, {(row[6], row[7]) for row in found}, names)
                made = {row[0]: _row(row, names, titles) for row in found}
        return [made[key] for key in keys if key in made]

    def people(self) -> list[str]:
        """Return who has done anything, by name."""
        with self._database.reading() as connection:
            rows = connection.exec_driver_sql(
                "SELECT DISTINCT actor FROM step WHERE actor <> '' ORDER BY actor"
            )
            return [row[0] for row in rows]

    def hours(self) -> list[str]:
        """Return the hours in which anything was done, UTC, as `YYYY-MM-DDThh`."""
        with self._database.reading() as connection:
            rows = connection.exec_driver_sql("SELECT DISTINCT substr(at, 1, 13) FROM step")
            return sorted(row[0] for row in rows)

    def removed(self) -> list[RemovedRecord]:
        """Return the deleted records, the last one first; what went with its owner is counted there."""
        with self._database.reading() as connection:
            names = field_names(connection)
            with legible(self._database.path):
                found = [(*row[:2], json.loads(row[2]), *row[3:]) for row in
                         connection.exec_driver_sql(_REMOVED)]  # fmt: skip
        gone = {row[1] for row in found}
        children: dict[str, int] = {}
        for row in found:
            if row[2]["parent"] in gone:
                children[row[2]["parent"]] = children.get(row[2]["parent"], 0) + 1
        return [
            RemovedRecord(
                form=form,
                record=RecordId(record),
                title=self._title_of(form, raw, names, step),
                at=at,
                actor=actor,
                reason=reason,
                step=step,
                children=children.get(record, 0),
            )
            for form, record, raw, at, actor, reason, step in found
            if raw["parent"] not in gone and form in self._codecs
        ]

    def removed_as_it_was(self, record: RecordId) -> list[Insert]:
        """Return what brings a deleted record and the children that went with it back: owner first.

        Raises:
            UserError: `RESTORE_NOTHING`, it is not deleted.
        """
        with self._database.reading() as connection:
            names = field_names(connection)
            with legible(self._database.path):
                found = {row[1]: (row[0], json.loads(row[2]), row[6]) for row in
                         connection.exec_driver_sql(_REMOVED)}  # fmt: skip
                if record not in found or found[record][0] not in self._codecs:
                    raise UserError("RESTORE_NOTHING")
                step = found[record][2]
                own = [record, *(i for i, (_f, raw, s) in found.items()
                                 if raw["parent"] == record and s == step)]  # fmt: skip
                made = [
                    self._insert(i, *found[i], names) for i in own if found[i][0] in self._codecs
                ]
        return [made[0], *sorted(made[1:], key=lambda each: each.record.position)]

    def _insert(
        self, record: str, form: str, raw: Mapping[str, Any], step: int, names: FieldNames
    ) -> Insert:
        codec = self._codecs[form]
        values = codec.from_json({names.today(form, n, step): v for n, v in raw["values"].items()})
        given = {names.today(form, n, step): t for n, t in raw.get("given", {}).items()}
        return Insert(
            Record(form, RecordId(record), values, raw["parent"], raw["position"], raw["unit"]),
            {name: text for name, text in given.items() if name in values},
        )

    # -- inside ----------------------------------------------------------------------------------------------------

    def _conditions(self, query: HistoryQuery, names: FieldNames) -> tuple[list[str], list[object]]:
        conditions: list[str] = ["c.kind NOT IN ('rename', 'sighting')"]
        values: list[object] = []
        plain = (
            ("s.actor = ?", query.person), ("s.at >= ?", query.since), ("s.at < ?", query.until),
            ("s.origin = ?", query.origin), ("c.form = ?", query.form),
            ("c.record_id = ?", query.record),
        )  # fmt: skip
        for condition, wanted in plain:
            if wanted:
                conditions.append(condition)
                values.append(wanted)
        if query.field:
            ids = names.ever(query.form, query.field)
            conditions.append(f"c.field IN ({', '.join('?' * len(ids))})")
            values += ids
        if query.text:
            found, given = self._text(query)
            conditions.append(f"({found})")
            values += given
        return conditions, values

    def _text(self, query: HistoryQuery) -> tuple[str, list[object]]:
        text = query.text.lower()
        needle = json.dumps(text, ensure_ascii=False)[1:-1]  # as JSON texts have it
        parts = [f"instr(lower(c.{column}), ?)" for column in ("old", "new", "reason")]
        values: list[object] = [needle, needle, text]
        for form in self._form_set.forms:
            title = f"instr(lower({quoted(form.title)}), ?)"
            chosen = f"SELECT id FROM {quoted(form.id)} WHERE {title}"
            parts.append(f"c.record_id IN ({chosen})")
            values.append(text)
            for child in self._form_set.children_of(form.id):
                parts.append(
                    f"c.record_id IN (SELECT id FROM {quoted(child.id)} WHERE parent_id IN ({chosen}))"
                )
                values.append(text)
        for (form_id, field), codes in query.codes.items():
            marks = ", ".join("?" * len(codes))
            parts.append(
                f"(c.form = ? AND c.field = ? AND (c.old IN ({marks}) OR c.new IN ({marks})))"
            )
            values += [form_id, field, *codes, *codes]
        return " OR ".join(parts), values

    def _titles(
        self, connection: Connection, records: Iterable[tuple[str, str]], names: FieldNames
    ) -> dict[str, tuple[str, str, bool]]:
        """Return record → name, owner's name, whether it is gone."""
        by_form: dict[str, set[str]] = {}
        for form_id, record in records:
            if form_id in self._codecs:
                by_form.setdefault(form_id, set()).add(record)
        found: dict[str, tuple[str, str, bool]] = {}
        for form_id, ids in by_form.items():
            found |= self._living(connection, form_id, ids)
            missing = [i for i in ids if i not in found]
            for record, raw, step in self._last_seen(connection, missing):
                title = self._title_of(form_id, raw, names, step)
                found[record] = (
                    title,
                    self._owner(connection, form_id, raw["parent"], names),
                    True,
                )
        return found

    def _living(
        self, connection: Connection, form_id: str, ids: Iterable[str]
    ) -> dict[str, tuple[str, str, bool]]:
        form = self._form_set.form(form_id)
        title, table = f"t.{quoted(form.title)}", quoted(form_id)
        owner, joined = "''", ""
        if form.parent:
            above = self._form_set.form(form.parent)
            owner = f"o.{quoted(above.title)}"
            joined = f" LEFT JOIN {quoted(above.id)} AS o ON o.id = t.parent_id"
        rows = connection.exec_driver_sql(
            f"SELECT t.id, {title}, {owner} FROM {table} AS t{joined} "
            "WHERE t.id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(ids)),),
        )
        return {row[0]: (str(row[1] or ""), str(row[2] or ""), False) for row in rows}

    @staticmethod
    def _last_seen(
        connection: Connection, ids: Sequence[str]
    ) -> list[tuple[str, Mapping[str, Any], int]]:
        """Return (record, what it was, step) of records that are gone."""
        if not ids:
            return []
        rows = connection.exec_driver_sql(
            "SELECT record_id, old, step FROM change WHERE kind = 'record' AND sign = '-' "
            "AND record_id IN (SELECT value FROM json_each(?)) ORDER BY key",
            (json.dumps(list(ids)),),
        )
        last = {row[0]: (row[0], json.loads(row[1]), row[2]) for row in rows}
        return list(last.values())

    def _owner(
        self, connection: Connection, form_id: str, owner: str | None, names: FieldNames
    ) -> str:
        above = self._form_set.form(form_id).parent
        if not owner or not above:
            return ""
        living = self._living(connection, above, [owner])
        if owner in living:
            return living[owner][0]
        seen = self._last_seen(connection, [owner])
        return self._title_of(above, seen[0][1], names, seen[0][2]) if seen else ""

    def _title_of(self, form_id: str, raw: Mapping[str, Any], names: FieldNames, step: int) -> str:
        if form_id not in self._codecs:
            return ""
        title = self._form_set.form(form_id).title
        for name, value in raw["values"].items():
            if names.today(form_id, name, step) == title:
                return str(value.get("unfit", "")) if isinstance(value, dict) else str(value)
        return ""


def _of_step(query: HistoryQuery) -> tuple[list[str], list[object]]:
    """Return the conditions for steps that have no lines."""
    plain = (
        ("s.actor = ?", query.person), ("s.at >= ?", query.since), ("s.at < ?", query.until),
        ("s.origin = ?", query.origin), ("instr(lower(s.params), ?)", query.text.lower()),
    )  # fmt: skip
    asked = [(condition, wanted) for condition, wanted in plain if wanted]
    return ["1", *(condition for condition, _w in asked)], [wanted for _c, wanted in asked]


def _asks_step(query: HistoryQuery) -> bool:
    return bool(query.person or query.since or query.until or query.origin)


def _row(
    row: Sequence[Any], names: FieldNames, titles: Mapping[str, tuple[str, str, bool]]
) -> HistoryRow:
    form, record, step = row[6], row[7], row[1]
    title, owner_title, gone = titles.get(record, ("", "", True))
    return HistoryRow(
        key=row[0],
        step=step,
        at=row[2],
        actor=row[3],
        origin=Origin(row[4]),
        kind=row[5],
        form=form,
        record=RecordId(record),
        field=names.today(form, row[8], step) if row[8] else "",
        sign=row[9],
        old=row[10],
        new=row[11],
        old_given=row[12],
        new_given=row[13],
        reason=row[14],
        sentence=row[15],
        params=json.loads(row[16]),
        undone=bool(row[17]),
        title=title,
        owner_title=owner_title,
        gone=gone and bool(record),
    )
