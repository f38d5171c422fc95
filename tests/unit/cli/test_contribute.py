"""`census contribute`, `apply` of a contribution and `conflicts`, as two people on two PCs call them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from census_app import bootstrap
from census_app.__main__ import main
from census_app.domain.records import RecordId
from census_app.services.editing import RecordEditor, create_record

PASSPHRASE = "四只白鹭 飞过 7 条河"  # noqa: S105  # made for this test
CODE = "11320000990000033D"
BODY = "11320000990000017P"
SECTION = CODE + "A1"
OFFICE = "internal_office"


def call(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


@dataclass(frozen=True)
class Pair:
    folder: Path
    department: Path
    section: Path


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pair:
    monkeypatch.setenv("CENSUS_DATA_DIR", str(tmp_path / "data"))
    secret = tmp_path / "passphrase.txt"
    secret.write_text(PASSPHRASE + "\n", encoding="utf-8")
    by_file = ("--passphrase-file", secret)
    catalogue, root = tmp_path / "province.censusdb", tmp_path / "stick"
    assert call("catalogue", "new", catalogue, "--root-key", root, "--code", BODY, *by_file) == 0
    files = {}
    for code, name in ((CODE, "省样例局"), (SECTION, "省样例局信息处")):
        file, out = tmp_path / f"{code}.censusdb", tmp_path / code
        before = set((tmp_path / "data" / "keys").glob("*.pem"))  # the coordinator's among them
        assert call("new", file, "--department", name, "--code", code) == 0
        assert call("enrol", file, "--to", out, *by_file) == 0
        [request] = out.glob("*.census")
        [key] = set((tmp_path / "data" / "keys").glob("*.pem")) - before
        told = " ".join(re.findall("....", key.stem))
        let_in = ("catalogue", "enrol", catalogue, request, "--confirm", told)
        assert call(*let_in, "--root-key", root, "--to", out, *by_file) == 0
        assert call("apply", file, out / f"{code}.crt") == 0
        files[code] = file
    return Pair(tmp_path, files[CODE], files[SECTION])


@pytest.fixture
def answer(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Any]]:
    """Run a command with `--json` and return its exit code and its answer."""

    def run(*arguments: object) -> tuple[int, Any]:
        capsys.readouterr()
        code = call(*arguments, "--json")
        return code, json.loads(capsys.readouterr().out)

    return run


def contribute(pair: Pair, file: Path, *more: object) -> tuple[object, ...]:
    secret = pair.folder / "passphrase.txt"
    return ("contribute", file, "--to", pair.folder / "out", "--passphrase-file", secret, *more)


def edit(file: Path, office: str, name: str) -> str:
    store = bootstrap.open_workspace(file)
    clock = bootstrap.SystemClock()
    try:
        if not office:
            return create_record(store, OFFICE, {"name": name}, actor="李", clock=clock)
        RecordEditor(store, OFFICE, RecordId(office), actor="李", clock=clock).set_text(
            "name", name
        )
        return office
    finally:
        store.close()


def test_up_down_conflict_and_decision(
    pair: Pair, answer: Callable[..., tuple[int, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    office = edit(pair.section, "", "信息处")
    code, sent = answer(*contribute(pair, pair.section))
    assert (code, sent["audience"], sent["sequence"], sent["left_out"]) == (0, CODE, 1, [])

    code, looked = answer("apply", pair.department, sent["package"], "--dry-run")
    assert (code, looked["added"], looked["new"]) == (0, 1, False)
    code, taken = answer("apply", pair.department, sent["package"])
    assert (code, taken["added"], taken["new"], taken["conflicts"]) == (0, 1, True, 0)
    code, again = answer("apply", pair.department, sent["package"])
    assert (code, again["code"], again["new"]) == (0, "APPLIED_CONTRIBUTION_KNOWN", False)

    edit(pair.section, office, "数据处")
    edit(pair.department, office, "大数据处")
    _code, sent = answer(*contribute(pair, pair.section))
    code, taken = answer("apply", pair.department, sent["package"])
    assert (code, taken["conflicts"], taken["waiting"]) == (1, 1, 1)
    code, [waiting] = answer("conflicts", pair.department)
    assert (code, waiting["ours"], waiting["theirs"]) == (1, "大数据处", "数据处")

    code, refused = answer(*contribute(pair, pair.department, "--audience", SECTION))
    assert (code, refused["error"]) == (2, "EXPORT_CONFLICTS")
    assert call("--lang", "en", "conflicts", pair.department) == 1
    said = capsys.readouterr().out
    assert "was 信息处; ours 大数据处; theirs 数据处" in said
    assert waiting["id"][:8] in said

    decide = ("conflicts", pair.department, waiting["id"][:8], "--theirs")
    assert answer(*decide, "--reason", "已核对")[:2] == (0, [])
    code, sent = answer(*contribute(pair, pair.department, "--audience", SECTION))
    assert code == 0
    code, taken = answer("apply", pair.section, sent["package"])
    assert (code, taken["added"], taken["changed"], taken["conflicts"]) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["abcd"], "CONFLICT_CHOICE"),
        (["--ours"], "CONFLICT_CHOICE"),
        (["abcd", "--ours", "--theirs"], "CONFLICT_CHOICE"),
        (["abcd", "--ours", "--reason", "已核对"], "CONFLICT_UNKNOWN"),
        (["abcd", "--value", "甲"], "CONFLICT_REASON"),
    ],
)
def test_a_decision_that_is_not_one_says_how(
    tmp_path: Path, arguments: list[str], code: str, answer: Callable[..., tuple[int, Any]]
) -> None:
    file = tmp_path / "w.censusdb"
    assert call("new", file, "--department", "省样例局", "--code", CODE) == 0
    ended, told = answer("conflicts", file, *arguments)
    assert (ended, told["error"]) == (2, code)
    assert told["next"]


def test_nothing_to_decide_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "w.censusdb"
    assert call("new", file, "--department", "省样例局", "--code", CODE) == 0
    assert call("conflicts", file) == 0
    assert "没有待决的冲突" in capsys.readouterr().out
