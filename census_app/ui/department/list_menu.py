"""The context menus of a list: over its rows what the buttons do, over its head sorting, filtering and columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from census_app.ui.department.list_columns import FOUND, ColumnChoice
from census_app.ui.models.record_table import STATE
from census_app.ui.shell import theme
from census_app.ui.shell.icons import Icon, icon
from census_app.ui.shell.translation import Words

if TYPE_CHECKING:
    from census_app.ui.department.record_list import RecordList


class ListMenu(QObject):
    """Builds the menus of one list when they are asked for."""

    def __init__(self, records: RecordList, words: Words) -> None:
        super().__init__(records)
        self._list, self._words = records, words
        self._column = ""
        self.shown: QMenu | None = None

    def over_rows(self, place: QPoint) -> None:
        """Show what can be done with the chosen rows."""
        words, records, menu = self._words, self._list, self._new()
        count = len(records.chosen_keys())
        self._add(menu, words("UI_OPEN_RECORD"), self._on_open, keys="Enter")
        if count > 1:
            self._add(menu, words("UI_FILL_N", count=count), self._on_fill)
        verb = words("UI_DELETE_N", count=count) if count > 1 else words("UI_DELETE_RECORD")
        self._add(menu, verb, self._on_delete, Icon.DELETE, "Delete")
        menu.addSeparator()
        everything = words("UI_SELECT_ALL", count=records.total)
        self._add(menu, everything, records.table.selectAll, keys="Ctrl+A")
        self._column = records.model.columns[max(0, records.table.currentIndex().column())].id
        if records.can_filter(self._column):
            menu.addSeparator()
            label = records.form.field_by_id(self._column).label.get(words.language)
            self._add(
                menu, words("UI_FILTER_BY", field=label), self._on_filter, Icon.FILTER, "Alt+Down"
            )
        row = records.current_row()
        if row is not None and records.narrowing.is_alike(row.id):
            self._add(menu, words("UI_COMPARE_THIS"), self._on_compare)
        self._pop_up(menu, place)

    def over_head(self, section: int, place: QPoint) -> None:
        """Show what can be done with a column."""
        words, records, menu = self._words, self._list, self._new()
        columns = records.model.columns
        self._column = columns[section].id if 0 <= section < len(columns) else ""
        if self._column and self._column not in {STATE, FOUND}:
            self._add(menu, words("UI_SORT_UP"), self._on_sort_up, Icon.SORT_UP)
            self._add(menu, words("UI_SORT_DOWN"), self._on_sort_down, Icon.SORT_DOWN)
        if records.narrowing.sort[0]:
            self._add(menu, words("UI_SORT_NONE"), self._on_sort_none)
        if records.can_filter(self._column):
            self._add(menu, words("UI_FILTER_COLUMN"), self._on_filter, Icon.FILTER)
        menu.addSeparator()
        if self._column in records.columns.known:
            title = columns[section].title
            self._add(menu, words("UI_COLUMN_HIDE", name=title), self._on_hide)
        self._add(menu, words("UI_COLUMNS_CHOOSE"), records.ask_columns, Icon.COLUMNS)
        if records.choice != ColumnChoice():
            self._add(menu, words("UI_COLUMNS_RESET"), self._on_reset)
        self._pop_up(menu, place)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _new(self) -> QMenu:
        if self.shown is not None:
            self.shown.deleteLater()
        self.shown = QMenu(self._list)
        return self.shown

    def _add(
        self,
        menu: QMenu,
        text: str,
        call: Callable[[], object],
        symbol: Icon | None = None,
        keys: str = "",
    ) -> QAction:
        # The key is only told here; the table itself listens to it.
        action = menu.addAction(f"{text}\t{keys}" if keys else text)
        if symbol is not None:
            action.setIcon(icon(symbol, theme.tokens().text_2))
        action.triggered.connect(call)
        return action

    @staticmethod
    def _pop_up(menu: QMenu, place: QPoint) -> None:
        menu.popup(place)

    def _on_open(self) -> None:
        self._list.opened.emit()

    def _on_fill(self) -> None:
        self._list.fill_wanted.emit()

    def _on_delete(self) -> None:
        self._list.delete_wanted.emit()

    def _on_sort_up(self) -> None:
        self._list.sort(self._column)

    def _on_sort_down(self) -> None:
        self._list.sort(self._column, descending=True)

    def _on_sort_none(self) -> None:
        self._list.sort("")

    def _on_filter(self) -> None:
        self._list.narrowing.ask(self._column)

    def _on_hide(self) -> None:
        records = self._list
        ids = records.columns.given if records.choice.ids is None else records.choice.ids
        kept = tuple(i for i in ids if i != self._column)
        records.set_choice(ColumnChoice(kept, records.choice.widths))

    def _on_reset(self) -> None:
        self._list.set_choice(ColumnChoice())

    def _on_compare(self) -> None:
        row = self._list.current_row()
        if row is not None:
            self._list.compare_wanted.emit(row.id)
