"""Settle conflicts of a merge: both sides side by side, one of them or another value, with a reason, journalled.

Until then ours stays, and nothing is handed on. An undo of the decision opens the conflict again.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal, cast

from census_app.domain.changes import Insert, Operation, Origin, Put, Remove, Step, StepDone
from census_app.domain.merging import WHOLE, Line, Lines, same
from census_app.domain.records import Record, RecordId, Unfit, Value
from census_app.errors import UserError
from census_app.formspec.model import Form
from census_app.formspec.titles import title_of
from census_app.formspec.types import parse_value
from census_app.services import contribution_lines as texts
from census_app.services.contribution_lines import LineCodec
from census_app.services.lookup import context_for, stamp
from census_app.services.ports import Clock, ConflictEntry, WorkspaceStore
from census_app.services.refusing import refuse_changes

Choice = Literal["ours", "theirs", "value"]


@dataclass(frozen=True, slots=True)
class ConflictItem:
    """An undecided conflict, both sides as values.

    Attributes:
        sender: Code of the side that theirs comes from.
        title: Name of the record.
        field: Field id; empty when one side deleted the record and the other went on with it.
        base, ours, theirs: None for empty, and always for a whole record.
        ours_gone: Of a whole record: we deleted it, they went on; else they deleted it and we went on.
    """

    id: str
    sender: str
    form: str
    record: RecordId
    title: str
    field: str
    base: Value | None = None
    ours: Value | None = None
    theirs: Value | None = None
    ours_gone: bool = False


@dataclass(frozen=True, slots=True)
class DecidedConflict:
    """A conflict that a person has decided.

    Attributes:
        title: Name of the record; empty when it is gone.
        field: Field id, or empty for a whole record.
    """

    id: str
    form: str
    record: RecordId
    title: str
    field: str
    choice: Choice
    reason: str
    actor: str
    at: str


def decided_conflicts(store: WorkspaceStore) -> list[DecidedConflict]:
    """Return what was decided in the merges in force, the newest first."""
    found = []
    for entry in store.decided_conflicts():
        record = store.record(entry.form, RecordId(entry.record))
        title = title_of(store.form_set.form(entry.form), record.values) if record else ""
        found.append(
            DecidedConflict(
                entry.id, entry.form, RecordId(entry.record), title, entry.field,
                cast("Choice", entry.choice), entry.reason, entry.actor, entry.at,
            )
        )  # fmt: skip
    return found


def open_conflicts(store: WorkspaceStore) -> list[ConflictItem]:
    """Return what waits for a decision, by form, record and field.

    What has settled itself is left out: ours holds their value by now, the record is gone, or they have changed the
    field again since.
    """
    return [item for item, _entry in _open(store)]


def require_settled(store: WorkspaceStore) -> None:
    """Stop handing on while conflicts are undecided.

    Raises:
        UserError: `EXPORT_CONFLICTS` with their number.
    """
    found = open_conflicts(store)
    if found:
        raise UserError("EXPORT_CONFLICTS", count=len(found), first=found[0].title)


def decide_conflict(
    store: WorkspaceStore,
    conflict: str,
    choice: Choice,
    reason: str,
    *,
    actor: str,
    clock: Clock,
    text: str = "",
) -> StepDone:
    """Decide a conflict and write what follows from it, as one step.

    Args:
        conflict: Its id, or the beginning of it that is unique.
        choice: `ours` as it stands now, `theirs`, or `value`: another one.
        text: The other value, as a person types it; empty empties the field.

    Raises:
        UserError: `CONFLICT_UNKNOWN`, `CONFLICT_REASON`; `CONFLICT_VALUE`, the text does not fit the field or the
            conflict is about a whole record; `REFUSED_VALUE`.
    """
    if not reason.strip():
        raise UserError("CONFLICT_REASON")
    item, entry = _find(store, conflict)
    operations, new = _consequence(store, item, entry, choice, text, reason.strip())
    refuse_changes(store, [each for each in operations if isinstance(each, Put)], clock)
    at = stamp(clock.now())
    decided = dataclasses.replace(entry, choice=choice, reason=reason.strip(), actor=actor, at=at)
    form = store.form_set.form(item.form)
    label = form.field_by_id(item.field).label.zh if item.field else form.label.zh
    params = {"title": item.title, "field": label}
    step = Step("STEP_DECIDE", actor, Origin.MERGED, at, operations, params)
    return store.decide_conflict(step, decided, new)


def _find(store: WorkspaceStore, conflict: str) -> tuple[ConflictItem, ConflictEntry]:
    found = [pair for pair in _open(store) if conflict and pair[0].id.startswith(conflict)]
    if len(found) != 1:
        raise UserError("CONFLICT_UNKNOWN", given=conflict)
    return found[0]


def _consequence(
    store: WorkspaceStore,
    item: ConflictItem,
    entry: ConflictEntry,
    choice: Choice,
    text: str,
    reason: str,
) -> tuple[tuple[Operation, ...], str]:
    """Return the operations of a choice, and the chosen value as JSON text."""
    codec, form = LineCodec(store, item.sender), store.form_set.form(item.form)
    if item.field == WHOLE:
        if choice == "value":
            raise UserError("CONFLICT_VALUE", field=form.label.zh, given=text)
        whole = () if choice == "ours" else _whole(store, codec, item, entry, reason)
        return whole, "null"
    field = form.field_by_id(item.field)
    value = {"ours": item.ours, "theirs": item.theirs}.get(choice)
    if choice == "value":
        value = parse_value(text, field, context_for(store)).value
        if isinstance(value, Unfit):
            raise UserError("CONFLICT_VALUE", field=field.label.zh, given=text)
    operations = () if choice == "ours" else (Put(form.id, item.record, {field.id: value}),)
    return operations, texts.json_text(codec.raw(value, field))


def _whole(
    store: WorkspaceStore, codec: LineCodec, item: ConflictItem, entry: ConflictEntry, reason: str
) -> tuple[Operation, ...]:
    """Return what makes a whole record theirs: delete it, or bring it and its children back."""
    theirs = texts.subtree_of(entry.theirs)
    if not theirs:
        return (Remove(item.form, item.record, reason),)
    found: list[Operation] = []
    for key, line in theirs:
        insert = codec.insert(key, line)
        here = store.record(key[0], RecordId(key[1]))
        found.append(insert if here is None else _replacing(here, insert))
    return tuple(found)


def _replacing(here: Record, theirs: Insert) -> Put:
    return Put(here.form, here.id, dict.fromkeys(here.values) | dict(theirs.record.values))


def _open(store: WorkspaceStore) -> list[tuple[ConflictItem, ConflictEntry]]:
    entries = store.conflicts()
    if not entries:
        return []
    packages = {p.identity: p for p in store.packages() if p.direction == "received"}
    reader = _Reader(store)
    found = []
    for entry in entries:
        item = reader.item(entry, packages[entry.package].sender)
        if item is not None:
            found.append((item, entry))
    return found


class _Reader:
    def __init__(self, store: WorkspaceStore) -> None:
        self._store = store
        self._codecs: dict[str, LineCodec] = {}
        self._newest: dict[str, Lines] = {}

    def item(self, entry: ConflictEntry, sender: str) -> ConflictItem | None:
        """Return a conflict as it stands now; None when it has settled itself."""
        if sender not in self._codecs:
            self._codecs[sender] = LineCodec(self._store, sender)
            self._newest[sender] = texts.parsed(
                self._store.contribution_lines(sender, "received", 999_999)
            )
        codec = self._codecs[sender]
        newest = self._newest[sender].get((entry.form, entry.record))
        form = self._store.form_set.form(entry.form)
        make = self._of_record if entry.field == WHOLE else self._of_field
        return make(entry, sender, codec, form, newest)

    def _of_field(
        self, entry: ConflictEntry, sender: str, codec: LineCodec, form: Form, newest: Line | None
    ) -> ConflictItem | None:
        record = self._store.record(entry.form, RecordId(entry.record))
        base, theirs = (texts.value_of(text) for text in (entry.base, entry.theirs))
        if record is None or newest is None:
            return None
        ours = codec.line(record).values.get(entry.field)
        if same(ours, theirs) or not same(newest.values.get(entry.field), theirs):
            return None
        return ConflictItem(
            entry.id, sender, entry.form, record.id, title_of(form, record.values), entry.field,
            codec.value(form, entry.field, base), codec.value(form, entry.field, ours),
            codec.value(form, entry.field, theirs),
        )  # fmt: skip

    def _of_record(
        self, entry: ConflictEntry, sender: str, codec: LineCodec, form: Form, newest: Line | None
    ) -> ConflictItem | None:
        record = self._store.record(entry.form, RecordId(entry.record))
        theirs = texts.subtree_of(entry.theirs)
        said = theirs[0][1].values if theirs else None
        if not same(said, None if newest is None else newest.values):
            return None
        if record is None and not theirs:
            return None
        known = theirs or texts.subtree_of(entry.ours)
        key, line = known[0]
        values = codec.insert(key, line).record.values if record is None else record.values
        return ConflictItem(
            entry.id, sender, entry.form, RecordId(entry.record), title_of(form, values), WHOLE,
            ours_gone=record is None,
        )  # fmt: skip
