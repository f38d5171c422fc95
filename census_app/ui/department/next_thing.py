"""The one thing to do next, derived from how a workspace stands. No widgets, no store.

One thing and not a list: whoever comes back from a telephone call should not have to weigh ten possibilities. The order
is that of the work: what others wait for, then what keeps the department's own entry and the records from being handed
in, then the hand-in itself.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence
from dataclasses import dataclass, field

from census_app.formspec.model import FormSet, Milestone
from census_app.ui.department.steps import CHECK, EXPORT, PACKAGES


class Way(enum.StrEnum):
    """Where the button of the next thing leads."""

    NOWHERE = "nowhere"
    QUERIES = "queries"
    CONFLICTS = "conflicts"
    PROBLEM = "problem"
    IMPORT = "import"
    STEP = "step"
    CHECK = CHECK
    EXPORT = EXPORT
    PACKAGES = PACKAGES


@dataclass(frozen=True, slots=True)
class StepStanding:
    """How far one step is.

    Attributes:
        title: Its name in the person's language.
        total: Records.
        ready: Of these, those that nothing keeps from being handed in.
        errors: Records with errors.
        expected: Whether every department has records here; a step that may stay empty is never asked for.
        own_page: Whether it asks something about each record, and `ready` counts those that are answered.
        own_record: Whether it holds the department's entry about itself.
    """

    id: str
    title: str
    total: int = 0
    ready: int = 0
    errors: int = 0
    expected: bool = False
    own_page: bool = False
    own_record: bool = False

    @property
    def warned(self) -> int:
        """Records that only lack the reason for a warning."""
        return 0 if self.own_page else max(0, self.total - self.ready - self.errors)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the whole workspace stands.

    Attributes:
        checked: A check has ended since the file was opened.
        steps: In the order of the guide.
        warnings: Warnings without a reason, of all records.
        must_answer: Queries that keep the next package from being handed in.
        sent_at: UTC time of the last hand-in, or empty.
        changed_at: UTC time of the last change of a record, or empty.
        answered: Whether a receipt for the last hand-in has come.
        review: How the hand-in stands within the department; a return comes with its reason in `remark`.
    """

    checked: bool = False
    steps: Sequence[StepStanding] = field(default_factory=tuple)
    warnings: int = 0
    conflicts: int = 0
    must_answer: int = 0
    sent_at: str = ""
    changed_at: str = ""
    answered: bool = False
    review: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class NextThing:
    """What to do next.

    Attributes:
        code: Of the sentence; `verb` is the code of the button, empty where there is nothing to press.
        step: Of the guide, for `Way.STEP` and `Way.PROBLEM`.
    """

    code: str
    verb: str = ""
    way: Way = Way.NOWHERE
    step: str = ""
    count: int = 0
    title: str = ""


def next_thing(standing: Standing) -> NextThing:
    """Return the one thing to do next."""
    if not standing.checked:
        return NextThing("GD_NEXT_CHECKING")
    return _asked(standing) or _unfinished(standing) or _reviewed(standing) or _hand_in(standing)


def _reviewed(standing: Standing) -> NextThing | None:
    if standing.review == "submitted":
        return NextThing("HI_NEXT_REVIEW", "GD_TO_EXPORT", Way.EXPORT)
    if standing.review == "approved":
        return NextThing("HI_NEXT_SIGNATURE", "GD_TO_EXPORT", Way.EXPORT)
    return None


def _asked(standing: Standing) -> NextThing | None:
    if standing.review == "returned":
        return NextThing("HI_NEXT_RETURNED", "GD_TO_EXPORT", Way.EXPORT, title=standing.remark)
    if standing.conflicts:
        return NextThing("GD_NEXT_CONFLICTS", "GD_DECIDE", Way.CONFLICTS, count=standing.conflicts)
    if standing.must_answer:
        return NextThing("GD_NEXT_QUERIES", "GD_ANSWER", Way.QUERIES, count=standing.must_answer)
    return None


def _unfinished(standing: Standing) -> NextThing | None:
    steps = standing.steps
    expected = [s for s in steps if s.expected]
    if expected and not any(s.total for s in expected):
        return NextThing("GD_NEXT_IMPORT", "GD_IMPORT", Way.IMPORT)
    own = next((s for s in steps if s.own_record), None)
    if own is not None and own.errors == 1 == own.total:
        return NextThing("GD_NEXT_OWN", "GD_GO", Way.PROBLEM, own.id)
    broken = next((s for s in steps if s.errors), None)
    if broken is not None:
        return NextThing(
            "GD_NEXT_ERRORS", "GD_GO", Way.PROBLEM, broken.id, broken.errors, broken.title
        )
    return _unanswered(standing)


def _unanswered(standing: Standing) -> NextThing | None:
    asked = next((s for s in standing.steps if s.own_page and s.ready < s.total), None)
    if asked is not None:
        count = asked.total - asked.ready
        return NextThing("JG_NEXT_OPEN", "GD_GO", Way.STEP, asked.id, count, asked.title)
    if standing.warnings:
        return NextThing("GD_NEXT_WARNINGS", "GD_EXPLAIN", Way.CHECK, count=standing.warnings)
    empty = next((s for s in standing.steps if s.expected and not s.total), None)
    if empty is not None:
        return NextThing("GD_NEXT_EMPTY", "GD_GO", Way.STEP, empty.id, title=empty.title)
    return None


def _hand_in(standing: Standing) -> NextThing:
    if not standing.sent_at:
        return NextThing("GD_NEXT_HAND_IN", "GD_TO_EXPORT", Way.EXPORT)
    if standing.changed_at > standing.sent_at:
        return NextThing("GD_NEXT_AGAIN", "GD_TO_EXPORT", Way.EXPORT)
    if not standing.answered:
        return NextThing("GD_NEXT_WAIT", "GD_TO_PACKAGES", Way.PACKAGES)
    return NextThing("GD_NEXT_DONE")


@dataclass(frozen=True, slots=True)
class Due:
    """A milestone as the guide words it: code of the sentence, day, and days until then or since."""

    code: str
    day: str
    days: int
    late: bool


LONG_AGO = 90
"""Days after which nobody counts days any more."""


def due_of(form_set: FormSet, step: str, today: dt.date, *, complete: bool) -> Due | None:
    """Return the first milestone of a step that is not over, else the last that is; None for a step without one."""
    own = sorted((m for m in form_set.campaign.milestones if m.step == step), key=_day)
    if not own:
        return None
    chosen = next((m for m in own if _day(m) >= today), own[-1])
    day = _day(chosen)
    days = (day - today).days
    shown = f"{day:%m-%d}" if day.year == today.year else f"{day:%Y-%m-%d}"
    if days > 0:
        return Due("GD_DUE", shown, days, late=False)
    if days == 0:
        return Due("GD_DUE_TODAY", shown, 0, late=not complete)
    if complete:
        return Due("GD_DUE_WAS", shown, -days, late=False)
    return Due("GD_DUE_LATE" if -days <= LONG_AGO else "GD_DUE_LONG", shown, -days, late=True)


def _day(milestone: Milestone) -> dt.date:
    return dt.date.fromisoformat(milestone.due)
