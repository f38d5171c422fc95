"""Which texts list items, and what each of them says."""

from __future__ import annotations

import pytest

from census_app import bootstrap
from census_app.formspec.choices import ChoiceIndex
from census_app.formspec.types import Context, NoRecords
from census_app.services.item_lists import items_of

FORM_SET = bootstrap.Services().form_set()
CONTEXT = Context(FORM_SET, ChoiceIndex(FORM_SET), NoRecords())


def said(text: str) -> list[tuple[str, str, str]]:
    rows = items_of(text, FORM_SET.form("data_item"), CONTEXT)
    return [(r["name"], r.get("data_type", ""), r.get("data_length", "")) for r in rows]


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("姓名/字符型、年龄/N", [("姓名", "字符型", ""), ("年龄", "N", "")]),
        ("姓名（字符型C（20））；出生日期（D 8）", [("姓名", "字符型C", "20"), ("出生日期", "D", "8")]),
        ("1.姓名 varchar(50)\n2.性别 C1", [("姓名", "varchar", "50"), ("性别", "C", "1")]),
        ("1、姓名，2、性别，3、住址", [("姓名", "", ""), ("性别", "", ""), ("住址", "", "")]),
        ("姓名、身份证号、住址等信息。", [("姓名", "", ""), ("身份证号", "", ""), ("住址", "", "")]),
        ("地址：省/C、市/C", [("地址：省", "C", ""), ("地址：市", "C", "")]),
        ("经度（东、西）、纬度(北纬)、高程", [("经度（东、西）", "", ""), ("纬度(北纬)", "", ""), ("高程", "", "")]),
    ],
)  # fmt: skip
def test_a_list_is_taken_apart(text: str, items: list[tuple[str, str, str]]) -> None:
    assert said(text) == items


@pytest.mark.parametrize(
    "text", ["", "许可证编号", "单位名称、代码", "单位名称/代码", "姓名（曾用名）"]
)
def test_what_does_not_clearly_list_items_stays_one(text: str) -> None:
    assert said(text) == []


def test_a_form_without_such_roles_has_no_lists() -> None:
    assert items_of("甲、乙、丙", FORM_SET.form("internal_office"), CONTEXT) == []
