"""Questions to the journal and what it answers, as plain values. Wording is the business of `services.journalling`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from census_app.domain.changes import Origin
from census_app.domain.records import RecordId


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """Which lines of the journal are wanted; everything empty means all.

    Attributes:
        person: Who did it, to the letter.
        since: UTC stamp from which, inclusive.
        until: UTC stamp up to which, exclusive.
        origin: By what it came.
        form: Form id.
        record: Record id; its children's lines count with it when `children` is set.
        field: Field id of today.
        text: Occurs in a value, a reason or a record's name; case does not count for Latin letters.
        codes: (form, field) → JSON values whose labels hold the text: a code is found by what it is called.
    """

    person: str = ""
    since: str = ""
    until: str = ""
    origin: str = ""
    form: str = ""
    record: str = ""
    field: str = ""
    text: str = ""
    codes: Mapping[tuple[str, str], tuple[str, ...]] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One line of the journal with its step and the record's name.

    Attributes:
        key: Of the line; of a step that has no lines (an approval), its number with a minus.
        kind: `record`, `field`, `place`, `explanation` or `decision`; `step` for a step without lines.
        sentence: Code of the step's sentence, with `params` for its placeholders.
        undone: Whether an undo has taken the step back, and no redo has brought it again.
        title: The record's name now, or its last one.
        owner_title: The name of the record a child belongs to.
        gone: Whether the record is deleted.
    """

    key: int
    step: int
    at: str
    actor: str
    origin: Origin
    kind: str
    form: str
    record: RecordId
    field: str
    sign: str
    old: str
    new: str
    old_given: str
    new_given: str
    reason: str
    sentence: str
    params: Mapping[str, str]
    undone: bool
    title: str = ""
    owner_title: str = ""
    gone: bool = False


@dataclass(frozen=True, slots=True)
class RemovedRecord:
    """A record that is deleted and can be brought back.

    Attributes:
        step: The step that deleted it.
        children: How many records went with it.
    """

    form: str
    record: RecordId
    title: str
    at: str
    actor: str
    reason: str
    step: int
    children: int
