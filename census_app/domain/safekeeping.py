"""What is known of files as a whole: where they lie, their snapshots and copies, what a damaged one still held.

Plain values that cross between `services` and `storage`. No I/O.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from census_app.domain.records import RecordId

PlaceKind = Literal["", "share", "removable", "sync"]
"""Where a file lies: a fixed disk, a network share, a stick, a folder that a program synchronises."""

Sign = Literal["+", "-", "~"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file lies.

    Attributes:
        service: Of a synchronised folder, the name of the program that does it.
        free: Bytes free there, total bytes; 0 when the system does not say.
    """

    kind: PlaceKind
    service: str = ""
    free: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class SnapshotFile:
    """A snapshot; `at` is UTC, `reason` the word in its name: `regular`, `manual`, `import`, and so on."""

    path: Path
    at: dt.datetime
    bytes: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a workspace or snapshot holds.

    Attributes:
        counts: Form id → number of records, in the order of the form set.
        changed_at: When its newest step was taken, UTC; empty without one.
        changed_by: By whom.
        packages: How many packages it knows to have been handed in.
    """

    form_version: str
    counts: Mapping[str, int]
    changed_at: str = ""
    changed_by: str = ""
    packages: int = 0

    @property
    def records(self) -> int:
        """Records of all forms together."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class RecordDifference:
    """One record that a restore would bring back (`+`), take away (`-`) or change (`~`).

    Attributes:
        fields: Ids of the fields that differ, of a changed record.
        owner: Name of the record it belongs to, of a child.
    """

    sign: Sign
    form: str
    record: RecordId
    title: str = ""
    owner: str = ""
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tally:
    """How many records a restore would bring back, take away and change."""

    back: int = 0
    gone: int = 0
    changed: int = 0

    def __bool__(self) -> bool:
        """Say whether anything differs."""
        return bool(self.back or self.gone or self.changed)


@dataclass(frozen=True, slots=True)
class CopyMade:
    """A copy of the file that was made to take along; `at` is UTC."""

    to: str
    at: str


CopyState = Literal["", "restored", "copied"]
"""Whether a file is one that may have been overtaken: put back from a snapshot, or copied to take along."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a file may go on numbering packages.

    Attributes:
        state: Empty: yes. Else a person has to say first what became of the other one.
        at: When it was restored or copied, UTC.
        since: Moment the content is from, UTC.
    """

    state: CopyState = ""
    at: str = ""
    since: str = ""


@dataclass(frozen=True, slots=True)
class Lost:
    """What could not be read of a damaged file.

    Attributes:
        table: Form id or name of another table.
        row: Row key, 0 when not even that is known.
        title: Name of the record where it is known; of a column, its name.
        reason: `unreadable`, `orphan`, `twice`, or `changed`: it was read, but is not as it was written. Of another
            structure: `column`, a column that the new file has no place for; `structure`, a table that it cannot take.
    """

    table: str
    row: int = 0
    title: str = ""
    reason: str = "unreadable"


@dataclass(frozen=True, slots=True)
class Salvaged:
    """A new file made of what could be read of a damaged one.

    Attributes:
        counts: Form id → records saved.
        steps: Steps of the journal saved.
        lost: What is missing or doubtful.
        chain_known: Whether all packages it had sent could be read.
        labels: Form id → its name in Chinese and in English.
    """

    path: Path
    counts: Mapping[str, int]
    steps: int
    lost: tuple[Lost, ...] = ()
    chain_known: bool = True
    labels: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Purged:
    """What removing a value did.

    Attributes:
        places: Where it stood → how often: `record`, `journal`, `text`, … .
        snapshots: Snapshots it was removed from.
        deleted: Snapshots that could not be mended and were deleted.
        unreachable: Snapshots that could be neither.
        logs: Log files it was removed from.
        packages: Names of packages that may carry it.
        copies: Where copies of the file were made, as the journal knows.
        earlier: Name of the last round's file or package, when something of it came from there; it and its packages may
            carry it too.
        kept: Records that name the same attached file, which therefore stays.
    """

    places: Mapping[str, int] = field(default_factory=dict)
    snapshots: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    unreachable: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    earlier: str = ""
    kept: tuple[str, ...] = ()
