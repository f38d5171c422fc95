"""Findings: what a check says about one record. Wording stands beside the rule or in `resources/messages`."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from census_app.domain.records import RecordId, Value


class Severity(enum.StrEnum):
    """How much a finding weighs.

    A refusal is never written at all (SEC-1, SEC-2); an error blocks the export; a warning needs a written reason; a
    notice only informs.
    """

    REFUSAL = "refusal"
    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement about one record.

    Attributes:
        rule: Stable id of the rule, such as `RES-11`, or of a generic check: `REQUIRED`, `UNFIT`, `TOO_LONG`,
            `RANGE`, `CONSTRAINT`, `REFERENCE`, `CHOICE`.
        severity: See `Severity`.
        form: Form id.
        record: Record id.
        fields: Fields it is about, the first being the one to jump to; a record-level finding names the title field.
        title: The record's name, for lists; empty when it has none yet.
        check: `rule` for a rule of the form set; else the generic check that speaks, by name: `required`, `unfit`,
            `too_long`, `range`, `constraint`, `choice`, `reference`.
        params: Values of a query's further columns for placeholders of the message, all plain text.
        found: Values of the fields the message or the finding names.
        offer: A legal value for the first field that would mend it, when that is certain or nearest.
        mend: Field → value (None empties it) that certainly mends it: what a person may take for many at once.
        likely: The same where a person has to look first, for what needs more than one field.
        values_sha256: Hash over the rule's field values, to which an explanation is bound; empty when not explainable.
        explanation: The written reason, if one is in force.
        verdict: What the coordinator said of a reason for these values: `accepted`, `refused`, or empty. A refused
            reason is not in force; another one may be given.
    """

    rule: str
    severity: Severity
    form: str
    record: RecordId
    fields: tuple[str, ...]
    title: str = ""
    check: str = "rule"
    params: Mapping[str, str] = field(default_factory=dict)
    found: Mapping[str, Value] = field(default_factory=dict)
    offer: Value | None = None
    mend: Mapping[str, Value | None] = field(default_factory=dict)
    likely: Mapping[str, Value | None] = field(default_factory=dict)
    values_sha256: str = ""
    explanation: str | None = None
    verdict: str = ""

    @property
    def proposal(self) -> Mapping[str, Value | None]:
        """Return what would be written: the certain mend, else the offered value; empty when there is neither."""
        if self.mend or self.offer is None:
            return self.mend or self.likely
        return {self.fields[0]: self.offer}

    @property
    def blocks_export(self) -> bool:
        """Say whether the record cannot be handed in while this stands."""
        if self.severity is Severity.WARNING:
            return self.explanation is None
        return self.severity in {Severity.ERROR, Severity.REFUSAL}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record with findings stands among the others of its form.

    Attributes:
        number: What orders it: of a record the key of its row, which follows the order they were made in; of a child
            its rank, children behind each other under their owner.
        owner: The record a child belongs to; its title is `owner_title`, the key of its row `owner_key`.
    """

    number: int
    owner: RecordId | None = None
    owner_title: str = ""
    owner_key: int = 0
