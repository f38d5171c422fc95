from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from census_app.formats.block_text import read_block, write_block

CELLS = st.text(alphabet='ab中文"\t\n ', max_size=8).map(lambda text: text.strip(" "))


def test_a_block_of_excel_is_read_by_rows_and_cells() -> None:
    assert read_block("名称\t类型\r\n许可证编号\t字符型C\r\n") == [
        ["名称", "类型"],
        ["许可证编号", "字符型C"],
    ]


def test_a_cell_with_a_line_break_stays_one_cell() -> None:
    assert read_block('"第一行\n第二行"\tb\n') == [["第一行\n第二行", "b"]]
    assert read_block('"他说""好"""\tb') == [['他说"好"', "b"]]


def test_quotes_inside_a_plain_cell_are_kept() -> None:
    assert read_block('5"管\t"未闭合') == [['5"管', '"未闭合']]
    assert read_block('"三证"合一\t是') == [['"三证"合一', "是"]]


def test_empty_cells_and_rows_are_kept() -> None:
    assert read_block("a\t\tb\n\nc") == [["a", "", "b"], [""], ["c"]]
    assert read_block("") == [[""]]


@given(st.lists(st.lists(CELLS, min_size=2, max_size=3), min_size=1, max_size=4))
def test_what_is_copied_is_pasted_the_same(rows: list[list[str]]) -> None:
    width = max(len(row) for row in rows)
    block = [[*row, *[""] * (width - len(row))] for row in rows]
    assert read_block(write_block(block) + "\n") == block
