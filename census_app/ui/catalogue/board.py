"""One line for each department, read anew when the catalogue was read: one after the other, so that nobody waits.

Where colleagues change the catalogue all the time a reading may never come to its end. So what was read counts at once,
and the next reading begins with the departments that have waited longest.
"""

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
        complete: Whether every department has one; until then nobody can say that nothing waits.

    Signals:
        changed: All lines are there; once they are, also when a reading was overtaken by the next.
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
        self.complete = False
        self._session, self._read = session, read
        self._round = 0
        self._read_in: dict[str, int] = {}
        session.loaded.connect(self._on_loaded)

    def _on_loaded(self, state: CatalogueState) -> None:
        overtaken = bool(self._round) and self._round in self._read_in.values()
        self._round += 1
        self.lines = {e.code: self.lines[e.code] for e in state.roster if e.code in self.lines}
        self.complete = len(self.lines) == len(state.roster)
        if overtaken and self.complete and state.roster:
            self.changed.emit()
        waited = sorted(state.roster, key=lambda entry: self._read_in.get(entry.code, 0))
        self._next(self._round, waited)

    def _next(self, number: int, rest: Sequence[RosterEntry]) -> None:
        if number != self._round:
            return  # the catalogue was read again meanwhile
        if not rest:
            self.complete = True
            self._read_in.clear()
            self.changed.emit()
            return
        entry = rest[0]

        def done(line: T) -> None:
            if number == self._round:
                self.lines[entry.code] = line
                self._read_in[entry.code] = number
            self._next(number, rest[1:])

        self._session.ask(lambda store, _p: self._read(store, entry), self, done)
