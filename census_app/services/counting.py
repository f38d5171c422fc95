"""Count the indicators of a catalogue: 三数一率 and the figures behind them, as-of a day (domain §6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from census_app.diagnostics import wording
from census_app.domain.indicators import BY_ID, DEFINITIONS
from census_app.services.measuring import Board, measure
from census_app.services.ports import CatalogueStore

_FIGURES: Final = (
    ("INTEGRATED", "systems_integrated"),
    ("SHARED", "resources_shared"),
    ("JOINT", "joint_effective"),
    ("CONNECTION", "connection_rate"),
    ("DEPARTMENTS", "departments_received"),
    ("SYSTEMS", "systems"),
    ("ZOMBIES", "zombies"),
    ("COMPRESSION", "compression_rate"),
    ("RESOURCES", "resources"),
    ("ITEMS", "items"),
    ("OPEN", "resources_open"),
    ("BASE", "resources_base_kind"),
    ("PRIORITY", "resources_priority_area"),
    ("VOLUME", "size_total"),
    ("RECORDS", "records_total"),
)
"""Code of a figure → the indicator it shows; the four of 三数一率 first."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure; its label is the message `STAT_<code>`, its note `STAT_<code>_NOTE` with `params`."""

    code: str
    value: str
    params: Mapping[str, str]

    def label(self, language: str) -> str:
        """Return what is counted."""
        return wording.text(f"STAT_{self.code}", language)

    def note(self, language: str) -> str:
        """Return how it is counted, with the parts it is made of."""
        params = {name: wording.in_groups(part) for name, part in self.params.items()}
        return wording.text(f"STAT_{self.code}_NOTE", language, **params)


@dataclass(frozen=True, slots=True)
class DepartmentFigures:
    """The headline figures of one department, by figure code."""

    code: str
    name: str
    figures: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Statistics:
    """All figures of a catalogue.

    Attributes:
        figures: The four of 三数一率 first.
    """

    as_of: str
    figures: tuple[Figure, ...]
    departments: tuple[DepartmentFigures, ...]

    @property
    def headline(self) -> tuple[Figure, ...]:
        """The four figures of 三数一率."""
        return self.figures[:4]


def count(catalogue: CatalogueStore, as_of: str) -> Statistics:
    """Return the figures as of a day, `CCYY-MM-DD`, for all departments together and one by one."""
    return statistics_of(measure(catalogue, as_of))


def statistics_of(board: Board) -> Statistics:
    """Return the figures of what was measured."""
    departments = []
    for each in board.departments:
        counts = {**each.counts, **dict.fromkeys(board.behind, 0)}
        figures = {code: BY_ID[name].text(counts) for code, name in _FIGURES[:4]}
        departments.append(DepartmentFigures(each.code, each.name, figures))
    parts = {each.id: each.text(board.counts) for each in DEFINITIONS}
    figures_of_all = (Figure(code, parts[name], parts) for code, name in _FIGURES)
    return Statistics(board.as_of, tuple(figures_of_all), tuple(departments))
