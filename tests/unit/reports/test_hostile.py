from __future__ import annotations

import dataclasses
from collections.abc import Callable
from decimal import Decimal

import pypdfium2 as pdfium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_app.reports.catalogue import build_catalogue
from census_app.reports.charts import chart_svg, draw_chart
from census_app.reports.content import (
    Branch,
    CatalogueContent,
    Chart,
    Column,
    CoverContent,
    DepartmentContent,
    Entry,
    Head,
    KeyCardContent,
    Pair,
    Prose,
    Register,
    Section,
    Series,
    Table,
)
from census_app.reports.cover import build_cover
from census_app.reports.department import build_department
from census_app.reports.glyphs import Ink
from census_app.reports.key_card import build_key_card

Squeezed = Callable[[bytes], str]

HOSTILE = (
    "A<B",
    "R&D;",
    "</b>",
    "&#x4e2d;",
    '<img src="/etc/passwd"/>',
    '<a href="http://example.org">x</a>',
    '<font color="__import__(1)">x</font>',
    "<para>" * 500,
    "]]>",
    "%PDF-1.7",
    "(\\)(",
)
ANY = st.text(st.characters(), max_size=60) | st.sampled_from(HOSTILE)


def everywhere(text: str) -> DepartmentContent:
    """Return content that has `text` in every place that can hold one."""
    head = Head(text, text, text, text, text, text, text)
    table = Table(
        (Column(text, key=True), Column(text, numeric=True)),
        ((text, text), (text, text)),
        text,
        text,
    )
    entry = Entry(text, (Pair(text, text),), (table,), text)
    chart = Chart(text, (text,), (Series(text, (Decimal(1),)), Series(text, (None,))), text)
    section = Section(text, (entry, Prose(text, text), table, chart), (Section(text),))
    return DepartmentContent(
        head, (Pair(text, text),), (Pair(text, text),), (table, chart), (section,), (table,)
    )


@given(ANY)
@settings(max_examples=40)
def test_any_text_in_any_place_builds(text: str) -> None:
    printed = build_department(everywhere(text), "zh")
    with pdfium.PdfDocument(printed.pdf) as document:
        assert len(document) == printed.pages


@given(ANY)
@settings(max_examples=30)
def test_any_text_builds_the_other_documents_too(text: str) -> None:
    content = everywhere(text)
    table = content.sections[0].blocks[2]
    assert isinstance(table, Table)
    pair = (Pair(text, text),)
    assert build_cover(CoverContent(content.head, pair, table, (text,)), "en").pages >= 1
    assert build_key_card(KeyCardContent(content.head, text, pair), "zh").pages >= 1
    branch = Branch(text, ((text, text),), (Branch(text, ((text, text),), note=text),), text)
    register = Register((Column(text), Column(text, key=True)), (branch,), indexed=True)
    blocks = content.sections[0].blocks
    whole = CatalogueContent(content.head, pair, pair, blocks, (register,), table)
    assert build_catalogue(whole, "en").pages >= 1


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_is_printed_literally(text: str, squeezed: Squeezed) -> None:
    printed = build_department(everywhere(text), "zh")
    assert squeezed(printed.pdf).count("".join(text.split())) >= 12


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_makes_no_image_and_no_address(text: str) -> None:
    pdf = build_department(everywhere(text), "zh").pdf
    assert b"/Subtype /Image" not in pdf
    assert b"/URI" not in pdf
    assert b"/JavaScript" not in pdf


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_in_a_chart_is_text_on_the_screen_too(text: str) -> None:
    chart = Chart(text, (text,), (Series(text, (Decimal(1),)), Series(text, (Decimal(2),))))
    svg = chart_svg(draw_chart(chart, 460, Ink())).decode()
    assert "<img" not in svg
    assert "<a " not in svg
    assert "<font" not in svg


def test_a_missing_character_is_reported_with_its_place_and_shown(
    department: Callable[..., DepartmentContent], squeezed: Squeezed
) -> None:
    entry = Entry("排污许可证信息", (Pair("提供方", "𠮷田"),))
    content = dataclasses.replace(department(1), sections=(Section("信息资源", (entry,)),))
    printed = build_department(content, "zh")
    assert [(m.char, m.where) for m in printed.missing_characters] == [
        ("𠮷", "信息资源 / 排污许可证信息 / 提供方")
    ]
    assert "[U+20BB7]田" in squeezed(printed.pdf)


def test_a_qr_code_that_would_be_too_long_is_left_out(squeezed: Squeezed) -> None:
    content = everywhere("x" * 5000)
    card = KeyCardContent(content.head, "ab" * 3000, ())
    assert "ab" * 100 in squeezed(build_key_card(card, "zh").pdf)
