"""The catalogue's digest: one number that says whether two catalogues are the same (security §7).

SHA-256 over a line for each record, ascending by (form, department, id) as bytes, with the package that brought it and
the row's hash, which is that of what the department said; what is announced, where the centre's values lie; then the
identities of packages and of decisions, sorted, and of the newest trust bundle. The order of arrival has no influence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import Connection, Table

from census_app.domain.holdings import PackageFacts
from census_app.formspec.schema import quoted
from census_app.storage import overlays
from census_app.storage.packages import REFUSED

_PAGE: Final = 5000
_NOT_ADMITTED: Final = frozenset({"quarantined", "revoked"})
_ANNOUNCED: Final = "SELECT department || ':' || form || ':' || record_id FROM announced"
_NEWEST_BUNDLE: Final = "SELECT identity FROM trust_bundle ORDER BY version DESC LIMIT 1"


def catalogue_digest(
    connection: Connection, tables: Mapping[str, Table], submissions: Iterable[PackageFacts]
) -> str:
    """Return the digest as 64 hex digits, computed from the rows as they stand."""
    digest = hashlib.sha256()
    for form in sorted(tables):
        # The database writes the lines: put together here, half a million took twice as long.
        rows = connection.exec_driver_sql(
            f"""SELECT '["{form}","' || department_code || '","' || id || '","' || source """
            f"""|| '","' || lower(hex(row_sha256)) || '"]' FROM {quoted(form)} """
            "ORDER BY department_code, id",
            execution_options={"stream_results": True, "max_row_buffer": _PAGE},
        )
        for lines in rows.scalars().partitions(_PAGE):
            digest.update("".join(f"{line}\n" for line in lines).encode())
    admitted = [
        p.identity
        for p in submissions
        if p.state not in _NOT_ADMITTED and not p.held.startswith(REFUSED)
    ]
    digest.update(identity_lines("announced", _found(connection, _ANNOUNCED)))
    digest.update(identity_lines("overlay", overlays.digest_names(connection)))
    digest.update(identity_lines("package", admitted))
    digest.update(identity_lines("decision", _found(connection, "SELECT id FROM decision")))
    digest.update(identity_lines("bundle", _found(connection, _NEWEST_BUNDLE)))
    return digest.hexdigest()


def _found(connection: Connection, statement: str) -> list[str]:
    return list(connection.exec_driver_sql(statement).scalars())


def identity_lines(kind: str, identities: Iterable[str]) -> bytes:
    """Return the digest's lines of packages or decisions: sorted, one a line."""
    return "".join(f'["{kind}","{identity}"]\n' for identity in sorted(identities)).encode()
