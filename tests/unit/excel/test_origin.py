"""Whose template it is: another department's or another round's is asked about, older forms are read by name."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook.defined_name import DefinedName

from census_app import bootstrap
from census_app.errors import UserError
from census_app.formats.book_origin import BookOrigin, read_origin, read_stamp
from census_app.formspec.form_files import read_files
from census_app.services.book_origins import earlier_forms, elsewhere, require_ours
from census_app.services.healing import write_healed
from census_app.services.importing import apply_import, plan_import
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.templating import write_template
from census_app.services.upgrading import upgrade_workspace

OTHER = "11320000014000039B"
Renamed = Callable[..., Path]


@pytest.fixture
def renamed(template: Path, tmp_path: Path) -> Renamed:
    """`renamed(census_department="…")`: the template with other names, as another office's program writes them."""

    def rename(**names: str) -> Path:
        book = openpyxl.load_workbook(template)
        for name, text in names.items():
            book.defined_names[name] = DefinedName(name, attr_text=f'"{text}"')
        path = tmp_path / "别处.xlsx"
        book.save(path)
        return path

    return rename


def test_a_template_says_whose_it_is(template: Path, store: WorkspaceStore) -> None:
    facts = store.facts()
    assert read_origin(template) == BookOrigin(
        facts.department_code, facts.department_name, "v1", "js-2017/1", "zh"
    )


def test_any_other_workbook_says_nothing(tmp_path: Path) -> None:
    book, text = openpyxl.Workbook(), tmp_path / "a.csv"
    book.defined_names["census_department"] = DefinedName("census_department", attr_text="A1:B2")
    book.save(tmp_path / "a.xlsx")
    text.write_text("PK\x03\x04", encoding="utf-8")
    assert read_origin(tmp_path / "a.xlsx") is None
    assert read_origin(text) is None


@pytest.mark.parametrize(
    ("names", "code", "mark"),
    [
        ({"census_department": OTHER}, "TEMPLATE_OTHER_DEPARTMENT", OTHER),
        ({"census_round": "js-2016/1"}, "TEMPLATE_OTHER_ROUND", "js-2016/1"),
        ({"census_round": "js-2017/1-training"}, "TEMPLATE_OTHER_ROUND", "js-2017/1-training"),
    ],
)
def test_anothers_template_is_taken_only_when_somebody_says_so(
    store: WorkspaceStore,
    renamed: Renamed,
    clock: Clock,
    names: dict[str, str],
    code: str,
    mark: str,
) -> None:
    path = renamed(**names)
    plan = plan_import(store, [path], clock=clock)
    assert (plan.operations, plan.placed, plan.tables) == ((), (), ())
    assert [(each.code, each.marks) for each in plan.elsewhere] == [(code, (mark,))]
    with pytest.raises(UserError, match=code):
        require_ours(plan.elsewhere)

    meant = plan_import(store, [path], clock=clock, as_own=[mark.lower()])
    assert meant.elsewhere == ()
    assert (meant.new, meant.changed) == (0, 0)
    assert meant.unchanged > 50


def test_a_sheet_moved_into_another_workbook_still_says_whose_it_is(
    store: WorkspaceStore, template: Path, clock: Clock, tmp_path: Path
) -> None:
    own, other = BookOrigin("A", "甲|乙", "v1", "x/1", "zh"), openpyxl.Workbook()
    assert read_stamp(own.stamp) == replace(own, department_name="甲/乙")
    assert read_stamp("x") is read_stamp("") is None
    theirs = openpyxl.load_workbook(template)["内设机构"]
    sheet = other.active
    assert sheet is not None
    for row in theirs.iter_rows(values_only=True):
        sheet.append(row)
    other.save(tmp_path / "own.xlsx")
    assert read_origin(tmp_path / "own.xlsx") is None
    assert plan_import(store, [tmp_path / "own.xlsx"], clock=clock).elsewhere == ()
    sheet["A1"].value = sheet["A1"].value.replace(store.facts().department_code, OTHER)
    other.save(tmp_path / "theirs.xlsx")
    plan = plan_import(store, [tmp_path / "theirs.xlsx"], clock=clock)
    assert [each.marks for each in plan.elsewhere] == [(OTHER,)]


def test_a_department_takes_what_its_sections_filled_in(
    store: WorkspaceStore, clock: Clock, tmp_path: Path
) -> None:
    facts = store.facts()
    section = BookOrigin(f"{facts.department_code}01", "大气处", "v1", "js-2017/1", "zh")
    sister = replace(section, department=f"{facts.department_code[:-1]}X01")
    path = tmp_path / "t.xlsx"
    assert elsewhere(store, path, [section], []) is None
    assert elsewhere(store, path, [section, sister], []) is not None


def test_both_must_be_said_where_both_differ(
    store: WorkspaceStore, renamed: Renamed, clock: Clock
) -> None:
    path = renamed(census_department=OTHER, census_round="x/2")
    half = plan_import(store, [path], clock=clock, as_own=[OTHER])
    assert [each.marks for each in half.elsewhere] == [("x/2",)]
    assert plan_import(store, [path], clock=clock, as_own=[OTHER, "x/2"]).elsewhere == ()


def test_lists_beside_it_are_taken_all_the_same(
    store: WorkspaceStore, renamed: Renamed, clock: Clock, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["信息资源名称", "信息资源摘要", "更新周期"])
    book.active.append(["另一资源", "另一资源的摘要", "每日"])
    book.save(tmp_path / "list.xlsx")
    paths = [renamed(census_department=OTHER), tmp_path / "list.xlsx"]
    plan = plan_import(store, paths, clock=clock)
    assert (plan.new, len(plan.elsewhere)) == (1, 1)


def test_a_healed_list_says_whose_it_is_too(
    store: WorkspaceStore, clock: Clock, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["信息资源名称", "信息资源摘要", "更新周期"])
    book.active.append(["另一资源", "另一资源的摘要", "常年"])
    book.save(tmp_path / "list.xlsx")
    plan = plan_import(store, [tmp_path / "list.xlsx"], clock=clock)
    apply_import(store, plan, actor="t", clock=clock)
    done = write_healed(store, plan, tmp_path / "back.xlsx", language="zh", clock=clock)
    origin = read_origin(done.path)
    assert origin is not None
    assert origin.department == store.facts().department_code


def test_the_command_refuses_and_takes_it_with_the_mark(
    sample: Path,
    renamed: Renamed,
    tmp_path: Path,
    data_dir: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copy(sample, tmp_path / "a.censusdb")
    file, path = str(tmp_path / "a.censusdb"), str(renamed(census_department=OTHER))
    assert bootstrap.run(["import", file, path, "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert told["error"] == "TEMPLATE_OTHER_DEPARTMENT"
    assert OTHER in told["next"].partition("--as-own")[2]
    assert bootstrap.run(["import", file, path, "--as-own", OTHER, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["unchanged"] > 50


# -- forms -------------------------------------------------------------------------------------------------------------


def test_newer_forms_are_refused(store: WorkspaceStore, renamed: Renamed, clock: Clock) -> None:
    with pytest.raises(UserError, match="TEMPLATE_NEWER"):
        plan_import(store, [renamed(census_form_set="v2")], clock=clock)
    earlier = earlier_forms(store, Path("t.xlsx"))
    assert earlier("v1") is None
    for version in ("v10", "pilot", "v1-pilot"):
        with pytest.raises(UserError, match="TEMPLATE_NEWER"):
            earlier(version)


def test_older_forms_are_read_by_name_and_the_difference_is_told(
    store: WorkspaceStore, v2_folder: Path, clock: Clock, tmp_path: Path
) -> None:
    old = write_template(store, tmp_path / "old.xlsx", language="zh", spare=1).path
    upgrade_workspace(store, read_files(v2_folder), actor="t", clock=clock)
    office = store.form_set.form("internal_office").field_by_id("tasks").label.zh
    book = openpyxl.load_workbook(old)
    sheet = book["内设机构"]
    place = {str(cell.value): cell.column for cell in sheet[1]}
    sheet.cell(6, place["name"]).value = "大气环境处"
    sheet.cell(6, place["duties"]).value = "管大气"
    # Heads that nobody would know by name: the renamed key alone says which question it is.
    sheet.cell(4, place["duties"]).value = "干什么的"
    book.save(old)

    plan = plan_import(store, [old], clock=clock)
    told = {(code, params["sheet"]): params for code, params, _n in plan.told}
    assert told[("TEMPLATE_OLDER", "")]["version"] == "v1"
    assert [code for code, _params in plan.notes].count("TEMPLATE_OLDER") == 1
    new = told[("TEMPLATE_ASKED_NEW", "内设机构")]
    assert "负责人" in new["fields"]
    assert office not in new["fields"]
    gone = store.form_set.form("data_item")
    assert all(field.id != "charset" for field in gone.field)
    assert told[("TEMPLATE_ASKED_NO_MORE", "信息项")]["fields"] == "字符集"
    row = next(each.read for each in plan.placed if each.form == "internal_office")
    assert row.cells["tasks"].text == "管大气"
    assert (plan.new, plan.changed) == (0, 1)


def test_versions_numbered_alike_are_told_apart_without_their_files(
    store: WorkspaceStore, clock: Clock, v2_folder: Path
) -> None:
    upgrade_workspace(store, read_files(v2_folder), actor="t", clock=clock)
    earlier = earlier_forms(store, Path("t.xlsx"))
    assert earlier("v0") == {}
    assert earlier("v1") == {("internal_office", "duties"): "tasks"}
