"""Trust bundles and delivered form sets, as workspaces and catalogues both keep them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection

from census_app.domain.holdings import StoredBundle

_COLUMNS: Final = "version, identity, created, expires, trust_json, certificates_pem, received_at"


def newest(connection: Connection) -> StoredBundle | None:
    """Return the bundle in force."""
    row = connection.exec_driver_sql(
        f"SELECT {_COLUMNS} FROM trust_bundle ORDER BY version DESC LIMIT 1"
    ).first()
    return None if row is None else StoredBundle(*row)


def store(connection: Connection, bundle: StoredBundle) -> None:
    """Keep a bundle."""
    connection.exec_driver_sql(
        f"INSERT INTO trust_bundle ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        (
            bundle.version,
            bundle.identity,
            bundle.created,
            bundle.expires,
            bundle.trust_json,
            bundle.certificates_pem,
            bundle.received_at,
        ),
    )


def form_files(connection: Connection, version: str) -> dict[str, bytes]:
    """Return the files of a delivered form set by path, empty when this version was never delivered."""
    rows = connection.exec_driver_sql(
        "SELECT path, bytes FROM form_file WHERE form_version = ? ORDER BY path", (version,)
    )
    return {row[0]: row[1] for row in rows}


def store_form_files(connection: Connection, version: str, files: Mapping[str, bytes]) -> None:
    """Keep the files of a form set in the place of those of the same version."""
    connection.exec_driver_sql("DELETE FROM form_file WHERE form_version = ?", (version,))
    connection.exec_driver_sql(
        "INSERT INTO form_file (form_version, path, bytes) VALUES (?, ?, ?)",
        [(version, path, content) for path, content in sorted(files.items())],
    )
