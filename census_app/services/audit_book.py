"""The audit office's lists as the ledger holds them: lists in pieces, what their columns mean, matches, outcomes.

Everything is decisions of kind `audit`, so two coordinators who exchange ledgers see the same, and the same list read
twice is one list. Subjects and choices (canonical JSON):

* `list:<list>`: form, fields, department, number of rows and pieces; or that the list is withdrawn;
* `rows:<list>:<n>`: a piece of its rows, each `[row of the sheet, department as told, text, text, …]`;
* `map:<shape>`: what the columns of sheets with these heads mean;
* `unit:<hash>`: which department a name stands for, in every list;
* `match:<list>:<row>`: the record a row is, or that none is;
* `outcome:<list>:<place>`: what a difference turned out to be, bound by a hash to what stood there then.

`<list>` is the SHA-256 of everything in it, so pieces that do not belong together are never taken for one.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

import msgspec

from census_app.domain import chain
from census_app.domain.audit import OUTCOMES, Outcome
from census_app.domain.chain import Decision
from census_app.domain.names import fold
from census_app.exchange.canonical import canonical_bytes, parse_strict
from census_app.exchange.refusals import Refused

KIND: Final = "audit"
PIECE: Final = 16_000
"""Characters of one piece of rows at most; a decision's choice takes 20,000."""

CELL: Final = 1000
"""Characters of a cell that are kept; what stands behind them is neither compared nor shown."""

_T = TypeVar("_T")
_KNOWN_OUTCOMES: Final = {outcome for group in OUTCOMES.values() for outcome in group}


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One row of a list.

    Attributes:
        number: Row of the sheet, counted from 1; unique in the list.
        unit: The department as the list calls it.
        texts: Field id → text, to the letter.
    """

    number: int
    unit: str
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AuditList:
    """A list that was read.

    Attributes:
        id: SHA-256 of its content, 64 hex.
        department: Code of the department all rows are about; empty where the rows say it.
        name: File and sheet as whoever read it first called them.
        decisions: Ids of the decisions that say it is there.
    """

    id: str
    form: str
    department: str
    fields: tuple[str, ...]
    rows: tuple[AuditRow, ...]
    name: str = ""
    actor: str = ""
    created: str = ""
    decisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """What the columns of a sheet mean, in their order; see `formats.foreign_lists.propose`."""

    form: str
    heads: tuple[str, ...]
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """What a difference turned out to be.

    Attributes:
        sha256: Hash of what stood there when it was said.
    """

    outcome: Outcome
    sha256: str
    reason: str
    actor: str
    created: str


@dataclass(frozen=True, slots=True)
class AuditBook:
    """Everything the ledger says about audits.

    Attributes:
        lists: The oldest first.
        incomplete: Ids of lists of which a piece has not arrived or is contested.
        matches: List → row → (department, record), or None where no record is it.
        outcomes: List → place → outcome.
        maps: Shape of a sheet → what its columns mean.
        units: Folded name of a body → code of the department a person said it is.
    """

    lists: tuple[AuditList, ...] = ()
    incomplete: tuple[str, ...] = ()
    matches: Mapping[str, Mapping[int, tuple[str, str] | None]] = field(default_factory=dict)
    outcomes: Mapping[str, Mapping[str, Settled]] = field(default_factory=dict)
    maps: Mapping[str, ColumnMap] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)


class _ListChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    form: str = ""
    department: str = ""
    fields: list[str] = []
    rows: int = 0
    pieces: int = 0
    withdrawn: bool = False


class _MapChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    form: str
    heads: list[str]
    targets: list[str]


class _UnitChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    department: str


class _MatchChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    department: str
    record: str


class _OutcomeChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    outcome: str
    sha256: str


# -- writing -----------------------------------------------------------------------------------------------------------


def list_id(form: str, department: str, fields: Sequence[str], rows: Sequence[AuditRow]) -> str:
    """Return the identity of a list: SHA-256 of the canonical JSON of all it says."""
    content = {
        "form": form,
        "department": department,
        "fields": list(fields),
        "rows": [_packed(row, fields) for row in rows],
    }
    return hashlib.sha256(canonical_bytes(content)).hexdigest()


def list_choice(
    form: str, department: str, fields: Sequence[str], rows: Sequence[AuditRow]
) -> tuple[str, list[str]]:
    """Return what the decision about a list says, and the pieces of its rows.

    Raises:
        ValueError: A row is too large for a piece; its number is the argument.
    """
    pieces: list[str] = []
    open_piece: list[str] = []
    length = 2
    for row in rows:
        packed = canonical_bytes(_packed(row, fields)).decode()
        if len(packed) + 2 > PIECE:
            raise ValueError(row.number)
        if open_piece and length + len(packed) + 1 > PIECE:
            pieces.append(f"[{','.join(open_piece)}]")
            open_piece, length = [], 2
        open_piece.append(packed)
        length += len(packed) + 1
    if open_piece:
        pieces.append(f"[{','.join(open_piece)}]")
    head = {
        "form": form,
        "department": department,
        "fields": list(fields),
        "rows": len(rows),
        "pieces": len(pieces),
    }
    return canonical_bytes(head).decode(), pieces


def withdrawn_choice() -> str:
    """Return what a decision says that takes a list away."""
    return canonical_bytes({"withdrawn": True}).decode()


def map_choice(columns: ColumnMap) -> str:
    """Return what a decision about the columns of a sheet says."""
    said = {"form": columns.form, "heads": [*columns.heads], "targets": [*columns.targets]}
    return canonical_bytes(said).decode()


def unit_subject(name: str) -> str:
    """Return what a decision about the name of a body is about; spellings that fold to the same are one name."""
    return f"unit:{hashlib.sha256(fold(name).encode('utf-8', 'surrogatepass')).hexdigest()}"


def unit_choice(name: str, department: str) -> str:
    """Return what a decision about the name of a body says."""
    return canonical_bytes({"name": name, "department": department}).decode()


def match_choice(target: tuple[str, str] | None) -> str:
    """Return what a decision about a row says: its record, or that it has none."""
    department, record = target or ("", "")
    return canonical_bytes({"department": department, "record": record}).decode()


def outcome_choice(outcome: Outcome, sha256: str) -> str:
    """Return what a decision about a difference says."""
    return canonical_bytes({"outcome": outcome, "sha256": sha256}).decode()


def _packed(row: AuditRow, fields: Sequence[str]) -> list[int | str]:
    return [row.number, row.unit, *(row.texts.get(name, "") for name in fields)]


# -- reading -----------------------------------------------------------------------------------------------------------


def read_book(decisions: Iterable[Decision]) -> AuditBook:
    """Return what the decisions in force say; what another program wrote otherwise is left out."""
    by_topic: dict[str, list[tuple[list[str], Decision]]] = defaultdict(list)
    for decision in chain.effective(decisions):
        if decision.kind == KIND:
            topic, _, rest = decision.subject.partition(":")
            by_topic[topic].append((rest.split(":"), decision))
    lists, incomplete = _lists(by_topic["list"], by_topic["rows"])
    return AuditBook(
        lists=lists,
        incomplete=incomplete,
        matches=_matches(by_topic["match"]),
        outcomes=_outcomes(by_topic["outcome"]),
        maps=_maps(by_topic["map"]),
        units={
            fold(choice.name): choice.department
            for _place, decision in by_topic["unit"]
            for choice in [_read(decision, _UnitChoice)]
            if choice is not None
        },
    )


_Told = Sequence[tuple[list[str], Decision]]


def _lists(told: _Told, pieces: _Told) -> tuple[tuple[AuditList, ...], tuple[str, ...]]:
    rows_of: dict[str, dict[str, str]] = defaultdict(dict)
    for place, decision in pieces:
        if len(place) == 2:
            rows_of[place[0]][place[1]] = decision.choice
    found: dict[str, AuditList] = {}
    incomplete: set[str] = set()
    says: dict[str, list[str]] = defaultdict(list)
    for place, decision in sorted(told, key=lambda each: (each[1].created, each[1].id)):
        head, identity = _read(decision, _ListChoice), place[0]
        if head is None or head.withdrawn:
            continue
        says[identity].append(decision.id)
        if identity in found:
            continue
        made = _assembled(identity, head, rows_of[identity], decision)
        if made is None:
            incomplete.add(identity)
        else:
            found[identity] = made
    lists = tuple(replace(each, decisions=tuple(says[each.id])) for each in found.values())
    return lists, tuple(sorted(incomplete))


def _assembled(
    identity: str, head: _ListChoice, pieces: Mapping[str, str], decision: Decision
) -> AuditList | None:
    """Put a list together from its pieces; None when they are not exactly what was read."""
    rows: list[AuditRow] = []
    for number in range(head.pieces):
        try:
            packed = msgspec.json.decode(pieces.get(str(number), "null"))
        except msgspec.DecodeError:
            return None
        if not isinstance(packed, list):
            return None
        for cells in packed:
            row = _unpacked(cells, head.fields)
            if row is None:
                return None
            rows.append(row)
    if list_id(head.form, head.department, head.fields, rows) != identity:
        return None
    return AuditList(
        identity, head.form, head.department, tuple(head.fields), tuple(rows),
        decision.reason, decision.actor, decision.created,
    )  # fmt: skip


def _unpacked(cells: object, fields: Sequence[str]) -> AuditRow | None:
    if not isinstance(cells, list) or len(cells) != len(fields) + 2:
        return None
    number, unit, *texts = cells
    if not isinstance(number, int) or not all(isinstance(t, str) for t in [unit, *texts]):
        return None
    told = {name: text for name, text in zip(fields, texts, strict=True) if text}
    return AuditRow(number, unit, told)


def _matches(told: _Told) -> dict[str, dict[int, tuple[str, str] | None]]:
    found: dict[str, dict[int, tuple[str, str] | None]] = defaultdict(dict)
    for place, decision in told:
        choice = _read(decision, _MatchChoice)
        if choice is not None and len(place) == 2 and place[1].isdecimal():
            target = (choice.department, choice.record) if choice.record else None
            found[place[0]][int(place[1])] = target
    return dict(found)


def _outcomes(told: _Told) -> dict[str, dict[str, Settled]]:
    found: dict[str, dict[str, Settled]] = defaultdict(dict)
    for place, decision in told:
        choice = _read(decision, _OutcomeChoice)
        for outcome in _known(choice):
            found[place[0]][":".join(place[1:])] = Settled(
                outcome,
                choice.sha256 if choice is not None else "",
                decision.reason,
                decision.actor,
                decision.created,
            )
    return dict(found)


def _known(choice: _OutcomeChoice | None) -> Iterator[Outcome]:
    for outcome in sorted(_KNOWN_OUTCOMES):
        if choice is not None and choice.outcome == outcome:
            yield outcome


def _maps(told: _Told) -> dict[str, ColumnMap]:
    found: dict[str, ColumnMap] = {}
    for place, decision in told:
        choice = _read(decision, _MapChoice)
        if choice is not None and len(choice.heads) == len(choice.targets):
            found[place[0]] = ColumnMap(choice.form, tuple(choice.heads), tuple(choice.targets))
    return found


def _read(decision: Decision, shape: type[_T]) -> _T | None:
    """Return what a decision chooses; None when another program wrote it otherwise."""
    try:
        return msgspec.convert(
            parse_strict(decision.choice.encode(), where=decision.id), shape, strict=True
        )
    except (Refused, msgspec.ValidationError):
        return None
