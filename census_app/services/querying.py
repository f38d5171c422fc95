"""Ask a department about its records, and follow what became of each question (security §6; lessons C6, C8, T5).

A query is a decision: the ledger is where it lives, a review only carries it. Its standing is derived from decisions,
the answers the department's newest package brought, and the rules. Not responsible for writing reviews.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

from census_app.domain import chain
from census_app.domain.chain import Decision
from census_app.domain.findings import Finding
from census_app.domain.holdings import ListQuery
from census_app.domain.records import RecordId, Unfit, Value, Values, new_id
from census_app.domain.review import Answer, Query
from census_app.errors import UserError
from census_app.exchange.canonical import canonical_bytes, parse_strict
from census_app.exchange.refusals import Refused
from census_app.exchange.reserved import QueryLine
from census_app.formspec.evaluator import RuleRun
from census_app.formspec.lines import (
    NOTHING_HASH,
    line_values,
    record_hash,
    value_hash,
    value_json,
)
from census_app.formspec.model import Field, Form
from census_app.formspec.titles import title_of
from census_app.formspec.types import parse_value
from census_app.services.deciding import decide
from census_app.services.lookup import RecordNames, context_for
from census_app.services.own_values import as_said, own_records, own_values
from census_app.services.ports import CatalogueStore, Clock
from census_app.services.remarks import remark

MAXIMUM_QUERY = 20_000
"""Characters a query has at most in the ledger, its suggestion included."""

_ID = re.compile(r"[0-9a-f]{32}")

QueryState = Literal["open", "answered", "closed", "contested"]
ClosedBy = Literal["", "decision", "applied", "rule", "deleted"]


@dataclass(frozen=True, slots=True)
class QueryStanding:
    """A query as it stands at the centre.

    Attributes:
        state: `contested` when coordinators working apart decided differently about it: settle it in the ledger.
        closed_by: By a coordinator's decision, by the suggestion having been applied, by its rule being satisfied, or
            by the record having been deleted with a reason.
        answer: What the department's newest package says to it; None also when it was asked again since.
        title: Name of the record; empty when it has none, or is gone.
        present: The field's value in the newest package; None when empty.
        changed: The value is no longer the one the query was written about.
        reason: In a coordinator's words; of a closed one, why.
        actor: Who decided last.
        decisions: Ids of the decisions that say so.
    """

    department: str
    query: Query
    state: QueryState
    closed_by: ClosedBy = ""
    answer: Answer | None = None
    title: str = ""
    present: Value | None = None
    changed: bool = False
    reason: str = ""
    actor: str = ""
    decisions: tuple[str, ...] = ()


class _Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a decision of kind `query` chooses: the query as it is from then on.

    Attributes:
        unsatisfied: Hash of the answer after which it was asked again; that answer no longer counts.
    """

    department: str
    query: QueryLine
    unsatisfied: str = ""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query as decisions say it."""

    department: str
    query: Query
    unsatisfied: str
    contested: bool
    decisions: tuple[Decision, ...]


# -- asking ------------------------------------------------------------------------------------------------------------


def raise_query(  # noqa: PLR0913 - what a question is, and who asks
    catalogue: CatalogueStore,
    department: str,
    form: str,
    record: str,
    field: str,
    text: str,
    *,
    suggestion: Value | str | None = None,
    rule: str = "",
    must: bool = True,
    actor: str,
    clock: Clock,
) -> Query:
    """Ask a department about a value, a record or as a whole, and return the query.

    Args:
        form, record, field: Form id, record id, field id; `record` and `field` may be empty, `field` alone too.
        suggestion: A value to put there: typed, or a text that is read as a clerk's.
        rule: The query closes by itself once the record no longer violates this rule.
        must: The department cannot hand in again before it has answered.

    Raises:
        UserError: Those of `draft_query`; `NOT_COORDINATOR`.
    """
    query = draft_query(
        catalogue, department, form, record, field, text,
        suggestion=suggestion, rule=rule, must=must, clock=clock,
    )  # fmt: skip
    send_query(catalogue, department, query, actor=actor, clock=clock)
    return query


def draft_query(  # noqa: PLR0913 - what a question is
    catalogue: CatalogueStore,
    department: str,
    form: str,
    record: str,
    field: str,
    text: str,
    *,
    suggestion: Value | str | None = None,
    rule: str = "",
    must: bool = True,
    clock: Clock,
) -> Query:
    """Return what `raise_query` asks, and write nothing: for whoever asks several things or none.

    Raises:
        UserError: `REASON_TOO_SHORT`, `REMARK_TOO_LONG`, `REFUSED_VALUE`; `DEPARTMENT_UNKNOWN`; `RECORD_GONE`, this
            department handed in no such record; `QUERY_FIELD`, the form has no such field; `QUERY_SUGGESTION`, it is
            no value of the field, or stands there already; `QUERY_RULE`, the record does not violate the rule.
    """
    words = remark(catalogue, text, clock=clock)
    query = _draft(catalogue, department, form, record, field)
    if suggestion is not None:
        query = dataclasses.replace(
            query, suggestion=_suggestion(catalogue, department, query, suggestion)
        )
    if rule and (record, rule) not in violated(department_findings(catalogue, department, clock)):
        raise UserError("QUERY_RULE", rule=rule)
    query = dataclasses.replace(query, text=words, rule=rule, must=must)
    _choice_text(department, query)
    return query


def send_query(
    catalogue: CatalogueStore, department: str, query: Query, *, actor: str, clock: Clock
) -> None:
    """Ask what `draft_query` returned.

    Raises:
        UserError: `NOT_COORDINATOR`.
    """
    _write(catalogue, department, query, query.text, actor=actor, clock=clock)


def raise_about_rule(
    catalogue: CatalogueStore,
    department: str,
    finding: Finding,
    text: str,
    *,
    actor: str,
    clock: Clock,
) -> Query:
    """Ask about a finding that is known to stand; the query closes by itself when it no longer does."""
    field = finding.fields[0] if finding.fields else ""
    query = dataclasses.replace(
        _draft(catalogue, department, finding.form, finding.record, field),
        text=text,
        rule=finding.rule,
    )
    _write(catalogue, department, query, text, actor=actor, clock=clock)
    return query


def close_query(
    catalogue: CatalogueStore, query_id: str, reason: str = "", *, actor: str, clock: Clock
) -> Query:
    """Close a query, whatever was answered; the next review tells the department.

    Raises:
        UserError: `QUERY_UNKNOWN`, `NOT_COORDINATOR`.
    """
    asked = _asked_one(catalogue, query_id)
    words = remark(catalogue, reason, clock=clock, optional=True)
    query = dataclasses.replace(asked.query, state="closed")
    _write(
        catalogue,
        asked.department,
        query,
        words,
        actor=actor,
        clock=clock,
        supersedes=asked.decisions,
    )
    return query


def reopen_query(
    catalogue: CatalogueStore, query_id: str, text: str, *, actor: str, clock: Clock
) -> Query:
    """Ask again, in other words, after an answer that does not do or after closing too early.

    The answer so far no longer counts. The query is now about the present value; a suggestion that stands there already
    and a rule that is satisfied already do not answer it once more by themselves.

    Raises:
        UserError: `QUERY_UNKNOWN`; `QUERY_SAME_TEXT`, the department could not tell that it was asked again;
            `REASON_TOO_SHORT`, `REMARK_TOO_LONG`, `REFUSED_VALUE`, `NOT_COORDINATOR`.
    """
    asked = _asked_one(catalogue, query_id)
    old = asked.query
    words = remark(catalogue, text, clock=clock)
    if words == old.text:
        raise UserError("QUERY_SAME_TEXT")
    findings = department_findings(catalogue, asked.department, clock) if old.rule else []
    rule = old.rule if (old.record, old.rule) in violated(findings) else ""
    present = _Present(catalogue, asked.department)
    query = dataclasses.replace(
        old,
        text=words,
        state="open",
        rule=rule,
        round=round_of(catalogue, asked.department),
        value_sha256=present.hash_of(old) or old.value_sha256,
        suggestion="" if present.holds_suggestion(old) else old.suggestion,
    )
    answer = {a.query: a for a in catalogue.answers(asked.department)}.get(query_id)
    _write(
        catalogue,
        asked.department,
        query,
        words,
        actor=actor,
        clock=clock,
        supersedes=asked.decisions,
        unsatisfied="" if answer is None else _answer_hash(answer),
    )
    return query


def _draft(catalogue: CatalogueStore, department: str, form: str, record: str, field: str) -> Query:
    """Return the query without its words, about the present value."""
    if department not in {entry.code for entry in catalogue.roster()}:
        raise UserError("DEPARTMENT_UNKNOWN", department=department)
    query = Query(new_id(), form, record, field, NOTHING_HASH, "")
    if form not in {f.id for f in catalogue.form_set.forms} and (form or record or field):
        raise UserError("QUERY_FIELD", form=form, field=field)
    if field and field_of(catalogue.form_set.form(form), field) is None:
        raise UserError("QUERY_FIELD", form=form, field=field)
    if record:
        found = _Present(catalogue, department).hash_of(query)
        if found is None:
            raise UserError("RECORD_GONE", form=catalogue.form_set.form(form).label.zh)
        query = dataclasses.replace(query, value_sha256=found)
    return dataclasses.replace(query, round=round_of(catalogue, department))


def _suggestion(
    catalogue: CatalogueStore, department: str, query: Query, given: Value | str
) -> str:
    """Return a suggestion as canonical JSON."""
    if not query.record or not query.field:
        raise UserError("QUERY_SUGGESTION", value=str(given))
    form = catalogue.form_set.form(query.form)
    field = form.field_by_id(query.field)
    present = _Present(catalogue, department).values(query.form, query.record) or {}
    value: Value | None = given
    if isinstance(given, str):
        context = context_for(catalogue, names=_DepartmentNames(catalogue, department))
        value = parse_value(given, field, context.beside(present)).value
    if value is None or isinstance(value, Unfit) or value == present.get(field.id):
        raise UserError("QUERY_SUGGESTION", value=str(given))
    return value_json(value, field)


def _write(
    catalogue: CatalogueStore,
    department: str,
    query: Query,
    reason: str,
    *,
    actor: str,
    clock: Clock,
    supersedes: Iterable[Decision] = (),
    unsatisfied: str = "",
) -> None:
    decide(
        catalogue,
        "query",
        query.id,
        _choice_text(department, query, unsatisfied),
        reason,
        actor=actor,
        clock=clock,
        supersedes=[decision.id for decision in supersedes],
    )


def _choice_text(department: str, query: Query, unsatisfied: str = "") -> str:
    """Return a query as a decision chooses it; refuses one that no ledger could carry."""
    choice = canonical_bytes(
        {"department": department, "query": query_values(query), "unsatisfied": unsatisfied}
    ).decode()
    if len(choice) > MAXIMUM_QUERY:
        raise UserError("REMARK_TOO_LONG", limit=MAXIMUM_QUERY, length=len(choice))
    return choice


def query_values(query: Query) -> dict[str, object]:
    """Return a query as its line's `values`."""
    values = dataclasses.asdict(query)
    del values["id"]
    return values


class _DepartmentNames(RecordNames):
    """Finds the records of one department by their names, so that a suggestion never points to somebody else's."""

    def __init__(self, catalogue: CatalogueStore, department: str) -> None:
        super().__init__(catalogue)
        self._catalogue = catalogue
        self._department = department

    def resolve(self, form_id: str, text: str) -> str | None:
        """Return the id of the department's record whose name is the text."""
        title = self._catalogue.form_set.form(form_id).title
        keys = self._catalogue.keys(ListQuery(form=form_id, department=self._department))
        rows = self._catalogue.rows(form_id, keys, [title])
        return next((row.id for row in rows if row.values.get(title) == text.strip()), None)


# -- following ---------------------------------------------------------------------------------------------------------


def queries_of(
    catalogue: CatalogueStore, department: str = "", *, clock: Clock
) -> list[QueryStanding]:
    """Return the queries of a department, or of all, as they stand; in the order of department, form, record and id.

    The rules run over a department's records only when an unsettled query of it is bound to one.
    """
    by_department: dict[str, list[_Asked]] = {}
    for asked in _asked(catalogue.decisions()).values():
        if department in {"", asked.department}:
            by_department.setdefault(asked.department, []).append(asked)
    found: list[QueryStanding] = []
    for code in sorted(by_department):
        found += _standings(catalogue, code, by_department[code], clock)
    return found


def _standings(
    catalogue: CatalogueStore, department: str, asked: Iterable[_Asked], clock: Clock
) -> list[QueryStanding]:
    mine = sorted(asked, key=lambda a: (a.query.form, a.query.record, a.query.id))
    present = _Present(catalogue, department)
    answers = {answer.query: answer for answer in catalogue.answers(department)}
    by_rule = any(a.query.rule and a.query.state == "open" for a in mine)
    findings = department_findings(catalogue, department, clock) if by_rule else []
    broken = violated(findings)
    return [_standing(each, present, answers.get(each.query.id), broken) for each in mine]


def _standing(
    asked: _Asked,
    present: _Present,
    answer: Answer | None,
    broken: frozenset[tuple[str, str]],
) -> QueryStanding:
    query = asked.query
    if answer is not None and _answer_hash(answer) == asked.unsatisfied:
        answer = None
    value, now = present.value_of(query), present.hash_of(query)
    last = max(asked.decisions, key=lambda d: (d.created, d.id))
    standing = QueryStanding(
        department=asked.department,
        query=query,
        state="open" if answer is None else "answered",
        answer=answer,
        title=present.title_of(query),
        present=value,
        changed=now != query.value_sha256,
        reason=last.reason,
        actor=last.actor,
        decisions=tuple(sorted(d.id for d in asked.decisions)),
    )
    if asked.contested:
        return dataclasses.replace(standing, state="contested")
    closed: ClosedBy = ""
    if query.state == "closed":
        closed = "decision"
    elif answer is not None and answer.kind == "applied" and present.holds_suggestion(query):
        closed = "applied"
    elif answer is not None and answer.kind == "deleted" and now is None:
        closed = "deleted"
    elif query.rule and (query.record, query.rule) not in broken:
        closed = "rule"
    return dataclasses.replace(standing, state="closed", closed_by=closed) if closed else standing


def _asked(decisions: Iterable[Decision]) -> dict[str, _Asked]:
    """Return the queries that decisions speak of, by id; of a contested one the first in order, marked so."""
    groups: dict[str, list[tuple[Decision, _Choice]]] = {}
    for decision in chain.standing(decisions):
        choice = _choice(decision) if decision.kind == "query" else None
        if choice is not None:
            groups.setdefault(decision.subject, []).append((decision, choice))
    return {
        identity: _Asked(
            department=group[0][1].department,
            query=Query(identity, **msgspec.structs.asdict(group[0][1].query)),
            unsatisfied=group[0][1].unsatisfied,
            contested=len({decision.choice for decision, _ in group}) > 1,
            decisions=tuple(decision for decision, _ in group),
        )
        for identity, group in groups.items()
    }


def _choice(decision: Decision) -> _Choice | None:
    """Return what a decision chooses; None when another program wrote what no review could carry."""
    if _ID.fullmatch(decision.subject) is None:
        return None
    try:
        value = parse_strict(decision.choice.encode(), where=decision.id)
        return msgspec.convert(value, _Choice)
    except (Refused, msgspec.ValidationError):
        return None


def _asked_one(catalogue: CatalogueStore, query_id: str) -> _Asked:
    asked = _asked(catalogue.decisions()).get(query_id)
    if asked is None:
        raise UserError("QUERY_UNKNOWN", query=query_id)
    return asked


def _answer_hash(answer: Answer) -> str:
    said = [answer.kind, answer.text, answer.value_sha256]
    return hashlib.sha256(canonical_bytes(said)).hexdigest()


def round_of(catalogue: CatalogueStore, department: str) -> int:
    """Return the department's round: it begins with 1, and each package that is returned begins the next."""
    own = {package.identity for package in catalogue.packages(department)}
    returned = {d.subject for d in catalogue.decisions() if d.kind == "return"}
    return 1 + len(own & returned)


def field_of(form: Form, field_id: str) -> Field | None:
    """Return a stored field of a form, or None."""
    return next((f for f in form.stored_fields if f.id == field_id), None)


class _Present:
    """The values of one department's records as its newest package has them, read record by record."""

    def __init__(self, catalogue: CatalogueStore, department: str) -> None:
        self._catalogue = catalogue
        self._department = department
        self._known: dict[tuple[str, str], Values | None] = {}
        self._own = own_values(catalogue, department)
        self._forms = {form.id: form for form in catalogue.form_set.forms}

    def values(self, form_id: str, record: str) -> Values | None:
        """Return a record's values, or None when the department has no such record."""
        key = (form_id, record)
        if key not in self._known:
            self._known[key] = self._read(form_id, record)
        return self._known[key]

    def _read(self, form_id: str, record: str) -> Values | None:
        form = self._forms.get(form_id)
        if form is None or not record:
            return None
        ids = frozenset({record})
        query = ListQuery(form=form_id, ids=ids, department=self._department)
        columns = [field.id for field in form.stored_fields]
        rows = self._catalogue.rows(form_id, self._catalogue.keys(query), columns)
        return as_said(rows[0].values, self._own.get((form_id, record), {})) if rows else None

    def value_of(self, query: Query) -> Value | None:
        """Return the value a query is about."""
        values = self.values(query.form, query.record)
        return None if values is None or not query.field else values.get(query.field)

    def hash_of(self, query: Query) -> str | None:
        """Return the hash of what a query is about as it is now; None when the record is gone."""
        if not query.record:
            return NOTHING_HASH
        values = self.values(query.form, query.record)
        if values is None:
            return None
        form = self._forms[query.form]
        if not query.field:
            return record_hash(values, form)
        field = field_of(form, query.field)
        return None if field is None else value_hash(values.get(field.id), field)

    def holds_suggestion(self, query: Query) -> bool:
        """Say whether the suggested value stands there."""
        form = self._forms.get(query.form)
        field = field_of(form, query.field) if form is not None else None
        if field is None or not query.suggestion:
            return False
        return value_json(self.value_of(query), field) == query.suggestion

    def title_of(self, query: Query) -> str:
        """Return the name of the record a query is about."""
        values = self.values(query.form, query.record)
        return "" if values is None else title_of(self._forms[query.form], values)


# -- the rules ---------------------------------------------------------------------------------------------------------


def department_findings(catalogue: CatalogueStore, department: str, clock: Clock) -> list[Finding]:
    """Run the rules over a department's records as its newest package has them."""
    scratch = catalogue.scratch()
    try:
        scratch.load(
            {
                "form": form.id,
                "id": record.id,
                "unit": record.unit,
                "op": "put",
                "values": line_values(record, form),
            }
            for form in catalogue.form_set.forms
            for record in own_records(catalogue, form.id, department)
        )
        today = clock.now().date().isoformat()
        return list(RuleRun(scratch.rule_connection(), catalogue.form_set, today).findings())
    finally:
        scratch.close()


def violated(findings: Iterable[Finding]) -> frozenset[tuple[str, str]]:
    """Return (record, rule) of each finding."""
    return frozenset((finding.record, finding.rule) for finding in findings)


def finding_by_rule(findings: Iterable[Finding]) -> Mapping[tuple[RecordId, str], Finding]:
    """Return the findings by (record, rule)."""
    return {(finding.record, finding.rule): finding for finding in findings}
