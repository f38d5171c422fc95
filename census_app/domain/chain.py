"""A department's chain of submissions: which packages stand, which wait, where it forks (security §6).

Pure functions of sets: the order of arrival and repetitions have no influence. Not responsible for merging records.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from census_app.domain.holdings import PackageState

BEGINNING: Final = "0" * 64
"""What the first package of a chain names as its previous one."""


@dataclass(frozen=True, slots=True)
class Link:
    """What the chain needs of a package.

    Attributes:
        quarantined: Held back, because nobody vouches for its signer yet.
    """

    identity: str
    sequence: int
    previous: str
    quarantined: bool = False


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
    """An entry of the ledger; `id` is the SHA-256 of its canonical JSON (security §7)."""

    id: str
    kind: str
    subject: str
    choice: str
    reason: str
    actor: str
    coordinator: str
    created: str
    supersedes: tuple[str, ...] = ()


def decide(links: Iterable[Link], accepted: frozenset[str] = frozenset()) -> Chain:
    """Follow a department's chain as far as it is certain.

    A package joins when its sequence is exactly the next one and it names the head as previous. Two packages of one
    sequence, or a wrong previous, are a fork: the chain ends before it, unless exactly one of them is accepted.

    Args:
        links: The department's submissions, in any order, repetitions allowed.
        accepted: Identities that an effective decision names.
    """
    by_identity = {link.identity: link for link in links}
    states: dict[str, PackageState] = {
        i: "quarantined" if link.quarantined else "pending" for i, link in by_identity.items()
    }
    by_sequence: dict[int, list[Link]] = {}
    for link in by_identity.values():
        if not link.quarantined:
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
    by_id = {decision.id: decision for decision in decisions}
    superseded = {old for decision in by_id.values() for old in decision.supersedes}
    standing = [by_id[i] for i in sorted(by_id) if i not in superseded]
    choices: dict[tuple[str, str], set[str]] = {}
    for decision in standing:
        choices.setdefault((decision.kind, decision.subject), set()).add(decision.choice)
    return tuple(d for d in standing if len(choices[(d.kind, d.subject)]) == 1)


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
