"""Make, open and remove a catalogue on a server: its schema, its functions, its tables at the newest revision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection

from census_app.domain.addresses import ServerAddress
from census_app.domain.holdings import CatalogueFacts
from census_app.errors import DataProblem, EnvironmentProblem, UserError
from census_app.formspec.form_files import is_version
from census_app.formspec.model import FormSet
from census_app.storage import form_tables, trust_store
from census_app.storage.catalogue import Catalogue, write_facts
from census_app.storage.made_with import FormSource, MadeWith
from census_app.storage.migrations import CATALOGUE_HISTORY
from census_app.storage.server import SCHEMA, Server, forms_of

FUNCTIONS: Final = (
    ("hex(bytea) RETURNS text", "SELECT upper(encode($1, 'hex'))"),
    ("instr(text, text) RETURNS integer", "SELECT strpos($1, $2)"),
    ("json_each(text) RETURNS TABLE (value text)", "SELECT json_array_elements_text($1::json)"),
    (
        "json_numbers(text) RETURNS TABLE (value bigint)",
        "SELECT e::bigint FROM json_array_elements_text($1::json) AS e",
    ),
    (
        "name_order(text) RETURNS bytea",
        "SELECT convert_to(lower(normalize($1, NFKC)), 'GB18030')",
    ),
)
"""Head and body of what the statements call by SQLite's names; `json_each` gives what they use of it, the value."""


def create(address: ServerAddress, form_set: FormSet, facts: CatalogueFacts) -> Catalogue:
    """Make a catalogue in a database and open it; `facts.digest` is ignored.

    Raises:
        UserError: `SERVER_TAKEN`, there is one already.
        EnvironmentProblem: `SERVER_UNREACHABLE`, `SERVER_PERMISSION`, `SERVER_ENCODING`.
    """
    return make(address, form_set, lambda _server, c: write_facts(c, form_set, facts))


def make(
    address: ServerAddress, form_set: FormSet, fill: Callable[[Server, Connection], None]
) -> Catalogue:
    """Make a catalogue whose first rows `fill` writes, in the transaction that makes the tables, and open it.

    Raises:
        UserError, EnvironmentProblem: As `create`.
    """
    server = Server(address)
    try:
        with server.writing() as connection:
            _require_room(server, connection)
            connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
            CATALOGUE_HISTORY.upgrade(connection)
            form_tables.extend(connection, form_tables.catalogue_tables(form_set))
            _make_functions(connection)
            fill(server, connection)
    finally:
        server.close()
    return open_(address, form_set)


def _require_room(server: Server, connection: Connection) -> None:
    if exists_in(connection):
        raise UserError("SERVER_TAKEN", path=str(server.path))
    encoding = str(connection.exec_driver_sql("SHOW server_encoding").scalar_one())
    if encoding != "UTF8":
        raise EnvironmentProblem("SERVER_ENCODING", path=str(server.path), found=encoding)


def exists_in(connection: Connection) -> bool:
    """Say whether a catalogue is in the database."""
    named = f"SELECT to_regclass('{SCHEMA}.catalogue') IS NOT NULL"
    return bool(connection.exec_driver_sql(named).scalar_one())


def _make_functions(connection: Connection) -> None:
    for head, body in FUNCTIONS:
        connection.exec_driver_sql(
            f"CREATE OR REPLACE FUNCTION {SCHEMA}.{head} LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE "
            f"AS $body$ {body} $body$"
        )


def open_(address: ServerAddress, form_set: FormSet | FormSource) -> Catalogue:
    """Open a catalogue, and bring an older one to the newest revision.

    Args:
        form_set: The form set it was made with, or how to find it.

    Raises:
        UserError: `SERVER_EMPTY`, there is no catalogue in the database.
        EnvironmentProblem: `SERVER_UNREACHABLE`, `SERVER_PERMISSION`, `DB_NEWER`, `SERVER_DRIVER`.
        DataProblem: `DB_DAMAGED`, `DB_SCHEMA`; what `form_set` raises.
    """
    server = Server(address)
    try:
        old = _require_known(server)
        found = form_set if isinstance(form_set, FormSet) else form_set(_made_with(server))
        _bring_up_to_date(server, found, old=old)
        with server.reading() as connection:
            server.made_with = forms_of(connection)
            writable = "SELECT has_table_privilege('catalogue', 'UPDATE')"
            server.read_only = not connection.exec_driver_sql(writable).scalar_one()
    except BaseException:
        server.close()
        raise
    return Catalogue(server, found)


def _require_known(server: Server) -> bool:
    """Refuse what is no catalogue, or a newer one's; return whether it has to be migrated."""
    known = [revision.id for revision in CATALOGUE_HISTORY.load()]
    with server.reading() as connection:
        if not exists_in(connection):
            raise UserError("SERVER_EMPTY", path=str(server.path))
        found = str(
            connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
        )
    if found not in known:
        raise EnvironmentProblem("DB_NEWER", path=str(server.path), found=found, known=known[-1])
    return found != known[-1]


def _made_with(server: Server) -> MadeWith:
    with server.reading() as connection:
        version, sha256 = forms_of(connection)
        if not is_version(version):
            raise DataProblem("DB_DAMAGED", path=str(server.path), detail="form_version")
        return MadeWith(version, sha256, trust_store.form_files(connection, version))


def _bring_up_to_date(server: Server, form_set: FormSet, *, old: bool) -> None:
    tables = form_tables.catalogue_tables(form_set)
    with server.reading() as connection:
        lacking = form_tables.missing_parts(connection, tables)
    if not old and not lacking:
        return
    with server.writing() as connection:
        CATALOGUE_HISTORY.upgrade(connection)
        _make_functions(connection)
        if form_tables.extend(connection, tables):
            connection.exec_driver_sql("UPDATE catalogue SET form_sha256 = ?", (form_set.sha256,))


def discard(address: ServerAddress) -> None:
    """Remove a catalogue with everything in it, for one that was only half made.

    Raises:
        EnvironmentProblem: `SERVER_UNREACHABLE`, `SERVER_PERMISSION`.
    """
    server = Server(address)
    try:
        with server.writing() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    finally:
        server.close()
