"""What the guide says: the one next thing, the day of a step, the words of a ring."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication

from census_app import bootstrap
from census_app.services.ports import WorkspaceStore
from census_app.ui.department.guide_feed import GuideFeed
from census_app.ui.department.next_thing import (
    NextThing,
    Standing,
    StepStanding,
    Way,
    due_of,
    next_thing,
)
from census_app.ui.department.steps import CHECK, EXPORT, PACKAGES, steps_of
from census_app.ui.shell import theme
from census_app.ui.shell.guide import GuideEntry, GuideModel, _GuideDelegate
from census_app.ui.shell.translation import Words
from tests.ui.conftest import FixedClock
from tests.ui.driving import Opener, Until, settle

OWN = StepStanding("department", "部门", total=1, ready=1, own_record=True)
LAST_YEAR = StepStanding("last_year", "上年", total=14, ready=14, own_page=True)
SYSTEMS = StepStanding("systems", "系统", total=5, ready=5, expected=True)
RESOURCES = StepStanding("resources", "资源", total=9, ready=9, expected=True)
CLEAN = Standing(checked=True, steps=(OWN, SYSTEMS, RESOURCES), changed_at="2027-03-01T00:00:00Z")
BROKEN = replace(SYSTEMS, ready=2, errors=3)
WORSE = replace(RESOURCES, ready=1, errors=8)
OPEN = replace(OWN, ready=0, errors=1)


@pytest.mark.parametrize(
    ("standing", "code", "way", "step", "count"),
    [
        (Standing(), "GD_NEXT_CHECKING", Way.NOWHERE, "", 0),
        (replace(CLEAN, conflicts=2, must_answer=4), "GD_NEXT_CONFLICTS", Way.CONFLICTS, "", 2),
        (replace(CLEAN, must_answer=4, warnings=1), "GD_NEXT_QUERIES", Way.QUERIES, "", 4),
        (
            replace(CLEAN, steps=(OPEN, replace(SYSTEMS, total=0, ready=0), replace(RESOURCES, total=0, ready=0))),
            "GD_NEXT_IMPORT", Way.IMPORT, "", 0,
        ),
        (replace(CLEAN, steps=(OPEN, BROKEN, RESOURCES)), "GD_NEXT_OWN", Way.PROBLEM, "department", 0),
        (replace(CLEAN, steps=(LAST_YEAR, OPEN, BROKEN)), "GD_NEXT_OWN", Way.PROBLEM, "department", 0),
        (replace(CLEAN, steps=(OWN, BROKEN, WORSE)), "GD_NEXT_ERRORS", Way.PROBLEM, "systems", 3),
        (replace(CLEAN, steps=(OWN, SYSTEMS, WORSE), warnings=7), "GD_NEXT_ERRORS", Way.PROBLEM, "resources", 8),
        (replace(CLEAN, warnings=9), "GD_NEXT_WARNINGS", Way.CHECK, "", 9),
        (
            replace(CLEAN, steps=(OWN, SYSTEMS, replace(RESOURCES, total=0, ready=0))),
            "GD_NEXT_EMPTY", Way.STEP, "resources", 0,
        ),
        (CLEAN, "GD_NEXT_HAND_IN", Way.EXPORT, "", 0),
        (replace(CLEAN, sent_at="2027-02-01T00:00:00Z"), "GD_NEXT_AGAIN", Way.EXPORT, "", 0),
        (replace(CLEAN, sent_at="2027-03-02T00:00:00Z"), "GD_NEXT_WAIT", Way.PACKAGES, "", 0),
        (replace(CLEAN, sent_at="2027-03-02T00:00:00Z", answered=True), "GD_NEXT_DONE", Way.NOWHERE, "", 0),
    ],
)  # fmt: skip
def test_the_next_thing(standing: Standing, code: str, way: Way, step: str, count: int) -> None:
    thing = next_thing(standing)
    assert (thing.code, thing.way, thing.step, thing.count) == (code, way, step, count)
    for language in ("zh", "en"):
        words = Words(language)
        sentence = words(thing.code, count=thing.count, step=thing.title)
        assert "{" not in sentence
        assert bool(thing.verb) == (thing.way is not Way.NOWHERE)
        assert not thing.verb or words(thing.verb)


def test_a_step_that_may_stay_empty_is_never_asked_for() -> None:
    zombies = StepStanding("zombies", "僵尸")
    assert next_thing(replace(CLEAN, steps=(OWN, SYSTEMS, zombies, RESOURCES))).way is Way.EXPORT


@pytest.mark.parametrize(
    ("today", "complete", "code", "day", "days", "late"),
    [
        ("2017-10-01", False, "GD_DUE", "10-31", 30, False),
        ("2017-10-31", False, "GD_DUE_TODAY", "10-31", 0, True),
        ("2017-10-31", True, "GD_DUE_TODAY", "10-31", 0, False),
        ("2017-11-05", False, "GD_DUE_LATE", "10-31", 5, True),
        ("2017-11-05", True, "GD_DUE_WAS", "10-31", 5, False),
        ("2026-11-05", False, "GD_DUE_LONG", "2017-10-31", 3292, True),
    ],
)
def test_the_day_of_a_step(
    today: str, complete: bool, code: str, day: str, days: int, late: bool
) -> None:
    form_set = bootstrap.shipped_form_set()
    due = due_of(form_set, "systems", dt.date.fromisoformat(today), complete=complete)
    assert due is not None
    assert (due.code, due.day, due.days, due.late) == (code, day, days, late)
    assert day in Words("zh")(due.code, day=due.day, days=due.days) or days == 0


def test_a_step_without_a_milestone_has_no_day() -> None:
    form_set = bootstrap.shipped_form_set()
    assert due_of(form_set, "demands", dt.date(2017, 1, 1), complete=False) is None


def test_every_milestone_names_a_step_that_exists() -> None:
    form_set = bootstrap.shipped_form_set()
    known = {step.id for step in steps_of(form_set)} | {CHECK, EXPORT, PACKAGES, ""}
    named = {m.step for m in form_set.campaign.milestones}
    assert named <= known
    assert named - {""}


def test_a_ring_speaks(qtmodeltester: object) -> None:
    model = GuideModel()
    entry = GuideEntry("x", "系统", 7, 10, tip="10 条中 7 条可以上报", errors=2, warned=1)
    model.show_entries([entry.due_on("10-31 截止，已逾期 5 天", late=True)])
    said = str(model.data(model.index(0), 11))  # Qt.AccessibleTextRole
    assert said == "系统 7 / 10 10 条中 7 条可以上报 10-31 截止，已逾期 5 天"
    qtmodeltester.check(model)  # type: ignore[attr-defined]


@pytest.fixture
def in_china(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if not hasattr(time, "tzset"):
        pytest.skip("the zone of a process can be set on POSIX only")
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_in_a_begun_round_the_own_entry_and_the_local_day_still_count(
    store: WorkspaceStore, open_window: Opener, in_china: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(store)
    compass, session = window.compass, window.session
    feed = GuideFeed(
        steps_of(session.form_set, carried=True), session, window.post, window.words, window
    )
    assert [s.id for s in feed.standing().steps if s.own_record] == ["department"]
    assert feed.standing().steps[0].id == "last_year"

    known = {entry.id for entry in feed.entries()}
    last = max(m.due for m in session.form_set.campaign.milestones if m.step not in known)
    midnight = dt.datetime.fromisoformat(f"{last}T16:00:00+00:00")  # in China the day is over
    for moment, told in ((midnight - dt.timedelta(minutes=1), True), (midnight, False)):
        services = bootstrap.Services(clock=FixedClock(moment), actor="李四")
        monkeypatch.setattr(session, "services", services)
        assert bool(compass._milestone()) is told


def test_going_to_a_problem_builds_no_page_that_nobody_looks_at(
    store: WorkspaceStore, open_window: Opener, until: Until
) -> None:
    window = open_window(store)
    step = window.steps["department"]
    assert window.session.problems.rows("department")  # its entry is empty
    window.guide.select("resources")
    window.compass.go(NextThing("GD_NEXT_OWN", "GD_GO", Way.PROBLEM, "department"))
    settle(window, until)
    assert window.guide.current() == "department"
    assert [made.form.id for made in step.made] == ["department"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_entry_of_the_guide_is_cut_however_many_records_there_are(
    language: str, themed: QApplication
) -> None:
    form_set, words = bootstrap.shipped_form_set(), Words(language)
    bold = QFontMetrics(theme.font(theme.BODY_PX, bold=True)).horizontalAdvance
    small = QFontMetrics(theme.font(theme.HINT_PX)).horizontalAdvance
    wide = theme.GUIDE_WIDTH - 16
    for step in steps_of(form_set, carried=True):
        label = words(step.title)
        for total in (9, 88, 888):
            entry = GuideEntry(step.id, label, total - 1, total)
            below = _GuideDelegate._figures_below(entry, wide)
            beside = 0 if below else small(entry.figures)
            assert 34 + bold(label) + beside + 18 <= wide, label
            dated = any(m.step == step.id for m in form_set.campaign.milestones)
            due = words("GD_DUE", day="12-31", days=88) if dated else ""
            line = " · ".join(filter(None, (entry.figures if below else "", due)))
            assert total > 88 or small(line) <= wide - 42, label


def test_pages_that_nobody_sees_follow_a_check_once_they_are_shown(
    store: WorkspaceStore, open_window: Opener, until: Until
) -> None:
    window = open_window(store, page="resources")
    page = window.records_page()
    assert page is not None
    arranged: list[int] = []
    window.check_page.arranged.connect(lambda: arranged.append(1))
    window.guide.select("department")
    window.session.create("information_resource", window, lambda _id: None)
    settle(window, until)
    assert window.session.problems.chip_count("information_resource", "errors") == 1
    behind = {"hidden": page.list._behind}
    assert not arranged
    window.guide.select("resources")
    settle(window, until)
    behind["shown"] = page.list._behind
    assert behind == {"hidden": True, "shown": False}
    assert len(page.list.model._problems) == 1
    window.guide.select("check")
    settle(window, until)
    assert arranged
