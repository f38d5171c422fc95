"""The grid of child records, such as the data items of a resource: edited like a spreadsheet, over a model of pages.

Every act is one journal step. Knows no service: it asks by signal; `ui.department.child_grids` answers.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget
from typing_extensions import override

from census_app.formspec.model import Form
from census_app.formspec.types import Context
from census_app.ui.forms.grid_find import FindBar
from census_app.ui.forms.grid_model import GridModel, column_of, grid_columns
from census_app.ui.forms.grid_strip import GridStrip
from census_app.ui.forms.grid_view import GridView
from census_app.ui.shell import page, theme
from census_app.ui.shell.elided import ElidedLabel
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

__all__ = ["ChildGrid", "GridModel", "GridView", "column_of", "grid_columns"]


_BEGINS: Final = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Insert})
"""Keys that add the first row of an empty grid."""


class ChildGrid(QWidget):
    """The grid with its buttons, the bar for finding, the line below and the empty state."""

    def __init__(self, form: Form, context: Context, words: Words) -> None:
        super().__init__()
        self.form = form
        self._words = words
        self._remarked = False
        self.model = GridModel(grid_columns(form, words.language), words, self)
        self.view = GridView(self.model, form, context, words)
        self.bar = FindBar(words)
        self.strip = GridStrip(words)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._tools())
        column.addWidget(self.bar)
        label = (form.plural or form.label).get(words.language)
        self._empty = page.EmptyState(
            words("UI_GRID_EMPTY", form=label),
            [(words("UI_ADD_ROW"), self._on_add), (words("UI_PASTE"), self.view.paste)],
            Icon.LIST,
            words("UG_EMPTY_TIP"),
        )
        self._stack = QStackedWidget()
        self._stack.addWidget(self.view)
        self._stack.addWidget(self._empty)
        column.addWidget(self._stack, 1)
        column.addWidget(self.strip)
        self._connect()
        self._on_rows()

    def _connect(self) -> None:
        model, view = self.model, self.view
        for signal in (model.modelReset, model.rowsInserted, model.rowsRemoved):
            signal.connect(self._on_rows)
        model.dataChanged.connect(self._on_looked)
        view.chosen_changed.connect(self._on_chosen)
        view.find_wanted.connect(self._on_find)
        view.sort_wanted.connect(self._on_sorted)
        self.bar.closed.connect(view.setFocus)
        self.strip.unsort_wanted.connect(view.unsort)

    def _tools(self) -> QHBoxLayout:
        words = self._words
        tools = QHBoxLayout()
        tools.setSpacing(8)
        tip = ElidedLabel()  # in a narrow window the tip gives way, not the buttons
        theme.set_look(tip, "hint")
        tip.show_text(words("UI_GRID_TIP"))
        tools.addWidget(tip, 1)
        for text, symbol, call, keys in (
            ("UI_ADD_ROW", Icon.INSERT_ROW, self.view.insert_below, "Ins"),
            ("UI_PASTE", Icon.PASTE, self.view.paste, "Ctrl+V"),
            ("UI_FILL_DOWN", Icon.FILL_DOWN, self.view.fill_down, "Ctrl+D"),
            ("UI_DELETE_ROWS", Icon.DELETE, self.view.delete_rows, "Ctrl+-"),
        ):
            made = page.button(words(text), call, "small", symbol)
            made.setToolTip(f"{words(text)} ({keys})")
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            tools.addWidget(made)
        find = f"{words('UG_FIND')} (Ctrl+F)"
        tools.addWidget(page.icon_button(Icon.SEARCH, find, self.view.open_find))
        self._more = page.icon_button(Icon.MORE, words("UG_MORE"), self._on_more)
        tools.addWidget(self._more)
        return tools

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Paste) and not self.model.total:
            self.view.paste()  # the table is not on the screen yet
        elif event.key() in _BEGINS and not event.modifiers() and not self.model.total:
            self._on_add()
        else:
            super().keyPressEvent(event)

    def say(self, text: str) -> None:
        """Say something in the line below, until another cell is chosen."""
        self._remarked = True
        self.strip.say(text)

    def _on_add(self) -> None:
        self.view.insert_wanted.emit(0, 1, False)

    def _on_more(self) -> None:
        corner = self._more.mapToGlobal(self._more.rect().bottomLeft())
        self.view.menu().popup(corner)

    def _on_find(self, replace: bool) -> None:
        self.bar.open(replace=replace)

    def _on_sorted(self, field: str) -> None:
        title = next((c.title for c in self.model.columns if c.id == field), "")
        self.strip.show_sorted(title)

    def _on_rows(self) -> None:
        shown = bool(self.model.total)
        self._stack.setCurrentWidget(self.view if shown else self._empty)
        self.strip.setVisible(shown)
        self._on_looked()

    def _on_chosen(self) -> None:
        self._remarked = False
        self._on_looked()

    def _on_looked(self) -> None:
        index = self.view.currentIndex()
        chosen = self.view.chosen_count()
        if self._remarked:
            pass  # read anew or not, what was said stays
        elif index.isValid():
            self.strip.say(self.model.problem(index), self.model.weight(index))
        else:
            self.strip.say("")
        self.strip.show_place(index.row(), self.model.total, chosen)
