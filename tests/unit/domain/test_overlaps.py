"""What several hold alike: names folded and cut to their core, items compared, one order whatever came first."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from census_app.domain.item_overlaps import ItemTally
from census_app.domain.name_parts import Fillers, bigrams
from census_app.domain.names import fold, match_key
from census_app.domain.overlaps import (
    RESOURCES,
    SYSTEMS,
    Basis,
    Member,
    Overlap,
    content_sha,
    find_overlaps,
)
from census_app.domain.simplified import TABLE, simplified

FILLERS = Fillers.of(["江苏省", "全省"], ["信息", "系统", "管理", "平台", "综合", "信息系统"])
NUMBERS: dict[str, int] = {}


def ratio(one: str, other: str) -> float:
    first, second = sorted((one, other))
    matcher: difflib.SequenceMatcher[str] = difflib.SequenceMatcher(
        a=first, b=second, autojunk=False
    )
    return matcher.ratio()


def held(department: str, name: str, items: str = "", record: str = "") -> Member:
    key = match_key(name)
    traits = items.split()
    return Member(
        department,
        record or f"{department}{name}",
        department,
        name,
        key,
        FILLERS.core(key),
        frozenset(NUMBERS.setdefault(trait, len(NUMBERS)) for trait in traits),
        content_sha(key, traits),
    )


def found(*members: Member) -> list[Overlap]:
    return find_overlaps(members, ratio, RESOURCES)


# -- folding -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("企業登記資訊", "企业登记资讯"),
        ("企业（法人）登记", "企业(法人)登记"),
        ("ＡＢＣ目录 2016", "abc目录2016"),
        ("戶籍與婚姻登記", "户籍与婚姻登记"),
        ("企业·登记—信息。", "企业登记信息"),
    ],
)
def test_spellings_of_one_name_fall_together(one: str, other: str) -> None:
    assert match_key(one) == match_key(other)


@given(st.text(alphabet="企業业登記记資料（）()ＡbＢ１1 　-·與後"))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert match_key(match_key(text)) == match_key(text)
    assert simplified(simplified(text)) == simplified(text)
    assert len(match_key(text)) == len(fold(text))


def test_every_pair_of_the_table_leads_from_traditional_to_simplified() -> None:
    assert len(TABLE) > 800
    for simple in TABLE.values():
        assert simple.encode(
            "gb2312"
        )  # only simplified characters have a place there, two exceptions apart
        assert ord(simple) not in TABLE
    kept = [chr(c) for c in TABLE if chr(c).encode("gb2312", "ignore")]
    assert set(kept) <= {"後", "徵"}


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("江苏省企业投资备案管理信息系统", "企业投资备案"),
        ("企业投资备案综合管理平台（7）", "企业投资备案"),
        ("信息系统", "信息"),
        ("管理信息", "管理"),
        ("全省", "全省"),
        ("2016", "2016"),
        ("", ""),
    ],
)
def test_a_core_is_what_is_left_without_words_that_say_nothing(name: str, core: str) -> None:
    assert FILLERS.core(match_key(name)) == core


@given(st.text(alphabet="江苏省信息系统管理平台企业1", max_size=14))
def test_a_core_is_part_of_the_name_and_cutting_it_again_changes_nothing(name: str) -> None:
    core = FILLERS.core(name)
    assert core in name
    assert FILLERS.core(core) == core
    assert len(core) >= min(2, len(name))
    assert all(pair in name for pair in bigrams(core))


# -- groups ------------------------------------------------------------------------------------------------------------


def test_one_name_at_two_departments_is_a_group_and_within_one_it_is_none() -> None:
    (group,) = found(
        held("甲", "企业登记信息"), held("乙", "企业 登記信息"), held("乙", "婚姻登记")
    )
    assert (group.basis, group.score, group.holders) == (Basis.NAME, 90, 2)
    assert found(held("甲", "企业登记信息"), held("甲", "企业登记信息", record="2")) == []


def test_items_speak_for_and_against() -> None:
    same, other = "名称 代码 地址 法人", "姓名 学号 班级 成绩"
    (alike,) = found(held("甲", "企业登记信息", same), held("乙", "企业登记信息", same))
    (unlike,) = found(held("甲", "企业登记信息", same), held("乙", "企业登记信息", other))
    assert (alike.score, unlike.score) == (100, 60)
    near = "企业投资项目备案登记", "企业投资项目备案登录"
    assert found(held("甲", near[0], same), held("乙", near[1], other)) == []
    (listed,) = found(held("甲", near[0], same), held("乙", near[1], same))
    assert listed.basis is Basis.NEAR
    assert listed.score == round(60 * ratio(*near) + 40)


def test_equal_items_under_two_names_are_a_pair() -> None:
    items = "许可证号 持证单位 有效期 发证机关 许可事项"
    (pair,) = found(held("甲", "排污许可证", items), held("乙", "持证排污单位名录", items))
    assert pair.basis is Basis.ITEMS
    assert pair.traits == 1.0
    assert found(held("甲", "排污许可证", "编号 名称"), held("乙", "单位名录", "编号 名称")) == []


def test_words_that_say_nothing_do_not_keep_two_names_apart() -> None:
    (group,) = find_overlaps(
        [held("甲", "江苏省企业备案管理信息系统"), held("乙", "企业备案综合管理平台（3）")],
        ratio,
        SYSTEMS,
    )
    assert group.basis is Basis.CORE


def test_two_names_that_one_department_keeps_apart_are_not_laid_before_anybody() -> None:
    pair = [held("甲", "教师资格认定信息"), held("乙", "全省教师资格认定信息")]
    assert len(found(*pair)) == 1
    kept_apart = [*pair, held("乙", "教师资格认定信息"), held("甲", "全省教师资格认定信息")]
    groups = found(*kept_apart)
    names = [{m.name for m in group.members} for group in groups]
    assert sorted(names, key=str) == [{"全省教师资格认定信息"}, {"教师资格认定信息"}]


MEMBERS = st.lists(
    st.builds(
        held,
        st.sampled_from("甲乙丙"),
        st.sampled_from(
            ["企业登记信息", "全省企业登记", "企业登記資料", "婚姻登记信息", "企业登录信息"]
        ),
        st.sampled_from(
            ["", "名称 代码 地址 法人", "名称 代码 地址 法人 电话", "姓名 性别 日期 编号"]
        ),
        st.integers(1, 5).map(str),
    ),
    max_size=12,
    unique_by=lambda m: m.at,
)


@given(MEMBERS, st.randoms())
def test_the_order_of_what_is_compared_does_not_count(
    members: list[Member], chance: object
) -> None:
    shuffled = list(members)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert found(*members) == found(*shuffled)


@given(MEMBERS)
def test_groups_are_of_several_and_every_shared_name_is_in_one(members: list[Member]) -> None:
    groups = found(*members)
    assert all(g.holders > 1 for g in groups)
    assert all(0 <= g.score <= 100 for g in groups)
    assert all(len({m.at for m in g.members}) == len(g.members) for g in groups)
    grouped = [{m.at for m in g.members} for g in groups]
    for member in members:
        peers = {m.at for m in members if m.key == member.key}
        if len({m.holder for m in members if m.key == member.key}) > 1:
            assert any(peers <= each for each in grouped)


# -- items -------------------------------------------------------------------------------------------------------------


def tally(*held_: tuple[str, str, int | None, int]) -> ItemTally:
    made = ItemTally()
    for name, type_, length, resource in held_:
        made.add(match_key(name), name, (type_, length), resource)
    return made


def test_an_item_of_two_types_or_lengths_comes_first() -> None:
    homes = ["甲", "甲", "乙"]
    made = tally(
        ("姓名", "C", 60, 0), ("姓名", "C", 60, 1), ("姓 名", "C", 50, 2),
        ("日期", "D", 8, 0), ("日期", "D", None, 2), ("只在甲", "C", 1, 0), ("只在甲", "C", 2, 1),
    )  # fmt: skip
    first, second = made.overlaps(homes)
    assert (first.name, first.differs, first.resources, first.departments) == ("姓名", True, 3, 2)
    assert [(v.length, v.resources, v.departments) for v in first.variants] == [
        (60, 2, 1),
        (50, 1, 1),
    ]
    assert list(first.places) == [(0, 0), (1, 0), (2, 1)]
    assert (second.name, second.differs) == ("日期", False)


def test_what_a_verdict_about_an_item_is_bound_to_is_its_definitions_and_not_how_many_have_them() -> (
    None
):
    one = tally(("姓名", "C", 60, 0), ("姓名", "C", 50, 1)).overlaps(["甲", "乙"])[0]
    more = tally(("姓名", "C", 50, 1), ("姓名", "C", 60, 0), ("姓名", "C", 60, 1)).overlaps(
        ["甲", "乙"]
    )
    other = tally(("姓名", "C", 60, 0), ("姓名", "C", 40, 1)).overlaps(["甲", "乙"])[0]
    assert one.sha == more[0].sha
    assert one.sha != other.sha
