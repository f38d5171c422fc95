"""`census campaign`, `census archive`, `census list`, called as people call them."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from census_app import bootstrap
from census_app.__main__ import main

WATER, SCHOOL = "11320000014000146F", "11320000014000137H"
Run = Callable[..., tuple[int, Any]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command with `--json` and return how it ended and what it answered."""

    def call(*arguments: object) -> tuple[int, Any]:
        capsys.readouterr()
        code = main([*(str(argument) for argument in arguments), "--json"])
        out = capsys.readouterr().out
        return code, json.loads(out) if out.strip() else None

    return call


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    path = tmp_path / "目录.censusdb"
    with closing(bootstrap.create_catalogue(path, name="测试中心", roots_pem="")) as store:
        store.store_coordinator("11320000990000041T", "测试中心", "")
    return path


def test_a_list_is_taken_in_and_what_became_of_whom_is_said(
    run: Run, catalogue: Path, tmp_path: Path
) -> None:
    listed = tmp_path / "名单.csv"
    listed.write_text(f"单位名称,代码\n水利厅,{WATER}\n教育厅,{SCHOOL}\n", encoding="utf-8")
    assert run("campaign", "expect", catalogue, listed, "--reason", "苏编办1号") == (
        0,
        {"decided": 2, "given": 2, "unusable": []},
    )
    listed.write_text(f"单位名称,代码\n水利厅,{WATER}\n错,{WATER[:17]}0\n", encoding="utf-8")
    code, said = run("campaign", "expect", catalogue, listed, "--reason", "再导")
    assert (code, said["decided"], len(said["unusable"])) == (1, 0, 1)

    mark = ("campaign", "mark", catalogue, SCHOOL)
    assert run(*mark, "--into", WATER, "--reason", "机构改革")[0] == 0
    assert (
        run("campaign", "mark", catalogue, WATER, "--name", "水利和湖泊厅", "--reason", "改名")[0]
        == 0
    )
    assert run(*mark, "--into", SCHOOL, "--reason", "并入自己")[0] == 2
    _code, shown = run("campaign", "show", catalogue)
    found = {each["code"]: each for each in shown["departments"]}
    assert (found[SCHOOL]["standing"], found[SCHOOL]["into"]) == ("merged", WATER)
    assert (found[WATER]["name"], found[WATER]["former"]) == ("水利和湖泊厅", "水利厅")
    assert not found[WATER]["enrolled"]
    assert "audit" in {each["id"] for each in shown["milestones"]}


def test_dates_are_moved_in_a_form_set_that_is_written(
    run: Run, catalogue: Path, tmp_path: Path
) -> None:
    dates = ("campaign", "dates", catalogue, "--to", tmp_path / "forms")
    assert run(*dates, "--due", "audit=2027-03-01")[0] == 0
    assert '"2027-03-01"' in (tmp_path / "forms" / "campaign.toml").read_text(encoding="utf-8")
    assert run(*dates, "--due", "audit=2027-03-02")[0] == 2  # the folder is not empty any more
    assert run(*dates, "--due", "audit")[0] == 2


def test_an_empty_catalogue_has_no_archive_and_wrong_questions_are_refused(
    run: Run, catalogue: Path, tmp_path: Path
) -> None:
    assert run("archive", catalogue) == (0, {"packages": [], "written": []})
    assert run("archive", catalogue, "--package", "abcd")[0] == 2
    assert run("list", catalogue, "data_item", "--search", "水质") == (
        0,
        {"found": 0, "records": []},
    )
    assert run("list", catalogue, "nothing")[0] == 2
    assert run("list", catalogue, "data_item", "--where", "nothing=1")[0] == 2
    path = tmp_path / "x.csv"
    code, said = run(
        "list", catalogue, "information_resource", "--where", "share_type=1", "--to", path
    )
    assert (code, said["records"]) == (0, 0)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
