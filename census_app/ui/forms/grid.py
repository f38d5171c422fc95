"""The grid of child records, such as the data items of a resource: edited like a spreadsheet, over a model of pages.

Typing edits, Enter goes down, Tab goes right; a block is pasted from Excel and grows the table; copy, fill down,
insert, delete. Every act is one journal step. Knows no service: it asks by signal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.domain.records import RecordId
from census_app.formats.block_text import read_block, write_block
from census_app.formspec.model import Field, Form
from census_app.formspec.types import Context
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.forms.options import is_short, options_of
from census_app.ui.models.record_table import NUMBER, Column, RecordTableModel, TableRow
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

Index = QModelIndex | QPersistentModelIndex
NUMBERS: Final = frozenset({"integer", "decimal", "money"})
_WIDTHS: Final = {
    "integer": 90,
    "decimal": 100,
    "money": 100,
    "boolean": 80,
    "date": 104,
    "month": 84,
    "code": 108,
}


def grid_columns(form: Form, language: str) -> list[Column]:
    """Return the columns of a grid: the row's number, then every field that is stored."""
    columns = [Column(NUMBER, "#", right=True, width=44)]
    # The name stands first: blocks from other workbooks begin with it.
    fields = sorted(form.stored_fields, key=lambda f: f.id != form.title)
    return columns + [column_of(f, language, wide=f.id == form.title) for f in fields]


def column_of(field: Field, language: str, *, wide: bool = False) -> Column:
    """Return the column of a field."""
    label = field.label.get(language)
    unit = field.unit.get(language) if field.unit is not None else ""
    if unit:
        unit = f" ({unit})" if language == "en" else f"（{unit}）"
    tip = field.definition.get(language) if field.definition is not None else ""
    width = 220 if wide else _WIDTHS.get(field.type, 150)
    return Column(field.id, label + unit, field.type in NUMBERS, width, tip)


class GridModel(RecordTableModel):
    """The model of a grid: every field cell can be edited.

    Signals:
        edited: record id, field id, text.
    """

    edited = Signal(str, str, str)

    @override
    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        base = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if self.columns[index.column()].id != NUMBER:
            return base | Qt.ItemFlag.ItemIsEditable
        return base

    @override
    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        row = self.row_at(index.row()) if index.isValid() else None
        if role != Qt.ItemDataRole.EditRole or row is None:
            return False
        column = self.columns[index.column()]
        text = str(value)
        if row.texts.get(column.id, "") == text:
            return False
        self._show_at_once(index.row(), row, column.id, text)
        self.edited.emit(row.id, column.id, text)
        return True

    def _show_at_once(self, number: int, row: TableRow, column_id: str, text: str) -> None:
        """Show what was typed until the page is read again."""
        shown = TableRow(row.key, row.id, {**row.texts, column_id: text}, row.unfit, row.children)
        self.replace_row(number, shown)


class GridDelegate(QStyledItemDelegate):
    """Makes the editor of a cell: a combo box for short lists, yes/no and codes, a line otherwise."""

    def __init__(self, form: Form, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._form = form
        self._context = context

    @override
    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        field = self._field(index)
        choices = self._choices(field)
        if choices:
            combo = QuietCombo(parent)
            combo.addItems(["", *choices])
            theme.set_look(combo, "cell")
            combo.setAccessibleName(field.label.get(self._context.language))
            combo.activated.connect(self._on_activated)
            return combo
        editor = QLineEdit(parent)
        theme.set_look(editor, "cell")
        editor.setAccessibleName(field.label.get(self._context.language))
        return editor

    @override
    def setEditorData(self, editor: QWidget, index: Index) -> None:
        text = str(index.data(Qt.ItemDataRole.EditRole) or "")
        if isinstance(editor, QuietCombo):
            at = editor.findText(text)
            if at < 0:
                editor.insertItem(1, text)
                at = 1
            editor.setCurrentIndex(at)
        elif isinstance(editor, QLineEdit):
            editor.setText(text)
            editor.selectAll()

    @override
    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        at = model.index(index.row(), index.column())
        if isinstance(editor, QuietCombo):
            model.setData(at, editor.currentText())
        elif isinstance(editor, QLineEdit):
            model.setData(at, editor.text())

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let Enter commit and go down, as a spreadsheet does."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
            and isinstance(watched, QWidget)
        ):
            self.commitData.emit(watched)
            self.closeEditor.emit(watched, QAbstractItemDelegate.EndEditHint.NoHint)
            view = self.parent()
            if isinstance(view, GridView):
                view.go_down()
            return True
        return super().eventFilter(watched, event)

    def _on_activated(self) -> None:
        sender = self.sender()
        if isinstance(sender, QWidget):
            self.commitData.emit(sender)
            self.closeEditor.emit(sender, QAbstractItemDelegate.EndEditHint.NoHint)

    def _field(self, index: Index) -> Field:
        model = index.model()
        assert isinstance(model, GridModel)  # noqa: S101  # this delegate serves only that model
        return self._form.field_by_id(model.columns[index.column()].id)

    def _choices(self, field: Field) -> list[str]:
        if field.type == "boolean":
            return ["Yes", "No"] if self._context.language == "en" else ["是", "否"]
        if is_short(field, self._context):
            return [o.label for o in options_of(field, self._context)]
        return []


class GridView(QTableView):
    """The table itself, with the keys of a spreadsheet.

    Signals:
        pasted: (record id, field id, text) of the cells, then the texts of rows to add.
        insert_wanted: id of the row it shall follow, or the empty text for the end.
        delete_wanted: ids of the rows.
    """

    pasted = Signal(object, object)
    insert_wanted = Signal(str)
    delete_wanted = Signal(object)

    def __init__(self, model: GridModel, form: Form, context: Context, words: Words) -> None:
        super().__init__()
        self.grid_model = model
        self.setModel(model)
        self.setItemDelegate(GridDelegate(form, context, self))
        theme.set_look(self, "grid")
        self.setAccessibleName(words("UI_GRID_NAME", form=form.label.get(words.language)))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.AnyKeyPressed
            | QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(theme.COMPACT_ROW_HEIGHT)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.horizontalHeader().setHighlightSections(False)
        self.setWordWrap(False)
        metrics = QFontMetrics(theme.font(theme.HINT_PX))
        for number, column in enumerate(model.columns):
            titled = metrics.horizontalAdvance(column.title) + 24
            self.setColumnWidth(number, max(column.width, titled))

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        control = event.modifiers() == Qt.KeyboardModifier.ControlModifier
        if event.matches(QKeySequence.StandardKey.Paste):
            self.paste()
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif control and event.key() == Qt.Key.Key_D:
            self.fill_down()
        elif control and event.key() in {Qt.Key.Key_Plus, Qt.Key.Key_Equal}:
            self.insert_row()
        elif control and event.key() in {Qt.Key.Key_Minus, Qt.Key.Key_Delete}:
            self.delete_rows()
        elif plain and event.key() in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}:
            self.clear_cells()
        elif plain and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.go_down()
        else:
            super().keyPressEvent(event)

    def go_down(self) -> None:
        """Go to the cell below; from the last row, ask for a new one."""
        current = self.currentIndex()
        if current.row() + 1 < self.grid_model.total:
            self.setCurrentIndex(current.siblingAtRow(current.row() + 1))
        elif current.isValid():
            self.insert_wanted.emit("")

    def paste(self) -> None:
        """Paste a block from the clipboard, from the current cell on; rows beyond the last are added."""
        block = read_block(QGuiApplication.clipboard().text())
        start = self.currentIndex()
        if block == [[""]]:
            return
        first_row = start.row() if start.isValid() else self.grid_model.total
        first_column = max(1, start.column() if start.isValid() else 1)
        cells: list[tuple[RecordId, str, str]] = []
        new_rows: list[dict[str, str]] = []
        if len(block) == 1 and len(block[0]) == 1 and len(self._cells()) > 1:
            cells = [
                (r, f, block[0][0]) for r, f in self._cells()
            ]  # one value into all chosen cells
            self.pasted.emit(cells, new_rows)
            return
        for down, texts in enumerate(block):
            named = dict(zip(self._field_ids()[first_column - 1 :], texts, strict=False))
            row = self.grid_model.row_at(first_row + down)
            if row is not None:
                cells += [(row.id, field, text) for field, text in named.items()]
            elif first_row + down >= self.grid_model.total:
                new_rows.append({f: t for f, t in named.items() if t})
        self.pasted.emit(cells, [row for row in new_rows if row])

    def copy(self) -> None:
        """Copy the chosen cells as a block."""
        chosen = [i for i in self.selectedIndexes() if i.column() > 0]
        if not chosen:
            return
        rows = sorted({i.row() for i in chosen})
        columns = sorted({i.column() for i in chosen})
        model = self.grid_model
        block = [
            [str(model.index(r, c).data(Qt.ItemDataRole.EditRole) or "") for c in columns]
            for r in rows
        ]
        QGuiApplication.clipboard().setText(write_block(block))

    def fill_down(self) -> None:
        """Give the chosen cells below the first row its texts; with one cell chosen, that of the row above."""
        chosen = [i for i in self.selectedIndexes() if i.column() > 0]
        if not chosen:
            return
        top = min(i.row() for i in chosen)
        if all(i.row() == top for i in chosen):
            top -= 1
        source = self.grid_model.row_at(top)
        if source is None:
            return
        cells = []
        for index in chosen:
            row = self.grid_model.row_at(index.row())
            field = self.grid_model.columns[index.column()].id
            if row is not None and index.row() > top:
                cells.append((row.id, field, source.texts.get(field, "")))
        self.pasted.emit(cells, [])

    def clear_cells(self) -> None:
        """Empty the chosen cells."""
        self.pasted.emit([(r, f, "") for r, f in self._cells()], [])

    def insert_row(self) -> None:
        """Ask for a new row below the current one."""
        row = self.grid_model.row_at(self.currentIndex().row())
        self.insert_wanted.emit(row.id if row is not None else "")

    def delete_rows(self) -> None:
        """Ask to delete the rows of the chosen cells."""
        numbers = sorted({i.row() for i in self.selectedIndexes()})
        rows = [self.grid_model.row_at(n) for n in numbers]
        self.delete_wanted.emit([r.id for r in rows if r is not None])

    def show_cell(self, row: int, column: int) -> None:
        """Bring a cell on the screen and choose it."""
        index = self.grid_model.index(row, column)
        self.selectionModel().setCurrentIndex(
            index, QItemSelectionModel.SelectionFlag.ClearAndSelect
        )
        self.scrollTo(index)
        self.setFocus()

    def _cells(self) -> list[tuple[RecordId, str]]:
        found = []
        for index in self.selectedIndexes():
            row = self.grid_model.row_at(index.row())
            if row is not None and index.column() > 0:
                found.append((row.id, self.grid_model.columns[index.column()].id))
        return found

    def _field_ids(self) -> Sequence[str]:
        return [c.id for c in self.grid_model.columns[1:]]


class ChildGrid(QWidget):
    """The grid with its buttons and its empty state."""

    def __init__(self, form: Form, context: Context, words: Words) -> None:
        super().__init__()
        self.form = form
        self.model = GridModel(grid_columns(form, words.language), words, self)
        self.view = GridView(self.model, form, context, words)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._tools(words))
        label = (form.plural or form.label).get(words.language)
        self._empty = page.EmptyState(
            words("UI_GRID_EMPTY", form=label),
            [(words("UI_ADD_ROW"), self._on_add), (words("UI_PASTE"), self.view.paste)],
            Icon.LIST,
            words("UI_GRID_EMPTY_TIP"),
        )
        self._stack = QStackedWidget()
        self._stack.addWidget(self.view)
        self._stack.addWidget(self._empty)
        column.addWidget(self._stack, 1)
        self.model.modelReset.connect(self._on_reset)
        self._on_reset()

    def _tools(self, words: Words) -> QHBoxLayout:
        tools = QHBoxLayout()
        tools.setSpacing(8)
        note = page.label(words("UI_GRID_TIP"), "hint")
        tools.addWidget(note)
        tools.addStretch(1)
        for text, symbol, call, keys in (
            ("UI_ADD_ROW", Icon.INSERT_ROW, self.view.insert_row, "Ctrl++"),
            ("UI_PASTE", Icon.PASTE, self.view.paste, "Ctrl+V"),
            ("UI_FILL_DOWN", Icon.FILL_DOWN, self.view.fill_down, "Ctrl+D"),
            ("UI_DELETE_ROWS", Icon.DELETE, self.view.delete_rows, "Ctrl+-"),
        ):
            made = page.button(words(text), call, "small", symbol)
            made.setToolTip(f"{words(text)} ({keys})")
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            tools.addWidget(made)
        return tools

    def _on_add(self) -> None:
        self.view.insert_wanted.emit("")

    def _on_reset(self) -> None:
        self._stack.setCurrentWidget(self.view if self.model.total else self._empty)
