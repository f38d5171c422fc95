"""The list or tree that opens below a field: found by text, code or pinyin initials, taken with Enter or a click."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QKeyEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QTreeView,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.domain.names import fold
from census_app.ui.forms.initials import Initials
from census_app.ui.forms.options import SHOWN, Option, search, with_ancestors
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

VALUE_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 1
POPUP_HEIGHT: Final = 340
POPUP_WIDTH: Final = 360
_MOVES = frozenset({Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp})
_ENTER = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})


@dataclass(frozen=True, slots=True)
class Offered:
    """What a popup offers.

    Attributes:
        values: What is chosen now.
        several: Whether several may be ticked.
        tree: Whether the options hang on each other by `parent`.
        initials: Spelled names, by which it is searched as well.
        creates: Name of the form of which a new record may be made here, or empty.
    """

    options: Sequence[Option]
    values: Sequence[str] = ()
    several: bool = False
    tree: bool = False
    initials: Initials | None = None
    creates: str = ""


class PickerPopup(QFrame):
    """Search field above a list or tree; one answer is taken with Enter or a click, several with a tick each.

    Signals:
        chosen: The values that are chosen now.
        create_wanted: The name of the record that shall be made.
    """

    chosen = Signal(object)
    create_wanted = Signal(str)

    def __init__(self, parent: QWidget, words: Words, offered: Offered) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        theme.set_look(self, "popup")
        self._words, self._offered = words, offered
        self._values = list(offered.values)
        self._known = {fold(o.label) for o in offered.options} if offered.creates else set()
        self._by_value = {o.value: o for o in offered.options} if offered.tree else {}
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        self.search = QLineEdit()
        self.search.setPlaceholderText(words("UI_PICK_SEARCH"))
        self.search.setAccessibleName(words("UI_PICK_SEARCH"))
        self.search.setClearButtonEnabled(True)
        self._model = QStandardItemModel(self)
        self.view = self._make_view()
        column.addWidget(self.search)
        column.addWidget(self.view, 1)
        self._path = page.label("", "hint", wrap=True)
        if not offered.tree:
            self._path.hide()  # showing it here would make a window of it: it has no parent yet
        self._note = page.label("", "hint", wrap=True)
        self.new = page.button("", self._on_create, "link", Icon.ADD)
        self.new.hide()
        column.addWidget(self._path)
        column.addLayout(self._foot())
        column.addWidget(self.new)
        self.search.textChanged.connect(self._fill)
        self.search.installEventFilter(self)
        self._model.itemChanged.connect(self._on_ticked)
        self._fill("")

    def _make_view(self) -> QTreeView:
        view = QTreeView()
        view.setAccessibleName(self._words("UI_PICK_LIST"))
        view.setHeaderHidden(True)
        view.setRootIsDecorated(self._offered.tree)
        view.setUniformRowHeights(True)
        view.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self._model.setColumnCount(2)
        view.setModel(self._model)
        header = view.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(0)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        view.selectionModel().currentChanged.connect(self._on_current)
        view.clicked.connect(self._on_clicked)
        view.activated.connect(self._on_clicked)
        return view

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._note, 1)
        if self._offered.several:
            row.addWidget(page.button(self._words("UI_DONE"), self.close, "primary"))
        return row

    def open_below(self, field: QWidget, text: str = "", *, chosen: bool = False) -> None:
        """Show it below a field, or above when there is no room below.

        Args:
            text: What is searched for at first.
            chosen: Whether what is typed next replaces the text.
        """
        self.resize(max(field.width(), POPUP_WIDTH), POPUP_HEIGHT)
        below = field.mapToGlobal(QPoint(0, field.height() + 2))
        room = field.screen().availableGeometry()
        if below.y() + POPUP_HEIGHT > room.bottom():
            below = field.mapToGlobal(QPoint(0, -POPUP_HEIGHT - 2))
        below.setX(min(below.x(), room.right() - self.width()))
        self.move(below)
        self.show()
        self.search.setText(text)
        if chosen:
            self.search.selectAll()
        self.search.setFocus()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows move in the list while the person types, and Enter take the marked entry."""
        if (
            watched is self.search
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
        ):
            if event.key() in _MOVES or self._folds(event):
                self.view.keyPressEvent(event)
                return True
            if event.key() in _ENTER:
                if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                    self._on_create()
                else:
                    self._on_clicked(self.view.currentIndex())
                return True
        return super().eventFilter(watched, event)

    def _folds(self, event: QKeyEvent) -> bool:
        """Say whether an arrow opens or closes a branch: at the end of the text there is nowhere else to go."""
        if not self._offered.tree:
            return False
        at_end = self.search.cursorPosition() == len(self.search.text())
        if event.key() == Qt.Key.Key_Right:
            return at_end
        return event.key() == Qt.Key.Key_Left and not self.search.text()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def _fill(self, text: str) -> None:
        offered = self._offered
        found = search(offered.options, text, offered.initials)
        shown: Sequence[Option] = found.options
        if offered.tree:
            shown = with_ancestors(offered.options, found.options) if text else offered.options
        quiet = QBrush(QColor(theme.tokens().text_2))
        items: dict[str, QStandardItem] = {}
        tops: list[list[QStandardItem]] = []
        for option in shown:
            row = [self._item(option), QStandardItem(option.detail)]
            row[1].setForeground(quiet)
            above = items.get(option.parent) if offered.tree else None
            if above is None:
                tops.append(row)
            else:
                above.appendRow(row)
            items[option.value] = row[0]
        # Branches are complete before the view hears of them; removing rows, unlike clear(), keeps its columns.
        self._model.removeRows(0, self._model.rowCount())
        for row in tops:
            self._model.appendRow(row)
        if offered.tree and text.strip():
            self.view.expandAll()
        self._mark(items, found.options if text else ())
        self._say(found.total)
        self._offer_new(text.strip())

    def _item(self, option: Option) -> QStandardItem:
        item = QStandardItem(option.label)
        item.setData(option.value, VALUE_ROLE)
        item.setToolTip(option.label)
        if self._offered.several:
            item.setCheckable(True)
            ticked = option.value in self._values
            item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
        return item

    def _mark(self, items: dict[str, QStandardItem], hits: Sequence[Option]) -> None:
        if hits:
            wanted = next((o.value for o in hits if o.value in self._values), hits[0].value)
        else:
            wanted = next((v for v in self._values if v in items), "")
        if wanted:
            index = self._model.indexFromItem(items[wanted])
            self.view.setCurrentIndex(index)
            self.view.scrollTo(index)

    def _say(self, total: int) -> None:
        words = self._words
        if not self._offered.options and self._offered.creates:
            said = words("UI_PICK_EMPTY", form=self._offered.creates)
        elif not total:
            said = words("UI_PICK_NONE")
        elif total > SHOWN and not self._offered.tree:
            said = words("UI_PICK_MORE", shown=SHOWN, total=total)
        else:
            said = words("UI_PICK_COUNT", total=total)
        if self._offered.several:
            said = f"{words('UI_PICK_CHOSEN', count=len(self._values))}　{said}"
        self._note.setText(said)

    def _offer_new(self, text: str) -> None:
        """Offer to make a record of that name, unless there is one."""
        form = self._offered.creates
        self.new.setVisible(bool(form and fold(text) and fold(text) not in self._known))
        shown = text if len(text) <= 16 else text[:15] + "…"
        told = self._words("UI_PICK_CREATE", form=form, name=shown)
        self.new.setText(told.replace("&", "&&"))

    def _on_create(self) -> None:
        if not self.new.isHidden():
            self.create_wanted.emit(self.search.text().strip())
            self.close()

    def _on_current(self, current: QModelIndex) -> None:
        """Show where in the tree the marked entry stands."""
        value = str(current.siblingAtColumn(0).data(VALUE_ROLE) or "")
        names: list[str] = []
        at = self._by_value.get(value)
        while at is not None and len(names) < 8:
            names.insert(0, at.label)
            at = self._by_value.get(at.parent)
        self._path.setText(" / ".join(names))

    def _on_clicked(self, index: object) -> None:
        del index  # Enter in the search field brings the mouse's index as little as a key's
        current = self.view.currentIndex().siblingAtColumn(0)
        if not current.isValid():
            return
        item = self._model.itemFromIndex(current)
        if self._offered.several:
            ticked = item.checkState() is Qt.CheckState.Checked
            item.setCheckState(Qt.CheckState.Unchecked if ticked else Qt.CheckState.Checked)
            return
        self.chosen.emit((str(item.data(VALUE_ROLE)),))
        self.close()

    def _on_ticked(self, item: QStandardItem) -> None:
        if not item.isCheckable():
            return
        value = str(item.data(VALUE_ROLE))
        kept = [v for v in self._values if v != value]
        self._values = [*kept, value] if item.checkState() is Qt.CheckState.Checked else kept
        self.chosen.emit(tuple(self._values))
        self._note.setText(self._words("UI_PICK_CHOSEN", count=len(self._values)))
