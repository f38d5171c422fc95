"""`census new --from` and `census delta`, called as people call them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from census_app import bootstrap
from census_app.__main__ import main
from census_app.services.editing import create_record

Say = Callable[..., tuple[int, str, str]]
CODE = "11320000990000033D"


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Run a command and return its code and what it said."""

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["--lang", "zh", *map(str, arguments)])
        written = capsys.readouterr()
        return code, written.out, written.err

    return run


@pytest.fixture
def last(tmp_path: Path) -> Path:
    path = tmp_path / "last.censusdb"
    store = bootstrap.create_workspace(path, department="江苏省样例厅", code=CODE)
    create_record(
        store, "internal_office", {"name": "综合处"}, actor="t", clock=bootstrap.SystemClock()
    )
    store.close()
    return path


def test_a_round_is_begun_and_checked(say: Say, last: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.censusdb"
    code, out, _err = say("new", new, "--from", last)
    assert code == 0
    assert "转入 2 条记录" in out
    assert "不要再用上年的文件报送" in out
    code, out, _err = say("delta", new, "--json")
    document: dict[str, Any] = json.loads(out)
    assert code == 1
    assert [r["state"] for r in document["records"]] == ["open", "open"]
    ids = [r["id"] for r in document["records"]]
    code, out, _err = say("delta", new, ids[0][:12], ids[1][:12])
    assert code == 0
    assert "已核对 2 / 2" in out
    code, out, _err = say("delta", new, ids[1], "--mark", "changing")
    assert code == 1
    assert "待修改  内设机构  综合处" in out


def test_an_id_that_names_no_record_is_refused(say: Say, last: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.censusdb"
    say("new", new, "--from", last)
    code, _out, err = say("delta", new, "zz")
    assert code == 2
    assert "RECORD_UNKNOWN" in err


def test_a_file_that_began_empty_has_no_delta(say: Say, last: Path) -> None:
    code, _out, err = say("delta", last)
    assert code == 2
    assert "ROUND_NONE" in err


def test_an_empty_file_needs_name_and_code(say: Say, tmp_path: Path) -> None:
    code, _out, err = say("new", tmp_path / "x.censusdb", "--department", "江苏省样例厅")
    assert code == 2
    assert "DEPARTMENT_CODE" in err
    assert not (tmp_path / "x.censusdb").exists()
