"""Somebody else's databases: their structure is read, their data never, and nothing they bring along is run."""

from __future__ import annotations

import hashlib
import random
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from census_app.domain.database_urls import DatabaseUrl, Product, read_database_url
from census_app.domain.schemas import FoundSchema, Why, sifted
from census_app.errors import CensusError, DataProblem, EnvironmentProblem
from census_app.storage import inspection, server_inspection
from census_app.storage.inspection import inspect_file
from census_app.storage.server_inspection import inspect_server
from tests.servers import DatabaseServer

SECRET = "320102199001010011"  # noqa: S105  # what stands in the rows, and must not come out


def database(path: Path, script: str) -> Path:
    made = sqlite3.connect(path)
    made.executescript(script)
    made.commit()
    made.close()
    return path


OFFICE = """
CREATE TABLE t_person (id INTEGER PRIMARY KEY, -- 编号
  xm VARCHAR(60) NOT NULL, -- 姓名
  sfzh CHAR(18), csrq DATE, nl INT GENERATED ALWAYS AS (id + 1));
INSERT INTO t_person (id, xm, sfzh) VALUES (1, '张三', '320102199001010011'), (2, '李四', '320102199001010011');
CREATE TABLE t_ent (a INTEGER, b INTEGER, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE VIEW v_person AS SELECT xm FROM t_person;
CREATE TABLE alembic_version (v TEXT);
CREATE VIRTUAL TABLE found USING fts5(x);
CREATE TRIGGER tr AFTER INSERT ON t_person BEGIN SELECT 1; END;
"""


def shown(found: FoundSchema) -> dict[str, list[tuple[str, str, str, bool]]]:
    return {
        t.name: [(c.name, c.type_text, c.comment, c.key) for c in t.columns] for t in found.tables
    }


def test_a_sqlite_file_is_read_with_the_comments_in_its_statements(tmp_path: Path) -> None:
    path = database(tmp_path / "office.db", OFFICE)
    before = hashlib.sha256(path.read_bytes()).hexdigest(), sorted(tmp_path.iterdir())
    found = inspect_file(path, count=True)
    assert shown(found) == {
        "t_person": [("id", "INTEGER", "编号", True), ("xm", "VARCHAR(60)", "姓名", False),
                     ("sfzh", "CHAR(18)", "", False), ("csrq", "DATE", "", False), ("nl", "INT", "", False)],
        "t_ent": [("a", "INTEGER", "", True), ("b", "INTEGER", "", True)],
    }  # fmt: skip
    assert [t.rows for t in found.tables] == [2, 0]
    whys = {e.name: e.why for e in found.left_out}
    assert whys["v_person"] is Why.VIEW
    assert whys["alembic_version"] is Why.TOOL
    assert whys["found"] is whys["found_content"] is Why.VIRTUAL
    assert (hashlib.sha256(path.read_bytes()).hexdigest(), sorted(tmp_path.iterdir())) == before


def test_no_value_of_a_sqlite_file_can_be_read(tmp_path: Path) -> None:
    """The connection itself refuses: reading a column, writing, attaching, loading, running what the file brings."""
    path = database(tmp_path / "office.db", OFFICE)
    with inspection._guarded(path) as (driver, _watch):
        assert driver.execute("SELECT count(*) FROM t_person").fetchone() == (2,)
        for statement in (
            "SELECT xm FROM t_person", "SELECT * FROM t_person", "SELECT count(xm) FROM t_person",
            "SELECT max(sfzh) FROM t_person", "SELECT 1 FROM t_person WHERE sfzh LIKE '3%'",
            "SELECT * FROM v_person", "DELETE FROM t_person", "ATTACH ':memory:' AS x", "PRAGMA writable_schema=ON",
            "SELECT load_extension('x')", "CREATE TEMP TABLE x (a)", "SELECT * FROM found",
        ):  # fmt: skip
            with pytest.raises(sqlite3.Error):
                driver.execute(statement).fetchall()
            assert SECRET not in str(sys.exc_info())


def test_s1_the_limits_of_a_foreign_file_hold(tmp_path: Path) -> None:
    path = database(tmp_path / "office.db", OFFICE)
    with inspection._guarded(path) as (driver, _watch):
        assert driver.getlimit(sqlite3.SQLITE_LIMIT_LENGTH) == 16 << 20
        assert driver.getlimit(sqlite3.SQLITE_LIMIT_ATTACHED) == 0
        assert driver.execute("PRAGMA query_only").fetchone() == (1,)
        assert driver.execute("PRAGMA trusted_schema").fetchone() == (0,)


def test_s2_s3_views_triggers_and_endless_views_are_never_run(tmp_path: Path) -> None:
    script = OFFICE + (  # noqa: S608
        "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n;"
        "CREATE VIEW broken AS SELECT * FROM nowhere;"
    )
    begun = time.process_time()
    found = inspect_file(database(tmp_path / "o.db", script), count=True)
    assert {e.name for e in found.left_out if e.why is Why.VIEW} == {
        "v_person",
        "endless",
        "broken",
    }
    assert time.process_time() - begun < 1.0


def test_s3_a_statement_that_takes_too_long_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = database(
        tmp_path / "o.db",
        "BEGIN;" + "".join(f"CREATE TABLE t{n} (a);" for n in range(400)) + "COMMIT;",
    )
    monkeypatch.setattr(inspection, "TIMEOUT_S", -1.0)
    with pytest.raises(DataProblem) as refused:
        inspect_file(path)
    assert refused.value.code == "DISCOVER_TIMEOUT"


def test_s3_a_count_that_takes_too_long_is_given_up_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 200000) SELECT i FROM n"
    path = database(tmp_path / "o.db", f"CREATE TABLE t AS {rows}; CREATE TABLE u (a);")
    monkeypatch.setattr(inspection, "COUNT_TIMEOUT_S", 0.000_001)
    found = inspect_file(path, count=True)
    assert [t.name for t in found.tables] == ["t", "u"]
    said = {dict(n.params)["table"] for n in found.notes}
    assert said == {t.name for t in found.tables if t.rows is None}


def test_s4_a_damaged_file_is_refused_or_read_and_never_crashes(tmp_path: Path) -> None:
    sound = database(tmp_path / "o.db", OFFICE).read_bytes()
    chance = random.Random(7)  # noqa: S311
    path = tmp_path / "damaged.db"
    codes = set()
    for _ in range(150):
        data = bytearray(sound)
        for _change in range(chance.randint(1, 30)):
            data[chance.randrange(16, len(data))] = chance.randrange(256)
        path.write_bytes(bytes(data))
        try:
            inspect_file(path, count=True)
        except CensusError as refused:
            codes.add(refused.code)
    assert codes
    assert codes <= {
        "DISCOVER_DAMAGED",
        "DISCOVER_TIMEOUT",
        "DB_LOCKED",
        "IO_ERROR",
        "DISCOVER_FOREIGN",
    }


def test_s5_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("这不是数据库" * 100, encoding="utf-8")
    with pytest.raises(DataProblem) as refused:
        inspect_file(path)
    assert refused.value.code == "DISCOVER_FOREIGN"
    path.write_bytes(b"SQLite format 3\x00" + b"\x00" * 200)
    with pytest.raises(DataProblem):
        inspect_file(path)


# -- servers -----------------------------------------------------------------------------------------------------------

PUBLIC = """
CREATE TABLE t_person (id bigint PRIMARY KEY, xm varchar(60) NOT NULL, zp bytea, je numeric(10, 2), sj timestamp);
COMMENT ON TABLE t_person IS '人口基本信息';
COMMENT ON COLUMN t_person.xm IS '姓名';
INSERT INTO t_person (id, xm) VALUES (1, '320102199001010011'), (2, '320102199001010011');
CREATE TABLE measured (d date, v int) PARTITION BY RANGE (d);
CREATE TABLE measured_2026 PARTITION OF measured FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE VIEW v_person AS SELECT xm FROM t_person;
CREATE TABLE flyway_schema_history (v int);
CREATE SCHEMA archive;
CREATE TABLE archive.t_old (a "char", b text[], "C%d" date);
CREATE ROLE blind LOGIN;
GRANT USAGE ON SCHEMA public, archive TO blind;
"""


@pytest.fixture(scope="module")
def office(database_server: DatabaseServer) -> Iterator[str]:
    """A department's database, with a role that may see names and read not one row."""
    psycopg: Any = pytest.importorskip("psycopg")
    name = database_server.new()
    with psycopg.connect(
        database_server.uri.replace("/postgres?", f"/{name}?"), autocommit=True
    ) as made:
        made.execute(PUBLIC)
    yield name
    database_server.drop(name)
    database_server.admin.execute("DROP ROLE IF EXISTS blind")


def url_of(server: DatabaseServer, database: str, user: str = "postgres") -> DatabaseUrl:
    return read_database_url(server.url(database, user))


def test_a_postgres_schema_is_read_by_a_role_that_may_read_no_row(
    database_server: DatabaseServer, office: str
) -> None:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        found = sifted(inspect_server(url_of(database_server, office, "blind")))
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert found.source == office
    assert [(t.schema, t.name, t.comment) for t in found.tables] == [
        ("", "measured", ""), ("", "t_person", "人口基本信息"), ("archive", "t_old", ""),
    ]  # fmt: skip
    assert [(c.name, c.type_text, c.comment, c.nullable, c.key) for c in found.tables[1].columns] == [
        ("id", "BIGINT", "", False, True), ("xm", "VARCHAR(60)", "姓名", False, False),
        ("zp", "BYTEA", "", True, False),
        ("je", "NUMERIC(10, 2)", "", True, False), ("sj", "TIMESTAMP WITHOUT TIME ZONE", "", True, False),
    ]  # fmt: skip
    whys = {(e.name, e.why) for e in found.left_out}
    assert whys == {
        ("v_person", Why.VIEW), ("measured_2026", Why.PARTITION), ("flyway_schema_history", Why.TOOL)
    }  # fmt: skip
    assert statements
    assert not [s for s in statements if "t_person" in s.split("WHERE")[0] or "archive." in s]


def test_rows_and_bytes_are_counted_when_asked_and_what_cannot_be_is_said(
    database_server: DatabaseServer, office: str
) -> None:
    found = inspect_server(url_of(database_server, office), count=True)
    rows = {t.name: t.rows for t in found.tables}
    assert rows["t_person"] == 2
    assert all(t.size_bytes for t in found.tables if t.name == "t_person")
    blind = inspect_server(url_of(database_server, office, "blind"), count=True)
    assert {t.rows for t in blind.tables} == {None}
    assert {n.code for n in blind.notes} == {"DISCOVER_NOT_COUNTED"}
    assert SECRET not in repr(blind)


def test_the_session_cannot_write(database_server: DatabaseServer, office: str) -> None:
    url = url_of(database_server, office)
    driver = server_inspection._DRIVERS[url.product]
    with server_inspection._connected(url, driver) as connection:
        with pytest.raises(Exception, match="read-only"):
            connection.exec_driver_sql("CREATE TABLE x (a int)")
        connection.rollback()


def test_views_are_tables_when_that_is_asked(database_server: DatabaseServer, office: str) -> None:
    found = inspect_server(url_of(database_server, office), views=True)
    assert "v_person" in {t.name for t in found.tables}


def test_a_server_that_is_not_there_is_said_without_the_password() -> None:
    url = DatabaseUrl(Product.POSTGRESQL, "127.0.0.1", "rkk", "reader", "geheim-8812", 1)
    with pytest.raises(EnvironmentProblem) as refused:
        inspect_server(url)
    assert refused.value.code == "DISCOVER_CONNECT"
    assert "geheim-8812" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("product", "package"),
    [(Product.MYSQL, "PyMySQL"), (Product.ORACLE, "oracledb"), (Product.SQLSERVER, "pymssql"),
     (Product.DAMENG, "dmPython")],
)  # fmt: skip
def test_a_missing_driver_says_what_to_install(
    product: Product, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, server_inspection._DRIVERS[product].module, None)
    with pytest.raises(EnvironmentProblem) as refused:
        inspect_server(DatabaseUrl(product, "h", "d", "u", "geheim-8812"))
    assert refused.value.code == "DISCOVER_DRIVER"
    assert package in str(refused.value.params["package"])
    assert "geheim-8812" not in str(refused.value)
