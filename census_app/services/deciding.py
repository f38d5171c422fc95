"""Decide: write an entry of the ledger in the coordinator's name (security §7)."""

from __future__ import annotations

from collections.abc import Iterable

from census_app.domain.chain import Decision, DecisionKind
from census_app.errors import UserError
from census_app.exchange.certificate_facts import read_certificate
from census_app.exchange.ledger import with_id
from census_app.services.lookup import stamp
from census_app.services.ports import CatalogueStore, Clock


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
    """Add a decision to the ledger and return it.

    Args:
        supersedes: Ids of the decisions it takes the place of.

    Raises:
        UserError: `NOT_COORDINATOR`, nobody signs for this catalogue yet.
    """
    pem = catalogue.coordinator_certificate()
    if not pem:
        raise UserError("NOT_COORDINATOR")
    decision = with_id(
        Decision(
            id="",
            kind=kind,
            subject=subject,
            choice=choice,
            reason=reason,
            actor=actor,
            coordinator=read_certificate(pem.encode("ascii")).code,
            created=stamp(clock.now()),
            supersedes=tuple(sorted(supersedes)),
        )
    )
    catalogue.append_decision(decision)
    return decision
