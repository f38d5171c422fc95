"""One line for each department, read anew when the catalogue was read: one after the other, so that nobody waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Signal

from census_app.domain.holdings import RosterEntry
from census_app.services.ports import CatalogueStore
from census_app.ui.catalogue.session import CatalogueSession, CatalogueState

T = TypeVar("T")


class Board(QObject, Generic[T]):
    """Reads a line for every department on the roster.

    Args:
        read: Reads one, on the database thread.

    Attributes:
        lines: Department → its line, as last read.

    Signals:
        changed: All lines are there.
    """

    changed = Signal()

    def __init__(
        self,
        session: CatalogueSession,
        read: Callable[[CatalogueStore, RosterEntry], T],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.lines: dict[str, T] = {}
        self._session, self._read = session, read
        self._round = 0
        session.loaded.connect(self._on_loaded)

    def _on_loaded(self, state: CatalogueState) -> None:
        self._round += 1
        self._next(self._round, state.roster, {})

    def _next(self, number: int, rest: Sequence[RosterEntry], found: dict[str, T]) -> None:
        if number != self._round:
            return  # the catalogue was read again meanwhile
        if not rest:
            self.lines = found
            self.changed.emit()
            return
        entry = rest[0]

        def done(line: T) -> None:
            found[entry.code] = line
            self._next(number, rest[1:], found)

        self._session.ask(lambda store, _p: self._read(store, entry), self, done)
