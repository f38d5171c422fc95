"""Know sheets that are none of the census, such as a list of budget appropriations, so that a person is told so.

Their heads are data (`resources/templates/strangers.toml`). Not responsible for reading them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from census_app.assets import resource
from census_app.formats.cells import Cell
from census_app.formats.headers import normalise_header
from census_app.formats.sheets import Sheet

_SEARCHED_ROWS = 20


@dataclass(frozen=True, slots=True)
class Stranger:
    """A list that is known and not taken; `note` is the code of the sentence about it."""

    id: str
    note: str
    least: int
    heads: frozenset[str]


@lru_cache(maxsize=1)
def _known() -> tuple[Stranger, ...]:
    text = resource("templates", "strangers.toml").read_text(encoding="utf-8")
    return tuple(
        Stranger(
            each["id"],
            each["note"],
            each["least"],
            frozenset(map(normalise_header, each["heads"])),
        )
        for each in tomllib.loads(text)["sheet"]
    )


def stranger_in(sheet: Sheet) -> Stranger | None:
    """Return what a sheet without a table of ours is, or None."""
    for row in sheet.rows[:_SEARCHED_ROWS]:
        for stranger in _known():
            if _met(row, stranger) >= stranger.least:
                return stranger
    return None


def _met(row: Sequence[Cell], stranger: Stranger) -> int:
    return len({normalise_header(cell) for cell in row if cell} & stranger.heads)
