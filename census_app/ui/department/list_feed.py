"""What a list reads on the database thread: its keys, its counts, and where a search found each record. No widgets."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace

from census_app.domain.filtering import ColumnFilter
from census_app.domain.records import RecordId, Unfit, Value
from census_app.domain.searching import (
    SEARCHED_TYPES,
    excerpt,
    holds_all,
    pattern_of,
    words_of,
)
from census_app.formspec.model import Form
from census_app.services.ports import ListQuery, WorkspaceStore

Spans = tuple[tuple[int, int], ...]
"""Spans of rows, both ends included."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen in the list as it was: the keys of its rows, the spans of the chosen ones, the current key."""

    keys: array[int]
    spans: Spans = ()
    current: int = -1


@dataclass(frozen=True, slots=True)
class Listing:
    """The outcome of a query.

    Attributes:
        everything: Number of records without search, filters and chips.
        inside: How many of those found are found only by one of their child records.
        spans: Where the rows stand that were chosen before.
        current: Row of the record that was current, or -1.
    """

    keys: array[int]
    everything: int
    inside: int = 0
    spans: Spans = ()
    current: int = -1


def read_listing(store: WorkspaceStore, query: ListQuery, chosen: Chosen) -> Listing:
    """Read the keys of a list and find again what was chosen in it."""
    keys = store.keys(query)
    whole = ListQuery(form=query.form, equals=query.equals)
    narrowed = bool(query.search or query.filters or query.ids is not None)
    everything = store.count(whole) if narrowed else len(keys)
    inside = 0
    if query.inside and query.search:
        inside = len(keys) - store.count(replace(query, inside=False))
    spans = _spans_of(keys, chosen) if len(chosen.spans) else ()
    try:
        current = keys.index(chosen.current) if chosen.current >= 0 else -1
    except ValueError:
        current = -1
    return Listing(keys, everything, inside, spans, current)


def _spans_of(keys: array[int], chosen: Chosen) -> Spans:
    wanted: set[int] = set()
    for top, bottom in chosen.spans:
        wanted.update(chosen.keys[top : bottom + 1])
    found: list[tuple[int, int]] = []
    for row, key in enumerate(keys):
        if key not in wanted:
            continue
        if found and found[-1][1] == row - 1:
            found[-1] = (found[-1][0], row)
        else:
            found.append((row, row))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a search found a record.

    Attributes:
        field: Field of the record, or empty when it was found by a child record.
        text: What stands around the word there, or the child's name.
        more: Number of further child records that hold it.
    """

    field: str
    text: str
    more: int = 0


def read_places(
    store: WorkspaceStore, form: Form, keys: Sequence[int], search: str
) -> dict[RecordId, Place]:
    """Return where a search found records whose names do not show it."""
    words = words_of(search)
    fields = [f.id for f in form.stored_fields if f.type in SEARCHED_TYPES]
    unfit = {f.id for f in form.stored_fields} - set(fields)
    found: dict[RecordId, Place] = {}
    inside: list[RecordId] = []
    for row in store.rows(form.id, keys, [f.id for f in form.stored_fields]):
        texts = {f: _text(row.values.get(f)) for f in fields}
        texts |= {f: v.text for f, v in row.values.items() if f in unfit and isinstance(v, Unfit)}
        if holds_all([texts.get(form.title, "")], words):
            continue
        place = _place(texts, form.title, words)
        if place is None:
            inside.append(row.id)
        else:
            found[row.id] = place
    for child in store.form_set.children_of(form.id):
        for word in words:
            wanted = [i for i in inside if i not in found]
            for parent, (count, name) in store.found_inside(child.id, wanted, word).items():
                found[parent] = Place("", name, count - 1)
    return found


def _place(texts: dict[str, str], title: str, words: Sequence[str]) -> Place | None:
    """Return the first field that holds a word the name does not; None when only child records hold one."""
    for word in words:
        if pattern_of(word).search(texts.get(title, "")):
            continue
        for field, text in texts.items():
            shown = excerpt(text, word)
            if shown:
                return Place(field, shown)
        return None
    return None


def _text(value: Value | None) -> str:
    if isinstance(value, Unfit):
        return value.text
    return value if isinstance(value, str) else ""


def without(filters: Sequence[ColumnFilter], field: str) -> tuple[ColumnFilter, ...]:
    """Return filters without the one on a field."""
    return tuple(f for f in filters if f.field != field)
