"""What a search takes for the same, in SQLite and in Python alike."""

from __future__ import annotations

import sqlite3

import pytest

from census_app.domain.searching import excerpt, glob_of, holds_all, is_plain, pattern_of, words_of

TEXTS = (
    "污染源自动监测数据（ＧＢ３０９５）",
    "GB3095 空气质量",
    "gb3095空气",
    "Water Level",
    "100%[完成]*^-?",
    "１００％［完成］＊＾－？",
    "é clair",
    "",
)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("监测", {0}),
        ("空气", {1, 2}),
        ("gb3095", {0, 1, 2}),
        ("ＧＢ３", {0, 1, 2}),
        ("water", {3}),
        ("%", {4, 5}),
        ("[完成]", {4, 5}),
        ("*^-?", {4, 5}),
        ("］", {4, 5}),
        ("É", {6}),
        ("没有", set()),
    ],
)
def test_sqlite_and_python_find_the_same(word: str, expected: set[int]) -> None:
    connection = sqlite3.connect(":memory:")
    in_sql = {
        n
        for n, text in enumerate(TEXTS)
        if connection.execute("SELECT ? GLOB ?", (text, glob_of(word))).fetchone()[0]
    }
    connection.close()
    assert in_sql == {n for n, text in enumerate(TEXTS) if pattern_of(word).search(text)}
    assert in_sql == expected


def test_only_words_without_other_spellings_are_plain() -> None:
    assert is_plain("空气质量")
    assert not is_plain("空气A")
    assert not is_plain("（空气）")


def test_an_excerpt_shows_what_stands_around() -> None:
    text = "每小时采集一次全省各市的污染物浓度，按日汇总后报送国家平台"
    assert excerpt(text, "浓度") == "…污染物浓度，按日汇总后报送国家平台"
    assert excerpt("浓度", "浓度") == "浓度"
    assert excerpt("浓度", "湿度") == ""


def test_every_word_must_stand_somewhere() -> None:
    assert words_of("  许可证　企业  许可证 ") == ("许可证", "企业")
    assert holds_all(["排污许可证", "企业名称"], ["许可证", "企业"])
    assert not holds_all(["排污许可证", "企业名称"], ["许可证", "个人"])
