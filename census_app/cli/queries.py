"""How queries and explained warnings read on a terminal, as JSON, and how one is named by the beginning of its id."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, TypeVar

from census_app.cli.speech import Speech
from census_app.domain.records import Value
from census_app.domain.review import Query
from census_app.errors import UserError
from census_app.formspec.lines import value_json
from census_app.formspec.model import Field, FormSet
from census_app.formspec.types import Context, format_value
from census_app.services.answering import QueryItem, suggestion_of
from census_app.services.judging import ExplainedWarning
from census_app.services.querying import QueryStanding, field_of

SHORT: Final = 8
"""Digits of an id that lists show; any beginning that is unique will do."""

_Listed = TypeVar("_Listed", QueryItem, QueryStanding)


def find(listed: Iterable[_Listed], given: str) -> _Listed:
    """Return the query whose id begins as given.

    Raises:
        UserError: `QUERY_UNKNOWN`, `QUERY_AMBIGUOUS`.
    """
    found = [each for each in listed if each.query.id.startswith(given.strip().lower())]
    if not given.strip() or not found:
        raise UserError("QUERY_UNKNOWN", query=given)
    if len(found) > 1:
        raise UserError("QUERY_AMBIGUOUS", query=given, count=len(found))
    return found[0]


def standing_document(standing: QueryStanding, form_set: FormSet) -> dict[str, Any]:
    """Return a query as the centre sees it."""
    answer = standing.answer
    return _document(standing.query, standing.title, standing.present, form_set) | {
        "department": standing.department,
        "state": standing.state,
        "closed_by": standing.closed_by,
        "changed": standing.changed,
        "answer": None if answer is None else {"kind": answer.kind, "text": answer.text},
    }


def item_document(item: QueryItem, form_set: FormSet) -> dict[str, Any]:
    """Return a query as the department sees it."""
    answer = item.answer
    return _document(item.query, item.title, item.present, form_set) | {
        "state": item.state,
        "stale": item.stale,
        "gone": item.gone,
        "answer": None if answer is None else {"kind": answer.kind, "text": answer.text},
    }


def warning_document(warning: ExplainedWarning) -> dict[str, Any]:
    """Return an explained warning."""
    explanation = warning.explanation
    return {
        "department": warning.department,
        "form": explanation.form,
        "record": explanation.record,
        "title": warning.title,
        "rule": explanation.rule,
        "message": warning.message,
        "explanation": explanation.reason,
        "standing": warning.standing,
        "reason": warning.reason,
    }


def _document(query: Query, title: str, present: Value | None, form_set: FormSet) -> dict[str, Any]:
    field = _field(query, form_set)
    return {
        "id": query.id,
        "form": query.form,
        "record": query.record,
        "field": query.field,
        "title": title,
        "text": query.text,
        "present": None if field is None else value_json(present, field),
        "suggestion": query.suggestion,
        "rule": query.rule,
        "must": query.must,
        "round": query.round,
    }


def lines_of(listed: QueryItem | QueryStanding, context: Context, speech: Speech) -> list[str]:
    """Return a query as lines: where and how it stands, the question, the suggestion, the answer."""
    query, state = listed.query, listed.state
    must = speech.text("CLI_QUERY_MUST" if query.must else "CLI_QUERY_OPTIONAL", round=query.round)
    head = [query.id[:SHORT], speech.text(f"QUERY_{state}"), _where(query, listed.title, context)]
    lines = [
        "  ".join([*head, f"({must})"]),
        f"    {query.text}",
    ]
    field = _field(query, context.form_set)
    if field is not None:
        present = format_value(listed.present, field, context) or speech.text("CLI_QUERY_EMPTY")
        stale = listed.stale if isinstance(listed, QueryItem) else listed.changed
        told = "CLI_QUERY_PRESENT_OTHER" if stale else "CLI_QUERY_PRESENT"
        lines.append("    " + speech.text(told, value=present))
        suggestion = suggestion_of(query, field)
        if suggestion is not None:
            value = format_value(suggestion, field, context)
            lines.append("    " + speech.text("CLI_QUERY_SUGGESTION", value=value))
    if listed.answer is not None:
        kind = speech.text(f"ANSWER_{listed.answer.kind}")
        lines.append(f"    → {kind} {listed.answer.text}".rstrip())
    return lines


def _where(query: Query, title: str, context: Context) -> str:
    form = next((f for f in context.form_set.forms if f.id == query.form), None)
    field = field_of(form, query.field) if form is not None else None
    parts = [
        form.label.get(context.language) if form is not None else query.form,
        title,
        field.label.get(context.language) if field is not None else query.field,
    ]
    return " · ".join(part for part in parts if part) or "—"


def _field(query: Query, form_set: FormSet) -> Field | None:
    form = next((f for f in form_set.forms if f.id == query.form), None)
    return field_of(form, query.field) if form is not None and query.record else None
