"""The packages of a catalogue: kept whole for ever, their states derived from all packages, decisions and cut points.

Not responsible for what is projected from them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Connection

from census_app.domain import chain
from census_app.domain.chain import Chain, Cut, Link
from census_app.domain.holdings import PackageFacts
from census_app.storage import fixed_tables, ledger, trust_store
from census_app.storage.rows import json_text

CHUNK: Final = 1024 * 1024

REFUSED: Final = "refused:"
"""Beginning of `held` for a package that waited for its form set and then turned out not to follow it."""

_PACKAGE: Final = (
    "identity, name, type, department, sequence, previous, created, received_at, form_version, "
    "bytes, counts, errors, warnings, sender, audience, in_reply_to, signer_serial, "
    "signer_sha256, direction, held"
)
_SUBMISSIONS: Final = "type = 'submission' AND direction = 'received'"


def append(connection: Connection, facts: PackageFacts, chunks: Iterable[bytes]) -> bool:
    """Keep a package; False when it is already there."""
    known = "SELECT 1 FROM package WHERE identity = ?"
    if connection.exec_driver_sql(known, (facts.identity,)).first() is not None:
        return False
    _insert(connection, facts)
    connection.exec_driver_sql(
        "INSERT INTO package_chunk (identity, n, bytes) VALUES (?, ?, ?)",
        [(facts.identity, n, part) for n, part in enumerate(_sliced(chunks))],
    )
    return True


def settle(connection: Connection, identity: str, held: str, found: tuple[int, int]) -> str:
    """Say anew what holds a package back, and how many errors and warnings were found; return its department."""
    return str(
        connection.exec_driver_sql(
            "UPDATE package SET held = ?, errors = ?, warnings = ? WHERE identity = ? "
            "RETURNING department",
            (held, *found, identity),
        ).scalar_one()
    )


def submissions(connection: Connection, department: str = "") -> list[PackageFacts]:
    """Return received submissions with their derived state, by (department, sequence, identity)."""
    where, values = _SUBMISSIONS, []
    if department:
        where, values = f"{where} AND department = ?", [department]
    found = _rows(connection, where, values, "department, sequence, identity")
    states: dict[str, str] = {}
    for chain_ in chains(connection, department).values():
        states |= chain_.states
    # Refused when its form set had arrived: no link of any chain, but kept with the reason.
    refused = {row["identity"] for row in found if row["held"].startswith(REFUSED)}
    states |= dict.fromkeys(refused, "set_aside")
    return [_facts(row, states.get(row["identity"], "pending")) for row in found]


def letters(
    connection: Connection, *, type_: str = "", department: str = "", sender: str = ""
) -> list[PackageFacts]:
    """Return all other packages, such as reviews and ledgers, by (type, department, sequence).

    Their state is `merged`; a ledger past its signer's cut point is `revoked`, or `pending` while that is unknown.
    """
    where, values = f"NOT ({_SUBMISSIONS})", []
    for column, wanted in (("type", type_), ("department", department), ("sender", sender)):
        if wanted:
            where += f" AND {column} = ?"
            values.append(wanted)
    found = _rows(connection, where, values, "type, department, sequence, identity")
    held = _held_ledgers(connection) if any(row["type"] == "ledger" for row in found) else {}
    return [_facts(row, held.get(row["identity"], "merged")) for row in found]


def _held_ledgers(connection: Connection) -> dict[str, str]:
    """Return the state of the ledgers that a cut point of their signer keeps out."""
    known = cuts(connection)
    senders: dict[str, list[Link]] = {}
    for row in _rows(connection, "type = 'ledger'", [], "identity") if known else ():
        link = Link(row["identity"], row["sequence"], row["previous"], signer=row["signer_serial"])
        senders.setdefault(row["sender"], []).append(link)
    held: dict[str, str] = {}
    for links in senders.values():
        held |= chain.held_by_cuts(links, known)
    return held


def chunk(connection: Connection, identity: str, number: int) -> bytes | None:
    """Return one part of a package's bytes, counted from 0."""
    found: bytes | None = connection.exec_driver_sql(
        "SELECT bytes FROM package_chunk WHERE identity = ? AND n = ?", (identity, number)
    ).scalar()
    return found


def chain_of(connection: Connection, department: str) -> Chain:
    """Return a department's chain of submissions as all packages, decisions and cut points decide it."""
    return chains(connection, department).get(department) or chain.decide([])


def chains(connection: Connection, department: str = "") -> dict[str, Chain]:
    """Return department → its chain; of one department or of all that handed in."""
    decisions, cut_points = ledger.read(connection), cuts(connection)
    accepted = chain.accepted_packages(decisions)
    released = chain.released_packages(decisions)
    confirmed = chain.confirmed_candidates(decisions)
    narrowed, values = (" AND department = ?", (department,)) if department else ("", ())
    rows = connection.exec_driver_sql(
        "SELECT department, identity, sequence, previous, quarantined, held, signer_serial, "
        f"signer_sha256 FROM package WHERE {_SUBMISSIONS} AND held NOT LIKE '{REFUSED}%'{narrowed}",
        values,
    )
    links: dict[str, list[Link]] = {}
    for code, identity, sequence, previous, quarantined, held, serial, signer in rows:
        link = Link(
            identity,
            sequence,
            previous,
            quarantined=bool(quarantined)
            and identity not in released
            and confirmed.get(signer) != code,
            form_unknown=held == "form_unknown",
            signer=serial,
        )
        links.setdefault(code, []).append(link)
    return {code: chain.decide(each, accepted, cut_points) for code, each in links.items()}


def cuts(connection: Connection) -> Mapping[str, Cut]:
    """Return the cut points of submissions that the newest trust bundle names, by serial in hex.

    A revoked certificate of which the bundle says nothing about submissions counts for none of them.
    """
    bundle = trust_store.newest(connection)
    if bundle is None:
        return {}
    revoked = json.loads(bundle.trust_json)["revoked"]
    found = {entry["serial"]: Cut(0, chain.BEGINNING) for entry in revoked}
    for entry in revoked:
        if entry["chain"] == "coordinator":
            found[entry["serial"]] = Cut(entry["last_sequence"], entry["head"])
    return found


def _rows(
    connection: Connection, where: str, values: list[str], order: str
) -> list[dict[str, Any]]:
    statement = f"SELECT {_PACKAGE} FROM package WHERE {where} ORDER BY {order}"
    return [dict(r) for r in connection.exec_driver_sql(statement, tuple(values)).mappings()]


def _facts(row: dict[str, Any], state: str) -> PackageFacts:
    return PackageFacts(**row | {"counts": json.loads(row["counts"]), "state": state})


def _insert(connection: Connection, facts: PackageFacts) -> None:
    connection.execute(
        fixed_tables.package.insert().values(
            identity=facts.identity,
            name=facts.name,
            type=facts.type,
            department=facts.department,
            sequence=facts.sequence,
            previous=facts.previous,
            created=facts.created,
            received_at=facts.received_at,
            form_version=facts.form_version,
            bytes=facts.bytes,
            counts=json_text({form: dict(ops) for form, ops in facts.counts.items()}),
            quarantined=int(facts.state == "quarantined"),
            errors=facts.errors,
            warnings=facts.warnings,
            sender=facts.sender,
            audience=facts.audience,
            in_reply_to=facts.in_reply_to,
            signer_serial=facts.signer_serial,
            signer_sha256=facts.signer_sha256,
            direction=facts.direction,
            held=facts.held,
        )
    )


def _sliced(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in chunks of exactly `CHUNK`, but for the last."""
    rest = bytearray()
    for part in chunks:
        rest += part
        while len(rest) >= CHUNK:
            yield bytes(rest[:CHUNK])
            del rest[:CHUNK]
    if rest:
        yield bytes(rest)
