"""Verified copies of a file: made whole or not at all, kept by age, bounded in size (security §8)."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import shutil
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from census_app.domain.safekeeping import SnapshotFile as Snapshot
from census_app.errors import CensusError, DataProblem
from census_app.settings.beside import snapshots_folder
from census_app.settings.files import sync_folder
from census_app.storage.engine import connect_read_only
from census_app.storage.failures import coded

_STAMP: Final = "%Y%m%dT%H%M%S%fZ"
_NAME: Final = re.compile(r"(?P<at>\d{8}T\d{12}Z)-(?P<reason>[a-z0-9-]+)\.censusdb")
_LARGEST: Final = 10 * 1024**3
_SHARE_OF_FREE: Final = 5
"""Snapshots take at most a fifth of the free space, themselves counted as free."""

_DAILY, _WEEKLY, _MONTHLY = 14, 8, 12

__all__ = [
    "Snapshot",
    "content_of",
    "snapshots",
    "superfluous",
    "sync_file",
    "sync_folder",
    "take",
    "verify",
    "write_copy",
]


def snapshots(path: Path) -> list[Snapshot]:
    """Return the snapshots of a file, oldest first."""
    found = []
    with contextlib.suppress(FileNotFoundError):
        for entry in sorted(snapshots_folder(path).iterdir()):
            match = _NAME.fullmatch(entry.name)
            if match:
                at = dt.datetime.strptime(match["at"], _STAMP).replace(tzinfo=dt.UTC)
                found.append(Snapshot(entry, at, entry.stat().st_size, match["reason"]))
    return found


def take(connection: sqlite3.Connection, path: Path, reason: str, now: dt.datetime) -> Path:
    """Write a snapshot of an open file, verify it, and clear away what retention no longer keeps.

    Args:
        connection: The open file, in no transaction.
        path: The file.
        reason: Why, for its name: letters, digits and `-`.
        now: UTC.

    Raises:
        DataProblem: `SNAPSHOT_DAMAGED`, when the copy does not pass SQLite's check; nothing is kept of it.
        EnvironmentProblem: Disk codes of `failures`.
    """
    folder = snapshots_folder(path)
    slug = re.sub(r"[^a-z0-9]+", "-", reason.lower()).strip("-") or "manual"
    final = folder / f"{now.astimezone(dt.UTC).strftime(_STAMP)}-{slug}.censusdb"
    part = final.with_suffix(".part")
    with coded(folder):
        folder.mkdir(exist_ok=True)
        try:
            write_copy(connection, part)
            part.replace(final)
            sync_folder(folder)
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise
        _clear(path, now)
    return final


def write_copy(connection: sqlite3.Connection, target: Path) -> None:
    """Write a verified, durable copy of an open file; the caller gives it its name.

    Args:
        connection: The open file, in no transaction.
        target: No file of this name exists.

    Raises:
        DataProblem: `SNAPSHOT_DAMAGED`.
    """
    connection.execute("VACUUM INTO ?", (str(target),))
    verify(target)
    sync_file(target)


def content_of(path: Path, statement: str) -> str:
    """Return what a statement says of a snapshot; the empty text for one that cannot be read."""
    try:
        driver = connect_read_only(path)
        try:
            with coded(path):
                return str(driver.execute(statement).fetchone()[0])
        finally:
            driver.close()
    except CensusError:
        return ""


def verify(path: Path) -> None:
    """Check a database file that nobody has open.

    Raises:
        DataProblem: `SNAPSHOT_DAMAGED`.
    """
    copy = sqlite3.connect(path, isolation_level=None)
    try:
        findings = copy.execute("PRAGMA integrity_check(1)").fetchone()
    finally:
        copy.close()
    if findings != ("ok",):
        raise DataProblem("SNAPSHOT_DAMAGED", path=str(path), detail=str(findings))


def _clear(path: Path, now: dt.datetime) -> None:
    present = snapshots(path)
    free = shutil.disk_usage(snapshots_folder(path)).free + sum(s.bytes for s in present)
    for each in superfluous(present, now, min(_LARGEST, free // _SHARE_OF_FREE)):
        each.path.unlink(missing_ok=True)


def superfluous(present: Iterable[Snapshot], now: dt.datetime, budget: int) -> list[Snapshot]:
    """Return the snapshots to delete: those no rule keeps, then the oldest until the rest fits the budget.

    All of the last 24 hours are kept, the newest of each of 14 days, 8 weeks and 12 months; the newest always.

    Args:
        present: In any order.
        now: UTC.
        budget: Bytes that the kept ones may take together.
    """
    newest_first = sorted(present, key=lambda s: s.at, reverse=True)
    kept = {s.path for s in newest_first if now - s.at <= dt.timedelta(hours=24)}
    kept |= _newest_of_each(newest_first, "%Y-%m-%d", _DAILY)
    kept |= _newest_of_each(newest_first, "%G-%V", _WEEKLY)
    kept |= _newest_of_each(newest_first, "%Y-%m", _MONTHLY)
    gone = [s for s in newest_first if s.path not in kept]
    total = 0
    for number, each in enumerate(s for s in newest_first if s.path in kept):
        total += each.bytes
        if number and total > budget:
            gone.append(each)
    return sorted(gone, key=lambda s: s.at)


def _newest_of_each(newest_first: Sequence[Snapshot], period: str, count: int) -> set[Path]:
    by_period: dict[str, Path] = {}
    for each in newest_first:
        by_period.setdefault(each.at.strftime(period), each.path)
    return set(list(by_period.values())[:count])


def sync_file(path: Path) -> None:
    """Make a file's bytes durable."""
    with path.open("rb+") as handle:
        os.fsync(handle.fileno())
