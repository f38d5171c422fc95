"""Changes to a workspace: what an edit, an import or an undo asks for, as plain values.

A step is one undoable unit and one transaction (DESIGN §2 idea 3). Not responsible for writing anything.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from census_app.domain.records import Record, RecordId, Value


class Origin(enum.StrEnum):
    """By what a value came in; shown in the history."""

    TYPED = "typed"
    PASTED = "pasted"
    IMPORTED = "imported"
    SUGGESTED = "suggested"
    COPIED = "copied"
    SET = "set"
    MERGED = "merged"
    UNDONE = "undone"
    REDONE = "redone"
    RESTORED = "restored"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Insert:
    """Add a record.

    Attributes:
        understood: By field, the text as given where it is not the spelling of the value that was understood.
    """

    record: Record
    understood: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Put:
    """Set fields of a record; None empties a field. Other fields stay."""

    form: str
    record: RecordId
    values: Mapping[str, Value | None]
    understood: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Move:
    """Give a child record another place among its siblings."""

    form: str
    record: RecordId
    position: int


@dataclass(frozen=True, slots=True)
class Remove:
    """Delete a record and its children; the reason travels as tombstone if it was ever handed in."""

    form: str
    record: RecordId
    reason: str


Operation = Insert | Put | Move | Remove


@dataclass(frozen=True, slots=True)
class Step:
    """One undoable unit.

    Attributes:
        sentence: Code of the menu sentence in `resources/messages/steps.toml`, e.g. `STEP_EDIT`.
        params: Placeholders of that sentence, as plain text.
        actor: Who; the account's or the person's name.
        at: UTC, `YYYY-MM-DDThh:mm:ssZ`.
        merge_key: Steps with the same non-empty key that follow each other directly are one undo step: a stay in one
            field (DESIGN §2).
    """

    sentence: str
    actor: str
    origin: Origin
    at: str
    operations: tuple[Operation, ...]
    params: Mapping[str, str] = field(default_factory=dict)
    merge_key: str = ""


@dataclass(frozen=True, slots=True)
class StepDone:
    """What a written step did: its number (0 when nothing differed) and the records it touched, as (form, id)."""

    number: int
    touched: tuple[tuple[str, RecordId], ...]


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line of the history: which record and field, from what, to what, who, when, by what.

    Attributes:
        field: Field id, or empty when the whole record was added, moved or removed.
        sign: `+` added, `-` removed, `~` changed.
        old: Value as JSON text, empty when there was none.
        new: Value as JSON text, empty when there is none.
    """

    step: int
    at: str
    actor: str
    origin: Origin
    form: str
    record: RecordId
    field: str
    sign: str
    old: str
    new: str
    reason: str


@dataclass(frozen=True, slots=True)
class UndoState:
    """What the undo and redo menu entries show: sentence code and params, or None when there is nothing.

    Attributes:
        number: Of the step that undo would take back; 0 for none.
    """

    undo: tuple[str, Mapping[str, str]] | None
    redo: tuple[str, Mapping[str, str]] | None
    number: int = 0
