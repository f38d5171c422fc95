from __future__ import annotations

from collections.abc import Callable

import pypdfium2 as pdfium
import pytest

from census_app.reports.compose import Composer
from census_app.reports.content import (
    Blank,
    Column,
    DepartmentListContent,
    Entry,
    Head,
    Pair,
    Table,
)
from census_app.reports.department_list import build_department_list
from census_app.reports.facts import flow_pairs
from census_app.reports.layout import (
    BODY,
    HEADINGS,
    LANDSCAPE,
    PORTRAIT,
    BoxMark,
    RuleMark,
    TextMark,
)
from census_app.reports.paint import finish
from census_app.reports.sections import Writer
from census_app.reports.tables import flow_table, measure_together

Heads = Callable[..., Head]
NAME = Column("名称", key=True)
FIGURE = Column("数量", numeric=True)
NOTE = Column("说明")


def laid(head: Head, table: Table) -> Composer:
    composer = Composer(head, "zh")
    flow_table(composer, table)
    return composer


def texts(composer: Composer, page: int = 0) -> list[TextMark]:
    return [mark for mark in composer.laid.pages[page].marks if isinstance(mark, TextMark)]


def all_text(composer: Composer) -> str:
    return "".join(
        mark.text for number in range(len(composer.laid.pages)) for mark in texts(composer, number)
    )


def test_a_cell_of_ten_thousand_characters_flows_over_pages_and_names_its_row_again(
    head: Heads,
) -> None:
    long = "".join(chr(0x4E00 + n % 3000) for n in range(10_000))
    composer = laid(head(), Table((NAME, NOTE), (("排污许可证信息", long), ("其他", "短"))))
    assert len(composer.laid.pages) > 3
    found = all_text(composer)
    for page in range(1, len(composer.laid.pages)):
        assert "排污许可证信息（续）" in "".join(mark.text for mark in texts(composer, page))
    for furniture in ("排污许可证信息（续）", "名称", "说明", "排污许可证信息", "其他", "短"):
        found = found.replace(furniture, "")
    assert found == long


@pytest.mark.parametrize("column", [NAME, NOTE, FIGURE])
def test_any_kind_of_column_takes_a_long_cell(head: Heads, column: Column) -> None:
    composer = laid(head(), Table((column, NOTE), (("9" * 10_000, "x"),)))
    assert all_text(composer).count("9") >= 10_000
    assert finish(composer).pages == len(composer.laid.pages)


def test_the_head_repeats_on_every_page(head: Heads) -> None:
    composer = laid(head(), Table((NAME, FIGURE), tuple((f"资源{n}", str(n)) for n in range(200))))
    assert len(composer.laid.pages) > 2
    for page in range(len(composer.laid.pages)):
        assert [mark.text for mark in texts(composer, page)[:2]] == ["名称", "数量"]


def test_no_mark_leaves_the_area_of_the_text(head: Heads) -> None:
    rows = tuple((f"资源{n}" * (n % 40 + 1), str(n * 1.5), "说明" * (n % 70)) for n in range(120))
    composer = laid(head(), Table((NAME, FIGURE, NOTE), rows))
    ink = composer.ink
    for page in composer.laid.pages:
        for mark in page.marks:
            if isinstance(mark, TextMark):
                width = ink.face(bold=mark.bold).width(mark.text, mark.size)
                assert mark.x >= page.sheet.left - 0.01
                assert mark.x + width <= page.sheet.width - page.sheet.right + 0.01
                assert mark.y >= page.sheet.bottom


def test_decimal_points_stand_below_each_other(head: Heads) -> None:
    figures = ("1 204.5", "318.0625", "0.25", "12", "—", "81.4 %")
    composer = laid(head(), Table((NAME, FIGURE), tuple(("行", figure) for figure in figures)))
    face = composer.ink.regular
    points = set()
    for mark in texts(composer):
        if mark.text in figures:
            whole = mark.text.split(".")[0]
            points.add(round(mark.x + face.width(whole, mark.size), 3))
    assert len(points) == 1


def test_there_are_no_vertical_lines(head: Heads) -> None:
    composer = laid(head(), Table((NAME, FIGURE), (("甲", "1"), ("乙", "2"))))
    rules = [mark for mark in composer.laid.pages[0].marks if isinstance(mark, RuleMark)]
    assert len(rules) == 3
    assert all(rule.y1 == rule.y2 for rule in rules)


def test_a_wide_list_is_printed_across_and_what_follows_upright(head: Heads) -> None:
    columns = tuple(Column(f"第{n}列指标（万元）", numeric=True) for n in range(10))
    composer = Composer(head(), "zh")
    composer.paragraph("前文", BODY)
    flow_table(composer, Table(columns, (tuple("1234567.89" for _ in columns),)))
    flow_pairs(composer, (Pair("标签", "值"),))
    assert [page.sheet for page in composer.laid.pages] == [PORTRAIT, LANDSCAPE, PORTRAIT]


def test_a_table_without_rows_says_so_below_its_head(head: Heads) -> None:
    composer = laid(head(), Table((NAME,), (), empty="没有发现问题。"))
    assert [mark.text for mark in texts(composer)] == ["名称", "没有发现问题。"]


def test_the_last_row_does_not_stand_alone_on_a_page(head: Heads) -> None:
    for count in range(25, 90):
        composer = laid(head(), Table((NAME,), tuple((f"资源{n}",) for n in range(count))))
        for page in range(1, len(composer.laid.pages)):
            assert len(texts(composer, page)) >= 3, count


def test_a_heading_never_stands_alone_at_the_foot(head: Heads) -> None:
    table = Table((NAME, FIGURE), tuple((f"资源{n}", "1") for n in range(5)), title="小标题")
    for height in range(20, 720, 7):
        composer = Composer(head(), "zh")
        composer.open_page()
        composer.page.marks.append(BoxMark(0, 0, 1, 1))
        composer.y -= height
        composer.heading("章", HEADINGS[0], level=0)
        composer.heading("节", HEADINGS[0], level=1)
        flow_table(composer, table)
        page = next(n for n in range(2) if any(mark.text == "章" for mark in texts(composer, n)))
        found = [mark.text for mark in texts(composer, page)]
        assert found[:5] == ["章", "节", "小标题", "名称", "数量"]
        assert found[5:9] == ["资源0", "1", "资源1", "1"], height


def test_empty_and_unknown_values_are_told_apart(head: Heads) -> None:
    composer = Composer(head(), "zh")
    flow_pairs(
        composer,
        (Pair("甲", ""), Pair("乙", Blank.EMPTY), Pair("丙", Blank.UNKNOWN), Pair("丁", "0")),
    )
    assert [mark.text for mark in texts(composer)] == [
        "甲",
        "—",
        "乙",
        "—",
        "丙",
        "未知",
        "丁",
        "0",
    ]
    composer = Composer(head(), "en")
    flow_pairs(composer, (Pair("a", Blank.UNKNOWN),))
    assert [mark.text for mark in texts(composer)] == ["a", "unknown"]


def test_a_short_list_of_facts_stays_with_its_name(head: Heads) -> None:
    facts = tuple(Pair(f"标签{n}", "值" * 30) for n in range(6))
    for height in range(0, 720, 13):
        composer = Composer(head(), "zh")
        composer.open_page()
        composer.page.marks.append(BoxMark(0, 0, 1, 1))
        composer.y -= height
        composer.heading("资源", HEADINGS[0], level=0)
        flow_pairs(composer, facts)
        filled = [n for n in range(len(composer.laid.pages)) if texts(composer, n)]
        assert len(filled) == 1, height


def test_a_unit_in_a_head_is_not_torn(head: Heads) -> None:
    columns = (
        NAME,
        Column("数据长度（字节）", numeric=True),
        *(Column(f"第{n}项说明") for n in range(5)),
    )
    composer = laid(head(), Table(columns, (("名" * 40, "18", *("说明" * 20 for _ in range(5))),)))
    assert [mark.text for mark in texts(composer)][1:3] == ["数据长度", "（字节）"]


def test_a_stamp_never_stands_on_a_page_alone(head: Heads) -> None:
    for count in (*range(1, 4), *range(14, 24), *range(50, 58)):
        rows = tuple((f"系统{n}", str(n)) for n in range(count))
        content = DepartmentListContent(
            head(), (), (Pair("系统", "1"),), (Table((NAME, FIGURE), rows),), signed=True
        )
        printed = build_department_list(content, "zh")
        with pdfium.PdfDocument(printed.pdf) as document:
            page = document[len(document) - 1]
            text = page.get_textpage().get_text_range()
        assert "（盖章）" in text, count
        assert f"系统{count - 1}" in text, count


def test_tables_of_equal_columns_stand_below_each_other(head: Heads) -> None:
    tables = [
        Table((NAME, FIGURE, NOTE), ((name, "1", note),))
        for name, note in (("短", "长" * 60), ("很长的名称" * 5, "短"))
    ]
    composer = Composer(head(), "zh")
    measure_together(composer, tables)
    for table in tables:
        flow_table(composer, table)
    notes = [mark.x for mark in texts(composer) if mark.text == "说明"]
    assert len(notes) == 2
    assert len(set(notes)) == 1


def test_a_record_that_goes_on_over_the_page_is_named_again(head: Heads) -> None:
    items = Table((NAME,), tuple((f"信息项{n}",) for n in range(100)))
    composer = Composer(head(), "zh")
    Writer(composer).block(Entry("排污许可证信息", (Pair("标签", "值"),), (items,)))
    assert len(composer.laid.pages) > 2
    for page in range(1, len(composer.laid.pages)):
        assert texts(composer, page)[0].text == "1. 排污许可证信息（续）"
