from __future__ import annotations

from array import array
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from census_app import bootstrap
from census_app.domain.findings import Finding, Severity
from census_app.domain.records import RecordId
from census_app.formspec.choices import ChoiceIndex
from census_app.formspec.types import Context
from census_app.ui.department.problem_groups import Group
from census_app.ui.forms.grid import ChildGrid, grid_columns
from census_app.ui.forms.titles import TitleCache
from census_app.ui.models.problem_list import SAID, STANDS, WHAT, ProblemListModel
from census_app.ui.models.record_table import (
    ID_ROLE,
    PAGE,
    PAGES_KEPT,
    PLACEHOLDER,
    STATE,
    Column,
    RecordTableModel,
    RowProblems,
    TableRow,
)
from census_app.ui.models.text_table import Cell, Heading, TextTableModel
from census_app.ui.shell.guide import GuideEntry, GuideModel
from census_app.ui.shell.translation import Words

FORM_SET = bootstrap.shipped_form_set()
COLUMNS = (Column("name", "名称"), Column("size", "数量", right=True), Column(STATE, "状态"))


def make_row(key: int) -> TableRow:
    return TableRow(key, RecordId(f"{key:032x}"), {"name": f"资源{key}", "size": str(key)})


def make_model(total: int, words: Words) -> tuple[RecordTableModel, list[int]]:
    model = RecordTableModel(COLUMNS, words)
    wanted: list[int] = []
    model.page_wanted.connect(wanted.append)
    model.set_keys(array("q", range(total)))
    return model, wanted


def answer(model: RecordTableModel, page: int) -> None:
    model.put_page(model.generation, page, [make_row(k) for k in model.page_keys(page)])


def test_the_model_of_records_obeys_qts_rules(
    themed: QApplication, words: Words, qtmodeltester: Any
) -> None:
    model, wanted = make_model(450, words)
    qtmodeltester.check(model)
    for page in list(wanted):
        answer(model, page)
    qtmodeltester.check(model)


def test_a_row_is_asked_for_when_it_is_looked_at_and_once(
    themed: QApplication, words: Words
) -> None:
    model, wanted = make_model(500_000, words)
    assert wanted == []
    assert model.index(300, 0).data() == PLACEHOLDER
    assert model.index(301, 0).data() == PLACEHOLDER
    assert wanted == [1]
    answer(model, 1)
    assert model.index(300, 0).data() == "资源300"
    assert model.index(300, 0).data(ID_ROLE) == f"{300:032x}"
    assert wanted == [1]


def test_only_the_last_pages_are_kept(themed: QApplication, words: Words) -> None:
    model, wanted = make_model(PAGE * (PAGES_KEPT + 5), words)
    for page in range(PAGES_KEPT + 1):
        answer(model, page)
    assert model.row_at(0) is None
    assert model.row_at(PAGE) is not None
    assert model.index(0, 0).data() == PLACEHOLDER
    assert wanted == [0]


def test_an_answer_to_an_older_query_is_dropped(themed: QApplication, words: Words) -> None:
    model, _wanted = make_model(10, words)
    old = model.generation
    model.set_keys(array("q", [7, 8]))
    model.put_page(old, 0, [make_row(1)])
    assert model.row_at(0) is None
    assert model.find_key(8) == 1
    assert model.find_key(99) == -1


def test_a_refreshed_page_keeps_its_rows_until_the_new_ones_come(
    themed: QApplication, words: Words
) -> None:
    model, wanted = make_model(10, words)
    answer(model, 0)
    model.refresh()
    assert model.index(3, 0).data() == "资源3"
    assert wanted == [0]


def test_the_state_of_a_record_is_a_word_with_an_icon(themed: QApplication, words: Words) -> None:
    model, _wanted = make_model(3, words)
    answer(model, 0)
    model.set_problems(
        {make_row(0).id: RowProblems(errors=2), make_row(1).id: RowProblems(warnings=1)}
    )
    assert [model.index(r, 2).data() for r in range(3)] == ["2 个错误", "1 个警告", "合格"]
    assert not model.index(0, 2).data(Qt.ItemDataRole.DecorationRole).isNull()


def test_figures_and_their_heads_stand_at_the_right(themed: QApplication, words: Words) -> None:
    model, _wanted = make_model(1, words)
    role = Qt.ItemDataRole.TextAlignmentRole
    assert model.index(0, 1).data(role) & Qt.AlignmentFlag.AlignRight
    head = model.headerData(1, Qt.Orientation.Horizontal, role)
    assert isinstance(head, Qt.AlignmentFlag)
    assert head & Qt.AlignmentFlag.AlignRight
    assert not model.index(0, 0).data(role) & Qt.AlignmentFlag.AlignRight


@pytest.fixture
def grid(themed: QApplication, words: Words) -> ChildGrid:
    context = Context(FORM_SET, ChoiceIndex(FORM_SET), TitleCache())
    made = ChildGrid(FORM_SET.form("data_item"), context, words)
    made.model.set_keys(array("q", range(3)))
    rows = [
        TableRow(k, RecordId(f"{k:032x}"), {"name": f"项{k}", "data_length": "8"}) for k in range(3)
    ]
    made.model.put_page(made.model.generation, 0, rows)
    return made


def test_the_model_of_the_grid_obeys_qts_rules(grid: ChildGrid, qtmodeltester: Any) -> None:
    qtmodeltester.check(grid.model)


def test_a_grid_has_a_column_for_every_field_the_name_first() -> None:
    form = FORM_SET.form("data_item")
    columns = grid_columns(form, "zh")
    assert columns[0].id == form.title
    assert {c.id for c in columns} == {f.id for f in form.stored_fields}


def make_finding(record: int, rule: str = "RES-2", field: str = "name") -> Finding:
    return Finding(
        rule, Severity.ERROR, "information_resource", RecordId(f"{record:032x}"), (field,),
        title=f"资源{record}",
    )  # fmt: skip


def group_of(key: str, findings: tuple[Finding, ...]) -> Group:
    return Group((key,), key, "改名", findings, 0)


def test_the_list_of_problems_obeys_qts_rules_and_cuts_nothing_off(
    themed: QApplication, words: Words, qtmodeltester: Any
) -> None:
    context = Context(FORM_SET, ChoiceIndex(FORM_SET), TitleCache())
    model = ProblemListModel(context, words, lambda _f: "")
    many = tuple(make_finding(n) for n in range(1500))
    model.show_groups([group_of("RES-2", many), group_of("RES-4", (make_finding(1, "RES-4"),))])
    qtmodeltester.check(model)
    assert model.rowCount() == 2
    assert model.index(0, STANDS).data() == "1\u00a0500"
    model.set_open(0, opened=True)
    qtmodeltester.check(model)
    assert model.rowCount() == 1502
    assert model.index(1500, WHAT).data() == "资源1499"
    assert model.index(1500, SAID).data().startswith("信息资源名称重复")
    assert model.place(1501) == (1, -1)
    assert len(model.findings_of_rows([(0, 0)])) == 1500
    assert model.findings_of_rows([(2, 3)]) == list(many[1:3])
    assert len(model.findings_of_rows([(1499, 1501)])) == 3
    model.set_open(0, opened=False)
    assert model.rowCount() == 2


def test_an_open_group_stays_open_after_the_next_check(themed: QApplication, words: Words) -> None:
    context = Context(FORM_SET, ChoiceIndex(FORM_SET), TitleCache())
    model = ProblemListModel(context, words, lambda _f: "")
    model.show_groups([group_of("RES-2", (make_finding(1), make_finding(2)))])
    model.set_open(0, opened=True)
    model.show_groups(
        [group_of("RES-4", (make_finding(1, "RES-4"),)), group_of("RES-2", (make_finding(2),))]
    )
    assert (model.is_open(0), model.is_open(1), model.rowCount()) == (False, True, 3)
    assert model.row_of(make_finding(2)) == 2
    assert model.row_of(make_finding(9)) == -1


def test_tables_of_texts_and_the_guide_obey_qts_rules(
    themed: QApplication, qtmodeltester: Any
) -> None:
    table = TextTableModel([Heading("文件"), Heading("数量", 80, right=True)])
    table.show_rows([("a.xlsx", Cell("3", None, "bad"))], ["payload"])
    qtmodeltester.check(table)
    guide = GuideModel()
    guide.show_entries([GuideEntry("a", "部门", 1, 2), GuideEntry("b", "检查", note="4 待处理")])
    qtmodeltester.check(guide)
    said = guide.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "部门 1 / 2"
