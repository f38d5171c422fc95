"""The model of a list: rows of records whose columns a person chooses."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from census_app.ui.models.record_table import Column, RecordTableModel


class ListTableModel(RecordTableModel):
    """A `RecordTableModel` that can show other columns."""

    @property
    def keys(self) -> array[int]:
        """The keys of all rows; the array is never changed, only replaced."""
        return self._keys

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Show other columns; the rows are read anew, since other answers are needed."""
        self.beginResetModel()
        self.columns = tuple(columns)
        self._pages.clear()
        self._asked.clear()
        self._stale.clear()
        self.generation += 1
        self.endResetModel()

    def keys_in(self, spans: Sequence[tuple[int, int]]) -> list[int]:
        """Return the keys of some spans of rows, both ends included."""
        found: list[int] = []
        for top, bottom in spans:
            found += self._keys[top : bottom + 1]
        return found
