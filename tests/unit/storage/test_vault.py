"""Files as a whole: putting snapshots back, copies, looking, locks, saving what a damaged file still holds."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from census_app.domain.changes import Insert, Origin, Put, Remove, Step
from census_app.domain.holdings import ListQuery, SentPackage
from census_app.domain.records import Record, RecordId, Value
from census_app.errors import CensusError, EnvironmentProblem, UserError
from census_app.formspec.model import FormSet
from census_app.services.salvaging import lost_lines
from census_app.settings.beside import snapshots_folder
from census_app.storage import lockfile, snapshots, workspace
from census_app.storage.vault import Vault
from census_app.storage.workspace import Workspace

RESOURCE = "information_resource"
AT = "2018-01-05T08:00:00Z"
LATER = "2018-02-05T08:00:00Z"


def rid(number: int) -> RecordId:
    return RecordId(f"{number:032x}")


def write(store: Workspace, *operations: Insert | Put | Remove) -> None:
    store.write(Step("STEP_EDIT", "王芳", Origin.TYPED, AT, operations))


def sent(number: int, type_: str = "submission", direction: str = "sent") -> SentPackage:
    return SentPackage(
        direction=direction,  # type: ignore[arg-type]
        identity=f"{number:064x}",
        type=type_,
        name=f"D0042-{number:06}",
        sequence=number,
        previous="0" * 64,
        created=AT,
        at=AT,
        counts={},
    )


@pytest.fixture
def filled(store: Workspace) -> Iterator[Workspace]:
    records = []
    for number in range(300):
        values: dict[str, Value] = {"name": f"资源{number}", "abstract": "水" * 60}
        records.append(Insert(Record(RESOURCE, rid(number), values)))
    records.append(Insert(Record("data_item", rid(9000), {"name": "项"}, rid(3))))
    write(store, *records)
    yield store
    store.close()


@pytest.fixture
def vault(form_set: FormSet) -> Vault:
    return Vault(form_set)


def put_back(store: Workspace, snapshot: Path) -> None:
    store.keeping.put_back(snapshot, since=AT, instance="b" * 32, actor="李", at=LATER)


# -- putting back ------------------------------------------------------------------------------------------------------


def test_an_open_file_gets_the_content_of_a_snapshot_and_stays_locked(
    filled: Workspace, form_set: FormSet
) -> None:
    old = filled.snapshot("import")
    write(filled, Remove(RESOURCE, rid(7), "不要了"), Put(RESOURCE, rid(8), {"name": "别的"}))
    put_back(filled, old)

    record = filled.record(RESOURCE, rid(8))
    assert record is not None
    assert record.values["name"] == "资源8"
    assert filled.count(ListQuery(RESOURCE)) == 300
    assert filled.facts().instance == "b" * 32
    assert [s.reason for s in snapshots.snapshots(filled.path)] == ["import", "restore"]
    with pytest.raises(EnvironmentProblem):
        workspace.open_(filled.path, form_set)
    assert not list(filled.path.parent.glob("*.part*"))
    # Nothing hinders working on: a step, and its undo.
    write(filled, Put(RESOURCE, rid(8), {"name": "又改"}))
    assert filled.undo("李", LATER) is not None


def test_what_was_sent_and_received_since_stays_known(filled: Workspace) -> None:
    filled.register_sent(sent(1), [(RESOURCE, rid(1))])
    old = filled.snapshot("import")
    write(filled, Insert(Record(RESOURCE, rid(600), {"name": "新的"})))
    filled.register_sent(sent(2), [(RESOURCE, rid(600))])
    filled.take_letter(sent(3, "receipt", "received"), (), ())
    filled.register_contribution(sent(4, "contribution", "received"), ())
    filled.store_certificate("PEM", "ROOTS")
    put_back(filled, old)

    assert [p.sequence for p in filled.packages()] == [1, 2, 3]
    assert (RESOURCE, rid(600)) in filled.handed_in()
    # The record that was handed in and is gone now is deleted in the next package.
    assert [t.record for t in filled.tombstones()] == [rid(600)]
    assert filled.certificate() == "PEM"
    assert not filled.keeping.standing().state


def test_a_file_restored_without_the_present_one_may_not_number_packages(
    filled: Workspace, vault: Vault, tmp_path: Path, form_set: FormSet
) -> None:
    old = filled.snapshot("import")
    target = tmp_path / "elsewhere" / "water.censusdb"
    target.parent.mkdir()
    vault.restore(target, old, since=AT, instance="c" * 32, actor="李", at=LATER)
    store = workspace.open_(target, form_set)
    before = store.keeping.standing()
    store.keeping.settle("nothing", "", "李", LATER)
    after = store.keeping.standing()
    instance = store.facts().instance
    store.close()

    assert (before.state, before.at, before.since) == ("restored", LATER, AT)
    assert not after.state
    assert instance == "c" * 32


def test_a_damaged_file_gives_what_it_still_knows_of_its_packages(
    filled: Workspace, vault: Vault, form_set: FormSet
) -> None:
    old = filled.snapshot("import")
    filled.register_sent(sent(1), [])
    filled.close()
    _damage(filled.path, RESOURCE)
    vault.restore(filled.path, old, since=AT, instance="b" * 32, actor="李", at=LATER)

    restored = workspace.open_(filled.path, form_set)
    assert [p.sequence for p in restored.packages()] == [1]
    # Whether that is all, nobody knows.
    assert restored.keeping.standing().state == "restored"
    restored.close()
    assert len(list(filled.path.parent.glob("*.damaged-*Z"))) == 1


def test_a_snapshot_that_does_not_pass_leaves_the_open_file_alone(filled: Workspace) -> None:
    old = filled.snapshot("import")
    write(filled, Put(RESOURCE, rid(8), {"name": "别的"}))
    old.write_bytes(old.read_bytes()[:20_000])
    with pytest.raises(CensusError):
        put_back(filled, old)

    record = filled.record(RESOURCE, rid(8))
    assert record is not None
    assert record.values["name"] == "别的"
    assert not list(filled.path.parent.glob("*.part*"))


KILLED = """
import os, sqlite3, sys
from pathlib import Path
from census_app.storage.engine import connect
driver = connect(Path(sys.argv[1]))
source = sqlite3.connect(sys.argv[2])
def stop(status, remaining, total):
    if remaining * 2 < total:
        os._exit(9)
source.backup(driver, pages=3, progress=stop)
"""


def test_a_restore_that_is_killed_halfway_leaves_the_old_content(
    filled: Workspace, form_set: FormSet
) -> None:
    old = filled.snapshot("import")
    write(filled, *(Put(RESOURCE, rid(n), {"abstract": "火" * 400}) for n in range(300)))
    filled.close()
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(filled.path), str(old)], check=False, timeout=60
    )
    assert done.returncode == 9
    again = workspace.open_(filled.path, form_set)
    record = again.record(RESOURCE, rid(299))
    assert record is not None
    assert record.values["abstract"] == "火" * 400
    again.close()


def test_a_snapshot_of_an_older_structure_is_brought_up_to_date_when_it_is_put_back(
    filled: Workspace, vault: Vault
) -> None:
    old = filled.snapshot("import")
    driver = sqlite3.connect(old)
    driver.execute("ALTER TABLE information_resource DROP COLUMN size_total")
    driver.commit()
    driver.close()
    looked = vault.look(old)
    assert looked.count(ListQuery(RESOURCE)) == 300
    private = looked.path
    looked.close()
    assert private != old
    assert not private.exists()
    put_back(filled, old)
    assert filled.count(ListQuery(RESOURCE)) == 300


# -- copies ------------------------------------------------------------------------------------------------------------


def test_a_copy_is_whole_and_asks_what_it_is(
    filled: Workspace, tmp_path: Path, form_set: FormSet
) -> None:
    target = tmp_path / "stick" / "copy.censusdb"
    target.parent.mkdir()
    filled.keeping.copy_out(target, actor="李", at=LATER)
    copy = workspace.open_(target, form_set)
    assert copy.count(ListQuery(RESOURCE)) == 300
    assert copy.keeping.standing().state == "copied"
    copy.keeping.settle("moved", "d" * 32, "李", LATER)
    assert not copy.keeping.standing().state
    assert copy.facts().instance == "d" * 32
    copy.close()

    assert not filled.keeping.standing().state
    assert [(c.to, c.at) for c in filled.keeping.copies()] == [(str(target), LATER)]
    assert not list(snapshots_folder(filled.path).glob("*.part*"))


def test_a_copy_of_a_snapshot_asks_too_and_the_snapshot_stays_as_it_is(
    filled: Workspace, vault: Vault, tmp_path: Path, form_set: FormSet
) -> None:
    old = filled.snapshot("import")
    before = old.read_bytes()
    vault.copy_out(old, tmp_path / "kept.censusdb", since=AT, actor="李", at=LATER)
    assert old.read_bytes() == before
    copy = workspace.open_(tmp_path / "kept.censusdb", form_set)
    assert copy.keeping.standing().since == AT
    copy.close()


# -- looking -----------------------------------------------------------------------------------------------------------


def test_a_file_of_a_newer_program_can_be_looked_at(
    filled: Workspace, vault: Vault, form_set: FormSet
) -> None:
    filled.close()
    driver = sqlite3.connect(filled.path)
    driver.execute("PRAGMA user_version=99")
    driver.execute("CREATE TABLE brand_new (x)")
    driver.execute("ALTER TABLE department ADD COLUMN brand_new TEXT")
    driver.commit()
    driver.close()
    before = filled.path.read_bytes()
    with pytest.raises(EnvironmentProblem) as refused:
        workspace.open_(filled.path, form_set)
    store = vault.look(filled.path)
    assert store.count(ListQuery(RESOURCE)) == 300
    assert store.keeping.read_only
    store.close()
    assert refused.value.code == "DB_NEWER"
    assert filled.path.read_bytes() == before


@pytest.mark.parametrize(
    "statement", ["CREATE VIEW v AS SELECT 1", "CREATE VIRTUAL TABLE f USING fts5(x)"]
)
def test_looking_admits_nothing_that_would_be_evaluated(
    filled: Workspace, vault: Vault, statement: str
) -> None:
    filled.close()
    driver = sqlite3.connect(filled.path)
    driver.execute(statement)
    driver.commit()
    driver.close()
    with pytest.raises(CensusError) as refused:
        vault.look(filled.path)
    assert refused.value.code == "DB_SCHEMA"


def test_a_column_of_another_edition_of_the_form_set_means_a_newer_program(
    filled: Workspace, form_set: FormSet
) -> None:
    filled.close()
    resource = form_set.form(RESOURCE)
    extra = msgspec.structs.replace(resource.field[0], id="brand_new", required="", constraint="")
    more = msgspec.structs.replace(resource, field=(*resource.field, extra))
    forms = tuple(more if f.id == RESOURCE else f for f in form_set.forms)
    newer = msgspec.structs.replace(form_set, forms=forms, sha256="f" * 64)
    workspace.open_(filled.path, newer).close()
    with pytest.raises(EnvironmentProblem) as refused:
        workspace.open_(filled.path, form_set)
    assert refused.value.code == "DB_NEWER"
    assert refused.value.params["name"] == f"{RESOURCE}.brand_new"


def test_what_analyze_leaves_is_no_reason_to_refuse(filled: Workspace, form_set: FormSet) -> None:
    filled.close()
    driver = sqlite3.connect(filled.path)
    driver.execute("ANALYZE")
    driver.commit()
    driver.close()
    store = workspace.open_(filled.path, form_set)
    assert store.count(ListQuery(RESOURCE)) == 300
    store.close()


# -- locks -------------------------------------------------------------------------------------------------------------


def test_closing_an_old_handle_again_leaves_the_lock_of_a_newer_one(
    store: Workspace, form_set: FormSet
) -> None:
    store.close()
    newer = workspace.open_(store.path, form_set)
    store.close()
    assert lockfile.holder(store.path).pid == os.getpid()
    newer.close()
    assert not lockfile.lock_path(store.path).exists()


def test_who_only_looks_takes_no_lock_and_leaves_none(store: Workspace, vault: Vault) -> None:
    snapshot = store.snapshot("t")
    looked = vault.look(snapshot)
    lockfile.note(snapshot)
    looked.close()
    assert lockfile.lock_path(snapshot).exists()
    assert lockfile.lock_path(store.path).exists()


# -- saving what can be read -------------------------------------------------------------------------------------------


def _pages_of(path: Path, table: str) -> list[int]:
    driver = sqlite3.connect(path)
    try:
        pages = driver.execute(
            "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY pageno",
            (table,),
        ).fetchall()
    except sqlite3.OperationalError:
        pytest.skip("this SQLite does not tell where tables lie")
    finally:
        driver.close()
    return [page[0] for page in pages]


def _damage(path: Path, table: str) -> None:
    """Overwrite one page in the middle of a table with noise."""
    pages = _pages_of(path, table)
    with path.open("rb+") as file:
        file.seek((pages[len(pages) // 2] - 1) * 4096)
        file.write(b"\xa5" * 4096)


def test_one_bad_page_costs_its_own_rows_only(
    filled: Workspace, vault: Vault, tmp_path: Path, form_set: FormSet
) -> None:
    filled.register_sent(sent(1), [])
    filled.close()
    _damage(filled.path, RESOURCE)
    damaged = filled.path.read_bytes()
    with pytest.raises(CensusError):
        workspace.open_(filled.path, form_set)
    target = tmp_path / "saved.censusdb"
    saved = vault.salvage(filled.path, target, actor="李", at=LATER)

    store = workspace.open_(target, form_set)
    kept = store.count(ListQuery(RESOURCE))
    facts, packages, standing = store.facts(), store.packages(), store.keeping.standing()
    bad = store.damaged_records()
    store.close()
    assert 200 < kept < 300
    assert saved.counts[RESOURCE] == kept
    lost = [each for each in saved.lost if each.table == RESOURCE and each.reason == "unreadable"]
    assert kept + len(lost) == 300
    assert facts.department_name == "省水利厅"
    assert [p.sequence for p in packages] == [1]
    assert standing.state == "restored"
    assert bad == []
    assert filled.path.read_bytes() == damaged


def test_a_changed_letter_is_saved_and_named(
    filled: Workspace, vault: Vault, tmp_path: Path
) -> None:
    filled.close()
    driver = sqlite3.connect(filled.path)
    driver.execute("UPDATE information_resource SET abstract = '木' WHERE id = ?", (rid(7),))
    driver.execute("DELETE FROM information_resource WHERE id = ?", (rid(3),))
    driver.commit()
    driver.close()
    saved = vault.salvage(filled.path, tmp_path / "s.censusdb", actor="李", at=LATER)
    assert {(each.table, each.title, each.reason) for each in saved.lost} == {
        (RESOURCE, "资源7", "changed"),
        ("data_item", "项", "orphan"),
    }


def test_nothing_to_save_is_said_and_nothing_is_made(
    filled: Workspace, vault: Vault, tmp_path: Path
) -> None:
    filled.close()
    filled.path.write_bytes(b"SQLite format 3\0" + b"\xff" * 50_000)
    with pytest.raises(CensusError) as nothing:
        vault.salvage(filled.path, tmp_path / "s.censusdb", actor="李", at=LATER)
    assert nothing.value.code == "SALVAGE_NOTHING"
    assert not list(tmp_path.glob("s.censusdb*"))
    with pytest.raises(UserError):
        vault.salvage(tmp_path / "none", tmp_path / "s.censusdb", actor="李", at=LATER)


def test_a_head_that_cannot_be_read_comes_from_a_snapshot(
    filled: Workspace, vault: Vault, tmp_path: Path, form_set: FormSet
) -> None:
    filled.snapshot("exit")
    filled.close()
    pages = _pages_of(filled.path, "workspace")
    with filled.path.open("rb+") as file:
        file.seek((pages[0] - 1) * 4096)
        file.write(bytes(4096))
    saved = vault.salvage(filled.path, tmp_path / "s.censusdb", actor="李", at=LATER)
    store = workspace.open_(saved.path, form_set)
    assert store.facts().department_name == "省水利厅"
    assert store.count(ListQuery(RESOURCE)) == 300
    store.close()


LATER_TABLES = (
    "trust_bundle", "form_file", "query", "answer", "verdict", "base_line", "conflict",
    "last_round", "carried", "confirmation",
)  # fmt: skip
LATER_COLUMNS = ("sender", "audience", "in_reply_to", "status", "note", "sharing")


def test_an_older_structure_is_saved_with_the_columns_it_has(
    filled: Workspace, vault: Vault, tmp_path: Path, form_set: FormSet
) -> None:
    filled.register_sent(sent(1), [(RESOURCE, rid(1))])
    filled.close()
    driver = sqlite3.connect(filled.path)
    for table in LATER_TABLES:
        driver.execute(f"DROP TABLE {table}")
    for column in LATER_COLUMNS:
        driver.execute(f"ALTER TABLE correspondence DROP COLUMN {column}")
    driver.execute("ALTER TABLE workspace DROP COLUMN candidate_pem")
    driver.execute("ALTER TABLE information_resource DROP COLUMN size_total")
    driver.execute("UPDATE alembic_version SET version_num = 'workspace_0001'")
    driver.execute("PRAGMA user_version = 1")
    driver.commit()
    driver.close()
    saved = vault.salvage(filled.path, tmp_path / "s.censusdb", actor="李", at=LATER)
    assert saved.lost == ()
    assert saved.chain_known
    store = workspace.open_(saved.path, form_set)
    assert [(p.sequence, p.note) for p in store.packages()] == [(1, "")]
    assert store.handed_in() == {(RESOURCE, rid(1))}
    assert store.count(ListQuery(RESOURCE)) == 300
    assert store.damaged_records() == []
    store.close()


def test_what_another_structure_has_and_the_new_file_has_not_is_named(
    filled: Workspace, vault: Vault, tmp_path: Path, form_set: FormSet
) -> None:
    filled.register_sent(sent(1), [(RESOURCE, rid(1))])
    filled.close()
    driver = sqlite3.connect(filled.path)
    driver.execute("ALTER TABLE correspondence ADD COLUMN weight TEXT NOT NULL DEFAULT '5'")
    driver.execute("ALTER TABLE information_resource ADD COLUMN gone TEXT")
    driver.execute("ALTER TABLE information_resource ADD COLUMN colour TEXT")
    driver.execute("UPDATE information_resource SET colour = '红' WHERE id = ?", (rid(7),))
    driver.execute("ALTER TABLE handed_in RENAME COLUMN record_id TO resource")
    driver.commit()
    driver.close()
    saved = vault.salvage(filled.path, tmp_path / "s.censusdb", actor="李", at=LATER)
    assert {(each.table, each.title, each.reason) for each in saved.lost} == {
        ("correspondence", "weight", "column"),
        (RESOURCE, "colour", "column"),
        ("handed_in", "", "structure"),
    }
    assert not saved.chain_known
    for language in ("zh", "en"):
        assert len(lost_lines(saved, language)) == 3
    store = workspace.open_(saved.path, form_set)
    assert [p.sequence for p in store.packages()] == [1]
    store.close()


def test_a_table_that_is_gone_from_a_file_of_today_is_lost(
    filled: Workspace, vault: Vault, tmp_path: Path
) -> None:
    filled.close()
    driver = sqlite3.connect(filled.path)
    driver.execute("DROP TABLE answer")
    driver.execute("DROP TABLE correspondence")
    driver.commit()
    driver.close()
    saved = vault.salvage(filled.path, tmp_path / "s.censusdb", actor="李", at=LATER)
    assert {each.table for each in saved.lost} == {"answer", "correspondence"}
    assert not saved.chain_known


def test_opening_a_private_copy_makes_no_snapshot_and_no_lock(
    filled: Workspace, form_set: FormSet
) -> None:
    copy = filled.snapshot("t")
    store = workspace.open_private(copy, form_set)
    store.close()
    assert not lockfile.lock_path(copy).exists()
    assert not snapshots_folder(copy).exists()
