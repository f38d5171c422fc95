"""Lists: filtered, sorted and searched in SQL, in a workspace."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from census_app.domain.changes import Insert, Origin, Put, Step
from census_app.domain.holdings import ListQuery
from census_app.domain.records import UNKNOWN, Record, RecordId, Unfit, Value
from census_app.storage import records
from census_app.storage.workspace import Workspace

RESOURCE, ITEM, SYSTEM = "information_resource", "data_item", "information_system"


def rid(number: int) -> RecordId:
    return RecordId(f"{number:032x}")


ROWS: dict[int, dict[str, Value]] = {
    1: {"name": "水库名录", "share_type": "1", "class_code": "11", "base_kind": ("legal",)},
    2: {"name": "河道名录", "share_type": "2", "class_code": "1", "is_open": True},
    3: {"name": "水库水位", "abstract": "逐日Water Level", "share_type": "1", "is_open": False},
    4: {"abstract": "没有名称", "size_total": UNKNOWN},
    5: {"name": "水库名录", "size_total": Unfit("约1200条"), "base_kind": ("population", "legal")},
}


@pytest.fixture
def filled(store: Workspace) -> Workspace:
    made = [
        Record(RESOURCE, rid(n), v, unit="D0042") for n, v in sorted(ROWS.items(), reverse=True)
    ]
    items = [Record(ITEM, rid(100 + n), {"name": f"项{n}"}, rid(3), 0, "D0042") for n in range(3)]
    operations = tuple(Insert(each) for each in (*made, *items))
    store.write(Step("STEP_ADD", "王芳", Origin.TYPED, "2018-01-05T08:00:00Z", operations))
    return store


def found(store: Workspace, query: ListQuery) -> list[int]:
    keys = store.keys(query)
    assert store.count(query) == len(keys)
    return [int(row.id, 16) for row in store.rows(query.form, keys, [])]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (ListQuery(RESOURCE), [5, 4, 3, 2, 1]),
        (ListQuery(RESOURCE, descending=True), [1, 2, 3, 4, 5]),
        (ListQuery(RESOURCE, search="水库"), [5, 3, 1]),
        (ListQuery(RESOURCE, search="名录"), [5, 2, 1]),
        (ListQuery(RESOURCE, search="water"), [3]),
        (ListQuery(RESOURCE, search="日WATER"), [3]),
        (ListQuery(RESOURCE, search="1200"), [5]),
        (ListQuery(RESOURCE, search="%"), []),
        (ListQuery(RESOURCE, equals={"share_type": "1"}), [3, 1]),
        (ListQuery(RESOURCE, equals={"share_type": "1", "name": "水库名录"}), [1]),
        (ListQuery(RESOURCE, equals={"is_open": True}), [2]),
        (ListQuery(RESOURCE, equals={"is_open": 0}), [3]),
        (ListQuery(RESOURCE, equals={"name": ""}), [4]),
        (ListQuery(RESOURCE, equals={"base_kind": "legal"}), [5, 1]),
        (ListQuery(RESOURCE, equals={"size_total": "unknown"}), [4]),
        (ListQuery(RESOURCE, ids=frozenset({rid(1), rid(4), rid(99)})), [4, 1]),
        (ListQuery(RESOURCE, ids=frozenset()), []),
        (ListQuery(RESOURCE, class_prefix=("class_code", "1")), [2, 1]),
        (ListQuery(RESOURCE, class_prefix=("class_code", "11")), [1]),
        (ListQuery(RESOURCE, sort="name"), [2, 1, 5, 3, 4]),
        (ListQuery(RESOURCE, sort="name", descending=True), [3, 1, 5, 2, 4]),
        (ListQuery(ITEM, parent=rid(3)), [100, 101, 102]),
        (ListQuery(ITEM, parent=rid(3), search="项1"), [101]),
        (ListQuery(ITEM, parent=rid(1)), []),
    ],
)
def test_a_query_finds_its_records_in_its_order(
    filled: Workspace, query: ListQuery, expected: list[int]
) -> None:
    assert found(filled, query) == expected


def test_rows_come_in_the_order_of_the_keys_without_those_that_are_gone(filled: Workspace) -> None:
    keys = filled.keys(ListQuery(RESOURCE))
    rows = filled.rows(RESOURCE, [keys[4], 999, keys[2]], ["name"])

    assert [(r.key, r.id, r.values, r.child_count) for r in rows] == [
        (keys[4], rid(1), {"name": "水库名录"}, 0),
        (keys[2], rid(3), {"name": "水库水位"}, 3),
    ]
    assert filled.rows(RESOURCE, [], ["name"]) == []


def test_titles_name_the_records_that_have_one(filled: Workspace) -> None:
    titles = filled.titles(RESOURCE)
    assert list(titles) == [rid(5), rid(3), rid(2), rid(1)]
    assert titles[rid(2)] == "河道名录"


def test_a_record_that_is_not_there_is_none(filled: Workspace) -> None:
    assert filled.record(RESOURCE, rid(42)) is None


def test_a_stream_is_whole_while_it_is_written_to(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "PAGE", 2)

    def renamed() -> Iterator[Record]:
        for each in filled.stream_records(RESOURCE):
            put = Put(RESOURCE, each.id, {"size_total": Decimal(1)})
            filled.write(Step("STEP_SET", "王芳", Origin.SET, "2018-01-05T08:00:00Z", (put,)))
            yield each

    assert [int(each.id, 16) for each in renamed()] == [5, 4, 3, 2, 1]
    assert [int(each.id, 16) for each in filled.stream_records(ITEM)] == [100, 101, 102]
    assert filled.count(ListQuery(RESOURCE, search="约")) == 0


def test_keys_of_an_indexed_sort_need_no_sorting(filled: Workspace) -> None:
    with filled._database.reading() as connection:
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT row_key FROM information_resource ORDER BY name, id"
        ).all()
    assert "ix_information_resource_title" in str(plan)
    assert "TEMP B-TREE" not in str(plan)
