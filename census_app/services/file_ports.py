"""What the use cases around files as a whole need from outside: snapshots, copies, damaged files, removing a value.

`storage` satisfies them; see `ports` for those around records.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from census_app.domain.records import RecordId
from census_app.domain.safekeeping import (
    Contents,
    CopyMade,
    Place,
    Purged,
    Salvaged,
    SnapshotFile,
    Standing,
)

if TYPE_CHECKING:
    from census_app.services.ports import WorkspaceStore


class Traces(Protocol):
    """Where a value stands or stood."""

    @property
    def texts(self) -> frozenset[str]:
        """All that the field ever said, as text."""

    @property
    def first(self) -> str:
        """When it was first written, UTC; empty when the journal does not say."""

    @property
    def places(self) -> Mapping[str, int]:
        """Kind of place → how many."""

    @property
    def carried(self) -> bool:
        """Whether something of it came with the last round."""


class FileKeeping(Protocol):
    """An open workspace as a file."""

    @property
    def read_only(self) -> bool:
        """Whether the file is only looked at."""

    def contents(self) -> Contents:
        """Return how much the file holds and when it was changed last."""

    def fingerprints(self, form: str) -> dict[RecordId, bytes]:
        """Return record → hash of all it says."""

    def inspect(self) -> dict[str, str]:
        """Return what technicians ask of a file: sizes, settings, soundness, rows of each table; no answers."""

    def snapshots(self) -> list[SnapshotFile]:
        """Return the snapshots of the file, oldest first."""

    def standing(self) -> Standing:
        """Return whether the file may go on numbering packages."""

    def settle(self, how: str, instance: str, actor: str, at: str) -> None:
        """Keep what a person said became of the other file; `instance`: a new id of this copy, or empty."""

    def put_back(self, snapshot: Path, *, since: str, instance: str, actor: str, at: str) -> None:
        """Give the file the content of a snapshot, whole or not at all; the present state becomes one first."""

    def copy_out(self, target: Path, *, actor: str, at: str) -> Path:
        """Write a verified copy of the file elsewhere; it asks what it is when it is opened."""

    def copies(self) -> list[CopyMade]:
        """Return where copies of the file were made, oldest first."""

    def traces(self, form: str, record: RecordId, field: str) -> Traces:
        """Return where a field of a record says and said something."""

    def texts_ever(self, form: str, record: RecordId, field: str) -> frozenset[str]:
        """Return all that a field of a record says and ever said, as the file and its snapshots know."""

    def purge(
        self,
        form: str,
        record: RecordId,
        field: str,
        *,
        actor: str,
        at: str,
        logs: Iterable[Path] = (),
        known: Iterable[str] = (),
    ) -> Purged:
        """Take all that a field of a record ever said out of the file, its snapshots and logs."""


class Vault(Protocol):
    """Files that nobody has open."""

    def engine(self) -> str:
        """Return the version of the database engine."""

    def place(self, path: Path) -> Place:
        """Say where a file lies and how much room there is."""

    def snapshots(self, path: Path) -> list[SnapshotFile]:
        """Return the snapshots of a file, oldest first."""

    def look(self, path: Path, *, sound: bool = True) -> WorkspaceStore:
        """Open a file only to look at it; `sound`: whether a damaged one is refused."""

    def restore(
        self, path: Path, snapshot: Path, *, since: str, instance: str, actor: str, at: str
    ) -> None:
        """Put a snapshot in the place of a file; what was there is kept, as a snapshot or beside."""

    def copy_out(self, source: Path, target: Path, *, since: str, actor: str, at: str) -> Path:
        """Write a verified copy of a snapshot elsewhere; it asks what it is when it is opened."""

    def salvage(self, path: Path, to: Path, *, actor: str, at: str) -> Salvaged:
        """Save what can be read of a damaged file into a new one."""
