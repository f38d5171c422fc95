from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from census_app.formats.cells import (
    DateText,
    NumberText,
    RawValue,
    address,
    cell_of,
    column_letters,
    column_number,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (50.0, "50"),
        (0.0, "0"),
        (-0.0, "0"),
        (0.0022, "0.0022"),
        (0.1 + 0.2, "0.3"),
        (1604911169000.0, "1604911169000"),
        (1e20, "100000000000000000000"),
        (1e-7, "0.0000001"),
        (7, "7"),
    ],
)
def test_a_number_is_its_digits_without_point_zero_or_exponent(value: float, text: str) -> None:
    cell = cell_of(value)

    assert cell == text
    assert isinstance(cell, NumberText)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (dt.date(2019, 8, 19), "2019-08-19"),
        (dt.datetime(2019, 8, 19), "2019-08-19"),  # noqa: DTZ001
        (dt.datetime(2019, 8, 19, 10, 50, 5), "2019-08-19 10:50:05"),  # noqa: DTZ001
    ],
)
def test_a_true_date_is_iso_text_and_stays_known_as_date(value: RawValue, text: str) -> None:
    cell = cell_of(value)

    assert cell == text
    assert isinstance(cell, DateText)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "TRUE"),
        (dt.time(3, 4), "03:04:00"),
        (dt.timedelta(hours=30, minutes=5), "30:05:00"),
        ("  实时", "  实时"),
        ("甲\r\n乙\r丙\n", "甲\n乙\n丙\n"),
    ],
)
def test_text_is_kept_to_the_letter_but_for_line_ends(value: RawValue, text: str) -> None:
    assert cell_of(value) == text


@given(st.integers(min_value=0, max_value=16_383))
def test_letters_and_number_of_a_column_are_inverse(column: int) -> None:
    assert column_number(column_letters(column)) == column


def test_an_address_is_as_excel_shows_it() -> None:
    assert address(4, 1) == "B5"
    assert address(0, 16_383) == "XFD1"
