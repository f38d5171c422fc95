"""The state of each resource - received, returned, accepted, published, changing, withdrawn - and what changes it.

A state is derived from packages and decisions and stored nowhere (domain §8.3).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from census_app.domain import chain
from census_app.domain.chain import Decision
from census_app.domain.corrections import Owner, batch_subject, naming, publications
from census_app.domain.holdings import ListQuery
from census_app.errors import UserError
from census_app.services.deciding import decide
from census_app.services.lookup import stamp
from census_app.services.ports import CatalogueStore, Clock
from census_app.services.remarks import remark

RecordState = Literal["received", "returned", "accepted", "published", "changing", "withdrawn"]
RECORD_STATES: Final[tuple[RecordState, ...]] = (
    "received",
    "returned",
    "accepted",
    "published",
    "changing",
    "withdrawn",
)

BATCH: Final = 400
"""Records of one decision, so that it fits into a line."""


@dataclass(frozen=True, slots=True)
class PublishDone:
    """What publishing did: how many are new, were so already, lack a code, and are not accepted."""

    published: int
    already: int
    without_code: int
    waiting: int
    decisions: tuple[Decision, ...] = ()


def record_states(catalogue: CatalogueStore, department: str = "") -> dict[Owner, RecordState]:
    """Return the state of every resource, of one department or of all."""
    form = catalogue.form_set.by_role("resource_code")[0].id
    decisions = catalogue.decisions()
    said = publications(decisions)
    verdicts = _verdicts(catalogue, decisions)
    found: dict[Owner, RecordState] = {}
    for mark in catalogue.row_marks(form, department):
        owner = Owner(mark.department, form, mark.record)
        standing = verdicts.get(mark.department, _UNJUDGED)
        accepted = standing.covers(mark.source)
        public = said.get(owner)
        if public is not None and public.state == "withdrawn":
            found[owner] = "withdrawn"
        elif public is not None:
            found[owner] = "published" if accepted else "changing"
        elif accepted:
            found[owner] = "accepted"
        else:
            found[owner] = "returned" if standing.returned else "received"
    return found


@dataclass(frozen=True, slots=True)
class _Verdict:
    """How a department's chain was judged.

    Attributes:
        sequences: Number of each merged package.
        accepted: Number of the last accepted package, 0 for none: it carries all that stood then.
        returned: The newest package was returned.
    """

    sequences: Mapping[str, int]
    accepted: int
    returned: bool

    def covers(self, source: str) -> bool:
        """Say whether what a package brought is accepted; one merged after the verdicts were read is not."""
        number = self.sequences.get(source)
        return number is not None and number <= self.accepted


_UNJUDGED: Final = _Verdict({}, 0, returned=False)
"""Of a department whose first package a colleague merges after the verdicts were read."""


def _verdicts(catalogue: CatalogueStore, decisions: Iterable[Decision]) -> dict[str, _Verdict]:
    in_force = chain.effective(decisions)
    accepted = {d.subject for d in in_force if d.kind == "accept"}
    returned = {d.subject for d in in_force if d.kind == "return"}
    chains: dict[str, dict[str, int]] = {}
    for package in catalogue.packages():
        if package.state == "merged":
            chains.setdefault(package.department, {})[package.identity] = package.sequence
    return {
        code: _Verdict(
            numbers,
            max((n for identity, n in numbers.items() if identity in accepted), default=0),
            max(numbers, key=lambda i: numbers[i]) in returned,
        )
        for code, numbers in chains.items()
    }


def accepted_owners(catalogue: CatalogueStore, department: str = "") -> frozenset[Owner]:
    """Return the resources whose present version is accepted, published and withdrawn ones included."""
    form = catalogue.form_set.by_role("resource_code")[0].id
    verdicts = _verdicts(catalogue, catalogue.decisions())
    return frozenset(
        Owner(mark.department, form, mark.record)
        for mark in catalogue.row_marks(form, department)
        if verdicts.get(mark.department, _UNJUDGED).covers(mark.source)
    )


def publish(
    catalogue: CatalogueStore,
    department: str = "",
    records: Collection[str] | None = None,
    *,
    reason: str = "",
    actor: str,
    clock: Clock,
) -> PublishDone:
    """Publish the accepted resources that have a code; those that were withdrawn only when they are named.

    Args:
        department: Only its resources; empty for all.
        records: Only these; None for all.

    Raises:
        UserError: `NOT_COORDINATOR`, `REMARK_TOO_LONG`, `REFUSED_VALUE`.
    """
    words = remark(catalogue, reason, clock=clock, optional=True)
    form, field = catalogue.form_set.by_role("resource_code")
    rows = catalogue.rows(
        form.id, catalogue.keys(ListQuery(form=form.id, department=department)), [field.id]
    )
    coded = {Owner(row.department, form.id, row.id) for row in rows if row.values.get(field.id)}
    accepted = accepted_owners(catalogue, department)
    chosen: list[Owner] = []
    already = without = waiting = 0
    for owner, state in record_states(catalogue, department).items():
        if records is not None and owner.record not in records:
            continue
        if state == "published" or (state == "withdrawn" and records is None):
            already += state == "published"
        elif owner not in accepted:
            waiting += 1
        elif owner not in coded:
            without += 1
        else:
            chosen.append(owner)
    made = _decide_each(catalogue, "publish", chosen, words, actor=actor, clock=clock)
    return PublishDone(len(chosen), already, without, waiting, made)


def withdraw(
    catalogue: CatalogueStore,
    department: str,
    records: Collection[str],
    reason: str,
    *,
    actor: str,
    clock: Clock,
) -> tuple[Decision, ...]:
    """Withdraw published resources; their codes stay theirs.

    Raises:
        UserError: `WITHDRAW_NONE`, none of them is published; `REASON_TOO_SHORT`, `REMARK_TOO_LONG`, `REFUSED_VALUE`,
            `NOT_COORDINATOR`.
    """
    words = remark(catalogue, reason, clock=clock)
    states = record_states(catalogue, department)
    chosen = [
        owner
        for owner, state in states.items()
        if owner.record in records and state in {"published", "changing"}
    ]
    if not chosen:
        raise UserError("WITHDRAW_NONE")
    return _decide_each(catalogue, "withdraw", chosen, words, actor=actor, clock=clock)


class _Later:
    """A clock that is ahead of what was decided before, so that the last word is the later one everywhere.

    Moments have whole seconds, and a colleague's clock may be fast.
    """

    def __init__(self, clock: Clock, newest: str) -> None:
        self._clock = clock
        self._newest = newest

    def now(self) -> dt.datetime:
        """Return the present moment, or the second after the newest decision."""
        now = self._clock.now()
        if self._newest and stamp(now) <= self._newest:
            return dt.datetime.fromisoformat(self._newest) + dt.timedelta(seconds=1)
        return now


def _decide_each(
    catalogue: CatalogueStore,
    kind: Literal["publish", "withdraw"],
    chosen: Iterable[Owner],
    words: str,
    *,
    actor: str,
    clock: Clock,
) -> tuple[Decision, ...]:
    by_department: dict[tuple[str, str], list[str]] = {}
    for owner in chosen:
        by_department.setdefault((owner.department, owner.form), []).append(owner.record)
    # What was taken back counts too: it may be said again, and then stands where it stood.
    said = [d.created for d in catalogue.decisions() if d.kind in {"publish", "withdraw"}]
    clock = _Later(clock, max(said, default=""))
    made = []
    for (department, form), records in sorted(by_department.items()):
        ordered = sorted(records)
        for start in range(0, len(ordered), BATCH):
            choice = naming(form, ordered[start : start + BATCH])
            subject = batch_subject(department, choice)
            made.append(decide(catalogue, kind, subject, choice, words, actor=actor, clock=clock))
    return tuple(made)
