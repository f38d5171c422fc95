"""The letters of a workspace as rows: type, number, round, and how a submission stands by its receipts. No widgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from census_app.services.ports import SentPackage
from census_app.ui.department.mail import Mail

State = Literal[
    "waiting", "overtaken", "accepted", "accepted_with_comments", "returned", "taken", "handed_on",
    "in_force",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Letter:
    """One package that went or came.

    Attributes:
        state: Of a submission as its newest receipt says; `overtaken`: a later submission was handed in since and
            this one was never answered.
        other: Code of the other side; empty for the coordinator of a submission.
        note: What the coordinator wrote in the receipt.
        answers: Number of the submission it answers, 0 for none.
        answered_at: When the receipt was made; empty while there is none.
    """

    kind: str
    direction: Literal["sent", "received"]
    sequence: int
    identity: str
    name: str
    at: str
    created: str
    state: State
    round: int = 0
    other: str = ""
    note: str = ""
    answers: int = 0
    answered_at: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)


def letters_of(mail: Mail) -> list[Letter]:
    """Return every letter, the newest first."""
    receipts: dict[str, SentPackage] = {}
    for package in mail.packages:
        if package.type == "receipt":
            receipts[package.in_reply_to] = package
    submissions = [p for p in mail.packages if p.type == "submission"]
    numbers = {p.identity: p.sequence for p in submissions}
    rounds = {p.identity: _round(p, submissions, receipts) for p in submissions}
    last = submissions[-1].identity if submissions else ""
    found = [
        _submission(p, receipts.get(p.identity), rounds, p.identity == last)
        if p.type == "submission"
        else _other(p, rounds, numbers)
        for p in mail.packages
    ]
    bundle = mail.bundle
    if bundle is not None:
        name = f"TRUST-{bundle.version:06d}"
        found.append(
            Letter("trust", "received", bundle.version, bundle.identity, name, bundle.received_at,
                   bundle.created, "in_force")
        )  # fmt: skip
    found.reverse()  # what was kept in the same second: the later one first
    return sorted(found, key=lambda each: each.at, reverse=True)


def _round(
    package: SentPackage, submissions: list[SentPackage], receipts: Mapping[str, SentPackage]
) -> int:
    """Return the round a submission belongs to: each earlier one that was returned began another."""
    before = (p for p in submissions if p.sequence < package.sequence)
    return 1 + sum(
        p.identity in receipts and receipts[p.identity].status == "returned" for p in before
    )


def _submission(
    package: SentPackage, receipt: SentPackage | None, rounds: Mapping[str, int], newest: bool
) -> Letter:
    state: State = "waiting" if newest else "overtaken"
    if receipt is not None and receipt.status in {"accepted", "accepted_with_comments", "returned"}:
        state = receipt.status  # type: ignore[assignment]
    return Letter(
        package.type,
        "sent",
        package.sequence,
        package.identity,
        package.name,
        package.at,
        package.created,
        state,
        rounds[package.identity],
        note=receipt.note if receipt is not None else "",
        answered_at=receipt.created if receipt is not None else "",
        counts=package.counts,
    )


def _other(package: SentPackage, rounds: Mapping[str, int], numbers: Mapping[str, int]) -> Letter:
    sent = package.direction == "sent"
    state: State = "handed_on" if sent else "taken"
    if package.status in {"accepted", "accepted_with_comments", "returned"}:
        state = package.status  # type: ignore[assignment]
    return Letter(
        package.type,
        package.direction,
        package.sequence,
        package.identity,
        package.name,
        package.at,
        package.created,
        state,
        rounds.get(package.in_reply_to, 0),
        package.audience if sent else package.sender,
        package.note,
        numbers.get(package.in_reply_to, 0),
        counts=package.counts,
    )
