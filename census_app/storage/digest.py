"""The catalogue's digest: one number that says whether two catalogues are the same (security §7).

SHA-256 over a line for each record, ascending by (form, department, id) as bytes, with the package that brought it and
the row's hash; then the identities of packages and of decisions, sorted. The order of arrival has no influence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import Connection, Table

from census_app.formspec.schema import quoted

_ADMITTED: Final = (
    "SELECT identity FROM package WHERE quarantined = 0 "
    "OR identity IN (SELECT subject FROM decision WHERE kind = 'release')"
)


def catalogue_digest(connection: Connection, tables: Mapping[str, Table]) -> str:
    """Return the digest as 64 hex digits, computed from the rows as they stand."""
    digest = hashlib.sha256()
    for form in sorted(tables):
        rows = connection.exec_driver_sql(
            f"SELECT department_code, id, source, lower(hex(row_sha256)) FROM {quoted(form)} "
            "ORDER BY department_code, id"
        )
        for page in rows.partitions(5000):
            lines = (",".join(f'"{part}"' for part in (form, *row)) for row in page)
            digest.update("".join(f"[{line}]\n" for line in lines).encode())
    for kind, statement in (
        ("announced", "SELECT department || ':' || form || ':' || record_id FROM announced"),
        ("package", _ADMITTED),
        ("decision", "SELECT id FROM decision"),
    ):
        found = connection.exec_driver_sql(statement).scalars()
        digest.update(identity_lines(kind, found))
    return digest.hexdigest()


def identity_lines(kind: str, identities: Iterable[str]) -> bytes:
    """Return the digest's lines of packages or decisions: sorted, one a line."""
    return "".join(f'["{kind}","{identity}"]\n' for identity in sorted(identities)).encode()
