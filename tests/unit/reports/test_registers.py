"""Long lists, the index whose pages are known, and pages that are written before the last one is set."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from census_app.reports.catalogue import build_catalogue
from census_app.reports.compose import Composer
from census_app.reports.content import Branch, CatalogueContent, Column, Head, Register
from census_app.reports.inking import inked
from census_app.reports.layout import LinkMark, Page, RuleMark, TextMark
from census_app.reports.pinyin_order import reading, sort_key

Pages = Callable[[bytes], list[str]]
Squeezed = Callable[[bytes], str]
Catalogues = Callable[..., CatalogueContent]
COLUMNS = (Column("代码"), Column("名称", key=True), Column("部门"))


def with_rows(content: CatalogueContent, names: list[str]) -> CatalogueContent:
    rows = tuple(("—", name, "省民政厅") for name in names)
    register = Register(COLUMNS, (Branch("民政", rows),), indexed=True)
    return replace(content, registers=(register,), overview=())


def test_rows_are_numbered_through_all_classes(catalogue: Catalogues, squeezed: Squeezed) -> None:
    text = squeezed(build_catalogue(catalogue(2, 60), "zh").pdf)

    assert "120307001/000029" in text  # the last of 2 classes × 2 departments × 30
    assert "121307" not in text


def test_the_columns_stand_where_they_stood_in_every_chapter(catalogue: Catalogues) -> None:
    content = catalogue(3, 8)
    long = tuple(
        replace(branch, branches=tuple(replace(b, title=b.title * 8) for b in branch.branches))
        for branch in content.registers[0].branches
    )
    register = replace(content.registers[0], branches=long)
    printed = [
        build_catalogue(replace(content, registers=(each,), overview=()), "zh").pdf
        for each in (content.registers[0], register)
    ]
    places = [heads_at(pdf) for pdf in printed]

    assert len(places[0]) == 1
    assert places[0] == places[1]


def heads_at(pdf: bytes) -> set[float]:
    """Return where the head 更新周期 begins on the pages it stands on."""
    import pypdfium2 as pdfium  # noqa: PLC0415  # beside the one use

    found = set()
    with pdfium.PdfDocument(pdf) as document:
        for page in document:
            text = page.get_textpage()
            searcher = text.search("更新周期")
            while (place := searcher.get_next()) is not None:
                found.add(round(text.get_charbox(place[0])[0]))
            searcher.close()
            text.close()
            page.close()
    return found


def test_a_name_stands_once_in_the_index_with_all_its_pages(
    catalogue: Catalogues, pages: Pages
) -> None:
    names = ["行政处罚信息" if n % 40 == 0 else f"登记{n:03d}信息" for n in range(120)]
    found = pages(build_catalogue(with_rows(catalogue(1, 2), names), "zh").pdf)
    index = found[-1]
    told = re.search(r"行政处罚信息\s+([\d, ]+)", index)

    assert told is not None
    assert index.count("行政处罚信息") == 1
    for number in map(int, told[1].split(",")):
        assert "行政处罚信息" in found[number - 1]
    assert len(told[1].split(",")) == 3


def test_the_index_says_the_page_a_name_stands_on(catalogue: Catalogues, pages: Pages) -> None:
    names = [f"档案{n}类登记信息" for n in range(90)]
    found = pages(build_catalogue(with_rows(catalogue(1, 2), names), "zh").pdf)
    listed = re.findall(r"(档案\d+类登记信息)\s+(\d+)", "\n".join(found[-2:]))

    assert len(listed) == 90
    for name, number in listed:
        assert name in found[int(number) - 1]


def test_a_name_of_ten_thousand_characters_is_printed_to_its_end(
    catalogue: Catalogues, squeezed: Squeezed
) -> None:
    name = "".join(f"第{n}条记录事项" for n in range(1200))
    text = squeezed(build_catalogue(with_rows(catalogue(1, 2), [name, "其他"]), "zh").pdf)

    for number in (0, 600, 1199):
        assert f"第{number}条记录事项" in text


def test_work_can_be_stopped_while_pages_are_set_and_while_they_are_painted(
    catalogue: Catalogues,
) -> None:
    class Stop(Exception):  # what a caller raises
        pass

    seen: list[int] = []
    build_catalogue(catalogue(3, 60), "zh", told=lambda done, _total: seen.append(done))
    assert seen == sorted(seen)
    assert seen[-1] == 100

    for limit in (1, len(seen) - 2):
        calls = 0

        def told(_done: int, _total: int, limit: int = limit) -> None:
            nonlocal calls
            calls += 1
            if calls > limit:
                raise Stop

        with pytest.raises(Stop):
            build_catalogue(catalogue(3, 60), "zh", told=told)


def test_ink_takes_what_has_its_place_and_leaves_what_must_wait(head: Callable[..., Head]) -> None:
    composer = Composer(head(), "zh", long=True)
    link = LinkMark(0, 0, 10, 10, "t1")
    page = Page(
        composer.sheet,
        marks=[TextMark(1, 2, "目录", 9, False, "#000000"), link, RuleMark(0, 0, 9, 0)],
    )

    written = inked(page, composer.ink).decode()

    assert page.marks == [link]
    assert "<00010002> Tj" in written
    assert "0.00 0.00 m 9.00 0.00 l S" in written


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("银行业务", "yinhangyewu"),
        ("行政许可", "xingzhengxuke"),
        ("重庆市", "chongqingshi"),
        ("重点排污", "zhongdianpaiwu"),
        ("GB 2312 编码", "GB 2312 bianma"),
        ("旅游绿地", "lvyoulvdi"),
    ],
)
def test_names_read_as_they_are_said(text: str, read: str) -> None:
    assert reading(text) == read


@given(
    st.text(
        alphabet="数据信息行长重庆银业务登记许可证单位会计社会保险参差调查系统区域地方", max_size=12
    )
)
@settings(max_examples=60)
def test_names_read_as_the_library_reads_them(text: str) -> None:
    assert reading(text) == "".join(lazy_pinyin(text))


def test_numbers_in_names_sort_by_size() -> None:
    assert sorted(["第10类", "第9类", "第１类"], key=sort_key) == ["第１类", "第9类", "第10类"]
