"""What a workspace remembers of a package it wrote or took, and which submission is its newest."""

from __future__ import annotations

from typing import Final, Literal

from census_app.exchange.package import VerifiedPackage, WrittenPackage
from census_app.services.ports import SentPackage, WorkspaceStore

_OWN: Final = frozenset({"submission", "contribution"})
"""Packages a department sends; it may take its own back to know how far it went."""


def is_own(store: WorkspaceStore, type_: str, sender: str) -> bool:
    """Say whether a package is one of this file's own, and of use to it."""
    own = type_ in _OWN and sender == store.facts().department_code
    return own and store.keeping.standing().state == "restored"


def remembered(
    package: VerifiedPackage | WrittenPackage, at: str, *, direction: Literal["sent", "received"]
) -> SentPackage:
    """Return the entry for the correspondence; status and note of a receipt are the caller's.

    Args:
        at: When it was written or taken, UTC.
    """
    statement = package.statement
    return SentPackage(
        direction=direction,
        identity=package.identity,
        type=statement.type,
        name=statement.package,
        sequence=statement.sequence,
        previous=statement.previous,
        created=statement.created,
        at=at,
        counts={form: ops.get("put", 0) for form, ops in package.counts.items()},
        sender=statement.sender,
        audience=statement.audience,
        in_reply_to=statement.in_reply_to,
    )


def submissions(store: WorkspaceStore) -> list[SentPackage]:
    """Return the submissions that a file knows of, by their numbers: one may be learned of after a later one."""
    sent = [p for p in store.packages() if p.direction == "sent" and p.type == "submission"]
    return sorted(sent, key=lambda package: package.sequence)


def newest_submission(store: WorkspaceStore) -> SentPackage | None:
    """Return the submission with the highest number, or None before the first."""
    sent = submissions(store)
    return sent[-1] if sent else None
