"""What workspaces and catalogues say of themselves and of what they hold, as plain values.

They cross between `services` and `storage`, which do not import each other; the ports name them. No ORM object, no
cursor, no I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from census_app.domain.filtering import ColumnFilter
from census_app.domain.records import RecordId, Values
from census_app.domain.schemas import Sighting


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
        search: Each of its words stands somewhere in the form's text columns (two Chinese characters suffice); case
            and width do not count; empty = all.
        inside: A record is also found by the text columns of its child records.
        equals: Field id → code, text or bool that must be equal.
        ids: Restrict to these records (a chip such as "errors" knows its ids); None = all.
        sort: Field id, `CHILD_COUNT`, or empty for the order in which records were made. Texts come in the order of
            pinyin, references by their names, records without an answer last.
        parent: Restrict to children of this record, in their order.
        department: In a catalogue, restrict to one department.
        class_prefix: Field id and beginning of its code, for a branch of a classification.
        filters: Conditions about fields, all of which hold.
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
    filters: tuple[ColumnFilter, ...] = ()
    inside: bool = False


@dataclass(frozen=True, slots=True)
class ListRow:
    """One row of a list: its key, identity and the values of the asked columns (unfit ones included)."""

    key: int
    id: RecordId
    values: Values
    child_count: int = 0
    department: str = ""
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A written reason for a warning, bound to the values it was written about; a catalogue also knows the form."""

    record: RecordId
    rule: str
    values_sha256: str
    reason: str
    actor: str
    at: str
    form: str = ""


@dataclass(frozen=True, slots=True)
class ShareTally:
    """Resources of one package by sharing type.

    Attributes:
        whole: Code of the sharing type → resources that travel whole, in the order of the list of choices; the empty
            code for those that give none, only where there are some.
        announced: Resources of which only the name travels.
    """

    whole: Mapping[str, int]
    announced: int = 0


@dataclass(frozen=True, slots=True)
class SentPackage:
    """A package this workspace handed in or received.

    Attributes:
        direction: `sent` or `received`.
        identity: SHA-256 of the statement, hex.
        counts: Form id → number of records put.
        sender: Code of the sender; for a contribution the other side.
        audience: Whom it is for.
        in_reply_to: Identity of the package it answers, or empty.
        status: Of a receipt: `accepted`, `accepted_with_comments`, `returned`; else empty.
        note: Of a receipt: what the coordinator wrote.
        sharing: Of an own submission: its resources by sharing type, for the cover; None where nobody counted them.
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
    sender: str = ""
    audience: str = ""
    in_reply_to: str = ""
    status: str = ""
    note: str = ""
    sharing: ShareTally | None = None


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A record of an earlier package that is gone."""

    form: str
    record: RecordId
    reason: str


@dataclass(frozen=True, slots=True)
class TouchedRecord:
    """A top-level record that is not what it was at an earlier moment.

    Attributes:
        gone: It was deleted since.
        fields: Its own fields that differ; none where only its children do.
    """

    form: str
    record: RecordId
    title: str
    gone: bool
    fields: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class BaseLine:
    """A line of a contribution that was sent or taken over: what the next merge starts from."""

    form: str
    record: str
    line: str


@dataclass(frozen=True, slots=True)
class ConflictEntry:
    """A conflict of a merge as the workspace keeps it; see `domain.merging.Conflict`.

    Attributes:
        id: 32 hex, derived from package, record and field.
        package: Identity of the contribution that brought it.
        field: Field id, or empty for the whole record.
        base, ours, theirs: JSON texts as they were at the merge.
        choice: Empty while nobody has decided; then `ours`, `theirs` or `value`.
    """

    id: str
    package: str
    form: str
    record: str
    field: str
    base: str
    ours: str
    theirs: str
    choice: str = ""
    reason: str = ""
    actor: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class LastRound:
    """What a workspace was begun from.

    Attributes:
        kind: A department's file, or a package it handed in.
        name: Of the file, or of the package.
        identity: Of the package, or of the last one that was handed in from the file; empty for none.
        sequence: Number of that package, or 0.
        created: UTC time of the package, or of the file's last change.
        at: When it was read, UTC.
    """

    kind: Literal["workspace", "package"]
    name: str
    identity: str
    sequence: int
    created: str
    census_id: str
    round: int
    at: str


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """What a new workspace takes over beside the records of the last round.

    Attributes:
        round: Number of the new round.
        census_id: Campaign of the new workspace; a round of practice stays practice (`training`).
        packages: Those of the last round's chain, when the new workspace goes on with it; `handed_in` likewise.
    """

    last: LastRound
    round: int
    census_id: str
    training: bool = False
    explanations: tuple[Explanation, ...] = ()
    packages: tuple[SentPackage, ...] = ()
    handed_in: frozenset[tuple[str, str]] = frozenset()
    sightings: tuple[Sighting, ...] = ()


DeltaState = Literal["open", "unchanged", "changing", "changed", "retired", "new"]
"""How a record stands against the last round: nobody has looked at it, confirmed as it was, to be changed, changed,
gone, or not known then."""


@dataclass(frozen=True, slots=True)
class Delta:
    """A top-level record against the last round; its children count with it.

    Attributes:
        actor: Who confirmed it, at which UTC time; empty where nobody did.
    """

    form: str
    record: RecordId
    title: str
    state: DeltaState
    actor: str = ""
    at: str = ""


PackageState = Literal[
    "merged", "pending", "fork", "quarantined", "set_aside", "form_unknown", "revoked"
]
"""How a submission stands. For other types of packages the state says nothing and is `merged`."""


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """A package the catalogue holds.

    Attributes:
        counts: Form id → operation → number of lines.
        state: Derived from the set of packages and decisions; never stored as truth.
        department: Of a submission its sender, of a review or receipt whom it goes to; else empty.
        errors: Number of errors the rules found in it, warnings likewise.
        sender: Code of who signed.
        signer_serial: Serial of the signer's certificate, lower-case hex; `signer_sha256` is the hash of its text.
        direction: `sent` for what this catalogue wrote itself.
        held: `form_unknown` while nothing here knows its form set; `refused:<code>:<where>` when it turned out not to
            follow the form set it waited for (state `set_aside`); else empty.
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
    sender: str = ""
    audience: str = ""
    in_reply_to: str = ""
    signer_serial: str = ""
    signer_sha256: str = ""
    direction: Literal["received", "sent"] = "received"
    held: str = ""

    @property
    def unexplained(self) -> int:
        """Number of warnings without a reason: a package carries one line for each reason."""
        return max(0, self.warnings - self.counts.get("explanation", {}).get("put", 0))


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
    """What a catalogue says of itself.

    Attributes:
        roots_pem: The pinned roots.
        coordinator_code: Code under which this catalogue signs reviews, receipts and its ledger.
        instance: 32 hex, random id of this installation.
        upper_code: Code under which it hands its whole catalogue up, empty while it does not.
    """

    name: str
    level: Literal["province", "city"]
    census_id: str
    round: int
    form_version: str
    roots_pem: str
    created_at: str
    digest: str
    coordinator_code: str = ""
    coordinator_name: str = ""
    instance: str = ""
    upper_code: str = ""


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """A certificate the centre issued, to a department or to a coordinator (`role`)."""

    department: str
    name: str
    certificate_pem: str
    fingerprint: str
    issued_at: str
    role: Literal["department", "coordinator"] = "department"


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


@dataclass(frozen=True, slots=True)
class StoredBundle:
    """A trust bundle that was applied (security §5).

    Attributes:
        version: Also its sequence; only a higher one is ever applied.
        identity: SHA-256 of its statement.
        expires: When it asks to be renewed; shown as `TRUST_STALE`, never a wall.
        trust_json: `data/trust.json` as signed.
        certificates_pem: `data/certificates.pem` as signed.
    """

    version: int
    identity: str
    created: str
    expires: str
    trust_json: str
    certificates_pem: str
    received_at: str


@dataclass(frozen=True, slots=True)
class UpgradeDone:
    """What bringing a workspace to a newer form set did.

    Attributes:
        old: Version before; `new` after.
        records: Records that are still there.
        changed: Those of them with an answer that is spelled otherwise now, no longer fits, or is no longer asked.
        unfit: Answers that no longer fit, kept as text until a person mends them.
        dropped: Answers that are no longer asked; they stand in the history.
        removed: Records of forms that are no longer asked; they stand in the history.
        snapshot: Path of the verified snapshot taken before.
    """

    old: str
    new: str
    records: int
    changed: int
    unfit: int
    dropped: int
    removed: int
    snapshot: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A body that `department` may report for: a subordinate unit, or a department of a city."""

    department: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Announced:
    """A record that a department's newest package announces as unfinished."""

    department: str
    form: str
    record: RecordId
    title: str


@dataclass(frozen=True, slots=True)
class UpperLink:
    """How a catalogue is enrolled with the tier above: code there, roots, our certificate, our candidate."""

    code: str = ""
    roots_pem: str = ""
    certificate_pem: str = ""
    candidate_pem: str = ""
