"""Which names look like one thing entered twice."""

from __future__ import annotations

from census_app.domain.likeness import Likeness, like_groups


def found(*names: str) -> list[tuple[str, set[str]]]:
    titles = {f"{n:032x}": name for n, name in enumerate(names)}
    return [(g.likeness.value, {name for _i, name in g.members}) for g in like_groups(titles)]


def test_names_that_differ_in_spelling_only_are_the_same() -> None:
    pair = ("企业登记信息（新）", "企业登记信息 (新)")
    assert found(*pair, "企业注销信息") == [("same", set(pair))]
    assert len(like_groups({"a": "低保对象", "b": "低保对象"})[0].members) == 2


def test_a_number_at_the_end_makes_names_alike() -> None:
    run = ("低保对象信息1", "低保对象信息2", "低保对象信息3")
    assert found(*run, "特困人员信息") == [("number", set(run))]


def test_a_year_makes_names_alike_and_is_no_number() -> None:
    years = ("2016年统计年鉴", "2017年统计年鉴")
    assert found(*years) == [("year", set(years))]
    at_the_end = ("环境质量公报2016年", "环境质量公报2017年", "环境质量公报2018")
    assert found(*at_the_end) == [("year", set(at_the_end))]


def test_equal_names_are_told_once() -> None:
    assert found("排口信息1", "排口信息1") == [("same", {"排口信息1"})]


def test_names_of_punctuation_only_are_no_group() -> None:
    assert found("（）", "——") == []


def test_a_decision_is_bound_to_members_and_names() -> None:
    one = like_groups({"a": "公报2016", "b": "公报2017"})[0]
    same = like_groups({"b": "公报 2017", "a": "公报2016"})[0]
    other = like_groups({"a": "公报2016", "b": "公报2017", "c": "公报2018"})[0]
    assert one.likeness is Likeness.YEAR
    assert one.sha256 == same.sha256
    assert other.sha256 != one.sha256
