"""See at a glance how far the review of each department is, and what went to and fro (security §6).

Everything is derived from packages, letters and decisions. Nothing is decided or written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from census_app.domain import chain
from census_app.domain.chain import Decision
from census_app.domain.holdings import PackageFacts, PackageState
from census_app.services.judging import subject_of
from census_app.services.ports import CatalogueStore, Clock
from census_app.services.querying import QueryState, queries_of, round_of
from census_app.services.reviewing import newest_merged

Verdict = Literal["", "accepted", "accepted_with_comments", "returned", "contested"]
_VERDICTS: Final[Mapping[str, Verdict]] = {
    "accepted": "accepted",
    "accepted_with_comments": "accepted_with_comments",
    "returned": "returned",
}
_LETTERS: Final = ("review", "receipt")


@dataclass(frozen=True, slots=True)
class ReviewSummary:
    """How far the review of a department is.

    Attributes:
        newest: The package its records stand for; None before the first is merged.
        verdict: What was decided about that package: empty for nothing yet, `contested` for contradicting decisions.
        told: A receipt that says so was written here.
        said: The decisions that say so.
        queries: Number of queries by state.
        explained: Explained warnings of that package; `undecided` of them wait for a verdict.
    """

    department: str
    name: str
    round: int
    newest: PackageFacts | None
    verdict: Verdict
    told: bool
    queries: Mapping[QueryState, int]
    explained: int
    undecided: int
    said: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class Exchanged:
    """One package that went to or came from a department.

    Attributes:
        at: When it was received, or written.
        verdict: Of a receipt: what it says; `note` likewise.
    """

    at: str
    type: str
    direction: Literal["received", "sent"]
    sequence: int
    name: str
    identity: str
    sender: str
    state: PackageState
    in_reply_to: str = ""
    verdict: Verdict = ""
    note: str = ""


def review_summary(
    catalogue: CatalogueStore, department: str, *, clock: Clock, name: str = ""
) -> ReviewSummary:
    """Return how far the review of a department is.

    The rules run over its records only when an unsettled query is bound to one.

    Args:
        name: The department's, for who has the roster at hand; else it is looked up.
    """
    decisions = chain.standing(catalogue.decisions())
    newest = newest_merged(catalogue, department)
    said = _said_of(decisions, newest)
    verdict = _verdict(said)
    counts: dict[QueryState, int] = {}
    for standing in queries_of(catalogue, department, clock=clock):
        counts[standing.state] = counts.get(standing.state, 0) + 1
    judged = {d.subject for d in chain.effective(decisions) if d.kind == "explanation"}
    subjects = [subject_of(department, each) for each in catalogue.explained(department)]
    if not name:
        names = {entry.code: entry.name for entry in catalogue.roster()}
        name = names.get(department, department)
    return ReviewSummary(
        department=department,
        name=name,
        round=round_of(catalogue, department),
        newest=newest,
        verdict=verdict,
        told=newest is not None and _is_told(catalogue, department, newest.identity),
        queries=counts,
        explained=len(subjects),
        undecided=sum(subject not in judged for subject in subjects),
        said=said,
    )


def exchanged(catalogue: CatalogueStore, department: str) -> list[Exchanged]:
    """Return what a department handed in and what was written to it, the newest first."""
    decisions = [d for d in catalogue.decisions() if d.kind in {"accept", "return"}]
    letters = [p for p in catalogue.letters(department=department) if p.type in _LETTERS]
    found = [_exchanged(each, decisions) for each in (*catalogue.packages(department), *letters)]
    return sorted(found, key=lambda each: (each.at, each.type, each.sequence), reverse=True)


def _said_of(decisions: Iterable[Decision], newest: PackageFacts | None) -> tuple[Decision, ...]:
    """Return what stands of a package, the oldest first."""
    identity = newest.identity if newest is not None else ""
    found = (d for d in decisions if d.kind in {"accept", "return"} and d.subject == identity)
    return tuple(sorted(found, key=lambda d: (d.created, d.id)))


def _verdict(said: Iterable[Decision]) -> Verdict:
    choices = {decision.choice for decision in said}
    return "contested" if len(choices) > 1 else _VERDICTS.get(next(iter(choices), ""), "")


def _is_told(catalogue: CatalogueStore, department: str, identity: str) -> bool:
    letters = catalogue.letters(type_="receipt", department=department)
    return any(each.in_reply_to == identity for each in letters)


def _exchanged(package: PackageFacts, decisions: Iterable[Decision]) -> Exchanged:
    said = None
    if package.type == "receipt":
        # A receipt says what was decided when it was written; a later decision has a receipt of its own.
        earlier = [
            d
            for d in decisions
            if d.subject == package.in_reply_to and d.created <= package.created
        ]
        said = max(earlier, key=lambda d: (d.created, d.id), default=None)
    return Exchanged(
        at=package.received_at,
        type=package.type,
        direction=package.direction,
        sequence=package.sequence,
        name=package.name,
        identity=package.identity,
        sender=package.sender or package.department,
        state=package.state,
        in_reply_to=package.in_reply_to,
        verdict=_VERDICTS.get(said.choice, "") if said is not None else "",
        note=said.reason if said is not None else "",
    )
