"""Answer what coordinators asked: apply a suggestion, give a reason, disagree (lessons C6, C8).

What closes by itself is derived, never stored: a query whose value is the suggested one is applied, one whose rule is
satisfied is resolved, and an undo takes both back. Answers travel in the next submission. Not responsible for taking
reviews; `letters` is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from census_app.domain.changes import Origin
from census_app.domain.findings import Finding
from census_app.domain.holdings import Tombstone
from census_app.domain.records import Record, RecordId, Unfit, Value, Values
from census_app.domain.review import Answer, AnswerKind, Query
from census_app.errors import UserError
from census_app.exchange.canonical import parse_strict
from census_app.exchange.refusals import Refused
from census_app.formspec.evaluator import RecordEvaluator
from census_app.formspec.lines import NOTHING_HASH, record_hash, value_hash, value_json
from census_app.formspec.model import Field, Form, Text
from census_app.formspec.titles import title_of
from census_app.formspec.types import value_from_json
from census_app.services.checking import CheckReport, check_workspace
from census_app.services.editing import FormState, RecordEditor
from census_app.services.lookup import stamp
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.remarks import remark

MAXIMUM_ACTOR: Final = 100
"""Characters of a name that travel with an answer."""

ItemState = Literal["open", "answered", "resolved", "closed"]


@dataclass(frozen=True, slots=True)
class QueryItem:
    """A query as the department sees it.

    Attributes:
        state: `resolved` has closed by itself, because its rule is satisfied; `closed` says the coordinator.
        answer: What will travel in the next submission: stored, or derived (applied, resolved, explained anew).
        title: Name of the record; empty when it has none.
        form_label: Of the record's form; None when this form set has no such form, or the query is about no record.
        field_label: Likewise of the field.
        present: The field's value now; None when empty or not relevant.
        suggestion: The suggested value; None without one, or when it is no value of this form set's field.
        stale: The value is not the one the query was written about, and not the suggested one.
        gone: The record does not exist any more.
    """

    query: Query
    state: ItemState
    answer: Answer | None = None
    title: str = ""
    form_label: Text | None = None
    field_label: Text | None = None
    present: Value | None = None
    suggestion: Value | None = None
    stale: bool = False
    gone: bool = False

    @property
    def waits(self) -> bool:
        """Say whether the next package cannot be handed in before this is answered."""
        return self.state == "open" and self.query.must

    @property
    def deletable(self) -> bool:
        """Whether a person can say that the record is gone for good; see `confirm_deleted`."""
        return self.gone and bool(self.query.record) and self.form_label is not None


# -- reading -----------------------------------------------------------------------------------------------------------


def query_items(
    store: WorkspaceStore, *, clock: Clock, report: CheckReport | None = None
) -> list[QueryItem]:
    """Return every query of the workspace as it stands, closed ones included, in the order of arrival.

    Args:
        report: The newest check, by which queries close themselves. None runs one when a query needs it.
    """
    queries = store.queries()
    if not queries:
        return []
    if report is None and any(q.rule and q.state == "open" for q in queries):
        report = check_workspace(store, clock=clock)
    answers = {answer.query: answer for answer in store.answers()}
    found: Mapping[tuple[str, str], list[Finding]] = _by_rule(report.findings if report else ())
    records = _Records(store, clock)
    return [
        _item(query, records, answers.get(query.id), found.get((query.record, query.rule), ()))
        for query in queries
    ]


def open_queries(
    store: WorkspaceStore, *, clock: Clock, report: CheckReport | None = None
) -> list[QueryItem]:
    """Return the queries that the coordinator has not closed; see `query_items`."""
    return [
        item for item in query_items(store, clock=clock, report=report) if item.state != "closed"
    ]


def unanswered(
    store: WorkspaceStore, *, clock: Clock, report: CheckReport | None = None
) -> list[QueryItem]:
    """Return the queries that block the next submission."""
    return [item for item in query_items(store, clock=clock, report=report) if item.waits]


def answers_to_send(items: Iterable[QueryItem], at: str) -> list[Answer]:
    """Return the answers that travel in the next submission, by query id; derived ones get the moment `at`."""
    given = [
        item.answer if item.answer.at else replace(item.answer, at=at)
        for item in items
        if item.answer is not None
    ]
    return sorted(given, key=lambda answer: answer.query)


def round_of(store: WorkspaceStore) -> int:
    """Return the department's round: it begins with 1, and each package that was returned begins the next."""
    returned = {
        letter.in_reply_to
        for letter in store.packages()
        if letter.type == "receipt" and letter.status == "returned"
    }
    return 1 + len(returned)


def _by_rule(findings: Iterable[Finding]) -> dict[tuple[str, str], list[Finding]]:
    found: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        found.setdefault((finding.record, finding.rule), []).append(finding)
    return found


def _item(
    query: Query, records: _Records, stored: Answer | None, findings: Iterable[Finding]
) -> QueryItem:
    seen = records.seen(query)
    applied = bool(query.suggestion) and seen.json == query.suggestion
    item = QueryItem(
        query=query,
        state="closed" if query.state == "closed" else "open",
        answer=stored if stored is not None and _holds(stored, seen) else None,
        title=seen.title,
        form_label=seen.form.label if seen.form is not None else None,
        field_label=seen.field.label if seen.field is not None else None,
        present=seen.value,
        suggestion=seen.suggestion,
        stale=seen.sha256 != query.value_sha256 and not applied,
        gone=seen.gone,
    )
    if applied and item.answer is None:
        kept = stored or Answer(query.id, "applied", "", seen.sha256)
        item = replace(item, answer=kept)
    if item.state == "closed":
        return item  # its answer goes on travelling: by it the centre holds the query closed
    return _closed_by_rule(item, list(findings), seen.sha256)


def _holds(answer: Answer, seen: _Seen) -> bool:
    """Say whether a stored answer counts: what the records tell is derived, and a record may have come back."""
    return answer.kind != "applied" and (answer.kind != "deleted" or seen.gone)


def _closed_by_rule(item: QueryItem, findings: list[Finding], sha256: str) -> QueryItem:
    """Say whether the query needs nobody any more, and what travels as its answer."""
    query = item.query
    if query.rule and not findings:
        answer = item.answer or Answer(query.id, "resolved", "", sha256 or NOTHING_HASH)
        return replace(item, state="resolved", answer=answer)
    if item.answer is None and query.rule and all(_explained_anew(f) for f in findings):
        reason = findings[0].explanation or ""
        item = replace(item, answer=Answer(query.id, "answered", reason, sha256))
    return replace(item, state="open" if item.answer is None else "answered")


def _explained_anew(finding: Finding) -> bool:
    """Say whether another reason was given for values whose first reason was refused."""
    return finding.verdict == "refused" and finding.explanation is not None


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a query points at, as it is now; `json` is the value's canonical JSON."""

    form: Form | None = None
    field: Field | None = None
    value: Value | None = None
    suggestion: Value | None = None
    sha256: str = NOTHING_HASH
    json: str = ""
    title: str = ""
    gone: bool = False


class _Records:
    """Looks up what queries point at; answers that are not relevant count as empty, as they are not handed in."""

    def __init__(self, store: WorkspaceStore, clock: Clock) -> None:
        self._store = store
        self._today = clock.now().date().isoformat()
        self._forms = {form.id: form for form in store.form_set.forms}
        self._evaluators: dict[str, RecordEvaluator] = {}
        self._known: dict[tuple[str, str], tuple[Record, Values] | None] = {}

    def seen(self, query: Query) -> _Seen:
        """Return what a query points at."""
        form = self._forms.get(query.form)
        if form is None:
            return _Seen(sha256="", gone=bool(query.record)) if query.form else _Seen()
        field = next((f for f in form.stored_fields if f.id == query.field), None)
        if not query.record:
            return _Seen(form, field)
        found = self._record(form, query.record)
        if found is None:
            return _Seen(form, field, sha256="", gone=True)
        record, values = found
        name = title_of(form, record.values)
        if field is None:
            return _Seen(form, title=name, sha256="" if query.field else record_hash(values, form))
        value = values.get(field.id)
        return _Seen(
            form,
            field,
            value,
            suggestion_of(query, field),
            value_hash(value, field),
            "" if isinstance(value, Unfit) else value_json(value, field),
            name,
        )

    def _record(self, form: Form, record_id: str) -> tuple[Record, Values] | None:
        key = (form.id, record_id)
        if key not in self._known:
            record = self._store.record(form.id, RecordId(record_id))
            self._known[key] = None if record is None else (record, self._relevant(form, record))
        return self._known[key]

    def _relevant(self, form: Form, record: Record) -> Values:
        if form.id not in self._evaluators:
            self._evaluators[form.id] = RecordEvaluator(form, self._store.form_set, self._today)
        relevant = self._evaluators[form.id].evaluate(record.id, record.values).relevant
        return {name: value for name, value in record.values.items() if name in relevant}


def suggestion_of(query: Query, field: Field) -> Value | None:
    """Return the value a query suggests; None without one, or when it is none of this form set's."""
    if not query.suggestion:
        return None
    try:
        raw = parse_strict(query.suggestion.encode(), where=query.id)
        return value_from_json(raw, field)
    except (ValueError, Refused):
        return None


# -- answering ---------------------------------------------------------------------------------------------------------


def apply_suggestion(
    store: WorkspaceStore, query_id: str, *, actor: str, clock: Clock
) -> FormState:
    """Put the suggested value where the query says, as one step that can be undone, and return the form's state.

    Raises:
        UserError: `QUERY_UNKNOWN`, `QUERY_CLOSED`; `QUERY_NO_SUGGESTION`; `RECORD_GONE`; `QUERY_STALE`, the value is no
            longer the one the query was written about; `REFUSED_VALUE`.
    """
    item = _open_item(store, query_id, clock)
    query = item.query
    if item.gone:
        label = item.form_label.zh if item.form_label is not None else query.form
        raise UserError("RECORD_GONE", form=label)
    if item.suggestion is None or item.field_label is None:
        raise UserError("QUERY_NO_SUGGESTION")
    if item.stale:
        raise UserError("QUERY_STALE", field=item.field_label.zh, title=item.title)
    editor = RecordEditor(store, query.form, RecordId(query.record), actor=actor, clock=clock)
    state = editor.set_value(query.field, item.suggestion, Origin.SUGGESTED)
    field = store.form_set.form(query.form).field_by_id(query.field)
    sha256 = value_hash(item.suggestion, field)
    answer = Answer(query_id, "applied", "", sha256, actor[:MAXIMUM_ACTOR], stamp(clock.now()))
    store.store_answer(answer)
    return state


def answer_query(
    store: WorkspaceStore, query_id: str, text: str, *, actor: str, clock: Clock
) -> Answer:
    """Answer a query in words.

    Raises:
        UserError: `QUERY_UNKNOWN`, `QUERY_CLOSED`, `REASON_TOO_SHORT`, `REMARK_TOO_LONG`, `REFUSED_VALUE`;
            `ANSWER_SAME`, the coordinator asked again after these very words.
    """
    return _say(store, query_id, "answered", text, actor, clock)


def disagree(
    store: WorkspaceStore, query_id: str, reason: str, *, actor: str, clock: Clock
) -> Answer:
    """Leave the value as it is, and say why.

    Raises:
        UserError: As `answer_query`.
    """
    return _say(store, query_id, "disagreed", reason, actor, clock)


def confirm_deleted(
    store: WorkspaceStore, query_id: str, reason: str, *, actor: str, clock: Clock
) -> Answer:
    """Say that the record a query is about is gone for good, and why: the next package deletes it with this reason.

    For a record that this file does not have, so that nobody could delete it here: the centre still has it from an
    earlier package. Should the record come back, by an undo or a contribution, the answer counts no longer.

    Raises:
        UserError: `ANSWER_NOT_GONE`, the query is about no record, or the record is here; else as `answer_query`.
    """
    if not _open_item(store, query_id, clock).deletable:
        raise UserError("ANSWER_NOT_GONE")
    return _say(store, query_id, "deleted", reason, actor, clock)


def deletions_said(store: WorkspaceStore, answers: Iterable[Answer]) -> list[Tombstone]:
    """Return the records that answers say are gone, with the reasons; see `confirm_deleted`."""
    queries = {query.id: query for query in store.queries()}
    return [
        Tombstone(queries[a.query].form, RecordId(queries[a.query].record), a.text)
        for a in answers
        if a.kind == "deleted" and a.query in queries
    ]


def withdraw_answer(store: WorkspaceStore, query_id: str, *, clock: Clock) -> None:
    """Take an answer back that was not handed in yet, or give another one later; values stay as they are.

    Raises:
        UserError: `QUERY_UNKNOWN`, `QUERY_CLOSED`.
    """
    _open_item(store, query_id, clock)
    store.withdraw_answer(query_id)


def _say(
    store: WorkspaceStore, query_id: str, kind: AnswerKind, text: str, actor: str, clock: Clock
) -> Answer:
    item = _open_item(store, query_id, clock)
    words = remark(store, text, clock=clock)
    before = store.void_answer(query_id)
    if before is not None and (before.kind, before.text) == (kind, words):
        raise UserError("ANSWER_SAME")
    sha256 = _Records(store, clock).seen(item.query).sha256 or NOTHING_HASH
    answer = Answer(query_id, kind, words, sha256, actor[:MAXIMUM_ACTOR], stamp(clock.now()))
    store.store_answer(answer)
    return answer


def _open_item(store: WorkspaceStore, query_id: str, clock: Clock) -> QueryItem:
    query = next((q for q in store.queries() if q.id == query_id), None)
    if query is None:
        raise UserError("QUERY_UNKNOWN", query=query_id)
    if query.state == "closed":
        raise UserError("QUERY_CLOSED")
    return _item(query, _Records(store, clock), None, ())
