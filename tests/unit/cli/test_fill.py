"""`census fill` as a person calls it."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from census_app import bootstrap
from census_app.__main__ import main

SIZE = ["--departments", "2", "--resources", "12", "--items", "60", "--systems", "4"]


def test_a_province_is_made_received_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    into = tmp_path / "province"
    assert main(["--lang", "en", "fill", "--to", str(into), *SIZE, "--receive"]) == 0
    told = capsys.readouterr().out
    assert "departments enrolled: 2" in told
    assert "received and merged: 2" in told
    assert main(["stats", str(into / "province.censusdb"), "--json"]) == 0
    capsys.readouterr()
    assert main(["--lang", "zh", "fill", "--to", str(into), *SIZE]) == 2
    assert "已经有一个模拟省份" in capsys.readouterr().err


def test_packages_verify_with_the_root_beside_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fill", "--to", str(tmp_path), *SIZE, "--mistakes", "0", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["records"]["information_resource"] == 12
    assert document["announced"] == 0
    assert main(["verify", *document["packages"], "--trust", document["root"]]) == 0


def test_the_day_and_the_seed_give_the_same_workspace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = []
    for name, seed in (("a", "7"), ("b", "7"), ("c", "8")):
        file = tmp_path / f"{name}.censusdb"
        size = ["--resources", "5", "--items", "20", "--systems", "2", "--day", "2026-11-20"]
        assert main(["fill", "--workspace", str(file), *size, "--seed", seed]) == 0
        said.append(all_that_is_said(file))
    capsys.readouterr()
    assert sum(len(records) for records in said[0].values()) > 25
    assert said[0] == said[1]
    assert said[0] != said[2]


def all_that_is_said(file: Path) -> dict[str, dict[str, object]]:
    """Return form → record → answers."""
    with closing(bootstrap.open_workspace(file)) as store:
        return {
            form.id: {r.id: (r.parent, dict(r.values)) for r in store.stream_records(form.id)}
            for form in store.form_set.forms
        }


def test_either_a_folder_or_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--lang", "en", "fill"]) == 2
    assert main(["fill", "--to", str(tmp_path), "--workspace", str(tmp_path / "w.censusdb")]) == 2
    assert "--to / --workspace" in capsys.readouterr().err
