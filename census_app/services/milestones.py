"""The dates of the campaign, and who has not done what is due (domain §8.4).

A milestone names the indicators of which nothing may be left in a department (`settled`). A department has done its
part when it has delivered and none of them counts anything there; `of` names an indicator that says of whom it is asked
at all. Whether a city has a platform only the city says: one that has not said so is asked too. A milestone that names
none is not told by the data.
"""

from __future__ import annotations

from dataclasses import dataclass

from census_app.domain.indicators import BY_ID
from census_app.formspec.model import FormSet, Milestone
from census_app.services.measuring import Board, DepartmentMeasured

MISSING = "departments_missing"
CITIES = "city_platforms"
UNSAID = "city_platforms_unsaid"


@dataclass(frozen=True, slots=True)
class Late:
    """A department that has not done its part.

    Attributes:
        reasons: Indicator → what is left; `MISSING` where nothing was delivered, `UNSAID` where a city does not say
            how far it is.
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
        asked = _asked(each, board)
        late = tuple(
            Late(department, reasons)
            for department in asked
            if settled and (reasons := _left(department, settled, each.of))
        )
        found.append(
            MilestoneStanding(
                each, each.due < board.as_of, bool(settled), len(asked) if settled else 0, late
            )
        )
    return tuple(found)


def _asked(milestone: Milestone, board: Board) -> list[DepartmentMeasured]:
    """Return whom a milestone is asked of."""
    if not milestone.of:
        return list(board.departments)
    silent = _silent_cities(board) if milestone.of == CITIES else frozenset()
    return [d for d in board.departments if d.counts.get(milestone.of) or d.code in silent]


def _silent_cities(board: Board) -> frozenset[str]:
    """Return the cities that have not said how far their platform is.

    A body is taken for a city when it is the only one here whose code was given by that city: in a city's own
    catalogue there are many, and none of them is the city.
    """
    of_city: dict[str, list[DepartmentMeasured]] = {}
    for department in board.departments:
        division = department.code[2:8]
        if division[4:] == "00" and division[2:4] != "00":
            of_city.setdefault(division, []).append(department)
    found = (bodies[0] for bodies in of_city.values() if len(bodies) == 1)
    return frozenset(each.code for each in found if not each.counts.get(CITIES))


def _left(
    department: DepartmentMeasured, settled: list[str], of: str
) -> tuple[tuple[str, int], ...]:
    if not department.received:
        return ((MISSING, 1),)
    if of == CITIES and not department.counts.get(CITIES):
        return ((UNSAID, 1),)
    return tuple((name, number) for name in settled if (number := department.counts[name]))
