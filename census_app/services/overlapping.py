"""Find what several departments hold alike: resources, data items, systems (rule MRG-1, 一数一源).

Reading goes page by page, so that a window can do other things in between; comparing needs no store any more. What a
department enters twice by itself is found by its own rules and by `deduplicating`.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from rapidfuzz import fuzz

from census_app.assets import resource
from census_app.domain.item_names import SameItems, is_element
from census_app.domain.item_overlaps import ItemOverlap, ItemTally
from census_app.domain.name_parts import Fillers, bigrams
from census_app.domain.names import match_key
from census_app.domain.overlaps import (
    RESOURCES,
    SYSTEMS,
    Member,
    MemberKey,
    Overlap,
    content_sha,
    find_overlaps,
)
from census_app.errors import UserError
from census_app.formspec.model import FormSet
from census_app.services.ports import CatalogueStore
from census_app.services.progress import Progress

OverlapKind = Literal["resources", "items", "systems"]
KINDS: Final[tuple[OverlapKind, ...]] = get_args(OverlapKind)
TITLE_ROLE: Final[Mapping[OverlapKind, str]] = {
    "resources": "resource_name",
    "items": "item_name",
    "systems": "system_name",
}
"""Kind → role of the field that names such a thing."""

PAGE: Final = 20_000
SHORTEST: Final = 4
"""Characters by which a record is named at least."""


@dataclass(frozen=True, slots=True)
class HeldIn:
    """A resource that holds a data item.

    Attributes:
        variant: Place of its definition among the item's variants.
    """

    department: str
    record: str
    name: str
    variant: int


@dataclass(frozen=True, slots=True)
class Overlaps:
    """Everything that was found.

    Attributes:
        resources, systems: The surest first.
        items: Those that are defined differently first.
        compared: Kind → records that were looked at.
    """

    resources: tuple[Overlap, ...] = ()
    items: tuple[ItemOverlap, ...] = ()
    systems: tuple[Overlap, ...] = ()
    compared: Mapping[OverlapKind, int] = field(default_factory=dict)
    _homes: Sequence[tuple[str, str, str]] = ()

    def groups(self, kind: OverlapKind) -> tuple[Overlap, ...]:
        """Return the groups of records of a kind; none of data items."""
        return self.resources if kind == "resources" else self.systems if kind == "systems" else ()

    def held_in(self, item: ItemOverlap) -> list[HeldIn]:
        """Return the resources that hold an item, by variant, department and name."""
        found = [HeldIn(*self._homes[at], variant) for at, variant in item.places]
        return sorted(found, key=lambda h: (h.variant, h.department, h.name, h.record))


class Survey:
    """Reads what is compared, then compares it.

    Args:
        form_set: Of the catalogue.
        kinds: What is looked for.
    """

    def __init__(self, form_set: FormSet, kinds: Sequence[OverlapKind] = KINDS) -> None:
        self._form_set = form_set
        self._kinds = tuple(kinds)
        self._numbers: dict[str, int] = {}
        self._spellings: dict[str, str] = {}
        self._tally = ItemTally()
        self._homes: list[tuple[str, str, str]] = []
        self._holders: list[str] = []
        self._home_at: dict[tuple[str, str], int] = {}
        self._traits: list[list[str]] = []
        self._elements: dict[str, set[str]] = {}
        self._joined: dict[str, str] = {}
        self._systems: list[Member] = []
        self._counts: dict[OverlapKind, int] = {}

    def parts(self, store: CatalogueStore) -> Iterator[int]:
        """Read page by page; each step yields how many rows were read so far.

        Every step may run at another time, but all on the thread of the store.
        """
        done = 0
        for kind, roles, take in self._plan():
            form = self._form_set.by_role(roles[0])[0].id
            fields = [self._form_set.by_role(role)[1].id for role in roles]
            after = 0
            while rows := store.cells(form, fields, after, PAGE):
                for row in rows:
                    take(*row[1:])
                after = rows[-1][0]
                done += len(rows)
                self._counts[kind] = self._counts.get(kind, 0) + len(rows)
                yield done

    def compare(self, progress: Progress | None = None) -> Overlaps:
        """Compare what was read; needs no store."""
        progress = progress or Progress()
        stages = len(self._kinds)
        progress.step(0, stages)
        self._joined = same_items().joined(self._elements)
        fillers = _fillers(self._form_set)
        resources: list[Overlap] = []
        if "resources" in self._kinds:
            members = [self._resource(at, fillers["resources"]) for at in range(len(self._homes))]
            resources = find_overlaps(members, ratio, RESOURCES)
            progress.step(1, stages)
        systems: list[Overlap] = []
        if "systems" in self._kinds:
            systems = find_overlaps(self._systems, ratio, SYSTEMS)
            progress.step(stages - 1, stages)
        wanted = "items" in self._kinds
        items = self._tally.overlaps(self._holders, self._joined) if wanted else []
        return Overlaps(
            tuple(resources), tuple(items), tuple(systems),
            {kind: self._counts.get(kind, 0) for kind in self._kinds},
            self._homes,
        )  # fmt: skip

    # -- taking rows -----------------------------------------------------------------------------------------------

    def _plan(self) -> Iterator[tuple[OverlapKind, tuple[str, ...], Callable[..., None]]]:
        if {"resources", "items"} & set(self._kinds):
            yield "resources", ("resource_name",), self._take_resource
            asked = ("item_name", "item_type", "item_length", "item_element")
            known = {f.role for form in self._form_set.forms for f in form.field}
            yield "items", tuple(role for role in asked if role in known), self._take_item
        if "systems" in self._kinds:
            yield "systems", ("system_name", "system_function"), self._take_system

    def _take_resource(
        self, department: str, unit: str, record: str, _parent: None, name: str | None
    ) -> None:
        self._home_at[department, record] = len(self._homes)
        self._homes.append((department, record, name or ""))
        self._holders.append(unit or department)
        self._traits.append([])

    def _take_item(
        self,
        department: str,
        _unit: str,
        _record: str,
        parent: str,
        name: str | None,
        type_: str | None,
        length: int | None,
        element: str | None = None,
    ) -> None:
        at = self._home_at.get((department, parent))
        if at is None or not name:
            return
        key = self._folded(name)
        if key:
            self._traits[at].append(key)
            self._tally.add(key, name, (type_ or "", length), at)
            if element and is_element(element.strip().lower()):
                self._elements.setdefault(element.strip().lower(), set()).add(key)

    def _take_system(
        self,
        department: str,
        unit: str,
        record: str,
        _parent: None,
        name: str | None,
        function: str | None,
    ) -> None:
        key = match_key(name or "")
        traits = sorted(bigrams(match_key(function or "")))
        self._systems.append(
            Member(
                department, record, unit or department, name or "", key,
                _fillers(self._form_set)["systems"].core(key), self._numbered(traits),
                content_sha(key, [match_key(function or "")]),
            )
        )  # fmt: skip

    def _resource(self, at: int, fillers: Fillers) -> Member:
        department, record, name = self._homes[at]
        key = match_key(name)
        # A verdict is bound to the names as they are; what means the same is compared as the same.
        traits = [self._joined.get(each, each) for each in self._traits[at]]
        return Member(
            department, record, self._holders[at], name, key, fillers.core(key),
            self._numbered(traits), content_sha(key, set(self._traits[at])),
        )  # fmt: skip

    def _folded(self, name: str) -> str:
        found = self._spellings.get(name)
        if found is None:
            found = self._spellings[name] = match_key(name)
        return found

    def _numbered(self, traits: Sequence[str]) -> frozenset[int]:
        numbers = self._numbers
        return frozenset(numbers.setdefault(trait, len(numbers)) for trait in traits)


def find(
    store: CatalogueStore, kinds: Sequence[OverlapKind] = KINDS, progress: Progress | None = None
) -> Overlaps:
    """Return what several departments hold alike.

    Raises:
        Cancelled: The person stopped it.
    """
    progress = progress or Progress()
    survey = Survey(store.form_set, kinds)
    for done in survey.parts(store):
        progress.step(done, 0)
    return survey.compare(progress)


def members_named(
    store: CatalogueStore, kind: OverlapKind, texts: Iterable[str]
) -> list[MemberKey]:
    """Return the records that people name by id or its beginning, or by `<department>/<id>`.

    Raises:
        UserError: `VERDICT_RECORD`, none is named so, or several are.
    """
    wanted = [text.strip() for text in texts]
    found: dict[str, list[MemberKey]] = {text: [] for text in wanted}
    form = store.form_set.by_role(TITLE_ROLE[kind])[0].id
    after = 0
    while rows := store.cells(form, (), after, PAGE):
        for _key, department, _unit, record, _parent in rows:
            for text, several in found.items():
                code, slash, identity = text.rpartition("/")
                if record.startswith(identity.lower()) and (not slash or code == department):
                    several.append((department, record))
        after = rows[-1][0]
    for text, several in found.items():
        if len(several) != 1 or len(text) < SHORTEST:
            raise UserError("VERDICT_RECORD", given=text, count=len(several))
    return [found[text][0] for text in wanted]


def ratio(one: str, other: str) -> float:
    """Return how alike two texts are: twice the characters they have in common in one order, by their length."""
    return fuzz.ratio(one, other) / 100


@functools.lru_cache(maxsize=1)
def same_items() -> SameItems:
    """Return which names of data items mean the same, as `resources/matching/items.toml` says."""
    listed = tomllib.loads(resource("matching", "items.toml").read_text(encoding="utf-8"))
    return SameItems(group["names"] for group in listed["same"])


@functools.lru_cache(maxsize=4)
def _fillers_of(places: frozenset[str]) -> Mapping[str, Fillers]:
    words = tomllib.loads(resource("matching", "names.toml").read_text(encoding="utf-8"))
    return {
        kind: Fillers.of([*given["beginnings"], *places], given["endings"])
        for kind, given in words.items()
    }


def _fillers(form_set: FormSet) -> Mapping[str, Fillers]:
    """Return the words that say nothing, names of places included; they are data, as the form set's divisions are."""
    _form, division = form_set.by_role("division")
    listed = form_set.choice_lists.get(division.choices)
    return _fillers_of(
        frozenset(c.zh for c in listed.choices) if listed is not None else frozenset()
    )
