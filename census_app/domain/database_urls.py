"""Where a database is whose schema is to be read: a URL, taken apart far enough to be named without its password."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from census_app.errors import UserError


class Product(enum.StrEnum):
    """What kind of database a schema is of."""

    POSTGRESQL = "postgresql"
    MYSQL = "mysql"
    ORACLE = "oracle"
    SQLSERVER = "sqlserver"
    SQLITE = "sqlite"
    DAMENG = "dameng"
    KINGBASE = "kingbase"
    UNKNOWN = ""


_SCHEMES: Final = {
    "postgresql": Product.POSTGRESQL,
    "postgres": Product.POSTGRESQL,
    "mysql": Product.MYSQL,
    "mariadb": Product.MYSQL,
    "oracle": Product.ORACLE,
    "mssql": Product.SQLSERVER,
    "sqlserver": Product.SQLSERVER,
    "kingbase": Product.KINGBASE,
    "dm": Product.DAMENG,
    "dameng": Product.DAMENG,
}

_TAKEN: Final = frozenset({"password", "user", "host", "service_name"})
"""Options of a URL that have a place of their own here."""

PORTS: Final = {
    Product.POSTGRESQL: 5432,
    Product.KINGBASE: 54321,
    Product.MYSQL: 3306,
    Product.ORACLE: 1521,
    Product.SQLSERVER: 1433,
    Product.DAMENG: 5236,
}
"""The usual port of each product whose servers can be asked."""


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """A database on a server.

    Attributes:
        host: A name or number, without brackets.
        password: Never shown, stored or logged.
        options: Further settings for the driver.
    """

    product: Product
    host: str
    database: str
    user: str = ""
    password: str = field(default="", repr=False)
    port: int = 0
    options: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        """What it is called in sentences: `host:port/database`."""
        return f"{self.host}:{self.port or PORTS[self.product]}/{self.database}"

    def with_password(self, password: str) -> DatabaseUrl:
        """Return the same with a password."""
        return replace(self, password=password)

    def __str__(self) -> str:
        return self.name


def is_database_url(text: str) -> bool:
    """Say whether a text is a URL, not a path."""
    return "://" in text


def read_database_url(text: str) -> DatabaseUrl:
    """Take a URL apart, such as `mysql://reader@10.1.2.3:3306/rkk`.

    Raises:
        UserError: `DISCOVER_URL`, of an unknown product, or without a database; the URL is not repeated.
    """
    scheme, _, rest = text.strip().partition("://")
    product = _SCHEMES.get(scheme.lower().partition("+")[0])
    try:
        parts = urlsplit("x://" + rest)
        port = parts.port or 0
        host = unquote(parts.hostname or "")
    except ValueError:
        raise UserError("DISCOVER_URL") from None
    options = tuple(parse_qsl(parts.query))
    named = dict(options)
    database = unquote(parts.path.strip("/")) or named.get("service_name", "")
    if product is None or not database or "/" in database:
        raise UserError("DISCOVER_URL")
    secret = unquote(parts.password or "") or named.get("password", "")
    return DatabaseUrl(
        product=product,
        host=host or named.get("host", "") or "localhost",
        database=database,
        user=unquote(parts.username or "") or named.get("user", ""),
        password=secret,
        port=port,
        options=tuple((k, v) for k, v in options if k not in _TAKEN),
    )


def shown_url(url: DatabaseUrl) -> str:
    """Return the URL without its password, to be shown and kept."""
    who = f"{quote(url.user, safe='')}@" if url.user else ""
    host = f"[{url.host}]" if ":" in url.host else url.host
    port = f":{url.port}" if url.port else ""
    return f"{url.product}://{who}{host}{port}/{quote(url.database, safe='')}"
