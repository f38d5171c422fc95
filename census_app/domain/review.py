"""What coordinators ask and departments answer, as plain values (security §6). No I/O, no wording.

A query is bound to a record and a field and carries the hash of the value it was written about, so that nobody applies
a suggestion to another value than the one that was meant (lessons T5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

ReceiptStatus = Literal["accepted", "accepted_with_comments", "returned"]
RECEIPT_STATUSES: Final[tuple[ReceiptStatus, ...]] = (
    "accepted",
    "accepted_with_comments",
    "returned",
)

AnswerKind = Literal["applied", "answered", "disagreed", "resolved", "deleted"]
"""`applied`: the suggestion was taken; `answered`: a reason; `disagreed`: no, with a reason; `resolved`: the rule of
the query is satisfied now, so nobody had to say anything; `deleted`: the record is gone for good, and why, so that the
package which carries the answer deletes it."""

VerdictChoice = Literal["accepted", "refused"]


@dataclass(frozen=True, slots=True)
class Query:
    """One question about one record.

    Attributes:
        id: 32 hex, made once.
        form: Form id; `record` and `field` may be empty for a question about the department as a whole, and `field`
            alone for one about a whole record.
        value_sha256: SHA-256 of the canonical JSON of the value meant (`null` when empty), 64 hex.
        text: What is asked, in the coordinator's words.
        suggestion: Canonical JSON of a value to put there, or empty.
        rule: Rule id that must be satisfied for the query to close by itself, or empty.
        must: An answer is needed before the next package can be handed in.
        state: What the newest review says.
        round: Counted from 1; a return begins the next.
    """

    id: str
    form: str
    record: str
    field: str
    value_sha256: str
    text: str
    suggestion: str = ""
    rule: str = ""
    must: bool = True
    state: Literal["open", "closed"] = "open"
    round: int = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What a department says to a query; `value_sha256` is the hash of the value then."""

    query: str
    kind: AnswerKind
    text: str
    value_sha256: str
    actor: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the coordinator says of an explained warning; it holds for these values only.

    Attributes:
        decision: Id of the decision, so that the same one arriving again changes nothing.
        explanation: The department's reason that stood when the verdict arrived. Refused is that reason, not the
            values: another reason may be given for them.
    """

    record: str
    rule: str
    values_sha256: str
    choice: VerdictChoice
    reason: str = ""
    decision: str = ""
    explanation: str = ""
