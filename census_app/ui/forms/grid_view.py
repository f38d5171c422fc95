"""The table of a grid, with the keys of a spreadsheet. It asks by signal; rows go by their keys, however many."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QFontMetrics,
    QGuiApplication,
    QInputMethodEvent,
    QKeyEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLineEdit, QMenu
from typing_extensions import override

from census_app.formats.block_text import write_block
from census_app.formspec.model import Form
from census_app.formspec.types import Context
from census_app.ui.forms.grid_acts import ACTS, act_of
from census_app.ui.forms.grid_choice import ChoosingTable
from census_app.ui.forms.grid_delegate import ChoiceLine, GridDelegate
from census_app.ui.forms.grid_model import GridModel
from census_app.ui.shell import theme
from census_app.ui.shell.translation import Words

Index = QModelIndex | QPersistentModelIndex
COPIED_AT_ONCE: Final = 2000
"""Cells that are copied from what is on the screen; more are read from the file."""

_NUMBER_WIDTH: Final = 52


class GridView(ChoosingTable):
    """The table itself.

    Signals:
        paste_wanted: Text of the clipboard.
        copy_wanted: Areas that are too large to copy at once.
        clear_wanted: Areas.
        fill_wanted: Key of the row to take from, areas.
        insert_wanted: Key of the row beside which, 0 for the end; number of rows; whether above it.
        delete_wanted: Keys of rows.
        move_wanted: Keys of rows; how far, negative is up.
        find_wanted: Whether to replace as well.
        problem_wanted: The next problem.
        sort_wanted: Field id, empty for the order of record; descending.
        chosen_changed: Current cell or choice.
    """

    paste_wanted = Signal(str)
    copy_wanted = Signal(object)
    clear_wanted = Signal(object)
    fill_wanted = Signal(object, object)
    insert_wanted = Signal(object, int, bool)
    delete_wanted = Signal(object)
    move_wanted = Signal(object, int)
    find_wanted = Signal(bool)
    problem_wanted = Signal()
    sort_wanted = Signal(str, bool)
    chosen_changed = Signal()

    def __init__(self, model: GridModel, form: Form, context: Context, words: Words) -> None:
        super().__init__(model)
        self._words = words
        self.typing = False
        self.has_problem: Callable[[], bool] = _no
        self._tab_from = -1
        self.column_wanted = 0
        self.setItemDelegate(GridDelegate(form, context, self, self))
        theme.set_look(self, "grid")
        self.setAccessibleName(words("UI_GRID_NAME", form=form.label.get(words.language)))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.AnyKeyPressed
            | QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)
        self._set_headers()
        self._calls = self._acts()

    def _set_headers(self) -> None:
        rows, heads = self.verticalHeader(), self.horizontalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(theme.COMPACT_ROW_HEIGHT)
        rows.setMinimumWidth(_NUMBER_WIDTH)
        rows.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for header in (rows, heads):
            header.setHighlightSections(False)
            # Painting a head asks whether its whole column is chosen, which Qt answers cell by cell: half a second
            # for 30,000 rows. With a choice of their own that is never made, heads have nothing to ask.
            header.setSelectionModel(QItemSelectionModel(self.grid_model, header))
        heads.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        heads.customContextMenuRequested.connect(self._on_head_menu)
        metrics = QFontMetrics(theme.font(theme.HINT_PX))
        for number, column in enumerate(self.grid_model.columns):
            titled = metrics.horizontalAdvance(column.title) + 24
            self.setColumnWidth(number, max(column.width, titled))

    def _acts(self) -> Mapping[str, Callable[[], object]]:
        return {
            "cut": self.cut,
            "copy": self.copy,
            "paste": self.paste,
            "insert_above": self.insert_above,
            "insert_below": self.insert_below,
            "delete_rows": self.delete_rows,
            "move_up": self.move_up,
            "move_down": self.move_down,
            "fill_down": self.fill_down,
            "clear": self.clear_cells,
            "find": self.open_find,
            "replace": self.open_replace,
            "sort_up": self.sort_up,
            "sort_down": self.sort_down,
            "unsort": self.unsort,
            "problem": self.problem_wanted.emit,
            "down": self.go_down,
            "back": self.go_up,
            "right": self.go_right,
            "left": self.go_left,
        }

    # -- where one is ----------------------------------------------------------------------------------------------

    @property
    def sorted_by(self) -> str:
        """Field by which the rows are only looked at in another order, or the empty text."""
        header = self.horizontalHeader()
        shown = header.isSortIndicatorShown()
        return self.grid_model.columns[header.sortIndicatorSection()].id if shown else ""

    # -- going -----------------------------------------------------------------------------------------------------

    def go(self, down: int, right: int) -> None:
        """Go to another cell; from below the last row ask for a new one, at the end of a row begin the next."""
        current = self.currentIndex()
        if not current.isValid():
            return
        row, column = current.row() + down, current.column() + right
        if right and self._tab_from < 0:
            self._tab_from = current.column()
        if down and self._tab_from >= 0:
            column, self._tab_from = self._tab_from, -1
        if column >= self.grid_model.columnCount():
            row, column = row + 1, 0
        elif column < 0:
            row, column = row - 1, self.grid_model.columnCount() - 1
        if row >= self.grid_model.total:
            self.column_wanted = column
            self.insert_wanted.emit(0, 1, False)
        elif row >= 0:
            kept = self._tab_from
            self.setCurrentIndex(self.grid_model.index(row, column))
            self._tab_from = kept

    def go_down(self) -> None:
        """Go to the cell below; from the last row, ask for a new one."""
        self.go(1, 0)

    def go_up(self) -> None:
        """Go to the cell above."""
        self.go(-1, 0)

    def go_right(self) -> None:
        """Go to the next cell, at the end of a row to the next row."""
        self.go(0, 1)

    def go_left(self) -> None:
        """Go to the cell before."""
        self.go(0, -1)

    # -- acts ------------------------------------------------------------------------------------------------------

    def paste(self) -> None:
        """Paste a block from the clipboard, from the first chosen cell on; rows beyond the last are added."""
        text = QGuiApplication.clipboard().text()
        if text:
            self.paste_wanted.emit(text)

    def copy(self) -> None:
        """Copy the chosen cells as a block; a large one is read from the file."""
        areas = self.areas()
        if not areas:
            return
        parts = self.parts()
        small = self.chosen_count() <= COPIED_AT_ONCE and len(parts) == 1
        if not small or any(
            self.grid_model.row_at(row) is None
            for row in range(parts[0].top(), parts[0].bottom() + 1)
        ):
            self.copy_wanted.emit(areas)
            return
        model, part = self.grid_model, parts[0]
        block = [
            [
                str(model.index(row, column).data(Qt.ItemDataRole.EditRole) or "")
                for column in range(part.left(), part.right() + 1)
            ]
            for row in range(part.top(), part.bottom() + 1)
        ]
        QGuiApplication.clipboard().setText(write_block(block))

    def cut(self) -> None:
        """Copy the chosen cells and empty them."""
        self.copy()
        self.clear_cells()

    def clear_cells(self) -> None:
        """Empty the chosen cells."""
        areas = self.areas()
        if areas:
            self.clear_wanted.emit(areas)

    def fill_down(self) -> None:
        """Give the chosen cells below the first row its answers; with one row chosen, those of the row above."""
        parts = self.parts()
        if not parts:
            return
        top = min(p.top() for p in parts)
        if all(p.bottom() == top for p in parts):
            top -= 1
        if top >= 0:
            self.fill_wanted.emit(self.grid_model.key_at(top), self.areas())

    def insert_above(self) -> None:
        """Ask for as many empty rows as are chosen, above them."""
        self._insert(above=True)

    def insert_below(self) -> None:
        """Ask for as many empty rows as are chosen, below them."""
        self._insert(above=False)

    def _insert(self, *, above: bool) -> None:
        keys = self.chosen_rows()
        self.column_wanted = 0
        if keys:
            self.insert_wanted.emit(keys[0] if above else keys[-1], len(keys), above)
        else:
            self.insert_wanted.emit(0, 1, False)

    def delete_rows(self) -> None:
        """Ask to delete the rows of the chosen cells."""
        keys = self.chosen_rows()
        if keys:
            self.delete_wanted.emit(keys)

    def move_up(self) -> None:
        """Ask to move the rows of the chosen cells one place up."""
        self.move_wanted.emit(self.chosen_rows(), -1)

    def move_down(self) -> None:
        """Ask to move the rows of the chosen cells one place down."""
        self.move_wanted.emit(self.chosen_rows(), 1)

    def open_find(self) -> None:
        """Ask for a text to find."""
        self.find_wanted.emit(False)

    def open_replace(self) -> None:
        """Ask for a text to find and another one to put in its place."""
        self.find_wanted.emit(True)

    def sort_up(self) -> None:
        """Look at the rows by the current column, the smallest first."""
        self._sort(self.currentIndex().column(), descending=False)

    def sort_down(self) -> None:
        """Look at the rows by the current column, the largest first."""
        self._sort(self.currentIndex().column(), descending=True)

    def unsort(self) -> None:
        """Look at the rows in the order of record."""
        self.horizontalHeader().setSortIndicatorShown(False)
        self.sort_wanted.emit("", False)

    def _sort(self, column: int, *, descending: bool) -> None:
        if column < 0:
            return
        header = self.horizontalHeader()
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        header.setSortIndicator(column, order)
        header.setSortIndicatorShown(True)
        self.sort_wanted.emit(self.grid_model.columns[column].id, descending)

    # -- keys and menus --------------------------------------------------------------------------------------------

    @override
    def edit(  # type: ignore[override]  # one method for both of Qt's overloads
        self,
        index: Index,
        trigger: QAbstractItemView.EditTrigger = QAbstractItemView.EditTrigger.AllEditTriggers,
        event: QEvent | None = None,
    ) -> bool:
        typed = trigger == QAbstractItemView.EditTrigger.AnyKeyPressed
        opened = super().edit(index, trigger, event)  # type: ignore[arg-type]  # None is as good
        if opened and index.isValid():
            self.typing = typed
            editor = self.indexWidget(index)
            if isinstance(editor, ChoiceLine) and not typed:
                editor.open_list()
        return bool(opened)

    @override
    def event(self, event: QEvent) -> bool:
        """Take the keys of a spreadsheet before the window's shortcuts do."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            act = act_of(event)
            if act and (act != "problem" or self.has_problem()):
                event.accept()
                return True
        return super().event(event)

    @override
    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Open the cell's editor for a word that is composed, also for one that comes whole at once.

        Input methods that compose in a window of their own send no more than the finished word; Qt opens the editor
        for it and loses the word.
        """
        word = event.commitString()
        opened = self.state() != QAbstractItemView.State.EditingState
        super().inputMethodEvent(event)
        editor = self.indexWidget(self.currentIndex())
        if word and opened and isinstance(editor, QLineEdit) and editor.text() != word:
            whole = QInputMethodEvent()
            whole.setCommitString(word)
            QGuiApplication.sendEvent(editor, whole)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        act = act_of(event)
        if act:
            self._calls[act]()
        elif not self.go_to_edge(event):
            super().keyPressEvent(event)

    @override
    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self.chosen_changed.emit()

    @override
    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        self._tab_from = -1
        self.viewport().update()
        self.chosen_changed.emit()

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        place = event.globalPos()
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            corner = self.visualRect(self.currentIndex()).bottomLeft()
            place = self.viewport().mapToGlobal(corner)
        self.menu().popup(place)

    def menu(self) -> QMenu:
        """Return a menu with everything that can be done with the chosen cells."""
        made = QMenu(self)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for act in ACTS:
            if act is None:
                made.addSeparator()
            elif act.text and (act.id != "unsort" or self.sorted_by):
                title = self._words(act.text)
                action = made.addAction(f"{title}\t{act.shown}" if act.keys else title)
                action.triggered.connect(self._calls[act.id])
        return made

    def _on_head_menu(self, point: object) -> None:
        header = self.horizontalHeader()
        column = header.logicalIndexAt(point)  # type: ignore[call-overload]
        if column < 0:
            return
        row = max(0, self.currentIndex().row())
        if self.grid_model.total:
            self.setCurrentIndex(self.grid_model.index(row, column))
        made = QMenu(self)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        made.addAction(self._words("UG_SORT_UP")).triggered.connect(self.sort_up)
        made.addAction(self._words("UG_SORT_DOWN")).triggered.connect(self.sort_down)
        if self.sorted_by:
            made.addAction(self._words("UG_UNSORT")).triggered.connect(self.unsort)
        made.popup(header.mapToGlobal(point))  # type: ignore[call-overload]


def _no() -> bool:
    return False
