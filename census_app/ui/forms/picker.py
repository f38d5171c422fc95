"""A field that opens a searchable list or tree: long code lists, hierarchical classes, several codes, references."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QTreeView,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.domain.records import Unfit, Value
from census_app.formspec.types import format_value
from census_app.ui.forms.editor import EditorSetting, FieldEditor
from census_app.ui.forms.options import (
    SHOWN,
    Option,
    chosen_values,
    is_hierarchical,
    options_of,
    path_text,
    search,
    with_ancestors,
)
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

VALUE_ROLE = int(Qt.ItemDataRole.UserRole) + 1
POPUP_HEIGHT = 340
_MOVES = frozenset({Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp})


class PickerPopup(QFrame):
    """Search field above a list or tree; one answer is taken with Enter or a click, several with a tick each."""

    chosen = Signal(object)

    def __init__(
        self,
        parent: QWidget,
        words: Words,
        options: Sequence[Option],
        values: Sequence[str],
        *,
        several: bool,
        tree: bool,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        theme.set_look(self, "popup")
        self._words, self._options, self._several, self._tree = words, options, several, tree
        self._values = list(values)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        self.search = QLineEdit()
        self.search.setPlaceholderText(words("UI_PICK_SEARCH"))
        self.search.setAccessibleName(words("UI_PICK_SEARCH"))
        self.search.setClearButtonEnabled(True)
        self.view = QTreeView()
        self.view.setAccessibleName(words("UI_PICK_LIST"))
        self.view.setHeaderHidden(True)
        self.view.setRootIsDecorated(tree)
        self.view.setUniformRowHeights(True)
        self.view.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self._note = page.label("", "hint")
        column.addWidget(self.search)
        column.addWidget(self.view, 1)
        column.addWidget(self._note)
        self._model = QStandardItemModel(self)
        self.view.setModel(self._model)
        self.search.textChanged.connect(self._fill)
        self.search.installEventFilter(self)
        self.view.clicked.connect(self._on_clicked)
        self.view.activated.connect(self._on_clicked)
        self._model.itemChanged.connect(self._on_ticked)
        if several:
            column.addWidget(page.button(words("UI_DONE"), self.close, "primary"))
        self._fill("")

    def open_below(self, field: QWidget, text: str = "") -> None:
        """Show it below a field, or above when there is no room below."""
        self.resize(max(field.width(), 320), POPUP_HEIGHT)
        below = field.mapToGlobal(QPoint(0, field.height() + 2))
        room = field.screen().availableGeometry()
        if below.y() + POPUP_HEIGHT > room.bottom():
            below = field.mapToGlobal(QPoint(0, -POPUP_HEIGHT - 2))
        below.setX(min(below.x(), room.right() - self.width()))
        self.move(below)
        self.show()
        self.search.setText(text)
        self.search.setFocus()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows move in the list while the person types, and Enter take the marked entry."""
        if watched is self.search and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.KeyPress and event.key() in _MOVES:
                self.view.keyPressEvent(event)
                return True
            if event.type() == QEvent.Type.KeyPress and event.key() in {
                Qt.Key.Key_Return,
                Qt.Key.Key_Enter,
            }:
                self._on_clicked(self.view.currentIndex())
                return True
        return super().eventFilter(watched, event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def _fill(self, text: str) -> None:
        found = search(self._options, text)
        shown: Sequence[Option] = found.options
        if self._tree:
            shown = with_ancestors(self._options, found.options) if text else self._options
        self._model.blockSignals(True)
        self._model.clear()
        items: dict[str, QStandardItem] = {}
        for option in shown:
            item = QStandardItem(option.label)
            item.setData(option.value, VALUE_ROLE)
            item.setToolTip(option.detail)
            if self._several:
                item.setCheckable(True)
                ticked = option.value in self._values
                item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
            above = items.get(option.parent) if self._tree else None
            (above or self._model.invisibleRootItem()).appendRow(item)
            items[option.value] = item
        self._model.blockSignals(False)
        self.view.setModel(None)
        self.view.setModel(self._model)
        if self._tree and text:
            self.view.expandAll()
        self._mark(items, found.options if text else ())
        self._say(found.total)

    def _mark(self, items: dict[str, QStandardItem], hits: Sequence[Option]) -> None:
        wanted = next((v for v in self._values if v in items), hits[0].value if hits else "")
        if wanted:
            index = self._model.indexFromItem(items[wanted])
            self.view.setCurrentIndex(index)
            self.view.scrollTo(index)

    def _say(self, total: int) -> None:
        if not total:
            self._note.setText(self._words("UI_PICK_NONE"))
        elif total > SHOWN and not self._tree:
            self._note.setText(self._words("UI_PICK_MORE", shown=SHOWN, total=total))
        else:
            self._note.setText(self._words("UI_PICK_COUNT", total=total))

    def _on_clicked(self, index: object) -> None:
        del index  # Enter in the search field brings the mouse's index as little as a key's
        current = self.view.currentIndex()
        if not current.isValid():
            return
        item = self._model.itemFromIndex(current)
        if self._several:
            ticked = item.checkState() is Qt.CheckState.Checked
            item.setCheckState(Qt.CheckState.Unchecked if ticked else Qt.CheckState.Checked)
            return
        self.chosen.emit((str(item.data(VALUE_ROLE)),))
        self.close()

    def _on_ticked(self, item: QStandardItem) -> None:
        value = str(item.data(VALUE_ROLE))
        kept = [v for v in self._values if v != value]
        self._values = [*kept, value] if item.checkState() is Qt.CheckState.Checked else kept
        self.chosen.emit(tuple(self._values))


class PickerButton(QPushButton):
    """Looks like an input, shows the answer, opens the list by click, Enter, arrow or the first letter."""

    opened = Signal(str)
    cleared = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAutoDefault(False)
        theme.set_look(self, "picker")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(80)
        self._full = ""
        self.clicked.connect(self._on_clicked)

    def show_text(self, text: str, placeholder: str) -> None:
        """Show the answer, shortened to the width; the whole stands in the tooltip."""
        self._full = text
        self.setProperty("empty", not text)
        self.setToolTip(text)
        self._placeholder = placeholder
        self._elide()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}:
            self.cleared.emit()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down}:
            self.opened.emit("")
        elif event.text().strip() and event.text().isprintable():
            self.opened.emit(event.text())
        else:
            super().keyPressEvent(event)

    def _on_clicked(self) -> None:
        self.opened.emit("")

    def _elide(self) -> None:
        shown = self._full or getattr(self, "_placeholder", "")
        metrics = self.fontMetrics()
        room = max(20, self.width() - 40)
        self.setText(
            metrics.elidedText(shown, Qt.TextElideMode.ElideRight, room).replace("&", "&&")
        )


class PickerEditor(FieldEditor):
    """One or several answers out of a long list, a tree, or other records."""

    def __init__(self, setting: EditorSetting) -> None:
        super().__init__(setting)
        self.button = PickerButton()
        self._values: tuple[str, ...] = ()
        self._read_only = False
        self._clear = page.icon_button(Icon.CLOSE, setting.words("UI_CLEAR"), self._on_clear)
        self._clear.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Delete does the same by keyboard
        self.button.opened.connect(self._on_opened)
        self.button.cleared.connect(self._on_clear)
        self.row.setSpacing(0)
        self.row.addWidget(self.button, 1)
        self.row.addWidget(self._clear)
        self.setFocusProxy(self.button)
        self._note = setting.words("UI_CHOOSE")
        self._several = setting.field.type in {"codes", "references"}
        self.popup: PickerPopup | None = None
        self.show_value(None, rewrite=True)

    @override
    def show_value(self, value: Value | None, *, rewrite: bool) -> None:
        del rewrite
        self._values = () if isinstance(value, Unfit) else chosen_values(value)
        text = format_value(value, self.field, self.context)
        if self._values and self.field.type == "code":
            text = path_text(self.field, self.context, self._values[0])
        self.button.show_text(text, self._note)
        self._clear.setVisible(bool(text) and not self._read_only)

    @override
    def set_look(self, look: str) -> None:
        theme.set_look(self.button, f"picker-{look}" if look else "picker")

    @override
    def set_read_only(self, note: str) -> None:
        self._read_only = True
        self._note = note
        self.button.setEnabled(False)
        self._clear.hide()

    def _on_opened(self, text: str) -> None:
        self.popup = PickerPopup(
            self,
            self.words,
            options_of(self.field, self.context),
            self._values,
            several=self._several,
            tree=bool(self.field.choices) and is_hierarchical(self.field, self.context),
        )
        self.popup.chosen.connect(self._on_chosen)
        self.popup.open_below(self.button, text)

    def _on_chosen(self, values: tuple[str, ...]) -> None:
        if not self._several:
            self.value_committed.emit(values[0])
            return
        if self.field.choices:
            values = self.context.choices.in_list_order(self.field.choices, values)
        self.value_committed.emit(values or None)

    def _on_clear(self) -> None:
        if not self._read_only:
            self.value_committed.emit(None)
