"""By when departments are to deliver, and whether they did: decisions without widgets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from census_app.formspec.model import FormSet, Milestone
from census_app.services.expecting import Expected
from census_app.services.ports import PackageFacts, RosterEntry
from census_app.ui.catalogue.standing import Standing
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


def delivery_date(form_set: FormSet) -> str:
    """Return the day by which everything a department fills in is due: the last date of a step, or nothing."""
    return max((m.due for m in form_set.campaign.milestones if m.step), default="")


def next_milestone(form_set: FormSet, today: dt.date) -> Milestone | None:
    """Return the campaign's next date, or None when all are past."""
    coming = [m for m in form_set.campaign.milestones if m.due >= today.isoformat()]
    return min(coming, key=lambda m: m.due, default=None)


def everybody(roster: Sequence[RosterEntry], expected: Sequence[Expected]) -> list[RosterEntry]:
    """Return the roster with those that are expected and not enrolled; who was merged or dropped is not waited for."""
    listed = {entry.code for entry in roster}
    missing = [
        RosterEntry(
            code=e.code,
            name=e.name,
            certificate_fingerprint="",
            head_sequence=0,
            last_received="",
            counts={},
            errors=0,
            warnings=0,
            pending_records=0,
            waiting_packages=0,
        )
        for e in expected
        if e.standing == "expected" and e.code not in listed
    ]
    gone = {e.code for e in expected if e.standing != "expected"}
    kept = [entry for entry in roster if entry.code not in gone or entry.head_sequence]
    return sorted([*kept, *missing], key=lambda entry: entry.code)


def punctuality(
    entry: RosterEntry, first: PackageFacts | None, due: str, today: dt.date, words: Words
) -> Standing:
    """Say whether a department is in time.

    Args:
        first: Its first package that stands.
        due: `CCYY-MM-DD`; empty when the campaign sets no day.
    """
    if not due:
        return Standing("—", Icon.CALENDAR, "text_2", 9)
    day = dt.date.fromisoformat(due)
    if first is not None:
        late = (dt.date.fromisoformat(first.received_at[:10]) - day).days
        if late <= 0:
            return Standing(words("CC_IN_TIME"), Icon.CHECK, "good", 5000)
        return Standing(words("CC_CAME_LATE", days=late), Icon.INFO, "warn", 4000 - late)
    over = (today - day).days
    if over > 0:
        return Standing(words("CC_OVERDUE", days=over), Icon.ALERT, "bad", -over)
    return Standing(words("CC_DUE_ON", day=due[5:]), Icon.CALENDAR, "text_2", 1000 - over)
