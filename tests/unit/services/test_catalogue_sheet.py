"""The provincial catalogue: every resource once, at its class, on either database, and the same bytes each time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from census_app import bootstrap
from census_app.reports.content import Blank, Branch, CatalogueContent, Chart, Row
from census_app.services.catalogue_sheet import _Tree, catalogue_content, print_catalogue
from census_app.services.letterhead import PrintWords
from census_app.services.progress import Cancelled, Progress
from census_app.storage import catalogue, server_catalogue
from census_app.storage.catalogue import Catalogue
from tests.servers import DatabaseServer
from tests.unit.services.province_lines import PACKAGES, fill
from tests.unit.storage.test_catalogue import FACTS


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    path = tmp_path_factory.mktemp("sheet") / "c.censusdb"
    made = catalogue.create(path, bootstrap.shipped_form_set(), FACTS)
    yield fill(made)
    made.close()


@pytest.fixture(scope="module")
def content(file: Catalogue) -> CatalogueContent:
    return catalogue_content(file, "zh", Progress())


def lines(branches: tuple[Branch, ...]) -> list[tuple[str, ...]]:
    found = []
    for branch in branches:
        found += [tuple(map(str, row)) for row in branch.rows]
        found += lines(branch.branches)
    return found


def test_every_resource_stands_once_and_in_its_class(
    file: Catalogue, content: CatalogueContent
) -> None:
    register = content.registers[1]
    ids = file.titles("information_resource")
    tops = {branch.title: branch for branch in register.branches}

    assert register.indexed
    assert sorted(row[1] for row in lines(register.branches)) == sorted(ids.values())
    basic = tops["政务基础信息资源目录"]
    assert [(b.title, b.note) for b in basic.branches] == [("人口基础信息", "101　共 2 条")]
    assert basic.branches[0].rows[0][:2] == ("101/000001", "资源22")  # those with a code first
    assert basic.branches[0].rows[1][:2] == (Blank.EMPTY, "资源21")
    assert sum(branch.count() for branch in register.branches) == len(ids)


def test_a_class_that_only_leads_on_is_passed_over(content: CatalogueContent) -> None:
    bodies = next(b for b in content.registers[1].branches if b.title == "部门政务信息资源目录")

    assert [b.title for b in bodies.branches] == ["省（自治区、直辖市）和计划单列市"]
    assert bodies.branches[0].rows


def test_what_has_no_class_is_printed_last() -> None:
    choices = bootstrap.shipped_form_set().choice_lists["classification"].choices
    row: Row = (Blank.EMPTY, "资源")
    rows = {"": [(("", 0, 0), row)], "999": [(("", 0, 1), row)], "201": [(("", 0, 2), row)]}
    tree = _Tree(choices, rows, PrintWords("zh"))

    assert [(b.title, b.count()) for b in tree.branches()] == [
        ("政务主题信息资源目录", 1),
        ("未分类", 2),
    ]
    assert tree.counted({("", "1"): 2, ("201", "3"): 1}, ["1", "2", "3"]) == [
        ("未分类", [2, 0, 0]),
        ("全民健康保障", [0, 0, 1]),
    ]


def test_what_was_delivered_and_by_whom_is_said(content: CatalogueContent) -> None:
    rows = lines(content.registers[0].branches)

    assert {row[1] for row in rows} == {"已汇入", "尚未收到数据包"}
    silent = next(row for row in rows if row[1] == "尚未收到数据包")
    assert set(silent[2:]) == {str(Blank.EMPTY)}
    names = {branch.title for register in content.registers[2:] for branch in register.branches}
    assert {"政务信息系统", "业务事项", "共享需求"} <= names
    assert len(content.packages.rows) == len(PACKAGES)
    for row, package in zip(content.packages.rows, PACKAGES, strict=True):
        assert str(row[-1]).replace(" ", "") == package.identity[:32]


def test_charts_are_of_types_classes_and_departments(content: CatalogueContent) -> None:
    charts = [block for block in content.overview if isinstance(block, Chart)]

    assert [chart.title for chart in charts] == [
        "信息资源的共享类型",
        "各类信息资源的共享类型",
        "各部门信息资源的共享类型",
    ]
    for chart in charts:
        total = sum(value for series in chart.series for value in series.values if value)
        assert total == sum(value for value in charts[0].series[0].values if value)


def test_both_databases_print_the_same_bytes(
    file: Catalogue, database_server: DatabaseServer
) -> None:
    database = database_server.new()
    address = database_server.address(database)
    other = fill(server_catalogue.create(address, bootstrap.shipped_form_set(), FACTS))
    try:
        for language in ("zh", "en"):
            assert print_catalogue(other, language).pdf == print_catalogue(file, language).pdf
    finally:
        other.close()
        database_server.drop(database)


def test_it_opens_with_contents_bookmarks_and_a_page_count(file: Catalogue) -> None:
    printed = print_catalogue(file, "en")
    with pdfium.PdfDocument(printed.pdf) as document:
        titles = [mark.get_title() for mark in document.get_toc()]
        assert len(document) == printed.pages
    assert titles[0] == "Contents"
    assert titles[1] == "1  Indicators"
    assert titles[-1] == "Index of names"


@pytest.mark.parametrize("step", [0, 2, 6, 12])
def test_it_stops_where_it_is_when_somebody_cancels(file: Catalogue, step: int) -> None:
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > step

    with pytest.raises(Cancelled):
        print_catalogue(file, "zh", progress=Progress(is_cancelled=cancelled))
    assert asked == step + 1


def test_an_empty_catalogue_is_a_book_without_rows(tmp_path: Path) -> None:
    made = catalogue.create(tmp_path / "e.censusdb", bootstrap.shipped_form_set(), FACTS)
    printed = print_catalogue(made, "zh")
    made.close()

    assert printed.pages >= 3
