"""Run a form set's SQL: the checks of one record while a person types, and set-based over a private copy.

SQLite is the rule engine (DESIGN §2 idea 2). Every connection here is authorised: SELECT, READ of the form tables and
listed functions, nothing else; a progress handler stops what runs too long (ADR 0011). Not responsible for where the
records come from: storage and receive hand over a private database.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from census_app.domain.findings import Finding, Place, Severity
from census_app.domain.records import UNKNOWN, Record, RecordId, Unfit, Unknown, Value, Values
from census_app.errors import DataProblem
from census_app.formspec.checks import (
    Check,
    compile_checks,
    is_blank,
    names_in,
    relevance_levels,
)
from census_app.formspec.findings import make_finding, unfit_finding
from census_app.formspec.functions import BUILT_IN, functions
from census_app.formspec.mends import Hit, Proposer
from census_app.formspec.model import Field, Form, FormSet
from census_app.formspec.schema import quoted, table_schema, table_schemas
from census_app.formspec.types import field_type
from census_app.formspec.unfit_mends import UnfitMends

_STEPS_BETWEEN_LOOKS: Final = 20_000
_MASK_BITS: Final = 60
_ALLOWED_ACTIONS: Final = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION}
)


def authorise(connection: sqlite3.Connection, tables: Iterable[str], names: Iterable[str]) -> None:
    """Leave a connection only SELECT and READ of some tables and the listed functions.

    A form set may come from outside: DELETE, ATTACH, PRAGMA, load_extension and recursive queries are denied when
    the statement is prepared.
    """
    # The table behind json_each is declared on first use, which the authoriser would deny.
    connection.execute("SELECT count(*) FROM json_each('[]')").fetchone()
    readable = {*tables, "json_each", ""}
    allowed = {name.lower() for name in names} | BUILT_IN

    def decide(action: int, first: str | None, second: str | None, *_rest: str | None) -> int:
        if action not in _ALLOWED_ACTIONS:
            return sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_READ and (first or "") not in readable:
            return sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() not in allowed:
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    connection.set_authorizer(decide)


def prepare(
    connection: sqlite3.Connection,
    form_set_settings: Mapping[str, str | int | float | bool],
    today: str,
) -> tuple[str, ...]:
    """Register the functions of form sets on a connection and return their names."""
    registered = functions(form_set_settings, today)
    for name, (count, function) in registered.items():
        connection.create_function(name, count, function, deterministic=True)
    return tuple(registered)


def scratch_database(form_set: FormSet, path: str = ":memory:") -> sqlite3.Connection:
    """Make a database with the empty tables of a form set, plus `unfit`, usable from any one thread at a time."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for schema in table_schemas(form_set):
        columns = ", ".join(
            f"{quoted(c.name)} {c.sql_type}" + (" PRIMARY KEY" if c.name == "row_key" else "")
            for c in schema.columns
        )
        connection.execute(f"CREATE TABLE {quoted(schema.name)} ({columns})")
        connection.execute(
            f"CREATE UNIQUE INDEX {quoted('ux_' + schema.name)} ON {quoted(schema.name)} (id)"
        )
        if schema.form.parent:
            connection.execute(
                f"CREATE INDEX {quoted('ix_parent_' + schema.name)} ON {quoted(schema.name)} (parent_id)"
            )
    connection.execute("CREATE TABLE unfit (form TEXT, record_id TEXT, field TEXT, text TEXT)")
    return connection


def probe_statement(form_set: FormSet) -> Callable[[str], str | None]:
    """Return a function that says why a statement may not run against the form tables, or None when it may.

    Used by the loader to prepare every condition, so that a bad one never reaches a clerk.
    """
    connection = scratch_database(form_set)
    names = prepare(connection, form_set.settings, "2000-01-01")
    authorise(connection, [f.id for f in form_set.forms], names)

    def probe(sql: str) -> str | None:
        try:
            connection.execute("EXPLAIN " + sql).fetchall()
        except (sqlite3.Error, sqlite3.Warning) as error:
            return str(error)
        return None

    return probe


@contextlib.contextmanager
def time_limit(connection: sqlite3.Connection, seconds: float) -> Iterator[None]:
    """Stop whatever runs on a connection after some seconds.

    Raises:
        DataProblem: `RULE_TIMEOUT`, when a statement was stopped.
    """
    deadline = time.monotonic() + seconds
    connection.set_progress_handler(lambda: int(time.monotonic() > deadline), _STEPS_BETWEEN_LOOKS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            raise DataProblem("RULE_TIMEOUT", seconds=round(seconds)) from error
        raise
    finally:
        connection.set_progress_handler(None, 0)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the checks say about one record.

    Attributes:
        relevant: Ids of the fields that matter for these answers.
        required: Ids of the fields that must be answered.
        calculated: Values of computed fields, as SQLite returns them.
        fired: Checks that found something, in form order.
    """

    relevant: frozenset[str]
    required: frozenset[str]
    calculated: Mapping[str, str | float | None]
    findings: tuple[Finding, ...]


class RecordEvaluator:
    """Checks one unsaved record of a form; conditions over other records are left to the set-based run.

    Args:
        form: The form.
        form_set: Its form set.
        today: The day `today()` returns.

    Attributes:
        refusal_fields: Ids of the fields that decide whether answers are refused.
    """

    refusal_fields: tuple[str, ...]

    def __init__(self, form: Form, form_set: FormSet, today: str) -> None:
        self._form = form
        self._fields = {f.id: f for f in form.stored_fields}
        self._connection = sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False
        )
        names = prepare(self._connection, form_set.settings, today)
        authorise(self._connection, (), names)
        self._checks = tuple(c for c in compile_checks(form, form_set) if not c.needs_tables)
        self._proposer = Proposer(self._connection, form, form_set)
        self._columns = [c for c in table_schema(form).columns if c.field is not None]
        source = "(SELECT " + ", ".join(f"? AS {quoted(c.name)}" for c in self._columns) + ")"
        self._levels = [
            (level, "SELECT " + ", ".join(f"({f.relevant})" for f in level) + f" FROM {source}")
            for level in relevance_levels(form)
        ]
        self._asked = [f for f in form.stored_fields if f.required]
        self._calculations = [f for f in form.field if f.type == "calculation"]
        outcome = (
            *(f"({f.required})" for f in self._asked),
            *(f"({f.calculation})" for f in self._calculations),
            *(f"({c.condition})" for c in self._checks),
        )
        self._statement = f"SELECT {', '.join(outcome) or '1'} FROM {source}"
        self._source = source
        self._refusing = [c for c in self._checks if c.severity is Severity.REFUSAL]
        named = {n for c in self._refusing for n in names_in(c.condition)}
        self.refusal_fields = tuple(f for f in self._fields if {f, f + "_unknown"} & named)
        refusals = ", ".join(f"({c.condition})" for c in self._refusing)
        self._refusal = f"SELECT {refusals or '0'} FROM {source}"

    def evaluate(self, record: RecordId, values: Values, title: str = "") -> Evaluation:
        """Return what matters, what is required and what is wrong for these answers."""
        raw = raw_values(values, self._form)
        unfit = {name: v for name, v in values.items() if isinstance(v, Unfit)}
        irrelevant: set[str] = set()
        for level, statement in self._levels:
            row = self._connection.execute(statement, self._bound(raw)).fetchone()
            for field, relevant in zip(level, row, strict=True):
                if not relevant:
                    irrelevant.add(field.id)
                    raw[field.id] = None
                    raw[field.id + "_unknown"] = None
        outcome = list(self._connection.execute(self._statement, self._bound(raw)).fetchone())
        asked = outcome[: len(self._asked)]
        computed = outcome[len(self._asked) : len(self._asked) + len(self._calculations)]
        fired = outcome[len(self._asked) + len(self._calculations) :]
        unfit = {name: v for name, v in unfit.items() if name not in irrelevant}
        findings = [
            unfit_finding(self._form, self._fields[name], record, v.text, title)
            for name, v in unfit.items()
        ]
        for check, wrong in zip(self._checks, fired, strict=True):
            if wrong and not unfit.keys() & set(check.fields):
                findings.append(self._finding(check, record, raw, title))
        required = (f.id for f, yes in zip(self._asked, asked, strict=True) if yes)
        return Evaluation(
            relevant=frozenset(f.id for f in self._form.field) - irrelevant,
            required=frozenset(required) - irrelevant,
            calculated={f.id: v for f, v in zip(self._calculations, computed, strict=True)},
            findings=tuple(findings),
        )

    def refusals(self, values: Values) -> list[str]:
        """Return the ids of refusing rules that these answers would break (SEC-1, SEC-2).

        They look at everything that would be written: answers that are not relevant, and texts that do not fit.
        """
        if not self._refusing:
            return []
        raw = raw_values(values, self._form)
        raw |= {name: v.text for name, v in values.items() if isinstance(v, Unfit)}
        outcome = self._connection.execute(self._refusal, self._bound(raw)).fetchone()
        return [c.rule_id for c, broken in zip(self._refusing, outcome, strict=True) if broken]

    def _bound(self, raw: Mapping[str, object]) -> list[object]:
        return [raw.get(c.name) for c in self._columns]

    def _finding(
        self, check: Check, record: RecordId, raw: Mapping[str, object], title: str
    ) -> Finding:
        finding = make_finding(check, self._form, self._fields, raw, title, record=record)
        return self._proposer.complete_one(check, finding, self._source, self._bound(raw))


class RuleRun:
    """Checks every record of a private database, set-based.

    Args:
        connection: A private database with the tables of `formspec.schema` and `unfit`; it is changed (answers that
            are not relevant are emptied) and then only read.
        form_set: The form set of its tables.
        today: The day `today()` returns.
        seconds: Longest time the whole run may take.
        announced: Ids of records that exist elsewhere and are not in this database: a reference to one is no fault.
        mends: Whether findings also say what certainly mends them, for whom can write it.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        form_set: FormSet,
        today: str,
        *,
        seconds: float = 600.0,
        announced: Collection[str] = (),
        mends: bool = False,
    ) -> None:
        self._announced = announced
        self._mends = mends
        self._connection = connection
        self._form_set = form_set
        self._seconds = seconds
        names = prepare(connection, form_set.settings, today)
        with time_limit(connection, seconds):
            for form in form_set.forms:
                empty_irrelevant(connection, form)
        connection.execute("PRAGMA query_only=ON")
        authorise(connection, [*(f.id for f in form_set.forms), "unfit"], names)

    def findings(self, on_form: Callable[[int, int], None] | None = None) -> Iterator[Finding]:
        """Yield the findings form by form; within a form unfit values first, then checks by record, then queries."""
        forms = self._form_set.forms
        with time_limit(self._connection, self._seconds):
            for number, form in enumerate(forms):
                if on_form is not None:
                    on_form(number, len(forms))
                unfit = self._unfit(form)
                titles_needed = set(unfit)
                yield from self._unfit_findings(form, unfit, self._titles(form, titles_needed))
                checks = compile_checks(form, self._form_set)
                proposer = Proposer(self._connection, form, self._form_set, mends=self._mends)
                conditions = [c for c in checks if c.condition]
                yield from proposer.complete(self._scan(form, conditions, unfit))
                for check in checks:
                    if check.rule is not None and check.rule.query:
                        yield from proposer.complete(self._query(form, check, unfit))

    def tally(self) -> Counter[Severity]:
        """Return how many findings of each severity `findings` would yield, without making one: a receiver counts."""
        found: Counter[Severity] = Counter()
        with time_limit(self._connection, self._seconds):
            for form in self._form_set.forms:
                unfit = self._unfit(form)
                found[Severity.ERROR] += sum(map(len, unfit.values()))
                checks = compile_checks(form, self._form_set)
                conditions = [c for c in checks if c.condition]
                # Only these depend on more than the row: on its texts that do not fit, on what is announced.
                looked_at = [c for c in conditions if unfit or self._may_be_announced(c)]
                counted = [c for c in conditions if not (unfit or self._may_be_announced(c))]
                found += self._counted(form, counted)
                hits = [self._scan(form, looked_at, unfit)]
                hits += [
                    self._query(form, c, unfit)
                    for c in checks
                    if c.rule is not None and c.rule.query
                ]
                for each in hits:
                    found.update(check.severity for check, _finding in each)
        return found

    def _may_be_announced(self, check: Check) -> bool:
        return bool(self._announced) and check.name == "reference"

    def _counted(self, form: Form, checks: Sequence[Check]) -> Counter[Severity]:
        """Count what the conditions of a form find, in one pass."""
        found: Counter[Severity] = Counter()
        if not checks:
            return found
        groups, inner, some = _masks(checks)
        masks = ", ".join(f"m{n}" for n in range(len(groups)))
        cursor = self._connection.execute(
            f"SELECT {masks}, count(*) FROM (SELECT {inner} FROM {quoted(form.id)} LIMIT -1) "
            f"WHERE {some} GROUP BY {masks}"
        )
        for *fired, number in cursor:
            for group, mask in zip(groups, fired, strict=True):
                for bit, check in enumerate(group):
                    if mask >> bit & 1:
                        found[check.severity] += number
        return found

    def places(self, findings: Iterable[Finding]) -> dict[RecordId, Place]:
        """Return where the records of some findings stand, and whose children they are."""
        wanted: dict[str, set[str]] = {}
        for finding in findings:
            wanted.setdefault(finding.form, set()).add(finding.record)
        found: dict[RecordId, Place] = {}
        for form_id, ids in wanted.items():
            form, table = self._form_set.form(form_id), quoted(form_id)
            among = "WHERE t.id IN (SELECT value FROM json_each(?))"
            statement = f"SELECT t.id, '', '', t.row_key FROM {table} AS t {among}"
            if form.parent:
                title = quoted(self._form_set.form(form.parent).title)
                statement = (
                    f"SELECT t.id, o.id, o.{title}, o.row_key FROM {table} AS t "
                    f"JOIN {quoted(form.parent)} AS o ON o.id = t.parent_id {among} "
                    "ORDER BY o.row_key, t.position, t.id"
                )
            rows = self._connection.execute(statement, (json.dumps(sorted(ids)),))
            for number, (record, owner, owner_title, key) in enumerate(rows):
                if form.parent:
                    place = Place(number, RecordId(owner), str(owner_title or ""), int(key))
                else:
                    place = Place(int(key))
                found[RecordId(record)] = place
        return found

    def own_findings(self, form: Form) -> Iterator[Finding]:
        """Yield what is wrong with each record of a form by itself, without looking at other records."""
        unfit = self._unfit(form)
        checks = compile_checks(form, self._form_set)
        with time_limit(self._connection, self._seconds):
            yield from self._unfit_findings(form, unfit, self._titles(form, set(unfit)))
            alone = [c for c in checks if c.condition and not c.needs_tables]
            proposer = Proposer(self._connection, form, self._form_set, mends=self._mends)
            yield from proposer.complete(self._scan(form, alone, unfit))

    def records(self, form: Form) -> Iterator[Record]:
        """Yield a form's records by ascending id, with the answers that matter and no unfit ones."""
        schema = table_schema(form)
        names = [c.name for c in schema.columns]
        cursor = self._connection.execute(
            f"SELECT {', '.join(quoted(n) for n in names)} FROM {quoted(form.id)} ORDER BY id"
        )
        for row in cursor:
            raw = dict(zip(names, row, strict=True))
            yield Record(
                form=form.id,
                id=RecordId(raw["id"]),
                values=typed_values(raw, form),
                parent=RecordId(raw["parent_id"]) if raw["parent_id"] is not None else None,
                position=raw["position"] or 0,
                unit=raw["unit_code"] or "",
            )

    def unfit_texts(self, form: Form) -> Mapping[str, Mapping[str, str]]:
        """Return the texts that do not fit and matter, by record and field."""
        return self._unfit(form)

    def _unfit(self, form: Form) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        known = {f.id for f in form.stored_fields}
        rows = self._connection.execute(
            "SELECT record_id, field, text FROM unfit WHERE form = ? ORDER BY record_id, field",
            (form.id,),
        )
        for record, field, text in rows:
            if field in known:
                found.setdefault(record, {})[field] = text
        return found

    def _titles(self, form: Form, ids: Iterable[str]) -> dict[str, str]:
        wanted = list(ids)
        statement = (
            f"SELECT id, {quoted(form.title)} FROM {quoted(form.id)} "
            "WHERE id IN (SELECT value FROM json_each(?))"
        )
        rows = self._connection.execute(statement, (json.dumps(wanted),))
        return {record: str(title or "") for record, title in rows}

    def _unfit_findings(
        self, form: Form, unfit: Mapping[str, Mapping[str, str]], titles: Mapping[str, str]
    ) -> Iterator[Finding]:
        fields = {f.id: f for f in form.stored_fields}
        mends = UnfitMends(self._connection.execute, self._form_set)
        for record, texts in unfit.items():
            title = texts.get(form.title) or titles.get(record, "")
            for field, text in texts.items():
                finding = unfit_finding(form, fields[field], RecordId(record), text, title)
                mend = mends.mends(fields[field], text) if self._mends else {}
                yield dataclasses.replace(finding, mend=mend, offer=mend.get(field))

    def _scan(
        self, form: Form, checks: Sequence[Check], unfit: Mapping[str, Mapping[str, str]]
    ) -> Iterator[Hit]:
        """Run all conditions of a form in one pass: each record yields bit masks of what fired."""
        if not checks:
            return
        groups, inner, some = _masks(checks)
        outer = ", ".join(f"f.m{n}" for n in range(len(groups)))
        # LIMIT -1 keeps SQLite from merging both levels and computing each condition twice.
        statement = (
            f"SELECT {outer}, t.* FROM (SELECT row_key, {inner} FROM {quoted(form.id)} LIMIT -1) AS f "
            f"JOIN {quoted(form.id)} AS t ON t.row_key = f.row_key WHERE {some} ORDER BY t.row_key"
        )
        fields = {f.id: f for f in form.stored_fields}
        cursor = self._connection.execute(statement)
        columns = [c[0] for c in cursor.description][len(groups) :]
        for row in cursor:
            raw = dict(zip(columns, row[len(groups) :], strict=True))
            bad = unfit.get(raw["id"], {})
            for group, mask in zip(groups, row, strict=False):
                for bit, check in enumerate(group):
                    if (
                        mask >> bit & 1
                        and not bad.keys() & set(check.fields)
                        and not self._is_announced(check, fields, raw)
                    ):
                        title = str(raw.get(form.title) or bad.get(form.title) or "")
                        record = RecordId(raw["id"])
                        yield check, make_finding(check, form, fields, raw, title, record=record)

    def _is_announced(
        self, check: Check, fields: Mapping[str, Field], raw: Mapping[str, object]
    ) -> bool:
        """Say whether all that a reference misses is announced."""
        if check.name != "reference" or not self._announced:
            return False
        field = fields[check.fields[0]]
        column = str(raw[field.id])
        ids = set(json.loads(column)) if field.type == "references" else {column}
        known = self._connection.execute(
            f"SELECT id FROM {quoted(field.target)} WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(ids)),),
        )
        return ids - {row[0] for row in known} <= set(self._announced)

    def _query(
        self, form: Form, check: Check, unfit: Mapping[str, Mapping[str, str]]
    ) -> Iterator[Hit]:
        assert check.rule is not None  # noqa: S101  # narrowing
        cursor = self._connection.execute(check.rule.query)
        extra = [c[0] for c in cursor.description][1:]
        hits: dict[str, dict[str, str]] = {}
        for row in cursor:
            hits.setdefault(
                row[0],
                {k: "" if v is None else str(v) for k, v in zip(extra, row[1:], strict=True)},
            )
        lookup = self._connection.execute(
            f"SELECT * FROM {quoted(form.id)} WHERE id IN (SELECT value FROM json_each(?)) ORDER BY row_key",
            (json.dumps(list(hits)),),
        )
        fields = {f.id: f for f in form.stored_fields}
        columns = [c[0] for c in lookup.description]
        for row in lookup:
            raw = dict(zip(columns, row, strict=True))
            bad = unfit.get(raw["id"], {})
            if not bad.keys() & set(check.fields):
                title = str(raw.get(form.title) or bad.get(form.title) or "")
                record, told = RecordId(raw["id"]), hits[raw["id"]]
                yield (
                    check,
                    make_finding(check, form, fields, raw, title, record=record, params=told),
                )


def _masks(checks: Sequence[Check]) -> tuple[list[Sequence[Check]], str, str]:
    """Return checks in groups, a bit mask of what fired for each group as columns `m0`, …, and that any did."""
    groups = [checks[i : i + _MASK_BITS] for i in range(0, len(checks), _MASK_BITS)]
    masks = [
        " | ".join(f"((coalesce(({c.condition}),0)<>0)<<{bit})" for bit, c in enumerate(group))
        for group in groups
    ]
    columns = ", ".join(f"({mask}) AS m{n}" for n, mask in enumerate(masks))
    return groups, columns, " OR ".join(f"m{n}<>0" for n in range(len(groups)))


def empty_irrelevant(connection: sqlite3.Connection, form: Form) -> None:
    """Empty the answers of a private copy that are not relevant, level by level, and forget their unfit texts."""
    table = quoted(form.id)
    for level in relevance_levels(form):
        for field in level:
            connection.execute(
                "DELETE FROM unfit WHERE form = ? AND field = ? AND record_id IN "
                f"(SELECT id FROM {table} WHERE NOT coalesce(({field.relevant}),0))",
                (form.id, field.id),
            )
        assignments = []
        for field in level:
            keep = f"coalesce(({field.relevant}),0)"
            columns = [field.id, field.id + "_unknown"] if field.unknown else [field.id]
            assignments += [f"{quoted(c)} = CASE WHEN {keep} THEN {quoted(c)} END" for c in columns]
        changed = " OR ".join(
            f"(NOT coalesce(({f.relevant}),0) AND NOT {is_blank(f)})" for f in level
        )
        connection.execute(f"UPDATE {table} SET {', '.join(assignments)} WHERE {changed}")


def raw_values(values: Values, form: Form) -> dict[str, str | int | float | None]:
    """Return column → bound value for a record's answers; unfit ones are NULL, "unknown" sets its flag."""
    raw: dict[str, str | int | float | None] = {}
    for field in form.stored_fields:
        value = values.get(field.id)
        if field.unknown:
            raw[field.id + "_unknown"] = 1 if isinstance(value, Unknown) else 0
        if value is None or isinstance(value, (Unfit, Unknown)):
            raw[field.id] = None
        else:
            raw[field.id] = field_type(field.type).to_db(value)
    return raw


def typed_values(raw: Mapping[str, Any], form: Form) -> dict[str, Value]:
    """Return the answers of a row of column values; the counterpart of `raw_values`."""
    values: dict[str, Value] = {}
    for field in form.stored_fields:
        column = raw.get(field.id)
        if column is not None:
            values[field.id] = field_type(field.type).from_db(column)
        elif field.unknown and raw.get(field.id + "_unknown"):
            values[field.id] = UNKNOWN
    return values


_COMMENT = re.compile(r"--|/\*|;")


def has_several_statements(sql: str) -> bool:
    """Say whether an expression carries a comment or a semicolon outside string literals."""
    return _COMMENT.search(re.sub(r"'(?:[^']|'')*'", "''", sql)) is not None
