"""The departments of a campaign: their certificates, and how far each is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import Connection

from census_app.domain.holdings import IssuedCertificate, PackageFacts, RosterEntry
from census_app.formspec.model import Form
from census_app.formspec.schema import quoted

_COLUMNS: Final = "department, name, certificate_pem, fingerprint, issued_at, role"
_WAITING: Final = frozenset({"pending", "fork", "quarantined", "form_unknown"})


def add(connection: Connection, certificate: IssuedCertificate) -> None:
    """Keep a certificate; one of the same key stays as it is."""
    _insert(connection, certificate)


def replace(connection: Connection, certificate: IssuedCertificate) -> None:
    """Keep a certificate in the place of the one of the same key, which is here since that one came."""
    key = (certificate.fingerprint,)
    since = connection.exec_driver_sql(
        "SELECT since FROM certificate WHERE fingerprint = ?", key
    ).scalar()
    connection.exec_driver_sql("DELETE FROM certificate WHERE fingerprint = ?", key)
    _insert(connection, certificate, since or "")


def _insert(connection: Connection, certificate: IssuedCertificate, since: str = "") -> None:
    connection.exec_driver_sql(
        f"INSERT INTO certificate ({_COLUMNS}, since) VALUES (?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        (
            certificate.department,
            certificate.name,
            certificate.certificate_pem,
            certificate.fingerprint,
            certificate.issued_at,
            certificate.role,
            since or certificate.issued_at,
        ),
    )


def certificates(connection: Connection) -> list[IssuedCertificate]:
    """Return all certificates, by department and date."""
    rows = connection.exec_driver_sql(
        f"SELECT {_COLUMNS} FROM certificate ORDER BY department, issued_at, fingerprint"
    )
    return [IssuedCertificate(**dict(row)) for row in rows.mappings()]


def codes(connection: Connection) -> frozenset[str]:
    """Return the codes of all that `entries` returns."""
    rows = connection.exec_driver_sql(
        "SELECT department FROM certificate WHERE role = 'department' UNION "
        "SELECT department FROM package WHERE type = 'submission' AND direction = 'received'"
    )
    return frozenset(rows.scalars())


def entries(
    connection: Connection, forms: Iterable[Form], packages: Iterable[PackageFacts]
) -> list[RosterEntry]:
    """Return every department that has a certificate or a package, by code.

    Args:
        forms: Those whose records are counted.
    """
    newest = {c.department: c for c in certificates(connection) if c.role == "department"}
    received: dict[str, list[PackageFacts]] = {}
    for package in packages:
        received.setdefault(package.department, []).append(package)
    heads = _pairs(connection, "SELECT department, max(sequence) FROM projected GROUP BY 1")
    announced = _pairs(connection, "SELECT department, count(*) FROM announced GROUP BY 1")
    counts = _counts(connection, forms)
    return [
        _entry(
            code,
            newest.get(code),
            received.get(code, []),
            (heads.get(code, 0), announced.get(code, 0)),
            counts.get(code, {}),
        )
        for code in sorted({*newest, *received})
    ]


def _entry(
    code: str,
    certificate: IssuedCertificate | None,
    received: list[PackageFacts],
    head_and_announced: tuple[int, int],
    counts: Mapping[str, int],
) -> RosterEntry:
    head, announced = head_and_announced
    newest = next((p for p in received if p.sequence == head and p.state == "merged"), None)
    return RosterEntry(
        code=code,
        name=certificate.name if certificate else code,
        certificate_fingerprint=certificate.fingerprint if certificate else "",
        head_sequence=head,
        last_received=max((p.received_at for p in received), default=""),
        counts=counts,
        errors=newest.errors if newest else 0,
        warnings=newest.warnings if newest else 0,
        pending_records=announced,
        waiting_packages=sum(p.state in _WAITING for p in received),
    )


def _pairs(connection: Connection, statement: str) -> dict[str, int]:
    return {row[0]: row[1] for row in connection.exec_driver_sql(statement)}


def _counts(connection: Connection, forms: Iterable[Form]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for form in forms:
        statement = f"SELECT department_code, count(*) FROM {quoted(form.id)} GROUP BY 1"
        for code, number in _pairs(connection, statement).items():
            found.setdefault(code, {})[form.id] = number
    return found
