"""Decisions of the coordinator's window that need no catalogue: states, advice, order, milestones."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from census_app.bootstrap import shipped_form_set
from census_app.domain.chain import DECISION_KINDS, Decision, DecisionKind
from census_app.domain.review import RECEIPT_STATUSES, AnswerKind
from census_app.errors import CensusError
from census_app.services.comparing import LineOperation
from census_app.services.counting import Statistics
from census_app.services.expecting import Expected
from census_app.services.judging import Judged
from census_app.services.measuring import hands_up
from census_app.services.ports import CatalogueFacts, PackageFacts, PackageState, RosterEntry
from census_app.services.querying import QueryState
from census_app.ui.catalogue.arrival_detail import detail_parts
from census_app.ui.catalogue.arrivals import (
    Arrival,
    Stage,
    arrival_advice,
    arrival_standing,
    files_in,
)
from census_app.ui.catalogue.branches import classification_of, used_choices
from census_app.ui.catalogue.deadlines import everybody, next_milestone, punctuality
from census_app.ui.catalogue.decision_words import about_text, choice_text, decision_standings
from census_app.ui.catalogue.enrol_dialog import same_fingerprint
from census_app.ui.catalogue.errand_card import errands
from census_app.ui.catalogue.facts import grouped
from census_app.ui.catalogue.fork_dialog import waiting_behind
from census_app.ui.catalogue.inbox import PANEL
from census_app.ui.catalogue.session import CatalogueState
from census_app.ui.catalogue.standing import department_standing, package_standing
from census_app.ui.catalogue.tables import Column, SortableTable
from census_app.ui.models.text_table import Heading
from census_app.ui.shell.translation import Words

WORDS = Words("zh")


def make_entry(**changes: Any) -> RosterEntry:
    facts: dict[str, Any] = {
        "code": "A", "name": "甲", "certificate_fingerprint": "ab", "head_sequence": 1,
        "last_received": "", "counts": {},
    }  # fmt: skip
    return RosterEntry(**facts | changes)


def make_package(state: PackageState = "merged") -> PackageFacts:
    return PackageFacts(
        identity="ab" * 32, name="A-000001", type="submission", department="A", sequence=1,
        previous="", created="", received_at="", form_version="v1", bytes=1, counts={}, state=state,
    )  # fmt: skip


def test_what_needs_somebody_comes_first() -> None:
    entries = [
        make_entry(),
        make_entry(head_sequence=0),
        make_entry(pending_records=2),
        make_entry(errors=3),
        make_entry(waiting_packages=1, errors=3),
    ]

    ranks = [department_standing(entry, WORDS).rank for entry in entries]

    assert ranks == sorted(ranks, reverse=True)


def test_a_section_is_not_waited_for_until_it_hands_in_itself() -> None:
    section = make_entry(code="11320000990000017P01", head_sequence=0)

    assert hands_up(section)
    assert department_standing(section, WORDS).text == "由所属部门合并上报"
    assert not hands_up(make_entry(code="11320000990000017P", head_sequence=0))
    assert not hands_up(make_entry(code="11320000990000017P01", head_sequence=1))


def test_errors_of_a_department_that_sent_nothing_are_not_told() -> None:
    assert department_standing(make_entry(head_sequence=0, errors=3), WORDS).tone == "text_2"


@pytest.mark.parametrize(
    "state", ["merged", "pending", "fork", "quarantined", "set_aside", "form_unknown"]
)
def test_every_state_of_a_package_has_a_word_and_a_symbol(state: PackageState) -> None:
    standing = package_standing(state, WORDS)

    assert standing.text
    assert arrival_standing(Arrival(0, package=make_package(state)), WORDS) == standing


@pytest.mark.parametrize("stage", [s for s in Stage if s is not Stage.DONE])
def test_a_file_that_is_not_through_shows_its_stage(stage: Stage) -> None:
    assert arrival_standing(Arrival(1, Path("a.census"), stage), WORDS).text


def test_a_folder_means_the_packages_in_it(tmp_path: Path) -> None:
    for name in ("b.census", "a.census", "notes.txt"):
        (tmp_path / name).touch()
    other = tmp_path / "notes.txt"

    assert files_in([tmp_path, other]) == [tmp_path / "a.census", tmp_path / "b.census", other]


def test_fingerprints_are_compared_without_blanks_dashes_and_case() -> None:
    assert same_fingerprint("743B-CC27 7825", "743b cc27 7825")
    assert not same_fingerprint("743b cc27", "743b cc27 7825")
    assert not same_fingerprint("", "")


def test_identities_are_read_aloud_four_groups_to_the_line() -> None:
    assert grouped("0123456789abcdef" * 2, 8) == "0123 4567 89ab cdef\n0123 4567 89ab cdef"


def test_the_classification_is_found_by_its_list_not_by_its_name() -> None:
    form_set = shipped_form_set()
    resource = form_set.by_role("resource_name")[0]
    found = classification_of(resource, form_set)

    assert found is not None
    assert found.role == "class_code"
    assert classification_of(form_set.by_role("joint_name")[0], form_set) is None


def test_classes_without_records_are_left_out_in_the_order_of_the_list() -> None:
    choices = shipped_form_set().choice_lists["classification"].choices
    counts = {choices[0].code: 3, choices[2].code: 3, choices[1].code: 0}

    assert used_choices(choices, counts) == [choices[0], choices[2]]


def test_the_next_milestone_is_the_first_that_is_not_past() -> None:
    form_set = shipped_form_set()

    found = next_milestone(form_set, dt.date(2017, 11, 23))

    assert found is not None
    assert found.due == "2017-11-30"
    assert next_milestone(form_set, dt.date(2099, 1, 1)) is None


def make_table(rows: list[tuple[str, int]]) -> SortableTable[tuple[str, int]]:
    table: SortableTable[tuple[str, int]] = SortableTable(
        [
            Column(Heading("name"), lambda r: r[0], lambda r: r[0]),
            Column(Heading("number", 60, right=True), lambda r: str(r[1]), lambda r: r[1]),
        ],
        lambda r: r[0],
        "rows",
    )
    table.show_rows(rows)
    return table


def test_the_chosen_row_stays_chosen_when_sorted_and_filled_anew(
    qtbot: Any, themed: QApplication
) -> None:
    table = make_table([("a", 1), ("b", 10), ("c", 2)])
    qtbot.addWidget(table)
    table.choose("b")

    table.view.horizontalHeader().sectionClicked.emit(1)
    assert table.view.currentIndex().row() == 0

    table.show_rows([("b", 0), ("d", 5)])
    assert table.current() == ("b", 0)
    assert table.view.currentIndex().row() == 1


def test_figures_sort_as_figures(qtbot: Any, themed: QApplication) -> None:
    table = make_table([("a", 1), ("b", 10), ("c", 2)])
    qtbot.addWidget(table)

    table.view.horizontalHeader().sectionClicked.emit(1)

    shown = [table.model.data(table.model.index(n, 1)) for n in range(3)]
    assert shown == ["10", "2", "1"]


def test_enter_opens_the_chosen_row(qtbot: Any, themed: QApplication) -> None:
    table = make_table([("a", 1), ("b", 10)])
    qtbot.addWidget(table)
    table.choose("b")

    with qtbot.waitSignal(table.opened) as opened:
        qtbot.keyClick(table, Qt.Key.Key_Return)

    assert opened.args == [("b", 10)]


# -- words of review and decisions -------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_state_verdict_and_kind_has_its_word(language: str) -> None:
    words = Words(language)
    types = (
        "submission",
        "ledger",
        "trust",
        "receipt",
        "review",
        "enrolment",
        "contribution",
        "rollup",
    )
    codes = [f"CR_KIND_{kind}" for kind in DECISION_KINDS]
    codes += [f"CR_TYPE_{kind}" for kind in types]
    codes += [f"CR_VERDICT_{status}" for status in RECEIPT_STATUSES]
    codes += [f"CR_VERDICT_{status}_TIP" for status in RECEIPT_STATUSES]
    codes += [f"CR_ANSWER_{kind}" for kind in get_args(AnswerKind)]
    codes += [f"CR_QUERY_{state}" for state in get_args(QueryState)]
    codes += [f"CR_JUDGED_{state}" for state in get_args(Judged)]
    codes += [f"CR_OPERATION_{each}" for each in get_args(LineOperation)]

    assert all(words(code) for code in codes)


def test_only_what_waits_stands_among_the_things_to_do() -> None:
    state = make_state(packages=(make_package("quarantined"), make_package("set_aside")))

    found = errands(state, answered=2, undecided=0, unreviewed=3)
    assert [(t.place, t.count) for t in found] == [
        ("held", 1),
        ("answered", 2),
        ("unreviewed", 3),
    ]
    assert state.waiting == 1


def test_what_waits_behind_one_side_follows_it_without_a_gap() -> None:
    side, rival = chained("a", 2, "0"), chained("b", 2, "0")
    third, fourth = chained("c", 3, "a"), chained("d", 4, "c")
    stray, foreign = chained("e", 5, "x"), replace(chained("f", 3, "a"), department="B")

    packages = (fourth, stray, third, side, rival, foreign)

    assert [p.identity for p in waiting_behind(side, packages)] == ["c", "d"]
    assert waiting_behind(rival, packages) == []


def test_a_decision_that_was_superseded_or_contradicted_says_so() -> None:
    first = decision("1", "accepted")
    second = replace(decision("2", "accepted"), supersedes=("1",))
    against = decision("3", "returned")

    apart = decision_standings([first, second], WORDS)
    contested = decision_standings([first, second, against], WORDS)

    assert {k: v.text for k, v in apart.items()} == {"1": "已被取代", "2": "有效"}
    assert {k: v.text for k, v in contested.items()} == {
        "1": "已被取代",
        "2": "相互矛盾",
        "3": "相互矛盾",
    }


def test_a_query_of_another_program_is_still_shown() -> None:
    odd = replace(decision("1", "no json"), kind="query", subject="q")

    assert choice_text(odd, make_state(), WORDS) == "提出："
    assert about_text(odd, make_state(), WORDS) == ""


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("form_unknown", "不认识表单版本 v1"),
        ("set_aside", "裁定分叉时选定了另一份"),
        ("revoked", "签发证书已吊销"),
        ("quarantined", "指纹 1a2b"),
        ("fork", "同一序号出现了两份不同的数据包"),
    ],
)
def test_whatever_waits_says_why_and_what_to_do(state: PackageState, told: str) -> None:
    row = Arrival(0, package=make_package(state))

    advice = arrival_advice(row, make_state(), WORDS, "1a2b")

    assert advice is not None
    assert told in advice.what
    assert advice.next_step


def test_what_waits_for_a_package_that_is_here_asks_nobody_to_send_it_again() -> None:
    first = replace(make_package("quarantined"), identity="1" * 64, sequence=1)
    second = replace(make_package("pending"), identity="2" * 64, sequence=2)

    here = arrival_advice(Arrival(0, package=second), make_state((first, second)), WORDS)
    missing = arrival_advice(Arrival(0, package=second), make_state((second,)), WORDS)

    assert here is not None
    assert "第 1 号数据包已收到，但尚未汇入（密钥待确认）" in here.what
    assert missing is not None
    assert "第 1 号数据包尚未收到" in missing.what


def test_a_long_name_does_not_widen_the_panel(themed: QApplication, qtbot: Any) -> None:
    name = "113200009900000418-113200009900000506-000001.census"
    row = Arrival(1, Path(name), Stage.FAILED, error=CensusError("FILE_MISSING", path=name))

    parts = detail_parts(row, None, shipped_form_set(), WORDS)

    for part in parts:
        qtbot.addWidget(part)
    assert max(part.minimumSizeHint().width() for part in parts) < PANEL - 60


def test_a_ledger_past_an_unknown_cut_point_waits_for_the_others() -> None:
    row = Arrival(0, package=replace(make_package("pending"), type="ledger"))

    advice = arrival_advice(row, make_state(), WORDS)

    assert advice is not None
    assert "截止点以前的裁定簿尚未收齐" in advice.what


def test_a_letter_of_the_tier_above_says_its_verdict_in_words() -> None:
    params = {"name": "C-000001", "rollup": "A-000002", "status": "returned"}
    row = Arrival(1, said=(("APPLIED_UPPER_RECEIPT", params),))

    advice = arrival_advice(row, make_state(), WORDS)

    assert advice is not None
    assert "结论 退回" in advice.what


def chained(identity: str, sequence: int, previous: str) -> PackageFacts:
    made = replace(make_package("pending"), identity=identity, sequence=sequence)
    return replace(made, previous=previous)


def decision(identity: str, choice: str) -> Decision:
    kind: DecisionKind = "return" if choice == "returned" else "accept"
    return Decision(identity, kind, "p" * 64, choice, "", "甲", "C", f"2027-01-0{identity}")


def make_state(packages: tuple[PackageFacts, ...] = ()) -> CatalogueState:
    facts = CatalogueFacts(
        name="", level="province", census_id="", round=1, form_version="v1", roots_pem="",
        created_at="", digest="",
    )  # fmt: skip
    return CatalogueState(
        facts=facts, roster=(), packages=packages, letters=(), decisions=(), forks=(),
        contested=(), certificates=(), statistics=Statistics("", (), ()), counts={},
    )  # fmt: skip


def test_who_is_expected_and_not_enrolled_is_waited_for_and_who_was_merged_is_not() -> None:
    roster = [make_entry(code="A"), make_entry(code="C", head_sequence=0)]
    listed = [
        Expected("B", "乙"),
        Expected("C", "丙", "merged", into="A"),
        Expected("D", "丁", "dropped"),
    ]
    rows = everybody(roster, listed)
    assert [row.code for row in rows] == ["A", "B"]
    assert department_standing(rows[1], WORDS).text == "尚未登记"


@pytest.mark.parametrize(
    ("received", "today", "text", "tone"),
    [
        ("2017-12-31T23:00:00Z", "2018-02-01", "按期", "good"),
        ("2018-01-03T00:00:00Z", "2018-02-01", "晚 3 天", "warn"),
        ("", "2018-01-02", "逾期 2 天", "bad"),
        ("", "2017-12-31", "12-31 前", "text_2"),
    ],
)
def test_a_department_is_in_time_late_or_overdue(
    received: str, today: str, text: str, tone: str
) -> None:
    first = replace(make_package(), received_at=received) if received else None
    said = punctuality(make_entry(), first, "2017-12-31", dt.date.fromisoformat(today), WORDS)
    assert (said.text, said.tone) == (text, tone)
