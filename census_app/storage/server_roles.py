"""Who may do what with a catalogue on a server, as SQL that an administrator of the database runs.

Three roles that nobody logs in with; people's own roles become members. A reader reads; a coordinator receives and
decides, and cannot alter or remove what was received; an administrator owns the tables, and so may change them.
"""

from __future__ import annotations

from typing import Final

from census_app.domain.addresses import ServerAddress
from census_app.errors import UserError
from census_app.storage.server import SCHEMA, Server
from census_app.storage.server_catalogue import exists_in

ROLES: Final = ("reader", "coordinator", "administrator")

_KEPT: Final = {
    "package": "INSERT, UPDATE (held, errors, warnings)",
    "package_chunk": "INSERT",
    "trust_bundle": "INSERT",
    "catalogue": "UPDATE",
    "alembic_version": "",
}
"""Tables of which a coordinator may do less than with the others."""


def script(prefix: str = "census") -> str:
    """Return the SQL; it may be run again, for tables that have been added since.

    Args:
        prefix: Beginning of the roles' names, since roles belong to the whole server.

    Raises:
        UserError: `ROLE_PREFIX`, not small letters, digits and `_`.
    """
    if not (prefix.isascii() and prefix.isidentifier() and prefix == prefix.lower()):
        raise UserError("ROLE_PREFIX", given=prefix)
    reader, coordinator, administrator = (f"{prefix}_{role}" for role in ROLES)
    return "\n".join(
        (
            "BEGIN;",
            *map(_role, (reader, coordinator, administrator)),
            f"GRANT {reader} TO {coordinator};",
            f"GRANT {coordinator} TO {administrator};",
            f"GRANT USAGE ON SCHEMA {SCHEMA} TO {reader};",
            f"GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO {reader};",
            f"GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {SCHEMA} TO {coordinator};",
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {SCHEMA} TO {coordinator};",
            *(
                line
                for table, rights in _KEPT.items()
                for line in _less(table, rights, coordinator)
            ),
            _on_database(coordinator),
            _ownership(administrator),
            _later(administrator, f"SELECT ON TABLES TO {reader}"),
            _later(administrator, f"INSERT, UPDATE, DELETE ON TABLES TO {coordinator}"),
            _later(administrator, f"USAGE ON SEQUENCES TO {coordinator}"),
            "COMMIT;",
            "",
        )
    )


def _role(name: str) -> str:
    return (
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') "
        f"THEN CREATE ROLE {name} NOLOGIN; END IF; END $$;"
    )


def _less(table: str, rights: str, role: str) -> list[str]:
    taken = f"REVOKE INSERT, UPDATE, DELETE ON {SCHEMA}.{table} FROM {role};"
    return [taken, *([f"GRANT {rights} ON {SCHEMA}.{table} TO {role};"] if rights else [])]


def _later(owner: str, right: str) -> str:
    return f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {SCHEMA} GRANT {right};"


def _on_database(role: str) -> str:
    """Return what lets a role lay the lines of a package beside the catalogue."""
    return (
        "DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO "
        f"{role}', current_database()); END $$;"
    )


def _ownership(role: str) -> str:
    """Return what makes a role the owner of the schema and everything in it."""
    return (
        "DO $$ DECLARE each record; BEGIN "
        f"EXECUTE 'ALTER SCHEMA {SCHEMA} OWNER TO {role}'; "
        "FOR each IN SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace "
        f"WHERE n.nspname = '{SCHEMA}' AND c.relkind = 'r' LOOP "
        f"EXECUTE format('ALTER TABLE {SCHEMA}.%I OWNER TO {role}', each.relname); END LOOP; "
        "FOR each IN SELECT p.oid::regprocedure::text AS name FROM pg_proc AS p "
        f"JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE n.nspname = '{SCHEMA}' LOOP "
        f"EXECUTE 'ALTER FUNCTION ' || each.name || ' OWNER TO {role}'; END LOOP; END $$;"
    )


def create(address: ServerAddress, prefix: str = "census") -> tuple[str, ...]:
    """Run the script on a server and return the names of the roles.

    Raises:
        UserError: `SERVER_EMPTY`, `ROLE_PREFIX`.
        EnvironmentProblem: `SERVER_PERMISSION`, of a role that may not make roles or does not own the catalogue.
    """
    sql = script(prefix)
    server = Server(address)
    try:
        with server.reading() as connection:
            if not exists_in(connection):
                raise UserError("SERVER_EMPTY", path=str(server.path))
        server.run_script(sql)
    finally:
        server.close()
    return tuple(f"{prefix}_{role}" for role in ROLES)
