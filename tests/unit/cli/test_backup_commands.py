"""`census backup`, `restore`, `resume`, `salvage`, `purge-secret` and `doctor --bundle`, as a person calls them."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from census_app import bootstrap
from census_app.__main__ import main
from census_app.services.editing import create_record, remove_records

CODE = "11320000990000033D"
OFFICE = "internal_office"
SERVICES = bootstrap.Services(actor="王芳")
SECRET = "Kilo-Secret-41"  # noqa: S105
Run = Callable[..., tuple[int, Any]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command with `--json`; return its exit code and its answer."""

    def call(*arguments: object) -> tuple[int, Any]:
        capsys.readouterr()
        code = main([*(str(each) for each in arguments), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return call


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A file with two offices, a snapshot, and one office less since."""
    path = tmp_path / "office.censusdb"
    store = bootstrap.create_workspace(path, department="示例厅", code=CODE)
    for name in ("办公室", "信息处"):
        create_record(store, OFFICE, {"name": name}, actor="王芳", clock=SERVICES.clock)
    store.snapshot("import")
    last = list(store.stream_records(OFFICE))[-1]
    remove_records(store, OFFICE, [last.id], "撤并", actor="王芳", clock=SERVICES.clock)
    store.close()
    return path


def snapshot_of(path: Path) -> Path:
    return SERVICES.vault.snapshots(path)[0].path


def titles(path: Path) -> set[str]:
    store = bootstrap.open_workspace(path)
    try:
        return set(store.titles(OFFICE).values())
    finally:
        store.close()


def test_snapshots_are_made_and_listed_with_what_is_in_them(run: Run, workspace: Path) -> None:
    code, made = run("backup", workspace)
    assert (code, Path(made["snapshot"]).is_file()) == (0, True)
    code, listed = run("backup", workspace, "--list")
    assert code == 0
    assert [(s["reason"], s["restore"]) for s in listed["snapshots"]] == [
        ("manual", {"back": 0, "gone": 0, "changed": 0}),
        ("import", {"back": 1, "gone": 0, "changed": 0}),
    ]
    assert listed["snapshots"][1]["records"][OFFICE] == 2


def test_the_list_works_while_the_file_is_open_elsewhere(run: Run, workspace: Path) -> None:
    store = bootstrap.open_workspace(workspace)
    code, listed = run("backup", workspace, "--list")
    store.close()
    assert code == 0
    assert listed["snapshots"][0]["restore"] is None
    assert listed["snapshots"][0]["records"][OFFICE] == 2


def test_a_restore_is_previewed_and_done(run: Run, workspace: Path) -> None:
    snapshot = snapshot_of(workspace)
    code, seen = run("restore", snapshot, "--to", workspace, "--preview")
    assert (code, [(d["sign"], d["title"]) for d in seen["differences"]]) == (0, [("+", "信息处")])
    assert titles(workspace) == {"办公室"}
    code, done = run("restore", snapshot, "--to", workspace)
    assert (code, done["asks"]) == (0, False)
    assert titles(workspace) == {"办公室", "信息处"}
    code, problem = run("restore", snapshot, "--to", snapshot)
    assert (code, problem["error"]) == (2, "RESTORE_ITSELF")


def test_a_file_restored_under_another_name_asks_until_it_was_said(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.censusdb"
    code, done = run("restore", snapshot_of(workspace), "--to", other)
    assert (code, done["asks"]) == (0, True)
    assert run("resume", other)[0] == 1
    code, problem = run("export", other, "--to", tmp_path)
    assert (code, problem["error"]) != (0, "")
    assert run("resume", other, "--nothing-sent") == (
        0,
        {"file": str(other), "state": "goes_on", "at": ""},
    )
    assert run("resume", other, "--moved")[1]["error"] == "GOES_ON_ALREADY"
    assert run("resume", other, "--moved", "--nothing-sent")[1]["error"] == "RESUME_ONE"


def test_a_copy_has_a_note_and_asks(run: Run, workspace: Path, tmp_path: Path) -> None:
    code, copied = run("backup", workspace, "--to", tmp_path / "stick")
    assert (code, Path(copied["note"]).is_file()) == (0, True)
    assert run("resume", copied["copy"])[1]["state"] == "copied"
    assert run("resume", copied["copy"], "--moved")[0] == 0


def test_a_restore_of_an_open_file_is_refused(run: Run, workspace: Path) -> None:
    store = bootstrap.open_workspace(workspace)
    code, problem = run("restore", snapshot_of(workspace), "--to", workspace)
    store.close()
    assert (code, problem["error"]) == (4, "DB_LOCKED")


def test_what_can_be_read_is_saved_and_the_rest_is_listed(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    driver = sqlite3.connect(workspace)
    driver.execute("UPDATE internal_office SET name = '改了'")
    driver.commit()
    driver.close()
    code, saved = run("salvage", workspace, "--to", tmp_path / "saved.censusdb")
    assert (code, [each["reason"] for each in saved["lost"]]) == (1, ["changed"])
    assert "改了" in Path(saved["list"]).read_text(encoding="utf-8-sig")
    assert (
        run("salvage", workspace, "--to", tmp_path / "saved.censusdb")[1]["error"] == "FILE_EXISTS"
    )


def test_a_secret_is_removed_after_two_confirmations(run: Run, workspace: Path) -> None:
    store = bootstrap.open_workspace(workspace)
    record = create_record(
        store, OFFICE, {"name": "处", "duties": SECRET}, actor="王芳", clock=SERVICES.clock
    )
    store.snapshot("manual")
    store.close()
    asked = run("purge-secret", workspace, record, "duties")
    once = run("purge-secret", workspace, record, "duties", "--yes")
    assert [asked[1]["error"], once[1]["error"]] == ["PURGE_UNCONFIRMED"] * 2
    assert SECRET.encode() in workspace.read_bytes()
    code, done = run(
        "purge-secret", workspace, record[:8], "duties", "--yes", "--confirm", "duties"
    )
    assert (code, len(done["snapshots"])) == (0, 1)
    files = [p for p in workspace.parent.rglob("*") if p.is_file()]
    assert not [p for p in files if SECRET.encode() in p.read_bytes()]
    again = run("purge-secret", workspace, record, "duties", "--yes", "--confirm", "duties")
    assert again[1]["error"] == "PURGE_NOTHING"


def test_the_doctor_writes_a_bundle_without_answers(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    code, told = run("doctor", workspace, "--bundle", tmp_path / "b.zip")
    assert code == 0
    with zipfile.ZipFile(told["bundle"]) as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist())
    assert b"integrity_check: ok" in whole
    for private in ("办公室", "示例厅", CODE, str(tmp_path), "王芳"):
        assert private.encode() not in whole
