"""Every figure is what the list behind it holds, on both databases, whole and in parts, kept and counted afresh."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import python_calamine
from hypothesis import given
from hypothesis import strategies as st

from census_app import bootstrap
from census_app.diagnostics import wording
from census_app.domain.chain import Decision
from census_app.domain.indicators import BY_ID, DEFINITIONS, ROLES, STORED, Definition
from census_app.domain.statistics import QUANTITIES
from census_app.errors import UserError
from census_app.formspec.evaluator import RecordEvaluator
from census_app.formspec.model import FormSet
from census_app.services.breaking_down import WAYS, Breakdown, break_down, coded_fields
from census_app.services.expecting import Expected
from census_app.services.indicator_charts import breakdown_chart, department_charts, trend_chart
from census_app.services.indicator_lists import (
    figure_rows,
    list_behind,
    listed_rows,
    write_listing,
)
from census_app.services.indicator_sheets import print_indicators, print_systems
from census_app.services.measuring import (
    Board,
    DepartmentMeasured,
    Narrowed,
    group_counts,
    keys_behind,
    measure,
)
from census_app.services.milestones import UNSAID, MilestoneStanding, milestones
from census_app.services.trends import change_text, trend_days
from census_app.storage import catalogue, server_catalogue
from census_app.storage.catalogue import Catalogue
from census_app.storage.indicator_sql import CONDITIONS, IndicatorSql
from census_app.storage.statistics import _stamps
from tests.servers import DatabaseServer
from tests.unit.services.province_lines import (
    CITY,
    DAY,
    FACTS_OF_EIGHT,
    HEALTH,
    LABOUR,
    PACKAGES,
    RESOURCE,
    SILENT,
    fill,
    resource,
    system,
)
from tests.unit.storage.test_catalogue import FACTS, deliver, first, rid

COUNTED_IN_FORMS = [each for each in STORED if each.kind == "count"]
SUMS = [each for each in STORED if each.kind == "sum"]
AMOUNTS = {
    "funding_amount": ("om_amount", Decimal(1)),
    "om_amount": ("om_amount", Decimal(1)),
    "build_amount": ("build_amount", Decimal(1)),
    "om_estimated": ("build_amount", Decimal("0.1")),
    **{role: (role, Decimal(1)) for role in QUANTITIES},
}


class HeldClock:
    def now(self) -> dt.datetime:
        return dt.datetime(2018, 1, 31, 4, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def form_set() -> FormSet:
    return bootstrap.shipped_form_set()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, form_set: FormSet) -> Iterator[Catalogue]:
    path = tmp_path_factory.mktemp("measured") / "c.censusdb"
    made = catalogue.create(path, form_set, FACTS)
    yield fill(made)
    made.close()


@pytest.fixture(scope="module")
def board(file: Catalogue) -> Board:
    said = [
        decision("accept", PACKAGES[1].identity, "accepted"),
        decision("return", PACKAGES[2].identity, "returned"),
        decision("publish", f"{HEALTH}:p", published(20, 22)),
    ]
    file.append_decisions(said)
    return measure(file, DAY)


@pytest.fixture
def fresh(tmp_path: Path, form_set: FormSet) -> Iterator[Catalogue]:
    made = catalogue.create(tmp_path / "f.censusdb", form_set, FACTS)
    yield fill(made)
    made.close()


def decision(kind: str, subject: str, choice: str) -> Decision:
    id_ = hashlib.sha256(f"{kind}{subject}".encode()).hexdigest()[:32]
    return Decision(id_, kind, subject, choice, "", "李", "c", "2018-01-20T00:00:00Z")  # type: ignore[arg-type]


def published(*numbers: int) -> str:
    records = ", ".join(f'"{rid(number)}"' for number in numbers)
    return f'{{"form": "{RESOURCE}", "records": [{records}]}}'


def added_up(store: Catalogue, board: Board, each: Definition) -> Decimal:
    """Return the sum of the amounts of the list behind a sum, in Python."""
    role, factor = AMOUNTS[each.id]
    form, asked = store.form_set.by_role(role)
    rows = store.rows(form.id, keys_behind(store, board, each.id), [asked.id])
    amounts = [row.values[asked.id] for row in rows]
    assert all(isinstance(amount, Decimal) for amount in amounts), each.id
    return sum((a for a in amounts if isinstance(a, Decimal)), Decimal(0)) * factor


# -- a figure is its list ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("each", COUNTED_IN_FORMS, ids=lambda e: e.id)
def test_a_count_is_the_length_of_the_list_behind_it_in_all_and_in_each_department(
    file: Catalogue, board: Board, each: Definition
) -> None:
    assert len(keys_behind(file, board, each.id)) == board.counts[each.id]
    for department in board.departments:
        part = Narrowed(departments=(department.code,))
        assert len(keys_behind(file, board, each.id, part)) == department.counts[each.id]


def test_every_count_counts_something_here_so_that_none_is_compared_with_nothing(
    board: Board,
) -> None:
    silent = [each.id for each in DEFINITIONS if not board.counts.get(each.listed)]
    assert silent == []


@pytest.mark.parametrize("each", SUMS, ids=lambda e: e.id)
def test_a_sum_is_what_the_list_behind_it_adds_up_to(
    file: Catalogue, board: Board, each: Definition
) -> None:
    if each.id in AMOUNTS:
        assert Decimal(each.text(board.counts)) == added_up(file, board, each)
        return
    told = answered(file, board, "resource_name", each.id)
    given, expected = sum(g for g, _ in told.values()), sum(e for _, e in told.values())
    assert Decimal(each.text(board.counts)) == (
        given if each.id == "resource_answers" else expected
    )
    assert 0 < given < expected


def answered(
    store: Catalogue, board: Board, role: str, indicator: str
) -> dict[tuple[str, str], tuple[int, int]]:
    """Return how much the records behind a figure answer of what the rule engine asks of each."""
    form = store.form_set.by_role(role)[0]
    evaluator = RecordEvaluator(form, store.form_set, DAY)
    columns = [f.id for f in form.stored_fields]
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for row in store.rows(form.id, keys_behind(store, board, indicator), columns):
        asked = evaluator.evaluate(row.id, row.values).required
        given = sum(row.values.get(name) is not None for name in asked)
        found[row.department, row.id] = given, len(asked)
    return found


@pytest.mark.parametrize("subject", ["resource", "system"])
def test_complete_is_what_answers_everything_the_rule_engine_asks(
    file: Catalogue, board: Board, subject: str
) -> None:
    told = answered(file, board, f"{subject}_name", f"{subject}s")
    complete = {at for at, (given, asked) in told.items() if given == asked}
    assert set(answered(file, board, f"{subject}_name", f"{subject}s_complete")) == complete
    assert len({asked for _, asked in told.values()}) > 1, "not the same questions of all"


def test_a_ratio_divides_the_list_it_opens(board: Board) -> None:
    assert board.text("connection_rate") == "50.0%"  # 12, 50, 60 of 12, 13, 16, 17, 50, 60
    assert board.counts["must_connect"] == 6
    assert board.text("compression_rate") == "0.0%"  # one of seven merged, one new target
    assert BY_ID["connection_rate"].listed == "connected"


def test_figures_about_departments_list_departments(board: Board) -> None:
    behind = {name: set(codes) for name, codes in board.behind.items()}
    assert behind["departments_expected"] == {HEALTH, LABOUR, CITY, SILENT}
    assert behind["departments_missing"] == {SILENT}
    assert behind["departments_accepted"] == {LABOUR}
    assert behind["departments_returned"] == {CITY}
    assert behind["light_network"] == {LABOUR, CITY}
    assert behind["light_data"] == behind["lights_all"] == {LABOUR}  # the city shares nothing
    assert behind["light_application"] == {LABOUR}
    assert {name: len(codes) for name, codes in behind.items()} == {
        name: board.counts[name] for name in behind
    }


def test_the_campaigns_list_says_who_is_waited_for(fresh: Catalogue) -> None:
    new, gone = "11320000990000068" + "0", SILENT
    for body in (Expected(new, "新机构"), Expected(gone, "沉默厅", standing="dropped")):
        fresh.append_decision(decision("expect", body.code, body.choice))
    board = measure(fresh, DAY)
    assert set(board.behind["departments_expected"]) == {HEALTH, LABOUR, CITY, new}
    assert board.behind["departments_missing"] == (new,)
    (line,) = [
        each
        for each in break_down(fresh, board, "department", "zh").lines
        if each.label == "新机构"
    ]
    assert line.counts["resources"] == 0


def test_shared_means_published_and_accepted_is_told_apart(board: Board) -> None:
    assert board.counts["resources_shareable"] == 3
    assert board.counts["resources_shared"] == 1  # 22 is published and not shared
    assert board.counts["resources_published"] == 2
    assert board.counts["resources_shared_accepted"] == 1


def test_what_dates_have_not_come_does_not_count(file: Catalogue, board: Board) -> None:
    later = measure(file, "2018-12-31")
    assert (board.counts["systems_integrated"], later.counts["systems_integrated"]) == (1, 2)
    assert (board.counts["connect_planned"], later.counts["connect_planned"]) == (2, 1)
    assert later.counts["resources"] == board.counts["resources"]


def test_the_server_counts_and_lists_what_the_file_does(
    database_server: DatabaseServer, file: Catalogue, board: Board, form_set: FormSet
) -> None:
    database = database_server.new()
    store = server_catalogue.create(database_server.address(database), form_set, FACTS)
    try:
        fill(store)
        store.append_decisions(file.decisions())
        other = measure(store, DAY)
        assert other.counts == board.counts
        assert other.departments == board.departments
        for each in STORED:
            assert names_behind(store, other, each.id) == names_behind(file, board, each.id)
        for by in (*WAYS, "information_system.networks", "share_type"):
            theirs = break_down(store, other, by, "zh")
            assert theirs == break_down(file, board, by, "zh")
            for line in theirs.lines:
                shown = [i for i in theirs.shown if BY_ID[i].subject != "department"]
                for indicator in shown:
                    keys = keys_behind(store, other, indicator, line.part)
                    definition = BY_ID[indicator]
                    if definition.kind != "sum":
                        assert len(keys) == definition.number(line.counts)
    finally:
        store.close()
        database_server.drop(database)


def names_behind(store: Catalogue, board: Board, indicator: str) -> list[object]:
    form = store.form_set.by_role(ROLES[BY_ID[indicator].subject])[0]
    rows = store.rows(form.id, keys_behind(store, board, indicator), [form.title])
    return [(row.department, row.id, row.values.get(form.title)) for row in rows]


# -- parts -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", WAYS)
def test_the_lines_of_a_breakdown_open_their_own_lists(
    file: Catalogue, board: Board, by: str
) -> None:
    found = break_down(file, board, by, "zh")
    assert found.lines
    of_systems = by == "year"
    asked = ["resources", "resources_shareable", "items_shareable", "resources_shared"]
    for line in found.lines:
        for indicator in ["systems", "zombies", "connected"] if of_systems else asked:
            keys = keys_behind(file, board, indicator, line.part)
            assert len(keys) == line.counts[indicator], (line.label, indicator)
    if by != "theme":  # a resource may belong to a basic kind and a priority area
        whole = "systems" if of_systems else "resources"
        assert sum(line.counts[whole] for line in found.lines) == board.counts[whole]


def test_breakdowns_are_worded_by_the_form_set(file: Catalogue, board: Board) -> None:
    def labels(by: str) -> list[str]:
        return [line.label for line in break_down(file, board, by, "zh").lines]

    assert labels("city") == ["省级", "南京市"]
    assert labels("department") == ["卫生厅", "人社厅", "沉默厅", "南京市"]
    assert labels("org_kind") == ["政府部门", "未填"]
    assert labels("theme") == ["人口", "社会信用", "健康保障", "社会保障"]
    assert labels("secrecy")[:2] == ["涉密", "非涉密"]
    assert labels("networks")[-1] == "未填"
    assert labels("year") == ["2009 年", "2016 年", "未填"]
    assert labels("information_resource.published_on") == ["2017 年", "未填"]
    with pytest.raises(UserError, match="BREAKDOWN_UNKNOWN"):
        break_down(file, board, "name", "zh")


def test_every_coded_question_can_be_asked(file: Catalogue, board: Board) -> None:
    fields = coded_fields(file.form_set)
    assert len(fields) > 40
    for subject, field in fields[::9]:
        form = file.form_set.by_role(ROLES[subject])[0].id
        found: Breakdown = break_down(file, board, f"{form}.{field.id}", "en")
        if field.type == "code":
            first = found.applicable[0]
            whole = {"system": "systems", "resource": "resources"}.get(subject, first)
            assert sum(line.counts[whole] for line in found.lines) == board.counts[whole]


# -- kept counts -------------------------------------------------------------------------------------------------------


def test_what_was_counted_is_kept_until_the_department_is_another(fresh: Catalogue) -> None:
    before = fresh.counts(DAY)
    asked = _passes(fresh)
    assert fresh.counts(DAY) == before
    assert asked == ["joint"]
    deliver(fresh, [PACKAGES[0], PACKAGES[0].then("h2", resource(25), system(18))])
    asked.clear()
    after = fresh.counts(DAY)
    assert sorted(asked) == ["body", "demand", "item", "joint", "matter", "resource", "system"]
    assert after[LABOUR] == before[LABOUR]
    assert after[HEALTH]["resources"] == before[HEALTH]["resources"] + 1
    fresh._use(fresh.form_set)  # a counter that knows nothing
    assert fresh.counts(DAY) == after


def test_a_zombie_merged_as_decided_is_done_and_a_new_system_is_asked_what_it_can_say(
    fresh: Catalogue,
) -> None:
    facts = {k: v for k, v in FACTS_OF_EIGHT.items() if k not in {"use_scope", "monthly_uses"}}
    done = system(1, is_zombie=True, disposition="merge", disposition_done_on="2018-01-01")
    lines = [
        done,
        system(2, "planned", **facts),
        system(3, "building", **facts),
        system(4, "building", **facts, use_scope="unit"),
        system(5, **facts, use_scope="unit"),
    ]
    deliver(fresh, [first("s", *lines, department=SILENT)])
    board = measure(fresh, DAY)
    (counts,) = [d.counts for d in board.departments if d.code == SILENT]
    assert (counts["zombies_cleared"], counts["zombies_open"]) == (1, 0)
    assert counts["systems_eight_facts"] == 2


def test_another_day_counts_only_what_has_dates(fresh: Catalogue) -> None:
    fresh.counts(DAY)
    asked = _passes(fresh)
    fresh.counts("2018-12-31")
    assert asked == ["system", "joint"]


def test_what_the_centre_lays_on_rows_makes_counts_stale_and_nothing_else_it_decides(
    fresh: Catalogue,
) -> None:
    stamps = [_stamp(fresh)]
    fresh.append_decision(decision("override", f"{HEALTH}:{RESOURCE}:{rid(21)}:share_type", "{}"))
    stamps.append(_stamp(fresh))
    fresh.append_decision(decision("query", "q", "{}"))
    stamps.append(_stamp(fresh))
    assert stamps[0] != stamps[1] == stamps[2]


def test_what_was_counted_is_kept_beside_the_rows_until_they_change(
    fresh: Catalogue, form_set: FormSet
) -> None:
    path, whole = fresh.path, measure(fresh, DAY).counts
    by = fresh.counts_by(DAY, "resource", "share_type")
    digest = fresh.digest()
    fresh.close()
    again = catalogue.open_(path, form_set)
    asked = _passes(again)
    try:
        assert measure(again, DAY).counts == whole
        assert again.counts_by(DAY, "resource", "share_type") == by
        assert (asked, again.digest()) == (["joint"], digest)
        # Other rows of one department, or a value of the centre on them: forgotten with the change itself.
        before = _kept_of(again)
        deliver(again, [first("s", system(1), department=SILENT)])
        assert _kept_of(again) == before - {SILENT}
        measured = measure(again, DAY).counts
        again._use(form_set)  # nothing is known any more but what the file keeps
        again.forget_projection()
        assert _kept_of(again) == set()
        assert measured["systems"] == whole["systems"] + 1
    finally:
        again.close()


@pytest.mark.parametrize(
    ("change", "left"),
    [
        (
            "UPDATE counted SET counts = '{}', stamp = 'other ' || stamp",
            "SELECT count(*) FROM counted WHERE stamp LIKE 'other %'",
        ),
        (
            "UPDATE counted SET counts = '{}', scope = 'other ' || scope",
            "SELECT count(*) FROM counted WHERE scope LIKE 'other %'",
        ),
    ],
)
def test_counts_of_other_conditions_or_rows_of_before_are_not_believed(
    fresh: Catalogue, change: str, left: str
) -> None:
    whole = fresh.counts(DAY)
    with fresh._database.writing() as connection:
        connection.exec_driver_sql(change)
    fresh._use(fresh.form_set)
    assert fresh.counts(DAY) == whole
    with fresh.reading() as connection:
        assert connection.exec_driver_sql(left).scalar_one() == 0


def _kept_of(store: Catalogue) -> set[str]:
    with store.reading() as connection:
        rows = connection.exec_driver_sql("SELECT DISTINCT department FROM counted")
        return set(rows.scalars())


def _stamp(store: Catalogue) -> dict[str, str]:
    with store.reading() as connection:
        return _stamps(connection)


def _passes(store: Catalogue) -> list[str]:
    """Return the list into which the subjects of every pass over a form are written from now on."""
    asked: list[str] = []
    counter, run = store._counter, store._counter._pass

    def noted(connection: object, subject: str, *rest: object) -> object:
        asked.append(subject)
        return run(connection, subject, *rest)  # type: ignore[arg-type]

    counter._pass = noted  # type: ignore[method-assign, assignment]
    return asked


# -- dates, lights, trend ----------------------------------------------------------------------------------------------


def test_a_milestone_names_who_is_late_and_why(file: Catalogue, board: Board) -> None:
    found = {each.milestone.id: each for each in milestones(file.form_set, board)}
    late = {late.department.code: dict(late.reasons) for late in found["om_funding"].open}
    assert late == {HEALTH: {"funding": 3}, SILENT: {"departments_missing": 1}}
    assert found["om_funding"].past
    assert (found["om_funding"].done, found["om_funding"].concerned) == (2, 4)
    assert {x.department.code for x in found["cities"].open} == {CITY}
    assert (found["cities"].concerned, found["cities"].past) == (1, False)
    assert not found["open_site"].measured
    assert found["open_site"].open == ()
    known = {name for each in found.values() for name in each.milestone.settled}
    assert known <= BY_ID.keys()


def test_a_city_that_says_nothing_is_asked_and_where_nobody_is_nobody_is_done(
    fresh: Catalogue, board: Board
) -> None:
    def of_cities(departments: list[DepartmentMeasured]) -> MilestoneStanding:
        found = milestones(fresh.form_set, replace(board, departments=tuple(departments)))
        return next(each for each in found if each.milestone.id == "cities")

    city = next(d for d in board.departments if d.code == CITY)
    blank = replace(city, code=f"11320500{CITY[8:]}", counts={**city.counts, "city_platforms": 0})
    silent = replace(blank, code=f"11320600{CITY[8:]}", received=False)
    found = of_cities([city, blank, silent])
    assert {late.department.code: late.reasons[0][0] for late in found.open} == {
        city.code: "city_platforms_open",
        blank.code: UNSAID,
        silent.code: "departments_missing",
    }
    # Several bodies of one city are its departments; which of them answers for it nobody knows.
    other = replace(blank, code=f"11320500{CITY[8:-1]}X")
    assert of_cities([blank, other]).concerned == 0


def test_some_departments_together_count_what_they_count_alone(board: Board) -> None:
    chosen = [d for d in board.departments if d.code in {HEALTH, LABOUR}]
    counts = group_counts(chosen)
    for each in STORED:
        assert counts[each.id] == sum(d.counts[each.id] for d in chosen)
    assert counts["departments_accepted"] == 1


def test_a_change_has_a_sign_and_none_where_there_was_no_number(
    file: Catalogue, board: Board
) -> None:
    later = measure(file, "2018-12-31")
    assert change_text("systems_integrated", board, later) == "+1"
    assert change_text("connect_planned", board, later) == "−1"
    assert change_text("resources", board, later) == "±0"
    assert change_text("connection_rate", board, later).endswith("%")
    empty = Board(DAY, (), dict.fromkeys(board.counts, 0))
    assert change_text("connection_rate", empty, later) == ""


@given(st.sets(st.dates(dt.date(2017, 1, 1), dt.date(2019, 12, 31)), max_size=60))
def test_a_trend_takes_few_days_and_always_the_last(days: set[dt.date]) -> None:
    given_days = sorted(day.isoformat() for day in days)
    kept = trend_days(given_days)
    assert kept == sorted(set(kept))
    assert set(kept) <= set(given_days)
    assert len(kept) <= 8
    assert kept[-1:] == given_days[-1:]
    if len(given_days) <= 8:
        assert kept == given_days


# -- words, files, paper -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_figure_has_words_a_unit_and_a_group(language: str) -> None:
    for each in DEFINITIONS:
        for code in (each.id, f"{each.id}_HOW", f"UNIT_{each.unit}", f"GROUP_{each.group}"):
            assert wording.text(f"IND_{code}", language), code


def test_every_count_has_one_condition_and_every_role_is_there(form_set: FormSet) -> None:
    assert {each.id for each in STORED} <= CONDITIONS.keys()
    lacking = [
        name
        for name, each in IndicatorSql(form_set).expressions.items()
        if each.condition == "FALSE"
    ]
    assert lacking == []


def test_a_list_is_written_with_all_its_rows(file: Catalogue, board: Board, tmp_path: Path) -> None:
    listing = list_behind(file, board, "funding", "zh")
    assert listing.heads[:2] == ("政务信息系统名称", "部门")
    path = tmp_path / "清单.xlsx"
    assert write_listing(path, file, board, listing, "zh") == 3
    rows = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert [tuple(row[:2]) for row in rows[1:]] == [
        ("系统13", "卫生厅"), ("系统16", "卫生厅"), ("系统17", "卫生厅"),
    ]  # fmt: skip
    departments = list_behind(file, board, "light-application", "en")
    assert [row[0] for row in listed_rows(file, board, departments, "en")] == ["人社厅"]
    with pytest.raises(UserError, match="INDICATOR_UNKNOWN"):
        list_behind(file, board, "nothing", "zh")


def test_all_figures_as_rows(board: Board) -> None:
    rows = figure_rows(board.counts, "zh")
    assert len(rows) == len(DEFINITIONS)
    assert rows[0][:3] == ("三数一率", "系统整合数", "1")
    assert {row[4] for row in rows} == BY_ID.keys()


def test_charts_and_pages_say_the_figures(file: Catalogue, board: Board) -> None:
    departments = break_down(file, board, "department", "zh")
    chart = breakdown_chart(departments, "zh")
    assert chart is not None
    assert chart.labels == ("卫生厅", "人社厅")  # only who has some, the largest first
    assert [[int(v or 0) for v in s.values] for s in chart.series] == [[1, 1], [1, 0], [1, 0]]
    assert len(department_charts(departments, "zh")) == 2
    assert trend_chart([board], "zh") is None
    assert trend_chart([board, board], "zh") is not None
    printed = print_indicators(file, "zh", clock=HeldClock(), earlier=[board])
    assert printed.pages > 4
    assert printed == print_indicators(file, "zh", clock=HeldClock(), earlier=[board])
    for kind in ("zombies", "connections", "funding"):
        assert print_systems(kind, file, "en", clock=HeldClock()).pages >= 1
