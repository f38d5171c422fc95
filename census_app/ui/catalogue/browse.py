"""The catalogue itself: branches at the left, records over SQL pages, a record's own page."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QHBoxLayout,
    QMenu,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.domain.corrections import Owner
from census_app.domain.filtering import ColumnFilter
from census_app.formspec.model import Field, Form
from census_app.services.listing import ListWritten
from census_app.services.ports import ListQuery
from census_app.settings.files import safe_file_name
from census_app.ui.catalogue.branches import (
    Branch,
    BranchTree,
    classification_of,
    counts_below,
    themes_of,
)
from census_app.ui.catalogue.differences_session import DifferenceDesk
from census_app.ui.catalogue.list_session import ListDesk
from census_app.ui.catalogue.narrow_bar import NarrowBar, Narrowing
from census_app.ui.catalogue.record_list import RecordTable
from census_app.ui.catalogue.record_page import RecordView
from census_app.ui.catalogue.review_session import ReviewDesk
from census_app.ui.catalogue.session import (
    DEPARTMENT,
    OWNER,
    CatalogueSession,
    CatalogueState,
    RecordPage,
)
from census_app.ui.catalogue.tables import head_width, word_width
from census_app.ui.department.filter_dialog import FilterDialog, Tally
from census_app.ui.forms.grid import column_of
from census_app.ui.models.record_table import CHILDREN, Column, RecordTableModel, TableRow
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

SEARCH_AFTER_MS: Final = 250
SHORTEST_SEARCH: Final = 2
TREE_WIDTH: Final = 240
LIST, EMPTY, NOTHING_FOUND = range(3)
SHORT_LIST = 4
"""Choices of a list whose words are shown whole in its column."""


class BrowsePage(QWidget):
    """List and record of one form at a time; a resource first.

    Signals:
        notice: A sentence about what just happened, for the window.
    """

    notice = Signal(str)

    def __init__(
        self,
        session: CatalogueSession,
        desk: ReviewDesk,
        differences: DifferenceDesk,
        words: Words,
    ) -> None:
        super().__init__()
        self._session, self._words = session, words
        self._lists = ListDesk(session)
        self._form: Form = session.form_set.by_role("resource_name")[0]
        self.narrowing = Narrowing()
        self._sort: tuple[str, bool] = ("", False)
        self._opened_row = -1
        self._counted = ""
        self._asked = 0
        self._stale = True
        self.tree = BranchTree(words)
        self.bar = NarrowBar(words, self)
        self.model = RecordTableModel([], words, self)
        self.table = RecordTable()
        self.record = RecordView(session, desk, differences, words)
        self._hint = page.label("", "hint")
        self.filter = page.button(words("CS_FILTER"), self._on_filter, symbol=Icon.FILTER)
        self.export = page.button(words("CS_EXPORT"), symbol=Icon.EXPORT)
        self.head = page.PageHead(words("CAT_BROWSE_PAGE"), [self._hint, self.filter, self.export])
        self._forms = QButtonGroup(self)
        self._stack = QStackedWidget()
        self._pages = QStackedWidget()
        self._timer = QTimer(self, singleShot=True, interval=SEARCH_AFTER_MS)
        self._build()
        self._connect()
        self._set_up(self._form)

    # -- what the window uses --------------------------------------------------------------------------------------

    def writing_controls(self) -> list[QWidget]:
        """Return what changes the catalogue."""
        return [self.record.ask]

    def search(self, text: str) -> None:
        """Search after a short rest; a single character finds too much to be meant."""
        text = text.strip()
        self._hint.setText(self._words("CAT_SEARCH_SHORT") if len(text) == 1 else "")
        text = text if len(text) >= SHORTEST_SEARCH else ""
        if text != self.narrowing.search:
            self.narrowing = replace(self.narrowing, search=text)
            self._show_list()
            self._timer.start()

    def show_department(self, code: str) -> None:
        """Show the records of a department."""
        state = self._session.state
        name = state.name_of(code) if state is not None else code
        branch = Branch(department=code, name=name)
        self._begin(Narrowing(branch=branch), self._form.id)

    def show_query(self, query: ListQuery, name: str = "") -> None:
        """Show the records behind a number; `name` says which number it was."""
        self._begin(Narrowing(given=query, given_name=name), query.form)

    def open_record(self, owner: Owner) -> None:
        """Show one record, of a child form the record it belongs to; the list behind it is that of its form."""
        above = self._session.form_set.form(owner.form).parent or owner.form
        if above != self._form.id:
            self._use_form(self._session.form_set.form(above))

        def done(found: RecordPage | None) -> None:
            if found is None:
                self._show_list()
                self.head.set_note(self._words("CR_RECORD_GONE"))
                return
            self._opened_row = -1
            self._show(found, 0, 1)

        self._session.record_of(owner, self, done)

    def reload(self) -> None:
        """Ask the catalogue again."""
        self._timer.stop()
        self._asked += 1
        asked = self._asked
        self.bar.show_parts(self.narrowing, self._form, self._session.context)

        def done(keys: array[int], total: int) -> None:
            if asked == self._asked:  # an answer to an older question is not shown
                self._on_keys(keys, total)

        self._lists.keys(self._query(), self, done)

    # -- building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        words = self._words
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._pages)
        menu = QMenu(self)
        menu.addAction(words("CS_EXPORT_SHOWN")).triggered.connect(self._on_export_shown)
        menu.addAction(words("CS_EXPORT_WHOLE")).triggered.connect(self._on_export_whole)
        self.export.setMenu(menu)
        listing = QWidget()
        inner = QVBoxLayout(listing)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(8)
        inner.addWidget(self.head)
        inner.addWidget(self._form_row())
        inner.addWidget(self.bar)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        split.addWidget(self.tree)
        split.addWidget(self._stack)
        split.setStretchFactor(1, 1)
        split.setSizes([TREE_WIDTH, 860])
        inner.addWidget(split, 1)
        self._stack.addWidget(self.table)
        self._stack.addWidget(
            page.EmptyState(words("CAT_BROWSE_EMPTY"), (), Icon.TREE, words("CAT_BROWSE_EMPTY_TIP"))
        )
        self._stack.addWidget(
            page.EmptyState(
                words("CAT_NOT_FOUND"), [(words("CAT_SHOW_ALL"), self._on_show_all)], Icon.SEARCH
            )
        )
        self._pages.addWidget(listing)
        self._pages.addWidget(self.record)

    def _form_row(self) -> QScrollArea:
        """Return the chips of the forms; where they do not fit, the row moves with the keyboard's focus."""
        content = QWidget()
        theme.set_look(content, "page")
        row = QHBoxLayout(content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for number, form in enumerate(self._session.form_set.forms):
            label = (form.plural or form.label).get(self._words.language)
            button = page.button(label, look="chip")
            button.setCheckable(True)
            button.setChecked(form.id == self._form.id)
            button.setMinimumWidth(button.sizeHint().width())
            self._forms.addButton(button, number)
            row.addWidget(button)
        row.addStretch(1)
        area = QScrollArea()
        area.setWidget(content)
        area.setWidgetResizable(True)
        area.setFixedHeight(theme.COMPACT_ROW_HEIGHT)
        area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return area

    def _connect(self) -> None:
        self.tree.branch_chosen.connect(self._on_branch)
        self.bar.removed.connect(self._on_removed)
        self.bar.wanted.connect(self._ask_filter)
        self.bar.cleared.connect(self._on_show_all)
        self.table.doubleClicked.connect(self._on_opened)
        self.table.horizontalHeader().sectionClicked.connect(self._on_head)
        self._timer.timeout.connect(self.reload)
        self._forms.idClicked.connect(self._on_form)
        self.record.back_wanted.connect(self._show_list)
        self.record.step_wanted.connect(self._on_step)
        self._session.loaded.connect(self._on_loaded)

    # -- form and list ---------------------------------------------------------------------------------------------

    def _begin(self, narrowing: Narrowing, form: str) -> None:
        """Show a list from its beginning."""
        self._show_list()
        self.narrowing = narrowing
        self.tree.choose(narrowing.branch)
        self._use_form(self._session.form_set.form(form))

    def _use_form(self, form: Form) -> None:
        self._set_up(form)
        state = self._session.state
        if state is not None:
            self._fill_tree(state)
        self.reload()

    def _set_up(self, form: Form) -> None:
        """Build the list for a form; nothing is read yet."""
        if form.id != self._form.id:
            self.narrowing = replace(self.narrowing, filters=())
        self._form = form
        self._sort = ("", False)
        self._counted = ""
        index = [f.id for f in self._session.form_set.forms].index(form.id)
        button = self._forms.button(index)
        if button is not None:
            button.setChecked(True)
        self.model.deleteLater()
        self.model = RecordTableModel(self._columns(form), self._words, self)
        self.model.page_wanted.connect(self._on_page_wanted)
        self.table.setModel(self.model)
        label = (form.plural or form.label).get(self._words.language)
        self.table.setAccessibleName(self._words("UI_LIST_NAME", form=label))
        self.head.set_title(label)
        self.table.fit_columns()

    def _columns(self, form: Form) -> list[Column]:
        language, form_set = self._words.language, self._session.form_set
        names = [form.title, *(f for f in form.list if f != form.title)]
        columns = [
            self._told_apart(
                column_of(form.field_by_id(f), language, wide=f == form.title), form.field_by_id(f)
            )
            for f in names
        ]
        if form.parent:
            above = form_set.form(form.parent).label.get(language)
            columns.insert(1, Column(OWNER, above, width=180))
        if form.id != form_set.by_role("department_name")[0].id:
            columns.insert(1, Column(DEPARTMENT, self._words("CAT_COL_DEPARTMENT"), width=150))
        for child in form_set.children_of(form.id)[:1]:
            label = (child.plural or child.label).get(language)
            columns.append(Column(CHILDREN, label, right=True, width=72))
        return [replace(c, width=head_width(c.title, c.width)) for c in columns]

    def _told_apart(self, column: Column, field: Field) -> Column:
        """Give the words of a short list their whole room: cut, "Shared with…" says the opposite of what it is."""
        choices = (
            self._session.form_set.choice_lists[field.choices].choices if field.choices else ()
        )
        if not 0 < len(choices) <= SHORT_LIST:
            return column
        labels = [choice.label(self._words.language) for choice in choices]
        return replace(column, width=word_width(labels, column.width))

    def _query(self) -> ListQuery:
        field, descending = self._sort
        return self.narrowing.query(self._form.id, field, descending=descending)

    def _fill_tree(self, state: CatalogueState) -> None:
        self.tree.show_departments(self._form, state)
        form_set = self._session.form_set
        field = classification_of(self._form, form_set)
        themes = themes_of(self._form, form_set)
        if field is None:
            self.tree.show_classes(None, (), {})
        if not themes:
            self.tree.show_themes(())
        mark = f"{self._form.id} {state.mark}"
        wanted = [each.id for each in (*([field] if field else []), *themes)]
        if self._counted == mark or not wanted:
            return
        self._counted = mark

        def done(counts: dict[str, dict[str, int]]) -> None:
            if mark == self._counted:  # counts of another form or an older state are not shown
                self._on_counts(counts)

        self._lists.tallies(self._form.id, wanted, self, done)

    # -- narrowing -------------------------------------------------------------------------------------------------

    def _narrow(self, narrowing: Narrowing) -> None:
        if narrowing != self.narrowing:
            self.narrowing = narrowing
            self.reload()

    def _on_branch(self, branch: Branch) -> None:
        self._narrow(replace(self.narrowing, branch=branch))

    def _on_removed(self, part: str) -> None:
        self._narrow(self.narrowing.without(part))
        self.tree.choose(self.narrowing.branch)

    def _on_show_all(self) -> None:
        self._narrow(Narrowing())
        self.tree.choose(Branch())

    def _on_filter(self) -> None:
        self._ask_filter("")

    def _ask_filter(self, field: str) -> None:
        """Let the person narrow the list by a field."""
        fields = [f for f in self._form.stored_fields if f.type != "attachment"]
        filters = {f.field: f for f in self.narrowing.filters}
        session, lists = self._session, self._lists

        def count(name: str, done: Callable[[Tally], None]) -> None:
            lists.tally(self._query(), name, self, done)

        dialog = FilterDialog(
            fields, filters, field, count, session.context, self._words, self.window()
        )
        dialog.finished.connect(lambda _code: self._on_filtered(dialog.chosen))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_filtered(self, chosen: ColumnFilter | None) -> None:
        if chosen is not None:
            self._narrow(self.narrowing.put(chosen))

    # -- writing it to a file --------------------------------------------------------------------------------------

    def _on_export_shown(self) -> None:
        self._export([c.id for c in self.model.columns if not c.id.startswith("\0")])

    def _on_export_whole(self) -> None:
        self._export([])

    def _export(self, columns: Sequence[str]) -> None:
        words = self._words
        label = (self._form.plural or self._form.label).get(words.language)
        parts = (label, self.narrowing.branch.name, self.narrowing.search)
        name = safe_file_name("-".join(filter(None, parts)) + ".xlsx")
        path, _kind = QFileDialog.getSaveFileName(
            self, words("CS_EXPORT"), str(Path.home() / name), words("CS_LIST_KINDS")
        )
        if path:
            self.write_list(Path(path), columns)

    def write_list(self, path: Path, columns: Sequence[str] = ()) -> None:
        """Write what is listed to a file."""
        if not path.suffix:
            path = path.with_suffix(".xlsx")
        title = self._words("CS_EXPORTING")
        self._lists.write_list(self._query(), columns, path, self, self._on_written, title)

    def _on_written(self, written: ListWritten) -> None:
        count = self._words.count(written.records)
        self.notice.emit(self._words("CS_EXPORTED", count=count, path=written.path))

    # -- events ----------------------------------------------------------------------------------------------------

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        state = self._session.state
        if self._stale and state is not None:
            self._on_loaded(state)

    def _on_loaded(self, state: CatalogueState) -> None:
        self._stale = not self.isVisible()
        if not self._stale:
            self._fill_tree(state)
            self.reload()

    def _on_counts(self, counts: dict[str, dict[str, int]]) -> None:
        form_set = self._session.form_set
        field = classification_of(self._form, form_set)
        if field is not None and field.id in counts:
            choices = form_set.choice_lists[field.choices].choices
            self.tree.show_classes(field, choices, counts_below(choices, counts[field.id]))
        self.tree.show_themes(
            [
                (each, form_set.choice_lists[each.choices].choices, counts[each.id])
                for each in themes_of(self._form, form_set)
                if each.id in counts
            ]
        )

    def _on_form(self, number: int) -> None:
        self.narrowing = replace(self.narrowing, given=None, given_name="")
        self._use_form(self._session.form_set.forms[number])

    def _on_head(self, section: int) -> None:
        column = self.model.columns[section]
        if column.id.startswith("\0"):
            return
        field, descending = self._sort
        self._sort = (column.id, not descending if field == column.id else False)
        order = Qt.SortOrder.DescendingOrder if self._sort[1] else Qt.SortOrder.AscendingOrder
        self.table.horizontalHeader().setSortIndicator(section, order)
        self.reload()

    def _on_keys(self, keys: array[int], total: int) -> None:
        at, current = self.table.verticalScrollBar().value(), self.table.currentIndex().row()
        goes_on = bool(self.model.total) and self.model.page_keys(0) == list(keys[:200])
        # Keys that are still on their way stand as rows without content.
        self.model.set_keys(keys + array("q", bytes(8 * (total - len(keys)))))
        if goes_on:
            self.table.verticalScrollBar().setValue(at)
            if 0 <= current < total:
                self.table.setCurrentIndex(self.model.index(current, 0))
        narrowed = self.narrowing.narrows
        self._stack.setCurrentIndex(LIST if keys else NOTHING_FOUND if narrowed else EMPTY)
        self.export.setEnabled(bool(keys))
        text = self.narrowing.search
        code = "CAT_FOUND" if text else "CAT_RECORD_COUNT"
        self.head.set_note(self._words(code, count=self._words.count(total), text=text))

    def _on_page_wanted(self, number: int) -> None:
        model, generation = self.model, self.model.generation
        columns = [c.id for c in model.columns if not c.id.startswith("\0")]

        def done(rows: list[TableRow]) -> None:
            model.put_page(generation, number, rows)

        self._lists.rows(self._form.id, model.page_keys(number), columns, model, done)

    # -- one record ------------------------------------------------------------------------------------------------

    def _on_opened(self, index: QModelIndex) -> None:
        self._open_row(index.row())

    def _on_step(self, step: int) -> None:
        self._open_row(self._opened_row + step)

    def _open_row(self, row: int) -> None:
        if not 0 <= row < self.model.total:
            return
        self._opened_row = row
        self.table.setCurrentIndex(self.model.index(row, 0))
        self._session.record_at(self._form.id, self.model.key_at(row), self, self._on_record)

    def _on_record(self, found: RecordPage | None) -> None:
        if found is None:
            self.reload()
            return
        self._show(found, self._opened_row, self.model.total)

    def _show(self, found: RecordPage, row: int, total: int) -> None:
        self.record.show_record(found, row, total)
        self._pages.setCurrentWidget(self.record)
        self.record.setFocus()

    def _show_list(self) -> None:
        self._pages.setCurrentIndex(0)
        self.table.setFocus()

    @property
    def showing_record(self) -> bool:
        """Whether a record's page is open."""
        return self._pages.currentWidget() is self.record

    def columns(self) -> Sequence[Column]:
        """Return the columns of the list."""
        return self.model.columns
