"""Lines of the reserved forms: what travels beside the records - reasons, queries, answers, receipts, decisions.

They stand in the same `data/records.ndjson` and are checked like records, against closed schemas (security §1, §6).
Which of them a package may carry is fixed by its type.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from census_app.domain.chain import DecisionKind

_Hash = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
_Id = Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")]
_IdOrNone = Annotated[str, Meta(pattern=r"\A([0-9a-f]{32})?\Z")]
_Word = Annotated[str, Meta(pattern=r"\A([a-z][a-z0-9_]{0,47})?\Z")]
_Rule = Annotated[str, Meta(pattern=r"\A([A-Za-z][A-Za-z0-9_.-]{0,63})?\Z")]
_Text = Annotated[str, Meta(max_length=2000)]
_Json = Annotated[str, Meta(max_length=20_000)]
_Moment = Annotated[
    str, Meta(pattern=r"\A20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z\Z")
]


class _Closed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class ExplanationLine(_Closed, frozen=True):
    """The reason for which a warning may stay, bound to the values it was written about."""

    form: _Word
    record: _Id
    rule: _Rule
    values_sha256: Annotated[str, Meta(max_length=64)]
    reason: _Text


class QueryLine(_Closed, frozen=True):
    """A question of the coordinator; see `domain.review.Query`. The line's id is the query's."""

    form: _Word
    record: _IdOrNone
    field: _Word
    value_sha256: _Hash
    text: _Text
    suggestion: _Json
    rule: _Rule
    must: bool
    state: Literal["open", "closed"]
    round: Annotated[int, Meta(ge=1, le=9999)]


class AnswerLine(_Closed, frozen=True):
    """What a department says to a query; the line's id is the query's.

    With `deleted` the same package carries the `delete` line of the record the query is about.
    """

    kind: Literal["applied", "answered", "disagreed", "resolved", "deleted"]
    text: _Text
    value_sha256: _Hash
    actor: Annotated[str, Meta(max_length=100)]
    at: _Moment


class ReceiptLine(_Closed, frozen=True):
    """What became of one package; exactly one line in a receipt, its id the first half of the package's identity.

    Attributes:
        errors, warnings: What the rules found in it at the centre.
        codes: Stable codes of what the department should know, such as `VANISHED`.
    """

    package: _Hash
    sequence: Annotated[int, Meta(ge=1, le=999_999)]
    status: Literal["accepted", "accepted_with_comments", "returned"]
    note: _Text
    received_at: _Moment
    round: Annotated[int, Meta(ge=1, le=9999)]
    errors: Annotated[int, Meta(ge=0)]
    warnings: Annotated[int, Meta(ge=0)]
    codes: list[Annotated[str, Meta(max_length=40)]]


class AssignmentLine(_Closed, frozen=True):
    """What the centre puts into a field it owns, such as the code of a resource; the line's id is the record's."""

    form: _Word
    field: _Word
    value: Annotated[str, Meta(min_length=1, max_length=100)]


class DecisionLine(_Closed, frozen=True):
    """An entry of the ledger; see `domain.chain.Decision`. The line's id is the first half of the decision's."""

    kind: DecisionKind
    subject: Annotated[str, Meta(max_length=300)]
    choice: _Json
    reason: _Text
    actor: Annotated[str, Meta(max_length=100)]
    coordinator: Annotated[str, Meta(pattern=r"\A[A-Z0-9]{2,24}\Z")]
    created: _Moment
    supersedes: list[_Hash]


_SCHEMAS: Final[Mapping[str, type[msgspec.Struct]]] = {
    "explanation": ExplanationLine,
    "query": QueryLine,
    "answer": AnswerLine,
    "receipt": ReceiptLine,
    "decision": DecisionLine,
    "assignment": AssignmentLine,
}
RESERVED_FORMS: Final = frozenset(_SCHEMAS)

_ADMITTED: Final[Mapping[str, frozenset[str]]] = {
    "submission": frozenset({"explanation", "answer"}),
    "contribution": frozenset({"explanation", "answer"}),
    "review": frozenset({"query", "decision", "assignment"}),
    "receipt": frozenset({"receipt"}),
    "ledger": frozenset({"decision"}),
}
_MOMENTS: Final[Mapping[str, str]] = {
    "answer": "at",
    "receipt": "received_at",
    "decision": "created",
}
_WITH_RECORDS: Final = frozenset({"submission", "contribution"})


def admits(package_type: str, form: str) -> bool:
    """Say whether a package of a type may carry lines of a form."""
    if form in RESERVED_FORMS:
        return form in _ADMITTED.get(package_type, frozenset())
    return package_type in _WITH_RECORDS


def fault(form: str, values: Mapping[str, object]) -> str | None:
    """Return None when the values of a reserved form's line are legal, else what is wrong."""
    try:
        msgspec.convert(values, _SCHEMAS[form], strict=True)
    except msgspec.ValidationError as error:
        return str(error)
    moment = str(values.get(_MOMENTS.get(form, ""), ""))
    return None if not moment or _exists(moment) else f"{_MOMENTS[form]}: {moment}"


def _exists(moment: str) -> bool:
    """Say whether there is such a moment: whoever shows it in local time reckons with it."""
    try:
        dt.datetime.fromisoformat(moment)
    except ValueError:
        return False
    return True
