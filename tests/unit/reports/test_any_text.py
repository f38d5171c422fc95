"""Any Unicode text in any place of any kind of report: it builds, and what was printed is found in it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_app.reports.content import (
    Column,
    DepartmentContent,
    DepartmentListContent,
    Entry,
    Head,
    KeyCardContent,
    LetterContent,
    NoticeRoot,
    Pair,
    Pairs,
    Printed,
    Prose,
    RecordContent,
    Section,
    SummaryContent,
    Table,
    TrustNoticeContent,
)
from census_app.reports.content import CoverContent as Cover
from census_app.reports.cover import build_cover
from census_app.reports.department import build_department
from census_app.reports.department_list import build_department_list
from census_app.reports.glyphs import Ink
from census_app.reports.key_card import build_key_card
from census_app.reports.letter import build_letter
from census_app.reports.record import build_record
from census_app.reports.summary import build_summary
from census_app.reports.trust_notice import build_trust_notice

Squeezed = Callable[[bytes], str]

HOSTILE: Final = (
    "A<B",
    "R&D;",
    "</b>",
    '<img src="/etc/passwd"/>',
    '<font color="__import__(1)">x</font>',
    "<para>" * 5000,
    "字" * 10_000,
    "a" * 10_000,
    "עברית العربية",
    "\u202eRLO\u202c\u200f",
    "𠮷𝒜\U0001f600",
    "\x00\x07\x1b\x7f\x85\u2028",
    "e\u0301 o\u0308 ก็ 한국어",
    "（「『“‘" * 40,
    "-" * 300,
)
ANY: Final = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
MARK: Final = "〔甲〕"
"""Stands before the text, so that a place can be found where it is empty or only blanks."""


def _head(text: str) -> Head:
    return Head("报表", "编制单位", "部门", "CODE", "第 1 轮", "2026-12-01 08:00", about=text)


def _table(text: str) -> Table:
    columns = (Column("序号", numeric=True), Column("名称", key=True), Column("数值", numeric=True))
    return Table(columns, (("1", text, "1.5"), ("2", "乙", text)), "表", "无")


def _build(kind: str, text: str) -> Printed:
    head, table = _head(text), _table(text)
    pairs, short = (Pair("标签", text), Pair(text, "值")), (Pair("标签", "值"),)
    blocks = (table, Pairs(pairs, "事实"), Prose(text, "说明"))
    digest = "0123456789abcdef" * 2
    entries = (Entry(text, pairs, (table,), text), *blocks)
    section = Section(text, entries, (Section(text, (table,)),))
    whole = DepartmentContent(head, pairs, short, (table,), (section,), signed=True)
    notice = TrustNoticeContent(head, pairs, (NoticeRoot(text, digest),), text, text)
    summary = SummaryContent(head, pairs, short, (text,), (table,), text)
    listed = DepartmentListContent(head, pairs, short, blocks, signed=True)
    letter = LetterContent(
        head, text, (text,), table, table, text, (text,), ("阅示",), text, "12 月 1 日"
    )
    made: dict[str, Callable[[], Printed]] = {
        "cover": lambda: build_cover(Cover(head, pairs, table, (text,)), "zh"),
        "key card": lambda: build_key_card(KeyCardContent(head, digest, pairs), "en"),
        "notice": lambda: build_trust_notice(notice, "zh"),
        "summary": lambda: build_summary(summary, "en"),
        "department": lambda: build_department(whole, "zh"),
        "list": lambda: build_department_list(listed, "en"),
        "record": lambda: build_record(RecordContent(head, pairs, blocks), "zh"),
        "letter": lambda: build_letter(letter, "zh"),
    }
    return made[kind]()


KINDS: Final = ("cover", "key card", "notice", "summary", "department", "list", "record", "letter")
WHOLE: Final[Mapping[str, int]] = {"department": 8, "list": 4, "record": 5, "letter": 4}
"""Kinds of which more than one place is looked at: how often the text stands there at least."""


LIGATURES = str.maketrans(
    {0xFB00 + n: text for n, text in enumerate(("ff", "fi", "fl", "ffi", "ffl", "st", "st"))}
)
"""PDFium takes them apart."""


def _check(kind: str, text: str, squeezed: Squeezed) -> None:
    printed = _build(kind, MARK + text)
    ink = Ink()
    expected = "".join(ink.clean(MARK + text).split()).translate(LIGATURES)
    assert {m.char for m in ink.missing} == {m.char for m in printed.missing_characters}
    found = (
        squeezed(printed.pdf).replace("\ufffe", "-").translate(LIGATURES)
    )  # PDFium's for a hyphen where a line ends
    assert found.count(expected) >= WHOLE.get(kind, 2), (kind, expected[:80])


@given(st.sampled_from(KINDS), ANY)
@settings(max_examples=35)
def test_any_text_is_found_again_in_every_kind(squeezed: Squeezed, kind: str, text: str) -> None:
    _check(kind, text, squeezed)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_found_again(squeezed: Squeezed, text: str) -> None:
    # The long ones flow over many pages; one kind for each keeps this short, the property above sees them all.
    number = HOSTILE.index(text)
    for kind in {KINDS[number % len(KINDS)], KINDS[(number + 4) % len(KINDS)]}:
        printed = _build(kind, MARK + text)
        expected = "".join(Ink().clean(MARK + text).split())
        assert expected[:200] in squeezed(printed.pdf), kind
