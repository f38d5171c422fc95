"""What workspaces and catalogues answer alike about their records."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from census_app.domain.holdings import ListQuery, ListRow
from census_app.domain.records import Record, RecordId
from census_app.storage.records import Records


class ReadableRecords:
    """The reading half of a file; satisfies `services.ports.RecordReader`, the streams apart."""

    _records: Records

    def count(self, query: ListQuery) -> int:
        """Return how many records the query finds."""
        return self._records.count(query)

    def keys(self, query: ListQuery, limit: int = 0) -> array[int]:
        """Return the row keys the query finds, in order; with a limit only the first."""
        return self._records.keys(query, limit)

    def tally(self, query: ListQuery, field: str) -> list[tuple[str, int]]:
        """Return the answers of a field among what a query finds, and how often each is given."""
        return self._records.tally(query, field)

    def found_inside(
        self, form: str, parents: Sequence[str], word: str
    ) -> dict[RecordId, tuple[int, str]]:
        """Return, by parent, how many child records hold a word, and the title of the first."""
        return self._records.found_inside(form, parents, word)

    def rows(self, form: str, keys: Sequence[int], columns: Sequence[str]) -> list[ListRow]:
        """Return rows for some keys, in the order of `keys`; keys that are gone are left out."""
        return self._records.rows(form, keys, columns)

    def record(self, form: str, record: RecordId) -> Record | None:
        """Return one record with all its values, or None."""
        return self._records.record(form, record)

    def titles(self, form: str) -> dict[str, str]:
        """Return id → title text of every record that has one."""
        return self._records.titles(form)
