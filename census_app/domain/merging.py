"""Two sides that filled the same census apart, brought together field by field against what they had in common.

Pure functions over the values of package lines (JSON values by field id; an absent field is empty). Nothing is resolved
silently: what both sides changed differently is a conflict, and a record that one side deleted while the other went on
with it is one as a whole. Not responsible for reading, storing or deciding.

Common bases are usually one. They are two where both sides had sent before either took over what the other sent; then
a side counts as unchanged in a field when it holds a value of either, and the other does not (docs/adr/0074).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

Key: TypeAlias = tuple[str, str]
"""Form id and record id."""

LineValues: TypeAlias = Mapping[str, object]
"""Field id → JSON value, as the `values` of a `put` line; a child also has its `parent_id` and `position`."""

WHOLE: Final = ""
"""Field of a conflict that is about the whole record."""

PARENT: Final = "parent_id"
POSITION: Final = "position"


@dataclass(frozen=True, slots=True)
class Line:
    """A record as a line says it: the unit it belongs to, and its values."""

    unit: str
    values: LineValues


Lines: TypeAlias = Mapping[Key, Line | None]
"""What a side says, by record: a line, None for one that is said to be gone. Who is not in it: nothing is said."""

Present: TypeAlias = Mapping[Key, Line]
"""The records a side holds; who is not in it is not there."""


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """A field that both sides changed differently; None stands for an empty field."""

    field: str
    base: object
    ours: object
    theirs: object


@dataclass(frozen=True, slots=True)
class MergedRecord:
    """One record after the merge.

    Attributes:
        values: What the record holds; None when it is not there. In a conflict ours stands.
        conflicts: By field in alphabetical order, or one about the whole record (field `WHOLE`).
    """

    values: LineValues | None
    conflicts: tuple[FieldConflict, ...] = ()


def merge_record(
    bases: Sequence[LineValues | None], ours: LineValues | None, theirs: LineValues | None
) -> MergedRecord:
    """Merge one record against its common base, or two of them.

    Args:
        bases: What both sides had in common; None, or nothing at all, where the record was not there.
        ours: What we hold, None when the record is not here.
        theirs: What they hold, likewise.
    """
    if same(ours, theirs):
        return MergedRecord(ours)
    known = [base for base in bases if base is not None]
    if ours is None or theirs is None:
        return _merge_presence(known, ours, theirs)
    merged: dict[str, object] = {}
    conflicts: list[FieldConflict] = []
    for field in sorted({*ours, *theirs}):
        before = [base.get(field) for base in known] or [None]
        value, found = _merge_field(field, before, ours.get(field), theirs.get(field))
        if found is not None:
            conflicts.append(found)
        if value is not None:
            merged[field] = value
    return MergedRecord(merged, tuple(conflicts))


def _merge_presence(
    known: Sequence[LineValues], ours: LineValues | None, theirs: LineValues | None
) -> MergedRecord:
    if not known:  # new on one side
        return MergedRecord(theirs if ours is None else ours)
    kept = theirs if ours is None else ours
    if any(same(kept, base) for base in known):  # unchanged there, deleted here
        return MergedRecord(None)
    return MergedRecord(ours, (FieldConflict(WHOLE, known[0], ours, theirs),))


def _merge_field(
    field: str, before: Sequence[object], ours: object, theirs: object
) -> tuple[object, FieldConflict | None]:
    if same(ours, theirs):
        return ours, None
    ours_old = any(same(ours, value) for value in before)
    theirs_old = any(same(theirs, value) for value in before)
    if ours_old is not theirs_old:
        return (theirs if ours_old else ours), None
    if field == POSITION:
        return _place_of_both(ours, theirs), None
    if field == PARENT:
        return ours, None
    return ours, FieldConflict(field, before[0], ours, theirs)


def _place_of_both(ours: object, theirs: object) -> object:
    """Return the smaller of two places, so that both sides come to the same order without asking anybody."""
    places = [place for place in (ours, theirs) if isinstance(place, int)]
    return min(places) if places else ours


def same(one: object, other: object) -> bool:
    """Say whether two JSON values are the same; `true` and `1` are not."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(v, other[k]) for k, v in one.items())
    return type(one) is type(other) and one == other


# -- all records -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field, or a whole record, that waits for a person; ours stays until then.

    Attributes:
        field: Field id, or `WHOLE`.
        base, ours, theirs: Values of the field, None for empty. Of a whole record: its line and those of its children,
            as a tuple of (key, line); empty when it is not there.
    """

    form: str
    record: str
    field: str
    base: object
    ours: object
    theirs: object


@dataclass(frozen=True, slots=True)
class Edit:
    """Fields of one of our records that take other values; None empties one."""

    key: Key
    values: LineValues


@dataclass(frozen=True, slots=True)
class MergePlan:
    """What taking their lines over would do to our records.

    Attributes:
        inserts: New records, parents before their children.
        edits: Changed fields, `position` among them.
        removes: Records that go; their children go with them.
        conflicts: What waits for a person.
        unchanged: How many of their lines ask for nothing.
    """

    inserts: tuple[tuple[Key, Line], ...] = ()
    edits: tuple[Edit, ...] = ()
    removes: tuple[Key, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    unchanged: int = 0


def merge_all(
    bases: Sequence[Lines], ours: Present, theirs: Lines, parents: Mapping[str, str]
) -> MergePlan:
    """Plan a merge of everything they say into everything we hold.

    Args:
        bases: What both sides had in common, one or two of them; none: nothing. A record that one of them says is
            gone, while the other has it, is never deleted silently again.
        ours: Our records.
        theirs: Their lines.
        parents: Every form id, parents before children → id of its parent form, empty for a top-level form.

    Raises:
        KeyError: A line is of a form that is not in `parents`.
    """
    return _Merge(bases, ours, theirs, parents).plan()


class _Merge:
    def __init__(
        self, bases: Sequence[Lines], ours: Present, theirs: Lines, parents: Mapping[str, str]
    ) -> None:
        self._bases, self._ours, self._theirs, self._parents = bases, ours, theirs, parents
        self._children = [_by_owner(side, parents) for side in (*bases, ours, theirs)]
        self._settled: set[Key] = set()
        """Owners that go, stay away or are a conflict as a whole: their children are decided with them."""
        self._inserts: list[tuple[Key, Line]] = []
        self._edits: list[Edit] = []
        self._removes: list[Key] = []
        self._conflicts: list[Conflict] = []
        self._unchanged = 0

    def plan(self) -> MergePlan:
        order = {form: number for number, form in enumerate(self._parents)}
        for key in sorted(self._theirs, key=lambda k: (order[k[0]], k[1])):
            if self._owner(key) in self._settled:
                continue
            self._take(key)
        return MergePlan(
            tuple(self._inserts),
            tuple(self._edits),
            tuple(self._removes),
            tuple(self._conflicts),
            self._unchanged,
        )

    def _owner(self, key: Key) -> Key | None:
        if not self._parents[key[0]]:
            return None
        for side in (self._theirs, self._ours, *self._bases):
            line = side.get(key)
            if line is not None:
                return self._parents[key[0]], str(line.values.get(PARENT, ""))
        return None

    def _take(self, key: Key) -> None:
        ours, theirs = self._ours.get(key), self._theirs[key]
        known = [line.values for base in self._bases if (line := base.get(key)) is not None]
        if (ours is None) is not (theirs is None) and known:
            self._take_or_leave(key, ours)
            return
        merged = merge_record(
            known, None if ours is None else ours.values, None if theirs is None else theirs.values
        )
        for found in merged.conflicts:
            self._conflicts.append(
                Conflict(*key, found.field, found.base, found.ours, found.theirs)
            )
        if ours is None:
            self._add(key, theirs)
        else:
            self._edit(key, ours.values, merged)

    def _add(self, key: Key, theirs: Line | None) -> None:
        if theirs is None:
            self._unchanged += 1
        else:
            self._inserts.append((key, theirs))

    def _edit(self, key: Key, ours: LineValues, merged: MergedRecord) -> None:
        now = merged.values
        if now is None:  # gone on both sides is nothing to do; gone on one is `_take_or_leave`'s
            return
        changed = {
            field: now.get(field)
            for field in sorted({*ours, *now})
            if not same(ours.get(field), now.get(field))
        }
        if changed:
            self._edits.append(Edit(key, changed))
        elif not merged.conflicts:
            self._unchanged += 1

    def _take_or_leave(self, key: Key, ours: Line | None) -> None:
        """Decide a record that was common and is now gone on exactly one side, with its children."""
        self._settled.add(key)
        at = len(self._bases)
        here, there = self._subtree(key, at, self._ours), self._subtree(key, at + 1, self._theirs)
        before = [b for n, base in enumerate(self._bases) if (b := self._subtree(key, n, base))]
        kept = here if ours is not None else self._with_unsaid(there, before)
        was_gone = any(base[key] is None for base in self._bases if key in base)
        if was_gone or not any(_same_subtree(kept, base) for base in before):
            self._conflicts.append(Conflict(*key, WHOLE, before[0], here, there))
        elif ours is not None:
            self._removes.append(key)
        else:
            self._unchanged += 1

    def _with_unsaid(self, there: Subtree, before: Sequence[Subtree]) -> Subtree:
        """Add the children they say nothing about: those are as they were."""
        unsaid = {key: line for base in before for key, line in base if key not in self._theirs}
        return tuple(sorted([*there, *unsaid.items()], key=lambda pair: pair[0]))

    def _subtree(self, key: Key, at: int, side: Lines) -> Subtree:
        line = side.get(key)
        if line is None:
            return ()
        children = self._children[at].get(key, ())
        return ((key, line), *sorted(children, key=lambda pair: pair[0]))


Subtree: TypeAlias = tuple[tuple[Key, Line], ...]


def _same_subtree(one: Subtree, other: Subtree) -> bool:
    """Say whether two records hold the same with their children; places do not count."""
    return same(
        {key: _without_place(line.values) for key, line in one},
        {key: _without_place(line.values) for key, line in other},
    )


def _without_place(values: LineValues) -> LineValues:
    return {field: value for field, value in values.items() if field != POSITION}


def _by_owner(side: Lines, parents: Mapping[str, str]) -> dict[Key, list[tuple[Key, Line]]]:
    found: dict[Key, list[tuple[Key, Line]]] = {}
    for key, line in side.items():
        form = parents[key[0]]
        if form and line is not None:
            found.setdefault((form, str(line.values.get(PARENT, ""))), []).append((key, line))
    return found
