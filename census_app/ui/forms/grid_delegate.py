"""The editor of a cell: a line to type in; for lists, with what can be chosen below it.

Typing replaces, F2 and a double click edit; Enter, Tab and, after typing, the arrows finish and go on, as in a
spreadsheet. Esc gives up only what is being typed at this moment.
"""

from __future__ import annotations

from typing import Final, Protocol

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QStringListModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QCompleter,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)
from typing_extensions import override

from census_app.formspec.model import Field, Form
from census_app.formspec.types import Context
from census_app.ui.forms.grid_model import GridModel
from census_app.ui.forms.options import Option, is_hierarchical, options_of, search
from census_app.ui.shell import theme

Index = QModelIndex | QPersistentModelIndex
_KEY = Qt.Key
_STEPS: Final = {
    _KEY.Key_Return: (1, 0),
    _KEY.Key_Enter: (1, 0),
    _KEY.Key_Tab: (0, 1),
    _KEY.Key_Backtab: (0, -1),
}
_ARROWS: Final = {
    _KEY.Key_Up: (-1, 0),
    _KEY.Key_Down: (1, 0),
    _KEY.Key_Left: (0, -1),
    _KEY.Key_Right: (0, 1),
}


class Walker(Protocol):
    """The view, as its delegate knows it."""

    @property
    def typing(self) -> bool:
        """Whether the cell was opened by typing into it: arrows then finish it."""

    def go(self, down: int, right: int) -> None:
        """Go to another cell after one was finished."""


class CellLine(QLineEdit):
    """The line of a cell.

    Signals:
        tabbed: Whether Tab, rather than Shift+Tab, would leave it; for keys that do not pass the delegate.
    """

    tabbed = Signal(bool)

    def __init__(self, parent: QWidget, name: str) -> None:
        super().__init__(parent)
        self.finished = False
        theme.set_look(self, "cell")
        self.setAccessibleName(name)

    def answer(self) -> str:
        """Return the text to write."""
        return self.text()

    def close_list(self) -> None:
        """Hide what can be chosen, if anything."""

    @override
    def focusNextPrevChild(self, next: bool) -> bool:
        self.tabbed.emit(next)
        return True


class ChoiceLine(CellLine):
    """A line with the entries of a list below it; what is typed narrows them."""

    def __init__(self, parent: QWidget, name: str, options: list[Option]) -> None:
        super().__init__(parent, name)
        self._options = options
        self._shown = QStringListModel([o.label for o in options], self)
        self._completer = QCompleter(self._shown, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setMaxVisibleItems(12)
        popup = self._completer.popup()
        assert popup is not None  # noqa: S101  # a completer makes its own
        popup.setAccessibleName(name)
        self._popup = popup
        self.setCompleter(self._completer)
        self.textEdited.connect(self._on_edited)

    def open_list(self) -> None:
        """Show what can be chosen."""
        self._show([o.label for o in self._options])

    def _show(self, labels: list[str]) -> None:
        self._shown.setStringList(labels)
        # As wide as its longest entry, however narrow the column is.
        wanted = self._popup.sizeHintForColumn(0) + 3 * theme.SPACE[3]
        self._popup.setMinimumWidth(max(self.width(), wanted))
        self._completer.complete()

    @override
    def close_list(self) -> None:
        """Hide what can be chosen."""
        self._popup.hide()

    @property
    def list_open(self) -> bool:
        """Whether what can be chosen is on the screen."""
        return self._popup.isVisible()

    @property
    def highlighted(self) -> str:
        """The entry that is marked in the open list, or the empty text."""
        index = self._popup.currentIndex()
        return str(index.data() or "") if self.list_open and index.isValid() else ""

    @override
    def answer(self) -> str:
        """Return the text; where it means one entry alone, that entry's label."""
        text = self.text().strip()
        if not text or any(o.label == text for o in self._options):
            return text
        found = search(self._options, text)
        exact = [o for o in self._options if o.value == text]
        if exact or found.total == 1:
            return (exact or list(found.options))[0].label
        return self.text()

    def _on_edited(self, text: str) -> None:
        found = search(self._options, text) if text.strip() else None
        options = self._options if found is None else list(found.options)
        if options:
            self._show([o.label for o in options])
        else:
            self.close_list()


class GridDelegate(QStyledItemDelegate):
    """Makes and reads the editor of a cell."""

    def __init__(self, form: Form, context: Context, walker: Walker, parent: QObject) -> None:
        super().__init__(parent)
        self._form = form
        self._context = context
        self._walker = walker

    @override
    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        field = self._field(index)
        name = field.label.get(self._context.language)
        options = self._options(field)
        if not options:
            return CellLine(parent, name)
        line = ChoiceLine(parent, name, options)
        line.returnPressed.connect(self._on_return)
        line.tabbed.connect(self._on_tabbed)
        line.completer().activated.connect(self._on_chosen)
        return line

    @override
    def setEditorData(self, editor: QWidget, index: Index) -> None:
        if isinstance(editor, QLineEdit):
            editor.setText(str(index.data(Qt.ItemDataRole.EditRole) or ""))
            editor.selectAll()

    @override
    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        if isinstance(editor, CellLine):
            model.setData(model.index(index.row(), index.column()), editor.answer())

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Finish the cell on the keys of a spreadsheet; everything else is the editor's."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and isinstance(watched, CellLine)
        ):
            step = self._step(watched, event)
            if step is not None:
                self.finish(watched, *step)
                return True
            if _opens_list(watched, event):
                return True
        return super().eventFilter(watched, event)

    def finish(self, editor: QWidget, down: int, right: int) -> None:
        """Write what stands in an editor, close it and go on."""
        if isinstance(editor, CellLine):
            if editor.finished:
                return  # taking an entry with Enter is told twice
            editor.finished = True
            editor.close_list()
        self.commitData.emit(editor)
        self.closeEditor.emit(editor, QAbstractItemDelegate.EndEditHint.NoHint)
        self._walker.go(down, right)

    def _step(self, editor: CellLine, event: QKeyEvent) -> tuple[int, int] | None:
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        key = Qt.Key(event.key())
        if key in _STEPS and modifiers in {
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.ShiftModifier,
        }:
            down, right = _STEPS[key]
            back = down and modifiers == Qt.KeyboardModifier.ShiftModifier
            return (-down, right) if back else (down, right)
        listed = isinstance(editor, ChoiceLine) and editor.list_open
        if key in _ARROWS and modifiers == Qt.KeyboardModifier.NoModifier:
            return _ARROWS[key] if self._walker.typing and not listed else None
        return None

    def _on_return(self) -> None:
        self._take_marked(1, 0)

    def _on_tabbed(self, forward: bool) -> None:
        self._take_marked(0, 1 if forward else -1)

    def _take_marked(self, down: int, right: int) -> None:
        """Take the marked entry: while the list is open its keys do not pass the filter."""
        editor = self.sender()
        if isinstance(editor, ChoiceLine):
            if editor.highlighted:
                editor.setText(editor.highlighted)
            self.finish(editor, down, right)

    def _on_chosen(self, text: str) -> None:
        completer = self.sender()
        editor = completer.widget() if isinstance(completer, QCompleter) else None
        if isinstance(editor, ChoiceLine):
            editor.setText(text)
            self.finish(editor, 0, 0)

    def _field(self, index: Index) -> Field:
        model = index.model()
        assert isinstance(model, GridModel)  # noqa: S101  # this delegate serves only that model
        return self._form.field_by_id(model.columns[index.column()].id)

    def _options(self, field: Field) -> list[Option]:
        if field.type == "boolean":
            texts = ("Yes", "No") if self._context.language == "en" else ("是", "否")
            return [Option(text, text) for text in texts]
        if field.type not in {"code", "reference"} or is_hierarchical(field, self._context):
            return []
        return options_of(field, self._context)


def _opens_list(editor: CellLine, event: QKeyEvent) -> bool:
    alt = event.modifiers() == Qt.KeyboardModifier.AltModifier
    plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
    asked = event.key() == _KEY.Key_Down and (alt or plain)
    if asked and isinstance(editor, ChoiceLine) and not editor.list_open:
        editor.open_list()
        return True
    return False
