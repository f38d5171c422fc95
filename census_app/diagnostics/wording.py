"""Sentences for codes, in every language, from one source: `resources/messages/*.toml`.

The window, the command line, the workbook and the PDF all read them here, so they say the same (DESIGN, "Errors are
part of the product").
"""

from __future__ import annotations

import locale
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from census_app.assets import resource
from census_app.errors import BugError, CensusError

LANGUAGES: Final = ("zh", "en")
GROUPING: Final = "\u00a0"
"""What stands between groups of three digits, in the window and on paper: no line breaks there, and the face on paper
has no thinner space (this one is 0.22 of the size)."""
_COUNTS: Final = frozenset((
    "accepted", "added", "announced", "answered", "answers", "asked", "changed", "closed", "columns",
    "connected", "count", "created", "datasets", "days", "decisions", "deleted", "departments", "distributions", "done",
    "errors", "explained", "files", "filled", "gone", "heads", "items", "kept", "left", "limit", "listed",
    "lost", "mended", "merged", "missing", "more", "open", "organizations", "packages", "pages", "problems",
    "published", "questions", "received", "records", "refused", "rejected", "resources", "retired", "rows",
    "snapshots", "systems", "tables", "total", "unchanged", "undecided", "unexplained", "unfit", "values",
    "vanished", "waiting", "warnings",
))  # fmt: skip
"""Placeholders that say how many; the others are names, or numbers that name something: a row, a year, a sequence."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """An error in words: its code, what happened and where, what to do next."""

    code: str
    what: str
    next_step: str


@lru_cache(maxsize=1)
def catalogue() -> dict[str, dict[str, str]]:
    """Return code → {`zh`, `en`, `next_zh`, `next_en`} of all message files; a test keeps codes unique."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(resource("messages").glob("*.toml")):
        found |= tomllib.loads(path.read_text(encoding="utf-8"))
    return found


def text(code: str, language: str, /, **params: object) -> str:
    """Return the sentence of a code, with its placeholders filled.

    Raises:
        BugError: `MESSAGE_MISSING`, when no file has the code or the language.
    """
    return _fill(_entry(code), language, params, code)


def grouped(number: int | Decimal, places: int = 0) -> str:
    """Return how many, or how much, in groups of three digits: the one spelling of window, paper and command line."""
    return f"{Decimal(number):,.{places}f}".replace(",", GROUPING)


def in_groups(figure: str) -> str:
    """Return a figure that is text already with its thousands grouped; percentages and dashes stay as they are."""
    sign = figure[:1] if figure[:1] in "+-−" else ""
    whole, point, places = figure[len(sign) :].partition(".")
    return sign + grouped(int(whole)) + point + places if whole.isdecimal() else figure


def has(code: str) -> bool:
    """Say whether a code has a sentence."""
    return code in catalogue()


def explain_error(error: CensusError, language: str) -> Explanation:
    """Return an error in words; a code nobody wrote a sentence for is shown bare, so that nothing hides it."""
    if not has(error.code):
        return Explanation(error.code, str(error), "")
    return explain_code(error.code, language, error.params)


def explain_code(code: str, language: str, params: Mapping[str, object]) -> Explanation:
    """Return a code in words that nobody raised: a note of a reader, why a row was not taken.

    Raises:
        BugError: `MESSAGE_MISSING`.
    """
    entry = _entry(code)
    readable = {key: _readable(value) for key, value in params.items()}
    following = f"next_{language}"
    return Explanation(
        code,
        _fill(entry, language, readable, code),
        _fill(entry, following, readable, code) if following in entry else "",
    )


def default_language() -> str:
    """Return `zh` or `en` by `CENSUS_LANG`, else by the locale; Chinese where the locale says nothing."""
    wanted = (
        os.environ.get("CENSUS_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    )
    if not wanted:
        wanted = locale.getlocale()[0] or ""
    return "en" if wanted.lower().startswith("en") else "zh"


def _entry(code: str) -> Mapping[str, str]:
    entry = catalogue().get(code)
    if entry is None:
        raise BugError("MESSAGE_MISSING", message=code)
    return entry


def _fill(entry: Mapping[str, str], key: str, params: Mapping[str, object], code: str) -> str:
    template = entry.get(key)
    if template is None:
        raise BugError("MESSAGE_MISSING", message=f"{code}.{key}")
    return template.format_map(_Params({key: _counted(key, each) for key, each in params.items()}))


def _counted(key: str, value: object) -> object:
    return grouped(value) if key in _COUNTS and type(value) is int else value


class _Params(dict[str, object]):
    """Placeholders that were not supplied stay visible instead of raising in the middle of an error message."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def _readable(value: object) -> object:
    return value if isinstance(value, (int, float)) else str(value)
