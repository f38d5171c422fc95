"""What was called saved survives a power cut; recipes that lose it are shown to lose it."""

from __future__ import annotations

import importlib.util
import random
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest

from census_app.storage.engine import SETTINGS

apsw = pytest.importorskip("apsw")

TRANSACTIONS = 40
STATES = 5000
RECIPE = {name: value for name, (value, _) in SETTINGS.items()}
LOSING = {"journal_mode": "DELETE", "synchronous": "FULL", "foreign_keys": "ON"}
CARELESS = {**RECIPE, "synchronous": "OFF"}
SCHEMA = """
CREATE TABLE counter (n INTEGER);
INSERT INTO counter VALUES (0);
CREATE TABLE record (id INTEGER PRIMARY KEY, body TEXT);
CREATE TABLE item (id INTEGER PRIMARY KEY, record INTEGER REFERENCES record (id), body TEXT);
"""


@pytest.fixture(scope="module")
def model() -> Iterator[ModuleType]:
    """The model of the disk, which stands beside this file."""
    spec = importlib.util.spec_from_file_location(
        "power_cut", Path(__file__).with_name("power_cut.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["power_cut"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["power_cut"]


def lost_and_broken(
    model: ModuleType, folder: Path, settings: Mapping[str, str], states: int, seed: int
) -> tuple[int, int]:
    """Return how many of the states lost an acknowledged transaction, and how many are not sound."""
    path = folder / "work.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(SCHEMA)
    connection.close()
    before = path.read_bytes()

    recorder = model.Recorder()
    work(path, settings, recorder)
    start = {str(path): (recorder.inodes[str(path)], before)}
    lost = broken = 0
    after = folder / "after"
    after.mkdir()
    chance = random.Random(seed)  # noqa: S311  # chooses cuts, guards nothing
    for acknowledged, files in model.cuts(recorder.events, start, states, chance):
        for name, content in files.items():
            (after / Path(name).name).write_bytes(content)
        found = count_if_sound(after / path.name)
        broken += found is None
        lost += found is not None and found < acknowledged
        for each in after.iterdir():
            each.unlink()
    return lost, broken


def work(path: Path, settings: Mapping[str, str], recorder: object) -> None:
    """Write transactions as the program does and log each as acknowledged when its COMMIT has returned."""
    connection = apsw.Connection(str(path), vfs="logged")
    for name, value in settings.items():
        connection.execute(f"PRAGMA {name}={value}").fetchall()
    for number in range(1, TRANSACTIONS + 1):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO record VALUES (?, ?)", (number, "水" * (number * 37 % 900)))
        for _ in range(3):
            connection.execute("INSERT INTO item (record, body) VALUES (?, '项')", (number,))
        connection.execute("UPDATE counter SET n = n + 1")
        connection.execute("COMMIT")
        recorder.events.append(("ack", number))  # type: ignore[attr-defined]
    connection.close()


def count_if_sound(path: Path) -> int | None:
    """Return how many transactions a file holds, or None when it is damaged or holds half of one."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            return None
        if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
            return None
        row = connection.execute(
            "SELECT (SELECT n FROM counter), (SELECT count(*) FROM record), (SELECT count(*) FROM item)"
        ).fetchone()
    except sqlite3.DatabaseError:
        return None
    finally:
        connection.close()
    counter, records, items = row
    return int(counter) if records == counter and items == 3 * counter else None


@pytest.mark.parametrize("run", range(3))
def test_the_recipe_loses_nothing_that_was_acknowledged(
    model: ModuleType, tmp_path: Path, run: int
) -> None:
    seed = random.SystemRandom().randrange(2**32)
    outcome = lost_and_broken(model, tmp_path, RECIPE, STATES, seed)
    assert outcome == (0, 0), f"seed {seed}, run {run}"


def test_control_sqlites_default_loses_acknowledged_work(model: ModuleType, tmp_path: Path) -> None:
    lost, broken = lost_and_broken(model, tmp_path, LOSING, STATES, 1)

    assert lost > STATES // 100
    assert broken == 0


def test_control_without_syncs_files_break(model: ModuleType, tmp_path: Path) -> None:
    lost, broken = lost_and_broken(model, tmp_path, CARELESS, STATES // 5, 1)
    assert lost + broken > STATES // 100
