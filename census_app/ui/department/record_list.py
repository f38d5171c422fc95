"""The list of a form's records: sorting, filtering and searching in SQL, problems by record."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.formspec.model import Form
from census_app.services.ports import ListQuery
from census_app.ui.department.problems import records_with
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.department.steps import CHAPTER, Scope
from census_app.ui.forms.grid import column_of
from census_app.ui.models.record_table import (
    CHILDREN,
    STATE,
    Column,
    RecordTableModel,
    TableRow,
)
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

SEARCH_AFTER_MS = 200
NAME_WIDTH = 220
QUERIES = "queries"
"""The chip of records about which coordinators ask; the others are those of the problems."""
CHIPS = (
    ("unfinished", "UI_CHIP_UNFINISHED", "chip"),
    ("errors", "UI_CHIP_ERRORS", "chip-bad"),
    ("warnings", "UI_CHIP_WARNINGS", "chip-warn"),
    (QUERIES, "UI_CHIP_QUERIES", "chip"),
)


def list_columns(form: Form, words: Words, children: tuple[Form, ...]) -> list[Column]:
    """Return the columns of a list: those the form names, the number of children, the state."""
    language = words.language
    columns = [
        column_of(form.field_by_id(f), language, wide=f == form.title)
        for f in form.list or (form.title,)
    ]
    for child in children[:1]:
        label = (child.plural or child.label).get(language)
        columns.append(Column(CHILDREN, label, right=True, width=84))
    columns[0] = replace(columns[0], blank=words("UI_UNNAMED"))
    return [*columns, Column(STATE, words("UI_COL_STATE"), width=124)]


class _Table(QTableView):
    """Opens a record with Enter, deletes with Delete."""

    opened = Signal()
    delete_wanted = Signal()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.opened.emit()
        elif event.key() == Qt.Key.Key_Delete:
            self.delete_wanted.emit()
        else:
            super().keyPressEvent(event)


class RecordList(QWidget):
    """Chips, table and its empty states.

    Signals:
        chosen: id of the record the person chose, or the empty text when the list is empty.
        opened: The person wants the form alone.
        several_chosen: number of rows that are selected.
        listed: The list was filled anew.
    """

    chosen = Signal(str)
    opened = Signal()
    several_chosen = Signal(int)
    delete_wanted = Signal()
    listed = Signal()
    add_wanted = Signal()
    import_wanted = Signal()

    def __init__(self, scope: Scope, session: WorkspaceSession, words: Words) -> None:
        super().__init__()
        self.form = session.form_set.form(scope.form)
        self._scope = scope
        self._session = session
        self._words = words
        self._search = ""
        self._chip = ""
        self._queries: frozenset[str] = frozenset()
        self._sort: tuple[str, bool] = ("", False)
        self._wanted_key = -1
        self._wanted_top = 0
        self._total = 0
        children = session.form_set.children_of(self.form.id)
        columns = list_columns(self.form, words, children)
        self.model = RecordTableModel(columns, words, self)
        self._fields = [c.id for c in columns if not c.id.startswith("\0")]
        self.table = self._make_table()
        self._chips = QButtonGroup(self)
        self._chips.setExclusive(False)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._nothing_yet())
        self._stack.addWidget(self._nothing_found())
        self._chip_bar = self._make_chip_bar()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._chip_bar)
        column.addWidget(self._stack, 1)
        self._search_timer = QTimer(self, singleShot=True, interval=SEARCH_AFTER_MS)
        self._search_timer.timeout.connect(self.reload)
        self._choose_timer = QTimer(self, singleShot=True, interval=60)
        self._choose_timer.timeout.connect(self._emit_chosen)
        self.model.page_wanted.connect(self._on_page_wanted)
        session.checked.connect(self.show_problems)

    # -- parts -----------------------------------------------------------------------------------------------------

    def _make_table(self) -> _Table:
        table = _Table()
        table.setModel(self.model)
        label = (self.form.plural or self.form.label).get(self._words.language)
        table.setAccessibleName(self._words("UI_LIST_NAME", form=label))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.verticalHeader().setDefaultSectionSize(theme.ROW_HEIGHT)
        head = table.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionsClickable(True)
        head.setTextElideMode(Qt.TextElideMode.ElideRight)
        head.setStretchLastSection(False)
        head.sectionClicked.connect(self._on_head)
        for number, column in enumerate(self.model.columns):
            table.setColumnWidth(number, column.width)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        head.setMinimumSectionSize(56)
        table.selectionModel().currentRowChanged.connect(self._on_current)
        table.selectionModel().selectionChanged.connect(self._on_selection)
        table.opened.connect(self.opened)
        table.doubleClicked.connect(self.opened)
        table.delete_wanted.connect(self.delete_wanted)
        return table

    def _make_chip_bar(self) -> QWidget:
        bar = QWidget()
        row = QHBoxLayout(bar)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for chip, code, look in CHIPS:
            made = page.button(self._words(code, count=0), look=look)
            made.setCheckable(True)
            made.setProperty("chip", chip)
            made.setProperty("code", code)
            made.clicked.connect(self._on_chip)
            made.setVisible(chip != QUERIES)
            self._chips.addButton(made)
            row.addWidget(made)
        row.addStretch(1)
        return bar

    def _nothing_yet(self) -> QWidget:
        label = (self.form.plural or self.form.label).get(self._words.language)
        if self._scope.equals:
            tip = self._words("UI_EMPTY_SCOPE_TIP")
            link = (self._words("GD_HOW"), CHAPTER)
            return page.EmptyState(self._words("UI_EMPTY_SCOPE"), (), Icon.CHECK, tip, manual=link)
        actions = (
            (self._words("UI_IMPORT"), self.import_wanted.emit),
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

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns(event.size().width())

    def _fit_columns(self, width: int) -> None:
        """Show the columns of the form as far as they fit, but the name, the children and the state always."""
        columns = self.model.columns
        room = width - NAME_WIDTH - self.table.verticalScrollBar().sizeHint().width()
        room -= sum(c.width for c in columns[1:] if c.id.startswith("\0"))
        for number, column in enumerate(columns[1:], 1):
            if column.id.startswith("\0"):
                continue
            room -= column.width
            self.table.setColumnHidden(number, room < 0)

    @property
    def total(self) -> int:
        """Records listed."""
        return self.model.total

    @property
    def position(self) -> int:
        """Row of the current record, from 0; -1 for none."""
        return self.table.currentIndex().row()

    @property
    def filtered(self) -> bool:
        """Whether a search or a chip narrows the list."""
        return bool(self._search or self._chip)

    def current_row(self) -> TableRow | None:
        """Return the current row when its page is here."""
        return self.model.row_at(self.position) if self.position >= 0 else None

    def chosen_keys(self) -> list[int]:
        """Return the keys of the selected rows, in order; their pages need not be here."""
        rows = sorted({i.row() for i in self.table.selectionModel().selectedRows()})
        return [self.model.key_at(r) for r in rows]

    def reload(self, wanted_key: int = -1) -> None:
        """Ask the store again; the chosen record stays chosen when it is still listed."""
        if wanted_key >= 0:
            self._wanted_key = wanted_key
        elif self.position >= 0 and self._wanted_key < 0:
            self._wanted_key = self.model.key_at(self.position)
        self._session.keys(self._query(), self, self._on_keys)

    def search(self, text: str) -> None:
        """Search after a short rest."""
        if text != self._search:
            self._search = text
            self._search_timer.start()

    @property
    def search_text(self) -> str:
        """What is searched for."""
        return self._search

    def view_state(self) -> dict[str, object]:
        """Return how the list is narrowed, sorted and scrolled, as plain values."""
        field, descending = self._sort
        top = self.table.verticalScrollBar().value()
        return {
            "sort": field, "descending": descending, "search": self._search, "chip": self._chip,
            "top": top,
        }  # fmt: skip

    def restore_view(self, state: Mapping[str, object]) -> None:
        """Sort, search and scroll as `view_state` said; its chip is chosen later, by `choose_chip`.

        Called before the list is filled. What the form no longer has is left out.
        """
        field = str(state.get("sort", ""))
        if field in self._fields:
            self._sort = (field, bool(state.get("descending")))
            self._show_sort([c.id for c in self.model.columns].index(field))
        self._search = str(state.get("search", ""))
        top = state.get("top")
        self._wanted_top = top if isinstance(top, int) else 0

    def choose_chip(self, chip: str) -> None:
        """Narrow the list to the records of a chip, when there are any."""
        for each in self._chips.buttons():
            if each.property("chip") == chip and each.isEnabled() and not each.isChecked():
                each.click()

    def show_all(self) -> None:
        """Take search and chips away."""
        self._search = ""
        self._chip = ""
        for chip in self._chips.buttons():
            chip.setChecked(False)
        self.reload()

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
        rows = self._session.problems.rows(self.form.id)
        self.model.set_problems(rows)
        for chip in self._chips.buttons():
            name = str(chip.property("chip"))
            asked = name == QUERIES
            known = self._session.problems
            count = len(self._queries) if asked else known.chip_count(self.form.id, name)
            chip.setText(self._words(str(chip.property("code")), count=count))
            chip.setEnabled(bool(count) or chip.isChecked())
            if asked:
                chip.setVisible(chip.isEnabled())

    def show_queries(self, records: frozenset[str]) -> None:
        """Take the records about which queries wait for an answer."""
        if records != self._queries:
            self._queries = records
            self.show_problems()

    # -- inside ----------------------------------------------------------------------------------------------------

    def _query(self) -> ListQuery:
        ids = None
        if self._chip == QUERIES:
            ids = self._queries
        elif self._chip:
            ids = records_with(self._session.problems.rows(self.form.id), self._chip)
        field, descending = self._sort
        return ListQuery(
            form=self.form.id,
            search=self._search,
            equals=self._scope.equals,
            ids=ids,
            sort=field,
            descending=descending,
        )

    def _on_keys(self, keys: array[int]) -> None:
        wanted, self._wanted_key = self._wanted_key, -1
        if (
            wanted < 0 and self.position >= 0
        ):  # two reloads were under way, and the first took what was wanted
            wanted = self.model.key_at(self.position)
        self.model.set_keys(keys)
        empty = 2 if self.filtered else 1
        self._stack.setCurrentIndex(0 if len(keys) else empty)
        self._chip_bar.setVisible(bool(len(keys)) or self.filtered)
        row = self.model.find_key(wanted) if wanted >= 0 else -1
        if len(keys):
            self._choose_row(max(0, row))
            top, self._wanted_top = self._wanted_top, 0
            if top:
                self.table.verticalScrollBar().setValue(top)
        else:
            self.chosen.emit("")
        self.listed.emit()

    def _choose_row(self, row: int) -> None:
        index = self.model.index(row, 0)
        flags = (
            QItemSelectionModel.SelectionFlag.ClearAndSelect
            | QItemSelectionModel.SelectionFlag.Rows
        )
        self.table.selectionModel().setCurrentIndex(index, flags)
        self.table.scrollTo(index)
        self._choose_timer.start()

    def _on_current(self, current: QModelIndex, previous: QModelIndex) -> None:
        del previous
        if current.isValid():
            self._choose_timer.start()

    def _on_selection(self) -> None:
        self.several_chosen.emit(len(self.table.selectionModel().selectedRows()))

    def _emit_chosen(self) -> None:
        row = self.current_row()
        if row is not None:
            self.chosen.emit(row.id)
        elif self.position >= 0:
            self.model.index(self.position, 0).data()  # a hidden table asks for no page by itself
            self._choose_timer.start()

    def _on_page_wanted(self, number: int) -> None:
        generation = self.model.generation

        def arrived(rows: list[TableRow]) -> None:
            self.model.put_page(generation, number, rows)

        self._session.rows(self.form, self.model.page_keys(number), self._fields, self, arrived)

    def _on_head(self, section: int) -> None:
        column = self.model.columns[section]
        if column.id.startswith("\0"):
            return
        field, descending = self._sort
        if field != column.id:
            self._sort = (column.id, False)
        elif not descending:
            self._sort = (column.id, True)
        else:
            self._sort = ("", False)
        self._show_sort(section)
        self.reload()

    def _show_sort(self, section: int) -> None:
        head = self.table.horizontalHeader()
        head.setSortIndicatorShown(bool(self._sort[0]))
        order = Qt.SortOrder.DescendingOrder if self._sort[1] else Qt.SortOrder.AscendingOrder
        head.setSortIndicator(section, order)

    def _on_chip(self, checked: bool) -> None:
        pressed = self.sender()
        for chip in self._chips.buttons():
            if chip is not pressed:
                chip.setChecked(False)
        is_chip = isinstance(pressed, QPushButton) and checked
        self._chip = str(pressed.property("chip")) if is_chip and pressed is not None else ""
        self.reload()
