"""Which departments deserve a closer look: late, careless, or at odds with the audit; every point has its reason. Pure.

Points are whole numbers: how often a measure contains its step, rounded up, at most the limit. So everybody can work
out a score with pencil and paper, and the order never depends on anything else.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal, get_args

Aspect = Literal["late", "careless", "divergent"]
ASPECTS: Final[tuple[Aspect, ...]] = get_args(Aspect)

Measure = Literal[
    "days_late", "errors", "warnings", "refused", "announced", "missing_here", "differing"
]
MEASURES: Final[Mapping[Measure, Aspect]] = {
    "days_late": "late",
    "errors": "careless",
    "warnings": "careless",
    "refused": "careless",
    "announced": "careless",
    "missing_here": "divergent",
    "differing": "divergent",
}
"""What is measured, in the order in which reasons are given, and under which heading it falls."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one point stands for.

    Attributes:
        size: So much of the measure is one point.
        limit: The measure gives no more points than this.
    """

    size: Decimal
    limit: int = 10


STEPS: Final[Mapping[Measure, Step]] = {
    "days_late": Step(Decimal(10)),
    "errors": Step(Decimal(2)),
    "warnings": Step(Decimal(10), 5),
    "refused": Step(Decimal(1), 5),
    "announced": Step(Decimal(5), 5),
    "missing_here": Step(Decimal(5)),
    "differing": Step(Decimal(10)),
}
"""Used where a campaign says nothing. Errors, warnings and what is announced count for 100 records, differences for 100
rows of the audit's list, or 100 records that are in both."""


@dataclass(frozen=True, slots=True)
class Conduct:
    """What is known of a department.

    Attributes:
        days_late: Days between the first date that was missed and the first delivery, or today.
        delivered: Whether anything of it stands.
        records: How many it handed in.
        errors, warnings: What the rules found in its newest package.
        refused: Reasons for warnings that a coordinator did not accept.
        announced: Records it announces as unfinished.
        listed: Rows of the audit's lists that name it; `missing_here` of them are not in the catalogue.
        paired: Rows that have their record; `differing` of them do not agree.
    """

    code: str
    name: str
    days_late: int = 0
    delivered: bool = True
    records: int = 0
    errors: int = 0
    warnings: int = 0
    refused: int = 0
    announced: int = 0
    listed: int = 0
    missing_here: int = 0
    paired: int = 0
    differing: int = 0


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a department has points.

    Attributes:
        count: What was counted; `of` is what it is seen against, 0 where it is seen alone.
    """

    measure: Measure
    count: int
    of: int
    points: int

    @property
    def aspect(self) -> Aspect:
        """The heading it falls under."""
        return MEASURES[self.measure]


@dataclass(frozen=True, slots=True)
class Sampled:
    """A department with its points; `reasons` only where there are points."""

    conduct: Conduct
    points: int
    reasons: tuple[Reason, ...]

    def points_for(self, aspect: Aspect) -> int:
        """Return the points under one heading."""
        return sum(reason.points for reason in self.reasons if reason.aspect == aspect)


def sample(conducts: Iterable[Conduct], steps: Mapping[Measure, Step] = STEPS) -> list[Sampled]:
    """Return the departments, most points first; those with equal points by their codes."""
    scored = [_scored(each, steps) for each in conducts]
    return sorted(scored, key=lambda each: (-each.points, each.conduct.code))


def _scored(conduct: Conduct, steps: Mapping[Measure, Step]) -> Sampled:
    reasons = [
        Reason(measure, count, of, _points(count, of, steps[measure]))
        for measure, count, of in _measured(conduct)
    ]
    told = tuple(reason for reason in reasons if reason.points)
    return Sampled(conduct, sum(reason.points for reason in told), told)


def _measured(conduct: Conduct) -> Sequence[tuple[Measure, int, int]]:
    return (
        ("days_late", max(conduct.days_late, 0), 0),
        ("errors", conduct.errors, conduct.records),
        ("warnings", conduct.warnings, conduct.records),
        ("refused", conduct.refused, 0),
        ("announced", conduct.announced, conduct.records + conduct.announced),
        ("missing_here", conduct.missing_here, conduct.listed),
        ("differing", conduct.differing, conduct.paired),
    )


def _points(count: int, of: int, step: Step) -> int:
    if count <= 0 or step.size <= 0:
        return 0
    seen = Fraction(count * 100, of) if of > 0 else Fraction(count)
    return min(step.limit, math.ceil(seen / Fraction(step.size)))
