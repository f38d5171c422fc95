"""The list of a form's records: columns to choose, sorting, filtering and searching in SQL, problems by record."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QSignalBlocker,
    QTimer,
    Signal,
)
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QStackedWidget, QVBoxLayout, QWidget
from typing_extensions import override

from census_app.domain.records import RecordId
from census_app.services.ports import ListQuery
from census_app.ui.department.list_chips import QUERIES, ChipBar
from census_app.ui.department.list_columns import FOUND, ColumnChoice, ListColumns
from census_app.ui.department.list_feed import (
    Chosen,
    Listing,
    Place,
    Spans,
    read_listing,
    read_places,
)
from census_app.ui.department.list_menu import ListMenu
from census_app.ui.department.list_view import ListView
from census_app.ui.department.narrowing import Narrowing
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.department.steps import CHAPTER, Scope
from census_app.ui.models.list_table import ListTableModel
from census_app.ui.models.record_table import STATE, TableRow
from census_app.ui.shell import page
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

__all__ = ["QUERIES", "RecordList"]

SEARCH_AFTER_MS = 200


class RecordList(QWidget):
    """Chips, table and its empty states.

    Signals:
        chosen: id of the record the person chose, or the empty text when the list is empty.
        opened: The person wants the form alone.
        several_chosen: number of rows that are selected.
        listed: The list was filled anew.
        fill_wanted: The person wants to give the chosen records one answer.
        compare_wanted: The person wants to see possible duplicates: id of a record of the group, or the empty text.
        search_changed: The search was taken away from here.
        discover_wanted: The person wants to discover records of this form in a database.
    """

    chosen = Signal(str)
    opened = Signal()
    several_chosen = Signal(int)
    delete_wanted = Signal()
    listed = Signal()
    add_wanted = Signal()
    import_wanted = Signal()
    discover_wanted = Signal()
    fill_wanted = Signal()
    compare_wanted = Signal(str)
    search_changed = Signal()

    def __init__(self, scope: Scope, session: WorkspaceSession, words: Words) -> None:
        super().__init__()
        self.form = session.form_set.form(scope.form)
        self.discovers = self.form is session.form_set.by_role("resource_name")[0]
        self._scope = scope
        self._session = session
        self._words = words
        self._wanted_key = -1
        self._wanted_top = 0
        self._asked = 0
        self._answered = ListQuery(form=self.form.id, ids=frozenset())
        self._everything = 0
        self._behind = False
        self._preferences: Preferences | None = None
        children = session.form_set.children_of(self.form.id)
        self._children = children
        self.columns = ListColumns(self.form, children, words)
        self.choice = ColumnChoice()
        self.model = ListTableModel(self.columns.shown(self.choice, found=False), words, self)
        self.table = ListView(self.model, self.columns, self._list_name())
        self.menu = ListMenu(self, words)
        self.chips = ChipBar(words)
        self._chips = self.chips.group
        self.narrowing = Narrowing(scope, session, words, self.chips, self)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._nothing_yet())
        self._stack.addWidget(self._nothing_found())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.chips)
        column.addWidget(self._stack, 1)
        self._search_timer = QTimer(self, singleShot=True, interval=SEARCH_AFTER_MS)
        self._search_timer.timeout.connect(self.reload)
        self._choose_timer = QTimer(self, singleShot=True, interval=60)
        self._choose_timer.timeout.connect(self._emit_chosen)
        self._connect()

    def _connect(self) -> None:
        self.model.page_wanted.connect(self._on_page_wanted)
        self._session.checked.connect(self._on_checked)
        table, chips = self.table, self.chips
        table.selectionModel().currentRowChanged.connect(self._on_current)
        table.selectionModel().selectionChanged.connect(self._on_selection)
        table.opened.connect(self.opened)
        table.doubleClicked.connect(self.opened)
        table.delete_wanted.connect(self.delete_wanted)
        table.filter_wanted.connect(self._on_filter_here)
        table.menu_wanted.connect(self.menu.over_rows)
        table.choice_changed.connect(self.set_choice)
        table.width_set.connect(self._on_width)
        table.head.sort_wanted.connect(self._on_head)
        table.head.filter_wanted.connect(self._on_filter_section)
        table.head.menu_wanted.connect(self.menu.over_head)
        chips.columns_wanted.connect(self.ask_columns)
        chips.compare_wanted.connect(self._on_compare)
        self.narrowing.changed.connect(self._on_narrowed)
        self.narrowing.search_cleared.connect(self.search_changed)

    # -- parts -----------------------------------------------------------------------------------------------------

    def _list_name(self) -> str:
        label = (self.form.plural or self.form.label).get(self._words.language)
        return self._words("UI_LIST_NAME", form=label)

    def _nothing_yet(self) -> QWidget:
        label = (self.form.plural or self.form.label).get(self._words.language)
        if self._scope.equals:
            tip = self._words("UI_EMPTY_SCOPE_TIP")
            link = (self._words("GD_HOW"), CHAPTER)
            return page.EmptyState(self._words("UI_EMPTY_SCOPE"), (), Icon.CHECK, tip, manual=link)
        actions = (
            (self._words("UI_IMPORT"), self.import_wanted.emit),
            *(((self._words("DI_MENU"), self.discover_wanted.emit),) if self.discovers else ()),
            (self._words("UI_ADD"), self.add_wanted.emit),
        )
        # What belongs here stands in the form's definition; the window only says how to begin.
        what = self.form.hint.get(self._words.language) if self.form.hint is not None else ""
        tip = "\n".join(filter(None, (what, self._words("UI_EMPTY_LIST_TIP"))))
        sentence = self._words("UI_EMPTY_LIST", form=label)
        link = (self._words("GD_HOW"), CHAPTER)
        return page.EmptyState(sentence, actions, Icon.LIST, tip, manual=link)

    def _nothing_found(self) -> QWidget:
        actions = ((self._words("UI_SHOW_ALL"), self.show_all),)
        return page.EmptyState(self._words("UI_NOTHING_FOUND"), actions, Icon.SEARCH)

    # -- what the page uses ----------------------------------------------------------------------------------------

    @property
    def total(self) -> int:
        """Records listed."""
        return self.model.total

    @property
    def position(self) -> int:
        """Row of the current record, from 0; -1 for none."""
        return self.table.currentIndex().row()

    @property
    def current_key(self) -> int:
        """Key of the current record's row; -1 for none."""
        return self.model.key_at(self.position) if self.position >= 0 else -1

    @property
    def everything(self) -> int:
        """Records there are when nothing narrows the list."""
        return self._everything

    @property
    def search_text(self) -> str:
        """What is searched for."""
        return self.narrowing.search

    @property
    def filtered(self) -> bool:
        """Whether a search, a filter or a chip narrows the list."""
        return self.narrowing.narrows

    def use_preferences(self, preferences: Preferences) -> None:
        """Take the columns chosen last time, and remember those chosen from now on."""
        self._preferences = preferences
        self.set_choice(ColumnChoice.of_text(preferences.text(self._setting())))

    def current_row(self) -> TableRow | None:
        """Return the current row when its page is here."""
        return self.model.row_at(self.position) if self.position >= 0 else None

    def chosen_keys(self) -> list[int]:
        """Return the keys of the selected rows, in order; their pages need not be here."""
        return self.model.keys_in(self.table.spans())

    def reload(self, wanted_key: int = -1) -> None:
        """Ask the store again; what was chosen stays chosen when it is still listed."""
        self._search_timer.stop()
        if wanted_key >= 0:
            self._wanted_key = wanted_key
        current = self.current_key
        spans = self.table.spans()
        kept = spans if wanted_key < 0 and self._wanted_key < 0 and _rows(spans) > 1 else ()
        wanted = self._wanted_key if self._wanted_key >= 0 else current
        chosen = Chosen(self.model.keys, kept, wanted)
        query = self.narrowing.query()
        self._asked += 1
        asked = self._asked

        def arrived(listing: Listing) -> None:
            if asked == self._asked:  # a later question is under way otherwise
                same, self._answered = self._answered == query, query
                self._show(listing, max(0, self.position) if same else 0)

        self._session.ask(lambda store, _p: read_listing(store, query, chosen), self, arrived)

    def search(self, text: str) -> None:
        """Search after a short rest."""
        if text != self.narrowing.search:
            self.narrowing.search = text
            self.narrowing.show()
            self._search_timer.start()

    def view_state(self) -> dict[str, object]:
        """Return how the list is narrowed, sorted and scrolled, as plain values."""
        return {**self.narrowing.as_plain(), "top": self.table.verticalScrollBar().value()}

    def restore_view(self, state: Mapping[str, object]) -> None:
        """Sort, filter, search and scroll as `view_state` said; its chips are chosen later, by `choose_chip`.

        Called before the list is filled. What the form no longer has is left out.
        """
        self.narrowing.restore(state, frozenset({self.form.title, *self.columns.known}))
        top = state.get("top")
        self._wanted_top = top if isinstance(top, int) else 0
        self._show_head()

    def choose_chip(self, chip: str) -> None:
        """Narrow the list to the records of some chips, as far as there are any."""
        self.narrowing.press(chip)

    def show_all(self) -> None:
        """Take search, filters and chips away."""
        self.narrowing.clear()

    def choose_key(self, key: int) -> bool:
        """Choose a row by its key; False when it is not listed."""
        row = self.model.find_key(key)
        if row < 0:
            return False
        self._choose_row(row)
        return True

    def step(self, by: int) -> None:
        """Go to the next or previous record."""
        row = self.position + by
        if 0 <= row < self.model.total:
            self._choose_row(row)

    def refresh_current(self) -> None:
        """Read the page of the current row anew."""
        self.model.refresh()

    def show_problems(self) -> None:
        """Show how each record stands, and the counts of the chips."""
        self.model.set_problems(self._session.problems.whole_rows(self.form.id))
        self.narrowing.show_counts()

    def show_queries(self, records: frozenset[str]) -> None:
        """Take the records about which queries wait for an answer."""
        self.narrowing.show_queries(records)

    # -- columns, sort, filters ------------------------------------------------------------------------------------

    def set_choice(self, choice: ColumnChoice) -> None:
        """Show other columns, and remember them."""
        self.choice = choice
        self._show_columns()
        self._remember()

    def ask_columns(self) -> None:
        """Let the person choose columns."""
        from census_app.ui.department.columns_dialog import ColumnsDialog  # noqa: PLC0415

        dialog = ColumnsDialog(self.columns, self.choice, self._words, self.window())
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self.set_choice(dialog.choice)
        dialog.deleteLater()

    def sort(self, column: str, *, descending: bool = False) -> None:
        """Sort by a column; by none in the order in which records were made."""
        self.narrowing.sort = (column, descending)
        self._show_head()
        self.reload()

    def can_filter(self, column: str) -> bool:
        """Say whether a column can narrow the list."""
        return column in self.table.head.can_filter

    # -- inside ----------------------------------------------------------------------------------------------------

    def _remember(self) -> None:
        if self._preferences is not None:
            self._preferences.remember_text(self._setting(), self.choice.to_text())

    def _setting(self) -> str:
        part = "-".join(sorted(self._scope.equals))
        return f"list/{self.form.id}" + (f"/{part}" if part else "")

    def _on_narrowed(self) -> None:
        self._show_head()
        self.reload()

    def _show(self, listing: Listing, near: int) -> None:
        """Show an answer; where the current record is gone, one stays near, and at the top of another question's."""
        self._wanted_key = -1
        first, self._everything = not self._everything, listing.everything
        if first:
            self.narrowing.read_alike()
        self._show_columns()
        self.model.set_keys(listing.keys)
        empty = 2 if self.filtered else 1
        self._stack.setCurrentIndex(0 if len(listing.keys) else empty)
        self.chips.setVisible(bool(len(listing.keys)) or self.filtered)
        self.chips.show_found(self._found_text(listing))
        if len(listing.keys):
            row = listing.current if listing.current >= 0 else min(near, len(listing.keys) - 1)
            self._choose_row(row, listing.spans)
            top, self._wanted_top = self._wanted_top, 0
            if top:
                self.table.verticalScrollBar().setValue(top)
        else:
            self.chosen.emit("")
        self._on_selection()
        self.listed.emit()

    def _found_text(self, listing: Listing) -> str:
        words = self._words
        if not self.filtered:
            return ""
        count, total = words.count(len(listing.keys)), words.count(listing.everything)
        told = words("UI_FOUND_N", count=count, total=total)
        if listing.inside:
            child = self._children[0]
            label = (child.plural or child.label).get(words.language)
            told += words("UI_FOUND_INSIDE", count=words.count(listing.inside), form=label)
        return told

    def _show_columns(self) -> None:
        """Show the columns chosen; what stands there already is not read anew."""
        columns = self.columns.shown(self.choice, found=bool(self.narrowing.search))
        if tuple(columns) != self.model.columns:
            current, spans = self.position, self.table.spans()
            with QSignalBlocker(self.table.selectionModel()):
                self.model.set_columns(columns)
                if current >= 0:
                    self._select(current, spans)
        self.table.show_choice(self.choice)
        self._show_head()

    def _show_head(self) -> None:
        field, descending = self.narrowing.sort
        filtered = self.narrowing.filtered_fields
        self.table.head.show_state(field, descending=descending, filtered=filtered)

    def _choose_row(self, row: int, spans: Spans = ()) -> None:
        self._select(row, spans)
        self.table.scrollTo(self.model.index(row, self._visible_column()))
        self._choose_timer.start()

    def _visible_column(self) -> int:
        return max(0, self.table.currentIndex().column())

    def _select(self, row: int, spans: Spans) -> None:
        column = min(self._visible_column(), self.model.columnCount() - 1)
        index = self.model.index(row, column)
        flags = QItemSelectionModel.SelectionFlag
        chooser = self.table.selectionModel()
        if _rows(spans) < 2:
            chooser.setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
            return
        last = self.model.columnCount() - 1
        selection = QItemSelection()
        for top, bottom in spans:
            selection.select(self.model.index(top, 0), self.model.index(bottom, last))
        chooser.setCurrentIndex(index, flags.NoUpdate)
        chooser.select(selection, flags.ClearAndSelect)

    def _on_width(self, column: str, width: int) -> None:
        self.choice = ColumnChoice(self.choice.ids, {**self.choice.widths, column: width})
        self._remember()

    def _on_current(self, current: QModelIndex, previous: QModelIndex) -> None:
        del previous
        if current.isValid():
            self._choose_timer.start()

    def _on_selection(self) -> None:
        self.several_chosen.emit(_rows(self.table.spans()))

    def _emit_chosen(self) -> None:
        row = self.current_row()
        if row is not None:
            self.chosen.emit(row.id)
        elif self.position >= 0:
            self.model.index(self.position, 0).data()  # a hidden table asks for no page by itself
            self._choose_timer.start()

    def _on_page_wanted(self, number: int) -> None:
        generation = self.model.generation
        keys = self.model.page_keys(number)
        form, search = self.form, self.narrowing.search
        places: dict[RecordId, Place] = {}
        fields = [c.id for c in self.model.columns if not c.id.startswith("\0")]

        def arrived(rows: list[TableRow]) -> None:
            self.model.put_page(generation, number, [self._placed(r, places) for r in rows])

        if search:
            self._session.ask(
                lambda store, _p: read_places(store, form, keys, search), self, places.update
            )
        self._session.rows(form, keys, fields, self, arrived)

    def _placed(self, row: TableRow, places: dict[RecordId, Place]) -> TableRow:
        place = places.get(row.id)
        if place is None:
            return row
        words = self._words
        if place.field:
            label = self.form.field_by_id(place.field).label.get(words.language)
        else:
            label = self._children[0].label.get(words.language)
        text = words("UI_FOUND_AT", text=place.text, where=label)
        if place.more:
            text = words("UI_FOUND_MORE", text=text, count=place.more)
        return TableRow(row.key, row.id, {**row.texts, FOUND: text}, row.unfit, row.children)

    def _on_checked(self) -> None:
        """Follow a check; a list that nobody sees does so once it is shown."""
        self._behind = not self.isVisible()
        if self._behind:
            return
        self.show_problems()
        if self._everything > 1:
            self.narrowing.read_alike()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._behind:
            self._on_checked()

    def _on_head(self, section: int) -> None:
        column = self.model.columns[section].id
        if column in {STATE, FOUND}:
            return
        field, descending = self.narrowing.sort
        if field != column:
            self.sort(column)
        elif not descending:
            self.sort(column, descending=True)
        else:
            self.sort("")

    def _on_filter_section(self, section: int) -> None:
        self.narrowing.ask(self.model.columns[section].id)

    def _on_filter_here(self) -> None:
        column = self.model.columns[max(0, self.table.currentIndex().column())].id
        self.narrowing.ask(column if self.can_filter(column) else "")

    def _on_compare(self) -> None:
        self.compare_wanted.emit("")


def _rows(spans: Spans) -> int:
    return sum(bottom - top + 1 for top, bottom in spans)
