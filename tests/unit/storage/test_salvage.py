"""Looking at snapshots, putting one back, and noticing what SQLite's own checks do not."""

from __future__ import annotations

import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from census_app.domain.changes import Insert, Origin, Put, Step
from census_app.domain.holdings import ListQuery
from census_app.domain.records import UNKNOWN, Record, RecordId, Unfit, Value
from census_app.errors import CensusError, EnvironmentProblem
from census_app.formspec.model import FormSet
from census_app.storage import lockfile, snapshots, workspace
from census_app.storage.vault import Vault
from census_app.storage.workspace import Workspace

RESOURCE = "information_resource"
AT = "2018-01-05T08:00:00Z"


def rid(number: int) -> RecordId:
    return RecordId(f"{number:032x}")


def write(store: Workspace, *operations: Insert | Put) -> None:
    store.write(Step("STEP_EDIT", "王芳", Origin.TYPED, AT, operations))


def put_back(path: Path, snapshot: Path, form_set: FormSet, instance: str) -> None:
    Vault(form_set).restore(path, snapshot, since=AT, instance=instance, actor="王芳", at=AT)


@pytest.fixture
def filled(store: Workspace) -> Workspace:
    for number in range(40):
        values: dict[str, Value] = {
            "name": f"资源{number}",
            "abstract": "水" * 60,
            "size_shared": UNKNOWN,
        }
        write(store, Insert(Record(RESOURCE, rid(number), values)))
    write(store, Put(RESOURCE, rid(1), {"size_total": Unfit("很多")}))
    write(store, Insert(Record("data_item", rid(99), {"name": "项"}, rid(3))))
    return store


def test_a_snapshot_is_looked_at_without_lock_or_change(
    filled: Workspace, form_set: FormSet
) -> None:
    path = filled.snapshot("exit")
    before = path.read_bytes()
    first, second = (workspace.open_read_only(path, form_set) for _ in range(2))
    assert first.count(ListQuery(RESOURCE)) == second.count(ListQuery(RESOURCE)) == 40
    assert not lockfile.lock_path(path).exists()
    with pytest.raises(EnvironmentProblem) as failure:
        write(first, Insert(Record(RESOURCE, rid(77))))
    first.close()
    second.close()

    assert failure.value.code == "DB_READONLY"
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_snapshot_is_only_taken_when_something_changed(filled: Workspace) -> None:
    assert filled.snapshot_if_changed("timer") is not None
    assert filled.snapshot_if_changed("timer") is None
    write(filled, Put(RESOURCE, rid(1), {"name": "新"}))
    newest = filled.snapshot_if_changed("timer")
    assert newest is not None
    filled.store_certificate("PEM", "ROOTS")
    assert filled.snapshot_if_changed("timer") is not None

    newest = snapshots.snapshots(filled.path)[-1].path
    newest.write_bytes(b"not a database")
    assert filled.snapshot_if_changed("timer") is not None


def test_a_restore_brings_the_old_state_and_can_itself_be_undone(
    filled: Workspace, form_set: FormSet
) -> None:
    old = filled.snapshot("import")
    write(filled, Insert(Record(RESOURCE, rid(500), {"name": "später"})))
    with pytest.raises(EnvironmentProblem) as failure:
        put_back(filled.path, old, form_set, "b" * 32)
    assert failure.value.code == "DB_LOCKED"
    filled.close()

    put_back(filled.path, old, form_set, "b" * 32)
    restored = workspace.open_(filled.path, form_set)
    assert restored.count(ListQuery(RESOURCE)) == 40
    assert restored.facts().instance == "b" * 32
    restored.close()

    before = snapshots.snapshots(filled.path)[-1]
    assert before.reason == "restore"
    put_back(filled.path, before.path, form_set, "c" * 32)
    again = workspace.open_(filled.path, form_set)
    assert again.count(ListQuery(RESOURCE)) == 41
    again.close()


def test_a_restore_keeps_a_damaged_file_beside(filled: Workspace, form_set: FormSet) -> None:
    old = filled.snapshot("exit")
    filled.close()
    filled.path.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    damaged = filled.path.read_bytes()

    put_back(filled.path, old, form_set, "b" * 32)
    aside = list(filled.path.parent.glob("*.damaged-*Z"))
    assert [p.read_bytes() for p in aside] == [damaged]
    restored = workspace.open_(filled.path, form_set)
    assert restored.count(ListQuery(RESOURCE)) == 40
    restored.close()


def test_a_damaged_snapshot_is_not_put_back(filled: Workspace, form_set: FormSet) -> None:
    old = filled.snapshot("exit")
    filled.close()
    present = filled.path.read_bytes()
    old.write_bytes(old.read_bytes()[:9000])
    with pytest.raises(CensusError):
        put_back(filled.path, old, form_set, "b" * 32)

    assert filled.path.read_bytes() == present


def test_a_changed_letter_is_noticed_by_the_rows_hash(filled: Workspace, form_set: FormSet) -> None:
    assert filled.damaged_records() == []
    filled.close()
    driver = sqlite3.connect(filled.path)
    driver.execute("UPDATE information_resource SET abstract = '木' WHERE id = ?", (rid(7),))
    driver.execute("DELETE FROM unfit WHERE record_id = ?", (rid(1),))
    driver.commit()
    driver.close()

    store = workspace.open_(filled.path, form_set)
    assert store.damaged_records() == [(RESOURCE, rid(1)), (RESOURCE, rid(7))]
    store.close()


def everything(store: Workspace, form_set: FormSet) -> None:
    for form in form_set.forms:
        list(store.stream_records(form.id))
        store.keys(ListQuery(form.id, search="水", sort=form.title))
        store.titles(form.id)
    store.journal()
    store.undo_state()
    store.facts()
    with store.rule_copy() as copy:
        copy.execute("SELECT count(*) FROM unfit").fetchone()


def damage(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    match chance.choice(("bit", "block", "cut", "zeros")):
        case "bit":
            for _ in range(chance.randint(1, 20)):
                changed[chance.randrange(100, len(changed))] ^= 1 << chance.randrange(8)
        case "block":
            at = chance.randrange(100, len(changed))
            noise = chance.randbytes(chance.randint(1, 4096))
            changed[at : at + len(noise)] = noise
        case "cut":
            del changed[chance.randrange(100, len(changed)) :]
        case "zeros":
            at = chance.randrange(100, len(changed))
            changed[at : at + 512] = bytes(len(changed[at : at + 512]))
    return bytes(changed)


REFUSALS = {"DB_DAMAGED", "DB_FOREIGN", "DB_SCHEMA", "DB_KIND", "DB_NEWER"}


def refusal(path: Path, form_set: FormSet) -> str:
    """Read everything there is; return the code of what was refused, or nothing."""
    try:
        store = workspace.open_(path, form_set)
    except CensusError as error:
        return error.code
    try:
        everything(store, form_set)
    except CensusError as error:
        return error.code
    finally:
        store.close()
    return ""


def test_a_damaged_file_opens_or_is_refused_with_a_code_and_nothing_else(
    filled: Workspace, form_set: FormSet, tmp_path: Path
) -> None:
    filled.close()
    content = filled.path.read_bytes()
    seed = random.SystemRandom().randrange(2**32)
    chance = random.Random(seed)  # noqa: S311  # chooses what to damage
    refused = 0
    for number in range(150):
        path = tmp_path / f"damaged-{number}.censusdb"
        path.write_bytes(damage(content, chance))
        code = refusal(path, form_set)
        assert code in {"", *REFUSALS}, (seed, number, code)
        refused += bool(code)
        for left in tmp_path.glob(f"damaged-{number}.*"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
    assert refused > 50, seed
