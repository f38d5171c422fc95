"""`census similar` as a person calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from census_app import bootstrap
from census_app.__main__ import main
from census_app.services.deduplicating import keep_apart, similar
from census_app.services.editing import create_record

FORM = "information_system"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CENSUS_DATA_DIR", str(tmp_path / "data"))
    path = tmp_path / "office.censusdb"
    services = bootstrap.Services(actor="t")
    store = services.create_workspace(path, "江苏省第一样例厅", "11320000990000017P")
    for name in ("监测系统1", "监测系统2", "许可系统"):
        create_record(store, FORM, {"name": name}, actor="t", clock=services.clock)
    store.close()
    return path


def test_groups_are_told_and_the_exit_code_says_that_there_are_some(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--lang", "zh", "similar", str(file)]) == 1
    told = capsys.readouterr().out
    assert "末尾数字不同" in told
    assert "监测系统2" in told
    assert "许可系统" not in told
    assert main(["similar", str(file), "--form", FORM, "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["undecided"] == 1
    assert [r["title"] for r in document["groups"][0]["records"]] == ["监测系统1", "监测系统2"]


def test_what_was_set_aside_is_told_only_when_asked_for(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    services = bootstrap.Services(actor="t")
    store = services.open_workspace(file)
    keep_apart(
        store, similar(store, FORM)[0], "两套不同的系统", (), actor="t", clock=services.clock
    )
    store.close()
    assert main(["similar", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["groups"] == []
    assert main(["--lang", "en", "similar", str(file), "--all"]) == 0
    assert "No duplicate: 两套不同的系统" in capsys.readouterr().out


def test_an_unknown_form_is_said(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["similar", str(file), "--form", "no_such"]) == 2
    assert "no_such" in capsys.readouterr().err
