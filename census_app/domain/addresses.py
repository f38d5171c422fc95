"""Where a catalogue on a database server is: its URL, taken apart far enough to be named without its password."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit

from census_app.errors import UserError

_SCHEMES: Final = ("postgresql+psycopg", "postgresql", "postgres")


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """A database on a server.

    Attributes:
        url: For the driver, beginning with `postgresql://`; may hold a password, so it is never shown.
        name: What it is called in sentences: `host/database`.
    """

    url: str = field(repr=False)
    name: str

    def __str__(self) -> str:
        return self.name


Target: TypeAlias = Path | ServerAddress
"""Where a catalogue is: a file, or a database on a server."""


def target_of(text: str) -> Target:
    """Return the place a person means: the URL of a server, or a path.

    Raises:
        UserError: `SERVER_URL`.
    """
    return read_address(text) if is_address(text) else Path(text)


def is_address(text: str) -> bool:
    """Say whether a text is meant as the URL of a server, not as a path."""
    scheme, separator, _ = text.partition("://")
    return bool(separator) and scheme.lower() in _SCHEMES


def read_address(text: str) -> ServerAddress:
    """Return the address that a URL names, such as `postgresql+psycopg://user@host:5432/database?sslmode=require`.

    Raises:
        UserError: `SERVER_URL`, for another scheme, or without a database.
    """
    given = text.strip()
    _, _, rest = given.partition("://")
    try:
        parts = urlsplit("postgresql://" + rest)
        host = parts.hostname or parse_qs(parts.query).get("host", [""])[0] or "localhost"
        named = f"{host}:{parts.port}" if parts.port else host
    except ValueError:
        raise UserError("SERVER_URL") from None
    database = unquote(parts.path.strip("/"))
    if not is_address(given) or not database or "/" in database:
        raise UserError("SERVER_URL")
    return ServerAddress("postgresql://" + rest, f"{named}/{database}")
