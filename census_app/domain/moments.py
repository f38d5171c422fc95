"""Days and moments of a census: a day ends when it ends in China, wherever the computer stands.

So "as of 30 June" is the same set of packages on every computer. Not responsible for days inside records (`dates`).
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from census_app.domain.dates import CHINA, is_day, read_day

_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


def end_of_day(day: str) -> str:
    """Return the last second of a day in China as UTC, `YYYY-MM-DDThh:mm:ssZ`.

    Args:
        day: `CCYY-MM-DD`.
    """
    last = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(23, 59, 59), CHINA)
    return last.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day_of(moment: str) -> str:
    """Return the day in China, `CCYY-MM-DD`, of a moment in UTC."""
    return dt.datetime.fromisoformat(moment).astimezone(CHINA).date().isoformat()


def read_moment(text: str) -> str | None:
    """Return the moment a text means, in UTC, or None: a day as far as it goes, or a moment as packages write it."""
    given = text.strip()
    if _MOMENT.fullmatch(given):
        try:
            dt.datetime.fromisoformat(given)
        except ValueError:
            return None
        return given
    day = given if is_day(given) else read_day(given)
    return end_of_day(day) if day else None
