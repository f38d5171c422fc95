"""Notes of a reader: what it met, left out or understood, with sheet and cell. The sentences stand in the messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to tell the person who brought the file.

    Attributes:
        code: Listed in `resources/messages/formats.toml`.
        sheet: Name of the sheet, or empty.
        address: `B5`, or empty when it concerns the whole sheet.
        params: Placeholders of the sentence, besides `sheet` and `cell`.
    """

    code: str
    sheet: str = ""
    address: str = ""
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, str]:
        """Return all placeholders of the sentence."""
        return {"sheet": self.sheet, "cell": self.address, **self.params}
