"""`census discover` as a person calls it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from census_app import bootstrap
from census_app.__main__ import main

SCRIPT = """CREATE TABLE t_person (
  id bigint PRIMARY KEY COMMENT '编号', xm varchar(60) COMMENT '姓名') COMMENT='人口信息';
CREATE TABLE flyway_schema_history (v int);
CREATE TABLE b (x int);"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the file once: each test gets a copy."""
    path = tmp_path_factory.mktemp("discover") / "office.censusdb"
    code = "11320000990000017P"
    bootstrap.create_workspace(path, department="江苏省第一样例厅", code=code).close()
    return path


@pytest.fixture
def file(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(prepared, tmp_path / "office.censusdb"))


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "rkk.sql"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


def names(file: Path) -> list[str]:
    store = bootstrap.open_workspace(file)
    form, name = store.form_set.by_role("resource_name")
    found = [str(r.values[name.id]) for r in store.stream_records(form.id)]
    store.close()
    return found


def test_it_proposes_first_and_writes_when_asked(
    file: Path, script: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--lang", "zh", "discover", str(file), "--ddl", str(script)]) == 0
    told = capsys.readouterr().out
    assert "[新增] t_person  人口信息（2 个字段）" in told
    assert "没有列出：flyway_schema_history（工具自用的表）" in told
    assert "没有写入；确认后加 --apply。" in told
    assert names(file) == []
    assert main(["--lang", "en", "discover", str(file), "--ddl", str(script), "--apply"]) == 0
    assert "Added 2 resources and 3 data items" in capsys.readouterr().out
    assert names(file) == ["人口信息", "b"]
    assert main(["discover", str(file), "--ddl", str(script), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["source"], document["product"], document["new_items"]) == ("rkk", "mysql", 0)
    assert {t["standing"] for t in document["tables"]} == {"same"}
    assert document["tables"][0]["columns"][1]["values"]["data_type"]
    assert main(["--lang", "zh", "undo", str(file)]) == 0
    assert "从数据库“rkk”发现" in capsys.readouterr().out
    assert names(file) == []


def test_only_some_tables_of_a_sqlite_file(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "business.db"
    made = sqlite3.connect(path)
    made.executescript("CREATE TABLE t_a (x INT); CREATE TABLE other (y INT);")
    made.close()
    for place in (str(path), f"sqlite:///{path}"):
        arguments = [
            "discover",
            str(file),
            "--database",
            place,
            "--tables",
            "t_*",
            "--count",
            "--json",
        ]
        assert main(arguments) == 0
        document = json.loads(capsys.readouterr().out)
        assert [(t["table"], t["rows"]) for t in document["tables"]] == [("t_a", 0)]
        assert document["left_out"] == [{"schema": "", "table": "other", "why": "unasked"}]


@pytest.mark.parametrize(
    ("arguments", "code", "exit_code"),
    [
        ([], "DISCOVER_WAY", 2),
        (["--ddl", "a.sql", "--dictionary", "b.xlsx"], "DISCOVER_WAY", 2),
        (["--ddl", "a.sql", "--dry-run", "--apply"], "CLI_DISCOVER_BOTH", 2),
        (["--ddl", "nowhere.sql"], "FILE_MISSING", 2),
        (["--database", "nowhere.db"], "FILE_MISSING", 2),
        (["--database", "mysql://u:geheim-8812@h/d"], "DISCOVER_PASSWORD", 2),
        (["--database", "redis://h/d"], "DISCOVER_URL", 2),
        (["--url-file", "nowhere.txt"], "DISCOVER_URL_FILE", 4),
        (["--ddl", "RKK", "--system", "无此系统"], "DISCOVER_SYSTEM", 2),
        (["--ddl", "RKK", "--tables", "zzz*", "--apply"], "DISCOVER_NOTHING", 2),
    ],
)
def test_a_wrong_call_is_said_and_changes_nothing(
    file: Path,
    script: Path,
    arguments: list[str],
    code: str,
    exit_code: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = [str(script) if a == "RKK" else a for a in arguments]
    assert main(["discover", str(file), *given, "--json"]) == exit_code
    out = capsys.readouterr()
    assert json.loads(out.out)["error"] == code
    assert "geheim-8812" not in out.out + out.err
    assert names(file) == []


def test_an_address_in_a_file_may_hold_the_password_and_no_log_does(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], data_dir: Path
) -> None:
    address = tmp_path / "url.txt"
    address.write_text("postgresql://reader:geheim-8812@127.0.0.1:1/rkk\n", encoding="utf-8")
    assert main(["discover", str(file), "--url-file", str(address)]) == 4
    told = capsys.readouterr()
    assert "127.0.0.1:1/rkk" in told.err
    assert "geheim-8812" not in told.out + told.err
    kept = [p for p in data_dir.rglob("*") if p.is_file()] + [file]
    assert not [p for p in kept if b"geheim-8812" in p.read_bytes()]
