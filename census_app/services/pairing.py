"""Which existing record a row means, by the form's identity fields (domain §7).

A field before the form's title is a code, which finds a record on its own. The title is a name: it finds the first
record of that name that no other row of the import means. Fields after the title narrow the name: a wish for the
same data from another provider is another wish.
"""

from __future__ import annotations

from collections.abc import Mapping

from census_app.domain.records import Record, RecordId, Value
from census_app.formspec.model import Form
from census_app.formspec.titles import plain_text
from census_app.services.ports import WorkspaceStore


class Pairing:
    """The records of one form as they are, each to be met by one row at most.

    Args:
        store: The workspace.
        form: The form.
    """

    def __init__(self, store: WorkspaceStore, form: Form) -> None:
        place = form.identity.index(form.title) if form.title in form.identity else None
        self.codes = form.identity[:place]
        self._narrowing = () if place is None else form.identity[place + 1 :]
        self._title = form.title
        self._records: dict[RecordId, Record] = {}
        self._by_code: dict[tuple[str, Value], list[RecordId]] = {}
        self._by_name: dict[tuple[RecordId | None, str], list[RecordId]] = {}
        self._last_position: dict[RecordId | None, int] = {}
        self._met: set[RecordId] = set()
        self._reserved: set[RecordId] = set()
        self._claimed: set[tuple[str, Value]] = set()
        for record in store.stream_records(form.id):
            self._remember(record)

    def _remember(self, record: Record) -> None:
        self._records[record.id] = record
        for key in self._keys(record.values):
            self._by_code.setdefault(key, []).append(record.id)
        name = (record.parent, plain_text(record.values.get(self._title)))
        self._by_name.setdefault(name, []).append(record.id)
        last = self._last_position.get(record.parent, 0)
        self._last_position[record.parent] = max(last, record.position)

    def _keys(self, values: Mapping[str, Value]) -> list[tuple[str, Value]]:
        return [(code, values[code]) for code in self.codes if code in values]

    def by_identity(self, identity: str) -> Record | None:
        """Return the record a row says it is, or None when it is not here."""
        return self._records.get(RecordId(identity))

    def is_taken(self, record: Record) -> bool:
        """Say whether another row has met a record."""
        return record.id in self._met

    def reserve(self, record: RecordId) -> None:
        """Keep a record for the row that says it is that one: no name or code of another row finds it."""
        self._reserved.add(record)

    def claim(self, values: Mapping[str, Value]) -> None:
        """Note the codes of a row that comes later, so that no name takes the record they mean."""
        self._claimed.update(self._keys(values))

    def find(self, parent: RecordId | None, values: Mapping[str, Value]) -> Record | None:
        """Return the record a row means, or None; it is not yet taken."""
        for key in self._keys(values):
            for record_id in self._by_code.get(key, ()):
                if self._is_free(record_id):
                    return self._records[record_id]
        candidates = [
            self._records[record_id]
            for record_id in self._by_name.get((parent, plain_text(values.get(self._title))), ())
            if self._is_free(record_id)
        ]
        own = set(self._keys(values))
        for record in candidates:
            spoken_for = self._claimed.intersection(self._keys(record.values)) - own
            if not spoken_for and self._agrees(record, values):
                return record
        return None

    def _is_free(self, record: RecordId) -> bool:
        return record not in self._met and record not in self._reserved

    def _agrees(self, record: Record, values: Mapping[str, Value]) -> bool:
        return all(
            record.values[name] == values[name]
            for name in self._narrowing
            if name in record.values and name in values
        )

    def take(self, record: Record) -> None:
        """Mark a record as met: no other row means it."""
        self._met.add(record.id)

    def next_position(self, parent: RecordId, step: int) -> int:
        """Return the place behind the last child of a parent, and count it as taken."""
        position = self._last_position.get(parent, 0) + step
        self._last_position[parent] = position
        return position
