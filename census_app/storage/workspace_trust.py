"""Whom a workspace believes, the certificates of its key, and the form sets it was given."""

from __future__ import annotations

from collections.abc import Mapping

from census_app.domain.holdings import StoredBundle
from census_app.storage import trust_store
from census_app.storage.engine import Database


class WorkspaceTrust:
    """The part of an open workspace that `services.ports.TrustStore` asks for, and its own certificates.

    Args:
        database: The open file.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def certificate(self) -> str:
        """Return the department's certificate as PEM, or the empty text before enrolment is answered."""
        return self._text("certificate_pem")

    def roots(self) -> str:
        """Return the pinned root certificates as PEM, or the empty text."""
        return self._text("roots_pem")

    def _text(self, column: str) -> str:
        with self._database.reading() as connection:
            statement = f"SELECT {column} FROM workspace"
            return str(connection.exec_driver_sql(statement).scalar_one())

    def store_certificate(self, certificate_pem: str, roots_pem: str) -> None:
        """Keep what the coordinator issued."""
        with self._database.writing() as connection:
            connection.exec_driver_sql(
                "UPDATE workspace SET certificate_pem = ?, roots_pem = ?",
                (certificate_pem, roots_pem),
            )

    def candidate(self) -> str:
        """Return the self-signed certificate that signs until the issued one arrives, or the empty text."""
        return self._text("candidate_pem")

    def store_candidate(self, certificate_pem: str) -> None:
        """Keep the certificate of a key that was just made."""
        with self._database.writing() as connection:
            connection.exec_driver_sql("UPDATE workspace SET candidate_pem = ?", (certificate_pem,))

    def bundle(self) -> StoredBundle | None:
        """Return the trust bundle in force."""
        with self._database.reading() as connection:
            return trust_store.newest(connection)

    def store_bundle(self, bundle: StoredBundle, roots_pem: str) -> None:
        """Keep a trust bundle and pin its roots."""
        with self._database.writing() as connection:
            trust_store.store(connection, bundle)
            connection.exec_driver_sql("UPDATE workspace SET roots_pem = ?", (roots_pem,))

    def form_files(self, version: str) -> dict[str, bytes]:
        """Return the files of a delivered form set by path; empty when it was not delivered."""
        with self._database.reading() as connection:
            return trust_store.form_files(connection, version)

    def store_form_files(self, version: str, files: Mapping[str, bytes]) -> None:
        """Keep the files of a form set."""
        with self._database.writing() as connection:
            trust_store.store_form_files(connection, version, files)
