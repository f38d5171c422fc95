"""The audit office's list: read under any heads, kept in the ledger, compared, settled, exchanged, sampled."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from census_app import bootstrap
from census_app.domain.holdings import IssuedCertificate
from census_app.errors import CensusError, DataProblem, UserError
from census_app.exchange import reserved
from census_app.exchange.ledger import decision_line, decision_values
from census_app.formats.foreign_lists import UNIT
from census_app.formats.sheets import read_sheets
from census_app.services.audit_acts import confirm_matches, name_units, settle_differences
from census_app.services.audit_columns import Proposal, book_of, look, read_map, write_map
from census_app.services.audit_lists import ListTaken, take_list, withdraw_list
from census_app.services.audit_results import Comparison, Entry
from census_app.services.audit_sheets import write_comparison, write_sample
from census_app.services.auditing import compare
from census_app.services.expecting import Expected, expect
from census_app.services.ledgers import apply_ledger, export_ledger
from census_app.services.ports import CatalogueStore
from census_app.services.querying import queries_of
from census_app.services.sampling import sampling_list
from census_app.services.settling import contested, settle
from tests.audits import (
    COORDINATOR,
    FIRST,
    HEADS,
    ROWS,
    SECOND,
    SYSTEM,
    THIRD,
    Line,
    deliver,
    made,
    name_coordinator,
    rid,
    system,
)
from tests.servers import DatabaseServer
from tests.unit.services.conftest import CODES, Desk, StandingClock, WriteBook


@dataclass
class Audit:
    """A catalogue with three departments, and a clock."""

    catalogue: CatalogueStore
    clock: StandingClock
    book: WriteBook

    def deliver(self, department: str, lines: Sequence[Line], sequence: int = 1) -> None:
        deliver(self.catalogue, department, lines, sequence)

    def file(self, rows: Sequence[Sequence[object]] = ROWS, heads: Sequence[str] = HEADS) -> Path:
        return self.book("审计.xlsx", [["附件：审计情况表"], list(heads), *map(list, rows)])

    def look(self, path: Path | None = None, **more: Any) -> Proposal:
        return look(self.catalogue, path or self.file(), **more)[0]

    def take(self, path: Path | None = None, **more: Any) -> ListTaken:
        path = path or self.file()
        return take_list(
            self.catalogue, path, 0, self.look(path).map, actor="李", clock=self.clock, **more
        )

    def compare(self) -> Comparison:
        return compare(self.catalogue)

    def entry(self, name: str) -> Entry:
        return next(e for e in self.compare().entries if e.name == name)

    def match(self, row: int, target: tuple[str, str] | None) -> None:
        confirm_matches(self.catalogue, "", {row: target}, actor="李", clock=self.clock)

    def settle(self, place: str, outcome: Any, reason: str = "已经核实", **more: Any) -> Any:
        return settle_differences(
            self.catalogue, "", [place], outcome, reason, actor="李", clock=self.clock, **more
        )


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with everything delivered; copying it is cheaper than delivering again."""
    path = tmp_path_factory.mktemp("audit") / "catalogue.censusdb"
    made(path, StandingClock()).close()
    return path


Reopened = Callable[[str], CatalogueStore]


@pytest.fixture
def reopened(furnished: Path, tmp_path: Path) -> Iterator[Reopened]:
    opened: list[CatalogueStore] = []

    def again(name: str) -> CatalogueStore:
        path = tmp_path / name
        path.write_bytes(furnished.read_bytes())
        opened.append(bootstrap.open_catalogue(path))
        return opened[-1]

    yield again
    for store in opened:
        store.close()


@pytest.fixture
def audit(reopened: Reopened, clock: StandingClock, write_book: WriteBook) -> Audit:
    return Audit(reopened("c.censusdb"), clock, write_book)


def code_of(raised: pytest.ExceptionInfo[CensusError]) -> str:
    return raised.value.code


# -- what the columns mean ---------------------------------------------------------------------------------------------


def test_known_heads_are_known_and_like_heads_are_guessed(audit: Audit) -> None:
    proposal = audit.look()
    assert {c.head: (c.target, c.sureness) for c in proposal.columns} == {
        "序号": ("", ""),
        "被审计单位": (UNIT, "known"),
        "系统全称": ("name", "guessed"),
        "建设金额（万元）": ("build_amount_wan", "known"),
        "投入使用时间": ("in_use", "known"),
        "审计意见": ("audit_finding", "known"),
    }
    assert proposal.form == SYSTEM


def test_heads_in_groups_and_below_titles_are_found(audit: Audit, tmp_path: Path) -> None:
    import openpyxl  # noqa: PLC0415

    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (["审计表"], ["单位", "甲乙丙", "", "丁"], ["", "某名", "某数", ""]):
        sheet.append(row)
    for area in ("A1:D1", "B2:C2", "A2:A3", "D2:D3"):
        sheet.merge_cells(area)
    sheet.append(["省教育厅", "学籍管理系统", 3, "x"])
    book.save(tmp_path / "g.xlsx")
    proposal = audit.look(tmp_path / "g.xlsx")
    assert [c.head for c in proposal.columns] == ["单位", "甲乙丙 / 某名", "甲乙丙 / 某数", "丁"]
    assert proposal.columns[0].target == UNIT


def test_what_a_person_says_is_remembered_for_sheets_of_the_same_heads(audit: Audit) -> None:
    path = audit.file()
    given = audit.look(path).map
    other = replace(given, targets=("", UNIT, "name", "om_amount_wan", "in_use", ""))
    take_list(audit.catalogue, path, 0, other, actor="李", clock=audit.clock)
    again = audit.look(audit.file([[9, "省水利厅", "取水许可系统", 1, None, None]]))
    assert again.map.targets == other.targets
    assert again.columns[3].sureness == "remembered"
    # Another shape has to be looked at anew.
    assert audit.look(audit.file(heads=[*HEADS[:3], "运维费", *HEADS[4:]])).columns[4].sureness == (
        "known"
    )


def test_a_mapping_travels_as_a_file(audit: Audit, tmp_path: Path) -> None:
    given = audit.look().map
    write_map(tmp_path / "map.json", given)
    assert read_map(tmp_path / "map.json") == given
    edited = json.loads((tmp_path / "map.json").read_text(encoding="utf-8"))
    edited["columns"]["建设金额（万元）"] = "om_amount_wan"
    (tmp_path / "map.json").write_text(json.dumps(edited), encoding="utf-8")
    proposal = audit.look(given=read_map(tmp_path / "map.json"))
    assert proposal.columns[3].target == "om_amount_wan"


@pytest.mark.parametrize("text", ["{}", "[1", '{"format":"x","form":"a","columns":{}}', "\x00"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "map.json").write_text(text, encoding="utf-8")
    with pytest.raises(DataProblem) as raised:
        read_map(tmp_path / "map.json")
    assert code_of(raised) == "AUDIT_MAP"


@pytest.mark.parametrize(
    ("targets", "code"),
    [
        (("", UNIT, "", "", "", ""), "AUDIT_NO_NAME"),
        (("", UNIT, "name", "name", "", ""), "AUDIT_TWICE"),
        (("", UNIT, "name", "no_such", "", ""), "AUDIT_FIELD"),
        (("", UNIT, "name", "org", "", ""), "AUDIT_FIELD"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(
    audit: Audit, targets: tuple[str, ...], code: str
) -> None:
    path = audit.file()
    with pytest.raises(UserError) as raised:
        take_list(
            audit.catalogue,
            path,
            0,
            replace(audit.look(path).map, targets=targets),
            actor="李",
            clock=audit.clock,
        )
    assert code_of(raised) == code
    assert not audit.catalogue.decisions()


def test_a_file_without_a_table_and_an_unknown_form_are_refused(audit: Audit) -> None:
    with pytest.raises(UserError) as raised:
        audit.look(audit.book("empty.xlsx", [["只有一句话"]]))
    assert code_of(raised) == "AUDIT_NO_TABLE"
    with pytest.raises(UserError) as raised:
        audit.look(form="internal_office")
    assert code_of(raised) == "AUDIT_FORM"
    with pytest.raises(CensusError) as missing:
        audit.look(Path("nowhere.xlsx"))
    assert code_of(missing) == "FILE_MISSING"


# -- taking ------------------------------------------------------------------------------------------------------------


def test_a_list_is_kept_row_by_row_with_the_department_of_empty_cells(audit: Audit) -> None:
    taken = audit.take()
    (kept,) = book_of(audit.catalogue).lists
    assert (kept.id, kept.rows, kept.fields) == (taken.list.id, taken.list.rows, taken.list.fields)
    assert kept.name == "审计.xlsx · 清单"
    assert [(row.number, row.unit) for row in kept.rows[:2]] == [(3, "省教育厅"), (4, "省教育厅")]
    assert kept.rows[0].texts["build_amount_wan"] == "100.5"
    assert len(kept.rows) == 5  # the sum is no row


def test_the_same_list_twice_is_one_list(audit: Audit) -> None:
    audit.take()
    before = len(audit.catalogue.decisions())
    assert audit.take().again
    assert len(audit.catalogue.decisions()) == before


def test_a_dry_run_writes_nothing(audit: Audit) -> None:
    assert len(audit.take(dry_run=True).list.rows) == 5
    assert not audit.catalogue.decisions()


def test_rows_that_say_the_same_count_once_and_nameless_rows_not_at_all(audit: Audit) -> None:
    taken = audit.take(audit.file([ROWS[0], ROWS[0], [3, "省教育厅", None, 12, None, None]]))
    assert [row.number for row in taken.list.rows] == [3]
    assert [note.code for note in taken.notes] == ["AUDIT_ROW_REPEATED", "AUDIT_ROW_NAMELESS"]


def test_what_must_not_be_here_is_not_read_and_not_repeated(audit: Audit) -> None:
    address = "http://10.0.0.1/login 账号：admin 密码：Hunter2secret"
    rows = [
        [1, "省教育厅", "学籍管理系统", address],
        [2, "省教育厅", "招生录取服务平台", "http://a.example"],
    ]
    taken = audit.take(audit.file(rows, ["序号", "单位", "系统名称", "访问地址"]))
    assert [row.number for row in taken.list.rows] == [4]
    assert [note.code for note in taken.notes] == ["AUDIT_ROW_REFUSED"]
    assert not any("Hunter2" in d.choice + d.reason for d in audit.catalogue.decisions())


def test_long_cells_are_cut_and_it_is_said(audit: Audit) -> None:
    rows = [[1, "省教育厅", "学籍管理系统", "甲" * 3000], [2, "省教育厅", "招生录取服务平台", "乙"]]
    taken = audit.take(audit.file(rows, ["序号", "单位", "系统名称", "业务功能"]))
    assert [note.code for note in taken.notes] == ["AUDIT_CELL_CUT"]
    assert len(taken.list.rows[0].texts["function"]) == 1000


def test_many_rows_go_in_pieces_that_a_ledger_can_carry(audit: Audit) -> None:
    rows = [[n, "省教育厅", f"系统{n}", "功能" * 40] for n in range(400)]
    audit.take(audit.file(rows, ["序号", "单位", "系统名称", "业务功能"]))
    decisions = audit.catalogue.decisions()
    assert sum(d.subject.startswith("rows:") for d in decisions) > 2
    for decision in decisions:
        assert reserved.fault("decision", decision_values(decision)) is None
        assert len(decision_line(decision)) < 1 << 20
    assert len(book_of(audit.catalogue).lists[0].rows) == 400


def test_a_list_without_one_of_its_pieces_is_no_list(audit: Audit, reopened: Reopened) -> None:
    audit.take()
    other = reopened("other.censusdb")
    other.append_decisions(
        [d for d in audit.catalogue.decisions() if not d.subject.startswith("rows:")]
    )
    book = book_of(other)
    assert (book.lists, len(book.incomplete)) == ((), 1)
    with pytest.raises(UserError) as raised:
        compare(other)
    assert code_of(raised) == "AUDIT_NONE"


def test_a_list_about_one_department_needs_no_column_for_it(audit: Audit) -> None:
    path = audit.file(
        [[1, "学籍管理系统", 100], [2, "新系统", 3]], ["序号", "系统名称", "建设金额"]
    )
    with pytest.raises(UserError) as raised:
        audit.take(path, department="NOBODY")
    assert code_of(raised) == "DEPARTMENT_UNKNOWN"
    audit.take(path, department=FIRST)
    comparison = audit.compare()
    assert {e.department for e in comparison.entries} == {FIRST}
    assert set(comparison.not_covered) == {SECOND, THIRD}


def test_a_withdrawn_list_is_gone_and_can_be_read_again(audit: Audit) -> None:
    audit.take()
    withdraw_list(audit.catalogue, "", "读错了文件", actor="李", clock=audit.clock)
    assert not book_of(audit.catalogue).lists
    assert not audit.take().again
    assert len(book_of(audit.catalogue).lists) == 1


def test_nobody_without_a_key_of_the_coordinator_takes_a_list(
    tmp_path: Path, clock: StandingClock, write_book: WriteBook
) -> None:
    store = bootstrap.create_catalogue(
        tmp_path / "n.censusdb", name="统筹部门", roots_pem="ROOTS", clock=clock
    )
    with pytest.raises(UserError) as raised:
        Audit(store, clock, write_book).take()
    store.close()
    assert code_of(raised) == "NOT_COORDINATOR"


# -- comparing ---------------------------------------------------------------------------------------------------------


def test_every_row_and_every_record_of_a_named_department_is_in_one_group(audit: Audit) -> None:
    audit.take()
    comparison = audit.compare()
    assert {(e.group, e.name) for e in comparison.entries} == {
        ("confirm", "招生录取平台"),
        ("missing_here", "人才管理系统"),
        ("missing_here", "不知道谁的系统"),
        ("missing_there", "教师资格管理系统"),
        ("missing_there", "OA系统"),
        ("differs", "科技计划项目管理系统"),
        ("agrees", "学籍管理系统"),  # 100.5 is within 1 % of 100, July within a month of June
    }
    assert comparison.not_covered == (THIRD,)
    assert comparison.guessed == {"省教育厅": FIRST}
    assert comparison.strange == {"某某局": 1}


def test_what_the_list_says_of_the_audit_is_shown_and_not_compared(audit: Audit) -> None:
    audit.take()
    entry = audit.entry("学籍管理系统")
    assert entry.said == (("审计发现的问题", "未验收"),)
    assert (entry.group, entry.differences) == ("agrees", ())


def test_values_in_words_follow_the_language_and_outcomes_do_not(audit: Audit) -> None:
    audit.take()
    audit.settle("field:5:in_use", "both_right")
    for language in ("zh", "en"):
        entries = compare(audit.catalogue, language=language).of_group("differs")
        assert entries[0].differences[0].settled is not None
    assert entries[0].differences[0].label.isascii()


def test_coverage_says_for_every_department_what_the_audit_saw(audit: Audit) -> None:
    audit.take()
    first, second, third = audit.compare().coverage
    assert (first.covered, first.records, first.listed, first.audited) == (True, 3, 2, 1)
    assert (first.to_confirm, first.missing_there, first.agreeing, first.findings) == (1, 1, 1, 1)
    assert (second.listed, second.missing_here, second.differing) == (2, 1, 1)
    assert (third.covered, third.records, third.missing_there) == (False, 1, 0)


@pytest.mark.parametrize(
    ("head", "ours", "theirs", "agrees"),
    [
        ("涉密分类", "none", "非涉密", True),
        ("安全级别", "3", "第三级", None),
        ("已接入网络类型", ["intranet"], "乱写的", False),
        ("每月使用频度", 100, "1,150", False),
        ("每月使用频度", 100, "110", True),
        ("每月使用频度", 100, "约一百次", False),
        ("是否“僵尸”系统", True, "是", True),
        ("是否“僵尸”系统", True, "否", False),
        ("承建单位", "江苏某软件有限公司", "江苏某软件股份有限公司", True),
        ("承建单位", "江苏某软件有限公司", "南京他人科技", False),
    ],
)
def test_fields_agree_by_type_and_tolerance(
    audit: Audit, head: str, ours: object, theirs: str, agrees: bool | None
) -> None:
    heads = {"涉密分类": "secrecy", "安全级别": "mlps_level", "已接入网络类型": "networks",
             "每月使用频度": "monthly_uses", "是否“僵尸”系统": "is_zombie", "承建单位": "builder"}  # fmt: skip
    form = audit.catalogue.form_set.form(SYSTEM)
    field = form.field_by_id(heads[head])
    if field.type in {"code", "codes"}:
        codes = audit.catalogue.form_set.choice_lists[field.choices].choices
        ours = codes[-1].code if field.type == "code" else [codes[-1].code]
        theirs = codes[-1].zh if agrees is not False else theirs
    audit.deliver(THIRD, [system(6, "取水许可系统", **{field.id: ours})], 2)
    audit.take(
        audit.file([[1, "省水利厅", "取水许可系统", theirs]], ["序号", "单位", "系统名称", head])
    )
    assert audit.entry("取水许可系统").group == ("differs" if agrees is False else "agrees")


# -- what a person says ------------------------------------------------------------------------------------------------


def test_a_confirmed_match_is_compared_and_its_name_no_difference(audit: Audit) -> None:
    audit.take()
    audit.match(4, (FIRST, rid(2)))
    entry = audit.entry("招生录取平台")
    assert (entry.group, entry.by) == ("differs", "person")
    assert [d.field for d in entry.differences] == ["build_amount_wan"]


def test_a_refused_proposal_is_missing_on_both_sides(audit: Audit) -> None:
    audit.take()
    audit.match(4, None)
    assert audit.entry("招生录取平台").group == "missing_here"
    assert audit.entry("招生录取服务平台").group == "missing_there"


def test_a_record_belongs_to_one_row(audit: Audit) -> None:
    audit.take()
    audit.match(4, (FIRST, rid(2)))
    for row, target, code in (
        (3, (FIRST, rid(2)), "AUDIT_TAKEN"),
        (3, (FIRST, rid(99)), "RECORD_GONE"),
        (99, (FIRST, rid(1)), "AUDIT_ROW"),
    ):
        with pytest.raises(UserError) as raised:
            audit.match(row, target)
        assert code_of(raised) == code
    audit.match(4, (FIRST, rid(2)))  # saying it again is no contradiction


def test_an_outcome_holds_until_what_it_was_about_changes(audit: Audit) -> None:
    audit.take()
    audit.settle("field:5:in_use", "census_right", "以竣工验收为准")
    (difference,) = audit.entry("科技计划项目管理系统").differences
    assert difference.settled is not None
    assert (difference.settled.outcome, difference.settled.reason) == (
        "census_right",
        "以竣工验收为准",
    )
    assert not audit.entry("科技计划项目管理系统").open
    audit.deliver(
        SECOND, [system(4, "OA系统"), system(5, "科技计划项目管理系统", in_use="2014-09")], 2
    )
    assert audit.entry("科技计划项目管理系统").open


def test_an_outcome_is_about_the_record_the_row_was_then(audit: Audit) -> None:
    audit.deliver(FIRST, [system(7, "招生录取系统", build_amount_wan="80")], 2)
    audit.deliver(SECOND, [system(8, "招生录取二期", build_amount_wan="80")], 2)
    audit.take()
    audit.match(4, (FIRST, rid(7)))
    audit.settle("field:4:build_amount_wan", "census_right")
    audit.match(4, (SECOND, rid(8)))
    settled = {d.field: d.settled for d in audit.entry("招生录取平台").differences}
    assert settled["build_amount_wan"] is None


def test_a_later_outcome_takes_the_place_of_the_first(audit: Audit) -> None:
    audit.take()
    audit.settle("row:6", "to_add")
    audit.settle("row:6", "out_of_scope", "是单机程序")
    settled = audit.entry("人才管理系统").settled
    assert settled is not None
    assert settled.outcome == "out_of_scope"
    assert not contested(audit.catalogue)


def test_outcomes_that_do_not_fit_and_places_that_are_none_are_refused(audit: Audit) -> None:
    audit.take()
    for place, outcome, reason, more, code in (
        ("row:6", "census_right", "已经核实", {}, "AUDIT_OUTCOME"),
        ("row:99", "to_add", "已经核实", {}, "AUDIT_PLACE"),
        ("row:6", "to_add", "", {}, "REASON_TOO_SHORT"),
        ("row:6", "out_of_scope", "已经核实", {"ask": True}, "AUDIT_ASK"),
        ("row:7", "to_add", "已经核实", {"ask": True}, "AUDIT_ASK"),  # nobody knows whose it is
    ):
        with pytest.raises(UserError) as raised:
            audit.settle(place, outcome, reason, **more)
        assert code_of(raised) == code


def test_a_department_is_asked_with_the_value_of_the_list(audit: Audit) -> None:
    audit.take()
    said = audit.settle("field:5:in_use", "audit_right", "请核对投入使用时间", ask=True)
    assert said.queries[0].suggestion == '"2012-03"'
    audit.settle("row:6", "to_add", "请补报该系统", ask=True)
    audit.settle(f"record:{SECOND}:{rid(4)}", "to_remove", "请核实是否存在", ask=True)
    asked = queries_of(audit.catalogue, SECOND, clock=audit.clock)
    assert {(q.query.record, q.query.field) for q in asked} == {
        (rid(5), "in_use"),
        ("", ""),
        (rid(4), ""),
    }


def test_what_a_department_lacks_is_named_to_it_in_one_query(audit: Audit) -> None:
    audit.take(audit.file([*ROWS[:4], [5, "江苏省科学技术厅", "成果库", None, None, None]]))
    said = settle_differences(
        audit.catalogue, "", ["row:6", "row:7"], "to_add", "请予补报", ask=True, actor="李",
        clock=audit.clock,
    )  # fmt: skip
    (query,) = said.queries
    assert query.text.endswith("信息系统：人才管理系统（清单第6行）、成果库（清单第7行）。请予补报")


def test_more_names_than_a_query_takes_become_several(audit: Audit) -> None:
    many = [f"{n:03}{'系统' * 20}" for n in range(100)]
    audit.take(
        audit.file([[n, "江苏省科学技术厅", name, *[None] * 3] for n, name in enumerate(many)])
    )
    places = [e.place for e in audit.compare().entries if e.group == "missing_here"]
    said = settle_differences(
        audit.catalogue, "", places, "to_add", "请予补报", ask=True, actor="李", clock=audit.clock
    )
    assert all(len(query.text) <= 2000 for query in said.queries)
    assert all(sum(name in query.text for query in said.queries) == 1 for name in many)


def test_records_of_one_name_in_two_departments_are_told_apart(audit: Audit) -> None:
    def matter(number: int, name: str) -> Line:
        values = {"name": name}
        return {
            "form": "business_matter",
            "id": rid(number),
            "op": "put",
            "unit": "",
            "values": values,
        }

    audit.deliver(FIRST, [matter(20, "信访"), matter(21, "年检")], 2)
    audit.deliver(
        THIRD,
        [
            system(6, "取水许可系统", affairs=[rid(22)]),
            system(7, "水情系统", affairs=[rid(22)]),
            matter(22, "信访"),
            matter(23, "年检"),
        ],
        2,
    )
    rows = [[1, "省水利厅", "取水许可系统", "信 访"], [2, "省水利厅", "水情系统", "年检"]]
    audit.take(audit.file(rows, ["序号", "单位", "系统名称", "支撑业务事项"]))
    assert audit.entry("取水许可系统").group == "agrees"
    (difference,) = audit.entry("水情系统").differences
    (query,) = audit.settle(difference.place, "audit_right", "请予核对", ask=True).queries
    assert query.suggestion == f'["{rid(23)}"]'


def test_nothing_is_asked_when_something_cannot_be(audit: Audit) -> None:
    rows = [[1, "省科学技术厅", "成果库"], [2, "省水利厅", "水情系统" * 20]]
    audit.take(audit.file(rows, ["序号", "单位", "系统名称"]))
    places = [e.place for e in audit.compare().entries if e.group == "missing_here"]
    with pytest.raises(UserError) as raised:
        settle_differences(
            audit.catalogue, "", places, "to_add", "请" * 1930, ask=True, actor="李",
            clock=audit.clock,
        )  # fmt: skip
    assert code_of(raised) == "REMARK_TOO_LONG"
    assert not queries_of(audit.catalogue, SECOND, clock=audit.clock)


def test_a_name_once_said_to_be_a_department_is_known_in_every_list(audit: Audit) -> None:
    audit.take()
    with pytest.raises(UserError) as raised:
        name_units(audit.catalogue, {"某某局": "NOBODY"}, actor="李", clock=audit.clock)
    assert code_of(raised) == "DEPARTMENT_UNKNOWN"
    units = {"某某局": THIRD, "省教育厅": FIRST}
    name_units(audit.catalogue, units, actor="李", clock=audit.clock)
    comparison = audit.compare()
    assert (comparison.strange, comparison.guessed, comparison.not_covered) == ({}, {}, ())
    assert audit.entry("不知道谁的系统").department == THIRD
    name_units(audit.catalogue, {"某某 局": SECOND}, actor="李", clock=audit.clock)
    assert audit.entry("不知道谁的系统").department == SECOND
    assert not contested(audit.catalogue)


# -- two coordinators --------------------------------------------------------------------------------------------------


def test_two_who_exchange_ledgers_see_the_same(audit: Audit, reopened: Reopened) -> None:
    colleague = Audit(reopened("colleague.censusdb"), audit.clock, audit.book)
    name_coordinator(colleague.catalogue, COORDINATOR + "02")
    path = audit.file()
    audit.take(path)
    colleague.take(path)  # both read the same file, before they knew of each other
    audit.match(4, (FIRST, rid(2)))
    colleague.settle("row:6", "to_add")
    mine, theirs = audit.catalogue.decisions(), colleague.catalogue.decisions()
    audit.catalogue.append_decisions(theirs, "0" * 64)
    colleague.catalogue.append_decisions(mine, "1" * 64)
    assert len(book_of(audit.catalogue).lists) == 1
    one, other = audit.compare(), colleague.compare()
    assert (one.entries, one.coverage) == (other.entries, other.coverage)
    assert not contested(audit.catalogue)


def test_a_list_travels_with_a_signed_ledger(desk: Desk, write_book: WriteBook) -> None:
    mine = Audit(desk.catalogue, StandingClock(), write_book)
    rows = [[n, CODES[0], f"系统{n}", "功能" * 60] for n in range(150)]
    mine.take(mine.file(rows, ["序号", "单位", "系统名称", "业务功能"]))
    colleague = desk.second_coordinator().catalogue
    colleague.restate_decisions(["0" * 64], [])  # forget what the fixture brought without a ledger
    assert not book_of(colleague).lists
    written = export_ledger(
        desk.catalogue, desk.centre.folder, desk.signer, clock=mine.clock, software="t"
    )
    taken = apply_ledger(colleague, written.path, clock=mine.clock)
    assert (taken.outcome, taken.new) == ("applied", written.decisions)
    assert book_of(colleague).lists == book_of(desk.catalogue).lists
    assert compare(colleague).entries == mine.compare().entries


def test_what_two_say_differently_counts_for_nobody_until_it_is_settled(
    audit: Audit, reopened: Reopened
) -> None:
    colleague = Audit(reopened("colleague.censusdb"), audit.clock, audit.book)
    name_coordinator(colleague.catalogue, COORDINATOR + "02")
    path = audit.file()
    audit.take(path)
    colleague.take(path)
    audit.match(4, (FIRST, rid(2)))
    colleague.match(4, None)
    audit.catalogue.append_decisions(colleague.catalogue.decisions(), "0" * 64)
    assert audit.entry("招生录取平台").group == "confirm"
    (matter,) = contested(audit.catalogue)
    choice = next(s.choice for s in matter.sides if rid(2) in s.choice)
    settle(audit.catalogue, matter, choice, "确是同一系统", actor="李", clock=audit.clock)
    assert audit.entry("招生录取平台").by == "person"


def test_it_is_the_same_on_a_server(
    database_server: DatabaseServer, clock: StandingClock, write_book: WriteBook, audit: Audit
) -> None:
    store = made(database_server.address(database_server.new()), clock)
    there = Audit(store, clock, write_book)
    for each in (audit, there):
        each.take()
        each.match(4, (FIRST, rid(2)))
        each.settle("field:4:build_amount_wan", "audit_right")
    assert there.compare().entries == audit.compare().entries
    here = sampling_list(audit.catalogue, clock=clock).departments
    assert sampling_list(store, clock=clock).departments == here
    store.close()


# -- sampling and files ------------------------------------------------------------------------------------------------


def test_the_sampling_list_counts_lateness_care_and_divergence(audit: Audit) -> None:
    audit.deliver(THIRD, [system(6, "取水许可系统")], 2)
    audit.take()
    found = sampling_list(audit.catalogue, clock=audit.clock)
    by_code = {each.conduct.code: each for each in found.departments}
    assert {each.points_for("late") for each in found.departments} == {10}
    assert by_code[THIRD].points_for("careless") == 10  # one error in one record
    assert by_code[SECOND].points_for("divergent") == 20
    assert by_code[FIRST].points_for("divergent") == 0
    assert found.departments[0].conduct.code == SECOND


def test_a_day_of_lateness_begins_in_china(audit: Audit) -> None:
    catalogue, clock = audit.catalogue, audit.clock
    due = min(m.due for m in catalogue.form_set.campaign.milestones if m.step)
    clock.moment = dt.datetime.fromisoformat(
        f"{due}T16:30:00+00:00"
    )  # half an hour into the next day there
    found = sampling_list(catalogue, clock=clock)
    assert found.as_of > due
    assert found.missed


def test_who_is_waited_for_is_sampled_and_compared_and_nobody_else(audit: Audit) -> None:
    section, gone, new = f"{FIRST}-01", "113200009900000506", "113200009900000680"
    for code in (section, gone):
        audit.catalogue.issue(IssuedCertificate(code, code, "", code, "2026-01-01T00:00:00Z"))
    bodies = [Expected(gone, "撤并厅", standing="dropped"), Expected(new, "新设厅")]
    expect(audit.catalogue, bodies, "机构改革", actor="李", clock=audit.clock)
    audit.take()
    found = sampling_list(audit.catalogue, clock=audit.clock).departments
    assert {each.conduct.code for each in found} == {*CODES, new}
    assert {each.department for each in audit.compare().coverage} == {*CODES, new}


def test_what_was_the_lists_mistake_is_not_held_against_a_department(audit: Audit) -> None:
    audit.take()
    audit.settle("field:5:in_use", "census_right")
    audit.settle("row:6", "list_wrong")
    found = sampling_list(audit.catalogue, clock=audit.clock).departments
    assert all(each.points_for("divergent") == 0 for each in found)


def test_who_delivered_in_time_is_not_late(audit: Audit) -> None:
    audit.clock.moment = audit.clock.moment.replace(year=2017, month=10)
    found = sampling_list(audit.catalogue, clock=audit.clock)
    assert all(each.conduct.days_late == 0 for each in found.departments)


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_what_is_written_reads_back_and_is_no_formula(
    audit: Audit, tmp_path: Path, suffix: str
) -> None:
    audit.take(audit.file([*ROWS, [9, "省教育厅", "+1 系统", 1, None, None]]))
    audit.settle("row:6", "to_add")
    target = tmp_path / f"out{suffix}"
    assert write_comparison(audit.compare(), target, "zh") == 8
    (sheet,) = read_sheets(target)
    assert len(sheet.rows) == 9
    told = {row[4]: row for row in sheet.rows}
    assert told["人才管理系统"][10] == "应由部门补报"
    assert told[("'" if suffix == ".csv" else "") + "+1 系统"][0] == "目录中缺"
    write_sample(sampling_list(audit.catalogue, clock=audit.clock), target, "en", count=2)
    (sheet,) = read_sheets(target)
    assert [row[0] for row in sheet.rows] == ["No.", "1", "2"]


def test_another_suffix_is_refused(audit: Audit, tmp_path: Path) -> None:
    audit.take()
    with pytest.raises(UserError) as raised:
        write_comparison(audit.compare(), tmp_path / "out.ods", "zh")
    assert code_of(raised) == "TABLE_SUFFIX"
