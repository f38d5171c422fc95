"""`census audit` and `census sample`, called as people call them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from census_app import bootstrap
from census_app.__main__ import main
from tests.audits import FIRST, HEADS, ROWS, SECOND, THIRD, made, rid


@dataclass(frozen=True)
class Said:
    """What a command wrote and how it ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


Say = Callable[..., Said]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Say:
    monkeypatch.setenv("CENSUS_LANG", "zh")

    def run(*arguments: object) -> Said:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        written = capsys.readouterr()
        return Said(code, written.out, written.err)

    return run


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("audit") / "catalogue.censusdb"
    made(path, bootstrap.Services().clock).close()
    return path


@pytest.fixture
def catalogue(furnished: Path, tmp_path: Path) -> Path:
    path = tmp_path / "catalogue.censusdb"
    path.write_bytes(furnished.read_bytes())
    return path


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    for row in (HEADS, *ROWS):
        book.worksheets[0].append(row)
    path = tmp_path / "审计.xlsx"
    book.save(path)
    return path


def test_a_list_is_looked_at_read_and_compared(catalogue: Path, sheet: Path, say: Say) -> None:
    looked = say("audit", catalogue, sheet, "--dry-run")
    assert looked.code == 0
    assert "系统全称" in looked.out
    assert "推测" in looked.out
    assert say("audit", catalogue).err.startswith("AUDIT_NONE")
    read = say("audit", catalogue, sheet, "--json")
    assert read.code == 1
    told = read.json()
    assert told["counts"] == {
        "confirm": 1,
        "missing_here": 2,
        "missing_there": 2,
        "differs": 1,
        "agrees": 1,
    }
    assert (told["unknown_units"], told["not_covered"]) == ({"某某局": 1}, [THIRD])
    again = say("audit", catalogue, sheet)
    assert "没有重复写入" in again.out


def test_every_group_is_worked_off_until_nothing_is_open(
    catalogue: Path, sheet: Path, say: Say, tmp_path: Path
) -> None:
    say("audit", catalogue, sheet)
    matched = say("audit", catalogue, "--match", f"3={rid(2)[-4:]}")
    assert "AUDIT_RECORD" in matched.err  # an id begins, it does not end so
    assert say("audit", catalogue, "--match", f"3={rid(2)}").code == 1
    for place, outcome in (
        ("field:3:build_amount_wan", "both_right"),
        ("field:4:in_use", "census_right"),
        ("row:6", "out_of_scope"),
        (f"record:{FIRST}:{rid(3)}", "audit_missed"),
        (f"record:{SECOND}:{rid(4)}", "newer"),
    ):
        said = say("audit", catalogue, "--outcome", f"{place}={outcome}", "--reason", "已经核实")
        assert "已作出结论" in said.out, said.err
    asked = say(
        "audit", catalogue, "--outcome", "row:5=to_add", "--reason", "请补报该系统", "--ask",
        "--to", tmp_path / "out.xlsx", "--json",
    )  # fmt: skip
    assert (asked.code, asked.json()["open"]) == (0, 0)
    assert len(asked.json()["queries"]) == 1
    assert (tmp_path / "out.xlsx").stat().st_size > 1000
    assert say("audit", catalogue, "--group", "missing_here").out.count("[row:") == 2
    taken = say("audit", catalogue, "--withdraw", "--reason", "读错了")
    assert (taken.code, say("audit", catalogue).code) == (0, 2)


def test_columns_are_corrected_and_passed_on(
    catalogue: Path, sheet: Path, say: Say, tmp_path: Path
) -> None:
    mapped = tmp_path / "map.json"
    said = say(
        "audit", catalogue, sheet, "--dry-run", "--column", "审计意见=", "--column",
        "建设金额（万元）=om_amount_wan", "--save-map", mapped, "--json",
    )  # fmt: skip
    heads = {c["head"]: c["target"] for c in said.json()["columns"]["heads"]}
    assert (heads["审计意见"], heads["建设金额（万元）"]) == ("", "om_amount_wan")
    used = say("audit", catalogue, sheet, "--dry-run", "--map", mapped, "--json").json()
    assert {c["head"]: c["target"] for c in used["columns"]["heads"]} == heads
    moved = say("audit", catalogue, sheet, "--dry-run", "--column", "序号=name", "--json").json()
    targets = [c["target"] for c in moved["columns"]["heads"]]
    assert targets.count("name") == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--column", "没有这一列=name"), "AUDIT_HEAD"),
        (("--column", "name"), "AUDIT_ARGUMENT"),
        (("--sheet", "没有"), "AUDIT_NO_TABLE"),
        (("--form", "department"), "AUDIT_FORM"),
        (("--match", "甲=乙"), "AUDIT_ARGUMENT"),
        (("--outcome", "row:5"), "AUDIT_ARGUMENT"),
        (("--outcome", "row:5=good", "--reason", "已经核实"), "AUDIT_OUTCOME"),
        (("--to", "out.pdf"), "TABLE_SUFFIX"),
        (("--unit", "某某局"), "AUDIT_ARGUMENT"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_next_step(
    catalogue: Path, sheet: Path, say: Say, arguments: tuple[str, ...], code: str
) -> None:
    said = say("audit", catalogue, sheet, *arguments)
    assert (said.code, said.err.split(":")[0]) == (2, code)
    assert "→" in said.err


def test_coverage_and_sampling_list(catalogue: Path, sheet: Path, say: Say, tmp_path: Path) -> None:
    said = say("audit", catalogue, sheet, "--unit", f"某某局={THIRD}", "--json").json()
    assert said["unknown_units"] == {}
    covered = say("audit", catalogue, "--coverage").out
    assert "江苏省水利厅" in covered
    sampled = say("sample", catalogue, "--json").json()
    assert sampled["lists"] == 1
    points = [each["points"] for each in sampled["departments"]]
    assert points == sorted(points, reverse=True)
    first = say("sample", catalogue, "--count", 1, "--to", tmp_path / "s.csv")
    assert "江苏省科学技术厅" in first.out
    assert (tmp_path / "s.csv").read_text("utf-8-sig").count("\n") == 2
    english = say("--lang", "en", "sample", catalogue)
    assert "days late" in english.out
