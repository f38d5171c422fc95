"""One datum under several names: by the table, by the number of its data element, and never by chance."""

from __future__ import annotations

import itertools
import tomllib

from hypothesis import given, settings
from hypothesis import strategies as st

from census_app.assets import resource
from census_app.domain.item_names import MOST_NAMES, SameItems, is_element
from census_app.domain.item_overlaps import ItemTally
from census_app.domain.names import match_key
from census_app.services.overlapping import same_items

NUMBER, NUMBERED = "公民身份号码", "身份证件号码"


def test_the_table_knows_the_names_people_write_and_keeps_others_apart() -> None:
    same = same_items()

    def key(name: str) -> str:
        return same.key(match_key(name))

    assert {key(n) for n in ("身份证号", "公民身份号码", "身份证件号码", "身份證號")} == {NUMBER}
    assert key("社会信用代码") == key("统一社会信用代码")
    assert key("姓名") == key("人员姓名")
    apart = [
        "姓名",
        "单位名称",
        "身份证号",
        "统一社会信用代码",
        "组织机构代码",
        "编号",
        "法定代表人",
    ]
    assert len({key(n) for n in apart}) == len(apart)


def test_a_name_stands_in_one_group_only() -> None:
    listed = tomllib.loads(resource("matching", "items.toml").read_text(encoding="utf-8"))
    names = [match_key(name) for group in listed["same"] for name in group["names"]]
    assert len(names) == len(set(names))
    assert all(len(group["names"]) > 1 for group in listed["same"])


def test_names_beside_one_element_number_are_the_same_and_a_filler_is_none() -> None:
    same = SameItems([[NUMBER, "身份证号"]])
    joined = same.joined({"10127": ["证件号", "身份证号", "号码"], "30001": ["日期", "颁发日期"]})
    assert joined == {"证件号": NUMBER, "身份证号": NUMBER, "号码": NUMBER, "颁发日期": "日期"}
    many = [f"项{n}" for n in range(MOST_NAMES + 1)]
    assert same.joined({"00000": many, "wu": ["a", "b"], "1": ["c", "d"]}) == {"身份证号": NUMBER}
    assert [is_element(n) for n in ("10127", "gdsj-30001", "无", "1", "abcd", "12 34", "")] == [
        True, True, False, False, False, False, False,
    ]  # fmt: skip


NAMES = st.sampled_from([NUMBER, "身份证号", "甲", "乙", "丙", "丁"])
ELEMENTS = st.dictionaries(
    st.sampled_from(["10127", "10132", "30001"]), st.lists(NAMES, min_size=1, max_size=4)
)


@settings(max_examples=60, deadline=None)
@given(elements=ELEMENTS)
def test_being_the_same_is_an_equivalence_whatever_the_order(
    elements: dict[str, list[str]],
) -> None:
    same = SameItems([[NUMBER, "身份证号"]])
    joined = same.joined(elements)
    assert joined == same.joined({k: v[::-1] for k, v in reversed(elements.items())})
    assert not joined.keys() & set(joined.values()), "what stands for others stands for itself"
    for names in elements.values():
        assert len({joined.get(name, name) for name in names}) == 1


def test_an_item_of_two_departments_under_two_names_is_one_and_says_both() -> None:
    joined = SameItems([[NUMBER, "身份证号"]]).joined({})
    rows = [
        ("身份证号", ("C", 18), 0),
        ("公民身份号码", ("C", 18), 1),
        ("公民身份号码", ("C", 20), 2),
    ]
    for order in itertools.permutations(rows):
        tally = ItemTally()
        for name, definition, at in order:
            tally.add(match_key(name), name, definition, at)
        (item,) = tally.overlaps(["甲局", "乙局", "乙局"], joined)
        assert (item.key, item.name, item.also) == (NUMBER, NUMBER, ("身份证号",))
        assert (item.resources, item.departments, item.differs) == (3, 2, True)
        assert sorted(at for at, _variant in item.places) == [0, 1, 2]
        assert [(v.length, v.resources) for v in item.variants] == [(18, 2), (20, 1)]
        by_resource = {at: item.variants[place].length for at, place in item.places}
        assert by_resource == {0: 18, 1: 18, 2: 20}
        assert item.is_called("身份证号")
        assert item.is_called("公民身份号码 ")
        assert not item.is_called(NUMBERED)
        alone = tally.overlaps(["甲局", "乙局", "丙局"])
        assert [(i.key, i.also) for i in alone] == [(NUMBER, ())]
