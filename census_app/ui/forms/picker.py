"""A field that opens a searchable list or tree: long code lists, hierarchical classes, several codes, references."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QMenu, QPushButton, QSizePolicy
from typing_extensions import override

from census_app.domain.records import Unfit, Value
from census_app.formspec.types import Context, format_value
from census_app.ui.forms.editor import EditorSetting, FieldEditor
from census_app.ui.forms.first_word import FirstWord
from census_app.ui.forms.options import (
    chosen_values,
    initials_of,
    is_hierarchical,
    options_of,
    path_text,
)
from census_app.ui.forms.picker_popup import Offered, PickerPopup
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon


class PickerButton(QPushButton):
    """Looks like an input, shows the answer, opens the list by click, Enter, arrow or the first letter or word.

    Signals:
        opened: The list shall open; with the text it is searched for.
        cleared: The answer shall be taken away.
        followed: The person wants to see the record that is referred to.
    """

    opened = Signal(str)
    cleared = Signal()
    followed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAutoDefault(False)
        theme.set_look(self, "picker")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(80)
        self._full = ""
        self._placeholder = ""
        self._spelling = ""
        self.first_word = FirstWord(self)
        self.first_word.changed.connect(self._on_spelling)
        self.first_word.spelled.connect(self.opened)
        self.clicked.connect(self._on_clicked)

    @property
    def composing(self) -> bool:
        """Whether an input method is in the middle of a word."""
        return self.first_word.composing

    def show_text(self, text: str, placeholder: str) -> None:
        """Show the answer, shortened to the width; the whole stands in the tooltip."""
        self._full = text
        if self.property("empty") != (not text):
            self.setProperty("empty", not text)
            theme.repolish(self)
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
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            followed = event.modifiers() & Qt.KeyboardModifier.ControlModifier
            if followed:
                self.followed.emit()
            elif event.modifiers() & Qt.KeyboardModifier.AltModifier:
                event.ignore()
            else:
                self.opened.emit("")
        elif event.key() in {Qt.Key.Key_Down, Qt.Key.Key_F4}:
            self.opened.emit("")
        elif event.text().strip() and event.text().isprintable():
            self.opened.emit(event.text())
        else:
            super().keyPressEvent(event)

    def _on_spelling(self, text: str) -> None:
        self._spelling = text
        self._elide()

    def _on_clicked(self) -> None:
        self.opened.emit("")

    def _elide(self) -> None:
        shown = self._spelling or self._full or self._placeholder
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
        words = setting.words
        self._clear = page.icon_button(Icon.CLOSE, words("UI_CLEAR"), self._on_clear)
        self._clear.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Delete does the same by keyboard
        self.follow = page.icon_button(Icon.LINK, words("UI_FOLLOW"), self._on_follow)
        self.follow.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Ctrl+Enter does the same by keyboard
        self.button.opened.connect(self._on_opened)
        self.button.cleared.connect(self._on_clear)
        self.button.followed.connect(self._on_follow)
        self.row.setSpacing(0)
        self.row.addWidget(self.button, 1)
        self.row.addWidget(self._clear)
        self.row.addWidget(self.follow)
        self.setFocusProxy(self.button)
        self._note = words("UI_CHOOSE")
        self._several = setting.field.type in {"codes", "references"}
        self._unfit = ""
        self.popup: PickerPopup | None = None
        self.show_value(None, rewrite=True)

    @override
    def show_value(self, value: Value | None, *, rewrite: bool) -> None:
        del rewrite
        self._values = () if isinstance(value, Unfit) else chosen_values(value)
        self._unfit = value.text if isinstance(value, Unfit) else ""
        text = format_value(value, self.field, self.context)
        if self._values and self.field.type == "code":
            text = path_text(self.field, self.context, self._values[0])
        self.button.show_text(text, self._note)
        self._clear.setVisible(bool(text) and not self._read_only)
        self.follow.setVisible(bool(self._values and self.field.target))

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
        field, context = self.field, self.context
        offered = Offered(
            options_of(field, context),
            self._values,
            several=self._several,
            tree=bool(field.choices) and is_hierarchical(field, context),
            initials=initials_of(context),
            creates=self._creates(context),
        )
        self.popup = PickerPopup(self, self.words, offered)
        self.popup.chosen.connect(self._on_chosen)
        self.popup.create_wanted.connect(self.create_wanted)
        found = self._unfit if self.field.target and not text else ""
        self.popup.open_below(self.button, text or found, chosen=bool(found))

    def _creates(self, context: Context) -> str:
        """Return the name of the form of which a record may be made here."""
        if not self.field.target or not self.can_create:
            return ""
        return context.form_set.form(self.field.target).label.get(self.words.language)

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

    def _on_follow(self) -> None:
        """Go to the record that is referred to; of several, the person chooses one."""
        if not self.field.target or not self._values:
            return
        if len(self._values) == 1:
            self.record_wanted.emit(self._values[0])
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for record in self._values:
            title = self.context.records.title(self.field.target, record)
            action = menu.addAction((title or "—").replace("&", "&&"))
            action.setData(record)
        menu.triggered.connect(self._on_followed)
        menu.popup(self.button.mapToGlobal(self.button.rect().bottomLeft()))

    def _on_followed(self, action: QAction) -> None:
        self.record_wanted.emit(str(action.data()))
