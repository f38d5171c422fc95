"""The practice: a department with planted mistakes, and which of them have been mended.

Nothing of the practice is kept beside the file: a mistake is mended when the rules no longer find it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import msgspec

from census_app.assets import resource
from census_app.domain.findings import Finding
from census_app.formspec.model import Text
from census_app.services.ports import WorkspaceFacts

SAMPLES: Final = "samples"
PRACTICE: Final = "practice.toml"


class Mistake(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One planted mistake.

    Attributes:
        rules: The rules whose findings it is known by.
        where: Name of the record it is in, as planted.
        what: What is wrong; `how`, the way to mend it.
    """

    id: str
    rules: tuple[str, ...]
    where: str
    what: Text
    how: Text


class Practice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The script: which department of the samples under which name, and what is left wrong in it."""

    department: str
    name: str
    mistake: tuple[Mistake, ...]

    @property
    def rules(self) -> frozenset[str]:
        """Every rule that something was planted for."""
        return frozenset(rule for each in self.mistake for rule in each.rules)


@dataclass(frozen=True, slots=True)
class Exercise:
    """How one planted mistake stands.

    Attributes:
        finding: Where it still is; None once it is mended.
    """

    mistake: Mistake
    finding: Finding | None

    @property
    def mended(self) -> bool:
        """Whether the rules no longer find it."""
        return self.finding is None


def read_practice() -> Practice:
    """Return the shipped script."""
    return msgspec.toml.decode(resource(SAMPLES, PRACTICE).read_bytes(), type=Practice)


def has_exercises(facts: WorkspaceFacts) -> bool:
    """Say whether a file is of the practice's department; other practice files have no planted mistakes."""
    return facts.training and facts.department_name == read_practice().name


def exercises(practice: Practice, findings: Iterable[Finding]) -> tuple[Exercise, ...]:
    """Return how each planted mistake stands, by the newest findings."""
    open_ones: dict[str, Finding] = {}
    for finding in findings:
        if finding.blocks_export:
            open_ones.setdefault(finding.rule, finding)
    return tuple(
        Exercise(mistake, next((open_ones[r] for r in mistake.rules if r in open_ones), None))
        for mistake in practice.mistake
    )
