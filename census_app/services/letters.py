"""Take reviews and receipts into the workspace they are for, each in its turn (security §6).

A letter is kept only after every check, in one transaction. Both kinds of one coordinator stand in one chain: what
comes too early changes nothing and is applied again later, what comes twice changes nothing at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, cast

import msgspec

from census_app.domain.chain import BEGINNING
from census_app.domain.holdings import SentPackage
from census_app.domain.review import Query, ReceiptStatus, Verdict, VerdictChoice
from census_app.errors import UserError
from census_app.exchange.ledger import decision_of
from census_app.exchange.package import VerifiedPackage, open_package
from census_app.exchange.refusals import RecordInvalid, ReplyChain, UnknownReply, WrongAudience
from census_app.exchange.reserved import QueryLine, ReceiptLine
from census_app.services.anchoring import anchors_of
from census_app.services.answering import round_of
from census_app.services.applying import Applied, Desk
from census_app.services.campaigns import require_same_census
from census_app.services.going_on import learn_from_receipt
from census_app.services.lookup import stamp
from census_app.services.ports import CatalogueStore, Clock, WorkspaceStore, as_workspace
from census_app.services.sent_packages import remembered
from census_app.services.taking_codes import take_assignments

LETTERS: Final = frozenset({"review", "receipt"})
"""Types of packages a coordinator sends to one department."""

_STATEMENT: Final = "signature/statement.json"
_RECORDS: Final = "data/records.ndjson"


@dataclass(frozen=True, slots=True)
class LetterTaken:
    """What became of a review or receipt.

    Attributes:
        outcome: `pending` and `duplicate` changed nothing.
        missing: With `pending`, the number that must come first; else 0.
        answers: Name of the package it answers.
        status: Of a receipt; `note` likewise.
        open: Queries of a review that wait for the department; `closed` are settled.
        refused: Reasons for warnings that were refused; `accepted` likewise.
        round: The department's round from now on.
        codes: Codes of resources that were new.
    """

    outcome: Literal["taken", "duplicate", "pending"]
    type: str
    name: str
    identity: str
    sender: str
    sequence: int
    answers: str = ""
    missing: int = 0
    status: ReceiptStatus | Literal[""] = ""
    note: str = ""
    open: int = 0
    closed: int = 0
    refused: int = 0
    accepted: int = 0
    round: int = 1
    codes: int = 0


def take_letter(store: WorkspaceStore, path: Path, *, clock: Clock) -> LetterTaken:
    """Verify a review or receipt and take it into the workspace.

    Raises:
        Refused: The package is not sound, or not for this department at this point (see `take_review`).
        UserError: `NOT_LETTER`, it is a package of another type; `NOT_ENROLLED`, no root is known here yet;
            `CENSUS_OTHER`; `FILE_MISSING`.
        EnvironmentProblem: The file cannot be read, or the workspace not written.
    """
    if not store.roots():
        raise UserError("NOT_ENROLLED")
    with open_package(path, anchors_of(store), now=clock.now()) as package:
        if package.statement.type == "review":
            return take_review(store, package, clock=clock)
        if package.statement.type == "receipt":
            return take_receipt(store, package, clock=clock)
        raise UserError("NOT_LETTER", file=path.name, type=package.statement.type)


def take(store: WorkspaceStore | CatalogueStore, path: Path, desk: Desk) -> Applied:
    """Take a letter that somebody applies; see `applying.apply_file`."""
    workspace = as_workspace(store)
    if workspace is None:
        raise UserError("APPLY_TYPE", file=path.name, type="review")
    taken = take_letter(workspace, path, clock=desk.clock)
    said: dict[str, object] = {"name": taken.name, "answers": taken.answers, "round": taken.round}
    if taken.outcome == "duplicate":
        return Applied(path, taken.type, "APPLIED_LETTER_KNOWN", {"name": taken.name}, new=False)
    if taken.outcome == "pending":
        early = {"name": taken.name, "missing": taken.missing}
        return Applied(path, taken.type, "APPLIED_LETTER_EARLY", early, new=False, early=True)
    if taken.type == "receipt":
        said |= {"note": taken.note}
        return Applied(path, taken.type, f"APPLIED_{taken.status.upper()}", said)
    said |= {
        "open": taken.open,
        "closed": taken.closed,
        "refused": taken.refused,
        "accepted": taken.accepted,
    }
    if taken.codes:
        return Applied(path, taken.type, "APPLIED_REVIEW_CODES", said | {"codes": taken.codes})
    return Applied(path, taken.type, "APPLIED_REVIEW", said)


def take_review(store: WorkspaceStore, package: VerifiedPackage, *, clock: Clock) -> LetterTaken:
    """Take a verified review: its queries and verdicts.

    Raises:
        WrongAudience: It is for another department.
        UnknownReply: It answers no package of this workspace.
        ReplyChain: Its number was used by another letter, or it does not follow the last one.
        RecordInvalid: A line is not what a review may say.
        UserError: `CENSUS_OTHER`.
    """
    taken = _admitted(store, package)
    if taken.outcome != "taken":
        return taken
    queries = [_query(line) for line in _lines(package, "query")]
    own = store.facts().department_code
    verdicts = [v for line in _lines(package, "decision") for v in _verdict(line, own)]
    codes = take_assignments(
        store, _lines(package, "assignment"), actor=package.statement.sender, clock=clock
    )
    store.take_letter(
        remembered(package, stamp(clock.now()), direction="received"), queries, verdicts
    )
    return replace(
        taken,
        open=sum(query.state == "open" for query in queries),
        closed=sum(query.state == "closed" for query in queries),
        refused=sum(verdict.choice == "refused" for verdict in verdicts),
        accepted=sum(verdict.choice == "accepted" for verdict in verdicts),
        round=round_of(store),
        codes=codes,
    )


def take_receipt(store: WorkspaceStore, package: VerifiedPackage, *, clock: Clock) -> LetterTaken:
    """Take a verified receipt: what became of one package.

    Raises:
        WrongAudience, UnknownReply, ReplyChain, UserError: As `take_review`.
        RecordInvalid: It does not hold exactly one line, about the package it answers.
    """
    taken = _admitted(store, package)
    if taken.outcome == "duplicate":
        _confirm_newest(store, package, clock)
    if taken.outcome != "taken":
        return taken
    lines = list(_lines(package, "receipt"))
    if len(lines) != 1:
        raise RecordInvalid(_RECORDS, f"receipt: {len(lines)}", package.path.name)
    receipt = msgspec.convert(lines[0]["values"], ReceiptLine)
    if receipt.package != package.statement.in_reply_to:
        raise RecordInvalid(_RECORDS, "receipt/package", package.path.name)
    at, sender = stamp(clock.now()), package.statement.sender
    learn_from_receipt(
        store, receipt.package, receipt.sequence, receipt.received_at, actor=sender, at=at
    )
    letter = replace(
        remembered(package, stamp(clock.now()), direction="received"),
        status=receipt.status,
        note=receipt.note,
    )
    store.take_letter(letter, (), ())
    return replace(taken, status=receipt.status, note=receipt.note, round=round_of(store))


def _confirm_newest(store: WorkspaceStore, package: VerifiedPackage, clock: Clock) -> None:
    """Let a receipt that is known already say that nothing was handed in after the package it is about."""
    line = next(iter(_lines(package, "receipt")), None)
    if line is not None:
        receipt = msgspec.convert(line["values"], ReceiptLine)
        learn_from_receipt(
            store, receipt.package, receipt.sequence, receipt.received_at,
            actor=package.statement.sender, at=stamp(clock.now()),
        )  # fmt: skip


# -- admission ---------------------------------------------------------------------------------------------------------


def _admitted(store: WorkspaceStore, package: VerifiedPackage) -> LetterTaken:
    """Say whether it is this letter's turn; everything that speaks against it is raised."""
    statement, file = package.statement, package.path.name
    if statement.audience != store.facts().department_code:
        raise WrongAudience(_STATEMENT, statement.audience, file)
    _require_census(store, package)
    known = store.packages()
    answered = next(
        (p for p in known if p.direction == "sent" and p.identity == statement.in_reply_to),
        None,
    )
    taken = LetterTaken(
        outcome="duplicate",
        type=statement.type,
        name=statement.package,
        identity=package.identity,
        sender=statement.sender,
        sequence=statement.sequence,
        answers=answered.name if answered is not None else "",
        round=round_of(store),
    )
    letters = [p for p in known if _is_letter_of(p, statement.sender)]
    if any(p.identity == package.identity for p in letters):
        return taken
    # Put back from a snapshot, a file learns from the last receipt what it handed in and which letters came since.
    catches_up = statement.type == "receipt" and store.keeping.standing().state == "restored"
    if answered is None and not catches_up:
        raise UnknownReply(_STATEMENT, statement.in_reply_to[:16], file)
    head = max(letters, key=lambda p: p.sequence, default=None)
    last, identity = (head.sequence, head.identity) if head is not None else (0, BEGINNING)
    if catches_up and statement.sequence > last:
        return replace(taken, outcome="taken")
    if statement.sequence > last + 1:
        return replace(taken, outcome="pending", missing=last + 1)
    if statement.sequence <= last or statement.previous != identity:
        raise ReplyChain(_STATEMENT, f"{statement.sequence}", file)
    return replace(taken, outcome="taken")


def _require_census(store: WorkspaceStore, package: VerifiedPackage) -> None:
    require_same_census(package.description.census.id, store.facts().census_id)


def _is_letter_of(package: SentPackage, sender: str) -> bool:
    return package.direction == "received" and package.type in LETTERS and package.sender == sender


# -- lines -------------------------------------------------------------------------------------------------------------


def _lines(package: VerifiedPackage, form: str) -> Iterable[Mapping[str, object]]:
    return (line for line in package.iter_records() if line["form"] == form)


def _query(line: Mapping[str, object]) -> Query:
    values = msgspec.convert(line["values"], QueryLine)
    return Query(str(line["id"]), **msgspec.structs.asdict(values))


def _verdict(line: Mapping[str, object], department: str) -> list[Verdict]:
    """Return the verdict a decision speaks about this department's explained warnings, or nothing."""
    decision = decision_of(line)
    parts = decision.subject.split(":")
    if decision.kind != "explanation" or decision.choice not in {"accepted", "refused"}:
        return []
    if len(parts) != 4 or parts[0] != department:
        return []
    choice = cast("VerdictChoice", decision.choice)
    return [Verdict(parts[1], parts[2], parts[3], choice, decision.reason, decision.id)]
