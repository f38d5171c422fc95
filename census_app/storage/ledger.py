"""The ledger of a catalogue: decisions, only ever added (security §7)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Final

from sqlalchemy import Connection

from census_app.domain.chain import Decision, DecisionKind
from census_app.storage.rows import json_text

_COLUMNS: Final = "id, kind, subject, choice, reason, actor, coordinator, created, supersedes"


def append(connection: Connection, decision: Decision, source: str = "") -> bool:
    """Add a decision; False when it is already there. `source` is the ledger package it came with, empty for ours.

    What we decided ourselves is ours, even where a ledger brought it first.
    """
    known = connection.exec_driver_sql(
        "SELECT source FROM decision WHERE id = ?", (decision.id,)
    ).scalar()
    if known is not None:
        if known and not source:
            connection.exec_driver_sql(
                "UPDATE decision SET source = '' WHERE id = ?", (decision.id,)
            )
        return False
    connection.exec_driver_sql(
        f"INSERT INTO decision ({_COLUMNS}, source) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            decision.id,
            decision.kind,
            decision.subject,
            decision.choice,
            decision.reason,
            decision.actor,
            decision.coordinator,
            decision.created,
            json_text(list(decision.supersedes)),
            source,
        ),
    )
    return True


def read(connection: Connection, kinds: Collection[DecisionKind] = ()) -> list[Decision]:
    """Return all decisions, or those of some kinds, by id."""
    where = f" WHERE kind IN ({', '.join('?' * len(kinds))})" if kinds else ""
    rows = connection.exec_driver_sql(
        f"SELECT {_COLUMNS} FROM decision{where} ORDER BY id", tuple(sorted(kinds))
    )
    return [
        Decision(**dict(row) | {"supersedes": tuple(json.loads(row["supersedes"]))})
        for row in rows.mappings()
    ]


def forget(connection: Connection, source: str) -> int:
    """Take away the decisions that a ledger package brought, because its signer is revoked; return how many."""
    statement = "DELETE FROM decision WHERE source = ?"
    return int(connection.exec_driver_sql(statement, (source,)).rowcount)


def restate(
    connection: Connection, refused: Iterable[str], standing: Iterable[tuple[str, Decision]]
) -> bool:
    """Take away what only refused ledgers said, and add what standing ones say; True when the ledger has changed.

    Args:
        refused: Identities of ledger packages.
        standing: Identity of a ledger package and a decision it carries, for all of them.
    """
    before = _ids(connection)
    for source in refused:
        forget(connection, source)
    for source, decision in standing:
        append(connection, decision, source)
    return _ids(connection) != before


def _ids(connection: Connection) -> list[str]:
    return list(connection.exec_driver_sql("SELECT id FROM decision ORDER BY id").scalars())
