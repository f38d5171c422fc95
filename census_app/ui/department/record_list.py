"""The list of a form's records: columns to choose, sorting, filtering and searching in SQL, problems by record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QSignalBlocker,
    QTimer,
    Signal,
)
from PySide6.QtWidgets import QDialog, QStackedWidget, QVBoxLayout, QWidget

from census_app.domain.filtering import CHILD_COUNT, ColumnFilter
from census_app.domain.records import RecordId
from census_app.services.deduplicating import Similar, similar, undecided
from census_app.services.ports import ListQuery
from census_app.ui.department.filter_dialog import FilterDialog, Tally
from census_app.ui.department.filter_words import filter_text
from census_app.ui.department.list_chips import ALIKE, CHIPS, QUERIES, ChipBar
from census_app.ui.department.list_columns import FOUND, ColumnChoice, ListColumns
from census_app.ui.department.list_feed import (
    Chosen,
    Listing,
    Place,
    Spans,
    read_listing,
    read_places,
    without,
)
from census_app.ui.department.list_menu import ListMenu
from census_app.ui.department.list_state import CHIP_JOINT, filters_as_plain, filters_of_plain
from census_app.ui.department.list_view import ListView
from census_app.ui.department.problems import records_with
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.department.steps import Scope
from census_app.ui.models.list_table import ListTableModel
from census_app.ui.models.record_table import CHILDREN, STATE, TableRow
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
        search_changed: What is searched for was changed from here.
    """

    chosen = Signal(str)
    opened = Signal()
    several_chosen = Signal(int)
    delete_wanted = Signal()
    listed = Signal()
    add_wanted = Signal()
    import_wanted = Signal()
    fill_wanted = Signal()
    compare_wanted = Signal(str)
    search_changed = Signal(str)

    def __init__(self, scope: Scope, session: WorkspaceSession, words: Words) -> None:
        super().__init__()
        self.form = session.form_set.form(scope.form)
        self._scope = scope
        self._session = session
        self._words = words
        self._search = ""
        self._filters: tuple[ColumnFilter, ...] = ()
        self._queries: frozenset[str] = frozenset()
        self._alike: list[Similar] = []
        self._sort: tuple[str, bool] = ("", False)
        self._wanted_key = -1
        self._wanted_top = 0
        self._asked = 0
        self._everything = 0
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
        chips.pressed.connect(self.reload_narrowed)
        chips.filter_wanted.connect(self.ask_filter)
        chips.filter_removed.connect(self.drop_filter)
        chips.search_removed.connect(self.clear_search)
        chips.columns_wanted.connect(self.ask_columns)
        chips.compare_wanted.connect(self._on_compare)
        chips.cleared.connect(self.show_all)

    # -- parts -----------------------------------------------------------------------------------------------------

    def _list_name(self) -> str:
        label = (self.form.plural or self.form.label).get(self._words.language)
        return self._words("UI_LIST_NAME", form=label)

    def _nothing_yet(self) -> QWidget:
        label = (self.form.plural or self.form.label).get(self._words.language)
        if self._scope.equals:
            tip = self._words("UI_EMPTY_SCOPE_TIP")
            return page.EmptyState(self._words("UI_EMPTY_SCOPE"), (), Icon.CHECK, tip)
        actions = (
            (self._words("UI_IMPORT"), self.import_wanted.emit),
            (self._words("UI_ADD"), self.add_wanted.emit),
        )
        tip = self._words("UI_EMPTY_LIST_TIP")
        return page.EmptyState(self._words("UI_EMPTY_LIST", form=label), actions, Icon.LIST, tip)

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
    def everything(self) -> int:
        """Records there are when nothing narrows the list."""
        return self._everything

    @property
    def search_text(self) -> str:
        """What is searched for."""
        return self._search

    @property
    def filters(self) -> tuple[ColumnFilter, ...]:
        """The filters in force."""
        return self._filters

    @property
    def sorted_by(self) -> tuple[str, bool]:
        """Column the list is sorted by, empty for the order records were made in, and whether it is turned round."""
        return self._sort

    @property
    def filtered(self) -> bool:
        """Whether a search, a filter or a chip narrows the list."""
        return bool(self._search or self._filters or self.chips.states)

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
        current = self.model.key_at(self.position) if self.position >= 0 else -1
        spans = self.table.spans()
        kept = spans if wanted_key < 0 and self._wanted_key < 0 and _rows(spans) > 1 else ()
        wanted = self._wanted_key if self._wanted_key >= 0 else current
        chosen = Chosen(self.model.keys, kept, wanted)
        query = self.query()
        self._asked += 1
        asked = self._asked

        def arrived(listing: Listing) -> None:
            if asked == self._asked:  # a later question is under way otherwise
                self._show(listing)

        self._session.ask(lambda store, _p: read_listing(store, query, chosen), self, arrived)

    def reload_narrowed(self) -> None:
        """Show by what the list is narrowed, and ask the store again."""
        self._show_narrowed()
        self.reload()

    def search(self, text: str) -> None:
        """Search after a short rest."""
        if text != self._search:
            self._search = text
            self._show_narrowed()
            self._search_timer.start()

    def clear_search(self) -> None:
        """Search for nothing any more."""
        if self._search:
            self._search = ""
            self.search_changed.emit("")
            self.reload_narrowed()

    def view_state(self) -> dict[str, object]:
        """Return how the list is narrowed, sorted and scrolled, as plain values."""
        field, descending = self._sort
        return {
            "sort": field, "descending": descending, "search": self._search,
            "chip": CHIP_JOINT.join(self.chips.states), "filters": filters_as_plain(self._filters),
            "top": self.table.verticalScrollBar().value(),
        }  # fmt: skip

    def restore_view(self, state: Mapping[str, object]) -> None:
        """Sort, filter, search and scroll as `view_state` said; its chips are chosen later, by `choose_chip`.

        Called before the list is filled. What the form no longer has is left out.
        """
        field = str(state.get("sort", ""))
        if field in {self.form.title, *self.columns.known}:
            self._sort = (field, bool(state.get("descending")))
        self._search = str(state.get("search", ""))
        self._filters = filters_of_plain(state.get("filters"), self.form, self._session.context)
        top = state.get("top")
        self._wanted_top = top if isinstance(top, int) else 0
        self._show_narrowed()

    def choose_chip(self, chip: str) -> None:
        """Narrow the list to the records of some chips, as far as there are any."""
        if self.chips.press(chip.split(CHIP_JOINT)):
            self.reload_narrowed()

    def show_all(self) -> None:
        """Take search, filters and chips away."""
        searched = bool(self._search)
        self._search = ""
        self._filters = ()
        self.chips.release()
        if searched:
            self.search_changed.emit("")
        self.reload_narrowed()

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
        self.model.set_problems(self._session.problems.rows(self.form.id))
        known = self._session.problems
        for name, _code, _look in CHIPS:
            if name == QUERIES:
                count = len(self._queries)
            elif name == ALIKE:
                count = len(undecided(self._alike))
            else:
                count = known.chip_count(self.form.id, name)
            self.chips.show_count(name, count)

    def show_queries(self, records: frozenset[str]) -> None:
        """Take the records about which queries wait for an answer."""
        if records != self._queries:
            self._queries = records
            self.show_problems()

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
        self._sort = (column, descending)
        self._show_head()
        self.reload()

    def ask_filter(self, field: str = "") -> None:
        """Let the person narrow the list by a field."""
        fields = [f for f in self.form.stored_fields if f.type != "attachment"]
        filters = {f.field: f for f in self._filters}
        dialog = FilterDialog(
            fields, filters, field, self._count_answers, self._session.context, self._words,
            self.window(),
        )  # fmt: skip
        if dialog.exec() == QDialog.DialogCode.Accepted and dialog.chosen is not None:
            self.put_filter(dialog.chosen)
        dialog.deleteLater()

    def put_filter(self, chosen: ColumnFilter) -> None:
        """Narrow the list by a field, in the place of an earlier filter on it."""
        kept = without(self._filters, chosen.field)
        self._filters = kept if chosen.says_nothing else (*kept, chosen)
        self.reload_narrowed()

    def drop_filter(self, field: str) -> None:
        """Take the filter on a field away."""
        self._filters = without(self._filters, field)
        self.reload_narrowed()

    def can_filter(self, column: str) -> bool:
        """Say whether a column can narrow the list."""
        return column in self.table.head.can_filter

    def is_alike(self, row: TableRow | None) -> bool:
        """Say whether a record may be a duplicate of another."""
        return row is not None and row.id in undecided(self._alike)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _remember(self) -> None:
        if self._preferences is not None:
            self._preferences.remember_text(self._setting(), self.choice.to_text())

    def _setting(self) -> str:
        part = "-".join(sorted(self._scope.equals))
        return f"list/{self.form.id}" + (f"/{part}" if part else "")

    def query(self) -> ListQuery:
        """Return what the list asks the store for."""
        ids: frozenset[str] | None = None
        for state in self.chips.states:
            found = self._records_in(state)
            ids = found if ids is None else ids & found
        field, descending = self._sort
        return ListQuery(
            form=self.form.id,
            search=self._search,
            equals=self._scope.equals,
            ids=ids,
            sort=CHILD_COUNT if field == CHILDREN else field,
            descending=descending,
            filters=self._filters,
            inside=bool(self._children),
        )

    def _records_in(self, state: str) -> frozenset[str]:
        if state == QUERIES:
            return self._queries
        if state == ALIKE:
            return undecided(self._alike)
        return records_with(self._session.problems.rows(self.form.id), state)

    def _count_answers(self, field: str, done: Callable[[Tally], None]) -> None:
        query = self.query()
        self._session.ask(lambda store, _p: store.tally(query, field), self, done)

    def _show(self, listing: Listing) -> None:
        self._wanted_key = -1
        self._everything = listing.everything
        self._show_columns()
        self.model.set_keys(listing.keys)
        empty = 2 if self.filtered else 1
        self._stack.setCurrentIndex(0 if len(listing.keys) else empty)
        self.chips.setVisible(bool(len(listing.keys)) or self.filtered)
        self.chips.show_found(self._found_text(listing))
        if len(listing.keys):
            self._choose_row(max(0, listing.current), listing.spans)
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

    def _show_narrowed(self) -> None:
        context, words = self._session.context, self._words
        told = []
        for chosen in self._filters:
            field = self.form.field_by_id(chosen.field)
            label = field.label.get(words.language)
            text = filter_text(chosen, field, context, words)
            told.append((field.id, words("UI_FILTER_CHIP", field=label, text=text)))
        self.chips.show_filters(self._search, told)
        self._show_head()

    def _show_columns(self) -> None:
        """Show the columns chosen; what stands there already is not read anew."""
        columns = self.columns.shown(self.choice, found=bool(self._search))
        if tuple(columns) != self.model.columns:
            current, spans = self.position, self.table.spans()
            with QSignalBlocker(self.table.selectionModel()):
                self.model.set_columns(columns)
                if current >= 0:
                    self._select(current, spans)
        self.table.show_choice(self.choice)
        self._show_head()

    def _show_head(self) -> None:
        field, descending = self._sort
        filtered = frozenset(f.field for f in self._filters)
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
        form, search = self.form, self._search
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
        text = words("UI_FOUND_AT", where=label, text=place.text)
        if place.more:
            text = words("UI_FOUND_MORE", text=text, count=place.more)
        return TableRow(row.key, row.id, {**row.texts, FOUND: text}, row.unfit, row.children)

    def _on_checked(self) -> None:
        self.show_problems()
        if self.model.total > 1 and not self._scope.equals:
            form = self.form.id
            self._session.ask(lambda store, _p: similar(store, form), self, self._on_alike)

    def _on_alike(self, groups: Sequence[Similar]) -> None:
        self._alike = list(groups)
        self.show_problems()

    def _on_head(self, section: int) -> None:
        column = self.model.columns[section].id
        if column in {STATE, FOUND}:
            return
        field, descending = self._sort
        if field != column:
            self.sort(column)
        elif not descending:
            self.sort(column, descending=True)
        else:
            self.sort("")

    def _on_filter_section(self, section: int) -> None:
        self.ask_filter(self.model.columns[section].id)

    def _on_filter_here(self) -> None:
        column = self.model.columns[max(0, self.table.currentIndex().column())].id
        self.ask_filter(column if self.can_filter(column) else "")

    def _on_compare(self) -> None:
        self.compare_wanted.emit("")


def _rows(spans: Spans) -> int:
    return sum(bottom - top + 1 for top, bottom in spans)
