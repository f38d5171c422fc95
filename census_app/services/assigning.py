"""Give resources their codes: class, slash, six digits; for good, and never to another one.

Each coordinator counts in a block of numbers of its own, so that two who work apart do not meet; should they meet all
the same, the ledger decides (`domain.corrections.assignments`) and the other resource gets another code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from census_app.domain.chain import Decision
from census_app.domain.corrections import Owner, assignments, batch_subject, coding
from census_app.domain.holdings import ListQuery
from census_app.errors import UserError
from census_app.services.deciding import decide
from census_app.services.own_values import value_of
from census_app.services.ports import CatalogueStore, Clock
from census_app.services.record_states import accepted_owners

BLOCK: Final = 100_000
"""Numbers of one coordinator in each class; the first block begins with 1."""

BATCH: Final = 200
"""Codes of one decision, so that it fits into a line."""

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class AssignDone:
    """What assigning did.

    Attributes:
        codes: New ones that stand, by record.
        kept: Number of resources that had one already, or got one from another coordinator meanwhile.
        waiting: Number of resources whose department's package is not accepted yet.
        unclassed: Number of resources without a class.
        decisions: In the order they were made.
    """

    codes: Mapping[Owner, str]
    kept: int
    waiting: int
    unclassed: int
    decisions: tuple[Decision, ...] = ()


def block_of(coordinator: str) -> int:
    """Return the first number of a coordinator's block, less one.

    The two characters behind the code of a body name the block: none is the first, `02` the third.
    """
    suffix = (coordinator[18:20] or "00").rjust(2, "0").upper()
    place = _DIGITS.find(suffix[0]) * len(_DIGITS) + _DIGITS.find(suffix[1])
    return max(place, 0) * BLOCK


def assign_codes(
    catalogue: CatalogueStore,
    department: str = "",
    *,
    unaccepted: bool = False,
    reason: str = "",
    actor: str,
    clock: Clock,
) -> AssignDone:
    """Give a code to every resource of accepted packages that has a class and no code.

    Args:
        department: Only its resources; empty for all.
        unaccepted: Those of packages that are not accepted yet as well.

    Raises:
        UserError: `NOT_COORDINATOR`; `CODES_EXHAUSTED`, a block is full.
    """
    coordinator = catalogue.facts().coordinator_code
    if not coordinator:
        raise UserError("NOT_COORDINATOR")
    form, code_field = catalogue.form_set.by_role("resource_code")
    class_field = catalogue.form_set.by_role("class_code")[1]
    accepted = None if unaccepted else accepted_owners(catalogue, department)
    numbers = _Numbers(catalogue, block_of(coordinator))
    found: dict[Owner, str] = {}
    kept = waiting = unclassed = 0
    for owner, code, class_code in _resources(
        catalogue, form.id, code_field.id, class_field.id, department
    ):
        if code:
            kept += 1
        elif accepted is not None and owner not in accepted:
            waiting += 1
        elif not class_code:
            unclassed += 1
        else:
            found[owner] = numbers.next(class_code)
    made = [
        decide(
            catalogue, "code", batch_subject(code, choice), choice, reason, actor=actor, clock=clock
        )
        for code, choice in _batches(form.id, found)
    ]
    stand = _standing(catalogue, made)
    others = assignments(catalogue.decisions())[0].keys() & (found.keys() - stand.keys())
    return AssignDone(stand, kept + len(others), waiting, unclassed, tuple(made))


def _standing(catalogue: CatalogueStore, made: Sequence[Decision]) -> dict[Owner, str]:
    """Return the codes of one's own decisions that stand: another coordinator may have assigned at the same time."""
    own = {decision.id for decision in made}
    found, _ = assignments(catalogue.decisions())
    return {owner: each.code for owner, each in found.items() if each.decision.id in own}


def codes_of(catalogue: CatalogueStore, department: str) -> dict[Owner, tuple[str, Decision]]:
    """Return the codes that stand for a department's resources, with their decisions."""
    found, _ = assignments(catalogue.decisions())
    return {
        owner: (each.code, each.decision)
        for owner, each in found.items()
        if owner.department == department
    }


def _resources(
    catalogue: CatalogueStore, form: str, code: str, class_code: str, department: str
) -> Iterator[tuple[Owner, str, str]]:
    """Yield owner, code and class of the resources, by class, department and id."""
    query = ListQuery(form=form, department=department)
    rows = catalogue.rows(form, catalogue.keys(query), [code, class_code])
    listed = [
        (
            Owner(row.department, form, row.id),
            str(row.values.get(code) or ""),
            str(row.values.get(class_code) or ""),
        )
        for row in rows
    ]
    yield from sorted(listed, key=lambda each: (each[2], each[0]))


class _Numbers:
    """The next number of each class; a number that was ever given, or stands in a record, is not given again."""

    def __init__(self, catalogue: CatalogueStore, block: int) -> None:
        form, field = catalogue.form_set.by_role("resource_code")
        _, given = assignments(catalogue.decisions())
        rows = catalogue.rows(form.id, catalogue.keys(ListQuery(form=form.id)), [field.id])
        here = {str(row.values[field.id]) for row in rows if field.id in row.values}
        here |= {
            str(value_of(laid.theirs, field))
            for laid in catalogue.laid()
            if laid.place.field == field.id
        }
        self._block = block
        self._last: dict[str, int] = {}
        for code in given | here:
            class_code, _, number = code.partition("/")
            if number.isascii() and number.isdecimal() and block < int(number) < block + BLOCK:
                last = self._last.get(class_code, block)
                self._last[class_code] = max(last, int(number))

    def next(self, class_code: str) -> str:
        """Return the next code of a class."""
        number = self._last.get(class_code, self._block) + 1
        if number >= self._block + BLOCK:
            raise UserError("CODES_EXHAUSTED", class_code=class_code)
        self._last[class_code] = number
        return f"{class_code}/{number:06}"


def _batches(form: str, found: Mapping[Owner, str]) -> Iterator[tuple[str, str]]:
    """Yield department and choice of the decisions that say so."""
    by_department: dict[str, dict[str, str]] = {}
    for owner, code in found.items():
        by_department.setdefault(owner.department, {})[owner.record] = code
    for department, codes in sorted(by_department.items()):
        records = sorted(codes)
        for start in range(0, len(records), BATCH):
            part = records[start : start + BATCH]
            yield department, coding(form, {record: codes[record] for record in part})
