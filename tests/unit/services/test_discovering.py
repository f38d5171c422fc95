"""Discovering: what is proposed, what a second look changes, and that no word of a person is touched."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_app import bootstrap
from census_app.domain.database_urls import Product
from census_app.domain.records import Record, RecordId
from census_app.domain.schemas import FoundColumn, FoundSchema, FoundTable, key_of
from census_app.errors import UserError
from census_app.formspec.model import Field, Form
from census_app.services import editing
from census_app.services.carrying import begin_round
from census_app.services.checking import check_workspace
from census_app.services.discovering import (
    apply_discovery,
    check_choice,
    compare,
    everything,
    known_source,
    plan_discovery,
    sources,
)
from census_app.services.discovery_plan import Discovery, Standing, tally
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.proposing import Way, apart, short_name
from census_app.services.purging import plan_purge, purge


def column(
    name: str, declared: str = "varchar(20)", comment: str = "", *, key: bool = False
) -> FoundColumn:
    return FoundColumn(name, declared, comment, key=key)


PERSON = FoundTable(
    "T_PERSON",
    (column("ID", "bigint", "编号", key=True), column("XM", "varchar(60)", "姓名"),
     column("XB", "char(1)", "性别：1男 2女"),
     column("SFZH", "varchar(18)", "身份证号")),
    comment="常住人口基本信息", rows=12_345, size_bytes=3 << 30,
)  # fmt: skip
SCHEMA = FoundSchema("rkk", Product.MYSQL, (PERSON, FoundTable("T_LOG", (column("A", "hyper"),))))


@dataclasses.dataclass
class World:
    store: WorkspaceStore
    clock: Clock

    def role(self, role: str) -> tuple[Form, Field]:
        return self.store.form_set.by_role(role)

    def look(self, schema: FoundSchema, way: Way | None = None) -> Discovery:
        return compare(self.store, schema, way)

    def take(self, schema: FoundSchema, way: Way | None = None, **only: Any) -> Any:
        found = self.look(schema, way)
        plan = plan_discovery(self.store, found, only.get("chosen", everything(found)), way)
        return apply_discovery(self.store, plan, actor="李雯", clock=self.clock)

    def resources(self) -> dict[str, Record]:
        form, name = self.role("resource_name")
        return {str(r.values[name.id]): r for r in self.store.stream_records(form.id)}

    def items(self, resource: Record) -> dict[str, Record]:
        form, name = self.role("item_name")
        return {
            str(r.values[name.id]): r
            for r in self.store.stream_records(form.id)
            if r.parent == resource.id
        }

    def said(self, record: Record, role: str) -> Any:
        return record.values.get(self.role(role)[1].id)

    def write(self, record: Record, role: str, text: str) -> None:
        form, field = self.role(role)
        cells = [(record.id, field.id, text)]
        editing.set_cells(self.store, form.id, cells, actor="李雯", clock=self.clock)

    def everything_said(self) -> dict[str, Any]:
        return {
            str(r.id): dict(r.values)
            for form in self.store.form_set.forms
            for r in self.store.stream_records(form.id)
        }


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the file once: each test gets a copy."""
    path = tmp_path_factory.mktemp("discovering") / "office.censusdb"
    bootstrap.create_workspace(
        path, department="江苏省第一样例厅", code="11320000990000017P"
    ).close()
    return path


@pytest.fixture
def world(prepared: Path, tmp_path: Path, clock: Clock) -> Iterator[World]:
    store = bootstrap.open_workspace(Path(shutil.copy(prepared, tmp_path / "office.censusdb")))
    yield World(store, clock)
    store.close()


def changed(schema: FoundSchema, **tables: FoundTable | None) -> FoundSchema:
    made = [tables.get(t.name, t) for t in schema.tables]
    return dataclasses.replace(schema, tables=tuple(t for t in made if t is not None))


def with_columns(table: FoundTable, *columns: FoundColumn) -> FoundTable:
    return dataclasses.replace(table, columns=columns)


def test_a_table_becomes_a_resource_and_its_columns_its_items(world: World) -> None:
    done = world.take(SCHEMA, Way(system=None))
    assert (done.plan.new_resources, done.plan.new_items, done.plan.unnamed) == (2, 5, 2)
    assert done.snapshot is not None
    person = world.resources()["常住人口基本信息"]
    assert world.said(person, "resource_name_en") == "T_PERSON"
    assert world.said(person, "format_class") == "03"
    assert world.said(person, "format_type") == "0310"
    assert world.said(person, "records_total") == Decimal("1.2345")
    assert world.said(person, "size_total") == Decimal(3)
    assert world.said(person, "provider_uscc") == "11320000990000017P"
    items = world.items(person)
    assert list(items) == ["编号", "姓名", "性别", "身份证号"]
    assert [world.said(i, "item_type") for i in items.values()] == ["I", "C", "C", "C"]
    assert [world.said(i, "item_length") for i in items.values()] == [8, 60, 1, 18]
    assert [world.said(i, "item_key") for i in items.values()] == [True, None, None, None]
    log = world.items(world.resources()["T_LOG"])["A"]
    assert world.said(log, "item_type") is None or "hyper" in str(world.said(log, "item_type"))
    assert check_workspace(world.store, clock=world.clock) is not None


def test_discovering_again_changes_nothing(world: World) -> None:
    world.take(SCHEMA)
    before = world.everything_said()
    again = world.look(SCHEMA)
    assert {t.standing for t in again.tables} == {Standing.SAME}
    assert not plan_discovery(world.store, again, everything(again)).writes
    assert not tally(again, everything(again)).writes
    assert world.take(SCHEMA).step.number == 0
    assert world.everything_said() == before


def test_one_undo_takes_all_of_it_back_and_one_redo_brings_it_again(world: World) -> None:
    before = world.everything_said()
    world.take(SCHEMA)
    after, seen = world.everything_said(), world.store.sightings()
    editing.undo(world.store, actor="李雯", clock=world.clock)
    assert world.everything_said() == before
    assert world.store.sightings() == []
    assert {t.standing for t in world.look(SCHEMA).tables} == {Standing.NEW}
    editing.redo(world.store, actor="李雯", clock=world.clock)
    assert world.everything_said() == after
    assert world.store.sightings() == seen
    assert all(line.field or line.sign for line in world.store.journal(limit=500))


def test_a_second_look_shows_added_changed_and_gone_and_writes_only_its_own(world: World) -> None:
    world.take(SCHEMA)
    person = world.resources()["常住人口基本信息"]
    later = with_columns(
        dataclasses.replace(PERSON, comment="常住人口登记信息", rows=13_000),
        column("ID", "bigint", "编号", key=True), column("XM", "varchar(80)", "公民姓名"),
        column("SFZH", "varchar(18)", "身份证号"), column("CSRQ", "date", "出生日期"),
    )  # fmt: skip
    found = world.look(changed(SCHEMA, T_PERSON=later, T_LOG=None))
    standings = {t.name: t.standing for t in found.tables}
    assert standings == {"T_PERSON": Standing.CHANGED, "T_LOG": Standing.GONE}
    assert {c.name: c.standing for c in found.tables[0].columns} == {
        "ID": Standing.SAME, "XM": Standing.CHANGED, "SFZH": Standing.SAME,
        "CSRQ": Standing.NEW, "XB": Standing.GONE,
    }  # fmt: skip
    plan = world.take(changed(SCHEMA, T_PERSON=later, T_LOG=None)).plan
    assert (plan.new_items, plan.changed, plan.gone) == (1, 2, 2)
    resources = world.resources()
    assert "T_LOG" in resources, "what is gone is said, never deleted"
    assert resources["常住人口登记信息"].id == person.id
    items = world.items(resources["常住人口登记信息"])
    assert list(items) == ["编号", "公民姓名", "性别", "身份证号", "出生日期"]
    assert world.said(items["公民姓名"], "item_length") == 80


def test_what_a_person_wrote_stays_and_the_difference_is_shown(world: World) -> None:
    world.take(SCHEMA)
    person = world.resources()["常住人口基本信息"]
    items = world.items(person)
    world.write(items["姓名"], "item_length", "120")
    world.write(items["姓名"], "item_name", "公民姓名")
    world.write(items["编号"], "item_name_en", "")
    world.write(person, "resource_name", "全省常住人口信息")
    before = world.everything_said()
    later = with_columns(
        dataclasses.replace(PERSON, comment="人口表"), column("ID", "bigint", "编号", key=True),
        column("XM", "varchar(80)", "名字"), *PERSON.columns[2:],
    )  # fmt: skip
    found = world.look(changed(SCHEMA, T_PERSON=later))
    table = found.tables[0]
    assert [(d.now, d.found, d.kept) for d in table.differences] == [
        ("全省常住人口信息", "人口表", True)
    ]
    told = {
        c.name: [(d.now, d.found, d.kept) for d in c.differences]
        for c in table.columns
        if c.differences
    }
    assert told == {
        "ID": [(None, "ID", True)],
        "XM": [(120, 80, True), ("公民姓名", "名字", True)],
    }
    assert tally(found, everything(found)).kept == 4
    assert not plan_discovery(world.store, found, everything(found)).writes
    world.take(changed(SCHEMA, T_PERSON=later))
    assert world.everything_said() == before


def test_a_resource_of_the_same_name_is_linked_not_doubled(world: World) -> None:
    form, name = world.role("resource_name")
    abstract = world.role("abstract")[1]
    made = editing.create_record(
        world.store,
        form.id,
        {name.id: "常住人口基本信息", abstract.id: "手工填写的摘要"},
        actor="李雯",
        clock=world.clock,
    )
    item, title = world.role("item_name")
    editing.create_record(
        world.store, item.id, {title.id: "姓名"}, actor="李雯", clock=world.clock, parent=made
    )
    found = world.look(SCHEMA)
    assert found.tables[0].standing is Standing.NAMESAKE
    plan = world.take(SCHEMA).plan
    assert (plan.new_resources, plan.new_items) == (1, 4)
    resources = world.resources()
    assert len(resources) == 2
    linked = resources["常住人口基本信息"]
    assert linked.id == made
    assert world.said(linked, "abstract") == "手工填写的摘要"
    assert world.said(linked, "resource_name_en") == "T_PERSON"
    assert list(world.items(linked)) == ["姓名", "编号", "性别", "身份证号"]
    assert {t.standing for t in world.look(SCHEMA).tables} == {Standing.SAME}


def test_only_what_is_ticked_is_written(world: World) -> None:
    key = key_of("", "T_PERSON")
    world.take(SCHEMA, chosen={key: frozenset({"xm", "sfzh"})})
    assert list(world.resources()) == ["常住人口基本信息"]
    assert list(world.items(world.resources()["常住人口基本信息"])) == ["姓名", "身份证号"]
    assert [c.standing for c in world.look(SCHEMA).tables[0].columns] == [
        Standing.NEW, Standing.SAME, Standing.NEW, Standing.SAME
    ]  # fmt: skip
    with pytest.raises(UserError) as refused:
        check_choice(world.look(SCHEMA), [])
    assert refused.value.code == "DISCOVER_NOTHING"


def test_a_script_with_another_name_is_the_same_database(world: World) -> None:
    world.take(SCHEMA)
    dump = dataclasses.replace(SCHEMA, source="dump_20261130")
    assert known_source(world.store, dump) == "rkk"
    assert sources(world.store) == ["rkk"]
    strange = FoundSchema("other", Product.MYSQL, (FoundTable("X", (column("A"),)),))
    assert known_source(world.store, strange) == "other"


def test_equal_comments_do_not_make_equal_names(world: World) -> None:
    twice = tuple(
        FoundTable(n, (column("A", comment="值"), column("B", comment="值")), comment="字典")
        for n in ("D1", "D2")
    )
    schema = FoundSchema("rkk", Product.ORACLE, twice)
    world.take(schema)
    assert sorted(world.resources()) == ["字典", "字典（D2）"]
    assert list(world.items(world.resources()["字典"])) == ["值", "值（B）"]
    assert {t.standing for t in world.look(schema).tables} == {Standing.SAME}


def test_the_system_and_the_width_of_characters_are_the_persons_choice(world: World) -> None:
    form, name = world.role("system_name")
    system = editing.create_record(
        world.store, form.id, {name.id: "人口库"}, actor="李雯", clock=world.clock
    )
    world.take(SCHEMA, Way(character_bytes=3, system=system))
    person = world.resources()["常住人口基本信息"]
    assert world.said(person, "source_systems") == (system,)
    assert world.said(world.items(person)["姓名"], "item_length") == 180


def test_a_purged_value_leaves_no_hash_behind(world: World) -> None:
    world.take(SCHEMA)
    person = world.resources()["常住人口基本信息"]
    form, field = world.role("resource_name_en")
    plan = plan_purge(world.store, form.id, person.id, field.id)
    purge(world.store, plan, actor="李雯", clock=world.clock)
    seen = next(s for s in world.store.sightings() if s.record == person.id)
    assert field.id not in seen.values
    found = world.look(SCHEMA)
    assert [(d.field, d.kept) for d in found.tables[0].differences] == [(field.id, False)]


@pytest.mark.parametrize(
    ("comment", "name"),
    [
        ("性别：1男 2女", "性别"), ("状态(0-正常,1-停用)", "状态"), ("经度（东经）", "经度（东经）"), ("姓名", "姓名"),
        ("是否有效 1是0否", "是否有效"), ("2020年产值", "2020年产值"), ("", ""), ("：", ""), ("x" * 80, "x" * 50),
        ("类型 A=甲 B=乙", "类型 A=甲 B=乙"), ("办理时间。" + "说明" * 40, "办理时间"),
    ],
)  # fmt: skip
def test_the_name_in_a_comment(comment: str, name: str) -> None:
    if name == "类型 A=甲 B=乙":
        assert short_name(comment, 50).startswith("类型")
    else:
        assert short_name(comment, 50) == name


def test_names_are_kept_apart() -> None:
    assert apart([("值", "A"), ("值", "B"), ("值（B）", "C")]) == ["值", "值（B）", "值（B）（C）"]
    assert apart([("值", "A")], ["值"]) == ["值（A）"]


_NAMES = st.sampled_from(["ID", "XM", "xb", "RQ", "BZ", "DZ"])
_COLUMNS = st.lists(
    st.builds(
        FoundColumn,
        _NAMES,
        st.sampled_from(["int", "varchar(20)", "varchar(40)", "date", "clob", "???"]),
        st.sampled_from(["", "姓名", "日期", "性别：1男 2女", "值"]),
        st.booleans(),
        st.booleans(),
    ),
    min_size=1, max_size=4, unique_by=lambda c: c.name.casefold(),
)  # fmt: skip
_TABLES = st.lists(
    st.builds(
        FoundTable, st.sampled_from(["T_A", "T_B", "T_C"]), _COLUMNS.map(tuple),
        comment=st.sampled_from(["", "甲表", "乙表", "字典"]), rows=st.none() | st.integers(0, 10**7),
    ),
    min_size=1, max_size=3, unique_by=lambda t: t.name,
)  # fmt: skip


@settings(max_examples=12)
@given(_TABLES, _TABLES, st.integers(0, 3))
def test_any_two_looks_keep_what_persons_wrote_and_the_second_is_idempotent(
    make_once: Callable[[], World], first: list[FoundTable], second: list[FoundTable], edits: int
) -> None:
    world = make_once()
    source = f"db{len(sources(world.store))}"
    world.take(FoundSchema(source, Product.MYSQL, tuple(first)))
    form, name = world.role("item_name")
    mine: dict[RecordId, str] = {}
    known = {s.record for s in world.store.sightings() if s.source == source}
    for number, item in enumerate(r for r in world.store.stream_records(form.id) if r.id in known):
        if number < edits:
            mine[item.id] = f"人工填写{number}"
            world.write(item, "item_name", mine[item.id])
    again = FoundSchema(source, Product.MYSQL, tuple(second))
    world.take(again)
    for record, text in mine.items():
        held = world.store.record(form.id, record)
        assert held is not None, "nothing is ever deleted"
        assert held.values[name.id] == text
    before = json.dumps(world.everything_said(), default=str, sort_keys=True)
    assert world.take(again).step.number == 0
    assert json.dumps(world.everything_said(), default=str, sort_keys=True) == before


@pytest.fixture
def make_once(world: World) -> Callable[[], World]:
    return lambda: world


def test_the_next_round_knows_where_its_records_were_found(
    world: World, clock: Clock, tmp_path: Path
) -> None:
    world.take(SCHEMA)
    last, seen = world.store.path, world.store.sightings()
    world.store.close()
    services = bootstrap.Services(clock=clock, actor="李雯")
    begin_round(services, tmp_path / "next.censusdb", last)
    store = services.open_workspace(tmp_path / "next.censusdb")
    try:
        assert store.sightings() == seen
        later = with_columns(
            PERSON, *PERSON.columns[:1], column("XM", "varchar(80)", "姓名"), *PERSON.columns[2:]
        )
        found = compare(store, changed(SCHEMA, T_PERSON=later))
        told = {
            c.name: [(d.now, d.found, d.kept) for d in c.differences]
            for c in found.tables[0].columns
        }
        assert told["XM"] == [(60, 80, False)]
    finally:
        store.close()
