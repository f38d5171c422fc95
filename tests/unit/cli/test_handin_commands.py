"""The hand-in on the command line: the map, the review within the department, and what an export says of both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from census_app.__main__ import main
from census_app.assets import resource

CODE = "11320000990000033D"
LISTS = resource("samples", "market", "census_list.xlsx")
PASSPHRASE = "四只白鹭 飞过 7 条河"  # noqa: S105  # made for this test


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A department with its lists imported."""
    monkeypatch.setenv("CENSUS_DATA_DIR", str(tmp_path / "data"))
    made = tmp_path / "office.censusdb"
    assert main(["new", str(made), "--department", "江苏省市场监督管理局", "--code", CODE]) == 0
    assert main(["import", str(made), str(LISTS)]) in {0, 1}
    return made


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main([str(a) for a in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def answer(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    _code, out, _err = run(capsys, *arguments, "--json")
    return json.loads(out)


def test_the_map_is_printed_and_answered_as_json(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _err = run(capsys, "--lang", "zh", "check", file, "--map")
    assert code == 1
    assert "信息资源大普查" in out
    assert "✕" in out
    code, out, _err = run(capsys, "--lang", "en", "check", file, "--map")
    assert "Quantities" in out
    found = answer(capsys, "check", file, "--map")
    forms = {each["form"]: each for each in found["map"]}
    resources = forms["information_resource"]
    assert resources["records"] == len(resources["rows"])
    assert resources["clean"] == sum(row["problems"] == 0 for row in resources["rows"])
    assert {len(row["cells"]) for row in resources["rows"]} == {len(resources["sections"])}
    weights = [-row["problems"] for row in resources["rows"]]
    assert weights == sorted(weights)


def test_the_review_within_the_department_by_command(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(capsys, "approve", file)["state"] == "draft"
    assert answer(capsys, "approve", file, "--submit")["state"] == "submitted"
    returned = answer(capsys, "approve", file, "--return", "请补充第三条")
    assert (returned["state"], returned["acts"][-1]["remark"]) == ("returned", "请补充第三条")
    approved = answer(capsys, "approve", file, "--by", "王芳", "--office", "副处长")
    assert (approved["state"], approved["acts"][-1]["office"]) == ("approved", "副处长")
    for language, word in (("zh", "部门审核通过"), ("en", "Approved")):
        code, out, _err = run(capsys, "--lang", language, "approve", file)
        assert code == 0
        assert word in out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--submit", "--by", "王芳"), "CLI_APPROVE_ONE"),
        (("--by", "王芳"), "APPROVAL_NAME"),
        (("--return", "不"), "REASON_TOO_SHORT"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_written(
    file: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: str
) -> None:
    status, out, _err = run(capsys, "approve", file, *arguments, "--json")
    assert status == 2
    assert json.loads(out)["error"] == code
    assert answer(capsys, "approve", file)["acts"] == []


def test_an_export_keeps_a_copy_and_says_how_it_stood(
    file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CENSUS_PASSPHRASE", PASSPHRASE)
    assert run(capsys, "enrol", file, "--to", tmp_path / "out")[0] == 0
    export = ("export", file, "--to", tmp_path / "stick", "--announce-unfinished")
    monkeypatch.setenv("CENSUS_PASSPHRASE", PASSPHRASE)
    first = answer(capsys, *export)
    assert (first["approval"], first["unchanged"]) == ("draft", False)
    assert Path(first["kept"]).read_bytes() == Path(first["package"]).read_bytes()
    assert Path(first["kept"]).parent == file.with_name(file.name + ".packages")
    monkeypatch.setenv("CENSUS_PASSPHRASE", PASSPHRASE)
    code, out, _err = run(capsys, "--lang", "en", *export)
    assert code == 0
    assert "Nothing has changed since the last hand-in" in out
