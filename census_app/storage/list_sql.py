"""The SQL of lists: what a `ListQuery` filters, searches and sorts by.

Everything is one statement over the form's table; nothing is filtered or sorted in Python. Not responsible for running
it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    and_,
    case,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
)

from census_app.domain import searching
from census_app.domain.filtering import CHILD_COUNT, EMPTY, UNFIT, UNKNOWN, Bound, ColumnFilter
from census_app.domain.holdings import ListQuery
from census_app.formspec.model import Field, FormSet
from census_app.formspec.types import field_type
from census_app.storage.dialects import Fits, each_of_numbers
from census_app.storage.fixed_tables import projected, unfit
from census_app.storage.rows import FLAG_SUFFIX

SEVERAL: Final = frozenset({"codes", "references"})
"""Types whose columns hold JSON arrays."""

_LISTED_IN_ORDER: Final = 100
"""Code lists up to this length are sorted as the list has them; longer ones, the classifications, by code."""


class ListSql:
    """Makes the conditions and the order of list queries.

    Args:
        form_set: The file's form set.
        tables: Form id → table.
        departments: Whether the tables carry a department: a catalogue.
    """

    def __init__(
        self, form_set: FormSet, tables: Mapping[str, Table], *, departments: bool
    ) -> None:
        self._form_set = form_set
        self._tables = tables
        self._departments = departments

    def filtered(self, statement: Select[Any], query: ListQuery) -> Select[Any]:
        """Return a statement over the form's table with the conditions of a query."""
        table = self._tables[query.form]
        return statement.select_from(table).where(and_(True, *self._conditions(table, query)))

    def order(self, query: ListQuery, *, whole: bool = False) -> list[ColumnElement[Any]]:
        """Return what a query is sorted by; records without an answer come last, the id decides between equals.

        Args:
            whole: Everything that is found is wanted, not the first page.
        """
        table = self._tables[query.form]
        if query.sort:
            value = self._sorted_by(table, query)
            directed = value.desc() if query.descending else value.asc()
            # Equal children stay in their order of record.
            place = [table.c.position] if query.parent is not None else []
            return [directed.nulls_last(), *place, table.c.id]
        if query.parent is not None:
            return [table.c.position, table.c.id]
        key: ColumnElement[Any] = table.c.row_key
        if whole and query.search:
            # Not by the column itself: SQLite would walk the wide table in its order, where the index has all texts.
            key = key + 0
        return [key.desc() if query.descending else key]

    def tally(self, query: ListQuery, field_id: str) -> list[Select[Any]]:
        """Return statements that count the answers of a field among what a query finds without its filter on it.

        Each returns (value, number): the answers, then those of `UNKNOWN`, `UNFIT` and all records together.
        """
        table = self._tables[query.form]
        field = self._field(query.form, field_id)
        others = replace(query, filters=tuple(f for f in query.filters if f.field != field_id))
        where = self._conditions(table, others)
        column = table.c[field_id]
        if field.type in SEVERAL:
            entry = func.json_each(column).table_valued("value")
            beside = table.join(entry, literal(value=True))
            answers = select(entry.c.value, func.count()).select_from(beside)
            answers = answers.where(column.is_not(None), *where).group_by(entry.c.value)
        else:
            answers = select(column, func.count()).where(column.is_not(None), *where)
            answers = answers.group_by(column)
        number = select(func.count()).select_from(table)
        unknown = number.where(*where, _is_unknown(table, field) if field.unknown else false())
        bad = number.where(*where, self._is_unfit(table, query.form, field_id))
        filled = number.where(*where, column.is_not(None))
        return [answers, unknown, bad, filled, number.where(and_(True, *where))]

    def holds(self, form_id: str, word: str, *, exclude_unfit: bool = False) -> ColumnElement[bool]:
        """Return the condition that a word stands somewhere in a record's own texts."""
        table = self._tables[form_id]
        names = [
            f.id
            for f in self._form_set.form(form_id).stored_fields
            if f.type in searching.SEARCHED_TYPES
        ]
        found = [_any_holds([table.c[name] for name in names], word)]
        if not (self._departments or exclude_unfit):
            given = select(unfit.c.record_id).where(
                unfit.c.form == form_id, holds(unfit.c.text, word)
            )
            # Asked once for the list, where most files have no such text: else each row is looked up among them.
            found.append(and_(given.exists(), table.c.id.in_(given)))
        return or_(False, *found)

    def any_department(self, table: Table, query: ListQuery | None = None) -> list[Any]:
        """Help SQLite use an index that begins with the department, when only an id is known."""
        if not self._departments or (query is not None and query.department):
            return []
        return [table.c.department_code.in_(select(projected.c.department))]

    # -- inside ----------------------------------------------------------------------------------------------------

    def _field(self, form_id: str, field_id: str) -> Field:
        return self._form_set.form(form_id).field_by_id(field_id)

    def _conditions(self, table: Table, query: ListQuery) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if query.department:
            found.append(table.c.department_code == query.department)
        if query.parent is not None:
            found += [table.c.parent_id == query.parent, *self.any_department(table, query)]
        if query.ids is not None:
            found.append(table.c.id.in_(each(sorted(query.ids))))
            found += self.any_department(table, query)
        for name, value in query.equals.items():
            found.append(_equal(table, self._field(query.form, name), value))
        if query.class_prefix is not None:
            name, prefix = query.class_prefix
            found.append(func.substr(table.c[name], 1, len(prefix)) == prefix)
        for chosen in query.filters:
            found += self._filter(table, query.form, chosen)
        return found + [self._finds(table, query, w) for w in searching.words_of(query.search)]

    def _finds(self, table: Table, query: ListQuery, word: str) -> ColumnElement[bool]:
        own = self.holds(query.form, word)
        if not query.inside:
            return own
        places = [own]
        for child in self._form_set.children_of(query.form):
            other = self._tables[child.id]
            inside = self.holds(child.id, word)
            if self._departments:
                pair = tuple_(table.c.department_code, table.c.id)
                owners = select(other.c.department_code, other.c.parent_id).where(inside)
                places.append(pair.in_(owners))
            else:
                places.append(table.c.id.in_(select(other.c.parent_id).where(inside)))
        return or_(*places)

    def _filter(
        self, table: Table, form_id: str, chosen: ColumnFilter
    ) -> list[ColumnElement[bool]]:
        field = self._field(form_id, chosen.field)
        column = table.c[field.id]
        found: list[ColumnElement[bool]] = []
        if chosen.values:
            found.append(self._one_of(table, form_id, field, chosen.values))
        if chosen.text:
            given = self._unfit_ids(form_id, field.id, holds(unfit.c.text, chosen.text))
            texts = [holds(column, chosen.text)]
            found.append(or_(*texts, *([] if given is None else [table.c.id.in_(given)])))
        if chosen.low is not None:
            found.append(column >= _bound(field, chosen.low))
        if chosen.high is not None:
            found.append(column <= _bound(field, chosen.high))
        if chosen.state:
            empty = self._is_empty(table, form_id, field)
            found.append(empty if chosen.state == "empty" else ~empty)
        return found

    def _one_of(
        self, table: Table, form_id: str, field: Field, values: Sequence[str]
    ) -> ColumnElement[bool]:
        special = {EMPTY, UNKNOWN, UNFIT}
        plain = [v for v in values if v not in special]
        found: list[ColumnElement[bool]] = []
        column = table.c[field.id]
        if plain and field.type in SEVERAL:
            entry = func.json_each(column).table_valued("value")
            inside = select(entry.c.value).where(entry.c.value.in_(each(plain)))
            found.append(and_(column.is_not(None), inside.exists()))
        elif plain and field.type in {"boolean", "integer"}:
            found.append(column.in_(each_number([int(v) for v in plain])))
        elif plain and field.type in {"decimal", "money"}:
            found.append(column.in_([_one_value(field, v) for v in plain]))
        elif plain:
            found.append(column.in_(each(plain)))
        if EMPTY in values:
            found.append(self._is_empty(table, form_id, field))
        if UNKNOWN in values and field.unknown:
            found.append(_is_unknown(table, field))
        if UNFIT in values:
            found.append(self._is_unfit(table, form_id, field.id))
        return or_(False, *found)

    def _unfit_ids(
        self, form_id: str, field_id: str, *where: ColumnElement[bool]
    ) -> Select[Any] | None:
        if self._departments:
            return None
        return select(unfit.c.record_id).where(
            unfit.c.form == form_id, unfit.c.field == field_id, *where
        )

    def _is_unfit(self, table: Table, form_id: str, field_id: str) -> ColumnElement[bool]:
        given = self._unfit_ids(form_id, field_id)
        return false() if given is None else table.c.id.in_(given)

    def _is_empty(self, table: Table, form_id: str, field: Field) -> ColumnElement[bool]:
        parts: list[ColumnElement[bool]] = [table.c[field.id].is_(None)]
        if field.unknown:
            parts.append(~_is_unknown(table, field))
        given = self._unfit_ids(form_id, field.id)
        if given is not None:
            parts.append(table.c.id.not_in(given))
        return and_(*parts)

    def _sorted_by(self, table: Table, query: ListQuery) -> ColumnElement[Any]:
        if query.sort == CHILD_COUNT:
            return self._child_count(table, query.form)
        field = self._field(query.form, query.sort)
        column = table.c[field.id]
        if field.type == "reference":
            target = self._tables[field.target].alias()
            title = target.c[self._form_set.form(field.target).title]
            named = select(title).where(target.c.id == column)
            if self._departments:
                named = named.where(target.c.department_code == table.c.department_code)
            return func.name_order(named.limit(1).scalar_subquery())
        if field.type == "code":
            chosen = self._form_set.choice_lists[field.choices]
            if not chosen.hierarchical and len(chosen.choices) <= _LISTED_IN_ORDER:
                places = {c.code: n for n, c in enumerate(chosen.choices)}
                return case(places, value=column) if places else column
        return func.name_order(column) if field.type in searching.SEARCHED_TYPES else column

    def _child_count(self, table: Table, form_id: str) -> ColumnElement[Any]:
        counts = []
        for child in self._form_set.children_of(form_id):
            other = self._tables[child.id]
            number = select(func.count()).where(other.c.parent_id == table.c.id)
            if self._departments:
                number = number.where(other.c.department_code == table.c.department_code)
            counts.append(number.scalar_subquery())
        return sum(counts[1:], counts[0]) if counts else table.c.row_key


def each(values: Sequence[str]) -> Select[Any]:
    """Return a subquery over texts of any number, bound as one parameter."""
    entry = func.json_each(json.dumps(list(values))).table_valued("value")
    return select(entry.c.value)


def each_number(values: Sequence[int]) -> Select[Any]:
    """Return a subquery over whole numbers of any number, bound as one parameter."""
    entry = each_of_numbers(json.dumps(list(values))).table_valued("value")
    return select(entry.c.value)


def holds(column: ColumnElement[Any], word: str) -> ColumnElement[bool]:
    """Say whether a text column holds a word; upper and lower case, full and half width are the same."""
    if searching.is_plain(word):
        return func.instr(column, word) > 0  # three times as fast, and what most searches are
    return Fits(
        column, literal(searching.glob_of(word)), literal(searching.pattern_of(word).pattern)
    )


def _any_holds(columns: Sequence[ColumnElement[Any]], word: str) -> ColumnElement[bool]:
    """Say whether one of some columns holds a word.

    Half a million rows of which most answer one of six: to see that a column is empty costs a tenth of looking into it.
    """
    told = [and_(column.is_not(None), holds(column, word)) for column in columns]
    if len(told) < _MANY_COLUMNS:
        return or_(False, *told)
    others = func.coalesce(*columns[1:]).is_not(None)
    return or_(told[0], and_(others, or_(*told[1:])))


_MANY_COLUMNS: Final = 3
"""From so many on it is asked first whether there is anything beside the first, the name."""


def _equal(table: Table, field: Field, value: str | int | None) -> ColumnElement[bool]:
    column = table.c[field.id]
    if value is None or value == "":
        return column.is_(None)
    if value == "unknown" and field.unknown:
        return _is_unknown(table, field)
    if field.type in SEVERAL:
        return func.instr(column, json.dumps(value, ensure_ascii=False)) > 0
    return column == _one_value(field, str(int(value) if isinstance(value, bool) else value))


def _one_value(field: Field, text: str) -> object:
    """Return an answer given as text as its column holds it: a server compares no number with a text."""
    if field.type in {"boolean", "integer"}:
        return int(text)
    return _bound(field, Decimal(text)) if field.type in {"decimal", "money"} else text


def _is_unknown(table: Table, field: Field) -> ColumnElement[bool]:
    return func.coalesce(table.c[field.id + FLAG_SUFFIX], 0) == 1


def _bound(field: Field, bound: Bound) -> object:
    return field_type(field.type).to_db(bound)
