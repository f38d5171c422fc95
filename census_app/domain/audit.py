"""A list of the audit office beside the catalogue: which of its rows is which of our records. Pure functions.

Code, then name within the department, then likeness, which only proposes. What a person confirmed goes before all.
Not responsible for reading sheets or for the values beside the names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final, Literal, get_args

from census_app.domain.names import match_key
from census_app.domain.tolerance import text_likeness, text_pairs

Group = Literal["confirm", "missing_here", "missing_there", "differs", "agrees"]
GROUPS: Final[tuple[Group, ...]] = get_args(Group)
"""`confirm`: a record of ours looks like the row, and a person has to say whether it is."""

MatchedBy = Literal["", "person", "code", "name", "likeness"]

Outcome = Literal[
    "to_add",
    "out_of_scope",
    "merged",
    "gone",
    "list_wrong",
    "not_audited",
    "audit_missed",
    "newer",
    "to_remove",
    "audit_right",
    "census_right",
    "both_right",
]
OUTCOMES: Final[Mapping[Group, tuple[Outcome, ...]]] = {
    "missing_here": ("to_add", "out_of_scope", "merged", "gone", "list_wrong"),
    "missing_there": ("audit_missed", "not_audited", "newer", "to_remove"),
    "differs": ("audit_right", "census_right", "both_right"),
}
"""What a difference can turn out to be, by the group it is found in."""

ASKING: Final[frozenset[Outcome]] = frozenset({"to_add", "to_remove", "audit_right"})
"""Outcomes after which a department has something to mend."""

EXCUSED: Final[frozenset[Outcome]] = frozenset(
    {"out_of_scope", "merged", "gone", "list_wrong", "census_right", "both_right"}
)
"""Outcomes that are not held against a department."""

ALIKE: Final = 0.5
"""From this likeness on a name is proposed."""

_COMMON: Final = 300
"""A pair of characters that more names share says nothing about any of them."""
_CANDIDATES: Final = 5
_SHORTEST_NAME: Final = 3
_COMMISSION: Final = "委员会"
"""Which everybody writes 委."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What matching needs of a row of the list.

    Attributes:
        department: Code of the department its text stands for; empty while nobody knows.
    """

    row: int
    department: str
    name: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """What matching needs of a record of the catalogue."""

    department: str
    record: str
    name: str
    code: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What makes it unique in a catalogue."""
        return self.department, self.record


@dataclass(frozen=True, slots=True)
class Pairing:
    """What a row of the list is.

    Attributes:
        kept: The record it is; with `by` `likeness` the record it may be.
        by: Empty when no record of ours is it.
        score: From 0 to 1; 1 for everything but likeness.
        candidates: Other records that look like it, the likest first, with their scores.
    """

    kept: Kept | None = None
    by: MatchedBy = ""
    score: float = 0.0
    candidates: tuple[tuple[Kept, float], ...] = ()

    @property
    def certain(self) -> bool:
        """Whether the row has its record without anybody having to look."""
        return self.by in {"person", "code", "name"}


Confirmed = Mapping[int, "tuple[str, str] | None"]
"""Row → (department, record) that a person named, or None where a person said that no record is it."""


def pair(
    listed: Sequence[Listed], kept: Iterable[Kept], confirmed: Confirmed
) -> dict[int, Pairing]:
    """Return what each row is, by its number; a record belongs to one row at most, the order of arguments is no matter.

    A name that several records or several rows of one department carry decides nothing; it is proposed.
    """
    rows = sorted(listed, key=lambda each: each.row)
    records = sorted(kept, key=lambda each: each.key)
    found = _by_persons(rows, records, confirmed)
    taken = {p.kept.key for p in found.values() if p.kept is not None}
    for by in ("code", "name"):
        open_rows = [each for each in rows if each.row not in found]
        free = [each for each in records if each.key not in taken]
        fresh = _by_key(open_rows, free, by)
        found |= fresh
        taken |= {p.kept.key for p in fresh.values() if p.kept is not None}
    open_rows = [each for each in rows if each.row not in found]
    free = [each for each in records if each.key not in taken]
    found |= _by_likeness(open_rows, free)
    return found


def _by_persons(
    rows: Sequence[Listed], records: Sequence[Kept], confirmed: Confirmed
) -> dict[int, Pairing]:
    known = {each.key: each for each in records}
    found: dict[int, Pairing] = {}
    taken: set[tuple[str, str]] = set()
    for each in rows:
        if each.row not in confirmed:
            continue
        wanted = confirmed[each.row]
        if wanted is None:
            found[each.row] = Pairing(by="person")
        elif wanted in known and wanted not in taken:
            # A record that is gone meanwhile leaves the row open again.
            taken.add(wanted)
            found[each.row] = Pairing(known[wanted], "person", 1.0)
    return found


def _by_key(rows: Sequence[Listed], free: Sequence[Kept], by: str) -> dict[int, Pairing]:
    """Pair what carries one code or name, where exactly one row and one record do."""
    records = _keyed(free, by)
    wanted: dict[tuple[str, str], list[Listed]] = defaultdict(list)
    for each in rows:
        if _key_of(each, by):
            wanted[each.department, _key_of(each, by)].append(each)
    pairs: list[tuple[Listed, Kept]] = []
    for (department, key), asking in wanted.items():
        offered = [r for r in records.get(key, ()) if department in {"", r.department}]
        if len(offered) == 1 and len(asking) == 1:
            pairs.append((asking[0], offered[0]))
    claims: dict[tuple[str, str], int] = defaultdict(int)
    for _row, record in pairs:
        claims[record.key] += 1
    return {
        row.row: Pairing(record, "code" if by == "code" else "name", 1.0)
        for row, record in pairs
        if claims[record.key] == 1
    }


def _keyed(records: Sequence[Kept], by: str) -> dict[str, list[Kept]]:
    found: dict[str, list[Kept]] = defaultdict(list)
    for each in records:
        if _key_of(each, by):
            found[_key_of(each, by)].append(each)
    return found


def _key_of(each: Listed | Kept, by: str) -> str:
    return match_key(each.code if by == "code" else each.name)


def _by_likeness(rows: Sequence[Listed], free: Sequence[Kept]) -> dict[int, Pairing]:
    """Propose for each row the likest free record; the likest pair of all chooses first."""
    nearby = _Nearby(free, {each.department for each in rows})
    offers = {each.row: nearby.offers(each) for each in rows}
    ranked = sorted(
        (-score, row, record.key, record)
        for row, found in offers.items()
        for record, score in found
    )
    chosen: dict[int, tuple[Kept, float]] = {}
    taken: set[tuple[str, str]] = set()
    for minus, row, key, record in ranked:
        if row not in chosen and key not in taken:
            chosen[row] = (record, -minus)
            taken.add(key)
    found: dict[int, Pairing] = {}
    for each in rows:
        proposal = chosen.get(each.row)
        rest = tuple(o for o in offers[each.row] if proposal is None or o[0] != proposal[0])
        if proposal is None:
            found[each.row] = Pairing(candidates=rest)
        else:
            found[each.row] = Pairing(proposal[0], "likeness", proposal[1], rest)
    return found


class _Nearby:
    """Finds records whose names share pairs of characters with a name, department by department."""

    def __init__(self, records: Sequence[Kept], asked: Set[str]) -> None:
        # Beside each department's own, all records stand under the empty code, for rows of nobody.
        self._holding: dict[tuple[str, str], list[Kept]] = defaultdict(list)
        for each in records:
            places = {each.department, ""} & asked
            for two in text_pairs(each.name) if places else ():
                for place in places:
                    self._holding[place, two].append(each)

    def offers(self, row: Listed) -> list[tuple[Kept, float]]:
        """Return the likest records, the likest first."""
        holding = [self._holding.get((row.department, two), []) for two in text_pairs(row.name)]
        telling = [found for found in holding if len(found) <= _COMMON] or holding
        near = {record.key: record for found in telling for record in found}
        scored = ((record, text_likeness(row.name, record.name)) for record in near.values())
        alike = [(record, round(score, 4)) for record, score in scored if score >= ALIKE]
        return sorted(alike, key=lambda each: (-each[1], each[0].key))[:_CANDIDATES]


# -- whose row it is ---------------------------------------------------------------------------------------------------


def department_of(text: str, names: Mapping[str, Iterable[str]]) -> tuple[str, bool]:
    """Return the code of the department a text stands for and whether that is certain; empty when none or several do.

    Args:
        names: Code → the names the department is known by.
    """
    wanted = match_key(text)
    if not wanted:
        return "", True
    if wanted.endswith(_COMMISSION[0]):
        wanted = wanted.removesuffix(_COMMISSION[0]) + _COMMISSION
    folded = {
        code: [match_key(name) for name in given if match_key(name)]
        for code, given in names.items()
    }
    exact = [code for code, given in folded.items() if wanted in given or wanted == code.casefold()]
    if len(exact) == 1:
        return exact[0], True
    if exact:
        return "", True
    inside = [code for code, given in folded.items() if any(_abbreviates(wanted, n) for n in given)]
    return (inside[0], False) if len(inside) == 1 else ("", False)


def _abbreviates(short: str, full: str) -> bool:
    """Say whether one is the other without something before it (江苏省), or left out of it in order (省发改委)."""
    if len(short) > len(full):
        return len(full) >= _SHORTEST_NAME and short.endswith(full)
    if len(short) < _SHORTEST_NAME:
        return False
    if full.endswith(short):
        return True
    letters = iter(full)
    return short[-1] == full[-1] and all(letter in letters for letter in short)
