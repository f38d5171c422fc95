"""The history of the fixed tables leads to the tables the program uses."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic import op
from sqlalchemy import MetaData

from census_app.errors import CensusError
from census_app.storage import fixed_tables, migrations
from census_app.storage.engine import Database, connect
from census_app.storage.migrations import CATALOGUE_HISTORY, WORKSPACE_HISTORY, History, Revision

Shape = dict[str, object]


def shape(database: Database) -> Shape:
    """Return everything SQLite knows of the tables, without the text they were written with."""
    found: Shape = {}
    driver = database.driver
    names = driver.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'alembic_version'"
    ).fetchall()
    for (name,) in names:
        indexes = {
            (
                row[1],
                row[2],
                row[3],
                tuple(driver.execute(f"PRAGMA index_info({row[1]})").fetchall()),
            )
            for row in driver.execute(f"PRAGMA index_list({name})").fetchall()
        }
        found[name] = (
            driver.execute(f"PRAGMA table_info({name})").fetchall(),
            indexes,
            driver.execute(f"PRAGMA foreign_key_list({name})").fetchall(),
        )
    return found


@pytest.mark.parametrize(
    ("history", "metadata"),
    [
        (WORKSPACE_HISTORY, fixed_tables.WORKSPACE),
        (CATALOGUE_HISTORY, fixed_tables.CATALOGUE),
    ],
)
def test_the_migrated_schema_is_the_one_in_use(
    tmp_path: Path, history: History, metadata: MetaData
) -> None:
    migrated = Database(tmp_path / "a", connect(tmp_path / "a"))
    created = Database(tmp_path / "b", connect(tmp_path / "b"))
    with migrated.writing() as connection:
        ran = history.upgrade(connection)
    with created.writing() as connection:
        metadata.create_all(connection)

    assert ran == [r.id for r in history.load()]
    assert shape(migrated) == shape(created)
    assert shape(migrated).keys() == history.tables
    assert history.version == len(history.load())
    migrated.close()
    created.close()


def test_a_second_upgrade_runs_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path / "a", connect(tmp_path / "a"))
    with database.writing() as connection:
        WORKSPACE_HISTORY.upgrade(connection)
    with database.writing() as connection:
        assert WORKSPACE_HISTORY.upgrade(connection) == []
        versions = connection.exec_driver_sql("SELECT version_num FROM alembic_version").all()
    assert [tuple(v) for v in versions] == [(WORKSPACE_HISTORY.load()[-1].id,)]
    database.close()


def test_a_revision_that_fails_takes_the_ones_before_it_back(tmp_path: Path) -> None:
    def broken() -> None:
        op.execute("INSERT INTO nowhere VALUES (1)")

    def load() -> list[Revision]:
        return [*WORKSPACE_HISTORY.load(), Revision("workspace_0002", broken)]

    database = Database(tmp_path / "a", connect(tmp_path / "a"))
    with pytest.raises(CensusError), database.writing() as connection:
        History(load, 2, WORKSPACE_HISTORY.tables).upgrade(connection)
    assert shape(database) == {}
    database.close()


def test_migrations_do_not_follow_todays_tables() -> None:
    folder = Path(migrations.__file__).parent
    for path in folder.glob("*_0*.py"):
        text = path.read_text(encoding="utf-8")
        assert "fixed_tables" not in text
        assert "formspec" not in text


def test_sqlite_is_as_new_as_the_floor() -> None:
    assert sqlite3.sqlite_version_info >= (3, 35)
