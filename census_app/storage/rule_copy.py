"""A private copy of a file for the rules, which never run on the one connection that writes (DESIGN §4)."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from census_app.formspec.schema import quoted
from census_app.storage.failures import coded

MEMORY_LIMIT: Final = 200 * 1024 * 1024
"""Larger copies lie in an anonymous temporary file, which vanishes with the connection."""

_PAGES_A_SLICE: Final = 2000


@contextlib.contextmanager
def private_copy(
    source: sqlite3.Connection, keep: Sequence[str], path: Path
) -> Iterator[sqlite3.Connection]:
    """Copy a database and leave of it the tables named in `keep`; the copy is gone when the block ends.

    The copy may be used on another thread. `path` names the source in errors.
    """
    with coded(path):
        copy = _copied(source, frozenset(keep))
    try:
        yield copy
    finally:
        copy.close()


def _copied(source: sqlite3.Connection, keep: frozenset[str]) -> sqlite3.Connection:
    pages = source.execute("PRAGMA page_count").fetchone()[0]
    size = pages * source.execute("PRAGMA page_size").fetchone()[0]
    place = "" if size > MEMORY_LIMIT else ":memory:"
    copy = sqlite3.connect(place, isolation_level=None, check_same_thread=False)
    try:
        source.backup(copy, pages=_PAGES_A_SLICE, sleep=0)
        copy.execute("PRAGMA journal_mode=MEMORY").fetchall()
        copy.execute("PRAGMA synchronous=OFF").fetchall()
        _leave_only(copy, keep)
    except BaseException:
        copy.close()
        raise
    return copy


def _leave_only(copy: sqlite3.Connection, keep: frozenset[str]) -> None:
    names = copy.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    ).fetchall()
    for (name,) in names:
        if name not in keep:
            copy.execute(f"DROP TABLE {quoted(name)}")
