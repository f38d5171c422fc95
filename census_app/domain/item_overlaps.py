"""Data items that several departments hold under one name, and whether they define them alike. Pure."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from census_app.domain.names import match_key

Definition = tuple[str, int | None]
"""Code of the data type (empty where there is none) and length in bytes."""


@dataclass(frozen=True, slots=True)
class ItemVariant:
    """One way an item is defined, with how many resources and departments define it so."""

    type: str
    length: int | None
    resources: int
    departments: int


@dataclass(frozen=True, slots=True)
class ItemOverlap:
    """An item of several departments.

    Attributes:
        key: The folded name; of a datum under several names the one that stands for all.
        name: The spelling that occurs most often.
        also: The most frequent spelling of each of its other names; see `domain.item_names`.
        variants: The most frequent first.
        flat: Number of a resource that holds it and place of its variant, by turns; see `places`.
    """

    key: str
    name: str
    variants: tuple[ItemVariant, ...]
    resources: int
    departments: int
    flat: array[int]
    also: tuple[str, ...] = ()

    def is_called(self, name: str) -> bool:
        """Say whether a name is one of its names, however it is spelt."""
        folded = match_key(name)
        return folded == self.key or folded in map(match_key, (self.name, *self.also))

    @property
    def places(self) -> Iterator[tuple[int, int]]:
        """Numbers of the resources that hold it, in the order they were read, each with the place of its variant."""
        return zip(self.flat[::2], self.flat[1::2], strict=True)

    @property
    def differs(self) -> bool:
        """Whether it has two types, or two lengths of one type; what was left open contradicts nothing."""
        lengths: dict[str, set[int]] = {}
        for variant in self.variants:
            found = lengths.setdefault(variant.type, set())
            if variant.length is not None:
                found.add(variant.length)
        types = lengths.keys() - {""}
        return len(types) > 1 or any(len(found) > 1 for found in lengths.values())

    @property
    def sha(self) -> str:
        """What a verdict about it is bound to: its definitions, however many hold each."""
        told = sorted(f"{v.type}:{v.length}" for v in self.variants)
        return hashlib.sha256("\0".join([self.key, *told]).encode()).hexdigest()[:16]


@dataclass(slots=True)
class _Kept:
    spellings: dict[str, int]
    definitions: dict[Definition, int]
    places: array[int]
    """Pairs of resource and definition, flat."""


class ItemTally:
    """Gathers items one by one; half a million fit a few dozen MiB."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    def add(self, key: str, name: str, definition: Definition, resource: int) -> None:
        """Note that a resource, by its number, has an item."""
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = _Kept({}, {}, array("l"))
        kept.spellings[name] = kept.spellings.get(name, 0) + 1
        kept.places.append(resource)
        kept.places.append(kept.definitions.setdefault(definition, len(kept.definitions)))

    def overlaps(
        self,
        department_of: Mapping[int, str] | list[str],
        joined: Mapping[str, str] | None = None,
    ) -> list[ItemOverlap]:
        """Return the items of several departments: those that differ first, then by departments, resources and key.

        Args:
            department_of: Number of a resource → who keeps it.
            joined: Key → the one that stands for it as well; None: every name is another item.
        """
        groups: dict[str, list[str]] = {}
        for key in self._kept:
            groups.setdefault((joined or {}).get(key, key), []).append(key)
        found = []
        for key, names in groups.items():
            kept = [self._kept[name] for name in names]
            made = _overlap(key, kept[0] if len(kept) == 1 else _merged(kept), department_of)
            if made is not None:
                found.append(replace(made, also=_other_names(made.name, kept)))
        return sorted(found, key=lambda o: (not o.differs, -o.departments, -o.resources, o.key))


def _merged(several: Sequence[_Kept]) -> _Kept:
    """Return what is kept of several names as if it were one."""
    whole = _Kept({}, {}, array("l"))
    for kept in several:
        for spelling, number in kept.spellings.items():
            whole.spellings[spelling] = whole.spellings.get(spelling, 0) + number
        numbers = [
            whole.definitions.setdefault(definition, len(whole.definitions))
            for definition in kept.definitions
        ]
        flat = array("l", kept.places)
        flat[1::2] = array("l", (numbers[number] for number in flat[1::2]))
        whole.places.extend(flat)
    return whole


def _other_names(name: str, several: Sequence[_Kept]) -> tuple[str, ...]:
    spellings = [max(sorted(kept.spellings), key=kept.spellings.__getitem__) for kept in several]
    return tuple(sorted(each for each in spellings if each != name))


def _overlap(
    key: str, kept: _Kept, department_of: Mapping[int, str] | list[str]
) -> ItemOverlap | None:
    resources, numbers = kept.places[::2], kept.places[1::2]
    departments = {department_of[resource] for resource in resources}
    if len(departments) < 2:
        return None
    of_variant: list[list[int]] = [[] for _ in kept.definitions]
    for resource, number in zip(resources, numbers, strict=True):
        of_variant[number].append(resource)
    variants = [
        (
            ItemVariant(
                type_,
                length,
                len(of_variant[number]),
                len({department_of[r] for r in of_variant[number]}),
            ),
            number,
        )
        for (type_, length), number in kept.definitions.items()
    ]
    variants.sort(key=lambda v: (-v[0].resources, v[0].type, v[0].length or 0))
    place_of = {number: place for place, (_, number) in enumerate(variants)}
    flat = array("l", kept.places)
    flat[1::2] = array("l", (place_of[number] for number in numbers))
    return ItemOverlap(
        key=key,
        name=max(sorted(kept.spellings), key=kept.spellings.__getitem__),
        variants=tuple(variant for variant, _ in variants),
        resources=len(resources),
        departments=len(departments),
        flat=flat,
    )
