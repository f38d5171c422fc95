"""Make of a snapshot the file that takes the place of the present one.

Records, reasons and history go back; what was sent and received since is known to others, so it is kept: numbers of
packages are not used twice, and no letter is forgotten (security §6). Built beside, verified, then put in place whole.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from census_app.formspec.schema import quoted
from census_app.settings.files import sync_folder
from census_app.storage import snapshots, standing
from census_app.storage.engine import Database
from census_app.storage.failures import coded

_KEPT: Final[Mapping[str, str]] = {
    "handed_in": "1",
    "query": "1",
    "answer": "1",
    "verdict": "1",
    "trust_bundle": "1",
    "form_file": "1",
    # A contribution that came since can be taken over again; its records go back with the others.
    "correspondence": "NOT (type = 'contribution' AND direction = 'received')",
    "base_line": "identity IN (SELECT identity FROM correspondence WHERE direction = 'sent')",
}
"""Table → which rows of the present file are kept; they win over those of the snapshot."""

_OURS: Final = ("certificate_pem", "roots_pem", "candidate_pem")


@dataclass(frozen=True, slots=True)
class Return:
    """Who puts something back.

    Attributes:
        instance: New random id of the restored file, 32 hex.
        at: UTC, as the journal writes it.
        since: Moment the snapshot is from, likewise.
    """

    instance: str
    actor: str
    at: str
    since: str = ""


@contextlib.contextmanager
def private_part(source: Path, path: Path) -> Iterator[Path]:
    """Give a verified copy of a snapshot beside a file; it is gone afterwards, unless it was renamed.

    Raises:
        DataProblem: `SNAPSHOT_DAMAGED`.
    """
    part = path.with_name(path.name + ".part")
    journal = part.with_name(part.name + "-journal")
    try:
        with coded(path):
            # An old journal beside another file would be played back into it.
            journal.unlink(missing_ok=True)
            shutil.copyfile(source, part)
            snapshots.verify(part)
        yield part
    finally:
        for left in (part, journal):
            with contextlib.suppress(OSError):
                left.unlink(missing_ok=True)


def fill(
    restored: Database, present: Database | None, how: Return, *, certain: bool = True
) -> None:
    """Make a copied snapshot the successor of the present file, in one transaction.

    Args:
        restored: The private copy, open.
        present: The file as it is; None when it cannot be read.
        certain: Whether all that the present file knows can be read; else a person has to say how far the numbers
            of its packages went.
    """
    kept = _read_kept(present) if present is not None else {}
    known = present is not None and certain
    sentence = standing.RESTORED if known else standing.RESTORED_ALONE
    with restored.writing() as connection:
        for table, (columns, rows) in kept.items():
            _write_kept(connection, table, columns, rows)
        if present is not None:
            _keep_certificates(connection, present)
        connection.exec_driver_sql("UPDATE workspace SET instance = ?", (how.instance,))
        standing.note(connection, sentence, {"since": how.since}, how.actor, how.at)


_Rows = tuple[list[str], list[tuple[object, ...]]]


def _read_kept(present: Database) -> dict[str, _Rows]:
    found: dict[str, _Rows] = {}
    with present.reading() as connection:
        for table, condition in _KEPT.items():
            columns = [
                row[1]
                for row in connection.exec_driver_sql(f"PRAGMA table_info({table})")
                if row[1] != "key"
            ]
            names = ", ".join(map(quoted, columns))
            rows = connection.exec_driver_sql(
                f"SELECT {names} FROM {table} WHERE {condition} ORDER BY rowid"
            ).all()
            found[table] = (columns, [tuple(row) for row in rows])
    return found


def _write_kept(
    connection: Connection, table: str, columns: list[str], rows: list[tuple[object, ...]]
) -> None:
    if table == "base_line":  # kept as differences: those of the two files do not mix
        connection.exec_driver_sql(
            "DELETE FROM base_line WHERE identity IN "
            "(SELECT identity FROM correspondence WHERE direction = 'sent')"
        )
    if not rows:
        return
    # A package is the same in both files; anything else may have gone on since.
    verb = "IGNORE" if table == "correspondence" else "REPLACE"
    names = ", ".join(map(quoted, columns))
    marks = ", ".join("?" * len(columns))
    connection.exec_driver_sql(f"INSERT OR {verb} INTO {table} ({names}) VALUES ({marks})", rows)


def _keep_certificates(connection: Connection, present: Database) -> None:
    columns = ", ".join(_OURS)
    with present.reading() as reading:
        row = reading.exec_driver_sql(f"SELECT {columns} FROM workspace").one()
    settings = ", ".join(f"{name} = ?" for name in _OURS)
    connection.exec_driver_sql(f"UPDATE workspace SET {settings}", tuple(row))


def replace_content(database: Database, part: Path) -> None:
    """Give an open file the content of another one, whole or not at all: SQLite writes it as one transaction.

    The file keeps its lock all the time, so nobody can come in between.
    """
    with coded(database.path):
        source = sqlite3.connect(f"{part.resolve().as_uri()}?mode=ro", uri=True)
        try:
            source.backup(database.driver)
        finally:
            source.close()


def place(part: Path, path: Path) -> None:
    """Give a finished part the name of a file that does not exist, durably."""
    with coded(path):
        snapshots.sync_file(part)
        path.with_name(path.name + "-journal").unlink(missing_ok=True)
        part.replace(path)
        sync_folder(path.parent)


__all__ = ["Return", "fill", "place", "private_part", "replace_content"]
