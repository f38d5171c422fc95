"""Filters, sorts and searches of lists, in SQL."""

from __future__ import annotations

from decimal import Decimal

import pytest

from census_app.domain.changes import Insert, Origin, Step
from census_app.domain.filtering import (
    CHILD_COUNT,
    EMPTY,
    UNFIT,
    UNKNOWN,
    ColumnFilter,
)
from census_app.domain.holdings import ListQuery
from census_app.domain.records import UNKNOWN as NOT_KNOWN
from census_app.domain.records import Record, RecordId, Unfit, Value
from census_app.storage.engine import name_order
from census_app.storage.workspace import Workspace

RESOURCE, ITEM, SYSTEM = "information_resource", "data_item", "information_system"


def rid(number: int) -> RecordId:
    return RecordId(f"{number:032x}")


ROWS: dict[int, dict[str, Value]] = {
    1: {"name": "水库名录", "share_type": "1", "base_kind": ("legal",), "is_open": True},
    2: {"name": "河道名录", "share_type": "2", "size_total": Decimal(5)},
    3: {
        "name": "水库水位（ＧＢ３）",
        "abstract": "逐日Water Level",
        "share_type": "1",
        "is_open": False,
    },
    4: {"abstract": "没有名称", "size_total": NOT_KNOWN},
    5: {"name": "岸线", "size_total": Unfit("约1200条"), "base_kind": ("population", "legal")},
}


@pytest.fixture
def filled(store: Workspace) -> Workspace:
    made = [Record(RESOURCE, rid(n), v, unit="D0042") for n, v in ROWS.items()]
    items = [
        Record(ITEM, rid(100 + n), {"name": name}, rid(owner), 0, "D0042")
        for n, (owner, name) in enumerate([(3, "测站编码"), (3, "水位"), (2, "河道编码")])
    ]
    operations = tuple(Insert(each) for each in (*made, *items))
    store.write(Step("STEP_ADD", "王芳", Origin.TYPED, "2018-01-05T08:00:00Z", operations))
    return store


def found(store: Workspace, query: ListQuery) -> list[int]:
    keys = store.keys(query)
    assert store.count(query) == len(keys)
    return [int(row.id, 16) for row in store.rows(query.form, keys, [])]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (ColumnFilter("share_type", values=("1",)), [1, 3]),
        (ColumnFilter("share_type", values=("1", "2")), [1, 2, 3]),
        (ColumnFilter("share_type", values=("2", EMPTY)), [2, 4, 5]),
        (ColumnFilter("is_open", values=("1",)), [1]),
        (ColumnFilter("is_open", values=("0", "1")), [1, 3]),
        (ColumnFilter("base_kind", values=("population",)), [5]),
        (ColumnFilter("base_kind", values=("legal", EMPTY)), [1, 2, 3, 4, 5]),
        (ColumnFilter("size_total", values=(UNKNOWN,)), [4]),
        (ColumnFilter("size_total", values=(UNFIT,)), [5]),
        (ColumnFilter("size_total", state="empty"), [1, 3]),
        (ColumnFilter("size_total", state="filled"), [2, 4, 5]),
        (ColumnFilter("size_total", low=Decimal(5)), [2]),
        (ColumnFilter("size_total", low=Decimal(6)), []),
        (ColumnFilter("size_total", high=Decimal("5.0")), [2]),
        (ColumnFilter("size_total", text="1200"), [5]),
        (ColumnFilter("name", text="gb3"), [3]),
        (ColumnFilter("name", text="名录"), [1, 2]),
        (ColumnFilter("name", state="empty"), [4]),
    ],
)
def test_a_filter_lets_through(
    filled: Workspace, chosen: ColumnFilter, expected: list[int]
) -> None:
    assert found(filled, ListQuery(RESOURCE, filters=(chosen,))) == expected


def test_filters_and_search_all_hold(filled: Workspace) -> None:
    chosen = (ColumnFilter("share_type", values=("1",)), ColumnFilter("name", text="水库"))
    assert found(filled, ListQuery(RESOURCE, filters=chosen)) == [1, 3]
    assert found(filled, ListQuery(RESOURCE, filters=chosen, search="level")) == [3]
    assert found(filled, ListQuery(RESOURCE, filters=chosen, ids=frozenset({rid(1)}))) == [1]


@pytest.mark.parametrize(
    ("search", "inside", "expected"),
    [
        ("水位", False, [3]),
        ("编码", False, []),
        ("编码", True, [2, 3]),
        ("水库 编码", True, [3]),
        ("水库 没有", True, []),
        ("ｗａｔｅｒ", False, [3]),
        ("GB3", False, [3]),
        ("约1200", False, [5]),
    ],
)
def test_a_search_looks_everywhere(
    filled: Workspace, search: str, inside: bool, expected: list[int]
) -> None:
    assert found(filled, ListQuery(RESOURCE, search=search, inside=inside)) == expected


def test_the_children_that_hold_a_word_are_named(filled: Workspace) -> None:
    told = filled.found_inside(ITEM, [rid(1), rid(2), rid(3)], "编码")
    assert told == {rid(2): (1, "河道编码"), rid(3): (1, "测站编码")}


def test_answers_are_counted_without_the_filter_on_their_own_field(filled: Workspace) -> None:
    own = ColumnFilter("share_type", values=("2",))
    assert filled.tally(ListQuery(RESOURCE, filters=(own,)), "share_type") == [
        ("1", 2),
        ("2", 1),
        (EMPTY, 2),
    ]
    other = ColumnFilter("name", text="水库")
    assert filled.tally(ListQuery(RESOURCE, filters=(other,)), "share_type") == [("1", 2)]
    assert filled.tally(ListQuery(RESOURCE), "base_kind") == [
        ("legal", 2),
        ("population", 1),
        (EMPTY, 3),
    ]
    assert filled.tally(ListQuery(RESOURCE), "size_total")[1:] == [
        (EMPTY, 2),
        (UNKNOWN, 1),
        (UNFIT, 1),
    ]


@pytest.mark.parametrize(
    ("sort", "ascending", "descending"),
    [
        ("name", [5, 2, 1, 3, 4], [3, 1, 2, 5, 4]),
        ("share_type", [1, 3, 2, 4, 5], [2, 1, 3, 4, 5]),
        ("size_total", [2, 1, 3, 4, 5], [2, 1, 3, 4, 5]),
        (CHILD_COUNT, [1, 4, 5, 2, 3], [3, 2, 1, 4, 5]),
    ],
)
def test_a_list_is_sorted_with_blanks_last_and_the_id_between_equals(
    filled: Workspace, sort: str, ascending: list[int], descending: list[int]
) -> None:
    assert found(filled, ListQuery(RESOURCE, sort=sort)) == ascending
    assert found(filled, ListQuery(RESOURCE, sort=sort, descending=True)) == descending


def test_names_come_in_the_order_of_pinyin() -> None:
    names = ["张三", "李四", "阿里", "重点", "abc", "Ａｂｄ"]
    assert sorted(names, key=name_order) == ["abc", "Ａｂｄ", "阿里", "李四", "张三", "重点"]  # type: ignore[arg-type]
    assert name_order(None) is None


def test_references_are_sorted_by_name(filled: Workspace) -> None:
    made = [
        Insert(Record(SYSTEM, rid(200 + n), values, unit="D0042"))
        for n, values in enumerate(
            [
                {"name": "征收系统"},
                {"name": "安全系统"},
                {"name": "甲", "target": rid(200)},
                {"name": "乙", "target": rid(201)},
            ]
        )
    ]
    filled.write(Step("STEP_ADD", "王芳", Origin.TYPED, "2018-01-05T08:00:00Z", tuple(made)))
    assert found(filled, ListQuery(SYSTEM, sort="target"))[:2] == [203, 202]
