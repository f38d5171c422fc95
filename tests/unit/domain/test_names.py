"""Folding, codes, decimals and dates: what compares equal, what is sound, what has one spelling."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from census_app.domain import dates, decimals, names, uscc


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("企业（新）信息", "企业(新) 信息"),
        ("Ａ１系统", "a1系统"),
        ("法人-基本_信息", "法人基本信息"),
        ("“排污”许可", "排污许可。"),
    ],
)
def test_names_that_a_reader_takes_for_the_same_fold_together(left: str, right: str) -> None:
    assert names.fold(left) == names.fold(right)


@pytest.mark.parametrize(
    ("left", "right"), [("监测点1", "监测点2"), ("庫存", "库存"), ("新", "旧")]
)
def test_names_that_differ_stay_apart(left: str, right: str) -> None:
    assert names.fold(left) != names.fold(right)


def test_fill_down_and_years_are_seen_through() -> None:
    assert names.without_trailing_number("监测点1") == names.without_trailing_number("监测点（2）")
    assert names.without_year("2016年度统计") == names.without_year("2017年度统计")
    assert names.without_trailing_number("GB2312字符集") == names.fold("GB2312字符集")


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert names.fold(names.fold(text)) == names.fold(text)


SOUND = [
    "12320100671322000Q",
    "91110000600037341L",
    "121200004013590816",
    "913205056082348768",
    "91350100M000100Y43",
    "91110000802100433B",
    "11320000990000017P",
    "11320000990000025J",
    "11320000990000033D",
    "113200009900000418",
    "1132000099000005X0",
    "113200009900000680",
    "11320000990000076T",
    "12320000990010012W",
    "133200009900200184",
]


@pytest.mark.parametrize("code", SOUND)
def test_sound_codes_hold_both_checks(code: str) -> None:
    assert uscc.is_uscc(code)
    assert uscc.body_check_holds(code)


@pytest.mark.parametrize(
    "code", ["91110000600037341N", "91310000132207106Q", "9111000060003IOZSV", "12345", ""]
)
def test_unsound_codes_are_refused(code: str) -> None:
    assert not uscc.is_uscc(code)


@given(st.sampled_from(SOUND), st.integers(0, 17), st.sampled_from(uscc.ALPHABET))
def test_one_wrong_character_is_always_noticed(code: str, place: int, wrong: str) -> None:
    changed = code[:place] + wrong + code[place + 1 :]
    assert uscc.is_uscc(changed) is (changed == code)


@given(st.decimals(-99999999999, 99999999999, places=4, allow_nan=False, allow_infinity=False))
def test_a_decimal_has_one_spelling_and_reads_back_as_itself(number: Decimal) -> None:
    text = decimals.spell(number)
    assert decimals.is_spelled(text)
    assert Decimal(text) == number
    assert decimals.ten_thousandths(number) == int(number * 10000)


@pytest.mark.parametrize(
    "text", ["-0", "01", "1.", ".5", "1.10", "1e3", "+1", "123456789012", "0.00001", "", " 1"]
)
def test_other_spellings_of_numbers_are_refused(text: str) -> None:
    assert not decimals.is_spelled(text)


@pytest.mark.parametrize(
    ("given_text", "day"),
    [
        ("2016-09-30", "2016-09-30"),
        ("2016/9/3", "2016-09-03"),
        ("２０１６．０９．３０", "2016-09-30"),
        ("2016年9月30日", "2016-09-30"),
        ("20160930", "2016-09-30"),
        ("2016-09-30 00:00:00", "2016-09-30"),
        ("30/09/2016", None),
        ("2016-02-30", None),
        ("1604911169000", "2020-11-09"),
        ("1602777600000", "2020-10-16"),  # midnight in China, still the day before in UTC
        ("2604911169000", None),
        ("160491116900", None),
        ("2016", None),
    ],
)
def test_days_are_read_in_the_spellings_people_use(given_text: str, day: str | None) -> None:
    assert dates.read_day(given_text) == day


@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31)))
def test_every_real_day_reads_as_itself_and_as_its_month(day: dt.date) -> None:
    iso = day.isoformat()
    assert dates.is_day(iso)
    assert dates.read_day(iso) == iso
    assert dates.read_month(iso) == iso[:7]
    assert dates.is_month(iso[:7])
