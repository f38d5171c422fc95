"""The SQL functions that expressions of a form set may use, beside SQLite's ordinary ones.

They are described for authors in `docs/formats/form-set.md`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from census_app.domain import names, uscc

Scalar = str | int | float | None
_SUBJECT_LIMIT: Final = 20_000

BUILT_IN: Final = frozenset(
    [
        "abs",
        "avg",
        "cast",
        "ceil",
        "char",
        "coalesce",
        "count",
        "date",
        "datetime",
        "first_value",
        "floor",
        "format",
        "group_concat",
        "hex",
        "ifnull",
        "iif",
        "instr",
        "json_array",
        "json_array_length",
        "json_each",
        "json_extract",
        "json_group_array",
        "json_type",
        "json_valid",
        "julianday",
        "lag",
        "last_value",
        "lead",
        "length",
        "like",
        "lower",
        "ltrim",
        "max",
        "min",
        "nullif",
        "printf",
        "rank",
        "replace",
        "round",
        "row_number",
        "rtrim",
        "sign",
        "strftime",
        "substr",
        "substring",
        "sum",
        "time",
        "total",
        "trim",
        "typeof",
        "unicode",
        "unixepoch",
        "upper",
        "dense_rank",
        "glob",
    ]
)
"""SQLite's functions that the authoriser admits; none of them reads files, allocates at will or has side effects."""


def blank(value: Scalar) -> int:
    """Return 1 for NULL and for text that is only white space after NFKC."""
    if value is None:
        return 1
    if isinstance(value, str):
        return int(not value.strip() or not unicodedata.normalize("NFKC", value).strip())
    return 0


_REMEMBERED: Final = 1024
"""Latest results of a function that are kept: several rules ask the same of a value, and names of data items repeat."""


def fold(value: Scalar) -> str | None:
    """Return the normalised name (domain §5)."""
    return None if value is None else names.fold(str(value))


def stem(value: Scalar) -> str | None:
    """Return the normalised name without a number at its end (RES-4)."""
    return None if value is None else names.without_trailing_number(str(value))


def yearless(value: Scalar) -> str | None:
    """Return the normalised name without a year (RES-5)."""
    return None if value is None else names.without_year(str(value))


def tidy(value: Scalar) -> str | None:
    """Return the name with half-width letters and digits and without needless blanks."""
    return None if value is None else names.tidy(str(value))


def narrow(value: Scalar) -> str | None:
    """Return the text in half width (NFKC) without blanks: for codes and numbers."""
    return None if value is None else "".join(unicodedata.normalize("NFKC", str(value)).split())


def uscc_ok(value: Scalar) -> int | None:
    """Return whether a code is a sound 统一社会信用代码."""
    return None if value is None else int(uscc.is_uscc(str(value)))


def uscc_body_ok(value: Scalar) -> int | None:
    """Return whether the 主体标识码 within the code satisfies GB 11714."""
    return None if value is None else int(uscc.body_check_holds(str(value)))


def has(array: Scalar, code: Scalar) -> int:
    """Return whether a JSON array of codes contains a code; 0 for NULL."""
    if array is None or code is None:
        return 0
    try:
        return int(code in json.loads(str(array)))
    except (ValueError, TypeError):
        return 0


@lru_cache(maxsize=512)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def matches(value: Scalar, pattern: Scalar) -> int | None:
    """Return whether the pattern is found; only the first 20,000 characters are looked at."""
    if value is None or pattern is None:
        return None
    return int(_pattern(str(pattern)).search(str(value)[:_SUBJECT_LIMIT]) is not None)


def functions(
    settings: Mapping[str, str | int | float | bool], today: str
) -> dict[str, tuple[int, Callable[..., Scalar]]]:
    """Return name → (number of arguments, function) for one evaluation.

    Args:
        settings: Thresholds of the campaign, read by `setting('name')`.
        today: The day that `today()` returns, `CCYY-MM-DD`.
    """

    def setting(name: Scalar) -> Scalar:
        value = settings.get(str(name))
        return int(value) if isinstance(value, bool) else value

    return {
        **_PURE,
        "setting": (1, setting),
        "today": (0, lambda: today),
    }


def _remembering(count: int, function: Callable[..., Scalar]) -> tuple[int, Callable[..., Scalar]]:
    """Return a function that SQLite calls without entering Python where the answer is known."""
    return count, lru_cache(maxsize=_REMEMBERED, typed=True)(function)


_PURE: Final[Mapping[str, tuple[int, Callable[..., Scalar]]]] = {
    "blank": _remembering(1, blank),
    "fold": _remembering(1, fold),
    "stem": _remembering(1, stem),
    "yearless": _remembering(1, yearless),
    "tidy": _remembering(1, tidy),
    "narrow": _remembering(1, narrow),
    "uscc_ok": _remembering(1, uscc_ok),
    "uscc_body_ok": _remembering(1, uscc_body_ok),
    "has": _remembering(2, has),
    "matches": _remembering(2, matches),
}
