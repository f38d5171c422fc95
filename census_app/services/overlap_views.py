"""Records of several departments side by side: every answer and every item, with what differs marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from census_app.domain.names import match_key
from census_app.domain.overlaps import Member, MemberKey
from census_app.formspec.types import Context, format_value
from census_app.services.overlap_sheet import OverlapTable
from census_app.services.overlapping import TITLE_ROLE, OverlapKind, same_items
from census_app.services.ports import CatalogueStore, ListQuery, ListRow

MOST_BESIDE: Final = 12
"""Records that stand side by side; a group may have more."""


@dataclass(frozen=True, slots=True)
class BesideRow:
    """One answer, or one data item, of all records.

    Attributes:
        item: Whether it is a data item; its texts are its definitions, `""` where a record does not have it.
    """

    label: str
    texts: tuple[str, ...]
    differs: bool
    item: bool = False


@dataclass(frozen=True, slots=True)
class Beside:
    """Some members of a group side by side; those that are gone meanwhile are left out."""

    members: tuple[Member, ...]
    rows: tuple[BesideRow, ...]


def lay_beside(
    store: CatalogueStore,
    kind: OverlapKind,
    members: Sequence[Member],
    context: Context,
    table: OverlapTable,
) -> Beside:
    """Return the first `MOST_BESIDE` members with their answers in the order of the form, then their items by name."""
    form = store.form_set.by_role(TITLE_ROLE[kind])[0]
    columns = [field.id for field in form.stored_fields]
    wanted = {m.at: m for m in members[:MOST_BESIDE]}
    query = ListQuery(form=form.id, ids=frozenset(record for _department, record in wanted))
    found: dict[MemberKey, ListRow] = {
        (row.department, row.id): row
        for row in store.rows(form.id, store.keys(query), columns)
        if (row.department, row.id) in wanted
    }
    shown = [m for m in wanted.values() if m.at in found]
    rows = []
    for field in form.stored_fields:
        texts = []
        for member in shown:
            values = found[member.at].values
            value = values.get(field.id)
            told = "" if value is None else format_value(value, field, context.beside(values))
            texts.append(told)
        if any(texts):
            label = field.label.get(context.language)
            rows.append(BesideRow(label, tuple(texts), len(set(texts)) > 1))
    if kind == "resources":
        items = _items(store, shown, table)
        rows = [*rows[:1], *_counted(items, shown, table), *rows[1:], *items]
    return Beside(tuple(shown), tuple(rows))


def _counted(
    items: Sequence[BesideRow], members: Sequence[Member], table: OverlapTable
) -> list[BesideRow]:
    """Return the row that says how many items each has, and how many of them all have."""
    if not items:
        return []
    common = sum(all(row.texts) for row in items)
    counts = [sum(bool(row.texts[at]) for row in items) for at in range(len(members))]
    texts = tuple(table.text("DUP_ITEMS_COUNTED", count=n, common=common) for n in counts)
    return [BesideRow(table.text("DUP_KIND_items"), texts, any(n != common for n in counts))]


def _items(
    store: CatalogueStore, members: Sequence[Member], table: OverlapTable
) -> list[BesideRow]:
    each = [_items_of(store, member, table) for member in members]
    names: dict[str, str] = {}
    for items in each:
        for key, (name, _definition) in items.items():
            names.setdefault(key, name)
    found = []
    for key in sorted(names, key=lambda k: (-sum(k in items for items in each), k)):
        texts = tuple(items[key][1] if key in items else "" for items in each)
        found.append(BesideRow(names[key], texts, len(set(texts)) > 1, item=True))
    return found


def _items_of(
    store: CatalogueStore, member: Member, table: OverlapTable
) -> Mapping[str, tuple[str, str]]:
    """Return folded name → name and definition of the items of a resource."""
    child, name = store.form_set.by_role("item_name")
    type_, length = (store.form_set.by_role(role)[1] for role in ("item_type", "item_length"))
    query = ListQuery(form=child.id, parent=member.record, department=member.department)
    rows = store.rows(child.id, store.keys(query), [name.id, type_.id, length.id])
    found: dict[str, tuple[str, str]] = {}
    for row in rows:
        text = str(row.values.get(name.id) or "")
        long = row.values.get(length.id)
        definition = table.definition(
            str(row.values.get(type_.id) or ""), long if isinstance(long, int) else None
        )
        found.setdefault(same_items().key(match_key(text)), (text, definition))
    return found
