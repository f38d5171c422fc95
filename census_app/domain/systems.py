"""A department's information systems as the clean-up sees them: signs, states, what becomes of whom (S-03…S-08, S-23).

Everything is derived from the answers of the systems' own form. Nothing here decides: signs are reasons to look.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from census_app.domain.records import RecordId
from census_app.domain.statistics import BUILT, CLASSIFIED, INTEGRATING

# Codes of the form set's lists that are computed with here.
MERGE: Final = INTEGRATING[0]
CLEAR: Final = INTEGRATING[1]
RETAIN: Final = "retain"
DEFER: Final = "defer"
STOPPED: Final = "stopped"
INNER_OFFICE: Final = "inner_office"

NOT_ASKED: Final = "—"
"""Stands for the reason of a decision in a form set that asks for none."""

REPLACED: Final = "replaced"
"""Kind of the sign that another system takes over, which is the department's own decision and no figure."""


@dataclass(frozen=True, slots=True)
class SystemCase:
    """One system with the answers the clean-up asks for; what is empty, unknown or unfit is None.

    Attributes:
        zombie: The judgement; None while nobody has judged.
        reasons: Codes of the official criteria it meets.
        contract_end: Month, `CCYY-MM`; the other dates are days.
        om_amount: Operating cost a year in 万元.
    """

    id: RecordId
    name: str
    phase: str = BUILT
    zombie: bool | None = None
    reasons: tuple[str, ...] = ()
    measure: str = ""
    cleared_on: str = ""
    disposition: str = ""
    target: str = ""
    reason: str = ""
    done_on: str = ""
    owner_level: str = ""
    classified: bool = False
    must_connect: bool | None = None
    plan_on: str = ""
    connected_on: str = ""
    om_amount: Decimal | None = None
    uses: int | None = None
    users: int | None = None
    run_state: str = ""
    contract_end: str = ""

    @property
    def built(self) -> bool:
        """Whether it is in use, so that it can be a zombie at all."""
        return self.phase == BUILT

    def gone(self, today: str) -> bool:
        """Say whether it has been integrated or cleared by a day."""
        integrated = self.disposition in INTEGRATING and _come(self.done_on, today)
        return integrated or (self.zombie is True and _come(self.cleared_on, today))


def case_of(values: Mapping[str, object], record: RecordId) -> SystemCase:
    """Return the case of a system from its answers by role; what has another type than the role's counts as empty."""

    def text(role: str) -> str:
        value = values.get(role)
        return value if isinstance(value, str) else ""

    def whole(role: str) -> int | None:
        value = values.get(role)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def answer(role: str) -> bool | None:
        value = values.get(role)
        return value if isinstance(value, bool) else None

    reasons, amount = values.get("zombie_reasons"), values.get("om_amount")
    return SystemCase(
        id=record,
        name=text("system_name"),
        phase=text("system_phase"),
        zombie=answer("is_zombie"),
        reasons=reasons if isinstance(reasons, tuple) else (),
        measure=text("zombie_measure"),
        cleared_on=text("cleared_on"),
        disposition=text("disposition"),
        target=text("disposition_target"),
        reason=text("disposition_reason") if "disposition_reason" in values else NOT_ASKED,
        done_on=text("disposition_done_on"),
        owner_level=text("owner_level"),
        classified=text("secrecy") == CLASSIFIED,
        must_connect=answer("must_connect"),
        plan_on=text("connect_plan_on"),
        connected_on=text("connected_on"),
        om_amount=amount if isinstance(amount, Decimal) else None,
        uses=whole("system_uses"),
        users=whole("system_users"),
        run_state=text("run_state"),
        contract_end=text("om_contract_end"),
    )


ROLES: Final = (
    "system_name",
    "system_phase",
    "is_zombie",
    "zombie_reasons",
    "zombie_measure",
    "cleared_on",
    "disposition",
    "disposition_target",
    "disposition_reason",
    "disposition_done_on",
    "owner_level",
    "secrecy",
    "must_connect",
    "connect_plan_on",
    "connected_on",
    "om_amount",
    "system_uses",
    "system_users",
    "run_state",
    "om_contract_end",
)
"""Roles of the fields that a case is made of."""


# -- signs -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Below which figures a system is a candidate; the campaign sets them."""

    uses: int
    users: int


SignKind: TypeAlias = Literal["uses", "users", "stopped", "contract", "replaced"]


@dataclass(frozen=True, slots=True)
class Sign:
    """What the data says for a criterion.

    Attributes:
        kind: What was looked at.
        criterion: Code of the official criterion it speaks for.
        value: What was found, as text; `limit` is the campaign's threshold where there is one.
    """

    kind: SignKind
    criterion: str
    value: str = ""
    limit: str = ""


def signs_of(
    case: SystemCase,
    limits: Thresholds,
    today: str,
    names: Mapping[str, str],
    criteria: Mapping[str, str],
) -> tuple[Sign, ...]:
    """Return what the data says for the criteria.

    Args:
        names: Id → name of every system, for the one it is merged into.
        criteria: Kind of sign → code of the criterion it speaks for; a kind that is missing says nothing.
    """
    if not case.built:
        return ()
    found: list[tuple[SignKind, str, str]] = []
    if case.disposition == MERGE and case.target in names:
        found.append((REPLACED, names[case.target], ""))
    if case.run_state == STOPPED:
        found.append(("stopped", "", ""))
    if case.uses is not None and case.uses <= limits.uses:
        found.append(("uses", str(case.uses), str(limits.uses)))
    if case.contract_end and case.contract_end < today[:7]:
        found.append(("contract", case.contract_end, ""))
    if case.users is not None and case.users < limits.users:
        found.append(("users", str(case.users), str(limits.users)))
    return tuple(Sign(k, criteria[k], value, limit) for k, value, limit in found if k in criteria)


# -- the judgement -----------------------------------------------------------------------------------------------------


class Reply(enum.StrEnum):
    """What a person says to one criterion."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


class Standing(enum.StrEnum):
    """How the judgement of a system stands."""

    NOT_ASKED = "not_asked"  # not in use yet
    OPEN = "open"
    HEALTHY = "healthy"
    NO_MEASURE = "no_measure"
    MEASURE = "measure"
    CLEARED = "cleared"


def verdict(criteria: Sequence[str], replies: Mapping[str, Reply]) -> bool | None:
    """Return the judgement that follows from the replies: one yes makes a zombie, only five times no makes none."""
    given = [replies.get(code) for code in criteria]
    if Reply.YES in given:
        return True
    return False if all(reply is Reply.NO for reply in given) else None


def replies_of(criteria: Sequence[str], case: SystemCase) -> dict[str, Reply]:
    """Return the replies that a judgement holds: of a zombie what it meets, of any other five times no."""
    if case.zombie is False:
        return dict.fromkeys(criteria, Reply.NO)
    return {c: Reply.YES for c in criteria if c in case.reasons} if case.zombie else {}


def standing_of(case: SystemCase) -> Standing:
    """Return how the judgement of a system stands."""
    if not case.built:
        return Standing.NOT_ASKED
    if case.zombie is None:
        return Standing.OPEN
    if not case.zombie:
        return Standing.HEALTHY
    if not case.measure or not case.reasons:
        return Standing.NO_MEASURE
    return Standing.CLEARED if case.cleared_on else Standing.MEASURE


def disposed(case: SystemCase) -> bool:
    """Say whether it is decided what becomes of a system, with the target or reason that the decision needs."""
    if case.disposition == MERGE:
        return bool(case.target)
    if case.disposition == DEFER:
        return bool(case.reason)
    return bool(case.disposition)


def complete(case: SystemCase) -> bool:
    """Say whether nothing of the clean-up is left to say about a system."""
    judged = standing_of(case) not in {Standing.OPEN, Standing.NO_MEASURE}
    return judged and disposed(case)


# -- before and after --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Integration:
    """What becomes of a department's systems (domain §6: B, A and N).

    Attributes:
        before: Systems in use, B.
        after: Those left when everything is done, A = B - merged or cleared + new systems that others merge into.
        done: Merged or cleared by today.
        by_disposition: Code → systems, the undecided under the empty code; all phases.
        merges: Target → the systems merged into it, by name.
        chains: Paths of three systems and more along which one is merged into the next; the last one stays.
        cycles: Systems that are merged into each other in a circle, each circle once.
        into_cleared: Systems whose target is to be cleared.
        inner: Systems of inner offices that are still there (SYS-7).
        new_targets: Systems not in use yet that others are merged into, N.
    """

    before: tuple[SystemCase, ...]
    after: int
    done: tuple[SystemCase, ...]
    by_disposition: Mapping[str, tuple[SystemCase, ...]]
    merges: Mapping[str, tuple[SystemCase, ...]] = field(default_factory=dict)
    chains: tuple[tuple[SystemCase, ...], ...] = ()
    cycles: tuple[tuple[SystemCase, ...], ...] = ()
    into_cleared: tuple[SystemCase, ...] = ()
    inner: tuple[SystemCase, ...] = ()
    new_targets: tuple[SystemCase, ...] = ()


def integration(cases: Iterable[SystemCase], today: str) -> Integration:
    """Return what becomes of a department's systems."""
    known = {case.id: case for case in cases}
    every = tuple(known.values())
    before = tuple(c for c in every if c.built)
    merging = [c for c in every if c.disposition == MERGE and c.target in known]
    merges: dict[str, list[SystemCase]] = {}
    for case in merging:
        merges.setdefault(case.target, []).append(case)
    leaving = [c for c in before if c.disposition in INTEGRATING]
    new = tuple(c for c in every if not c.built and c.id in merges)
    by_disposition: dict[str, list[SystemCase]] = {}
    for case in every:
        by_disposition.setdefault(case.disposition, []).append(case)
    paths = [path_of(case, known) for case in merging if case.id not in merges]
    return Integration(
        before=before,
        after=len(before) - len(leaving) + len(new),
        done=tuple(c for c in every if c.gone(today)),
        by_disposition={code: tuple(found) for code, found in by_disposition.items()},
        merges={target: tuple(found) for target, found in merges.items()},
        chains=tuple(path for path in paths if len(path) > 2 and not _turns(path)),
        cycles=tuple(_cycles(merging, known)),
        into_cleared=tuple(c for c in merging if known[RecordId(c.target)].disposition == CLEAR),
        inner=tuple(c for c in every if c.owner_level == INNER_OFFICE and not c.gone(today)),
        new_targets=new,
    )


def path_of(
    case: SystemCase, known: Mapping[RecordId, SystemCase] | Mapping[str, SystemCase]
) -> tuple[SystemCase, ...]:
    """Return the systems through which one is merged, itself first; in a circle the last one stands there twice."""
    found, seen = [case], {case.id}
    while found[-1].disposition == MERGE:
        after = known.get(RecordId(found[-1].target))
        if after is None:
            break
        found.append(after)
        if after.id in seen:
            break
        seen.add(after.id)
    return tuple(found)


def _turns(path: Sequence[SystemCase]) -> bool:
    return len({c.id for c in path}) < len(path)


def _cycles(
    merging: Iterable[SystemCase], known: Mapping[RecordId, SystemCase]
) -> Iterator[tuple[SystemCase, ...]]:
    told: set[RecordId] = set()
    for case in merging:
        path = path_of(case, known)
        if _turns(path) and path[-1].id == case.id and case.id not in told:
            told |= {c.id for c in path}
            yield path[:-1]


# -- connection and money ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Connections:
    """Systems that must be connected to the sharing platform, by how far they are; neither classified nor gone.

    Attributes:
        undecided: Nobody has said whether they must be connected.
    """

    connected: tuple[SystemCase, ...]
    planned: tuple[SystemCase, ...]
    no_plan: tuple[SystemCase, ...]
    undecided: tuple[SystemCase, ...]

    @property
    def must(self) -> int:
        """Number of systems that must be connected."""
        return len(self.connected) + len(self.planned) + len(self.no_plan)


def connections(cases: Iterable[SystemCase], today: str) -> Connections:
    """Return the connect list; a connection dated in the future is planned."""
    here = [c for c in cases if not c.gone(today)]
    must = [c for c in here if c.must_connect and not c.classified]
    connected = [c for c in must if _come(c.connected_on, today)]
    waiting = [c for c in must if not _come(c.connected_on, today)]
    return Connections(
        tuple(connected),
        tuple(c for c in waiting if c.plan_on or c.connected_on),
        tuple(c for c in waiting if not c.plan_on and not c.connected_on),
        tuple(c for c in here if c.must_connect is None),
    )


@dataclass(frozen=True, slots=True)
class Funding:
    """Systems in use that must be connected and are not: in principle they get no operating funds (S-23).

    Attributes:
        amount: What is at stake a year, in 万元, as far as amounts are given.
        unstated: Those whose amount is not given.
    """

    systems: tuple[SystemCase, ...]
    amount: Decimal
    unstated: tuple[SystemCase, ...]


def funding(cases: Iterable[SystemCase], today: str) -> Funding:
    """Return the funding warning."""
    found = connections(cases, today)
    systems = tuple(c for c in (*found.planned, *found.no_plan) if c.built)
    amounts = [c.om_amount for c in systems if c.om_amount is not None]
    unstated = tuple(c for c in systems if c.om_amount is None)
    return Funding(systems, sum(amounts, Decimal(0)), unstated)


def _come(day: str, today: str) -> bool:
    return bool(day) and day <= today
