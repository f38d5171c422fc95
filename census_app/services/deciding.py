"""Decide what no program may: what is accepted or returned, what is let out of quarantine (security §6, §7).

A decision is an entry of the ledger and is never taken back; a later one supersedes it. Whoever decides merges again
what stands then, because a decision may move a chain. Forks are `forking`'s, contested matters `settling`'s, exchanging
the ledger is `ledgers`'.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from census_app.domain import chain
from census_app.domain.chain import Decision, DecisionKind
from census_app.domain.review import ReceiptStatus
from census_app.errors import UserError
from census_app.exchange import reserved
from census_app.exchange.ledger import decision_values, with_id
from census_app.exchange.paper import typed_digits
from census_app.services.lookup import stamp
from census_app.services.meanwhile import require_seen
from census_app.services.ports import CatalogueStore, Clock, PackageFacts
from census_app.services.progress import Progress
from census_app.services.receiving import release

ACTOR_LENGTH: Final = 100
MINIMUM_REASON: Final = 2
"""Characters a reason has at least."""

_VERDICTS: Final = frozenset({"accept", "return"})
_CONTROLS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person's act added to the ledger, and what followed.

    Attributes:
        decisions: In the order they were made.
        merged: Names of the packages that were merged because of it, in order.
        package: The package it is about as it stands now, where it is about one.
    """

    decisions: tuple[Decision, ...]
    merged: tuple[str, ...] = ()
    package: PackageFacts | None = None


def decide(
    catalogue: CatalogueStore,
    kind: DecisionKind,
    subject: str,
    choice: str,
    reason: str,
    *,
    actor: str,
    clock: Clock,
    supersedes: Iterable[str] = (),
) -> Decision:
    """Append a decision of this catalogue's coordinator to the ledger and return it.

    What follows for the form tables is `settle_after`'s.

    Args:
        subject, choice: See `domain.chain.Decision`.
        reason: In the person's words; line breaks become LF, control characters vanish.
        supersedes: Ids of the decisions it takes the place of.

    Raises:
        UserError: `NOT_COORDINATOR`, the catalogue has no coordinator under whose name it could be exchanged;
            `DECISION_INVALID`, something is too long to travel.
    """
    decision = drafted(
        catalogue, kind, subject, choice, reason, actor=actor, clock=clock, supersedes=supersedes
    )
    catalogue.append_decision(decision)
    return decision


def drafted(
    catalogue: CatalogueStore,
    kind: DecisionKind,
    subject: str,
    choice: str,
    reason: str,
    *,
    actor: str,
    clock: Clock,
    supersedes: Iterable[str] = (),
) -> Decision:
    """Return what `decide` appends, for whoever appends several decisions at once."""
    coordinator = catalogue.facts().coordinator_code
    if not coordinator:
        raise UserError("NOT_COORDINATOR")
    decision = with_id(
        Decision(
            id="",
            kind=kind,
            subject=subject,
            choice=choice,
            reason=legible(reason),
            actor=legible(actor)[:ACTOR_LENGTH],
            coordinator=coordinator,
            created=stamp(clock.now()),
            supersedes=tuple(sorted(set(supersedes))),
        )
    )
    fault = reserved.fault("decision", decision_values(decision))
    if fault is not None:
        raise UserError("DECISION_INVALID", detail=fault)
    return decision


def settle_after(
    catalogue: CatalogueStore,
    departments: Iterable[str] | None = None,
    *,
    clock: Clock,
    progress: Progress | None = None,
) -> tuple[str, ...]:
    """Merge what stands and is not in the form tables, and return the names of the packages, by department.

    Args:
        departments: Codes of those that may be affected; None looks at all.
    """
    heads = {entry.code: entry.head_sequence for entry in catalogue.roster()}
    behind = {
        package.department
        for package in catalogue.packages()
        # A colleague may have let a department in since the roster was read.
        if package.state == "merged" and package.sequence == heads.get(package.department, 0) + 1
    }
    wanted = behind if departments is None else behind & set(departments)
    merged: list[str] = []
    for department in sorted(wanted):
        merged += release(catalogue, department, clock=clock, progress=progress or Progress())
    return tuple(merged)


# -- one package -------------------------------------------------------------------------------------------------------


def accept_package(
    catalogue: CatalogueStore,
    identity: str,
    comments: str = "",
    *,
    actor: str,
    clock: Clock,
    progress: Progress | None = None,
) -> Decided:
    """Accept a package; of a fork it is the side that stands then.

    Args:
        comments: What the department should know; with them it is `accepted_with_comments`.

    Raises:
        UserError: `PACKAGE_UNKNOWN`; `PACKAGE_REVOKED`; `PACKAGE_QUARANTINED`, confirm the key or release it first;
            `PACKAGE_SET_ASIDE`, the other side of its fork was chosen.
    """
    package = _acceptable(catalogue, identity)
    if package.state == "quarantined":
        raise UserError("PACKAGE_QUARANTINED", package=package.name)
    made = judge(catalogue, package, _accepted(comments), comments, actor=actor, clock=clock)
    return settled(catalogue, made, identity, clock, progress)


def return_package(
    catalogue: CatalogueStore,
    identity: str,
    comments: str,
    *,
    actor: str,
    clock: Clock,
    progress: Progress | None = None,
) -> Decided:
    """Return a package to its department; it stays merged, and the next round begins.

    Raises:
        UserError: `DECISION_REASON`; `PACKAGE_UNKNOWN`.
    """
    text = require_reason(comments)
    package = _package(catalogue, identity)
    made = judge(catalogue, package, "returned", text, actor=actor, clock=clock)
    return settled(catalogue, made, identity, clock, progress)


def set_released(
    catalogue: CatalogueStore,
    identity: str,
    reason: str,
    *,
    actor: str,
    clock: Clock,
    progress: Progress | None = None,
) -> Decided:
    """Let one package out of quarantine although its signer's key is not confirmed.

    Raises:
        UserError: `DECISION_REASON`; `PACKAGE_UNKNOWN`; `PACKAGE_NOT_HELD`, it is not in quarantine.
    """
    text = require_reason(reason)
    package = _package(catalogue, identity)
    if package.state != "quarantined":
        raise UserError("PACKAGE_NOT_HELD", package=package.name)
    decision = decide(catalogue, "release", identity, "released", text, actor=actor, clock=clock)
    return settled(catalogue, [decision], identity, clock, progress)


def find_by_digest(catalogue: CatalogueStore, typed: str) -> PackageFacts:
    """Return the received package whose digest begins as typed or scanned from the stamped page.

    Args:
        typed: At least 16 hex digits in any grouping, or all 64, or what a scanner reads from the cover's QR code.

    Raises:
        UserError: `DIGEST_CHARACTERS`, `DIGEST_SHORT`; `DIGEST_UNKNOWN`, no such package has arrived;
            `DIGEST_AMBIGUOUS`, several begin so.
    """
    digits = typed_digits(typed)
    found = [p for p in catalogue.packages() if p.identity.startswith(digits)]
    if not found:
        raise UserError("DIGEST_UNKNOWN", digest=digits[:16])
    if len(found) > 1:
        raise UserError("DIGEST_AMBIGUOUS", digest=digits[:16], count=len(found))
    return found[0]


def accept_by_digest(
    catalogue: CatalogueStore,
    typed: str,
    comments: str = "",
    *,
    actor: str,
    clock: Clock,
    progress: Progress | None = None,
    seen: Collection[str] | None = None,
) -> Decided:
    """Accept the package that a stamped page names.

    The seal vouches for the digest, hence for the package: one in quarantine is released by the same act, and of a
    fork the named side stands.

    Raises:
        UserError: As `find_by_digest` and `accept_package`.
        SaidMeanwhile: As `judge`.
    """
    package = _acceptable(catalogue, find_by_digest(catalogue, typed).identity)
    decisions = []
    if package.state == "quarantined":
        decisions.append(
            decide(
                catalogue,
                "release",
                package.identity,
                "released",
                comments,
                actor=actor,
                clock=clock,
            )
        )
    decisions += judge(
        catalogue, package, _accepted(comments), comments, actor=actor, clock=clock, seen=seen
    )
    return settled(catalogue, decisions, package.identity, clock, progress)


def _package(catalogue: CatalogueStore, identity: str) -> PackageFacts:
    for package in catalogue.packages():
        if package.identity == identity:
            return package
    raise UserError("PACKAGE_UNKNOWN", package=identity[:16])


def _acceptable(catalogue: CatalogueStore, identity: str) -> PackageFacts:
    package = _package(catalogue, identity)
    if package.state == "revoked":
        raise UserError("PACKAGE_REVOKED", package=package.name)
    if package.state == "set_aside":
        raise UserError("PACKAGE_SET_ASIDE", package=package.name)
    return package


def _accepted(comments: str) -> ReceiptStatus:
    return "accepted_with_comments" if comments.strip() else "accepted"


def judge(
    catalogue: CatalogueStore,
    package: PackageFacts,
    status: ReceiptStatus,
    comments: str,
    *,
    actor: str,
    clock: Clock,
    seen: Collection[str] | None = None,
) -> list[Decision]:
    """Accept or return a package in the place of whatever was said of it before.

    A side of a fork that stands because it was accepted goes on to stand when it is returned: a decision says so that
    nothing supersedes here. What follows for the form tables is `settle_after`'s.

    Args:
        seen: Ids of the decisions the person knows; None when whatever was said is to be replaced.

    Raises:
        SaidMeanwhile: A colleague has said something of it that the person has not seen.
    """
    kind: DecisionKind = "return" if status == "returned" else "accept"
    made = []
    with catalogue.holding(package.department):
        standing = chain.standing(catalogue.decisions())
        before = [d for d in standing if d.kind in _VERDICTS and d.subject == package.identity]
        require_seen(before, seen)
        if kind == "return" and _stands_by_acceptance(catalogue, package, standing):
            subject = f"{package.department}:{package.sequence}"
            made.append(
                decide(
                    catalogue, "fork", subject, package.identity, comments, actor=actor, clock=clock
                )
            )
        made.append(
            decide(
                catalogue,
                kind,
                package.identity,
                status,
                comments,
                actor=actor,
                clock=clock,
                supersedes=[d.id for d in before],
            )
        )
    return made


def _stands_by_acceptance(
    catalogue: CatalogueStore, package: PackageFacts, standing: Iterable[Decision]
) -> bool:
    """Say whether a merged package would be a fork again without the acceptance that names it."""
    if package.state != "merged" or any(
        d.kind == "fork" and d.choice == package.identity for d in standing
    ):
        return False
    packages = catalogue.packages(package.department)
    rivals = sum(p.sequence == package.sequence for p in packages) > 1
    head = next(
        (
            p.identity
            for p in packages
            if p.state == "merged" and p.sequence == package.sequence - 1
        ),
        chain.BEGINNING,
    )
    return rivals or package.previous != head


# -- shared ------------------------------------------------------------------------------------------------------------


def settled(
    catalogue: CatalogueStore,
    decisions: Sequence[Decision],
    identity: str,
    clock: Clock,
    progress: Progress | None,
) -> Decided:
    """Merge what stands after some decisions, and say how the package they are about stands."""
    merged = settle_after(catalogue, clock=clock, progress=progress)
    package = next((p for p in catalogue.packages() if p.identity == identity), None)
    return Decided(tuple(decisions), merged, package)


def legible(text: str) -> str:
    """Return a person's words as a ledger can carry them: line breaks as LF, without control characters."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def require_reason(reason: str) -> str:
    """Return the reason of a decision without blanks around it.

    Raises:
        UserError: `DECISION_REASON`, there is none.
    """
    text = reason.strip()
    if len(text) < MINIMUM_REASON:
        raise UserError("DECISION_REASON", minimum=MINIMUM_REASON)
    return text
