"""A department's chain of submissions: which packages stand, which wait, where it forks (security §6).

Pure functions of sets: the order of arrival and repetitions have no influence. Not responsible for merging records.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from census_app.domain.holdings import PackageState

BEGINNING: Final = "0" * 64
"""What the first package of a chain names as its previous one."""


DecisionKind = Literal[
    "fork",
    "override",
    "accept",
    "return",
    "duplicate",
    "release",
    "code",
    "query",
    "audit",
    "publish",
    "withdraw",
    "confirm",
    "explanation",
    "similarity",
    "source",
    "expect",
]
DECISION_KINDS: Final[tuple[DecisionKind, ...]] = get_args(DecisionKind)


@dataclass(frozen=True, slots=True)
class Link:
    """What the chain needs of a package.

    Attributes:
        quarantined: Held back, because nobody vouches for its signer yet.
        form_unknown: Held back, because nothing here knows the form set it was filled with.
        signer: Serial of the signer's certificate, for cut points; empty where it is not known.
    """

    identity: str
    sequence: int
    previous: str
    quarantined: bool = False
    form_unknown: bool = False
    signer: str = ""


@dataclass(frozen=True, slots=True)
class Cut:
    """Up to where a revoked certificate's statements stand: exactly those on the chain that ends in `head`.

    Attributes:
        last_sequence: Sequence of `head`; 0 with zeros for a certificate that never counted.
    """

    last_sequence: int
    head: str


@dataclass(frozen=True, slots=True)
class Chain:
    """The chain of a department.

    Attributes:
        packages: Identities of the packages that stand, first to last.
        states: State of every package, by identity.
    """

    packages: tuple[str, ...]
    states: Mapping[str, PackageState]


@dataclass(frozen=True, slots=True)
class Decision:
    """An entry of the ledger (security §7). Entries are only ever added; a later one may supersede earlier ones.

    Attributes:
        id: SHA-256 of the canonical JSON of all other attributes (`exchange.ledger.decision_id`), 64 hex.
        subject: What it is about; by kind: `accept`, `return`, `release`: identity of a package; `fork`:
            `<department>:<sequence>`; `confirm`: SHA-256 of a candidate certificate's text; `query`: id of the query;
            `explanation`: `<department>:<record>:<rule>:<values_sha256>`; `override`:
            `<department>:<form>:<record>:<field>`; `code`, `publish`, `withdraw`: `<department>:` and a hash;
            `audit`: see `services.audit_book`; `similarity`: `<kind>:<64 hex>` of the things and what they are
            (`domain.verdicts.subject_of`); `source`:
            `items:<64 hex>` of an item's folded name; `expect`: code of a department.
        choice: What was decided; by kind: `accept`: `accepted` or `accepted_with_comments`; `return`: `returned`;
            `fork`: identity of the side that stands; `confirm`: code of the department; `query`: canonical JSON of the
            query; `explanation`: `accepted` or `refused`; `override`, `code`, `publish`, `withdraw`: see
            `domain.corrections`; `similarity`, `source`: canonical JSON (`services.likening`); `expect`: canonical
            JSON (`services.expecting`).
        reason: In the person's words; of a receipt, what the department reads.
        actor: Name of the person; `coordinator` is the code under which the ledger is signed.
    """

    id: str
    kind: DecisionKind
    subject: str
    choice: str
    reason: str
    actor: str
    coordinator: str
    created: str
    supersedes: tuple[str, ...] = ()


def decide(
    links: Iterable[Link],
    accepted: frozenset[str] = frozenset(),
    cuts: Mapping[str, Cut] | None = None,
) -> Chain:
    """Follow a department's chain as far as it is certain.

    A package joins when its sequence is exactly the next one and it names the head as previous. Two packages of one
    sequence, or a wrong previous, are a fork: the chain ends before it, unless exactly one of them is accepted.

    Args:
        links: The department's submissions, in any order, repetitions allowed.
        accepted: Identities that an effective decision names.
        cuts: Cut points of revoked certificates, by serial.
    """
    by_identity = {link.identity: link for link in links}
    beyond = _beyond_cuts(by_identity, cuts or {})
    states: dict[str, PackageState] = {
        i: beyond.get(i) or _held(link) or "pending" for i, link in by_identity.items()
    }
    by_sequence: dict[int, list[Link]] = {}
    for link in by_identity.values():
        if states[link.identity] == "pending" and link.identity not in beyond:
            by_sequence.setdefault(link.sequence, []).append(link)
    packages: list[str] = []
    while True:
        candidates = _still_in_question(by_sequence.get(len(packages) + 1, ()), states)
        head = packages[-1] if packages else BEGINNING
        chosen = _chosen(candidates, head, accepted)
        for link in candidates:
            states[link.identity] = "fork" if chosen is None else "set_aside"
        if chosen is None:
            break
        states[chosen] = "merged"
        packages.append(chosen)
    for sequence in sorted(s for s in by_sequence if s > len(packages) + 1):
        _still_in_question(by_sequence[sequence], states)
    return Chain(tuple(packages), states)


def held_by_cuts(links: Iterable[Link], cuts: Mapping[str, Cut]) -> Mapping[str, PackageState]:
    """Return which packages of one chain a cut point keeps out: `revoked`, or `pending` while nobody can tell yet.

    For chains in which every package counts as soon as it is there, such as a coordinator's ledgers.
    """
    return _beyond_cuts({link.identity: link for link in links}, cuts)


def _held(link: Link) -> PackageState | None:
    if link.quarantined:
        return "quarantined"
    return "form_unknown" if link.form_unknown else None


def _beyond_cuts(
    by_identity: Mapping[str, Link], cuts: Mapping[str, Cut]
) -> dict[str, PackageState]:
    """Return which links a cut point keeps out: for ever, or until the chain below it has arrived (security §5)."""
    found: dict[str, PackageState] = {}
    for serial, cut in cuts.items():
        standing, lowest = _down_from(cut, by_identity)
        for link in by_identity.values():
            if link.signer == serial and link.identity not in standing:
                decided = link.sequence > cut.last_sequence or link.sequence >= lowest
                found[link.identity] = "revoked" if decided else "pending"
    return found


def _down_from(cut: Cut, by_identity: Mapping[str, Link]) -> tuple[set[str], int]:
    """Return the identities on the chain that ends in the cut, and the lowest sequence that is certain."""
    standing, identity, sequence = set(), cut.head, cut.last_sequence
    while sequence > 0:
        standing.add(identity)
        link = by_identity.get(identity)
        if link is None:
            return standing, sequence
        identity, sequence = link.previous, sequence - 1
    return standing, 0


def _still_in_question(links: Iterable[Link], states: dict[str, PackageState]) -> list[Link]:
    """Set the descendants of what is set aside aside as well; return the others."""
    rest = []
    for link in links:
        if states.get(link.previous) == "set_aside":
            states[link.identity] = "set_aside"
        else:
            rest.append(link)
    return rest


def _chosen(candidates: Sequence[Link], head: str, accepted: frozenset[str]) -> str | None:
    named = [link.identity for link in candidates if link.identity in accepted]
    if len(named) == 1:
        return named[0]
    if len(candidates) == 1 and candidates[0].previous == head:
        return candidates[0].identity
    return None


def effective(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Return the decisions in force, by id: not superseded, and not contested by another choice on the same subject."""
    topics = _topics(decisions)
    return tuple(
        sorted(
            (d for group in topics.values() if len(_choices(group)) == 1 for d in group),
            key=lambda d: d.id,
        )
    )


def standing(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Return the decisions that no other supersedes, contested ones included, by id."""
    return tuple(
        sorted((d for group in _topics(decisions).values() for d in group), key=lambda d: d.id)
    )


def contested(decisions: Iterable[Decision]) -> tuple[tuple[Decision, ...], ...]:
    """Return the groups of decisions of which none applies until a person supersedes them, by subject."""
    topics = _topics(decisions)
    return tuple(tuple(topics[t]) for t in sorted(topics) if len(_choices(topics[t])) > 1)


def _topics(decisions: Iterable[Decision]) -> dict[tuple[str, str], list[Decision]]:
    """Group what is not superseded by what it is about; whether a package is accepted or returned is one matter."""
    by_id = {decision.id: decision for decision in decisions}
    superseded = {old for decision in by_id.values() for old in decision.supersedes}
    topics: dict[tuple[str, str], list[Decision]] = {}
    for identity in sorted(by_id.keys() - superseded):
        decision = by_id[identity]
        kind = "accept" if decision.kind == "return" else decision.kind
        topics.setdefault((kind, decision.subject), []).append(decision)
    return topics


def _choices(group: Iterable[Decision]) -> set[tuple[str, str]]:
    return {(decision.kind, decision.choice) for decision in group}


def accepted_packages(decisions: Iterable[Decision]) -> frozenset[str]:
    """Return the packages that decisions in force put on the chain: `accept` by subject, `fork` by choice."""
    named = set()
    for decision in effective(decisions):
        if decision.kind == "accept":
            named.add(decision.subject)
        elif decision.kind == "fork":
            named.add(decision.choice)
    return frozenset(named)


def released_packages(decisions: Iterable[Decision]) -> frozenset[str]:
    """Return the packages that decisions in force let out of quarantine."""
    return frozenset(d.subject for d in effective(decisions) if d.kind == "release")


def confirmed_candidates(decisions: Iterable[Decision]) -> Mapping[str, str]:
    """Return the candidate certificates that decisions in force confirm: SHA-256 of its text → department."""
    return {d.subject: d.choice for d in effective(decisions) if d.kind == "confirm"}
