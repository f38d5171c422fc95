"""Read records: counts, keys, pages of rows, whole records, streams. One reader for workspaces and catalogues.

Filtering, sorting and searching are done in SQL; keys travel as an array of 64-bit numbers. Not responsible for
writing anything.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, and_, func, literal, null, select, tuple_

from census_app.domain.filtering import EMPTY, UNFIT, UNKNOWN
from census_app.domain.holdings import ListQuery, ListRow
from census_app.domain.records import Record, RecordId
from census_app.formspec.model import FormSet
from census_app.storage.engine import Opened
from census_app.storage.failures import legible
from census_app.storage.fixed_tables import unfit
from census_app.storage.list_sql import ListSql, each, each_number
from census_app.storage.rows import RECORD_COLUMNS, RowCodec, make_record

PAGE: Final = 1000
"""Rows a stream holds at a time."""

CHUNK: Final = 5000
"""Records that one statement reads by their ids."""

Unfits = Mapping[str, Mapping[str, str]]
"""Record id → field → text that did not fit."""


class Records:
    """Reads the form tables of one file.

    Args:
        database: The open file.
        form_set: Its form set.
        tables: Form id → table, of `form_tables`.
        departments: Whether the tables carry a department: a catalogue.
    """

    def __init__(
        self,
        database: Opened,
        form_set: FormSet,
        tables: Mapping[str, Table],
        *,
        departments: bool,
    ) -> None:
        self._database = database
        self._form_set = form_set
        self._tables = tables
        self._departments = departments
        self._lists = ListSql(form_set, tables, departments=departments)
        self.codecs = {form.id: RowCodec(form) for form in form_set.forms}

    def count(self, query: ListQuery) -> int:
        """Return how many records a query finds."""
        statement = self._lists.filtered(select(func.count()), query)
        with self._database.reading() as connection:
            return int(connection.execute(statement).scalar_one())

    def keys(self, query: ListQuery, limit: int = 0) -> array[int]:
        """Return the row keys a query finds, in order; with a limit only the first."""
        table = self._tables[query.form]
        statement = self._lists.filtered(select(table.c.row_key), query).order_by(
            *self._lists.order(query, whole=not limit)
        )
        if limit:
            statement = statement.limit(limit)
        with self._database.reading() as connection:
            cursor = connection.execute(statement).cursor
            # The driver's rows are read straight: half a million keys in a tenth of a second.
            return array("q", chain.from_iterable(_driver_rows(cursor)))

    def tally(self, query: ListQuery, field: str) -> list[tuple[str, int]]:
        """Return the answers of a field and how often each is given, among what a query finds.

        The query's own filter on the field does not count. Answers come most frequent first, then those of `EMPTY`,
        `UNKNOWN` and `UNFIT` that occur; of an answer with several entries each is counted.
        """
        answers, *numbers = self._lists.tally(query, field)
        with self._database.reading() as connection:
            found = [(_shown(value), int(n)) for value, n in connection.execute(answers)]
            unknown, bad, filled, total = (int(connection.execute(n).scalar_one()) for n in numbers)
        found.sort(key=lambda pair: (-pair[1], pair[0]))
        empty = total - filled - unknown - bad
        special = ((EMPTY, empty), (UNKNOWN, unknown), (UNFIT, bad))
        return found + [(name, number) for name, number in special if number]

    def found_inside(
        self, form: str, parents: Sequence[str], word: str
    ) -> dict[RecordId, tuple[int, str]]:
        """Return, by the id of the parent, how many child records hold a word and the title of the first one."""
        table = self._tables[form]
        title = table.c[self._form_set.form(form).title]
        statement = (
            select(table.c.parent_id, func.coalesce(title, ""))
            .where(table.c.parent_id.in_(each(parents)), self._lists.holds(form, word))
            .order_by(table.c.parent_id, table.c.position, table.c.id)
        )
        found: dict[RecordId, tuple[int, str]] = {}
        with self._database.reading() as connection:
            for parent, name in connection.execute(statement):
                count, first = found.get(parent, (0, name))
                found[RecordId(parent)] = (count + 1, first)
        return found

    def rows(self, form: str, keys: Sequence[int], columns: Sequence[str]) -> list[ListRow]:
        """Return rows for keys, in their order; keys that are gone are left out."""
        table, codec = self._tables[form], self.codecs[form]
        head = [table.c.row_key, table.c.id]
        if self._departments:
            head.append(table.c.department_code)
        if self._form_set.form(form).parent:
            head.append(table.c.parent_id)
        reader = codec.reader_of(columns)
        answers = [table.c[name] for name in reader.names]
        statement = select(*head, *answers).where(table.c.row_key.in_(each_number(keys)))
        with self._database.reading() as connection:
            rows = _driver_rows(connection.execute(statement).cursor)
            found = {row[0]: row for row in rows}
            texts = self._unfit(form, [row[1] for row in found.values()]) if columns else {}
            children = self._child_counts(form, list(found))
        names = [column.name for column in head]
        department, parent, at = (
            _place(names, "department_code"),
            _place(names, "parent_id"),
            len(head),
        )
        with legible(self._database.path):
            return [
                ListRow(
                    key=key,
                    id=RecordId(row[1]),
                    values=reader.unpack(row[at:], texts.get(row[1])),
                    child_count=children.get(key, 0),
                    department=row[department] if department else "",
                    parent=row[parent] if parent else "",
                )
                for key in keys
                if (row := found.get(key)) is not None
            ]

    def record(self, form: str, record: RecordId) -> Record | None:
        """Return one record, or None."""
        table, codec = self._tables[form], self.codecs[form]
        statement = (
            select(*self._record_columns(form)).where(
                table.c.id == record, *self._lists.any_department(table)
            )
        ).limit(1)
        with self._database.reading() as connection:
            row = connection.execute(statement).first()
            if row is None:
                return None
            texts = self._unfit(form, [record])
        with legible(self._database.path):
            return make_record(codec, row[:4], row[4:], texts.get(record))

    def many(self, form: str, ids: Iterable[RecordId]) -> dict[RecordId, Record]:
        """Return records by id, read in bulk; ids that are not here are left out. For a workspace."""
        table, codec = self._tables[form], self.codecs[form]
        columns = self._record_columns(form)
        wanted, found = list(dict.fromkeys(ids)), {}
        for start in range(0, len(wanted), CHUNK):
            chunk = wanted[start : start + CHUNK]
            statement = select(*columns).where(table.c.id.in_(each(chunk)))
            with self._database.reading() as connection:
                rows = list(_driver_rows(connection.execute(statement).cursor))
                texts = self._unfit(form, chunk)
            with legible(self._database.path):
                for row in rows:
                    record = make_record(codec, row[:4], row[4:], texts.get(row[0]))
                    found[record.id] = record
        return found

    def of_department(
        self, form: str, department: str, ids: Iterable[str]
    ) -> dict[RecordId, Record]:
        """Return records of a department by id, read in bulk; ids that are not here are left out. For a catalogue."""
        table, codec = self._tables[form], self.codecs[form]
        wanted, found = list(dict.fromkeys(ids)), {}
        statement = select(*self._record_columns(form)).where(table.c.department_code == department)
        for start in range(0, len(wanted), CHUNK):
            chunk = wanted[start : start + CHUNK]
            with self._database.reading() as connection:
                rows = connection.execute(statement.where(table.c.id.in_(each(chunk)))).all()
            with legible(self._database.path):
                for row in rows:
                    record = make_record(codec, row[:4], row[4:], None)
                    found[record.id] = record
        return found

    def ids(self, form: str, keys: Sequence[int]) -> list[RecordId]:
        """Return the ids of row keys, in their order; keys that are gone are left out."""
        table = self._tables[form]
        statement = select(table.c.row_key, table.c.id).where(
            table.c.row_key.in_(each_number(keys))
        )
        with self._database.reading() as connection:
            found = dict(_driver_rows(connection.execute(statement).cursor))
        return [RecordId(found[key]) for key in keys if key in found]

    def places(self, form: str, parent: RecordId) -> list[tuple[RecordId, int]]:
        """Return the children of a record with their positions, in order."""
        table = self._tables[form]
        statement = (
            select(table.c.id, table.c.position)
            .where(table.c.parent_id == parent)
            .order_by(table.c.position, table.c.id)
        )
        with self._database.reading() as connection:
            rows = _driver_rows(connection.execute(statement).cursor)
            return [(RecordId(row[0]), int(row[1])) for row in rows]

    def stream(self, form: str, department: str = "") -> Iterator[Record]:
        """Yield all records of a form, page by page; writing in between is allowed.

        Children come by (parent, position, id), others in the order they were made.
        """
        table, codec = self._tables[form], self.codecs[form]
        is_child = bool(self._form_set.form(form).parent)
        order = [table.c.parent_id, table.c.position, table.c.id] if is_child else [table.c.row_key]
        if is_child and self._departments:
            order.insert(0, table.c.department_code)
        statement = select(*order, *self._record_columns(form)).order_by(*order).limit(PAGE)
        if department:
            statement = statement.where(table.c.department_code == department)
        at, after = len(order), None
        while True:
            page = statement if after is None else statement.where(_beyond(order, after))
            with self._database.reading() as connection:
                rows = connection.execute(page).all()
                texts = self._unfit(form, [row[len(order)] for row in rows])
            with legible(self._database.path):
                made = [
                    make_record(codec, row[at : at + 4], row[at + 4 :], texts.get(row[at]))
                    for row in rows
                ]
            yield from made
            if len(rows) < PAGE:
                return
            after = list(rows[-1][: len(order)])

    def ascending(self, form: str) -> Iterator[tuple[str, Record]]:
        """Yield department and record of all records of a form, by (id, department); of a catalogue only."""
        table, codec = self._tables[form], self.codecs[form]
        ordered = select(table.c.row_key).order_by(table.c.id, table.c.department_code)
        with self._database.reading() as connection:
            cursor = connection.execute(ordered).cursor
            keys = array("q", chain.from_iterable(_driver_rows(cursor)))
        head = (table.c.row_key, table.c.department_code)
        statement = select(*head, *self._record_columns(form))
        for start in range(0, len(keys), PAGE):
            page = keys[start : start + PAGE]
            with self._database.reading() as connection:
                rows = connection.execute(
                    statement.where(table.c.row_key.in_(each_number(page)))
                ).all()
            found = {row[0]: row for row in rows}
            with legible(self._database.path):
                made = [
                    (str(row[1]), make_record(codec, row[2:6], row[6:], None))
                    for key in page
                    if (row := found.get(key)) is not None
                ]
            yield from made

    def damaged(self) -> list[tuple[str, RecordId]]:
        """Return (form, id) of rows whose values are not those their hash was made of.

        A changed letter passes SQLite's own checks (security §8).
        """
        found = []
        for form, table in self._tables.items():
            hashes = select(table.c.id, table.c.row_sha256)
            with self._database.reading() as connection:
                kept: dict[str, set[bytes]] = {}
                for record_id, digest in connection.execute(hashes):
                    kept.setdefault(record_id, set()).add(bytes(digest))
            codec = self.codecs[form]
            found += [
                (form, record.id)
                for record in self.stream(form)
                if codec.digest(record) not in kept.get(record.id, ())
            ]
        return found

    def cells(
        self, form: str, fields: Sequence[str], after: int, limit: int
    ) -> list[tuple[Any, ...]]:
        """Return some columns of the rows after a key, as they are stored, by key; of a catalogue only.

        Half a million rows of five columns take two seconds, of which whole records would take thirty.

        Returns:
            (row key, department, unit, id, parent id or None, the answers in the order of `fields`).
        """
        table = self._tables[form]
        parent = [table.c.parent_id] if self._form_set.form(form).parent else [null()]
        head = [table.c.row_key, table.c.department_code, table.c.unit_code, table.c.id, *parent]
        statement = (
            select(*head, *(table.c[field] for field in fields))
            .where(table.c.row_key > after)
            .order_by(table.c.row_key)
            .limit(limit)
        )
        with self._database.reading() as connection:
            return [tuple(row) for row in _driver_rows(connection.execute(statement).cursor)]

    def titles(self, form: str) -> dict[str, str]:
        """Return id → title of every record that has one, in the order records were made.

        In a catalogue an id to which departments give different titles has none: either would be a false name to the
        other's references.
        """
        table = self._tables[form]
        title = table.c[self._form_set.form(form).title]
        statement = select(table.c.id, title).where(title.is_not(None)).order_by(table.c.row_key)
        found: dict[str, str] = {}
        doubtful = set()
        with self._database.reading() as connection:
            for record, text in connection.execute(statement):
                if found.setdefault(record, str(text)) != str(text):
                    doubtful.add(record)
        return {record: text for record, text in found.items() if record not in doubtful}

    def _record_columns(self, form: str) -> list[ColumnElement[Any]]:
        table = self._tables[form]
        return [table.c[name] for name in (*RECORD_COLUMNS, *self.codecs[form].names)]

    def _unfit(self, form: str, ids: Sequence[str]) -> dict[str, dict[str, str]]:
        if self._departments or not ids:
            return {}
        found: dict[str, dict[str, str]] = {}
        statement = select(unfit.c.record_id, unfit.c.field, unfit.c.text).where(
            unfit.c.form == form, unfit.c.record_id.in_(each(ids))
        )
        with self._database.reading() as connection:
            for record, field, given in connection.execute(statement):
                found.setdefault(record, {})[field] = given
        return found

    def _child_counts(self, form: str, keys: Sequence[int]) -> dict[int, int]:
        table = self._tables[form]
        counts: dict[int, int] = {}
        with self._database.reading() as connection:
            for child in self._form_set.children_of(form):
                other = self._tables[child.id]
                joint = other.c.parent_id == table.c.id
                if self._departments:
                    joint = and_(joint, other.c.department_code == table.c.department_code)
                statement = (
                    select(table.c.row_key, func.count())
                    .select_from(table.join(other, joint))
                    .where(table.c.row_key.in_(each_number(keys)))
                    .group_by(table.c.row_key)
                )
                for key, number in connection.execute(statement):
                    counts[key] = counts.get(key, 0) + number
        return counts


def _shown(value: object) -> str:
    # A server has decimals where a file has floating numbers.
    return str(float(value) if isinstance(value, Decimal) else value)


def _place(names: Sequence[str], name: str) -> int:
    """Return where a column stands behind the first one, 0 when it does not."""
    return names.index(name) if name in names else 0


def _driver_rows(cursor: Any) -> Iterable[tuple[Any, ...]]:
    return cursor or ()


def _beyond(order: Sequence[ColumnElement[Any]], after: Sequence[object]) -> ColumnElement[bool]:
    if len(order) == 1:
        return order[0] > literal(after[0])
    return tuple_(*order) > tuple_(*(literal(value) for value in after))
