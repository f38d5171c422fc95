"""Editors for short lists and for yes or no."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton
from typing_extensions import override

from census_app.domain.records import Unfit, Value
from census_app.formspec.types import Context, format_value
from census_app.ui.forms.checklist import ChecklistEditor
from census_app.ui.forms.editor import EditorSetting, FieldEditor, QuietCombo
from census_app.ui.forms.first_word import FirstWord
from census_app.ui.forms.options import (
    chosen_values,
    initials_of,
    is_checklist,
    is_short,
    options_of,
)
from census_app.ui.forms.picker import PickerEditor
from census_app.ui.forms.picker_popup import Offered, PickerPopup
from census_app.ui.shell import page, theme

_OPENS = frozenset(
    {
        Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Space,
    }
)  # fmt: skip
_SCROLLS = frozenset({Qt.Key.Key_PageDown, Qt.Key.Key_PageUp, Qt.Key.Key_Home, Qt.Key.Key_End})


class _Combo(QuietCombo):
    """A closed list: arrows open it, a letter or word searches it, and nothing but a choice changes the answer.

    Signals:
        searched: The person typed; the list shall be searched for the text.
    """

    searched = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.first_word = FirstWord(self)
        self.first_word.spelled.connect(self.searched)

    @property
    def composing(self) -> bool:
        """Whether an input method is in the middle of a word."""
        return self.first_word.composing

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace} and self.isEnabled():
            self.setCurrentIndex(0)
            self.activated.emit(0)
        elif key in _OPENS and not event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.showPopup()
        elif key in _SCROLLS:
            event.ignore()  # Qt would choose another entry; the page scrolls instead
        elif event.text().strip() and event.text().isprintable():
            self.searched.emit(event.text())
        else:
            super().keyPressEvent(event)


class ComboEditor(FieldEditor):
    """One answer out of a short list; the last entry empties the field."""

    def __init__(self, setting: EditorSetting) -> None:
        super().__init__(setting)
        self.combo = _Combo()
        self.combo.setMaxVisibleItems(16)
        self.combo.setPlaceholderText(setting.words("UI_CHOOSE"))
        self.combo.setMinimumContentsLength(8)
        self.combo.setSizeAdjustPolicy(
            _Combo.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self._value: Value | None = None
        self.row.addWidget(self.combo)
        self.setFocusProxy(self.combo)
        self._fill()
        self.combo.activated.connect(self._on_activated)
        self.combo.searched.connect(self._on_searched)
        self.popup: PickerPopup | None = None

    @override
    def show_value(self, value: Value | None, *, rewrite: bool) -> None:
        del rewrite
        self._value = value
        if isinstance(self.combo.itemData(0), Unfit):
            self.combo.removeItem(0)
        if isinstance(value, Unfit):
            self.combo.insertItem(0, value.text, value)
            self.combo.setCurrentIndex(0)
            return
        index = self.combo.findData(value) if value is not None else -1
        if value is not None and index < 0:  # an entry of another part of a dependent list
            index = self.combo.count() - 1
            self.combo.insertItem(index, format_value(value, self.field, self.context), value)
        self.combo.setCurrentIndex(index)  # nothing chosen: the placeholder stands there
        if self.combo.property("empty") != (index < 0):
            self.combo.setProperty("empty", index < 0)
            theme.repolish(self.combo)

    @override
    def show_context(self, context: Context) -> None:
        source = self.field.choices_from
        changed = bool(source) and self.context.answers.get(source) != context.answers.get(source)
        super().show_context(context)
        if changed:
            self._fill()
            self.show_value(self._value, rewrite=True)

    @override
    def set_look(self, look: str) -> None:
        theme.set_look(self.combo, look)

    @override
    def set_read_only(self, note: str) -> None:
        self.combo.setEnabled(False)
        self.combo.setPlaceholderText(note)

    @override
    def name_for_reader(self, label: str, description: str) -> None:
        super().name_for_reader(label, description)
        self.combo.view().setAccessibleName(label)

    def _fill(self) -> None:
        self.combo.clear()
        for option in options_of(self.field, self.context):
            self.combo.addItem(option.label, option.value)
        # At the end: Down and Enter choose an answer, not none.
        self.combo.addItem(self.words("UI_NO_ANSWER"), None)

    def _on_searched(self, text: str) -> None:
        if not self.combo.isEnabled():
            return
        offered = Offered(
            options_of(self.field, self.context),
            () if isinstance(self._value, Unfit) else chosen_values(self._value),
            initials=initials_of(self.context),
        )
        self.popup = PickerPopup(self, self.words, offered)
        self.popup.chosen.connect(self._on_found)
        self.popup.open_below(self.combo, text)

    def _on_found(self, values: tuple[str, ...]) -> None:
        self.value_committed.emit(values[0])

    def _on_activated(self, index: int) -> None:
        chosen = self.combo.itemData(index)
        if not isinstance(chosen, Unfit):
            self.value_committed.emit(chosen)


class BooleanEditor(FieldEditor):
    """Yes, no, or not answered: pressing the chosen one again takes the answer back."""

    def __init__(self, setting: EditorSetting) -> None:
        super().__init__(setting)
        self.yes = self._segment("UI_YES")
        self.no = self._segment("UI_NO")
        self.row.setSpacing(4)
        self.row.addWidget(self.yes)
        self.row.addWidget(self.no)
        self._unfit = page.label("", "bad")
        self.row.addWidget(self._unfit)
        self.row.addStretch(1)
        self.setFocusProxy(self.yes)

    def _segment(self, code: str) -> QPushButton:
        made = page.button(self.words(code), look="segment")
        made.setCheckable(True)
        made.clicked.connect(self._on_clicked)
        return made

    @override
    def show_value(self, value: Value | None, *, rewrite: bool) -> None:
        del rewrite
        self.yes.setChecked(value is True)
        self.no.setChecked(value is False)
        given = value.text if isinstance(value, Unfit) else ""
        self._unfit.setText(self.words("UI_GIVEN", text=given) if given else "")

    @override
    def set_look(self, look: str) -> None:
        del look  # the sentence below says it; two buttons in red would shout

    @override
    def set_read_only(self, note: str) -> None:
        del note
        self.yes.setEnabled(False)
        self.no.setEnabled(False)

    @override
    def name_for_reader(self, label: str, description: str) -> None:
        for segment in (self.yes, self.no):
            segment.setAccessibleName(f"{label}: {segment.text()}")
            segment.setAccessibleDescription(description)

    def _on_clicked(self, checked: bool) -> None:
        pressed = self.sender()
        value = (pressed is self.yes) if checked else None
        self.show_value(value, rewrite=True)
        self.value_committed.emit(value)


def code_editor(setting: EditorSetting) -> FieldEditor:
    """Return a combo box for a short list, a searchable one for a long or hierarchical list."""
    if is_short(setting.field, setting.context):
        return ComboEditor(setting)
    return PickerEditor(setting)


def codes_editor(setting: EditorSetting) -> FieldEditor:
    """Return an open check list for a short list, a searchable one for any other."""
    if is_checklist(setting.field, setting.context):
        return ChecklistEditor(setting)
    return PickerEditor(setting)
