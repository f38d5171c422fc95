"""Notes of a reader: what it met, left out or understood, with sheet and cell. The sentences stand in the messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Note(NamedTuple):
    """One thing to tell the person who brought the file.

    Attributes:
        code: Listed in `resources/messages/formats.toml`.
        params: Placeholders of the sentence; always `sheet` and `cell`, which may be empty.
    """

    code: str
    params: Mapping[str, str]

    @property
    def sheet(self) -> str:
        """Return the name of the sheet."""
        return self.params["sheet"]

    @property
    def cell(self) -> str:
        """Return the address, as `B5`, or empty when it concerns the whole sheet."""
        return self.params["cell"]


def note(code: str, sheet: str, cell: str = "", **params: str) -> Note:
    """Make a note."""
    return Note(code, {"sheet": sheet, "cell": cell, **params})
