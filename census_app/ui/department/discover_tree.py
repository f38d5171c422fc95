"""Tables and columns to tick: what is new, what is recorded, what has changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem

from census_app.domain.schemas import TableKey
from census_app.formspec.model import Form
from census_app.formspec.types import Context, format_value
from census_app.services.discovery_plan import (
    Chosen,
    ColumnFound,
    Difference,
    Discovery,
    Standing,
    TableFound,
)
from census_app.ui.shell import theme
from census_app.ui.shell.icons import Icon, icon
from census_app.ui.shell.translation import Words

NAME, TITLE, TYPE, STANDING = range(4)
_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 1
_LOOKS: Final = {
    Standing.NEW: (Icon.ADD, "accent"),
    Standing.SAME: (Icon.CHECK, "good"),
    Standing.CHANGED: (Icon.ALERT, "warn"),
    Standing.NAMESAKE: (Icon.INFO, "warn"),
    Standing.GONE: (Icon.CLOSE, "bad"),
}
_LONG: Final = 24
"""Characters of a value that are shown in a line."""


class DiscoverTree(QTreeWidget):
    """Tables; their columns are filled in when one is opened.

    Signals:
        choice_changed: Something was ticked or unticked.
    """

    choice_changed = Signal()

    def __init__(self, words: Words, context: Context) -> None:
        super().__init__()
        self._words, self._context = words, context
        self._discovery: Discovery | None = None
        self._forms: tuple[Form, Form] | None = None
        self._chosen: dict[TableKey, frozenset[str] | None] = {}
        self._filling = False
        self.setAccessibleName(words("DI_TREE"))
        self.setHeaderLabels([words(f"DI_COL_{n}") for n in ("NAME", "TITLE", "TYPE", "STANDING")])
        self.setUniformRowHeights(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        head = self.header()
        for place, width in ((NAME, 220), (TITLE, 196), (TYPE, 124)):
            head.resizeSection(place, width)
        head.setSectionResizeMode(STANDING, QHeaderView.ResizeMode.Stretch)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.itemExpanded.connect(self._on_expanded)
        self.itemChanged.connect(self._on_changed)

    # -- showing ---------------------------------------------------------------------------------------------------

    def show_discovery(self, discovery: Discovery) -> None:
        """Show another schema; what is recorded and has changed is ticked, what is new is the person's to tick."""
        form_set = self._context.form_set
        before = self._discovery
        self._discovery = discovery
        self._forms = form_set.form(discovery.resource), form_set.form(discovery.item)
        keys = {t.key for t in discovery.tables}
        if before is not None and {t.key for t in before.tables} == keys:
            self._chosen = {k: c for k, c in self._chosen.items() if k in keys}
        else:
            self._chosen = {t.key: None for t in discovery.tables if t.standing is Standing.CHANGED}
        self._filling = True
        self.clear()
        self.addTopLevelItems([self._table_item(table) for table in discovery.tables])
        self._filling = False
        self.choice_changed.emit()

    def narrow(self, text: str, *, open_only: bool) -> int:
        """Show the tables that hold a text in a name or title, and return how many; all that is hidden stays ticked."""
        wanted, shown = text.strip().casefold(), 0
        for number in range(self.topLevelItemCount()):
            item = self.topLevelItem(number)
            table = self._table(item)
            fits = table is not None and _holds(table, wanted)
            if open_only and table is not None and table.standing is Standing.SAME:
                fits = False
            if item is not None:
                item.setHidden(not fits)
            shown += fits
        return shown

    @property
    def chosen(self) -> Chosen:
        """What is ticked."""
        return dict(self._chosen)

    def tick_all(self, ticked: bool) -> None:  # for a button each
        """Tick or untick the tables that are shown."""
        for number in range(self.topLevelItemCount()):
            item = self.topLevelItem(number)
            table = self._table(item)
            if item is None or table is None or item.isHidden() or table.standing is Standing.GONE:
                continue
            self._choose(table, None if ticked else frozenset())
            self._show_ticks(item, table)
        self.choice_changed.emit()

    def _table_item(self, table: TableFound) -> QTreeWidgetItem:
        item = QTreeWidgetItem()
        item.setData(0, _ROLE, table)
        there = [c for c in table.columns if c.standing is not Standing.GONE]
        item.setText(NAME, table.shown)
        item.setText(TITLE, table.title)
        if table.standing is not Standing.GONE:
            count = self._words("DI_COLUMNS", count=self._words.count(len(there)))
            rows = (
                ""
                if table.rows is None
                else self._words("DI_ROWS", count=self._words.count(table.rows))
            )
            item.setText(TYPE, " · ".join(filter(None, (count, rows))))
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setChildIndicatorPolicy(QTreeWidgetItem.ChildIndicatorPolicy.ShowIndicator)
            item.setCheckState(NAME, self._state(table))
        self._dress(item, table, self._table_says(table))
        return item

    def _column_item(self, table: TableFound, column: ColumnFound) -> QTreeWidgetItem:
        item = QTreeWidgetItem()
        item.setData(0, _ROLE, column)
        item.setText(NAME, column.name)
        item.setText(TITLE, column.title)
        item.setText(TYPE, column.type_text)
        if column.standing is not Standing.GONE:
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(NAME, self._column_state(table, column))
        words = self._words
        says = words(f"DISCOVER_STANDING_{column.standing.value}")
        told = words("UI_JOINT").join(self._told(column.differences, 1))
        self._dress(item, column, words("DI_SAYS", standing=says, what=told) if told else says)
        return item

    def _dress(self, item: QTreeWidgetItem, of: TableFound | ColumnFound, says: str) -> None:
        symbol, tone = _LOOKS[of.standing]
        tokens = theme.tokens()
        colour = str(getattr(tokens, tone))
        item.setText(STANDING, says)
        item.setIcon(STANDING, icon(symbol, colour, 14))
        item.setForeground(
            STANDING, QColor(colour if of.standing is not Standing.SAME else tokens.text_2)
        )
        item.setForeground(TYPE, QColor(tokens.text_2))
        if not of.named:
            item.setForeground(TITLE, QColor(tokens.text_2))
            item.setToolTip(TITLE, self._words("DI_UNNAMED_TIP"))
        elif of.comment:
            item.setToolTip(TITLE, of.comment)
        item.setToolTip(NAME, item.text(NAME))
        item.setToolTip(TYPE, item.text(TYPE))
        item.setToolTip(STANDING, says)

    def _table_says(self, table: TableFound) -> str:
        words = self._words
        parts = []
        if table.record is not None:
            counts = (
                ("DI_NEW_COLUMNS", table.news),
                ("DI_CHANGED_COLUMNS", sum(c.standing is Standing.CHANGED for c in table.columns)),
                ("DI_GONE_COLUMNS", sum(c.standing is Standing.GONE for c in table.columns)),
            )
            parts += [words(code, count=words.count(n)) for code, n in counts if n]
            parts += self._told(table.differences, 0)
        standing = words(f"DISCOVER_STANDING_{table.standing.value}")
        return (
            words("DI_SAYS", standing=standing, what=words("UI_JOINT").join(parts))
            if parts
            else standing
        )

    def _told(self, differences: Iterable[Difference], place: int) -> list[str]:
        if self._forms is None:
            return []
        form, words = self._forms[place], self._words
        told = []
        for each in differences:
            field = form.field_by_id(each.field)
            now = format_value(each.now, field, self._context) or words("DI_EMPTY")
            found = format_value(each.found, field, self._context)
            code = "DI_KEPT" if each.kept else "DI_CHANGES"
            label = field.label.get(words.language)
            told.append(words(code, field=label, now=_cut(now), found=_cut(found)))
        return told

    # -- ticking ---------------------------------------------------------------------------------------------------

    def _state(self, table: TableFound) -> Qt.CheckState:
        if table.key not in self._chosen:
            return Qt.CheckState.Unchecked
        columns = self._chosen[table.key]
        return Qt.CheckState.Checked if columns is None else Qt.CheckState.PartiallyChecked

    def _column_state(self, table: TableFound, column: ColumnFound) -> Qt.CheckState:
        columns = self._chosen.get(table.key, frozenset())
        ticked = columns is None or column.name.casefold() in columns
        return Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked

    def _choose(self, table: TableFound, columns: frozenset[str] | None) -> None:
        everything = _names(table.columns)
        if columns is not None and columns >= everything:
            columns = None
        if columns is not None and not columns:
            self._chosen.pop(table.key, None)
        else:
            self._chosen[table.key] = columns

    def _show_ticks(self, item: QTreeWidgetItem, table: TableFound) -> None:
        self._filling = True
        item.setCheckState(NAME, self._state(table))
        for number in range(item.childCount()):
            child = item.child(number)
            column = child.data(0, _ROLE) if child is not None else None
            if (
                child is not None
                and isinstance(column, ColumnFound)
                and column.standing is not Standing.GONE
            ):
                child.setCheckState(NAME, self._column_state(table, column))
        self._filling = False

    def _on_changed(self, item: QTreeWidgetItem, column: int) -> None:
        if self._filling or column != NAME:
            return
        ticked = item.checkState(NAME) == Qt.CheckState.Checked
        of = item.data(0, _ROLE)
        if isinstance(of, TableFound):
            self._choose(of, None if ticked else frozenset())
            self._show_ticks(item, of)
        elif isinstance(of, ColumnFound):
            parent = item.parent()
            table = self._table(parent)
            if parent is None or table is None:
                return
            held = self._chosen.get(table.key, frozenset())
            names = _names(table.columns) if held is None else held
            one = frozenset({of.name.casefold()})
            self._choose(table, names | one if ticked else names - one)
            self._show_ticks(parent, table)
        self.choice_changed.emit()

    def _on_expanded(self, item: QTreeWidgetItem) -> None:
        table = self._table(item)
        if table is None or item.childCount():
            return
        self._filling = True
        item.addChildren([self._column_item(table, column) for column in table.columns])
        self._filling = False

    def _table(self, item: QTreeWidgetItem | None) -> TableFound | None:
        found = item.data(0, _ROLE) if item is not None else None
        return found if isinstance(found, TableFound) else None


def _names(columns: Sequence[ColumnFound]) -> frozenset[str]:
    return frozenset(c.name.casefold() for c in columns if c.standing is not Standing.GONE)


def _holds(table: TableFound, wanted: str) -> bool:
    if not wanted:
        return True
    texts = [table.shown, table.title, *(t for c in table.columns for t in (c.name, c.title))]
    return any(wanted in text.casefold() for text in texts)


def _cut(text: str) -> str:
    return text if len(text) <= _LONG else text[:_LONG] + "…"
