"""The history of the fixed tables, as Alembic operations; form tables belong to `form_tables`.

Revisions are ordinary modules, imported and run by `History.upgrade`: no ini file, no search for scripts on disk, so a
frozen build runs them as well. Columns are written out and never follow today's `fixed_tables`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Revision:
    """One step of the history."""

    id: str
    upgrade: Callable[[], None]


@dataclass(frozen=True, slots=True)
class History:
    """All revisions of one kind of file, oldest first.

    Attributes:
        load: Returns the revisions; Alembic is imported only when a file is made or migrated.
        version: Number of revisions, which is the file's `user_version`.
        tables: Fixed tables at the newest revision.
    """

    load: Callable[[], Sequence[Revision]]
    version: int
    tables: frozenset[str]

    def upgrade(self, connection: Connection) -> list[str]:
        """Run the revisions a file has not seen, in the caller's transaction; return their ids."""
        from alembic.migration import MigrationContext  # noqa: PLC0415  # 0.1 s nobody needs to wait for
        from alembic.operations import Operations  # noqa: PLC0415

        context = MigrationContext.configure(
            connection, opts={"render_as_batch": True, "transactional_ddl": True}
        )
        revisions = self.load()
        current = context.get_current_revision()
        known = [r.id for r in revisions]
        done = known.index(current) + 1 if current else 0
        with Operations.context(context):
            for revision in revisions[done:]:
                revision.upgrade()
        self._stamp(connection, known[-1])
        return known[done:]

    @staticmethod
    def _stamp(connection: Connection, newest: str) -> None:
        connection.exec_driver_sql(
            "CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL, "
            "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
        )
        connection.exec_driver_sql("DELETE FROM alembic_version")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (newest,))


def _workspace() -> Sequence[Revision]:
    from census_app.storage.migrations import (  # noqa: PLC0415
        workspace_0001,
        workspace_0002,
        workspace_0003,
        workspace_0004,
    )

    return (
        Revision("workspace_0001", workspace_0001.upgrade),
        Revision("workspace_0002", workspace_0002.upgrade),
        Revision("workspace_0003", workspace_0003.upgrade),
        Revision("workspace_0004", workspace_0004.upgrade),
    )


def _catalogue() -> Sequence[Revision]:
    from census_app.storage.migrations import (  # noqa: PLC0415
        catalogue_0001,
        catalogue_0002,
        catalogue_0003,
        catalogue_0004,
        catalogue_0005,
    )

    return (
        Revision("catalogue_0001", catalogue_0001.upgrade),
        Revision("catalogue_0002", catalogue_0002.upgrade),
        Revision("catalogue_0003", catalogue_0003.upgrade),
        Revision("catalogue_0004", catalogue_0004.upgrade),
        Revision("catalogue_0005", catalogue_0005.upgrade),
    )


WORKSPACE_HISTORY: Final = History(
    _workspace,
    version=4,
    tables=frozenset(
        {
            "workspace",
            "step",
            "change",
            "unfit",
            "understood",
            "explanation",
            "correspondence",
            "handed_in",
            "trust_bundle",
            "form_file",
            "query",
            "answer",
            "verdict",
            "base_line",
            "conflict",
            "last_round",
            "carried",
            "confirmation",
            "sighting",
        }
    ),
)
CATALOGUE_HISTORY: Final = History(
    _catalogue,
    version=5,
    tables=frozenset(
        {
            "catalogue",
            "certificate",
            "package",
            "package_chunk",
            "decision",
            "projected",
            "announced",
            "trust_bundle",
            "form_file",
            "unit",
            "explained",
            "answered",
            "vanished",
            "overlay",
            "counted",
        }
    ),
)
NEWEST: Final = max(WORKSPACE_HISTORY.version, CATALOGUE_HISTORY.version)
"""The highest structure this program knows of any kind of file."""
