"""Where a catalogue on a database server is: its URL, taken apart far enough to be named without its password."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import parse_qs, parse_qsl, quote, unquote, urlencode, urlsplit

from census_app.errors import UserError

_SCHEMES: Final = ("postgresql+psycopg", "postgresql", "postgres")
_SECRET: Final = frozenset({"password", "sslpassword"})
"""Settings of a URL that are not to be kept anywhere."""


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


@dataclass(frozen=True, slots=True)
class ServerParts:
    """An address as a person fills it in.

    Attributes:
        port: Empty for the usual one.
        options: Further settings of the URL, such as `sslmode=require`; no password is among them.
    """

    host: str
    database: str
    user: str = ""
    password: str = field(default="", repr=False)
    port: str = ""
    options: tuple[tuple[str, str], ...] = ()

    def address(self) -> ServerAddress:
        """Return the address.

        Raises:
            UserError: `SERVER_URL`.
        """
        return read_address(self.text(secret=True))

    def text(self, *, secret: bool = False) -> str:
        """Return the URL; the password stands in it only if `secret`, so that it can be shown and kept."""
        who = quote(self.user, safe="")
        if secret and self.password:
            who += ":" + quote(self.password, safe="")
        host = f"[{self.host}]" if ":" in self.host else self.host
        place = "".join((f"{who}@" if who else "", host, f":{self.port}" if self.port else ""))
        query = f"?{urlencode(self.options, safe='/')}" if self.options else ""
        return f"postgresql://{place}/{quote(self.database, safe='')}{query}"


def parts_of(text: str) -> ServerParts:
    """Take a URL apart.

    Raises:
        UserError: `SERVER_URL`.
    """
    read_address(text)
    parts = urlsplit("postgresql://" + text.strip().partition("://")[2])
    given = parse_qsl(parts.query)
    secret = next((value for name, value in given if name == "password"), "")
    return ServerParts(
        host=parts.hostname or "",
        database=unquote(parts.path.strip("/")),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or "") or secret,
        port=str(parts.port or ""),
        options=tuple((name, value) for name, value in given if name not in _SECRET),
    )
