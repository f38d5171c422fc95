"""`<file>.lock`: who has a file open, since when. SQLite's own lock is the truth; this file only gives it a name."""

from __future__ import annotations

import contextlib
import datetime as dt
import getpass
import json
import os
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from census_app.storage.engine import Database


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a file; `since` is UTC, `YYYY-MM-DDThh:mm:ssZ`. Unknown parts are empty, `pid` is then 0."""

    user: str = ""
    host: str = ""
    pid: int = 0
    since: str = ""


def lock_path(path: Path) -> Path:
    """Return where the lock file of a database file lies."""
    return path.with_name(path.name + ".lock")


def this_process() -> Holder:
    """Return this process as holder."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # an account without a name
        user = ""
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Holder(user, socket.gethostname(), os.getpid(), now)


def note(path: Path) -> None:
    """Write who has the file open; a folder that cannot be written to is no reason to refuse the person."""
    with contextlib.suppress(OSError):
        text = json.dumps(asdict(this_process()), ensure_ascii=False)
        lock_path(path).write_text(text, encoding="utf-8")


def holder(path: Path) -> Holder:
    """Return who has the file open by its lock file; an unreadable one names nobody."""
    try:
        found = json.loads(lock_path(path).read_text(encoding="utf-8"))
        return Holder(
            str(found["user"]), str(found["host"]), int(found["pid"]), str(found["since"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return Holder()


def release(database: Database) -> None:
    """Close a file and take its name off, once: a handle that was closed before has no lock any more.

    Another one of this process may have opened the file since, and its lock file is not ours to remove; nor does a
    file that is only looked at have one.
    """
    held = not database.closed and not database.read_only
    database.close()
    if held:
        forget(database.path)


def forget(path: Path) -> None:
    """Remove the lock file, when it is this process's."""
    found = holder(path)
    if found.pid == os.getpid() and found.host == socket.gethostname():
        with contextlib.suppress(OSError):
            lock_path(path).unlink()
