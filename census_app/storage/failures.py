"""Turn what a database driver or the file system reports into coded errors. Not responsible for wording."""

from __future__ import annotations

import contextlib
import errno
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError

from census_app.errors import BugError, CensusError, DataProblem, EnvironmentProblem

_BY_RESULT: Final[dict[int, tuple[type[CensusError], str]]] = {
    sqlite3.SQLITE_BUSY: (EnvironmentProblem, "DB_LOCKED"),
    sqlite3.SQLITE_LOCKED: (EnvironmentProblem, "DB_LOCKED"),
    sqlite3.SQLITE_FULL: (EnvironmentProblem, "DISK_FULL"),
    sqlite3.SQLITE_IOERR: (EnvironmentProblem, "IO_ERROR"),
    sqlite3.SQLITE_CANTOPEN: (EnvironmentProblem, "IO_ERROR"),
    sqlite3.SQLITE_READONLY: (EnvironmentProblem, "DB_READONLY"),
    sqlite3.SQLITE_PERM: (EnvironmentProblem, "DB_READONLY"),
    sqlite3.SQLITE_CORRUPT: (DataProblem, "DB_DAMAGED"),
    sqlite3.SQLITE_NOTADB: (DataProblem, "DB_FOREIGN"),
    sqlite3.SQLITE_CONSTRAINT: (BugError, "DB_CONSTRAINT"),
}
_BY_STATE: Final[tuple[tuple[str, type[CensusError], str], ...]] = (
    ("42501", EnvironmentProblem, "SERVER_PERMISSION"),
    ("25006", EnvironmentProblem, "SERVER_PERMISSION"),
    ("55P03", EnvironmentProblem, "SERVER_BUSY"),
    ("40", EnvironmentProblem, "SERVER_BUSY"),
    ("53100", EnvironmentProblem, "DISK_FULL"),
    ("53", EnvironmentProblem, "SERVER_LOST"),
    ("08", EnvironmentProblem, "SERVER_LOST"),
    ("57P", EnvironmentProblem, "SERVER_LOST"),
    ("58", EnvironmentProblem, "IO_ERROR"),
    ("XX001", DataProblem, "DB_DAMAGED"),
    ("XX002", DataProblem, "DB_DAMAGED"),
    ("23", BugError, "DB_CONSTRAINT"),
)
"""How an SQLSTATE begins → what it is; the first that fits."""

_NOBODY: Final = {"user": "—", "host": "—", "since": "—"}
"""For `DB_LOCKED`, where only whoever opens files knows the holder."""

_BY_ERRNO: Final[dict[int, str]] = {
    errno.ENOSPC: "DISK_FULL",
    errno.EDQUOT: "DISK_FULL",
    errno.EACCES: "DB_READONLY",
    errno.EPERM: "DB_READONLY",
    errno.EROFS: "DB_READONLY",
}


@contextlib.contextmanager
def coded(path: Path | str) -> Iterator[None]:
    """Raise coded errors instead of the driver's.

    Raises:
        EnvironmentProblem: `DISK_FULL`, `IO_ERROR`, `DB_LOCKED`, `DB_READONLY`.
            Of a server: `SERVER_LOST`, `SERVER_BUSY`, `SERVER_PERMISSION`.
        DataProblem: `DB_DAMAGED`, `DB_FOREIGN`.
        BugError: `DB_CONSTRAINT`, or `DB_STATEMENT` for a statement the database does not accept.
    """
    try:
        yield
    except DBAPIError as error:
        if error.orig is not None and hasattr(error.orig, "sqlstate"):
            gone = error.connection_invalidated
            raise of_server(error.orig, path, lost=gone) from error
        raise _translated(error.orig, path) from error
    except sqlite3.Error as error:
        raise _translated(error, path) from error
    except UnicodeDecodeError as error:  # damaged text in a page that SQLite did not check
        raise DataProblem("DB_DAMAGED", path=str(path), detail="UTF-8") from error
    except OSError as error:
        code = _BY_ERRNO.get(error.errno or 0, "IO_ERROR")
        raise EnvironmentProblem(
            code, path=str(path), detail=error.strerror or str(error)
        ) from error


@contextlib.contextmanager
def legible(path: Path | str) -> Iterator[None]:
    """Around nothing but the conversion of what was read: a value that cannot be one is damage.

    Raises:
        DataProblem: `DB_DAMAGED`.
    """
    try:
        yield
    except (ValueError, TypeError, LookupError) as error:
        raise DataProblem("DB_DAMAGED", path=str(path), detail=str(error)) from error


def of_server(error: BaseException, path: Path | str, *, lost: bool = False) -> CensusError:
    """Return the coded error for what a server's driver reports.

    Args:
        lost: The connection is known to be gone, whatever the error says.
    """
    state = str(getattr(error, "sqlstate", None) or "")
    family: type[CensusError] = EnvironmentProblem if lost else BugError
    code = "SERVER_LOST" if lost else "DB_STATEMENT"
    for begin, of_state, named in _BY_STATE:
        if not lost and state.startswith(begin):
            family, code = of_state, named
            break
    detail = str(error).strip().splitlines() or [type(error).__name__]
    return family(code, path=str(path), detail=detail[0])


def _translated(error: BaseException | None, path: Path | str) -> CensusError:
    if isinstance(error, UnicodeDecodeError):
        return DataProblem("DB_DAMAGED", path=str(path), detail="UTF-8")
    result = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if result not in _BY_RESULT and "decode to UTF-8" in str(error):
        return DataProblem("DB_DAMAGED", path=str(path), detail="UTF-8")
    family, code = _BY_RESULT.get(result, (BugError, "DB_STATEMENT"))
    return family(code, path=str(path), detail=str(error), **_NOBODY)
