"""Read days and months in the spellings of real workbooks; hold them as ISO 8601 text."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Final

CHINA: Final = dt.timezone(dt.timedelta(hours=8))
"""The one zone of a census."""

_DAY = re.compile(
    r"(?P<y>\d{4})(?:[-/.](?P<m1>\d{1,2})[-/.](?P<d1>\d{1,2})|年(?P<m2>\d{1,2})月(?P<d2>\d{1,2})日?|(?P<m3>\d{2})(?P<d3>\d{2}))"
    r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?"
)
_CLOCK = re.compile(r"1\d{12}")
_MONTH = re.compile(r"(?P<y>\d{4})(?:[-/.](?P<m1>\d{1,2})|年(?P<m2>\d{1,2})月?|(?P<m3>\d{2}))")


def is_day(text: str) -> bool:
    """Say whether the text is a real day as `CCYY-MM-DD`."""
    return re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) is not None and _exists(text)


def is_month(text: str) -> bool:
    """Say whether the text is a real month as `CCYY-MM`."""
    return re.fullmatch(r"\d{4}-\d{2}", text) is not None and _exists(text + "-01")


def read_day(text: str) -> str | None:
    """Return the day a text means, or None.

    The year comes first (04/26/2011 is ambiguous); a time of day is left out. Thirteen digits that begin with 1 are
    milliseconds since 1970, as databases export them, from 2001 to 2033: the day it was in China.
    """
    clean = unicodedata.normalize("NFKC", text).strip()
    match = _DAY.fullmatch(clean)
    if match is None:
        if _CLOCK.fullmatch(clean):
            return dt.datetime.fromtimestamp(int(clean) / 1000, CHINA).date().isoformat()
        return None
    month = match["m1"] or match["m2"] or match["m3"]
    day = match["d1"] or match["d2"] or match["d3"]
    iso = f"{match['y']}-{int(month):02}-{int(day):02}"
    return iso if _exists(iso) else None


def read_month(text: str) -> str | None:
    """Return the month a text means, or None; a whole day is read as its month."""
    match = _MONTH.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match is None:
        day = read_day(text)
        return day[:7] if day else None
    iso = f"{match['y']}-{int(match['m1'] or match['m2'] or match['m3']):02}"
    return iso if _exists(iso + "-01") else None


def _exists(iso: str) -> bool:
    try:
        dt.date.fromisoformat(iso)
    except ValueError:
        return False
    return True
