"""What is peculiar to a catalogue on a server: its schema, its refusals, lists that find what a file's lists find."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Connection, MetaData, inspect

from census_app.domain.addresses import is_address, read_address
from census_app.domain.filtering import CHILD_COUNT, EMPTY, UNKNOWN, ColumnFilter
from census_app.domain.holdings import ListQuery, MergeDone
from census_app.errors import CensusError, EnvironmentProblem, UserError
from census_app.formspec.schema import quoted
from census_app.storage import catalogue, fixed_tables, form_tables, server_catalogue, server_roles
from census_app.storage.catalogue import Catalogue
from census_app.storage.copying import copy_catalogue
from census_app.storage.migrations import CATALOGUE_HISTORY
from census_app.storage.server import SCHEMA, Server
from tests.servers import DatabaseServer
from tests.unit.storage.test_catalogue import (
    FACTS,
    FORM_SET,
    ITEM,
    RESOURCE,
    Package,
    deliver,
    first,
    item,
    put,
    rid,
)


@pytest.fixture
def database(database_server: DatabaseServer) -> Iterator[str]:
    made = database_server.new()
    yield made
    database_server.drop(made)


@pytest.fixture
def store(database_server: DatabaseServer, database: str) -> Iterator[Catalogue]:
    made = server_catalogue.create(database_server.address(database), FORM_SET, FACTS)
    yield made
    made.close()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Catalogue]:
    made = catalogue.create(tmp_path / "c.censusdb", FORM_SET, FACTS)
    yield made
    made.close()


def shape(connection: Connection, tables: frozenset[str]) -> dict[str, object]:
    found = inspect(connection)
    return {
        name: (
            [
                (c["name"], str(c["type"]), c["nullable"], c["default"])
                for c in found.get_columns(name)
            ],
            found.get_pk_constraint(name),
            [
                {k: v for k, v in f.items() if k != "referred_schema"}
                for f in found.get_foreign_keys(name)
            ],
            sorted(found.get_indexes(name), key=lambda index: str(index["name"])),
        )
        for name in tables
    }


def test_the_migrated_schema_is_the_one_in_use_and_sorts_by_bytes(
    database_server: DatabaseServer, database: str
) -> None:
    shapes = []
    for metadata in (None, fixed_tables.CATALOGUE):
        server = Server(database_server.address(database))
        with server.writing() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
            connection.exec_driver_sql(f"CREATE SCHEMA {SCHEMA}")
            _make_tables(connection, metadata)
        with server.reading() as connection:
            shapes.append(shape(connection, CATALOGUE_HISTORY.tables))
            unsorted = connection.exec_driver_sql(
                "SELECT table_name, column_name FROM information_schema.columns "
                "WHERE table_schema = 'census' AND data_type = 'text' "
                "AND collation_name IS DISTINCT FROM 'C'"
            ).all()
            assert unsorted == []
        server.close()
    assert shapes[0] == shapes[1]


def _make_tables(connection: Connection, metadata: MetaData | None) -> None:
    if metadata is None:
        CATALOGUE_HISTORY.upgrade(connection)
        form_tables.extend(connection, form_tables.catalogue_tables(FORM_SET))
    else:
        metadata.create_all(connection)


def code_of(failure: pytest.ExceptionInfo[CensusError]) -> str:
    return failure.value.code


def test_a_database_holds_one_catalogue_and_an_empty_one_is_named(
    database_server: DatabaseServer, database: str
) -> None:
    address = database_server.address(database)
    with pytest.raises(UserError) as empty:
        server_catalogue.open_(address, FORM_SET)
    assert code_of(empty) == "SERVER_EMPTY"
    server_catalogue.create(address, FORM_SET, FACTS).close()
    with pytest.raises(UserError) as taken:
        server_catalogue.create(address, FORM_SET, FACTS)
    assert code_of(taken) == "SERVER_TAKEN"
    server_catalogue.discard(address)
    with pytest.raises(UserError, match="SERVER_EMPTY"):
        server_catalogue.open_(address, FORM_SET)


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(EnvironmentProblem) as failure:
        Server(read_address("postgresql+psycopg://li:verysecret@127.0.0.1:1/census"))
    assert code_of(failure) == "SERVER_UNREACHABLE"
    assert "127.0.0.1:1/census" in str(failure.value)
    assert "verysecret" not in str(failure.value)
    assert failure.value.__cause__ is None


@pytest.mark.parametrize("password", ["very%zzsecret", "very secret"])
def test_an_address_the_driver_cannot_read_is_refused_without_its_password(password: str) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(UserError) as failure:
        Server(read_address(f"postgresql://li:{password}@127.0.0.1:1/census"))
    assert failure.value.code == "SERVER_URL"
    assert "secret" not in str(failure.value)
    assert failure.value.__cause__ is None


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (
            "postgresql+psycopg://li:x@db.example:5433/census?sslmode=require",
            "db.example:5433/census",
        ),
        ("postgres://db/%E7%9C%81", "db/省"),
        ("postgresql:///census?host=/run/postgresql", "/run/postgresql/census"),
        ("postgresql:///census", "localhost/census"),
    ],
)
def test_addresses_are_named_by_host_and_database(url: str, name: str) -> None:
    assert str(read_address(url)) == name
    assert "x@" not in repr(read_address(url))


@pytest.mark.parametrize("url", ["mysql://db/census", "postgresql://db", "postgresql://db:port/x"])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(UserError, match="SERVER_URL"):
        read_address(url)
    assert is_address(url) == url.startswith("postgresql")


def test_a_catalogue_of_a_newer_program_is_not_touched(
    database_server: DatabaseServer, database: str, store: Catalogue
) -> None:
    with store._database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'catalogue_9999'")
    with pytest.raises(EnvironmentProblem) as newer:
        server_catalogue.open_(database_server.address(database), FORM_SET)
    assert code_of(newer) == "DB_NEWER"


def filled(store: Catalogue) -> Catalogue:
    lines = [
        put(
            RESOURCE,
            1,
            name="水库 Level 100%",
            share_type="1",
            size_total="12.5",
            base_kind=["a", "b"],
        ),
        put(RESOURCE, 2, name="安全生产", share_type="2", size_total="unknown"),
        put(RESOURCE, 3, name="Ｌｅｖｅｌ 三", share_type="1"),
        put(RESOURCE, 4, abstract="没有名称？是的"),
        item(11, 1, "库容", 1024),
        item(12, 1, "水位", 2048),
        item(13, 3, "安全等级", 1024),
    ]
    deliver(store, [first("a", *lines), first("b", put(RESOURCE, 1, name="阿坝"), department="D2")])
    return store


QUERIES = [
    ListQuery(RESOURCE, sort="name"),
    ListQuery(RESOURCE, sort="name", descending=True),
    ListQuery(RESOURCE, sort="size_total"),
    ListQuery(RESOURCE, sort=CHILD_COUNT),
    ListQuery(RESOURCE, search="水库"),
    ListQuery(RESOURCE, search="level"),
    ListQuery(RESOURCE, search="100%"),
    ListQuery(RESOURCE, search="[^?*"),
    ListQuery(RESOURCE, search="安全", inside=True),
    ListQuery(RESOURCE, department="D2"),
    ListQuery(RESOURCE, ids=frozenset({rid(1), rid(3)})),
    ListQuery(RESOURCE, equals={"share_type": "1"}),
    ListQuery(RESOURCE, equals={"size_total": "unknown"}),
    ListQuery(RESOURCE, filters=(ColumnFilter("share_type", values=("2", EMPTY)),)),
    ListQuery(RESOURCE, filters=(ColumnFilter("size_total", values=(UNKNOWN,)),)),
    ListQuery(RESOURCE, filters=(ColumnFilter("size_total", low=Decimal(10), high=Decimal(13)),)),
    ListQuery(RESOURCE, filters=(ColumnFilter("size_total", values=("12.5", EMPTY)),)),
    ListQuery(RESOURCE, filters=(ColumnFilter("size_total", high=Decimal("12.5")),)),
    ListQuery(RESOURCE, equals={"size_total": "12.5"}),
    ListQuery(RESOURCE, filters=(ColumnFilter("published_on", low="2017-01-01"),)),
    ListQuery(RESOURCE, filters=(ColumnFilter("is_open", values=("0", EMPTY)),)),
    ListQuery(ITEM, filters=(ColumnFilter("length", values=("1024",)),)),
    ListQuery(ITEM, filters=(ColumnFilter("length", low=1025, high=4096),)),
    ListQuery(ITEM, equals={"length": "1024"}),
    ListQuery(RESOURCE, filters=(ColumnFilter("base_kind", values=("b",)),)),
    ListQuery(RESOURCE, filters=(ColumnFilter("name", text="LEVEL"),)),
    ListQuery(RESOURCE, filters=(ColumnFilter("name", state="empty"),)),
    ListQuery(ITEM, parent=rid(1)),
]


def test_lists_find_and_sort_as_in_a_file(store: Catalogue, file: Catalogue) -> None:
    for each in (filled(store), filled(file)):
        assert each.digest() == file.digest() or each is store
    assert store.digest() == file.digest()
    for query in QUERIES:
        columns = ["name", "size_total"]
        both = [
            [
                (row.id, row.department, dict(row.values), row.child_count)
                for row in each.rows(
                    query.form, each.keys(query), columns if query.form == RESOURCE else ["name"]
                )
            ]
            for each in (store, file)
        ]
        assert both[0] == both[1], query
        assert store.count(query) == file.count(query) == len(both[0])
    for field in ("share_type", "base_kind", "size_total"):
        assert store.tally(ListQuery(RESOURCE), field) == file.tally(ListQuery(RESOURCE), field)
    assert store.found_inside(RESOURCE, [], "水") == {}
    assert store.found_inside(ITEM, [rid(1)], "水") == file.found_inside(ITEM, [rid(1)], "水")
    assert store.record(
        RESOURCE, first_id := store.rows(RESOURCE, store.keys(ListQuery(RESOURCE)), [])[0].id
    ) == (file.record(RESOURCE, first_id))
    assert store.titles(RESOURCE) == file.titles(RESOURCE)
    assert store.counts("2018-01-05") == file.counts("2018-01-05")
    assert [r for _, r in store.ascending_records(ITEM)] == [
        r for _, r in file.ascending_records(ITEM)
    ]
    assert store.damaged_records() == []


def test_a_copy_is_equal_in_both_directions_and_goes_on(
    database_server: DatabaseServer, database: str, file: Catalogue, tmp_path: Path
) -> None:
    filled(file)
    there = copy_catalogue(file, database_server.address(database))
    back = copy_catalogue(there, tmp_path / "back.censusdb")
    assert file.digest() == there.digest() == back.digest()
    assert b"".join(back.package_bytes(file.packages()[0].identity)) == b"".join(
        file.package_bytes(file.packages()[0].identity)
    )
    assert list(back.stream_records(RESOURCE)) == list(file.stream_records(RESOURCE))
    further = [first("c", put(RESOURCE, 1, name="第三"), department="D3")]
    for each in (file, there, back):
        deliver(each, further)
    assert file.digest() == there.digest() == back.digest()
    there.close()
    back.close()


def test_a_lost_connection_in_a_merge_leaves_the_old_state(
    database_server: DatabaseServer, database: str, store: Catalogue, file: Catalogue
) -> None:
    package = first("a", put(RESOURCE, 1, name="甲"))
    deliver(store, [package])
    before = store.digest()
    second = package.then("b", put(RESOURCE, 1, name="乙"), put(RESOURCE, 2, name="丙"))
    store.append_package(second.facts, [b"x"])
    kept = store.digest()
    _tear_at(store, "projected")
    with pytest.raises(EnvironmentProblem) as lost:
        merge_one(store, second)

    assert code_of(lost) == "SERVER_LOST"
    assert store.digest() == kept != before
    with store._database.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER tear ON projected")
    assert merge_one(store, second).added == 1
    file.append_package(package.facts, [b"PKa"])
    deliver(file, [package, second])
    assert store.digest() == file.digest()


def _tear_at(store: Catalogue, table: str) -> None:
    """Make the server end the connection as soon as a row comes into a table: everything before has been written."""
    with store._database.writing() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION tear() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$"
        )
        connection.exec_driver_sql(
            f"CREATE TRIGGER tear BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION tear()"
        )


def merge_one(store: Catalogue, package: Package) -> MergeDone:
    scratch = store.scratch()
    try:
        scratch.load(package.lines)
        return store.merge(package.facts, scratch)
    finally:
        scratch.close()


def test_who_waits_too_long_for_a_colleague_is_told(
    database_server: DatabaseServer, database: str, store: Catalogue
) -> None:
    database_server.admin.execute(f"ALTER DATABASE {database} SET lock_timeout = '100ms'")
    colleague = server_catalogue.open_(database_server.address(database), FORM_SET)
    with store.holding("D1"):
        with pytest.raises(EnvironmentProblem) as busy:
            colleague.append_package(first("a").facts, [b"x"])
        assert colleague.append_package(first("b", department="D2").facts, [b"x"])
    assert code_of(busy) == "SERVER_BUSY"
    assert colleague.append_package(first("a").facts, [b"x"])
    colleague.close()


def test_a_colleague_who_took_over_other_forms_is_noticed(
    database_server: DatabaseServer, database: str, store: Catalogue
) -> None:
    colleague = server_catalogue.open_(database_server.address(database), FORM_SET)
    with store._database.writing() as connection:
        connection.exec_driver_sql("UPDATE catalogue SET form_sha256 = 'other'")
    with pytest.raises(EnvironmentProblem, match="SERVER_FORMS"):
        colleague.append_package(first("a").facts, [b"x"])
    assert store.append_package(first("a").facts, [b"x"])
    colleague.close()


@pytest.fixture
def people(
    database_server: DatabaseServer, database: str, store: Catalogue
) -> Iterator[dict[str, str]]:
    """Login roles, by what they may do; `store` has a package."""
    deliver(store, [first("a", put(RESOURCE, 1, name="甲"))])
    made = server_roles.create(database_server.address(database), f"r{database}")
    logins = {}
    for role, group in zip(server_roles.ROLES, made, strict=True):
        logins[role] = f"p{database}_{role}"
        database_server.admin.execute(f"CREATE ROLE {logins[role]} LOGIN IN ROLE {group}")
    yield logins
    store.close()
    database_server.drop(database)
    for name in (*logins.values(), *reversed(made)):
        database_server.admin.execute(f"DROP ROLE {name}")


def test_a_reader_reads_and_writes_nothing(
    database_server: DatabaseServer, database: str, store: Catalogue, people: dict[str, str]
) -> None:
    reader = server_catalogue.open_(database_server.address(database, people["reader"]), FORM_SET)
    assert reader.known_digest() == store.digest()
    assert reader.counts("2018-01-05")["D1"]["resources"] == 1
    with pytest.raises(EnvironmentProblem) as refused:
        reader.append_package(first("b", department="D2").facts, [b"x"])
    assert code_of(refused) == "SERVER_PERMISSION"
    assert store.known_digest() == store.facts().digest
    reader.close()


def test_a_coordinator_receives_and_cannot_alter_what_was_received(
    database_server: DatabaseServer, database: str, store: Catalogue, people: dict[str, str]
) -> None:
    address = database_server.address(database, people["coordinator"])
    coordinator = server_catalogue.open_(address, FORM_SET)
    deliver(coordinator, [first("b", put(RESOURCE, 1, name="乙"), department="D2")])
    assert store.count(ListQuery(RESOURCE)) == 2
    for statement in (
        "DELETE FROM package",
        "DELETE FROM package_chunk",
        "UPDATE package SET previous = ''",
        "UPDATE package_chunk SET bytes = ''",
        f"DROP TABLE {quoted(RESOURCE)}",
        "ALTER TABLE catalogue ADD COLUMN mine text",
    ):
        with (
            pytest.raises(EnvironmentProblem, match="SERVER_PERMISSION"),
            coordinator._database.writing() as connection,
        ):
            connection.exec_driver_sql(statement)
    coordinator.close()


def test_an_administrator_makes_tables_that_coordinators_write(
    database_server: DatabaseServer, database: str, people: dict[str, str]
) -> None:
    address = database_server.address(database, people["administrator"])
    administrator = server_catalogue.open_(address, FORM_SET)
    administrator.adopt_forms(FORM_SET, {})
    administrator.close()
    other = server_catalogue.open_(
        database_server.address(database, people["coordinator"]), FORM_SET
    )
    both = [first("a", put(RESOURCE, 1, name="甲")), first("b", put(RESOURCE, 1), department="D2")]
    deliver(other, both)
    assert other.count(ListQuery(RESOURCE, department="D2")) == 1
    other.close()


@pytest.mark.parametrize("prefix", ["", "a b", "x;drop", "Census", "普查"])
def test_a_prefix_that_is_no_name_is_refused(prefix: str) -> None:
    with pytest.raises(UserError, match="ROLE_PREFIX"):
        server_roles.script(prefix)
