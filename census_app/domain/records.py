"""Records and the values they hold. Not responsible for storing, parsing or printing them."""

from __future__ import annotations

import enum
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, NewType, TypeAlias

RecordId = NewType("RecordId", str)
"""32 lower-case hex digits, made once when the record is born and never derived from its content."""


class _Unknown(enum.Enum):
    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown.UNKNOWN
"""The answer "we do not know", which is neither empty nor zero (lessons M8)."""

Unknown: TypeAlias = _Unknown


@dataclass(frozen=True, slots=True)
class Unfit:
    """What a person gave although it does not fit the field's type or list: kept to the letter."""

    text: str


Value: TypeAlias = str | bool | int | Decimal | tuple[str, ...] | Unknown | Unfit
"""The value of one field. Absent and empty are the same: the field is not in the mapping.

By field type: text, longtext, uscc, phone, code, date, month and reference are `str` (dates in ISO 8601, code = the
code, reference = the target's id); codes and references are `tuple[str, ...]`; integer is `int`; decimal and money are
`Decimal` with at most 11 integer and 4 decimal digits; boolean is `bool`.
"""

Values: TypeAlias = Mapping[str, Value]


def new_id() -> RecordId:
    """Make the identity of a new record."""
    return RecordId(secrets.token_hex(16))


@dataclass(frozen=True, slots=True)
class Record:
    """One record of one form.

    Attributes:
        form: Form id.
        id: Identity.
        values: By field id; an absent key is an empty field.
        parent: Identity of the owning record for a child form, else None.
        position: Order among the children of one parent, spaced by 1,024; 0 for top-level forms.
        unit: Code of the department or subordinate unit the record belongs to.
    """

    form: str
    id: RecordId
    values: Values = field(default_factory=dict)
    parent: RecordId | None = None
    position: int = 0
    unit: str = ""


POSITION_STEP: Final = 1024
"""Distance between neighbours, so that an insertion rarely renumbers (DESIGN §5)."""
