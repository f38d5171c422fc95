"""Addresses of servers: taken apart, put together again, and never shown with a password."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from census_app.domain.addresses import ServerParts, is_address, parts_of, read_address
from census_app.errors import UserError

WORDS = st.text(min_size=1, max_size=12).filter(lambda t: t.strip() == t and t.isprintable())
NAMES = WORDS.filter(lambda t: "/" not in t)


@given(
    host=st.sampled_from(["localhost", "db.example.cn", "10.0.0.1", "::1"]),
    database=NAMES,
    user=WORDS | st.just(""),
    password=WORDS | st.just(""),
    port=st.sampled_from(["", "5433"]),
    options=st.sampled_from([(), (("sslmode", "verify-full"), ("sslrootcert", "/etc/根.crt"))]),
)
def test_parts_make_an_address_and_come_back_from_it(
    host: str,
    database: str,
    user: str,
    password: str,
    port: str,
    options: tuple[tuple[str, str], ...],
) -> None:
    parts = ServerParts(host, database, user, password if user else "", port, options)
    made = parts.address()
    assert parts_of(made.url) == parts
    assert parts_of(parts.text()) == ServerParts(host, database, user, "", port, options)
    assert is_address(parts.text())
    assert made.name == read_address(parts.text()).name


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://u:Ge%2Fheim@db:5432/census",
        "postgres://u@db/census?password=Ge/heim&sslmode=require",
        "postgresql://u@/census?host=/run/pg&sslpassword=x&password=Ge%2Fheim",
    ],
)
def test_a_password_is_known_and_neither_shown_nor_kept(url: str) -> None:
    parts = parts_of(url)
    assert parts.password == "Ge/heim"  # noqa: S105  # the one of the address
    for shown in (parts.text(), repr(parts), repr(parts.address()), str(parts.address())):
        assert "heim" not in shown
    assert parts_of(parts.text()).database == "census"


@pytest.mark.parametrize("url", ["mysql://a/b", "postgresql://host", "postgresql://h:x/d", "/a/b"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(UserError, match="SERVER_URL"):
        parts_of(url)
