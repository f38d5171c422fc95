"""What workspaces and catalogues say of themselves and of what they hold, as plain values.

They cross between `services` and `storage`, which do not import each other; the ports name them. No ORM object, no
cursor, no I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from census_app.domain.records import RecordId, Values


@dataclass(frozen=True, slots=True)
class WorkspaceFacts:
    """What a workspace says of itself.

    Attributes:
        department_code: USCC, or USCC + two characters for a section or second PC.
        census_id: Campaign id; `round` counts from 1.
        instance: 32 hex, random id of this installation's copy, new after a restore.
        training: True for a practice file, which is watermarked in print.
    """

    department_code: str
    department_name: str
    census_id: str
    round: int
    form_version: str
    instance: str
    created_at: str
    training: bool = False


@dataclass(frozen=True, slots=True)
class ListQuery:
    """Which records of a form, in which order. Filtering, sorting and searching are done in SQL.

    Attributes:
        search: Finds this text anywhere in the form's text columns (two Chinese characters suffice); empty = all.
        equals: Field id → code, text or bool that must be equal.
        ids: Restrict to these records (a chip such as "errors" knows its ids); None = all.
        sort: Field id, or empty for the order in which records were made.
        parent: Restrict to children of this record, in their order.
        department: In a catalogue, restrict to one department.
        class_prefix: Field id and beginning of its code, for a branch of a classification.
    """

    form: str
    search: str = ""
    equals: Mapping[str, str | int] = field(default_factory=dict)
    ids: frozenset[str] | None = None
    sort: str = ""
    descending: bool = False
    parent: str | None = None
    department: str = ""
    class_prefix: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ListRow:
    """One row of a list: its key, identity and the values of the asked columns (unfit ones included)."""

    key: int
    id: RecordId
    values: Values
    child_count: int = 0
    department: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A written reason for a warning, bound to the values it was written about."""

    record: RecordId
    rule: str
    values_sha256: str
    reason: str
    actor: str
    at: str


@dataclass(frozen=True, slots=True)
class SentPackage:
    """A package this workspace handed in or received.

    Attributes:
        direction: `sent` or `received`.
        identity: SHA-256 of the statement, hex.
        counts: Form id → number of records put.
    """

    direction: Literal["sent", "received"]
    identity: str
    type: str
    name: str
    sequence: int
    previous: str
    created: str
    at: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A record of an earlier package that is gone."""

    form: str
    record: RecordId
    reason: str


PackageState = Literal["merged", "pending", "fork", "quarantined", "set_aside"]


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """A package the catalogue holds.

    Attributes:
        counts: Form id → operation → number of lines.
        state: Derived from the set of packages and decisions; never stored as truth.
        errors: Number of errors the rules found in it, warnings likewise.
    """

    identity: str
    name: str
    type: str
    department: str
    sequence: int
    previous: str
    created: str
    received_at: str
    form_version: str
    bytes: int
    counts: Mapping[str, Mapping[str, int]]
    state: PackageState
    errors: int = 0
    warnings: int = 0


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """A department of the campaign and how far it is."""

    code: str
    name: str
    certificate_fingerprint: str
    head_sequence: int
    last_received: str
    counts: Mapping[str, int]
    errors: int = 0
    warnings: int = 0
    pending_records: int = 0
    waiting_packages: int = 0


@dataclass(frozen=True, slots=True)
class CatalogueFacts:
    """What a catalogue says of itself; `roots_pem` are the pinned roots."""

    name: str
    level: Literal["province", "city"]
    census_id: str
    round: int
    form_version: str
    roots_pem: str
    created_at: str
    digest: str


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """A certificate the centre issued to a department."""

    department: str
    name: str
    certificate_pem: str
    fingerprint: str
    issued_at: str


@dataclass(frozen=True, slots=True)
class MergeDone:
    """What a merge did to the catalogue, by records of top-level and child forms together.

    Attributes:
        vanished: (form, id) of records of the previous package that this one neither carries nor deletes: a finding.
    """

    added: int
    changed: int
    unchanged: int
    deleted: int
    announced: int
    vanished: tuple[tuple[str, str], ...] = ()
