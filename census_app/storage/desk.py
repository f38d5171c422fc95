"""Whose desk this is: which of a catalogue's coordinators sits at this computer.

A catalogue says who signs in it. Where several work in one, each has a key of their own on their own computer, and what
they decide, review and hand on must bear their own code: who sits here is told by the key that lies here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import Connection

Holds = Callable[[str], bool]
"""Says by a key's fingerprint, as certificates show it, whether the key lies on this computer."""


class Desk(NamedTuple):
    """Who signs: code, name, and the certificate as PEM; all empty in a catalogue without a daily key."""

    code: str
    name: str
    certificate_pem: str


def of_catalogue(connection: Connection) -> Desk:
    """Return who signs in a catalogue by what it says itself."""
    row = connection.exec_driver_sql(
        "SELECT coordinator_code, coordinator_name, coordinator_pem FROM catalogue"
    ).one()
    return Desk(*row)


def here(connection: Connection, holds: Holds | None) -> Desk:
    """Return who sits at this computer.

    That is whom the catalogue names, when the key lies here or `holds` is unknown; else the coordinator whose
    certificate was issued last among those whose key lies here; else whom the catalogue names after all.
    """
    own = of_catalogue(connection)
    if holds is None or _holds_its_key(connection, own, holds):
        return own
    rows = connection.exec_driver_sql(
        "SELECT department, name, certificate_pem, fingerprint FROM certificate "
        "WHERE role = 'coordinator' ORDER BY issued_at DESC, fingerprint"
    )
    found = (Desk(*row[:3]) for row in rows if holds(str(row[3])))
    return next(found, own)


def may_name(connection: Connection, code: str, holds: Holds | None) -> bool:
    """Say whether a catalogue may name another who signs in it: not in place of a colleague at another computer."""
    own = of_catalogue(connection)
    return holds is None or own.code in {"", code} or _holds_its_key(connection, own, holds)


def name(connection: Connection, signing: Desk) -> None:
    """Let a catalogue name another who signs in it."""
    connection.exec_driver_sql(
        "UPDATE catalogue SET coordinator_code = ?, coordinator_name = ?, coordinator_pem = ?",
        tuple(signing),
    )


def _holds_its_key(connection: Connection, desk: Desk, holds: Holds) -> bool:
    if not desk.certificate_pem:
        return False
    issued = connection.exec_driver_sql(
        "SELECT fingerprint FROM certificate WHERE certificate_pem = ?", (desk.certificate_pem,)
    ).scalar()
    return holds(str(issued) if issued else _fingerprint(desk.certificate_pem))


@lru_cache(maxsize=8)
def _fingerprint(pem: str) -> str:
    """Return the fingerprint of a certificate that was not issued here: a request, or one a bundle brought."""
    from census_app.exchange.certificate_facts import read_certificate  # noqa: PLC0415 - seldom needed

    return read_certificate(pem.encode("ascii")).fingerprint
