"""The dates of a campaign in the text of `campaign.toml`: others put in their place, all else to the letter.

Dates decide about no record; they say what is due when. Not responsible for handing them out: see
`services.rescheduling`.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from typing import Final

from census_app.errors import UserError

CAMPAIGN: Final = "campaign.toml"
AHEAD: Final = dt.timedelta(days=14)
"""How long before the first date a practice begins."""
_TABLE: Final = re.compile(r"\s*\[\[?\s*([A-Za-z_.]+)\s*\]\]?\s*(#.*)?")
_ID: Final = re.compile(r"""\s*id\s*=\s*["']([^"']+)["']""")
_DUE: Final = re.compile(r"""(\s*due\s*=\s*)["'][^"']*["'](.*)""", re.DOTALL)


def with_dates(text: str, dates: Mapping[str, str]) -> str:
    """Return `campaign.toml` with other days for some milestones; everything else stays to the letter.

    Args:
        dates: Id of the milestone → day, `CCYY-MM-DD`.

    Raises:
        UserError: `MILESTONE_DAY`, a day that is none; `MILESTONE_UNKNOWN`.
    """
    for day in dates.values():
        _require_day(day)
    lines = text.splitlines(keepends=True)
    moved = set()
    for begin, end in _milestones(lines):
        ids = (_ID.match(line) for line in lines[begin:end])
        named = next((found[1] for found in ids if found), "")
        if named not in dates:
            continue
        for number in range(begin, end):
            found = _DUE.fullmatch(lines[number])
            if found:
                lines[number] = f'{found[1]}"{dates[named]}"{found[2]}'
                moved.add(named)
    unknown = sorted(dates.keys() - moved)
    if unknown:
        raise UserError("MILESTONE_UNKNOWN", given="、".join(unknown))
    changed = "".join(lines)
    said = {m["id"]: m["due"] for m in tomllib.loads(changed).get("milestone", ())}
    assert all(said.get(each) == day for each, day in dates.items())  # noqa: S101  # what was written is what is read
    return changed


def as_if_it_began(files: Mapping[str, bytes], today: dt.date) -> dict[str, bytes]:
    """Return a form set's files with all dates moved alike, so that the first is `AHEAD` of a day: for practising.

    A campaign whose dates are long past would tell everybody that all is years late, and nothing of what is due next.

    Args:
        files: By path within the folder of the form set.
    """
    text = files[CAMPAIGN].decode("utf-8")
    due = {
        m["id"]: dt.date.fromisoformat(m["due"]) for m in tomllib.loads(text).get("milestone", ())
    }
    if not due:
        return dict(files)
    moved = today + AHEAD - min(due.values())
    dates = {name: (day + moved).isoformat() for name, day in due.items()}
    return {**files, CAMPAIGN: with_dates(text, dates).encode("utf-8")}


def _milestones(lines: list[str]) -> list[tuple[int, int]]:
    """Return where each table of a milestone begins and ends."""
    tables = [
        (n, found[1])
        for n, line in enumerate(lines)
        if (found := _TABLE.fullmatch(line.rstrip("\r\n")))
    ]
    ends = [number for number, _name in tables[1:]] + [len(lines)]
    return [(n, end) for (n, name), end in zip(tables, ends, strict=True) if name == "milestone"]


def _require_day(day: str) -> None:
    try:
        if dt.date.fromisoformat(day).isoformat() == day:
            return
    except ValueError:
        pass
    raise UserError("MILESTONE_DAY", given=day)
