"""An unknown header is asked about once: by kind of list, as a file, and again only when the answer is given anew."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_app import bootstrap
from census_app.errors import UserError
from census_app.formats.column_files import ColumnFile, column_file, read_column_file, shape_of
from census_app.services.importing import plan_import
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.remembered_columns import (
    RememberedColumns,
    possible_fields,
    questions_of,
    read_mapping,
    remember_for,
    write_questions,
)


@pytest.fixture
def listing(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["信息资源名称", "信息资源摘要", "牵头科室", "怪列", "共享类型"])
    sheet.append(["甲信息", "甲的摘要说明文字", "大气处", "x", "无条件共享"])
    path = tmp_path / "list.xlsx"
    book.save(path)
    return path


def test_an_answer_is_used_for_the_same_kind_of_list(
    store: WorkspaceStore, clock: Clock, listing: Path, tmp_path: Path
) -> None:
    memory = RememberedColumns(tmp_path)
    plan = plan_import(store, [listing], clock=clock, remembered=memory)
    questions = questions_of(plan)
    assert [(q.header, q.samples, q.filled) for q in questions] == [
        ("牵头科室", ("大气处",), 1),
        ("怪列", ("x",), 1),
    ]
    offered = [
        f"{ref.form}.{ref.field}" for ref, _zh, _en in possible_fields(store.form_set, questions[0])
    ]
    assert "information_resource.provider_office" in offered
    assert "data_item.name" in offered
    assert "information_resource.name" not in offered  # another column gives it
    answers = {"牵头科室": "information_resource.provider_office", "怪列": ""}
    memory.remember(questions[0].shape, answers)
    plan = plan_import(store, [listing], clock=clock, remembered=memory)
    assert questions_of(plan) == []
    assert plan.notes == ()
    read = plan.placed[0].read
    assert read.cells["provider_office"].text == "大气处"
    other = RememberedColumns(tmp_path / "elsewhere")
    assert len(questions_of(plan_import(store, [listing], clock=clock, remembered=other))) == 2


def test_a_sheet_nobody_knows_is_read_by_a_mapping_and_then_remembered(
    store: WorkspaceStore, clock: Clock, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["叫法", "说法", "给不给"])
    sheet.append(["乙信息", "乙的摘要说明文字", "无条件共享"])
    path = tmp_path / "odd.xlsx"
    book.save(path)
    with pytest.raises(UserError, match="IMPORT_NOTHING"):
        plan_import(store, [path], clock=clock)
    mapping = {
        "叫法": "information_resource.name",
        "说法": "information_resource.abstract",
        "给不给": "information_resource.share_type",
    }
    memory = RememberedColumns(tmp_path)
    plan = plan_import(store, [path], clock=clock, mapping=mapping, remembered=memory)
    assert plan.new == 1
    remember_for(plan, mapping, memory)
    assert plan_import(store, [path], clock=clock, remembered=memory).new == 1


def test_a_remembered_field_that_is_gone_is_asked_again(
    store: WorkspaceStore, clock: Clock, listing: Path, tmp_path: Path
) -> None:
    memory = RememberedColumns(tmp_path)
    shape = questions_of(plan_import(store, [listing], clock=clock))[0].shape
    memory.remember(shape, {"牵头科室": "information_resource.no_such_field"})
    assert len(questions_of(plan_import(store, [listing], clock=clock, remembered=memory))) == 2


def test_the_order_of_columns_is_no_other_kind_of_list() -> None:
    assert shape_of(["甲", "乙（必填项）"]) == shape_of(["乙", "甲 "])
    assert shape_of(["甲", "乙"]) != shape_of(["甲", "丙"])


@settings(max_examples=8)
@given(st.dictionaries(st.text(min_size=1, max_size=20), st.sampled_from(["", "data_item.name"])))
def test_any_header_survives_the_file(
    tmp_path_factory: pytest.TempPathFactory, columns: dict[str, str]
) -> None:
    path = tmp_path_factory.mktemp("columns") / "a.toml"
    columns = {key: value for key, value in columns.items() if key.isprintable()}
    notes = dict.fromkeys(columns, "第一行\n第二行\x00")
    path.write_bytes(column_file(ColumnFile("ab", columns), ["一句\n话"], notes))
    assert read_column_file(path) == ColumnFile("ab", columns)


def test_files_that_are_none_are_refused(store: WorkspaceStore, tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    for text, code in (
        ("[columns", "MAPPING_FILE"),
        ("x = 1", "MAPPING_FILE"),
        ("[columns]\na = 1", "MAPPING_FILE"),
        ('[columns]\n"a" = "no_such_field"', "HEADER_MAPPING"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(UserError, match=code):
            read_mapping(path, store.form_set)
    path.write_bytes(b"#" * 1_100_000)
    with pytest.raises(UserError, match="MAPPING_FILE"):
        read_mapping(path, store.form_set)


def test_the_commands_write_take_and_remember(
    store: WorkspaceStore, listing: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(store.path)
    store.close()
    to = tmp_path / "columns.toml"
    bootstrap.run(["import", file, str(listing), "--dry-run", "--save-mapping", str(to)])
    text = to.read_text(encoding="utf-8")
    assert '"牵头科室" = ""  # 大气处' in text
    to.write_text(
        text.replace('"牵头科室" = ""', '"牵头科室" = "information_resource.provider_office"'),
        encoding="utf-8",
    )
    bootstrap.run(["import", file, str(listing), "--mapping", str(to)])
    capsys.readouterr()
    bootstrap.run(["import", file, str(listing), "--dry-run", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["tables"][0]["unmatched"] == []
    assert told["unchanged"] == 1


def test_questions_of_one_kind_keep_its_shape(
    store: WorkspaceStore, clock: Clock, listing: Path, tmp_path: Path
) -> None:
    questions = questions_of(plan_import(store, [listing], clock=clock))
    write_questions(tmp_path / "q.toml", questions, store.form_set, "en")
    assert read_column_file(tmp_path / "q.toml").shape == questions[0].shape
