"""Editors in which a person types: lines, long texts, numbers; and those that only show."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QInputMethodEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QCheckBox, QLineEdit, QPlainTextEdit, QSizePolicy
from typing_extensions import override

from census_app.domain.records import UNKNOWN, Value
from census_app.formspec.titles import plain_text
from census_app.formspec.types import format_value
from census_app.ui.forms.editor import EditorSetting, FieldEditor, IdleCommit
from census_app.ui.shell import page, theme

TEXT_LINES = 3
TEXT_LINES_MAX = 8
TEXT_FRAME = 24
"""Border, padding and the document's own margin above and below the lines."""


def _leaves_to_journal(event: QEvent, *, dirty: bool) -> bool:
    """Say whether an undo key shall pass by the input: what it holds is written, so the journal undoes it."""
    if dirty or event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    keys = QKeySequence.StandardKey
    return event.matches(keys.Undo) or event.matches(keys.Redo)


class TypingLine(QLineEdit):
    """A line that knows whether an input method is composing, and goes on with Enter.

    Signals:
        composed: A word was composed, or given up.
    """

    composed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.composing = False
        self.dirty: Callable[[], bool] = self.isModified

    @override
    def event(self, event: QEvent) -> bool:
        if _leaves_to_journal(event, dirty=self.dirty()):
            event.ignore()
            return False
        return super().event(event)

    @override
    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        before, self.composing = self.composing, bool(event.preeditString())
        super().inputMethodEvent(event)
        if before and not self.composing:
            self.composed.emit()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self.composing:  # an input method that goes without a word
            self.composing = False
            self.composed.emit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        plain = event.modifiers() in {
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        }
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and plain:
            event.accept()
            self.focusNextChild()


class LineEditor(FieldEditor):
    """One line of text: text, codes of units, telephone numbers; base of numbers and dates."""

    def __init__(self, setting: EditorSetting) -> None:
        super().__init__(setting)
        self.line = TypingLine()
        self.idle = IdleCommit(
            self, self.line.text, lambda: self.line.composing, self.text_committed.emit
        )
        self._late: tuple[Value | None, bool] | None = None
        self.line.dirty = lambda: self.idle.dirty
        self.line.textEdited.connect(self._on_edited)
        self.line.composed.connect(self._on_composed)
        if setting.field.example:
            self.line.setPlaceholderText(setting.words("UI_EXAMPLE", example=setting.field.example))
        self.row.addWidget(self.line)
        self.setFocusProxy(self.line)

    @override
    def show_value(self, value: Value | None, *, rewrite: bool) -> None:
        if self.line.composing:
            self._late = (value, rewrite)
            return
        text = format_value(value, self.field, self.context)
        if not rewrite and (self.line.hasFocus() or self.idle.dirty):
            return
        if text != self.line.text():
            self.line.setText(text)
            self.line.setCursorPosition(0 if not self.line.hasFocus() else len(text))
        self.idle.shown(text)

    @override
    def set_look(self, look: str) -> None:
        theme.set_look(self.line, look)

    @override
    def set_read_only(self, note: str) -> None:
        self.line.setReadOnly(True)
        self.line.setPlaceholderText(note)

    @property
    @override
    def dirty(self) -> bool:
        return self.idle.dirty

    @override
    def flush(self) -> None:
        self.idle.flush()

    def _on_edited(self, text: str) -> None:
        del text
        self.idle.touched()

    def _on_composed(self) -> None:
        """Show what arrived while a word was composed; what the person wrote meanwhile goes before it."""
        late, self._late = self._late, None
        if late is not None and not self.idle.dirty:
            self.show_value(late[0], rewrite=late[1])


class NumberEditor(LineEditor):
    """A number with its unit behind it, and a box for "not known" where that is an answer."""

    def __init__(self, setting: EditorSetting) -> None:
        super().__init__(setting)
        self.line.setMaximumWidth(200)
        self.unknown: QCheckBox | None = None
        if setting.field.unit is not None:
            self.row.addWidget(page.label(setting.field.unit.get(setting.words.language), "text2"))
        if setting.field.unknown:
            self.unknown = QCheckBox(setting.words("UI_UNKNOWN"))
            self.unknown.setToolTip(setting.words("UI_UNKNOWN_TIP"))
            self.unknown.clicked.connect(self._on_unknown)
            self.row.addSpacing(8)  # so that the unit does not read as part of it
            self.row.addWidget(self.unknown)
        self.row.addStretch(1)

    @override
    def show_value(self, value: Value | None, *, rewrite: bool) -> None:
        not_known = value is UNKNOWN
        if self.line.composing:
            self._late = (value, rewrite)
            return
        if self.unknown is not None:
            self.unknown.setChecked(not_known)
        self.line.setEnabled(not not_known)
        super().show_value(None if not_known else value, rewrite=rewrite or not_known)

    @override
    def set_read_only(self, note: str) -> None:
        super().set_read_only(note)
        if self.unknown is not None:
            self.unknown.setEnabled(False)

    def _on_unknown(self, checked: bool) -> None:
        self.idle.shown(self.line.text())
        self.value_committed.emit(UNKNOWN if checked else None)


class GrowingText(QPlainTextEdit):
    """Several lines of text, growing with what is in it; Tab leads to the next field.

    Signals:
        edited: The text is another one.
        composed: A word was composed, or given up.
    """

    edited = Signal()
    composed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.composing = False
        self.dirty: Callable[[], bool] = lambda: False
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().documentLayout().documentSizeChanged.connect(self._on_size)
        self.textChanged.connect(self.edited)

    @override
    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        before, self.composing = self.composing, bool(event.preeditString())
        super().inputMethodEvent(event)
        if before and not self.composing:
            self.composed.emit()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self.composing:
            self.composing = False
            self.composed.emit()

    @override
    def event(self, event: QEvent) -> bool:
        if _leaves_to_journal(event, dirty=self.dirty()):
            event.ignore()
            return False
        return super().event(event)

    @override
    def sizeHint(self) -> QSize:
        lines = max(TEXT_LINES, min(TEXT_LINES_MAX, round(self.document().size().height())))
        return QSize(240, self.fontMetrics().lineSpacing() * lines + TEXT_FRAME)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def _on_size(self) -> None:
        self.updateGeometry()


class LongTextEditor(FieldEditor):
    """A text of several lines."""

    wide = True

    def __init__(self, setting: EditorSetting) -> None:
        super().__init__(setting)
        self.text = GrowingText()
        self.idle = IdleCommit(
            self, self.text.toPlainText, lambda: self.text.composing, self.text_committed.emit
        )
        self._showing = False
        self._late: tuple[Value | None, bool] | None = None
        self.text.composed.connect(self._on_composed)
        self.text.dirty = lambda: self.idle.dirty
        self.text.edited.connect(self._on_edited)
        if setting.field.example:
            self.text.setPlaceholderText(setting.words("UI_EXAMPLE", example=setting.field.example))
        self.row.addWidget(self.text)
        self.setFocusProxy(self.text)

    @override
    def show_value(self, value: Value | None, *, rewrite: bool) -> None:
        if self.text.composing:
            self._late = (value, rewrite)
            return
        shown = format_value(value, self.field, self.context)
        if not rewrite and (self.text.hasFocus() or self.idle.dirty):
            return
        if shown != self.text.toPlainText():
            self._showing = True
            self.text.setPlainText(shown)
            self._showing = False
        self.idle.shown(shown)

    @override
    def set_look(self, look: str) -> None:
        theme.set_look(self.text, look)

    @override
    def set_read_only(self, note: str) -> None:
        self.text.setReadOnly(True)
        self.text.setPlaceholderText(note)

    @property
    @override
    def dirty(self) -> bool:
        return self.idle.dirty

    @override
    def flush(self) -> None:
        self.idle.flush()

    def _on_edited(self) -> None:
        if not self._showing:
            self.idle.touched()

    def _on_composed(self) -> None:
        late, self._late = self._late, None
        if late is not None and not self.idle.dirty:
            self.show_value(late[0], rewrite=late[1])


class ShownOnly(FieldEditor):
    """A computed value or a text of the form itself: to read, not to edit."""

    def __init__(self, setting: EditorSetting) -> None:
        super().__init__(setting)
        self.shown = page.label("", wrap=True, selectable=True)
        self.shown.setMinimumHeight(theme.INPUT_HEIGHT)
        self.row.addWidget(self.shown, 1)
        if setting.field.type == "note":
            text = setting.field.definition or setting.field.hint or setting.field.label
            self.shown.setText(text.get(setting.words.language))

    @override
    def show_value(self, value: Value | None, *, rewrite: bool) -> None:
        del rewrite
        if self.field.type != "note":
            self.shown.setText(plain_text(value) or "—")

    @override
    def set_look(self, look: str) -> None:
        theme.set_look(self.shown, look)

    @override
    def set_read_only(self, note: str) -> None:
        """Nothing to do: it never is anything else."""
