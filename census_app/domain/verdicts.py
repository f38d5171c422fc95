"""What people said of things that look alike, and how a group stands by it. Pure functions of the ledger's decisions.

A verdict is about a set of records as they were: of a pair, or of a whole group. It says something about every pair in
the set, until one of the two has changed. Where a narrower set was judged as well, the narrower verdict counts.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal, get_args

from census_app.domain.overlaps import MemberKey

Relation = Literal["same", "related", "different"]
"""`same`: one thing entered twice; `related`: two that must be seen together; `different`: alike by name only."""
RELATIONS: Final[tuple[Relation, ...]] = get_args(Relation)


class GroupState(enum.StrEnum):
    """How a group stands, what needs a person first."""

    CONTESTED = "contested"
    LAPSED = "lapsed"
    UNDECIDED = "undecided"
    PARTLY = "partly"
    SAME = "same"
    RELATED = "related"
    DIFFERENT = "different"
    MIXED = "mixed"

    @property
    def open(self) -> bool:
        """Whether somebody has to say something."""
        return self in {self.CONTESTED, self.LAPSED, self.UNDECIDED, self.PARTLY}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision about likeness that stands.

    Attributes:
        decision: Its id; `subject` what it is about.
        members: Record → hash of what it was when it was judged. Of a data item a single entry: its name.
        contested: Another decision about the very same says otherwise, so that neither counts.
    """

    decision: str
    subject: str
    relation: Relation
    members: Mapping[MemberKey, str]
    reason: str = ""
    actor: str = ""
    created: str = ""
    contested: bool = False


@dataclass(frozen=True, slots=True)
class GroupStanding:
    """How a group stands.

    Attributes:
        verdicts: What was said about it, lapsed as well, the latest last.
        relations: What counts between two of its members, each pair ascending; pairs nobody judged are missing.
    """

    state: GroupState
    verdicts: tuple[Verdict, ...] = ()
    relations: Mapping[tuple[MemberKey, MemberKey], Relation] | None = None


NOTHING_SAID: Final = GroupStanding(GroupState.UNDECIDED)


def subject_of(kind: str, members: Mapping[MemberKey, str]) -> str:
    """Return what a verdict on a set of records, as they are, is about: `<kind>:<64 hex>`."""
    told = sorted(f"{department}/{record}={sha}" for (department, record), sha in members.items())
    return f"{kind}:{hashlib.sha256(chr(0).join(told).encode()).hexdigest()}"


class Verdicts:
    """The verdicts of one kind of things, to ask for many groups.

    Args:
        verdicts: In any order.
    """

    def __init__(self, verdicts: Iterable[Verdict]) -> None:
        ordered = sorted(verdicts, key=lambda v: (-len(v.members), v.created, v.decision))
        self._by_member: dict[MemberKey, list[int]] = {}
        self._all = ordered
        for number, verdict in enumerate(ordered):
            for member in verdict.members:
                self._by_member.setdefault(member, []).append(number)

    def about(self, members: Iterable[MemberKey], *, least: int = 2) -> list[Verdict]:
        """Return the verdicts about some of the records, at least `least` of them, the widest first."""
        counts: dict[int, int] = {}
        for member in members:
            for number in self._by_member.get(member, ()):
                counts[number] = counts.get(number, 0) + 1
        return [self._all[n] for n in sorted(counts) if counts[n] >= least]

    def of_item(self, key: str, sha: str) -> GroupStanding:
        """Return how a data item, known by its name, stands as it is defined now."""
        said = self.about([("", key)], least=1)
        if not said:
            return NOTHING_SAID
        current = [v for v in said if v.members[("", key)] == sha]
        if any(v.contested for v in current):
            return GroupStanding(GroupState.CONTESTED, _by_time(said))
        if not current:
            return GroupStanding(GroupState.LAPSED, _by_time(said))
        relations = {v.relation for v in current}
        state = GroupState(relations.pop()) if len(relations) == 1 else GroupState.CONTESTED
        return GroupStanding(state, _by_time(said))

    def of_group(self, members: Mapping[MemberKey, str]) -> GroupStanding:
        """Return how a group of records stands, each given with what it is now."""
        said = self.about(members)
        if not said:
            return NOTHING_SAID
        pairs = _Pairs(members)
        for verdict in said:
            pairs.hear(verdict)
        return GroupStanding(pairs.state(), _by_time(said), pairs.known())


class _Pairs:
    """What counts between the records of a group."""

    def __init__(self, members: Mapping[MemberKey, str]) -> None:
        self._members = members
        self._said: dict[tuple[MemberKey, MemberKey], tuple[int, Relation]] = {}
        self._lapsed: set[tuple[MemberKey, MemberKey]] = set()
        self._disputed: set[tuple[MemberKey, MemberKey]] = set()

    def hear(self, verdict: Verdict) -> None:
        """Take a verdict; they come widest first."""
        both = sorted(self._members.keys() & verdict.members.keys())
        current = {m for m in both if self._members[m] == verdict.members[m]}
        size = len(verdict.members)
        for pair in combinations(both, 2):
            if not current.issuperset(pair):
                self._lapsed.add(pair)
                continue
            before = self._said.get(pair)
            differs = before is not None and before[0] == size and before[1] != verdict.relation
            if verdict.contested or differs:
                self._disputed.add(pair)
            elif before is None or before[0] > size:
                self._disputed.discard(pair)
            self._said[pair] = size, verdict.relation

    def known(self) -> dict[tuple[MemberKey, MemberKey], Relation]:
        """Return what counts between two of them, and what follows: what is the same is so to all others."""
        said = {p: r for p, (_size, r) in self._said.items() if p not in self._disputed}
        head = {member: member for member in self._members}

        def find(member: MemberKey) -> MemberKey:
            while head[member] != member:
                head[member] = head[head[member]]
                member = head[member]
            return member

        for (one, other), relation in sorted(said.items()):
            if relation == "same":
                low, high = sorted((find(one), find(other)))
                head[high] = low
        between: dict[tuple[MemberKey, MemberKey], Relation] = {}
        for (one, other), relation in sorted(said.items()):
            low, high = sorted((find(one), find(other)))
            between.setdefault((low, high), relation)
        found = {}
        for one, other in combinations(sorted(self._members), 2):
            low, high = sorted((find(one), find(other)))
            follows: Relation | None = "same" if low == high else between.get((low, high))
            relation_now = said.get((one, other), follows)
            if relation_now is not None and (one, other) not in self._disputed:
                found[one, other] = relation_now
        return found

    def state(self) -> GroupState:
        """Return how the group stands as a whole."""
        known = self.known()
        every = list(combinations(sorted(self._members), 2))
        if self._disputed:
            return GroupState.CONTESTED
        missing = [pair for pair in every if pair not in known]
        if any(pair in self._lapsed for pair in missing):
            return GroupState.LAPSED
        if not known:
            return GroupState.UNDECIDED
        if missing:
            return GroupState.PARTLY
        relations = set(known.values())
        return GroupState(relations.pop()) if len(relations) == 1 else GroupState.MIXED


def _by_time(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    return tuple(sorted(verdicts, key=lambda v: (v.created, v.decision)))


# -- one source for each datum -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """Which resource is the authoritative source of a data item.

    Attributes:
        key: The folded name of the item; `name` as it was spelled then.
        definition: Type and length of the item there when it was chosen, `type:length`.
    """

    decision: str
    key: str
    name: str
    department: str
    record: str
    definition: str
    reason: str = ""
    actor: str = ""
    created: str = ""
    contested: bool = False
