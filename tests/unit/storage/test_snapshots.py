"""Snapshots: verified, kept by age, bounded in size."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from census_app.domain.changes import Insert, Origin, Step
from census_app.domain.holdings import ListQuery
from census_app.domain.records import Record, RecordId
from census_app.errors import DataProblem, EnvironmentProblem
from census_app.formspec.model import FormSet
from census_app.settings.beside import snapshots_folder
from census_app.storage import snapshots, workspace
from census_app.storage.snapshots import Snapshot, superfluous
from census_app.storage.workspace import Workspace

NOW = dt.datetime(2018, 6, 15, 12, 0, tzinfo=dt.UTC)


def add(store: Workspace, number: int) -> None:
    record = Record("information_resource", RecordId(f"{number:032x}"), {"name": "水"})
    store.write(Step("STEP_ADD", "王芳", Origin.TYPED, "2018-01-05T08:00:00Z", (Insert(record),)))


def taken(*ages: dt.timedelta, size: int = 1) -> list[Snapshot]:
    return [Snapshot(Path(f"{n}"), NOW - age, size) for n, age in enumerate(ages)]


def test_a_snapshot_is_a_workspace_as_it_was(store: Workspace, form_set: FormSet) -> None:
    add(store, 1)
    path = store.snapshot("Before import!")
    add(store, 2)

    assert path.name.endswith("-before-import.censusdb")
    kept = workspace.open_(path, form_set)
    assert kept.count(ListQuery("information_resource")) == 1
    kept.close()
    assert store.count(ListQuery("information_resource")) == 2


def test_snapshots_are_listed_oldest_first_and_nothing_else(store: Workspace) -> None:
    first, second = store.snapshot("exit"), store.snapshot("import")
    (snapshots_folder(store.path) / "notes.txt").write_text("x", encoding="utf-8")

    found = snapshots.snapshots(store.path)
    assert [(s.path, s.reason) for s in found] == [(first, "exit"), (second, "import")]
    assert found[0].bytes == first.stat().st_size


def test_a_file_without_snapshots_has_none(tmp_path: Path) -> None:
    assert snapshots.snapshots(tmp_path / "w.censusdb") == []


def test_a_snapshot_that_fails_its_check_is_not_kept(
    store: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(path: Path) -> None:
        raise DataProblem("SNAPSHOT_DAMAGED", path=str(path), detail="planted")

    monkeypatch.setattr(snapshots, "verify", damaged)
    with pytest.raises(DataProblem):
        store.snapshot("exit")

    assert list(snapshots_folder(store.path).iterdir()) == []


def test_a_damaged_copy_is_noticed(store: Workspace, tmp_path: Path) -> None:
    for number in range(50):
        add(store, number)
    path = store.snapshot("exit")
    snapshots.verify(path)
    with path.open("rb+") as handle:
        handle.seek(4096 * 3 + 8)
        handle.write(b"\xff" * 64)
    with pytest.raises(DataProblem) as failure:
        snapshots.verify(path)

    assert failure.value.code == "SNAPSHOT_DAMAGED"
    assert tmp_path.exists()


def test_a_full_disk_while_snapshotting_is_said_and_leaves_no_part(
    store: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(snapshots, "sync_file", full)
    with pytest.raises(EnvironmentProblem) as failure:
        store.snapshot("exit")

    assert failure.value.code == "DISK_FULL"
    assert list(snapshots_folder(store.path).iterdir()) == []


def test_the_last_day_is_kept_whole() -> None:
    present = taken(*(dt.timedelta(minutes=10 * n) for n in range(140)))
    assert superfluous(present, NOW, 10**9) == []


def test_older_ones_are_kept_by_day_week_and_month() -> None:
    present = taken(*(dt.timedelta(hours=6 * n) for n in range(4 * 500)))
    kept = set(present) - set(superfluous(present, NOW, 10**9))
    days = sorted({(NOW.date() - s.at.date()).days for s in kept})

    assert days[:14] == list(range(14))
    assert 12 <= len([d for d in days if d >= 14]) <= 20
    assert max(days) > 300
    assert len(kept) < 60


def test_a_budget_keeps_the_newest_and_always_one() -> None:
    present = taken(*(dt.timedelta(minutes=n) for n in range(5)), size=10)

    assert [s.path.name for s in superfluous(present, NOW, 25)] == ["4", "3", "2"]
    assert [s.path.name for s in superfluous(present, NOW, 0)] == ["4", "3", "2", "1"]


@given(st.lists(st.integers(0, 10**6), unique=True, min_size=1), st.integers(0, 50))
def test_clearing_twice_clears_nothing_more_and_the_newest_stays(
    minutes: list[int], budget: int
) -> None:
    present = taken(*(dt.timedelta(minutes=m) for m in minutes))
    gone = superfluous(present, NOW, budget)
    rest = [s for s in present if s not in gone]

    assert max(present, key=lambda s: s.at) in rest
    assert superfluous(rest, NOW, budget) == []


def test_taking_one_clears_what_retention_no_longer_keeps(store: Workspace) -> None:
    for hour in range(1, 30):
        snapshots.take(
            store._database.driver, store.path, "t", NOW - dt.timedelta(days=40, hours=hour)
        )
    snapshots.take(store._database.driver, store.path, "t", NOW)

    left = snapshots.snapshots(store.path)
    assert 2 <= len(left) <= 4
    assert left[-1].at == NOW
