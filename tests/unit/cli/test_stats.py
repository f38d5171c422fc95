"""`census stats`, the reports of a whole catalogue and the national sheet, called as a person calls them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import python_calamine

from census_app import bootstrap
from census_app.__main__ import main
from census_app.domain.indicators import BY_ID
from census_app.formats.sheets import read_sheets
from census_app.formats.tables import find_tables
from census_app.formats.templates import recognise
from census_app.services.national_sheet import national_heads
from census_app.storage import catalogue
from tests.unit.services.province_lines import HEALTH, SILENT, facts, fill

Told = tuple[int, str, str]
Say = Callable[..., Told]


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    form_set = bootstrap.shipped_form_set()
    path = tmp_path_factory.mktemp("stats") / "c.censusdb"
    fill(catalogue.create(path, form_set, facts(form_set))).close()
    return path


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], data_dir: Path) -> Say:
    del data_dir

    def run(*arguments: object) -> Told:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def read(told: Told) -> Any:
    assert told[0] == 0, told[2]
    return json.loads(told[1])


def test_a_number_and_its_list_agree_on_the_command_line(target: Path, say: Say) -> None:
    figures = read(say("stats", target, "--json"))["indicators"]
    assert figures.keys() == BY_ID.keys()
    assert figures["connection_rate"] == "66.7%"
    listed = read(say("stats", target, "--list", "connected", "--json"))
    assert (listed["indicator"], listed["count"], len(listed["rows"])) == ("connected", 4, 4)
    one = read(say("stats", target, "--list", "connected", "--department", HEALTH, "--json"))
    assert [row[0] for row in one["rows"]] == ["系统12", "系统13"]
    nobody = say("--lang", "en", "stats", target, "--list", "systems", "--department", SILENT)
    assert nobody[:2] == (0, "No records.\n")


def test_every_figure_with_how_it_is_counted(target: Path, say: Say) -> None:
    code, out, _err = say("--lang", "en", "stats", target, "--all")
    assert code == 0
    assert len(out.splitlines()) == len(BY_ID) + 1
    assert "Connected ÷ must connect" in out
    alone = read(say("stats", target, "--department", HEALTH, "--json"))
    assert alone["indicators"]["resources"]["value"] == "3"


@pytest.mark.parametrize("by", ["city", "theme", "secrecy"])
def test_figures_are_broken_down_and_written(
    target: Path, say: Say, tmp_path: Path, by: str
) -> None:
    lines = read(say("stats", target, "--by", by, "--json"))["lines"]
    assert lines
    path = tmp_path / "表.xlsx"
    assert say("stats", target, "--by", by, "--to", path)[0] == 0
    rows = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows[1:]] == [line["label"] for line in lines]


def test_who_is_late(target: Path, say: Say) -> None:
    found = {m["id"]: m for m in read(say("stats", target, "--milestones", "--json"))["milestones"]}
    assert {late["code"]: late["reasons"] for late in found["om_funding"]["open"]} == {
        HEALTH: {"funding": 2},
        SILENT: {"departments_missing": 1},
    }
    code, out, _err = say("--lang", "zh", "stats", target, "--milestones")
    assert code == 0
    assert "沉默厅" in out
    assert "本目录的数据不反映这一节点" in out


def test_the_trend_names_days_and_ends_today(target: Path, say: Say) -> None:
    points = read(say("stats", target, "--trend", "--json"))["points"]
    assert len(points) == 2
    assert points[0]["day"] == "2018-01-06"
    assert points[0]["indicators"]["systems_integrated"] == "1"
    assert points[1]["indicators"]["systems_integrated"] == "2"


def test_what_there_is_not_is_named(target: Path, say: Say) -> None:
    for option, given, code in (
        ("--list", "nothing", "INDICATOR_UNKNOWN"),
        ("--by", "name", "BREAKDOWN_UNKNOWN"),
    ):
        ended, _out, err = say("stats", target, option, given)
        assert (ended, code in err) == (2, True)


@pytest.mark.parametrize("kind", ["indicators", "funding"])
def test_a_whole_catalogue_is_printed(target: Path, say: Say, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.pdf"
    assert read(say("report", kind, target, "--to", path, "--json"))["pages"] > 0
    assert path.read_bytes()[:5] == b"%PDF-"


def test_the_national_sheet_is_read_back_as_the_national_template(
    target: Path, say: Say, tmp_path: Path
) -> None:
    path = tmp_path / "national.xlsx"
    done = read(say("publish", "national", target, "--to", path, "--json"))
    assert (done["resources"], done["rows"], done["unknown"]) == (4, 4, 6)
    rows = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    upper, lower = rows[1:3]
    assert [b or a for a, b in zip(upper, lower, strict=True)] == list(national_heads("\n"))
    assert upper[35] == "信息资源大普查"
    assert len(national_heads()) == 53
    head = list(national_heads())
    at = head.index("信息资源名称（必填项）")
    named = {row[at]: dict(zip(head, row, strict=True)) for row in rows[3:]}
    assert named["资源20"]["类分类（必填项）"] == "部门政务信息资源目录"
    assert named["资源20"]["信息项名称（必填项）"] == "项30"
    assert named["资源20"]["已开放结构化记录数（必填项）"] == "0"  # unknown here
    assert named["资源21"]["共享类型（必填项）"] == "不予共享"  # what its item says itself
    assert named["资源21"]["是否向社会开放（必填项）"] == "否"
    assert named["资源21"]["共享条件（必填项）"] == ""  # the resource's speaks of another type
    assert named["资源21"]["开放条件（选填项）"] == ""
    assert named["资源22"]["共享条件（必填项）"] == "无条件"
    assert named["资源51"]["信息项名称（必填项）"] == ""
    form_set = bootstrap.shipped_form_set()
    (table,) = find_tables(read_sheets(path)[0], form_set)
    assert recognise(table, form_set).id == "NT-53"
    assert (len(table.class_columns), len(table.columns)) == (26, 27)
    only = read(say("publish", "national", target, "--department", SILENT, "--to", path, "--json"))
    assert only["rows"] == 0
