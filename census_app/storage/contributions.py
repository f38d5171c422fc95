"""What merging contributions needs to remember: common bases, conflicts, and which merges an undo has taken back.

Lines are kept as differences: a record has a row for a package only where its line differs from the one before, so its
line in package n is the newest row up to n. Not responsible for merging.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection

from census_app.domain.holdings import BaseLine, ConflictEntry, SentPackage
from census_app.domain.merging import Key
from census_app.storage.rows import json_text
from census_app.storage.work import Change

MERGE_SENTENCE: Final = "STEP_MERGE"
"""Sentence of the step that takes a contribution over; its params name the package's `identity`."""

_UNDONE: Final = f"""
SELECT json_extract(s.params, '$.identity') FROM step AS s
WHERE s.kind = 'do' AND s.sentence = '{MERGE_SENTENCE}'
AND s.number = (SELECT max(number) FROM step WHERE kind = 'do' AND sentence = '{MERGE_SENTENCE}'
  AND json_extract(params, '$.identity') = json_extract(s.params, '$.identity'))
AND 'undo' = (SELECT kind FROM step WHERE target = s.number ORDER BY number DESC LIMIT 1)"""

_COLUMNS: Final = (
    "id, package, form, record_id, field, base, ours, theirs, choice, reason, actor, at"
)


def undone(connection: Connection) -> frozenset[str]:
    """Return the identities of contributions whose merge is taken back at present."""
    return frozenset(connection.exec_driver_sql(_UNDONE).scalars())


def take(
    connection: Connection,
    package: SentPackage,
    lines: Iterable[BaseLine],
    found: Sequence[ConflictEntry],
) -> None:
    """Remember what a contribution that is registered says, in the transaction that takes it over."""
    peer = package.sender
    store_lines(connection, package, peer, lines)
    store_conflicts(connection, found)
    # The one before stays whole, because an undo may make it the last one again.
    prune(connection, peer, "received", package.sequence - 1)
    answered = connection.exec_driver_sql(
        "SELECT sequence FROM correspondence WHERE identity = ? AND direction = 'sent'",
        (package.in_reply_to,),
    ).scalar()
    if answered is not None:
        prune(connection, peer, "sent", answered)


# -- bases -------------------------------------------------------------------------------------------------------------

_OTHER_SIDE: Final = {"sent": "audience", "received": "sender"}


def lines_at(connection: Connection, peer: str, direction: str, sequence: int) -> dict[Key, str]:
    """Return the lines of a contribution that was sent to a peer or taken over from it, by record."""
    rows = connection.exec_driver_sql(
        "SELECT b.form, b.record_id, b.line, max(c.sequence) FROM base_line AS b "
        "JOIN correspondence AS c ON c.identity = b.identity AND c.direction = ? "
        f"WHERE c.type = 'contribution' AND c.{_OTHER_SIDE[direction]} = ? AND c.sequence <= ? "
        "AND b.identity NOT IN (SELECT value FROM json_each(?)) GROUP BY b.form, b.record_id",
        (direction, peer, sequence, json.dumps(sorted(undone(connection)))),
    )
    return {(row[0], row[1]): row[2] for row in rows}


def store_lines(
    connection: Connection, package: SentPackage, peer: str, lines: Iterable[BaseLine]
) -> None:
    """Keep what a contribution says anew; the package is registered already."""
    before = lines_at(connection, peer, package.direction, package.sequence - 1)
    connection.exec_driver_sql("DELETE FROM base_line WHERE identity = ?", (package.identity,))
    rows = [
        (package.identity, each.form, each.record, each.line)
        for each in lines
        if before.get((each.form, each.record)) != each.line
    ]
    if rows:
        connection.exec_driver_sql(
            "INSERT INTO base_line (identity, form, record_id, line) VALUES (?, ?, ?, ?)", rows
        )


def prune(connection: Connection, peer: str, direction: str, floor: int) -> None:
    """Forget rows that can no longer be a base: those that another one up to package `floor` has overtaken."""
    of_peer = (
        "base_line AS b JOIN correspondence AS c ON c.identity = b.identity "
        f"WHERE c.direction = ? AND c.{_OTHER_SIDE[direction]} = ? AND c.type = 'contribution'"
    )
    connection.exec_driver_sql(
        "DELETE FROM base_line WHERE rowid IN (SELECT o.rowid FROM "
        f"(SELECT b.rowid, b.form, b.record_id, c.sequence FROM {of_peer}) AS o JOIN "
        f"(SELECT b.form, b.record_id, max(c.sequence) AS newest FROM {of_peer} "
        "AND c.sequence <= ? GROUP BY b.form, b.record_id) AS k "
        "ON k.form = o.form AND k.record_id = o.record_id WHERE o.sequence < k.newest)",
        (direction, peer, direction, peer, floor),
    )


# -- conflicts ---------------------------------------------------------------------------------------------------------


def store_conflicts(connection: Connection, entries: Sequence[ConflictEntry]) -> None:
    """Keep conflicts; those of a merge that is done again take the place of the earlier ones."""
    places = ", ".join("?" * 12)
    for each in entries:
        connection.exec_driver_sql(
            f"INSERT OR REPLACE INTO conflict ({_COLUMNS}) VALUES ({places})",
            (
                each.id,
                each.package,
                each.form,
                each.record,
                each.field,
                each.base,
                each.ours,
                each.theirs,
                each.choice,
                each.reason,
                each.actor,
                each.at,
            ),
        )


def conflicts(connection: Connection) -> list[ConflictEntry]:
    """Return the undecided conflicts of the merges in force, by form, record and field."""
    rows = connection.exec_driver_sql(
        f"SELECT {_COLUMNS} FROM conflict WHERE choice = '' "
        "AND package NOT IN (SELECT value FROM json_each(?)) ORDER BY form, record_id, field, id",
        (json.dumps(sorted(undone(connection))),),
    )
    return [ConflictEntry(*row) for row in rows]


def decided(connection: Connection) -> list[ConflictEntry]:
    """Return the conflicts of the merges in force that a person has decided, the newest decision first."""
    rows = connection.exec_driver_sql(
        f"SELECT {_COLUMNS} FROM conflict WHERE choice <> '' "
        "AND package NOT IN (SELECT value FROM json_each(?)) ORDER BY at DESC, id",
        (json.dumps(sorted(undone(connection))),),
    )
    return [ConflictEntry(*row) for row in rows]


def decide(connection: Connection, entry: ConflictEntry) -> None:
    """Keep what a person decided: choice, reason, actor and time of the entry."""
    connection.exec_driver_sql(
        "UPDATE conflict SET choice = ?, reason = ?, actor = ?, at = ? WHERE id = ?",
        (entry.choice, entry.reason, entry.actor, entry.at, entry.id),
    )


def decision_line(entry: ConflictEntry, new: str) -> Change:
    """Return the journal line of a decision; `new` is the chosen value as JSON text.

    What an undo needs to reopen the conflict stands where other lines keep the texts as given.
    """
    kept = {
        "id": entry.id,
        "choice": entry.choice,
        "reason": entry.reason,
        "actor": entry.actor,
        "at": entry.at,
    }
    old, new = (entry.ours, new) if entry.field else ("", "")
    return Change(
        "decision",
        entry.form,
        entry.record,  # type: ignore[arg-type]  # a record id, from the database
        field=entry.field,
        old="" if old == "null" else old,
        new="" if new == "null" else new,
        new_given=json_text(kept),
        reason=entry.reason,
    )


def invert_decisions(connection: Connection, lines: Sequence[Change]) -> list[Change]:
    """Reopen the conflicts of decisions that are taken back, or decide them again; return the journal lines."""
    inverted = []
    for line in reversed(lines):
        of_conflict = json.loads(line.new_given or line.old_given)
        if line.new_given:
            of_conflict |= {"choice": "", "reason": "", "actor": "", "at": ""}
        connection.exec_driver_sql(
            "UPDATE conflict SET choice = ?, reason = ?, actor = ?, at = ? WHERE id = ?",
            tuple(of_conflict[k] for k in ("choice", "reason", "actor", "at", "id")),
        )
        inverted.append(
            Change(
                "decision",
                line.form,
                line.record,
                field=line.field,
                old=line.new,
                new=line.old,
                old_given=line.new_given,
                new_given=line.old_given,
                reason=line.reason,
            )
        )
    return inverted
