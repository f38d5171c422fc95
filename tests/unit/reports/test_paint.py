from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pypdfium2 as pdfium
import pytest

from census_app.reports.catalogue import build_catalogue
from census_app.reports.content import CatalogueContent, DepartmentContent, Head, Language
from census_app.reports.department import build_department
from census_app.reports.paint import groups

Departments = Callable[..., DepartmentContent]
Catalogues = Callable[..., CatalogueContent]
Pages = Callable[[bytes], list[str]]


def bookmarks(pdf: bytes) -> list[tuple[int, str, int]]:
    """Return level, title and page number (from 1) of every bookmark."""
    found = []
    with pdfium.PdfDocument(pdf) as document:
        for bookmark in document.get_toc():
            destination = bookmark.get_dest()
            assert destination is not None
            found.append((bookmark.level, bookmark.get_title(), destination.get_index() + 1))
    return found


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_says_its_number_and_the_total(
    department: Departments, pages: Pages, language: Language
) -> None:
    printed = build_department(department(), language)
    found = pages(printed.pdf)
    assert len(found) == printed.pages > 5
    for number, text in enumerate(found, start=1):
        expected = (
            f"第 {number} 页 共 {len(found)} 页"
            if language == "zh"
            else f"Page {number} of {len(found)}"
        )
        assert expected in text


def test_foot_has_time_of_the_data_and_short_digest_and_head_has_both_names(
    department: Departments, pages: Pages
) -> None:
    content = department()
    for number, text in enumerate(pages(build_department(content, "zh").pdf)):
        assert "数据截至 2017-11-23 14:32" in text
        assert "摘要 3f9a 1c07 55aa 0e12" in text
        if number:
            assert content.head.title in text
            assert content.head.department in text


def test_the_running_head_names_the_department_of_the_chapter(
    catalogue: Catalogues, pages: Pages
) -> None:
    found = pages(build_catalogue(catalogue(3, 160), "zh").pdf)
    running = [
        (n, match[1])
        for n, text in enumerate(found)
        if (match := re.search(r"业务管理类资源\s+(江苏省第\d部门)$", text, re.MULTILINE))
    ]
    assert [name for _, name in running] == sorted(name for _, name in running)
    assert {name for _, name in running} == {f"江苏省第{n}部门" for n in (1, 2, 3)}
    for number, name in running:
        assert found[number].count(name) > 1


def test_the_same_content_gives_the_same_bytes(
    department: Departments, catalogue: Catalogues
) -> None:
    assert build_department(department(), "zh").pdf == build_department(department(), "zh").pdf
    assert build_catalogue(catalogue(), "en").pdf == build_catalogue(catalogue(), "en").pdf


def test_bookmarks_lead_to_the_page_with_their_title(catalogue: Catalogues, pages: Pages) -> None:
    printed = build_catalogue(catalogue(4, 60), "zh")
    found = pages(printed.pdf)
    marks = bookmarks(printed.pdf)
    assert {level for level, _, _ in marks} == {0, 1}
    assert [title for level, title, _ in marks if level == 0] == [
        "目录",
        "1  总体指标",
        "2  业务管理类资源",
        "3  行政许可类资源",
        "4  信息系统",
        "附录  所依据的数据包",
        "名称索引",
    ]
    assert len([title for level, title, _ in marks if level == 1]) == 8
    for _, title, page in marks:
        assert " ".join(title.split()) in " ".join(found[page - 1].split())


def test_contents_name_the_pages_the_bookmarks_lead_to(catalogue: Catalogues, pages: Pages) -> None:
    printed = build_catalogue(catalogue(30, 60), "zh")
    found = pages(printed.pdf)
    marks = bookmarks(printed.pdf)
    body = next(page for _, title, page in marks if title == "1  总体指标")
    contents = "".join("\n".join(found[1 : body - 1]).split())
    position = 0
    for _, title, page in marks[1:]:
        entry = "".join(title.split()) + str(page)
        position = contents.find(entry, position)
        assert position >= 0, entry


def test_contents_and_index_are_links(department: Departments) -> None:
    printed = build_department(department(5), "zh")
    with pdfium.PdfDocument(printed.pdf) as document:
        counts = [len(list_links(document, number)) for number in range(len(document))]
    assert counts[1] == 5 + 5 + 1
    assert counts[-1] == 5 + 6


def list_links(document: pdfium.PdfDocument, number: int) -> list[object]:
    page = document[number]
    links = []
    count = 0
    while annotation := pdfium.raw.FPDFPage_GetAnnot(page, count):
        if pdfium.raw.FPDFAnnot_GetSubtype(annotation) == pdfium.raw.FPDF_ANNOT_LINK:
            links.append(count)
        pdfium.raw.FPDFPage_CloseAnnot(annotation)
        count += 1
    page.close()
    return list(links)


@pytest.mark.parametrize(("language", "tag"), [("zh", b"zh-CN"), ("en", b"en-US")])
def test_metadata_say_title_author_language_and_time(
    department: Departments, head: Callable[..., Head], language: Language, tag: bytes
) -> None:
    content = department(1)
    moment = datetime(2017, 11, 23, 6, 32, tzinfo=UTC)
    values = {name: getattr(content.head, name) for name in content.head.__slots__} | {
        "moment": moment
    }
    printed = build_department(
        DepartmentContent(Head(**values), content.facts, content.counts, (), content.sections),
        language,
    )
    with pdfium.PdfDocument(printed.pdf) as document:
        metadata = document.get_metadata_dict()
    assert metadata["Title"] == f"{head().title} {head().department} {head().period}"
    assert metadata["Author"] == head().department
    assert metadata["CreationDate"] == "D:20171123063200Z"
    assert b"/Lang (" + tag + b")" in printed.pdf


def test_only_the_bundled_font_is_used_and_it_is_embedded(catalogue: Catalogues) -> None:
    pdf = build_catalogue(catalogue(), "zh").pdf
    names = set(re.findall(rb"/BaseFont /(\S+)", pdf))
    assert names
    assert all(b"NotoSansSC" in name for name in names)
    assert pdf.count(b"/FontFile2") >= len(names)


def test_a_training_file_says_so_on_every_page(department: Departments, pages: Pages) -> None:
    for text in pages(build_department(department(training=True), "zh").pdf):
        assert text.count("训练数据") == 3
    for text in pages(build_department(department(), "zh").pdf):
        assert "训练数据" not in text


def test_a_digest_is_printed_in_groups_of_four() -> None:
    assert groups("3f9a1c0755") == ("3f9a", "1c07", "55")
