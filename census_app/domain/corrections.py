"""What the centre puts on top of departments' records: corrections, codes, publication. Pure functions of sets.

Everything is read from the ledger and nothing else, so that coordinators who exchange ledgers see the same. Not
responsible for values: they stay JSON texts here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from census_app.domain import chain
from census_app.domain.chain import Decision, DecisionKind

LAID: Final[frozenset[DecisionKind]] = frozenset({"override", "code"})
"""Kinds of decisions that change what the catalogue shows of a record."""


class Place(NamedTuple):
    """One field of one record of one department."""

    department: str
    form: str
    record: str
    field: str

    @property
    def subject(self) -> str:
        """What a decision about it names as its subject."""
        return ":".join(self)


class Owner(NamedTuple):
    """One record of one department."""

    department: str
    form: str
    record: str


@dataclass(frozen=True, slots=True)
class Correction:
    """What was decided about a field.

    Attributes:
        replaces: SHA-256 of the department's value it was written about.
        value: Canonical JSON of the value that stands in its place; empty when the department's own value stands.
        decisions: Those that say so, by id; several when coordinators decided alike.
        contested: Coordinators decided differently: none of it applies.
    """

    place: Place
    replaces: str
    value: str
    decisions: tuple[Decision, ...]
    contested: bool = False


@dataclass(frozen=True, slots=True)
class Laid:
    """A value of the centre that lies on a department's.

    Attributes:
        theirs, ours: Canonical JSON of both; `null` for empty.
        decision: Id of the decision that put it there.
    """

    place: Place
    theirs: str
    ours: str
    decision: str


class RowMark(NamedTuple):
    """Says without any value whether a record is another: the package that brought its row, and the row's hash."""

    department: str
    record: str
    source: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Assigned:
    """The code a record has for good."""

    code: str
    decision: Decision


PublishedState = Literal["published", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Published:
    """Whether a record is published, and by which decision."""

    state: PublishedState
    decision: Decision


def canonical(value: object) -> str:
    """Return JSON text with sorted keys and no blanks."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


# -- corrections -------------------------------------------------------------------------------------------------------


def correcting(replaces: str, value: str) -> str:
    """Return the choice of a decision that puts a value (canonical JSON) in the place of the department's."""
    return canonical({"replaces": replaces, "value": json.loads(value)})


def leaving(replaces: str) -> str:
    """Return the choice of a decision by which the department's value stands, as it was then."""
    return canonical({"leaves": replaces})


def corrections(decisions: Iterable[Decision]) -> dict[Place, Correction]:
    """Return what stands about each field, by place; of a contested one the first side in order, marked so."""
    groups: dict[Place, list[Decision]] = {}
    for decision in chain.standing(d for d in decisions if d.kind == "override"):
        place = place_of(decision.subject)
        if place is not None and _spoken(decision) is not None:
            groups.setdefault(place, []).append(decision)
    found = {}
    for place in sorted(groups):
        group = sorted(groups[place], key=lambda d: d.id)
        replaces, value = _spoken(group[0]) or ("", "")
        contested = len({d.choice for d in group}) > 1
        found[place] = Correction(place, replaces, value, tuple(group), contested)
    return found


def place_of(subject: str) -> Place | None:
    """Return the place that the subject of a decision names; None for another kind of subject."""
    parts = subject.split(":")
    return Place(*parts) if len(parts) == 4 and all(parts) else None


def _spoken(decision: Decision) -> tuple[str, str] | None:
    """Return the replaced value's hash and the new value as JSON; None when it says neither."""
    said = _object(decision.choice)
    if isinstance(said.get("leaves"), str):
        return said["leaves"], ""
    if isinstance(said.get("replaces"), str) and "value" in said:
        return said["replaces"], canonical(said["value"])
    return None


def _object(text: str) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


# -- several records at once -------------------------------------------------------------------------------------------


def batch_subject(department: str, choice: str) -> str:
    """Return the subject of a decision about many records: no two with other choices are about the same."""
    return f"{department}:{hashlib.sha256(choice.encode()).hexdigest()[:32]}"


def coding(form: str, codes: Mapping[str, str]) -> str:
    """Return the choice of a decision that gives records their codes."""
    return canonical({"codes": dict(codes), "form": form})


def naming(form: str, records: Iterable[str]) -> str:
    """Return the choice of a decision that publishes or withdraws records."""
    return canonical({"form": form, "records": sorted(records)})


def _in_order(decisions: Iterable[Decision], kinds: frozenset[str]) -> list[Decision]:
    found = chain.effective(d for d in decisions if d.kind in kinds)
    return sorted(found, key=lambda d: (d.created, d.id))


def assignments(decisions: Iterable[Decision]) -> tuple[dict[Owner, Assigned], frozenset[str]]:
    """Return the code of each record, and all codes that were ever given: those are never given again.

    The first assignment stands, by moment and then by id. A later one of another code to the record, or of the code to
    another record, is void: coordinators who assigned apart agree as soon as they know the same decisions.
    """
    decided = list(decisions)
    found: dict[Owner, Assigned] = {}
    held: set[str] = set()
    for decision in _in_order(decided, frozenset({"code"})):
        for owner, code in _codes(decision):
            if owner not in found and code not in held:
                found[owner] = Assigned(code, decision)
                held.add(code)
    given = {code for d in decided if d.kind == "code" for _, code in _codes(d)}
    return found, frozenset(given)


def _codes(decision: Decision) -> list[tuple[Owner, str]]:
    said = _object(decision.choice)
    form, codes = said.get("form"), said.get("codes")
    department = _department(decision)
    if not isinstance(form, str) or not isinstance(codes, dict):
        return []
    return [
        (Owner(department, form, record), code)
        for record, code in sorted(codes.items())
        if isinstance(code, str) and code
    ]


def publications(decisions: Iterable[Decision]) -> dict[Owner, Published]:
    """Return which records are published or withdrawn; what was decided last stands, by moment and then by id.

    What is said again because its taking back was taken back counts as of the moment it was first said (ADR 0125).
    """
    decided = {d.id: d for d in decisions if d.kind in _PUBLISHING}
    found: dict[Owner, Published] = {}
    first = {d.id: _first_said(d, decided) for d in chain.effective(decided.values())}
    for decision in sorted((decided[i] for i in first), key=lambda d: (*first[d.id], d.id)):
        said = _object(decision.choice)
        form, records = said.get("form"), said.get("records")
        department = _department(decision)
        if isinstance(form, str) and isinstance(records, list):
            state: PublishedState = "published" if decision.kind == "publish" else "withdrawn"
            for record in records:
                found[Owner(department, form, str(record))] = Published(state, decision)
    return found


_PUBLISHING: Final = frozenset({"publish", "withdraw"})


def _first_said(decision: Decision, decided: Mapping[str, Decision]) -> tuple[str, str]:
    """Return moment and id of the decision that one repeats by taking a taking back back; its own otherwise.

    Whoever takes something back names no record and supersedes it; whoever takes that back says what it had taken.
    """
    now = decision  # an id is a hash of what it supersedes too: nothing comes round to itself
    while True:
        earlier = [
            decided[old]
            for empty in now.supersedes
            if empty in decided and _takes_back(decided[empty], now)
            for old in decided[empty].supersedes
            if old in decided and decided[old].choice == now.choice
        ]
        if not earlier:
            return now.created, now.id
        now = max(earlier, key=lambda d: (d.created, d.id))


def _takes_back(empty: Decision, by: Decision) -> bool:
    """Say whether a decision names no record, and is of the kind and department of the one that supersedes it."""
    same = empty.kind == by.kind and _department(empty) == _department(by)
    return same and _object(empty.choice).get("records") == [] != _object(by.choice).get("records")


def _department(decision: Decision) -> str:
    return decision.subject.partition(":")[0]


def taking_back(old: Decision, decisions: Iterable[Decision], form: str) -> tuple[str, str] | None:
    """Return subject and choice of what takes a publication or withdrawal back; None when nothing can.

    What names no record itself took back others: what those said is said again.

    Args:
        form: The one whose records are published.
    """
    department = _department(old)
    if publications([old]):
        nothing = naming(form, ())
        return f"{batch_subject(department, nothing)}:{old.id[:16]}", nothing
    earlier = [d for d in decisions if d.id in old.supersedes and d.kind == old.kind]
    choices = {d.choice for d in earlier if publications([d])}
    if len(choices) != 1:
        return None
    (choice,) = choices
    return batch_subject(department, choice), choice
