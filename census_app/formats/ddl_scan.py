"""Cut a SQL script into statements and statements into parts, in time that grows with its length only.

A dump is mostly rows; whole statements are passed over by one pattern, and only those that say something of a table are
looked into. Quotes and comments are honoured in every dialect. Not responsible for what a statement says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from census_app.errors import DataProblem

MAX_STATEMENT: Final = 1 << 20
"""Characters of one statement about a table."""

MAX_DEPTH: Final = 32
"""Brackets inside brackets; real schemas have three or four."""

_REPAIRS: Final = 20
"""Quotes that nothing closes, which are passed over before the script is refused."""

_CONCERNS: Final = re.compile(
    r"(?:CREATE\s+(?:OR\s+REPLACE\s+)?(?:(?:GLOBAL|LOCAL|PRIVATE|FOREIGN|UNLOGGED|EXTERNAL|VIRTUAL|COLUMN|HUGE)\s+)*"
    r"(?:TEMPORARY\s+|TEMP\s+)?(?:MATERIALIZED\s+)?(?:FORCE\s+|EDITIONABLE\s+|NOFORCE\s+)*(?:TABLE|VIEW|DATABASE)\b"
    r"|CREATE\s+(?:ALGORITHM|DEFINER)\s*=[^;()]{0,200}?\bVIEW\b|ALTER\s+TABLE\b|COMMENT\s+ON\b|USE\s|(?:EXEC(?:UTE)?\s+)?(?:sys\.|\[sys\]\.)?\[?sp_(?:add|update)extendedproperty\b)",
    re.IGNORECASE,
)
_COPY: Final = re.compile(r"COPY\b[^;']{1,4000}\bFROM\s+STDIN\b", re.IGNORECASE)
_COPY_END: Final = re.compile(r"^\\\.\r?$", re.MULTILINE)
_COMMENT: Final = r"--[^\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/"
_BLANKS: Final = re.compile(rf"(?:\s++|{_COMMENT})*+", re.DOTALL)
_SECTION: Final = re.compile(r"^[ \t]*(?:GO|/)[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Quoting:
    r"""How a dialect quotes.

    Attributes:
        backslash: `\'` is a quote inside a text, as in MySQL.
        brackets: `[name]` is a name, as in SQL Server.
        dollars: `$tag$ … $tag$` is a text, as in PostgreSQL.
    """

    backslash: bool = False
    brackets: bool = False
    dollars: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that concerns a table.

    Attributes:
        text: Without the comments before it and the semicolon behind it.
        line: Where it begins, counted from 1.
        before: The comments directly before it.
    """

    text: str
    line: int
    before: str = ""


@lru_cache(maxsize=8)
def _texts(quoting: Quoting) -> str:
    """Return the pattern of everything that may hold a semicolon or a bracket without meaning one."""
    inside = r"(?:[^'\\]++|\\.|'')*+" if quoting.backslash else r"(?:[^']++|'')*+"
    names = r'"(?:[^"]++|"")*+"|`(?:[^`]++|``)*+`'
    if quoting.brackets:
        names += r"|\[(?:[^\]\n]++|\]\])*+\]"
    dollars = (
        r"|\$(?P<tag>\w*+)\$(?:[^$]++|\$(?!(?P=tag)\$))*+\$(?P=tag)\$" if quoting.dollars else ""
    )
    return rf"{_COMMENT}|'{inside}'|{names}{dollars}"


@lru_cache(maxsize=8)
def _whole(quoting: Quoting) -> re.Pattern[str]:
    plain = r"[^;'\"`\-/\[$]++|-(?!-)|/(?!\*)"
    plain += r"|\[(?=\])" if quoting.brackets else r"|\["
    plain += r"|\$(?!\w*+\$)" if quoting.dollars else r"|\$"
    return re.compile(rf"(?:{plain}|{_texts(quoting)})*+", re.DOTALL)


@lru_cache(maxsize=8)
def _marks(quoting: Quoting) -> re.Pattern[str]:
    return re.compile(rf"{_texts(quoting)}|(?P<mark>[(),])", re.DOTALL)


def statements(text: str, quoting: Quoting, name: str) -> Iterator[Statement]:
    """Yield the statements of a script that concern a table.

    Raises:
        DataProblem: `DDL_SYNTAX`, with the line, where quotes are not closed again and again; `DDL_SIZE`.
    """
    whole = _whole(quoting)
    place, counted, line, repairs = 0, 0, 1, 0
    while place < len(text):
        begin = place
        end = _end(whole, text, place)
        if end < len(text) and text[end] != ";":
            repairs += 1
            if repairs > _REPAIRS:
                at = 1 + text.count("\n", 0, end)
                raise DataProblem("DDL_SYNTAX", file=name, line=at)
            place = end + 1
            following = text.find(";", place)
            end = place = len(text) if following < 0 else following
        place = end + 1
        blanks = _BLANKS.match(text, begin, end)
        start = blanks.end() if blanks is not None else begin
        if _COPY.match(text, start, end):
            over = _COPY_END.search(text, end)
            place = over.end() if over else len(text)
        for first, last in _sections(text, start, end, quoting):
            if _CONCERNS.match(text, first, last):
                if last - first > MAX_STATEMENT:
                    raise DataProblem("DDL_SIZE", file=name, limit="1 MiB")
                line += text.count("\n", counted, first)
                counted = first
                yield Statement(text[first:last], line, text[max(begin, first - 400) : first])


def _end(whole: re.Pattern[str], text: str, place: int) -> int:
    match = whole.match(text, place)
    return match.end() if match is not None else place


def _sections(text: str, start: int, end: int, quoting: Quoting) -> Iterator[tuple[int, int]]:
    """Yield the parts of a stretch without semicolons that `GO`, `/` or the next verb divides."""
    cuts = [start]
    if not (_CONCERNS.match(text, start, end) or _SECTION.search(text, start, end)):
        return
    cuts += [m.end() for m in _SECTION.finditer(text, start, end)]
    ends = [m.start() for m in _SECTION.finditer(text, start, end)] + [end]
    for first, last in zip(cuts, ends, strict=True):
        blanks = _BLANKS.match(text, first, last)
        begin = blanks.end() if blanks is not None else first
        yield from _verbs(text, begin, last, quoting)


_VERB: Final = re.compile(
    r"^[ \t]*(?=(?:CREATE|ALTER|COMMENT|EXEC|INSERT|SET|PRINT|USE)\b)", re.I | re.M
)


def _verbs(text: str, start: int, end: int, quoting: Quoting) -> Iterator[tuple[int, int]]:
    """Divide where a verb begins a line: SQL Server's scripts need no semicolons."""
    if not quoting.brackets:
        yield start, end
        return
    places = [start]
    covered = start
    marks = _marks(quoting)
    for match in _VERB.finditer(text, start + 1, end):
        depth = 0
        for mark in marks.finditer(text, covered, match.end()):
            depth += {"(": 1, ")": -1}.get(mark["mark"] or "", 0)
        if depth == 0:
            places.append(match.end())
            covered = match.end()
    yield from zip(places, [*places[1:], end], strict=True)


@dataclass(frozen=True, slots=True)
class Body:
    """What stands in the first brackets of a statement.

    Attributes:
        head: The text before them.
        parts: The text between the commas directly inside them.
        beside: By part, the line comment behind it on its line, or the one inside it.
        tail: The text behind them.
    """

    head: str
    parts: tuple[str, ...]
    beside: tuple[str, ...]
    tail: str


def body_of(text: str, quoting: Quoting) -> Body | None:
    """Return the parts of a statement; None when it has no brackets, or too many in one another."""
    depth, opened, begin = 0, -1, -1
    parts: list[tuple[int, int]] = []
    for match in _marks(quoting).finditer(text):
        mark = match["mark"]
        if mark == "(":
            depth += 1
            if depth > MAX_DEPTH:
                return None
            if depth == 1:
                opened = begin = match.end()
        elif mark == ")":
            depth -= 1
            if depth == 0:
                parts.append((begin, match.start()))
                return _bodied(text, opened, parts, match.end())
            if depth < 0:
                return None
        elif mark == "," and depth == 1:
            parts.append((begin, match.start()))
            begin = match.end()
    return None


def _bodied(text: str, opened: int, parts: list[tuple[int, int]], end: int) -> Body:
    beside = []
    for number, (first, last) in enumerate(parts):
        following = parts[number + 1][0] if number + 1 < len(parts) else last
        behind = _BEHIND.match(text, following)
        inside = _BESIDE.findall(_after_head(text, first, last))
        beside.append((behind[1] if behind else inside[-1] if inside else "").strip())
    shown = tuple(_without_comments(text[first:last]) for first, last in parts)
    return Body(text[: opened - 1], shown, tuple(beside), text[end:])


_BEHIND: Final = re.compile(r"[ \t]*(?:--|/\*)[ \t]*([^\n]*?)[ \t]*(?:\*/)?[ \t]*\r?(?:\n|$)")
_BESIDE: Final = re.compile(r"(?:--|/\*)[ \t]*([^\n]*?)[ \t]*(?:\*/)?[ \t]*\r?(?:\n|$)")
_LINE: Final = re.compile(r"[^\n]*\n")


def _after_head(text: str, first: int, last: int) -> str:
    """Return a part without the comment that stands on the line of the comma before it."""
    behind = _BEHIND.match(text, first, last)
    return text[behind.end() if behind else first : last]


_COMMENTS: Final = re.compile(
    rf"('(?:[^']++|'')*+'|\"(?:[^\"]++|\"\")*+\"|`[^`]*+`)|{_COMMENT}", re.DOTALL
)


def _without_comments(text: str) -> str:
    return _COMMENTS.sub(lambda m: m[1] or " ", text).strip()
