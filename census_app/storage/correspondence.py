"""What a workspace sent and received, what it ever handed in, and what of that is gone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import Connection

from census_app.domain.holdings import SentPackage, ShareTally, Tombstone
from census_app.domain.records import RecordId
from census_app.formspec.model import FormSet
from census_app.formspec.schema import quoted
from census_app.storage.engine import Database
from census_app.storage.failures import legible
from census_app.storage.journal import UNDONE_REASON
from census_app.storage.rows import json_text

_COLUMNS: Final = (
    "direction, identity, type, name, sequence, previous, created, at, counts, sender, audience, "
    "in_reply_to, status, note, sharing"
)


class Correspondence:
    """The packages of a workspace.

    Args:
        database: The open workspace.
        form_set: Its form set.
    """

    def __init__(self, database: Database, form_set: FormSet) -> None:
        self._database = database
        self._form_set = form_set

    def packages(self) -> list[SentPackage]:
        """Return the packages, oldest first."""
        with self._database.reading() as connection:
            rows = connection.exec_driver_sql(f"SELECT {_COLUMNS} FROM correspondence ORDER BY key")
            found = [dict(row) for row in rows.mappings()]
        with legible(self._database.path):
            return [_package(row) for row in found]

    def handed_in(self) -> set[tuple[str, str]]:
        """Return (form, id) of every record an earlier package put."""
        with self._database.reading() as connection:
            rows = connection.exec_driver_sql("SELECT form, record_id FROM handed_in").all()
        return {(row[0], row[1]) for row in rows}

    def tombstones(self) -> list[Tombstone]:
        """Return handed-in records that are gone, ascending by (form, id), with the reason of the last deletion."""
        found = []
        with self._database.reading() as connection:
            for form in sorted(f.id for f in self._form_set.forms):
                rows = connection.exec_driver_sql(
                    "SELECT h.record_id, (SELECT c.reason FROM change AS c WHERE "
                    "c.record_id = h.record_id AND c.kind = 'record' AND c.sign = '-' "
                    "ORDER BY c.key DESC LIMIT 1) FROM handed_in AS h WHERE h.form = ? "
                    f"AND h.record_id NOT IN (SELECT id FROM {quoted(form)}) ORDER BY h.record_id",
                    (form,),
                )
                found += [
                    Tombstone(form, RecordId(row[0]), row[1] or UNDONE_REASON) for row in rows
                ]
        return found


def _package(row: Mapping[str, Any]) -> SentPackage:
    tally = json.loads(row["sharing"]) if row["sharing"] else None
    sharing = ShareTally(tally["whole"], tally["announced"]) if tally is not None else None
    return SentPackage(**{**row, "counts": json.loads(row["counts"]), "sharing": sharing})


def insert_package(connection: Connection, package: SentPackage) -> None:
    """Remember a package in the caller's transaction; one that is known already changes nothing."""
    row = (
        package.direction,
        package.identity,
        package.type,
        package.name,
        package.sequence,
        package.previous,
        package.created,
        package.at,
        json_text(dict(package.counts)),
        package.sender,
        package.audience,
        package.in_reply_to,
        package.status,
        package.note,
        json_text(asdict(package.sharing)) if package.sharing is not None else "",
    )
    places = ", ".join("?" * len(row))
    connection.exec_driver_sql(
        f"INSERT OR IGNORE INTO correspondence ({_COLUMNS}) VALUES ({places})", row
    )


def insert_sent(
    connection: Connection, package: SentPackage, handed_in: Iterable[tuple[str, str]]
) -> None:
    """Remember a package and the records it put, in the caller's transaction."""
    insert_package(connection, package)
    records = [(form, record) for form, record in handed_in]
    if records:
        connection.exec_driver_sql(
            "INSERT OR IGNORE INTO handed_in (form, record_id) VALUES (?, ?)", records
        )
