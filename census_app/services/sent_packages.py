"""What a workspace remembers of a package it wrote or took, from what the package says of itself."""

from __future__ import annotations

from typing import Literal

from census_app.exchange.package import VerifiedPackage, WrittenPackage
from census_app.services.ports import SentPackage


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
