from __future__ import annotations

import pytest

from census_app.formats.items_text import lists_items, parse_items


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("姓名/字符型、年龄/数值型", [("姓名", "字符型"), ("年龄", "数值型")]),
        (
            "姓名/字符型；地址：省/字符型、市/字符型",
            [("姓名", "字符型"), ("地址：省", "字符型"), ("地址：市", "字符型")],
        ),
        (
            "经度（东经、西经）/双精度型B，纬度／双精度型B",
            [("经度（东经、西经）", "双精度型B"), ("纬度", "双精度型B")],
        ),
        ("年份、月份", [("年份", ""), ("月份", "")]),
        ("进/出口额/货币型Y", [("进/出口额", "货币型Y")]),
        ("年份", [("年份", "")]),
        ("  \n、", []),
    ],
)
def test_items_in_one_cell_are_taken_apart(text: str, items: list[tuple[str, str]]) -> None:
    assert parse_items(text) == items


def test_only_a_text_with_types_clearly_lists_items() -> None:
    assert lists_items("姓名/字符型、年龄/数值型")
    assert not lists_items("姓名、年龄")
    assert not lists_items("单位名称/代码")
