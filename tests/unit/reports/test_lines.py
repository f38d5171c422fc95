from __future__ import annotations

import time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from census_app.reports.glyphs import Ink, face
from census_app.reports.lines import NO_END, NO_START, break_lines, can_break, least_width, shorten

SIZE = 10.0
TEXT = st.text(alphabet=st.sampled_from("中文，。（）《》 abcdefg-/12.5%\n—…“”"), max_size=200)


def broken(text: str, width: float) -> tuple[str, ...]:
    return break_lines(text, face(), SIZE, width)


def test_chinese_breaks_between_characters() -> None:
    assert broken("信息资源目录", 30) == ("信息资", "源目录")


def test_a_full_stop_never_begins_a_line() -> None:
    assert broken("信息资。源目录", 30) == ("信息", "资。源", "目录")


def test_an_opening_bracket_never_ends_a_line() -> None:
    assert broken("信息（资源）", 30) == ("信息", "（资", "源）")


def test_english_breaks_at_spaces_and_drops_them_at_the_line_end() -> None:
    assert broken("open data for all", 50) == ("open data", "for all")


def test_a_word_longer_than_the_line_is_cut() -> None:
    assert "".join(broken("x" * 100, 40)) == "x" * 100


def test_line_feeds_and_empty_lines_are_kept() -> None:
    assert broken("甲\n\n乙", 100) == ("甲", "", "乙")


def test_a_number_with_its_decimal_point_stays_together() -> None:
    assert not can_break("3", ".")
    assert not can_break(".", "5")


@given(TEXT, st.floats(min_value=12, max_value=200))
def test_no_character_is_lost_and_no_line_is_too_wide(text: str, width: float) -> None:
    lines = broken(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        assert len(line) == 1 or face().width(line, SIZE) <= width + 1e-6


@given(TEXT)
def test_marks_keep_their_side_wherever_the_line_is_wide_enough(text: str) -> None:
    width = max(least_width(text, face(), SIZE), 12.0)
    for paragraph in text.split("\n"):
        lines = broken(paragraph, width + 0.01)
        for before, after in pairwise(lines):
            assert not after or after[0] not in NO_START or before.endswith(" ") or " " in paragraph
            assert not before or before[-1] not in NO_END or " " in paragraph


def test_breaking_is_linear() -> None:
    text = Ink().clean("信息abc " * 20_000)
    begin = time.process_time()
    assert len(broken(text, 60)) > 1000
    assert time.process_time() - begin < 2


def test_only_running_heads_are_shortened_and_say_so() -> None:
    assert shorten("江苏省生态环境厅", face(), SIZE, 50) == "江苏省生…"
    assert shorten("江苏", face(), SIZE, 50) == "江苏"
