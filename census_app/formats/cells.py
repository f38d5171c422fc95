"""The text of one cell, and where it stands.

A cell is the text a person sees; a number or a true date is a `str` that remembers what it was. Text is kept to the
letter, except that CRLF and CR become LF.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from typing import Final, TypeAlias

import msgspec

MAX_CELL_CHARACTERS: Final = 32_767
"""What one cell of a workbook can hold; a longer one is hostile (security §9, X5)."""


class NumberText(str):
    """The digits of a number cell."""

    __slots__ = ()


class DateText(str):
    """A true date cell as ISO 8601 text."""

    __slots__ = ()


Cell: TypeAlias = str
"""Plain `str`, `NumberText` or `DateText`; an empty string is an empty cell."""

RawValue: TypeAlias = str | float | int | bool | dt.date | dt.datetime | dt.time | dt.timedelta


class CellText(msgspec.Struct, frozen=True, gc=False):
    """One filled cell of a record.

    Attributes:
        text: To the letter; see the module.
        sheet: Name of the sheet.
        address: `B5`, as Excel shows it.
        was_date: Whether it was a true date cell.
        was_number: Whether it was a number cell.
    """

    text: str
    sheet: str
    address: str
    was_date: bool = False
    was_number: bool = False


@lru_cache(maxsize=1024)
def column_letters(column: int) -> str:
    """Return the letters of a column counted from 0: 0 is `A`, 26 is `AA`."""
    letters = ""
    rest = column + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(65 + digit) + letters
    return letters


def address(row: int, column: int) -> str:
    """Return the address of a cell; row and column are counted from 0."""
    return f"{column_letters(column)}{row + 1}"


def column_number(letters: str) -> int:
    """Return the column, counted from 0, of letters in either case."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def cell_of(value: RawValue) -> Cell:  # noqa: PLR0911  # one return per kind of value
    """Return the text of a value as the reader of workbooks gives it."""
    if isinstance(value, str):
        return fold_line_ends(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (float, int)):
        return NumberText(number_text(value))
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return DateText(value.date().isoformat() if midnight else value.isoformat(" ", "seconds"))
    if isinstance(value, dt.date):
        return DateText(value.isoformat())
    if isinstance(value, dt.time):
        return value.isoformat("seconds")
    return _duration_text(value)


def number_text(value: float) -> str:
    """Return the digits of a number: 15 significant as in Excel, no exponent, no `.0`."""
    if isinstance(value, int):
        return str(value)
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = format(value, ".15g")
    return format(Decimal(text), "f") if "e" in text else text


def fold_line_ends(text: str) -> str:
    """Return the text with CRLF and CR as LF, nothing else changed."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def is_blank(cell: Cell) -> bool:
    """Say whether a cell is empty or holds white space only."""
    return not cell or cell.isspace()


def _duration_text(value: dt.timedelta) -> str:
    seconds = round(value.total_seconds())
    sign = "-" if seconds < 0 else ""
    minutes, seconds = divmod(abs(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{sign}{hours}:{minutes:02}:{seconds:02}"
