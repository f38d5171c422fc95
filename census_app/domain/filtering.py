"""What a list is narrowed by: one condition about one field, as a plain value."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

EMPTY: Final = "\0empty"
UNKNOWN: Final = "\0unknown"
UNFIT: Final = "\0unfit"
"""Among the values of a filter: no answer, the answer "unknown", an answer that does not fit its field."""

CHILD_COUNT: Final = "\0children"
"""As a list's sort: the number of child records."""

Bound = int | Decimal | str
"""End of a range: a number, or a date or month as it is stored."""


@dataclass(frozen=True, slots=True)
class ColumnFilter:
    """A condition about one field; what is given of it must all hold.

    Attributes:
        values: The answer is one of these codes or ids, `0` and `1` for no and yes, or `EMPTY`, `UNKNOWN`, `UNFIT`. Of
            an answer with several entries one suffices.
        text: The answer contains this text; case and width do not count.
        low, high: The answer lies between them, both included.
        state: The field is answered at all, or is not.
    """

    field: str
    values: tuple[str, ...] = ()
    text: str = ""
    low: Bound | None = None
    high: Bound | None = None
    state: Literal["", "filled", "empty"] = ""

    @property
    def says_nothing(self) -> bool:
        """Whether it lets every record through."""
        return self == ColumnFilter(self.field)
