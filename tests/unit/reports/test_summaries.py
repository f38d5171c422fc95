from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pypdfium2 as pdfium
import pytest

from census_app.reports.catalogue import build_catalogue
from census_app.reports.content import (
    CatalogueContent,
    Chart,
    CoverContent,
    DepartmentContent,
    Entry,
    KeyCardContent,
    Language,
    Pair,
    Section,
)
from census_app.reports.cover import build_cover
from census_app.reports.department import build_department
from census_app.reports.key_card import build_key_card
from census_app.reports.pinyin_order import sort_key

Squeezed = Callable[[bytes], str]
Pages = Callable[[bytes], list[str]]


def assert_in_order(text: str, names: list[str]) -> None:
    position = 0
    for name in names:
        position = text.find("".join(name.split()), position)
        assert position >= 0, name
        position += 1


def test_a_department_summary_has_every_name_and_item_in_order(
    department: Callable[..., DepartmentContent], squeezed: Squeezed
) -> None:
    content = department(60)
    text = squeezed(build_department(content, "zh").pdf)
    names = []
    for block in content.sections[1].blocks:
        assert isinstance(block, Entry)
        names.append(block.title)
        names.extend(str(row[1]) for row in block.tables[0].rows)
    body = text.find("1信息系统", text.find("1信息系统") + 1)
    assert_in_order(text[body:], names)


def test_a_catalogue_summary_has_a_line_for_every_resource_and_the_packages(
    catalogue: Callable[..., CatalogueContent], squeezed: Squeezed
) -> None:
    content = catalogue(4, 120)
    text = squeezed(build_catalogue(content, "zh").pdf)
    names = []
    for branch in content.registers[0].branches:
        names.append(branch.title)
        for inner in branch.branches:
            names += [inner.title, *(str(row[1]) for row in inner.rows)]
    assert_in_order(text, names)
    assert text.count(content.head.digest) >= 4


def test_a_pair_the_caller_adds_appears_in_print(
    department: Callable[..., DepartmentContent], squeezed: Squeezed
) -> None:
    content = department(1)
    added = Entry("新资源", (Pair("新增字段", "新增字段的值"),))
    changed = dataclasses.replace(content, sections=(Section("信息资源", (added,)),))
    assert "新增字段新增字段的值" in squeezed(build_department(changed, "zh").pdf)


def test_contents_come_after_an_overview_of_several_pages(
    department: Callable[..., DepartmentContent], pages: Pages
) -> None:
    content = department(2)
    found = pages(
        build_department(dataclasses.replace(content, overview=content.overview * 4), "zh").pdf
    )
    contents = next(number for number, text in enumerate(found) if "\n目录" in f"\n{text}")
    assert contents >= 2
    assert "1 信息系统" in found[contents]
    assert "1 信息系统" in found[contents + 1]


def test_a_section_without_content_says_none(
    department: Callable[..., DepartmentContent], squeezed: Squeezed
) -> None:
    content = dataclasses.replace(
        department(1), sections=(Section("协同应用"), Section("共享需求"))
    )
    assert "1协同应用无2共享需求无" in squeezed(build_department(content, "zh").pdf)


@pytest.mark.parametrize(("language", "stamp"), [("zh", "（盖章）"), ("en", "(official stamp)")])
def test_the_cover_is_one_page_with_digest_blanks_and_stamp(
    cover: Callable[..., CoverContent], pages: Pages, language: Language, stamp: str
) -> None:
    content = cover()
    printed = build_cover(content, language)
    assert printed.pages == 1
    text = pages(printed.pdf)[0]
    assert content.head.digest in "".join(text.split())
    assert stamp in text
    for blank in (
        ("填报人", "审核人", "负责人", "日　期")
        if language == "zh"
        else ("Filled in by", "Head", "Date")
    ):
        assert blank in text
    assert content.notices[0] in text


def test_the_cover_says_what_the_signature_is_and_what_it_is_not(
    cover: Callable[..., CoverContent], squeezed: Squeezed
) -> None:
    text = squeezed(build_cover(cover(), "zh").pdf)
    assert "未被改动" in text
    assert "不构成法律意义上的可靠电子签名" in text
    assert "notareliableelectronicsignature" in squeezed(build_cover(cover(), "en").pdf)


def test_a_cover_with_very_long_names_flows_to_a_second_page(
    cover: Callable[..., CoverContent], squeezed: Squeezed
) -> None:
    content = cover()
    head = dataclasses.replace(content.head, department="江苏省" * 300)
    printed = build_cover(dataclasses.replace(content, head=head), "zh")
    assert printed.pages > 1
    assert "江苏省" * 20 in squeezed(printed.pdf)


def test_a_cover_without_a_digest_has_no_code(
    cover: Callable[..., CoverContent], pages: Pages
) -> None:
    content = cover()
    head = dataclasses.replace(content.head, digest="")
    text = pages(build_cover(dataclasses.replace(content, head=head), "zh").pdf)[0]
    assert "数据包摘要（SHA-256）\n—" in text


def test_the_qr_code_is_thirty_millimetres_and_changes_with_the_digest(
    cover: Callable[..., CoverContent],
) -> None:
    first = build_cover(cover(), "zh").pdf
    other = build_cover(dataclasses.replace(cover(), qr="other"), "zh").pdf
    assert dark_box(first) == pytest.approx((85.04, 85.04), abs=1.5)
    assert first != other


def dark_box(pdf: bytes) -> tuple[float, float]:
    """Return the size in points of what is dark in the part of the cover where the code stands."""
    with pdfium.PdfDocument(pdf) as document:
        page = document[0]
        image = page.render(scale=2, grayscale=True).to_pil()
        page.close()
    area = image.crop(
        (int(image.width * 0.74), int(image.height * 0.54), image.width, int(image.height * 0.69))
    )
    box = area.point(lambda level: 255 if level < 128 else 0).getbbox()
    assert box is not None
    return (box[2] - box[0]) / 2, (box[3] - box[1]) / 2


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_key_card_shows_eight_groups(
    key_card: Callable[..., KeyCardContent], pages: Pages, language: Language
) -> None:
    printed = build_key_card(key_card(), language)
    assert printed.pages == 1
    assert "".join(pages(printed.pdf)[0].split()).count(key_card().fingerprint) == 1


def test_the_index_is_in_pinyin_order_with_numbers_by_size() -> None:
    names = ["重点", "资源10", "辐射", "资源9", "Apple", "空气"]
    assert sorted(names, key=sort_key) == ["Apple", "辐射", "空气", "重点", "资源9", "资源10"]


def test_an_index_can_be_left_out(
    catalogue: Callable[..., CatalogueContent], squeezed: Squeezed
) -> None:
    assert "名称索引" not in squeezed(build_catalogue(catalogue(2, 10), "zh", index=False).pdf)


def test_a_chart_higher_than_a_page_is_made_smaller(
    department: Callable[..., DepartmentContent],
) -> None:
    content = department(1)
    chart = next(block for block in content.overview if isinstance(block, Chart))
    tall = dataclasses.replace(
        chart,
        labels=chart.labels * 30,
        series=tuple(
            dataclasses.replace(series, values=series.values * 30) for series in chart.series
        ),
    )
    printed = build_department(dataclasses.replace(content, overview=(tall,)), "zh")
    assert printed.pages <= 6
