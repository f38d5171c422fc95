"""Contested matters: what coordinators working apart decided differently, and the one decision that settles it.

None of the contradicting decisions applies until a person supersedes them all (security §7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from census_app.domain import chain
from census_app.domain.chain import Decision, DecisionKind
from census_app.errors import UserError
from census_app.services.deciding import Decided, decide, require_reason, settled
from census_app.services.forking import choose_side, forks
from census_app.services.lookup import department_names
from census_app.services.ports import CatalogueStore, Clock, PackageFacts
from census_app.services.progress import Progress

_OF_PACKAGES: Final = frozenset({"accept", "release"})


@dataclass(frozen=True, slots=True)
class ContestedSide:
    """One of the answers to a contested matter, with the decisions that give it."""

    kind: DecisionKind
    choice: str
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class ContestedMatter:
    """A subject on which decisions in force contradict each other, so that none applies (security §7).

    Attributes:
        kind: Of the decisions; acceptance and return are one matter, `accept`.
        department: Code and name of the department it is about, empty where it is about none.
        package: Name of the package it is about, or empty.
    """

    kind: DecisionKind
    subject: str
    sides: tuple[ContestedSide, ...]
    department: str = ""
    department_name: str = ""
    sequence: int = 0
    package: str = ""


def contested(catalogue: CatalogueStore) -> list[ContestedMatter]:
    """Return what coordinators decided differently, by kind and subject; none of it applies until it is settled."""
    decisions = catalogue.decisions()
    packages = {p.identity: p for p in catalogue.packages()}
    names = department_names(catalogue)
    matters: dict[tuple[str, str], ContestedMatter] = {}
    for group in chain.contested(decisions):
        kind: DecisionKind = "accept" if group[0].kind == "return" else group[0].kind
        matter = ContestedMatter(kind, group[0].subject, _sides(group))
        matters[kind, matter.subject] = _placed(matter, packages, names)
    for fork in forks(catalogue):
        if len(fork.named) > 1:
            group = tuple(
                replace(d, kind="fork", choice=d.subject) if d.kind == "accept" else d
                for d in fork.decisions
            )
            matter = ContestedMatter("fork", fork.subject, _sides(group))
            matters["fork", fork.subject] = _placed(matter, packages, names)
    return [matters[key] for key in sorted(matters)]


def settle(
    catalogue: CatalogueStore,
    matter: ContestedMatter,
    choice: str,
    reason: str,
    *,
    actor: str,
    clock: Clock,
    progress: Progress | None = None,
) -> Decided:
    """Settle a contested matter: one decision that supersedes all that contradict each other.

    Args:
        choice: The choice of one of the matter's sides; of a fork the identity of the side that stands.

    Raises:
        UserError: `DECISION_REASON`; `SETTLE_NONE`, it is not contested any more; `SETTLE_CHOICE`, not one of the
            choices; of a fork as `choose_side`.
    """
    text = require_reason(reason)
    current = {(m.kind, m.subject): m for m in contested(catalogue)}
    now = current.get((matter.kind, matter.subject))
    if now is None:
        raise UserError("SETTLE_NONE", subject=matter.subject[:80])
    fork = next(
        (f for f in forks(catalogue) if ("fork", f.subject) == (now.kind, now.subject)), None
    )
    if fork is not None:
        return choose_side(
            catalogue, fork, choice, text, actor=actor, clock=clock, progress=progress
        )
    side = next((side for side in now.sides if side.choice == choice), None)
    if side is None:
        raise UserError("SETTLE_CHOICE", given=choice[:80])
    decision = decide(
        catalogue,
        side.kind,
        now.subject,
        choice,
        text,
        actor=actor,
        clock=clock,
        supersedes=[d.id for each in now.sides for d in each.decisions],
    )
    about = now.subject if now.package else ""
    return settled(catalogue, [decision], about, clock, progress)


def _sides(group: Sequence[Decision]) -> tuple[ContestedSide, ...]:
    by_choice: dict[tuple[DecisionKind, str], list[Decision]] = {}
    for decision in group:
        by_choice.setdefault((decision.kind, decision.choice), []).append(decision)
    return tuple(
        ContestedSide(kind, choice, tuple(by_choice[kind, choice]))
        for kind, choice in sorted(by_choice)
    )


def _placed(
    matter: ContestedMatter, packages: dict[str, PackageFacts], names: dict[str, str]
) -> ContestedMatter:
    """Say which department and package a matter is about."""
    department, sequence, package = "", 0, ""
    if matter.kind in _OF_PACKAGES and matter.subject in packages:
        found = packages[matter.subject]
        department, sequence, package = found.department, found.sequence, found.name
    elif matter.kind in {"fork", "explanation"}:
        department, _, rest = matter.subject.partition(":")
        sequence = int(rest) if matter.kind == "fork" and rest.isdecimal() else 0
    return replace(
        matter,
        department=department,
        department_name=names.get(department, department),
        sequence=sequence,
        package=package,
    )
