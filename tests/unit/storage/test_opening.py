"""What is checked before a record is read, and what is refused with which code."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from census_app.domain.changes import Insert, Origin, Step
from census_app.domain.holdings import ListQuery
from census_app.domain.records import Record, RecordId
from census_app.errors import CensusError, DataProblem, EnvironmentProblem, UserError
from census_app.formspec.model import Field, FormSet, Text
from census_app.storage import engine, lockfile, opening, snapshots, workspace
from census_app.storage.engine import Database
from census_app.storage.migrations import WORKSPACE_HISTORY
from census_app.storage.workspace import Workspace

Change = Callable[[sqlite3.Connection], object]


@pytest.fixture
def closed(store: Workspace) -> Path:
    records = [
        Insert(Record("information_resource", RecordId(f"{n:032x}"), {"name": f"资源{n}" * 20}))
        for n in range(400)
    ]
    step = Step("STEP_ADD", "王芳", Origin.TYPED, "2018-01-05T08:00:00Z", tuple(records))
    store.write(step)
    store.close()
    return store.path


def refusal(path: Path, form_set: FormSet) -> CensusError:
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(CensusError) as failure:
        workspace.open_(path, form_set)
    if path.is_file():
        assert path.read_bytes() == before, "a refused file was changed"
    assert not lockfile.lock_path(path).exists()
    return failure.value


def changed(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA writable_schema=ON")
    for statement in statements:
        connection.execute(statement)
    connection.close()


def test_every_setting_is_read_back_after_opening(closed: Path, form_set: FormSet) -> None:
    store = workspace.open_(closed, form_set)
    found = {name: store._database.pragma(name) for name in engine.SETTINGS}
    store.close()

    assert found == {name: expected for name, (_, expected) in engine.SETTINGS.items()}
    assert (found["journal_mode"], found["synchronous"]) == ("truncate", 3)


def test_a_setting_that_does_not_take_is_an_error(
    closed: Path, form_set: FormSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(engine.SETTINGS, "synchronous", ("OFF", 3))
    error = refusal(closed, form_set)

    assert isinstance(error, EnvironmentProblem)
    assert (error.code, error.params["setting"]) == ("DB_SETTINGS", "synchronous")


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path, form_set: FormSet) -> None:
    error = refusal(tmp_path / "none.censusdb", form_set)

    assert isinstance(error, UserError)
    assert error.code == "FILE_MISSING"
    assert not (tmp_path / "none.censusdb").exists()


@pytest.mark.parametrize(
    "content", [b"", b"SQLite format 3\0", b"PK\3\4" + bytes(200), b"\n" * 500]
)
def test_what_is_no_database_is_foreign(tmp_path: Path, form_set: FormSet, content: bytes) -> None:
    path = tmp_path / "x.censusdb"
    path.write_bytes(content)
    assert refusal(path, form_set).code == "DB_FOREIGN"


def test_another_programs_database_is_foreign(tmp_path: Path, form_set: FormSet) -> None:
    path = tmp_path / "x.censusdb"
    changed(path, "CREATE TABLE workspace (id INTEGER)", "PRAGMA application_id=7")
    assert refusal(path, form_set).code == "DB_FOREIGN"


def test_a_newer_structure_is_named_with_both_versions(closed: Path, form_set: FormSet) -> None:
    changed(closed, "PRAGMA user_version=99")
    error = refusal(closed, form_set)

    assert (error.code, error.params["found"], error.params["known"]) == (
        "DB_NEWER",
        99,
        WORKSPACE_HISTORY.version,
    )


def test_the_other_kind_of_file_is_told_apart(closed: Path, form_set: FormSet) -> None:
    changed(closed, "ALTER TABLE workspace RENAME TO elsewhere")
    assert refusal(closed, form_set).code == "DB_KIND"


@pytest.mark.parametrize(
    ("table", "column"), [("workspace", "census_id"), ("step", "kind"), ("sighting", "db_schema")]
)
def test_a_spoiled_name_of_a_column_is_damage_before_anything_is_read(
    closed: Path, form_set: FormSet, table: str, column: str
) -> None:
    changed(closed, f"ALTER TABLE {table} RENAME COLUMN {column} TO spoiled")
    error = refusal(closed, form_set)
    assert (error.code, error.params["detail"]) == ("DB_DAMAGED", f"{table}.{column}")
    with pytest.raises(DataProblem) as looked:
        workspace.open_read_only(closed, form_set, sound=False)
    assert looked.value.code == "DB_DAMAGED"


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW v AS SELECT 1",
        "CREATE TABLE stranger (x)",
        "CREATE TRIGGER t AFTER UPDATE ON department BEGIN DELETE FROM step; END",
        "CREATE VIRTUAL TABLE f USING fts5(x)",
        "ALTER TABLE department ADD COLUMN password TEXT",
    ],
)
def test_what_does_not_belong_into_a_workspace_is_refused(
    closed: Path, form_set: FormSet, statement: str
) -> None:
    changed(closed, statement)
    assert refusal(closed, form_set).code == "DB_SCHEMA"


def test_damage_is_found_before_anything_is_read(closed: Path, form_set: FormSet) -> None:
    size = closed.stat().st_size
    with closed.open("rb+") as handle:
        handle.seek(size // 2)
        handle.write(os.urandom(8192))

    error = refusal(closed, form_set)
    assert isinstance(error, DataProblem)
    assert error.code in {"DB_DAMAGED", "DB_FOREIGN"}


def test_a_child_without_its_owner_is_damage(closed: Path, form_set: FormSet) -> None:
    changed(
        closed,
        "INSERT INTO data_item (id, parent_id, position, unit_code, row_sha256) "
        "VALUES ('f', 'nobody', 1, '', x'00')",
    )
    assert refusal(closed, form_set).code == "DB_DAMAGED"


def test_a_large_file_gets_the_quick_check(
    closed: Path, form_set: FormSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "_WHOLE_CHECK_UP_TO", 0)
    store = workspace.open_(closed, form_set)
    assert store.count(ListQuery("information_resource")) == 400
    store.close()


HOLDER = """
import sys, msgspec
from pathlib import Path
from census_app.formspec.model import FormSet
from census_app.storage import workspace
store = workspace.open_(Path(sys.argv[1]), msgspec.json.decode(Path(sys.argv[2]).read_bytes(), type=FormSet))
print("open", flush=True)
sys.stdin.read()
"""


def test_a_second_instance_hears_who_has_the_file_even_after_a_kill(
    closed: Path, form_set: FormSet
) -> None:
    forms = Path(__file__).parent / "small_form_set.json"
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(closed), str(forms)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    with process, process.stdin, process.stdout:
        assert process.stdout.readline() == "open\n"
        with pytest.raises(EnvironmentProblem) as failure:
            workspace.open_(closed, form_set)
        process.kill()

    assert failure.value.code == "DB_LOCKED"
    assert failure.value.params["pid"] == process.pid
    assert failure.value.params["host"]
    assert lockfile.lock_path(closed).exists()
    store = workspace.open_(closed, form_set)
    assert lockfile.holder(closed).pid == os.getpid()
    store.close()
    assert not lockfile.lock_path(closed).exists()


def test_the_same_process_is_locked_out_too(store: Workspace, form_set: FormSet) -> None:
    with pytest.raises(EnvironmentProblem) as failure:
        workspace.open_(store.path, form_set)

    assert failure.value.code == "DB_LOCKED"
    assert lockfile.lock_path(store.path).exists()


def test_an_unreadable_lock_file_names_nobody(closed: Path) -> None:
    lockfile.lock_path(closed).write_text("[]", encoding="utf-8")
    assert lockfile.holder(closed) == lockfile.Holder()
    lockfile.forget(closed)
    assert lockfile.lock_path(closed).exists()


def test_the_lock_file_is_json_with_user_host_pid_and_since(store: Workspace) -> None:
    found = json.loads(lockfile.lock_path(store.path).read_text(encoding="utf-8"))
    assert found.keys() == {"user", "host", "pid", "since"}
    assert found["pid"] == os.getpid()


def with_more(form_set: FormSet) -> FormSet:
    """The same form set with one more optional field and one more form."""
    resource = form_set.form("information_resource")
    more = msgspec.structs.replace(
        resource,
        field=(*resource.field, Field("keywords", "integer", Text("词", "words"), unknown=True)),
    )
    form = msgspec.structs.replace(
        form_set.form("department"), id="subordinate", label=Text("下", "sub")
    )
    forms = (*(more if f.id == more.id else f for f in form_set.forms), form)
    return msgspec.structs.replace(form_set, forms=forms)


def test_a_newer_form_set_adds_its_columns_and_forms_after_a_snapshot(
    closed: Path, form_set: FormSet
) -> None:
    store = workspace.open_(closed, with_more(form_set))
    assert store.count(ListQuery("subordinate")) == 0
    record = store.record("information_resource", RecordId(f"{7:032x}"))
    assert record is not None
    assert record.values == {"name": "资源7" * 20}
    store.close()

    [before] = snapshots.snapshots(closed)
    assert before.reason == "migration"
    assert refusal(closed, form_set).code == "DB_SCHEMA"
    kept = workspace.open_(before.path, form_set)
    assert kept.count(ListQuery("information_resource")) == 400
    kept.close()


def test_a_migration_that_fails_leaves_the_old_file(
    closed: Path, form_set: FormSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = closed.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(opening, "_stamp", fail)
    with pytest.raises(EnvironmentProblem) as failure:
        workspace.open_(closed, with_more(form_set))

    assert failure.value.code == "DISK_FULL"
    assert closed.read_bytes() == before
    monkeypatch.undo()
    workspace.open_(closed, form_set).close()


def test_a_file_is_made_whole_or_not_at_all(
    tmp_path: Path, form_set: FormSet, monkeypatch: pytest.MonkeyPatch, store: Workspace
) -> None:
    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(snapshots, "sync_file", fail)
    path = tmp_path / "new.censusdb"
    with pytest.raises(EnvironmentProblem) as failure:
        workspace.create(path, form_set, store.facts(), Record("department", RecordId("d" * 32)))

    assert failure.value.code == "IO_ERROR"
    assert [p.name for p in tmp_path.glob("new*")] == []


def write_until_it_fails(store: Workspace, written: list[RecordId]) -> None:
    for number in range(1000):
        record = Record("information_resource", RecordId(f"{number:032x}"), {"name": "水" * 500})
        step = Step("STEP_ADD", "王芳", Origin.TYPED, "2018-01-05T08:00:00Z", (Insert(record),))
        store.write(step)
        written.append(record.id)


def test_a_full_disk_is_said_and_nothing_saved_before_is_lost(store: Workspace) -> None:
    pages = int(store._database.pragma("page_count"))
    store._database.driver.execute(f"PRAGMA max_page_count={pages + 4}")
    written: list[RecordId] = []
    with pytest.raises(EnvironmentProblem) as failure:
        write_until_it_fails(store, written)

    assert failure.value.code == "DISK_FULL"
    assert [r.id for r in store.stream_records("information_resource")] == written
    store._database.driver.execute("PRAGMA max_page_count=1000000")
    assert store.undo("王芳", "2018-01-05T08:00:00Z") is not None


def test_a_read_only_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem) as failure:
        engine.connect(tmp_path / "none" / "x.censusdb")
    assert failure.value.code == "IO_ERROR"


def test_a_transaction_that_fails_takes_tables_back_too(store: Workspace) -> None:
    database: Database = store._database

    def fail() -> None:
        with database.writing() as connection:
            connection.exec_driver_sql("CREATE TABLE t (x)")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.reading() as connection:
        found = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 't'").first()
    assert found is None
