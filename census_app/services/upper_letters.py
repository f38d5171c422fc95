"""What the tier above sends back about a city's roll-ups: receipts and reviews, each in its turn.

They are kept whole beside the roll-ups. What a review asks is answered by the departments in their next round.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, cast

import msgspec

from census_app.domain.chain import BEGINNING
from census_app.domain.holdings import PackageFacts
from census_app.errors import UserError
from census_app.exchange.package import VerifiedPackage, open_package
from census_app.exchange.refusals import RecordInvalid, ReplyChain, UnknownReply, WrongAudience
from census_app.exchange.reserved import QueryLine, ReceiptLine
from census_app.services.applying import Applied, Desk, Store
from census_app.services.ports import CatalogueStore, Clock, as_catalogue
from census_app.services.rolling_up import rollups
from census_app.services.scratch_checks import facts_of_package
from census_app.services.upper_tier import upper_anchors

_STATEMENT: Final = "signature/statement.json"
_RECORDS: Final = "data/records.ndjson"
_LETTERS: Final = frozenset({"review", "receipt"})


def take(store: Store, path: Path, desk: Desk) -> Applied:
    """Keep a receipt or a review that the tier above sent about a roll-up.

    Raises:
        Refused: The package is not sound; `AUDIENCE`, `REPLY`, `REPLY_CHAIN`, as for a department.
        UserError: `APPLY_TYPE`, the store is no catalogue that hands up; `CENSUS_OTHER`.
    """
    catalogue = as_catalogue(store)
    if catalogue is None or not catalogue.upper().roots_pem:
        raise UserError("APPLY_TYPE", file=path.name, type="receipt")
    trust = replace(upper_anchors(catalogue), admitted=_known(catalogue))
    with open_package(path, trust, now=desk.clock.now()) as package:
        outcome, missing = _admitted(catalogue, package)
        kept = facts_of_package(package, desk.clock, department=catalogue.upper().code)
        told = _told(package, catalogue)
        if outcome == "pending":
            params = {"sequence": kept.sequence, "missing": missing}
            return Applied(path, kept.type, "APPLIED_UPPER_PENDING", params, new=False, early=True)
        if outcome == "duplicate":
            return Applied(path, kept.type, "APPLIED_UPPER_KNOWN", told, new=False)
        catalogue.append_package(kept, package.iter_file())
    code = "APPLIED_UPPER_RECEIPT" if kept.type == "receipt" else "APPLIED_UPPER_REVIEW"
    note = str(told.get("note", ""))
    further = (("APPLIED_UPPER_NOTE", {"note": note}),) if note else ()
    return Applied(path, kept.type, code, told, further)


@dataclass(frozen=True, slots=True)
class UpperReply:
    """A letter that came back about a roll-up.

    Attributes:
        status: Of a receipt: `accepted`, `accepted_with_comments`, `returned`; else empty.
        count: Of a review: how many queries are open.
    """

    type: str
    created: str
    status: str = ""
    note: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class RollupShown:
    """A roll-up that was handed up, and what the tier above said about it, oldest first."""

    package: PackageFacts
    replies: tuple[UpperReply, ...]


def rollups_shown(catalogue: CatalogueStore, *, clock: Clock) -> list[RollupShown]:
    """Return what was handed up with the answers to it, oldest first.

    Raises:
        Refused: A stored letter is no longer what was signed.
    """
    answers: dict[str, list[UpperReply]] = {}
    for letter in sorted(_letters(catalogue, ""), key=lambda p: (p.created, p.sequence)):
        with _stored(catalogue, letter, clock) as package:
            told = _told(package, catalogue)
        reply = UpperReply(
            letter.type,
            letter.created,
            str(told.get("status", "")),
            str(told.get("note", "")),
            int(str(told.get("count", 0))),
        )
        answers.setdefault(letter.in_reply_to, []).append(reply)
    return [RollupShown(each, tuple(answers.get(each.identity, ()))) for each in rollups(catalogue)]


@contextmanager
def _stored(
    catalogue: CatalogueStore, facts: PackageFacts, clock: Clock
) -> Iterator[VerifiedPackage]:
    """Open a letter that was kept; who may sign was judged when it came."""
    signer = frozenset({facts.signer_sha256} if facts.signer_sha256 else ())
    trust = replace(
        upper_anchors(catalogue), admitted=frozenset({facts.identity}), pinned=signer, revoked={}
    )
    with tempfile.TemporaryDirectory(prefix="census-") as folder:
        path = Path(folder) / "letter.census"
        with path.open("wb") as file:
            file.writelines(catalogue.package_bytes(facts.identity))
        with open_package(path, trust, now=clock.now()) as package:
            yield package


def _known(catalogue: CatalogueStore) -> frozenset[str]:
    """Return the letters that are kept already: the dates of their certificates count no longer."""
    return frozenset(p.identity for p in _letters(catalogue, ""))


def _letters(catalogue: CatalogueStore, sender: str) -> list[PackageFacts]:
    found = catalogue.letters(department=catalogue.upper().code, sender=sender)
    return [p for p in found if p.direction == "received" and p.type in _LETTERS]


def _admitted(
    catalogue: CatalogueStore, package: VerifiedPackage
) -> tuple[Literal["taken", "duplicate", "pending"], int]:
    """Return whether it is this letter's turn, and which number is missing."""
    statement, file = package.statement, package.path.name
    if statement.audience != catalogue.upper().code:
        raise WrongAudience(_STATEMENT, statement.audience, file)
    _require_census(catalogue, package)
    letters = _letters(catalogue, statement.sender)
    if any(p.identity == package.identity for p in letters):
        return "duplicate", 0
    if _rollup(catalogue, statement.in_reply_to) is None:
        raise UnknownReply(_STATEMENT, statement.in_reply_to[:16], file)
    head = max(letters, key=lambda p: p.sequence, default=None)
    last, identity = (head.sequence, head.identity) if head is not None else (0, BEGINNING)
    if statement.sequence > last + 1:
        return "pending", last + 1
    if statement.sequence <= last or statement.previous != identity:
        raise ReplyChain(_STATEMENT, f"{statement.sequence}", file)
    return "taken", 0


def _require_census(catalogue: CatalogueStore, package: VerifiedPackage) -> None:
    given, own = package.description.census.id, catalogue.facts().census_id
    if given != own:
        raise UserError("CENSUS_OTHER", given=given, own=own)


def _rollup(catalogue: CatalogueStore, identity: str) -> PackageFacts | None:
    return next((p for p in rollups(catalogue) if p.identity == identity), None)


def _told(package: VerifiedPackage, catalogue: CatalogueStore) -> dict[str, object]:
    """Return what a letter says, as values of its message."""
    rollup = _rollup(catalogue, package.statement.in_reply_to)
    told: dict[str, object] = {
        "name": package.statement.package,
        "rollup": rollup.name if rollup is not None else "",
    }
    lines = list(package.iter_records())
    if package.statement.type == "review":
        queries = [cast("dict[str, object]", x["values"]) for x in lines if x["form"] == "query"]
        opened = [msgspec.convert(each, QueryLine).state == "open" for each in queries]
        return told | {"count": sum(opened)}
    if len(lines) != 1:
        raise RecordInvalid(_RECORDS, f"receipt: {len(lines)}", package.path.name)
    receipt = msgspec.convert(lines[0]["values"], ReceiptLine)
    if receipt.package != package.statement.in_reply_to:
        raise RecordInvalid(_RECORDS, "receipt/package", package.path.name)
    return told | {"status": receipt.status, "note": receipt.note}
