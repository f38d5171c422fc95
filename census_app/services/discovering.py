"""Discover resources and data items in a database: compare its schema with what is recorded, write what was ticked.

A table is met again by its database, schema and name, which are remembered beside the record (ADR 0070). Discovery
writes into an empty field and into one that still says what discovery wrote; what a person wrote stays, and the
difference is shown. Nothing is deleted: what is gone is said.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from census_app.domain.changes import Insert, Operation, Origin, Put, Step, StepDone
from census_app.domain.names import fold
from census_app.domain.records import POSITION_STEP, Record, RecordId, Value, new_id
from census_app.domain.schemas import (
    FoundColumn,
    FoundSchema,
    FoundTable,
    Sighting,
    TableKey,
    fits,
    key_of,
)
from census_app.errors import UserError
from census_app.formspec.evaluator import RecordEvaluator
from census_app.formspec.model import Field, Form
from census_app.formspec.titles import title_of
from census_app.formspec.types import value_to_json
from census_app.services.defaults import default_values
from census_app.services.discovery_plan import (
    Chosen,
    ColumnFound,
    Difference,
    Discovery,
    DiscoveryPlan,
    Standing,
    TableFound,
)
from census_app.services.lookup import context_for, stamp
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.proposing import Proposals, Way, apart, texts_by_fold
from census_app.services.refusing import refuse_many


@dataclass(frozen=True, slots=True)
class DiscoveryDone:
    """What a discovery wrote."""

    step: StepDone
    plan: DiscoveryPlan
    snapshot: Path | None = None


def compare(
    store: WorkspaceStore,
    found: FoundSchema,
    way: Way | None = None,
    *,
    patterns: Sequence[str] = (),
    progress: Progress | None = None,
) -> Discovery:
    """Hold a schema against what is recorded; nothing is written.

    Args:
        found: As `domain.schemas.sifted` gives it.
        patterns: Those it was sifted by: a recorded table that none of them means is not looked for.
    """
    return _Comparison(store, found, way or Way(), progress or Progress()).made(patterns)


def known_source(store: WorkspaceStore, found: FoundSchema) -> str:
    """Return under which name this database was discovered before: its own, or the one that shares most tables.

    A script or a copy has another name than the database, and is still the same tables.
    """
    by_source: dict[str, set[TableKey]] = {}
    for each in store.sightings():
        by_source.setdefault(each.source, set()).add(key_of(each.schema, each.table))
    if found.source in by_source or not by_source:
        return found.source
    here = {key_of(t.schema, t.name) for t in found.tables}
    best = max(by_source, key=lambda s: (len(by_source[s] & here), s))
    shared = len(by_source[best] & here)
    return best if shared * 2 > len(by_source[best]) else found.source


def sources(store: WorkspaceStore) -> list[str]:
    """Return the names of the databases that were discovered before."""
    return sorted({each.source for each in store.sightings()})


def everything(discovery: Discovery) -> dict[TableKey, frozenset[str] | None]:
    """Return the choice of all tables that are there."""
    return {t.key: None for t in discovery.tables if t.standing is not Standing.GONE}


def plan_discovery(
    store: WorkspaceStore, discovery: Discovery, chosen: Chosen, way: Way | None = None
) -> DiscoveryPlan:
    """Return what taking some tables over would write."""
    return _Planning(store, discovery, way or Way()).plan(chosen)


def apply_discovery(
    store: WorkspaceStore, plan: DiscoveryPlan, *, actor: str, clock: Clock
) -> DiscoveryDone:
    """Write a plan as one step, after a snapshot; a plan without anything to write writes nothing.

    Raises:
        UserError: `REFUSED_VALUE`.
    """
    if not plan.writes:
        return DiscoveryDone(StepDone(0, ()), plan)
    _refuse(store, plan.operations, clock)
    snapshot = store.snapshot("import")
    params = {"source": plan.source, "count": str(plan.tables)}
    step = Step(
        "STEP_DISCOVER", actor, Origin.IMPORTED, stamp(clock.now()), plan.operations, params
    )
    return DiscoveryDone(store.write_discovery(step, plan.sighted), plan, snapshot)


def check_choice(discovery: Discovery, chosen: Iterable[TableKey]) -> None:
    """Refuse a choice of nothing.

    Raises:
        UserError: `DISCOVER_NOTHING`.
    """
    if not set(chosen) & set(everything(discovery)):
        raise UserError("DISCOVER_NOTHING", source=discovery.found.source)


def _refuse(store: WorkspaceStore, operations: Sequence[Operation], clock: Clock) -> None:
    context, today = context_for(store), clock.now().date().isoformat()
    rows: dict[str, list[Mapping[str, Value]]] = {}
    for each in operations:
        if isinstance(each, Insert):
            rows.setdefault(each.record.form, []).append(each.record.values)
    for form_id, values in rows.items():
        form = store.form_set.form(form_id)
        refuse_many(RecordEvaluator(form, store.form_set, today), form, values, context)


# -- comparing ---------------------------------------------------------------------------------------------------------


class _Comparison:
    """One schema against one workspace."""

    def __init__(
        self, store: WorkspaceStore, found: FoundSchema, way: Way, progress: Progress
    ) -> None:
        self._found = found
        self._progress = progress
        self._context = context_for(store)
        self._proposals = Proposals(store, self._context, found.product, way)
        self._resource, self._item = self._proposals.resource, self._proposals.item
        self._resources = {r.id: r for r in store.stream_records(self._resource.id)}
        self._items: dict[RecordId, list[Record]] = {}
        for item in store.stream_records(self._item.id):
            if item.parent is not None:
                self._items.setdefault(item.parent, []).append(item)
        self._sighted = {(s.form, s.record): s for s in store.sightings()}
        self._taken: set[RecordId] = set()

    def made(self, patterns: Sequence[str]) -> Discovery:
        known = self._known_tables()
        self._taken = set(known.values())
        namesakes = self._namesakes()
        fresh = [t for t in self._found.tables if key_of(t.schema, t.name) not in known]
        titles = dict(
            zip((key_of(t.schema, t.name) for t in fresh), self._titles(fresh), strict=True)
        )
        tables = []
        for number, table in enumerate(self._found.tables):
            self._progress.step(number, len(self._found.tables), table.name)
            key = key_of(table.schema, table.name)
            record = known.get(key) or self._namesake(table, namesakes)
            if record is None:
                tables.append(self._new(table, titles[key]))
            else:
                tables.append(self._beside(table, self._resources[record], sighted=key in known))
        here = {key_of(t.schema, t.name) for t in self._found.tables}
        gone = [
            self._gone(key, record) for key, record in known.items()
            if key not in here and self._asked(record, patterns)
        ]  # fmt: skip
        return Discovery(self._found, (*tables, *gone), self._resource.id, self._item.id)

    def _known_tables(self) -> dict[TableKey, RecordId]:
        return {
            key_of(s.schema, s.table): s.record
            for s in self._sighted.values()
            if s.form == self._resource.id
            and s.source == self._found.source
            and s.record in self._resources
        }

    def _asked(self, record: RecordId, patterns: Sequence[str]) -> bool:
        seen = self._sighted[self._resource.id, record]
        return not patterns or fits(FoundTable(seen.table, (), seen.schema), patterns)

    def _namesakes(self) -> dict[str, dict[str, list[RecordId]]]:
        found = {"title": texts_by_fold(self._resources, self._proposals.resource_name.id)}
        english = self._proposals.field("resource_name_en")
        found["english"] = texts_by_fold(self._resources, english.id) if english else {}
        return found

    def _namesake(
        self, table: FoundTable, namesakes: Mapping[str, Mapping[str, list[RecordId]]]
    ) -> RecordId | None:
        """Return a record that nobody has found in a database and that goes by the table's name."""
        for kind, text in (
            ("english", table.name),
            ("title", self._proposals.resource_title(table)),
        ):
            for record in namesakes[kind].get(fold(text), ()):
                if record not in self._taken and (self._resource.id, record) not in self._sighted:
                    self._taken.add(record)
                    return record
        return None

    def _titles(self, tables: Sequence[FoundTable]) -> list[str]:
        name = self._proposals.resource_name.id
        taken = [str(r.values.get(name, "")) for r in self._resources.values()]
        return apart(
            [(self._proposals.resource_title(t), t.name) for t in tables], filter(None, taken)
        )

    def _new(self, table: FoundTable, title: str) -> TableFound:
        named = [(self._proposals.item_title(c), c.name) for c in table.columns]
        columns = tuple(
            self._new_column(column, name)
            for column, name in zip(table.columns, apart(named), strict=True)
        )
        return TableFound(
            table.schema, table.name, title, Standing.NEW, columns, table.comment, table.rows,
            {**self._proposals.of_table(table), self._proposals.resource_name.id: title},
            named=bool(table.comment),
        )  # fmt: skip

    def _new_column(self, column: FoundColumn, title: str) -> ColumnFound:
        values = {**self._proposals.of_column(column), self._proposals.item_name.id: title}
        return ColumnFound(
            column.name,
            title,
            Standing.NEW,
            column.type_text,
            column.comment,
            values,
            named=bool(column.comment),
        )

    def _beside(self, table: FoundTable, record: Record, *, sighted: bool) -> TableFound:
        proposed = self._proposals.of_table(table)
        differences = self._differences(
            self._resource, record, proposed, self._proposals.resource_name,
            self._proposals.resource_title(table), table.comment,
        )  # fmt: skip
        columns = self._columns(table, record)
        alive = any(not d.kept for d in differences) or any(
            c.standing is not Standing.SAME for c in columns
        )
        standing = Standing.CHANGED if alive else Standing.SAME
        return TableFound(
            table.schema, table.name, title_of(self._resource, record.values),
            standing if sighted else Standing.NAMESAKE, columns, table.comment, table.rows,
            proposed, differences, record.id, named=bool(table.comment),
        )  # fmt: skip

    def _columns(self, table: FoundTable, record: Record) -> tuple[ColumnFound, ...]:
        items = self._items.get(record.id, [])
        pairs = self._paired(table, items)
        taken = [title_of(self._item, i.values) for i in items]
        fresh = [c for c in table.columns if c.name.casefold() not in pairs]
        named = [(self._proposals.item_title(c), c.name) for c in fresh]
        titles = dict(zip((c.name.casefold() for c in fresh), apart(named, taken), strict=True))
        found = [
            self._beside_column(c, pairs[c.name.casefold()])
            if c.name.casefold() in pairs
            else self._new_column(c, titles[c.name.casefold()])
            for c in table.columns
        ]
        met = {item.id for item in pairs.values()}
        for item in items:
            seen = self._sighted.get((self._item.id, item.id))
            if seen is not None and item.id not in met and seen.source == self._found.source:
                title = title_of(self._item, item.values)
                found.append(ColumnFound(seen.column, title, Standing.GONE, record=item.id))
        return tuple(found)

    def _paired(self, table: FoundTable, items: Sequence[Record]) -> dict[str, Record]:
        """Return column name → the data item it was found as, or one that goes by its name."""
        found: dict[str, Record] = {}
        met: set[RecordId] = set()
        columns = {c.name.casefold(): c for c in table.columns}
        for item in items:
            seen = self._sighted.get((self._item.id, item.id))
            if seen is not None and seen.source == self._found.source:
                name = seen.column.casefold()
                if name in columns and name not in found:
                    found[name] = item
                met.add(item.id)  # a renamed column is a new one: the old one is said to be gone
        english = self._proposals.field("item_name_en")
        for name, column in columns.items():
            wanted = {fold(column.name), fold(self._proposals.item_title(column))} - {""}
            for item in items if name not in found else ():
                texts = [item.values.get(f.id) for f in (english, self._proposals.item_name) if f]
                if item.id not in met and wanted & {fold(t) for t in texts if isinstance(t, str)}:
                    found[name] = item
                    met.add(item.id)
                    break
        return found

    def _beside_column(self, column: FoundColumn, item: Record) -> ColumnFound:
        proposed = self._proposals.of_column(column)
        differences = self._differences(
            self._item, item, proposed, self._proposals.item_name,
            self._proposals.item_title(column), column.comment,
        )  # fmt: skip
        standing = Standing.CHANGED if any(not d.kept for d in differences) else Standing.SAME
        return ColumnFound(
            column.name, title_of(self._item, item.values), standing, column.type_text, column.comment,
            proposed, differences, item.id, named=bool(column.comment),
        )  # fmt: skip

    def _differences(
        self,
        form: Form,
        record: Record,
        proposed: Mapping[str, Value],
        name: Field,
        title: str,
        comment: str,
    ) -> tuple[Difference, ...]:
        seen = self._sighted.get((form.id, record.id))
        held = seen.values if seen is not None else {}
        found = []
        for field_id, value in proposed.items():
            now = record.values.get(field_id)
            if now == value:
                continue
            target = form.field_by_id(field_id)
            theirs = (
                field_id not in held if now is None else held.get(field_id) == mark_of(now, target)
            )
            found.append(Difference(field_id, now, value, kept=not theirs))
        now = record.values.get(name.id)
        # A name comes of a comment only, and changes only when the comment has.
        if comment and now != title and (seen is None or seen.comment != text_mark(comment)):
            theirs = now is None or (now is not None and held.get(name.id) == mark_of(now, name))
            found.append(Difference(name.id, now, title, kept=not theirs))
        elif (
            comment and now is not None and now != title and held.get(name.id) != mark_of(now, name)
        ):
            found.append(Difference(name.id, now, title, kept=True))
        return tuple(found)

    def _gone(self, key: TableKey, record: RecordId) -> TableFound:
        seen = self._sighted[self._resource.id, record]
        title = title_of(self._resource, self._resources[record].values)
        return TableFound(seen.schema, seen.table, title, Standing.GONE, record=record)


def mark_of(value: Value, target: Field) -> str:
    """Return the hash that a value is remembered by."""
    return text_mark(json.dumps(value_to_json(value, target), ensure_ascii=False, sort_keys=True))


def text_mark(text: str) -> str:
    """Return the hash that a text is remembered by."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


# -- planning ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Tally:
    tables: int = 0
    new_resources: int = 0
    new_items: int = 0
    changed: int = 0
    kept: int = 0
    unnamed: int = 0
    operations: list[Operation] = field(default_factory=list)
    sighted: list[Sighting] = field(default_factory=list)


class _Planning:
    """Turns a choice into operations."""

    def __init__(self, store: WorkspaceStore, discovery: Discovery, way: Way) -> None:
        self._store = store
        self._discovery = discovery
        self._context = context_for(store)
        self._proposals = Proposals(store, self._context, discovery.found.product, way)
        self._resource, self._item = self._proposals.resource, self._proposals.item
        self._unit = store.facts().department_code
        self._before = {(s.form, s.record): s for s in store.sightings()}
        self._defaults = default_values(self._resource, self._context)
        self._item_defaults = default_values(self._item, self._context)

    def plan(self, chosen: Chosen) -> DiscoveryPlan:
        tally = _Tally()
        gone = 0
        for table in self._discovery.tables:
            gone += table.standing is Standing.GONE
            gone += sum(c.standing is Standing.GONE for c in table.columns)
            if table.key in chosen and table.standing is not Standing.GONE:
                self._take(table, chosen[table.key], tally)
        return DiscoveryPlan(
            self._discovery.found.source, tuple(tally.operations), tuple(tally.sighted), tally.tables,
            tally.new_resources, tally.new_items, tally.changed, tally.kept, gone, tally.unnamed,
        )  # fmt: skip

    def _take(self, table: TableFound, columns: frozenset[str] | None, tally: _Tally) -> None:
        own = _Tally()
        record = table.record
        if record is None:
            record = new_id()
            begun = {**self._defaults, **self._proposals.of_new_table(), **table.values}
            own.operations.append(Insert(Record(self._resource.id, record, begun, unit=self._unit)))
            own.new_resources += 1
            own.unnamed += not table.named
        else:
            self._put(self._resource.id, record, table.differences, own)
        own.sighted.append(self._sighting(self._resource, record, table, None))
        self._take_columns(table, columns, record, own)
        if not own.operations and table.standing is not Standing.NAMESAKE:
            return
        tally.tables += 1
        for name in ("new_resources", "new_items", "changed", "kept", "unnamed"):
            setattr(tally, name, getattr(tally, name) + getattr(own, name))
        tally.operations += own.operations
        tally.sighted += own.sighted

    def _take_columns(
        self, table: TableFound, columns: frozenset[str] | None, record: RecordId, tally: _Tally
    ) -> None:
        places = self._store.places(self._item.id, record) if table.record is not None else []
        position = max((p for _id, p in places), default=0)
        for column in table.columns:
            if column.standing is Standing.GONE or not (
                columns is None or column.name.casefold() in columns
            ):
                continue
            item = column.record
            if item is None:
                item, position = new_id(), position + POSITION_STEP
                values = {**self._item_defaults, **column.values}
                tally.operations.append(
                    Insert(Record(self._item.id, item, values, record, position, self._unit))
                )
                tally.new_items += 1
                tally.unnamed += not column.named
            else:
                self._put(self._item.id, item, column.differences, tally)
            tally.sighted.append(self._sighting(self._item, item, table, column))

    def _put(
        self, form: str, record: RecordId, differences: Sequence[Difference], tally: _Tally
    ) -> None:
        values: dict[str, Value | None] = {d.field: d.found for d in differences if not d.kept}
        tally.kept += sum(d.kept for d in differences)
        if values:
            tally.operations.append(Put(form, record, values))
            tally.changed += 1

    def _sighting(
        self, form: Form, record: RecordId, table: TableFound, column: ColumnFound | None
    ) -> Sighting:
        of = table if column is None else column
        name = self._proposals.resource_name if column is None else self._proposals.item_name
        before = self._before.get((form.id, record))
        kept = {d.field for d in of.differences if d.kept}
        marks = dict(before.values) if before is not None else {}
        marks |= {f: mark_of(v, form.field_by_id(f)) for f, v in of.values.items() if f not in kept}
        renamed = next((d.found for d in of.differences if d.field == name.id and not d.kept), None)
        if renamed is not None:
            marks[name.id] = mark_of(renamed, name)
        made = Sighting(form.id, record, self._discovery.found.source, table.schema, table.name)
        return replace(
            made,
            column=column.name if column is not None else "",
            comment=text_mark(of.comment) if of.comment else "",
            values=marks,
        )
