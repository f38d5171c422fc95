"""What discovering needs from outside: schemas of databases, and where records of a workspace were found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from census_app.domain.changes import Step, StepDone
from census_app.domain.schemas import FoundSchema, SchemaRequest, Sighting

if TYPE_CHECKING:
    from census_app.services.progress import Progress


class SchemaReader(Protocol):
    """Reads schemas; `bootstrap.Services` is one."""

    def read_schema(self, request: SchemaRequest, progress: Progress) -> FoundSchema:
        """Read the schema of a database, a script or a dictionary; tables and columns only, never a row."""


class SightingStore(Protocol):
    """What a workspace remembers of discoveries."""

    def sightings(self) -> list[Sighting]:
        """Return as which tables and columns of databases records were found, by form and record."""

    def write_discovery(self, step: Step, sighted: Sequence[Sighting]) -> StepDone:
        """Write a step with where its records were found, in one transaction that one undo takes back."""
