"""Count the indicators in one pass a form, department by department, and find the records behind each of them.

What was counted of a department is kept, in memory and beside its rows (`counted`), until another package of it, or of
the day, is asked for: a province is counted anew only where it changed. Joint applications use resources of other
departments; they are few, and counted every time. Conditions are the business of `indicator_sql`.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from sqlalchemy import Connection, text

from census_app.domain.corrections import LAID
from census_app.domain.indicators import (
    BY_ID,
    DECIDED,
    NOTHING_SAID,
    ROLES,
    STORED,
    Said,
    Subject,
)
from census_app.formspec.model import FormSet
from census_app.formspec.schema import quoted
from census_app.storage import counted
from census_app.storage.counted import Counted
from census_app.storage.indicator_sql import Expression, IndicatorSql
from census_app.storage.list_sql import SEVERAL

Counts = dict[str, int]
_KEPT_DAYS: Final = 4
_KEPT_ANSWERS: Final = 32
_ACROSS: Final[frozenset[Subject]] = frozenset({"joint"})
"""What is counted with an eye on other departments."""
_DATED: Final[frozenset[Subject]] = frozenset({"system"})
"""What is counted by dates, so that it differs from day to day."""
_UNDATED: Final = frozenset(ROLES) - _ACROSS - _DATED

_Found = Mapping[str, Mapping[str, Any]]
"""Department → counts."""
_Count = Callable[[list[str] | None], _Found]
"""Counts departments anew: those named, or all."""


class Counter:
    """Counts over one catalogue, with what it counted before.

    Args:
        form_set: The form set of the tables.
    """

    def __init__(self, form_set: FormSet) -> None:
        self._form_set = form_set
        self._sql: IndicatorSql | None = None
        self._version = ""
        self._kept: dict[tuple[str, str], dict[str, tuple[str, Mapping[str, Any]]]] = {}
        self._fresh: list[Counted] = []

    @property
    def sql(self) -> IndicatorSql:
        """The conditions, made when they are first asked for."""
        if self._sql is None:
            self._sql = IndicatorSql(self._form_set)
        return self._sql

    @property
    def version(self) -> str:
        """What the conditions are: counts of another program or form set are no counts of these."""
        if not self._version:
            told = f"{self._form_set.sha256} {sorted(self.sql.expressions.items())!r}"
            self._version = hashlib.sha256(told.encode()).hexdigest()[:16]
        return self._version

    def take_fresh(self) -> list[Counted]:
        """Return what was counted since the last time it was asked for, to be kept."""
        fresh, self._fresh = self._fresh, []
        return fresh

    def by_department(
        self, connection: Connection, as_of: str, said: Said = NOTHING_SAID
    ) -> dict[str, Counts]:
        """Return department → count of `domain.indicators.STORED` → number, for departments with a merged package.

        Args:
            as_of: Day, `CCYY-MM-DD`; what is dated later has not happened yet.
            said: What the ledger says; what depends on it is counted each time.
        """
        stamps = _stamps(connection)

        def counted(day: str, subjects: frozenset[Subject]) -> _Found:
            return self._known(
                connection, (" ".join(sorted(subjects)), day), stamps,
                lambda only: self._passes(connection, subjects, day, only),
            )  # fmt: skip

        parts = (
            counted(as_of, _DATED),
            counted("", _UNDATED),
            self._pass(connection, "joint", as_of, None),
            self._decided(connection, said),
        )
        found = {}
        for department in sorted(stamps):
            counts: Counts = {}
            for part in parts:
                counts |= part.get(department, {})
            found[department] = {each.id: counts.get(each.id, 0) for each in STORED}
        return found

    def by_answer(
        self,
        connection: Connection,
        as_of: str,
        subject: Subject,
        field: str,
        length: int = 0,
        said: Said = NOTHING_SAID,
    ) -> dict[str, Counts]:
        """Return answer of a field → count → number, for the figures of one subject.

        Args:
            field: Field id of a coded question of that form; of data items, of the resource they belong to.
            length: Only so many characters of the code, for a branch of a classification; 0: the whole.
        """
        grouped = self._grouped(subject, field, length)
        expressions = self.sql.of_subject(subject)
        lasting = {name: each for name, each in expressions.items() if name not in DECIDED}

        def count(only: list[str] | None) -> _Found:
            if subject == "item":
                return self._items(connection, grouped, only)
            return self._by_answer(connection, grouped, lasting, {"as_of": as_of}, only)

        if subject in _ACROSS:
            parts = count(None)
        else:
            day = as_of if subject in _DATED else ""
            parts = self._known(
                connection, (f"{subject} {field} {length}", day), _stamps(connection), count
            )
        found: dict[str, Counts] = {}
        _add_up(found, parts)
        decided = {name: each for name, each in expressions.items() if name in DECIDED}
        if decided and said != NOTHING_SAID:
            _add_up(found, self._by_answer(connection, grouped, decided, _bound(said), None))
        return {
            answer: {name: counts.get(name, 0) for name in expressions}
            for answer, counts in found.items()
        }

    def _by_answer(
        self,
        connection: Connection,
        grouped: tuple[str, str],
        expressions: Mapping[str, Expression],
        bound: Mapping[str, str],
        only: list[str] | None,
    ) -> dict[str, dict[str, Counts]]:
        key, source = grouped
        where = "" if only is None else f" WHERE {_IN_DEPARTMENTS}"
        rows = _rows(
            connection,
            f"SELECT t.department_code AS department, {key} AS grouped, {_listed(expressions)} "
            f"FROM {source}{where} GROUP BY 1, 2",
            {**bound, "departments": json.dumps(only or [])},
        )
        found: dict[str, dict[str, Counts]] = {}
        for row in rows:
            of_department = found.setdefault(row["department"], {})
            of_department[str(row["grouped"] or "")] = _numbers(row, expressions)
        return found

    def keys(
        self,
        connection: Connection,
        indicator: str,
        as_of: str,
        departments: Collection[str] | None,
        group: tuple[str, str, int] | None = None,
        said: Said = NOTHING_SAID,
    ) -> array[int]:
        """Return the row keys of the records behind an indicator, by department and title, children by their owner.

        Args:
            departments: Only of these; None: of all.
            group: Field, answer and length as of `by_answer`; the empty answer: none is given.
        """
        definition = BY_ID[indicator]
        form = self.sql.form(definition.subject)
        if form is None:
            return array("q")
        where = [self.sql.listed(indicator).condition]
        source = self.sql.source(definition.subject)
        bound = {"as_of": as_of} | _bound(said)
        if departments is not None:
            where.append(_IN_DEPARTMENTS)
            bound["departments"] = json.dumps(sorted(departments))
        if group is not None:
            field, answer, length = group
            key, source = self._grouped(definition.subject, field, length)
            where.append(f"coalesce({key}, '') = :answer")
            bound["answer"] = answer
        # Of children there may be hundreds of thousands: they come as an index has them, by their resource.
        order = "t.parent_id, t.position" if form.parent else f"t.{quoted(form.title)}"
        statement = (
            f"SELECT t.row_key FROM {source} WHERE {' AND '.join(where)} "
            f"ORDER BY t.department_code, {order}, t.id"
        )
        return array("q", connection.execute(text(statement), _used(statement, bound)).scalars())

    # -- inside ----------------------------------------------------------------------------------------------------

    def _known(
        self,
        connection: Connection,
        asked: tuple[str, str],
        stamps: Mapping[str, str],
        count: _Count,
    ) -> dict[str, Mapping[str, Any]]:
        """Return what was counted of departments, counting only those whose packages are not those of before.

        Args:
            asked: What is counted, and the day it depends on; an empty one where it does not.
        """
        scope, day = f"{self.version} {asked[0]}", asked[1]
        held = self._kept.pop((scope, day), None)
        kept = counted.read(connection, scope, day) if held is None else held
        known = {d: kept[d] for d, s in stamps.items() if d in kept and kept[d][0] == s}
        stale = sorted(stamps.keys() - known.keys())
        if stale:
            found = count(stale if len(stale) < len(stamps) else None)
            fresh = {d: (stamps[d], _without_zeros(found.get(d, {}))) for d in stale}
            self._fresh += [Counted(scope, day, d, *each) for d, each in fresh.items()]
            known |= fresh
        self._kept[scope, day] = known
        for old in [each for each in self._kept if each[1]][:-_KEPT_DAYS]:
            del self._kept[old]
        for old in list(self._kept)[:-_KEPT_ANSWERS]:
            del self._kept[old]
        return {department: counts for department, (_stamp, counts) in known.items()}

    def _passes(
        self,
        connection: Connection,
        subjects: frozenset[Subject],
        day: str,
        only: list[str] | None,
    ) -> dict[str, Counts]:
        found: dict[str, Counts] = {}
        for subject in sorted(subjects):
            for department, counts in self._pass(connection, subject, day, only).items():
                found[department] = found.get(department, {}) | counts
        return found

    def _pass(
        self, connection: Connection, subject: Subject, as_of: str, only: list[str] | None
    ) -> dict[str, Counts]:
        if self.sql.form(subject) is None:
            return {}
        if subject == "item":
            found = self._items(connection, ("''", self.sql.source("item")), only)
            return {department: counts.get("", {}) for department, counts in found.items()}
        expressions = {
            name: each for name, each in self.sql.of_subject(subject).items() if name not in DECIDED
        }
        return self._by_department(connection, subject, expressions, as_of, only, {})

    def _items(
        self, connection: Connection, grouped: tuple[str, str], only: list[str] | None
    ) -> dict[str, dict[str, Counts]]:
        """Return department → answer → counts of data items.

        They are many, few answer for themselves, all others count by their resource.

        Args:
            grouped: What to group by besides, of the resource `r` or of what is joined to it, and what to select from.
        """
        item = self.sql.form("item")
        assert item is not None  # noqa: S101  # asked only where there are items
        key, source = grouped
        joined = source.removeprefix(self.sql.source("item"))
        table, owner = quoted(item.id), quoted(item.parent)
        expressions = self.sql.of_subject("item")
        by_owner = ", ".join(
            f"coalesce(sum(r.of_items) FILTER (WHERE {each.inherited}), 0) AS {quoted(name)}"
            for name, each in expressions.items()
        )
        owners = (
            f"SELECT r.*, (SELECT count(*) FROM {table} AS i WHERE i.department_code = "
            f"r.department_code AND i.parent_id = r.id) AS of_items FROM {owner} AS r"
        )
        of_others = ", ".join(
            f"count(*) FILTER (WHERE {each.condition}) - count(*) FILTER (WHERE {each.inherited}) "
            f"AS {quoted(name)}"
            for name, each in expressions.items()
        )
        narrowed = "" if only is None else f" WHERE {_IN_DEPARTMENTS.replace('t.', 'r.', 1)}"
        also = "" if only is None else f" AND {_IN_DEPARTMENTS}"
        head = f"SELECT r.department_code AS department, {key} AS grouped"
        statements = (
            f"{head}, {by_owner} FROM ({owners}{narrowed}) AS r{joined} GROUP BY 1, 2",
            f"{head}, {of_others} FROM {source} WHERE {self.sql.own_answers()}{also} GROUP BY 1, 2",
        )
        found: dict[str, dict[str, Counts]] = {}
        for statement in statements:
            for row in _rows(connection, statement, {"departments": json.dumps(only or [])}):
                of_department = found.setdefault(str(row["department"] or ""), {})
                counts = of_department.setdefault(str(row["grouped"] or ""), {})
                for name in expressions:
                    counts[name] = counts.get(name, 0) + int(row[name])
        for of_department in found.values():
            for answer in [a for a, counts in of_department.items() if not any(counts.values())]:
                del of_department[answer]
        return found

    def _decided(self, connection: Connection, said: Said) -> dict[str, Counts]:
        """Return what depends on the ledger; where it says nothing, nothing is read."""
        if said == NOTHING_SAID or self.sql.form("resource") is None:
            return {}
        expressions = {name: self.sql.expressions[name] for name in DECIDED}
        return self._by_department(connection, "resource", expressions, "", None, _bound(said))

    def _by_department(
        self,
        connection: Connection,
        subject: Subject,
        expressions: Mapping[str, Expression],
        as_of: str,
        only: list[str] | None,
        more: Mapping[str, str],
    ) -> dict[str, Counts]:
        where = "" if only is None else f" WHERE {_IN_DEPARTMENTS}"
        rows = _rows(
            connection,
            f"SELECT t.department_code AS grouped, {_listed(expressions)} "
            f"FROM {self.sql.source(subject)}{where} GROUP BY 1",
            {"as_of": as_of, "departments": json.dumps(only or []), **more},
        )
        return {row["grouped"]: _numbers(row, expressions) for row in rows}

    def _grouped(self, subject: Subject, field_id: str, length: int) -> tuple[str, str]:
        """Return what to group by, and what to select from."""
        form = self.sql.form(subject)
        assert form is not None  # noqa: S101  # asked only about forms that are there
        table = "t"
        if subject == "item":
            form, table = self._form_set.form(form.parent), "r"
        field = form.field_by_id(field_id)
        column = f"{table}.{quoted(field.id)}"
        source = self.sql.source(subject)
        if field.type in SEVERAL:
            return "e.value", f"{source} LEFT JOIN json_each({column}) AS e ON TRUE"
        return (f"substr({column}, 1, {length:d})" if length else column), source


_IN_DEPARTMENTS: Final = (
    "t.department_code IN (SELECT d.value FROM json_each(CAST(:departments AS TEXT)) AS d)"
)


def _bound(said: Said) -> dict[str, str]:
    return {
        "accepted": json.dumps(sorted(said.accepted)),
        "published": json.dumps(sorted(said.published)),
    }


def _stamps(connection: Connection) -> dict[str, str]:
    """Return department → a text that differs when its rows do: its newest package, and what lies on top of rows."""
    kinds = ", ".join(f"'{kind}'" for kind in sorted(LAID))
    decided = connection.exec_driver_sql(
        "SELECT count(*) || ' ' || coalesce(max(created), '') || ' ' || coalesce(max(id), '') "
        f"FROM decision WHERE kind IN ({kinds})"
    ).scalar_one()
    rows = connection.exec_driver_sql(
        "SELECT department, identity FROM projected ORDER BY department, sequence"
    )
    return {department: f"{identity} {decided}" for department, identity in rows}


def _without_zeros(counts: Mapping[str, Any]) -> dict[str, Any]:
    """Return counts without those that are 0, also inside answers, which stay."""
    return {
        name: _without_zeros(each) if isinstance(each, Mapping) else each
        for name, each in counts.items()
        if each or isinstance(each, Mapping)
    }


def _add_up(found: dict[str, Counts], parts: _Found) -> None:
    for answers in parts.values():
        for answer, counts in answers.items():
            into = found.setdefault(answer, {})
            for name, number in counts.items():
                into[name] = into.get(name, 0) + number


def _listed(expressions: Mapping[str, Expression]) -> str:
    return ", ".join(f"{each.number} AS {quoted(name)}" for name, each in expressions.items())


def _numbers(row: Mapping[str, Any], expressions: Mapping[str, Expression]) -> Counts:
    return {name: int(row[name]) for name in expressions}


def _rows(
    connection: Connection, statement: str, bound: Mapping[str, str]
) -> list[Mapping[str, Any]]:
    found = connection.execute(text(statement), _used(statement, bound))
    return [dict(row) for row in found.mappings()]


def _used(statement: str, bound: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in bound.items() if f":{name}" in statement}
