"""Which row of the audit's list is which record: by person, code, name within the department; likeness proposes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from census_app.domain.audit import (
    OUTCOMES,
    Kept,
    Listed,
    department_of,
    pair,
)

A, B = "D1", "D2"
NAMES = {A: ["江苏省教育厅"], B: ["江苏省科学技术厅"], "D3": ["江苏省发展和改革委员会"]}


def kept(record: str, name: str, department: str = A, code: str = "") -> Kept:
    return Kept(department, record, name, code)


def listed(row: int, name: str, department: str = A, code: str = "") -> Listed:
    return Listed(row, department, name, code)


def test_a_code_goes_before_a_name() -> None:
    records = [kept("r1", "学籍系统", code="S-1"), kept("r2", "学籍管理系统", code="S-2")]
    found = pair([listed(1, "学籍系统", code="s2")], records, {})
    assert (found[1].kept, found[1].by) == (records[1], "code")


def test_names_count_within_the_department() -> None:
    records = [kept("r1", "OA系统", A), kept("r2", "OA系统", B)]
    found = pair([listed(1, "ＯＡ 系统", B)], records, {})
    assert (found[1].kept, found[1].by) == (records[1], "name")


def test_without_a_department_a_name_of_two_is_only_proposed() -> None:
    records = [kept("r1", "OA系统", A), kept("r2", "OA系统", B)]
    found = pair([listed(1, "OA系统", "")], records, {})[1]
    assert (found.by, found.certain) == ("likeness", False)
    assert {r.record for r, _ in found.candidates} | {found.kept.record if found.kept else ""} == {
        "r1",
        "r2",
    }


def test_two_rows_of_one_name_decide_nothing() -> None:
    found = pair([listed(1, "OA系统"), listed(2, "OA系统")], [kept("r1", "OA系统")], {})
    assert [found[1].by, found[2].by] == ["likeness", ""]


def test_likeness_proposes_and_never_decides() -> None:
    found = pair([listed(1, "学籍管理平台")], [kept("r1", "学籍信息管理平台")], {})[1]
    assert (found.by, found.certain) == ("likeness", False)
    assert 0.5 <= found.score < 1
    assert pair([listed(1, "取水许可")], [kept("r1", "学籍管理")], {})[1].kept is None


def test_the_likest_pair_chooses_first() -> None:
    records = [kept("r1", "学籍管理系统")]
    rows = [listed(1, "学籍管理与服务系统"), listed(2, "学籍管理系统二期")]
    found = pair(rows, records, {})
    winner = max(found.values(), key=lambda p: p.score)
    assert winner.kept == records[0]
    assert sum(p.kept is not None for p in found.values()) == 1


def test_a_person_goes_before_everything() -> None:
    records = [kept("r1", "学籍系统"), kept("r2", "招生系统")]
    rows = [listed(1, "学籍系统"), listed(2, "别的")]
    found = pair(rows, records, {1: (A, "r2"), 2: None})
    assert (found[1].kept, found[1].by) == (records[1], "person")
    assert (found[2].kept, found[2].by) == (None, "person")


def test_a_match_whose_record_is_gone_opens_the_row_again() -> None:
    found = pair([listed(1, "学籍系统")], [kept("r1", "学籍系统")], {1: (A, "gone")})
    assert found[1].by == "name"


names = st.text(alphabet="学籍招生系统管理平台AB1", min_size=1, max_size=6)
rows = st.lists(st.tuples(names, st.sampled_from([A, B, ""])), max_size=6)
records = st.lists(st.tuples(names, st.sampled_from([A, B])), max_size=6)


@given(rows, records, st.randoms(use_true_random=False))
def test_the_order_is_no_matter_and_no_record_is_given_twice(
    rows: list[tuple[str, str]], records: list[tuple[str, str]], random: object
) -> None:
    some = [listed(n, name, department) for n, (name, department) in enumerate(rows)]
    others = [kept(f"r{n}", name, department) for n, (name, department) in enumerate(records)]
    found = pair(some, others, {})
    given_away = [p.kept.key for p in found.values() if p.kept is not None]
    assert len(given_away) == len(set(given_away))
    assert set(found) == {each.row for each in some}
    for each in some:
        chosen = found[each.row].kept
        assert chosen is None or each.department in {"", chosen.department}
    random.shuffle(some)  # type: ignore[attr-defined]
    random.shuffle(others)  # type: ignore[attr-defined]
    assert pair(some, others, {}) == found


def test_departments_are_known_by_name_code_and_what_people_leave_out() -> None:
    assert department_of("江苏省教育厅", NAMES) == (A, True)
    assert department_of("d1", NAMES) == (A, True)
    assert department_of("省教育厅", NAMES) == (A, False)
    assert department_of("省发改委", NAMES) == ("D3", False)
    assert department_of("省发改委员会", NAMES) == ("D3", False)
    assert department_of("科技厅", NAMES) == (B, False)
    assert department_of("厅", NAMES) == ("", False)
    assert department_of("", NAMES) == ("", True)
    assert department_of("水利厅", NAMES) == ("", False)


def test_what_fits_two_departments_fits_none() -> None:
    twice = {A: ["江苏省教育厅"], B: ["安徽省教育厅"]}
    assert department_of("教育厅", twice) == ("", False)


def test_every_kind_of_difference_has_outcomes() -> None:
    assert set(OUTCOMES) == {"missing_here", "missing_there", "differs"}
