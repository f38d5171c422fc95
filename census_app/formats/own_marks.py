"""The marks by which our own sheets are known again, whatever people and programs do to names and places.

Every sheet of a template carries a mark in a hidden cell, and above each column the id of its field; lists that were
never ours get columns of their own when they are handed back. Headers say the same in words, so that a list whose
hidden row is gone is still read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from census_app.formats.headers import normalise_header

MARK: Final = "census:"
FORM_MARK: Final = "census:form:"
HELP_MARK: Final = "census:help"
LISTS_MARK: Final = "census:lists"
ISSUES_MARK: Final = "census:issues"
STAMP: Final = " @ "
"""Between the mark of a form's sheet and whom it was written for: a sheet says so too, where its workbook's names are
gone."""
_SEARCHED: Final = (12, 40)
"""Rows and columns in which a mark is looked for: somebody may have put something above or left of it."""

OWNER_ID: Final = "_owner_id"
FOLDED: Final = "_folded"
MISSING: Final = "_missing"
WRONG: Final = "_wrong"
STATE: Final = "_state"
OWNER: Final = "_owner"
COMPUTED: Final = (FOLDED, MISSING, WRONG, STATE)
"""Keys of columns that formulas fill; no import reads them."""

ROW_ID_HEADER: Final = {"zh": "记录标识", "en": "Record id"}
CHILD_ID_HEADER: Final = {"zh": "明细标识", "en": "Detail id"}
STATE_HEADER: Final = {"zh": "填写检查", "en": "Check"}
EXAMPLE_WORD: Final = {"zh": "示例", "en": "Example"}

_ROW_IDS: Final = frozenset(map(normalise_header, ROW_ID_HEADER.values()))
_CHILD_IDS: Final = frozenset(map(normalise_header, CHILD_ID_HEADER.values()))


def find_mark(rows: Sequence[Sequence[str]]) -> tuple[int, int, str] | None:
    """Return row and column, counted from 0, and the text of a sheet's mark without its stamp, or None."""
    found = _marked(rows)
    return None if found is None else (found[0], found[1], unstamped(found[2]))


def find_stamp(rows: Sequence[Sequence[str]]) -> str:
    """Return what a sheet says behind its mark of whom it was written for, or nothing."""
    found = _marked(rows)
    return "" if found is None else found[2].partition(STAMP)[2].strip()


def unstamped(mark: str) -> str:
    """Return a mark without its stamp."""
    return mark.partition(STAMP)[0].strip()


def _marked(rows: Sequence[Sequence[str]]) -> tuple[int, int, str] | None:
    height, width = _SEARCHED
    for row, cells in enumerate(rows[:height]):
        for column, cell in enumerate(cells[:width]):
            if cell.startswith(MARK):
                return row, column, cell
    return None


def is_row_id(header: str) -> bool:
    """Say whether a normalised header is that of the identity of a row's record."""
    return header in _ROW_IDS


def is_child_id(header: str) -> bool:
    """Say whether a normalised header is that of the identity of a row's child record."""
    return header in _CHILD_IDS


def is_example_row(state: str) -> bool:
    """Say whether the state of a row calls it an example."""
    return state.strip().casefold() in {word.casefold() for word in EXAMPLE_WORD.values()}


def identity_in(cell: str) -> str:
    """Return the identity in a cell, or nothing when it holds anything else."""
    text = cell.strip().lower()
    return text if len(text) == 32 and all(c in "0123456789abcdef" for c in text) else ""
