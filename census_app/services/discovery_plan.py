"""What discovery found, compared with what is recorded, and what would be written: plain values.

Not responsible for comparing (`discovering`) or for reading a schema.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from census_app.domain.changes import Operation
from census_app.domain.records import RecordId, Value
from census_app.domain.schemas import FoundSchema, Sighting, TableKey, shown_name


class Standing(enum.StrEnum):
    """How a table or a column stands against what is recorded."""

    NEW = "new"
    SAME = "same"
    CHANGED = "changed"
    NAMESAKE = "namesake"
    """A record of the same name that nobody found in a database so far."""
    GONE = "gone"
    """Recorded from this database, and no longer in it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """An answer that the database would give differently.

    Attributes:
        now: What is recorded; None for nothing.
        kept: A person wrote what is recorded: it stays.
    """

    field: str
    now: Value | None
    found: Value
    kept: bool = False


@dataclass(frozen=True, slots=True)
class ColumnFound:
    """A column, or a recorded one that is gone.

    Attributes:
        name: Its name in the database.
        title: What the data item is called, or would be.
        values: Answers for a new item, by field.
        named: Whether the database says what it is called; else the name is the database's own.
    """

    name: str
    title: str
    standing: Standing
    type_text: str = ""
    comment: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    record: RecordId | None = None
    named: bool = True


@dataclass(frozen=True, slots=True)
class TableFound:
    """A table, or a recorded one that is gone; attributes as `ColumnFound`.

    Attributes:
        standing: `CHANGED` also when only one of its columns has.
    """

    schema: str
    name: str
    title: str
    standing: Standing
    columns: tuple[ColumnFound, ...] = ()
    comment: str = ""
    rows: int | None = None
    values: Mapping[str, Value] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    record: RecordId | None = None
    named: bool = True

    @property
    def key(self) -> TableKey:
        """By what it is chosen."""
        return self.schema.casefold(), self.name.casefold()

    @property
    def shown(self) -> str:
        """Its name as a person reads it."""
        return shown_name(self.schema, self.name)

    @property
    def news(self) -> int:
        """How many columns are not recorded yet."""
        return sum(c.standing is Standing.NEW for c in self.columns)


@dataclass(frozen=True, slots=True)
class Discovery:
    """A schema beside what is recorded.

    Attributes:
        found: The schema without what nobody would report.
        tables: In the schema's order; recorded ones that are gone come last.
        resource: Id of the form of resources; `item` of that of data items.
    """

    found: FoundSchema
    tables: tuple[TableFound, ...]
    resource: str
    item: str

    def count(self, standing: Standing) -> int:
        """Return how many tables stand so."""
        return sum(t.standing is standing for t in self.tables)


Chosen = Mapping[TableKey, frozenset[str] | None]
"""Tables that are taken, with their columns by name in small letters; None for all of them."""


@dataclass(frozen=True, slots=True)
class DiscoveryPlan:
    """What would be written.

    Attributes:
        tables: How many tables it is about.
        sighted: Where the records were found.
        kept: Answers of persons that stay though the database says otherwise.
        gone: Recorded tables and columns that are no longer in the database; nothing is deleted.
    """

    source: str
    operations: tuple[Operation, ...]
    sighted: tuple[Sighting, ...]
    tables: int = 0
    new_resources: int = 0
    new_items: int = 0
    changed: int = 0
    kept: int = 0
    gone: int = 0
    unnamed: int = 0

    @property
    def writes(self) -> bool:
        """Whether anything would be written."""
        return bool(self.operations or self.sighted)


@dataclass(frozen=True, slots=True)
class Tally:
    """What a choice would do, counted without the workspace.

    Attributes:
        tables: Of which something would be written.
    """

    tables: int = 0
    resources: int = 0
    items: int = 0
    changed: int = 0
    kept: int = 0
    namesakes: int = 0

    @property
    def writes(self) -> bool:
        """Whether taking it would write anything."""
        return bool(self.resources or self.items or self.changed or self.namesakes)


def tally(discovery: Discovery, chosen: Chosen) -> Tally:
    """Count what taking some tables over would do."""
    tables = resources = items = changed = kept = namesakes = 0
    for table in discovery.tables:
        if table.key not in chosen or table.standing is Standing.GONE:
            continue
        columns = chosen[table.key]
        taken = [
            c
            for c in table.columns
            if c.standing is not Standing.GONE and (columns is None or c.name.casefold() in columns)
        ]
        resources += table.record is None
        namesakes += table.standing is Standing.NAMESAKE
        fresh = sum(c.record is None for c in taken)
        known = [table.differences] if table.record is not None else []
        known += [c.differences for c in taken if c.record is not None]
        other = sum(any(not d.kept for d in differences) for differences in known)
        tables += bool(
            table.record is None or table.standing is Standing.NAMESAKE or fresh or other
        )
        items += fresh
        changed += other
        kept += sum(d.kept for differences in known for d in differences)
    return Tally(tables, resources, items, changed, kept, namesakes)
