"""How far two answers may lie apart: numbers, days, months, texts."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from census_app.domain.tolerance import (
    EXACT,
    days_agree,
    months_agree,
    numbers_agree,
    read_tolerance,
    text_likeness,
    texts_agree,
)

numbers = st.decimals(min_value=-9999, max_value=9999, places=2)
texts = st.text(alphabet="江苏省政务信息系统管理平台a1（） ", max_size=12)


@pytest.mark.parametrize("text", ["5 %", "-1", "120%", "一", "1e3", "5%5"])
def test_what_is_no_tolerance_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_tolerance(text)


def test_nothing_written_admits_nothing() -> None:
    assert read_tolerance("") == EXACT
    assert not numbers_agree(Decimal(1), Decimal("1.0001"), EXACT)


@pytest.mark.parametrize(
    ("one", "other", "tolerance", "same"),
    [
        ("100", "105", "5%", True),
        ("100", "106", "5%", False),
        ("0", "0", "5%", True),
        ("0", "1", "5%", False),
        ("-100", "-105", "5%", True),
        ("10", "12", "2", True),
        ("10", "12.1", "2", False),
    ],
)
def test_numbers(one: str, other: str, tolerance: str, same: bool) -> None:
    assert numbers_agree(Decimal(one), Decimal(other), read_tolerance(tolerance)) is same


def test_days_and_months_take_numbers_not_shares() -> None:
    assert days_agree("2016-12-31", "2017-01-31", read_tolerance("31"))
    assert not days_agree("2016-12-31", "2017-02-01", read_tolerance("31"))
    assert not days_agree("2016-12-31", "2017-01-01", read_tolerance("50%"))
    assert months_agree("2016-12", "2017-01", read_tolerance("1"))
    assert not months_agree("2016-12", "2017-02", read_tolerance("1"))
    assert not months_agree("2016-12", "2017-01", read_tolerance("100%"))


def test_texts_that_fold_to_the_same_always_agree() -> None:
    assert texts_agree("取水许可（一期）", "取水许可(一期)", EXACT)
    assert texts_agree("教育廳學籍", "教育厅学籍", EXACT)
    assert not texts_agree("取水许可一期", "取水许可二期", EXACT)
    assert texts_agree("取水许可一期", "取水许可二期", read_tolerance("50%"))
    assert not texts_agree("取水许可", "学籍管理", read_tolerance("50%"))


@given(numbers, numbers, st.sampled_from(["", "5%", "3"]))
def test_which_number_is_which_does_not_matter(one: Decimal, other: Decimal, text: str) -> None:
    tolerance = read_tolerance(text)
    assert numbers_agree(one, other, tolerance) == numbers_agree(other, one, tolerance)
    assert numbers_agree(one, one, tolerance)


@given(texts, texts)
def test_likeness_is_symmetric_and_1_only_for_the_same(one: str, other: str) -> None:
    score = text_likeness(one, other)
    assert score == text_likeness(other, one)
    assert 0 <= score <= 1
    assert (score == 1) == (texts_agree(one, other, EXACT) and score > 0)
