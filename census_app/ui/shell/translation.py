"""Words of the window in the person's language; all of them stand in `resources/messages` (ADR 0030).

Also spells moments, counts and sizes, so that every page spells them alike.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from census_app.diagnostics import wording
from census_app.errors import CensusError


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language; calling it with a code returns its sentence."""

    language: str = "zh"

    def __call__(self, code: str, /, **params: object) -> str:
        """Return the text of a code with its placeholders filled."""
        return wording.text(code, self.language, **params)

    def explain(self, error: CensusError) -> wording.Explanation:
        """Return an error in words."""
        return wording.explain_error(error, self.language)

    def told(self, code: str, params: Mapping[str, object]) -> wording.Explanation:
        """Return a note in words."""
        return wording.explain_code(code, self.language, params)

    def listed(self, names: Iterable[str]) -> str:
        """Return names one after the other, as the language does."""
        return self("LIST_JOINT").join(names)

    def count(self, number: int) -> str:
        """Return a count in groups of three, as tables and heads show it."""
        return wording.grouped(number)

    def moment(self, at: str, now: dt.datetime | None = None) -> str:
        """Return a journal time (UTC) in local time: `14:32` today, `11-23 14:32` this year, else with the year."""
        if not at:
            return ""
        local = dt.datetime.fromisoformat(at).astimezone()
        today = (now or dt.datetime.now(dt.UTC)).astimezone()
        if local.date() == today.date():
            return local.strftime("%H:%M")
        if local.year == today.year:
            return local.strftime("%m-%d %H:%M")
        return local.strftime("%Y-%m-%d %H:%M")

    def clock_time(self, at: str) -> str:
        """Return the local time of day with seconds, for the status bar."""
        return dt.datetime.fromisoformat(at).astimezone().strftime("%H:%M:%S") if at else ""
