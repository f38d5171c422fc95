"""Which form set a file was made with, read from a file that is ours by its head but not yet checked any further.

The rest of the checks need the form set, since it says which tables there are; so this looks at two plain tables only,
bounded in number and size, and evaluates nothing the file brings along.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from census_app.errors import DataProblem
from census_app.formspec.form_files import MAX_BYTES, MAX_FILES, is_version
from census_app.formspec.model import FormSet

_FILES: Final = "form_file"


@dataclass(frozen=True, slots=True)
class MadeWith:
    """What a file says of its form set.

    Attributes:
        version: A well-formed version, so also a safe folder name.
        sha256: Of the form set when it was last taken over.
        files: The form set's files by path as they were delivered; empty for a form set that ships with the program.
    """

    version: str
    sha256: str
    files: Mapping[str, bytes]


FormSource = Callable[[MadeWith], FormSet]
"""Finds the form set of a file; raises `DataProblem` when there is none, or it is not one."""


def made_with(driver: sqlite3.Connection, mark: str, path: Path) -> MadeWith:
    """Return what a file says of its form set.

    Args:
        driver: The open file.
        mark: The table that only this kind of file has, `workspace` or `catalogue`; it names the form set.
        path: The file, for errors.

    Raises:
        DataProblem: `DB_KIND`, when the table is not there; `DB_SCHEMA`, when one of the tables is not a plain one;
            `DB_DAMAGED`, when what stands there cannot be a form set.
    """
    plain = {n for t, n, s in driver.execute("SELECT type, name, sql FROM sqlite_master")
             if t == "table" and "VIRTUAL" not in str(s).upper()[:20]}  # fmt: skip
    if mark not in plain:
        raise DataProblem("DB_KIND", path=str(path))
    _require_plain_columns(driver, mark, path)
    # A damaged text fails when it is read, which is not more than opening the file would say.
    row = driver.execute(f'SELECT form_version, form_sha256 FROM "{mark}" LIMIT 1').fetchone()
    version, sha256 = row or ("", "")
    if not isinstance(version, str) or not is_version(version) or not isinstance(sha256, str):
        raise DataProblem("DB_DAMAGED", path=str(path), detail="form_version")
    if _FILES not in plain:  # made before form sets could be delivered
        return MadeWith(version, sha256, {})
    _require_plain_columns(driver, _FILES, path)
    return MadeWith(version, sha256, _files(driver, version, path))


def _require_plain_columns(driver: sqlite3.Connection, table: str, path: Path) -> None:
    for row in driver.execute(f'PRAGMA table_xinfo("{table}")'):
        if row[6]:  # generated: an expression of the file's own
            raise DataProblem("DB_SCHEMA", path=str(path), name=f"{table}.{row[1]}")


def _files(driver: sqlite3.Connection, version: str, path: Path) -> dict[str, bytes]:
    where = "FROM form_file WHERE form_version = ?"
    number, size = driver.execute(
        f"SELECT count(*), coalesce(sum(length(bytes)), 0) {where}", (version,)
    ).fetchone()
    if number > MAX_FILES or size > MAX_BYTES:
        raise DataProblem("DB_DAMAGED", path=str(path), detail=f"form_file: {number}, {size}")
    found = dict(driver.execute(f"SELECT path, bytes {where} ORDER BY path", (version,)))
    if not all(isinstance(n, str) and isinstance(c, bytes) for n, c in found.items()):
        raise DataProblem("DB_DAMAGED", path=str(path), detail="form_file")
    return found
