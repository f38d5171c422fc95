"""Count the indicators of a catalogue: 三数一率 and the figures behind them, as-of a day (domain §6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from census_app.diagnostics import wording
from census_app.domain import statistics
from census_app.domain.statistics import Indicators
from census_app.services.ports import CatalogueStore


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
        return wording.text(f"STAT_{self.code}_NOTE", language, **self.params)


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
    whole = catalogue.statistics(as_of)
    departments = []
    for entry in catalogue.roster():
        figures = _figures(catalogue.statistics(as_of, entry.code))
        departments.append(
            DepartmentFigures(entry.code, entry.name, {f.code: f.value for f in figures[:4]})
        )
    return Statistics(as_of, _figures(whole), tuple(departments))


def _figures(counts: Mapping[str, int]) -> tuple[Figure, ...]:
    found: Indicators = statistics.indicators(counts)
    parts = {name: str(number) for name, number in counts.items()}
    parts |= {name: statistics.sum_text(counts[name]) for name in statistics.QUANTITIES}
    parts |= {
        "baseline": str(found.baseline),
        "targets": str(found.new_targets),
        "remaining": str(found.remaining),
        "compression": found.compression,
    }
    values = (
        ("INTEGRATED", str(found.systems_integrated)),
        ("SHARED", str(found.resources_shared)),
        ("JOINT", str(found.joint)),
        ("CONNECTION", found.connection),
        ("DEPARTMENTS", parts["departments_received"]),
        ("SYSTEMS", parts["systems"]),
        ("ZOMBIES", parts["zombies"]),
        ("COMPRESSION", found.compression),
        ("RESOURCES", parts["resources"]),
        ("ITEMS", parts["items"]),
        ("OPEN", parts["resources_open"]),
        ("BASE", parts["resources_base_kind"]),
        ("PRIORITY", parts["resources_priority_area"]),
        ("VOLUME", parts["size_total"]),
        ("RECORDS", parts["records_total"]),
    )
    return tuple(Figure(code, value, parts) for code, value in values)
