"""The dates of the campaign, and who has not done what is due (domain §8.4).

A milestone names the indicators of which nothing may be left in a department (`settled`). A department has done its
part when it has delivered and none of them counts anything there; `of` names an indicator that says of whom it is asked
at all. A milestone that names none is not told by the data.
"""

from __future__ import annotations

from dataclasses import dataclass

from census_app.domain.indicators import BY_ID
from census_app.formspec.model import FormSet, Milestone
from census_app.services.measuring import Board, DepartmentMeasured

MISSING = "departments_missing"


@dataclass(frozen=True, slots=True)
class Late:
    """A department that has not done its part.

    Attributes:
        reasons: Indicator → what is left; `departments_missing` where nothing was delivered.
    """

    department: DepartmentMeasured
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class MilestoneStanding:
    """How a milestone stands as of the day of a board.

    Attributes:
        past: Its day is over, so that whoever is open is late.
        measured: The data tell who has done it.
        concerned: Number of departments it is asked of.
    """

    milestone: Milestone
    past: bool
    measured: bool
    concerned: int
    open: tuple[Late, ...]

    @property
    def done(self) -> int:
        """Number of departments that have done their part."""
        return self.concerned - len(self.open)


def milestones(form_set: FormSet, board: Board) -> tuple[MilestoneStanding, ...]:
    """Return how every milestone stands, by day."""
    found = []
    for each in sorted(form_set.campaign.milestones, key=lambda m: (m.due, m.id)):
        settled = [name for name in each.settled if name in BY_ID]
        asked = [d for d in board.departments if not each.of or d.counts.get(each.of)]
        late = tuple(
            Late(department, reasons)
            for department in asked
            if settled and (reasons := _left(department, settled))
        )
        found.append(
            MilestoneStanding(
                each, each.due < board.as_of, bool(settled), len(asked) if settled else 0, late
            )
        )
    return tuple(found)


def _left(department: DepartmentMeasured, settled: list[str]) -> tuple[tuple[str, int], ...]:
    if not department.received:
        return ((MISSING, 1),)
    return tuple((name, number) for name in settled if (number := department.counts[name]))
