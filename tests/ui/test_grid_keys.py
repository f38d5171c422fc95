"""The table of a grid by itself: keys, editors, words composed by an input method, what is chosen, what is asked."""

from __future__ import annotations

from array import array
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent
from PySide6.QtWidgets import QApplication

from census_app import bootstrap
from census_app.domain.records import RecordId
from census_app.formspec.choices import ChoiceIndex
from census_app.formspec.types import Context
from census_app.ui.forms.grid import ChildGrid
from census_app.ui.forms.grid_acts import ACTS
from census_app.ui.forms.grid_delegate import CellLine, ChoiceLine
from census_app.ui.forms.titles import TitleCache
from census_app.ui.models.record_table import RowProblems, TableRow
from census_app.ui.shell.translation import Words

FORM_SET = bootstrap.Services().form_set()
KEY, MOD = Qt.Key, Qt.KeyboardModifier
ROWS = 6


@pytest.fixture
def grid(themed: QApplication, words: Words, qtbot: Any) -> ChildGrid:
    context = Context(FORM_SET, ChoiceIndex(FORM_SET), TitleCache())
    made = ChildGrid(FORM_SET.form("data_item"), context, words)
    fill(made, range(ROWS))
    qtbot.addWidget(made)
    made.resize(900, 400)
    made.show()
    made.activateWindow()
    qtbot.waitExposed(made)
    made.view.setFocus()
    made.view.show_cell(1, 0)
    qtbot.waitUntil(made.view.hasFocus)
    return made


def fill(grid: ChildGrid, keys: range) -> None:
    grid.model.set_keys(array("q", keys))
    rows = [
        TableRow(k, RecordId(f"{k:032x}"), {"name": f"项{k}", "data_length": "8"}) for k in keys
    ]
    grid.model.put_page(grid.model.generation, 0, rows)


def at(grid: ChildGrid) -> tuple[int, int]:
    current = grid.view.currentIndex()
    return current.row(), current.column()


def press(
    qtbot: Any, grid: ChildGrid, key: Qt.Key, modifier: Qt.KeyboardModifier = MOD.NoModifier
) -> None:
    qtbot.keyClick(grid.view, key, modifier)


def editor(grid: ChildGrid) -> CellLine:
    found = grid.view.indexWidget(grid.view.currentIndex())
    assert isinstance(found, CellLine)
    return found


def choose(grid: ChildGrid, first: tuple[int, int], last: tuple[int, int]) -> None:
    grid.view.choose_block(*first, last[0] - first[0] + 1, last[1] - first[1] + 1)


def test_the_model_obeys_qts_rules_also_while_rows_come_and_go(
    grid: ChildGrid, qtmodeltester: Any
) -> None:
    qtmodeltester.check(grid.model)
    for keys in ([0, 1, 2, 9, 3, 4, 5], [0, 1, 9, 3, 4, 5], [1, 0, 9, 3, 4, 5], [7, 8], []):
        grid.model.update_keys(array("q", keys))
        assert list(grid.model.keys) == keys


def test_rows_that_stay_keep_text_choice_and_current_cell(grid: ChildGrid) -> None:
    grid.view.show_cell(4, 1)
    grid.model.update_keys(array("q", [0, 1, 20, 21, 2, 3, 4, 5]))
    assert at(grid) == (6, 1)
    assert grid.model.index(6, 0).data() == "项4"
    assert [grid.model.row_at(n) is None for n in (2, 3)] == [True, True]
    grid.model.update_keys(array("q", [3, 4, 5]))
    assert at(grid) == (1, 1)


def test_typing_replaces_and_enter_goes_down(grid: ChildGrid, qtbot: Any) -> None:
    told: list[tuple[str, str, str]] = []
    grid.model.edited.connect(lambda *edit: told.append(edit))
    qtbot.keyClick(grid.view, "x")
    assert editor(grid).text() == "x"
    qtbot.keyClicks(editor(grid), "yz")
    qtbot.keyClick(editor(grid), KEY.Key_Return)
    assert told == [(f"{1:032x}", "name", "xyz")]
    assert at(grid) == (2, 0)
    assert grid.model.index(1, 0).data() == "xyz"


def test_tab_goes_right_and_enter_returns_to_where_tab_began(grid: ChildGrid, qtbot: Any) -> None:
    qtbot.keyClick(grid.view, "x")
    qtbot.keyClick(editor(grid), KEY.Key_Tab)
    assert at(grid) == (1, 1)
    assert grid.view.indexWidget(grid.view.currentIndex()) is None  # Tab opens no editor
    press(qtbot, grid, KEY.Key_Tab)
    press(qtbot, grid, KEY.Key_Backtab, MOD.ShiftModifier)
    assert at(grid) == (1, 1)
    press(qtbot, grid, KEY.Key_Return)
    assert at(grid) == (2, 0)
    press(qtbot, grid, KEY.Key_Return, MOD.ShiftModifier)
    assert at(grid) == (1, 0)


def test_arrows_finish_what_was_typed_and_move_the_cursor_after_f2(
    grid: ChildGrid, qtbot: Any
) -> None:
    qtbot.keyClick(grid.view, "x")
    qtbot.keyClick(editor(grid), KEY.Key_Down)
    assert at(grid) == (2, 0)
    press(qtbot, grid, KEY.Key_F2)
    assert editor(grid).text() == "项2"
    qtbot.keyClick(editor(grid), KEY.Key_Left)
    assert at(grid) == (2, 0)
    assert editor(grid).isVisible()


def test_esc_gives_up_only_what_is_being_typed(grid: ChildGrid, qtbot: Any) -> None:
    told: list[object] = []
    grid.model.edited.connect(lambda *edit: told.append(edit))
    qtbot.keyClick(grid.view, "x")
    line = editor(grid)
    qtbot.keyClick(line, KEY.Key_Escape)
    qtbot.waitUntil(lambda: grid.view.indexWidget(grid.view.currentIndex()) is None)
    assert grid.model.index(1, 0).data() == "项1"
    assert told == []
    assert at(grid) == (1, 0)


def test_a_word_composed_by_an_input_method_is_whole_from_its_first_key(
    grid: ChildGrid, qtbot: Any
) -> None:
    told: list[tuple[str, str, str]] = []
    grid.model.edited.connect(lambda *edit: told.append(edit))
    for preedit in ("s", "sh", "shu", "shuju"):
        QApplication.sendEvent(grid.view, QInputMethodEvent(preedit, []))
        assert editor(grid).isVisible()
    assert told == []
    done = QInputMethodEvent("", [])
    done.setCommitString("数据")
    QApplication.sendEvent(grid.view, done)
    assert editor(grid).text() == "数据"
    qtbot.keyClick(editor(grid), KEY.Key_Return)
    assert told == [(f"{1:032x}", "name", "数据")]


def test_a_list_is_searched_by_what_a_composed_word_says(grid: ChildGrid, qtbot: Any) -> None:
    told: list[tuple[str, str, str]] = []
    grid.model.edited.connect(lambda *edit: told.append(edit))
    grid.view.show_cell(1, grid.model.column_of("data_type"))
    QApplication.sendEvent(grid.view, QInputMethodEvent("huobi", []))
    done = QInputMethodEvent("", [])
    done.setCommitString("货币")
    QApplication.sendEvent(grid.view, done)
    line = editor(grid)
    assert isinstance(line, ChoiceLine)
    assert line.answer() == "货币型Y"
    qtbot.keyClick(line, KEY.Key_Tab)
    assert told == [(f"{1:032x}", "data_type", "货币型Y")]


def test_a_list_opens_below_the_cell_and_its_entries_are_taken_by_enter(
    grid: ChildGrid, qtbot: Any
) -> None:
    grid.view.show_cell(1, grid.model.column_of("data_type"))
    press(qtbot, grid, KEY.Key_F2)
    line = editor(grid)
    assert isinstance(line, ChoiceLine)
    assert line.list_open
    popup = line.completer().popup()
    assert popup is not None
    qtbot.keyClick(popup, KEY.Key_Down)
    qtbot.keyClick(popup, KEY.Key_Down)
    qtbot.keyClick(popup, KEY.Key_Return)
    assert grid.model.index(1, grid.model.column_of("data_type")).data() == "数值型N"
    assert at(grid) == (2, grid.model.column_of("data_type"))


def test_a_text_the_list_does_not_know_is_kept_to_the_letter(grid: ChildGrid, qtbot: Any) -> None:
    column = grid.model.column_of("data_type")
    grid.view.show_cell(1, column)
    qtbot.keyClick(grid.view, "x")
    qtbot.keyClicks(editor(grid), "yz")
    qtbot.keyClick(editor(grid), KEY.Key_Return)
    assert grid.model.index(1, column).data() == "xyz"


@pytest.mark.parametrize(
    ("key", "modifier", "goal"),
    [
        (KEY.Key_Home, MOD.NoModifier, (2, 0)),
        (KEY.Key_End, MOD.NoModifier, (2, -1)),
        (KEY.Key_Home, MOD.ControlModifier, (0, 0)),
        (KEY.Key_End, MOD.ControlModifier, (ROWS - 1, -1)),
        (KEY.Key_Down, MOD.ControlModifier, (ROWS - 1, 2)),
        (KEY.Key_Up, MOD.ControlModifier, (0, 2)),
        (KEY.Key_Left, MOD.ControlModifier, (2, 0)),
        (KEY.Key_Right, MOD.ControlModifier, (2, -1)),
    ],
)
def test_keys_go_to_the_edges(
    grid: ChildGrid,
    qtbot: Any,
    key: Qt.Key,
    modifier: Qt.KeyboardModifier,
    goal: tuple[int, int],
) -> None:
    grid.view.show_cell(2, 2)
    press(qtbot, grid, key, modifier)
    assert at(grid) == (goal[0], goal[1] % grid.model.columnCount())
    assert grid.view.chosen_count() == 1


def test_shift_chooses_up_to_the_edge_and_turns_back(grid: ChildGrid, qtbot: Any) -> None:
    grid.view.show_cell(2, 1)
    both = MOD.ControlModifier | MOD.ShiftModifier
    press(qtbot, grid, KEY.Key_Down, both)
    assert grid.view.span() == (ROWS - 2, 1)
    press(qtbot, grid, KEY.Key_Up, both)
    assert grid.view.span() == (3, 1)
    assert grid.view.place() == (0, 1)
    press(qtbot, grid, KEY.Key_A, MOD.ControlModifier)
    assert grid.view.chosen_count() == ROWS * grid.model.columnCount()


def test_acts_are_asked_with_the_keys_of_the_chosen_rows(grid: ChildGrid, qtbot: Any) -> None:
    asked: list[tuple[object, ...]] = []
    view = grid.view
    view.insert_wanted.connect(lambda key, count, above: asked.append((key, count, above)))
    view.delete_wanted.connect(lambda keys: asked.append(("delete", list(keys))))
    view.move_wanted.connect(lambda keys, by: asked.append((by, list(keys))))
    view.clear_wanted.connect(lambda areas: asked.append((list(areas[0].keys), areas[0].fields)))
    view.fill_wanted.connect(lambda source, areas: asked.append((source, list(areas[0].keys))))
    choose(grid, (1, 0), (3, 1))
    press(qtbot, grid, KEY.Key_Plus, MOD.ControlModifier | MOD.ShiftModifier)
    press(qtbot, grid, KEY.Key_Insert)
    press(qtbot, grid, KEY.Key_Minus, MOD.ControlModifier)
    press(qtbot, grid, KEY.Key_Up, MOD.AltModifier)
    press(qtbot, grid, KEY.Key_Down, MOD.AltModifier)
    press(qtbot, grid, KEY.Key_Delete)
    press(qtbot, grid, KEY.Key_D, MOD.ControlModifier)
    assert asked == [
        (1, 3, True),
        (3, 3, False),
        ("delete", [1, 2, 3]),
        (-1, [1, 2, 3]),
        (1, [1, 2, 3]),
        ([1, 2, 3], ["name", grid.model.columns[1].id]),
        (1, [1, 2, 3]),
    ]


def test_enter_below_the_last_row_asks_for_a_new_one_in_the_same_column(
    grid: ChildGrid, qtbot: Any
) -> None:
    asked: list[int] = []
    grid.view.insert_wanted.connect(lambda key, _count, _above: asked.append(key))
    grid.view.show_cell(ROWS - 1, 2)
    press(qtbot, grid, KEY.Key_Return)
    assert asked == [0]
    assert grid.view.column_wanted == 2


def test_a_block_is_copied_as_other_programs_paste_it(grid: ChildGrid, qtbot: Any) -> None:
    choose(grid, (1, 0), (2, grid.model.column_of("data_length")))
    press(qtbot, grid, KEY.Key_C, MOD.ControlModifier)
    between = grid.model.column_of("data_length")
    tabs = "\t" * between
    assert QGuiApplication.clipboard().text() == f"项1{tabs}8\n项2{tabs}8"


def test_what_is_not_on_the_screen_is_copied_from_the_file(grid: ChildGrid) -> None:
    asked: list[Any] = []
    grid.view.copy_wanted.connect(asked.append)
    grid.model.set_keys(array("q", range(30_000)))
    grid.view.selectAll()
    grid.view.copy()
    assert [len(area.keys) for area in asked[0]] == [30_000]


def test_a_problem_stands_in_the_cell_with_sign_and_words(grid: ChildGrid) -> None:
    grid.model.tell = lambda record, field: f"{field} 缺少" if record == f"{1:032x}" else ""
    grid.model.set_problems({f"{1:032x}": RowProblems(errors=1, fields={"name": "bad"})})
    index = grid.model.index(1, 0)
    assert index.data(Qt.ItemDataRole.DecorationRole) is not None
    assert "name 缺少" in index.data(Qt.ItemDataRole.ToolTipRole)
    assert index.data(Qt.ItemDataRole.AccessibleDescriptionRole) == "name 缺少"
    assert index.data(Qt.ItemDataRole.BackgroundRole) is not None
    assert grid.model.index(2, 0).data(Qt.ItemDataRole.DecorationRole) is None
    assert grid.strip.said == "name 缺少"


def test_rows_looked_at_in_another_order_keep_their_number(grid: ChildGrid) -> None:
    vertical = Qt.Orientation.Vertical
    assert grid.model.headerData(0, vertical) == "1"
    grid.model.show_order(array("q", [5, 4, 3, 2, 1, 0]))
    assert grid.model.headerData(0, vertical) == "6"


def test_the_menu_names_every_act_with_its_keys(grid: ChildGrid) -> None:
    shown = [action.text() for action in grid.view.menu().actions() if action.text()]
    named = [act for act in ACTS if act is not None and act.text and act.id != "unsort"]
    assert len(shown) == len(named)
    assert all(
        text.endswith("\t" + act.keys[0])
        for text, act in zip(shown, named, strict=True)
        if act.keys
    )


def test_the_windows_own_find_key_is_the_grids_while_it_has_the_cursor(
    grid: ChildGrid, qtbot: Any
) -> None:
    press(qtbot, grid, KEY.Key_H, MOD.ControlModifier)
    assert grid.bar.isVisible()
    assert grid.bar.replacement.isVisible()
    qtbot.keyClick(grid.bar.wanted, KEY.Key_F, MOD.ControlModifier)
    assert not grid.bar.replacement.isVisible()
    qtbot.keyClick(grid.bar.wanted, KEY.Key_Escape)
    assert not grid.bar.isVisible()
    assert grid.view.hasFocus()


def test_several_parts_are_cleared_each_for_itself(grid: ChildGrid) -> None:
    asked: list[Any] = []
    grid.view.clear_wanted.connect(asked.append)
    grid.view.show_cell(0, 0)
    grid.view.selectionModel().select(
        grid.model.index(3, 2), QItemSelectionModel.SelectionFlag.Select
    )
    grid.view.clear_cells()
    assert sorted((list(a.keys), list(a.fields)) for a in asked[0]) == [
        ([0], ["name"]),
        ([3], [grid.model.columns[2].id]),
    ]
    assert grid.view.span() == (1, 1)


def test_the_framed_cell_counts_as_chosen_when_only_the_cursor_came(
    grid: ChildGrid, qtbot: Any
) -> None:
    asked: list[list[int]] = []
    grid.view.delete_wanted.connect(lambda keys: asked.append(list(keys)))
    grid.view.clearSelection()
    press(qtbot, grid, KEY.Key_Minus, MOD.ControlModifier)
    assert asked == [[1]]


def test_an_empty_grid_takes_a_paste_wherever_the_cursor_is(grid: ChildGrid, qtbot: Any) -> None:
    asked: list[str] = []
    grid.view.paste_wanted.connect(asked.append)
    grid.model.set_keys(array("q"))
    QGuiApplication.clipboard().setText("甲")
    qtbot.keyClick(grid, KEY.Key_V, MOD.ControlModifier)
    assert asked == ["甲"]
    assert grid.view.place() == (0, 0)
