"""A private copy of the workspace for the rules: made on the database thread, used and given up on another."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from census_app.services.ports import WorkspaceStore

if TYPE_CHECKING:
    import sqlite3


@dataclass(frozen=True, slots=True)
class PrivateCopy:
    """A copy that is open; whoever gets it gives it up, by `using` or by `close`."""

    manager: AbstractContextManager[sqlite3.Connection]
    connection: sqlite3.Connection

    @classmethod
    def of(cls, store: WorkspaceStore) -> Self:
        """Copy a workspace; called on the database thread."""
        manager = store.rule_copy()
        return cls(manager, manager.__enter__())

    @contextlib.contextmanager
    def using(self) -> Iterator[sqlite3.Connection]:
        """Lend the copy's connection and give the copy up at the end."""
        try:
            yield self.connection
        finally:
            self.close()

    def close(self) -> None:
        """Give the copy up."""
        self.manager.__exit__(None, None, None)
