"""What would mend a finding: the offered value of a rule, and the values that certainly mend it (ADR 0090).

Both are SQL of the form set, evaluated on the authorised connection that ran the rule. Not responsible for texts that
do not fit their field; `offers` is.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import DecimalException
from itertools import islice
from typing import TYPE_CHECKING, Final

from census_app.domain.findings import Finding
from census_app.domain.records import Value
from census_app.formspec.checks import Check, names_in
from census_app.formspec.model import Field, Form, FormSet
from census_app.formspec.schema import quoted
from census_app.formspec.types import field_type

if TYPE_CHECKING:
    import sqlite3

_BATCH: Final = 500
_OFFER: Final = ""
"""Key of the offered value among the expressions of a check."""

Hit = tuple[Check, Finding]


class Proposer:
    """Completes findings with what would mend them.

    Args:
        connection: An authorised connection.
        form: The form the findings are about.
        mends: Whether certain mends are wanted besides offers; a receiver cannot write them anyway.
    """

    def __init__(
        self, connection: sqlite3.Connection, form: Form, form_set: FormSet, *, mends: bool = True
    ) -> None:
        self._connection = connection
        self._form = form
        self._fields = {f.id: f for f in form.stored_fields}
        self._form_set = form_set
        self._mends = mends
        self._tables = frozenset(f.id for f in form_set.forms)
        self._codes: dict[str, frozenset[str]] = {}

    def complete(self, hits: Iterable[Hit]) -> Iterator[Finding]:
        """Yield findings in their order, completed some hundreds at a time: what looks at other records runs once."""
        source = iter(hits)
        while batch := list(islice(source, _BATCH)):
            by_check: dict[int, list[Hit]] = {}
            for hit in batch:
                if self._expressions(hit[0]):
                    by_check.setdefault(id(hit[0]), []).append(hit)
            told = [row for same in by_check.values() for row in self._ask(same)]
            done = {(id(check), finding.record): finding for check, finding in told}
            for check, finding in batch:
                yield done.get((id(check), finding.record), finding)

    def complete_one(
        self, check: Check, finding: Finding, source: str, bound: Sequence[object]
    ) -> Finding:
        """Return the finding about an unsaved record; what looks at other records waits for the whole check.

        Args:
            source: A subquery that gives the record's columns.
            bound: Its values.
        """
        wanted = {
            name: sql
            for name, sql in self._expressions(check).items()
            if not self._tables & names_in(sql)
        }
        if not wanted:
            return finding
        columns = ", ".join(f"({sql})" for sql in wanted.values())
        row = self._connection.execute(f"SELECT {columns} FROM {source}", bound).fetchone()
        return self._completed(check, finding, dict(zip(wanted, row, strict=True)))

    def _expressions(self, check: Check) -> dict[str, str]:
        found = {_OFFER: check.rule.offer} if check.rule is not None and check.rule.offer else {}
        return {**found, **check.mend} if self._mends else found

    def _ask(self, hits: Sequence[Hit]) -> list[Hit]:
        check, first = hits[0]
        wanted, names = self._expressions(check), list(first.params)
        columns = ", ".join(f"({sql})" for sql in wanted.values())
        given = "".join(
            f", json_extract(j.value, '$[{number}]') AS {quoted(name)}"
            for number, name in enumerate(names, 1)
        )
        table = quoted(self._form.id)
        rows = self._connection.execute(
            f"SELECT {table}.id, {columns} FROM "
            f"(SELECT json_extract(j.value, '$[0]') AS found_record{given} FROM json_each(?) AS j) AS found "
            f"JOIN {table} ON {table}.id = found.found_record",
            (json.dumps([[f.record, *(f.params.get(n, "") for n in names)] for _c, f in hits]),),
        )
        told = {row[0]: dict(zip(wanted, row[1:], strict=True)) for row in rows}
        return [(c, self._completed(c, f, told.get(f.record, {}))) for c, f in hits]

    def _completed(self, check: Check, finding: Finding, told: Mapping[str, object]) -> Finding:
        offer = finding.offer
        if told.get(_OFFER) is not None:
            offer = self._typed(told[_OFFER], self._fields[check.fields[0]])
        mend = self._mend(check, finding, told)
        if offer is None:
            offer = mend.get(check.fields[0])
        return dataclasses.replace(finding, offer=offer, mend=mend)

    def _mend(
        self, check: Check, finding: Finding, told: Mapping[str, object]
    ) -> dict[str, Value | None]:
        """Return the values to write; nothing when any of them is unknown or not legal."""
        values: dict[str, Value | None] = {}
        for name in check.mend:
            raw = told.get(name)
            value = None if raw is None or raw == "" else self._typed(raw, self._fields[name])
            if raw is None or (value is None and raw != ""):
                return {}
            if value != finding.found.get(name):
                values[name] = value
        return values

    def _typed(self, raw: object, field: Field) -> Value | None:
        if not isinstance(raw, (str, int, float)):
            return None
        try:
            value = field_type(field.type).from_db(raw)
        except (ValueError, TypeError, DecimalException):  # a form set from outside
            return None
        if field.choices and not self._known(value, field.choices):
            return None
        return value

    def _known(self, value: Value, choices: str) -> bool:
        if choices not in self._codes:
            entries = self._form_set.choice_lists[choices].choices
            self._codes[choices] = frozenset(c.code for c in entries)
        codes = value if isinstance(value, tuple) else (value,)
        return all(code in self._codes[choices] for code in codes)
