"""Forks: two packages of one number, laid before a person who decides which of them stands (security §6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from census_app.domain import chain
from census_app.domain.chain import Decision
from census_app.errors import UserError
from census_app.services.deciding import Decided, decide, require_reason, settled
from census_app.services.lookup import department_names
from census_app.services.ports import CatalogueStore, Clock, PackageFacts
from census_app.services.progress import Progress

_IN_QUESTION: Final = frozenset({"fork", "merged", "set_aside"})


@dataclass(frozen=True, slots=True)
class Fork:
    """Packages of one department and one number, or one that does not follow what stands before it.

    Attributes:
        sides: The packages, by identity; `services.comparing.compare_sides` lays two of them side by side.
        chosen: Identity of the side that stands, empty while nobody decided.
        named: Identities of the sides that decisions in force name; two of them cancel each other out.
        decisions: Decisions that bear on it and are not superseded.
    """

    department: str
    department_name: str
    sequence: int
    sides: tuple[PackageFacts, ...]
    chosen: str
    named: tuple[str, ...]
    decisions: tuple[Decision, ...]

    @property
    def subject(self) -> str:
        """Return what a `fork` decision about it names as its subject."""
        return f"{self.department}:{self.sequence}"


def forks(catalogue: CatalogueStore, *, decided: bool = False) -> list[Fork]:
    """Return the forks that wait for a person, by department and number.

    Args:
        decided: Return the decided ones as well, so that somebody can change their mind.
    """
    decisions = catalogue.decisions()
    names = department_names(catalogue)
    packages = catalogue.packages()
    aside = {p.identity for p in packages if p.state == "set_aside"}
    groups: dict[tuple[str, int], list[PackageFacts]] = {}
    for package in packages:
        if package.state in _IN_QUESTION and package.previous not in aside:
            groups.setdefault((package.department, package.sequence), []).append(package)
    found = [
        _fork(department, names.get(department, department), sides, decisions)
        for (department, _sequence), sides in sorted(groups.items())
        if len(sides) > 1 or sides[0].state == "fork"
    ]
    return [fork for fork in found if decided or not fork.chosen]


def fork_at(catalogue: CatalogueStore, department: str, sequence: int) -> Fork:
    """Return a department's fork at a number, decided or not.

    Raises:
        UserError: `FORK_NONE`.
    """
    for fork in forks(catalogue, decided=True):
        if (fork.department, fork.sequence) == (department, sequence):
            return fork
    raise UserError("FORK_NONE", department=department, sequence=sequence)


def choose_side(
    catalogue: CatalogueStore,
    fork: Fork,
    identity: str,
    reason: str,
    *,
    actor: str,
    clock: Clock,
    progress: Progress | None = None,
) -> Decided:
    """Decide which side of a fork stands; it supersedes every earlier decision that names a side.

    Raises:
        UserError: `DECISION_REASON`; `FORK_NONE`, it is none any more; `FORK_SIDE`, not one of its packages.
    """
    text = require_reason(reason)
    now = fork_at(catalogue, fork.department, fork.sequence)
    if identity not in {side.identity for side in now.sides}:
        raise UserError("FORK_SIDE", given=identity[:16], sequence=fork.sequence)
    decision = decide(
        catalogue,
        "fork",
        now.subject,
        identity,
        text,
        actor=actor,
        clock=clock,
        supersedes=[d.id for d in now.decisions if d.kind == "fork" or d.subject != identity],
    )
    return settled(catalogue, [decision], identity, clock, progress)


def _fork(
    department: str, name: str, sides: Sequence[PackageFacts], decisions: Sequence[Decision]
) -> Fork:
    ids = {side.identity for side in sides}
    sequence = sides[0].sequence
    bearing = tuple(
        d
        for d in chain.standing(decisions)
        if (d.kind == "fork" and d.subject == f"{department}:{sequence}")
        or (d.kind == "accept" and d.subject in ids)
    )
    return Fork(
        department,
        name,
        sequence,
        sides=tuple(sorted(sides, key=lambda side: side.identity)),
        chosen=next((side.identity for side in sides if side.state == "merged"), ""),
        named=tuple(sorted(chain.accepted_packages(decisions) & ids)),
        decisions=bearing,
    )
