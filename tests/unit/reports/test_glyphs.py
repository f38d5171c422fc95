from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from census_app.reports.content import MissingCharacter
from census_app.reports.glyphs import Ink, face
from census_app.reports.words import words

HOSTILE = "𠮷野家\u202e倒\u200b空\x00\x1b\ud800\ufeff😀"


def test_a_character_the_face_lacks_is_replaced_visibly_and_reported_with_its_place() -> None:
    ink = Ink()
    assert ink.clean("𠮷野家", "信息资源", "名称") == "[U+20BB7]野家"
    assert ink.missing == (MissingCharacter("𠮷", "信息资源 / 名称"),)


def test_a_missing_character_is_reported_once_with_the_first_place() -> None:
    ink = Ink()
    ink.clean("𠮷𠮷", "一")
    ink.clean("𠮷", "二")
    assert [missing.where for missing in ink.missing] == ["一"]


def test_characters_without_a_shape_are_shown_by_their_number() -> None:
    ink = Ink()
    shown = ink.clean(HOSTILE)
    assert shown == "[U+20BB7]野家[U+202E]倒[U+200B]空[U+0000][U+001B][U+D800][U+FEFF][U+1F600]"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\u0085"])
def test_every_kind_of_line_end_becomes_a_line_feed(end: str) -> None:
    assert Ink().clean(f"甲{end}乙") == "甲\n乙"


def test_spaces_the_face_lacks_become_spaces_it_has_without_a_report() -> None:
    ink = Ink()
    assert ink.clean("38\u202f204\u2009个\t完") == "38\u00a0204 个    完"
    assert ink.missing == ()


def test_ordinary_chinese_text_with_rare_characters_is_printed_as_it_is() -> None:
    text = "喆䶮〇㐂—“”…％㎡℃Ⅲ①αé（）鿍"
    ink = Ink()
    assert ink.clean(text) == text
    assert ink.missing == ()


@given(st.text())
def test_what_is_cleaned_can_be_measured_in_both_weights(text: str) -> None:
    clean = Ink().clean(text)
    for bold in (False, True):
        assert all(char == "\n" or char in face(bold=bold).widths for char in clean)


@given(st.text(alphabet=st.characters(categories=("Lo", "Lu", "Ll", "Nd"))))
def test_no_letter_is_dropped(text: str) -> None:
    ink = Ink()
    clean = ink.clean(text)
    assert len(clean) >= len(text)
    for missing in ink.missing:
        clean = clean.replace(f"[U+{ord(missing.char):04X}]", missing.char)
    assert clean == text


def test_figures_are_equally_wide() -> None:
    for bold in (False, True):
        assert len({face(bold=bold).widths[digit] for digit in "0123456789"}) == 1


def test_our_own_words_are_in_the_face() -> None:
    ink = Ink()
    for furniture in (words("zh"), words("en")):
        for field in dataclasses.fields(furniture):
            ink.clean(getattr(furniture, field.name), field.name)
    assert ink.missing == ()
