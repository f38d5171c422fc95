"""A file that is only looked at: a snapshot, one in use elsewhere, a newer or damaged one. Nothing can be edited."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMainWindow,
    QScrollArea,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.domain.records import RecordId, Value
from census_app.errors import CensusError
from census_app.formspec.model import Field, Form
from census_app.formspec.types import Context, format_value
from census_app.services.lookup import context_for
from census_app.services.ports import ListQuery, WorkspaceStore
from census_app.services.progress import Progress
from census_app.ui.models.record_table import Column, RecordTableModel, TableRow
from census_app.ui.models.text_table import Heading, TextTableModel, text_table
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.tables import prepare_table
from census_app.ui.shell.tasks import TaskRunner
from census_app.ui.shell.translation import Words

SEARCH_AFTER_MS = 250
_FIGURES = frozenset({"integer", "decimal", "money"})


@dataclass(frozen=True, slots=True)
class Sheet:
    """A record as lines of label and text; `unfit` are those that do not fit their field."""

    title: str
    lines: tuple[tuple[str, str], ...]
    children: tuple[tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]], ...] = ()


class ReaderWindow(QMainWindow):
    """Forms at the left, their records, the chosen record as text.

    Args:
        store: Open for reading only; closed with the window.
        told: What this is and why it cannot be changed.
        verb, act: One thing that can be done instead, such as restoring it.

    Signals:
        done: The person has looked enough.
    """

    done = Signal()

    def __init__(
        self,
        store: WorkspaceStore,
        words: Words,
        told: str,
        *,
        verb: str = "",
        act: Callable[[], object] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._store, self._words = store, words
        self.runner = TaskRunner(self._show_error, None, self)
        self._context: Context = context_for(store, words.language)
        self._form: Form = store.form_set.forms[0]
        self._closed = False
        facts = store.facts()
        self.setWindowTitle(words("RD_TITLE", name=facts.department_name, file=store.path.name))
        self.resize(1100, 700)
        self.banner = self._banner(told, verb, act)
        self.search = QLineEdit()
        self.search.setPlaceholderText(words("RD_SEARCH"))
        self.search.setAccessibleName(words("RD_SEARCH"))
        self.search.setClearButtonEnabled(True)
        self.forms = QListWidget()
        self.forms.setAccessibleName(words("RD_FORMS"))
        self.forms.setFixedWidth(theme.GUIDE_WIDTH)
        for form in store.form_set.forms:
            if not form.parent:
                item = QListWidgetItem(form.label.get(words.language))
                item.setData(Qt.ItemDataRole.UserRole, form.id)
                self.forms.addItem(item)
        self.table = QTableView()
        prepare_table(self.table, words("RD_RECORDS"))
        self.sheet = QScrollArea()
        self.sheet.setWidgetResizable(True)
        self.sheet.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._build()
        self._search_timer = QTimer(self, singleShot=True, interval=SEARCH_AFTER_MS)
        self._search_timer.timeout.connect(self._find)
        self.search.textChanged.connect(self._search_timer.start)
        self.forms.currentRowChanged.connect(self._on_form)
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self).activated.connect(self.close)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self).activated.connect(
            self.search.setFocus
        )
        self.forms.setCurrentRow(0)
        self._count()

    def _banner(self, told: str, verb: str, act: Callable[[], object] | None) -> QFrame:
        banner = QFrame()
        theme.set_look(banner, "banner")
        row = QHBoxLayout(banner)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(12)
        row.addWidget(page.symbol_label(Icon.ALERT, theme.tokens().warn))
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(page.label(self._words("RD_ONLY"), "strong"))
        texts.addWidget(page.label(told, wrap=True))
        row.addLayout(texts, 1)
        if verb and act is not None:
            self.act = page.button(verb, act)
            row.addWidget(self.act)
        self.leave = page.button(self._words("UI_CLOSE"), self.close)
        row.addWidget(self.leave)
        return banner

    def _build(self) -> None:
        central = QWidget()
        column = QVBoxLayout(central)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addWidget(self.banner)
        body = QHBoxLayout()
        body.setSpacing(12)
        body.addWidget(self.forms)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        above = QWidget()
        top = QVBoxLayout(above)
        top.setContentsMargins(0, 0, 0, 0)
        top.setSpacing(8)
        top.addWidget(self.search)
        top.addWidget(self.table, 1)
        split.addWidget(above)
        split.addWidget(self.sheet)
        split.setSizes([300, 340])
        body.addWidget(split, 1)
        column.addLayout(body, 1)
        self.setCentralWidget(central)

    # -- forms and records ---------------------------------------------------------------------------------------------

    def _count(self) -> None:
        store = self._store
        forms = [form.id for form in store.form_set.forms if not form.parent]

        def counted(counts: dict[str, int]) -> None:
            for row, form_id in enumerate(forms):
                label = store.form_set.form(form_id).label.get(self._words.language)
                text = f"{label}  {self._words.count(counts[form_id])}"
                self.forms.item(row).setText(text)

        self.runner.on_database(
            lambda _p: {form: store.count(ListQuery(form)) for form in forms}, self, counted
        )

    def _on_form(self, row: int) -> None:
        if row < 0:
            return
        item = self.forms.item(row)
        self._form = self._store.form_set.form(str(item.data(Qt.ItemDataRole.UserRole)))
        language = self._words.language
        columns = []
        for name in self._form.list or [self._form.title]:
            field = self._form.field_by_id(name)
            right = field.type in _FIGURES
            columns.append(Column(name, field.label.get(language), right, blank=""))
        model = RecordTableModel(columns, self._words, self)
        model.page_wanted.connect(self._on_page)
        self.table.setModel(model)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.setColumnWidth(0, 300)
        self.table.selectionModel().currentRowChanged.connect(self._on_record)
        self.model = model
        self._find()

    def _find(self) -> None:
        query, model, store = (
            ListQuery(self._form.id, search=self.search.text().strip()),
            self.model,
            self._store,
        )

        def found(keys: array[int]) -> None:
            if model is self.model:
                model.set_keys(keys)
                if len(keys):
                    self.table.selectRow(0)
                else:
                    self.sheet.setWidget(page.EmptyState(self._words("RD_NONE")))

        self.runner.on_database(lambda _p: store.keys(query), self, found)

    def _on_page(self, number: int) -> None:
        model, form, store, context = self.model, self._form, self._store, self._context
        keys = model.page_keys(number)
        generation = model.generation
        columns = [column.id for column in model.columns]

        def work(_progress: Progress) -> list[TableRow]:
            fields = [form.field_by_id(c) for c in columns]
            return [
                TableRow(
                    row.key,
                    row.id,
                    {f.id: format_value(row.values.get(f.id), f, context) for f in fields},
                )
                for row in store.rows(form.id, keys, columns)
            ]

        self.runner.on_database(work, self, lambda rows: model.put_page(generation, number, rows))

    # -- one record ----------------------------------------------------------------------------------------------------

    def _on_record(self) -> None:
        row = self.table.currentIndex().row()
        if row < 0:
            return
        store, form, words = self._store, self._form, self._words
        key = self.model.key_at(row)

        def work(_progress: Progress) -> Sheet | None:
            rows = store.rows(form.id, [key], [])
            return sheet_of(store, form, rows[0].id, self._context, words) if rows else None

        self.runner.on_database(work, self, self._show_sheet)

    def _show_sheet(self, sheet: Sheet | None) -> None:
        if sheet is None:
            return
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(4, 4, 12, 8)
        column.setSpacing(4)
        column.addWidget(page.label(sheet.title, "section", wrap=True, selectable=True))
        colon = self._words("RD_COLON")
        text = "\n".join(f"{label}{colon}{value}" for label, value in sheet.lines)
        column.addWidget(page.label(text or self._words("RD_EMPTY"), wrap=True, selectable=True))
        for title, heads, rows in sheet.children:
            column.addSpacing(8)
            column.addWidget(page.label(f"{title}  {self._words.count(len(rows))}", "strong"))
            model = TextTableModel([Heading(head, 160) for head in heads], inner)
            model.show_rows(rows)
            table = text_table(model, title)
            table.setMinimumHeight(min(8, len(rows) + 1) * theme.ROW_HEIGHT)
            column.addWidget(table)
        column.addStretch(1)
        self.sheet.setWidget(inner)

    # -- ending --------------------------------------------------------------------------------------------------------

    def _show_error(self, error: CensusError) -> None:
        """Say in the place of the record what cannot be read; the rest may be read on."""
        told = self._words.explain(error)
        symbol = Icon.ERROR
        self.sheet.setWidget(
            page.EmptyState(self._words("RD_UNREADABLE"), symbol=symbol, detail=told.what)
        )

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._closed:
            self._closed = True
            self._search_timer.stop()
            self.runner.on_database(lambda _p: self._store.close(), self)
            self.runner.close()
            self.done.emit()
        super().closeEvent(event)


def shown_value(value: Value, field: Field, context: Context) -> str:
    """Return a value with its unit."""
    text = format_value(value, field, context)
    plain = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
    return f"{text} {field.unit.get(context.language)}" if plain and field.unit else text


def sheet_of(
    store: WorkspaceStore, form: Form, record: RecordId, context: Context, words: Words
) -> Sheet | None:
    """Return a record as text, with its children as tables."""
    found = store.record(form.id, record)
    if found is None:
        return None
    language = words.language
    lines = tuple(
        (field.label.get(language), shown_value(found.values[field.id], field, context))
        for field in form.stored_fields
        if field.id in found.values
    )
    title = format_value(found.values.get(form.title), form.field_by_id(form.title), context)
    children = []
    for child in store.form_set.children_of(form.id):
        fields = [child.field_by_id(name) for name in (child.list or [child.title])]
        keys = store.keys(ListQuery(child.id, parent=record))
        rows = store.rows(child.id, list(keys), [f.id for f in fields])
        if rows:
            texts = tuple(
                tuple(format_value(row.values.get(f.id), f, context) for f in fields)
                for row in rows
            )
            heads = tuple(f.label.get(language) for f in fields)
            children.append((child.label.get(language), heads, texts))
    return Sheet(title or words("BK_NAMELESS"), lines, tuple(children))
