"""Let an input method compose its first word on a control that has no text of its own.

A button or a closed list would otherwise switch the input method off: the first letter then opens the search as a bare
letter, and the word is cut in two.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal
from PySide6.QtGui import QInputMethodEvent, QInputMethodQueryEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override


class FirstWord(QObject):
    """Watches a control while an input method composes on it.

    Signals:
        changed: What is being composed, to be shown; empty when nothing is.
        spelled: The word, when it is whole.
    """

    changed = Signal(str)
    spelled = Signal(str)

    def __init__(self, control: QWidget) -> None:
        super().__init__(control)
        self._control = control
        self.composing = False
        control.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)
        control.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QInputMethodQueryEvent):
            self._answer(event)
            return True
        if isinstance(event, QInputMethodEvent):
            self.composing = bool(event.preeditString())
            self.changed.emit(event.preeditString())
            if event.commitString():
                self.spelled.emit(event.commitString())
            event.accept()
            return True
        if event.type() == QEvent.Type.FocusOut:
            self.composing = False
            self.changed.emit("")
        return super().eventFilter(watched, event)

    def _answer(self, event: QInputMethodQueryEvent) -> None:
        """Say that words may be composed here, and where the candidates stand."""
        query = Qt.InputMethodQuery
        place = QRect(8, 0, 1, self._control.height())
        answers: dict[Qt.InputMethodQuery, object] = {
            query.ImEnabled: self._control.isEnabled(),
            query.ImCursorRectangle: place,
            query.ImCursorPosition: 0,
            query.ImSurroundingText: "",
        }
        for asked, answer in answers.items():
            if event.queries() & asked:
                event.setValue(asked, answer)
        event.accept()
